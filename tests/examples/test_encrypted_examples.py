"""The examples under encryption: the same answers as on cleartext slots."""

from __future__ import annotations

from collections.abc import Callable
from functools import cache
from pathlib import Path
from tempfile import mkdtemp

import numpy as np
import pytest
import torch
from he_dialects.parsing import parse_module
from numpy.typing import NDArray

from examples import breast_cancer_logistic, diabetes_linear, digits_relu, digits_square
from examples.common import Example, export, outputs
from hetorch_heir.backends.batch import Journal, run_batch, session_runners
from hetorch_heir.backends.connection import connect
from hetorch_heir.backends.recording import Program
from hetorch_heir.backends.session import Session

EXAMPLES = {
    module.EXAMPLE.name: module.EXAMPLE
    for module in (digits_relu, digits_square, diabetes_linear, breast_cancer_logistic)
}
BACKENDS = ("openfhe", "seal")
SAMPLES = 20
LARGEST_NOISE = 1e-3
"""Of an output, by encryption; class scores are about ±10, probabilities up to 1."""

Array = NDArray[np.float32]


def digit(scores: Array) -> NDArray[np.int64]:
    return scores.reshape(len(scores), -1).argmax(1)


def side(probabilities: Array) -> NDArray[np.int64]:
    return (probabilities.reshape(-1) > 0.5).astype(np.int64)


CLASSES: dict[str, Callable[[Array], NDArray[np.int64]]] = {
    "digits_relu": digit,
    "digits_square": digit,
    "breast_cancer_logistic": side,
}


@cache
def prepared(name: str) -> tuple[Example, Program, torch.nn.Module]:
    """An example with its trained model and its program."""
    example = EXAMPLES[name]
    model = example.train(0)
    path = Path(mkdtemp(prefix="hetorch-")) / f"{name}.mlir"
    export(example, model, path)
    text = path.read_text()
    module = parse_module(text)
    module.verify()
    return example, Program(module, path.parent, text), model


def encrypted(name: str, backend: str, count: int, folder: Path) -> tuple[Array, Array]:
    """Outputs for the first test samples, under encryption and in the clear."""
    example, program, _ = prepared(name)
    inputs = [[x.numpy()] for x in example.load().test.inputs[:count].split(1)]
    with connect(backend) as connection:
        session = Session(connection, backend, program, program.parameters(), plaintext_bytes=1 << 29)
        session.generate_keys()
        with session_runners(session, 1, check=True) as runners:
            (got,) = run_batch(inputs, Journal(folder / "journal", name), runners)
    clear = np.stack([program.run_in_the_clear(sample)[0] for sample in inputs])
    return got, clear


@pytest.mark.parametrize("backend", BACKENDS)
def test_two_digits_are_classified(backend: str, tmp_path: Path) -> None:
    got, clear = encrypted("digits_square", backend, 2, tmp_path)
    assert np.abs(got - clear).max() < LARGEST_NOISE
    assert np.array_equal(digit(got), digit(clear))


@pytest.mark.slow
@pytest.mark.parametrize("backend", BACKENDS)
@pytest.mark.parametrize("name", EXAMPLES)
def test_encryption_changes_no_answer(name: str, backend: str, tmp_path: Path) -> None:
    got, clear = encrypted(name, backend, SAMPLES, tmp_path)
    assert np.abs(got - clear).max() < LARGEST_NOISE
    if name in CLASSES:  # diabetes_linear predicts a value
        assert np.array_equal(CLASSES[name](got), CLASSES[name](clear))


@pytest.mark.slow
@pytest.mark.parametrize("name", EXAMPLES)
def test_whole_test_sets_on_cleartext_slots(name: str) -> None:
    """The score of the program is that of the model, but for half a percent that its polynomials may cost."""
    example, program, model = prepared(name)
    test = example.load().test
    rows = [program.run_in_the_clear([x.numpy()])[0] for x in test.inputs.split(1)]
    got = torch.from_numpy(np.concatenate(rows))
    expected = outputs(model, test.inputs)
    assert got.shape == expected.shape
    score = example.score(got, test.targets)
    assert abs(score - example.score(expected, test.targets)) <= 0.005
