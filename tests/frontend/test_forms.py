"""Every operator, in functional and method form, from torch.export and from symbolic_trace."""

from __future__ import annotations

import pytest
import torch
import torch.nn.functional as F
from torch import fx, nn

from hetorch_heir.frontend import to_graph
from tests.frontend.normal_forms import Applied, Function, assert_equal_to, example, targets

PRODUCTS: dict[str, tuple[Function, tuple[int, ...], list[str]]] = {
    "linear": (lambda m, x: F.linear(x, m.matrix.t(), m.row), (2, 4), ["linear"]),
    "linear of a vector": (lambda m, x: F.linear(x, m.matrix.t(), m.row), (4,), ["linear"]),
    "linear with one output": (lambda m, x: F.linear(x, m.column), (2, 4), ["linear", "reshape"]),
    "linear with computed weight": (lambda m, x: F.linear(m.matrix.t(), x), (2, 4), ["permute", "matmul"]),
    "mm": (lambda m, x: torch.mm(x, m.matrix), (2, 4), ["linear"]),
    "mm on the left": (lambda m, x: torch.mm(m.square, x), (4, 2), ["matmul"]),
    "matmul": (lambda m, x: torch.matmul(x, m.matrix), (2, 5, 4), ["linear"]),
    "operator": (lambda m, x: x @ m.matrix, (2, 4), ["linear"]),
    "operator on the left": (lambda m, x: m.square @ x, (5, 4, 2), ["matmul"]),
    "method": (lambda m, x: x.matmul(m.matrix), (4,), ["linear"]),
    "times vector": (lambda m, x: x @ m.column, (5, 4), ["linear", "reshape"]),
    "vector times vector": (lambda m, x: x @ m.column, (4,), ["linear", "reshape"]),
    "vector times matrix": (lambda m, x: m.row @ x, (3, 2), ["matmul", "reshape"]),
    "matrix times vector": (lambda m, x: m.matrix @ x, (3,), ["linear"]),
    "matrices times vector": (lambda m, x: m.batch @ x, (3,), ["matmul"]),
    "vector times matrices": (
        lambda m, x: x @ m.batch,
        (4,),
        ["reshape", "matmul", "reshape"],
    ),
    "mv": (lambda m, x: torch.mv(m.matrix, x), (3,), ["linear"]),
    "mv with known vector": (lambda m, x: torch.mv(x, m.row), (4, 3), ["linear", "reshape"]),
    "dot": (lambda m, x: torch.dot(x, m.row), (3,), ["linear", "reshape"]),
    "bmm": (lambda m, x: torch.bmm(x, m.batch), (2, 5, 4), ["permute", "matmul", "permute"]),
    "bmm with equal matrices": (lambda m, x: torch.bmm(x, m.matrix.expand(2, 4, 3)), (2, 5, 4), ["linear"]),
    "broadcast matrices": (lambda m, x: x @ m.matrix.expand(2, 4, 3), (5, 4), ["linear", "expand"]),
    "bmm on the left": (lambda m, x: torch.bmm(m.batch, x), (2, 3, 5), ["matmul"]),
    "addmm": (lambda m, x: torch.addmm(m.row, x, m.matrix), (2, 4), ["linear"]),
    "addmm scaled": (lambda m, x: torch.addmm(m.row, x, m.matrix, beta=0.5, alpha=2), (2, 4), ["linear"]),
    "addmm without bias": (lambda m, x: torch.addmm(m.row, x, m.matrix, beta=0), (2, 4), ["linear"]),
    "addmm with a matrix of biases": (
        lambda m, x: torch.addmm(m.matrix[:2], x, m.matrix),
        (2, 4),
        ["linear", "add"],
    ),
    "addmm on the left": (
        lambda m, x: torch.addmm(m.column, m.square, x, alpha=3),
        (4, 4),
        ["matmul", "add"],
    ),
    "addmm of two known": (lambda m, x: torch.addmm(x, m.matrix, m.matrix.t()), (4,), ["add"]),
    "addmv": (lambda m, x: torch.addmv(m.column, m.matrix, x), (3,), ["linear", "add"]),
    "baddbmm": (
        lambda m, x: torch.baddbmm(m.row, x, m.batch),
        (2, 5, 4),
        ["permute", "matmul", "permute", "add"],
    ),
    "einsum": (lambda m, x: torch.einsum("bi,ij->bj", x, m.matrix), (2, 4), ["reshape", "linear", "reshape"]),
    "vdot": (lambda m, x: torch.vdot(m.row, x), (3,), ["linear", "reshape"]),
    "inner": (lambda m, x: torch.inner(x, m.row), (2, 3), ["linear", "reshape"]),
}

