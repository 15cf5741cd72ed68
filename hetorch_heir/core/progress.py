"""Progress of long work, for whoever shows or measures it.

Work says what it is at with :func:`stage`, and how far it has come with :func:`tracked`. Whoever wants to
know listens, with :func:`listening`; nobody else has to hand anything down, and work that nobody listens to
goes on as if this weren't there.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Generator, Iterator, Sequence
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, field
from typing import Protocol, TypeVar

Item = TypeVar("Item")

Report = Callable[[int, int], None]
"""Takes how much is done, of how much."""


class Listener(Protocol):
    """Is told of stages, which contain each other."""

    def begin(self, title: str) -> None:
        """A stage begins within those that have begun."""

    def advance(self, done: int, total: int) -> None:
        """The innermost stage has come so far."""

    def end(self, title: str, seconds: float) -> None:
        """The innermost stage ends."""


_LISTENERS: ContextVar[tuple[Listener, ...]] = ContextVar("listeners", default=())


@contextmanager
def listening(listener: Listener) -> Generator[None]:
    """Tell a listener of all stages of what is done inside of the block, besides those who listen already."""
    token = _LISTENERS.set((*_LISTENERS.get(), listener))
    try:
        yield
    finally:
        _LISTENERS.reset(token)


@contextmanager
def stage(title: str) -> Generator[Report | None]:
    """A part of the work; what to tell of its progress, or None if nobody listens."""
    listeners = _LISTENERS.get()
    if not listeners:
        yield None
        return

    def report(done: int, total: int) -> None:
        for one in listeners:
            one.advance(done, total)

    for one in listeners:
        one.begin(title)
    start = time.perf_counter()
    try:
        yield report
    finally:
        seconds = time.perf_counter() - start
        for one in listeners:
            one.end(title, seconds)


def tracked(items: Sequence[Item], title: str) -> Iterator[Item]:
    """The items one by one, as a stage that advances with each."""
    with stage(title) as report:
        for number, item in enumerate(items):
            yield item
            if report is not None:
                report(number + 1, len(items))


@dataclass
class Timings:
    """A listener that adds up how long stages take.

    Attributes:
        seconds: by the titles of a stage and of those that it is in, outermost first, in order of beginning.
    """

    seconds: dict[tuple[str, ...], float] = field(default_factory=dict[tuple[str, ...], float])
    _path: tuple[str, ...] = ()

    def begin(self, title: str) -> None:
        self._path = (*self._path, title)
        self.seconds.setdefault(self._path, 0.0)

    def advance(self, done: int, total: int) -> None:
        """Only ends count."""

    def end(self, title: str, seconds: float) -> None:
        self.seconds[self._path] += seconds
        self._path = self._path[:-1]

    def within(self, title: str) -> dict[str, float]:
        """Seconds of the stages directly within those of a title, added up."""
        found: dict[str, float] = {}
        for path, seconds in self.seconds.items():
            if len(path) > 1 and path[-2] == title:
                found[path[-1]] = found.get(path[-1], 0.0) + seconds
        return found

    def table(self, least: float = 0.0) -> str:
        """A line for each stage that took at least so many seconds, indented by depth."""
        rows = [
            (f"{'  ' * (len(path) - 1)}{path[-1]}", seconds)
            for path, seconds in self.seconds.items()
            if seconds >= least
        ]
        width = max((len(name) for name, _ in rows), default=0)
        return "\n".join(f"  {name:{width}} {seconds:9.3f} s" for name, seconds in rows)
