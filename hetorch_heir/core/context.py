"""What a compilation is for: scheme, parameters, backend."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from hetorch_heir.core.cache import NO_CACHE, Cache
from hetorch_heir.core.errors import ParameterError
from hetorch_heir.core.parameters import BFVParameters, BGVParameters, CKKSParameters, SchemeParameters
from hetorch_heir.core.scheme import HEScheme

if TYPE_CHECKING:
    from hetorch_heir.backends.base import CostModel, HEBackend
    from hetorch_heir.core.chain import CKKSChain

_PARAMETER_TYPES = {
    HEScheme.CKKS: CKKSParameters,
    HEScheme.BFV: BFVParameters,
    HEScheme.BGV: BGVParameters,
}


def _fake_backend() -> HEBackend[Any]:
    from hetorch_heir.backends.fake import FakeBackend

    return FakeBackend()


@dataclass(frozen=True)
class CompilationContext:
    """The target of a compilation; every pass gets it.

    Args:
        scheme: the encryption scheme.
        params: its parameters.
        backend: carries the cost model, and can execute programs; the default computes in the clear.
        cache: remembers plans and approximations; passes give the same with and without it.

    Raises:
        ParameterError: the parameters are another scheme's.
    """

    scheme: HEScheme
    params: SchemeParameters
    backend: HEBackend[Any] = field(default_factory=_fake_backend)
    cache: Cache = field(default=NO_CACHE, repr=False, compare=False)

    def __post_init__(self) -> None:
        expected = _PARAMETER_TYPES[self.scheme]
        given: object = self.params
        # BGV's parameters are a subclass of BFV's.
        if not isinstance(given, expected) or isinstance(given, BGVParameters) != (expected is BGVParameters):
            raise ParameterError(
                f"{type(given).__name__} are not parameters of {self.scheme.name}",
                hint=f"use {expected.__name__}",
            )

    @property
    def slot_count(self) -> int:
        """Slots of one ciphertext."""
        return self.params.slot_count

    @property
    def initial_level(self) -> int:
        """Level of a fresh ciphertext."""
        return self.params.initial_level

    @property
    def initial_scale(self) -> float:
        """Scale of a fresh ciphertext."""
        return self.params.initial_scale

    @property
    def chain(self) -> CKKSChain:
        """The modulus chain of the parameters.

        Raises:
            ParameterError: the scheme is not CKKS, or the parameters don't make a chain.
        """
        if not isinstance(self.params, CKKSParameters):
            raise ParameterError(f"{self.scheme.name} has no CKKS modulus chain")
        return self.params.chain

    @property
    def cost_model(self) -> CostModel:
        """Latencies and sizes of the backend's operations, with the parameters' primes if they are known."""
        model = self.backend.cost_model
        try:
            return model.for_chain(self.chain)
        except ParameterError:
            return model.for_ring(self.params.poly_modulus_degree.bit_length() - 1)
