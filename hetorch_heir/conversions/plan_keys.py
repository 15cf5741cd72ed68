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

A loop counts as one operation that uses all keys of its body, which stay in memory while it runs.
``key_mgmt`` has rotation keys only: room for a relinearization key is taken off the budget where a function
relinearizes. A ``manifest`` is a file for the plans as JSON, one for each function.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
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
from hetorch_heir.key_memory.plan import CLEAR, LOAD, PREFETCH, Key, KeyAction, KeyPlan, KeyUse, plan_keys
from hetorch_heir.key_memory.verifier import verify_plan

ROTATION = "rotation"
ROTATIONS = (ckks.RotateOp, openfhe.RotOp)
RELINEARIZATIONS = (ckks.RelinearizeOp, openfhe.RelinOp)
WORD_BYTES = 8


@dataclass(frozen=True)
class PlanKeysPass(ModulePass):
    """See the module's docstring.

    Raises:
        PassFailedException: the budget is too small, a rotation's steps aren't constant, or the size of keys
            isn't known.
    """

    name = "plan-keys"

    budget: int
    """Bytes for keys."""

    key_bytes: int = 0
    """Bytes of one key; 0 takes those that ``ckks.schemeParam`` leads to."""

    manifest: str = ""
    """File for the plans, as JSON."""

    def apply(self, ctx: Context, op: ModuleOp) -> None:
        size = self.key_bytes or _key_bytes(op)
        functions = [one for one in op.walk() if isinstance(one, func.FuncOp) and one.body.blocks]
        plans: dict[str, KeyPlan] = {}
        for function in functions:
            uses = _uses(function.body.block)
            if uses:
                plans[function.sym_name.data] = self._plan(function, uses, size)
        for function in functions:
            if plan := plans.get(function.sym_name.data):
                _write(function.body.block, plan.actions)
        if self.manifest:
            self._write_manifest(plans)

    def _plan(self, function: func.FuncOp, uses: Sequence[KeyUse], size: int) -> KeyPlan:
        reserved = size * any(isinstance(one, RELINEARIZATIONS) for one in function.walk())
        try:
            plan = plan_keys(uses, {key: size for use in uses for key in use.keys}, self.budget - reserved)
            verify_plan(plan, uses)
        except HETorchError as error:
            more = f", and {reserved} for the relinearization key" if reserved else ""
            raise PassFailedException(f"{error.what}; {error.hint}{more}") from error
        return plan

    def _write_manifest(self, plans: dict[str, KeyPlan]) -> None:
        content = {name: plan.to_json() for name, plan in plans.items()}
        try:
            write_files({Path(self.manifest): json.dumps(content).encode()})
        except HETorchError as error:
            raise PassFailedException(error.what) from error


def _key_bytes(module: ModuleOp) -> int:
    """Two polynomials modulo QP for each key-switching digit: 2·dnum·(L + 1 + K)·N words."""
    scheme = scheme_parameters(module)
    moduli, special = len(scheme.q), len(scheme.p)
    digits = -(-moduli // special) if special else moduli
    return 2 * digits * (moduli + special) * (WORD_BYTES << scheme.log_n.data)


def _uses(block: Block) -> list[KeyUse]:
    uses = [KeyUse(position, tuple(_keys(op))) for position, op in enumerate(block.ops)]
    return [use for use in uses if use.keys]


def _keys(op: Operation) -> dict[Key, None]:
    keys: dict[Key, None] = {}
    for one in op.walk():
        if isinstance(one, ROTATIONS):
            if not isinstance(one.static_shift, IntegerAttr):
                raise refuse(one, "has steps that aren't constant; unroll the loop around it first")
            keys[ROTATION, one.static_shift.value.data] = None
    return keys


def _write(block: Block, actions: Sequence[KeyAction]) -> None:
    """Insert the operations; those of position p stand before the operation that is number p now."""
    anchors = list(block.ops)
    indices: dict[int, SSAValue] = {}
    held: dict[Key, SSAValue] = {}
    for one in actions:
        steps = one.key[1]
        point = InsertPoint.before(anchors[one.position])
        if one.action == CLEAR:
            Rewriter.insert_op(ClearKeyOp.create(operands=[held.pop(one.key)]), point)
        elif one.action in (PREFETCH, LOAD):
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
