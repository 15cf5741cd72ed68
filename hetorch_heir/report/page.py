"""Renders a report as one HTML page that needs nothing but itself."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import jinja2

from hetorch_heir.report import charts, quantities
from hetorch_heir.report.data import ActivationPart, KeyPart, Report
from hetorch_heir.report.drawing import BOX_HEIGHT, BOX_WIDTH, END_HEIGHT, END_WIDTH, draw_network

TEMPLATE = "page.html"
OPEN_ACTIVATIONS = 4
"""Activations whose curves are unfolded when the page opens."""


@dataclass(frozen=True)
class Headline:
    """A number that sums the program up."""

    label: str
    value: str
    note: str = ""


def render_page(report: Report) -> str:
    """The page as text; everything that comes from the model is escaped."""
    environment = jinja2.Environment(
        loader=jinja2.PackageLoader("hetorch_heir.report", "assets"),
        autoescape=True,
        undefined=jinja2.StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters.update(
        duration=quantities.duration,
        size=quantities.size,
        grouped=quantities.grouped,
        significant=quantities.significant,
        scientific=quantities.scientific,
        percent=quantities.percent,
        power_of_two=quantities.power_of_two,
        shape=quantities.shape,
    )
    return environment.get_template(TEMPLATE).render(**_context(report))


def _context(report: Report) -> dict[str, Any]:
    slowest = max(report.layers, key=lambda layer: layer.milliseconds, default=None)
    return {
        "report": report,
        "summary": report.summary,
        "headlines": headlines(report),
        "drawing": draw_network(report),
        "sizes": {"box": (BOX_WIDTH, BOX_HEIGHT), "end": (END_WIDTH, END_HEIGHT)},
        "slowest": None if slowest is None else report.layers.index(slowest),
        "level_chart": charts.level_chart(report),
        "scale_chart": charts.scale_chart(report),
        "noise_charts": charts.noise_charts(report),
        "noise_of": {one.layer: one for one in report.noise},
        "activations": [_activation(number, one) for number, one in enumerate(report.activations)],
        "keys": [_key(one, report) for one in report.keys],
        "verification": report.summary["verification"],
    }


def headlines(report: Report) -> list[Headline]:
    """What is asked first of a program."""
    summary = report.summary
    found = [
        Headline("estimated time", quantities.duration(report.milliseconds), report.latency_source),
        Headline("ciphertexts held", quantities.size(report.held_bytes), "at most, at once"),
        Headline(
            "plaintexts",
            quantities.size(report.plaintext_bytes),
            f"encoded once, in {quantities.duration(report.encoding_milliseconds)}",
        ),
        Headline("keys", quantities.size(report.key_bytes), _keys(report)),
        Headline("levels", str(summary["levels"]), _bootstraps(summary["bootstraps"])),
        Headline(
            "rotations", quantities.grouped(summary["rotations"]), f"{summary['rotation_keys']} indices"
        ),
        Headline(
            "products",
            quantities.grouped(summary["products"]),
            f"and {quantities.grouped(summary['ct_products'])} of two ciphertexts",
        ),
    ]
    if report.noise:
        least = min(one.precision_bits for one in report.noise)
        found.append(Headline("precision", f"{least:.1f} bits", "lowest along the way, predicted"))
    if summary["max_error"] is not None:
        error = quantities.scientific(summary["max_error"])
        found.append(Headline("verified error", error, "largest, against the model"))
    return found


def _keys(report: Report) -> str:
    known = sum(key.bytes is not None for key in report.keys)
    text = f"{known} evaluation key{'' if known == 1 else 's'}"
    return text if known == len(report.keys) else f"{text}, without those of bootstraps"


def _bootstraps(count: int) -> str:
    return "no bootstrap" if count == 0 else "1 bootstrap" if count == 1 else f"{count} bootstraps"


def _activation(number: int, part: ActivationPart) -> dict[str, Any]:
    function = str(part.values["function"])
    return {
        "number": number,
        "numbers": part.values,
        "degree": " ∘ ".join(map(str, reversed(part.values["degrees"]))) or str(part.values["degree"]),
        "charts": (charts.curve_chart(part.curve, function), charts.error_chart(part.curve, function)),
        "calibrated": sum(part.curve.counts),
        "open": number < OPEN_ACTIVATIONS,
    }


def _key(key: KeyPart, report: Report) -> dict[str, Any]:
    """A key with its stays in percent of the schedule."""
    length = max(1, report.schedule_length)
    stays = [
        (100.0 * first / length, max(0.6, 100.0 * (last + 1 - first) / length)) for first, last in key.stays
    ]
    return {"key": key, "stays": [(min(x, 100.0 - width), width) for x, width in stays]}
