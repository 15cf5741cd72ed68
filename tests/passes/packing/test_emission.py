"""The graph of homomorphic operations that a packed program becomes."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
import torch
from torch import Tensor, nn
from torch.fx import Graph, GraphModule, Node
from torch.nn.functional import linear

from hetorch_heir.core.context import CompilationContext
from hetorch_heir.core.errors import UnsupportedOperationError
from hetorch_heir.core.parameters import CKKSParameters
from hetorch_heir.core.scheme import HEScheme
from hetorch_heir.frontend import to_graph
from hetorch_heir.linalg.layout import Layout
from hetorch_heir.passes.builtin import InputPackingPass, LinearLayerBSGSPass
from hetorch_heir.passes.graph import CIPHERTEXT_INFO, PACKING_INFO, operation_name
from tests.passes.models import constant, graph_of, results

HE = torch.ops.hetorch
CONTEXT = CompilationContext(HEScheme.CKKS, CKKSParameters(32, [60, 40, 40], 2**40))
"""16 slots."""


def packed(graph_module: GraphModule, strategy: str = "auto") -> GraphModule:
    for one in (InputPackingPass(strategy), LinearLayerBSGSPass()):
        graph_module = one(graph_module, CONTEXT)
    graph_module.graph.lint()
    return graph_module


def calls(graph_module: GraphModule, name: str) -> list[Node]:
    nodes = graph_module.graph.nodes
    return [node for node in nodes if node.op == "call_function" and operation_name(node) == name]


def counts(function: Callable[..., Any], *shapes: tuple[int, ...], **options: Any) -> dict[str, int]:
    """The operations of a packed function, without those of the client."""
    strategy = options.pop("strategy", "auto")
    graph_module = packed(graph_of(function, *shapes, **options), strategy)
    names = (operation_name(node) for node in graph_module.graph.nodes if node.op == "call_function")
    return dict(Counter(name for name in names if name not in ("pack", "unpack")))


WEIGHT, BIAS = constant(4, 4), constant(4, seed=1)


@pytest.mark.parametrize(
    ("function", "expected"),
    [
        (lambda x, y: x, {}),
        (lambda x, y: -x, {"negate": 1}),
        (lambda x, y: x - y, {"csub": 1}),
        (lambda x, y: y + x + 1.0, {"cadd": 1, "padd": 1}),
        # The negative comes first only where nothing can be subtracted from.
        (lambda x, y: -x - y, {"negate": 1, "csub": 1}),
        (lambda x, y: linear(x, WEIGHT), {"linear_transform": 1}),
        (lambda x, y: linear(x, WEIGHT, BIAS), {"linear_transform": 1, "padd": 1}),
        (lambda x, y: linear(x, WEIGHT) - x, {"linear_transform": 1}),
        (lambda x, y: linear(x, WEIGHT) - y, {"linear_transform": 1, "csub": 1}),
        (lambda x, y: linear(x, WEIGHT) + linear(y, WEIGHT), {"linear_transform": 2, "cadd": 1}),
        (lambda x, y: x * y, {"cmult": 1}),
        (lambda x, y: HE.chebyshev(x, [0.5, 0.5]), {"chebyshev": 1}),
    ],
)
def test_operations(function: Callable[..., Any], expected: dict[str, int]) -> None:
    """Four elements in 16 slots, with candidates that are periodic: no ladder."""
    found = counts(function, (4,), (4,))
    ladder = {name: found.pop(name) for name in ("rotate",) if name in found}
    if ladder:
        found["cadd"] -= ladder["rotate"]
    assert {name: count for name, count in found.items() if count} == expected


def test_transforms_with_the_same_ladder_share_it() -> None:
    """Each of two dot products of 16 elements is one product; their sum climbs the ladder once."""
    first, second = constant(1, 16), constant(1, 16, seed=1)
    found = counts(lambda x, y: linear(x, first) + linear(y, second), (16,), (16,))
    assert found == {"linear_transform": 2, "cadd": 1 + 4, "rotate": 4}


def test_a_source_is_copied_once_for_all_its_transforms() -> None:
    """In row-major order: one rotation puts a second replica beside the first, for both maps."""
    other = constant(4, 4, seed=1)
    found = counts(
        lambda x: (linear(x * x, WEIGHT), linear(x * x, other) * linear(x * x, WEIGHT)),
        (4,),
        strategy="row_major",
    )
    assert found == {"cmult": 2, "rotate": 1, "cadd": 1, "linear_transform": 2}


def test_gaps_with_garbage_are_not_copied() -> None:
    """T_2(0) is -1 in the gaps of x: the map must not add them to the elements."""
    function: Callable[[Tensor], Tensor] = lambda x: linear(HE.chebyshev(x, [0.0, 0.0, 1.0]), WEIGHT)  # noqa: E731
    graph_module = packed(graph_of(function, (4,)), "row_major")
    assert not calls(graph_module, "rotate")
    x = constant(4, seed=2)
    torch.testing.assert_close(results(graph_module, x)[0], function(x))


def test_constants_are_stored_once_and_named_by_kind() -> None:
    def function(x: Tensor, y: Tensor) -> tuple[Tensor, ...]:
        return linear(x * x, WEIGHT, BIAS), linear(y * y, WEIGHT, BIAS)

    graph_module = packed(graph_of(function, (4,), (4,)))
    names = sorted(dict(graph_module.named_buffers()))
    # The diagonals and the bias; one index to pack both inputs, one to unpack both results.
    assert names == ["packed_constant_0", "packed_constant_1", "packed_index_0", "packed_index_1"]
    assert len(graph_module.graph.find_nodes(op="get_attr")) == 4


def test_names_that_are_taken_are_passed_over() -> None:
    graph_module = graph_of(lambda x: linear(x, WEIGHT, BIAS), (4,))
    graph_module.register_buffer("packed_constant_0", torch.zeros(1))
    graph_module = packed(graph_module)
    x = constant(4, seed=2)
    torch.testing.assert_close(results(graph_module, x)[0], linear(x, WEIGHT, BIAS))


@pytest.mark.parametrize("dtype", [torch.float32, torch.float64])
def test_the_floating_type_is_the_model_s(dtype: torch.dtype) -> None:
    model, x = nn.Linear(5, 3).to(dtype), torch.randn(2, 5, dtype=dtype)
    graph_module = packed(to_graph(model, (x,)))
    torch.testing.assert_close(results(graph_module, x), (model(x),))
    floating = [one.dtype for one in graph_module.buffers() if one.is_floating_point()]
    assert floating and set(floating) == {dtype}
    infos = [node.meta[CIPHERTEXT_INFO] for node in graph_module.graph.nodes if CIPHERTEXT_INFO in node.meta]
    assert {info.dtype for info in infos} == {dtype}


def test_metadata() -> None:
    def function(x: Tensor) -> Tensor:
        return linear(x, WEIGHT)

    graph_module = packed(graph_of(function, (4,)))
    (placeholder,) = graph_module.graph.find_nodes(op="placeholder")
    (pack,), (transform,) = calls(graph_module, "pack"), calls(graph_module, "linear_transform")
    layout = pack.meta[PACKING_INFO].layout
    assert placeholder.meta[PACKING_INFO].layout == layout
    assert placeholder.meta[CIPHERTEXT_INFO].packing.layout == layout
    assert placeholder.meta[PACKING_INFO].slots_used == np.count_nonzero(layout.table >= 0)
    info = transform.meta[CIPHERTEXT_INFO]
    assert (info.shape, info.level, info.log_scale, info.dimension) == ((1, 16), 2, 40, 2)
    # Every operation says which line of the model it comes from.
    assert "models.py" in str(transform.meta["source"])


@pytest.mark.parametrize(
    ("function", "expected"),
    [
        (lambda x, p: x + p, {"padd": 1}),
        (lambda x, p: x - p, {"psub": 1}),
        (lambda x, p: p - x, {"negate": 1, "padd": 1}),
        (lambda x, p: x * p, {"pmult": 1}),
        (lambda x, p: x * -p, {"pmult": 1, "negate": 1}),
        (lambda x, p: x * p + p, {"pmult": 1, "padd": 1}),
        (lambda x, p: x * p * p, {"pmult": 2}),
        (lambda x, p: x * p.reshape(2, 2).t().reshape(4), {"pmult": 1}),
        # Added before the map, as there is no map of plaintexts.
        (lambda x, p: linear(x + p, WEIGHT), {"padd": 1, "linear_transform": 1}),
        (lambda x, p: (x - p) * 2, {"psub": 1, "linear_transform": 1}),
        (lambda x, p: (x + p) - (x * 0.5 + p), {"padd": 0, "linear_transform": 1}),
    ],
)
def test_operations_with_public_inputs(function: Callable[..., Any], expected: dict[str, int]) -> None:
    graph_module = packed(graph_of(function, (4,), (4,), public=(1,)))
    x, p = constant(4, seed=2), constant(4, seed=3)
    torch.testing.assert_close(results(graph_module, x, p)[0], function(x, p))
    names = Counter(operation_name(node) for node in graph_module.graph.nodes)
    assert {name: names[name] for name in expected} == expected
    for node in calls(graph_module, "pack"):
        assert bool(node.meta.get("public")) == (node.args[0].name == "args_1")  # type: ignore[union-attr]


def test_a_public_input_is_packed_once_for_each_layout() -> None:
    function: Callable[..., Any] = lambda x, p: (x + p, x * p, x - p.reshape(2, 2).t().reshape(4))  # noqa: E731
    graph_module = packed(graph_of(function, (4,), (4,), public=(1,)))
    # As it is, and transposed; and x.
    assert len(calls(graph_module, "pack")) == 3


@pytest.mark.parametrize(
    "function",
    [
        lambda x, p: x + 2 * p,
        lambda x, p: x * (p + 1),
        lambda x, p: x + linear(p, WEIGHT),
        lambda x, p: x * (p + p.reshape(2, 2).t().reshape(4)),
    ],
)
def test_public_inputs_that_are_computed_with_are_refused(function: Callable[..., Any]) -> None:
    with pytest.raises(UnsupportedOperationError, match="a public input is computed with") as caught:
        packed(graph_of(function, (4,), (4,), public=(1,)))
    assert "outside the model" in (caught.value.hint or "")
    assert caught.value.where


def test_the_structure_of_the_results_is_kept() -> None:
    graph = Graph()
    x = graph.placeholder("x")
    x.meta["val"] = constant(3)
    square = graph.call_function(torch.ops.aten.mul.Tensor, (x, x))
    graph.output({"a": [x, square], "b": (x, None, 7)})
    result = packed(GraphModule(nn.Module(), graph))(constant(3, seed=1))
    value = constant(3, seed=1)
    torch.testing.assert_close(result, {"a": [value, value * value], "b": (value, None, 7)})


def test_layouts_are_recorded_where_values_change_theirs() -> None:
    weight = constant(2, 16)
    graph_module = packed(graph_of(lambda x: linear(x * x, weight), (16,)), "row_major")
    (transform,) = calls(graph_module, "linear_transform")
    assert transform.meta[PACKING_INFO].layout == Layout.periodic(2, 16)
