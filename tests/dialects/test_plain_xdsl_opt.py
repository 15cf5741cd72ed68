"""What heir-opt prints goes through xdsl-opt, as it comes with xDSL, and back to heir-opt unchanged."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

BINARIES = Path(sys.executable).parent
CORPUS = sorted((Path(__file__).parent / "corpus").glob("*.mlir"))
PASSES = "// PASSES: "
SEPARATOR = "// -----\n"


def run(tool: str, *arguments: str | Path, text: str | None = None) -> str:
    done = subprocess.run(
        [BINARIES / tool, *arguments], input=text, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr[-2000:]
    return done.stdout


def compiled() -> list[str]:
    """What each list of passes that a file of the corpus names makes of it, without what it has twice."""
    modules = list[str]()
    for path in CORPUS:
        for line in path.read_text().splitlines():
            if line.startswith(PASSES):
                modules.append(run("heir-opt", path, *line.removeprefix(PASSES).split()).strip() + "\n")
    return list(dict.fromkeys(modules))


def test_it_comes_back_unchanged() -> None:
    modules = compiled()
    assert len(modules) >= 15
    through = run("xdsl-opt", "--split-input-file", text=SEPARATOR.join(modules))
    back = run("heir-opt", "--split-input-file", text=through)
    assert [module.strip() for module in back.split(SEPARATOR)] == [module.strip() for module in modules]
