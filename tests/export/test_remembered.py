"""Exports from the cache: the same as without it, for the same model, and only for that."""

from __future__ import annotations

from collections.abc import Callable
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from torch import nn

import hetorch_heir
from hetorch_heir.core.cache import FOLDER_VARIABLE
from hetorch_heir.core.errors import ParameterError
from hetorch_heir.export.compilation import default_pipeline
from hetorch_heir.export.result import ExportResult
from hetorch_heir.heir.binaries import HEIR_OPT, find
from hetorch_heir.passes.builtin import DeadCodeEliminationPass
from hetorch_heir.passes.pipeline import PassPipeline


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv(FOLDER_VARIABLE, str(tmp_path / "cache"))
    return tmp_path / "cache"


def network(inputs: int = 8, hidden: int = 6, seed: int = 0) -> nn.Sequential:
    torch.manual_seed(seed)
    return nn.Sequential(nn.Linear(inputs, hidden), nn.Tanh(), nn.Linear(hidden, 3)).eval()


def entries(folder: Path, kind: str) -> set[str]:
    return {file.name for file in folder.iterdir() if file.name.startswith(f"{kind}-")}


def was_remembered(result: ExportResult) -> bool:
    return "export" not in result.seconds


def assert_same(one: ExportResult, other: ExportResult) -> None:
    assert one.text == other.text
    assert one.resources == other.resources
    summaries = [{**result.summary(), "seconds": None} for result in (one, other)]
    assert summaries[0] == summaries[1]


X = torch.linspace(-1, 1, 8)[None]


def test_the_second_export_is_remembered() -> None:
    model = network()
    first, second = (hetorch_heir.export(model, X) for _ in range(2))
    assert not was_remembered(first) and was_remembered(second)
    assert_same(first, second)
    assert_same(second, hetorch_heir.export(model, X, cache=False))


def test_verification_is_remembered() -> None:
    first, second = (hetorch_heir.export(network(), X, verify=True) for _ in range(2))
    assert was_remembered(second)
    assert first.verification is not None
    assert second.verification == first.verification


def test_the_graph_of_a_remembered_export_is_compiled_when_asked_for() -> None:
    model = network()
    first, second = (hetorch_heir.export(model, X) for _ in range(2))
    assert second.graph_module is second.graph_module
    assert torch.equal(second.graph_module(X), first.graph_module(X))


def test_a_changed_model_has_no_old_graph() -> None:
    model = network()
    hetorch_heir.export(model, X)
    remembered = hetorch_heir.export(model, X)
    with torch.no_grad():
        model[0].weight[0, 0] += 1  # pyright: ignore[reportIndexIssue, reportOperatorIssue]
    with pytest.raises(ParameterError, match="changed since it was exported"):
        _ = remembered.graph_module


CHANGES: dict[str, Callable[[], ExportResult]] = {
    "another weight": lambda: hetorch_heir.export(network(seed=1), X),
    "another example": lambda: hetorch_heir.export(network(), 2 * X),
    "calibration": lambda: hetorch_heir.export(network(), X, calibration=[torch.cat([X, 2 * X])]),
    "an option": lambda: hetorch_heir.export(network(), X, activation_degree=7),
    "a parameter": lambda: hetorch_heir.export(network(), X, scale_bits=45),
    "a pipeline": lambda: hetorch_heir.export(
        network(), X, pipeline="input-packing,nonlinear-to-polynomial,linear-layer-bsgs,"
        "rescaling-insertion,relinearization-insertion,dead-code-elimination",
    ),
    "a name": lambda: hetorch_heir.export(network(), X, name="other"),
    "a function": lambda: hetorch_heir.export(
        nn.Sequential(*[nn.Sigmoid() if isinstance(one, nn.Tanh) else one for one in network()]), X
    ),
}  # fmt: skip


@pytest.mark.parametrize("change", CHANGES)
def test_what_is_not_the_same_is_not_remembered(change: str) -> None:
    original = hetorch_heir.export(network(), X)
    changed = CHANGES[change]()
    assert not was_remembered(changed)
    assert changed.text != original.text or changed.resources != original.resources
    assert was_remembered(CHANGES[change]())


def test_other_weights_of_the_last_layer_plan_nothing_anew(folder: Path) -> None:
    model = network()
    hetorch_heir.export(model, X)
    before = entries(folder, "plan"), entries(folder, "costs")
    assert all(before)
    with torch.no_grad():
        model[2].weight.mul_(1.5)  # pyright: ignore[reportAttributeAccessIssue, reportCallIssue]
    changed = hetorch_heir.export(model, X)
    assert not was_remembered(changed)
    assert (entries(folder, "plan"), entries(folder, "costs")) == before
    assert_same(changed, hetorch_heir.export(model, X, cache=False))


def test_another_shape_of_the_last_layer_plans_that_layer_alone(folder: Path) -> None:
    model = network()
    hetorch_heir.export(model, X)
    before = entries(folder, "plan")
    model[2] = nn.Linear(6, 2)
    hetorch_heir.export(model, X)
    assert len(entries(folder, "plan") - before) == 1


def test_programs_and_modules_are_the_same_model() -> None:
    model = network()
    hetorch_heir.export(torch.export.export(model, (X,)), X, name="net")
    assert was_remembered(hetorch_heir.export(torch.export.export(model, (X,)), X, name="net"))


