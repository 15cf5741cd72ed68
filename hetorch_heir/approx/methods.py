"""The methods by which activations are approximated, by name: those of this package and of plug-ins.

A method takes an :class:`ApproximationRequest` and gives what is evaluated in place of the activation: a
:class:`Polynomial`, or a composition of several. Other distributions declare theirs as entry points of the
group ``hetorch_heir.approximations``.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

from hetorch_heir.approx.composite_activation import (
    DEFAULT_PRECISION,
    CompositeActivation,
    approximate_composite,
)
from hetorch_heir.approx.fit import Method, approximate
from hetorch_heir.approx.functions import ActivationFunction, Array
from hetorch_heir.approx.polynomial import NEGLIGIBLE, Domain, Polynomial
from hetorch_heir.core.cache import NO_CACHE, Cache
from hetorch_heir.core.errors import ParameterError
from hetorch_heir.plugins import APPROXIMATIONS

Approximant = Polynomial | CompositeActivation


@dataclass(frozen=True)
class ApproximationRequest:
    """What an approximation is wanted of.

    Args:
        function: the activation, in float64.
        domain: the range (a, b) that the input lies in.
        degree: the largest degree of a single polynomial.
        precision: bits of a composition, relative to half the width of the domain.
        degrees: the degrees to compose, instead of those for a precision; may be empty.
        samples: values of the input in calibration, any shape; None if there was no calibration.
        cache: what a method may remember results in that take long.
    """

    function: ActivationFunction
    domain: Domain
    degree: int
    precision: float = DEFAULT_PRECISION
    degrees: tuple[int, ...] = ()
    samples: Array | None = None
    cache: Cache = field(default=NO_CACHE, repr=False, compare=False)


ApproximationMethod = Callable[[ApproximationRequest], Approximant]


def chebyshev(request: ApproximationRequest) -> Polynomial:
    """The truncated Chebyshev series."""
    return _single(request, "chebyshev")


def least_squares(request: ApproximationRequest) -> Polynomial:
    """The least mean squared error, weighted by the samples of calibration where there are any."""
    weights = request.samples
    return approximate(request.function, request.degree, request.domain, "least_squares", weights=weights)


def minimax(request: ApproximationRequest) -> Polynomial:
    """The least maximal error, by the Remez exchange."""
    return _single(request, "minimax")


def composite(request: ApproximationRequest) -> Approximant:
    """Compositions of polynomials for the sign, for functions that are linear between kinks."""
    return approximate_composite(
        request.function,
        request.domain,
        precision=None if request.degrees else request.precision,
        degrees=request.degrees or None,
        cache=request.cache,
    )


def _single(request: ApproximationRequest, method: Method) -> Polynomial:
    return approximate(request.function, request.degree, request.domain, method)


def require_method(name: str) -> None:
    """Refuse the name of a method that does not exist.

    Raises:
        ParameterError: there is none of that name; the message names those that there are.
        PluginError: there are two.
    """
    if APPROXIMATIONS.find(name) is None:
        raise ParameterError(f"there is no approximation method '{name}'", hint=APPROXIMATIONS.advice(name))


def fit(name: str, request: ApproximationRequest) -> Approximant:
    """What the method of that name gives.

    Raises:
        ParameterError: there is no such method, or it can't do what is asked for.
        PluginError: the method is another distribution's and can't be imported, or gives something else.
    """
    require_method(name)
    extension = APPROXIMATIONS.find(name)
    assert extension is not None
    approximant = extension.call(request)
    if not isinstance(approximant, Polynomial | CompositeActivation):
        raise extension.refusal(
            f"gives a {type(approximant).__name__}, and not a hetorch_heir.approx.Polynomial"
        )
    return _without_dust(approximant) if isinstance(approximant, Polynomial) else approximant


def _without_dust(polynomial: Polynomial) -> Polynomial:
    """Rounding errors among the coefficients become zero: OpenFHE can't encode anything so small."""
    threshold = NEGLIGIBLE * max(map(abs, polynomial.coefficients))
    kept = tuple(0.0 if abs(one) <= threshold else one for one in polynomial.coefficients)
    return Polynomial(kept, polynomial.domain).trimmed()
