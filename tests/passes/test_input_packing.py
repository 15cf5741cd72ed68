"""Annotation of inputs with their packing."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
import torch
from torch.fx import GraphModule, symbolic_trace
from torch.fx.passes.fake_tensor_prop import FakeTensorProp

from hetorch_heir.core.context import CompilationContext
from hetorch_heir.core.errors import ParameterError
from hetorch_heir.core.parameters import CKKSParameters
from hetorch_heir.core.scheme import HEScheme
from hetorch_heir.linalg.layout import Layout
from hetorch_heir.passes import PassValidationError
from hetorch_heir.passes.builtin import InputPackingPass

CONTEXT = CompilationContext(HEScheme.CKKS, CKKSParameters(8192, [60, 40, 40, 40], 2**40, 90.0))


def traced(*shapes: tuple[int, ...]) -> GraphModule:
    function = (lambda x: x * 2) if len(shapes) == 1 else (lambda x, y: x * y)
    graph_module = symbolic_trace(function)
    FakeTensorProp(graph_module).propagate(*(torch.zeros(shape) for shape in shapes))
    return graph_module


def placeholder(graph_module: GraphModule, index: int = 0) -> dict[str, Any]:
    return graph_module.graph.find_nodes(op="placeholder")[index].meta


def test_row_major_packing_of_the_example() -> None:
    graph_module = traced((1, 10))
    before = str(graph_module.graph)
    result = InputPackingPass().transform(graph_module, CONTEXT)
    assert str(result.graph) == before
    packing = placeholder(result)["packing_info"]
    assert (packing.strategy, packing.slots_used, packing.total_slots) == ("row_major", 10, 4096)
    assert packing.dimensions == (1, 10)
    slots = packing.layout.pack(np.arange(1.0, 11.0))
    assert slots[0, :11].tolist() == [1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 0]
    assert not slots[0, 10:].any()
    info = placeholder(result)["ciphertext_info"]
    assert (info.shape, info.dtype, info.level) == ((1, 10), torch.float32, 3)
    assert (info.log_scale, info.noise_budget, info.packing) == (40, 90.0, packing)


@pytest.mark.parametrize(
    ("strategy", "slots"),
    [
        ("row_major", [0, 1, 2, 3, 4, 5, -1, -1]),
        ("column_major", [0, 3, 1, 4, 2, 5, -1, -1]),
        ("diagonal", [0, 4, 1, 5, 2, 3, -1, -1]),
    ],
)
def test_strategies_place_a_matrix(strategy: str, slots: list[int]) -> None:
    graph_module = InputPackingPass(strategy, slot_count=8).transform(traced((2, 3)), CONTEXT)
    packing = placeholder(graph_module)["packing_info"]
    assert packing.layout.table.tolist() == [slots]
    assert packing.slots_used == 6


def test_an_input_larger_than_a_ciphertext_takes_several() -> None:
    graph_module = InputPackingPass().transform(traced((100, 100)), CONTEXT)
    packing = placeholder(graph_module)["packing_info"]
    assert (packing.ciphertexts, packing.slots_used) == (3, 10000)
    values = np.random.default_rng(0).random(10000)
    np.testing.assert_array_equal(packing.layout.unpack(packing.layout.pack(values)), values)


def test_auto_leaves_the_layout_to_the_planner() -> None:
    packing = placeholder(InputPackingPass("auto").transform(traced((1, 10)), CONTEXT))["packing_info"]
    assert packing.layout is None
    assert packing.slots_used == 10


def test_custom_layouts() -> None:
    rule = InputPackingPass(
        "custom", 16, custom_layout=lambda shape, slots: Layout.periodic(shape[-1], slots)
    )
    packing = placeholder(rule.transform(traced((1, 4)), CONTEXT))["packing_info"]
    assert packing.layout == Layout.periodic(4, 16)
    assert packing.slots_used == 16
    left_open = placeholder(InputPackingPass("custom").transform(traced((1, 4)), CONTEXT))["packing_info"]
    assert (left_open.strategy, left_open.layout) == ("custom", None)


def test_public_inputs_are_packed_but_not_encrypted() -> None:
    graph_module = traced((4,), (4,))
    placeholder(graph_module, 1)["public"] = True
    InputPackingPass().transform(graph_module, CONTEXT)
    assert "ciphertext_info" in placeholder(graph_module, 0)
    assert "ciphertext_info" not in placeholder(graph_module, 1)
    assert placeholder(graph_module, 1)["packing_info"].slots_used == 4


def test_a_trace_without_shapes_is_packed_into_one_ciphertext() -> None:
    graph_module = InputPackingPass().transform(symbolic_trace(lambda x: x + 1), CONTEXT)
    packing = placeholder(graph_module)["packing_info"]
    assert (packing.slots_used, packing.dimensions, packing.ciphertexts) == (4096, None, 1)
    assert placeholder(graph_module)["ciphertext_info"].shape is None


def test_more_slots_than_the_ring_has_are_refused() -> None:
    with pytest.raises(PassValidationError, match="8192 slots") as caught:
        InputPackingPass(slot_count=8192)(traced((1, 10)), CONTEXT)
    assert "poly_modulus_degree=16384" in str(caught.value)


def test_invalid_options_are_refused() -> None:
    with pytest.raises(ParameterError, match="'rows'") as caught:
        InputPackingPass("rows")
    assert "row_major, column_major, diagonal, custom, auto" in str(caught.value)
    with pytest.raises(ParameterError, match="not a power of two"):
        InputPackingPass(slot_count=100)
    with pytest.raises(ParameterError, match="no use"):
        InputPackingPass("row_major", custom_layout=lambda shape, slots: Layout.contiguous(4, slots))