def test_scripts_are_compiled_each_time_with_known_plans(folder: Path) -> None:
    script: Any = torch.jit.trace(network(), X)
    first, second = (hetorch_heir.export(script, X) for _ in range(2))
    assert not was_remembered(second)
    assert_same(first, second)
    assert entries(folder, "plan")


class UsersPass(DeadCodeEliminationPass):
    """Something whose source the key doesn't know."""


def test_passes_of_the_users_own_code_are_run_each_time() -> None:
    text = (
        "input-packing,nonlinear-to-polynomial,linear-layer-bsgs,"
        "rescaling-insertion,relinearization-insertion"
    )
    pipeline = PassPipeline([*PassPipeline.parse(text).passes, UsersPass()])
    results = [hetorch_heir.export(network(), X, pipeline=pipeline) for _ in range(2)]
    assert not any(map(was_remembered, results))
    known = [hetorch_heir.export(network(), X, pipeline=PassPipeline.parse(text)) for _ in range(2)]
    assert was_remembered(known[1])


def test_who_watches_the_passes_sees_them_run() -> None:
    seen: list[str] = []
    hetorch_heir.export(network(), X)
    hetorch_heir.export(network(), X, after_pass=lambda step, _: seen.append(step.name))
    assert "linear-layer-bsgs" in seen


@pytest.mark.parametrize("weights", ["packed", "formula"])
def test_constants_lie_beside_the_program_of_whatever_name(weights: str, tmp_path: Path) -> None:
    options: dict[str, Any] = {"inline_limit": 0, "weights": weights}
    for name in ("first", "second"):
        (tmp_path / name).mkdir()
        result = hetorch_heir.export(network(), X, tmp_path / name / f"{name}.mlir", **options)
    assert was_remembered(result)
    first, second = (
        {file.name.removeprefix(name): file.read_bytes() for file in (tmp_path / name).iterdir()}
        for name in ("first", "second")
    )
    assert first.keys() == second.keys() and len(first) > 1
    assert first.pop(".mlir") == second.pop(".mlir").replace(b"second.", b"first.")
    assert first == second


def test_iterators_of_calibration_data_are_read_once() -> None:
    data = [torch.randn(4, 8, generator=torch.Generator().manual_seed(0))]
    results = [hetorch_heir.export(network(), X, calibration=iter(data)) for _ in range(2)]
    assert was_remembered(results[1])
    assert_same(*results)


def test_a_damaged_entry_is_made_again(folder: Path) -> None:
    first = hetorch_heir.export(network(), X)
    for file in folder.iterdir():
        content = bytearray(file.read_bytes())
        content[len(content) // 2] ^= 255
        file.write_bytes(content)
    second = hetorch_heir.export(network(), X)
    assert not was_remembered(second)
    assert_same(first, second)
    assert was_remembered(hetorch_heir.export(network(), X))


@given(st.data())
@settings(max_examples=4)
def test_random_models_are_the_same_with_and_without_the_cache(data: st.DataObject) -> None:
    """Widths repeat from example to example, so that plans of other models are used."""
    widths = data.draw(st.lists(st.sampled_from([3, 5, 8]), min_size=2, max_size=4))
    torch.manual_seed(data.draw(st.integers(0, 1000)))
    layers: list[nn.Module] = []
    for inputs, outputs in pairwise(widths):
        layers += [nn.Linear(inputs, outputs), nn.ReLU()]
        if data.draw(st.booleans()):
            with torch.no_grad():
                layers[-2].weight[:, 0] = 0  # pyright: ignore[reportIndexIssue]
    model, x = nn.Sequential(*layers).eval(), torch.randn(1, widths[0])
    options: dict[str, Any] = {"activation_degree": 3, "slots": 64, "insecure": True}
    without = hetorch_heir.export(model, x, cache=False, **options)
    first, second = (hetorch_heir.export(model, x, **options) for _ in range(2))
    assert_same(first, without)
    assert_same(second, without)
    assert was_remembered(second)
    expected = np.asarray(without.graph_module(x).detach())
    assert np.array_equal(np.asarray(second.graph_module(x).detach()), expected)


def test_another_heir_opt_makes_another_program(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    model = network()
    first = hetorch_heir.export(model, X, lower="openfhe")
    other = tmp_path / "heir-opt"
    other.write_text(f'#!/bin/sh\necho "// another"\nexec "{find(HEIR_OPT)}" "$@"\n')
    other.chmod(0o755)
    monkeypatch.setenv(HEIR_OPT.variable, str(other))
    second = hetorch_heir.export(model, X, lower="openfhe")
    assert not was_remembered(second) and second.text != first.text
    assert not was_remembered(hetorch_heir.export(model, X))  # another program: it is not lowered
    monkeypatch.delenv(HEIR_OPT.variable)
    assert_same(hetorch_heir.export(model, X, lower="openfhe"), first)


def test_pipelines_of_ones_own_kind_are_not_remembered() -> None:
    class Own(PassPipeline):
        pass

    steps = PassPipeline.parse(default_pipeline(3)).passes
    for kind, remembered in ((PassPipeline, True), (Own, False)):
        for _ in range(2):
            result = hetorch_heir.export(network(), X, pipeline=kind(steps))
        assert was_remembered(result) is remembered
