"""Slots, primes and scales of a program that somebody else wrote, and what is chosen where it is silent."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any, cast

from he_dialects import lwe, openfhe
from he_dialects.ckks import SCHEME_PARAM, SchemeParamAttr
from he_dialects.locations import place_of
from he_dialects.lwe import ModulusChainAttr
from xdsl.dialects import func
from xdsl.dialects.builtin import IntegerAttr, ModuleOp, NoneAttr, TensorType, UnitAttr, i64
from xdsl.ir import Attribute, Operation

from hetorch_heir.conversions.foreign_interface import argument_types, ciphertext_shape
from hetorch_heir.core.chain import choose_chain
from hetorch_heir.core.errors import ProgramError
from hetorch_heir.core.primes import ntt_primes_below
from hetorch_heir.interpreter.openfhe import ContextParameters
from hetorch_heir.interpreter.parameters import ProgramParameters

DEFAULT_SCALE = 40
"""log2 of the scale of programs that give none."""

FIRST_PRIME_BITS = 60
SPECIAL_PRIME_BITS = 60

OTHER_SCHEMES = ("bgv", "bfv", "cggi")

DIALECTS = {"secret": ("secret",), "ckks": ("ckks", "lwe"), "openfhe": ("openfhe",)}
"""The dialects whose operations show the level that a program is at."""

FOREIGN_DIALECTS = frozenset({"bgv", "cggi", "tfhe_rust", "tfhe_rust_bool", "lattigo", "jaxite", "fptlang"})
"""Dialects of other schemes and other back ends."""


def level_of(module: ModuleOp) -> str:
    """The level of a program: "openfhe", "ckks", "secret" or "hetorch".

    Raises:
        ProgramError: it is none of these, or of another scheme than CKKS.
    """
    for scheme in OTHER_SCHEMES:
        if f"scheme.{scheme}" in module.attributes:
            raise ProgramError(
                f"the program is of scheme {scheme.upper()}, and only CKKS can be imported",
                where=place_of(module),
                hint="lower it with scheme=ckks",
            )
    found = set[str]()
    for op in module.walk():
        dialect = op.dialect_name()
        if dialect in FOREIGN_DIALECTS:
            raise ProgramError(
                f"{op.name} can't be imported",
                where=place_of(op),
                hint="import a CKKS program at secret or ckks level, or lowered to openfhe",
            )
        found.add(dialect)
    for level in ("hetorch", "openfhe", "ckks", "secret"):
        if found.intersection(DIALECTS.get(level, (level,))):
            return level
    raise ProgramError(
        "the program has no homomorphic operations of a dialect that can be imported",
        hint="import a module with operations of secret, ckks or openfhe; heir-opt --secretize --wrap-generic"
        " makes one of a function on tensors",
    )


@dataclass(frozen=True)
class ForeignParameters:
    """What the operations of a program refer to."""

    slots: int
    moduli: tuple[int, ...]
    """The primes that levels and rescales are checked against; empty if the program doesn't give them."""
    scale: int
    """log2 of the default scale."""
    scheme: SchemeParamAttr | None
    openfhe: ContextParameters | None = None
    first_bits: int = FIRST_PRIME_BITS
    """Size of the prime that stays to the end, where primes have to be chosen."""

    @staticmethod
    def of(module: ModuleOp, level: str, main: func.FuncOp) -> ForeignParameters:
        """Read them from a module.

        Raises:
            ProgramError: the slots aren't a power of two, or OpenFHE's parameters are missing.
        """
        scheme = module.attributes.get(SCHEME_PARAM)
        scheme = scheme if isinstance(scheme, SchemeParamAttr) else _from_types(main)
        known = ProgramParameters.of(module).slots if level != "secret" else None
        slots = known or _slots(module, level, main)
        if slots.bit_count() != 1:
            raise ProgramError(
                f"the program's ciphertexts have {slots} slots, which is no power of two",
                where=place_of(main),
                hint="pad the tensors",
            )
        scale = DEFAULT_SCALE if scheme is None else scheme.log_default_scale.data
        moduli = () if scheme is None else scheme.primes
        if level != "openfhe":
            return ForeignParameters(slots, moduli, scale, scheme)
        context = ContextParameters.of(module)
        if not _agree(moduli, context):
            scheme, moduli = None, ()
        first_bits = max(_first_bits(module), context.scale)
        return ForeignParameters(slots, moduli, context.scale, scheme, context, first_bits)

    def attributes(self, top_level: int) -> dict[str, Attribute]:
        """The attributes of the ``hetorch`` module whose fresh ciphertexts are at ``top_level``.

        Raises:
            ProgramError: the program gives fewer primes than it takes levels.
            ParameterError: no parameters are large enough.
        """
        scheme = self.scheme
        if scheme is not None and top_level >= len(scheme.primes):
            raise ProgramError(
                f"the program takes {top_level} levels, but {SCHEME_PARAM} has {len(scheme.primes)} primes",
                hint="give one prime per level and one more",
            )
        if scheme is None:
            chain = choose_chain(top_level, self.scale, max(self.first_bits, self.scale), self.slots)
            scheme = SchemeParamAttr.get(chain.log_n, chain.Q, chain.P, chain.log_scale)
        slots = IntegerAttr(self.slots, i64)
        return {
            "scheme.ckks": UnitAttr(),
            "scheme.requested_slot_count": slots,
            "scheme.actual_slot_count": slots,
            SCHEME_PARAM: scheme,
        }


