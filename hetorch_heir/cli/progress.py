"""Progress of long work, on standard error where that is a terminal."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

from hetorch_heir.core.progress import listening
from hetorch_heir.core.progress import stage as progress_bar

if TYPE_CHECKING:
    from rich.progress import Progress, TaskID

__all__ = ["progress_bar", "show_progress"]


@contextmanager
def show_progress(*, quiet: bool = False) -> Iterator[None]:
    """Show the stages of what is done inside of the block, with bars where it is known how much is to do.

    Nothing is shown where nobody would see it.
    """
    if quiet or not sys.stderr.isatty():
        yield
        return
    from rich.console import Console
    from rich.progress import (
        BarColumn,
        Progress,
        SpinnerColumn,
        TextColumn,
        TimeElapsedColumn,
        TimeRemainingColumn,
    )

    columns = (
        SpinnerColumn(),
        TextColumn("{task.description}", markup=False),
        BarColumn(bar_width=24),
        TextColumn("{task.fields[count]}", style="progress.download"),
        TimeElapsedColumn(),
        TimeRemainingColumn(),
    )
    # What is printed meanwhile goes above the bars; standard output may be a program's, and is left alone.
    with (
        Progress(*columns, console=Console(stderr=True), transient=True, redirect_stdout=False) as bars,
        listening(_Bars(bars)),
    ):
        yield


class _Bars:
    """A bar for each stage that has begun, those inside of others below them."""

    def __init__(self, bars: Progress) -> None:
        self._bars = bars
        self._open: list[TaskID] = []

    def begin(self, title: str) -> None:
        self._open.append(self._bars.add_task(f"{'  ' * len(self._open)}{title}", total=None, count=""))

    def advance(self, done: int, total: int) -> None:
        if self._open:
            self._bars.update(self._open[-1], completed=done, total=total, count=f"{done}/{total}")

    def end(self, title: str, seconds: float) -> None:
        self._bars.remove_task(self._open.pop())
