"""Operands of different levels are brought together."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
import torch
from torch import Tensor
from torch.fx import GraphModule, symbolic_trace

from hetorch_heir.passes.builtin import InputPackingPass
from hetorch_heir.passes.graph import CIPHERTEXT_INFO, operation_name
from hetorch_heir.passes.management.alignment import align_levels, remove_level_reductions
from tests.passes.contexts import context_without_primes

HE = torch.ops.hetorch
CONTEXT = context_without_primes(levels=5)


def aligned(function: Callable[..., Any]) -> GraphModule:
    graph_module = InputPackingPass().transform(symbolic_trace(function), CONTEXT)
    align_levels(graph_module, CONTEXT)
    graph_module.graph.lint()
    return graph_module


def reductions(graph_module: GraphModule) -> list[tuple[str, object]]:
    """(operand, levels) of every level_reduce."""
    nodes = graph_module.graph.nodes
    found = [node.args for node in nodes if operation_name(node) == "level_reduce"]
    return [(str(operand), levels) for operand, levels in found]


def down(x: Tensor) -> Tensor:
    """One level lower, at the same scale."""
    return HE.rescale(HE.pmult(x, torch.ones(())))


@pytest.mark.parametrize(
    ("function", "expected"),
    [
        (lambda x, y: HE.cadd(x, y), []),
        (lambda x, y: HE.cadd(x, down(y)), [("x", 1)]),
        (lambda x, y: HE.csub(down(down(y)), x), [("x", 2)]),
        (lambda x, y: HE.cmult(x, down(y)), [("x", 1)]),
        (lambda x: HE.cmult(x, down(x)), [("x", 1)]),
        (lambda x: HE.cadd(x, x), []),
        (lambda x: HE.rotate(down(x), 1), []),
        # A bootstrap restores the levels of the context: its user is brought down, not the other operand.
        (lambda x: HE.cadd(HE.bootstrap(down(x)), down(down(x))), [("bootstrap", 2)]),
        # Reductions that are there already are made anew.
        (lambda x, y: HE.cadd(HE.level_reduce(x, 1), down(down(y))), [("x", 2)]),
        (lambda x, y: HE.cadd(HE.level_reduce(x, 1), y), []),
    ],
)
def test_reductions(function: Callable[..., Any], expected: list[tuple[str, int]]) -> None:
    graph_module = aligned(function)
    assert reductions(graph_module) == expected


def test_a_value_is_reduced_once_for_each_level() -> None:
    def function(x: Tensor, y: Tensor) -> tuple[Tensor, ...]:
        low = down(y)
        return HE.cadd(x, low), HE.csub(low, x), HE.cadd(x, down(low)), x

    graph_module = aligned(function)
    assert sorted(reductions(graph_module)) == [("x", 1), ("x", 2)]
    for node in graph_module.graph.nodes:
        if operation_name(node) in ("cadd", "csub"):
            assert len({argument.meta[CIPHERTEXT_INFO].level for argument in node.args}) == 1  # type: ignore[union-attr]


def test_removal() -> None:
    graph_module = symbolic_trace(lambda x: HE.level_reduce(HE.level_reduce(x, 1), 1))
    remove_level_reductions(graph_module)
    assert [node.op for node in graph_module.graph.nodes] == ["placeholder", "output"]
