"""Computes level, scale and dimension of every ciphertext of a graph, and checks the scheme's rules."""

from __future__ import annotations

import math
import sys
from dataclasses import dataclass

from torch.fx import GraphModule, Node

from hetorch_heir.core.ciphertext import CiphertextInfo
from hetorch_heir.core.context import CompilationContext
from hetorch_heir.core.errors import ParameterError, PassValidationError
from hetorch_heir.passes.graph import (
    CIPHERTEXT_INFO,
    FACTOR_SCALE,
    ciphertext_info,
    ciphertext_nodes,
    location,
    node_dtype,
    node_shape,
    operation_name,
)
from hetorch_heir.passes.management.kinds import (
    Kind,
    is_ciphertext_product,
    kind_of,
    operands,
    switches_keys,
)

SCALE_TOLERANCE = 0.5
"""How far the log2 of two scales may differ in a sum. The primes of a chain are close to, but not, powers
of two, so scales that are nominally equal drift apart; see :func:`scale_drift` for by how much."""


FACTOR_DEVIATION = "factor_deviation"
"""Metadata of a product whose constant has been multiplied to make scales exact: log2 of by how much."""


class ScaleModel:
    """The scales of a context, as log2: exact where the primes of the chain are known.

    Args:
        nominal: take every prime for the scale.
    """

    def __init__(self, context: CompilationContext, *, nominal: bool = False) -> None:
        self.base = math.log2(context.initial_scale)
        self.initial_level = context.initial_level
        try:
            primes = [math.log2(prime) for prime in context.chain.Q]
            self._dropped = [primes[0], *[self.base] * (len(primes) - 1)] if nominal else primes
        except ParameterError:
            self._dropped = []

    def dropped(self, level: int) -> float:
        """log2 of the prime that a rescale at ``level`` divides by."""
        if 0 < level < len(self._dropped):
            return self._dropped[level]
        return self.base

    def modulus(self, level: int) -> float:
        """log2 of the ciphertext modulus at ``level``; unlimited without a chain."""
        if not self._dropped:
            return math.inf
        return sum(self._dropped[: max(0, level + 1)])

    def degree(self, log_scale: float) -> int:
        """How many factors of the base scale a scale holds."""
        return max(1, round(log_scale / self.base)) if self.base else 1


@dataclass(frozen=True)
class State:
    """Level, log2 of the scale, and dimension of a ciphertext."""

    level: int
    log_scale: float
    dimension: int = 2


def annotate(
    graph_module: GraphModule, context: CompilationContext, *, nominal: bool = False
) -> dict[Node, State]:
    """Sets ``meta["ciphertext_info"]`` of every ciphertext to what the graph's operations make of it.

    Args:
        graph_module: a packed and managed graph.
        context: gives the primes.
        nominal: take every prime for the scale, for a graph whose scales are not made exact yet.

    Raises:
        PassValidationError: ciphertexts of different level or scale are added.
    """
    model = ScaleModel(context, nominal=nominal)
    encrypted = ciphertext_nodes(graph_module.graph)
    states: dict[Node, State] = {}
    for node in graph_module.graph.nodes:
        if node not in encrypted or node.op == "output":
            continue
        states[node] = _state_of(node, states, encrypted, model)
        _record(node, states[node], context)
    return states


def start_at(graph_module: GraphModule, context: CompilationContext) -> None:
    """Gives fresh ciphertexts the level of the context; the others follow from them when annotated."""
    for node in graph_module.graph.nodes:
        info = ciphertext_info(node)
        if info is not None and kind_of(node, set()) is Kind.INPUT:
            node.meta[CIPHERTEXT_INFO] = info.with_level(context.initial_level)


def _state_of(node: Node, states: dict[Node, State], encrypted: set[Node], model: ScaleModel) -> State:
    kind = kind_of(node, encrypted)
    inputs = [states[one] for one in operands(node, encrypted)]
    if kind is Kind.INPUT and not inputs:
        info = ciphertext_info(node)
        return State(info.level if info else model.initial_level, model.base)
    first = inputs[0]
    if kind is Kind.PRODUCT:
        return _product(node, inputs, encrypted, model)
    if kind is Kind.SUM and len(inputs) == 2:
        _check_sum(node, *inputs)
        return State(first.level, first.log_scale, max(one.dimension for one in inputs))
    if kind is Kind.RESCALE:
        return State(first.level - 1, first.log_scale - model.dropped(first.level), first.dimension)
    if kind is Kind.RELINEARIZE:
        return State(first.level, first.log_scale)
    if kind is Kind.LEVEL_REDUCE:
        levels = node.args[1] if len(node.args) > 1 else node.kwargs.get("levels", 1)
        assert isinstance(levels, int)
        return State(first.level - levels, first.log_scale, first.dimension)
    if kind is Kind.BOOTSTRAP:
        return State(model.initial_level, model.base)
    return first


