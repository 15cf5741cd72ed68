"""Archives that would run code when torch loads them are refused, and run none."""

from __future__ import annotations

import contextlib
import io
import json
import pickle
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import torch
from torch import nn

from hetorch_heir.core.errors import CaptureError, ModelLoadError
from hetorch_heir.frontend import load_and_normalise, load_model
from hetorch_heir.frontend.quiet import quiet

Change = Callable[[dict[str, Any], Path], None]


class Payload:
    """Unpickled, it makes a directory."""

    def __init__(self, marker: Path) -> None:
        self.marker = marker

    def __reduce__(self) -> tuple[Any, ...]:
        return Path.mkdir, (self.marker,)


@pytest.fixture
def archive(tmp_path: Path) -> Path:
    """A harmless archive with a parameter and a constant."""

    class Net(nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.fc = nn.Linear(3, 2)

        def forward(self, x: torch.Tensor) -> torch.Tensor:
            return self.fc(x) * torch.tensor([1.0, 2.0])

    path = tmp_path / "model.pt2"
    with quiet():
        torch.export.save(torch.export.export(Net(), (torch.ones(1, 3),)), path)
    return path


def rewrite(path: Path, change: Callable[[str, bytes], bytes], extra: dict[str, bytes] | None = None) -> None:
    """Write an archive anew, each member's content changed."""
    with zipfile.ZipFile(path) as old:
        members = {name: old.read(name) for name in old.namelist()}
    folder = next(iter(members)).split("/")[0]
    with zipfile.ZipFile(path, "w") as new:
        for name, content in members.items():
            new.writestr(name, change(name.split("/", 1)[1], content))
        for name, content in (extra or {}).items():
            new.writestr(f"{folder}/{name}", content)


def rewrite_json(path: Path, member: str, change: Callable[[dict[str, Any]], object]) -> None:
    def rewritten(name: str, content: bytes) -> bytes:
        if name != member:
            return content
        value = json.loads(content)
        change(value)
        return json.dumps(value).encode()

    rewrite(path, rewritten)


def assert_refused(path: Path, message: str, marker: Path) -> None:
    with pytest.raises(ModelLoadError, match=message) as refused:
        load_and_normalise(str(path))
    assert "--trust-pickle" in str(refused.value.hint)
    assert not marker.exists()


def pickled(marker: Path) -> bytes:
    buffer = io.BytesIO()
    torch.save(Payload(marker), buffer)
    return buffer.getvalue()


def test_rewritten_archive_is_still_loaded(archive: Path) -> None:
    rewrite(archive, lambda name, content: content)
    _, graph_module = load_and_normalise(str(archive))
    assert len(graph_module.graph.nodes) > 3


@pytest.mark.parametrize(
    ("config", "tensor"),
    [
        ("data/weights/model_weights_config.json", "data/weights/weight_0"),
        ("data/constants/model_constants_config.json", "data/constants/tensor_0"),
    ],
)
def test_pickled_tensor(archive: Path, tmp_path: Path, config: str, tensor: str) -> None:
    marker = tmp_path / "ran"

    def use_pickle(value: dict[str, Any]) -> None:
        for payload in value["config"].values():
            payload["use_pickle"] = True

    rewrite_json(archive, config, use_pickle)
    rewrite(archive, lambda name, content: pickled(marker) if name == tensor else content)
    assert_refused(archive, "is pickled", marker)
    with contextlib.suppress(ModelLoadError):  # what is unpickled is no tensor
        load_model(str(archive), trust_pickle=True)
    assert marker.exists()


def test_pickled_sample_inputs(archive: Path, tmp_path: Path) -> None:
    marker = tmp_path / "ran"
    rewrite(
        archive,
        lambda name, content: pickled(marker) if name == "data/sample_inputs/model.pt" else content,
    )
    assert_refused(archive, "sample inputs are not plain tensors", marker)


@pytest.mark.parametrize(
    "member",
    [
        "data/weights/model.pt",
        "data/constants/model.pt",
        "data/constants/opaque_obj_0",
        "data/constants/custom_obj_0",
        "data/aotinductor/model/code.so",
        "serialized_state_dict.pt",
    ],
)
def test_unexpected_member(archive: Path, tmp_path: Path, member: str) -> None:
    marker = tmp_path / "ran"
    rewrite(archive, lambda name, content: content, {member: pickle.dumps(Payload(marker))})
    assert_refused(archive, "contains (a pickled object|compiled code)", marker)


def first_node(program: dict[str, Any]) -> dict[str, Any]:
    return program["graph_module"]["graph"]["nodes"][0]


def set_target(target: str) -> Change:
    def change(program: dict[str, Any], marker: Path) -> None:
        node = first_node(program)
        node["target"] = target
        node["inputs"] = [{"name": "name", "arg": {"as_string": str(marker)}, "kind": 1}]

    return change


def rename_input(program: dict[str, Any], marker: Path) -> None:
    """Node names become parameters in generated source, where a default is evaluated."""
    text = json.dumps(program).replace('"x"', json.dumps(f"x=__import__('os').mkdir('{marker}')"))
    program.update(json.loads(text))
    program["graph_module"]["module_call_graph"][0]["signature"]["forward_arg_names"] = ["x"]


def set_tree(path: str, spec: dict[str, Any]) -> Change:
    def change(program: dict[str, Any], marker: Path) -> None:
        signature = program["graph_module"]["module_call_graph"][0]["signature"]
        signature[path] = json.dumps([1, spec])

    return change


def leaf_in(container: str, context: str) -> dict[str, Any]:
    leaf = {"type": None, "context": None, "children_spec": []}
    return {"type": container, "context": context, "children_spec": [leaf]}


def set_argument_name(program: dict[str, Any], marker: Path) -> None:
    signature = program["graph_module"]["module_call_graph"][0]["signature"]
    signature["forward_arg_names"] = [f"x=__import__('os').mkdir('{marker}')"]


def set_parameter_name(program: dict[str, Any], marker: Path) -> None:
    spec = program["graph_module"]["signature"]["input_specs"][0]["parameter"]
    spec["parameter_name"] = 'fc", __import__("os")'


def set_custom_object(program: dict[str, Any], marker: Path) -> None:
    program["graph_module"]["graph"]["custom_obj_values"] = {"x": {"name": "x", "class_fqn": "a.b"}}


def set_module_name(program: dict[str, Any], marker: Path) -> None:
    program["graph_module"]["module_call_graph"][0]["fqn"] = "a'); b("


CHANGES: dict[str, tuple[Change, str]] = {
    "function of torch": (set_target("torch.os.mkdir"), "a node calls 'torch.os.mkdir'"),
    "library": (set_target("torch.ops.load_library"), "a node calls"),
    "reached through an operator": (set_target("torch.ops.aten.__class__.__init__"), "a node calls"),
    "operator on files": (set_target("torch.ops.aten.from_file.default"), "a node calls"),
    "unknown module": (set_target("math.sqrt"), "a node calls"),
    "node name": (rename_input, "node name"),
    "argument name": (set_argument_name, "argument name"),
    "parameter name": (set_parameter_name, "name 'fc"),
    "module name": (set_module_name, "module name"),
    "container that imports": (
        set_tree("out_spec", leaf_in("collections.defaultdict", '{"default_factory_module": "antigravity"}')),
        "of type 'collections.defaultdict'",
    ),
    "key that imports": (
        set_tree("in_spec", leaf_in("builtins.dict", '[{"__enum__": true, "fqn": "antigravity:x"}]')),
        "of type 'builtins.dict'",
    ),
    "key in source": (set_tree("in_spec", leaf_in("builtins.dict", '["a=print()"]')), "key"),
    "custom object": (set_custom_object, "custom objects"),
}


@pytest.mark.parametrize("name", CHANGES)
def test_program_that_reaches_outside(archive: Path, tmp_path: Path, name: str) -> None:
    change, message = CHANGES[name]
    marker = tmp_path / "ran"
    rewrite_json(archive, "models/model.json", lambda program: change(program, marker))
    assert_refused(archive, message, marker)


def test_symbolic_size_is_never_evaluated(archive: Path, tmp_path: Path) -> None:
    marker = tmp_path / "ran"
    size = {"as_expr": {"expr_str": f"__import__('os').mkdir('{marker}')", "hint": {"as_int": 1}}}

    def change(program: dict[str, Any]) -> None:
        program["graph_module"]["graph"]["tensor_values"]["x"]["sizes"][0] = size

    rewrite_json(archive, "models/model.json", change)
    with pytest.raises(CaptureError, match="dimension 0 of input 'x' is dynamic"):
        load_model(str(archive))
    assert not marker.exists()


@pytest.mark.parametrize(
    ("key", "value", "message"),
    [
        ("guards_code", ["__import__('os')"], "exported with dynamic shapes"),
        ("range_constraints", {"s0": {"min_val": 0, "max_val": None}}, "exported with dynamic shapes"),
    ],
)
def test_guards_are_never_evaluated(archive: Path, key: str, value: Any, message: str) -> None:
    rewrite_json(archive, "models/model.json", lambda program: program.update({key: value}))
    with pytest.raises(CaptureError, match=message):
        load_model(str(archive))


def test_dynamic_archive_names_input_and_dimension(tmp_path: Path) -> None:
    batch = torch.export.Dim("batch")
    with quiet():
        program = torch.export.export(nn.Linear(3, 2), (torch.ones(2, 3),), dynamic_shapes=({0: batch},))
        torch.export.save(program, tmp_path / "dynamic.pt2")
    for trust_pickle in (False, True):
        with pytest.raises(CaptureError, match=r"dimension 0 of input 'input' is dynamic \(symbol s\d+\)"):
            load_model(str(tmp_path / "dynamic.pt2"), trust_pickle=trust_pickle)


def test_trusted_archive_may_hold_anything(archive: Path) -> None:
    rewrite(archive, lambda name, content: content, {"notes.pkl": b"nothing"})
    with pytest.raises(ModelLoadError, match="pickled object"):
        load_model(str(archive))
    load_model(str(archive), trust_pickle=True)


class Saving(nn.Module):
    def __init__(self, path: str) -> None:
        super().__init__()
        self.path = path

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        torch.save(x, self.path)
        return x


class Mapping(nn.Module):
    def __init__(self, path: str) -> None:
        super().__init__()
        self.path = path

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return x + torch.from_file(self.path, True, 3)


@pytest.mark.parametrize("module", [Saving, Mapping])
def test_torchscript_that_writes_files(tmp_path: Path, module: type[nn.Module]) -> None:
    marker = tmp_path / "ran"
    path = tmp_path / "model.pt"
    with quiet():
        torch.jit.save(torch.jit.script(module(str(marker))), path)
    with pytest.raises(ModelLoadError, match="reads or writes files"):
        load_and_normalise(str(path), input_shapes=[(3,)])
    assert not marker.exists()


def test_weights_are_loaded_without_running_code(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    marker = tmp_path / "ran"
    torch.save({"weight": Payload(marker)}, tmp_path / "weights.pt")
    monkeypatch.chdir(tmp_path)
    (tmp_path / "untrusted_factory.py").write_text("from torch import nn\nbuild = nn.Linear(3, 2)\n")
    with pytest.raises(ModelLoadError, match="without running code") as refused:
        load_model("untrusted_factory:build", state_dict="weights.pt", input_shapes=[(3,)])
    assert "--trust-pickle" in str(refused.value.hint)
    assert not marker.exists()
