"""Which evaluation keys a program uses, and from where to where in its schedule."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import replace

from hetorch_heir.backends.executor.library import BOOTSTRAP, RELINEARIZATION, ROTATION
from hetorch_heir.core.chain import CKKSChain
from hetorch_heir.export.layer_report import LayerStep
from hetorch_heir.key_memory.plan import Key, KeyPlan, Lifetime
from hetorch_heir.report.data import KeyPart

_OF_OPERATIONS: dict[str, tuple[Key, ...]] = {
    "relinearize": ((RELINEARIZATION, 0),),
    "bootstrap": ((RELINEARIZATION, 0), (BOOTSTRAP, 0)),
}
"""The keys of operations that always use the same."""


def key_parts(steps: Sequence[LayerStep], chain: CKKSChain) -> tuple[KeyPart, ...]:
    """The keys by their first use; positions are numbers of steps."""
    uses: Counter[Key] = Counter()
    positions: dict[Key, tuple[int, int]] = {}
    for position, step in enumerate(steps):
        used = Counter((ROTATION, turn) for turn in step.rotations)
        for name, count in step.operations.items():
            used.update(dict.fromkeys(_OF_OPERATIONS.get(name, ()), count))
        uses += used
        for key in used:
            first, _ = positions.get(key, (position, position))
            positions[key] = first, position
    return tuple(
        KeyPart(
            kind,
            turn,
            # What bootstrapping needs besides is up to the library.
            None if kind == BOOTSTRAP else chain.key_bytes,
            uses[kind, turn],
            (span,),
            (steps[span[0]].layer, steps[span[1]].layer),
        )
        for (kind, turn), span in positions.items()
    )


def planned_parts(parts: Sequence[KeyPart], plan: KeyPlan, slots: int) -> tuple[tuple[KeyPart, ...], int]:
    """The keys with their stays in memory under a plan, and the length of the schedule that these refer to.

    Keys that the plan doesn't hold, as no operation of the program loads them, are there all the time.
    """
    length = max((one.position for one in plan.actions), default=0) + 1
    stays: dict[Key, list[Lifetime]] = {}
    for one in plan.lifetimes():
        kind, steps = one.key
        stays.setdefault((kind, steps % slots), []).append(one)
    planned: list[KeyPart] = []
    for part in parts:
        own = stays.get((part.kind, part.steps), [])
        spans = tuple((one.prefetched, max(one.prefetched, one.cleared - 1)) for one in own)
        planned.append(replace(part, stays=spans or ((0, length - 1),)))
    return tuple(planned), length
