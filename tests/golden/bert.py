"""What Hugging Face's BertForPreTraining computes, for tests/models/bert/golden_test.cpp.

Writes beside itself:
  bert-hf/config.json, model.safetensors   a small random model, saved by transformers
  bert-hf/expected.safetensors             a batch, and for it: logits, losses, the gradient of every
                                           parameter ("grad."), and the parameters after three steps
                                           of AdamW with clipping ("after.")
All figures are computed in float64 and stored as float32, so that a difference is the other side's.

Run with torch 1.13 and transformers 4.30.2 (any that has save_pretrained to safetensors will do):
  python3 tests/golden/bert.py
"""

from pathlib import Path

import torch
from safetensors.torch import load_file, save_file
from transformers import BertConfig, BertForPreTraining

FOLDER = Path(__file__).parent / "bert-hf"

# Sizes that are no multiple of a SIMD register, and differ from each other.
CONFIG = BertConfig(
    vocab_size=53,
    hidden_size=24,
    num_hidden_layers=2,
    num_attention_heads=4,
    intermediate_size=40,
    max_position_embeddings=12,
    hidden_dropout_prob=0.0,
    attention_probs_dropout_prob=0.0,
    architectures=["BertForPreTraining"],
)

# AdamW divides by √v + eps: with the usual eps of 1e-6, rounding alone would decide the step where a
# gradient vanishes (the bias of keys). A large decay, so that its absence would show.
STEPS, LEARNING_RATE, WEIGHT_DECAY, EPS, MAX_NORM = 3, 1e-2, 0.1, 1e-4, 1.0


def random_model() -> BertForPreTraining:
    """Weights large enough that attention is far from uniform, and LayerNorms that are not 1 and 0."""
    torch.manual_seed(20261121)
    model = BertForPreTraining(CONFIG)
    with torch.no_grad():
        for name, parameter in model.named_parameters():
            parameter.normal_(std=0.3)
            if name.endswith("LayerNorm.weight"):
                parameter.add_(1)
    return model.eval()


def batch() -> dict[str, torch.Tensor]:
    """Two sequences of 10 and 6 tokens, padded to 10; four masked positions."""
    ids = torch.randint(5, CONFIG.vocab_size, (2, 10))
    types = torch.tensor([[0] * 5 + [1] * 5, [0] * 2 + [1] * 4 + [0] * 4])
    mask = torch.tensor([[1] * 10, [1] * 6 + [0] * 4])
    ids[1, 6:] = 0
    labels = torch.full((2, 10), -100)
    labels[0, [1, 4, 8]] = torch.tensor([7, 52, 19])
    labels[1, 3] = 30
    return {
        "input_ids": ids,
        "token_type_ids": types,
        "attention_mask": mask,
        "labels": labels,
        "next_sentence_label": torch.tensor([0, 1]),
    }


def optimizer_of(model: BertForPreTraining) -> torch.optim.AdamW:
    parameters = [p for _, p in model.named_parameters()]
    return torch.optim.AdamW(
        [
            {"params": [p for p in parameters if p.dim() > 1], "weight_decay": WEIGHT_DECAY},
            {"params": [p for p in parameters if p.dim() == 1], "weight_decay": 0.0},
        ],
        lr=LEARNING_RATE,
        eps=EPS,
    )


def main() -> None:
    random_model().save_pretrained(FOLDER, safe_serialization=True)
    (FOLDER / "generation_config.json").unlink(missing_ok=True)

    model = BertForPreTraining.from_pretrained(FOLDER).double().eval()
    inputs = batch()
    out = model(**inputs, output_attentions=True)
    masked = inputs["labels"] != -100
    mlm_loss = torch.nn.functional.cross_entropy(out.prediction_logits[masked], inputs["labels"][masked])
    nsp_loss = torch.nn.functional.cross_entropy(
        out.seq_relationship_logits, inputs["next_sentence_label"]
    )
    assert torch.isclose(out.loss, mlm_loss + nsp_loss)
    expected = {
        **inputs,
        "prediction_logits": out.prediction_logits,
        "seq_relationship_logits": out.seq_relationship_logits,
        "attention.0": out.attentions[0],
        "loss": out.loss,
        "mlm_loss": mlm_loss,
        "nsp_loss": nsp_loss,
    }

    optimizer = optimizer_of(model)
    for step in range(STEPS):
        optimizer.zero_grad()
        model(**inputs).loss.backward()
        norm = torch.nn.utils.clip_grad_norm_(model.parameters(), float("inf"))
        if step == 0:
            expected["gradient_norm"] = norm
            expected |= {f"grad.{n}": p.grad.clone() for n, p in model.named_parameters()}
        # without the 1e-6 that clip_grad_norm_ adds to the norm
        for parameter in model.parameters():
            parameter.grad *= min(1.0, MAX_NORM / norm)
        optimizer.step()
    expected |= {f"after.{n}": p for n, p in model.named_parameters()}

    save_file(
        {
            name: (value.float() if value.is_floating_point() else value).detach().contiguous()
            for name, value in expected.items()
        },
        FOLDER / "expected.safetensors",
    )
    print(sorted(load_file(FOLDER / "model.safetensors")))
    print(f"loss {out.loss:.6f} = {mlm_loss:.6f} + {nsp_loss:.6f}, gradient norm {expected['gradient_norm']:.4f}")


if __name__ == "__main__":
    main()
