"""The examples of the IR-design reference page, with what they must compute."""

from __future__ import annotations

import operator
from collections.abc import Iterator
from dataclasses import dataclass
from typing import ClassVar

import pytest
import torch
from torch import Tensor, nn
from torch.fx import Graph, GraphModule, Node, symbolic_trace

from hetorch_heir.core.ciphertext import CiphertextInfo
from hetorch_heir.core.context import CompilationContext
from hetorch_heir.core.packing import PackingInfo
from hetorch_heir.core.parameters import CKKSParameters
from hetorch_heir.core.scheme import HEScheme
from hetorch_heir.passes import PassPipeline, TransformationPass
from hetorch_heir.passes.builtin import InputPackingPass
from hetorch_heir.passes.graph import ciphertext_nodes
from hetorch_heir.passes.operations import LIBRARY

HE = torch.ops.hetorch
CONTEXT = CompilationContext(HEScheme.CKKS, CKKSParameters(16384, [60, 40, 40, 40, 40, 40]))
X = torch.linspace(-1, 1, 8)


class SimpleModel(nn.Module):
    def forward(self, x: Tensor, y: Tensor) -> Tensor:
        z = x + y
        return z * 2.0


def calls(graph: Graph, target: object) -> list[Node]:
    return [node for node in graph.nodes if node.op == "call_function" and node.target == target]


def test_a_traced_graph_and_its_traversal() -> None:
    graph = symbolic_trace(SimpleModel()).graph
    assert [(node.name, node.op, node.target) for node in graph.nodes] == [
        ("x", "placeholder", "x"),
        ("y", "placeholder", "y"),
        ("add", "call_function", operator.add),
        ("mul", "call_function", operator.mul),
        ("output", "output", "output"),
    ]
    nodes = {node.name: node for node in graph.nodes}
    assert nodes["mul"].args == (nodes["add"], 2.0)
    assert nodes["add"].all_input_nodes == [nodes["x"], nodes["y"]]
    assert list(nodes["add"].users) == [nodes["mul"]]


def test_the_registered_operations_and_their_meaning() -> None:
    ct1, ct2, pt = X, X.flip(0), torch.full((8,), 3.0)
    expected = {
        HE.cadd(ct1, ct2): ct1 + ct2,
        HE.cmult(ct1, ct2): ct1 * ct2,
        HE.rotate(ct1, 5): torch.cat([ct1[5:], ct1[:5]]),
        HE.rescale(ct1): ct1,
        HE.relinearize(ct1): ct1,
        HE.bootstrap(ct1): ct1,
        HE.padd(ct1, pt): ct1 + 3,
        HE.pmult(ct1, pt): ct1 * 3,
    }
    for result, value in expected.items():
        torch.testing.assert_close(result, value)


def test_operations_can_be_inserted_in_a_pass() -> None:
    graph_module = symbolic_trace(SimpleModel())
    graph = graph_module.graph
    ct1, ct2, add, *_ = graph.nodes
    with graph.inserting_before(add):
        cadd = graph.call_function(HE.cadd, args=(ct1, ct2))
        rotated = graph.call_function(HE.rotate, args=(cadd, 5))
    add.replace_all_uses_with(rotated)
    graph.erase_node(add)
    graph_module.recompile()
    torch.testing.assert_close(graph_module(X, X), 4 * torch.roll(X, -5))


@dataclass(frozen=True)
class InsertMyOperation(TransformationPass):
    """Replaces products with a number by an operation defined outside of the package."""

    name: ClassVar[str] = "insert-my-operation"

    def transform(self, graph_module: GraphModule, context: CompilationContext) -> GraphModule:
        graph = graph_module.graph
        for node in calls(graph, operator.mul):
            with graph.inserting_before(node):
                new = graph.call_function(HE.my_custom_op, args=node.args)
            node.replace_all_uses_with(new)
            graph.erase_node(node)
        graph_module.recompile()
        return graph_module


