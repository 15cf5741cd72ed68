"""The counts of docs/planner.md are measured."""

from __future__ import annotations

import re
from pathlib import Path

import numpy as np
import pytest
import torch
from torch import Tensor, nn

from hetorch_heir.export.compilation import ParameterOptions, compile_graph, default_pipeline
from hetorch_heir.frontend import to_graph
from hetorch_heir.linalg.layout import Layout
from hetorch_heir.linalg.linear_map import Matrix
from hetorch_heir.linalg.planner import TransformPlanner
from hetorch_heir.passes.cost import analyze
from hetorch_heir.passes.pipeline import PassPipeline

PAGE = (Path(__file__).parents[2] / "docs" / "planner.md").read_text()
MODEL_ROWS = re.findall(r"^\| (\d+) \| (\w+) \| (\d+) \| (\d+) \| (\d+) \|$", PAGE, re.MULTILINE)
MAP_ROWS = re.findall(
    r"^\| (\d+) → (\d+) \| (.+?) → (.+?) \| (.+?) \| (\d+) \| (\d+) \|$", PAGE, re.MULTILINE
)
SLOTS = 8192


class Perceptron(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        torch.manual_seed(0)
        self.layers = nn.ModuleList([nn.Linear(784, 128), nn.Linear(128, 128), nn.Linear(128, 10)])

    def forward(self, x: Tensor) -> Tensor:
        first, second, last = self.layers
        x = first(x) ** 2
        return last(second(x) ** 2)


def test_the_tables_are_read() -> None:
    assert (len(MODEL_ROWS), len(MAP_ROWS)) == (8, 6)


@pytest.mark.parametrize("row", MODEL_ROWS, ids=" ".join)
def test_counts_of_the_perceptron(row: tuple[str, ...]) -> None:
    slots, strategy, *expected = row
    graph_module = to_graph(Perceptron().eval(), (torch.zeros(1, 784),))
    text = default_pipeline(8).replace("strategy=auto", f"strategy={strategy}")
    result = compile_graph(graph_module, PassPipeline.parse(text), ParameterOptions(slots=int(slots)))
    cost = analyze(result.graph_module, result.context)
    counts = cost.total_operations
    assert [counts["rotate"], counts["pmult"], cost.rotation_keys] == [int(one) for one in expected]
    assert (result.chain.max_level, counts["rescale"], counts["relinearize"]) == (5, 5, 2)


def layout_of(text: str, size: int, rows: int) -> Layout:
    if text.startswith("skewed by "):
        return Layout.skewed(size, SLOTS, int(text.removeprefix("skewed by ")), rows)
    return {"periodic": Layout.periodic, "contiguous": Layout.contiguous}[text](size, SLOTS)


@pytest.mark.parametrize("row", MAP_ROWS, ids=" ".join)
def test_counts_of_single_maps(row: tuple[str, ...]) -> None:
    columns, rows = int(row[0]), int(row[1])
    # Maps to 128 and 10 results; a skewed target is for the 10 scores that follow.
    source = layout_of(row[2], columns, 128 if rows == 128 else 16)
    target = layout_of(row[3], rows, 16)
    plan = TransformPlanner().plan(Matrix(np.ones((rows, columns))), source, target)
    parts = [("prelude", len(plan.prelude)), ("ladder", len(plan.ladder))]
    schedule = ", ".join(f"{name} of {count}" for name, count in parts if count) or "nearest"
    assert (schedule, plan.rotations, len(plan.products)) == (row[4], int(row[5]), int(row[6]))
