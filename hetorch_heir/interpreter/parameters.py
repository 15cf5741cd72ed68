"""What a module's attributes say about the scheme."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, cast

from he_dialects.ckks import SCHEME_PARAM, SchemeParamAttr
from xdsl.dialects.builtin import IntegerAttr, ModuleOp

SLOT_COUNT = "scheme.actual_slot_count"


@dataclass(frozen=True)
class ProgramParameters:
    """Slots and primes of a program, as far as they are known."""

    slots: int | None = None
    moduli: tuple[int, ...] = ()
    """The primes of the ciphertext modulus, the one that is dropped last first."""

    @staticmethod
    def of(module: ModuleOp) -> ProgramParameters:
        slots = cast("IntegerAttr[Any] | None", module.attributes.get(SLOT_COUNT))
        scheme = module.attributes.get(SCHEME_PARAM)
        moduli = scheme.q.get_values() if isinstance(scheme, SchemeParamAttr) else ()
        return ProgramParameters(None if slots is None else slots.value.data, tuple(moduli))
