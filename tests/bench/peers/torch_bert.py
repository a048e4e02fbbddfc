#!/usr/bin/env python3
"""The training step of `gradus bench train` in PyTorch: BERT in plain torch.nn, AdamW, clipping.

  gradus bench train --dump DIR
  tests/bench/peers/torch_bert.py DIR --threads 2

Starts from the weights and takes the batches in DIR; prints a JSON object as `gradus bench train
--json` does. compare.py runs both in turn. Needs PyTorch (Debian: python3-torch).
"""

import argparse
import json
import math
import os
import pathlib
import resource
import statistics
import sys
import time

try:
    import torch
    from torch import nn
    from torch.nn import functional as F
except ImportError:
    sys.exit(f"PyTorch is not installed for {sys.executable} (Debian: python3-torch)")

LEARNING_RATE, EPS, WEIGHT_DECAY, MAX_NORM = 1e-4, 1e-6, 0.01, 1.0  # those of nn::AdamWOptions
UNTIMED = 2  # steps


def read_safetensors(path):
    """Tensors by name: 8 bytes of length, a JSON header of that length, the tensors' bytes."""
    data = path.read_bytes()
    begin = 8 + int.from_bytes(data[:8], "little")
    tensors = {}
    for name, entry in json.loads(data[8:begin]).items():
        if name != "__metadata__":
            dtype = {"F32": torch.float32, "I64": torch.int64}[entry["dtype"]]
            first, last = (begin + offset for offset in entry["data_offsets"])
            flat = torch.frombuffer(bytearray(data[first:last]), dtype=dtype)
            tensors[name] = flat.view(entry["shape"])
    return tensors


def dense_norm(config, size):
    """A product from `size` to the hidden size, and a LayerNorm after it."""
    hidden = config["hidden_size"]
    return nn.ModuleDict({"dense": nn.Linear(size, hidden),
                          "LayerNorm": nn.LayerNorm(hidden, config["layer_norm_eps"])})


class EncoderLayer(nn.Module):
    """a = LN(x + Attention(x)),  y = LN(a + FFN(a))"""

    def __init__(self, config):
        super().__init__()
        hidden, inner = config["hidden_size"], config["intermediate_size"]
        self.heads = config["num_attention_heads"]
        self.attention = nn.ModuleDict({
            "self": nn.ModuleDict({name: nn.Linear(hidden, hidden)
                                   for name in ("query", "key", "value")}),
            "output": dense_norm(config, hidden)})
        self.intermediate = nn.ModuleDict({"dense": nn.Linear(hidden, inner)})
        self.output = dense_norm(config, inner)
        self.dropout = nn.Dropout(config["hidden_dropout_prob"])
        self.attention_dropout = nn.Dropout(config["attention_probs_dropout_prob"])

    def attend(self, x):
        """softmax(Q·Kᵀ / √head_dim)·V, of each head"""
        batch, seq, hidden = x.shape
        q, k, v = (linear(x).view(batch, seq, self.heads, -1).transpose(1, 2)
                   for linear in self.attention["self"].values())  # [batch, heads, seq, head_dim]
        scores = q @ k.transpose(-1, -2) / math.sqrt(q.shape[-1])  # [batch, heads, seq, seq]
        mixed = self.attention_dropout(scores.softmax(-1)) @ v     # [batch, heads, seq, head_dim]
        return mixed.transpose(1, 2).reshape(batch, seq, hidden)

    def add_and_norm(self, x, residual, block):
        return block["LayerNorm"](residual + self.dropout(block["dense"](x)))

    def forward(self, x):
        attended = self.add_and_norm(self.attend(x), x, self.attention["output"])
        inner = F.gelu(self.intermediate["dense"](attended))
        return self.add_and_norm(inner, attended, self.output)


