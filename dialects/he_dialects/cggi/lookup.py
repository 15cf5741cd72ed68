"""Lookup tables: programmable bootstrapping of one ciphertext, or of a combination of several."""

from __future__ import annotations

from abc import ABC
from collections.abc import Iterable, Mapping
from typing import ClassVar

from xdsl.dialects.builtin import (
    I8,
    I32,
    AnyFloat,
    ArrayAttr,
    DenseArrayBase,
    IntegerAttr,
    IntegerType,
)
from xdsl.ir import Attribute
from xdsl.irdl import (
    irdl_op_definition,
    operand_def,
    prop_def,
    result_def,
    traits_def,
    var_operand_def,
    var_result_def,
)
from xdsl.traits import Pure, SameOperandsAndResultType
from xdsl.utils.exceptions import VerifyException

from he_dialects.assembly import PropertyOp, TypeSignature, element_type
from he_dialects.elementwise import ElementwiseMappable
from he_dialects.lwe import CiphertextType
from he_dialects.lwe.rules import CIPHERTEXT_LIKE
from he_dialects.syntax import ATTRIBUTE, I8_ARRAY, I32_ARRAY, Syntax

INDEX_WIDTH = 64
"""The number of bits of an ``index``."""


def _bit_width(value_type: Attribute) -> int:
    """The number of bits of the messages of a ciphertext, or of the elements of a tensor of them."""
    ciphertext = element_type(value_type)
    if not isinstance(ciphertext, CiphertextType):
        raise VerifyException("expected LWE ciphertext element type")
    coefficients = ciphertext.plaintext_space.ring.coefficient_type
    if not isinstance(coefficients, IntegerType | AnyFloat):
        raise VerifyException(f"the plaintexts must be integers of known width, got {coefficients}")
    return coefficients.bitwidth


def _active_bits(table: IntegerAttr) -> int:
    """The number of bits of a table up to the highest that is set."""
    width = table.type.width.data if isinstance(table.type, IntegerType) else INDEX_WIDTH
    return (table.value.data % (1 << width)).bit_length()


def _verify_coefficients(coefficients: Iterable[int], inputs: int, bit_width: int) -> None:
    coefficients = list(coefficients)
    if len(coefficients) != inputs:
        raise VerifyException("number of coefficients must match number of inputs")
    largest = (1 << bit_width) - 1
    for coefficient in coefficients:
        if coefficient > largest:
            raise VerifyException(
                f"coefficient pushes error bits into message space: {coefficient} is larger than {largest}"
            )


def _verify_table(active_bits: int, bit_width: int) -> None:
    if active_bits > 1 << bit_width:
        raise VerifyException(
            f"LUT is larger than available cleartext bit width: it has {active_bits} active bits, more "
            f"than {1 << bit_width}"
        )


@irdl_op_definition
class ProgrammableBootstrapOp(PropertyOp):
    """A lookup table applied to one ciphertext: bit ``i`` of the table for the message ``i``."""

    name = "cggi.programmable_bootstrap"

    input = operand_def(CIPHERTEXT_LIKE)
    lookup_table = prop_def(IntegerAttr)
    output = result_def(CIPHERTEXT_LIKE)
    traits = traits_def(Pure(), SameOperandsAndResultType(), ElementwiseMappable())
    PROPERTIES: ClassVar[Mapping[str, Syntax]] = {"lookup_table": ATTRIBUTE}
    SIGNATURE: ClassVar[TypeSignature] = TypeSignature.SHARED

    def verify_(self) -> None:
        _verify_table(_active_bits(self.lookup_table), _bit_width(self.output.type))


class _LutOp(PropertyOp, ABC):
    """A lookup table of bits, whose operands are the bits of its index, the highest first."""

    PROPERTIES: ClassVar[Mapping[str, Syntax]] = {"lookup_table": ATTRIBUTE}
    SIGNATURE: ClassVar[TypeSignature] = TypeSignature.SHARED


@irdl_op_definition
class Lut2Op(_LutOp):
    """A lookup table of two bits."""

    name = "cggi.lut2"

    b = operand_def(CIPHERTEXT_LIKE)
    a = operand_def(CIPHERTEXT_LIKE)
    lookup_table = prop_def(IntegerAttr)
    output = result_def(CIPHERTEXT_LIKE)
    traits = traits_def(Pure(), SameOperandsAndResultType(), ElementwiseMappable())


