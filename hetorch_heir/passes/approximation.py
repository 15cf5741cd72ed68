"""What the graph's nodes know of the approximation of activations: metadata, by key."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Range = tuple[float, float]
Curve = Callable[[NDArray[np.float64]], NDArray[np.float64]]

APPROXIMATION = "approximation"
"""Of the node that takes the place of an activation: an :class:`Approximation`."""

CALIBRATED_RANGE = "range"
"""Of an activation: the smallest and the largest value of its operand in calibration, with a margin."""

CALIBRATED_SAMPLES = "samples"
"""Of an activation: values of its operand in calibration, a float64 array."""

ACTIVATION = "activation"
"""Of the nodes that take the place of an activation: the name of its node, and that of the function."""

APPROXIMATED = "approximated"
"""Of a graph module: the activations that were replaced, a list of :class:`Approximated`."""

CHOICE = "approximation_choice"
"""Of an activation: a :class:`Choice` of how to approximate it, which comes before a pass's options."""

INPUT_RANGE = "input_range"
"""Of a ``chebyshev`` whose operand an activation's input is mapped to: an
:class:`~hetorch_heir.core.input_range.InputRange`."""

CHECKED_RANGE = "checked_range"
"""The same, of the operand itself, once the ``chebyshev`` is written out."""


@dataclass(frozen=True)
class Approximation:
    """What a polynomial, or a composition of several, stands for.

    Args:
        function: name of the activation.
        domain: the range approximated on; outside of it the error grows fast.
        degree: degree of the polynomial; of a composition, the largest one.
        method: how it was fitted.
        max_error: largest error on the domain, but for the neighbourhoods of jumps.
        levels: levels that the evaluation takes.
        degrees: of the polynomials of a composition, in order; otherwise empty.
        gap: distance from a jump within which the value may be wrong.
    """

    function: str
    domain: Range
    degree: int
    method: str
    max_error: float
    levels: int
    degrees: tuple[int, ...] = ()
    gap: float = 0.0


@dataclass(frozen=True)
class Approximated:
    """An activation that was replaced.

    Args:
        node: name of its node.
        place: in the user's model.
        about: what took its place.
        exact, approximant: the function, and what stands for it, from arrays to arrays of the same shape.
        samples: values of its input in calibration, if there was any.
    """

    node: str
    place: str
    about: Approximation
    exact: Curve
    approximant: Curve
    samples: NDArray[np.float64] | None = None


@dataclass(frozen=True)
class Choice:
    """How to approximate one activation: a method with a degree, or "composite" with degrees."""

    method: str
    degree: int = 0
    degrees: Sequence[int] = ()
