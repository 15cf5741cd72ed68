"""Chooses a degree for every activation, so that the model's outputs are as precise as asked for.

What matters is not how precise an activation is, but what its error does to the outputs. It is measured on
calibration data: one activation at a time is replaced by its approximation, then all of them together. Levels
are spent where one buys the most precision.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import torch
from torch.fx import GraphModule, Node

from hetorch_heir.approx.composite_degrees import best_abs
from hetorch_heir.core.errors import ParameterError
from hetorch_heir.core.progress import stage
from hetorch_heir.export.simulation import Simulation
from hetorch_heir.passes.activation_fit import COMPOSITE, Fit, FitRequest, fit_activation
from hetorch_heir.passes.activation_nodes import Activation, recognise
from hetorch_heir.passes.approximation import (
    CALIBRATED_RANGE,
    CALIBRATED_SAMPLES,
    CHOICE,
    Approximation,
    Choice,
)
from hetorch_heir.passes.graph import ciphertext_nodes, location

MAX_SAMPLES = 32
"""Samples that outputs are compared on, evenly from the calibration data."""

LARGEST_DEPTH = 7
"""Levels of the highest single polynomial, of degree 127; beyond, compositions take fewer products."""

SIGN_LEVELS = range(2, 16)
"""Levels of compositions for the sign; the activation takes one more."""

FIRST_SIGN_LEVELS = 8
"""The first composition that can be better than the highest single polynomial."""


@dataclass(frozen=True)
class ActivationChoice:
    """What an activation became, and why.

    Args:
        node: name of its node.
        place: in the user's model.
        about: the approximation.
        output_error: largest error of an output on the calibration data if only this activation is replaced.
    """

    node: str
    place: str
    about: Approximation
    output_error: float


@dataclass(frozen=True)
class DegreeReport:
    """The choices, and the largest error of an output with all of them, on the calibration data."""

    target_error: float
    error: float
    choices: tuple[ActivationChoice, ...]


def require_target(target_error: float, calibrated: bool = True) -> None:
    """Refuse an error that can't be aimed at.

    Raises:
        ParameterError: it is not positive and finite, or there is no calibration data to measure it on.
    """
    if not (target_error > 0.0 and math.isfinite(target_error)):
        raise ParameterError(
            f"an error of {target_error:g} can't be aimed at", hint="give a positive number, for example 0.01"
        )
    if not calibrated:
        raise ParameterError(
            f"a target error of {target_error:g} needs data to measure errors on",
            hint="give calibration data (--calibrate DATA.npy)",
        )


def choose_degrees(
    graph_module: GraphModule,
    samples: Sequence[tuple[torch.Tensor, ...]],
    target_error: float,
    method: str = "minimax",
) -> DegreeReport:
    """Sets how to approximate every activation of a calibrated graph, in its nodes' metadata.

    Every activation starts with the fewest levels. While an output is off by more than the target, the
    activation is refined whose next step takes the largest error off the outputs for each level. Then steps
    that proved unnecessary are taken back, and degrees are lowered as far as the target allows.

    Args:
        graph_module: normalised, with ``meta["range"]`` of its activations set.
        samples: inputs of the model.
        target_error: the largest absolute error of an output.
        method: for single polynomials; compositions are candidates for piecewise linear functions besides,
            and with "composite" the only ones.

    Raises:
        ParameterError: the target is not positive, or out of reach; says what can be reached.
    """
    require_target(target_error)
    picked = np.unique(np.linspace(0, len(samples) - 1, min(MAX_SAMPLES, len(samples))).astype(np.int64))
    search = _Search(graph_module, Simulation(graph_module, [samples[i] for i in picked]), method)
    with stage("degrees"):
        error = search.run(target_error)
    choices: list[ActivationChoice] = []
    for state in search.states:
        state.node.meta[CHOICE] = state.choice
        output_error = search.output_error(state, state.choice)
        choices.append(ActivationChoice(state.node.name, location(state.node), state.fit.about, output_error))
    return DegreeReport(target_error, error, tuple(choices))


class _State:
    """An activation in the search: its candidates by levels, with falling errors, and where it stands."""

    def __init__(self, node: Node, found: Activation, method: str) -> None:
        self.node = node
        self.position = 0
        self.lowered: Choice | None = None
        self.errors: dict[Choice, float] = {}
        self.candidates: list[Choice] = []
        self._found = found
        self._fits: dict[Choice, Fit] = {}
        pieces = found.resolve().pieces
        composed_only = pieces is not None and (pieces.jumps or method == COMPOSITE)
        self._sign_levels = SIGN_LEVELS[0] if composed_only else max(FIRST_SIGN_LEVELS, SIGN_LEVELS[0])
        self._last_sign_levels = SIGN_LEVELS[-1] if pieces is not None else 0
        if not composed_only:
            for levels in range(1, LARGEST_DEPTH + 1):
                self._offer(Choice(method, (1 << levels) - 1))

    @property
    def choice(self) -> Choice:
        return self.lowered or self.candidates[self.position]

    @property
    def fit(self) -> Fit:
        return self.fit_of(self.choice)

    def fit_of(self, choice: Choice) -> Fit:
        if choice not in self._fits:
            meta = self.node.meta
            request = FitRequest(self._found, meta.get(CALIBRATED_RANGE), choice)
            try:
                self._fits[choice] = fit_activation(request, meta.get(CALIBRATED_SAMPLES))
            except ParameterError as error:
                raise ParameterError(error.what, where=location(self.node), hint=error.hint) from error
        return self._fits[choice]

    def levels(self, position: int) -> int:
        return self.fit_of(self.candidates[position]).about.levels

    def has(self, position: int) -> bool:
        """Whether there is a candidate at that position; compositions are fitted when they are needed."""
        while position >= len(self.candidates) and self._sign_levels <= self._last_sign_levels:
            self._offer(Choice(COMPOSITE, degrees=best_abs(self._sign_levels).degrees))
            self._sign_levels += 1
        return position < len(self.candidates)

    def _offer(self, choice: Choice) -> None:
        """Takes a candidate up if its error is less than that of the one with fewer levels."""
        about = self.fit_of(choice).about
        if not self.candidates or about.max_error < self.fit_of(self.candidates[-1]).about.max_error:
            self.candidates.append(choice)


class _Search:
    def __init__(self, graph_module: GraphModule, simulation: Simulation, method: str) -> None:
        self._simulation = simulation
        encrypted = ciphertext_nodes(graph_module.graph)
        self.states: list[_State] = []
        for node in graph_module.graph.nodes:
            found = recognise(node, graph_module) if node in encrypted else None
            if found is not None:
                self.states.append(_State(node, found, method))
                self.states[-1].has(0)

    def run(self, target: float) -> float:
        """Finds the choices; the error with all of them."""
        error = self._error()
        while error > target:
            self._refine(error, target)
            error = self._error()
        for state in sorted(self.states, key=lambda one: -one.levels(one.position)):
            while state.position > 0:
                state.position -= 1
                if self._error() > target:
                    state.position += 1
                    break
        for state in self.states:
            self._lower(state, target)
        return self._error()

    def output_error(self, state: _State, choice: Choice) -> float:
        """The error of the outputs if only this activation is replaced."""
        if choice not in state.errors:
            state.errors[choice] = self._simulation.error({state.node: state.fit_of(choice).approximant})
        return state.errors[choice]

    def _error(self) -> float:
        return self._simulation.error({state.node: state.fit.approximant for state in self.states})

    def _refine(self, error: float, target: float) -> None:
        """One step for the activation that gains the most for each level that it takes."""

        def gain(state: _State) -> float:
            now, after = (state.candidates[state.position + step] for step in (0, 1))
            levels = state.levels(state.position + 1) - state.levels(state.position)
            taken_off = self.output_error(state, now) - self.output_error(state, after)
            return taken_off / levels if math.isfinite(taken_off) else math.inf

        refinable = [state for state in self.states if state.has(state.position + 1)]
        if not refinable:
            raise ParameterError(
                f"the outputs can't be made precise to {target:g}: with the highest degrees they are off by"
                f" {error:.3g}",
                hint=f"ask for {1.1 * error:.2g} or more, or calibrate with data of narrower ranges",
            )
        best = max(refinable, key=gain)
        best.position += 1

    def _lower(self, state: _State, target: float) -> None:
        """The lowest degree of the same method and levels that keeps the target, by bisection."""
        choice = state.choice
        if choice.degrees or choice.degree < 3:
            return
        unfit, fit = (choice.degree + 1) // 2 - 1, choice.degree
        while fit - unfit > 1:
            middle = (unfit + fit) // 2
            state.lowered = Choice(choice.method, middle)
            if self._error() <= target:
                fit = middle
            else:
                unfit = middle
        state.lowered = Choice(choice.method, fit)
