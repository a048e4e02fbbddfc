"""Results and gradients by PyTorch (1.13, from Debian's python3-torch) that
tests/core/ops/golden_test.cpp compares ours with.

    apt install python3-torch && /usr/bin/python3 tests/golden/ops.py     # writes ops.safetensors
"""
import math

import torch
import torch.nn.functional as F

from cases import case, tensors, write


def attention(q, k, v):  # [batch, seq, heads, head_dim]
    scores = torch.einsum("bqhd,bkhd->bhqk", q, k) / math.sqrt(q.shape[3])
    scores = scores + key_bias[:, None, None, :]
    return torch.einsum("bhqk,bkhd->bqhd", torch.softmax(scores, -1), v)


x = torch.randn(4, 9)
steep = torch.randn(3, 5) * 300  # exp would overflow without the shift
case("softmax", lambda x: torch.softmax(x, 1), x)
case("softmax_first", lambda x: torch.softmax(x, 0), x)
case("softmax_steep", lambda x: torch.softmax(x, 1), steep)
case("log_softmax", lambda x: torch.log_softmax(x, 1), x)
case("log_softmax_steep", lambda x: torch.log_softmax(x, 1), steep)
case("layer_norm", lambda x, g, b: F.layer_norm(x, (9,), g, b, 1e-12), x, torch.randn(9), torch.randn(9))
case("gelu", F.gelu, x * 2)
case("gelu_tanh", lambda x: F.gelu(x, approximate="tanh"), x * 2)
case("matmul", torch.matmul, torch.randn(3, 1, 2, 4), torch.randn(2, 4, 3))
case("matmul_vector", torch.matmul, torch.randn(4), torch.randn(2, 4, 3))
case("linear", F.linear, torch.randn(2, 3, 4), torch.randn(5, 4), torch.randn(5))

target = torch.tensor([3, -100, 0, 6, -100, 3])
tensors["cross_entropy.target"] = target
case("cross_entropy", lambda x: F.cross_entropy(x, target), torch.randn(6, 7) * 3)

key_bias = torch.zeros(2, 5)
key_bias[1, 3:] = -math.inf  # the second sequence has three tokens
tensors["attention.key_bias"] = key_bias
case("attention", attention, torch.randn(2, 3, 2, 4), torch.randn(2, 5, 2, 4), torch.randn(2, 5, 2, 4))

write("ops.safetensors")
