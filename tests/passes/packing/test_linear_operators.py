"""Every linear operator, with random parameters: normalised, and read as one matrix, it computes the same."""

from __future__ import annotations

import operator as operators
from collections.abc import Sequence
from typing import Any

import numpy as np
import pytest
import torch
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from torch import Tensor, fx, nn

from hetorch_heir.core.errors import PassValidationError, UnsupportedOperationError
from hetorch_heir.frontend.normalise import normalise
from hetorch_heir.frontend.source import SourceLocation
from hetorch_heir.frontend.support import check_supported
from hetorch_heir.linalg.planner import TransformPlanner
from hetorch_heir.passes.packing.extraction import extract
from hetorch_heir.passes.packing.linear_expression import LinearExpression
from hetorch_heir.passes.packing.program import Stretch
from tests.passes.models import constant, graph_of

aten = torch.ops.aten
FEW = settings(deadline=None, max_examples=25)


def call_graph(operator: Any, arguments: Sequence[Any], x: Tensor) -> fx.GraphModule:
    """The captured graph of ``operator(*arguments)``, in which ``x`` is the input and tensors are weights."""
    root, graph = nn.Module(), fx.Graph()
    meta = {"source": SourceLocation(module="layer"), "public": False}
    placeholder = graph.placeholder("x")
    placeholder.meta.update(meta, val=x)

    def node(argument: Any) -> Any:
        if argument is x:
            return placeholder
        if isinstance(argument, list | tuple):
            return type(argument)(node(one) for one in argument)
        if not isinstance(argument, Tensor):
            return argument
        name = f"weight_{len(list(root.buffers()))}"
        root.register_buffer(name, argument)
        weight = graph.get_attr(name)
        weight.meta.update(meta, val=argument, qualified_name=f"layer.{name}")
        return weight

    call = graph.call_function(operator, tuple(node(one) for one in arguments))
    results = operator(*arguments)
    call.meta.update(meta, val=results)
    graph.output(
        (call,)
        if isinstance(results, Tensor)
        else tuple(graph.call_function(operators.getitem, (call, number)) for number in range(len(results)))
    )
    for one in graph.nodes:
        one.meta.setdefault("source", SourceLocation())
        one.meta.setdefault("val", None)
    return fx.GraphModule(root, graph)


def as_matrices(graph_module: fx.GraphModule, x: Tensor) -> list[Tensor]:
    """The outputs of a linear graph, from the matrices that it is read as."""
    program = extract(graph_module, TransformPlanner(), 64)
    values: list[np.ndarray] = [x.reshape(-1).numpy()]
    for value in program.values[1:]:
        assert isinstance(value.definition, Stretch)
        expression: LinearExpression = value.definition.expression
        result = np.zeros(expression.size) if expression.constant is None else expression.constant
        values.append(sum((m @ values[one] for one, m in expression.terms.items()), result))
    return [torch.from_numpy(values[one]).reshape(shape) for one, shape in program.outputs]


def check(operator: Any, *arguments: Any, x: Tensor) -> fx.GraphModule:
    """The operator's normal form, and the matrix that this is, give what the operator gives."""
    expected = operator(*arguments)
    results = [expected] if isinstance(expected, Tensor) else list(expected)
    graph_module = normalise(call_graph(operator, arguments, x))
    check_supported(graph_module)
    for computed in (list(graph_module(x)), as_matrices(graph_module, x)):
        for one, wanted in zip(computed, results, strict=True):
            torch.testing.assert_close(one, wanted)
    return graph_module


def ints(low: int, high: int, count: int) -> st.SearchStrategy[list[int]]:
    return st.lists(st.integers(low, high), min_size=count, max_size=count)


def pictures(data: st.DataObject, rank: int, low: int = 3, high: int = 7) -> Tensor:
    """A tensor (batch, channels, *spatial)."""
    return constant(
        data.draw(st.integers(1, 2)), data.draw(st.integers(1, 3)), *data.draw(ints(low, high, rank))
    )


CONVOLUTIONS = {1: aten.conv1d, 2: aten.conv2d, 3: aten.conv3d}
TRANSPOSED = {
    1: aten.conv_transpose1d.default,
    2: aten.conv_transpose2d.input,
    3: aten.conv_transpose3d.input,
}


def channels(data: st.DataObject) -> tuple[int, int, int]:
    """Groups, channels of the input in each, channels of the result in each (depthwise: one each)."""
    groups, inputs, outputs = (data.draw(st.integers(1, 3)) for _ in range(3))
    return groups, inputs, outputs