@irdl_op_definition
class Lut3Op(_LutOp):
    """A lookup table of three bits."""

    name = "cggi.lut3"

    c = operand_def(CIPHERTEXT_LIKE)
    b = operand_def(CIPHERTEXT_LIKE)
    a = operand_def(CIPHERTEXT_LIKE)
    lookup_table = prop_def(IntegerAttr)
    output = result_def(CIPHERTEXT_LIKE)
    traits = traits_def(Pure(), SameOperandsAndResultType(), ElementwiseMappable())


@irdl_op_definition
class Lut4Op(_LutOp):
    """A lookup table of four bits."""

    name = "cggi.lut4"

    d = operand_def(CIPHERTEXT_LIKE)
    c = operand_def(CIPHERTEXT_LIKE)
    b = operand_def(CIPHERTEXT_LIKE)
    a = operand_def(CIPHERTEXT_LIKE)
    lookup_table = prop_def(IntegerAttr)
    output = result_def(CIPHERTEXT_LIKE)
    traits = traits_def(Pure(), SameOperandsAndResultType(), ElementwiseMappable())


@irdl_op_definition
class PackedLut3Op(PropertyOp):
    """Lookup tables of three bits, one for each element of the tensors."""

    name = "cggi.packed_lut3"

    a = operand_def(CIPHERTEXT_LIKE)
    b = operand_def(CIPHERTEXT_LIKE)
    c = operand_def(CIPHERTEXT_LIKE)
    lookup_tables = prop_def(ArrayAttr[IntegerAttr])
    output = result_def(CIPHERTEXT_LIKE)
    traits = traits_def(Pure(), SameOperandsAndResultType())
    PROPERTIES: ClassVar[Mapping[str, Syntax]] = {"lookup_tables": ATTRIBUTE}


@irdl_op_definition
class LutLinCombOp(PropertyOp):
    """A lookup table applied to a linear combination of ciphertexts."""

    name = "cggi.lut_lincomb"

    inputs = var_operand_def()
    coefficients = prop_def(DenseArrayBase[I32])
    lookup_table = prop_def(IntegerAttr)
    output = result_def()
    traits = traits_def(Pure(), SameOperandsAndResultType(), ElementwiseMappable())
    PROPERTIES: ClassVar[Mapping[str, Syntax]] = {"coefficients": I32_ARRAY, "lookup_table": ATTRIBUTE}
    SIGNATURE: ClassVar[TypeSignature] = TypeSignature.SHARED

    def verify_(self) -> None:
        width = _bit_width(self.output.type)
        _verify_coefficients(self.coefficients.iter_values(), len(self.inputs), width)
        _verify_table(_active_bits(self.lookup_table), width)


@irdl_op_definition
class MultiLutLinCombOp(PropertyOp):
    """Several lookup tables applied to one linear combination of ciphertexts."""

    name = "cggi.multi_lut_lincomb"

    inputs = var_operand_def(CIPHERTEXT_LIKE)
    coefficients = prop_def(DenseArrayBase[I32])
    lookup_tables = prop_def(DenseArrayBase[I32])
    outputs = var_result_def(CIPHERTEXT_LIKE)
    traits = traits_def(Pure(), ElementwiseMappable())
    PROPERTIES: ClassVar[Mapping[str, Syntax]] = {"coefficients": I32_ARRAY, "lookup_tables": I32_ARRAY}

    def verify_(self) -> None:
        if not self.outputs or len(self.outputs) != len(self.lookup_tables):
            raise VerifyException("number of outputs must match number of LUTs")
        width = _bit_width(self.outputs[0].type)
        _verify_coefficients(self.coefficients.iter_values(), len(self.inputs), width)
        for table in self.lookup_tables.iter_values():
            _verify_table((table % (1 << INDEX_WIDTH)).bit_length(), width)


@irdl_op_definition
class SelectorLutLinCombOp(PropertyOp):
    """A table of integers, of which a linear combination of ciphertexts selects one."""

    name = "cggi.selector_lut_lincomb"

    inputs = var_operand_def(CIPHERTEXT_LIKE)
    coefficients = prop_def(DenseArrayBase[I8])
    lookup_tables = prop_def(DenseArrayBase[I8])
    outputs = result_def(CIPHERTEXT_LIKE)
    traits = traits_def(Pure(), ElementwiseMappable())
    PROPERTIES: ClassVar[Mapping[str, Syntax]] = {"coefficients": I8_ARRAY, "lookup_tables": I8_ARRAY}
