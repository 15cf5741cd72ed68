"""Where the boxes of a graph lie in a drawing, and the ways of its edges.

Graphviz's ``dot`` finds the places where it is installed. Without it, boxes lie in rows by their distance
from the inputs, and an edge over several rows goes around the boxes in between (Sugiyama, Tagawa and Toda,
"Methods for visual understanding of hierarchical system structures", 1981).
"""

from __future__ import annotations

import itertools
import shlex
import shutil
import subprocess
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

Point = tuple[float, float]
POINTS_PER_INCH = 72.0
SECONDS = 20.0
"""That ``dot`` may take before the rows are used."""
SWEEPS = 4
"""Over the rows, in which each box moves towards its neighbours."""


@dataclass(frozen=True)
class Box:
    """A node of the graph; sizes are pixels."""

    name: str
    width: float
    height: float


@dataclass(frozen=True)
class Edge:
    """A way between two boxes, as the control points of a curve of cubic Bézier pieces."""

    tail: str
    head: str
    points: tuple[Point, ...]


@dataclass(frozen=True)
class GraphLayout:
    """Centres of the boxes, and the edges, in a picture of ``width`` by ``height`` pixels."""

    width: float
    height: float
    centres: Mapping[str, Point]
    edges: tuple[Edge, ...]


def arrange(boxes: Sequence[Box], edges: Sequence[tuple[str, str]], gap: float = 28.0) -> GraphLayout:
    """Places boxes from the top down such that none overlap.

    Args:
        boxes: their names differ.
        edges: tails and heads, by name.
        gap: the least distance between two boxes.
    """
    program = shutil.which("dot")
    if program is not None:
        found = _with_dot(program, boxes, edges, gap)
        if found is not None:
            return found
    return arrange_in_rows(boxes, edges, gap)


def _with_dot(
    program: str, boxes: Sequence[Box], edges: Sequence[tuple[str, str]], gap: float
) -> GraphLayout | None:
    """The layout by ``dot``; None if it fails."""
    numbers = {box.name: number for number, box in enumerate(boxes)}
    inches = gap / POINTS_PER_INCH
    lines = [
        f"digraph {{ rankdir=TB; ranksep={inches:.3f}; nodesep={inches:.3f};",
        'node [shape=box fixedsize=true label=""];',
        *(
            f"{numbers[box.name]} [width={box.width / POINTS_PER_INCH:.4f}"
            f" height={box.height / POINTS_PER_INCH:.4f}];"
            for box in boxes
        ),
        *(f"{numbers[tail]} -> {numbers[head]};" for tail, head in edges),
        "}",
    ]
    try:
        done = subprocess.run(
            [program, "-Tplain"], input="\n".join(lines), capture_output=True, text=True, timeout=SECONDS
        )
        return _read_plain(done.stdout, boxes) if done.returncode == 0 else None
    except (OSError, subprocess.SubprocessError, ValueError, IndexError):
        return None


def _read_plain(text: str, boxes: Sequence[Box]) -> GraphLayout:
    """Graphviz's plain format: inches, with the origin at the lower left."""
    width = height = 0.0
    centres: dict[str, Point] = {}
    edges: list[Edge] = []

    def point(x: str, y: str) -> Point:
        return float(x) * POINTS_PER_INCH, height - float(y) * POINTS_PER_INCH

    for line in text.splitlines():
        kind, *words = shlex.split(line)
        if kind == "graph":
            width, height = (float(word) * POINTS_PER_INCH for word in words[1:3])
        elif kind == "node":
            centres[boxes[int(words[0])].name] = point(words[1], words[2])
        elif kind == "edge":
            count = int(words[2])
            numbers = words[3 : 3 + 2 * count]
            points = tuple(point(x, y) for x, y in zip(numbers[::2], numbers[1::2], strict=True))
            edges.append(Edge(boxes[int(words[0])].name, boxes[int(words[1])].name, points))
    if len(centres) != len(boxes):
        raise ValueError("dot left out a node")
    return GraphLayout(width, height, centres, tuple(edges))


def arrange_in_rows(boxes: Sequence[Box], edges: Sequence[tuple[str, str]], gap: float = 28.0) -> GraphLayout:
    """The layout without ``dot``; arguments are those of :func:`arrange`."""
    position = {box.name: number for number, box in enumerate(boxes)}
    # Edges that lead back, as between layers that are computed in turns, don't count for the rows.
    forward = [(tail, head) for tail, head in edges if position[tail] < position[head]]
    rows = _rows(boxes, forward)
    places = {box.name: (box.width, box.height) for box in boxes}
    ways, lines = _with_bends(rows, forward, places)
    ordered = _ordered(lines, ways)
    centres, width, height = _placed(ordered, places, gap)
    drawn = [
        Edge(tail, head, _curve([centres[one] for one in (tail, *bends, head)], places[tail], places[head]))
        for (tail, head), bends in ways.items()
    ]
    back = [
        Edge(tail, head, _around(centres[tail], centres[head], places[tail][0], gap))
        for tail, head in edges
        if position[tail] >= position[head]
    ]
    kept = {name: centre for name, centre in centres.items() if name in position}
    return GraphLayout(width + gap, height, kept, (*drawn, *back))


