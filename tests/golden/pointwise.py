"""Results and gradients of element-wise operations by PyTorch, for
tests/core/ops/golden_pointwise_test.cpp.

    apt install python3-torch && /usr/bin/python3 tests/golden/pointwise.py
"""
import torch
import torch.nn.functional as F

from cases import case, write

x, y = torch.randn(3, 4), torch.randn(4)
positive, exponent = torch.rand(3, 4) + 0.3, torch.randn(3, 1)
kinks = torch.tensor([-2.0, -1.0, -0.5, 0.0, 0.5, 1.0, 2.0])  # kinks of clamp, abs and relu among them
equal = torch.tensor([1.0, -1.0, 0.0, 0.5, -0.5, 1.0, 2.0])  # to some of them

for function in [torch.add, torch.sub, torch.mul]:
    case(function.__name__, function, x, y)
case("div", torch.div, x, y + 3 * torch.sign(y))
case("pow", lambda x: torch.pow(x, 3), x)
case("pow_tensor", torch.pow, positive, exponent)
for function in [torch.neg, torch.exp, torch.expm1, torch.square, torch.sin, torch.cos, torch.tanh, torch.erf]:
    case(function.__name__, function, x)
for function in [torch.log, torch.log1p, torch.sqrt, torch.rsqrt, torch.reciprocal]:
    case(function.__name__, function, positive)

for function in [torch.abs, torch.sign, torch.relu]:
    case(function.__name__, function, kinks)
case("leaky_relu", lambda x: F.leaky_relu(x, 0.2), kinks)
case("clamp", lambda x: torch.clamp(x, -1, 0.5), kinks)
case("clamp_low", lambda x: torch.clamp(x, min=-0.5), kinks)
case("minimum", torch.minimum, kinks, equal)
case("maximum", torch.maximum, kinks, equal)

for function in [torch.sigmoid, F.silu, F.softplus]:
    case(function.__name__, function, x * 3)
case("softplus_beta", lambda x: F.softplus(x, beta=2), x)

case("where", lambda a, b: torch.where(torch.tensor([True, False, True, True]), a, b), x, y)
case("masked_fill", lambda x: x.masked_fill(torch.tensor([[True], [False], [True]]), 0.5), x)
# rounded to float32, and the gradient too
case("to", lambda x: x.to(torch.float32).to(x.dtype), x)

case("logsigmoid", F.logsigmoid, x)
write("pointwise.safetensors")
