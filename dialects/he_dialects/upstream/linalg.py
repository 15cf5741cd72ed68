"""Named operations of ``linalg`` that xDSL lacks."""

from __future__ import annotations

from abc import ABC
from collections.abc import Sequence
from typing import ClassVar

from typing_extensions import override
from xdsl.dialects import linalg
from xdsl.dialects.builtin import ArrayAttr
from xdsl.dialects.linalg.abstract_ops import NamedOperation
from xdsl.dialects.linalg.attrs import IteratorTypeAttr
from xdsl.ir import Region, SSAValue
from xdsl.ir.affine import AffineExpr, AffineMap
from xdsl.irdl import irdl_op_definition

from he_dialects.upstream.extension import extended


class _ContractionOp(NamedOperation, ABC):
    """Sums of products, over the loops that the indexing maps name."""

    PRINT_ATTRS_IN_FRONT: ClassVar[bool] = True
    MAPS: ClassVar[Sequence[AffineMap]]
    REDUCTIONS: ClassVar[int] = 1
    """The number of loops that sum up: the last ones."""

    @classmethod
    @override
    def get_hidden_region(cls, inputs: Sequence[SSAValue], outputs: Sequence[SSAValue]) -> Region:
        return linalg.MatmulOp.get_hidden_region(inputs, outputs)

    @override
    def get_default_indexing_maps(self) -> Sequence[AffineMap]:
        return self.MAPS

    @override
    def get_iterator_types(self) -> ArrayAttr[IteratorTypeAttr]:
        parallel = self.MAPS[0].num_dims - self.REDUCTIONS
        return ArrayAttr(
            [IteratorTypeAttr.parallel()] * parallel + [IteratorTypeAttr.reduction()] * self.REDUCTIONS
        )


def _maps(loops: int, *operands: Sequence[Sequence[int]]) -> tuple[AffineMap, ...]:
    """For each operand the loops whose sum is its index, for each of its dimensions."""

    def index(summands: Sequence[int]) -> AffineExpr:
        first, *others = (AffineExpr.dimension(loop) for loop in summands)
        return sum(others, first)

    return tuple(AffineMap(loops, 0, tuple(map(index, operand))) for operand in operands)


@irdl_op_definition
class MatvecOp(_ContractionOp):
    """The product of a matrix and a vector."""

    name = "linalg.matvec"
    MAPS: ClassVar[Sequence[AffineMap]] = _maps(2, [[0], [1]], [[1]], [[0]])


@irdl_op_definition
class VecmatOp(_ContractionOp):
    """The product of a vector and a matrix."""

    name = "linalg.vecmat"
    MAPS: ClassVar[Sequence[AffineMap]] = _maps(2, [[1]], [[1], [0]], [[0]])


@irdl_op_definition
class DotOp(_ContractionOp):
    """The inner product of two vectors."""

    name = "linalg.dot"
    MAPS: ClassVar[Sequence[AffineMap]] = _maps(1, [[0]], [[0]], [])


@irdl_op_definition
class Conv1DOp(_ContractionOp):
    """The convolution of two vectors."""

    name = "linalg.conv_1d"
    MAPS: ClassVar[Sequence[AffineMap]] = _maps(2, [[0, 1]], [[1]], [[0]])


@irdl_op_definition
class Conv2DOp(_ContractionOp):
    """The convolution of two matrices."""

    name = "linalg.conv_2d"
    REDUCTIONS: ClassVar[int] = 2
    MAPS: ClassVar[Sequence[AffineMap]] = _maps(4, [[0, 2], [1, 3]], [[2], [3]], [[0], [1]])


Linalg = extended(linalg.Linalg, MatvecOp, VecmatOp, DotOp, Conv1DOp, Conv2DOp)
"""xDSL's ``linalg`` with contractions of vectors."""
