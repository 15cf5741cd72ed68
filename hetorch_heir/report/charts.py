"""Charts of a report, as geometry: the template draws them.

Across, places are percent of the plot's width, and the points of lines thousandths of it, so that a chart
fills whatever width a screen has; down, they are pixels. Text and strokes keep their sizes.
"""

from __future__ import annotations

import itertools
import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from hetorch_heir.report import quantities
from hetorch_heir.report.data import Curve, DataPoint, Layer, LayerNoise, Report

HEIGHT = 190.0
SMALL_HEIGHT = 110.0
ERROR_HEIGHT = 80.0
LINE_WIDTH = 1000.0
"""Units of a line's points across."""
LAYER_AXIS = "layer, in the order of evaluation"
MOST_X_TICKS = 9
MOST_DOTS = 40
"""Values of a line that are marked by dots; more would touch each other."""
MOST_Y_TICKS = 5
HEADROOM = 0.06
"""Part of a range that is left free above and below."""


@dataclass(frozen=True)
class Tick:
    at: float
    label: str


@dataclass(frozen=True)
class Line:
    """A polyline of points (thousandths, pixels); ``style`` names its look, ``label`` is for the legend."""

    points: tuple[tuple[float, float], ...]
    style: str
    label: str = ""

    @property
    def path(self) -> str:
        """SVG path data."""
        return "M" + "L".join(f"{x:.1f} {y:.1f}" for x, y in self.points)


@dataclass(frozen=True)
class Bar:
    """A rectangle from the bottom or between two heights: percent across, pixels down."""

    x: float
    width: float
    y: float
    height: float


@dataclass(frozen=True)
class Mark:
    """A dot; with a label it is something that happens there, and has a line down to the axis."""

    x: float
    y: float
    label: str


@dataclass(frozen=True)
class Column:
    """What a pointer over a part of the chart tells; ``layer`` is the number of the layer there, if any."""

    x: float
    width: float
    tip: str
    layer: int | None = None


@dataclass(frozen=True)
class Chart:
    """One plot with axes.

    Attributes:
        title: what it shows, for those who can't see it.
        x_label, y_label: quantities and units of the axes.
    """

    title: str
    x_label: str
    y_label: str
    height: float
    x_ticks: tuple[Tick, ...]
    y_ticks: tuple[Tick, ...]
    lines: tuple[Line, ...] = ()
    bars: tuple[Bar, ...] = ()
    marks: tuple[Mark, ...] = ()
    columns: tuple[Column, ...] = ()
    legend: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True)
class Scale:
    """Values to places; ``start`` and ``end`` are the places of ``low`` and ``high``."""

    low: float
    high: float
    start: float
    end: float

    def __call__(self, value: float) -> float:
        part = (value - self.low) / (self.high - self.low)
        return self.start + part * (self.end - self.start)


def nice_ticks(low: float, high: float, most: int) -> list[float]:
    """Round values between two, at most ``most``: multiples of 1, 2 or 5 times a power of ten."""
    if not high > low:
        return [low]
    raw = (high - low) / max(1, most - 1)
    magnitude = 10.0 ** math.floor(math.log10(raw))
    for factor in (1.0, 2.0, 5.0, 10.0, 20.0):
        step = factor * magnitude
        first, last = math.ceil(low / step - 1e-9), math.floor(high / step + 1e-9)
        if last - first + 1 <= most:
            return [number * step for number in range(first, last + 1)]
    return [low, high]


def vertical(values: Iterable[float], height: float, *, zero: bool = False) -> Scale:
    """A scale from the bottom of a plot to its top that has room for all values."""
    known = [value for value in values if math.isfinite(value)] or [0.0]
    low, high = min(known), max(known)
    if zero:
        low, high = min(low, 0.0), max(high, 0.0)
    if high - low < 1e-12 * max(abs(high), 1e-300):
        low, high = low - (abs(low) or 1.0) / 2.0, high + (abs(high) or 1.0) / 2.0
    free = HEADROOM * (high - low)
    return Scale(low if zero and low == 0.0 else low - free, high + free, height, 0.0)


def y_ticks(scale: Scale, most: int = MOST_Y_TICKS) -> tuple[Tick, ...]:
    values = nice_ticks(scale.low, scale.high, most)
    return tuple(Tick(scale(value), label) for value, label in zip(values, labels(values), strict=True))


