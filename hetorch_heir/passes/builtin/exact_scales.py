"""Makes up for primes that are no powers of two."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

import torch
from torch.fx import GraphModule, Node

from hetorch_heir.core.context import CompilationContext
from hetorch_heir.core.errors import ParameterError, PassValidationError
from hetorch_heir.core.scheme import HEScheme
from hetorch_heir.passes.base import TransformationPass, mark_provided
from hetorch_heir.passes.builtin.dead_code_elimination import delete_unused_constants
from hetorch_heir.passes.graph import ciphertext_nodes, inherit_metadata
from hetorch_heir.passes.management.annotation import FACTOR_DEVIATION, ScaleModel, check_levels
from hetorch_heir.passes.management.exact_scales import (
    ScaleSolution,
    bits_of,
    is_constant,
    rescaling_deviation,
    solve_scales,
)
from hetorch_heir.passes.management.kinds import Kind, kind_of, operands
from hetorch_heir.passes.management.scaled_constants import ScaledConstants

OPS = torch.ops.hetorch


MAX_RESIDUAL = 64.0
"""Bits by which scales may be off at most: what is off by more holds nothing that could be decrypted."""


@dataclass(frozen=True)
class ExactScalesPass(TransformationPass):
    """Folds the ratio of primes and scale into the constants of the program.

    A rescale divides by a prime near the scale. Libraries that take it for the scale (OpenFHE's
    FIXEDMANUAL) are off by the ratio, the others at the next sum. The ratio is known: the constants of
    products are multiplied with what brings the scales of all summands together and that of the results to
    the base scale, the constants of sums with the deviation of what they are added to. No encoder needs to
    know. Where two values meet that no constant can bring together, one level of a level reduction is
    spent on a product with a number near 1; no level is lost.

    Each rescale says the ratio, so that the graph in torch computes what the ciphertexts hold.
    Source: Kim, Papadimitriou, Polyakov, "Approximate homomorphic encryption with reduced approximation
    error" (CT-RSA 2022), section 4, where scales are chosen by level, and every value that changes level
    is multiplied.

    Before (the dropped prime is 0.1 % larger than the scale)::

        %pmult = hetorch.pmult(%x, %half)  # half = 0.5
        %rescale = hetorch.rescale(%pmult)
        %level_reduce = hetorch.level_reduce(%x)
        %cadd = hetorch.cadd(%rescale, %level_reduce)

    After::

        %pmult = hetorch.pmult(%x, %half_1)  # half_1 = 0.5005
        %rescale = hetorch.rescale(%pmult, 0.999)
        %level_reduce = hetorch.level_reduce(%x)
        %cadd = hetorch.cadd(%rescale, %level_reduce)

    Args:
        tolerance: relative deviation of two summands, or of a result, that is not worth a product. What
            constants can make up for is made up for in any case.

    Raises:
        PassValidationError: the tolerance is negative, or the graph is not packed.
        ParameterError: the primes are not known.
    """

    tolerance: float = 0.0

    name: ClassVar[str] = "exact-scales"
    description: ClassVar[str] = "Folds the ratios of primes and scale into constants"
    requires: ClassVar[frozenset[str]] = frozenset({"rescaling_inserted"})
    provides: ClassVar[frozenset[str]] = frozenset({"scales_exact"})
    scheme_specific: ClassVar[frozenset[HEScheme]] = frozenset({HEScheme.CKKS})

    def __post_init__(self) -> None:
        if not self.tolerance >= 0.0:
            raise PassValidationError(
                f"a relative deviation of {self.tolerance:g} is no tolerance", hint="use 0 or more"
            )

    def transform(self, graph_module: GraphModule, context: CompilationContext) -> GraphModule:
        _ = context.chain  # raises where the primes are not known
        _check_first_run(graph_module)
        # Every square doubles a deviation: before they are made up for, scales say nothing.
        states = check_levels(graph_module, context, nominal=True)
        solution = solve_scales(graph_module, context, states, bits_of(self.tolerance))
        if solution.residual > MAX_RESIDUAL:
            raise ParameterError(
                f"the scales of results would be off by a factor of 2^{solution.residual:.0f}: each square"
                " doubles the bits by which primes differ from the scale, and no constant makes up for it",
                hint="have fewer squares one after the other, or multiply by a constant between them",
            )
        _Folding(graph_module, ScaleModel(context), solution).run()
        delete_unused_constants(graph_module)
        graph_module.meta["scale_residual"] = 2.0**solution.residual - 1.0
        check_levels(graph_module, context)
        graph_module.recompile()
        mark_provided(graph_module, self.provides)
        return graph_module


def _check_first_run(graph_module: GraphModule) -> None:
    """Refuses a second run: the factors of the first are in the constants."""
    if any(FACTOR_DEVIATION in node.meta for node in graph_module.graph.nodes):
        raise PassValidationError(
            "the scales of this graph are exact already", hint="run ExactScalesPass once, at the end"
        )


class _Folding:
    """Writes a solution into a graph."""

    def __init__(self, graph_module: GraphModule, model: ScaleModel, solution: ScaleSolution) -> None:
        self._module = graph_module
        self._model = model
        self._solution = solution
        self._encrypted = ciphertext_nodes(graph_module.graph)
        self._levels = {node: node.meta["ciphertext_info"].level for node in solution.deviations}
        self._constants = ScaledConstants(graph_module)
        self._names: dict[float, str] = {}

    def run(self) -> None:
        deviations = self._solution.deviations
        for node in list(deviations):
            kind = kind_of(node, self._encrypted)
            if node in self._solution.factors:
                factor = self._solution.factors[node]
                self._constants.scale(node, 2.0**factor)
                node.meta[FACTOR_DEVIATION] = factor
            elif kind is Kind.PLAIN_SUM and is_constant(node.args[1]):
                self._constants.scale(node, 2.0 ** deviations[operands(node, self._encrypted)[0]])
            elif kind is Kind.RESCALE:
                operand = operands(node, self._encrypted)[0]
                node.args = (operand, self._ratio(self._levels[operand]))
            elif node in self._solution.adjusted:
                self._adjust(node)

    def _ratio(self, level: int) -> float:
        return 2.0 ** rescaling_deviation(level, self._model)

    def _adjust(self, node: Node) -> None:
        """A level reduction becomes one by a level less, a product with a number, and a rescale."""
        operand, graph = operands(node, self._encrypted)[0], node.graph
        dropped = self._levels[operand] - self._levels[node]
        level = self._levels[node] + 1
        change = self._solution.deviations[node] - self._solution.deviations[operand]
        factor = change - rescaling_deviation(level, self._model)
        name = self._number(2.0**factor)
        with graph.inserting_before(node):
            source = operand
            if dropped > 1:
                source = inherit_metadata(graph.call_function(OPS.level_reduce, (operand, dropped - 1)), node)
            product = inherit_metadata(graph.call_function(OPS.pmult, (source, graph.get_attr(name))), node)
            product.meta[FACTOR_DEVIATION] = factor
            rescale = graph.call_function(OPS.rescale, (product, self._ratio(level)))
        node.replace_all_uses_with(inherit_metadata(rescale, node))
        graph.erase_node(node)

    def _number(self, value: float) -> str:
        if value not in self._names:
            name = f"scale_factor_{len(self._names)}"
            self._module.register_buffer(name, torch.tensor(value, dtype=torch.float64))
            self._names[value] = name
        return self._names[value]
