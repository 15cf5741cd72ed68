"""Checks that every rotation finds its key in memory, in a program with ``key_mgmt`` operations.

Accepted by heir-opt, refused here:

    %k1 = key_mgmt.load_key %c1 : i64 -> !key_mgmt.rot_key<rotation_index = 1>
    key_mgmt.clear_key %k1 : !key_mgmt.rot_key<rotation_index = 1>
    %0 = ckks.rotate %x <static_shift = 1 : index> : !ct        // after the key was cleared

After, the module is the same, or there is an error with its place for each rotation before the load of its
key or after that was cleared, a key loaded or cleared twice, one that a function leaves in memory, a loop
that leaves others than it found, and more keys in memory than are allowed. Functions without ``key_mgmt``
operations are not looked at.
"""

from __future__ import annotations

from dataclasses import dataclass, field

from he_dialects.key_mgmt import AssumeLoadedOp, ClearKeyOp, LoadKeyOp, PrefetchKeyOp, RotKeyType
from xdsl.context import Context
from xdsl.dialects import func
from xdsl.dialects.arith import ConstantOp
from xdsl.dialects.builtin import IntAttr, IntegerAttr, ModuleOp
from xdsl.ir import Attribute, Block, Operation
from xdsl.passes import ModulePass
from xdsl.utils.exceptions import PassFailedException

from hetorch_heir.conversions.checks import refuse
from hetorch_heir.conversions.plan_keys import ROTATION, keys_of

KEY_OPERATIONS = (PrefetchKeyOp, LoadKeyOp, AssumeLoadedOp, ClearKeyOp)


@dataclass(frozen=True)
class VerifyKeysPass(ModulePass):
    """See the module's docstring.

    Raises:
        PassFailedException: names all faults.
    """

    name = "verify-keys"

    max_keys: int = 0
    """The most rotation keys that may be in memory at once, prefetched ones included; 0 for any number."""

    def apply(self, ctx: Context, op: ModuleOp) -> None:
        functions = [one for one in op.walk() if isinstance(one, func.FuncOp) and _is_planned(one)]
        faults = [fault for function in functions for fault in self._faults(function)]
        if faults:
            raise PassFailedException("\n".join(faults))

    def _faults(self, function: func.FuncOp) -> list[str]:
        walk = _Walk(self.max_keys)
        for block in function.body.blocks:
            walk.block(block)
        for steps in sorted(walk.present):
            walk.fault(function, f"never clears the key for rotations by {steps}")
        return walk.faults


def _is_planned(function: func.FuncOp) -> bool:
    return any(isinstance(one, KEY_OPERATIONS) for one in function.walk())


@dataclass
class _Walk:
    """The keys in memory, operation after operation.

    Attributes:
        max_keys: in memory at once; 0 for any number.
        present: steps of the rotations whose keys are in memory, or on their way.
        loaded: those that can be used.
    """

    max_keys: int
    present: set[int] = field(default_factory=set[int])
    loaded: set[int] = field(default_factory=set[int])
    cleared: set[int] = field(default_factory=set[int])
    faults: list[str] = field(default_factory=list[str])

    def fault(self, op: Operation, what: str) -> None:
        self.faults.append(str(refuse(op, what)))

    def block(self, block: Block) -> None:
        for op in block.ops:
            self._step(op)

    def _step(self, op: Operation) -> None:
        if isinstance(op, PrefetchKeyOp):
            self._prefetch(op)
        elif isinstance(op, (LoadKeyOp, AssumeLoadedOp)):
            self._load(op)
        elif isinstance(op, ClearKeyOp):
            self._clear(op)
        elif op.regions:
            self._nested(op)
        else:
            for kind, steps in keys_of(op):
                if kind == ROTATION and steps not in self.loaded:
                    when = (
                        "after its key was cleared" if steps in self.cleared else "before the load of its key"
                    )
                    self.fault(op, f"by {steps} comes {when}")

    def _prefetch(self, op: PrefetchKeyOp) -> None:
        value = op.index.owner.value if isinstance(op.index.owner, ConstantOp) else None
        if not isinstance(value, IntegerAttr):
            self.fault(op, "has an index that isn't constant")
        elif value.value.data in self.present:
            self.fault(op, f"is of the key for rotations by {value.value.data}, which is in memory")
        else:
            self._admit(op, value.value.data)

    def _load(self, op: LoadKeyOp | AssumeLoadedOp) -> None:
        steps = _steps(op.rot_key.type)
        if steps is None:
            self.fault(op, "is of a key whose index isn't known")
        elif steps in self.loaded:
            self.fault(op, f"is of the key for rotations by {steps}, which is in memory")
        else:
            self._admit(op, steps)
            self.loaded.add(steps)

    def _admit(self, op: Operation, steps: int) -> None:
        self.present.add(steps)
        if self.max_keys and len(self.present) > self.max_keys:
            self.fault(op, f"makes {len(self.present)} keys in memory, where {self.max_keys} are allowed")

    def _clear(self, op: ClearKeyOp) -> None:
        steps = _steps(op.rot_key.type)
        if steps is None:
            self.fault(op, "is of a key whose index isn't known")
        elif steps not in self.loaded:
            self.fault(op, f"is of the key for rotations by {steps}, which isn't in memory")
        else:
            self.present.discard(steps)
            self.loaded.discard(steps)
            self.cleared.add(steps)

    def _nested(self, op: Operation) -> None:
        """A loop or branches, which must leave the keys in memory that they find."""
        before = set(self.present), set(self.loaded)
        for region in op.regions:
            for block in region.blocks:
                self.block(block)
            if (self.present, self.loaded) != before:
                changed = sorted(self.present ^ before[0] | self.loaded ^ before[1])
                self.fault(op, f"doesn't leave the keys in memory that it found: rotations by {changed}")
                self.present, self.loaded = set(before[0]), set(before[1])


def _steps(key: Attribute) -> int | None:
    index = key.rotation_index if isinstance(key, RotKeyType) else None
    return index.data if isinstance(index, IntAttr) else None
