"""Results and gradients of fused operations by PyTorch (1.13, from Debian's python3-torch), mostly
composed of what they fuse, for tests/core/ops/golden_fused_test.cpp.

    apt install python3-torch && /usr/bin/python3 tests/golden/ops_fused.py
"""
import torch
import torch.nn.functional as F

from cases import case, write


def attention(q, k, v, bias=0):  # not in PyTorch 1.13: its formula
    scores = q @ k.transpose(-2, -1) / q.shape[-1] ** 0.5 + bias
    return torch.softmax(scores, -1) @ v


x, residual = torch.randn(2, 3, 5), torch.randn(2, 3, 5)
gamma, beta = torch.randn(5), torch.randn(5)
case("bias_gelu", lambda x, b: F.gelu(x + b), x * 2, beta)
case("bias_gelu_tanh", lambda x, b: F.gelu(x + b, approximate="tanh"), x * 2, beta)
case("dropout_add_layer_norm", lambda x, r, g, b: F.layer_norm(r + x, (5,), g, b, 1e-12),
     x, residual, gamma, beta)
case("binary_cross_entropy_with_logits",
     lambda x, p: F.binary_cross_entropy_with_logits(x, p, reduction="sum"),
     x * 5, torch.rand(2, 3, 5))

heads = torch.randn(2, 3, 4, 5), torch.randn(2, 3, 6, 5), torch.randn(2, 3, 6, 5)
flat = torch.randn(4, 5), torch.randn(6, 5), torch.randn(6, 3)
case("scaled_dot_product_attention", attention, *heads)
case("scaled_dot_product_attention_bias", attention, *flat, torch.randn(4, 6))


def self_attention(qkv):  # [batch, seq, 3, heads, head_dim]
    q, k, v = (qkv[:, :, i].transpose(1, 2) for i in range(3))
    return attention(q, k, v).transpose(1, 2)


case("self_attention", self_attention, torch.randn(2, 4, 3, 2, 5))

words, types = torch.tensor([3, 0, 3, 6]), torch.tensor([0, 1, 1, 0])
case("embedding_layer_norm",
     lambda w, t, g, b: F.layer_norm(F.embedding(words, w) + F.embedding(types, t), (5,), g, b, 1e-12),
     torch.randn(7, 5), torch.randn(2, 5), gamma, beta)
write("ops_fused.safetensors")