class Bert(nn.Module):
    """BERT with the two heads of its pre-training; parameters have the names of Hugging Face."""

    def __init__(self, config):
        super().__init__()
        hidden, vocab = config["hidden_size"], config["vocab_size"]
        self.bert = nn.ModuleDict({
            "embeddings": nn.ModuleDict({
                "word_embeddings": nn.Embedding(vocab, hidden),
                "position_embeddings": nn.Embedding(config["max_position_embeddings"], hidden),
                "token_type_embeddings": nn.Embedding(config["type_vocab_size"], hidden),
                "LayerNorm": nn.LayerNorm(hidden, config["layer_norm_eps"])}),
            "encoder": nn.ModuleDict({"layer": nn.ModuleList(
                EncoderLayer(config) for _ in range(config["num_hidden_layers"]))}),
            "pooler": nn.ModuleDict({"dense": nn.Linear(hidden, hidden)})})
        predictions = nn.ModuleDict({"transform": dense_norm(config, hidden)})
        predictions.bias = nn.Parameter(torch.zeros(vocab))
        self.cls = nn.ModuleDict({"predictions": predictions,
                                  "seq_relationship": nn.Linear(hidden, 2)})
        self.dropout = nn.Dropout(config["hidden_dropout_prob"])

    def forward(self, ids, types, positions):
        """Logits of the tokens at `positions` in the flattened [batch·seq], and of the NSP."""
        table = self.bert["embeddings"]
        x = (table["word_embeddings"](ids) + table["token_type_embeddings"](types)
             + table["position_embeddings"].weight[:ids.shape[1]])
        x = self.dropout(table["LayerNorm"](x))  # [batch, seq, hidden]
        for layer in self.bert["encoder"]["layer"]:
            x = layer(x)
        pooled = torch.tanh(self.bert["pooler"]["dense"](x[:, 0]))
        head = self.cls["predictions"]
        masked = F.gelu(head["transform"]["dense"](x.flatten(0, 1)[positions]))
        masked = head["transform"]["LayerNorm"](masked)  # [positions, hidden]
        return (F.linear(masked, table["word_embeddings"].weight, head.bias),
                self.cls["seq_relationship"](pooled))


def optimizer_of(model):
    """AdamW, without decay of vectors: biases, and weights of LayerNorm."""
    decays = [p for p in model.parameters() if p.dim() > 1]
    vectors = [p for p in model.parameters() if p.dim() == 1]
    return torch.optim.AdamW([{"params": decays, "weight_decay": WEIGHT_DECAY},
                              {"params": vectors, "weight_decay": 0.0}], lr=LEARNING_RATE, eps=EPS)


def clip(model):
    """As nn::clip_scale: clip_grad_norm_ of PyTorch adds 1e-6 to the norm."""
    gradients = [p.grad for p in model.parameters()]
    norm = torch.stack([g.norm() for g in gradients]).norm().item()
    if norm > MAX_NORM:
        torch._foreach_mul_(gradients, MAX_NORM / norm)


def train_step(model, optimizer, batch):
    optimizer.zero_grad(set_to_none=True)
    mlm_logits, nsp_logits = model(batch["ids"], batch["types"], batch["positions"])
    loss = (F.cross_entropy(mlm_logits, batch["labels"])
            + F.cross_entropy(nsp_logits, batch["nsp_labels"]))
    loss.backward()
    clip(model)
    optimizer.step()
    return loss


def run(folder):
    """A step with each batch of the folder; the first two are not timed."""
    torch.manual_seed(0)
    model = Bert(json.loads((folder / "config.json").read_text()))
    model.load_state_dict(read_safetensors(folder / "model.safetensors"))
    optimizer = optimizer_of(model)
    seconds, losses = [], []
    for i in range(len(list(folder.glob("batch-*.safetensors")))):
        batch = read_safetensors(folder / f"batch-{i}.safetensors")
        start = time.perf_counter()
        loss = train_step(model, optimizer, batch)
        seconds.append(time.perf_counter() - start)
        losses.append(loss.item())
    median = statistics.median_high(seconds[UNTIMED:])
    return {"tokens_per_s": batch["ids"].numel() / median,
            "step_ms": median * 1e3,
            "peak_rss_mb": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024 / 1e6,
            "losses": losses,
            "version": torch.__version__}


def main():
    parser = argparse.ArgumentParser(description=__doc__,
                                     formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder", type=pathlib.Path)
    parser.add_argument("--threads", type=int, default=len(os.sched_getaffinity(0)))
    options = parser.parse_args()
    torch.set_num_threads(options.threads)
    print(json.dumps(run(options.folder), indent=2))


if __name__ == "__main__":
    main()
