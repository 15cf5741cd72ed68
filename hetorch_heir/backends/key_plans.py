"""Key memory of recorded programs: the schedule of their keys, and plans sent to an executor."""

from __future__ import annotations

from pathlib import Path

from hetorch_heir.backends.connection import Connection
from hetorch_heir.backends.deployment import header_of, key_path
from hetorch_heir.backends.executor.stream import Stream
from hetorch_heir.backends.key_levels import keys_of
from hetorch_heir.key_memory.plan import Key, KeyPlan, KeyUse
from hetorch_heir.key_memory.planner import plan_keys
from hetorch_heir.key_memory.verifier import verify_plan


def key_schedule(stream: Stream, lanes: int = 1) -> list[KeyUse]:
    """The operations that use keys, in order; positions are the numbers of instructions.

    Args:
        stream: straight-line, so loops are unrolled.
        lanes: what rotations are multiplied with in the ring.
    """
    uses = [KeyUse(number, keys_of(one, lanes)) for number, one in enumerate(stream.instructions())]
    return [use for use in uses if use.keys]


def plan_for_folder(stream: Stream, lanes: int, folder: Path, budget: int) -> KeyPlan:
    """The plan for keys in a server's folder, with the sizes that their files have.

    Raises:
        KeyPlanError: the budget is too small; says the smallest that works.
        BackendError: a key's file is missing or damaged.
    """
    uses = key_schedule(stream, lanes)
    keys = dict.fromkeys(key for use in uses for key in use.keys)
    sizes: dict[Key, int] = {key: header_of(key_path(folder, *key))["size"] for key in keys}
    plan = plan_keys(uses, sizes, budget)
    verify_plan(plan, uses)
    return plan


def send_plan(connection: Connection, plan: KeyPlan, folder: Path) -> None:
    """Have the executor carry out ``plan`` in each evaluation, with the key files in ``folder``."""
    body = {
        "paths": [[*key, str(key_path(folder, *key))] for key in plan.sizes],
        "actions": plan.to_json()["actions"],
    }
    connection.call("plan_keys", body)
