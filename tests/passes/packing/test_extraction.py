"""What of a model is packed, and what is one linear map in between."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
import torch
from torch import Tensor
from torch.fx import GraphModule, symbolic_trace
from torch.nn.functional import linear

from hetorch_heir.core.errors import PassValidationError, UnsupportedOperationError
from hetorch_heir.linalg.linear_map import dimensions, is_sign
from hetorch_heir.linalg.planner import TransformPlanner
from hetorch_heir.passes.packing.extraction import MAX_SHARED_TERMS, extract
from hetorch_heir.passes.packing.program import (
    Elementwise,
    PackedInput,
    PackedProgram,
    SlotSum,
    Stretch,
    Value,
)
from tests.passes.models import constant, graph_of

HE = torch.ops.hetorch
POLYNOMIAL = [0.1, 0.5, 0.25]


def program_of(
    function: Callable[..., Any], *shapes: tuple[int, ...], public: tuple[int, ...] = (), slots: int = 64
) -> PackedProgram:
    return extracted(graph_of(function, *shapes, public=public), slots)


def extracted(graph_module: GraphModule, slots: int = 64) -> PackedProgram:
    return extract(graph_module, TransformPlanner(), slots)


def kind(value: Value) -> str:
    definition = value.definition
    if isinstance(definition, PackedInput):
        return "input"
    if isinstance(definition, SlotSum):
        return "sum"
    return "stretch" if isinstance(definition, Stretch) else definition.operation


def kinds(program: PackedProgram) -> list[str]:
    return [kind(value) for value in program.values]


def stretch(program: PackedProgram, number: int) -> Stretch:
    definition = program.values[number].definition
    assert isinstance(definition, Stretch)
    return definition


def elementwise(program: PackedProgram, number: int) -> Elementwise:
    definition = program.values[number].definition
    assert isinstance(definition, Elementwise)
    return definition


def test_everything_linear_is_one_map() -> None:
    first, second, bias = constant(6, 12), constant(3, 6, seed=1), constant(6, seed=2)

    def function(x: Tensor) -> Tensor:
        hidden = linear(x, first, bias) * 0.5 - 1.0
        return -linear(hidden.reshape(2, 3).t().reshape(1, 6), second)

    program = program_of(function, (1, 12))
    assert kinds(program) == ["input", "stretch"]
    expression = stretch(program, 1).expression
    transposed = torch.arange(6).reshape(2, 3).t().reshape(6)
    expected = -second @ (0.5 * first)[transposed]
    np.testing.assert_allclose(expression.terms[0].toarray(), expected.numpy())
    assert expression.constant is not None
    offset = -second @ (0.5 * bias - 1.0)[transposed]
    np.testing.assert_allclose(expression.constant, offset.numpy())
    assert program.outputs == [(1, (1, 3))]


def test_a_bottleneck_is_not_multiplied_out() -> None:
    """64 -> 4 -> 64 takes two small maps, or one of 64 x 64."""
    down, up = constant(4, 64), constant(64, 4, seed=1)
    program = program_of(lambda x: linear(linear(x, down), up), (1, 64))
    assert kinds(program) == ["input", "stretch", "stretch"]
    assert [dimensions(stretch(program, one).expression.terms[one - 1]) for one in (1, 2)] == [
        (4, 64),
        (64, 4),
    ]
    # With a little inside, the other way round, it is.
    assert kinds(program_of(lambda x: linear(linear(x, up), down), (1, 4))) == ["input", "stretch"]


def test_values_between_stretches() -> None:
    weight = constant(5, 5)

    def function(x: Tensor, y: Tensor) -> tuple[Tensor, ...]:
        hidden = linear(x, weight)
        square = hidden * hidden
        return HE.chebyshev(square - y, POLYNOMIAL), hidden * y

    program = program_of(function, (5,), (5,))
    assert kinds(program) == ["input", "input", "stretch", "cmult", "stretch", "chebyshev", "cmult"]
    assert elementwise(program, 3).operands == (2, 2)
    assert stretch(program, 4).expression.terms.keys() == {3, 1}
    assert elementwise(program, 5) == Elementwise("chebyshev", (4,), (tuple(POLYNOMIAL),))
    assert elementwise(program, 6).operands == (2, 1)
    assert program.outputs == [(5, (5,)), (6, (5,))]


def test_outputs_that_are_inputs() -> None:
    program = program_of(lambda x, y: (x, -x, x, x.reshape(2, 2)), (4,), (3,))
    # The unused input is packed too: the program takes what the model takes.
    assert kinds(program) == ["input", "input", "stretch"]
    assert program.outputs == [(0, (4,)), (2, (4,)), (0, (4,)), (0, (2, 2))]


def test_broadcasting_makes_values_of_its_own() -> None:
    program = program_of(lambda x, y: x.reshape(3, 1) * y.reshape(1, 2), (3,), (2,))
    assert kinds(program) == ["input", "input", "stretch", "stretch", "cmult"]
    assert [program.values[one].shape for one in (2, 3, 4)] == [(3, 2)] * 3


def test_a_residual_sum_reuses_the_operand_of_the_activation() -> None:
    """t = 0.25 y + 0.5 is computed; the sum y + w takes 4 t - 2, and no second product with the weights."""
    weight = constant(8, 8)

    def function(x: Tensor) -> Tensor:
        hidden = linear(x, weight)
        return HE.chebyshev(hidden * 0.25 + 0.5, POLYNOMIAL) + hidden

    program = program_of(function, (8,))
    assert kinds(program) == ["input", "stretch", "chebyshev", "stretch"]
    terms = stretch(program, 3).expression.terms
    assert terms.keys() == {1, 2}
    np.testing.assert_allclose(terms[1].toarray(), 4 * np.eye(8))
    np.testing.assert_allclose(np.asarray(stretch(program, 3).expression.constant), -2.0)


@pytest.mark.parametrize("factor", [0.0, 2.0**-11])
def test_what_would_lose_precision_is_computed_twice(factor: float) -> None:
    weight = constant(8, 8)

    def function(x: Tensor) -> Tensor:
        hidden = linear(x, weight)
        return HE.chebyshev(hidden * factor + 0.5, POLYNOMIAL) + hidden

    terms = stretch(program_of(function, (8,)), 3).expression.terms
    np.testing.assert_allclose(terms[0].toarray(), weight.numpy())


def test_residual_blocks_do_not_pile_up() -> None:
    """A sum over all blocks would make every block compute the contributions of those before it."""
    weights = [constant(8, 8, seed=seed) for seed in range(20)]

    def function(x: Tensor) -> Tensor:
        for inner, outer in zip(weights[::2], weights[1::2], strict=True):
            x = x + linear(HE.chebyshev(linear(x, inner), POLYNOMIAL), outer)
        return x

    program = program_of(function, (8,))
    lengths = [
        len(one.definition.expression.terms) for one in program.values if isinstance(one.definition, Stretch)
    ]
    assert max(lengths) == MAX_SHARED_TERMS + 1
    assert sum(lengths) < 50


def test_a_public_input_is_a_term_or_a_factor() -> None:
    def function(x: Tensor, p: Tensor) -> Tensor:
        return (x * 2 + p.reshape(2, 3)) * p.reshape(2, 3)

    program = program_of(function, (2, 3), (6,), public=(1,))
    assert kinds(program) == ["input", "stretch", "pmult"]
    assert stretch(program, 1).expression.public.keys() == {"args_1"}
    definition = elementwise(program, 2)
    assert definition.operands == (1,)
    assert definition.public is not None
    assert definition.public.public.keys() == {"args_1"}


def test_a_value_with_a_public_factor_is_computed_once() -> None:
    weight = constant(6, 6)

    def function(x: Tensor, p: Tensor) -> Tensor:
        hidden = linear(x, weight)
        return hidden * p + hidden

    program = program_of(function, (6,), (6,), public=(1,))
    assert kinds(program) == ["input", "stretch", "pmult", "stretch"]
    assert all(is_sign(matrix) for matrix in stretch(program, 3).expression.terms.values())


def test_a_constant_polynomial_is_a_constant() -> None:
    program = program_of(lambda x: x + HE.chebyshev(x, [3.0, 0.0]), (4,))
    assert kinds(program) == ["input", "stretch"]
    expression = stretch(program, 1).expression
    assert expression.terms.keys() == {0}
    assert np.asarray(expression.constant).tolist() == [3.0] * 4


def test_products_with_constant_matrices() -> None:
    """Of every rank, on both sides; the numbers are checked with whole models elsewhere."""
    left, batch, row = constant(2, 4), constant(3, 2, 4), constant(4)

    def function(x: Tensor) -> tuple[Tensor, ...]:
        return left @ x, batch @ x, row @ x, x @ left.t(), x @ row

    outputs = program_of(function, (3, 4, 4)).outputs
    assert [shape for _, shape in outputs] == [(3, 2, 4), (3, 2, 4), (3, 4), (3, 4, 2), (3, 4)]


def test_homomorphic_operators_are_read_like_torch_operators() -> None:
    def function(x: Tensor, y: Tensor) -> Tensor:
        return HE.cmult(HE.cadd(x, HE.negate(y)), HE.csub(HE.padd(HE.pmult(x, ONES), ONES), HE.psub(y, ONES)))

    program = program_of(function, (4,), (4,))
    assert kinds(program) == ["input", "input", "stretch", "stretch", "cmult"]
    assert stretch(program, 3).expression.terms.keys() == {0, 1}
    np.testing.assert_allclose(np.asarray(stretch(program, 3).expression.constant), 2.0)


ONES = torch.ones(4, dtype=torch.float64)


@pytest.mark.parametrize(
    ("function", "shapes", "public", "error", "message", "help_text"),
    [
        (
            lambda x: x.relu(),
            [(4,)],
            (),
            UnsupportedOperationError,
            "relu has no",
            "NonlinearToPolynomialPass",
        ),
        (
            lambda x: x.reshape(2, 2) @ x.reshape(2, 2),
            [(4,)],
            (),
            UnsupportedOperationError,
            "a product of two values",
            "multiply elementwise",
        ),
        (
            lambda x, w: linear(x, w),
            [(4,), (2, 4)],
            (),
            UnsupportedOperationError,
            "a product of two values",
            "constant matrix",
        ),
        (
            lambda x, p: x * (p * p),
            [(4,), (4,)],
            (1,),
            UnsupportedOperationError,
            "the product of two public inputs",
            "compute it before",
        ),
        (
            lambda x, p: x * HE.chebyshev(p, POLYNOMIAL),
            [(4,), (4,)],
            (1,),
            UnsupportedOperationError,
            "an activation of a public input",
            "compute it before",
        ),
        (
            lambda x, p: (x, p * 2),
            [(4,), (4,)],
            (1,),
            UnsupportedOperationError,
            "output 1 does not depend on an encrypted input",
            "outside the model",
        ),
        (
            lambda x: (x, ONES),
            [(4,)],
            (),
            UnsupportedOperationError,
            "output 1 does not depend on an encrypted input",
            "outside the model",
        ),
        (
            lambda x: HE.rotate(x, 1),
            [(4,)],
            (),
            PassValidationError,
            "it holds rotate",
            "LinearLayerBSGSPass once",
        ),
        (
            lambda x: HE.rescale(x),
            [(4,)],
            (),
            PassValidationError,
            "it holds rescale",
            "LinearLayerBSGSPass once",
        ),
        (
            lambda x: HE.bootstrap(x),
            [(4,)],
            (),
            PassValidationError,
            "managed already",
            "LinearLayerBSGSPass once",
        ),
    ],
)
def test_refused(
    function: Callable[..., Any],
    shapes: list[tuple[int, ...]],
    public: tuple[int, ...],
    error: type[UnsupportedOperationError | PassValidationError],
    message: str,
    help_text: str,
) -> None:
    with pytest.raises(error) as caught:
        program_of(function, *shapes, public=public)
    assert message in caught.value.what
    assert caught.value.where
    assert help_text in (caught.value.hint or "")


def test_graphs_that_are_not_in_normal_form_are_refused() -> None:
    graph_module = graph_of(lambda x, y: x + y, (4,), (4,))
    (add,) = graph_module.graph.find_nodes(op="call_function", target=torch.ops.aten.add.Tensor)
    add.kwargs = {"alpha": 2}
    with pytest.raises(PassValidationError, match="the argument 'alpha'"):
        extracted(graph_module)


def test_inputs_without_a_shape_are_refused() -> None:
    with pytest.raises(PassValidationError, match="the shape of input x is not known"):
        extracted(symbolic_trace(lambda x: x))