ARITHMETIC: dict[str, tuple[Function, tuple[int, ...], list[str]]] = {
    "add scalar": (lambda m, x: x + 2, (4,), ["add"]),
    "add on the right": (lambda m, x: 2 + x, (4,), ["add"]),
    "add nothing": (lambda m, x: x + 0 - 0.0, (4,), []),
    "add constant": (lambda m, x: m.column + x, (2, 4), ["add"]),
    "add scaled": (lambda m, x: torch.add(x, m.column, alpha=3), (4,), ["add"]),
    "add scaled scalar": (lambda m, x: torch.ops.aten.add.Scalar(x, 3, 2), (4,), ["add"]),
    "add itself scaled": (lambda m, x: torch.add(x, x, alpha=3), (4,), ["mul", "add"]),
    "add broadcasting": (lambda m, x: x + m.square, (4,), ["add"]),
    "add method": (lambda m, x: x.add(1).add_(m.column), (4,), ["add", "add"]),
    "sub scalar": (lambda m, x: x - 2, (4,), ["sub"]),
    "sub scalar overload": (lambda m, x: torch.ops.aten.sub.Scalar(x, 2, 3), (4,), ["sub"]),
    "sub from scalar": (lambda m, x: 2 - x, (4,), ["neg", "add"]),
    "sub from constant": (lambda m, x: m.column - x, (4,), ["neg", "add"]),
    "sub scaled": (lambda m, x: torch.sub(x, m.column, alpha=2), (4,), ["sub"]),
    "rsub": (lambda m, x: torch.rsub(x, m.column, alpha=2), (4,), ["mul", "neg", "add"]),
    "mul scalar": (lambda m, x: x * 2, (4,), ["mul"]),
    "mul by one": (lambda m, x: 1 * x, (4,), []),
    "mul constant": (lambda m, x: m.column * x, (4,), ["mul"]),
    "mul by equal elements": (lambda m, x: x * torch.full((4,), 2.5), (4,), ["mul"]),
    "mul in place": (lambda m, x: x.mul(2).mul_(x), (4,), ["mul", "mul"]),
    "div scalar": (lambda m, x: x / 3, (4,), ["mul"]),
    "div scalar overload": (lambda m, x: torch.ops.aten.div.Scalar(x, 3), (4,), ["mul"]),
    "true_divide": (lambda m, x: torch.ops.aten.true_divide.Tensor(x, m.column), (4,), ["mul"]),
    "div constant": (lambda m, x: x / m.column, (4,), ["mul"]),
    "div computed": (lambda m, x: m.column / (x * x + 1), (4,), ["mul", "add", "reciprocal", "mul"]),
    "neg": (lambda m, x: -x, (4,), ["neg"]),
    "positive": (lambda m, x: +x, (4,), []),
    "square": (lambda m, x: torch.square(x), (4,), ["mul"]),
    "pow one": (lambda m, x: x**1, (4,), []),
    "pow two": (lambda m, x: x**2, (4,), ["mul"]),
    "pow three": (lambda m, x: x.pow(3), (4,), ["mul"] * 2),
    "pow eight": (lambda m, x: torch.pow(x, 8.0), (4,), ["mul"] * 3),
    "pow of a tensor": (lambda m, x: torch.pow(x, torch.tensor([2, 2, 2, 2])), (4,), ["mul"]),
    "addcmul": (lambda m, x: torch.addcmul(m.column, x, m.column, value=2), (4,), ["mul", "mul", "add"]),
    "addcdiv": (lambda m, x: torch.addcdiv(x, x, m.column, value=2), (4,), ["mul", "mul", "add"]),
    "lerp": (lambda m, x: torch.lerp(x, m.column, 0.25), (4,), ["neg", "add", "mul", "add"]),
    "lerp with weights": (lambda m, x: torch.lerp(m.column, x, m.column), (4,), ["sub", "mul", "add"]),
    "swish by hand": (lambda m, x: x * torch.sigmoid(x), (4,), ["silu"]),
    "shared": (lambda m, x: (x * 2) + (x * 2), (4,), ["mul", "add"]),
    "residual": (lambda m, x: x + x @ m.square, (2, 4), ["linear", "add"]),
    "outer": (lambda m, x: torch.outer(x, m.row), (4,), ["reshape", "mul"]),
    "of the shape only": (
        lambda m, x: x + torch.ones_like(x) * 2 + torch.full_like(x, 3) + torch.zeros_like(x),
        (4,),
        ["add", "add"],
    ),
    "new tensors": (
        lambda m, x: x + x.new_ones(4) + x.new_full((4,), 2) + x.new_zeros(4),
        (4,),
        ["add", "add"],
    ),
}

