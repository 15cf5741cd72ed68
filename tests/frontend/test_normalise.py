"""Constants, types and refusals of the normal form."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
import torch
import torch.nn.functional as F
from torch import fx, nn

from hetorch_heir.core.errors import CaptureError, UnsupportedOperationError, WeightError
from hetorch_heir.frontend import capture, check_supported, normalise, to_graph
from hetorch_heir.frontend.support import HINTS

X = torch.randn(2, 4, generator=torch.Generator().manual_seed(5))


class Function(nn.Module):
    def __init__(self, function: Callable[[torch.Tensor], Any]) -> None:
        super().__init__()
        self.function = function

    def forward(self, x: torch.Tensor) -> Any:
        return self.function(x)


def constants(graph_module: fx.GraphModule) -> dict[str, torch.Tensor]:
    return dict(graph_module.named_buffers())


def test_example_of_the_documentation() -> None:
    class Example(nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.weight = nn.Parameter(torch.randn(3, 8))
            self.bias = nn.Parameter(torch.randn(3))

        def forward(self, x: torch.Tensor) -> torch.Tensor:
            return torch.addmm(self.bias, x.view(1, 8), self.weight.t()) ** 2

    graph_module = to_graph(Example(), (torch.randn(1, 2, 4),))
    assert str(graph_module.graph).split("\n    ")[1:] == [
        "%x : [num_users=1] = placeholder[target=x]",
        "%reshape : [num_users=1] = call_function[target=torch.ops.aten.reshape.default]"
        "(args = (%x, [1, 8]), kwargs = {})",
        "%weight : [num_users=1] = get_attr[target=weight]",
        "%bias : [num_users=1] = get_attr[target=bias]",
        "%linear : [num_users=1] = call_function[target=torch.ops.aten.linear.default]"
        "(args = (%reshape, %weight, %bias), kwargs = {})",
        "%mul : [num_users=1] = call_function[target=torch.ops.aten.mul.Tensor]"
        "(args = (%linear, %linear), kwargs = {})",
        "return (mul,)",
    ]


def test_constants_are_folded_and_shared() -> None:
    weight = torch.randn(4, 4)

    def forward(x: torch.Tensor) -> torch.Tensor:
        first = x @ weight
        second = first @ (weight.t() + 0).t()
        return second * torch.arange(4) * torch.tensor([0.0, 1.0, 2.0, 3.0])

    graph_module = to_graph(Function(forward), (X,))
    assert len(constants(graph_module)) == 2  # the matrix, and 0 1 2 3 as float
    torch.testing.assert_close(graph_module(X)[0], forward(X))


def test_unused_constants_are_dropped() -> None:
    graph_module = to_graph(nn.Sequential(nn.Linear(4, 4), nn.BatchNorm1d(4)), (X,))
    # The batch norm scales by one number, and shifts by nothing.
    assert sorted(constants(graph_module)) == ["_0_bias", "_0_weight"]


def test_constant_output() -> None:
    graph_module = to_graph(Function(lambda x: (x, torch.ones(3) * 2)), (X,))
    torch.testing.assert_close(graph_module(X), (X, torch.full((3,), 2.0)))


def test_unused_input_is_kept() -> None:
    class First(nn.Module):
        def forward(self, x: torch.Tensor, y: torch.Tensor) -> torch.Tensor:
            return x * 2

    graph_module = to_graph(First(), (X, X))
    assert [node.name for node in graph_module.graph.find_nodes(op="placeholder")] == ["x", "y"]


def test_computing_in_another_floating_type_is_dropped() -> None:
    layer = nn.Linear(4, 3).double()
    graph_module = to_graph(Function(lambda x: layer(x.double())), (X,))
    assert graph_module(X)[0].dtype == torch.float32
    torch.testing.assert_close(graph_module(X)[0], layer(X.double()).float())


@pytest.mark.parametrize(
    ("exponent", "hint"),
    [(0, "polynomial"), (-2, "polynomial"), (0.5, "torch.sqrt"), (-1, "torch.reciprocal")],
)
def test_powers_that_are_no_products_are_refused(exponent: float, hint: str) -> None:
    with pytest.raises(UnsupportedOperationError, match=f"exponent {exponent:g};") as refused:
        to_graph(Function(lambda x: x**exponent), (X,))
    assert hint in str(refused.value.hint)
    assert "test_normalise.py" in str(refused.value.where)


@pytest.mark.parametrize(
    ("function", "message"),
    [
        (lambda x: 2**x, "encrypted exponent"),
        (lambda x: x**x, "not one known number"),
        (lambda x: x ** torch.arange(1, 5), "not one known number"),
        (lambda x: x / 0, "division by zero"),
        (lambda x: x / torch.arange(4), "division by zero"),
        (lambda x: F.batch_norm(x, x[0], x[0]), "without fixed statistics"),
        (lambda x: x[:, 9:] + 1, r"no elements: its shape is \(2, 0\)"),
        (lambda x: F.conv1d(x[None], torch.ones(1, 2, 3), stride=5), r"stride \(5,\) is larger"),
        (lambda x: F.conv2d(x[None], torch.ones(1, 1, 1, 1), stride=(3, 1)), r"stride \(3, 1\) is larger"),
        (lambda x: F.avg_pool1d(x, 2, 7, padding=1), r"extents are \(6,\)"),
    ],
)
def test_operations_without_normal_form_are_refused(
    function: Callable[[torch.Tensor], Any], message: str
) -> None:
    with pytest.raises(UnsupportedOperationError, match=message):
        to_graph(Function(function), (X,))


def test_constant_that_becomes_non_finite_is_refused() -> None:
    model = nn.Sequential(nn.Linear(4, 4), nn.BatchNorm1d(4))
    batch_norm = model[1]
    assert isinstance(batch_norm, nn.BatchNorm1d) and batch_norm.running_var is not None
    batch_norm.running_var[2] = -5.0
    with pytest.raises(WeightError, match=r"computed from 1.scale") as refused:
        to_graph(model, (X,))
    assert str(refused.value.where).startswith("1 (BatchNorm1d)")


def test_symbolic_trace_has_to_be_captured_first() -> None:
    traced = fx.symbolic_trace(nn.Sequential(nn.ReLU()))
    for node in traced.graph.nodes:
        node.meta.update(val=X, source=None, public=False)
    with pytest.raises(CaptureError, match="capture the model first"):
        normalise(traced)


UNSUPPORTED: dict[str, tuple[nn.Module, tuple[int, ...], str, str]] = {
    "max pooling": (nn.MaxPool2d(2), (1, 1, 4, 4), "aten.max_pool2d", "average pooling"),
    "softmax": (nn.Softmax(-1), (2, 4), "aten.softmax", "after decryption"),
    "layer norm": (nn.LayerNorm(4), (2, 4), "aten.layer_norm", "batch normalisation"),
    "group norm": (nn.GroupNorm(2, 4), (2, 4), "aten.group_norm", "batch normalisation"),
    "argmax": (Function(lambda x: x.argmax(-1)), (2, 4), "aten.argmax", "scores"),
    "equality": (Function(lambda x: (x == 0).float()), (2, 4), "aten.eq", "equal"),
    "rounding": (Function(lambda x: x.round()), (2, 4), "aten.round", "after decryption"),
    "integers": (Function(lambda x: x.long()), (2, 4), "aten._to_copy", "after decryption"),
    "random numbers": (Function(lambda x: x + torch.rand(4)), (2, 4), "aten.rand", "as an input"),
    "norm": (Function(lambda x: x.norm()), (2, 4), "aten.linalg_vector_norm", "batch normalisation"),
    "matrix product": (
        Function(lambda x: x @ x.t()),
        (2, 4),
        "a matrix product of two computed values",
        "elementwise",
    ),
    "linear layer": (
        Function(lambda x: F.linear(torch.ones(3, 4) * x[:1], x)),
        (2, 4),
        "a matrix product of two computed values",
        "elementwise",
    ),
    "kernel": (
        Function(lambda x: F.conv1d(x, x.reshape(2, 1, 4), padding=3, groups=2)),
        (2, 4),
        "a convolution with an encrypted kernel",
        "make it a parameter",
    ),
    "kernel on a known picture": (
        Function(lambda x: F.conv1d(torch.ones(1, 1, 9), x.reshape(2, 1, 4))),
        (2, 4),
        "a convolution with an encrypted kernel",
        "make it a parameter",
    ),
    "sums where indices meet": (
        Function(lambda x: x.index_put((torch.tensor([0, 0]),), x, accumulate=True)),
        (2, 4),
        "aten.index_put",
        "constant matrix",
    ),
}


@pytest.mark.parametrize("name", UNSUPPORTED)
def test_unsupported_operator_is_left_in_the_graph_and_reported(name: str) -> None:
    model, shape, operator, hint = UNSUPPORTED[name]
    graph_module = to_graph(model, (torch.randn(shape),))
    with pytest.raises(UnsupportedOperationError, match=operator) as refused:
        check_supported(graph_module)
    assert hint in str(refused.value.hint)


def test_report_counts_the_other_unsupported_operators() -> None:
    graph_module = to_graph(Function(lambda x: x.round().softmax(-1)), (X,))
    with pytest.raises(UnsupportedOperationError, match=r"aten.round .*the first of 2 such"):
        check_supported(graph_module)


def test_report_names_module_and_line() -> None:
    model = nn.Sequential(nn.Linear(4, 4), nn.Softmax(-1))
    with pytest.raises(UnsupportedOperationError) as refused:
        check_supported(to_graph(model, (X,)))
    assert refused.value.where == "1 (Softmax)"


def test_accepted_operators_are_not_reported() -> None:
    graph_module = to_graph(nn.MaxPool2d(2), (torch.randn(1, 1, 4, 4),))
    check_supported(graph_module, accept={torch.ops.aten.max_pool2d.default})


def test_unsupported_operators_still_run() -> None:
    model = nn.Sequential(nn.Conv2d(1, 2, 3), nn.MaxPool2d(2), nn.Flatten(), nn.Softmax(-1)).eval()
    image = torch.randn(1, 1, 6, 6)
    torch.testing.assert_close(to_graph(model, (image,))(image)[0], model(image))


def test_composite_operators_are_decomposed() -> None:
    """A recurrent layer is known here only by the operators that it is made of."""
    model = nn.GRUCell(3, 2).eval()
    inputs = (torch.randn(1, 3), torch.randn(1, 2))
    graph_module = to_graph(model, inputs)
    assert {"aten.linear.default", "aten.sigmoid.default", "aten.tanh.default"} <= {
        str(node.target) for node in graph_module.graph.nodes
    }
    torch.testing.assert_close(graph_module(*inputs)[0], model(*inputs))


def test_captured_graph_is_not_changed() -> None:
    captured = capture(nn.Linear(4, 2), (X,))
    before = str(captured.graph)
    normalise(captured)
    assert str(captured.graph) == before


@pytest.mark.parametrize("name", HINTS)
def test_hints_are_for_operators_that_exist(name: str) -> None:
    assert hasattr(torch.ops.aten, name.removeprefix("aten."))
