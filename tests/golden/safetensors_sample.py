"""Writes the files that tests/core/io/safetensors_test.cpp reads, with Hugging Face's library.

    pip install safetensors==0.8.0 numpy && python safetensors_sample.py

With --check FILE it reads a file that Gradus wrote with the tensors of safetensors_sample instead.
"""

import sys
from pathlib import Path

import numpy as np
from safetensors import TensorSpec, serialize
from safetensors.numpy import load_file, save_file

here = Path(__file__).parent

sample = {
    "matrix": np.arange(6, dtype=np.float32).reshape(2, 3) / 8 - 0.25,
    "double": np.array([np.pi, -1e300, 5e-324]),
    "index": np.array([[-(2**63)], [2**63 - 1]], dtype=np.int64),
    "mask": np.array([True, False, True]),
    "scalar": np.array(1.5, dtype=np.float32),
    "empty": np.zeros((0, 4), dtype=np.float32),
    'näme "quoted"\n': np.array([-0.0, np.inf], dtype=np.float32),
}

# The types that are converted when they are read: zero, one, the smallest subnormal, the smallest
# normal, the largest number, infinity and a NaN of both 16-bit floats, and whole numbers.
half_bits = np.array([0x0000, 0xBC00, 0x0001, 0x0400, 0x7BFF, 0xFC00, 0x7E00], dtype=np.uint16)
bfloat_bits = np.array([0x8000, 0xBF80, 0x0001, 0x0080, 0x7F7F, 0xFF80, 0x7FC0], dtype=np.uint16)
ints = np.array([-(2**31), 2**31 - 1], dtype=np.int32)
converted = {"half": ("float16", half_bits), "bfloat": ("bfloat16", bfloat_bits), "int": ("int32", ints)}


def spec(dtype, array):
    return TensorSpec(dtype=dtype, shape=array.shape, data_ptr=array.ctypes.data, data_len=array.nbytes)


if sys.argv[1:2] == ["--check"]:
    loaded = load_file(sys.argv[2])
    assert loaded.keys() == sample.keys(), loaded.keys()
    for name, expected in sample.items():
        assert loaded[name].dtype == expected.dtype and loaded[name].shape == expected.shape, name
        assert loaded[name].tobytes() == expected.tobytes(), name
    print("all", len(sample), "tensors are equal")
else:
    save_file(sample, here / "safetensors_sample.safetensors", metadata={"format": "pt"})
    (here / "safetensors_converted.safetensors").write_bytes(
        serialize({name: spec(*value) for name, value in converted.items()})
    )
