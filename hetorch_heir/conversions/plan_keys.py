"""Plans when rotation keys are in memory, and writes it down as ``key_mgmt`` operations.

    func.func @main(%x: !ct) -> !ct {                        // a budget of one key
      %0 = ckks.rotate %x <static_shift = 1 : index> : !ct
      %1 = ckks.rotate %0 <static_shift = 2 : index> : !ct
      return %1 : !ct
    }

becomes, at the ``ckks`` and ``openfhe`` levels alike,

    func.func @main(%x: !ct) -> !ct {
      %c1 = arith.constant 1 : i64
      %k1 = key_mgmt.load_key %c1 : i64 -> !key_mgmt.rot_key<rotation_index = 1>
      %0 = ckks.rotate %x <static_shift = 1 : index> : !ct
      key_mgmt.clear_key %k1 : !key_mgmt.rot_key<rotation_index = 1>
      …                                                      // the same for 2
    }

The keys of a loop stay in memory while it runs; if they don't fit the budget together, they are loaded and
cleared in its body, but for those that still may stay. No key is in memory when a function is called that
has keys of its own.

Relinearization and bootstrapping keys have their places in the plan, and so in the ``manifest``, a file for
the plans as JSON, one for each function: ``key_mgmt`` operations are of rotation keys only.
"""

from __future__ import annotations

import json
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from he_dialects.ckks import ops as ckks
from he_dialects.key_mgmt import ClearKeyOp, LoadKeyOp, PrefetchKeyOp, RotKeyType
from he_dialects.openfhe import ops as openfhe
from xdsl.context import Context
from xdsl.dialects import func
from xdsl.dialects.arith import ConstantOp
from xdsl.dialects.builtin import IntAttr, IntegerAttr, ModuleOp, i64
from xdsl.ir import Block, Operation, SSAValue
from xdsl.passes import ModulePass
from xdsl.rewriter import InsertPoint, Rewriter
from xdsl.utils.exceptions import PassFailedException

from hetorch_heir.conversions.checks import refuse, scheme_parameters
from hetorch_heir.core.errors import HETorchError
from hetorch_heir.core.files import write_files
from hetorch_heir.key_memory.errors import KeyPlanError
from hetorch_heir.key_memory.plan import CLEAR, PREFETCH, USE, Key, KeyPlan, KeyUse
from hetorch_heir.key_memory.planner import plan_keys
from hetorch_heir.key_memory.verifier import verify_plan

ROTATION = "rotation"
RELINEARIZATION: Key = ("relinearization", 0)
BOOTSTRAP: Key = ("bootstrap", 0)
ROTATIONS = (ckks.RotateOp, openfhe.RotOp)
HOISTED_ROTATIONS = (openfhe.FastRotationOp, openfhe.FastRotationExtOp)
RELINEARIZATIONS = (
    ckks.RelinearizeOp,
    openfhe.RelinOp,
    openfhe.RelinInPlaceOp,
    openfhe.MulOp,
    openfhe.SquareOp,
    openfhe.SquareInPlaceOp,
)
FIXED: dict[type[Operation], tuple[Key, ...]] = {
    **dict.fromkeys(RELINEARIZATIONS, (RELINEARIZATION,)),
    **dict.fromkeys((ckks.BootstrapOp, openfhe.BootstrapOp), (RELINEARIZATION, BOOTSTRAP)),
}
"""The keys of operations that always use the same."""

BOOTSTRAP_KEYS = 53
"""Keys that a bootstrap of all slots takes (OpenFHE 1.6, level budget 3 and 3); fewer slots take fewer."""
WORD_BYTES = 8


@dataclass(frozen=True)
class PlanKeysPass(ModulePass):
    """See the module's docstring.

    Raises:
        PassFailedException: the budget is too small, a rotation's steps aren't constant, the size of keys
            isn't known, or the manifest can't be written.
    """

    name = "plan-keys"

    budget: int
    """Bytes for keys."""

    key_bytes: int = 0
    """Bytes of one key; 0 takes those that ``ckks.schemeParam`` leads to."""

    bootstrap_bytes: int = 0
    """Bytes of all keys that only bootstraps use; 0 takes those of ``BOOTSTRAP_KEYS`` keys."""

    manifest: str = ""
    """File for the plans, as JSON."""

    def apply(self, ctx: Context, op: ModuleOp) -> None:
        try:
            plans = self.plan(op)
            if self.manifest:
                write_files({Path(self.manifest): manifest_text(plans).encode()})
        except HETorchError as error:
            place, hint = (
                (f"{error.where}: " if error.where else ""),
                (f"; {error.hint}" if error.hint else ""),
            )
            raise PassFailedException(f"{place}{error.what}{hint}") from error

    def plan(self, module: ModuleOp) -> dict[str, KeyPlan]:
        """Write the operations into a module; the plans of its functions that use keys.

        Raises:
            KeyPlanError: the budget is too small.
            PassFailedException: a rotation's steps aren't constant, or the size of keys isn't known.
        """
        functions = {
            one.sym_name.data: one
            for one in module.walk()
            if isinstance(one, func.FuncOp) and one.body.blocks
        }
        with_keys = _functions_with_keys(functions)
        schedules = {name: _uses(functions[name].body.block, with_keys) for name in with_keys}
        keys = dict.fromkeys(key for uses in schedules.values() for use in uses for key in use.every_key)
        sizes = self._sizes(module, keys)
        plans = {name: self._plan(name, uses, sizes) for name, uses in schedules.items()}
        for name, plan in plans.items():
            _write(functions[name].body.block, plan)
        return plans

    def _sizes(self, module: ModuleOp, keys: Iterable[Key]) -> dict[Key, int]:
        size = self.key_bytes or _key_bytes(module)
        sizes = dict.fromkeys(keys, size)
        if BOOTSTRAP in sizes:
            sizes[BOOTSTRAP] = self.bootstrap_bytes or BOOTSTRAP_KEYS * size
        return sizes

    def _plan(self, name: str, uses: Sequence[KeyUse], sizes: Mapping[Key, int]) -> KeyPlan:
        used = {key: sizes[key] for use in uses for key in use.every_key}
        try:
            plan = plan_keys(uses, used, self.budget)
            verify_plan(plan, uses)
        except KeyPlanError as error:
            raise KeyPlanError(error.what, where=f"@{name}", hint=error.hint) from error
        return plan


