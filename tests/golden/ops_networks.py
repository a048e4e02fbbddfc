"""Losses, products, convolutions and norms by PyTorch (1.13, from Debian's python3-torch) that
tests/core/ops/golden_networks_test.cpp compares ours with.

    apt install python3-torch && /usr/bin/python3 tests/golden/ops_networks.py

writes ops_networks.safetensors.
"""
import torch
import torch.nn.functional as F

from cases import case, tensors, write


def losses():
    scores, image = torch.randn(4, 5), torch.randn(2, 5, 3)
    target = torch.tensor([3, -100, 0, 3])
    image_target = torch.tensor([[0, 4, 1], [2, -100, 2]])
    weight = torch.rand(5) + 0.5
    tensors.update({"classes.target": target, "classes.image_target": image_target,
                    "classes.weight": weight})
    case("nll_loss", lambda x: F.nll_loss(x, target, weight), scores)
    case("nll_loss_image", lambda x: F.nll_loss(x, image_target, reduction="none"), image)
    case("cross_entropy_smoothed",
         lambda x: F.cross_entropy(x, target, weight, label_smoothing=0.2), scores)
    case("cross_entropy_image",
         lambda x: F.cross_entropy(x, image_target, reduction="sum", label_smoothing=0.1), image)
    case("cross_entropy_probabilities",
         lambda x, q: F.cross_entropy(x, q, weight, label_smoothing=0.2),
         scores, torch.softmax(torch.randn(4, 5), 1))

    x, y = torch.randn(3, 4), torch.randn(3, 4)
    p = torch.softmax(torch.randn(3, 4), 1)
    case("mse_loss", F.mse_loss, x, y)
    case("kl_div", F.kl_div, x, p)
    case("kl_div_batchmean", lambda x, p: F.kl_div(x, p, reduction="batchmean"), x, p)
    case("kl_div_log_target", lambda x, y: F.kl_div(x, y, reduction="none", log_target=True), x, y)
    case("binary_cross_entropy", F.binary_cross_entropy_with_logits, x * 5, p)
    weights = torch.rand(4) + 0.5
    tensors["binary.weight"] = weights
    case("binary_cross_entropy_weighted",
         lambda x, p: F.binary_cross_entropy_with_logits(
             x, p, weights, reduction="none", pos_weight=weights + 1), x, p)


def products():
    a, b, c = torch.randn(3, 4), torch.randn(4, 5), torch.randn(5, 2)
    case("dot", torch.dot, torch.randn(5), torch.randn(5))
    case("mv", torch.mv, a, torch.randn(4))
    case("outer", torch.outer, torch.randn(3), torch.randn(4))
    case("bmm", torch.bmm, torch.randn(2, 3, 4), torch.randn(2, 4, 2))
    case("addmm", lambda x, a, b: torch.addmm(x, a, b, beta=0.5, alpha=2), torch.randn(5), a, b)
    case("einsum_chain", lambda *x: torch.einsum("ij,jk,kl->li", *x), a, b, c)
    case("einsum_implicit", lambda *x: torch.einsum("ca,ab", *x), a, b)
    case("einsum_diagonal", lambda *x: torch.einsum("iij,kj->ik", *x), torch.randn(2, 2, 4), a)
    case("einsum_ellipsis", lambda *x: torch.einsum("b...i,...ij->...bj", *x),
         torch.randn(2, 1, 3, 4), torch.randn(6, 1, 4, 5))
    case("einsum_bilinear", lambda *x: torch.einsum("bi,oij,bj->bo", *x),
         torch.randn(2, 3), torch.randn(4, 3, 5), torch.randn(2, 5))


