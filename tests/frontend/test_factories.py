"""Models from the user's Python code, and the weights that go into them."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest
import torch
from safetensors.torch import save_file
from torch import nn

from hetorch_heir.core.errors import ModelLoadError
from hetorch_heir.frontend import load_and_normalise, load_model

X = torch.randn(1, 4, generator=torch.Generator().manual_seed(9))

FACTORY = """
import torch
from torch import nn

class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.fc = nn.Linear(4, 2)

    def forward(self, x):
        return self.fc(x).relu()

def build():
    torch.manual_seed(1)
    return Net()

instance = Net()
number = 3

def broken():
    raise RuntimeError("no such dataset")

def wrong():
    return 3
"""


def test_factory(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "factory_of_test.py").write_text(FACTORY)
    monkeypatch.chdir(tmp_path)
    for spec in ("factory_of_test:build", "factory_of_test.py:build", f"{tmp_path}/factory_of_test.py:build"):
        loaded, graph_module = load_and_normalise(spec, input_shapes=[(1, 4)])
        assert loaded.name == "build"
        assert isinstance(loaded.model, nn.Module)
        torch.testing.assert_close(graph_module(X)[0], loaded.model(X))
    assert load_model("factory_of_test:instance", input_shapes=[(4,)]).name == "instance"
    assert load_model("factory_of_test:Net", input_shapes=[(4,)]).name == "Net"
    assert str(tmp_path) not in sys.path


@pytest.mark.parametrize("form", ["torch", "legacy", "safetensors", "checkpoint", "parallel"])
def test_factory_with_weights(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, form: str) -> None:
    (tmp_path / "factory_of_test.py").write_text(FACTORY)
    monkeypatch.chdir(tmp_path)
    weights = {"fc.weight": torch.randn(2, 4), "fc.bias": torch.randn(2)}
    path = tmp_path / "weights"
    match form:
        case "torch":
            torch.save(weights, path)
        case "legacy":
            torch.save(weights, path, _use_new_zipfile_serialization=False)
        case "safetensors":
            save_file(weights, path)
        case "checkpoint":
            torch.save({"epoch": 3, "state_dict": weights}, path)
        case _:
            torch.save({f"module.{name}": tensor for name, tensor in weights.items()}, path)
    _, graph_module = load_and_normalise("factory_of_test:build", state_dict=str(path), input_shapes=[(1, 4)])
    torch.testing.assert_close(
        graph_module(X)[0], torch.relu(X @ weights["fc.weight"].t() + weights["fc.bias"])
    )


@pytest.mark.parametrize(
    ("spec", "message"),
    [
        ("factory_of_test:missing", "factory_of_test has no 'missing'"),
        ("factory_of_test:broken", "RuntimeError: no such dataset"),
        ("factory_of_test:wrong", "gave a int, not a torch.nn.Module"),
        ("factory_of_test:number", "is a int, not a function"),
        ("no_such_package.models:build", "importing 'no_such_package.models' failed"),
        ("no_such_file.py:build", "no such file"),
    ],
)
def test_bad_factory(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, spec: str, message: str) -> None:
    (tmp_path / "factory_of_test.py").write_text(FACTORY)
    monkeypatch.chdir(tmp_path)
    with pytest.raises(ModelLoadError, match=message):
        load_model(spec, input_shapes=[(1, 4)])


def test_failing_factory_names_its_line(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "factory_of_test.py").write_text(FACTORY)
    monkeypatch.chdir(tmp_path)
    with pytest.raises(ModelLoadError) as refused:
        load_model("factory_of_test:broken", input_shapes=[(1, 4)])
    assert refused.value.where == f"factory_of_test.py:{FACTORY.split('no such')[0].count(chr(10)) + 1}"


@pytest.mark.parametrize(
    ("weights", "message"),
    [
        ({"fc.weight": torch.ones(2, 4)}, "missing: fc.bias"),
        ({"fc.weight": torch.ones(2, 4), "fc.bias": torch.ones(2), "x": X}, "unexpected: x"),
        ({"fc.weight": torch.ones(2, 3), "fc.bias": torch.ones(2)}, "size mismatch for fc.weight"),
        (torch.ones(3), "holds a Tensor, not a state dict"),
    ],
)
def test_weights_that_do_not_fit(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, weights: object, message: str
) -> None:
    (tmp_path / "factory_of_test.py").write_text(FACTORY)
    monkeypatch.chdir(tmp_path)
    torch.save(weights, tmp_path / "weights.pt")
    with pytest.raises(ModelLoadError, match=message):
        load_model("factory_of_test:build", state_dict="weights.pt", input_shapes=[(1, 4)])
