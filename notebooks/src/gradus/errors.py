"""The exceptions that Gradus raises, with the names and texts that they have in C++."""

import builtins


class Error(Exception):
    """The base of all."""


class ShapeError(Error, builtins.ValueError):
    """Sizes that do not fit together."""


class DTypeError(Error, TypeError):
    """An element type that is not accepted."""


class IndexError(Error, builtins.IndexError):
    """A dimension or an element out of range."""


class GradError(Error, RuntimeError):
    """Misuse of autograd."""


class FormatError(Error, builtins.ValueError):
    """A file that is not what it claims to be."""


class IoError(Error, OSError):
    """A file that cannot be read or written."""


class ValueError(Error, builtins.ValueError):
    """Any other argument out of its range."""


class AnomalyError(Error, ArithmeticError):
    """NaN or infinity, seen by anomaly_mode()."""

    op: str  # the name of the operation
    phase: str  # "forward" or "backward"
    chain: list[str]  # the operation, then the one that made its newest input, and so on
    path: list[str]  # in backward: the operations through which the gradient came


class DivergedError(Error, ArithmeticError):
    """A training whose loss is NaN or infinite."""
