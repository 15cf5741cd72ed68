"""Loading models from files, code and standard input; every kind of bad input has its own error."""

from __future__ import annotations

import io
import pickle
import sys
import zipfile
from pathlib import Path
from types import SimpleNamespace

import pytest
import torch
from safetensors.torch import save_file
from torch import nn
from torch.export import ExportedProgram

from hetorch_heir.core.errors import CaptureError, ModelLoadError
from hetorch_heir.frontend import ReferenceModel, load_and_normalise, load_model, source_of
from hetorch_heir.frontend.archive import ModelFileKind, identify
from hetorch_heir.frontend.quiet import quiet

X = torch.randn(1, 4, generator=torch.Generator().manual_seed(9))


class Net(nn.Module):
    """A model with all that a small network has, and nothing that one of the formats lacks."""

    def __init__(self) -> None:
        super().__init__()
        self.layers = nn.Sequential(nn.Linear(4, 3), nn.BatchNorm1d(3), nn.ReLU(), nn.Dropout())
        self.head = nn.Linear(3, 2)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return self.head(self.layers(x))


@pytest.fixture
def net() -> nn.Module:
    torch.manual_seed(2)
    return Net().eval()


def save_export(model: nn.Module, path: Path, *inputs: object, **options: object) -> Path:
    with quiet():
        torch.export.save(torch.export.export(model, inputs or (X,), **options), path)  # type: ignore[arg-type]
    return path


def save_script(model: nn.Module, path: Path, *, trace: bool) -> Path:
    with quiet():
        scripted = torch.jit.trace(model, (X,)) if trace else torch.jit.script(model)
        torch.jit.save(scripted, path)
    return path


def assert_computes(spec: str | Path, model: nn.Module, **options: object) -> None:
    loaded, graph_module = load_and_normalise(str(spec), **options)  # type: ignore[arg-type]
    torch.testing.assert_close(graph_module(X)[0], model(X))
    reference = ReferenceModel(loaded.model, loaded.example_inputs, loaded.example_kwargs)
    torch.testing.assert_close(reference(X)[0], model(X))


def test_export_archive(net: nn.Module, tmp_path: Path) -> None:
    path = save_export(net, tmp_path / "digits-mlp.pt2")
    assert_computes(path, net)
    loaded = load_model(str(path))
    assert loaded.name == "digits_mlp"
    assert isinstance(loaded.model, ExportedProgram)
    torch.testing.assert_close(loaded.example_inputs, (X,))


def test_kind_is_told_by_content_not_suffix(net: nn.Module, tmp_path: Path) -> None:
    exported = save_export(net, tmp_path / "model.pt2").rename(tmp_path / "exported.pt")
    scripted = save_script(net, tmp_path / "model.pt", trace=True).rename(tmp_path / "scripted.pt2")
    assert_computes(exported, net)
    assert_computes(scripted, net, input_shapes=[(1, 4)])


@pytest.mark.parametrize("trace", [True, False])
def test_torchscript_archive(net: nn.Module, tmp_path: Path, trace: bool) -> None:
    path = save_script(net, tmp_path / "net.pt", trace=trace)
    assert_computes(path, net, input_shapes=[(1, 4)])
    _, graph_module = load_and_normalise(str(path), input_shapes=[(1, 4)])
    assert graph_module.meta["input_names"] == ("x",)
    linear = graph_module.graph.find_nodes(op="call_function", target=torch.ops.aten.linear.default)
    assert [str(source_of(node)) for node in linear] == ["layers.0 (Linear)", "head (Linear)"]
    assert "head_bias" in dict(graph_module.named_buffers())


def test_frozen_torchscript(net: nn.Module, tmp_path: Path) -> None:
    with quiet():
        torch.jit.save(torch.jit.freeze(torch.jit.script(net)), tmp_path / "net.pt")
    assert_computes(tmp_path / "net.pt", net, input_shapes=[(1, 4)])


def test_torchscript_control_flow_on_values_is_refused(tmp_path: Path) -> None:
    class Branch(nn.Module):
        def forward(self, x: torch.Tensor) -> torch.Tensor:
            if bool(x.sum() > 0):
                return x
            return -x

    path = save_script(Branch(), tmp_path / "branch.pt", trace=False)
    with pytest.raises(CaptureError, match="depends on the value of a tensor"):
        load_and_normalise(str(path), input_shapes=[(1, 4)])


