"""Degrees for a target error: the error is kept, with no level and no degree that isn't needed."""

from __future__ import annotations

import math

import pytest
import torch
from torch import nn

import hetorch_heir
from hetorch_heir.core.errors import ParameterError
from hetorch_heir.export.calibration import calibrate
from hetorch_heir.export.degree_choice import DegreeReport, choose_degrees
from hetorch_heir.export.simulation import Simulation
from hetorch_heir.frontend import to_graph
from hetorch_heir.passes.activation_nodes import SUPPORTED_FUNCTIONS
from hetorch_heir.passes.approximation import CHOICE, Choice


def model() -> nn.Module:
    torch.manual_seed(3)
    layers = [nn.Linear(8, 12), nn.ReLU(), nn.Linear(12, 8), nn.GELU(), nn.Linear(8, 8), nn.Tanh()]
    return nn.Sequential(*layers, nn.Linear(8, 3)).eval()


INPUTS = [(row[None],) for row in torch.randn(32, 8, generator=torch.Generator().manual_seed(1))]


def chosen(
    target: float, method: str = "minimax", module: nn.Module | None = None
) -> tuple[torch.fx.GraphModule, DegreeReport]:
    graph = to_graph(module or model(), INPUTS[0])
    calibrate(graph, INPUTS, frozenset(SUPPORTED_FUNCTIONS), margin=0.1)
    return graph, choose_degrees(graph, INPUTS, target, method)


@pytest.mark.parametrize("target", [0.1, 0.01, 0.001])
def test_the_target_is_kept_and_nothing_is_wasted(target: float) -> None:
    graph, report = chosen(target)
    assert report.error <= target
    nodes = [node for node in graph.graph.nodes if CHOICE in node.meta]
    assert [node.name for node in nodes] == [one.node for one in report.choices]
    assert [one.about.function for one in report.choices] == ["relu", "gelu", "tanh"]

    # One degree less for any activation, and the outputs are off by more than the target.
    from hetorch_heir.passes.activation_fit import FitRequest, fit_activation
    from hetorch_heir.passes.activation_nodes import recognise

    simulation = Simulation(graph, INPUTS)

    def error_with(changed: object = None) -> float:
        replacements = {}
        for node in nodes:
            choice = node.meta[CHOICE]
            if node is changed:
                choice = Choice(choice.method, choice.degree - 1)
            found = recognise(node, graph)
            assert found is not None
            replacements[node] = fit_activation(FitRequest(found, node.meta["range"], choice)).approximant
        return simulation.error(replacements)

    assert error_with() == pytest.approx(report.error)
    for node, one in zip(nodes, report.choices, strict=True):
        if one.about.degree > 2:
            assert error_with(node) > target


def test_levels_grow_with_the_precision() -> None:
    levels = [sum(one.about.levels for one in chosen(target)[1].choices) for target in (0.3, 0.03, 0.003)]
    assert levels == sorted(levels) and levels[0] < levels[-1]


def test_the_activation_that_matters_gets_the_levels() -> None:
    class Unequal(nn.Module):
        def forward(self, x: torch.Tensor) -> torch.Tensor:
            return torch.tanh(x) + 1e-3 * torch.sigmoid(3 * x)

    _, report = chosen(1e-3, module=Unequal())
    tanh, sigmoid = report.choices
    assert tanh.about.degree >= 7 and sigmoid.about.degree <= 1
    assert tanh.output_error > 0.5e-3 >= sigmoid.output_error


def test_a_tight_target_makes_relu_a_composition() -> None:
    module = nn.Sequential(nn.Linear(8, 4), nn.ReLU(), nn.Linear(4, 2)).eval()
    _, report = chosen(2e-4, module=module)
    (relu,) = report.choices
    assert relu.about.method == "composite" and len(relu.about.degrees) >= 2
    assert report.error <= 2e-4


def test_compositions_only_if_they_are_asked_for() -> None:
    _, report = chosen(0.02, "composite")
    assert [one.about.method for one in report.choices] == ["composite", "minimax", "minimax"]


def test_a_target_out_of_reach_says_what_can_be_reached() -> None:
    module = nn.Sequential(nn.Softsign(), nn.Linear(8, 8)).eval()
    with pytest.raises(ParameterError, match="off by") as refused:
        chosen(1e-12, "chebyshev", module)
    assert "or more" in (refused.value.hint or "")


@pytest.mark.parametrize("target", [0.0, -1.0, math.nan, math.inf])
def test_impossible_targets_are_refused(target: float) -> None:
    with pytest.raises(ParameterError, match="can't be aimed at") as refused:
        hetorch_heir.export(model(), INPUTS[0], calibration=INPUTS, target_error=target)
    assert "0.01" in (refused.value.hint or "")


def test_a_target_needs_data() -> None:
    with pytest.raises(ParameterError, match="needs data"):
        hetorch_heir.export(model(), INPUTS[0], target_error=0.1)


def test_an_export_keeps_the_target_and_reports_the_choices() -> None:
    result = hetorch_heir.export(model(), INPUTS[0], calibration=INPUTS, target_error=0.02)
    worst = max(float((result.graph_module(*x) - model()(*x)).detach().abs().max()) for x in INPUTS)
    assert worst <= 0.02 + 1e-5
    summary = result.summary()
    assert summary["target_error"] == 0.02 >= summary["calibration_error"]
    assert [one["function"] for one in summary["activations"]] == ["relu", "gelu", "tanh"]
    assert all(one["output_error"] <= 0.03 for one in summary["activations"])
    # A line merges the linear layers around it.
    levels = [one["levels"] for one in summary["activations"] if one["levels"]]
    assert summary["levels"] == sum(levels) + len(levels) + 1, (
        "ranges are folded into the linear layers, at no level"
    )
    assert "minimax" not in {one["method"] for one in summary["activations"]}, "chebyshev is the default"
    assert "error" in str(result.activations[0]) and "at the outputs" in str(result.activations[0])


def test_the_simulation_is_what_replacing_does() -> None:
    graph = to_graph(model(), INPUTS[0])
    simulation = Simulation(graph, INPUTS[:4])
    assert simulation.error({}) == 0.0
    gelu = next(node for node in graph.graph.nodes if node.name == "gelu")
    module = nn.Sequential(
        *(nn.Identity() if isinstance(one, nn.GELU) else one for one in model().children())
    )
    expected = max(float((module(*x) - model()(*x)).detach().abs().max()) for x in INPUTS[:4])
    assert simulation.error({gelu: lambda values: values}) == pytest.approx(expected, rel=1e-5)
    assert simulation.error({gelu: lambda values: values * math.nan}) == math.inf
