"""Brings the values that bootstraps refresh into [-1, 1], without an operation more.

A bootstrap is precise for values of at most 1: it evaluates a sine where it should take a remainder, and the
larger the value the more the two differ. Factors of the constants before and after are free.
"""

from __future__ import annotations

import math
from collections.abc import Mapping

from torch.fx import GraphModule, Node

from hetorch_heir.core.errors import ParameterError
from hetorch_heir.passes.builtin.dead_code_elimination import delete_unused_constants
from hetorch_heir.passes.graph import ciphertext_nodes, is_operation, location
from hetorch_heir.passes.management.exact_scales import is_constant
from hetorch_heir.passes.management.kinds import Kind, is_ciphertext_product, kind_of, operands
from hetorch_heir.passes.management.scale_equations import Affine, Equations
from hetorch_heir.passes.management.scaled_constants import ScaledConstants

LARGEST_VALUE = 1.0
TOLERATED_BITS = 0.1
"""log2 of by how much a value may exceed that: precision falls off slowly there."""

MOST_LOST_BITS = 12
"""Of precision, where a value is smaller than it would have to be."""


def normalise_bootstraps(graph_module: GraphModule, largest: Mapping[Node, float]) -> None:
    """Divides values that are too large for bootstraps by powers of two, in constants before and after.

    Every value gets an exponent, by which it is smaller than it was: that of a product is the sum of its
    factors', summands have equal ones, results none, what is refreshed has as large a one as it needs, and
    products with constants have any. These are linear equations, as for scales.

    Before, where ``%x`` reaches 6::

        %pmult = hetorch.pmult(%x, %w)
        %rescale = hetorch.rescale(%pmult)
        %padd = hetorch.padd(%rescale, %b)
        %bootstrap = hetorch.bootstrap(%padd)
        %pmult_1 = hetorch.pmult(%bootstrap, %v)

    After::

        %pmult = hetorch.pmult(%x, %w_eighth)
        %rescale = hetorch.rescale(%pmult)
        %padd = hetorch.padd(%rescale, %b_eighth)
        %bootstrap = hetorch.bootstrap(%padd)
        %pmult_1 = hetorch.pmult(%bootstrap, %v_times_8)

    Args:
        largest: the largest absolute value of each operand of a bootstrap.

    Raises:
        ParameterError: no constant can make the value small enough.
    """
    if all(excess_bits(value) == 0 for value in largest.values()):
        return
    normalisation = _Normalisation(graph_module, largest)
    normalisation.solve()
    normalisation.apply()


def excess_bits(largest: float) -> int:
    """log2 of the power of two that brings a value into [-1, 1]."""
    if largest <= LARGEST_VALUE:
        return 0
    return max(0, math.ceil(math.log2(largest / LARGEST_VALUE) - TOLERATED_BITS))


class _Normalisation:
    def __init__(self, graph_module: GraphModule, largest: Mapping[Node, float]) -> None:
        self._module = graph_module
        self._largest = largest
        self._encrypted = ciphertext_nodes(graph_module.graph)
        self._equations = Equations()
        self._exponents: dict[Node, Affine] = {}
        self._refreshed: list[Node] = []

    def solve(self) -> None:
        for node in self._module.graph.nodes:
            if node in self._encrypted:
                self._exponents[node] = self._exponent(node, operands(node, self._encrypted))
        # The largest first: what is tied to it, as by a residual connection, may be smaller than it would
        # have to be, but not larger.
        for operand in sorted(self._refreshed, key=lambda one: -self._largest.get(one, 0.0)):
            self._require_small(self._exponents[operand], operand)

    def _exponent(self, node: Node, inputs: list[Node]) -> Affine:
        kind = kind_of(node, self._encrypted)
        known = [self._exponents[one] for one in inputs if one in self._exponents]
        if kind is Kind.INPUT or not known:
            return Affine()
        if kind is Kind.RESULT:
            for one, exponent in zip(inputs, known, strict=True):
                self._require(exponent, 0, one)
            return Affine()
        if kind is Kind.PRODUCT:
            if is_ciphertext_product(node, self._encrypted):
                return known[0].plus(known[-1])
            return self._equations.unknown() if is_constant(node.args[1]) else known[0]
        if kind is Kind.SUM and len(known) == 2:
            self._require(known[0].plus(known[1], -1.0), 0, node)
        if kind is Kind.PLAIN_SUM and not is_constant(node.args[1]):
            self._require(known[0], 0, node)
        if kind is Kind.BOOTSTRAP:
            self._refreshed.append(inputs[0])
        return known[0]

    def _require(self, exponent: Affine, value: float, node: Node) -> None:
        if abs(self._equations.require_zero(exponent.shifted(-value))) > 0.5:
            raise self._impossible(node)

    def _require_small(self, exponent: Affine, operand: Node) -> None:
        wanted = -float(excess_bits(self._largest.get(operand, 0.0)))
        known = self._equations.resolved(exponent)
        small_enough = wanted - MOST_LOST_BITS <= known.constant <= wanted
        if known.terms or not small_enough:
            self._require(exponent, wanted, operand)

    def _impossible(self, node: Node) -> ParameterError:
        reach, where = max(
            ((value, location(one)) for one, value in self._largest.items()), key=lambda pair: pair[0]
        )
        return ParameterError(
            f"bootstraps refresh values between -{LARGEST_VALUE:g} and {LARGEST_VALUE:g}; here they reach"
            f" {reach:.3g}, and no constant of the model can take the factor 2^-{excess_bits(reach)}",
            where=where or location(node),
            hint=f"divide the model's values by {2 ** excess_bits(reach)}, or give it a linear layer there",
        )

    def apply(self) -> None:
        constants = ScaledConstants(self._module)
        for node, affine in self._exponents.items():
            exponent = self._equations.value(affine)
            kind = kind_of(node, self._encrypted)
            inputs = operands(node, self._encrypted)
            if kind is Kind.PRODUCT and not is_ciphertext_product(node, self._encrypted):
                factor = exponent - self._equations.value(self._exponents[inputs[0]])
            elif kind is Kind.PLAIN_SUM:
                factor = exponent
            else:
                continue
            if factor and is_constant(node.args[1]):
                constants.scale(node, 2.0**factor)
        delete_unused_constants(self._module)
        self._module.recompile()


def refreshed_values(graph_module: GraphModule) -> list[Node]:
    """The operands of the bootstraps of a graph."""
    bootstraps = (node for node in graph_module.graph.nodes if is_operation(node, "bootstrap"))
    return [operand for node in bootstraps for operand in node.all_input_nodes]
