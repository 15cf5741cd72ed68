"""The drawing of a network: a box for every layer, with the places of its text."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from hetorch_heir.report.data import Layer, Report
from hetorch_heir.report.graph_layout import Box, Edge, GraphLayout, arrange

BOX_WIDTH, BOX_HEIGHT = 224.0, 64.0
END_WIDTH, END_HEIGHT = 132.0, 28.0
MARGIN = 12.0
NAME_CHARACTERS = 21
END_CHARACTERS = 15


@dataclass(frozen=True)
class LayerBox:
    """A layer as drawn.

    Attributes:
        x, y: upper left corner, pixels.
        label: its name, shortened to fit.
        share: its part of the estimated time, compared with the slowest layer.
    """

    number: int
    x: float
    y: float
    label: str
    layer: Layer
    share: float


@dataclass(frozen=True)
class EndBox:
    """An input or output of the model as drawn."""

    x: float
    y: float
    label: str
    name: str


@dataclass(frozen=True)
class Drawing:
    """Boxes, and the SVG paths of edges."""

    width: float
    height: float
    layers: tuple[LayerBox, ...]
    ends: tuple[EndBox, ...]
    edges: tuple[str, ...]


def draw_network(report: Report) -> Drawing:
    """The layers from the inputs at the top down to the outputs."""
    ends = {f"in {name}": name for name in report.inputs}
    outputs = {f"out {number}": _output_name(number, report) for number in range(len(report.outputs))}
    boxes = [
        *(Box(key, END_WIDTH, END_HEIGHT) for key in ends),
        *(Box(_key(number), BOX_WIDTH, BOX_HEIGHT) for number in range(len(report.layers))),
        *(Box(key, END_WIDTH, END_HEIGHT) for key in outputs),
    ]
    layout = arrange(boxes, _edges(report))
    slowest = max((layer.milliseconds for layer in report.layers), default=0.0) or 1.0

    def corner(key: str, width: float, height: float) -> tuple[float, float]:
        x, y = layout.centres[key]
        return x - width / 2.0 + MARGIN, y - height / 2.0 + MARGIN

    return Drawing(
        layout.width + 2 * MARGIN,
        layout.height + 2 * MARGIN,
        tuple(
            LayerBox(
                number,
                *corner(_key(number), BOX_WIDTH, BOX_HEIGHT),
                shortened(layer.name, NAME_CHARACTERS),
                layer,
                layer.milliseconds / slowest,
            )
            for number, layer in enumerate(report.layers)
        ),
        tuple(
            EndBox(*corner(key, END_WIDTH, END_HEIGHT), shortened(name, END_CHARACTERS), name)
            for key, name in {**ends, **outputs}.items()
        ),
        tuple(_path(edge) for edge in _joined(layout)),
    )


def shortened(text: str, most: int) -> str:
    """A text of at most ``most`` characters; what is left out is in its middle, as ends of paths differ."""
    if len(text) <= most:
        return text
    head = (most - 1) // 3
    return f"{text[:head]}…{text[len(text) - (most - 1 - head) :]}"


def _key(origin: int | str) -> str:
    return f"layer {origin}" if isinstance(origin, int) else f"in {origin}"


def _output_name(number: int, report: Report) -> str:
    return "output" if len(report.outputs) == 1 else f"output {number + 1}"


def _edges(report: Report) -> list[tuple[str, str]]:
    edges = [
        (_key(origin), _key(number)) for number, layer in enumerate(report.layers) for origin in layer.inputs
    ]
    edges += [
        (_key(origin), f"out {number}") for number, origins in enumerate(report.outputs) for origin in origins
    ]
    return list(dict.fromkeys(edges))


def _joined(layout: GraphLayout) -> Sequence[Edge]:
    """The edges that have a way to draw."""
    return [edge for edge in layout.edges if len(edge.points) >= 4]


def _path(edge: Edge) -> str:
    (x, y), *rest = ((x + MARGIN, y + MARGIN) for x, y in edge.points)
    return f"M{x:.1f} {y:.1f}C" + " ".join(f"{x:.1f} {y:.1f}" for x, y in rest)
