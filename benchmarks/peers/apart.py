"""Functions called in processes of their own, with limits: what goes wrong there is a result, not an end.

Nothing here needs more than Python: other compilers' environments import it too.
"""

from __future__ import annotations

import dataclasses
import json
import os
import resource
import signal
import subprocess
import sys
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[2]
LONGEST_REASON = 160
"""Characters of a reason, which stands in a table."""


@dataclass(frozen=True)
class Limits:
    """Of a process, and of each that it starts: seconds on the clock, bytes of address space."""

    seconds: float = 600.0
    bytes: int = 14 << 30


@dataclass(frozen=True)
class Failure:
    """Why there is no result, in one line."""

    reason: str


def call_apart(
    module: str,
    request: Mapping[str, Any],
    limits: Limits = Limits(),
    *,
    python: str | Path = sys.executable,
) -> dict[str, Any] | Failure:
    """Calls the function that a module serves.

    Args:
        module: its name; it ends with :func:`serve`.
        request: the function's arguments.
        limits: of the process.
        python: the interpreter.

    Returns:
        The fields of what the function returned.
    """
    return run_apart([str(python), "-m", module, json.dumps(request)], limits)


def run_apart(command: Sequence[str], limits: Limits = Limits()) -> dict[str, Any] | Failure:
    """Runs a command that prints JSON as its last line; with everything that it starts, it ends in time."""
    paths = os.pathsep.join([str(ROOT), str(ROOT / "dialects")])
    try:
        process = subprocess.Popen(
            command,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            cwd=ROOT,
            env={**os.environ, "PYTHONPATH": paths, "OMP_NUM_THREADS": "1"},
            start_new_session=True,
            preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_AS, (limits.bytes, limits.bytes)),
        )
    except OSError as error:
        return Failure(str(error))
    try:
        output, errors = process.communicate(timeout=limits.seconds)
    except subprocess.TimeoutExpired:
        return Failure(f"no result in {limits.seconds:g} s")
    finally:
        _end_group(process)
    if process.returncode != 0:
        return Failure(_reason(process.returncode, errors))
    return json.loads(output.splitlines()[-1])


def _end_group(process: subprocess.Popen[str]) -> None:
    """Ends the process and what it left running."""
    try:
        os.killpg(process.pid, signal.SIGKILL)
    except ProcessLookupError:
        return  # all have ended by themselves
    process.communicate()


def _reason(code: int, errors: str) -> str:
    if code < 0:
        return f"ended by {signal.Signals(-code).name}"
    lines = [line.strip() for line in errors.splitlines() if line.strip()]
    return one_line(lines[-1] if lines else f"exit code {code}")


def one_line(text: str) -> str:
    """The first line of a text, short enough and fit for a cell of a Markdown table."""
    line = (text.strip().splitlines() or [""])[0].replace("|", "\\|")
    return line if len(line) <= LONGEST_REASON else line[: LONGEST_REASON - 1] + "…"


def serve(function: Callable[..., Any]) -> None:
    """Calls a function with the request on the command line, and prints the dataclass that it returns.

    An exception is printed as one line, which is the reason of the failure.
    """
    try:
        result = function(**json.loads(sys.argv[1]))
    except Exception as error:
        # This project's errors say what happened; the text of others may be a mere name.
        kind = "" if hasattr(error, "what") else f"{type(error).__name__}: "
        print(one_line(f"{kind}{error}"), file=sys.stderr)
        sys.exit(1)
    print(f"\n{json.dumps(dataclasses.asdict(result))}")
