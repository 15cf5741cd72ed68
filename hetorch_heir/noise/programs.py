"""Noise of whole programs, on the inputs of their models."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from hetorch_heir.backends.executor.parameters import Parameters
from hetorch_heir.backends.recording import Program
from hetorch_heir.core.chain import CKKSChain
from hetorch_heir.core.errors import ParameterError
from hetorch_heir.noise.model import NOISE_MODELS, NoiseModel
from hetorch_heir.noise.propagation import NoiseEstimate, estimate_noise


def chain_of(parameters: Parameters) -> CKKSChain:
    """The chain that a program's parameters describe."""
    return CKKSChain(
        parameters.log_n, parameters.moduli, parameters.special, parameters.scale_bits, parameters.slots
    )


def noise_model(backend: str, chain: CKKSChain) -> NoiseModel:
    """The errors of a backend on a chain.

    Raises:
        ParameterError: no such backend is known.
    """
    if backend not in NOISE_MODELS:
        raise ParameterError(
            f"the noise of the backend '{backend}' is not known", hint=f"use one of {', '.join(NOISE_MODELS)}"
        )
    return NOISE_MODELS[backend](chain)


def estimate_program(
    program: Program,
    inputs: Sequence[NDArray[Any]],
    backend: str = "openfhe",
    model: NoiseModel | None = None,
    *,
    draws: int = 0,
) -> NoiseEstimate:
    """The errors of a program's values for inputs of its model.

    Args:
        program: what runs.
        inputs: one array per input of the model.
        backend: "openfhe" or "seal".
        model: takes the place of the backend's.
        draws: see :func:`estimate_noise`.
    """
    stream = program.record(inputs)
    packed = [np.asarray(one.slots, np.float64) for one in program.pack(inputs)]
    if model is None:
        model = noise_model(backend, chain_of(program.parameters(insecure=True)))
    return estimate_noise(stream, packed, model, draws=draws)


def output_deviations(program: Program, estimate: NoiseEstimate) -> list[NDArray[np.float64]]:
    """The standard deviations of the model's outputs, in their shapes.

    Outputs are some of the slots; unpacking picks them, and nothing else.
    """
    slots = [one[: program.slots] for one in estimate.outputs]
    return program.unpack(program.record(), slots)
