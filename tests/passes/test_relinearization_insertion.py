"""Where ciphertexts are brought back to dimension 2."""

from __future__ import annotations

from collections.abc import Callable
from copy import deepcopy
from typing import Any

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from torch import Tensor
from torch.fx import GraphModule, symbolic_trace

from hetorch_heir.core.context import CompilationContext
from hetorch_heir.core.errors import PassValidationError
from hetorch_heir.core.parameters import BFVParameters, BGVParameters
from hetorch_heir.core.scheme import HEScheme
from hetorch_heir.passes.builtin import (
    InputPackingPass,
    LinearLayerBSGSPass,
    RelinearizationInsertionPass,
    RescalingInsertionPass,
)
from hetorch_heir.passes.graph import CIPHERTEXT_INFO, is_operation
from hetorch_heir.passes.management.annotation import annotate, check_managed
from hetorch_heir.passes.management.kinds import is_ciphertext_product
from hetorch_heir.passes.pipeline import PassPipeline
from tests.passes.contexts import context_of, context_without_primes
from tests.passes.models import counts, results
from tests.passes.random_models import MODEL_SETTINGS, Case, cases

HE = torch.ops.hetorch
STRATEGIES = ("eager", "lazy")
CONTEXT = context_of()


def relinearized(
    function: Callable[..., Any], strategy: str, context: CompilationContext = CONTEXT
) -> GraphModule:
    graph_module = symbolic_trace(function)
    for node in graph_module.graph.find_nodes(op="placeholder"):
        node.meta["public"] = node.name == "p"
    graph_module = InputPackingPass().transform(graph_module, context)
    graph_module = RelinearizationInsertionPass(strategy)(graph_module, context)
    graph_module.graph.lint()
    return graph_module


def operands(graph_module: GraphModule) -> list[str]:
    """What is relinearized."""
    nodes = graph_module.graph.find_nodes(op="call_function", target=HE.relinearize)
    return [str(node.args[0]) for node in nodes]


@pytest.mark.parametrize(
    ("function", "eager", "lazy"),
    [
        # The sum needs no relinearized operands; the result does, to be decrypted with an ordinary key.
        (lambda x, y, z, w: HE.cadd(HE.cmult(x, y), HE.cmult(z, w)), ["cmult", "cmult_1"], ["cadd"]),
        (lambda x: HE.cmult(x, x), ["cmult"], ["cmult"]),
        (lambda x, p: HE.pmult(x, p), [], []),
        (lambda x, y: HE.cmult(HE.cmult(x, y), x), ["cmult", "cmult_1"], ["cmult", "cmult_1"]),
        (lambda x: HE.rotate(HE.cmult(x, x), 1), ["cmult"], ["cmult"]),
        (lambda x: HE.bootstrap(HE.cmult(x, x)), ["cmult"], ["cmult"]),
        # After the rescale, where it is cheaper.
        (lambda x: HE.rescale(HE.cmult(x, x)), ["cmult"], ["rescale"]),
        (lambda x, p: HE.psub(HE.negate(HE.cmult(x, x)), p), ["cmult"], ["psub"]),
        (lambda x: (HE.cmult(x, x), x), ["cmult"], ["cmult"]),
        (lambda x: HE.cadd(HE.cmult(x, x), x), ["cmult"], ["cadd"]),
        # A matrix product with weights rotates.
        (lambda x, p: torch.nn.functional.linear(x * x, p), ["mul"], ["mul"]),
        (lambda x: torch.square(x).reshape(-1), ["square"], ["reshape"]),
    ],
)
def test_relinearizations(function: Callable[..., Any], eager: list[str], lazy: list[str]) -> None:
    assert [operands(relinearized(function, strategy)) for strategy in STRATEGIES] == [eager, lazy]


def test_a_value_with_several_users_is_relinearized_once() -> None:
    def function(x: Tensor, y: Tensor) -> tuple[Tensor, ...]:
        product = HE.cmult(x, y)
        return HE.cmult(product, x), HE.cadd(product, y), product

    for strategy in STRATEGIES:
        graph_module = relinearized(function, strategy)
        assert operands(graph_module).count("cmult") == 1
        assert counts(graph_module)["relinearize"] == 2


def test_dimensions_are_annotated() -> None:
    graph_module = symbolic_trace(lambda x: HE.negate(HE.cmult(x, x)))
    InputPackingPass().transform(graph_module, CONTEXT)
    annotate(graph_module, CONTEXT)
    RelinearizationInsertionPass("eager")(graph_module, CONTEXT)
    infos = [(node.name, node.meta.get(CIPHERTEXT_INFO)) for node in graph_module.graph.nodes]
    dimensions = {name: info.dimension for name, info in infos if info}
    assert dimensions == {"x": 2, "cmult": 3, "relinearize": 2, "negate": 2}


@pytest.mark.parametrize(("scheme", "parameters"), [("BFV", BFVParameters()), ("BGV", BGVParameters())])
def test_integer_schemes(scheme: str, parameters: BFVParameters) -> None:
    context = CompilationContext(HEScheme[scheme], parameters)
    assert operands(relinearized(lambda x: HE.cmult(x, x), "lazy", context)) == ["cmult"]


def test_unknown_strategies_are_refused() -> None:
    with pytest.raises(PassValidationError, match="unknown relinearization strategy 'never'") as caught:
        RelinearizationInsertionPass("never")
    assert "eager" in (caught.value.hint or "")


@settings(MODEL_SETTINGS, max_examples=25)
@given(cases(), st.sampled_from([16, 256]), st.sampled_from(STRATEGIES))
def test_nothing_but_sums_and_rescales_sees_dimension_3(case: Case, slots: int, rescaling: str) -> None:
    context = context_without_primes(slots)
    passes = [InputPackingPass("auto"), LinearLayerBSGSPass(), RescalingInsertionPass(rescaling)]
    rescaled = PassPipeline(passes).run(case.graph(), context)
    relinearizations: dict[str, int] = {}
    for strategy in STRATEGIES:
        graph_module = RelinearizationInsertionPass(strategy)(deepcopy(rescaled), context)
        torch.testing.assert_close(results(graph_module, *case.inputs), case.expected(), atol=1e-9, rtol=1e-7)
        check_managed(graph_module, context)
        states = annotate(graph_module, context)
        for node in graph_module.graph.nodes:
            arguments = [states[one] for one in node.all_input_nodes if one in states]
            switches = is_operation(node, "rotate", "linear_transform", "bootstrap", "unpack")
            if switches or is_ciphertext_product(node, set(states)):
                assert {one.dimension for one in arguments} <= {2}
        relinearizations[strategy] = counts(graph_module)["relinearize"]
    assert relinearizations["eager"] == counts(graph_module)["cmult"]
    assert relinearizations["lazy"] <= relinearizations["eager"]
