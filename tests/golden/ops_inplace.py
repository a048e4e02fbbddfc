"""Changes in place, of tensors and through views, by PyTorch: see cases.py.

  python3 tests/golden/ops_inplace.py
"""
import torch

from cases import case, write


def changed(change):
    """x·x changed by w, squared: every change has a history below and above it."""

    def function(x, w):
        y = x * x
        change(y, w)
        return y * y

    return function


def seen_by_views(x, w):
    y = x * x
    before = y.t()
    y[1].mul_(w)
    after = y.view(6)
    before[:, 0].sub_(w)
    after[2:5].add_(w).div_(3)
    return before @ y + after.sum()


def buffer(x, w):
    y = torch.zeros(4, 3)
    for i in range(4):
        y[i].copy_(x[i % 2] * w)
    return y


def randn(*shape):
    return torch.randn(*shape)


some = torch.tensor([[True, False, True], [False, False, True]])
case("add_", changed(lambda y, w: y.add_(w, alpha=3)), randn(2, 3), randn(3))
case("sub_", changed(lambda y, w: y.sub_(w, alpha=3)), randn(2, 3), randn(3))
case("mul_", changed(lambda y, w: y.mul_(w)), randn(2, 3), randn(3))
case("div_", changed(lambda y, w: y[1].div_(w)), randn(2, 3), torch.rand(3) + 0.5)
case("copy_", changed(lambda y, w: y.t()[1].copy_(w)), randn(2, 3), randn(2))
case("fill_", changed(lambda y, w: (y[0].fill_(2), y.mul_(w))), randn(2, 3), randn(3))
case("zero_", changed(lambda y, w: (y[0].zero_(), y.add_(w))), randn(2, 3), randn(3))
case("masked_fill_", changed(lambda y, w: y.add_(w).masked_fill_(some, 0.5)), randn(2, 3), randn(3))
case("seen_by_views", seen_by_views, randn(2, 3), randn(3))
case("buffer", buffer, randn(2, 3), randn(3))
write("ops_inplace.safetensors")
