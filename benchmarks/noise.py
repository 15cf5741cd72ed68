"""Compares the errors that the noise model predicts with those of OpenFHE and SEAL.

    python -m benchmarks.noise            # prints the tables
    python -m benchmarks.noise --write    # and keeps them in benchmarks/results/noise.md

Operations run at N = 2^14 with scale 2^40, on random numbers between -1 and 1, twice with different keys.
Errors are divided by the standard deviation predicted for their slot; the ratio is the root mean square of
that, 1 for a perfect prediction. Some minutes, 11 GB for the bootstraps.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace

import numpy as np

from benchmarks.command import main, provenance
from benchmarks.example_programs import program_of
from examples import digits_relu, digits_square, lenet_square
from hetorch_heir.backends.connection import connect
from hetorch_heir.backends.cost_measurement import parameters_of
from hetorch_heir.backends.executor.stream import Stream, StreamBuilder
from hetorch_heir.backends.recording import Program
from hetorch_heir.backends.session import Session, required_keys
from hetorch_heir.core.chain import CKKSChain, choose_chain
from hetorch_heir.noise.model import NoiseModel
from hetorch_heir.noise.programs import chain_of, estimate_program, noise_model
from hetorch_heir.noise.propagation import Slots, estimate_noise

BACKENDS = ("openfhe", "seal")
DEPTH = 5
MEASURED_SLOTS = (8192, 1024)
KEY_PAIRS = 2
MODEL_SAMPLES = 4
MODEL_DRAWS = 32
"""Draws of errors: those of models are not independent."""
BITS = 40
BOOTSTRAP_BITS = 59
BOOTSTRAP_LEVELS = 4
BOOTSTRAPPED_SLOTS = (1 << 15, 1 << 12)

Result = tuple[float, float, float]
"""Measured and predicted error, and their ratio by slot."""

Table = tuple[str, tuple[str, ...], dict[str, list[Result]]]
"""Title, libraries, and by row the results on each."""

EXAMPLES = (digits_square.EXAMPLE, digits_relu.EXAMPLE, lenet_square.EXAMPLE)


def operation_streams(depth: int, constant: Slots) -> dict[str, Stream]:
    """A program of two inputs for every operation, and some that combine them."""
    fresh, product = (depth, BITS, 2), (depth, 2 * BITS, 3)
    lower, relinearized = (depth - 1, BITS, 2), (depth, 2 * BITS, 2)
    steps: dict[str, list[tuple[str, tuple[int, int, int], int, int, int]]] = {
        "encrypt, decrypt": [],
        "add": [("add", fresh, 0, 1, 0)],
        "sub": [("sub", fresh, 0, 1, 0)],
        "negate": [("negate", fresh, 0, -1, 0)],
        "add_plain": [("add_plain", fresh, 0, 0, BITS)],
        "mul_plain, rescale": [
            ("mul_plain", relinearized, 0, 0, BITS),
            ("rescale", lower, 2, -1, BITS),
        ],
        "rotate": [("rotate", fresh, 0, -1, 1)],
        "rotate at level 1": [
            ("level_reduce", (1, BITS, 2), 0, -1, depth - 1),
            ("rotate", (1, BITS, 2), 2, -1, 1),
        ],
        "level_reduce": [("level_reduce", lower, 0, -1, 1)],
        "mul": [("mul", product, 0, 1, 0)],
        "mul, rescale": [("mul", product, 0, 1, 0), ("rescale", (depth - 1, BITS, 3), 2, -1, BITS)],
        "mul, relinearize": [("mul", product, 0, 1, 0), ("relinearize", relinearized, 2, -1, 0)],
        "mul, relinearize, rescale": [
            ("mul", product, 0, 1, 0),
            ("relinearize", relinearized, 2, -1, 0),
            ("rescale", lower, 3, -1, BITS),
        ],
        "mul, rescale, relinearize": [
            ("mul", product, 0, 1, 0),
            ("rescale", (depth - 1, BITS, 3), 2, -1, BITS),
            ("relinearize", lower, 3, -1, 0),
        ],
        "square, relinearize, rescale": [
            ("mul", product, 0, 0, 0),
            ("relinearize", relinearized, 2, -1, 0),
            ("rescale", lower, 3, -1, BITS),
        ],
    }
    return {name: _stream(rows, fresh, constant) for name, rows in steps.items()}


def _stream(
    rows: Sequence[tuple[str, tuple[int, int, int], int, int, int]],
    fresh: tuple[int, int, int],
    constant: Slots,
) -> Stream:
    builder = StreamBuilder()
    output = builder.input(*fresh)
    builder.input(*fresh)
    for operation, state, x, y, argument in rows:
        plain = operation.endswith("plain")
        output = builder.append(operation, state, x, builder.constant(constant) if plain else y, argument)
    return builder.build([output])


def bootstrap_stream(level: int) -> Stream:
    """A program of two inputs that refreshes the first."""
    state = (level, BOOTSTRAP_BITS, 2)
    return _stream([("bootstrap", state, 0, -1, 0)], state, np.zeros(1))


def measure_operations(
    backend: str,
    chain: CKKSChain,
    key_pairs: int = KEY_PAIRS,
    streams: Mapping[str, Stream] | None = None,
) -> dict[str, Result]:
    """For each operation the measured error, the predicted one (root mean squares), and the ratio by slot.

    Args:
        streams: programs of two inputs, fresh at the highest level; None takes :func:`operation_streams`.
    """
    generator = np.random.default_rng(0)
    x, y, constant = (generator.uniform(-1, 1, chain.slots) for _ in range(3))
    if streams is None:
        streams = operation_streams(chain.max_level, constant)
    bootstraps = any(stream.uses("bootstrap") for stream in streams.values())
    parameters = parameters_of(chain, bootstraps=bootstraps)
    model = _model(backend, chain)
    estimates = {name: estimate_noise(stream, [x, y], model) for name, stream in streams.items()}
    errors: dict[str, list[Slots]] = {name: [] for name in streams}
    with connect(backend, worker=True) as connection:
        for _ in range(key_pairs):
            connection.call("open", {"library": backend, "parameters": parameters.to_json()})
            keys = {key for stream in streams.values() for key in required_keys(stream)}
            connection.call("generate", {"keys": [("public", 0), *sorted(keys)]})
            body = {"level": chain.max_level, "scale": chain.log_scale}
            handles = [connection.call("encrypt", body, [v.data])[0]["handle"] for v in (x, y)]
            for name, stream in streams.items():
                message, buffers = stream.to_message()
                connection.call("load", {"stream": message, "plaintext_bytes": 0}, buffers)
                (result,) = connection.call("run", {"inputs": handles, "check": False})[0]["outputs"]
                _, (slots,) = connection.call("decrypt", {"handle": result, "count": 1})
                expected = estimates[name].values[0][: chain.slots] * _scale_drift(stream, chain)
                errors[name].append(np.frombuffer(slots, "<f8") - expected)
    results: dict[str, Result] = {}
    for name, found in errors.items():
        deviations = estimates[name].outputs[0][: chain.slots]
        measured = np.concatenate(found)
        results[name] = (_rms(measured), _rms(deviations), _rms(measured / np.tile(deviations, len(found))))
    return results


def _model(backend: str, chain: CKKSChain) -> NoiseModel:
    """Who generates the keys encrypts with the secret one, where the library can."""
    return replace(noise_model(backend, chain), secret_key_encryption=True)


def _scale_drift(stream: Stream, chain: CKKSChain) -> float:
    """What the difference of a prime from 2^BITS makes of results: libraries divide by the primes."""
    rescaled = sum(one.operation == "rescale" for one in stream.instructions())
    return chain.scale / chain.Q[-1] if rescaled else 1.0


def _rms(values: Slots) -> float:
    return float(np.sqrt(np.mean(values**2)))


def measure_model(backend: str, program: Program, samples: Sequence[np.ndarray]) -> Result:
    """The same as for operations, of the slots of a program's outputs."""
    parameters = program.parameters()
    errors, deviations = [], []
    with connect(backend, worker=True) as connection:
        session = Session(connection, backend, program, parameters)
        session.generate_keys()
        for sample in samples:
            estimate = estimate_program(
                program, [sample], model=_model(backend, chain_of(parameters)), draws=MODEL_DRAWS
            )
            (output,) = session.run([[sample]])[0]
            (clear,) = program.run_in_the_clear([sample])
            (deviation,) = program.unpack(program.record(), [v[: program.slots] for v in estimate.outputs])
            errors.append((output.astype(np.float64) - clear).reshape(-1))
            deviations.append(deviation.astype(np.float64).reshape(-1))
    measured, predicted = np.concatenate(errors), np.concatenate(deviations)
    return _rms(measured), _rms(predicted), _rms(measured / predicted)


