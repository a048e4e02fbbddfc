"""BERT: models, pre-training, filled masks, attention maps."""

from ._gradus.bert import *
