"""What is said of operators, compared with what becomes of them."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import pytest
from torch import fx, nn

from hetorch_heir.frontend.capture import capture
from hetorch_heir.frontend.forms import RULES
from hetorch_heir.frontend.forms.activations import ACTIVATIONS
from hetorch_heir.frontend.normalise import normalise
from hetorch_heir.frontend.operator_table import (
    CONSTANT,
    NAMESPACE,
    VANISHES,
    described_operators,
    refused_operators,
)
from hetorch_heir.frontend.schema import operator_name
from hetorch_heir.frontend.support import NORMAL_FORMS
from tests.frontend.normal_forms import Applied, example
from tests.frontend.test_forms import TABLES
from tests.passes.models import FunctionModel
from tests.test_operator_coverage import OPERATORS

SHARE = 9
DESCRIBED = {one.name: one for one in described_operators()}
KNOWN = {operator_name(target).removeprefix(NAMESPACE) for target in NORMAL_FORMS | ACTIVATIONS}


def operators(graph_module: fx.GraphModule) -> set[str]:
    calls = (node for node in graph_module.graph.nodes if node.op == "call_function")
    return {name for node in calls if (name := operator_name(node.target)).startswith(NAMESPACE)}


def assert_told(model: nn.Module, shape: tuple[int, ...]) -> None:
    captured = capture(model.eval(), (example(*shape),))
    before = operators(captured)
    after = {name.removeprefix(NAMESPACE) for name in operators(normalise(captured))}
    told = {form for name in before & set(DESCRIBED) for form in DESCRIBED[name].forms}
    assert after <= told | {name.removeprefix(NAMESPACE) for name in before - set(DESCRIBED)}


def some(names: Iterable[str]) -> list[Any]:
    """All names; most of them for runs that may be slow."""
    return [
        pytest.param(name, marks=[pytest.mark.slow] * (number % SHARE > 0))
        for number, name in enumerate(names)
    ]


@pytest.mark.parametrize("name", some(TABLES))
def test_operators_become_what_is_said(name: str) -> None:
    function, shape, _ = TABLES[name]
    assert_told(Applied(function), shape)


@pytest.mark.parametrize("name", some(OPERATORS))
def test_layers_become_what_is_said(name: str) -> None:
    operator, shape = OPERATORS[name]
    assert_told(operator if isinstance(operator, nn.Module) else FunctionModel(operator), shape)


def test_every_operator_is_described_once() -> None:
    assert set(DESCRIBED) == {operator_name(one) for one in (*RULES, *ACTIVATIONS, *NORMAL_FORMS)}
    overloads = sum(len(one.overloads) for one in DESCRIBED.values())
    assert overloads == len({*RULES, *ACTIVATIONS, *NORMAL_FORMS})


@pytest.mark.parametrize("name", DESCRIBED)
def test_forms_are_normal_forms(name: str) -> None:
    forms = DESCRIBED[name].forms
    assert forms in ((VANISHES,), (CONSTANT,)) or set(forms) <= KNOWN


def test_refused_operators_come_with_advice() -> None:
    refused = refused_operators()
    assert refused["aten.argmax"].startswith("return the scores")
    assert not set(refused) & set(DESCRIBED)
