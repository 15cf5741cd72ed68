"""Placing bootstraps by local search, where graphs are too large for exact programming."""

from __future__ import annotations

import time

from hetorch_heir.passes.management.level_problem import LevelProblem, Placement

TIME_LIMIT_SECONDS = 10.0


def place_by_search(problem: LevelProblem, *, time_limit: float = TIME_LIMIT_SECONDS) -> Placement | None:
    """A placement from which no bootstrap can be left out, alone or after adding another one.

    Starts with everything refreshed, leaves out what can be left out, and then tries at every place to
    refresh there and to leave out others instead.

    Args:
        time_limit: seconds after which the best placement so far is returned.
    """
    deadline = time.monotonic() + time_limit
    candidates = [index for index, one in enumerate(problem.operations) if one.refreshable]
    everything = problem.placement(candidates)
    if everything is None:
        return None
    best = _without_dispensable(problem, everything)
    improved = True
    while improved and time.monotonic() < deadline:
        improved = False
        for index in candidates:
            if time.monotonic() >= deadline:
                break
            added = None if index in best.refreshed else problem.placement(best.refreshed | {index})
            if added is None:
                continue
            shifted = _without_dispensable(problem, added, keep=index)
            if shifted.latency < best.latency:
                best, improved = shifted, True
    return best


def _without_dispensable(problem: LevelProblem, placement: Placement, keep: int | None = None) -> Placement:
    """Leaves out what can be left out, late ones last, if that is faster."""
    for index in sorted(placement.refreshed):
        less = None if index == keep else problem.placement(placement.refreshed - {index})
        if less is not None and less.latency < placement.latency:
            placement = less
    return placement
