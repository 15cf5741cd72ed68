"""Replaces activations by polynomials."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from typing import ClassVar, get_args

import torch
from torch.fx import GraphModule, Node

from hetorch_heir.approx.fit import MAX_DEGREE, Method, approximate
from hetorch_heir.approx.polynomial import Polynomial
from hetorch_heir.core.context import CompilationContext
from hetorch_heir.core.errors import HETorchError, ParameterError
from hetorch_heir.passes.activation_nodes import (
    SUPPORTED_FUNCTIONS,
    Activation,
    canonical_function,
    recognise,
)
from hetorch_heir.passes.base import TransformationPass, mark_provided
from hetorch_heir.passes.graph import ciphertext_nodes, insert_call, location, module_path, replace_node

Range = tuple[float, float]

METHODS: tuple[str, ...] = get_args(Method)
CALIBRATED_RANGE = "range"
"""Metadata of a node: the smallest and the largest value of its operand seen in calibration."""


@dataclass(frozen=True)
class Approximation:
    """What a polynomial stands for; in ``meta["approximation"]`` of the node that evaluates it.

    Args:
        function: name of the activation.
        domain: the range approximated on; outside of it the error grows fast.
        degree: degree of the polynomial.
        method: how it was fitted.
        max_error: largest error on the domain.
    """

    function: str
    domain: Range
    degree: int
    method: str
    max_error: float


@dataclass(frozen=True)
class NonlinearToPolynomialPass(TransformationPass):
    """Replaces activations of encrypted values by polynomials in the Chebyshev basis.

    The operand is mapped from its range onto [-1, 1] by a product and a sum with numbers; the sum is
    left out when the range is symmetric, both when it is [-1, 1]. How the polynomial is evaluated, in
    about log2(degree) levels, is decided when the operation is expanded. A polynomial of degree 1 stays a
    product and a sum, which merge with the linear layers around them. For the range (-4, 4):

    Before::

        %relu_default : [num_users=1] = call_function[target=torch.ops.aten.relu.default](args = (%x,))

    After::

        %mul_tensor : [num_users=1] = call_function[target=torch.ops.aten.mul.Tensor](args = (%x, 0.25))
        %chebyshev : [num_users=1] = call_function[target=torch.ops.hetorch.chebyshev](
            args = (%mul_tensor, [1.2732…, 2.0, 0.8488…]))

    The range of an activation is, in this order: an override for its node, its module, its function;
    ``meta["range"]``, set by calibration; the function's default.

    Args:
        degree: largest degree of the polynomials.
        functions: names of the functions to replace; None means all that are supported.
        approximation_method: "chebyshev" (truncated series), "least_squares" or "minimax".
        range_overrides: ranges by function name, node name or module path.

    Raises:
        ParameterError: a function, method, degree or range is not a possible one.
    """

    name: ClassVar[str] = "nonlinear-to-polynomial"
    description: ClassVar[str] = "Replace activations by polynomials."
    provides: ClassVar[frozenset[str]] = frozenset({"polynomial_activations"})

    degree: int = 8
    functions: Sequence[str] | None = None
    approximation_method: str = "chebyshev"
    range_overrides: Mapping[str, tuple[float, float]] | None = field(default=None, hash=False)

    def __post_init__(self) -> None:
        unknown = [name for name in self.functions or () if name not in SUPPORTED_FUNCTIONS]
        if unknown:
            raise ParameterError(
                f"'{unknown[0]}' is no function that can be approximated",
                hint=f"the functions are {', '.join(SUPPORTED_FUNCTIONS)}",
            )
        if self.approximation_method not in METHODS:
            raise ParameterError(
                f"there is no approximation method '{self.approximation_method}'",
                hint=f"the methods are {', '.join(METHODS)}",
            )
        if not 1 <= self.degree <= MAX_DEGREE:
            raise ParameterError(
                f"a polynomial of degree {self.degree} is not supported",
                hint=f"use a degree from 1 to {MAX_DEGREE}",
            )
        for name, (low, high) in (self.range_overrides or {}).items():
            if not low < high:
                raise ParameterError(f"the range ({low}, {high}) given for '{name}' is empty")

    def transform(self, graph_module: GraphModule, context: CompilationContext) -> GraphModule:
        """Replace the activations, in place.

        Raises:
            ParameterError: a function is not finite on its range; names the place in the model.
        """
        encrypted = ciphertext_nodes(graph_module.graph)
        wanted = frozenset(map(canonical_function, self.functions)) if self.functions is not None else None
        for node in list(graph_module.graph.nodes):
            if node not in encrypted:
                continue
            found = recognise(node, graph_module)
            if found is not None and (wanted is None or found.name in wanted):
                self._replace(node, found)
        graph_module.delete_all_unused_submodules()
        graph_module.recompile()
        mark_provided(graph_module, self.provides)
        return graph_module

    def _replace(self, node: Node, found: Activation) -> None:
        domain = self._range(node, found)
        try:
            polynomial, max_error = _fit(found, self.degree, domain, self.approximation_method)
        except HETorchError as error:
            raise ParameterError(error.what, where=location(node), hint=error.hint) from error
        result = _insert_polynomial(node, polynomial)
        result.meta["approximation"] = Approximation(
            found.name, polynomial.domain, polynomial.degree, self.approximation_method, max_error
        )
        replace_node(node, result)

    def _range(self, node: Node, found: Activation) -> Range | None:
        """The range to approximate on; None is the function's default."""
        overrides = {canonical_function(name): one for name, one in (self.range_overrides or {}).items()}
        for name in (node.name, module_path(node), found.name):
            if name in overrides:
                low, high = overrides[name]
                return float(low), float(high)
        calibrated = node.meta.get(CALIBRATED_RANGE)
        if calibrated is None:
            return None
        low, high = map(float, calibrated)
        # An operand that was constant in calibration: any interval around it will do.
        return (low, high) if low < high else (low - 0.5, high + 0.5)


