"""Contexts for tests of passes."""

from __future__ import annotations

from hetorch_heir.core.chain import CKKSChain
from hetorch_heir.core.context import CompilationContext
from hetorch_heir.core.errors import ParameterError
from hetorch_heir.core.parameters import CKKSParameters
from hetorch_heir.core.scheme import HEScheme


def context_of(slots: int = 16, levels: int = 8) -> CompilationContext:
    """CKKS with a scale of 2^40."""
    parameters = CKKSParameters(2 * slots, [60] + [40] * levels, 2.0**40)
    return CompilationContext(HEScheme.CKKS, parameters)


class _WithoutPrimes(CKKSParameters):
    @property
    def chain(self) -> CKKSChain:  # pyright: ignore[reportIncompatibleVariableOverride]
        raise ParameterError("no primes")


def context_without_primes(slots: int = 16, levels: int = 60) -> CompilationContext:
    """CKKS whose scales are nominal, so that any number of slots and levels will do."""
    parameters = _WithoutPrimes(2 * slots, [60] + [40] * levels, 2.0**40)
    return CompilationContext(HEScheme.CKKS, parameters)
