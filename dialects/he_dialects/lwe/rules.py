"""The rules of the schemes: which types an operation takes, and which type it gives.

HEIR's ``lwe``, ``ckks`` and ``bgv`` dialects enforce the same rules with the same wording; the operations
here and in :mod:`he_dialects.ckks` do so through these functions. All of them accept tensors of
ciphertexts and plaintexts, and raise :class:`~xdsl.utils.exceptions.VerifyException`.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from typing_extensions import TypeVar
from xdsl.dialects.builtin import MemRefType
from xdsl.ir import Attribute, Operation, SSAValue
from xdsl.irdl import AttrConstraint, IntConstraint, VerificationContext
from xdsl.utils.exceptions import VerifyException

from he_dialects.assembly import element_type
from he_dialects.lwe.attributes import (
    UNTRACKED_SCALE,
    EncodingAttr,
    FullCRTPackingEncodingAttr,
    InverseCanonicalEncodingAttr,
    ModulusChainAttr,
    PlaintextSpaceAttr,
)
from he_dialects.lwe.types import CiphertextType, PlaintextType
from he_dialects.mod_arith import ModIntType
from he_dialects.polynomial import RingAttr
from he_dialects.rns import RNSType


@dataclass(frozen=True)
class ElementsOf(AttrConstraint[Attribute]):
    """A type of one of ``kinds``, or a container of such that is a value: no memref."""

    kinds: tuple[type[Attribute], ...]

    def verify(self, attr: Attribute, constraint_context: VerificationContext) -> None:
        if isinstance(attr, MemRefType) or not isinstance(element_type(attr), self.kinds):
            names = " or ".join(kind.name for kind in self.kinds)
            raise VerifyException(f"must be {names}, or a tensor of it, but got {attr}")

    def mapping_type_vars(
        self, type_var_mapping: Mapping[TypeVar, AttrConstraint | IntConstraint]
    ) -> AttrConstraint[Attribute]:
        return self


CIPHERTEXT_LIKE = ElementsOf((CiphertextType,))
PLAINTEXT_LIKE = ElementsOf((PlaintextType,))
EITHER_LIKE = ElementsOf((CiphertextType, PlaintextType))


def ciphertext(value: SSAValue) -> CiphertextType:
    """The ciphertext type of a value, or of its elements."""
    value_type = element_type(value)
    if not isinstance(value_type, CiphertextType):
        raise VerifyException(f"expected a ciphertext, got {value.type}")
    return value_type


def plaintext(value: SSAValue) -> PlaintextType:
    """The plaintext type of a value, or of its elements."""
    value_type = element_type(value)
    if not isinstance(value_type, PlaintextType):
        raise VerifyException(f"expected a plaintext, got {value.type}")
    return value_type


def _values(op: Operation) -> Iterable[SSAValue]:
    return (*op.results, *op.operands)


def verify_same_rings(op: Operation) -> None:
    """Check that all ciphertexts are in one ring, that is at one level."""
    rings = {t.ring for v in _values(op) if isinstance(t := element_type(v), CiphertextType)}
    if len(rings) > 1:
        raise VerifyException("requires all operands and results to have the same rings")


def verify_same_plaintext_spaces(op: Operation) -> None:
    """Check that all ciphertexts and plaintexts have one plaintext space, that is one scale."""
    spaces = dict.fromkeys(
        t.plaintext_space
        for v in _values(op)
        if isinstance(t := element_type(v), CiphertextType | PlaintextType)
    )
    if len(spaces) > 1:
        first, second, *_ = spaces
        raise VerifyException(
            "requires all operands and results to have the same plaintextSpace, "
            f"but found {first} and {second}"
        )


def verify_same_ciphertexts(op: Operation) -> None:
    """Check that all ciphertexts have one type."""
    types = {t for v in _values(op) if isinstance(t := element_type(v), CiphertextType)}
    if len(types) > 1:
        raise VerifyException("requires all ciphertexts to have the same ciphertextType")


def verify_like(output: SSAValue, like: CiphertextType, size: int) -> None:
    """Check that a result has the ring, key and chain of an operand, and ``size`` polynomials."""
    out = ciphertext(output)
    same = (
        out.ring == like.ring
        and out.key == like.key
        and out.modulus_chain == like.modulus_chain
        and out.ciphertext_space.encryption_type == like.ciphertext_space.encryption_type
    )
    if not same or out.size != size:
        raise VerifyException(
            f"the result must be a ciphertext of {size} polynomials, of the operand's ring, key and modulus "
            f"chain, got {out}"
        )


def verify_sum(lhs: SSAValue, rhs: SSAValue, output: SSAValue) -> None:
    """Check the result of a sum of two ciphertexts, whose rings and scales are equal."""
    x, y = ciphertext(lhs), ciphertext(rhs)
    verify_like(output, x, max(x.size, y.size))


def split_plain_operands(lhs: SSAValue, rhs: SSAValue) -> tuple[SSAValue, SSAValue]:
    """Ciphertext and plaintext of an operation on one of each, in either order."""
    left, right = element_type(lhs), element_type(rhs)
    if isinstance(left, CiphertextType) and isinstance(right, PlaintextType):
        return lhs, rhs
    if isinstance(left, PlaintextType) and isinstance(right, CiphertextType):
        return rhs, lhs
    raise VerifyException(f"expected a ciphertext and a plaintext, got {lhs.type}, {rhs.type}")


def _plaintext_modulus(space: PlaintextSpaceAttr) -> int:
    coefficients = space.ring.coefficient_type
    if not isinstance(coefficients, ModIntType):
        raise VerifyException(f"the plaintexts must be modulo a number, got a ring over {coefficients}")
    return coefficients.modulus.value.data


def multiply_spaces(x: PlaintextSpaceAttr, y: PlaintextSpaceAttr) -> PlaintextSpaceAttr:
    """The plaintext space of a product: in CKKS the logarithms of the scales add up."""
    left, right = x.encoding.scaling_factor.data, y.encoding.scaling_factor.data
    if UNTRACKED_SCALE in (left, right):
        return _with_scale(x, UNTRACKED_SCALE)
    if isinstance(x.encoding, FullCRTPackingEncodingAttr):
        return _with_scale(x, left * right % _plaintext_modulus(x))
    return _with_scale(x, left + right)


def divide_space(x: PlaintextSpaceAttr, divisor: int) -> PlaintextSpaceAttr:
    """The plaintext space after division by ``divisor``: a rescale (CKKS) or modulus switch (BGV)."""
    scale = x.encoding.scaling_factor.data
    if scale == UNTRACKED_SCALE:
        return x
    if isinstance(x.encoding, FullCRTPackingEncodingAttr):
        modulus = _plaintext_modulus(x)
        if math.gcd(divisor, modulus) != 1:
            raise VerifyException(f"{divisor} can't be divided by modulo the plaintext modulus {modulus}")
        return _with_scale(x, scale * pow(divisor, -1, modulus) % modulus)
    if scale == 0:
        return x
    return _with_scale(x, scale - round(math.log2(divisor)))


def _with_scale(space: PlaintextSpaceAttr, scale: int) -> PlaintextSpaceAttr:
    encoding: EncodingAttr = space.encoding
    if not isinstance(encoding, InverseCanonicalEncodingAttr | FullCRTPackingEncodingAttr):
        raise VerifyException(f"the scale of a product isn't defined for {encoding}")
    return PlaintextSpaceAttr(space.ring, type(encoding).get(scale))


def verify_mul(lhs: SSAValue, rhs: SSAValue, output: SSAValue) -> None:
    """Check dimension and scale of a product of two ciphertexts."""
    x, y, out = ciphertext(lhs), ciphertext(rhs), ciphertext(output)
    if out.size != x.size + y.size - 1:
        raise VerifyException("output.dim == x.dim + y.dim - 1 does not hold")
    if out.plaintext_space != multiply_spaces(x.plaintext_space, y.plaintext_space):
        raise VerifyException("output plaintext space does not match")
    verify_like(output, x, out.size)


def verify_mul_plain(lhs: SSAValue, rhs: SSAValue, output: SSAValue) -> None:
    """Check dimension and scale of a product of a ciphertext and a plaintext."""
    encrypted, clear = split_plain_operands(lhs, rhs)
    x, y, out = ciphertext(encrypted), plaintext(clear), ciphertext(output)
    if out.size != x.size:
        raise VerifyException("output.dim == x.dim does not hold")
    if out.plaintext_space != multiply_spaces(x.plaintext_space, y.plaintext_space):
        raise VerifyException("output plaintext space does not match")
    verify_like(output, x, x.size)


def verify_rotate(input: SSAValue, output: SSAValue, shifts: int) -> None:
    """Check the dimension of a rotation, and that one of the two kinds of shift is given."""
    if ciphertext(input).size != 2:
        raise VerifyException("x.dim == 2 does not hold")
    if ciphertext(output).size != 2:
        raise VerifyException("output.dim == 2 does not hold")
    verify_one_shift(shifts)


def verify_one_shift(shifts: int) -> None:
    """Check that exactly one of the static and the dynamic shift is given."""
    if shifts != 1:
        raise VerifyException(f"expected a static or a dynamic shift, and not both: got {shifts} of them")


def verify_relinearize(input: SSAValue, output: SSAValue, from_basis: int, to_basis: int) -> None:
    """Check that the lengths of the key bases are the dimensions."""
    if ciphertext(input).size != from_basis:
        raise VerifyException("input dimension does not match from_basis")
    if ciphertext(output).size != to_basis:
        raise VerifyException("output dimension does not match to_basis")
    x = ciphertext(input)
    verify_like(output, x, to_basis)
    if ciphertext(output).plaintext_space != x.plaintext_space:
        raise VerifyException("output plaintext space does not match")


def verify_rescale(input: SSAValue, output: SSAValue, to_ring: RingAttr) -> None:
    """Check that the output's ring is a part of the input's, and that the scale follows."""
    x, out = ciphertext(input), ciphertext(output)
    if out.ring != to_ring:
        raise VerifyException("output ciphertext_space ring should match to_ring")
    divisor = _dropped_modulus(x.ring.coefficient_type, out.ring.coefficient_type)
    if out.plaintext_space != divide_space(x.plaintext_space, divisor):
        raise VerifyException("output plaintext space does not match")


def _dropped_modulus(before: Attribute, after: Attribute) -> int:
    if isinstance(before, RNSType) and isinstance(after, RNSType):
        if len(before.basis) <= len(after.basis):
            raise VerifyException("output ring basis size should be less than the input ring basis size")
        if before.basis.data[: len(after.basis)] != after.basis.data:
            raise VerifyException("output ring basis should be a prefix of the input ring basis")
        return math.prod(prime.modulus.value.data for prime in before.basis.data[len(after.basis) :])
    if isinstance(before, ModIntType) and isinstance(after, ModIntType):
        large, small = before.modulus.value.data, after.modulus.value.data
        if large <= small:
            raise VerifyException("output ring modulus should be less than the input ring modulus")
        if large % small != 0:
            raise VerifyException("output ring modulus should divide the input ring modulus")
        return large // small
    raise VerifyException("input and output rings should have either mod_arith or rns coefficient types")


def verify_level_reduce(input: SSAValue, output: SSAValue, levels: int) -> None:
    """Check that ``levels`` primes of the chain are dropped."""
    before, after = ciphertext(input).modulus_chain, ciphertext(output).modulus_chain
    if not isinstance(before, ModulusChainAttr) or not isinstance(after, ModulusChainAttr):
        raise VerifyException("input and output must have a modulus chain")
    if before.current.data < levels:
        raise VerifyException("level_to_drop is out of bounds")
    if after.current.data != before.current.data - levels:
        raise VerifyException("output modulus chain size does not match")
    if ciphertext(output).size != ciphertext(input).size:
        raise VerifyException("output.dim == x.dim does not hold")
