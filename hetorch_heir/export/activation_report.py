"""What the activations of an exported model became, for people and as plain values."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from torch.fx import GraphModule

from hetorch_heir.export.degree_choice import DegreeReport
from hetorch_heir.passes.approximation import APPROXIMATED, Approximation


@dataclass(frozen=True)
class ActivationSummary:
    """One activation.

    Args:
        place: in the user's model.
        about: what it became.
        output_error: largest error of an output on the calibration data if only this activation is replaced;
            None if the degrees were given instead of chosen for a target error.
    """

    place: str
    about: Approximation
    output_error: float | None

    def values(self) -> dict[str, Any]:
        """As plain values."""
        about = self.about
        return {
            "place": self.place,
            "function": about.function,
            "method": about.method,
            "degree": about.degree,
            "degrees": list(about.degrees),
            "levels": about.levels,
            "range": list(about.domain),
            "max_error": about.max_error,
            "output_error": self.output_error,
        }

    def __str__(self) -> str:
        about = self.about
        degree = " o ".join(map(str, reversed(about.degrees))) if about.degrees else str(about.degree)
        low, high = about.domain
        text = (
            f"{self.place}: {about.function} on [{low:.3g}, {high:.3g}], {about.method},"
            f" degree {degree}, {about.levels} levels, error {about.max_error:.2g}"
        )
        return text if self.output_error is None else f"{text} ({self.output_error:.2g} at the outputs)"


def report_activations(
    graph_module: GraphModule, degrees: DegreeReport | None
) -> tuple[ActivationSummary, ...]:
    """The activations of a compiled graph, in its order."""
    errors = {one.node: one.output_error for one in degrees.choices} if degrees else {}
    return tuple(
        ActivationSummary(one.place, one.about, errors.get(one.node))
        for one in graph_module.meta.get(APPROXIMATED, ())
    )
