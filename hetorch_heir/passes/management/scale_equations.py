"""Equations between the scales of a graph's values, and their solution.

The *deviation* of a value is log2 of its true scale over its nominal one, a power of the base scale.
Rescales add to it, because primes are no powers of two; a plaintext factor may take away from it. The
deviations that can be chosen, one for each product with a constant, are unknowns; sums require equal
deviations, results none. All other deviations are affine in the unknowns.
"""

from __future__ import annotations

from dataclasses import dataclass, field

NEGLIGIBLE = 1e-13
"""Deviations in bits that are rounding errors of this module's arithmetic."""


@dataclass(frozen=True)
class Affine:
    """A constant and a linear combination of unknowns."""

    constant: float = 0.0
    terms: dict[int, float] = field(default_factory=dict)

    def plus(self, other: Affine, factor: float = 1.0) -> Affine:
        terms = dict(self.terms)
        for unknown, value in other.terms.items():
            terms[unknown] = terms.get(unknown, 0.0) + factor * value
            if abs(terms[unknown]) < NEGLIGIBLE:
                del terms[unknown]
        return Affine(self.constant + factor * other.constant, terms)

    def shifted(self, constant: float) -> Affine:
        return Affine(self.constant + constant, self.terms)


class Equations:
    """Linear equations, solved one by one as they come; unknowns that none fixes are 0."""

    def __init__(self) -> None:
        self._unknowns = 0
        self._solved: dict[int, Affine] = {}

    def unknown(self) -> Affine:
        self._unknowns += 1
        return Affine(0.0, {self._unknowns: 1.0})

    def require_zero(self, value: Affine) -> float:
        """Adds the equation ``value = 0``; returns what is left of it, 0 unless it can't be satisfied."""
        rest = self.resolved(value)
        if not rest.terms:
            return rest.constant
        # The latest unknown: earlier ones, whose values more depends on, stay free.
        latest = max(rest.terms)
        factor = rest.terms[latest]
        others = {unknown: -one / factor for unknown, one in rest.terms.items() if unknown != latest}
        self._solved[latest] = Affine(-rest.constant / factor, others)
        return 0.0

    def resolved(self, value: Affine) -> Affine:
        """The value in terms of unknowns that no equation determines."""
        while True:
            latest = max((one for one in value.terms if one in self._solved), default=None)
            if latest is None:
                return value
            factor = value.terms[latest]
            rest = Affine(value.constant, {k: one for k, one in value.terms.items() if k != latest})
            value = rest.plus(self._solved[latest], factor)

    def value(self, of: Affine) -> float:
        return self.resolved(of).constant
