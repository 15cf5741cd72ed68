"""The options of ``hetorch-export`` that write reports: ``--report`` and ``--plots``."""

from __future__ import annotations

import argparse
import importlib.util
from pathlib import Path
from typing import TYPE_CHECKING

from hetorch_heir.core.errors import UsageError
from hetorch_heir.core.files import require_place

if TYPE_CHECKING:
    from hetorch_heir.export.result import ExportResult

TABLE = ""
"""Stands for the table that ``--report`` prints where no page is named."""
PAGE_SUFFIXES = (".html", ".htm")


def add_report_options(group: argparse._ArgumentGroup) -> None:  # pyright: ignore[reportPrivateUsage]
    group.add_argument(
        "--report",
        nargs="?",
        const=TABLE,
        type=_page,
        metavar="FILE.html",
        help="write a page for a browser, on what each layer costs; without a file, print a table",
    )
    group.add_argument(
        "--plots",
        metavar="DIR",
        help="write figures for papers, as PDF and SVG (needs the extra 'plots')",
    )


def check_report_options(options: argparse.Namespace) -> None:
    """Refuse places that reports can't be written to, before any work is done.

    Raises:
        OutputError: a folder is missing.
        UsageError: a report would take the program's place, or matplotlib is missing.
    """
    program = Path(options.output).resolve()  # one file has many names
    for option, place in (("--report", options.report), ("--plots", options.plots)):
        if place and Path(place).resolve() == program:
            raise UsageError(f"-o and {option} name the same place", hint="give each its own")
    if options.report:
        require_place(Path(options.report))
    if options.plots is not None:
        if importlib.util.find_spec("matplotlib") is None:
            raise UsageError(
                "--plots needs matplotlib, which is not installed",
                hint="install it: pip install 'hetorch-heir[plots]'",
            )
        require_place(Path(options.plots).absolute(), folder=True)


def write_reports(result: ExportResult, options: argparse.Namespace) -> list[str]:
    """Writes what the options ask for, and gives lines that say so."""
    lines: list[str] = []
    if options.report:
        result.write_report(options.report)
        lines.append(f"  report: {options.report}")
    if options.plots is not None:
        written = result.write_plots(options.plots)
        lines.append(f"  figures: {options.plots} ({', '.join(path.name for path in written)})")
    return lines


def _page(text: str) -> str:
    if text != TABLE and not text.lower().endswith(PAGE_SUFFIXES):
        raise argparse.ArgumentTypeError(
            f"'{text}' is no page: name a file that ends in .html, or for a table on the terminal write"
            " --report behind the model"
        )
    return text
