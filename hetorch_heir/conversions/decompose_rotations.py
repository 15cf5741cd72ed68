"""Rewrites rare rotations as two rotations by keys that other rotations need anyway.

    %0 = ckks.rotate %x <static_shift = 1 : index> : !ct     // at most two keys
    %1 = ckks.rotate %0 <static_shift = 2 : index> : !ct
    %2 = ckks.rotate %1 <static_shift = 3 : index> : !ct

becomes

    %0 = ckks.rotate %x <static_shift = 1 : index> : !ct
    %1 = ckks.rotate %0 <static_shift = 2 : index> : !ct
    %2 = ckks.rotate %1 <static_shift = 2 : index> : !ct
    %3 = ckks.rotate %2 <static_shift = 1 : index> : !ct

``hetorch.rotate`` likewise. A rotation that two others begin with is made once.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass

from he_dialects import hetorch
from he_dialects.ckks import ops as ckks
from xdsl.context import Context
from xdsl.dialects.builtin import IntegerAttr, ModuleOp
from xdsl.ir import Block, Operation, SSAValue
from xdsl.passes import ModulePass
from xdsl.rewriter import InsertPoint, Rewriter
from xdsl.utils.exceptions import PassFailedException

from hetorch_heir.conversions.checks import refuse, scheme_parameters
from hetorch_heir.core.errors import HETorchError
from hetorch_heir.key_memory.decomposition import decompose_rotations

Rotation = ckks.RotateOp | hetorch.RotateOp


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
        ring_slots = 1 << (scheme_parameters(op).log_n.data - 1)
        try:
            limit_keys(op, self.max_keys, ring_slots)
        except HETorchError as error:
            raise PassFailedException(f"{error.what}; {error.hint}") from error


def limit_keys(module: ModuleOp, max_keys: int, slots: int) -> None:
    """Decompose as many rotations of a module as it takes.

    Args:
        slots: after which rotations repeat.

    Raises:
        KeyPlanError: more keys remain than allowed; says how many.
        PassFailedException: a rotation's steps aren't constant.
    """
    rotations = [one for one in module.walk() if isinstance(one, Rotation)]
    counts = Counter(_steps(one) for one in rotations)
    pairs = decompose_rotations(counts, max_keys, slots)
    if pairs:
        _Splitting(pairs).run(rotations)


class _Splitting:
    """Puts pairs of rotations in the places of single ones."""

    def __init__(self, pairs: Mapping[int, tuple[int, int]]) -> None:
        self._pairs = pairs
        self._made: dict[tuple[SSAValue, int, Block | None], SSAValue] = {}

    def run(self, rotations: list[Rotation]) -> None:
        for rotation in rotations:
            steps, block = _steps(rotation), rotation.parent_block()
            if steps in self._pairs:
                self._split(rotation, self._pairs[steps])
            elif (rotation.input, steps, block) in self._made:
                rotation.output.replace_all_uses_with(self._made[rotation.input, steps, block])
                Rewriter.erase_op(rotation)
            else:
                self._made[rotation.input, steps, block] = rotation.output

    def _split(self, rotation: Rotation, pair: tuple[int, int]) -> None:
        """Lets a rotation go on from one by a part of its steps, which is there already if it can be."""
        source, block = rotation.input, rotation.parent_block()
        first = next((one for one in pair if (source, one, block) in self._made), pair[0])
        second = pair[1] if first == pair[0] else pair[0]
        before = self._made.get((source, first, block))
        if before is None:
            new = _rotation(rotation, first)
            new.location = rotation.location
            Rewriter.insert_op(new, InsertPoint.before(rotation))
            before = self._made[source, first, block] = new.results[0]
        rotation.operands[0] = before
        if isinstance(rotation, hetorch.RotateOp):
            rotation.attributes["steps"] = IntegerAttr(second, rotation.steps.type)
        else:
            assert rotation.static_shift is not None
            rotation.properties["static_shift"] = IntegerAttr(second, rotation.static_shift.type)


def _steps(op: Rotation) -> int:
    if isinstance(op, hetorch.RotateOp):
        return op.steps.value.data
    if not isinstance(op.static_shift, IntegerAttr):
        raise refuse(op, "has steps that aren't constant; unroll the loop around it first")
    return op.static_shift.value.data


def _rotation(like: Rotation, steps: int) -> Operation:
    if isinstance(like, hetorch.RotateOp):
        return hetorch.RotateOp(like.input, steps)
    assert like.static_shift is not None
    shift = IntegerAttr(steps, like.static_shift.type)
    return ckks.RotateOp.create(
        operands=[like.input], result_types=[like.output.type], properties={"static_shift": shift}
    )
