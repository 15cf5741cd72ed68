"""What every operation does to levels, scales and dimensions."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
import torch
from torch import nn
from torch.fx import Graph, GraphModule, Node, symbolic_trace

from hetorch_heir.passes.graph import ciphertext_nodes
from hetorch_heir.passes.management.kinds import Kind, is_ciphertext_product, kind_of, operands, switches_keys
from hetorch_heir.passes.operations import OPERATIONS

HE = torch.ops.hetorch


def last_node(function: Callable[..., Any]) -> tuple[Node, set[Node]]:
    """The last call of a trace of a function of ciphertexts x, y and a plaintext p, and what is encrypted."""
    graph_module = symbolic_trace(function)
    for node in graph_module.graph.find_nodes(op="placeholder"):
        node.meta["public"] = node.name == "p"
    encrypted = ciphertext_nodes(graph_module.graph)
    return list(graph_module.graph.nodes)[-2], encrypted


@pytest.mark.parametrize(
    ("function", "kind", "ciphertext_product"),
    [
        (lambda x, y: HE.cmult(x, y), Kind.PRODUCT, True),
        (lambda x, y: HE.cmult(x, x), Kind.PRODUCT, True),
        (lambda x, p: HE.pmult(x, p), Kind.PRODUCT, False),
        (lambda x, y: x * y, Kind.PRODUCT, True),
        (lambda x: torch.square(x), Kind.PRODUCT, True),
        (lambda x: x * 2, Kind.PRODUCT, False),
        (lambda x, p: p * x, Kind.PRODUCT, False),
        (lambda x, y: torch.matmul(x, y), Kind.PRODUCT, True),
        (lambda x, p: torch.mm(x, p), Kind.PRODUCT, False),
        (lambda x: x / 3, Kind.PRODUCT, False),
        (lambda x, p: torch.nn.functional.linear(x, p), Kind.PRODUCT, False),
        (lambda x, y: HE.cadd(x, y), Kind.SUM, False),
        (lambda x, y: HE.csub(x, y), Kind.SUM, False),
        (lambda x, y: x + y, Kind.SUM, False),
        (lambda x: x + x, Kind.SUM, False),
        (lambda x, p: HE.padd(x, p), Kind.PLAIN_SUM, False),
        (lambda x, p: x - p, Kind.PLAIN_SUM, False),
        (lambda x: 1 - x, Kind.PLAIN_SUM, False),
        (lambda x: HE.rotate(x, 1), Kind.ROTATION, False),
        (lambda x: HE.rescale(x), Kind.RESCALE, False),
        (lambda x: HE.relinearize(x), Kind.RELINEARIZE, False),
        (lambda x: HE.level_reduce(x, 2), Kind.LEVEL_REDUCE, False),
        (lambda x: HE.bootstrap(x), Kind.BOOTSTRAP, False),
        (lambda x: HE.negate(x), Kind.KEPT, False),
        (lambda x: x.reshape(2, 2), Kind.KEPT, False),
    ],
)
def test_kinds(function: Callable[..., Any], kind: Kind, ciphertext_product: bool) -> None:
    node, encrypted = last_node(function)
    assert kind_of(node, encrypted) is kind
    assert is_ciphertext_product(node, encrypted) == ciphertext_product


def test_the_client_s_side() -> None:
    graph = Graph()
    x, index = graph.placeholder("x"), graph.placeholder("index")
    index.meta["public"] = True
    pack = graph.call_function(HE.pack, (x, index))
    unpack = graph.call_function(HE.unpack, (pack, index, [3]))
    output = graph.output(unpack)
    encrypted = ciphertext_nodes(GraphModule(nn.Module(), graph).graph)
    kinds = [kind_of(node, encrypted) for node in (x, pack, unpack, output)]
    assert kinds == [Kind.INPUT, Kind.INPUT, Kind.RESULT, Kind.RESULT]
    assert operands(unpack, encrypted) == [pack]


def test_every_operator_has_a_kind() -> None:
    """Only what changes nothing of the three, or is expanded before, is in no table."""
    kept: set[str] = set()
    for name in OPERATIONS:
        graph = Graph()
        x = graph.placeholder("x")
        node = graph.call_function(getattr(HE, name), (x, x))
        if kind_of(node, {x, node}) is Kind.KEPT:
            kept.add(name)
    assert kept == {"negate", "chebyshev"}


@pytest.mark.parametrize("function", [lambda x: HE.rotate(x, 1), lambda x: HE.bootstrap(x), lambda x: x @ x])
def test_operations_that_switch_keys(function: Callable[..., Any]) -> None:
    assert switches_keys(last_node(function)[0])


@pytest.mark.parametrize("function", [lambda x: x * x, lambda x: HE.rescale(x), lambda x: HE.relinearize(x)])
def test_operations_that_do_not(function: Callable[..., Any]) -> None:
    assert not switches_keys(last_node(function)[0])