SHAPES: dict[str, tuple[Function, tuple[int, ...], list[str]]] = {
    "view": (lambda m, x: x.view(2, -1), (4, 3), ["reshape"]),
    "reshape": (lambda m, x: torch.reshape(x, (6, 2)), (4, 3), ["reshape"]),
    "flatten": (lambda m, x: torch.flatten(x, 1), (2, 3, 4), ["reshape"]),
    "unflatten": (lambda m, x: x.unflatten(1, (2, 2)), (3, 4), ["reshape"]),
    "squeeze": (lambda m, x: x.squeeze(), (1, 3, 1), ["reshape"]),
    "squeeze dim": (lambda m, x: x.squeeze(0), (1, 3), ["reshape"]),
    "squeeze dims": (lambda m, x: x.squeeze((0, 2)), (1, 3, 1), ["reshape"]),
    "unsafe view": (lambda m, x: torch.ops.aten._unsafe_view.default(x, [3]), (1, 3), ["reshape"]),
    "unsqueeze": (lambda m, x: x.unsqueeze(-1), (3,), ["reshape"]),
    "index with None": (lambda m, x: x[:, None], (3,), ["reshape"]),
    "reshapes merged": (lambda m, x: x.view(6, 2).flatten().unsqueeze(0), (4, 3), ["reshape"]),
    "reshapes undone": (lambda m, x: x.view(6, 2).view(4, 3), (4, 3), []),
    "transpose": (lambda m, x: x.transpose(0, 2), (2, 3, 4), ["permute"]),
    "t": (lambda m, x: x.t(), (2, 3), ["permute"]),
    "T": (lambda m, x: x.T, (2, 3), ["permute"]),
    "mT": (lambda m, x: x.mT, (2, 3, 4), ["permute"]),
    "permute": (lambda m, x: x.permute(2, 0, 1), (2, 3, 4), ["permute"]),
    "movedim": (lambda m, x: torch.movedim(x, 0, -1), (2, 3, 4), ["permute"]),
    "swapaxes": (lambda m, x: x.swapaxes(0, 1), (2, 3), ["permute"]),
    "permutes merged": (lambda m, x: x.permute(1, 2, 0).transpose(0, 1), (2, 3, 4), ["permute"]),
    "permutes undone": (lambda m, x: x.t().t(), (2, 3), []),
    "transpose of a row": (lambda m, x: x.t(), (1, 3), ["reshape"]),
    "expand": (lambda m, x: x.expand(4, 3), (1, 3), ["expand"]),
    "expand_as": (lambda m, x: x.expand_as(m.matrix), (3,), ["expand"]),
    "expand nothing": (lambda m, x: x.expand(-1, 3), (2, 3), []),
    "repeat": (lambda m, x: x.repeat(2, 3), (4,), ["reshape", "expand", "reshape"]),
    "slice of everything": (lambda m, x: x[:, 0:3], (2, 3), []),
    "concat": (lambda m, x: torch.cat([x, m.matrix, x * 2]), (2, 3), ["mul", "cat"]),
    "concat of one": (lambda m, x: torch.cat([torch.ones(0), x]), (2, 3), []),
    "stack": (lambda m, x: torch.stack([x, -x], -1), (2, 3), ["neg", "reshape", "reshape", "cat"]),
    "hstack": (lambda m, x: torch.hstack([x, x]), (2, 3), ["cat"]),
    "chunk": (lambda m, x: x.chunk(2, 1)[1], (2, 3), ["take"]),
    "split": (lambda m, x: x.split([1, 2], 1), (2, 3), ["take", "take"]),
    "tensor_split": (lambda m, x: x.tensor_split(2), (4, 3), ["take", "take"]),
    "unbind": (lambda m, x: x.unbind(), (2, 3), ["take", "take"]),
    "slice": (lambda m, x: x[1:, ::2], (2, 3), ["take", "take"]),
    "select": (lambda m, x: x[:, -1], (2, 3), ["take"]),
    "narrow": (lambda m, x: x.narrow(1, 1, 2), (2, 3), ["take"]),
    "rows by index": (lambda m, x: x[[2, 0, 2]], (3, 2), ["take"]),
    "index_select": (lambda m, x: x.index_select(1, torch.tensor([1])), (2, 3), ["take"]),
    "gather": (lambda m, x: x.gather(1, torch.tensor([[0, 0], [2, 1]])), (2, 3), ["take"]),
    "flip": (lambda m, x: x.flip(0, 1), (2, 3), ["take"]),
    "roll": (lambda m, x: x.roll(1), (2, 3), ["take"]),
    "rot90": (lambda m, x: x.rot90(), (2, 3), ["take", "permute"]),
    "diff": (lambda m, x: x.diff(), (2, 3), ["take", "take", "sub"]),
    "diagonal": (lambda m, x: x.diagonal(1), (2, 3), ["take"]),
    "tril": (lambda m, x: x.tril(), (2, 3), ["reshape", "constant_pad_nd", "take"]),
    "unfold": (lambda m, x: x.unfold(1, 2, 1), (2, 3), ["take"]),
    "part replaced": (
        lambda m, x: torch.slice_scatter(x, m.row[None, :2], 1, 1, 3),
        (1, 4),
        ["reshape", "constant_pad_nd", "take", "add"],
    ),
    "zero padding": (lambda m, x: F.pad(x, (1, 0, 0, 2)), (2, 3), ["constant_pad_nd"]),
    "padding": (lambda m, x: F.pad(x, (1, 0), value=2.0), (2, 3), ["constant_pad_nd", "add"]),
    "no padding": (lambda m, x: F.pad(x, (0, 0)), (2, 3), []),
    "mirrored": (lambda m, x: F.pad(x, (1, 2), mode="reflect"), (2, 3), ["take"]),
    "pixel shuffle": (
        lambda m, x: F.pixel_shuffle(x, 2),
        (1, 4, 2, 3),
        ["reshape", "permute", "reshape"],
    ),
    "pixel unshuffle": (
        lambda m, x: F.pixel_unshuffle(x, 2),
        (1, 1, 4, 2),
        ["reshape", "permute", "reshape"],
    ),
    "channel shuffle": (
        lambda m, x: F.channel_shuffle(x, 2),
        (1, 4, 2, 3),
        ["reshape", "permute", "reshape"],
    ),
    "native dropout": (lambda m, x: torch.native_dropout(x, 0.5, False)[0], (2, 3), []),
    "contiguous clone": (lambda m, x: x.contiguous().clone().detach(), (2, 3), []),
    "to": (lambda m, x: x.to(torch.float64).float(), (2, 3), []),
}