def _first_bits(module: ModuleOp) -> int:
    generators = (op for op in module.walk() if isinstance(op, openfhe.setup.GenParamsOp))
    return next((op.first_mod_size.value.data for op in generators), 0) or FIRST_PRIME_BITS


def _agree(moduli: tuple[int, ...], context: ContextParameters) -> bool:
    """Whether the primes are those that OpenFHE's parameters stand for."""
    sizes = {round(math.log2(modulus)) for modulus in moduli[1:]}
    return len(moduli) > context.depth and sizes <= {context.scale}


def _from_types(main: func.FuncOp) -> SchemeParamAttr | None:
    """The parameters that the types of ciphertexts give; special primes are chosen."""
    for value_type in argument_types(main):
        element = value_type.get_element_type() if isinstance(value_type, TensorType) else value_type
        if isinstance(element, lwe.CiphertextType) and isinstance(element.modulus_chain, ModulusChainAttr):
            primes = tuple(prime.value.data for prime in element.modulus_chain.elements)
            log_n = _degree(element).bit_length() - 1
            special = ntt_primes_below(SPECIAL_PRIME_BITS, -(-len(primes) // 3), log_n, exclude=primes)
            scale = element.scale if element.tracks_scale else DEFAULT_SCALE
            return SchemeParamAttr.get(log_n, primes, special, scale)
    return None


def _degree(ciphertext: lwe.CiphertextType) -> int:
    modulus = ciphertext.ring.polynomial_modulus
    return 0 if isinstance(modulus, NoneAttr) else modulus.degree


def _slots(module: ModuleOp, level: str, main: func.FuncOp) -> int:
    """The length of the vectors that are encoded."""
    if level == "secret":
        for value_type in argument_types(main):
            if ciphertext_shape(value_type) is not None:
                clear = cast(Any, value_type).value_type
                if not isinstance(clear, TensorType):
                    raise ProgramError(
                        f"an argument is {value_type}, a single number",
                        where=place_of(main),
                        hint="run heir-opt --mlir-to-secret-arithmetic, which packs numbers in tensors",
                    )
                return clear.get_shape()[-1]
    lengths = [_length(op) for op in module.walk()]
    if (longest := max(lengths, default=0)) > 0:
        return longest
    for value_type in argument_types(main):
        element = value_type.get_element_type() if isinstance(value_type, TensorType) else value_type
        if isinstance(element, lwe.CiphertextType):
            return _degree(element) // 2
    raise ProgramError(
        "the program doesn't say how many slots its ciphertexts have",
        where=place_of(main),
        hint="give the module the attribute scheme.actual_slot_count",
    )


def _length(op: Operation) -> int:
    match op:
        case lwe.ops.RLWEEncodeOp():
            encoded = op.operands[0].type
        case openfhe.setup.MakeCKKSPackedPlaintextOp():
            encoded = op.operands[1].type
        case _:
            return 0
    return encoded.get_shape()[-1] if isinstance(encoded, TensorType) else 1
