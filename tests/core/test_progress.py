"""Stages of work, and who is told of them."""

from __future__ import annotations

import pytest

from hetorch_heir.core.progress import Timings, listening, stage, tracked


class Told:
    def __init__(self) -> None:
        self.events: list[tuple[object, ...]] = []

    def begin(self, title: str) -> None:
        self.events.append(("begin", title))

    def advance(self, done: int, total: int) -> None:
        self.events.append((done, total))

    def end(self, title: str, seconds: float) -> None:
        assert seconds >= 0
        self.events.append(("end", title))


def test_listeners_are_told_of_stages_within_stages() -> None:
    first, second = Told(), Told()
    with listening(first), stage("outer"), listening(second):
        assert list(tracked("ab", "inner")) == ["a", "b"]
    inner = [("begin", "inner"), (1, 2), (2, 2), ("end", "inner")]
    assert second.events == inner
    assert first.events == [("begin", "outer"), *inner, ("end", "outer")]


def test_nobody_needs_to_listen() -> None:
    with stage("alone") as report:
        assert report is None
    assert list(tracked((1, 2), "items")) == [1, 2]


def test_a_stage_that_fails_ends() -> None:
    told = Told()
    with pytest.raises(ZeroDivisionError), listening(told), stage("fails"):
        _ = 1 / 0
    assert told.events[-1] == ("end", "fails")
    with stage("later") as report:
        assert report is None


def test_timings_add_up_by_place() -> None:
    timings = Timings()
    with listening(timings):
        for _ in range(2):
            with stage("passes"), stage("packing"):
                pass
        with stage("verify"):
            pass
    assert list(timings.seconds) == [("passes",), ("passes", "packing"), ("verify",)]
    assert timings.seconds["passes",] >= timings.seconds["passes", "packing"]
    assert list(timings.within("passes")) == ["packing"]
    lines = timings.table().splitlines()
    assert [line.split()[0] for line in lines] == ["passes", "packing", "verify"]
    assert lines[1].startswith("    packing")
    assert timings.table(least=1000.0) == ""
