"""Figures for papers, drawn by matplotlib: vectors, with the fonts as text."""

from __future__ import annotations

import io
import math
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from hetorch_heir.core.errors import UsageError
from hetorch_heir.core.files import require_place, write_files
from hetorch_heir.report.charts import layer_ticks
from hetorch_heir.report.data import ActivationPart, Report

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

FORMATS = ("pdf", "svg")
WIDTH, HEIGHT = 6.0, 2.6
"""Inches: the width of a column of text, or of two narrow ones."""
MOST_ACTIVATIONS = 6
"""Rows of the figure of activations: more fill more than a page."""
ACCENT, QUIET = "#2b59c3", "#6b7079"
STYLE: dict[Any, Any] = {
    "font.size": 9,
    "axes.spines.top": False,
    "axes.spines.right": False,
    "axes.linewidth": 0.6,
    "lines.linewidth": 1.2,
    "xtick.major.width": 0.6,
    "ytick.major.width": 0.6,
    "legend.frameon": False,
    "figure.constrained_layout.use": True,
    "pdf.fonttype": 42,  # TrueType: text that can be searched, and that publishers take
    "svg.fonttype": "none",
    "svg.hashsalt": "hetorch-heir",
}
METADATA = {"pdf": {"CreationDate": None}, "svg": {"Date": None}}
"""Equal exports give equal files."""


def write_figures(report: Report, folder: Path) -> list[Path]:
    """Writes every figure in every format; the folder is made if its parent exists.

    Returns:
        The files: ``levels``, ``costs``, ``noise`` if that was estimated, and ``activations`` if there are
        any, each as .pdf and .svg.

    Raises:
        UsageError: matplotlib is missing.
        OutputError: the folder can't be made or written to.
    """
    try:
        import matplotlib
        from matplotlib.figure import Figure
    except ImportError as error:
        raise UsageError(
            "figures need matplotlib, which is not installed",
            hint="install it: pip install 'hetorch-heir[plots]'",
        ) from error
    files: dict[Path, bytes] = {}
    with matplotlib.rc_context(STYLE):
        for name, height, draw in _figures(report):
            figure = Figure(figsize=(WIDTH, height))
            draw(figure)
            for kind in FORMATS:
                buffer = io.BytesIO()
                figure.savefig(buffer, format=kind, metadata=METADATA[kind])
                files[folder / f"{name}.{kind}"] = buffer.getvalue()
    require_place(folder.absolute(), folder=True)
    folder.mkdir(exist_ok=True)
    write_files(files)
    return list(files)


def _figures(report: Report) -> Iterator[tuple[str, float, Callable[[Figure], None]]]:
    """Name, height and contents of each figure."""
    yield "levels", 1.6 * HEIGHT, lambda figure: _levels(report, figure)
    yield "costs", 1.6 * HEIGHT, lambda figure: _costs(report, figure)
    if report.noise:
        yield "noise", 1.6 * HEIGHT, lambda figure: _noise(report, figure)
    distinct = _distinct(report)
    if distinct:
        yield "activations", HEIGHT * len(distinct), lambda figure: _activations(distinct, figure)


def _levels(report: Report, figure: Figure) -> None:
    level, scale = figure.subplots(2, 1, sharex=True, height_ratios=(2, 1))
    x = _places(report)
    for axes, values, colour in (
        (level, [float(point.level) for point in report.data], ACCENT),
        (scale, [point.log_scale for point in report.data], QUIET),
    ):
        axes.step(*_with_gaps(report, x, values), where="post", color=colour)
    refreshed = [
        (place, point.level)
        for place, point in zip(x, report.data, strict=True)
        if point.operation == "bootstrap"
    ]
    if refreshed:
        places, levels = zip(*refreshed, strict=True)
        level.plot(places, levels, "o", color=ACCENT, markerfacecolor="white", label="bootstrap")
        level.legend(loc="upper right")
    level.set_ylabel("level")
    level.set_ylim(bottom=0)
    scale.set_ylabel("log2(scale)")
    scale.set_ylim(bottom=0)
    _layer_axis(scale, report)


