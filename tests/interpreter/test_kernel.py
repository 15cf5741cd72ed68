"""Kernels that stand for many operations: their values, levels and scales."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from he_dialects.parsing import parse_module

from hetorch_heir.core.errors import ProgramError
from hetorch_heir.interpreter.cleartext import CleartextDomain
from hetorch_heir.interpreter.machine import Machine
from hetorch_heir.interpreter.polynomials import Target, evaluate_chebyshev, linear_transform
from hetorch_heir.interpreter.values import Ciphertext

SLOTS = 16
X = np.linspace(-1, 1, SLOTS)


def fresh(level: int, *, scale: int = 40, values: Any = X) -> tuple[CleartextDomain, Ciphertext[Any]]:
    domain = CleartextDomain(SLOTS)
    return domain, domain.encrypt(domain.encode(values), level=level, scale=scale)


@pytest.mark.parametrize("degree", [1, 2, 3, 5, 7, 12, 15, 31])
def test_a_series_takes_the_least_levels_and_keeps_the_scale(degree: int) -> None:
    coefficients = np.random.default_rng(degree).uniform(-1, 1, degree + 1)
    domain, x = fresh(6)
    result = evaluate_chebyshev(domain, x, coefficients.tolist())
    assert (result.level, result.scale_log2, result.dimension) == (6 - degree.bit_length(), 40, 2)
    expected = np.polynomial.chebyshev.chebval(X, coefficients)
    np.testing.assert_allclose(result.payload, expected, atol=1e-11)


def test_a_series_ends_at_the_level_that_its_result_is_said_to_have() -> None:
    domain, x = fresh(6)
    result = evaluate_chebyshev(domain, x, [0.0, 0.5, 0.25], target=Target(level=1))
    assert result.level == 1


def test_a_constant_series_is_its_constant() -> None:
    domain, x = fresh(2)
    np.testing.assert_allclose(evaluate_chebyshev(domain, x, [0.75, 0.0]).payload, 0.75)


def test_a_series_with_too_few_levels_is_refused() -> None:
    domain, x = fresh(2)
    with pytest.raises(ProgramError, match="takes 3 levels, but the argument is at level 2"):
        evaluate_chebyshev(domain, x, [0.0] * 7 + [1.0])


def test_a_series_of_a_product_not_rescaled_is_refused() -> None:
    domain = CleartextDomain(SLOTS, moduli=(2**60, 2**40, 2**40, 2**40))
    x = domain.encrypt(domain.encode(X), level=3, scale=80)
    with pytest.raises(ProgramError, match=r"of scale 2\^80 would be of scale 2\^120"):
        evaluate_chebyshev(domain, x, [0.0, 0.0, 1.0])


@pytest.mark.parametrize("level", [2, 1])
def test_a_linear_transform_is_the_sum_of_its_diagonals_times_rotations(level: int) -> None:
    diagonals = np.arange(12.0).reshape(3, 4)  # a row shorter than the slots repeats
    indices = [0, 3, -1]
    domain, x = fresh(2)
    result = linear_transform(domain, x, diagonals, indices, target=Target(level, 40 if level == 1 else 70))
    assert (result.level, result.scale_log2) == (level, 40 if level == 1 else 70)
    expected = sum(
        np.tile(row, 4) * np.roll(X, -index) for row, index in zip(diagonals, indices, strict=True)
    )
    np.testing.assert_allclose(result.payload, expected)


def test_a_linear_transform_that_takes_two_levels_is_refused() -> None:
    domain, x = fresh(2)
    with pytest.raises(ProgramError, match="a linear transform keeps the level, or takes one"):
        linear_transform(domain, x, np.ones((1, SLOTS)), [0], target=Target(0))


def test_kernels_on_cleartexts() -> None:
    module = parse_module("""
func.func @f(%x: tensor<16xf64>) -> tensor<16xf64> {
  %0 = kernel.eval_chebyshev %x <coefficients = [0.5, 0.25, 1.0]> : tensor<16xf64> -> tensor<16xf64>
  return %0 : tensor<16xf64>
}""")
    (result,) = Machine(module, CleartextDomain(SLOTS)).call("f", (X,))
    np.testing.assert_allclose(result, np.polynomial.chebyshev.chebval(X, [0.5, 0.25, 1.0]))
