import numpy as np
from xdsl.builder import Builder
from xdsl.dialects import arith, tensor
from xdsl.dialects.builtin import f32, f64
from xdsl.ir import Block
from xdsl.rewriter import InsertPoint

from hetorch_heir.export.constants import NOTHING_INLINE, ConstantPool

VECTORS = [np.arange(4.0), np.full(4, 2.0), np.arange(4.0) + 1]


def build(pool: ConstantPool) -> Block:
    block = Block()
    builder = Builder(InsertPoint.at_end(block))
    for vector in [*VECTORS, VECTORS[0]]:
        pool.value(vector, builder)
    return block


def test_small_constants_are_inline_and_shared() -> None:
    pool = ConstantPool(VECTORS, f32, inline_limit=1000, resource_path="c.bin")
    block = build(pool)
    assert pool.resource is None
    assert [type(op) for op in block.ops] == [arith.ConstantOp] * 3


def test_no_limit_keeps_everything_inline() -> None:
    assert ConstantPool(VECTORS, f32, inline_limit=None, resource_path="c.bin").resource is None


def test_large_constants_share_one_file_but_splats_stay() -> None:
    pool = ConstantPool(VECTORS, f64, inline_limit=8, resource_path="c.bin")
    block = build(pool)
    assert pool.resource is not None
    assert pool.resource.path == "c.bin"
    stored = np.frombuffer(pool.resource.data, "<f8").reshape(2, 4)
    assert np.array_equal(stored, np.stack([VECTORS[0], VECTORS[2]]))
    operations = list(block.ops)
    assert sum(isinstance(op, arith.ConstantOp) for op in operations) == 1
    slices = [op for op in operations if isinstance(op, tensor.ExtractSliceOp)]
    assert [op.static_offsets.get_values()[0] for op in slices] == [0, 1]


def test_a_limit_of_zero_bytes_allows_splats() -> None:
    assert ConstantPool([VECTORS[1]], f32, inline_limit=0, resource_path="c.bin").resource is None


def test_nothing_inline_moves_repeated_numbers_too() -> None:
    pool = ConstantPool(VECTORS, f32, inline_limit=NOTHING_INLINE, resource_path="c.bin")
    assert pool.resource is not None
    assert len(pool.resource.data) == len(VECTORS) * 4 * 4
    assert ConstantPool([], f32, inline_limit=NOTHING_INLINE, resource_path="c.bin").resource is None
