"""The examples: trained honestly, and computing under encrypted semantics what they compute in torch."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import cached_property
from pathlib import Path

import pytest
import torch
from he_dialects.parsing import parse_module
from sklearn.linear_model import LinearRegression
from torch import Tensor, nn

from examples import breast_cancer_logistic, diabetes_linear, digits_relu, digits_square
from examples.common import Data, Example, Samples, export, outputs, split, train_classifier, write
from hetorch_heir.cli import export as export_command
from hetorch_heir.core.chain import CKKSChain
from hetorch_heir.export.result import ExportResult
from hetorch_heir.heir import lower, translate
from hetorch_heir.interpreter.program import run_program

EXAMPLES = {
    module.EXAMPLE.name: module.EXAMPLE
    for module in (digits_relu, digits_square, diabetes_linear, breast_cancer_logistic)
}
LARGEST_LOSS = 0.005
"""Of the score, by computing under encryption."""
LARGEST_ERRORS = {
    # ReLU has a corner, which a polynomial of degree 15 rounds off; class scores are about ±10.
    "digits_relu": 0.5,
    "digits_square": 1e-3,
    "diabetes_linear": 1e-2,  # of a value of about 150
    "breast_cancer_logistic": 5e-3,
}


@dataclass(frozen=True)
class Trained:
    """An example, trained, compiled and exported once for all tests."""

    example: Example
    folder: Path

    @cached_property
    def data(self) -> Data:
        return self.example.load()

    @cached_property
    def model(self) -> nn.Module:
        return self.example.train(0)

    @cached_property
    def expected(self) -> Tensor:
        return outputs(self.model, self.data.test.inputs)

    def path(self, target: str) -> Path:
        return self.folder / f"{self.example.name}_{target}.mlir"

    def exported(self, target: str) -> ExportResult:
        return self._exports[target]

    @cached_property
    def _exports(self) -> dict[str, ExportResult]:
        return {
            target: export(self.example, self.model, self.path(target), target=target)
            for target in ("ckks", "secret")
        }


@pytest.fixture(scope="module", params=EXAMPLES.values(), ids=list(EXAMPLES))
def trained(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Trained:
    return Trained(request.param, tmp_path_factory.mktemp(request.param.name))


@pytest.mark.parametrize(
    ("name", "at_least"),
    [("digits_relu", 0.96), ("digits_square", 0.96), ("breast_cancer_logistic", 0.95)],
)
def test_a_classifier_is_right_on_unseen_samples(name: str, at_least: float) -> None:
    example = EXAMPLES[name]
    test = example.load().test
    assert example.score(outputs(example.train(0), test.inputs), test.targets) >= at_least


def test_the_regression_is_as_good_as_ordinary_least_squares() -> None:
    example = diabetes_linear.EXAMPLE
    data = example.load()
    peer = LinearRegression().fit(data.training.inputs, data.training.targets)
    score = example.score(outputs(example.train(0), data.test.inputs), data.test.targets)
    assert score == pytest.approx(peer.score(data.test.inputs, data.test.targets), abs=0.01)
    assert score > 0.3


@pytest.mark.parametrize("name", EXAMPLES)
def test_training_is_reproducible(name: str) -> None:
    first, second = (EXAMPLES[name].train(3).state_dict() for _ in range(2))
    assert all(torch.equal(first[key], second[key]) for key in first)


def test_another_seed_gives_another_model() -> None:
    first, second = (digits_square.train(seed).state_dict() for seed in (0, 1))
    assert not torch.equal(first["hidden1.weight"], second["hidden1.weight"])


@pytest.mark.parametrize("name", EXAMPLES)
def test_no_sample_is_in_two_parts(name: str) -> None:
    data = EXAMPLES[name].load()
    parts = (data.training, data.validation, data.test)
    # None of the datasets holds a sample twice.
    rows = torch.cat([part.inputs for part in parts])
    assert len(torch.unique(rows, dim=0)) == len(rows)
    assert len(data.test.inputs) == pytest.approx(0.2 * len(rows), abs=1)
    assert len(data.validation.inputs) == pytest.approx(0.2 * len(rows), abs=1)


def test_training_does_not_see_the_test_data() -> None:
    data = digits_square.load()
    spoiled = replace(data, test=Samples(data.test.inputs * 0, data.test.targets))
    models = [
        train_classifier(
            digits_square.factory,
            part,
            0,
            activation=digits_square.Square,
            activity_penalty=0.01,
            weight_decay=0.01,
            epochs=2,
        ).state_dict()
        for part in (data, spoiled)
    ]
    assert all(torch.equal(models[0][key], models[1][key]) for key in models[0])


def test_encrypted_semantics_keep_the_score(
    trained: Trained, record_property: Callable[[str, object], None]
) -> None:
    example, test = trained.example, trained.data.test
    got = outputs(trained.exported("ckks").graph_module, test.inputs)
    error = (got - trained.expected).abs()
    plain, encrypted = (example.score(one, test.targets) for one in (trained.expected, got))
    record_property("torch score", plain)
    record_property("encrypted score", encrypted)
    record_property("largest error", error.max().item())
    record_property("mean error", error.mean().item())
    assert abs(encrypted - plain) <= LARGEST_LOSS
    assert error.max().item() <= LARGEST_ERRORS[example.name]


@pytest.mark.parametrize("target", ["ckks", "secret"])
def test_the_exported_text_computes_what_the_graph_computes(trained: Trained, target: str) -> None:
    result = trained.exported(target)
    module = parse_module(trained.path(target).read_text())
    module.verify()
    for sample in trained.data.test.inputs[:4].split(1):
        (output,) = run_program(module, [sample.numpy()], resource_dir=trained.folder)
        expected = outputs(result.graph_module, sample)
        torch.testing.assert_close(torch.from_numpy(output).float(), expected, rtol=1e-4, atol=1e-4)


@pytest.mark.parametrize("target", ["ckks", "secret"])
@pytest.mark.parametrize(
    ("backend", "kind", "signs"),
    [
        ("openfhe", "openfhe-pke", ("#include", "cc->EvalMult(", "{name}(")),
        ("lattigo", "lattigo", ("package main", "func {exported_name}(", "evaluator.Mul")),
    ],
)
def test_heir_lowers_the_program_and_emits_code(
    trained: Trained, target: str, backend: str, kind: str, signs: tuple[str, ...]
) -> None:
    result = trained.exported(target)
    lowered = lower(
        trained.path(target),
        backend=backend,
        entry_function=result.function,
        slots=result.chain.slots,
        target=target,
    )
    assert f"{backend}." in lowered
    code = translate(lowered, kind)
    # Go exports what begins with a capital letter.
    names = {"name": result.function, "exported_name": result.function.capitalize()}
    for sign in signs:
        assert sign.format(**names) in code


def test_parameters_are_secure(trained: Trained) -> None:
    chain: CKKSChain = trained.exported("ckks").chain
    assert chain.secure


def test_the_files_of_an_example_are_what_the_command_takes(tmp_path: Path) -> None:
    example = diabetes_linear.EXAMPLE
    model = example.train(0)
    write(example, model, tmp_path)
    texts = []
    from_archive = [str(tmp_path / "model.pt2"), "--calibrate", str(tmp_path / "calibration.npy")]
    from_code = ["examples.diabetes_linear:factory", "--input-shape", "1,10"]
    for source in (from_archive, [*from_code, "--state-dict", str(tmp_path / "weights.pt")]):
        output = tmp_path / "out.mlir"
        assert export_command.main([*source, "-o", str(output), "--name", example.name]) == 0
        texts.append(output.read_text())
    sample = example.load().test.inputs[:1]
    for text in texts:
        (output,) = run_program(parse_module(text), [sample.numpy()])
        assert output == pytest.approx(outputs(model, sample).numpy(), rel=1e-5)


def test_the_split_keeps_the_proportions_of_classes() -> None:
    inputs = torch.arange(200.0)[:, None].numpy()
    targets = (torch.arange(200) % 4 == 0).long().numpy()
    data = split(inputs, targets, classes=True)
    for part in (data.training, data.validation, data.test):
        assert part.targets.double().mean().item() == pytest.approx(0.25, abs=0.01)
