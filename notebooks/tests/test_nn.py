"""Modules in C++ and in Python are one kind; optimizers learn."""

import gradus
import numpy as np
import pytest
from gradus import nn


class Mlp(nn.Module):
    def __init__(self):
        super().__init__()
        self.hidden = nn.Linear(2, 8)
        self.drop = nn.Dropout(0.5)
        self.tail = nn.Sequential(nn.Gelu(), nn.Linear(8, 1, bias=False))
        self.scale = nn.Parameter(gradus.ones([1]))
        self.note = "not a part"

    def forward(self, x):
        return self.tail(self.drop(self.hidden(x))) * self.scale


def test_what_is_assigned_is_registered():
    model = Mlp()
    names = [name for name, _ in model.named_parameters()]
    assert names == ["scale", "hidden.weight", "hidden.bias", "tail.1.weight"]
    assert model.parameter_count() == 1 + 16 + 8 + 8
    assert model.scale.is_same(dict(model.named_parameters())["scale"])
    assert all(parameter.requires_grad for parameter in model.parameters())
    with pytest.raises(gradus.ValueError, match="hidden is registered already"):
        model.hidden = nn.Linear(2, 8)
    with pytest.raises(TypeError):
        model.add_module("x", "not a module")


def test_state_goes_from_one_to_another(tmp_path):
    one, other = Mlp(), Mlp()
    gradus.save_safetensors(tmp_path / "m.safetensors", one.state_dict())
    other.load_state_dict(gradus.load_safetensors(tmp_path / "m.safetensors"))
    for name, value in one.state_dict().items():
        assert value.tolist() == other.state_dict()[name].tolist()
    with pytest.raises(gradus.FormatError, match="parameter hidden.bias is missing"):
        other.load_state_dict({})


def test_fused_norms_take_their_arguments_in_order():
    weight, bias = gradus.randn([4]), gradus.randn([4])
    words, types = gradus.tensor([3, 0, 4]), gradus.tensor([0, 1, 1])
    tables = [gradus.randn([5, 4]), gradus.randn([2, 4])]
    x, residual = gradus.embedding(words, tables[0]), gradus.embedding(types, tables[1])
    expected = gradus.layer_norm(x + residual, weight, bias, eps=0.5).numpy()
    rounding = 1e-5  # of sums of four numbers of size 1
    fused = gradus.dropout_add_layer_norm(x, residual, weight, bias, eps=0.5)
    np.testing.assert_allclose(fused.numpy(), expected, atol=rounding)
    fused = gradus.embedding_layer_norm([words, types], tables, weight, bias, eps=0.5)
    np.testing.assert_allclose(fused.numpy(), expected, atol=rounding)
    dropped = gradus.embedding_layer_norm([words, types], tables, weight, bias, p=0.999, eps=0.5)
    assert np.count_nonzero(dropped.numpy()) < 6  # of 12


def test_modes_reach_all_parts():
    model = Mlp()
    x = gradus.ones([4, 2])
    assert model.training and model.drop.training
    model.eval()
    assert not model.drop.training and not model.tail[1].training
    assert model(x).tolist() == model(x).tolist()
    model.train()
    gradus.manual_seed(0)
    assert model(x).tolist() != model(x).tolist()


def test_parts_live_as_long_as_the_whole():
    def part():
        return nn.EncoderLayer(8, 2, 16).attention.query

    assert part().forward(gradus.ones([1, 8])).shape == (1, 8)
    model = Mlp()
    hidden = model.hidden
    del model
    assert hidden(gradus.ones([1, 2])).shape == (1, 8)


def test_a_module_can_be_checked_in_float64():
    model = nn.Sequential(nn.Linear(3, 4), nn.LayerNorm(4), nn.Gelu())
    model.to(gradus.float64)
    assert gradus.gradcheck(model, gradus.randn([2, 3], gradus.float64))


def test_attention_looks():
    attention = nn.MultiHeadAttention(hidden=8, heads=2)
    x = gradus.randn([2, 3, 8])
    mask = gradus.tensor([[True, True, False], [True, True, True]])
    weights = attention.weights(x, key_bias=nn.key_bias_from_mask(mask))
    assert weights.shape == (2, 2, 3, 3)
    assert weights.sum(-1).sub(1).abs().max().item() < 1e-6
    assert weights[0, :, :, 2].max().item() == 0
    assert attention(x).shape == (2, 3, 8)
    layer = nn.EncoderLayer(8, 2, 16, norm_first=True)
    assert layer(x).shape == (2, 3, 8)


def test_adamw_learns():
    gradus.manual_seed(0)
    model = Mlp()
    model.eval()
    x = gradus.randn([64, 2])
    target = x.sum(1, keepdim=True)
    optimizer = nn.AdamW(model.named_parameters(), lr=1e-2)
    losses = []
    for step in range(150):
        optimizer.lr = 2e-2 * nn.warmup_linear_decay(step, 10, 150)
        optimizer.zero_grad()
        loss = gradus.mse_loss(model(x), target)
        loss.backward()
        optimizer.step()
        losses.append(loss.item())
    assert losses[-1] < 0.05 * losses[0] and optimizer.steps == 150


def test_gradients_are_clipped():
    x = gradus.zeros([2]).requires_grad_()
    (x * gradus.tensor([3.0, 4.0])).sum().backward()
    assert nn.clip_scale(norm=10, max_norm=1) == pytest.approx(0.1)
    assert nn.clip_grad_norm_([x], 1.0) == 5
    assert nn.global_norm([x]) == pytest.approx(1)
    assert nn.clip_grad_norm_([x], 10.0) == pytest.approx(1)
    assert nn.global_norm([x]) == pytest.approx(1)
