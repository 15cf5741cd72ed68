"""Piecewise linear activations (relu, clamp, abs, …) by compositions of polynomials for the sign.

With c a kink of the function, ``w |x - c| = (x - c) w sign(x - c)``: one product more than the sign takes.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

from hetorch_heir.approx.composite import CompositeSign, composite_abs, composite_sign
from hetorch_heir.approx.composite_degrees import best_abs, choose_abs, choose_sign
from hetorch_heir.approx.functions import ActivationFunction, Array
from hetorch_heir.approx.piecewise import Kink, PiecewiseLinear
from hetorch_heir.approx.polynomial import Domain, Polynomial, dense_samples, require_domain
from hetorch_heir.core.cache import NO_CACHE, Cache, key_of
from hetorch_heir.core.errors import ParameterError

DEFAULT_PRECISION = 13.0
"""Bits of relu, relative to its range: what deep convolutional networks are reported to need."""


@dataclass(frozen=True)
class SignTerm:
    """``(slope * t + offset) * p(t)`` with ``t = scale * x + shift`` in [-1, 1]; p stands for the sign.

    Args:
        kink: the one that the term is for.
        scale: the same for all terms of a function, so that their t differ by constants only.
        last: the last polynomial of p, all of its coefficients times a constant, and a constant added, such
            that the term is ``(t + offset) * last(…)``, or ``last(…)`` itself where offset is None.
    """

    kink: Kink
    scale: float
    last: Polynomial
    offset: float | None

    @property
    def shift(self) -> float:
        return -self.kink.position * self.scale


@dataclass(frozen=True)
class CompositeActivation:
    """A piecewise linear function on a domain: ``constant + slope * x + sum of terms``.

    Args:
        domain: where the function is approximated.
        sign: what stands for the sign in every term; its last polynomial is replaced by the term's own.
        terms: one for each kink inside the domain; at least one.
        constant, slope: what the terms leave; slope is 0 unless no term could take it in.
    """

    domain: Domain
    sign: CompositeSign
    terms: tuple[SignTerm, ...]
    constant: float
    slope: float

    def __call__(self, x: ArrayLike) -> Array:
        x = np.asarray(x, dtype=np.float64)
        total = self.constant + self.slope * x
        for term in self.terms:
            t = value = term.scale * x + term.shift
            for polynomial in self.sign.polynomials[:-1]:
                value = polynomial(value)
            value = term.last(value)
            total = total + (value if term.offset is None else (t + term.offset) * value)
        return total

    @property
    def degrees(self) -> tuple[int, ...]:
        return self.sign.degrees

    @property
    def levels(self) -> int:
        """Levels that the evaluation takes, from the t on."""
        return self.sign.levels + any(term.offset is not None for term in self.terms)

    @property
    def gap(self) -> float:
        """Distance from a jump within which the value may be wrong; 0 if there is no jump."""
        return self.sign.ratio / self.terms[0].scale if any(term.kink.jump for term in self.terms) else 0.0

    def max_error(self, function: ActivationFunction) -> float:
        """Largest error on the domain, but for the neighbourhoods of jumps."""
        samples = [dense_samples(self.domain, max(self.degrees))]
        for term in self.terms:
            near = np.geomspace(self.sign.ratio / 64.0, 2.0, 2001) / term.scale
            samples += [term.kink.position - near, term.kink.position + near]
        x = np.concatenate(samples)
        x = x[(x >= self.domain[0]) & (x <= self.domain[1])]
        for term in self.terms:
            if term.kink.jump:
                x = x[np.abs(x - term.kink.position) >= self.gap]
        return float(np.max(np.abs(self(x) - function(x)), initial=0.0))


def approximate_composite(
    function: ActivationFunction,
    domain: Domain | None = None,
    *,
    precision: float | None = None,
    degrees: Sequence[int] | None = None,
    levels: int | None = None,
    cache: Cache = NO_CACHE,
) -> CompositeActivation | Polynomial:
    """A piecewise linear function by a composition; a line where it has no kink inside the domain.

    Args:
        function: one with ``pieces``.
        domain: (a, b); by default the function's default range.
        precision: bits of the result relative to the half width of the range, by default 13: of
            relu on (-8, 8) with 10 bits the largest error is 8 · 2^-10. For functions that jump: relative
            to the jump, and from a distance of 2^-precision of the half width on.
        degrees: of the polynomials to compose, instead of the degrees for a precision.
        levels: those of the sign, instead of a precision; the best composition that fits is taken.
        cache: remembers compositions for the sign, which are the same for all ranges.

    Raises:
        ParameterError: the function is not piecewise linear; the domain, the precision, the degrees or
            the levels are unusable, or more than one of them is given.
    """
    if function.pieces is None:
        raise ParameterError(
            f"{function.name} is not piecewise linear, so that no composition for the sign gives it",
            where=function.name,
            hint='use method="minimax"',
        )
    if sum(one is not None for one in (precision, degrees, levels)) > 1:
        raise ParameterError(
            "precision, degrees and levels exclude each other", hint="give one of them, or none for 13 bits"
        )
    a, b = function.default_range if domain is None else domain
    interval = (float(a), float(b))
    require_domain(interval)
    pieces = function.pieces.within(interval)
    if not pieces.kinks:
        return Polynomial.from_power_basis((pieces.constant, pieces.slope), interval)
    return _compose(pieces, interval, _remembered_sign(pieces, precision, degrees, levels, cache))


def _remembered_sign(
    pieces: PiecewiseLinear,
    precision: float | None,
    degrees: Sequence[int] | None,
    levels: int | None,
    cache: Cache,
) -> CompositeSign:
    weight = sum(abs(kink.weight) for kink in pieces.kinks)
    inputs = (bool(pieces.jumps), weight, precision, tuple(degrees or ()), levels)
    key = key_of("sign", inputs, code=("hetorch_heir.approx",), libraries=("mpmath",))
    return cache.remember(key, lambda: _sign(pieces, precision, degrees, levels))


def _sign(
    pieces: PiecewiseLinear, precision: float | None, degrees: Sequence[int] | None, levels: int | None
) -> CompositeSign:
    if levels is not None:
        degrees = best_abs(levels).degrees
    if degrees is not None and pieces.jumps:
        return composite_sign(tuple(degrees), 2.0 ** -_comparison_bits(tuple(degrees)))
    if degrees is not None:
        return composite_abs(tuple(degrees))
    bits = DEFAULT_PRECISION if precision is None else precision
    if pieces.jumps:
        return choose_sign(bits)
    return choose_abs(max(1.0, bits + math.log2(sum(abs(kink.weight) for kink in pieces.kinks))))


def _comparison_bits(degrees: tuple[int, ...]) -> float:
    """The bits to which those degrees compare: the error and the gap are both 2^-bits."""
    low, high = 0.5, 40.0
    for _ in range(40):
        bits = (low + high) / 2.0
        reached = composite_sign(degrees, 2.0**-bits, polished=False).error <= 2.0 ** (1.0 - bits)
        low, high = (bits, high) if reached else (low, bits)
    return low


def _compose(pieces: PiecewiseLinear, domain: Domain, sign: CompositeSign) -> CompositeActivation:
    half_width = max(max(domain[1] - kink.position, kink.position - domain[0]) for kink in pieces.kinks)
    constant, slope = pieces.constant, pieces.slope
    terms: list[SignTerm] = []
    for kink in pieces.kinks:
        last = sign.polynomials[-1]
        if not kink.weight:
            terms.append(SignTerm(kink, 1.0 / half_width, _affine(last, kink.jump, 0.0), None))
            continue
        # w (x - c) p + j p = (t + j / (w h)) (w h p), and slope * x = slope * h t + slope * c joins in.
        height = kink.weight * half_width
        offset = kink.jump / height
        rest = slope * half_width
        terms.append(SignTerm(kink, 1.0 / half_width, _affine(last, height, rest), offset))
        constant += slope * kink.position - rest * offset
        slope = 0.0
    return CompositeActivation(domain, sign, tuple(terms), constant, slope)


def _affine(polynomial: Polynomial, factor: float, constant: float) -> Polynomial:
    coefficients = [factor * c for c in polynomial.coefficients]
    coefficients[0] += constant
    return Polynomial(tuple(coefficients), polynomial.domain)
