"""The command line that every benchmark here has: print a table, or keep it too."""

from __future__ import annotations

import argparse
import platform
from collections.abc import Callable
from datetime import date
from importlib.metadata import version
from pathlib import Path

RESULTS = Path(__file__).parent / "results"


def main(description: str, report: Callable[[], str], name: str) -> None:
    """Runs a benchmark.

    Args:
        description: its docstring.
        report: measures, and gives Markdown.
        name: of the module, and of the file in ``results`` that ``--write`` keeps the report in.
    """
    parser = argparse.ArgumentParser(description=description.splitlines()[0])
    parser.add_argument("--write", action="store_true", help=f"keep the report in results/{name}.md")
    options = parser.parse_args()
    text = report()
    print(text, end="")
    if options.write:
        RESULTS.mkdir(exist_ok=True)
        (RESULTS / f"{name}.md").write_text(text)


def provenance(name: str, *packages: str) -> str:
    """The command that makes a report, the date, the machine and the versions, as one line of Markdown."""
    versions = ", ".join(f"{package} {version(package)}" for package in packages)
    return (
        f"`python -m benchmarks.{name} --write`, {date.today()}, Python {platform.python_version()},"
        f" {versions}; one thread of {_processor()}."
    )


def _processor() -> str:
    info = Path("/proc/cpuinfo")
    lines = info.read_text().splitlines() if info.exists() else []
    names = [line.split(":", 1)[1].strip() for line in lines if line.startswith("model name")]
    return names[0] if names else platform.machine()
