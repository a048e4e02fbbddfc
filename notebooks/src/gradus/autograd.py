"""Gradients, and whether they are right: torch.autograd, and gradcheck."""

import contextlib
import typing

from ._gradus.core import Tensor
from ._gradus.autograd import *
from ._gradus.autograd import AnomalyScope, EnableGradScope, NoGradScope


class no_grad(NoGradScope, contextlib.ContextDecorator):
    """Inside, no operation is recorded:  with gradus.no_grad(): ...  or  @gradus.no_grad()"""


class enable_grad(EnableGradScope, contextlib.ContextDecorator):
    """Inside, operations are recorded again."""


class anomaly_mode(AnomalyScope, contextlib.ContextDecorator):
    """Inside, the first operation whose result or gradient is not finite raises AnomalyError."""


class Function:
    """An operation of one's own (torch.autograd.Function).

    class Square(Function):
        @staticmethod
        def forward(ctx, x):
            ctx.save_for_backward(x)
            return x * x

        @staticmethod
        def backward(ctx, dy):
            (x,) = ctx.saved_tensors
            return 2 * x * dy

    y = Square.apply(x)

    backward returns a gradient for each argument of forward, None for those that are not tensors. Made
    of operations of Gradus, it can be differentiated again.
    """

    @staticmethod
    def forward(ctx: FunctionContext, *arguments: typing.Any) -> typing.Any:
        raise NotImplementedError("a Function needs a forward")

    @staticmethod
    def backward(ctx: FunctionContext, *gradients: typing.Any) -> typing.Any:
        raise NotImplementedError("a Function needs a backward")

    @classmethod
    def apply(cls, *arguments: typing.Any) -> typing.Any:
        return apply_function(cls, *arguments)
