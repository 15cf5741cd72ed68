"""The documentation of the passes: its example runs, and it is complete."""

from __future__ import annotations

import dataclasses
import re
from pathlib import Path

import pytest

from hetorch_heir.passes.builtin import BUILTIN_PASSES, BuiltinPass

PAGE = (Path(__file__).parents[2] / "docs" / "passes.md").read_text()


def test_the_examples_run() -> None:
    examples = re.findall(r"```python\n(.*?)```", PAGE, re.DOTALL)
    assert examples
    exec(compile("\n".join(examples), "docs/passes.md", "exec"), {})


@pytest.mark.parametrize("row", BUILTIN_PASSES, ids=lambda row: row.name)
def test_every_pass_and_option_is_documented(row: BuiltinPass) -> None:
    section = PAGE.split(f"\n## {row.class_name}\n")[1].split("\n## ")[0]
    for field in dataclasses.fields(row.load()):  # pyright: ignore[reportArgumentType]
        assert f"`{field.name}`" in section
    (line,) = re.findall(rf"^\| `{row.class_name}` \|.*$", PAGE, re.MULTILINE)
    _, name, requires, provides, schemes = (cell.strip(" `") for cell in line.strip("|").split("|"))
    assert name == row.name
    assert {one for one in requires.split(", ") if one} == row.load().requires
    assert provides == (row.provides or "")
    # All three schemes, or no difference between schemes: both read "all".
    assert schemes == ("CKKS" if len(row.load().scheme_specific) == 1 else "all")