REDUCTIONS: dict[str, tuple[Function, tuple[int, ...], list[str]]] = {
    "sum": (lambda m, x: x.sum(), (2, 3), ["sum"]),
    "sum over an axis": (lambda m, x: x.sum(-1), (2, 3), ["sum"]),
    "sum of axes of size one": (lambda m, x: x.sum((0, 2)), (1, 3, 1), ["reshape"]),
    "sum kept": (lambda m, x: x.sum((0, 2), keepdim=True), (2, 3, 4), ["sum", "reshape"]),
    "mean": (lambda m, x: x.mean(), (2, 3), ["sum", "mul"]),
    "mean over axes": (lambda m, x: x.mean((-2, -1)), (2, 3, 4), ["sum", "mul"]),
    "cumsum": (lambda m, x: x.cumsum(1), (2, 3), ["linear"]),
    "cumsum of rows": (lambda m, x: x.cumsum(0), (2, 3), ["matmul"]),
    "trace": (lambda m, x: x.trace(), (2, 3), ["take", "sum"]),
    "resampled": (lambda m, x: F.interpolate(x, scale_factor=2), (1, 2, 3), ["take"]),
    "resampled linearly": (
        lambda m, x: F.interpolate(x, size=(3, 5), mode="bilinear"),
        (1, 2, 3, 3),
        ["matmul", "linear"],
    ),
}

TABLES = {**PRODUCTS, **ARITHMETIC, **SHAPES, **REDUCTIONS}


@pytest.mark.parametrize("name", TABLES)
def test_operator_has_its_normal_form(name: str) -> None:
    function, shape, expected = TABLES[name]
    assert targets(assert_equal_to(Applied(function), example(*shape))) == expected