def _insert_polynomial(node: Node, polynomial: Polynomial) -> Node:
    """Nodes before ``node`` that apply the polynomial to its first argument; gives the last of them."""
    operand = node.args[0]
    assert isinstance(operand, Node)
    scale, offset = polynomial.input_map
    if polynomial.degree > 1:
        unit = _insert_affine(node, operand, scale, offset)
        coefficients = list(polynomial.coefficients)
        return insert_call(node.graph, node, torch.ops.hetorch.chebyshev, unit, coefficients)
    # A straight line needs no evaluation plan, and merges with the linear layers around it.
    constant, slope = (*polynomial.coefficients, 0.0)[:2]
    line = _insert_affine(node, operand, slope * scale, slope * offset + constant)
    return line if line is not operand else _insert_affine(node, operand, 1.0, 0.0, always=True)


def _insert_affine(node: Node, operand: Node, scale: float, offset: float, always: bool = False) -> Node:
    """Nodes before ``node`` for ``scale * operand + offset``, as few as it takes."""
    if scale != 1.0 or always:
        operand = insert_call(node.graph, node, torch.ops.aten.mul.Tensor, operand, scale)
    if offset != 0.0:
        operand = insert_call(node.graph, node, torch.ops.aten.add.Tensor, operand, offset)
    return operand


def _fit(found: Activation, degree: int, domain: Range | None, method: str) -> tuple[Polynomial, float]:
    """The polynomial, and its largest error on the domain."""
    if found.function is None:
        return _fit_by_name(found, degree, domain, method)
    return _fit_function(found, degree, domain, method)


def _fit_function(
    found: Activation, degree: int, domain: Range | None, method: str
) -> tuple[Polynomial, float]:
    function = found.resolve()
    polynomial = approximate(function, degree, domain, method)  # pyright: ignore[reportArgumentType]
    return polynomial, polynomial.max_error(function)


# A model has the same activation many times over.
_fit_by_name = lru_cache(maxsize=256)(_fit_function)
