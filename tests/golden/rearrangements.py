"""Results and gradients of views, joins and indexing by PyTorch, for
tests/core/ops/golden_rearrangements_test.cpp.

    apt install python3-torch && /usr/bin/python3 tests/golden/rearrangements.py
"""
import torch
import torch.nn.functional as F

from cases import case, write

x, y = torch.randn(2, 3, 4), torch.randn(2, 3, 4)
i, column = torch.tensor([1, 0, -1]), torch.tensor([[2], [0], [3]])
mask = torch.tensor([[True, False, True], [False, True, True]])

case("view", lambda x: x.view(6, 4), x)
case("reshape", lambda x: x.transpose(0, 2).reshape(6, 4), x)
case("permute", lambda x: x.permute(2, 0, 1), x)
case("transpose", lambda x: x.transpose(0, -1), x)
case("squeeze", lambda x: x.squeeze(1), torch.randn(2, 1, 3))
case("unsqueeze", lambda x: x.unsqueeze(1), x)
case("expand", lambda x: x.expand(5, -1, 4), torch.randn(3, 1))
case("flatten", lambda x: x.flatten(1), x)
case("unflatten", lambda x: x.unflatten(2, (2, 2)), x)
case("narrow", lambda x: x.narrow(1, 1, 2), x)
case("select", lambda x: x.select(1, -1), x)
case("clone", lambda x: x.clone(), x)

case("slice", lambda x: x[:, -2:, 1:4:2], x)
case("diagonal", lambda x: x.diagonal(1, 0, 2), x)
case("diagonal_below", lambda x: x.diagonal(-1, -2, -1), x)
case("unfold", lambda x: x.unfold(2, 3, 1), x)
case("unfold_middle", lambda x: x.unfold(1, 2, 1), x)
case("split", lambda x: torch.cat(x.split([1, 3], 2)[::-1], 2), x)
case("chunk", lambda x: torch.cat(x.chunk(2, 1)[::-1], 1), x)

case("cat", lambda x, y: torch.cat([x, y], 1), x, y)
case("stack", lambda x, y: torch.stack([x, y], -1), x, y)
case("pad", lambda x: F.pad(x, (1, -1, 0, 2), value=0.5), x)
case("flip", lambda x: x.flip(0, 2), x)
case("roll", lambda x: x.roll((1, -2), (1, 2)), x)
case("repeat", lambda x: x.repeat(2, 1, 3, 1), x)
case("tril", lambda x: x.tril(-1), x)
case("triu", lambda x: x.triu(1), x)

case("index_select", lambda x: x.index_select(1, torch.tensor([2, 0, 2])), x)
case("index_add", lambda x: torch.zeros(4, 2).index_add(0, torch.tensor([2, 0, 2]), x), torch.randn(3, 2))
case("index", lambda x: x[i], x)
case("index_neighbours", lambda x: x[:, i, column], x)
case("index_apart", lambda x: x[i, :, column], x)
case("index_mask", lambda x: x[mask], x)
case("masked_select", lambda x: x.masked_select(mask[:, :, None]), x)

write("rearrangements.safetensors")
