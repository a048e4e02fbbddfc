"""Nothing of the engine is missing here, and nothing here lacks a stub."""

import ast
import importlib
import inspect
import pathlib
import re
import subprocess
import sys

import gradus
import pytest
from gradus import autograd

ROOT = pathlib.Path(__file__).parents[2]

# What the engine calls otherwise than PyTorch.
PYTORCH_NAMES = {"pow_tensor": "pow"}


@pytest.mark.parametrize("op", autograd.op_names())
def test_every_registered_operation_is_reachable(op):
    name = PYTORCH_NAMES.get(op, op)
    home = gradus.Tensor if op.endswith("_") else gradus
    assert callable(getattr(home, name, None) or getattr(gradus.Tensor, name, None)), op


def test_every_exception_of_the_engine_is_one_here():
    headers = [path for part in ("core", "nn", "models") for path in (ROOT / part).rglob("*.hpp")]
    names = {name for path in headers for name in re.findall(r"^struct (\w+) : Error\b", path.read_text(), re.M)}
    assert {"ShapeError", "DivergedError", "AnomalyError"} <= names
    for name in names:
        assert issubclass(getattr(gradus, name), gradus.Error), name


MODULES = ["core", "autograd", "nn", "text", "bert"]


def stub_names(body):
    """The names that a stub's module or class declares."""
    names = set()
    for node in body:
        if isinstance(node, (ast.ClassDef, ast.FunctionDef)):
            names.add(node.name)
        elif isinstance(node, ast.AnnAssign):
            names.add(node.target.id)
        elif isinstance(node, ast.Assign):
            names.update(target.id for target in node.targets)
    return names


@pytest.mark.parametrize("name", MODULES)
def test_every_public_name_has_a_stub(name):
    module = importlib.import_module(f"gradus._gradus.{name}")
    stub = pathlib.Path(gradus.__file__).parent / "_gradus" / f"{name}.pyi"
    tree = ast.parse(stub.read_text())
    public = {n for n in vars(module) if not n.startswith("_")}
    assert public and public <= stub_names(tree.body)
    classes = {node.name: node for node in tree.body if isinstance(node, ast.ClassDef)}
    for class_name, node in classes.items():
        members = {n for n in vars(getattr(module, class_name)) if not n.startswith("_")}
        assert members <= stub_names(node.body), class_name


def test_every_function_names_its_arguments():
    for name in MODULES:
        for part in vars(importlib.import_module(f"gradus._gradus.{name}")).values():
            assert "arg0" not in (inspect.getdoc(part) or "")


SAMPLE = '''
import gradus
from gradus import nn


class Classifier(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.hidden = nn.Linear(4, 8)

    def forward(self, x: gradus.Tensor) -> gradus.Tensor:
        return gradus.softmax(self.hidden.forward(x).relu(), dim=-1)


model = Classifier()
optimizer = nn.AdamW(model.named_parameters(), lr=1e-2)
loss: gradus.Tensor = gradus.cross_entropy(model.forward(gradus.randn([2, 4])), gradus.arange(2))
loss.backward()
with gradus.no_grad():
    model.hidden.weight.mul_(0.5)
values, indices = loss.reshape(1).max(dim=0)
report: bool = gradus.gradcheck(lambda x: x.exp(), gradus.randn([2], gradus.float64)).passed
'''


def test_mypy_understands_a_program_and_sees_its_fault(tmp_path):
    file = tmp_path / "sample.py"
    file.write_text(SAMPLE + 'gradus.softmax(loss, dim="last")\n')
    command = [sys.executable, "-m", "mypy", "--strict", "--no-incremental", str(file)]
    report = subprocess.run(command, capture_output=True, text=True).stdout
    faults = [line for line in report.splitlines() if "error:" in line]
    assert len(faults) == 1 and 'incompatible type "str"; expected "int"' in faults[0], report
