"""Which evaluation keys the operations of a stream use, and at which levels."""

from __future__ import annotations

from hetorch_heir.backends.executor.library import BOOTSTRAP, RELINEARIZATION, ROTATION
from hetorch_heir.backends.executor.stream import Instruction, Stream

Key = tuple[str, int]

FIXED: dict[str, tuple[Key, ...]] = {
    "relinearize": ((RELINEARIZATION, 0),),
    "bootstrap": ((RELINEARIZATION, 0), (BOOTSTRAP, 0)),
}
"""The keys of operations that always use the same."""


def keys_of(instruction: Instruction, lanes: int = 1) -> tuple[Key, ...]:
    """The keys that an operation needs, with the steps of rotations in the ring."""
    if instruction.operation == "rotate":
        return ((ROTATION, instruction.argument * lanes),)
    return FIXED.get(instruction.operation, ())


def highest_levels(stream: Stream, lanes: int = 1) -> dict[Key, int]:
    """The highest level at which a program uses each key.

    Keys that bootstrapping uses are not in it: it works above the levels of the program.
    """
    levels: dict[Key, int] = {}
    unbounded: set[Key] = set()
    for one in stream.instructions():
        keys = keys_of(one, lanes)
        level = int(stream.states[one.x][0])
        if one.operation == "bootstrap":
            unbounded.update(keys)
        levels.update({key: max(level, levels.get(key, 0)) for key in keys})
    return {key: level for key, level in levels.items() if key not in unbounded}