def manifest_text(plans: Mapping[str, KeyPlan]) -> str:
    """The plans of a program's functions as JSON."""
    return json.dumps({name: plan.to_json() for name, plan in plans.items()}) + "\n"


def _key_bytes(module: ModuleOp) -> int:
    """Two polynomials modulo QP for each key-switching digit: 2·dnum·(L + 1 + K)·N words."""
    scheme = scheme_parameters(module)
    moduli, special = len(scheme.q), len(scheme.p)
    digits = -(-moduli // special) if special else moduli
    return 2 * digits * (moduli + special) * (WORD_BYTES << scheme.log_n.data)


def _functions_with_keys(functions: Mapping[str, func.FuncOp]) -> list[str]:
    """The functions that use keys, themselves or in those that they call."""
    calls = {
        name: {one.callee.string_value() for one in function.walk() if isinstance(one, func.CallOp)}
        for name, function in functions.items()
    }
    found = {name for name, function in functions.items() if any(keys_of(one) for one in function.walk())}
    while more := {name for name, called in calls.items() if called & found} - found:
        found |= more
    return [name for name in functions if name in found]


def _uses(block: Block, with_keys: Collection[str]) -> list[KeyUse]:
    uses = [_use(position, op, with_keys) for position, op in enumerate(block.ops)]
    return [use for use in uses if use is not None]


def _use(position: int, op: Operation, with_keys: Collection[str]) -> KeyUse | None:
    """What an operation needs; one with a region is a loop, with several a branch: it uses all at once."""
    if isinstance(op, func.CallOp):
        return KeyUse(position, alone=True) if op.callee.string_value() in with_keys else None
    if len(op.regions) == 1 and len(op.regions[0].blocks) == 1:
        body = tuple(_uses(op.regions[0].block, with_keys))
        return KeyUse(position, body=body) if body else None
    if any(isinstance(one, func.CallOp) and one.callee.string_value() in with_keys for one in op.walk()):
        raise refuse(op, "calls a function with keys in one of its branches; inline it first")
    keys = dict.fromkeys(key for one in op.walk() for key in keys_of(one))
    return KeyUse(position, tuple(keys)) if keys else None


def keys_of(op: Operation) -> tuple[Key, ...]:
    """The keys that one operation uses, nested ones left out.

    Raises:
        PassFailedException: a rotation's steps aren't constant.
    """
    if isinstance(op, ROTATIONS):
        steps = op.static_shift
    elif isinstance(op, HOISTED_ROTATIONS):
        steps = op.index.owner.value if isinstance(op.index.owner, ConstantOp) else None
    else:
        return FIXED.get(type(op), ())
    if not isinstance(steps, IntegerAttr):
        raise refuse(op, "has steps that aren't constant; unroll the loop around it first")
    return ((ROTATION, steps.value.data),)


def _write(block: Block, plan: KeyPlan) -> None:
    """Insert the operations; those of position p stand before the operation that is number p now."""
    anchors = list(block.ops)
    for position, body in plan.bodies.items():
        _write(anchors[position].regions[0].block, body)
    indices: dict[int, SSAValue] = {}
    held: dict[Key, SSAValue] = {}
    for one in plan.actions:
        kind, steps = one.key
        if kind != ROTATION or one.action == USE:
            continue
        point = InsertPoint.before(anchors[one.position])
        if one.action == CLEAR:
            Rewriter.insert_op(ClearKeyOp.create(operands=[held.pop(one.key)]), point)
            continue
        if steps not in indices:
            constant = ConstantOp(IntegerAttr(steps, i64))
            Rewriter.insert_op(constant, point)
            indices[steps] = constant.result
        if one.action == PREFETCH:
            Rewriter.insert_op(PrefetchKeyOp.create(operands=[indices[steps]]), point)
        else:
            load = LoadKeyOp.create(
                operands=[indices[steps]], result_types=[RotKeyType.new([IntAttr(steps)])]
            )
            Rewriter.insert_op(load, point)
            held[one.key] = load.rot_key
