"""Fewer rotation keys: rare rotations as two rotations by keys that stay."""

from __future__ import annotations

from collections.abc import Mapping

from hetorch_heir.key_memory.errors import KeyPlanError


def decompose_rotations(counts: Mapping[int, int], max_keys: int, slots: int) -> dict[int, tuple[int, int]]:
    """Which rotations become two: for each, the steps of both, whose sum it is modulo ``slots``.

    The rarest go first, as each of their uses costs a rotation more. The choice is greedy.

    Args:
        counts: how often a program rotates by each number of steps.
        max_keys: the most keys that may remain.
        slots: of the ring, after which rotations repeat.

    Raises:
        KeyPlanError: more keys remain; says how many.
    """
    kept = set(counts)
    pairs: dict[int, tuple[int, int]] = {}
    for steps in sorted(counts, key=lambda one: (counts[one], -one)):
        if len(kept) <= max_keys:
            break
        used = {part for pair in pairs.values() for part in pair}
        pair = None if steps in used else _pair(steps, kept - {steps}, counts, slots)
        if pair is not None:
            pairs[steps] = pair
            kept.remove(steps)
    if len(kept) > max_keys:
        raise KeyPlanError(
            f"{len(kept)} rotation keys remain, and {max_keys} are allowed", hint=f"allow {len(kept)}"
        )
    return pairs


def _pair(steps: int, kept: set[int], counts: Mapping[int, int], slots: int) -> tuple[int, int] | None:
    """The two kept rotations that make ``steps``, those used most if there is a choice."""
    residues = {one % slots: one for one in kept}
    found = [(one, residues[(steps - one) % slots]) for one in kept if (steps - one) % slots in residues]
    return max(found, key=lambda pair: (counts[pair[0]] + counts[pair[1]], pair), default=None)