def _row(name: str, results: Sequence[Result]) -> str:
    cells = [f"{measured:.2e} | {predicted:.2e} | {ratio:.2f}" for measured, predicted, ratio in results]
    return f"| {name} | {' | '.join(cells)} |"


def operation_tables() -> Iterator[Table]:
    for slots in MEASURED_SLOTS:
        chain = choose_chain(DEPTH, BITS, 60, slots)
        by_backend = [measure_operations(backend, chain) for backend in BACKENDS]
        rows = {name: [one[name] for one in by_backend] for name in by_backend[0]}
        yield f"Operations, {slots} slots of 8192", BACKENDS, rows


def model_table() -> Table:
    rows: dict[str, list[Result]] = {}
    for example in EXAMPLES:
        program, samples = program_of(example, MODEL_SAMPLES)
        rows[example.name] = [measure_model(backend, program, samples) for backend in BACKENDS]
    return f"Models, {MODEL_SAMPLES} samples", BACKENDS, rows


def bootstrap_table() -> Table:
    """Bootstraps on OpenFHE, the only one of the libraries that has them."""
    rows: dict[str, list[Result]] = {}
    for slots in BOOTSTRAPPED_SLOTS:
        chain = choose_chain(BOOTSTRAP_LEVELS, BOOTSTRAP_BITS, 60, BOOTSTRAPPED_SLOTS[0])
        streams = {"bootstrap": bootstrap_stream(chain.max_level)}
        found = measure_operations("openfhe", replace(chain, slots=slots), 1, streams)
        rows[f"bootstrap of {slots} slots"] = list(found.values())
    return f"Bootstraps, 2^{chain.log_n}, scale 2^{BOOTSTRAP_BITS}", ("openfhe",), rows


def report(tables: Iterable[Table]) -> str:
    lines = ["# Predicted and measured errors", "", provenance("noise", "hetorch-heir", "tenseal"), ""]
    worst = 1.0
    for title, backends, rows in tables:
        head = " | ".join(f"{name}: measured | predicted | ratio" for name in backends)
        lines += [f"## {title}", "", f"| | {head} |", f"|{'---|' * (1 + 3 * len(backends))}"]
        lines += [_row(name, results) for name, results in rows.items()]
        lines.append("")
        ratios = [ratio for results in rows.values() for _, _, ratio in results]
        worst = max([worst, *(max(ratio, 1 / ratio) for ratio in ratios)])
    verdict = "met" if worst <= 2 else "missed"
    lines.append(f"The worst ratio is off by a factor of {worst:.2f}; target: 2 ({verdict}).")
    return "\n".join(lines) + "\n"


def full_report() -> str:
    return report([*operation_tables(), model_table(), bootstrap_table()])


if __name__ == "__main__":
    main(__doc__ or "", full_report, "noise")
