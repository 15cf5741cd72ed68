"""Programs with constants in compact form: files, text, and the numbers that loops make of them."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import numpy.typing as npt
import pytest
import torch
from he_dialects.parsing import parse_module
from hypothesis import given, settings
from hypothesis import strategies as st
from torch import Tensor, nn
from xdsl.builder import Builder
from xdsl.dialects import func
from xdsl.dialects.builtin import Float32Type, Float64Type, ModuleOp, TensorType, f32, f64
from xdsl.ir import Block, Region
from xdsl.rewriter import InsertPoint

from hetorch_heir.core.errors import ParameterError
from hetorch_heir.export.api import export
from hetorch_heir.export.compact_constants import CompactPool
from hetorch_heir.export.constants import NOTHING_INLINE, ConstantGroup
from hetorch_heir.export.options import CompileOptions
from hetorch_heir.heir import lower, translate
from hetorch_heir.heir.pass_lists import SOURCES
from hetorch_heir.interpreter.cleartext import CleartextDomain
from hetorch_heir.interpreter.machine import Machine
from hetorch_heir.interpreter.program import execute
from tests.linalg.test_compact_rows import convolution_rows, structured, turned

GIANTS = [9 * (tap // 9) for tap in range(36)]
DIAGONALS = ConstantGroup(turned(convolution_rows(), GIANTS), tuple(GIANTS))
NOISE = ConstantGroup(np.random.default_rng(0).normal(size=(1, 256)), (0,))
SPLAT = ConstantGroup(np.full((1, 256), 0.5), (0,))


def made(
    groups: list[ConstantGroup], element: Float32Type | Float64Type, limit: int | None, folder: Path
) -> tuple[CompactPool, list[npt.NDArray[np.float64]]]:
    """The pool, and all rows as a program makes them of its text and files."""
    pool = CompactPool(groups, element, inline_limit=limit, resource_path="p.constants.bin")
    block = Block()
    builder = Builder(InsertPoint.at_end(block))
    values = [pool.value(row, builder) for group in groups for row in group.rows]
    builder.insert(func.ReturnOp(*values))
    types = [TensorType(element, [row.size]) for group in groups for row in group.rows]
    module = ModuleOp([func.FuncOp("main", ([], types), Region(block))])
    module.verify()
    for resource in pool.resources:
        (folder / resource.path).write_bytes(resource.data)
    slots = groups[0].rows.shape[1]
    machine = Machine(module, CleartextDomain(slots, moduli=()), resource_dir=folder)
    return pool, list(machine.call("main", ()))


def expected(groups: list[ConstantGroup], dtype: type) -> list[npt.NDArray[np.float64]]:
    return [row.astype(dtype) for group in groups for row in group.rows]


@pytest.mark.parametrize("limit", [None, 0, NOTHING_INLINE, 1 << 20])
@pytest.mark.parametrize(("element", "dtype"), [(f32, np.float32), (f64, np.float64)])
def test_loops_make_the_same_numbers(
    element: Float32Type | Float64Type, dtype: type, limit: int | None, tmp_path: Path
) -> None:
    groups = [NOISE, SPLAT, DIAGONALS, ConstantGroup(DIAGONALS.rows[:1], (0,))]
    pool, rows = made(groups, element, limit, tmp_path)
    assert all(np.array_equal(got, want) for got, want in zip(rows, expected(groups, dtype), strict=True))
    assert all(got.dtype == dtype for got in rows)
    inline = limit is None or limit > 0
    assert [one.path for one in pool.resources] == ([] if inline else ["p.constants.bin", "p.indices.bin"])


def test_files_hold_weights_and_masks_only(tmp_path: Path) -> None:
    pool, _ = made([DIAGONALS, NOISE, SPLAT], f32, 0, tmp_path)
    numbers, indices = pool.resources
    assert len(numbers.data) == 4 * (36 * 4 + 36 * 9 + 256)
    assert len(indices.data) == 4 * (2 * 256 + 36)


def test_numbers_without_structure_take_one_file(tmp_path: Path) -> None:
    pool, rows = made([NOISE], f64, 0, tmp_path)
    assert [one.path for one in pool.resources] == ["p.constants.bin"]
    assert np.array_equal(rows[0], NOISE.rows[0])


@settings(max_examples=30, deadline=None)
@given(st.lists(structured(), min_size=1, max_size=3), st.sampled_from([None, 0]))
def test_any_constants_come_back(
    tmp_path_factory: pytest.TempPathFactory,
    cases: list[tuple[npt.NDArray[np.float64], list[int]]],
    limit: int | None,
) -> None:
    groups = [ConstantGroup(rows, tuple(giants)) for rows, giants in cases]
    _, rows = made(groups, f64, limit, tmp_path_factory.mktemp("constants"))
    assert all(
        np.array_equal(got, want) for got, want in zip(rows, expected(groups, np.float64), strict=True)
    )


# Whole programs.


class Network(nn.Module):
    """Two convolutions with a square between them: diagonals with rotations and masks, and two biases."""

    def __init__(self) -> None:
        super().__init__()
        torch.manual_seed(0)
        self.first = nn.Conv2d(2, 4, 3, padding=1)
        self.second = nn.Conv2d(4, 4, 3, padding=1, stride=2)

    def forward(self, x: Tensor) -> Tensor:
        return self.second(self.first(x).square())


INPUT = torch.linspace(-1, 1, 128).reshape(1, 2, 8, 8)
OPTIONS = {"slots": 512, "insecure": True, "name": "network", "inline_limit": 0}


@pytest.mark.parametrize("target", ["hetorch", "secret", "ckks"])
def test_the_text_computes_what_the_packed_one_computes(target: str, tmp_path: Path) -> None:
    outputs: dict[str, list[npt.NDArray[np.float64]]] = {}
    sizes: dict[str, int] = {}
    for weights in ("packed", "formula"):
        result = export(Network(), INPUT, tmp_path / "n.mlir", target=target, weights=weights, **OPTIONS)
        texts = [result.text]
        if target != "hetorch":
            texts.append(
                lower(result.text, backend="openfhe", entry_function="network", slots=512, target=target)
            )
        sizes[weights] = sum(len(one.data) for one in result.resources)
        outputs[weights] = [
            execute(parse_module(text), [INPUT.numpy()], resource_dir=tmp_path).outputs[0] for text in texts
        ]
    for packed, formula in zip(outputs["packed"], outputs["formula"], strict=True):
        assert np.array_equal(packed, formula)
        assert np.allclose(formula, Network()(INPUT).detach().numpy(), atol=1e-5)
    assert sizes["formula"] < sizes["packed"] / 4


@pytest.mark.parametrize("backend", ["openfhe", "lattigo"])
@pytest.mark.parametrize("target", ["secret", "ckks"])
def test_loops_become_loops_of_the_back_end(target: str, backend: str) -> None:
    result = export(Network(), INPUT, target=target, lower=backend, weights="formula", **OPTIONS)
    source = translate(result.text, SOURCES[backend])
    loop = "for (auto v" if backend == "openfhe" else "for v"
    assert source.count(loop) >= 2 * 2
    assert source.count("program.constants.bin") == source.count("program.indices.bin") == 1


def test_a_pipe_takes_compact_constants_in_the_text() -> None:
    options = {**OPTIONS, "inline_limit": None}
    packed, formula = (export(Network(), INPUT, weights=one, **options) for one in ("packed", "formula"))
    assert not formula.resources
    assert len(formula.text) < len(packed.text) / 2


def test_verification_covers_the_loops() -> None:
    result = export(Network(), INPUT, weights="formula", verify=True, **OPTIONS)
    assert result.verification is not None
    assert result.verification.max_error < 1e-5


def test_other_forms_of_weights_are_refused() -> None:
    with pytest.raises(ParameterError, match="no form 'raw' of weights"):
        CompileOptions(weights="raw")