ACTIVATION_FORMS: dict[str, tuple[Function, str]] = {
    "relu": (lambda m, x: F.relu(x), "relu"),
    "relu method": (lambda m, x: x.relu(), "relu"),
    "relu in place": (lambda m, x: torch.relu_(x * 2), "relu"),
    "relu as clamp": (lambda m, x: x.clamp(min=0), "relu"),
    "relu as clamp_min": (lambda m, x: torch.clamp_min(x, 0.0), "relu"),
    "relu as threshold": (lambda m, x: F.threshold(x, 0, 0), "relu"),
    "clamp": (lambda m, x: x.clamp(-1, 1), "clamp"),
    "clamp_max": (lambda m, x: torch.clamp_max(x, 1.0), "clamp"),
    "threshold": (lambda m, x: F.threshold(x, 0.5, 2.0), "threshold"),
    "gelu": (lambda m, x: F.gelu(x), "gelu"),
    "gelu tanh": (lambda m, x: F.gelu(x, approximate="tanh"), "gelu"),
    "sigmoid": (lambda m, x: torch.sigmoid(x), "sigmoid"),
    "tanh": (lambda m, x: x.tanh(), "tanh"),
    "silu": (lambda m, x: F.silu(x), "silu"),
    "elu": (lambda m, x: F.elu(x, alpha=0.5), "elu"),
    "softplus": (lambda m, x: F.softplus(x, beta=2), "softplus"),
    "leaky_relu": (lambda m, x: F.leaky_relu(x, 0.2), "leaky_relu"),
    "hardtanh": (lambda m, x: F.hardtanh(x, -2, 2), "hardtanh"),
    "selu": (lambda m, x: F.selu(x), "selu"),
    "celu": (lambda m, x: F.celu(x, 0.7), "celu"),
    "mish": (lambda m, x: F.mish(x), "mish"),
    "hardsigmoid": (lambda m, x: F.hardsigmoid(x), "hardsigmoid"),
    "hardswish": (lambda m, x: F.hardswish(x), "hardswish"),
    "logsigmoid": (lambda m, x: F.logsigmoid(x), "log_sigmoid"),
    "exp": (lambda m, x: torch.exp(x), "exp"),
    "erf": (lambda m, x: torch.erf(x), "erf"),
    "sin": (lambda m, x: x.sin(), "sin"),
    "abs": (lambda m, x: abs(x), "abs"),
}


@pytest.mark.parametrize("name", ACTIVATION_FORMS)
def test_activation_stays_one_node(name: str) -> None:
    function, operator = ACTIVATION_FORMS[name]
    graph_module = assert_equal_to(Applied(function), example(2, 5))
    assert targets(graph_module)[-1] == operator


@pytest.mark.parametrize("operator", [torch.log, torch.sqrt, torch.rsqrt, torch.reciprocal, torch.log1p])
def test_activation_of_positive_values_stays_one_node(operator: Function) -> None:
    graph_module = assert_equal_to(Applied(lambda m, x: operator(x * x + 1)), example(2, 5))
    assert targets(graph_module) == ["mul", "add", operator.__name__]


def test_arguments_of_activations_are_kept() -> None:
    gelu = to_graph(nn.GELU("tanh"), (example(3),)).graph.find_nodes(
        op="call_function", target=torch.ops.aten.gelu.default
    )
    assert gelu[0].kwargs == {"approximate": "tanh"}
    softplus = to_graph(nn.Softplus(2.0, 15.0), (example(3),)).graph.find_nodes(
        op="call_function", target=torch.ops.aten.softplus.default
    )
    assert tuple(softplus[0].args[1:]) == (2.0, 15.0)


@pytest.mark.parametrize("exponent", range(1, 34))
def test_power_has_least_depth(exponent: int) -> None:
    graph_module = to_graph(Applied(lambda m, x: x**exponent), (torch.full((2,), 1.1, dtype=torch.double),))
    depth: dict[fx.Node, int] = {}
    for node in graph_module.graph.nodes:
        is_product = int(node.op == "call_function")
        depth[node] = is_product + max((depth[operand] for operand in node.all_input_nodes), default=0)
    assert max(depth.values()) == (exponent - 1).bit_length()
    expected = torch.full((2,), 1.1, dtype=torch.double) ** exponent
    torch.testing.assert_close(graph_module(torch.full((2,), 1.1, dtype=torch.double))[0], expected)
