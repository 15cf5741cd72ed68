"""Polynomials as products and sums."""

from __future__ import annotations

from collections import Counter

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from torch import Tensor
from torch.fx import GraphModule, symbolic_trace

from hetorch_heir.approx import plan_evaluation
from hetorch_heir.core.errors import ParameterError
from hetorch_heir.passes.graph import operation_name
from hetorch_heir.passes.management.expansion import expand_polynomials

HE = torch.ops.hetorch


def expanded(*series: list[float]) -> GraphModule:
    """The expansion of a sum of Chebyshev series."""

    def function(x: Tensor) -> Tensor:
        total = x
        for coefficients in series:
            total = HE.cadd(total, HE.chebyshev(x, coefficients))
        return total

    graph_module = symbolic_trace(function)
    expand_polynomials(graph_module)
    graph_module.graph.lint()
    graph_module.recompile()
    return graph_module


def counts(graph_module: GraphModule) -> Counter[str]:
    return Counter(operation_name(node) for node in graph_module.graph.nodes if node.op == "call_function")


def test_the_example_of_the_documentation() -> None:
    """1 + T_2 / 2 = 1/2 + t^2: one product, and a constant."""
    assert counts(expanded([1.0, 0.0, 0.5])) == {"cmult": 1, "padd": 1, "cadd": 1}


@given(
    st.lists(st.floats(-1, 1), min_size=2, max_size=20).filter(
        lambda one: any(abs(c) > 1e-3 for c in one[1:])
    )
)
def test_expansions_compute_the_series(coefficients: list[float]) -> None:
    graph_module = expanded(coefficients)
    x = torch.linspace(-1, 1, 33, dtype=torch.float64)
    expected = x.numpy() + np.polynomial.chebyshev.chebval(x.numpy(), coefficients)
    np.testing.assert_allclose(graph_module(x).numpy(), expected, atol=1e-9)
    plan = plan_evaluation(coefficients)
    found = counts(graph_module)
    assert (found["cmult"], found["pmult"]) == (plan.products, plan.plain_products)


def test_numbers_are_stored_once_and_do_not_collide() -> None:
    graph_module = expanded([1.0, 0.0, 0.5], [1.0, 0.0, 0.5], [0.25, 0.0, 0.5])
    assert sorted(dict(graph_module.named_buffers())) == ["number_0", "number_1"]
    assert [float(one) for one in graph_module.buffers()] == [0.5, -0.25]


def test_metadata_is_kept() -> None:
    graph_module = symbolic_trace(lambda x: HE.chebyshev(x, [0.0, 0.0, 0.0, 1.0]))
    (chebyshev,) = graph_module.graph.find_nodes(op="call_function", target=HE.chebyshev)
    chebyshev.meta.update(stack_trace="line 7", approximation="relu")
    expand_polynomials(graph_module)
    calls = [node for node in graph_module.graph.nodes if node.op == "call_function"]
    assert {node.meta["stack_trace"] for node in calls} == {"line 7"}
    # Only the result approximates the function.
    assert [node.meta.get("approximation") for node in calls] == [None] * (len(calls) - 1) + ["relu"]


def test_constant_polynomials_are_refused() -> None:
    graph_module = symbolic_trace(lambda x: HE.chebyshev(x, [1.0, 0.0]))
    with pytest.raises(ParameterError) as caught:
        expand_polynomials(graph_module)
    assert caught.value.where == "chebyshev"
