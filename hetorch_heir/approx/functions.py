"""Scalar activation functions in float64, with what is known of their shape.

Knowing that a function is odd or even, up to an affine part, halves the work of evaluating its
polynomial: ``gelu(x) - x/2``, ``silu(x) - x/2`` and ``relu(x) - x/2`` are even, ``sigmoid(x) - 1/2``
is odd. :class:`ActivationFunction` carries that structure, the interval on which the function is
defined, and its singular points, so that a fit can use the first and refuse the others.

Definitions and default parameters follow the PyTorch documentation of ``torch.nn.functional``.
"""

from __future__ import annotations

import inspect
import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from types import MappingProxyType
from typing import Any, Literal

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy import special

from hetorch_heir.approx.piecewise import PiecewiseLinear, from_slopes
from hetorch_heir.core.errors import ParameterError, UnsupportedOperationError

Array = NDArray[np.float64]
ScalarFunction = Callable[[Array], Array]
Parity = Literal["odd", "even", "none"]

SELU_ALPHA = 1.6732632423543772848170429916717
SELU_SCALE = 1.0507009873554804934193349852946
# ln(1 + e^-20) = 2e-9: from here on softplus and its linear tail agree to float32.
_SOFTPLUS_EXACT_THRESHOLD = 20.0
# Part of a range that is left out beside a singularity where a range is suggested.
_DISTANCE = 0.01


@dataclass(frozen=True)
class ActivationFunction:
    """A scalar function, applied to every slot, and the shape that a fit may rely on.

    Args:
        name: the name under which :func:`activation` knows it, or the user's.
        function: float64 array to float64 array of the same shape, element by element.
        parity: symmetry of ``function(x) - offset - slope * (x - center)`` about ``x = center``.
        default_range: the interval (a, b) to approximate on when none was calibrated.
        center: about which the function is symmetric.
        offset: constant part that breaks the symmetry.
        slope: linear part that breaks the symmetry.
        lower: the function is defined for x >= lower only.
        poles: points at which the function has no finite value.
        pieces: the function itself, if it is linear between kinks.
    """

    name: str
    function: ScalarFunction
    parity: Parity = "none"
    default_range: tuple[float, float] = (-4.0, 4.0)
    center: float = 0.0
    offset: float = 0.0
    slope: float = 0.0
    lower: float = -math.inf
    poles: tuple[float, ...] = ()
    pieces: PiecewiseLinear | None = None

    def __call__(self, x: ArrayLike) -> Array:
        """The function's values, shape of ``x``; NaN or infinite where it is undefined."""
        with np.errstate(all="ignore"):
            return np.asarray(self.function(np.asarray(x, dtype=np.float64)), dtype=np.float64)

    def require_regular(self, domain: tuple[float, float]) -> None:
        """Refuse a domain that contains a pole or leaves the domain of definition.

        Raises:
            ParameterError: naming the point and a domain that avoids it.
        """
        a, b = domain
        if a < self.lower:
            raise ParameterError(
                f"{self.name} is not defined below {self.lower:g}",
                where=f"{self.name} on [{a:g}, {b:g}]",
                hint=f"{self._usable_part(domain)}, and keep the input positive in the model",
            )
        for pole in self.poles:
            if a <= pole <= b:
                raise ParameterError(
                    f"{self.name} is singular at {pole:g}",
                    where=f"{self.name} on [{a:g}, {b:g}]",
                    hint=f"{self._usable_part(domain)}; the closer a range comes to {pole:g}, "
                    "the higher the degree that is needed",
                )

    def _usable_part(self, domain: tuple[float, float]) -> str:
        """Advice: the larger part of a domain beyond a singularity, at a hundredth of its length from it."""
        point = self.poles[0] if self.poles else self.lower
        above, below = domain[1] - point, point - domain[0]
        if above <= 0.0 and self.lower > -math.inf:
            a, b = self.default_range
        elif above >= below or self.lower > -math.inf:
            a, b = point + (above * _DISTANCE if self.poles else 0.0), domain[1]
        else:
            a, b = domain[0], point - below * _DISTANCE
        return f"choose a range that keeps away from {point:g}, for example ({a:g}, {b:g})"


