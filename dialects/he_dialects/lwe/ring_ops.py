"""The operations on the polynomials that ciphertexts consist of."""

from __future__ import annotations

from collections.abc import Mapping
from typing import ClassVar, Self

from typing_extensions import override
from xdsl.dialects.builtin import IndexType, IntegerAttr, TensorType
from xdsl.ir import Attribute, TypeAttribute
from xdsl.irdl import (
    irdl_op_definition,
    operand_def,
    prop_def,
    result_def,
    traits_def,
    var_operand_def,
)
from xdsl.parser import Parser
from xdsl.printer import Printer
from xdsl.traits import Pure
from xdsl.utils.exceptions import VerifyException
from xdsl.utils.hints import isa

from he_dialects.assembly import PropertyOp, TypeSignature
from he_dialects.lwe import rules
from he_dialects.lwe.types import CiphertextType, RingEltType
from he_dialects.rns import RNSType, require_rns, verify_slice
from he_dialects.syntax import ATTRIBUTE, INDEX, Syntax


@irdl_op_definition
class MulRingEltOp(PropertyOp):
    """Product of a ring element and each polynomial of a ciphertext."""

    name = "lwe.mul_ring_elt"

    lhs = operand_def(RingEltType)
    rhs = operand_def(CiphertextType)
    output = result_def(CiphertextType)
    traits = traits_def(Pure())

    def verify_(self) -> None:
        if self.output.type != self.rhs.type:
            raise VerifyException("the result must have the ciphertext's type")
        element = self.lhs.type
        if not isinstance(element, RingEltType) or element.ring != rules.ciphertext(self.rhs).ring:
            raise VerifyException("Input rings do not match")


@irdl_op_definition
class ExtractCoeffOp(PropertyOp):
    """One of the polynomials of a ciphertext: the factor of a power of the secret key."""

    name = "lwe.extract_coeff"

    value = operand_def(CiphertextType)
    index = prop_def(IntegerAttr[IndexType])
    output = result_def(RingEltType)
    traits = traits_def(Pure())
    PROPERTIES: ClassVar[Mapping[str, Syntax]] = {"index": INDEX}

    @classmethod
    @override
    def parse(cls, parser: Parser) -> Self:
        operand = parser.parse_unresolved_operand()
        properties = cls.parse_properties(parser)
        attributes = cls.parse_attributes(parser)
        parser.parse_punctuation(":")
        value_type = parser.parse_type()
        if not isinstance(value_type, CiphertextType):
            parser.raise_error(f"expected a ciphertext type, got {value_type}")
        return cls.create(
            operands=[parser.resolve_operand(operand, value_type)],
            result_types=[RingEltType(value_type.ring)],
            properties=properties,
            attributes=attributes,
        )

    @override
    def print(self, printer: Printer) -> None:
        printer.print_string(" ")
        printer.print_ssa_value(self.value)
        self.print_properties(printer)
        printer.print_op_attributes(self.attributes)
        printer.print_string(" : ")
        printer.print_attribute(self.value.type)

    def verify_(self) -> None:
        encrypted, index = rules.ciphertext(self.value), self.index.value.data
        if not 0 <= index < encrypted.size:
            raise VerifyException(
                f"index {index} must be smaller than the number of ciphertext components {encrypted.size}"
            )
        if self.output.type != RingEltType(encrypted.ring):
            raise VerifyException("the result must be in the ciphertext's ring")


@irdl_op_definition
class FromCoeffsOp(PropertyOp):
    """The ciphertext with the given polynomials."""

    name = "lwe.from_coeffs"

    coeffs = var_operand_def(RingEltType)
    output = result_def(CiphertextType)
    traits = traits_def(Pure())

    def verify_(self) -> None:
        if not self.coeffs:
            raise VerifyException("Ciphertexts must have at least one component; got 0")


def _ring_elt(value_type: Attribute) -> RingEltType:
    if not isinstance(value_type, RingEltType):
        raise VerifyException(f"expected a ring element, got {value_type}")
    return value_type


@irdl_op_definition
class ExtractSliceOp(PropertyOp):
    """A run of the residues of a ring element."""

    name = "lwe.extract_slice"

    input = operand_def(RingEltType)
    start = prop_def(IntegerAttr[IndexType])
    size = prop_def(IntegerAttr[IndexType])
    output = result_def(RingEltType)
    traits = traits_def(Pure())
    PROPERTIES: ClassVar[Mapping[str, Syntax]] = {"start": INDEX, "size": INDEX}
    SIGNATURE: ClassVar[TypeSignature] = TypeSignature.ARROW

    def verify_(self) -> None:
        start, size = self.start.value.data, self.size.value.data
        basis = require_rns(_ring_elt(self.input.type).ring.coefficient_type)
        verify_slice(basis, start, size)
        if _ring_elt(self.output.type).ring.coefficient_type != RNSType.get(
            basis.basis.data[start : start + size]
        ):
            raise VerifyException("the result's basis must be the slice of the input's")


@irdl_op_definition
class ConvertBasisOp(PropertyOp):
    """The centred representative of a ring element in another basis."""

    name = "lwe.convert_basis"

    value = operand_def(RingEltType)
    target_basis = prop_def(TypeAttribute, prop_name="targetBasis")
    output = result_def(RingEltType)
    traits = traits_def(Pure())
    PROPERTIES: ClassVar[Mapping[str, Syntax]] = {"targetBasis": ATTRIBUTE}
    SIGNATURE: ClassVar[TypeSignature] = TypeSignature.ARROW

    def verify_(self) -> None:
        if _ring_elt(self.output.type).ring.coefficient_type != self.target_basis:
            raise VerifyException("the result must be in the target basis")


@irdl_op_definition
class ModDownOp(PropertyOp):
    """A ciphertext divided by the primes that the target basis lacks, and rounded."""

    name = "lwe.mod_down"

    input = operand_def(CiphertextType)
    target_basis = prop_def(TypeAttribute, prop_name="targetBasis")
    output = result_def(CiphertextType)
    traits = traits_def(Pure())
    PROPERTIES: ClassVar[Mapping[str, Syntax]] = {"targetBasis": ATTRIBUTE}
    SIGNATURE: ClassVar[TypeSignature] = TypeSignature.ARROW

    def verify_(self) -> None:
        basis = require_rns(rules.ciphertext(self.input).ring.coefficient_type).basis.data
        target = self.target_basis
        if not isinstance(target, RNSType):
            raise VerifyException("Expected targetBasis to be RNSType")
        length = len(target.basis)
        if length >= len(basis) or basis[:length] != target.basis.data:
            raise VerifyException("Target basis is not a prefix of the input basis")


@irdl_op_definition
class KeySwitchInnerOp(PropertyOp):
    """The products of a ring element's digits with a key-switching key, summed."""

    name = "lwe.key_switch_inner"

    value = operand_def(RingEltType)
    key_switching_key = operand_def(TensorType[CiphertextType])
    const_term = result_def(RingEltType)
    linear_term = result_def(RingEltType)
    traits = traits_def(Pure())

    def verify_(self) -> None:
        key = self.key_switching_key.type
        if not isa(key, TensorType[CiphertextType]):
            raise VerifyException("KSKs must be a tensor of Ciphertexts")
        require_rns(key.get_element_type().ring.coefficient_type)
        require_rns(_ring_elt(self.value.type).ring.coefficient_type)
        if len(key.get_shape()) != 1:
            raise VerifyException(f"KeySwitchingKey must be a rank-1 tensor, got {key}")
