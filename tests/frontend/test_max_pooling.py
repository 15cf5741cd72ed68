"""Max pooling as a tree of absolute values, compared with torch's, and what becomes of it without."""

from __future__ import annotations

from collections.abc import Callable

import pytest
import torch
import torch.nn.functional as F
from torch import Tensor, nn

from hetorch_heir.core.errors import UnsupportedOperationError
from hetorch_heir.export.calibration import calibrate
from hetorch_heir.frontend import check_supported, to_graph
from hetorch_heir.passes.builtin import NonlinearToPolynomialPass
from tests.passes.contexts import context_of
from tests.passes.models import FunctionModel

CASES: dict[str, tuple[Callable[[Tensor], Tensor], tuple[int, ...], int]] = {
    "two by two": (lambda x: F.max_pool2d(x, 2), (1, 2, 6, 6), 2),
    "overlapping": (lambda x: F.max_pool2d(x, 3, 2, 1), (2, 1, 7, 6), 4),
    "dilated": (lambda x: F.max_pool2d(x, 3, 2, 1, 2, True), (2, 7, 6), 4),
    "one axis": (lambda x: F.max_pool1d(x, 3), (1, 2, 7), 2),
    "three axes": (lambda x: F.max_pool3d(x, 2, ceil_mode=True), (1, 1, 3, 4, 5), 3),
    "of one element": (lambda x: F.max_pool2d(x, 1, 2), (1, 1, 3, 5), 0),
    "with indices": (lambda x: F.max_pool2d(x, 2, return_indices=True)[0], (1, 2, 6, 6), 2),
    "adaptive": (lambda x: F.adaptive_max_pool2d(x, (3, 2)), (1, 2, 7, 5), 4),
    "adaptive on one axis": (lambda x: F.adaptive_max_pool1d(x, 3), (2, 7), 2),
    "adaptive on three axes": (lambda x: F.adaptive_max_pool3d(x, 1), (1, 2, 2, 2, 3), 4),
}


@pytest.mark.parametrize("name", CASES)
def test_pooling_is_a_tree_of_absolute_values(name: str) -> None:
    function, shape, levels = CASES[name]
    x = torch.randn(shape, dtype=torch.float64, generator=torch.Generator().manual_seed(1))
    graph_module = to_graph(FunctionModel(function), (x,), polynomial_max=True)
    check_supported(graph_module)
    torch.testing.assert_close(graph_module(x)[0], function(x))
    activations = graph_module.graph.find_nodes(op="call_function", target=torch.ops.aten.abs.default)
    assert len(activations) == levels
    calibrate(graph_module, [(x,)], frozenset({"abs"}), 0.1)
    polynomial = NonlinearToPolynomialPass(15).transform(graph_module, context_of())
    assert float((polynomial(x)[0] - function(x)).abs().max()) <= 0.1 * levels


@pytest.mark.parametrize("name", ["two by two", "one axis", "with indices", "adaptive"])
def test_pooling_is_refused_unless_the_user_allows_it(name: str) -> None:
    function, shape, _ = CASES[name]
    x = torch.randn(shape)
    graph_module = to_graph(FunctionModel(function), (x,))
    torch.testing.assert_close(graph_module(x)[0], function(x))
    with pytest.raises(UnsupportedOperationError, match="max_pool") as refused:
        check_supported(graph_module)
    assert "use average pooling" in str(refused.value.hint)
    assert "--max-pool polynomial" in str(refused.value.hint)


def test_the_module_is_named() -> None:
    model = nn.Sequential(nn.Conv2d(1, 2, 3), nn.MaxPool2d(2))
    with pytest.raises(UnsupportedOperationError) as refused:
        check_supported(to_graph(model, (torch.randn(1, 1, 6, 6),)))
    assert refused.value.where == "1 (MaxPool2d)"


@pytest.mark.parametrize("polynomial", [False, True])
def test_strides_larger_than_the_input_are_refused(polynomial: bool) -> None:
    model = nn.Sequential(nn.MaxPool2d(2, 9))
    with pytest.raises(UnsupportedOperationError, match="is larger than the padded input") as refused:
        to_graph(model, (torch.randn(1, 1, 6, 6),), polynomial_max=polynomial)
    assert refused.value.where == "0 (MaxPool2d)"
