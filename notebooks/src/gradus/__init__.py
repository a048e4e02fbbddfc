"""Gradus: a reverse-mode autograd engine and a small BERT, under the names of PyTorch.

Every operation is a function here (gradus.softmax) and, where PyTorch has it so, a method of Tensor.
gradus.autograd has gradients and their checks, gradus.nn layers and optimizers, gradus.text and
gradus.bert what is trained.
"""

import typing

import numpy

from . import autograd as autograd
from . import bert as bert
from . import nn as nn
from . import text as text
from ._gradus.core import *
from ._gradus.core import DType as dtype
from ._gradus.core import from_array as _from_array
from .autograd import anomaly_mode as anomaly_mode
from .autograd import enable_grad as enable_grad
from .autograd import fast_gradcheck as fast_gradcheck
from .autograd import gradcheck as gradcheck
from .autograd import gradgradcheck as gradgradcheck
from .autograd import no_grad as no_grad
from .errors import *

float32 = dtype.float32
float64 = dtype.float64
int64 = dtype.int64
bool_ = dtype.bool_

# What tensors can share with arrays, and what they make of NumPy's kinds of numbers.
_SHARED = (numpy.float32, numpy.float64, numpy.int64, numpy.bool_)
_DTYPES = {"b": numpy.bool_, "i": numpy.int64, "u": numpy.int64, "f": numpy.float32}


def from_numpy(array: numpy.ndarray) -> Tensor:
    """A tensor that shares the array's memory and keeps it alive."""
    if array.dtype not in _SHARED:
        raise DTypeError(
            f"from_numpy: cannot share {array.dtype}, only float32, float64, int64 and bool; "
            "tensor() copies and converts"
        )
    if not array.flags.writeable:
        raise ValueError("from_numpy: the array is read-only; tensor() copies it")
    if any(stride < 0 or stride % array.itemsize for stride in array.strides):
        raise ValueError(
            f"from_numpy: cannot share strides of {array.strides} bytes; tensor() copies the array"
        )
    return _from_array(array)


def tensor(
    data: typing.Any, dtype: dtype | None = None, requires_grad: bool = False
) -> Tensor:
    """A tensor with a copy of a number, a list of lists, an array or a tensor.

    Python's floats become float32 and integers int64; arrays of float64 stay what they are.
    """
    is_array = isinstance(data, (numpy.ndarray, numpy.generic, Tensor))
    array = numpy.asarray(data.detach() if isinstance(data, Tensor) else data)
    if array.dtype.kind not in _DTYPES:
        raise DTypeError(f"tensor: cannot hold {array.dtype}")
    keeps = is_array and array.dtype == numpy.float64
    kind = numpy.float64 if keeps else _DTYPES[array.dtype.kind]
    result = _from_array(numpy.array(array, dtype=kind, order="C"))
    if dtype is not None and dtype != result.dtype:
        result = result.to(dtype)
    return result.requires_grad_() if requires_grad else result