def _product(node: Node, inputs: list[State], encrypted: set[Node], model: ScaleModel) -> State:
    first, last = inputs[0], inputs[-1]
    if not is_ciphertext_product(node, encrypted):
        factor = node.meta.get(FACTOR_SCALE, model.base) + node.meta.get(FACTOR_DEVIATION, 0.0)
        return State(first.level, first.log_scale + factor, first.dimension)
    if first.level != last.level:
        raise PassValidationError(
            f"{operation_name(node)} multiplies ciphertexts of levels {first.level} and {last.level}",
            where=location(node),
            hint="run RescalingInsertionPass, which aligns levels",
        )
    return State(first.level, first.log_scale + last.log_scale, first.dimension + last.dimension - 1)


def _check_sum(node: Node, left: State, right: State) -> None:
    if left.level != right.level:
        problem = f"levels {left.level} and {right.level}"
    elif abs(left.log_scale - right.log_scale) > SCALE_TOLERANCE:
        problem = f"scales 2^{left.log_scale:.2f} and 2^{right.log_scale:.2f}"
    else:
        return
    raise PassValidationError(
        f"{operation_name(node)} adds ciphertexts of {problem}",
        where=location(node),
        hint="run RescalingInsertionPass, which aligns levels and scales",
    )


def _record(node: Node, state: State, context: CompilationContext) -> None:
    known = ciphertext_info(node)
    if known is None:
        budget = context.params.noise_budget
        known = CiphertextInfo(node_shape(node), node_dtype(node), state.level, context.initial_scale, budget)
    scale = 2.0**state.log_scale if state.log_scale < sys.float_info.max_exp else math.inf
    node.meta[CIPHERTEXT_INFO] = (
        known.with_level(state.level).with_scale(scale).with_dimension(state.dimension)
    )


def scale_drift(graph_module: GraphModule, context: CompilationContext) -> float:
    """The largest relative deviation of a scale from its nominal value, a power of the base scale.

    A sum of two ciphertexts, or of a ciphertext and a constant, is off by about as much.
    """
    model = ScaleModel(context)
    deviations = [
        abs(state.log_scale - model.base * model.degree(state.log_scale))
        for state in annotate(graph_module, context).values()
    ]
    return 2.0 ** max(deviations, default=0.0) - 1.0


def scale_mismatch(graph_module: GraphModule, context: CompilationContext) -> float:
    """The largest relative difference of the scales of two summands, or of a result's from nominal.

    Sums are off by as much, and results by what becomes of it on the way.
    """
    model, states = ScaleModel(context), annotate(graph_module, context)
    encrypted = set(states)
    differences = [0.0]
    for node in graph_module.graph.nodes:
        kind = kind_of(node, encrypted)
        scales = [states[one].log_scale for one in operands(node, encrypted) if one in states]
        if kind is Kind.SUM and len(scales) == 2:
            differences.append(abs(scales[0] - scales[1]))
        if kind is Kind.RESULT:
            differences += [abs(one - model.base * model.degree(one)) for one in scales]
    return 2.0 ** max(differences) - 1.0


def check_levels(
    graph_module: GraphModule, context: CompilationContext, *, nominal: bool = False
) -> dict[Node, State]:
    """Annotates the graph (see :func:`annotate`) and checks that no ciphertext is below level 0.

    Raises:
        ParameterError: the computation is deeper than the parameters allow.
    """
    states = annotate(graph_module, context, nominal=nominal)
    lowest = min((state.level for state in states.values()), default=0)
    if lowest < 0:
        raise _too_deep(context.initial_level - lowest, context.initial_level)
    return states


def check_managed(graph_module: GraphModule, context: CompilationContext) -> None:
    """Checks that a library could execute the graph: levels, scales and dimensions.

    Raises:
        ParameterError: the computation is deeper than the parameters allow.
        PassValidationError: a rescaling or a relinearization is missing.
    """
    states = check_levels(graph_module, context)
    encrypted = set(states)
    model = ScaleModel(context)
    for node in graph_module.graph.nodes:
        if not _takes_dimension_two(node, encrypted):
            continue
        dimension = max(states[operand].dimension for operand in operands(node, encrypted))
        if dimension > 2:
            raise PassValidationError(
                f"{operation_name(node)} is applied to a ciphertext of dimension {dimension}",
                where=location(node),
                hint="run RelinearizationInsertionPass",
            )
    for node, state in states.items():
        # A rescale that came out below half the base scale was not due.
        if state.log_scale < model.base / 2 or state.log_scale > model.modulus(state.level):
            raise PassValidationError(
                f"{operation_name(node)} yields scale 2^{state.log_scale:.0f} at level {state.level}",
                where=location(node),
                hint="run RescalingInsertionPass on the graph before this pass",
            )


def _takes_dimension_two(node: Node, encrypted: set[Node]) -> bool:
    if not operands(node, encrypted):
        return False
    if kind_of(node, encrypted) is Kind.RESULT:
        return True
    return switches_keys(node) or is_ciphertext_product(node, encrypted)


def _too_deep(needed: int, available: int) -> ParameterError:
    return ParameterError(
        f"the model is too deep for the parameters: it needs {needed} levels and there are {available}",
        hint="use more primes in the modulus, activations of lower degree, or BootstrappingInsertionPass",
    )
