"""HEIR's ``orion`` dialect: the operations that the Orion front end hands over on ciphertexts.

    %1 = orion.chebyshev %0 <coefficients = [0.5, 1.0], domain_start = -1.0 : f64, domain_end = 1.0 : f64>
        : (!ct) -> !ct

https://heir.dev/docs/dialects/orion/
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import ClassVar

from xdsl.dialects.builtin import (
    I32,
    ArrayAttr,
    BFloat16Type,
    DenseArrayBase,
    Float16Type,
    Float32Type,
    Float64Type,
    FloatAttr,
    IntegerAttr,
)
from xdsl.ir import Attribute, Dialect
from xdsl.irdl import irdl_op_definition, operand_def, prop_def, result_def, traits_def
from xdsl.traits import Pure

from he_dialects.assembly import PropertyOp
from he_dialects.lwe import CiphertextType
from he_dialects.lwe.rules import ElementsOf
from he_dialects.syntax import ATTRIBUTE, I32_ARRAY, Syntax

FLOAT_LIKE = ElementsOf((BFloat16Type, Float16Type, Float32Type, Float64Type))


@irdl_op_definition
class LinearTransformOp(PropertyOp):
    """The product of a matrix, given by some of its diagonals, and the slots of a ciphertext.

    Row ``i`` of ``diagonals`` is the diagonal number ``diagonal_indices[i]`` of the matrix; ``bsgs_ratio``
    is the one of baby steps to giant steps.
    """

    name = "orion.linear_transform"

    input = operand_def(CiphertextType)
    diagonals = operand_def(FLOAT_LIKE)
    diagonal_indices = prop_def(DenseArrayBase[I32])
    orion_level = prop_def(IntegerAttr)
    bsgs_ratio = prop_def(FloatAttr)
    slots = prop_def(IntegerAttr)
    result = result_def(CiphertextType)
    traits = traits_def(Pure())
    PROPERTIES: ClassVar[Mapping[str, Syntax]] = {
        "diagonal_indices": I32_ARRAY,
        "orion_level": ATTRIBUTE,
        "bsgs_ratio": ATTRIBUTE,
        "slots": ATTRIBUTE,
    }


@irdl_op_definition
class ChebyshevOp(PropertyOp):
    """A sum of Chebyshev polynomials of the slots, over an interval."""

    name = "orion.chebyshev"

    input = operand_def(CiphertextType)
    coefficients = prop_def(ArrayAttr[Attribute])
    domain_start = prop_def(FloatAttr)
    domain_end = prop_def(FloatAttr)
    result = result_def(CiphertextType)
    traits = traits_def(Pure())
    PROPERTIES: ClassVar[Mapping[str, Syntax]] = {
        "coefficients": ATTRIBUTE,
        "domain_start": ATTRIBUTE,
        "domain_end": ATTRIBUTE,
    }


Orion = Dialect("orion", [LinearTransformOp, ChebyshevOp])
