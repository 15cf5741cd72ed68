"""HEIR's ``math_ext`` dialect: functions that MLIR's ``math`` lacks.

    %1 = math_ext.softmax %0 {domain_lower = -3.0 : f64, domain_upper = 2.0 : f64} : tensor<8xf32>

https://heir.dev/docs/dialects/mathext/
"""

from __future__ import annotations

from xdsl.dialects.builtin import IntegerType, Signedness, TensorType
from xdsl.ir import Dialect
from xdsl.traits import SameOperandsAndResultType
from xdsl.utils.exceptions import VerifyException
from xdsl.utils.hints import isa

from he_dialects.assembly import PropertyOp, TypeSignature, element_type
from he_dialects.elementwise import ElementwiseMappable
from he_dialects.lwe.rules import ElementsOf
from he_dialects.orion import FLOAT_LIKE
from he_dialects.tables import operation

NUMBER_LIKE = ElementsOf((IntegerType, *FLOAT_LIKE.kinds))


def _verify_signless(op: PropertyOp) -> None:
    element = element_type(op.operands[0])
    if isa(element, IntegerType) and element.signedness.data != Signedness.SIGNLESS:
        raise VerifyException(f"must be a signless integer or a float, got {element}")


def _verify_rank(op: PropertyOp) -> None:
    kind = op.operands[0].type
    if not isinstance(kind, TensorType) or not 1 <= len(kind.get_shape()) <= 3:
        raise VerifyException(f"must be a tensor of rank 1, 2 or 3, got {kind}")


SignOp = operation(
    "math_ext.sign",
    "-1, 0 or 1, by the sign.",
    {"value": NUMBER_LIKE},
    {"result": NUMBER_LIKE},
    traits=[ElementwiseMappable(), SameOperandsAndResultType()],
    signature=TypeSignature.SHARED,
    rule=_verify_signless,
)
SigmoidOp = operation(
    "math_ext.sigmoid",
    "The logistic function.",
    {"value": FLOAT_LIKE},
    {"result": FLOAT_LIKE},
    traits=[ElementwiseMappable(), SameOperandsAndResultType()],
    signature=TypeSignature.SHARED,
)
SoftmaxOp = operation(
    "math_ext.softmax",
    "The softmax distribution, of a vector or of each row of matrices.",
    {"value": FLOAT_LIKE},
    {"result": FLOAT_LIKE},
    traits=[SameOperandsAndResultType()],
    signature=TypeSignature.SHARED,
    rule=_verify_rank,
)

MathExt = Dialect("math_ext", [SignOp, SigmoidOp, SoftmaxOp])