@FEW
@given(st.data(), st.sampled_from([1, 2, 2, 3]))
def test_convolutions(data: st.DataObject, rank: int) -> None:
    groups, inputs, outputs = channels(data)
    kernel, stride, padding = (data.draw(ints(low, 3, rank)) for low in (1, 1, 0))
    item = data.draw(st.booleans())
    x = constant(*([] if item else [2]), groups * inputs, *data.draw(ints(5, 7, rank)))
    weight = constant(groups * outputs, inputs, *kernel, seed=1)
    bias = data.draw(st.sampled_from([None, constant(groups * outputs, seed=2)]))
    geometry = (stride, padding, data.draw(ints(1, 2, rank)), groups)
    check(CONVOLUTIONS[rank].default, x, weight, bias, *geometry, x=x)


@FEW
@given(st.data(), st.sampled_from([1, 2, 3]), st.sampled_from(["same", "valid"]))
def test_named_paddings(data: st.DataObject, rank: int, padding: str) -> None:
    kernel, dilation = data.draw(ints(1, 4, rank)), data.draw(ints(1, 2, rank))
    x, weight = constant(1, 2, *[7] * rank), constant(2, 2, *kernel, seed=1)
    check(CONVOLUTIONS[rank].padding, x, weight, None, [1] * rank, padding, dilation, 1, x=x)


@FEW
@given(st.data(), st.sampled_from([1, 2, 3]))
def test_transposed_convolutions(data: st.DataObject, rank: int) -> None:
    groups, inputs, outputs = channels(data)
    kernel, stride = data.draw(ints(1, 3, rank)), data.draw(ints(1, 3, rank))
    padding = [data.draw(st.integers(0, size - 1)) for size in kernel]
    extra = [data.draw(st.integers(0, step - 1)) for step in stride]
    x = constant(1, groups * inputs, *data.draw(ints(3, 4, rank)))
    weight = constant(groups * inputs, outputs, *kernel, seed=1)
    bias = data.draw(st.sampled_from([None, constant(groups * outputs, seed=2)]))
    dilation = data.draw(ints(1, 2, rank))
    check(TRANSPOSED[rank], x, weight, bias, stride, padding, extra, groups, dilation, x=x)


