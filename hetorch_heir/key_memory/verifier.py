"""Checks that a plan of key memory is one that can be carried out."""

from __future__ import annotations

from collections import deque
from collections.abc import Mapping, Sequence

from hetorch_heir.key_memory.errors import KeyPlanError
from hetorch_heir.key_memory.plan import CLEAR, LOAD, PREFETCH, USE, Key, KeyAction, KeyPlan, KeyUse


def verify_plan(plan: KeyPlan, uses: Sequence[KeyUse]) -> None:
    """Check ``plan`` for the schedule ``uses``.

    Raises:
        KeyPlanError: a key is used before its load or after it was cleared, cleared twice, loaded twice,
            prefetched in vain or left in memory at the end, or after an iteration of a loop that loads it;
            the keys exceed the budget; or the plan's uses are not the schedule's.
    """
    state = _State(plan)
    position = 0
    scheduled = {use.position: use for use in uses}
    waiting = deque(sorted({*plan.bodies, *(use.position for use in uses if use.alone)}))
    for one in plan.actions:
        while waiting and waiting[0] < one.position:
            _verify_pause(plan, scheduled, waiting.popleft(), state)
        if one.key not in plan.sizes:
            raise _broken(one, "is a key whose size the plan doesn't say")
        if one.position < position:
            raise _broken(one, f"comes after what happens at position {position}")
        position = one.position
        state.apply(one)
        if one.action == USE:
            state.require_level(one, scheduled.get(one.position))
    if state.bytes_of:
        kind, steps = min(state.bytes_of)
        raise KeyPlanError(f"the {kind} key of {steps} steps is never cleared")
    for pause in waiting:
        _verify_pause(plan, scheduled, pause, state)
    planned = [(one.position, one.key) for one in plan.actions if one.action == USE]
    expected = [(use.position, key) for use in uses for key in _keys_during(plan, use)]
    if planned != expected:
        raise KeyPlanError("the plan uses other keys, or in another order, than the program")


def _keys_during(plan: KeyPlan, use: KeyUse) -> tuple[Key, ...]:
    """The keys in memory throughout an operation: for a loop with a plan of its own, those not in that."""
    if use.position not in plan.bodies:
        return use.every_key
    every = use.every_key
    return tuple(key for key in plan.used_at(use.position) if key in every)


def _verify_pause(plan: KeyPlan, scheduled: Mapping[int, KeyUse], position: int, state: _State) -> None:
    """Check what happens in a loop with a plan of its own, or a function that is called."""
    use, body = scheduled.get(position), plan.bodies.get(position)
    held = sum(state.bytes_of.values())
    if body is None:
        if held:
            raise KeyPlanError(
                f"at position {position}: keys are in memory in the call of a function with a plan"
            )
        return
    if use is None or not use.body:
        raise KeyPlanError(f"at position {position}: the plan of a loop's body where the program has no loop")
    if held + body.budget > plan.budget:
        raise KeyPlanError(
            f"at position {position}: a loop's body may have {body.budget:,} bytes of keys besides the"
            f" {held:,} in memory, over the budget of {plan.budget:,}"
        )
    inner = use.without(plan.used_at(position)).body
    verify_plan(body, [one for one in inner if one.every_key or one.waits_alone])


class _State:
    """The keys in memory while a plan is carried out."""

    def __init__(self, plan: KeyPlan) -> None:
        self._plan = plan
        self.bytes_of: dict[Key, int] = {}
        self._ready: dict[Key, int | None] = {}
        self._cleared: set[Key] = set()

    def apply(self, one: KeyAction) -> None:
        handlers = {PREFETCH: self._prefetch, LOAD: self._load, USE: self._use, CLEAR: self._clear}
        if one.action not in handlers:
            raise _broken(one, "is no action")
        handlers[one.action](one)

    def _admit(self, one: KeyAction) -> None:
        self.bytes_of[one.key] = self._plan.bytes_of(one)
        total = sum(self.bytes_of.values())
        if total > self._plan.budget:
            raise _broken(one, f"makes {total:,} bytes of keys, over the budget of {self._plan.budget:,}")

    def _prefetch(self, one: KeyAction) -> None:
        if one.key in self.bytes_of:
            raise _broken(one, "is of a key in memory")
        self._admit(one)

    def _load(self, one: KeyAction) -> None:
        if one.key in self._ready:
            raise _broken(one, "is of a key in memory")
        if one.key not in self.bytes_of:
            self._admit(one)
        elif self._plan.bytes_of(one) > self.bytes_of[one.key]:
            raise _broken(one, "is of a larger one than was prefetched")
        self._ready[one.key] = one.level

    def require_level(self, one: KeyAction, use: KeyUse | None) -> None:
        """Check that the key in memory is for the level at which it is used."""
        loaded = self._ready[one.key]
        needed = use.level if use is not None and not use.body else None
        if loaded is not None and (needed is None or needed > loaded):
            raise _broken(one, f"is at level {needed}, of one that was loaded for level {loaded}")

    def _use(self, one: KeyAction) -> None:
        if one.key not in self._ready:
            when = "comes after the key was cleared" if one.key in self._cleared else "comes before its load"
            raise _broken(one, when)

    def _clear(self, one: KeyAction) -> None:
        if one.key not in self._ready:
            twice = "is the second of one load" if one.key in self._cleared else "comes before a load"
            raise _broken(one, twice)
        del self._ready[one.key]
        del self.bytes_of[one.key]
        self._cleared.add(one.key)


def _broken(one: KeyAction, why: str) -> KeyPlanError:
    kind, steps = one.key
    return KeyPlanError(f"at position {one.position}: {one.action} of the {kind} key ({steps} steps) {why}")
