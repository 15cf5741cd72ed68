"""The page on approximation: its example runs, and its tables are what is measured."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from hetorch_heir.approx import ACTIVATION_NAMES, activation, approximate, plan_evaluation
from hetorch_heir.approx.fit import Method

PAGE = (Path(__file__).parents[2] / "docs" / "approximation.md").read_text()


def table_after(text: str) -> list[list[str]]:
    """Cells of the rows of the first table after that text, without its header."""
    rows = re.findall(r"^\|(.*)\|$", PAGE.split(text, 1)[1].split("\n\n", 2)[1], re.MULTILINE)
    return [[cell.strip() for cell in row.split("|")] for row in rows[2:]]


def test_the_examples_run() -> None:
    for example in re.findall(r"```python\n(.*?)```", PAGE, re.DOTALL):
        exec(compile(example, "docs/approximation.md", "exec"), {})


def test_every_function_is_listed() -> None:
    listed = PAGE.split("`activation(name)` knows")[1].split(", with PyTorch's")[0]
    assert tuple(sorted(re.findall(r"`(\w+)`", listed))) == ACTIVATION_NAMES


@pytest.mark.parametrize("row", table_after("Largest errors on the default ranges:"), ids=lambda row: row[0])
def test_errors_are_as_stated(row: list[str]) -> None:
    function = activation(row[0])
    a, b = function.default_range
    assert row[1] == f"({a:g}, {b:g})"
    columns: list[tuple[int, Method]] = [
        (degree, method) for degree in (8, 10) for method in ("chebyshev", "least_squares", "minimax")
    ]
    measured = [approximate(function, d, method=method).max_error(function) for d, method in columns]
    assert row[2:] == [f"{error:.1e}" for error in measured]


@pytest.mark.parametrize(
    "row", table_after("with the divisions that are taken by default:"), ids=lambda row: row[0]
)
def test_counts_are_as_stated(row: list[str]) -> None:
    degree = int(row[0])
    for stated, (name, domain, at) in zip(
        row[3:],
        [
            ("elu", (-12.0, 12.0), degree),
            ("tanh", (-40.0, 40.0), degree),
            ("gelu", (-40.0, 40.0), degree - 1),
        ],
        strict=True,
    ):
        coefficients = approximate(activation(name), at, domain).coefficients
        plans = [plan_evaluation(coefficients, noise_limit=limit) for limit in (0.0, 2.0)]
        assert {plan.depth for plan in plans} == {int(row[1])}
        assert stated == ", ".join(str(plan.products) for plan in plans)