def norms():
    x, weight, bias = torch.randn(3, 4, 5), torch.rand(4) + 0.5, torch.randn(4)
    mean, var = torch.randn(4), torch.rand(4) + 0.5
    tensors.update({"statistics.mean": mean.clone(), "statistics.var": var.clone()})
    case("batch_norm", lambda *x: F.batch_norm(x[0], mean, var, *x[1:]), x, weight, bias)
    case("batch_norm_training",
         lambda *x: F.batch_norm(x[0], mean, var, *x[1:], training=True, momentum=0.3, eps=1e-3),
         x, weight, bias)
    tensors.update({"statistics.mean_after": mean, "statistics.var_after": var})
    # not in PyTorch 1.13: the formula of torch.nn.functional.rms_norm
    case("rms_norm", lambda x, w: x * torch.rsqrt(x.pow(2).mean(-1, keepdim=True) + 1e-5) * w,
         x, torch.randn(5))


def convolutions():
    sequence, image = torch.randn(2, 4, 7), torch.randn(2, 4, 5, 6)
    case("conv1d", F.conv1d, sequence, torch.randn(3, 4, 3), torch.randn(3))
    case("conv1d_depthwise", lambda x, w: F.conv1d(x, w, stride=2, padding=2, groups=4),
         sequence, torch.randn(8, 1, 3))
    case("conv2d", F.conv2d, image, torch.randn(3, 4, 3, 2), torch.randn(3))
    case("conv2d_options",
         lambda x, w: F.conv2d(x, w, None, (2, 1), (1, 2), (1, 2), groups=2),
         image, torch.randn(6, 2, 3, 2))
    case("im2col", lambda x: F.unfold(x, (2, 3), dilation=(2, 1), padding=1, stride=(1, 2)), image)
    case("col2im", lambda x: F.fold(x, (3, 4), 2, padding=1), torch.randn(2, 8, 20))


def pools():
    sequence, image = torch.randn(2, 3, 7), torch.randn(2, 3, 5, 6)
    case("max_pool1d", lambda x: F.max_pool1d(x, 3, stride=2, padding=1), sequence)
    case("max_pool2d", lambda x: F.max_pool2d(x, (2, 3), padding=(1, 0)), image)
    case("max_pool2d_ties", lambda x: F.max_pool2d(x, 2, stride=1), (image * 2).round())
    case("avg_pool1d", lambda x: F.avg_pool1d(x, 2), sequence)
    case("avg_pool2d", lambda x: F.avg_pool2d(x, 3, stride=(1, 2), padding=1), image)


def pools_beyond_the_end():
    sequence, image = torch.randn(2, 3, 7), torch.randn(3, 5, 6)
    case("max_pool1d_dilated", lambda x: F.max_pool1d(x, 2, 3, dilation=2, ceil_mode=True), sequence)
    case("max_pool2d_ceil", lambda x: F.max_pool2d(x, 3, (2, 4), 1, ceil_mode=True), image)
    case("avg_pool1d_ceil", lambda x: F.avg_pool1d(x, 4, 3, padding=2, ceil_mode=True), sequence)
    case("avg_pool2d_image_alone",
         lambda x: F.avg_pool2d(x, 3, (2, 4), 1, ceil_mode=True, count_include_pad=False), image)
    case("conv1d_unbatched", F.conv1d, torch.randn(4, 7), torch.randn(3, 4, 3))


def scaled_dot_product_attention():  # not in PyTorch 1.13: its formula
    def attention(q, k, v, mask):
        scores = q @ k.transpose(-2, -1) / q.shape[-1] ** 0.5
        return torch.softmax(scores.masked_fill(~mask, -torch.inf), -1) @ v

    heads = torch.randn(2, 3, 4, 5), torch.randn(2, 3, 6, 5), torch.randn(2, 3, 6, 5)
    keys = torch.rand(2, 1, 1, 6) > 0.4
    each = torch.rand(4, 6) > 0.4
    each[:, 2] = True
    tensors.update({"attention.keys": keys, "attention.each": each})
    case("attention_keys", lambda *x: attention(*x, keys), *heads)
    case("attention_each", lambda *x: attention(*x, each), *heads)
    case("attention_causal", lambda *x: attention(*x, torch.ones(4, 6).tril().bool()), *heads)


losses()
products()
norms()
convolutions()
pools()
scaled_dot_product_attention()
pools_beyond_the_end()
write("ops_networks.safetensors")
