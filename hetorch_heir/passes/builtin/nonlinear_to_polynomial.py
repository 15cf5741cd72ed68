"""Replaces activations by polynomials."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from typing import ClassVar, get_args

from torch.fx import GraphModule, Node

from hetorch_heir.approx.composite_activation import (
    DEFAULT_PRECISION,
    CompositeActivation,
    approximate_composite,
)
from hetorch_heir.approx.composite_degrees import require_precision
from hetorch_heir.approx.fit import MAX_DEGREE, Method, approximate
from hetorch_heir.approx.functions import Array, ScalarFunction
from hetorch_heir.approx.planner import minimal_depth
from hetorch_heir.approx.polynomial import Polynomial, require_domain
from hetorch_heir.approx.sign_minimax import require_sign_degree
from hetorch_heir.core.context import CompilationContext
from hetorch_heir.core.errors import HETorchError, ParameterError
from hetorch_heir.passes.activation_nodes import (
    SUPPORTED_FUNCTIONS,
    Activation,
    canonical_function,
    recognise,
)
from hetorch_heir.passes.approximation import (
    APPROXIMATION,
    CALIBRATED_RANGE,
    CALIBRATED_SAMPLES,
    CHOICE,
    Approximation,
    Choice,
    Range,
)
from hetorch_heir.passes.base import TransformationPass, mark_provided
from hetorch_heir.passes.graph import ciphertext_nodes, location, module_path, replace_node
from hetorch_heir.passes.polynomial_nodes import insert_composite, insert_polynomial

COMPOSITE = "composite"
METHODS: tuple[str, ...] = (*get_args(Method), COMPOSITE)
SMOOTH_METHOD: Method = "minimax"
"""What method "composite" does with functions that are not piecewise linear."""


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
            calibration, ``meta["samples"]``, where there are any), "minimax" or "composite".
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
            if found is not None and (wanted is None or found.name in wanted):
                self._replace(node, found)
        graph_module.delete_all_unused_submodules()
        graph_module.recompile()
        mark_provided(graph_module, self.provides)
        return graph_module

    def _replace(self, node: Node, found: Activation) -> None:
        request = self._request(node, found)
        try:
            if request.method == "least_squares" and CALIBRATED_SAMPLES in node.meta:
                fitted = _fit(request, node.meta[CALIBRATED_SAMPLES])
            else:
                fitted = _fit_without_samples(request)
        except HETorchError as error:
            raise ParameterError(error.what, where=location(node), hint=error.hint) from error
        approximant, max_error = fitted
        if isinstance(approximant, Polynomial):
            result = insert_polynomial(node, approximant, found.name)
            degree, degrees, gap = approximant.degree, (), 0.0
            levels = minimal_depth(degree)
        else:
            result = insert_composite(node, approximant, found.name)
            degrees, gap, levels = approximant.degrees, approximant.gap, approximant.levels
            degree = max(degrees)
        result.meta[APPROXIMATION] = Approximation(
            found.name, approximant.domain, degree, request.method, max_error, levels, degrees, gap
        )
        replace_node(node, result)

    def _request(self, node: Node, found: Activation) -> _Request:
        choice = node.meta.get(CHOICE) or Choice(
            self.approximation_method, self.degree, tuple(self.composite_degrees or ())
        )
        pieces = found.resolve().pieces
        method = choice.method
        if pieces is not None and pieces.jumps:
            method = COMPOSITE
        elif method == COMPOSITE and pieces is None:
            method = SMOOTH_METHOD
        return _Request(
            found, self._range(node, found), method, choice.degree, tuple(choice.degrees), self.precision
        )

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


@dataclass(frozen=True)
class _Request:
    """All that an approximation depends on; of ``degree``, and ``degrees`` or ``precision``, one counts."""

    activation: Activation
    domain: Range | None
    method: str
    degree: int
    degrees: tuple[int, ...]
    precision: float


def _fit(request: _Request, samples: Array | None = None) -> tuple[Polynomial | CompositeActivation, float]:
    """The polynomial or the composition, and its largest error on the domain."""
    function = request.activation.resolve()
    if request.method == COMPOSITE:
        if request.degrees:
            composite = approximate_composite(function, request.domain, degrees=request.degrees)
        else:
            composite = approximate_composite(function, request.domain, precision=request.precision)
        return composite, composite.max_error(function)
    method: Method = request.method  # pyright: ignore[reportAssignmentType]
    polynomial = approximate(function, request.degree, request.domain, method, weights=samples)
    return polynomial, polynomial.max_error(function)


# A model has the same activation many times over.
_fit_without_samples = lru_cache(maxsize=256)(_fit)
