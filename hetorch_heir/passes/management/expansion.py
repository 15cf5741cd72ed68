"""Writes polynomial evaluations out as products and sums."""

from __future__ import annotations

from collections.abc import Callable

import torch
from torch.fx import GraphModule, Node

from hetorch_heir.approx.evaluation_plan import Add, AddConstant, Product, Scale, Step, Subtract
from hetorch_heir.approx.planner import plan_evaluation
from hetorch_heir.core.errors import ParameterError
from hetorch_heir.passes.approximation import CHECKED_RANGE, INPUT_RANGE
from hetorch_heir.passes.graph import insert_call, is_operation, location, replace_node

OPS = torch.ops.hetorch

POLYNOMIAL = "polynomial"
"""Metadata of the operations of one polynomial: the name of the node that they stand for."""


def expand_polynomials(graph_module: GraphModule) -> None:
    """Replaces every ``hetorch.chebyshev`` by the operations of its evaluation plan.

    Before::

        %chebyshev = hetorch.chebyshev(%t, [1.0, 0.0, 0.5])

    After::

        %cmult = hetorch.cmult(%t, %t)
        %padd = hetorch.padd(%cmult, %number)

    The plan is depth-optimal: degree d takes ceil(log2(d + 1)) levels.
    """
    numbers = NumberPool(graph_module)
    for node in list(graph_module.graph.nodes):
        if is_operation(node, "chebyshev"):
            _expand(node, numbers)


class NumberPool:
    """Numbers as constants of the module, each stored once: custom operators take tensors only."""

    def __init__(self, graph_module: GraphModule) -> None:
        self._module = graph_module
        self._names: dict[float, str] = {}

    def node(self, value: float, before: Node) -> Node:
        """A ``get_attr`` node for the number, placed before a node that needs it."""
        if value not in self._names:
            number = len(self._names)
            while hasattr(self._module, f"number_{number}"):
                number += 1
            self._names[value] = f"number_{number}"
            self._module.register_buffer(self._names[value], torch.tensor(value, dtype=torch.float64))
        with before.graph.inserting_before(before):
            return before.graph.get_attr(self._names[value])


def _expand(node: Node, numbers: NumberPool) -> None:
    operand, coefficients = node.args[0], node.args[1]
    assert isinstance(operand, Node) and isinstance(coefficients, (list, tuple))
    try:
        plan = plan_evaluation([float(one) for one in coefficients])  # pyright: ignore[reportArgumentType]
    except ParameterError as error:
        raise ParameterError(error.what, where=location(node), hint=error.hint) from error
    if INPUT_RANGE in node.meta:
        operand.meta.setdefault(CHECKED_RANGE, node.meta[INPUT_RANGE])
    values: list[Node] = [operand]
    for step in plan.steps[1:]:
        values.append(_emit(node, step, values, numbers))
    result = values[plan.result]
    if "approximation" in node.meta:
        result.meta["approximation"] = node.meta["approximation"]
    replace_node(node, result)


def _emit(node: Node, step: Step, values: list[Node], numbers: NumberPool) -> Node:
    match step:
        case Product(left, right):
            return _call(node, OPS.cmult, values[left], values[right])
        case Add(left, right):
            return _call(node, OPS.cadd, values[left], values[right])
        case Subtract(left, right):
            return _call(node, OPS.csub, values[left], values[right])
        case Scale(value, constant):
            return _call(node, OPS.pmult, values[value], numbers.node(constant, node))
        case AddConstant(value, constant):
            return _call(node, OPS.padd, values[value], numbers.node(constant, node))
        case _:
            raise AssertionError(f"{step} is the first step of a plan only")


def _call(node: Node, target: Callable[..., object], *arguments: Node) -> Node:
    new = insert_call(node.graph, node, target, *arguments)
    for own in ("approximation", INPUT_RANGE, CHECKED_RANGE):
        new.meta.pop(own, None)
    new.meta[POLYNOMIAL] = node.name
    return new
