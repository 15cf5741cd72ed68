"""One approximation of a function that a graph wrote as several operations.

It has to be no worse than approximations of the operations one by one would be, and takes as few levels as
that allows.
"""

from __future__ import annotations

import math
from dataclasses import replace

import numpy as np
import torch

from hetorch_heir.approx.functions import Array
from hetorch_heir.approx.planner import minimal_depth
from hetorch_heir.core.errors import HETorchError
from hetorch_heir.passes.activation_fit import Fit, FitRequest, fit_activation
from hetorch_heir.passes.activation_nodes import Activation
from hetorch_heir.passes.approximation import Choice, Range
from hetorch_heir.passes.scalar_functions import FusedFunction, Place

LARGEST_DEGREE = 255
_POINTS = 1001


def fit_scalar_function(scalar: FusedFunction, request: FitRequest, samples: Array | None = None) -> Fit:
    """The fit that a request asks for, with a higher degree where the steps one by one would be closer.

    Args:
        scalar: the function.
        request: how to approximate its activation; the degree is the lowest that is considered.
        samples: values of its argument, by which least squares are weighted.

    Raises:
        ParameterError: as for other activations.
    """
    fit = fit_activation(request, samples)
    if request.activation.resolve().pieces is not None:
        return fit  # relu and the like are approximated to the degree or the precision asked for, no better
    error, levels = _one_by_one(scalar, fit.about.domain, request)
    degree = request.choice.degree
    while fit.about.max_error > error:
        degree = 2 * degree + 1
        if degree > LARGEST_DEGREE or minimal_depth(degree) > levels:
            break
        choice = replace(request.choice, degree=degree)
        closer = fit_activation(replace(request, choice=choice), samples)
        if closer.about.max_error < fit.about.max_error:
            fit = closer
    return fit


def _one_by_one(scalar: FusedFunction, domain: Range, request: FitRequest) -> tuple[float, int]:
    """The largest error, and the levels, if each step is approximated by itself."""
    points = torch.linspace(*domain, _POINTS, dtype=torch.float64)
    exact = scalar.results(points)
    values, levels = [points], [0]
    for step, wanted in zip(scalar.steps, exact[1:], strict=True):
        operands = [values[one.number] if isinstance(one, Place) else one for one in step.operands]
        depth = max(levels[place] for place in step.places)
        if step.activation is None:
            values.append(step.target(*operands, **dict(step.keywords)))
            levels.append(depth + (1 if step.nonlinear else 0))
            continue
        place = step.places[0]
        fit = _fit_of(step.activation, exact[place].numpy(), request)
        if fit is None:
            return math.inf, LARGEST_DEGREE
        values.append(torch.from_numpy(fit.approximant(values[place].numpy())).to(wanted.dtype))
        levels.append(depth + fit.about.levels)
    error = float((values[-1] - exact[-1]).abs().max())
    return (error if math.isfinite(error) else math.inf), levels[-1]


def _fit_of(activation: Activation, operand: Array, request: FitRequest) -> Fit | None:
    """The approximation of a step on the values that its operand takes; None if there is none."""
    low, high = float(np.min(operand)), float(np.max(operand))
    domain = (low, high) if low < high else (low - 0.5, high + 0.5)
    choice = Choice(request.choice.method, request.choice.degree)
    try:
        return fit_activation(FitRequest(activation, domain, choice, request.precision, request.cache))
    except HETorchError:
        return None
