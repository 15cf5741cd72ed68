"""The layouts that are chosen for the values of a model."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
import torch
from torch import Tensor
from torch.fx import GraphModule
from torch.nn.functional import linear

from hetorch_heir.core.errors import PassValidationError
from hetorch_heir.core.packing import PackingInfo
from hetorch_heir.linalg.cost_table import is_pass_through
from hetorch_heir.linalg.layout import Layout
from hetorch_heir.linalg.linear_map import elementwise, identity
from hetorch_heir.linalg.planner import TransformPlanner
from hetorch_heir.passes.graph import PACKING_INFO
from hetorch_heir.passes.packing.extraction import extract
from hetorch_heir.passes.packing.layout_choice import choose_layouts
from tests.passes.models import constant, graph_of

HE = torch.ops.hetorch


def choose(graph_module: GraphModule, slots: int) -> list[Layout]:
    planner = TransformPlanner()
    return choose_layouts(extract(graph_module, planner, slots), planner, slots).layouts


def packed(
    function: Callable[..., Any],
    shapes: list[tuple[int, ...]],
    packings: list[str | Layout | None],
    slots: int,
) -> list[Layout]:
    """The layouts when the inputs have the given packings (None: not said, so free)."""
    graph_module = graph_of(function, *shapes)
    for node, packing in zip(graph_module.graph.find_nodes(op="placeholder"), packings, strict=True):
        if packing is not None:
            shape = tuple(node.meta["val"].shape)
            layout = packing if isinstance(packing, Layout) else None
            strategy = "custom" if isinstance(packing, Layout) else packing
            node.meta[PACKING_INFO] = PackingInfo(strategy, int(np.prod(shape)), slots, shape, layout)
    return choose(graph_module, slots)


def test_a_perceptron_alternates_skewed_and_periodic_layouts() -> None:
    """DESIGN's 784-128-128-10: skewed, periodic, skewed, periodic."""
    weights = [constant(128, 784), constant(128, 128), constant(10, 128)]

    def function(x: Tensor) -> Tensor:
        for weight in weights[:2]:
            x = linear(x, weight)
            x = x * x
        return linear(x, weights[2])

    first, hidden, square, second, other, last = packed(function, [(784,)], ["auto"], 8192)
    assert first == Layout.skewed(784, 8192, step=16, rows=128)
    assert hidden == square == Layout.periodic(128, 8192)
    assert second == other == Layout.skewed(128, 8192, step=1, rows=16)
    assert last == Layout.periodic(10, 8192)


def test_a_small_model_takes_a_small_period() -> None:
    assert packed(lambda x: x * x, [(3,)], [None], 16)[0] == Layout.periodic(3, 16)


def test_operands_of_a_product_share_a_layout() -> None:
    weight = constant(4, 4)
    layouts = packed(lambda x, y: linear(x, weight) * y, [(4,), (4,)], [None, "column_major"], 16)
    assert layouts[1] == layouts[2] == layouts[3] == Layout.contiguous(4, 16)


@pytest.mark.parametrize(
    ("packing", "layout"),
    [
        ("row_major", Layout.contiguous(6, 16)),
        ("column_major", Layout.column_major((2, 3), 16)),
        ("diagonal", Layout.diagonal((2, 3), 16)),
        (Layout.skewed(6, 16, step=4, rows=8), Layout.skewed(6, 16, step=4, rows=8)),
    ],
)
def test_a_packing_that_is_asked_for_is_kept(packing: str | Layout, layout: Layout) -> None:
    assert packed(lambda x: x * x, [(2, 3)], [packing], 16) == [layout] * 2


def test_values_larger_than_a_ciphertext_are_contiguous() -> None:
    weight = constant(5, 40)
    layouts = packed(lambda x: linear(x, weight), [(40,)], ["auto"], 16)
    assert layouts[0] == Layout.contiguous(40, 16)
    assert layouts[1].ciphertexts == 1


@pytest.mark.parametrize(
    ("packings", "message"),
    [
        (["row_major", "column_major"], "inputs with different packings meet"),
        (["custom", "row_major"], "input args_0 has a custom packing without a layout"),
        ([Layout.periodic(6, 8), "auto"], "places 6 elements in ciphertexts of 8 slots"),
        ([Layout.periodic(5, 16), "auto"], "the input has 6 elements"),
    ],
)
def test_refused(packings: list[str | Layout | None], message: str) -> None:
    with pytest.raises(PassValidationError) as caught:
        packed(lambda x, y: x * y, [(2, 3), (2, 3)], packings, 16)
    assert message in caught.value.what
    assert caught.value.hint


def test_packings_that_are_alike_may_meet() -> None:
    """A row in row-major and in column-major order is the same."""
    assert len(packed(lambda x, y: x * y, [(6,), (6,)], ["row_major", "column_major"], 16)) == 3


def test_what_passes_through() -> None:
    one, other = Layout.periodic(3, 8), Layout.contiguous(3, 8)
    assert is_pass_through(identity(3), one, Layout.periodic(3, 8))
    assert is_pass_through(elementwise([-1.0] * 3), one, one)
    assert not is_pass_through(identity(3), one, other)
    assert not is_pass_through(elementwise([2.0] * 3), one, one)
    assert not is_pass_through(elementwise([1.0, -1.0, 1.0]), one, one)
