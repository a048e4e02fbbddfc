"""Text: corpora, vocabularies and WordPiece, masked batches."""

from ._gradus.text import *
