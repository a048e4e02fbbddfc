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


losses()
write("ops_networks.safetensors")