def labels(values: Sequence[float]) -> list[str]:
    """Round values as text, all with the same number of decimals."""
    largest = max(map(abs, values), default=0.0)
    steps = [abs(one - other) for one, other in itertools.pairwise(values)]
    step = min(steps, default=largest) or 1.0
    if largest and not 1e-3 <= step <= 1e5:
        return [quantities.scientific(value) for value in values]
    decimals = max(0, -math.floor(math.log10(step) + 1e-9))
    return [f"{value + 0.0:.{decimals}f}" for value in values]


def whole_ticks(scale: Scale, most: int = MOST_Y_TICKS) -> tuple[Tick, ...]:
    """Ticks at whole numbers only."""
    values = nice_ticks(scale.low, scale.high, most)
    return tuple(Tick(scale(value), str(round(value))) for value in dict.fromkeys(map(round, values)))


def layer_ticks(count: int) -> tuple[Tick, ...]:
    """Numbers of layers, from 1, in the middle of their columns."""
    values = [round(one) for one in nice_ticks(1, max(1, count), MOST_X_TICKS) if one >= 1]
    if 1 not in values:
        values = [1, *(value for value in values if value > max(1, count // 20))]
    return tuple(Tick(100.0 * (value - 0.5) / max(1, count), str(value)) for value in dict.fromkeys(values))


def layer_columns(layers: Sequence[Layer], tips: Sequence[str]) -> tuple[Column, ...]:
    width = 100.0 / max(1, len(layers))
    return tuple(Column(number * width, width, tip, number) for number, tip in enumerate(tips))


def level_chart(report: Report) -> Chart:
    """The level of the data, operation by operation, in the columns of the layers."""
    layers = report.layers
    top = max((point.level for point in report.data), default=1)
    scale = Scale(0.0, max(1.0, 1.08 * max(top, report.summary["levels"])), HEIGHT, 0.0)
    marks = tuple(
        Mark(place / 10.0, scale(point.level), f"bootstrap to level {point.level}")
        for _, way in _ways(report)
        for place, point in way
        if point.operation == "bootstrap"
    )
    tips = [
        f"{layer.name}: level {layer.costs['level']} to {layer.last_level}"
        + (f", {layer.costs['bootstraps']} bootstraps" if layer.costs["bootstraps"] else "")
        for layer in layers
    ]
    return Chart(
        "Level of the data along the network",
        LAYER_AXIS,
        "level",
        HEIGHT,
        layer_ticks(len(layers)),
        whole_ticks(scale),
        lines=_stairs(report, scale, "level", "main"),
        marks=marks,
        columns=layer_columns(layers, tips),
    )


def scale_chart(report: Report) -> Chart:
    """The scale of the data: products raise it, rescales bring it back."""
    layers = report.layers
    scale = vertical([0.0, *(point.log_scale for point in report.data)], SMALL_HEIGHT, zero=True)
    tips = [f"{layer.name}: scale {quantities.power_of_two(layer.log_scale)} at its end" for layer in layers]
    return Chart(
        "Scale of the data along the network",
        LAYER_AXIS,
        "log2 of the scale",
        SMALL_HEIGHT,
        layer_ticks(len(layers)),
        whole_ticks(scale),
        lines=_stairs(report, scale, "log_scale", "quiet"),
        columns=layer_columns(layers, tips),
    )


def noise_charts(report: Report) -> tuple[Chart, ...]:
    """Bits of precision after each layer, and bits left below the modulus; none without an estimate."""
    known = {one.layer: one for one in report.noise}
    tips = [layer.name + _noise_tip(known.get(number)) for number, layer in enumerate(report.layers)]
    precision = [(one.layer, one.precision_bits) for one in report.noise]
    rooms = [(one.layer, one.headroom_bits) for one in report.noise if one.headroom_bits is not None]
    charts: list[Chart] = []
    for title, y_label, values, height, style in (
        ("Precision along the network", "bits of precision", precision, HEIGHT, "main"),
        ("Room below the modulus", "bits of room below the modulus", rooms, SMALL_HEIGHT, "quiet"),
    ):
        if not values:
            continue
        scale = vertical([0.0, *(value for _, value in values)], height, zero=True)
        width = LINE_WIDTH / len(report.layers)
        points = [((layer + 0.5) * width, scale(value)) for layer, value in values]
        charts.append(
            Chart(
                title,
                LAYER_AXIS,
                y_label,
                height,
                layer_ticks(len(report.layers)),
                y_ticks(scale),
                lines=(Line(tuple(points), style),),
                marks=tuple(Mark(x / 10.0, y, "") for x, y in points) if len(points) <= MOST_DOTS else (),
                columns=layer_columns(report.layers, tips),
            )
        )
    return tuple(charts)


def _noise_tip(noise: LayerNoise | None) -> str:
    if noise is None:
        return ""
    room = "" if noise.headroom_bits is None else f", {noise.headroom_bits:.1f} bits below the modulus"
    error = quantities.scientific(noise.deviation)
    return f": {noise.precision_bits:.1f} bits of precision, error {error}{room}"


def curve_chart(curve: Curve, function: str) -> Chart:
    """The function, what stands for it, and where the values of the calibration lay."""
    across = Scale(curve.x[0], curve.x[-1], 0.0, LINE_WIDTH)
    down = vertical([*curve.exact, *curve.approximate], HEIGHT)
    bars: list[Bar] = []
    if curve.counts:
        highest = max(curve.counts)
        for left, right, count in zip(curve.edges[:-1], curve.edges[1:], curve.counts, strict=True):
            tall = 0.45 * HEIGHT * count / highest
            x = across(left) / 10.0
            bars.append(Bar(x, across(right) / 10.0 - x, HEIGHT - tall, tall))
    legend = [("quiet", function), ("main", "approximation")]
    if bars:
        legend.append(("bars", "values in calibration"))
    return Chart(
        f"{function} and its approximation",
        "input of the activation",
        "value",
        HEIGHT,
        _value_ticks(across),
        y_ticks(down),
        lines=(
            _line(curve.x, curve.exact, across, down, "quiet"),
            _line(curve.x, curve.approximate, across, down, "main"),
        ),
        bars=tuple(bars),
        columns=_curve_columns(curve),
        legend=tuple(legend),
    )


def error_chart(curve: Curve, function: str) -> Chart:
    """Approximation minus function."""
    across = Scale(curve.x[0], curve.x[-1], 0.0, LINE_WIDTH)
    down = vertical([0.0, *curve.errors], ERROR_HEIGHT, zero=True)
    zero = Line(((0.0, down(0.0)), (LINE_WIDTH, down(0.0))), "zero")
    return Chart(
        f"Error of the approximation of {function}",
        "input of the activation",
        "error",
        ERROR_HEIGHT,
        _value_ticks(across),
        y_ticks(down, 3),
        lines=(zero, _line(curve.x, curve.errors, across, down, "main")),
        columns=_curve_columns(curve),
    )


def _value_ticks(across: Scale) -> tuple[Tick, ...]:
    values = nice_ticks(across.low, across.high, 7)
    texts = labels(values)
    return tuple(Tick(across(value) / 10.0, text) for value, text in zip(values, texts, strict=True))


def _line(x: Sequence[float], y: Sequence[float], across: Scale, down: Scale, style: str) -> Line:
    finite = [(one, other) for one, other in zip(x, y, strict=True) if math.isfinite(other)]
    return Line(tuple((across(one), down(other)) for one, other in finite), style)


def _curve_columns(curve: Curve, count: int = 24) -> tuple[Column, ...]:
    columns: list[Column] = []
    for number in range(count):
        at = min(len(curve.x) - 1, round((number + 0.5) / count * (len(curve.x) - 1)))
        tip = (
            f"x = {quantities.significant(curve.x[at])}: exact {quantities.significant(curve.exact[at])},"
            f" approximated {quantities.significant(curve.approximate[at])},"
            f" error {quantities.scientific(curve.errors[at])}"
        )
        columns.append(Column(100.0 * number / count, 100.0 / count, tip))
    return tuple(columns)


def _ways(report: Report) -> Iterable[tuple[int, list[tuple[float, DataPoint]]]]:
    """For each layer its values with their places across: spread over the layer's column."""
    width = LINE_WIDTH / max(1, len(report.layers))
    for layer, points in itertools.groupby(report.data, key=lambda point: point.layer):
        way = list(points)
        yield (
            layer,
            [((layer + number / max(1, len(way) - 1)) * width, point) for number, point in enumerate(way)],
        )


def _stairs(report: Report, scale: Scale, field: str, style: str) -> tuple[Line, ...]:
    """Lines of steps through the values; a new one starts where a layer begins above the end of the last."""
    lines: list[list[tuple[float, float]]] = []
    for _, way in _ways(report):
        heights = [(x, scale(getattr(point, field))) for x, point in way]
        # Down, towards lower levels, a line goes on; up only a bootstrap leads.
        if not lines or heights[0][1] < lines[-1][-1][1] - 1e-6:
            lines.append([heights[0]])
        line = lines[-1]
        for x, y in heights:
            if abs(y - line[-1][1]) > 1e-6:
                line += [(x, line[-1][1]), (x, y)]
        line.append((heights[-1][0], line[-1][1]))
    return tuple(Line(tuple(line), style) for line in lines)
