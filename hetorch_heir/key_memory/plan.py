"""Schedules of the evaluation keys that a program uses, and plans for when they are in memory."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from hetorch_heir.key_memory.errors import KeyPlanError

Key = tuple[str, int]
"""Kind, and the steps of a rotation."""

PREFETCH, LOAD, USE, CLEAR = "prefetch", "load", "use", "clear"
ACTIONS = (PREFETCH, LOAD, USE, CLEAR)


@dataclass(frozen=True)
class KeyUse:
    """One operation that needs keys, all of them at once, or a loop.

    Attributes:
        position: of the operation in the program, or the body; positions grow along a schedule.
        keys: without repetition; of an operation.
        body: of a loop, the schedule of one iteration.
        alone: whether no key of the plan may be in memory: a call of a function with a plan of its own.
        level: of the ciphertexts that the keys are used on; None where that isn't known.
    """

    position: int
    keys: tuple[Key, ...] = ()
    body: tuple[KeyUse, ...] = ()
    alone: bool = False
    level: int | None = None

    @property
    def every_key(self) -> tuple[Key, ...]:
        """The operation's keys, or those of the loop's body."""
        nested = (key for use in self.body for key in use.every_key)
        return tuple(dict.fromkeys((*self.keys, *nested)))

    @property
    def waits_alone(self) -> bool:
        """Whether there is a moment without any key in memory."""
        return self.alone or any(use.waits_alone for use in self.body)

    def without(self, keys: Collection[Key]) -> KeyUse:
        """The same where ``keys`` are in memory anyway."""
        left = tuple(key for key in self.keys if key not in keys)
        return replace(self, keys=left, body=tuple(use.without(keys) for use in self.body))


@dataclass(frozen=True)
class KeyAction:
    """What happens to a key, before the operation at ``position`` (with ``use``: during it).

    Attributes:
        level: up to which a prefetched or loaded key will be used; None stands for all of them.
    """

    position: int
    action: str
    key: Key
    level: int | None = None


def size_at(
    key: Key, level: int | None, sizes: Mapping[Key, int], level_sizes: Mapping[Key, tuple[int, ...]]
) -> int:
    """The bytes of a key that is loaded for ``level`` and those below; of the whole key for None."""
    by_level = level_sizes.get(key, ())
    return sizes[key] if level is None or level >= len(by_level) else by_level[level]


@dataclass(frozen=True)
class Lifetime:
    """A stay of a key in memory.

    Attributes:
        prefetched, loaded, cleared: positions; ``prefetched`` equals ``loaded`` without a prefetch.
        uses: positions of the operations that use the key.
    """

    key: Key
    prefetched: int
    loaded: int
    uses: tuple[int, ...]
    cleared: int


@dataclass(frozen=True)
class KeyPlan:
    """What a program does with its keys, in order.

    Attributes:
        budget: bytes that the keys in memory never exceed.
        sizes: bytes of every key.
        actions: in order.
        bodies: by their positions, the plans of loops whose keys don't fit the budget together.
        level_sizes: bytes of keys that can be loaded for some levels only: for level 0, for 0 and 1 …
    """

    budget: int
    sizes: Mapping[Key, int]
    actions: tuple[KeyAction, ...]
    bodies: Mapping[int, KeyPlan] = field(default_factory=dict[int, "KeyPlan"])
    level_sizes: Mapping[Key, tuple[int, ...]] = field(default_factory=dict[Key, tuple[int, ...]])

    def bytes_of(self, one: KeyAction) -> int:
        """The bytes that a key takes after it was loaded as ``one`` says."""
        return size_at(one.key, one.level, self.sizes, self.level_sizes)

    @property
    def loads(self) -> int:
        """The loads of a run in which loops make one iteration."""
        own = sum(one.action == LOAD for one in self.actions)
        return own + sum(body.loads for body in self.bodies.values())

    @property
    def bytes_loaded(self) -> int:
        """The bytes of :attr:`loads`."""
        own = sum(self.bytes_of(one) for one in self.actions if one.action == LOAD)
        return own + sum(body.bytes_loaded for body in self.bodies.values())

    def used_at(self, position: int) -> tuple[Key, ...]:
        """The keys that the operation at ``position`` uses; of a loop, those that stay all the time."""
        return tuple(one.key for one in self.actions if one.position == position and one.action == USE)

    @property
    def total_bytes(self) -> int:
        """Bytes of all keys together."""
        return sum(self.sizes.values())

    def held(self) -> Iterator[tuple[int, int]]:
        """Positions, each with the most bytes of keys that are in memory there; without bodies of loops."""
        held: dict[Key, int] = {}
        bytes_held = 0
        for one in self.actions:
            if one.action == CLEAR:
                bytes_held -= held.pop(one.key, 0)
            elif one.action != USE and one.key not in held:
                held[one.key] = self.bytes_of(one)
                bytes_held += held[one.key]
            yield one.position, bytes_held

    @property
    def peak_bytes(self) -> int:
        """The most bytes of keys, prefetched ones included, that are in memory at once."""
        timeline = list(self.held())
        peak = max((bytes_held for _, bytes_held in timeline), default=0)
        for position, body in self.bodies.items():
            before = [bytes_held for at, bytes_held in timeline if at <= position]
            peak = max(peak, body.peak_bytes + (before[-1] if before else 0))
        return peak

    def lifetimes(self) -> list[Lifetime]:
        """The stays of all keys, by the positions at which they begin; without those in bodies of loops."""
        begun: dict[Key, tuple[int, int, list[int]]] = {}
        found: list[Lifetime] = []
        for one in self.actions:
            if one.action == CLEAR:
                prefetched, loaded, uses = begun.pop(one.key)
                found.append(Lifetime(one.key, prefetched, loaded, tuple(uses), one.position))
            elif one.action == USE:
                begun[one.key][2].append(one.position)
            else:
                first = begun.get(one.key, (one.position, 0, []))[0]
                begun[one.key] = (first, one.position, [])
        return sorted(found, key=lambda lifetime: (lifetime.prefetched, lifetime.loaded))

    def to_json(self) -> dict[str, Any]:
        """The manifest: budget, sizes and actions as plain values."""
        manifest: dict[str, Any] = {
            "budget_bytes": self.budget,
            "peak_bytes": self.peak_bytes,
            "total_bytes": self.total_bytes,
            "loads": self.loads,
            "keys": [
                {"kind": kind, "steps": steps, "bytes": size} for (kind, steps), size in self.sizes.items()
            ],
            "actions": [
                [one.position, one.action, *one.key, *([] if one.level is None else [one.level])]
                for one in self.actions
            ],
        }
        for one in manifest["keys"]:
            if sizes := self.level_sizes.get((one["kind"], one["steps"])):
                one["bytes_by_level"] = list(sizes)
        if self.bodies:
            manifest["loops"] = [
                {"position": position, **body.to_json()} for position, body in self.bodies.items()
            ]
        return manifest

    @staticmethod
    def from_json(data: Mapping[str, Any]) -> KeyPlan:
        """The inverse of :meth:`to_json`.

        Raises:
            KeyPlanError: the values are no plan.
        """
        try:
            sizes = {(str(one["kind"]), int(one["steps"])): int(one["bytes"]) for one in data["keys"]}
            actions = tuple(
                KeyAction(int(position), str(action), (str(kind), int(steps)), *map(int, level))
                for position, action, kind, steps, *level in data["actions"]
            )
            by_level = {
                (str(one["kind"]), int(one["steps"])): tuple(map(int, one["bytes_by_level"]))
                for one in data["keys"]
                if "bytes_by_level" in one
            }
            bodies = {int(one["position"]): KeyPlan.from_json(one) for one in data.get("loops", ())}
            return KeyPlan(int(data["budget_bytes"]), sizes, actions, bodies, by_level)
        except (KeyError, TypeError, ValueError) as error:
            raise KeyPlanError("this is no plan of key memory", hint="export the program anew") from error
