"""Proves on samples that an exported program computes what the model computes, stage by stage."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt
import torch
import torch.utils._pytree as pytree
from torch.fx import GraphModule

from hetorch_heir.core.errors import VerificationFailure
from hetorch_heir.core.progress import tracked

Arrays = list[npt.NDArray[np.float64]]
Runner = Callable[[Sequence[npt.NDArray[np.float64]]], Arrays]

STAGE_TOLERANCE = 1e-3
"""How far a stage may be from the one before it, relative to the largest output: stages only differ by
rounding, so anything near this is a miscompilation."""


@dataclass(frozen=True)
class StageReport:
    """One stage against the torch model, over all samples and outputs.

    Attributes:
        stage: "graph", "text" or "openfhe".
        max_error: largest absolute difference.
        mean_error: mean absolute difference.
        argmax_agreement: share of all rows (last axis) whose largest entry is at the same place.
        precision_bits: -log2 of the mean difference.
    """

    stage: str
    max_error: float
    mean_error: float
    argmax_agreement: float
    precision_bits: float


@dataclass(frozen=True)
class VerificationReport:
    """All stages, in order; the errors of the last one are those of the program.

    Attributes:
        second_parser: the MLIR bindings that parsed the program too, if any are installed.
    """

    samples: int
    stages: tuple[StageReport, ...]
    second_parser: str | None = None

    @property
    def max_error(self) -> float:
        return self.stages[-1].max_error

    @property
    def mean_error(self) -> float:
        return self.stages[-1].mean_error


def graph_runner(graph_module: GraphModule) -> Runner:
    """Runs the homomorphic graph in torch."""
    dtypes = [node.meta["val"].dtype for node in graph_module.graph.nodes if node.op == "placeholder"]

    def run(inputs: Sequence[npt.NDArray[np.float64]]) -> Arrays:
        tensors = [torch.from_numpy(one).to(dtype) for one, dtype in zip(inputs, dtypes, strict=True)]
        with torch.no_grad():
            results = pytree.tree_leaves(graph_module(*tensors))
        return [one.double().numpy() for one in results]

    return run


def text_runner(text: str, resource_dir: Path, moduli: Sequence[int]) -> Runner:
    """Parses a program anew and interprets it on cleartext slots, with rescales by the primes given."""
    from he_dialects.parsing import parse_module

    from hetorch_heir.interpreter.cleartext import CleartextDomain
    from hetorch_heir.interpreter.parameters import ProgramParameters
    from hetorch_heir.interpreter.program import run_program

    module = parse_module(text)
    module.verify()

    def run(inputs: Sequence[npt.NDArray[np.float64]]) -> Arrays:
        domain = CleartextDomain(ProgramParameters.of(module).slots, moduli=moduli)
        return run_program(module, list(inputs), domain=domain, resource_dir=resource_dir)

    return run


def verify_stages(
    reference: Callable[..., tuple[torch.Tensor, ...]],
    runners: dict[str, Runner],
    samples: Sequence[tuple[torch.Tensor, ...]],
) -> VerificationReport:
    """Compares every stage with the model, and with the stage before it.

    Args:
        reference: the model, flat tensors to flat tensors.
        runners: stages in the order of compilation.
        samples: inputs.

    Raises:
        VerificationFailure: a stage disagrees with the one before, or yields NaN.
    """
    expected = [[one.double().numpy() for one in reference(*sample)] for sample in samples]
    reports: list[StageReport] = []
    before: list[Arrays] | None = None
    for stage, run in runners.items():
        inputs = [[one.double().numpy() for one in sample] for sample in samples]
        results = [
            [got.reshape(want.shape) for got, want in zip(run(one), wanted, strict=True)]
            for one, wanted in tracked(list(zip(inputs, expected, strict=True)), stage)
        ]
        if before is not None:
            _check_against(stage, results, before)
        reports.append(_report(stage, results, expected))
        before = results
    return VerificationReport(len(samples), tuple(reports))


def _check_against(stage: str, results: list[Arrays], before: list[Arrays]) -> None:
    scale = max(1.0, max(float(np.max(np.abs(one))) for sample in before for one in sample))
    difference = max(
        float(np.max(np.abs(got - want)))
        for sample, earlier in zip(results, before, strict=True)
        for got, want in zip(sample, earlier, strict=True)
    )
    if not difference <= STAGE_TOLERANCE * scale:
        raise VerificationFailure(
            f"stage '{stage}' computes something else than the stage before it: the outputs differ by"
            f" {difference:.3g}",
            hint="this is a fault of the compiler, not of the model; please report it with the model",
        )


def _report(stage: str, results: list[Arrays], expected: list[Arrays]) -> StageReport:
    differences, agreements = [], []
    for sample, wanted in zip(results, expected, strict=True):
        for got, want in zip(sample, wanted, strict=True):
            differences.append(np.abs(got - want).reshape(-1))
            agreements.append(
                np.mean(np.argmax(got, axis=-1) == np.argmax(want, axis=-1)) if want.ndim else 1.0
            )
    errors = np.concatenate(differences)
    if not np.all(np.isfinite(errors)):
        raise VerificationFailure(
            f"stage '{stage}' yields NaN or infinite values",
            hint="an activation probably left its range: give --calibrate data that covers the inputs",
        )
    mean = float(errors.mean())
    bits = -math.log2(mean) if mean > 0 else math.inf
    return StageReport(stage, float(errors.max()), mean, float(np.mean(agreements)), bits)