def test_a_new_operation_and_a_pass_that_uses_it() -> None:
    LIBRARY.define("my_custom_op(Tensor ct, float param) -> Tensor")

    @torch.library.impl(LIBRARY, "my_custom_op", "CPU")
    def my_custom_op(ct: Tensor, param: float) -> Tensor:
        return ct * param

    pipeline = PassPipeline([InputPackingPass(), InsertMyOperation()])
    graph_module = pipeline.run(symbolic_trace(SimpleModel()), CONTEXT)
    assert len(calls(graph_module.graph, HE.my_custom_op)) == 1
    torch.testing.assert_close(graph_module(X, X), 4 * X)


def test_ciphertext_info_is_attached_and_read() -> None:
    node = Graph().placeholder("x")
    node.meta["ciphertext_info"] = CiphertextInfo(
        shape=(1, 10), dtype=torch.float32, level=5, scale=2**40, noise_budget=80.0, packing=None
    )
    info = node.meta["ciphertext_info"]
    assert f"Level: {info.level}, Scale: {info.scale}" == "Level: 5, Scale: 1099511627776"


def test_packing_info_is_attached() -> None:
    node = Graph().placeholder("x")
    node.meta["packing_info"] = PackingInfo(
        strategy="row_major", slots_used=512, total_slots=4096, dimensions=(16, 32)
    )
    assert node.meta["packing_info"].ciphertexts == 1


@dataclass(frozen=True)
class Annotate(TransformationPass):
    """Attaches metadata of its own."""

    name: ClassVar[str] = "annotate"

    def transform(self, graph_module: GraphModule, context: CompilationContext) -> GraphModule:
        for node in graph_module.graph.nodes:
            if node.op == "call_function":
                node.meta["my_pass_info"] = {
                    "analyzed": True,
                    "cost_estimate": 1.5,
                    "optimization_applied": False,
                }
        return graph_module


def test_custom_metadata() -> None:
    graph_module = PassPipeline([Annotate()]).run(symbolic_trace(SimpleModel()), CONTEXT)
    annotated = [node.name for node in graph_module.graph.nodes if "my_pass_info" in node.meta]
    assert annotated == ["add", "mul"]


def test_metadata_is_propagated_to_a_replacement() -> None:
    graph = InputPackingPass().transform(symbolic_trace(SimpleModel()), CONTEXT).graph
    a, b, old, *_ = graph.nodes
    old.meta.update(a.meta)
    with graph.inserting_before(old):
        new = graph.call_function(HE.cadd, args=(a, b))
    new.meta.update(old.meta)
    info = new.meta["ciphertext_info"]
    new.meta["ciphertext_info"] = info.with_level(info.level - 1)
    assert [node.meta["ciphertext_info"].level for node in (a, new)] == [5, 4]


def test_pattern_node_insertion() -> None:
    graph_module = symbolic_trace(lambda x, y: HE.cmult(HE.cmult(x, y), y))
    graph = graph_module.graph
    for product in calls(graph, HE.cmult):
        with graph.inserting_after(product):
            rescaled = graph.call_function(HE.rescale, args=(product,))
        product.replace_all_uses_with(rescaled)
        rescaled.update_arg(0, product)
    graph_module.recompile()
    graph.lint()
    assert all(next(iter(product.users)).target == HE.rescale for product in calls(graph, HE.cmult))
    torch.testing.assert_close(graph_module(X, X), X**3)


def test_pattern_node_replacement() -> None:
    graph_module = symbolic_trace(lambda x, y: torch.add(torch.add(x, y), y))
    graph = graph_module.graph
    for node in calls(graph, torch.add):
        with graph.inserting_before(node):
            replacement = graph.call_function(HE.cadd, args=node.args, kwargs=node.kwargs)
        replacement.meta.update(node.meta)
        node.replace_all_uses_with(replacement)
        graph.erase_node(node)
    graph_module.recompile()
    assert (len(calls(graph, torch.add)), len(calls(graph, HE.cadd))) == (0, 2)
    torch.testing.assert_close(graph_module(X, X), 3 * X)


