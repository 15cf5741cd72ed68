"""Layouts without overlaps, with graphviz and without it."""

from __future__ import annotations

import itertools
import shutil
from collections.abc import Callable, Sequence
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from hetorch_heir.report.graph_layout import Box, GraphLayout, arrange, arrange_in_rows

Arrange = Callable[[Sequence[Box], Sequence[tuple[str, str]]], GraphLayout]
WIDTH, HEIGHT = 200.0, 60.0
ROUNDING = 1.5
"""Pixels: dot prints five digits, of drawings that are up to 20000 pixels high."""


def boxes(count: int) -> list[Box]:
    return [Box(f"n{number}", WIDTH, HEIGHT) for number in range(count)]


def residual(blocks: int) -> tuple[list[Box], list[tuple[str, str]]]:
    """Chains of three with a way around each."""
    count = 3 * blocks + 1
    chain = [(f"n{number}", f"n{number + 1}") for number in range(count - 1)]
    around = [(f"n{start}", f"n{start + 3}") for start in range(0, count - 3, 3)]
    return boxes(count), chain + around


def check(layout: GraphLayout, drawn: Sequence[Box], edges: Sequence[tuple[str, str]]) -> None:
    assert set(layout.centres) == {box.name for box in drawn}
    for (x, y), (other_x, other_y) in itertools.combinations(layout.centres.values(), 2):
        assert abs(x - other_x) >= WIDTH - ROUNDING or abs(y - other_y) >= HEIGHT - ROUNDING
    for x, y in layout.centres.values():
        assert WIDTH / 2 - ROUNDING <= x <= layout.width - WIDTH / 2 + ROUNDING
        assert HEIGHT / 2 - ROUNDING <= y <= layout.height - HEIGHT / 2 + ROUNDING
    assert {(edge.tail, edge.head) for edge in layout.edges} >= set(edges)
    for edge in layout.edges:
        assert len(edge.points) % 3 == 1
        (x, y), (tail_x, tail_y) = edge.points[0], layout.centres[edge.tail]
        assert abs(x - tail_x) <= WIDTH / 2 + 1 and abs(y - tail_y) <= HEIGHT / 2 + 1


@pytest.mark.parametrize("blocks", [1, 4, 66])
@pytest.mark.parametrize("way", [arrange, arrange_in_rows])
def test_no_boxes_overlap(way: Arrange, blocks: int) -> None:
    drawn, edges = residual(blocks)
    check(way(drawn, edges), drawn, edges)


@settings(max_examples=40, deadline=None)
@given(st.data())
def test_rows_hold_any_graph(data: st.DataObject) -> None:
    drawn = boxes(data.draw(st.integers(1, 12)))
    names = st.sampled_from([box.name for box in drawn])
    pairs = data.draw(st.lists(st.tuples(names, names), max_size=20, unique=True))
    edges = [(tail, head) for tail, head in pairs if tail != head]
    check(arrange_in_rows(drawn, edges), drawn, edges)


def test_edges_pass_beside_boxes_of_rows_in_between() -> None:
    drawn, edges = residual(1)
    layout = arrange_in_rows(drawn, edges)
    (around,) = [edge for edge in layout.edges if (edge.tail, edge.head) == ("n0", "n3")]
    for name in ("n1", "n2"):
        x, y = layout.centres[name]
        level = [point for point in around.points if abs(point[1] - y) <= HEIGHT / 2]
        assert level and all(abs(point[0] - x) > WIDTH / 2 for point in level)


@pytest.mark.parametrize("program", ["exit 1", "echo nonsense", "echo graph 1 1 1"])
def test_a_broken_dot_is_no_reason_to_fail(
    program: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    dot = tmp_path / "dot"
    dot.write_text(f"#!/bin/sh\n{program}\n")
    dot.chmod(0o755)
    monkeypatch.setenv("PATH", str(tmp_path))
    drawn, edges = residual(2)
    assert arrange(drawn, edges) == arrange_in_rows(drawn, edges)
    dot.unlink()
    assert shutil.which("dot") is None
    assert arrange(drawn, edges) == arrange_in_rows(drawn, edges)
