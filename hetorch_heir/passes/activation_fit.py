"""Fits of activations, single polynomials or compositions, with their errors."""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import lru_cache

from hetorch_heir.approx.composite_activation import DEFAULT_PRECISION, CompositeActivation
from hetorch_heir.approx.functions import Array
from hetorch_heir.approx.methods import ApproximationRequest, fit
from hetorch_heir.approx.planner import minimal_depth
from hetorch_heir.approx.polynomial import Polynomial
from hetorch_heir.core.cache import NO_CACHE, Cache
from hetorch_heir.passes.activation_nodes import Activation
from hetorch_heir.passes.approximation import Approximation, Choice, Range

COMPOSITE = "composite"
WITHOUT_SAMPLES = ("chebyshev", "minimax", COMPOSITE)
"""Methods that make nothing of samples, so that equal activations have equal approximations."""
SMOOTH_METHOD = "minimax"
"""What method "composite" does with functions that are not piecewise linear."""


@dataclass(frozen=True)
class FitRequest:
    """All that an approximation depends on.

    Args:
        activation: what to approximate.
        domain: where; None is the function's default range.
        choice: how. For a composition without degrees the precision counts.
        precision: bits of compositions.
        cache: remembers what takes long of fits; they are the same without it.
    """

    activation: Activation
    domain: Range | None
    choice: Choice
    precision: float = DEFAULT_PRECISION
    cache: Cache = field(default=NO_CACHE, repr=False, compare=False)

    @property
    def method(self) -> str:
        """The method that suits the function: functions that jump are always composed, smooth ones never."""
        pieces = self.activation.resolve().pieces
        if pieces is not None and pieces.jumps:
            return COMPOSITE
        if pieces is None and self.choice.method == COMPOSITE:
            return SMOOTH_METHOD
        return self.choice.method


@dataclass(frozen=True)
class Fit:
    """What is evaluated in place of an activation, and what is known of it."""

    approximant: Polynomial | CompositeActivation
    about: Approximation


def fit_activation(request: FitRequest, samples: Array | None = None) -> Fit:
    """The approximation of an activation.

    Args:
        samples: values of its input, by which least squares are weighted.

    Raises:
        ParameterError: the function is not finite on the domain, or the choice is impossible.
    """
    if samples is None or request.method in WITHOUT_SAMPLES:
        return _fit_without_samples(request)
    return _fit(request, samples)


def _fit(request: FitRequest, samples: Array | None = None) -> Fit:
    function, choice = request.activation.resolve(), request.choice
    wanted = ApproximationRequest(
        function,
        request.domain or function.default_range,
        choice.degree,
        request.precision,
        tuple(choice.degrees),
        samples,
        request.cache,
    )
    approximant = fit(request.method, wanted)
    return Fit(approximant, _about(request, approximant, approximant.max_error(function)))


def _about(
    request: FitRequest, approximant: Polynomial | CompositeActivation, max_error: float
) -> Approximation:
    if isinstance(approximant, Polynomial):
        degree, degrees, gap = approximant.degree, (), 0.0
        levels = minimal_depth(degree) if degree > 1 else 0
    else:
        degrees, gap, levels = approximant.degrees, approximant.gap, approximant.levels
        degree = max(degrees)
    name = request.activation.name
    return Approximation(name, approximant.domain, degree, request.method, max_error, levels, degrees, gap)


# A model has the same activation many times over.
_fit_without_samples = lru_cache(maxsize=1024)(_fit)
