"""Reading graphs of every flavour."""

from __future__ import annotations

import operator

import pytest
import torch
import torch.nn.functional as F
from torch import Tensor, nn
from torch.fx import Graph, GraphModule, symbolic_trace

from hetorch_heir.core.ciphertext import CiphertextInfo
from hetorch_heir.passes.graph import (
    ciphertext_nodes,
    inherit_metadata,
    insert_call,
    is_ciphertext,
    is_operation,
    location,
    node_shape,
    operation_name,
    replace_node,
)

ATEN, HE = torch.ops.aten, torch.ops.hetorch

SPELLINGS = {
    "relu": [torch.relu, F.relu, torch.relu_, ATEN.relu.default, ATEN.relu_.default, ATEN.relu],
    "silu": [F.silu, ATEN.silu.default],
    "gelu": [F.gelu, ATEN.gelu.default],
    "sigmoid": [torch.sigmoid, ATEN.sigmoid.default, torch.special.expit],
    "softplus": [F.softplus, ATEN.softplus.default],
    "add": [operator.add, torch.add, operator.iadd, ATEN.add.Tensor, ATEN.add_.Tensor, ATEN.add.Scalar],
    "sub": [operator.sub, torch.sub, torch.subtract, ATEN.sub.Tensor],
    "mul": [operator.mul, torch.mul, torch.multiply, ATEN.mul.Tensor],
    "div": [operator.truediv, torch.div, torch.true_divide, ATEN.div.Tensor],
    "neg": [operator.neg, torch.neg, torch.negative, ATEN.neg.default],
    "pow": [operator.pow, torch.pow, ATEN.pow.Tensor_Scalar],
    "matmul": [operator.matmul, torch.matmul, ATEN.matmul.default],
    "mm": [torch.mm, ATEN.mm.default],
    "linear": [F.linear, ATEN.linear.default],
    "addmm": [torch.addmm, ATEN.addmm.default],
    "cmult": [HE.cmult, HE.cmult.default],
    "linear_transform": [HE.linear_transform],
}


@pytest.mark.parametrize(
    ("name", "target"), [(name, one) for name, many in SPELLINGS.items() for one in many]
)
def test_function_names(name: str, target: object) -> None:
    graph = Graph()
    x = graph.placeholder("x")
    assert operation_name(graph.call_function(target, (x, x))) == name  # pyright: ignore[reportArgumentType]


@pytest.mark.parametrize(
    ("name", "method"), [("relu", "relu_"), ("mul", "mul"), ("matmul", "__matmul__"), ("reshape", "reshape")]
)
def test_method_names(name: str, method: str) -> None:
    graph = Graph()
    assert operation_name(graph.call_method(method, (graph.placeholder("x"),))) == name


@pytest.mark.parametrize(
    ("name", "module"),
    [
        ("relu", nn.ReLU()),
        ("leaky_relu", nn.LeakyReLU()),
        ("linear", nn.Linear(2, 2)),
        ("batch_norm", nn.BatchNorm1d(2)),
        ("silu", nn.SiLU()),
        ("softplus", nn.Softplus()),
        ("dropout", nn.Dropout()),
    ],
)
def test_module_names(name: str, module: nn.Module) -> None:
    graph_module = symbolic_trace(nn.Sequential(module))
    (node,) = graph_module.graph.find_nodes(op="call_module")
    assert operation_name(node) == operation_name(node, graph_module) == name


def test_names_of_other_nodes_are_their_kinds() -> None:
    graph = symbolic_trace(nn.Linear(2, 2)).graph
    assert {node.op: operation_name(node) for node in graph.nodes if node.op != "call_function"} == {
        "placeholder": "placeholder",
        "get_attr": "get_attr",
        "output": "output",
    }


def test_a_module_call_needs_its_module() -> None:
    graph = Graph()
    node = graph.call_module("fc", (graph.placeholder("x"),))
    with pytest.raises(ValueError, match="'fc'"):
        operation_name(node)


def test_what_depends_on_an_encrypted_input_is_a_ciphertext() -> None:
    def function(x: Tensor, weight: Tensor) -> Tensor:
        plain = weight * 2
        return torch.matmul(x, plain) + 1

    graph = symbolic_trace(function).graph
    nodes = {node.name: node for node in graph.nodes}
    nodes["weight"].meta["public"] = True
    assert {node.name for node in ciphertext_nodes(graph)} == {"x", "matmul", "add", "output"}
    assert [name for name, node in nodes.items() if is_ciphertext(node)] == ["x", "matmul", "add", "output"]
    assert not is_ciphertext(2.0)


def test_an_annotated_node_is_a_ciphertext_whatever_its_inputs() -> None:
    graph = Graph()
    node = graph.get_attr("constant")
    assert not is_ciphertext(node)
    node.meta["ciphertext_info"] = CiphertextInfo((4,), torch.float32, 1, 1.0)
    assert is_ciphertext(node)
    assert node_shape(node) == (4,)


def test_hetorch_operations_are_told_from_others() -> None:
    graph = Graph()
    x = graph.placeholder("x")
    rotation = graph.call_function(HE.rotate.default, (x, 1))
    assert is_operation(rotation)
    assert is_operation(rotation, "rotate", "cadd")
    assert not is_operation(rotation, "cadd")
    assert not is_operation(graph.call_function(torch.add, (x, x)))


def test_replacing_keeps_metadata() -> None:
    graph_module = GraphModule(nn.Module(), symbolic_trace(lambda x: x + x).graph)
    old = next(node for node in graph_module.graph.nodes if node.name == "add")
    old.meta["source"] = "model.py:3"
    (x,) = graph_module.graph.find_nodes(op="placeholder")
    new = insert_call(graph_module.graph, old, HE.cadd, x, x)
    replace_node(old, new)
    graph_module.recompile()
    assert new.meta["source"] == "model.py:3"
    assert location(new) == "model.py:3"
    torch.testing.assert_close(graph_module(torch.ones(3)), torch.full((3,), 2.0))
    x.meta["source"] = "input"
    assert inherit_metadata(x, new).meta["source"] == "input"


def test_locations_name_modules_and_nodes() -> None:
    graph = symbolic_trace(nn.Sequential(nn.ReLU())).graph
    (relu,) = graph.find_nodes(op="call_module")
    (x,) = graph.find_nodes(op="placeholder")
    assert location(relu) == "0 (_0)"
    assert location(x) == "input_1"
