"""What a user can say about an export."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from hetorch_heir.approx.composite_activation import DEFAULT_PRECISION
from hetorch_heir.core.errors import ParameterError
from hetorch_heir.export.calibration import require_margin
from hetorch_heir.export.compilation import ParameterOptions
from hetorch_heir.export.constants import DEFAULT_INLINE_LIMIT
from hetorch_heir.export.degree_choice import require_target
from hetorch_heir.export.key_plans import require_budget
from hetorch_heir.export.program_text import BACKENDS, TARGETS
from hetorch_heir.passes.pipeline import PassPipeline

MAX_POOLING = ("refuse", "polynomial")
"""What can become of max pooling."""

WEIGHTS = ("packed", "formula")
"""How a program holds its constants."""


@dataclass(frozen=True)
class CompileOptions:
    """How a model becomes a program.

    Attributes:
        target: "ckks", "secret" or "hetorch": the dialects of the program.
        lower: None, or "openfhe" or "lattigo": run heir-opt down to that library's dialect.
        activation_degree: degree of the polynomials that replace activations; 2^k - 1 is the largest that
            takes k levels.
        activation_method: how activations are approximated: "chebyshev", "least_squares", "minimax", or
            "composite" for those that are piecewise linear.
        activation_precision: bits of compositions, relative to the range.
        range_margin: part of their width by which calibrated ranges are widened on both sides; None takes a
            tenth, or a half when the example input is all that there is.
        target_error: the largest error of an output on the calibration data; the degree of every activation
            is the lowest that keeps it. None takes ``activation_degree`` for all.
        max_pool: "refuse", or "polynomial": max pooling becomes a tree of maxima of two, each with a
            polynomial of ``activation_degree`` for the absolute value of the difference.
        pipeline: the passes as text or as an object; None takes the default ones.
        parameters: slots, scale, levels, security.
        calibration: what yields samples from which activation ranges are taken (tensors, or tuples of one
            tensor for each input; batches are split), a ``DataLoader`` say; or the path of a .npy or .npz
            file.
        public_inputs: names or positions of inputs that are not encrypted.
        verify: run every stage on samples and compare it with the model.
        name: the entry function; None takes the model's.
        inline_limit: bytes of constants kept in the program's text; None keeps all there.
        weights: "packed": the program holds the vectors of slots that it multiplies with; "formula": it
            holds the numbers that they are made of, and loops that make them when it starts.
        key_budget: bytes of rotation, relinearization and bootstrapping keys in memory at once: the program
            says when which are loaded and cleared. None leaves that open.
        cache: remember plans, approximations and whole programs in the user's cache folder
            (docs/caching.md), and use what is remembered there.

    Raises:
        ParameterError: an option has no such value, or two contradict each other.
    """

    target: str = "ckks"
    lower: str | None = None
    activation_degree: int = 15
    activation_method: str = "chebyshev"
    activation_precision: float = DEFAULT_PRECISION
    range_margin: float | None = None
    target_error: float | None = None
    max_pool: str = "refuse"
    pipeline: str | PassPipeline | None = None
    parameters: ParameterOptions = field(default_factory=ParameterOptions)
    calibration: str | Path | Iterable[Any] | None = None
    public_inputs: Sequence[str | int] = ()
    verify: bool = False
    name: str | None = None
    inline_limit: int | None = DEFAULT_INLINE_LIMIT
    weights: str = "packed"
    key_budget: int | None = None
    cache: bool = True

    def __post_init__(self) -> None:
        if self.target not in TARGETS:
            raise ParameterError(
                f"there is no target '{self.target}'", hint=f"use one of {', '.join(TARGETS)}"
            )
        if self.max_pool not in MAX_POOLING:
            raise ParameterError(
                f"there is no treatment '{self.max_pool}' of max pooling",
                hint=f"use one of {', '.join(MAX_POOLING)}",
            )
        if self.weights not in WEIGHTS:
            raise ParameterError(
                f"there is no form '{self.weights}' of weights", hint=f"use one of {', '.join(WEIGHTS)}"
            )
        if self.range_margin is not None:
            require_margin(self.range_margin)
        if self.target_error is not None:
            require_target(self.target_error, self.calibration is not None)
        if self.lower is not None and self.lower not in BACKENDS:
            raise ParameterError(f"can't lower to '{self.lower}'", hint=f"use one of {', '.join(BACKENDS)}")
        if self.lower is not None and self.target == "hetorch":
            raise ParameterError(
                "heir-opt does not lower the hetorch dialect", hint='use target "ckks" or "secret"'
            )
        if self.key_budget is not None:
            require_budget(self.key_budget, self.target, self.lower)


def make_options(**options: Any) -> CompileOptions:
    """Options from keyword arguments: fields of :class:`CompileOptions` and of :class:`ParameterOptions`.

    Raises:
        ParameterError: there is no option of a name given.
    """
    known = set(ParameterOptions.__dataclass_fields__)
    parameters = {name: options.pop(name) for name in known & set(options)}
    unknown = set(options) - set(CompileOptions.__dataclass_fields__)
    if unknown:
        names = sorted({*CompileOptions.__dataclass_fields__, *known} - {"parameters"})
        raise ParameterError(
            f"there is no option '{sorted(unknown)[0]}'", hint=f"options: {', '.join(names)}"
        )
    if parameters:
        options["parameters"] = replace(options.get("parameters", ParameterOptions()), **parameters)
    return CompileOptions(**options)
