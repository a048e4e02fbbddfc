"""Modules, layers, optimizers: torch.nn and torch.optim."""

import collections.abc
import typing

from . import autograd
from ._gradus.core import Tensor
from ._gradus.nn import *


class ModuleList(Module):
    """Modules under the names "0", "1", ..."""

    def __init__(self, modules: collections.abc.Iterable[Module] = ()) -> None:
        super().__init__()
        self._members: list[Module] = []
        for module in modules:
            self.append(module)

    def append(self, module: Module) -> None:
        self.add_module(str(len(self._members)), module)
        self._members.append(module)

    def __getitem__(self, index: int) -> Module:
        return self._members[index]

    def __iter__(self) -> collections.abc.Iterator[Module]:
        return iter(self._members)

    def __len__(self) -> int:
        return len(self._members)


class Sequential(ModuleList):
    """Modules, each of which reads what the one before it gives."""

    def __init__(self, *modules: Module) -> None:
        super().__init__(modules)

    def forward(self, input: Tensor) -> typing.Any:
        result: typing.Any = input
        for module in self:
            result = module(result)
        return result


class AdamW(AdamWState):
    """Loshchilov and Hutter 2019. Takes model.named_parameters(); set lr between steps for a schedule."""

    def __init__(
        self,
        named_parameters: collections.abc.Sequence[tuple[str, Tensor]],
        lr: float = 1e-3,
        betas: tuple[float, float] = (0.9, 0.999),
        eps: float = 1e-6,
        weight_decay: float = 0.01,
        bias_correction: bool = True,
    ) -> None:
        super().__init__(named_parameters, *betas, eps, weight_decay, bias_correction)
        self.lr = lr
        self._parameters = [parameter for _, parameter in named_parameters]

    def step(self, grad_scale: float = 1.0) -> None:
        """One update from the gradients, each first multiplied by grad_scale (see clip_scale)."""
        self.update(self.lr, grad_scale)

    def zero_grad(self) -> None:
        for parameter in self._parameters:
            parameter.grad = None


def clip_grad_norm_(parameters: collections.abc.Iterable[Tensor], max_norm: float) -> float:
    """Scales all gradients so that their norm together is at most max_norm; returns what it was."""
    all_parameters = list(parameters)
    norm = global_norm(all_parameters)
    scale = clip_scale(norm, max_norm)
    with autograd.no_grad():
        for parameter in all_parameters:
            if parameter.grad is not None and scale < 1:
                parameter.grad.mul_(scale)
    return norm
