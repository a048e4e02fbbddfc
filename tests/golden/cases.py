"""What the scripts that write golden numbers of operations share: a case is a function at given
inputs, with its result and gradients by PyTorch (1.13, from Debian's python3-torch).

For each case: CASE.in0, CASE.in1, ... the inputs; CASE.dy the cotangent; CASE.out the result;
CASE.d0, CASE.d1, ... the gradients; and what else the case needs. All in float64.
"""
import json
import pathlib
import struct

import torch

torch.manual_seed(20261121)
torch.set_default_dtype(torch.float64)
TYPES = {torch.float64: "F64", torch.int64: "I64", torch.bool: "BOOL"}
tensors = {}


def case(name, function, *inputs):
    inputs = [x.clone().requires_grad_() for x in inputs]
    out = function(*inputs)
    dy = torch.randn(out.shape)
    out.backward(dy)
    for i, x in enumerate(inputs):
        tensors[f"{name}.in{i}"] = x.detach()
        tensors[f"{name}.d{i}"] = x.grad
    tensors[f"{name}.dy"] = dy
    tensors[f"{name}.out"] = out.detach()


def write(file):
    """Writes all tensors to `file` in this directory, as safetensors."""
    header, data = {"__metadata__": {"format": "pt"}}, b""
    for name, tensor in sorted(tensors.items()):
        bytes_ = tensor.contiguous().numpy().tobytes()
        header[name] = {"dtype": TYPES[tensor.dtype], "shape": list(tensor.shape),
                        "data_offsets": [len(data), len(data) + len(bytes_)]}
        data += bytes_
    text = json.dumps(header, separators=(",", ":")).encode()
    text += b" " * (-len(text) % 8)
    path = pathlib.Path(__file__).parent / file
    path.write_bytes(struct.pack("<Q", len(text)) + text + data)