def test_pattern_subgraph_rewriting() -> None:
    graph_module = symbolic_trace(lambda x: HE.rotate(HE.rotate(HE.rotate(x, 1), 2), 3))
    graph = graph_module.graph
    for node in calls(graph, HE.rotate):
        inner = node.args[0]
        if not (isinstance(inner, Node) and inner in calls(graph, HE.rotate)):
            continue
        with graph.inserting_before(node):
            fused = graph.call_function(HE.rotate, args=(inner.args[0], inner.args[1] + node.args[1]))  # pyright: ignore
        node.replace_all_uses_with(fused)
        graph.erase_node(node)
        if not inner.users:
            graph.erase_node(inner)
    graph_module.recompile()
    assert [node.args[1] for node in calls(graph, HE.rotate)] == [6]
    torch.testing.assert_close(graph_module(X), torch.roll(X, -6))


def test_pattern_matching() -> None:
    graph = symbolic_trace(lambda x, weight, bias: torch.add(torch.matmul(x, weight), bias)).graph
    layers = [
        (product.name, user.name)
        for product in calls(graph, torch.matmul)
        for user in product.users
        if user in calls(graph, torch.add)
    ]
    assert layers == [("matmul", "add")]


def not_ciphertexts(graph: Graph) -> Iterator[str]:
    """Names of the arguments of additions that are not known to be ciphertexts."""
    for node in calls(graph, HE.cadd):
        assert len(node.args) == 2
        yield from (one.name for one in node.all_input_nodes if "ciphertext_info" not in one.meta)


def test_validation_of_types() -> None:
    graph_module = symbolic_trace(lambda x, y: HE.cadd(x, y))
    assert list(not_ciphertexts(graph_module.graph)) == ["x", "y"]
    InputPackingPass().transform(graph_module, CONTEXT)
    assert list(not_ciphertexts(graph_module.graph)) == []


def test_shape_inference_and_metadata_consistency() -> None:
    graph_module = symbolic_trace(lambda x, y: HE.rotate(HE.cadd(x, y), 1))
    info = CiphertextInfo((4, 8), torch.float32, level=2, scale=2.0**40, noise_budget=50.0)
    for node in graph_module.graph.nodes:
        if node.op == "placeholder":
            node.meta |= {"ciphertext_info": info, "shape": info.shape}
        elif node.op == "call_function":
            node.meta["shape"] = node.all_input_nodes[0].meta.get("shape")
    shapes = {node.name: node.meta.get("shape") for node in ciphertext_nodes(graph_module.graph)}
    assert shapes == {"x": (4, 8), "y": (4, 8), "cadd": (4, 8), "rotate": (4, 8), "output": None}
    for node in ciphertext_nodes(graph_module.graph):
        known = node.meta.get("ciphertext_info", info)
        assert known.level >= 0
        assert known.noise_budget is None or known.noise_budget >= 0
        assert node.meta.get("shape", known.shape) in (known.shape, None)


@pytest.mark.parametrize(("size", "features"), [(4, 3), (8, 8)])
def test_a_matrix_product_lowered_to_rotations(size: int, features: int) -> None:
    """The page's future lowering: y = x W as a sum of diagonals times rotations of x."""
    weight = torch.randn(size, features)
    slots = torch.zeros(8)
    slots[:size] = torch.randn(size)
    diagonals = torch.zeros(8, 8)
    for row in range(features):
        for column in range(size):
            diagonals[(column - row) % 8, row] = weight[column, row]
    terms = range(8)
    result = HE.linear_transform(
        slots[None], diagonals, [0] * 8, [0] * 8, [0] * 8, list(terms), list(terms), 1
    )
    torch.testing.assert_close(result[0, :features], slots[:size] @ weight)
