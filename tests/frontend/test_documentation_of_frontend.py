"""The documentation of the frontend: its example runs, and it names every form."""

from __future__ import annotations

import re
from pathlib import Path

from hetorch_heir.frontend.forms.activations import ACTIVATIONS
from hetorch_heir.frontend.schema import operator_name
from hetorch_heir.frontend.support import NORMAL_FORMS

PAGE = (Path(__file__).parents[2] / "docs" / "frontend.md").read_text()


def test_the_example_runs() -> None:
    (example,) = re.findall(r"```python\n(.*?)```", PAGE, re.DOTALL)
    exec(compile(example, "docs/frontend.md", "exec"), {})


def test_every_activation_is_named() -> None:
    (paragraph,) = re.findall(r"^Activations: (.*?)\. `clamp", PAGE, re.MULTILINE | re.DOTALL)
    known = {operator_name(operator).removeprefix("aten.") for operator in ACTIVATIONS}
    spellings = {"clamp_min", "clamp_max"}  # clamp, with one bound
    assert set(re.findall(r"`(\w+)`", paragraph)) == known - spellings


def test_every_form_is_named() -> None:
    (table,) = re.findall(r"## Normal form\n\n(.*?)\n\n", PAGE, re.DOTALL)
    for operator in NORMAL_FORMS:
        assert f"`{operator_name(operator).removeprefix('aten.')}(" in table