def test_weights_go_with_code_only(net: nn.Module, tmp_path: Path) -> None:
    path = save_export(net, tmp_path / "net.pt2")
    with pytest.raises(ModelLoadError, match="has its weights inside"):
        load_model(str(path), state_dict="weights.pt")


@pytest.mark.parametrize("kind", ["export", "script"])
def test_standard_input(net: nn.Module, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, kind: str) -> None:
    path = tmp_path / "model"
    if kind == "export":
        save_export(net, path.with_suffix(".pt2")).rename(path)
    else:
        save_script(net, path, trace=True)
    monkeypatch.setattr(sys, "stdin", SimpleNamespace(buffer=io.BytesIO(path.read_bytes())))
    loaded, graph_module = load_and_normalise("-", input_shapes=[(1, 4)])
    assert loaded.name == "model"
    torch.testing.assert_close(graph_module(X)[0], net(X))


def test_example_inputs_may_be_nested_and_named(tmp_path: Path) -> None:
    class Nested(nn.Module):
        def forward(
            self, x: torch.Tensor, pair: dict[str, torch.Tensor], *, scale: torch.Tensor
        ) -> torch.Tensor:
            return (x + pair["a"]) * scale - pair["b"]

    example = (X, {"a": X + 1, "b": X + 2})
    with quiet():
        program = torch.export.export(Nested(), example, {"scale": X + 3})
        torch.export.save(program, tmp_path / "nested.pt2")
    loaded, graph_module = load_and_normalise(str(tmp_path / "nested.pt2"), public_inputs=["scale"])
    assert graph_module.meta["input_names"] == ("x", "pair_a", "pair_b", "scale")
    inputs = graph_module.meta["example_inputs"]
    expected = Nested()(*example, scale=X + 3)
    torch.testing.assert_close(graph_module(*inputs)[0], expected)
    reference = ReferenceModel(loaded.model, loaded.example_inputs, loaded.example_kwargs)
    torch.testing.assert_close(reference(*inputs)[0], expected)


def test_archive_without_example_inputs_gives_its_shapes(net: nn.Module, tmp_path: Path) -> None:
    with quiet():
        program = torch.export.export(net, (X,))
        program.example_inputs = None
        torch.export.save(program, tmp_path / "net.pt2")
    loaded = load_model(str(tmp_path / "net.pt2"))
    assert [tuple(tensor.shape) for tensor in loaded.example_inputs] == [(1, 4)]


def test_input_shapes_give_the_same_numbers_every_time(net: nn.Module, tmp_path: Path) -> None:
    path = str(save_script(net, tmp_path / "net.pt", trace=True))
    first, second = (load_model(path, input_shapes=[(1, 4)]).example_inputs for _ in range(2))
    torch.testing.assert_close(first, second)
    assert first[0].dtype == torch.float32


def test_input_shape_is_asked_for(net: nn.Module, tmp_path: Path) -> None:
    path = save_script(net, tmp_path / "net.pt", trace=True)
    with pytest.raises(CaptureError, match="carries no example inputs") as refused:
        load_model(str(path))
    assert "--input-shape" in str(refused.value.hint)


def test_input_shape_that_contradicts_the_archive(net: nn.Module, tmp_path: Path) -> None:
    path = save_export(net, tmp_path / "net.pt2")
    with pytest.raises(CaptureError, match="input shapes 1,5 given, but the archive has 1,4"):
        load_model(str(path), input_shapes=[(1, 5)])


def test_source_lines_survive_in_an_archive(net: nn.Module, tmp_path: Path) -> None:
    _, graph_module = load_and_normalise(str(save_export(net, tmp_path / "net.pt2")))
    linear = graph_module.graph.find_nodes(op="call_function", target=torch.ops.aten.linear.default)[0]
    assert str(source_of(linear)).startswith("layers.0 (Linear), test_load.py:")


