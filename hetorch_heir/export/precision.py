"""The smallest scale and first prime that a model bears: from its values, and the errors of encryption.

Every error of CKKS is divided by the scale, so one estimate tells what scale is needed; every level costs as
many bits as the scale has, and twice the bits take twice the ring.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch

from hetorch_heir.backends.recording import Program
from hetorch_heir.core.chain import CKKSChain
from hetorch_heir.core.errors import ParameterError
from hetorch_heir.export.compilation import CompiledGraph, ParameterOptions
from hetorch_heir.export.exporter import ExportOptions, export_graph
from hetorch_heir.export.value_ranges import SMALLEST_SCALE, some_samples
from hetorch_heir.noise.model import NOISE_MODELS
from hetorch_heir.noise.propagation import estimate_noise
from hetorch_heir.passes.graph import is_operation

SAMPLES = 4
"""Samples that errors and magnitudes are estimated on, evenly from the calibration data."""
DRAWS = 4
"""How often errors are drawn: in convolutional models they are larger than independent ones would be."""
DEVIATIONS = 5.0
"""Standard deviations that an error is taken to reach: one in two million is larger."""
MARGIN_BITS = 4
"""log2 of how much larger than on the samples values may get before they overflow."""
LARGEST_SCALE = 55
LARGEST_FIRST_PRIME = 55
"""Alone in its key-switching digit, a larger one takes two special primes on OpenFHE."""
ATTEMPTS = 8

Compile = Callable[[ParameterOptions], CompiledGraph]


@dataclass(frozen=True)
class Precision:
    """What a chain gives on the samples.

    Attributes:
        error: the largest error of an output that encryption is taken to cause.
        largest: the largest absolute value of a slot.
        headroom: bits between that value and the modulus, where there are fewest.
    """

    error: float
    largest: float
    headroom: float


@dataclass(frozen=True)
class ScaleChoice:
    """Why a scale was taken.

    Attributes:
        scale_bits, first_bits: the sizes taken.
        default: ring dimension (log2) with the default sizes.
        allowed: error that encryption may cause.
        precision: of the chain taken.
        smaller_ring: whether sizes other than the defaults were taken, because they make key switching
            cheaper or the ring smaller.
    """

    scale_bits: int
    first_bits: int
    default_log_n: int
    allowed: float
    precision: Precision
    smaller_ring: bool


def precision_of(compiled: CompiledGraph, samples: Sequence[tuple[torch.Tensor, ...]]) -> Precision:
    """What errors and values a compiled model has, on samples; of the libraries, the noisiest counts."""
    module = export_graph(compiled.graph_module, compiled.chain, ExportOptions(inline_limit=None)).module
    program = Program(module, Path())
    error = largest = 0.0
    headroom = math.inf
    for sample in some_samples(samples, SAMPLES):
        inputs = [one.detach().numpy() for one in sample]
        stream, packed = program.record(inputs), [one.slots for one in program.pack(inputs)]
        for make in NOISE_MODELS.values():
            estimate = estimate_noise(stream, packed, make(compiled.chain), draws=DRAWS)
            error = max(error, DEVIATIONS * _output_error(program, estimate.outputs))
            largest = max(largest, float(estimate.magnitudes.max()))
            headroom = min(headroom, float(estimate.headroom.min()))
    return Precision(error, largest, headroom)


def _output_error(program: Program, outputs: Sequence[np.ndarray]) -> float:
    unpacked = program.unpack(program.record(), [one[: program.slots] for one in outputs])
    return max(float(np.abs(one).max()) for one in unpacked)


def choose_scale(
    compile_with: Compile,
    first: CompiledGraph,
    options: ParameterOptions,
    samples: Sequence[tuple[torch.Tensor, ...]],
    allowed: float,
) -> tuple[CompiledGraph, ScaleChoice | None]:
    """The graph with the smallest scale whose errors are allowed, if that makes anything cheaper.

    Args:
        compile_with: compiles the model with options for parameters.
        first: the model compiled with the default scale.
        options: what is fixed of the parameters; the scale isn't.
        samples: inputs of the model.
        allowed: largest error of an output that encryption may cause.

    Raises:
        ParameterError: values overflow, or no scale is large enough; says what would do.
    """
    if any(is_operation(node, "bootstrap") for node in first.graph_module.graph.nodes):
        return first, None  # what bootstraps bear is up to them
    sizes = (options.scale, options.first)
    before = precision_of(first, samples)
    scale = _needed(options.scale, before, allowed)
    found: tuple[int, CompiledGraph, Precision] | None = None
    reached = before.error
    for _ in range(ATTEMPTS):
        tried = compile_with(options.with_sizes(scale, _first_prime(scale, options, before)))
        precision = precision_of(tried, samples)
        reached = precision.error
        if reached > allowed:
            if found is not None:
                break
            scale = max(scale + 1, _needed(scale, precision, allowed))
            continue
        found = scale, tried, precision
        # A smaller ring has smaller errors, and may bear a smaller scale again.
        if _needed(scale, precision, allowed) >= scale:
            break
        scale = _needed(scale, precision, allowed)
    if found is None:
        raise _out_of_reach(allowed, reached)
    scale, tried, precision = found
    first_bits = _first_prime(scale, options, before)
    better = _cost(tried.chain) < _cost(first.chain) or before.error > allowed
    if not better:
        return first, ScaleChoice(*sizes, first.chain.log_n, allowed, before, False)
    return tried, ScaleChoice(scale, first_bits, first.chain.log_n, allowed, precision, True)


def _needed(scale_bits: int, precision: Precision, allowed: float) -> int:
    """The scale for which errors are allowed, when they are inversely proportional to it."""
    needed = scale_bits + math.ceil(math.log2(max(precision.error, 2.0**-60) / allowed))
    if needed > LARGEST_SCALE:
        raise _out_of_reach(allowed, precision.error * 2.0 ** (scale_bits - LARGEST_SCALE))
    return max(SMALLEST_SCALE, needed)


def _first_prime(scale: int, options: ParameterOptions, precision: Precision) -> int:
    """The smallest first prime that has room for the values, in whole bits."""
    if options.first_bits is not None:
        return options.first_bits
    used = options.first - options.scale - precision.headroom
    needed = scale + max(2, math.ceil(used) + MARGIN_BITS)
    if needed > options.first:
        raise ParameterError(
            f"values reach {precision.largest:.3g}, and with a scale of 2^{scale} and a first prime of"
            f" {options.first} bits they overflow",
            hint=f"use a scale of at most 2^{scale - (needed - options.first)}, or normalise the model",
        )
    return needed


def _cost(chain: CKKSChain) -> tuple[int, int]:
    """Smaller rings are cheaper, and in equal rings fewer key-switching digits."""
    return chain.log_n, chain.digits


def _out_of_reach(allowed: float, reachable: float) -> ParameterError:
    return ParameterError(
        f"encryption can't keep outputs within {allowed:.2g}: with the largest scale, 2^{LARGEST_SCALE},"
        f" they are off by {reachable:.2g}",
        hint=f"allow an error larger by {2 * reachable:.2g}",
    )
