"""Tells how large the errors of encryption get, before anything is encrypted."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import ClassVar

import torch
from torch import Tensor
from torch.fx import GraphModule

from hetorch_heir.core.context import CompilationContext
from hetorch_heir.core.errors import ParameterError
from hetorch_heir.core.scheme import HEScheme
from hetorch_heir.noise.programs import noise_model
from hetorch_heir.passes.base import TransformationPass, mark_provided
from hetorch_heir.passes.noise import (
    DRAWS,
    EXAMPLE_INPUTS,
    NOISE_ANALYSIS,
    LayerNoise,
    NodeNoise,
    NoiseAnalysis,
    Sample,
    analyze_noise,
    program_slots,
    with_least_precision,
)

__all__ = ["LayerNoise", "NodeNoise", "NoiseAnalysis", "NoiseAnalysisPass", "report"]

LARGEST_SCALE = 59
"""log2 of the largest scale that libraries take."""

ON_LOSS = ("warn", "refuse")
"""What can happen where outputs have too little precision."""


@dataclass(frozen=True)
class NoiseAnalysisPass(TransformationPass):
    """Predicts the error of every ciphertext, and leaves the graph as it is.

    Before, for ``rescale(x / 2)`` at scale 2^40 and N = 2^14::

        %pmult = hetorch.pmult(%x, 0.5)
        %rescale = hetorch.rescale(%pmult)

    After, every ciphertext carries a :class:`NodeNoise` as ``meta["noise"]``: the standard deviation of its
    error in slots, the largest value, the bits between the two that are left, and those up to overflow::

        %pmult = hetorch.pmult(%x, 0.5)     error 1.9e-08, 24.6 bits of precision, 20.0 bits of headroom
        %rescale = hetorch.rescale(%pmult)  error 2.0e-08, 24.6 bits of precision, 20.0 bits of headroom

    The :class:`NoiseAnalysis` of layers and outputs is put into the graph module's
    ``meta["noise_analysis"]``. Products multiply errors by values, so the graph is run in the clear on
    inputs: those given, else those that the model was captured with, else random ones. What operations add is
    told by :mod:`hetorch_heir.noise.model`, which is validated against the libraries, see docs/noise.md.

    Args:
        library: whose noise: "openfhe" or "seal".
        min_precision: bits of precision that every output must have; 0 asks for none.
        on_loss: "warn" notes outputs that have fewer in the analysis, "refuse" raises an error.
        verbose: print the report.
        samples: inputs of the model, one tuple of tensors for each.
        draws: how often errors are drawn, which tells how those add up that have the same origin; 0 takes all
            for independent.
    """

    name: ClassVar[str] = "noise-analysis"
    description: ClassVar[str] = "Predict the error of every ciphertext, and the precision that is left."
    requires: ClassVar[frozenset[str]] = frozenset({"rescaling_inserted"})
    provides: ClassVar[frozenset[str]] = frozenset({"noise_analyzed"})
    reports: ClassVar[bool] = True
    scheme_specific: ClassVar[frozenset[HEScheme]] = frozenset({HEScheme.CKKS})

    library: str = "openfhe"
    min_precision: float = 0.0
    on_loss: str = "warn"
    verbose: bool = True
    samples: Sequence[Sequence[Tensor]] = ()
    draws: int = DRAWS

    def __post_init__(self) -> None:
        if self.on_loss not in ON_LOSS:
            raise ParameterError(
                f"there is no choice '{self.on_loss}' for outputs of too little precision",
                hint=f"use one of {', '.join(ON_LOSS)}",
            )
        if self.draws < 0:
            raise ParameterError(f"errors can't be drawn {self.draws} times", hint="use for example 8")
        if not self.min_precision >= 0.0:
            raise ParameterError(
                f"{self.min_precision:g} bits of precision can't be asked for", hint="use for example 10"
            )

    def transform(self, graph_module: GraphModule, context: CompilationContext) -> GraphModule:
        """Analyse the graph, and print the report if verbose.

        Raises:
            ParameterError: no noise is known of the library; an output has too little precision and
                ``on_loss`` is "refuse"; or the parameters have no primes yet.
            PassValidationError: the graph is not one that a library could execute.
        """
        chain = replace(context.chain, slots=program_slots(graph_module, context))
        model, inputs = noise_model(self.library, chain), self._inputs(graph_module)
        analysis = analyze_noise(graph_module, context, self.library, model, inputs, draws=self.draws)
        analysis = with_least_precision(analysis, self.min_precision)
        if analysis.warnings and self.on_loss == "refuse":
            missing = self.min_precision - analysis.worst_output.precision
            raise ParameterError(analysis.warnings[0], hint=_advice(chain.log_scale, missing))
        graph_module.meta[NOISE_ANALYSIS] = analysis
        if self.verbose:
            print("\n".join(report(analysis)))
        mark_provided(graph_module, self.provides)
        return graph_module

    def _inputs(self, graph_module: GraphModule) -> list[Sample]:
        given = self.samples or [graph_module.meta.get(EXAMPLE_INPUTS) or ()]
        tensors = [[one for one in sample if isinstance(one, torch.Tensor)] for sample in given]
        return [[one.detach().cpu().numpy() for one in sample] for sample in tensors if sample]


def _advice(log_scale: int, missing: float) -> str:
    """What gives the bits of precision that are missing: each bit of the scale is one."""
    needed = log_scale + math.ceil(missing)
    if needed <= LARGEST_SCALE:
        return f"a scale of {needed} bits would do (--scale-bits), or values of a range nearer to 1"
    most = LARGEST_SCALE - log_scale
    return f"no scale gives as many; the largest, of {LARGEST_SCALE} bits, gives {most} more (--scale-bits)"


def report(analysis: NoiseAnalysis) -> Iterator[str]:
    """The lines of the printed report."""
    yield f"=== Noise Analysis ({analysis.library}) ==="
    for one in analysis.layers:
        if one.layer.label != "model":
            yield f"  {', '.join(one.layer.label.splitlines())}: {_described(one.noise)}"
    for number, noise in enumerate(analysis.outputs):
        yield f"Output {number}: {_described(noise)}"
    for warning in analysis.warnings:
        yield f"Warning: {warning}"
    for assumption in analysis.assumptions:
        yield f"Note: {assumption}"


def _described(noise: NodeNoise) -> str:
    text = f"error {noise.deviation:.1e}, values up to {noise.magnitude:.3g}, {noise.precision:.1f} bits"
    return text if noise.headroom == float("inf") else f"{text}, {noise.headroom:.1f} bits of headroom"
