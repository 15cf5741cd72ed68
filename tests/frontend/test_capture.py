"""What a captured graph looks like, and what can't be captured."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
import torch
import torch.nn.functional as F
from torch import fx, nn

from hetorch_heir.core.errors import CaptureError, WeightError
from hetorch_heir.frontend import SourceLocation, capture, restore_output_structure, source_of, to_graph
from hetorch_heir.frontend.quiet import quiet

X = torch.randn(2, 4, generator=torch.Generator().manual_seed(5))


class Function(nn.Module):
    """A module whose ``forward`` is a function of its inputs, with a layer and a buffer at hand."""

    def __init__(self, function: Callable[..., Any]) -> None:
        super().__init__()
        self.function = function
        self.layer = nn.Linear(4, 4)
        self.counter = nn.Buffer(torch.zeros(4))

    def forward(self, x: torch.Tensor) -> Any:
        return self.function(self, x)


class Net(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.layers = nn.Sequential(nn.Linear(4, 3), nn.ReLU(), nn.BatchNorm1d(3))

    def forward(self, x: torch.Tensor, points: dict[str, torch.Tensor], factor: float = 2.0) -> Any:
        y = self.layers(x) * factor
        return {"scores": y, "rest": [points["b"], (y + points["a"],)], "none": None}


def net_inputs() -> tuple[Any, ...]:
    return X, {"a": torch.ones(3), "b": torch.ones(2)}, 3.0


def test_inputs_and_outputs_are_flat_and_named() -> None:
    model = Net()
    graph_module = capture(model, net_inputs())
    assert graph_module.meta["input_names"] == ("x", "points_a", "points_b")
    assert graph_module.meta["output_names"] == ("scores", "rest_0", "rest_1_0")
    tensors = graph_module.meta["example_inputs"]
    assert [tuple(tensor.shape) for tensor in tensors] == [(2, 4), (3,), (2,)]
    expected = model.eval()(*net_inputs())
    results = graph_module(*tensors)
    torch.testing.assert_close(results[0], expected["scores"])
    torch.testing.assert_close(results[2], expected["rest"][1][0])


def test_one_tensor_as_the_example_of_two_inputs() -> None:
    class Difference(nn.Module):
        def forward(self, x: torch.Tensor, y: torch.Tensor, z: torch.Tensor) -> torch.Tensor:
            return x - 2.0 * y + 3.0 * z

    graph_module = capture(Difference(), (X, X), {"z": X})
    assert graph_module.meta["input_names"] == ("x", "y", "z")
    torch.testing.assert_close(graph_module(X, 2.0 * X, 5.0 * X)[0], 12.0 * X)


def test_keyword_inputs() -> None:
    graph_module = to_graph(Net(), (X,), {"points": net_inputs()[1]})
    assert graph_module.meta["input_names"] == ("x", "points_a", "points_b")


@pytest.mark.parametrize(
    ("function", "names"),
    [
        (lambda m, x: x + 1, ("output",)),
        (lambda m, x: (x + 1, x), ("output_0", "output_1")),
        (lambda m, x: [x + 1, {"y": x}], ("output_0", "output_1_y")),
        (lambda m, x: {"a_b": x + 1, "a": {"b": x}}, ("a_b", "a_b_")),
    ],
)
def test_output_names(function: Callable[..., Any], names: tuple[str, ...]) -> None:
    assert capture(Function(function), (X,)).meta["output_names"] == names


def test_output_structure_can_be_restored() -> None:
    graph_module = to_graph(Function(lambda m, x: {"a": x * 2, "b": [None, x * 3]}), (X,))
    assert graph_module.meta["output_names"] == ("a", "b_1")
    restore_output_structure(graph_module)
    torch.testing.assert_close(graph_module(X)["a"], X * 2)
    assert graph_module(X)["b"][0] is None


def test_weights_are_get_attr_nodes_with_their_names() -> None:
    graph_module = capture(Net(), net_inputs())
    names = {
        node.target: node.meta["qualified_name"] for node in graph_module.graph.nodes if node.op == "get_attr"
    }
    assert names["layers_0_weight"] == "layers.0.weight"
    assert torch.equal(dict(graph_module.named_buffers())["layers_2_running_var"], torch.ones(3))
    assert "layers_2_num_batches_tracked" not in names  # nothing uses it


def test_captured_graph_is_functional() -> None:
    def forward(m: Function, x: torch.Tensor) -> torch.Tensor:
        y = x + 1
        y[:, 0:4].mul_(2)
        return F.relu(y, inplace=True)

    graph_module = capture(Function(forward), (X,))
    for node in graph_module.graph.nodes:
        assert node.op != "call_function" or not node.target._schema.is_mutable
    torch.testing.assert_close(graph_module(X)[0], torch.relu((X + 1) * 2))


def test_input_changed_in_place_is_only_changed_inside() -> None:
    def forward(m: Function, x: torch.Tensor) -> torch.Tensor:
        x += 1
        return m.layer(x)

    model = Function(forward)
    graph_module = to_graph(model, (X.clone(),))
    before = X.clone()
    (result,) = graph_module(before)
    torch.testing.assert_close(before, X)
    torch.testing.assert_close(result, model.layer(X + 1))


def test_no_grad_block_is_captured() -> None:
    def forward(m: Function, x: torch.Tensor) -> torch.Tensor:
        with torch.no_grad():
            return m.layer(x)

    model = Function(forward)
    torch.testing.assert_close(to_graph(model, (X,))(X)[0], model.layer(X))


def test_training_modes_of_the_model_are_restored() -> None:
    model = Net().train()
    model.layers[2].eval()
    capture(model, net_inputs())
    assert model.training and model.layers[0].training and not model.layers[2].training


def test_wrapped_models_are_unwrapped() -> None:
    layer = nn.Linear(4, 2)
    for model in (nn.DataParallel(layer), torch.compile(layer)):
        graph_module = to_graph(model, (X,))  # type: ignore[arg-type]
        torch.testing.assert_close(graph_module(X)[0], layer(X))


@pytest.mark.parametrize("selected", [("points_b", "x"), (2, 0), ("x", 2, "x")])
def test_public_inputs_by_name_and_position(selected: tuple[str | int, ...]) -> None:
    graph_module = to_graph(Net(), net_inputs(), public_inputs=selected)
    public = {node.name: node.meta["public"] for node in graph_module.graph.find_nodes(op="placeholder")}
    assert public == {"x": True, "points_a": False, "points_b": True}


@pytest.mark.parametrize("selected", ["y", 3, -1])
def test_unknown_public_input_is_refused(selected: str | int) -> None:
    with pytest.raises(CaptureError, match=f"no input {selected!r}") as refused:
        to_graph(Net(), net_inputs(), public_inputs=(selected,))
    assert "1: points_a" in str(refused.value.hint)


def test_sources_name_module_class_file_and_line() -> None:
    graph_module = to_graph(Net(), net_inputs())
    linear = graph_module.graph.find_nodes(op="call_function", target=torch.ops.aten.linear.default)[0]
    source = source_of(linear)
    assert source.module == "layers.0" and source.module_class == "Linear"
    assert source.file == __file__
    line = source.line or 0
    assert str(source) == f"layers.0 (Linear), test_capture.py:{line}"
    with open(__file__) as file:
        assert "self.layers(x)" in file.read().splitlines()[line - 1]
    product = graph_module.graph.find_nodes(op="call_function", target=torch.ops.aten.mul.Tensor)[-1]
    assert str(source_of(product)) == f"Net, test_capture.py:{line}"


def test_source_without_anything_known() -> None:
    assert str(SourceLocation()) == "the model"
    assert str(SourceLocation(file="/a/b.py")) == "b.py"
    assert str(SourceLocation(module="a.b")) == "a.b"


def test_every_node_of_a_normalised_graph_has_a_source() -> None:
    for graph_module in (to_graph(Net(), net_inputs()), to_graph(fx.symbolic_trace(nn.Linear(4, 2)), (X,))):
        assert all(isinstance(node.meta["source"], SourceLocation) for node in graph_module.graph.nodes)


def branch(m: Function, x: torch.Tensor) -> torch.Tensor:
    if x.sum() > 0:
        return x
    return -x


REFUSED: dict[str, tuple[Callable[..., Any], str]] = {
    "branch on a value": (branch, "depends on the value of a tensor"),
    "torch.cond": (
        lambda m, x: torch.cond(x.sum() > 0, torch.sin, torch.cos, (x,)),
        "control flow depends on the value of a tensor",
    ),
    "item": (lambda m, x: x * x.sum().item(), "depends on the value of a tensor"),
    "shape from values": (lambda m, x: x[x > 0], "depends on the value of a tensor"),
    "dropout left on": (lambda m, x: F.dropout(x), "aten.dropout runs in training mode"),
    "batch norm without statistics": (
        lambda m, x: F.batch_norm(x, None, None, training=True),
        "aten.batch_norm runs in training mode",
    ),
    "changed buffer": (lambda m, x: x + m.counter.add_(1), "changes its buffer counter"),
    "constant output": (lambda m, x: (x, 3), "output 'output_1' is 3, not a tensor"),
    "failing model": (lambda m, x: x @ torch.ones(3, 3), "can't be captured: RuntimeError"),
}


@pytest.mark.parametrize("name", REFUSED)
def test_model_that_is_no_static_graph_is_refused(name: str) -> None:
    function, message = REFUSED[name]
    with pytest.raises(CaptureError, match=message):
        capture(Function(function), (X,))


def test_error_in_control_flow_names_the_line() -> None:
    with pytest.raises(CaptureError) as refused:
        capture(Function(branch), (X,))
    assert refused.value.where == f"test_capture.py:{branch.__code__.co_firstlineno + 1}"


@pytest.mark.parametrize(
    ("model", "place", "message"),
    [
        (nn.Sequential(nn.Conv2d(1, 2, 3), nn.Conv2d(2, 2, 3)), "1 (Conv2d)", "Kernel size: (3 x 3)"),
        (nn.Sequential(nn.AvgPool2d(5)), "0 (AvgPool2d)", "Output size is too small"),
        (nn.Conv2d(3, 2, 3), "Conv2d", "expected input[1, 1, 4, 4] to have 3 channels"),
    ],
)
def test_a_layer_that_fails_is_named(model: nn.Module, place: str, message: str) -> None:
    with pytest.raises(CaptureError) as refused:
        capture(model, (torch.randn(1, 1, 4, 4),))
    assert refused.value.where == place
    assert message in refused.value.what
    assert refused.value.hint == "does it run on inputs of shape (1, 1, 4, 4)?"


def test_what_the_model_prints_goes_to_standard_error(capfd: pytest.CaptureFixture[str]) -> None:
    capture(Function(lambda m, x: (print("hello"), x * 2)[1]), (X,))
    assert capfd.readouterr() == ("", "hello\n")


def test_failure_prints_nothing(capfd: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(CaptureError):
        capture(Function(branch), (X,))
    assert capfd.readouterr() == ("", "")


def test_batch_norm_that_tracks_nothing_is_refused() -> None:
    model = nn.Sequential(nn.Linear(4, 4), nn.BatchNorm1d(4, track_running_stats=False))
    with pytest.raises(CaptureError, match="training mode") as refused:
        capture(model, (X,))
    assert str(refused.value.where).startswith("1 (BatchNorm1d)")
    assert "track_running_stats=True" in str(refused.value.hint)


def test_program_exported_in_training_mode_is_refused() -> None:
    program = torch.export.export(nn.Sequential(nn.Linear(4, 4), nn.Dropout()).train(), (X,))
    with pytest.raises(CaptureError, match=r"aten.dropout runs in training mode"):
        capture(program, (X,))


def test_dynamic_shape_names_input_and_dimension() -> None:
    batch = torch.export.Dim("batch")
    program = torch.export.export(nn.Linear(4, 2), (X,), dynamic_shapes=({0: batch},))
    with pytest.raises(CaptureError, match=r"dimension 0 of input 'input' is dynamic"):
        capture(program, (X,))


@pytest.mark.parametrize("dtype", [torch.int64, torch.bool, torch.complex64])
def test_inputs_have_to_be_floating(dtype: torch.dtype) -> None:
    name = str(dtype).removeprefix("torch.")
    with pytest.raises(CaptureError, match=f"input 'x' is of type {name}"):
        capture(Function(lambda m, x: x * 2.0), (torch.ones(2, dtype=dtype),))


def test_inputs_of_different_types_are_refused() -> None:
    class Sum(nn.Module):
        def forward(self, x: torch.Tensor, y: torch.Tensor) -> torch.Tensor:
            return x + y

    with pytest.raises(CaptureError, match="different types: float32, float64"):
        capture(Sum(), (X, X.double()))


def test_model_without_tensor_input_is_refused() -> None:
    class Constant(nn.Module):
        def forward(self) -> torch.Tensor:
            return torch.ones(2)

    with pytest.raises(CaptureError, match="no tensor input"):
        capture(Constant(), ())


@pytest.mark.parametrize("value", [float("nan"), float("inf")])
def test_non_finite_weight_is_named(value: float) -> None:
    model = Net()
    model.get_parameter("layers.0.weight").data[1, 2] = value
    with pytest.raises(WeightError, match=r"weight layers.0.weight has 1 of 12 values") as refused:
        capture(model, net_inputs())
    assert refused.value.where == "layers.0.weight"


@pytest.mark.parametrize("dtype", [torch.float64, torch.float16, torch.bfloat16])
def test_other_floating_types(dtype: torch.dtype) -> None:
    model = nn.Sequential(nn.Linear(4, 4), nn.BatchNorm1d(4), nn.ReLU()).to(dtype).eval()
    graph_module = to_graph(model, (X.to(dtype),))
    assert {node.meta["val"].dtype for node in graph_module.graph.nodes if node.op != "output"} == {dtype}
    torch.testing.assert_close(graph_module(X.to(dtype))[0], model(X.to(dtype)), rtol=2e-2, atol=2e-2)


def test_torch_messages_are_only_silenced_inside() -> None:
    import logging
    import warnings

    with quiet(), warnings.catch_warnings(record=True) as caught:
        assert not logging.getLogger("torch").isEnabledFor(logging.ERROR)
    assert caught == []
    assert logging.getLogger("hetorch").isEnabledFor(logging.CRITICAL)