def _costs(report: Report, figure: Figure) -> None:
    time, work = figure.subplots(2, 1, sharex=True)
    numbers = [number + 0.5 for number in range(len(report.layers))]
    time.bar(numbers, [layer.milliseconds / 1e3 for layer in report.layers], 0.8, color=ACCENT)
    time.set_ylabel("time (s)")
    rotations = [layer.costs["rotations"] for layer in report.layers]
    products = [layer.costs["products"] + layer.costs["ct_products"] for layer in report.layers]
    work.bar([x - 0.2 for x in numbers], rotations, 0.4, color=ACCENT, label="rotations")
    work.bar([x + 0.2 for x in numbers], products, 0.4, color=QUIET, label="products")
    work.set_ylabel("operations")
    work.legend(loc="upper right")
    _layer_axis(work, report)


def _noise(report: Report, figure: Figure) -> None:
    precision, room = figure.subplots(2, 1, sharex=True, height_ratios=(2, 1))
    x = [one.layer + 0.5 for one in report.noise]
    precision.plot(x, [one.precision_bits for one in report.noise], ".-", color=ACCENT)
    rooms = [math.nan if one.headroom_bits is None else one.headroom_bits for one in report.noise]
    room.plot(x, rooms, ".--", color=QUIET)
    precision.set_ylabel("precision (bits)")
    room.set_ylabel("room (bits)")
    for axes in (precision, room):
        axes.set_ylim(bottom=min(0.0, axes.get_ylim()[0]))
    _layer_axis(room, report)


def _distinct(report: Report) -> list[ActivationPart]:
    """The activations without those that are approximated alike, on the same range."""
    found: dict[tuple[object, ...], ActivationPart] = {}
    for part in report.activations:
        key = (part.values["function"], part.values["method"], part.curve.x, part.curve.approximate)
        found.setdefault(key, part)
    return list(found.values())[:MOST_ACTIVATIONS]


def _activations(parts: list[ActivationPart], figure: Figure) -> None:
    rows = figure.subplots(len(parts), 2, squeeze=False)
    for part, (values, errors) in zip(parts, rows, strict=True):
        curve = part.curve
        if curve.counts:
            seen = values.twinx()
            seen.stairs(curve.counts, curve.edges, fill=True, color=ACCENT, alpha=0.2)
            seen.set_ylim(top=2.2 * max(curve.counts))
            seen.set_axis_off()
        values.plot(curve.x, curve.exact, "--", color=QUIET, label=str(part.values["function"]))
        values.plot(curve.x, curve.approximate, color=ACCENT, label=f"degree {part.values['degree']}")
        values.legend(loc="upper left")
        values.set_title(str(part.values["place"]), fontsize=8, loc="left")
        values.set_xlabel("input")
        values.set_ylabel("value")
        errors.plot(curve.x, curve.errors, color=ACCENT)
        errors.axhline(0.0, color=QUIET, linewidth=0.6)
        errors.set_xlabel("input")
        errors.set_ylabel("error")
        errors.ticklabel_format(axis="y", style="sci", scilimits=(-2, 3))


def _places(report: Report) -> list[float]:
    """Places of the values across, in layers."""
    totals = [0] * len(report.layers)
    for point in report.data:
        totals[point.layer] += 1
    done = [0] * len(report.layers)
    places: list[float] = []
    for point in report.data:
        places.append(point.layer + done[point.layer] / max(1, totals[point.layer] - 1))
        done[point.layer] += 1
    return places


def _with_gaps(
    report: Report, x: Sequence[float], values: Sequence[float]
) -> tuple[list[float], list[float]]:
    """Points of a line that breaks off where a layer starts above the end of the one before: a branch."""
    xs: list[float] = []
    ys: list[float] = []
    for number, point in enumerate(report.data):
        before = report.data[number - 1] if number else point
        if point.layer != before.layer and point.level > before.level:
            xs.append(x[number])
            ys.append(math.nan)
        xs.append(x[number])
        ys.append(values[number])
    return xs, ys


def _layer_axis(axes: Axes, report: Report) -> None:
    count = len(report.layers)
    ticks = layer_ticks(count)
    axes.set_xticks([count * tick.at / 100.0 for tick in ticks], [tick.label for tick in ticks])
    axes.set_xlim(0, max(1, count))
    axes.set_xlabel("layer")
