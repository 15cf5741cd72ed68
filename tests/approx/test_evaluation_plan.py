"""Plans: depths, counts, evaluation, noise."""

import numpy as np
import pytest

from hetorch_heir.approx.evaluation_plan import (
    Add,
    AddConstant,
    EvaluationPlan,
    Input,
    Product,
    Scale,
    Step,
    Subtract,
    operands,
    unit_samples,
)

# 0.75 T_3 - t + 0.5 = 3 t^3 - 3.25 t + 0.5, with T_3 = 2 t T_2 - t
PLAN = EvaluationPlan(
    (
        Input(),
        Product(0, 0),
        Add(1, 1),
        AddConstant(2, -1.0),
        Product(0, 3),
        Add(4, 4),
        Subtract(5, 0),
        Scale(6, 0.75),
        Subtract(7, 0),
        AddConstant(8, 0.5),
    )
)


def test_counts_and_depths():
    assert (PLAN.products, PLAN.plain_products, PLAN.additions) == (2, 1, 6)
    assert PLAN.depths == (0, 1, 1, 1, 2, 2, 2, 3, 3, 3)
    assert PLAN.depth == PLAN.depth_of(PLAN.result) == 3


def test_evaluation_keeps_the_shape():
    t = np.linspace(-1.0, 1.0, 12).reshape(3, 4)
    np.testing.assert_allclose(PLAN.evaluate(t), 3 * t**3 - 3.25 * t + 0.5, atol=1e-15)
    assert PLAN.intermediates(t)[3].shape == (3, 4)


def test_largest_intermediate():
    assert PLAN.max_intermediate() == pytest.approx(2.0)  # 2 t^2 and 2 t T_2 at the ends


def test_noise_gain_is_the_first_order_error():
    # Errors e1 of the square, e2 of the second product, e3 of the scaling reach the result as
    # 0.75 (2 t · 2 e1 + 2 e2) + e3.
    t = np.array([-1.0, 0.0, 0.5])
    np.testing.assert_allclose(PLAN.noise_gain(t), np.sqrt((3 * t) ** 2 + 1.5**2 + 1))


def test_noise_gain_predicts_a_simulation():
    t, rng, size = 0.6, np.random.default_rng(5), 1e-6
    errors = []
    for _ in range(4000):
        values = [t]
        for step in PLAN.steps[1:]:
            values.append(_apply(step, values) + size * rng.normal() * isinstance(step, Product | Scale))
        errors.append(values[-1] - float(PLAN.evaluate(t)))
    assert np.std(errors) / size == pytest.approx(float(PLAN.noise_gain(t)), rel=0.05)


def _apply(step: Step, values: list[float]) -> float:
    match step:
        case Product(left, right):
            return values[left] * values[right]
        case Scale(value, constant):
            return values[value] * constant
        case Add(left, right):
            return values[left] + values[right]
        case Subtract(left, right):
            return values[left] - values[right]
        case AddConstant(value, constant):
            return values[value] + constant
        case Input():
            raise AssertionError("the input comes first only")


def test_operands_count_every_reading():
    assert [operands(step) for step in PLAN.steps[:3]] == [(), (0, 0), (1, 1)]


@pytest.mark.parametrize(
    "steps",
    [(), (Product(0, 0),), (Input(), Product(0, 1)), (Input(), Input()), (Input(), Scale(-1, 2.0))],
)
def test_malformed_plans_are_refused(steps):
    with pytest.raises(ValueError, match=r"starts with its input|does not read earlier values"):
        EvaluationPlan(steps)


def test_unit_samples_cover_the_interval():
    samples = unit_samples(9)
    assert (samples[0], samples[-1], len(samples)) == (-1.0, 1.0, 9)
    assert np.all(np.diff(samples) > 0)
