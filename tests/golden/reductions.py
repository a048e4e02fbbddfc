"""Results and gradients of reductions, sorting and gathering by PyTorch, for
tests/core/ops/golden_reductions_test.cpp.

    apt install python3-torch && /usr/bin/python3 tests/golden/reductions.py
"""
import math

import torch

from cases import case, write

x = torch.randn(2, 3, 4)
zeros = torch.tensor([[0.0, 1.5, -0.7], [0.0, 0.4, 0.0], [2.0, -1.0, 0.6]])
ties = torch.tensor([[5.0, 1.0, 5.0, -2.0], [0.0, 0.0, 0.0, 1.0]])
lonely = torch.tensor([[3.0, -4.0], [0.0, 0.0]])  # a row of length 0

case("sum", lambda x: x.sum((0, 2)), x)
case("mean", lambda x: x.mean((0, 2), keepdim=True), x)
case("prod", lambda x: x.prod(1), x)
case("prod_zeros", lambda x: x.prod(1), zeros)
case("amax", lambda x: x.amax((0, 2)), x)
case("amax_ties", lambda x: x.amax(1), ties)
case("amin_ties", lambda x: x.amin(1), ties)
case("max_all", lambda x: x.max(), ties)
case("max_ties", lambda x: x.max(1).values, ties)
case("min_ties", lambda x: x.min(1).values, ties)

case("var", lambda x: x.var((0, 2)), x)
case("var_biased", lambda x: x.var(1, unbiased=False, keepdim=True), x)
case("std", lambda x: x.std(-1), x)
case("std_zero", lambda x: x.std(-1), lonely)
for name, p in [("half", 0.5), ("1", 1), ("2", 2), ("3", 3), ("inf", math.inf)]:
    case("norm_" + name, lambda x, p=p: torch.linalg.vector_norm(x, p, (0, 2)), x)
case("norm_zero", lambda x: x.norm(2, 1), lonely)
case("logsumexp", lambda x: x.logsumexp((0, 2)), x * 50)

case("cumsum", lambda x: x.cumsum(1), x)
case("sort", lambda x: x.sort(1).values, x)
case("sort_ties", lambda x: x.sort(dim=1, descending=True, stable=True).values, ties)
case("topk", lambda x: x.topk(2, 2).values, x)
index = torch.tensor([[[2, 0, 1], [1, 1, 2]]])
case("gather", lambda x: x.gather(1, index), x)
case("scatter_add", lambda x, s: x.scatter_add(1, index, s), x, torch.randn(1, 2, 3))

for name, p in [("minus_1", -1), ("minus_inf", -math.inf)]:
    case("norm_" + name, lambda x, p=p: torch.linalg.vector_norm(x, p, (0, 2)), x)

write("reductions.safetensors")
