"""Finds the plaintext factors that make the scales of a graph exact."""

from __future__ import annotations

import math
from collections import deque
from collections.abc import Iterator
from dataclasses import dataclass

from torch.fx import GraphModule, Node

from hetorch_heir.core.context import CompilationContext
from hetorch_heir.core.errors import PassValidationError
from hetorch_heir.passes.graph import ciphertext_nodes, is_operation, location
from hetorch_heir.passes.management.annotation import ScaleModel, State
from hetorch_heir.passes.management.kinds import Kind, is_ciphertext_product, kind_of, operands
from hetorch_heir.passes.management.scale_equations import Affine, Equations

_OPERATIONS = (
    *("cadd", "csub", "cmult", "padd", "psub", "pmult", "negate", "rotate", "rescale", "relinearize"),
    *("level_reduce", "bootstrap", "linear_transform", "pack", "unpack"),
)


@dataclass(frozen=True)
class ScaleSolution:
    """How to make scales exact.

    Attributes:
        deviations: log2 of the true over the nominal scale of each value.
        factors: log2 of what the constant of each product is multiplied with.
        adjusted: level reductions of which one level is spent on a product with a constant.
        residual: largest deviation in bits that sums and results still have.
    """

    deviations: dict[Node, float]
    factors: dict[Node, float]
    adjusted: frozenset[Node]
    residual: float


def solve_scales(
    graph_module: GraphModule, context: CompilationContext, states: dict[Node, State], tolerance: float
) -> ScaleSolution:
    """The solution with as few adjusted level reductions as keep every deviation within ``tolerance`` bits.

    Raises:
        PassValidationError: an operation is not one on packed ciphertexts.
    """
    adjusted: set[Node] = set()
    while True:
        attempt = _Attempt(graph_module, ScaleModel(context), states, adjusted, tolerance)
        attempt.run()
        if not attempt.wanted:
            return attempt.solution()
        adjusted |= attempt.wanted


class _Attempt:
    """One pass over the graph, with a given set of adjusted level reductions."""

    def __init__(
        self,
        graph_module: GraphModule,
        model: ScaleModel,
        states: dict[Node, State],
        adjusted: set[Node],
        tolerance: float,
    ) -> None:
        self._graph = graph_module.graph
        self._model = model
        self._states = states
        self._adjusted = adjusted
        self._tolerance = tolerance
        self._encrypted = ciphertext_nodes(self._graph)
        self._equations = Equations()
        self._deviations: dict[Node, Affine] = {}
        self._residual = 0.0
        self.wanted: set[Node] = set()

    def run(self) -> None:
        for node in self._graph.nodes:
            if node not in self._encrypted:
                continue
            inputs = operands(node, self._encrypted)
            if node.op == "call_function" and not is_operation(node, *_OPERATIONS):
                raise PassValidationError(
                    f"{node.target} is not an operation on packed ciphertexts",
                    where=location(node),
                    hint="run LinearLayerBSGSPass and RescalingInsertionPass before ExactScalesPass",
                )
            if kind_of(node, self._encrypted) is Kind.RESULT:
                for one in (one for one in inputs if one in self._deviations):
                    self._require_zero(self._deviations[one], [one])
                continue
            self._deviations[node] = self._deviation(node, inputs)

    def _deviation(self, node: Node, inputs: list[Node]) -> Affine:
        kind = kind_of(node, self._encrypted)
        if not inputs:
            return Affine()
        first = self._deviations[inputs[0]]
        if kind is Kind.PRODUCT:
            if is_ciphertext_product(node, self._encrypted):
                return first.plus(self._deviations[inputs[-1]])
            return self._equations.unknown() if is_constant(node.args[1]) else first
        if kind is Kind.SUM and len(inputs) == 2:
            self._require_zero(first.plus(self._deviations[inputs[1]], -1.0), inputs)
        public = kind is Kind.PLAIN_SUM and not is_constant(node.args[1])
        if public or kind is Kind.BOOTSTRAP:
            self._require_zero(first, inputs)
        if kind is Kind.RESCALE:
            return first.shifted(rescaling_deviation(self._states[inputs[0]].level, self._model))
        if node in self._adjusted:
            return self._equations.unknown()
        return first

    def _require_zero(self, value: Affine, meeting: list[Node]) -> None:
        rest = abs(self._equations.require_zero(value))
        if rest <= self._tolerance:
            self._residual = max(self._residual, rest)
            return
        candidate = next(self._reductions_before(meeting), None)
        if candidate is None:
            self._residual = max(self._residual, rest)
        else:
            self.wanted.add(candidate)

    def _reductions_before(self, meeting: list[Node]) -> Iterator[Node]:
        """Level reductions that the values depend on, the nearest first; products with constants hide
        what lies before them, because their deviation is free anyway."""
        pending, seen = deque(meeting), set(meeting)
        while pending:
            node = pending.popleft()
            if node in self.wanted:
                return  # what it brings is not known yet
            if node in self._adjusted:
                continue
            if is_operation(node, "level_reduce"):
                yield node
            if kind_of(node, self._encrypted) is Kind.PRODUCT and not is_ciphertext_product(
                node, self._encrypted
            ):
                continue
            fresh = [one for one in operands(node, self._encrypted) if one not in seen]
            seen.update(fresh)
            pending.extend(fresh)

    def solution(self) -> ScaleSolution:
        deviations = {node: self._equations.value(one) for node, one in self._deviations.items()}
        factors: dict[Node, float] = {}
        for node in deviations:
            product = kind_of(node, self._encrypted) is Kind.PRODUCT
            if product and not is_ciphertext_product(node, self._encrypted) and is_constant(node.args[1]):
                factors[node] = deviations[node] - deviations[operands(node, self._encrypted)[0]]
        return ScaleSolution(deviations, factors, frozenset(self._adjusted), self._residual)


def is_constant(argument: object) -> bool:
    """Whether a plaintext operand is known to the compiler."""
    return not isinstance(argument, Node) or argument.op == "get_attr"


def rescaling_deviation(level: int, model: ScaleModel) -> float:
    """log2 of the base scale over the prime that a rescale at ``level`` divides by."""
    return model.base - model.dropped(level)


def bits_of(relative: float) -> float:
    """A relative deviation of a scale, in bits."""
    return math.log2(1.0 + relative)
