"""Replaces activations by polynomials."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import ClassVar

from torch.fx import GraphModule, Node

from hetorch_heir.approx.composite_activation import DEFAULT_PRECISION
from hetorch_heir.approx.composite_degrees import require_precision
from hetorch_heir.approx.fit import MAX_DEGREE
from hetorch_heir.approx.functions import ScalarFunction
from hetorch_heir.approx.methods import require_method
from hetorch_heir.approx.polynomial import Polynomial, require_domain
from hetorch_heir.approx.sign_minimax import require_sign_degree
from hetorch_heir.core.cache import Cache
from hetorch_heir.core.context import CompilationContext
from hetorch_heir.core.errors import HETorchError, ParameterError
from hetorch_heir.passes.activation_fit import Fit, FitRequest, fit_activation
from hetorch_heir.passes.activation_nodes import (
    SUPPORTED_FUNCTIONS,
    Activation,
    canonical_function,
    recognise,
)
from hetorch_heir.passes.approximation import (
    ACTIVATION,
    APPROXIMATED,
    APPROXIMATION,
    CALIBRATED_RANGE,
    CALIBRATED_SAMPLES,
    CHOICE,
    Approximated,
    Approximation,
    Choice,
    Range,
)
from hetorch_heir.passes.base import TransformationPass, mark_provided
from hetorch_heir.passes.graph import ciphertext_nodes, location, module_path, replace_node
from hetorch_heir.passes.polynomial_nodes import insert_composite, insert_polynomial
from hetorch_heir.passes.scalar_function_fit import fit_scalar_function
from hetorch_heir.passes.scalar_functions import FusedFunction

__all__ = ["Approximation", "NonlinearToPolynomialPass"]


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

    Method "composite" makes relu, leaky_relu, prelu, relu6, hardtanh, clamp, abs, hardsigmoid and the like
    from compositions of polynomials for the sign, and other functions as "minimax" does. Functions that jump
    (sign, threshold, hardshrink) are composed whatever the method. With ``composite_degrees=(3, 3)``::

        %mul_tensor : [num_users=2] = call_function[target=torch.ops.aten.mul.Tensor](args = (%x, 0.25))
        %chebyshev : [num_users=1] = call_function[target=torch.ops.hetorch.chebyshev](
            args = (%mul_tensor, [0.0, 0.9…, 0.0, -0.4…]))
        %chebyshev_1 : [num_users=1] = call_function[target=torch.ops.hetorch.chebyshev](
            args = (%chebyshev, [2.0, 2.3…, 0.0, -0.5…]))
        %mul_tensor_1 : [num_users=1] = call_function[target=torch.ops.aten.mul.Tensor](
            args = (%mul_tensor, %chebyshev_1))

    The range of an activation is, in this order: an override for its node, its module, its function;
    ``meta["range"]``, set by calibration; the function's default.

    Args:
        degree: largest degree of the polynomials.
        functions: names of the functions to replace; None means all that are supported.
        approximation_method: "chebyshev" (truncated series), "least_squares" (weighted by the samples of
            calibration, ``meta["samples"]``, where there are any), "minimax", "composite", or a plug-in's.
        range_overrides: ranges by function name, node name or module path.
        precision: bits of compositions, relative to the half width of the range.
        composite_degrees: the degrees to compose, instead of those for a precision.
        custom_functions: functions of the user's by the name of the function or module that the graph calls:
            numpy callables from float64 arrays to float64 arrays of the same shape.

    Raises:
        ParameterError: a function, method, degree, precision or range is not a possible one.
    """

    name: ClassVar[str] = "nonlinear-to-polynomial"
    description: ClassVar[str] = "Replace activations by polynomials."
    provides: ClassVar[frozenset[str]] = frozenset({"polynomial_activations"})

    degree: int = 8
    functions: Sequence[str] | None = None
    approximation_method: str = "chebyshev"
    range_overrides: Mapping[str, tuple[float, float]] | None = field(default=None, hash=False)

    precision: float = DEFAULT_PRECISION
    composite_degrees: Sequence[int] | None = None
    custom_functions: Mapping[str, ScalarFunction] | None = field(default=None, hash=False)

    def __post_init__(self) -> None:
        known = {*SUPPORTED_FUNCTIONS, *(self.custom_functions or {})}
        unknown = [name for name in self.functions or () if name not in known]
        if unknown:
            raise ParameterError(
                f"'{unknown[0]}' is no function that can be approximated",
                hint=f"the functions are {', '.join(sorted(known))}",
            )
        require_method(self.approximation_method)
        if not 1 <= self.degree <= MAX_DEGREE:
            raise ParameterError(
                f"a polynomial of degree {self.degree} is not supported",
                hint=f"use a degree from 1 to {MAX_DEGREE}",
            )
        require_precision(self.precision)
        for degree in self.composite_degrees or ():
            require_sign_degree(degree)
        for name, (low, high) in (self.range_overrides or {}).items():
            try:
                require_domain((low, high))
            except ParameterError as error:
                raise ParameterError(error.what, where=f"the range of '{name}'", hint=error.hint) from error

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
            found = recognise(node, graph_module, self.custom_functions or {})
            if found is not None and (wanted is None or wanted >= set(found.parts or (found.name,))):
                about = self._replace(node, found, context.cache)
                graph_module.meta.setdefault(APPROXIMATED, []).append(about)
        graph_module.delete_all_unused_submodules()
        graph_module.recompile()
        mark_provided(graph_module, self.provides)
        return graph_module

    def _replace(self, node: Node, found: Activation, cache: Cache) -> Approximated:
        choice = node.meta.get(CHOICE) or Choice(
            self.approximation_method, self.degree, tuple(self.composite_degrees or ())
        )
        request = FitRequest(found, self._range(node, found), choice, self.precision, cache)
        try:
            fit = _fit(node, request)
        except HETorchError as error:
            raise ParameterError(error.what, where=location(node), hint=error.hint) from error
        node.meta[ACTIVATION] = (node.name, found.name)
        if isinstance(fit.approximant, Polynomial):
            result = insert_polynomial(node, fit.approximant, found.name)
        else:
            result = insert_composite(node, fit.approximant, found.name)
        result.meta[APPROXIMATION] = fit.about
        samples = node.meta.get(CALIBRATED_SAMPLES)
        about = Approximated(node.name, location(node), fit.about, found.resolve(), fit.approximant, samples)
        replace_node(node, result)
        return about

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


def _fit(node: Node, request: FitRequest) -> Fit:
    samples = node.meta.get(CALIBRATED_SAMPLES)
    if isinstance(node.target, FusedFunction) and CHOICE not in node.meta:
        return fit_scalar_function(node.target, request, samples)
    return fit_activation(request, samples)
