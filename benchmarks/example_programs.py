"""The examples as programs, for benchmarks that run them encrypted."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import torch
from he_dialects.parsing import parse_module
from numpy.typing import NDArray

import hetorch_heir
from examples.common import Example
from hetorch_heir.backends.recording import Program

CALIBRATION_SAMPLES = 64


def program_of(example: Example, samples: int = 1) -> tuple[Program, list[NDArray[np.float32]]]:
    """An example's program, trained and calibrated, and some of its test samples, each a batch of one."""
    torch.set_num_threads(1)
    data = example.load()
    options: dict[str, Any] = {}
    if example.activation_degree is not None:
        options["activation_degree"] = example.activation_degree
    calibration = [(one[None],) for one in data.training.inputs[:CALIBRATION_SAMPLES]]
    result = hetorch_heir.export(
        example.train(0), data.test.inputs[:1], calibration=calibration, inline_limit=None, **options
    )
    program = Program(parse_module(result.text), Path(), result.text)
    return program, [data.test.inputs[i : i + 1].numpy() for i in range(samples)]