def _rows(boxes: Sequence[Box], edges: Iterable[tuple[str, str]]) -> dict[str, int]:
    """The row of each box: one more than the lowest of those before it."""
    before: dict[str, list[str]] = {box.name: [] for box in boxes}
    for tail, head in edges:
        before[head].append(tail)
    rows: dict[str, int] = {}
    for box in boxes:
        rows[box.name] = max((rows[tail] + 1 for tail in before[box.name]), default=0)
    return rows


def _with_bends(
    rows: Mapping[str, int], edges: Sequence[tuple[str, str]], places: dict[str, tuple[float, float]]
) -> tuple[dict[tuple[str, str], list[str]], list[list[str]]]:
    """For each edge the names of its bends, one in every row that it passes, and the names in each row."""
    lines: list[list[str]] = [[] for _ in range(max(rows.values(), default=-1) + 1)]
    for name, row in rows.items():
        lines[row].append(name)
    ways: dict[tuple[str, str], list[str]] = {}
    for tail, head in dict.fromkeys(edges):
        bends: list[str] = []
        for row in range(rows[tail] + 1, rows[head]):
            bend = f"\0{tail}\0{head}\0{row}"
            places[bend] = (1.0, 1.0)
            lines[row].append(bend)
            bends.append(bend)
        ways[tail, head] = bends
    return ways, lines


def _ordered(lines: list[list[str]], ways: Mapping[tuple[str, str], list[str]]) -> list[list[str]]:
    """The rows, with every name near the middle of what it is joined to in the row before or after."""
    above: dict[str, list[str]] = {}
    below: dict[str, list[str]] = {}
    for (tail, head), bends in ways.items():
        chain = [tail, *bends, head]
        for upper, lower in itertools.pairwise(chain):
            above.setdefault(lower, []).append(upper)
            below.setdefault(upper, []).append(lower)
    for sweep in range(SWEEPS):
        neighbours = above if sweep % 2 == 0 else below
        for line in lines if sweep % 2 == 0 else lines[::-1]:
            rank = {name: number / max(1, len(one) - 1) for one in lines for number, name in enumerate(one)}
            line.sort(key=lambda name: _mean([rank[one] for one in neighbours.get(name, [name])]))
    return lines


def _placed(
    lines: Sequence[Sequence[str]], places: Mapping[str, tuple[float, float]], gap: float
) -> tuple[dict[str, Point], float, float]:
    """Centres, row by row, each row in the middle; and the size of the picture."""
    widths = [sum(places[name][0] for name in line) + gap * (len(line) - 1) for line in lines]
    width = max(widths, default=0.0)
    centres: dict[str, Point] = {}
    top = 0.0
    for line, taken in zip(lines, widths, strict=True):
        height = max(places[name][1] for name in line)
        left = (width - taken) / 2.0
        for name in line:
            centres[name] = (left + places[name][0] / 2.0, top + height / 2.0)
            left += places[name][0] + gap
        top += height + gap
    return centres, width, max(0.0, top - gap)


def _curve(
    points: Sequence[Point], tail: tuple[float, float], head: tuple[float, float]
) -> tuple[Point, ...]:
    """Control points from the lower side of the tail through the bends to the upper side of the head."""
    first, *bends, last = points
    clear = max(tail[1], head[1]) / 2.0  # straight past the boxes of a row that the edge goes through
    inner = [(x, y + side) for x, y in bends for side in (-clear, clear)]
    stops = [(first[0], first[1] + tail[1] / 2.0), *inner, (last[0], last[1] - head[1] / 2.0)]
    curve: list[Point] = [stops[0]]
    for (x, y), (next_x, next_y) in itertools.pairwise(stops):
        middle = (y + next_y) / 2.0
        curve += [(x, middle), (next_x, middle), (next_x, next_y)]
    return tuple(curve)


def _around(tail: Point, head: Point, width: float, gap: float) -> tuple[Point, ...]:
    """Control points of an edge that leads back, along the right side."""
    x, start, end = tail[0] + width / 2.0, tail[1], head[1]
    return (x, start), (x + gap, start), (x + gap, end), (head[0] + width / 2.0, end)


def _mean(values: Sequence[float]) -> float:
    return sum(values) / len(values)
