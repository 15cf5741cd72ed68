"""Rewrites rare rotations as two rotations by keys that other rotations need anyway.

    %0 = ckks.rotate %x <static_shift = 1 : index> : !ct     // at most two keys
    %1 = ckks.rotate %0 <static_shift = 2 : index> : !ct
    %2 = ckks.rotate %1 <static_shift = 3 : index> : !ct

becomes

    %0 = ckks.rotate %x <static_shift = 1 : index> : !ct
    %1 = ckks.rotate %0 <static_shift = 2 : index> : !ct
    %2 = ckks.rotate %1 <static_shift = 2 : index> : !ct
    %3 = ckks.rotate %2 <static_shift = 1 : index> : !ct
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass

from he_dialects.ckks import ops as ckks
from xdsl.context import Context
from xdsl.dialects.builtin import IntegerAttr, ModuleOp
from xdsl.passes import ModulePass
from xdsl.rewriter import InsertPoint, Rewriter
from xdsl.utils.exceptions import PassFailedException

from hetorch_heir.conversions.checks import refuse, scheme_parameters
from hetorch_heir.core.errors import HETorchError
from hetorch_heir.key_memory.decomposition import decompose_rotations


@dataclass(frozen=True)
class DecomposeRotationsPass(ModulePass):
    """See the module's docstring.

    Raises:
        PassFailedException: more keys remain than allowed, or a rotation's steps aren't constant.
    """

    name = "decompose-rotations"

    max_keys: int
    """The most rotation keys that the program may need."""

    def apply(self, ctx: Context, op: ModuleOp) -> None:
        rotations = [(one, _steps(one)) for one in op.walk() if isinstance(one, ckks.RotateOp)]
        slots = 1 << (scheme_parameters(op).log_n.data - 1)
        try:
            pairs = decompose_rotations(Counter(steps for _, steps in rotations), self.max_keys, slots)
        except HETorchError as error:
            raise PassFailedException(f"{error.what}; {error.hint}") from error
        for rotation, steps in rotations:
            if steps in pairs:
                _split(rotation, pairs[steps])


def _steps(op: ckks.RotateOp) -> int:
    if not isinstance(op.static_shift, IntegerAttr):
        raise refuse(op, "has steps that aren't constant; unroll the loop around it first")
    return op.static_shift.value.data


def _split(op: ckks.RotateOp, pair: tuple[int, int]) -> None:
    """Put a rotation by the first before ``op``, which rotates by the second then."""
    shift = op.static_shift
    assert shift is not None
    first, second = (IntegerAttr(steps, shift.type) for steps in pair)
    before = ckks.RotateOp.create(
        operands=[op.input], result_types=[op.output.type], properties={"static_shift": first}
    )
    Rewriter.insert_op(before, InsertPoint.before(op))
    op.operands[0] = before.output
    op.properties["static_shift"] = second