def bad_file(path: Path, net: nn.Module, kind: str) -> None:
    """Write a file that is no acceptable model."""
    match kind:
        case "directory":
            path.mkdir()
        case "empty":
            path.write_bytes(b"")
        case "text":
            path.write_text("just a text that is not a model")
        case "zip":
            with zipfile.ZipFile(path, "w") as archive:
                archive.writestr("readme.txt", "nothing")
        case "truncated":
            save_export(net, path.with_suffix(".pt2"))
            data = path.with_suffix(".pt2").read_bytes()
            path.write_bytes(data[: len(data) // 2])
        case "state dict":
            torch.save(net.state_dict(), path)
        case "checkpoint":
            torch.save({"epoch": 3, "model": net.state_dict()}, path)
        case "legacy state dict":
            torch.save(net.state_dict(), path, _use_new_zipfile_serialization=False)
        case "tensor":
            torch.save(X, path)
        case "pickled module":
            torch.save(net, path)
        case "legacy pickled module":
            torch.save(net, path, _use_new_zipfile_serialization=False)
        case "pickle":
            path.write_bytes(pickle.dumps({"model": 3}))
        case "safetensors":
            save_file(net.state_dict(), path)
        case "git-lfs":
            path.write_text("version https://git-lfs.github.com/spec/v1\noid sha256:0\nsize 3\n")
        case "old export":
            with zipfile.ZipFile(path, "w") as archive:
                archive.writestr("version", "8.0")
                archive.writestr("serialized_exported_program.json", "{}")
        case "damaged export":
            rewrite_member(save_export(net, path.with_suffix(".pt2")), path, "models/model.json", b"{")
        case "damaged script":
            rewrite_member(save_script(net, path.with_suffix(".pts"), trace=True), path, "data.pkl", b"\x80")
        case _:
            assert kind == "missing"


def rewrite_member(source: Path, target: Path, member: str, content: bytes) -> None:
    """Copy a zip archive with other content for one member."""
    with zipfile.ZipFile(source) as old, zipfile.ZipFile(target, "w") as new:
        for name in old.namelist():
            new.writestr(name, content if name.endswith("/" + member) else old.read(name))


BAD_FILES = {
    "missing": "no such file",
    "directory": "this is a directory",
    "empty": "the file is empty",
    "text": "this is not a model file",
    "zip": "this is not a model file",
    "truncated": "damaged or cut off",
    "state dict": "holds weights, not a model",
    "checkpoint": "holds weights, not a model",
    "legacy state dict": "holds weights, not a model",
    "tensor": "holds a Tensor, not a model",
    "pickled module": "a pickle, which can run any code",
    "legacy pickled module": "a pickle, which can run any code",
    "pickle": "a pickle, which can run any code",
    "safetensors": "holds weights, not a model",
    "git-lfs": "Git LFS pointer",
    "old export": "a torch before 2.8",
    "damaged export": "the torch.export archive can't be read",
    "damaged script": "the TorchScript archive can't be read",
}


@pytest.mark.parametrize("kind", BAD_FILES)
def test_bad_file(net: nn.Module, tmp_path: Path, kind: str) -> None:
    path = tmp_path / "model.pt2"
    path = path.with_suffix(".model")
    bad_file(path, net, kind)
    with pytest.raises(ModelLoadError, match=BAD_FILES[kind]) as refused:
        load_model(str(path), input_shapes=[(1, 4)])
    assert refused.value.where == str(path)


@pytest.mark.parametrize("kind", ["pickled module", "legacy pickled module"])
def test_pickled_module_is_loaded_when_trusted(net: nn.Module, tmp_path: Path, kind: str) -> None:
    path = tmp_path / "net.pt"
    bad_file(path, net, kind)
    with pytest.raises(ModelLoadError) as refused:
        load_model(str(path), input_shapes=[(1, 4)])
    assert "--trust-pickle" in str(refused.value.hint)
    assert_computes(path, net, input_shapes=[(1, 4)], trust_pickle=True)


def test_trusted_pickle_that_is_damaged(tmp_path: Path) -> None:
    (tmp_path / "net.pt").write_bytes(b"\x80\x02garbage")
    with pytest.raises(ModelLoadError, match="the pickle can't be loaded"):
        load_model(str(tmp_path / "net.pt"), trust_pickle=True)


def test_unreadable_file(net: nn.Module, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(path: Path) -> bytes:
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr(Path, "read_bytes", refuse)
    with pytest.raises(ModelLoadError, match="can't be read: Permission denied"):
        load_model(str(tmp_path / "net.pt2"))


def test_identify_never_fails() -> None:
    for data in (b"\x80", b"PK", b"\x00" * 8, b"{" * 9, bytes(range(256))):
        assert identify(data) in (ModelFileKind.UNKNOWN, ModelFileKind.TRUNCATED)
