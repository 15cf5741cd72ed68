"""Which evaluation keys a program uses, and from where to where in its schedule."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

from hetorch_heir.backends.executor.library import BOOTSTRAP, RELINEARIZATION, ROTATION
from hetorch_heir.core.chain import CKKSChain
from hetorch_heir.export.layer_report import LayerStep
from hetorch_heir.key_memory.plan import Key
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