def _relu(x: Array) -> Array:
    return np.maximum(x, 0.0)


def _gelu(approximate: str = "none") -> ActivationFunction:
    def exact(x: Array) -> Array:
        return x * special.ndtr(x)

    def by_tanh(x: Array) -> Array:
        return 0.5 * x * (1.0 + np.tanh(math.sqrt(2.0 / math.pi) * (x + 0.044715 * x**3)))

    forms: dict[str, ScalarFunction] = {"none": exact, "tanh": by_tanh}
    if approximate not in forms:
        raise ParameterError(
            f"gelu has no approximation {approximate!r}", where="gelu", hint='use "none" or "tanh"'
        )
    return ActivationFunction("gelu", forms[approximate], "even", slope=0.5)


def _elu(alpha: float = 1.0) -> ActivationFunction:
    def elu(x: Array) -> Array:
        return np.where(x > 0.0, x, alpha * np.expm1(np.minimum(x, 0.0)))

    return ActivationFunction("elu", elu)


def _celu(alpha: float = 1.0) -> ActivationFunction:
    _require_nonzero("celu", "alpha", alpha)

    def celu(x: Array) -> Array:
        return np.maximum(x, 0.0) + np.minimum(alpha * np.expm1(x / alpha), 0.0)

    return ActivationFunction("celu", celu)


def _selu() -> ActivationFunction:
    def selu(x: Array) -> Array:
        return SELU_SCALE * np.where(x > 0.0, x, SELU_ALPHA * np.expm1(np.minimum(x, 0.0)))

    return ActivationFunction("selu", selu)


def _softplus(beta: float = 1.0, threshold: float = 20.0) -> ActivationFunction:
    _require_nonzero("softplus", "beta", beta)

    def softplus(x: Array) -> Array:
        return np.where(beta * x > threshold, x, np.logaddexp(0.0, beta * x) / beta)

    # log(1 + e^u) = u/2 + log(2 cosh(u/2)); a low threshold replaces one side only.
    symmetric = threshold >= _SOFTPLUS_EXACT_THRESHOLD
    return ActivationFunction(
        "softplus", softplus, "even" if symmetric else "none", slope=0.5 if symmetric else 0.0
    )


def _leaky_relu(slope: float = 0.01) -> ActivationFunction:
    def leaky_relu(x: Array) -> Array:
        return np.where(x > 0.0, x, slope * x)

    return ActivationFunction(
        "leaky_relu",
        leaky_relu,
        "even",
        slope=(1.0 + slope) / 2.0,
        pieces=from_slopes((slope, 1.0), (0.0,), 0.0),
    )


def _prelu(slope: float = 0.25) -> ActivationFunction:
    return replace(_leaky_relu(slope), name="prelu")


def _clamp(min: float | None = None, max: float | None = None) -> ActivationFunction:
    low, high = (-math.inf if min is None else min), (math.inf if max is None else max)
    _require_order("clamp", low, high)
    if min is None and max is None:
        raise ParameterError("clamp needs min or max, or both", where="clamp", hint="give min=0 for relu")
    if math.isfinite(low) and math.isfinite(high):
        return replace(_hardtanh(low, high), name="clamp")

    def clamp(x: Array) -> Array:
        return np.clip(x, low, high)

    kink = low if math.isfinite(low) else high
    slopes = (0.0, 1.0) if math.isfinite(low) else (1.0, 0.0)
    return ActivationFunction(
        "clamp",
        clamp,
        "even",
        default_range=(kink - 4.0, kink + 4.0),
        center=kink,
        offset=kink,
        slope=0.5,
        pieces=from_slopes(slopes, (kink,), kink),
    )


