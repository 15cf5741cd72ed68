"""Key memory of recorded programs: the schedule of their keys, and plans sent to an executor."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from hetorch_heir.backends.connection import Connection
from hetorch_heir.backends.deployment import header_of, key_path, load_key
from hetorch_heir.backends.executor.stream import Instruction, Stream
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
    uses = [
        KeyUse(number, keys_of(one, lanes), level=_level(stream, one))
        for number, one in enumerate(stream.instructions())
    ]
    return [use for use in uses if use.keys]


def _level(stream: Stream, one: Instruction) -> int | None:
    """The level at which an operation uses its keys; bootstraps work above those of the program."""
    return None if one.operation == "bootstrap" else int(stream.states[one.x][0])


@dataclass(frozen=True)
class ServerPlan:
    """What a server does with its keys.

    Attributes:
        sizes: bytes of every key.
        staying: keys that are loaded once, and stay from one evaluation to the next.
        each: the plan of every evaluation, for the others.
    """

    sizes: Mapping[Key, int]
    staying: tuple[Key, ...]
    each: KeyPlan

    @property
    def peak_bytes(self) -> int:
        """The most bytes of keys that are in memory at once."""
        return sum(self.sizes[key] for key in self.staying) + self.each.peak_bytes

    @property
    def total_bytes(self) -> int:
        return sum(self.sizes.values())


def plan_for_folder(
    stream: Stream, lanes: int, folder: Path, budget: int, *, repeated: bool = False
) -> ServerPlan:
    """The plan for keys in a server's folder, with the sizes that their files have.

    Args:
        repeated: plan for many evaluations, with the fewest bytes loaded in each, rather than for one.

    Raises:
        KeyPlanError: the budget is too small; says the smallest that works.
        BackendError: a key's file is missing or damaged.
    """
    uses = key_schedule(stream, lanes)
    keys = dict.fromkeys(key for use in uses for key in use.keys)
    headers = {key: header_of(key_path(folder, *key)) for key in keys}
    sizes: dict[Key, int] = {key: header["size"] for key, header in headers.items()}
    by_level = {
        key: tuple(header["bytes_by_level"]) for key, header in headers.items() if "bytes_by_level" in header
    }
    if not repeated:
        plan = plan_keys(uses, sizes, budget, by_level)
        verify_plan(plan, uses)
        return ServerPlan(sizes, (), plan)
    loop = [KeyUse(0, body=tuple(uses))]
    plan = plan_keys(loop, sizes, budget, by_level)
    verify_plan(plan, loop)
    return ServerPlan(sizes, plan.used_at(0), plan.bodies.get(0, KeyPlan(0, {}, ())))


def send_plan(connection: Connection, plan: ServerPlan, folder: Path) -> None:
    """Have the executor carry out ``plan`` in each evaluation, with the key files in ``folder``."""
    for key in plan.staying:
        load_key(connection, folder, key)
    body = {
        "paths": [[*key, str(key_path(folder, *key))] for key in plan.each.sizes],
        "actions": plan.each.to_json()["actions"],
    }
    connection.call("plan_keys", body)
