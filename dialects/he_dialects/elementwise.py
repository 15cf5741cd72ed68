"""Operations that apply to scalars and, element by element, to tensors and vectors of them."""

from __future__ import annotations

from collections.abc import Sequence

from xdsl.dialects.builtin import DYNAMIC_INDEX, TensorType, UnrankedTensorType, VectorType
from xdsl.ir import Attribute, Operation
from xdsl.traits import OpTrait
from xdsl.utils.exceptions import VerifyException
from xdsl.utils.hints import isa


class ElementwiseMappable(OpTrait):
    """Either everything is a scalar, or all results are containers, of the shape of those operands that are.

    https://mlir.llvm.org/docs/Traits/#elementwisemappable
    """

    def verify(self, op: Operation) -> None:
        operands = [kind for kind in op.operand_types if _is_container(kind)]
        results = [kind for kind in op.result_types if _is_container(kind)]
        if not operands and not results:
            return
        if not operands:
            raise VerifyException("if a result is non-scalar, then at least one operand must be non-scalar")
        if not results:
            raise VerifyException(
                "if an operand is non-scalar, then there must be at least one non-scalar result"
            )
        if len(results) != len(op.result_types):
            raise VerifyException("if an operand is non-scalar, then all results must be non-scalar")
        if not _are_compatible([*operands, *results]):
            raise VerifyException("all non-scalar operands/results must have the same shape and base type")


def _is_container(kind: Attribute) -> bool:
    return isinstance(kind, TensorType | UnrankedTensorType | VectorType)


def _are_compatible(kinds: Sequence[Attribute]) -> bool:
    """Whether all are of one kind, and of one shape where the shapes are known."""
    tensors = [isinstance(kind, TensorType | UnrankedTensorType) for kind in kinds]
    if any(tensors) and not all(tensors):
        return False
    shapes = [kind.get_shape() for kind in kinds if isa(kind, TensorType) or isa(kind, VectorType)]
    if len({len(shape) for shape in shapes}) > 1:
        return False
    return all(len(set(sizes) - {DYNAMIC_INDEX}) <= 1 for sizes in zip(*shapes, strict=True))