def _hardtanh(min: float = -1.0, max: float = 1.0) -> ActivationFunction:
    _require_order("hardtanh", min, max)

    def hardtanh(x: Array) -> Array:
        return np.clip(x, min, max)

    # Odd about the middle of the ramp, so the default range has the same middle.
    return ActivationFunction(
        "hardtanh",
        hardtanh,
        "odd",
        default_range=(2.5 * min - 1.5 * max, 2.5 * max - 1.5 * min),
        center=(min + max) / 2.0,
        offset=(min + max) / 2.0,
        pieces=from_slopes((0.0, 1.0, 0.0), (min, max), min),
    )


def _softshrink(lambd: float = 0.5) -> ActivationFunction:
    def softshrink(x: Array) -> Array:
        return np.sign(x) * np.maximum(np.abs(x) - lambd, 0.0)

    pieces = from_slopes((1.0, 0.0, 1.0), (-lambd, lambd), 0.0)
    return ActivationFunction("softshrink", softshrink, "odd", pieces=pieces)


def _hardshrink(lambd: float = 0.5) -> ActivationFunction:
    def hardshrink(x: Array) -> Array:
        return np.where(np.abs(x) > lambd, x, 0.0)

    pieces = from_slopes((1.0, 0.0, 1.0), (-lambd, lambd), -lambd, (lambd, lambd))
    return ActivationFunction("hardshrink", hardshrink, "odd", pieces=pieces)


def _threshold(threshold: float = 0.0, value: float = 0.0) -> ActivationFunction:
    def thresholded(x: Array) -> Array:
        return np.where(x > threshold, x, value)

    pieces = from_slopes((0.0, 1.0), (threshold,), value, (threshold - value,))
    return ActivationFunction(
        "threshold", thresholded, default_range=(threshold - 4.0, threshold + 4.0), pieces=pieces
    )


def _require_order(name: str, low: float, high: float) -> None:
    if not low < high:
        raise ParameterError(
            f"{name} needs min < max, not {low:g} and {high:g}", where=name, hint="swap the two"
        )


def _require_nonzero(name: str, parameter: str, value: float) -> None:
    if value == 0.0 or not math.isfinite(value):
        raise ParameterError(
            f"{name} needs a finite {parameter} other than 0, not {value:g}",
            where=name,
            hint=f"the default is {parameter}=1",
        )


def _mish(x: Array) -> Array:
    return x * np.tanh(np.logaddexp(0.0, x))


def _silu(x: Array) -> Array:
    return x * special.expit(x)


def _softsign(x: Array) -> Array:
    return x / (1.0 + np.abs(x))


def _relu6(x: Array) -> Array:
    return np.clip(x, 0.0, 6.0)


def _hardsigmoid(x: Array) -> Array:
    return np.clip(x / 6.0 + 0.5, 0.0, 1.0)


def _hardswish(x: Array) -> Array:
    return x * _hardsigmoid(x)


def _rsqrt(x: Array) -> Array:
    return 1.0 / np.sqrt(x)