@FEW
@given(st.data(), st.sampled_from([1, 2, 3]), st.booleans(), st.booleans())
def test_average_pooling(data: st.DataObject, rank: int, ceil_mode: bool, count_padding: bool) -> None:
    kernel = data.draw(ints(1, 3, rank))
    stride = data.draw(st.sampled_from([[], data.draw(ints(1, 3, rank))]))
    padding = [data.draw(st.integers(0, size // 2)) for size in kernel]
    x = pictures(data, rank)
    divisor = [data.draw(st.sampled_from([None, 3]))] if rank > 1 else []
    operator = {1: aten.avg_pool1d, 2: aten.avg_pool2d, 3: aten.avg_pool3d}[rank].default
    check(operator, x, kernel, stride, padding, ceil_mode, count_padding, *divisor, x=x)


@FEW
@given(st.data(), st.sampled_from([1, 2, 3]))
def test_adaptive_average_pooling(data: st.DataObject, rank: int) -> None:
    x = pictures(data, rank)
    operators = {1: aten.adaptive_avg_pool1d, 2: aten.adaptive_avg_pool2d, 3: aten.adaptive_avg_pool3d}
    check(operators[rank].default, x, data.draw(ints(1, 8, rank)), x=x)


UPSAMPLING = {
    1: (aten.upsample_nearest1d, aten._upsample_nearest_exact1d, aten.upsample_linear1d),
    2: (
        aten.upsample_nearest2d,
        aten._upsample_nearest_exact2d,
        aten.upsample_bilinear2d,
        aten.upsample_bicubic2d,
    ),
    3: (aten.upsample_nearest3d, aten._upsample_nearest_exact3d, aten.upsample_trilinear3d),
}


@FEW
@given(st.data(), st.sampled_from([1, 2, 3]), st.booleans())
def test_resampling(data: st.DataObject, rank: int, by_factor: bool) -> None:
    x = pictures(data, rank, 2, 4)
    packet = data.draw(st.sampled_from(UPSAMPLING[rank]))
    corners = [] if "nearest" in str(packet) else [data.draw(st.booleans())]
    if by_factor:
        factors = [data.draw(st.sampled_from([0.5, 1.5, 2.0, 3.0])) for _ in range(rank)]
        check(packet.vec, x, None, *corners, factors, x=x)
    else:
        check(packet.default, x, data.draw(ints(1, 7, rank)), *corners, x=x)


@FEW
@given(st.data(), st.booleans())
def test_sums_and_means(data: st.DataObject, keepdim: bool) -> None:
    x = pictures(data, data.draw(st.integers(0, 2)), 1, 4)
    dims = data.draw(st.lists(st.integers(0, x.ndim - 1), unique=True))
    dims = [data.draw(st.sampled_from([dim, dim - x.ndim])) for dim in dims]
    check(data.draw(st.sampled_from([aten.sum.dim_IntList, aten.mean.dim])), x, dims, keepdim, x=x)


@FEW
@given(st.data(), st.sampled_from(["constant", "reflect", "replicate", "circular"]))
def test_padding(data: st.DataObject, mode: str) -> None:
    rank = data.draw(st.integers(1, 2))
    x = pictures(data, rank)
    pads = data.draw(ints(-1 if mode == "constant" else 0, 2, 2 * rank))
    number = data.draw(st.sampled_from([None, 1.5])) if mode == "constant" else None
    check(aten.pad.default, x, pads, mode, number, x=x)


@FEW
@given(st.data())
def test_concatenations(data: st.DataObject) -> None:
    x = pictures(data, 1)
    dim = data.draw(st.integers(-3, 2))
    parts = data.draw(st.lists(st.sampled_from([x, constant(*x.shape, seed=1)]), min_size=1, max_size=3))
    check(data.draw(st.sampled_from([aten.cat.default, aten.stack.default])), [x, *parts], dim, x=x)


@FEW
@given(st.data())
def test_pieces(data: st.DataObject) -> None:
    x = pictures(data, 1, 4, 7)
    dim = data.draw(st.integers(-3, 2))
    extent = x.shape[dim]
    size = data.draw(st.integers(1, extent))
    start = data.draw(st.integers(0, extent - 1))
    check(aten.split.Tensor, x, size, dim, x=x)
    check(aten.split_with_sizes.default, x, [size, extent - size], dim, x=x) if size < extent else None
    check(aten.unbind.int, x, dim, x=x)
    check(aten.select.int, x, dim, start - data.draw(st.sampled_from([0, extent])), x=x)
    check(aten.narrow.default, x, dim, start, data.draw(st.integers(1, extent - start)), x=x)
    check(aten.slice.Tensor, x, dim, start, None, data.draw(st.integers(1, 3)), x=x)
    check(aten.roll.default, x, [data.draw(st.integers(-9, 9))], [dim], x=x)
    check(aten.flip.default, x, [dim], x=x)
    check(aten.unfold.default, x, dim, size, data.draw(st.integers(1, 2)), x=x)
    check(aten.cumsum.default, x, dim, x=x)


@FEW
@given(st.data())
def test_known_indices(data: st.DataObject) -> None:
    x = pictures(data, 1)
    dim = data.draw(st.integers(0, 2))
    index = torch.tensor(data.draw(st.lists(st.integers(0, x.shape[dim] - 1), min_size=1, max_size=4)))
    check(aten.index_select.default, x, dim, index, x=x)
    check(aten.index.Tensor, x, [*[None] * dim, index], x=x)
    check(aten.gather.default, x, dim, index.reshape([-1 if one == dim else 1 for one in range(3)]), x=x)
    if index.unique().numel() < x.shape[dim]:
        number = torch.tensor(2.5, dtype=x.dtype)
        check(aten.index_put.default, x, [*[None] * dim, index.unique()], number, x=x)
    check(aten.take.default, x, torch.tensor([0, x.numel() - 1]), x=x)


@FEW
@given(st.integers(1, 4), st.integers(1, 4), st.integers(-2, 2))
def test_diagonals_and_triangles(rows: int, columns: int, offset: int) -> None:
    x = constant(rows, columns)
    assume(x.diagonal(offset).numel())
    check(aten.diagonal.default, x, offset, x=x)
    check(aten.trace.default, x, x=x)
    if rows > -offset and columns > offset:
        check(aten.tril.default, x, max(offset, 0), x=x)
        check(aten.triu.default, x, min(offset, 0), x=x)


@FEW
@given(st.data())
def test_products_with_batches_of_constant_matrices(data: st.DataObject) -> None:
    batch, rows, inner, columns = data.draw(ints(1, 3, 4))
    x, right = constant(batch, rows, inner), constant(batch, inner, columns, seed=1)
    left = constant(2, batch, columns, rows, seed=2)
    check(aten.bmm.default, x, right, x=x)
    check(aten.matmul.default, left, x, x=x)
    check(aten.matmul.default, x, constant(2, 1, inner, columns, seed=3), x=x)
    vector = constant(inner)
    check(aten.matmul.default, vector, right, x=vector)


@pytest.mark.parametrize(
    ("shape", "right"), [((4, 5), (3, 5, 2)), ((3, 4, 5), (3, 5, 2)), ((5,), (2, 5, 3)), ((2, 4, 5), (5,))]
)
def test_batches_on_the_right_need_no_normalisation(shape: tuple[int, ...], right: tuple[int, ...]) -> None:
    x, weight = constant(*shape), constant(*right, seed=1)
    (result,) = as_matrices(call_graph(aten.matmul.default, (x, weight), x), x)
    torch.testing.assert_close(result, x @ weight)


def test_masks_that_are_known() -> None:
    x, mask = constant(2, 3), torch.tensor([True, False, True])
    other = constant(2, 3, seed=1)
    check(aten.masked_fill.Scalar, x, mask, 2.0, x=x)
    check(aten.where.self, mask, x, other, x=x)
    check(aten.where.ScalarOther, mask, x, 0.5, x=x)
    check(aten.scatter.value, x, 1, torch.tensor([[0], [2]]), 3.0, x=x)
    check(aten.slice_scatter.default, x, constant(2, 1), 1, 1, 2, x=x)
    check(aten.select_scatter.default, constant(3, 2, 3), x, 0, 1, x=x)


def test_patches() -> None:
    x = constant(1, 2, 4, 5)
    check(aten.im2col.default, x, [2, 3], [1, 1], [1, 0], [2, 1], x=x)


def test_a_selection_of_everything_is_a_reshape() -> None:
    x = constant(2, 3)
    graph_module = check(aten.slice.Tensor, x, 0, 0, 9, 1, x=x)
    assert not graph_module.graph.find_nodes(op="call_function", target=aten.take.default)


def test_averages_are_sums_of_ones_before_a_factor() -> None:
    x = constant(1, 2, 4, 4)
    graph_module = check(aten.avg_pool2d.default, x, [2, 2], x=x)
    pool, factor = (node for node in graph_module.graph.nodes if node.op == "call_function")
    assert pool.args[-1] == 1
    assert factor.args == (pool, 0.25)


def test_all_branches_of_a_block_are_one_map() -> None:
    kernel, shortcut = constant(4, 2, 3, 3), constant(4, 2, 1, 1, seed=1)
    scale, shift = constant(4, 1, 1, seed=2), constant(4, 1, 1, seed=3)

    def block(x: Tensor) -> Tensor:
        scaled = torch.conv2d(x, kernel, None, 2, 1) * scale + shift
        return scaled + torch.conv2d(x, shortcut, None, 2)

    graph_module = graph_of(block, (1, 2, 5, 5))
    x = constant(1, 2, 5, 5, seed=4)
    program = extract(graph_module, TransformPlanner(), 64)
    assert len(program.values) == 2
    torch.testing.assert_close(as_matrices(graph_module, x)[0], block(x))


def test_kernels_that_are_encrypted_are_refused() -> None:
    x = constant(1, 1, 4)
    graph_module = call_graph(aten.convolution.default, (x, x, None, [1], [2], [1], False, [0], 1), x)
    with pytest.raises(UnsupportedOperationError, match="a convolution") as caught:
        as_matrices(graph_module, x)
    assert caught.value.where == "layer"


@pytest.mark.parametrize(
    ("operator", "arguments", "message"),
    [
        (aten.avg_pool2d.default, ([2, 2], [2, 2], [0, 0], False, True, None), "'divisor'"),
        (aten.avg_pool2d.default, ([2, 2],), "'stride'"),
        (aten.sum.dim_IntList, ([1], True), "too many"),
    ],
)
def test_calls_that_are_not_in_normal_form_are_refused(
    operator: Any, arguments: tuple[Any, ...], message: str
) -> None:
    x = constant(1, 1, 4, 4)
    with pytest.raises(PassValidationError, match=f"not in normal form: .*{message}") as caught:
        as_matrices(call_graph(operator, (x, *arguments), x), x)
    assert caught.value.where == "layer"
