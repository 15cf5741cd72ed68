"""Orion's compiler, with its Lattigo back end. Runs in Orion's environment (``make setup-peers``).

Ebel, Garimella, Reagen, "Orion: a fully homomorphic encryption framework for deep learning" (2025).

A dry run compiles as Orion does, but leaves out what takes memory that a workstation doesn't have: dense
blocks of matrices, encoded diagonals, rotation keys and bootstrapping keys. Its counts are those of a real
run; its times and memory are not.
"""

from __future__ import annotations

import importlib
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any
from unittest import mock

import torch

from benchmarks.networks import NETWORKS, output_of
from benchmarks.peers.apart import serve
from benchmarks.peers.measurement import Compilation, Counts, peak_megabytes, stopwatch
from benchmarks.peers.orion_networks import translate
from benchmarks.peers.orion_transforms import Recorder, schedule, sparse_diagonals


def compile_network(network: str, scheme: dict[str, Any], dry: bool) -> Compilation:
    """Compiles a network, and evaluates it encrypted unless it is a dry run.

    Args:
        network: its name.
        scheme: Orion's configuration.
        dry: leave out values and keys.
    """
    torch.set_num_threads(1)
    torch.manual_seed(0)
    orion, on = importlib.import_module("orion"), importlib.import_module("orion.nn")
    model, example = NETWORKS[network]()
    expected = output_of(model, example)
    with stopwatch() as seconds, torch.no_grad():
        made = orion.init_scheme(scheme)
        slots = made.params.get_slots()
        translated = translate(model, on)
        translated.eval()
        orion.fit(translated, example)
        with _recorded(made, Recorder(slots), dry) as (recorder, bootstraps):
            level = orion.compile(translated)
    memory = peak_megabytes()
    counts = Counts(
        recorder.rotations,
        len(recorder.steps),
        recorder.products,
        levels=max(level, made.params.get_max_level()) if bootstraps[0] else level,
        bootstraps=bootstraps[0],
    )
    if dry:
        return Compilation(slots, counts, seconds.wall, seconds.cpu, memory, dry=True)
    evaluation, error = _evaluated(orion, translated, example, expected, level)
    return Compilation(slots, counts, seconds.wall, seconds.cpu, memory, evaluation=evaluation, error=error)


def _evaluated(
    orion: Any, network: Any, example: torch.Tensor, expected: torch.Tensor, level: int
) -> tuple[float, float]:
    """Seconds of the processor for an encrypted evaluation, and its error."""
    encrypted = orion.encrypt(orion.encode(example, level))
    network.he()
    network(encrypted)  # makes the keys of sums over slots
    with stopwatch() as seconds:
        result = network(encrypted)
    # A convolution without padding leaves its result in a corner of the larger image.
    output = result.decrypt().decode()[tuple(slice(size) for size in expected.shape)]
    return seconds.cpu, (output - expected).abs().max().item()


@contextmanager
def _recorded(scheme: Any, recorder: Recorder, dry: bool) -> Iterator[tuple[Recorder, list[int]]]:
    """Notes the transforms and bootstraps of what is compiled inside."""
    core = importlib.import_module("orion.core.orion")
    packing = importlib.import_module("orion.core.packing")
    evaluator, bootstraps = scheme.lt_evaluator, [0]
    generate, solve = evaluator.generate_transforms, core.BootstrapSolver.solve

    def generate_transforms(layer: Any) -> dict[tuple[int, int], int]:
        recorder.add(layer)
        if dry:
            return dict.fromkeys(layer.diagonals, -1)
        made = generate(layer)
        _require_equal_keys(evaluator, layer, made, recorder.slots)
        return made

    def solved(solver: Any) -> Any:
        result = solve(solver)
        bootstraps[0] = result[1]
        return result

    with (
        mock.patch.object(evaluator, "generate_transforms", generate_transforms),
        mock.patch.object(core.BootstrapSolver, "solve", solved),
        mock.patch.object(packing, "diagonalize", sparse_diagonals if dry else packing.diagonalize),
        mock.patch.object(
            scheme.bootstrapper,
            "generate_bootstrapper",
            (lambda slots: None) if dry else scheme.bootstrapper.generate_bootstrapper,
        ),
    ):
        yield recorder, bootstraps


def _require_equal_keys(
    evaluator: Any, layer: Any, transforms: dict[tuple[int, int], int], slots: int
) -> None:
    """Checks the schedule that is counted against the keys that Lattigo asks for.

    Raises:
        ValueError: they differ, so the counts are wrong.
    """
    for block, diagonals in layer.diagonals.items():
        asked = {key for key in evaluator.get_required_rotation_keys(transforms[block]) if key != 1}
        counted = schedule(diagonals, slots).steps
        if len(asked) != len(counted):
            raise ValueError(f"{layer.name}: Lattigo asks for {len(asked)} keys, counted were {len(counted)}")


if __name__ == "__main__":
    serve(compile_network)