_PLAIN = (
    ActivationFunction("relu", _relu, "even", slope=0.5, pieces=from_slopes((0.0, 1.0), (0.0,), 0.0)),
    ActivationFunction(
        "relu6",
        _relu6,
        "odd",
        (-2.0, 8.0),
        center=3.0,
        offset=3.0,
        pieces=from_slopes((0.0, 1.0, 0.0), (0.0, 6.0), 0.0),
    ),
    ActivationFunction("sigmoid", special.expit, "odd", (-6.0, 6.0), offset=0.5),
    ActivationFunction("tanh", np.tanh, "odd"),
    ActivationFunction("silu", _silu, "even", slope=0.5),
    ActivationFunction(
        "hardsigmoid",
        _hardsigmoid,
        "odd",
        (-6.0, 6.0),
        offset=0.5,
        pieces=from_slopes((0.0, 1.0 / 6.0, 0.0), (-3.0, 3.0), 0.0),
    ),
    ActivationFunction("hardswish", _hardswish, "even", (-6.0, 6.0), slope=0.5),
    ActivationFunction("mish", _mish),
    ActivationFunction("softsign", _softsign, "odd"),
    ActivationFunction("exp", np.exp, default_range=(-4.0, 0.0)),
    ActivationFunction("log", np.log, default_range=(0.1, 4.0), lower=0.0, poles=(0.0,)),
    ActivationFunction("sqrt", np.sqrt, default_range=(0.0, 4.0), lower=0.0),
    ActivationFunction("rsqrt", _rsqrt, default_range=(0.1, 4.0), lower=0.0, poles=(0.0,)),
    ActivationFunction("reciprocal", np.reciprocal, "odd", (0.1, 4.0), poles=(0.0,)),
    ActivationFunction("erf", special.erf, "odd", (-3.0, 3.0)),
    ActivationFunction("sin", np.sin, "odd", (-math.pi, math.pi)),
    ActivationFunction("cos", np.cos, "even", (-math.pi, math.pi)),
    ActivationFunction("abs", np.abs, "even", (-1.0, 1.0), pieces=from_slopes((-1.0, 1.0), (0.0,), 0.0)),
    ActivationFunction(
        "sign", np.sign, "odd", (-1.0, 1.0), pieces=from_slopes((0.0, 0.0), (0.0,), -1.0, (2.0,))
    ),
)


def _constant(function: ActivationFunction) -> Callable[[], ActivationFunction]:
    return lambda: function


_FACTORIES: Mapping[str, Callable[..., ActivationFunction]] = MappingProxyType(
    {function.name: _constant(function) for function in _PLAIN}
    | {
        "gelu": _gelu,
        "elu": _elu,
        "celu": _celu,
        "selu": _selu,
        "softplus": _softplus,
        "leaky_relu": _leaky_relu,
        "prelu": _prelu,
        "hardtanh": _hardtanh,
        "clamp": _clamp,
        "softshrink": _softshrink,
        "hardshrink": _hardshrink,
        "threshold": _threshold,
    }
)
_ALIASES: Mapping[str, str] = MappingProxyType({"swish": "silu"})

ACTIVATION_NAMES: tuple[str, ...] = tuple(sorted({*_FACTORIES, *_ALIASES}))


def activation(name: str, **params: Any) -> ActivationFunction:
    """The activation function of that name (one of :data:`ACTIVATION_NAMES`).

    Args:
        name: as in ``torch.nn.functional``; ``swish`` is ``silu``.
        params: ``gelu(approximate="none"|"tanh")``, ``elu(alpha)``, ``celu(alpha)``,
            ``softplus(beta, threshold)``, ``leaky_relu(slope)``, ``prelu(slope)``, ``hardtanh(min, max)``,
            ``clamp(min, max)``, either of which may be None, ``softshrink(lambd)``, ``hardshrink(lambd)``,
            ``threshold(threshold, value)``.

    Raises:
        UnsupportedOperationError: there is no function of that name.
        ParameterError: the function has no such parameter, or not that value of it.
    """
    factory = _FACTORIES.get(_ALIASES.get(name, name))
    if factory is None:
        raise UnsupportedOperationError(
            f"no activation function is called {name!r}",
            hint="use one of " + ", ".join(ACTIVATION_NAMES) + ", or pass a callable",
        )
    known = inspect.signature(factory).parameters
    unknown = sorted(set(params) - set(known))
    if unknown:
        raise ParameterError(
            f"{name} has no parameter {', '.join(unknown)}",
            where=name,
            hint=f"its parameters are {', '.join(known)}" if known else "it takes none",
        )
    return factory(**params)


def as_activation(function: ActivationFunction | ScalarFunction) -> ActivationFunction:
    """A user's callable as an :class:`ActivationFunction` of which nothing is known."""
    if isinstance(function, ActivationFunction):
        return function
    return ActivationFunction(getattr(function, "__name__", "function"), function, default_range=(-1.0, 1.0))
