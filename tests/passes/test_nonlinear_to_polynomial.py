"""Replacement of activations by polynomials."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
import torch
import torch.nn.functional as F
from torch import Tensor, nn
from torch.fx import Graph, GraphModule, Node, symbolic_trace

from hetorch_heir.approx.fit import approximate
from hetorch_heir.approx.functions import activation
from hetorch_heir.core.context import CompilationContext
from hetorch_heir.core.errors import ParameterError, UnsupportedOperationError
from hetorch_heir.core.parameters import CKKSParameters
from hetorch_heir.core.scheme import HEScheme
from hetorch_heir.frontend import to_graph
from hetorch_heir.passes import PassPipeline
from hetorch_heir.passes.builtin import (
    InputPackingPass,
    LinearLayerBSGSPass,
    NonlinearToPolynomialPass,
    RescalingInsertionPass,
)
from hetorch_heir.passes.builtin.nonlinear_to_polynomial import Approximation
from hetorch_heir.passes.graph import ciphertext_info, is_operation, operation_name

CONTEXT = CompilationContext(HEScheme.CKKS, CKKSParameters())
X = torch.linspace(-3.5, 3.5, 101, dtype=torch.float64)


class Applied(nn.Module):
    """A module that applies a function."""

    def __init__(self, function: Callable[[Tensor], Tensor]) -> None:
        super().__init__()
        self.function = function

    def forward(self, x: Tensor) -> Tensor:
        return self.function(x)


def replaced(
    model: nn.Module, capture: str = "symbolic_trace", *, degree: int = 31, **options: object
) -> GraphModule:
    graph_module = symbolic_trace(model) if capture == "symbolic_trace" else to_graph(model, (X,))
    return NonlinearToPolynomialPass(degree, **options).transform(graph_module, CONTEXT)  # pyright: ignore


def only(graph_module: GraphModule, name: str) -> Node:
    (node,) = (node for node in graph_module.graph.nodes if operation_name(node, graph_module) == name)
    return node


def output_of(graph_module: GraphModule) -> Tensor:
    result = graph_module(X)
    return result[0] if isinstance(result, tuple) else result


FUNCTIONS: dict[str, Callable[[Tensor], Tensor]] = {
    "torch function": torch.relu,
    "functional": F.gelu,
    "tanh gelu": lambda x: F.gelu(x, approximate="tanh"),
    "method": lambda x: x.sigmoid(),
    "in-place method": lambda x: (x + 0.0).tanh_(),
    "swish": F.silu,
    "elu with alpha": lambda x: F.elu(x, 0.5),
    "elu with keyword": lambda x: F.elu(x, alpha=0.7),
    "softplus with beta": lambda x: F.softplus(x, beta=2.0),
    "leaky relu": lambda x: F.leaky_relu(x, 0.2),
    "selu": F.selu,
    "hardtanh": lambda x: F.hardtanh(x, -2.0, 2.0),
    "cosine": torch.cos,
    "scaled elu": lambda x: torch.ops.aten.elu.default(x, 1.0, 2.0, 0.5),
    "clamp": lambda x: torch.clamp(x, -1.0, 2.0),
}
MODULES: dict[str, Callable[[], nn.Module]] = {
    "relu": nn.ReLU,
    "gelu": nn.GELU,
    "tanh gelu": lambda: nn.GELU("tanh"),
    "silu": nn.SiLU,
    "elu": lambda: nn.ELU(0.3),
    "softplus": lambda: nn.Softplus(3.0),
    "leaky relu": lambda: nn.LeakyReLU(0.3),
    "hardtanh": lambda: nn.Hardtanh(-1.5, 1.0),
    "tanh": nn.Tanh,
    "log sigmoid": nn.LogSigmoid,
    "softshrink": nn.Softshrink,
}


@pytest.mark.parametrize("capture", ["symbolic_trace", "export"])
@pytest.mark.parametrize("case", FUNCTIONS)
def test_functions_are_replaced_by_close_polynomials(case: str, capture: str) -> None:
    model = Applied(FUNCTIONS[case])
    graph_module = replaced(model, capture, range_overrides=None)
    approximation = only(graph_module, "chebyshev").meta["approximation"]
    assert approximation.degree <= 31
    assert approximation.max_error < 0.12
    inside = (approximation.domain[0] <= X) & (approximation.domain[1] >= X)
    error = (output_of(graph_module) - model(X))[inside].abs().max()
    assert error <= approximation.max_error + 1e-6


@pytest.mark.parametrize("case", MODULES)
def test_modules_are_replaced_by_close_polynomials(case: str) -> None:
    model = nn.Sequential(MODULES[case]())
    graph_module = replaced(model)
    assert not list(graph_module.children())
    approximation = only(graph_module, "chebyshev").meta["approximation"]
    inside = X.abs() <= min(4.0, approximation.domain[1])
    assert (output_of(graph_module) - model(X))[inside].abs().max() <= approximation.max_error + 1e-6


def test_the_polynomial_is_the_one_of_the_approximation_library() -> None:
    graph_module = replaced(Applied(torch.relu), degree=8)
    expected = approximate(activation("relu"), 8, method="chebyshev")
    node = only(graph_module, "chebyshev")
    assert node.args[1] == list(expected.coefficients)
    np.testing.assert_allclose(output_of(graph_module).numpy(), expected(X.numpy()), atol=1e-6)
    assert node.meta["approximation"] == Approximation(
        "relu", (-4.0, 4.0), 8, "chebyshev", expected.max_error(activation("relu")), levels=4
    )


@pytest.mark.parametrize(
    ("domain", "before"),
    [
        ((-1, 1), ["placeholder"]),
        ((-5, 5), ["placeholder", "mul"]),
        ((-1, 3), ["placeholder", "mul", "add"]),
        ((0, 2), ["placeholder", "add"]),
    ],
)
def test_the_range_is_mapped_with_as_little_as_it_takes(
    domain: tuple[float, float], before: list[str]
) -> None:
    graph_module = replaced(Applied(torch.sigmoid), range_overrides={"sigmoid": domain})
    names = [operation_name(node) for node in graph_module.graph.nodes]
    assert names == [*before, "chebyshev", "output"]
    x = torch.linspace(domain[0], domain[1], 50, dtype=torch.float64)
    torch.testing.assert_close(graph_module(x), torch.sigmoid(x), atol=1e-4, rtol=0)


@pytest.mark.parametrize(
    ("domain", "operations", "line"),
    [
        ((1, 3), ["mul"], lambda x: x),
        ((-3, -1), ["mul"], lambda x: 0 * x),
        ((-2, 2), ["mul", "add"], lambda x: 0.5 * x + 0.5),
    ],
)
def test_a_straight_line_needs_no_polynomial(
    domain: tuple[float, float], operations: list[str], line: Callable[[Tensor], Tensor]
) -> None:
    graph_module = replaced(
        Applied(torch.relu), degree=1, approximation_method="minimax", range_overrides={"relu": domain}
    )
    names = [operation_name(node) for node in graph_module.graph.nodes]
    assert names == ["placeholder", *operations, "output"]
    torch.testing.assert_close(graph_module(X), line(X), atol=1e-6, rtol=0)
    assert graph_module.graph.find_nodes(op="output")[0].args[0].meta["approximation"].degree <= 1


class TwoActivations(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.first = nn.ReLU()
        self.second = nn.ReLU()

    def forward(self, x: Tensor) -> Tensor:
        return torch.tanh(self.second(self.first(x)))


def ranges(graph_module: GraphModule) -> list[tuple[float, float]]:
    return [
        node.meta["approximation"].domain
        for node in graph_module.graph.nodes
        if is_operation(node, "chebyshev")
    ]


@pytest.mark.parametrize("capture", ["symbolic_trace", "export"])
def test_overrides_by_node_module_and_function(capture: str) -> None:
    overrides = {"relu": (-2.0, 2.0), "second": (-3.0, 3.0), "tanh": (-5.0, 5.0)}
    graph_module = replaced(TwoActivations(), capture, range_overrides=overrides)
    assert ranges(graph_module) == [(-2.0, 2.0), (-3.0, 3.0), (-5.0, 5.0)]


def test_calibrated_ranges_come_after_overrides_and_before_defaults() -> None:
    graph_module = symbolic_trace(TwoActivations())
    for node in graph_module.graph.nodes:
        node.meta["range"] = {"first": (-1.5, 2.5), "second": (0.0, 0.0)}.get(node.name)
    NonlinearToPolynomialPass(range_overrides={"first": (-9, 9)}).transform(graph_module, CONTEXT)
    assert ranges(graph_module) == [(-9.0, 9.0), (-0.5, 0.5), activation("tanh").default_range]


def test_a_range_for_swish_is_one_for_silu() -> None:
    graph_module = replaced(Applied(F.silu), functions=["swish"], range_overrides={"swish": (-7, 7)})
    assert ranges(graph_module) == [(-7.0, 7.0)]


def test_only_the_functions_asked_for_are_replaced() -> None:
    graph_module = replaced(TwoActivations(), functions=["tanh"])
    names = [operation_name(node, graph_module) for node in graph_module.graph.nodes]
    assert names == ["placeholder", "relu", "relu", "mul", "chebyshev", "output"]
    assert [name for name, _ in graph_module.named_children()] == ["first", "second"]


def test_plaintext_activations_stay() -> None:
    graph_module = symbolic_trace(lambda x, weight: x * torch.exp(weight))
    graph_module.graph.find_nodes(op="placeholder")[1].meta["public"] = True
    NonlinearToPolynomialPass().transform(graph_module, CONTEXT)
    assert [operation_name(node) for node in graph_module.graph.nodes] == [
        "placeholder",
        "placeholder",
        "exp",
        "mul",
        "output",
    ]


def test_metadata_reaches_the_new_nodes() -> None:
    graph_module = replaced(TwoActivations(), "export")
    for node in graph_module.graph.nodes:
        if operation_name(node) in ("mul", "chebyshev"):
            assert node.meta["val"].shape == X.shape
            assert node.meta["source"] is not None


@pytest.mark.parametrize("method", ["chebyshev", "least_squares", "minimax"])
def test_methods(method: str) -> None:
    graph_module = replaced(Applied(torch.tanh), degree=9, approximation_method=method)
    approximation = only(graph_module, "chebyshev").meta["approximation"]
    assert approximation.method == method
    assert approximation.max_error < 0.06


def test_a_function_that_is_singular_on_its_range_names_the_place() -> None:
    with pytest.raises(ParameterError) as caught:
        replaced(nn.Sequential(Applied(torch.log)), "export", range_overrides={"log": (-1, 1)})
    assert "log" in caught.value.what
    assert "Applied" in (caught.value.where or "")


@pytest.mark.parametrize(
    ("options", "message", "hint"),
    [
        ({"functions": ["relu", "cubic"]}, "'cubic'", "relu, relu6"),
        ({"approximation_method": "pade"}, "'pade'", "chebyshev, least_squares, minimax"),
        ({"degree": 0}, "degree 0", "1 to 1023"),
        ({"range_overrides": {"relu": (1.0, -1.0)}}, "(1, -1) is empty", "lower end first"),
        ({"range_overrides": {"relu": (0.0, float("nan"))}}, "NaN or infinite", "two finite numbers"),
        ({"precision": 0.0}, "precision of 0 bits", "1 to 20"),
        ({"composite_degrees": (15, 8)}, "odd degree from 1 to 63, not 8", "3, 7, 15 and 31"),
    ],
)
def test_invalid_options_are_refused(options: dict[str, object], message: str, hint: str | None) -> None:
    with pytest.raises(ParameterError) as caught:
        NonlinearToPolynomialPass(**options)  # pyright: ignore[reportArgumentType]
    assert message in caught.value.what
    assert hint is None or hint in (caught.value.hint or "")


COMPOSED: dict[str, Callable[[Tensor], Tensor]] = {
    "relu": torch.relu,
    "leaky relu": lambda x: F.leaky_relu(x, 0.2),
    "relu6": F.relu6,
    "hardtanh": lambda x: F.hardtanh(x, -2.0, 1.0),
    "clamp": lambda x: torch.clamp(x, -1.0, 2.0),
    "clamp from below": lambda x: torch.clamp(x, min=0.5),
    "clamp_max": lambda x: torch.clamp_max(x, 0.5),
    "abs": torch.abs,
    "hardsigmoid": F.hardsigmoid,
    "softshrink": lambda x: F.softshrink(x, 0.75),
}


CAPTURED = [(case, capture) for case in COMPOSED for capture in ("symbolic_trace", "export")]
CAPTURED.remove(("softshrink", "export"))  # torch.export writes it as a choice between two values


@pytest.mark.parametrize(("case", "capture"), CAPTURED)
def test_piecewise_linear_functions_are_composed(case: str, capture: str) -> None:
    model = Applied(COMPOSED[case])
    options = {"approximation_method": "composite", "precision": 7.0}
    graph_module = replaced(model, capture, range_overrides=None, **options)
    (one,) = graph_module.meta["approximated"]
    assert one.about.method == "composite" and one.about.levels >= 3
    inside = (one.about.domain[0] <= X) & (one.about.domain[1] >= X)
    error = (output_of(graph_module) - model(X))[inside].abs().max()
    assert error <= one.about.max_error + 1e-6
    # Ranges are at most 8 wide on one side of a kink; hardtanh and clamp have two kinks.
    assert one.about.max_error <= 1.25 * 8.0 * 2.0**-7


def test_functions_that_jump_are_composed_whatever_the_method() -> None:
    graph_module = replaced(Applied(lambda x: F.hardshrink(x, 1.0)), "symbolic_trace", precision=7.0)
    (one,) = graph_module.meta["approximated"]
    assert one.about.method == "composite" and 0.0 < one.about.gap <= 5.0 * 2.0**-7
    away = (X.abs() - 1.0).abs() >= one.about.gap
    error = (output_of(graph_module) - F.hardshrink(X, 1.0))[away].abs().max()
    assert error <= one.about.max_error + 1e-6 < 0.1


@pytest.mark.parametrize("capture", ["symbolic_trace", "export"])
def test_prelu_with_one_slope_and_with_several(capture: str) -> None:
    model = nn.Sequential(nn.PReLU(init=0.3)).double()
    graph_module = replaced(model, capture, approximation_method="composite", precision=8.0)
    assert (output_of(graph_module) - model(X)).abs().max() < 0.02
    several = nn.PReLU(2).double()
    with pytest.raises(UnsupportedOperationError, match="several slopes") as refused:
        NonlinearToPolynomialPass().transform(symbolic_trace(nn.Sequential(several)), CONTEXT)
    assert "to_graph" in (refused.value.hint or "")


def test_any_callable_of_the_users_is_approximated() -> None:
    def custom_activation(x: Tensor) -> Tensor:
        return torch.exp(-(x**2))

    graph = Graph()
    graph.output(graph.call_function(custom_activation, (graph.placeholder("x"),)))
    graph_module = GraphModule(nn.Module(), graph)
    functions = {"custom_activation": lambda x: np.exp(-(x**2))}
    step = NonlinearToPolynomialPass(
        24, range_overrides={"custom_activation": (-3.5, 3.5)}, custom_functions=functions
    )
    step.transform(graph_module, CONTEXT)
    torch.testing.assert_close(graph_module(X), torch.exp(-(X**2)), atol=1e-5, rtol=0)
    with pytest.raises(ParameterError, match="'other'"):
        NonlinearToPolynomialPass(functions=("other",), custom_functions=functions)


@pytest.mark.parametrize(
    ("options", "activation_levels"),
    [
        ({"degree": 15}, 4),
        ({"approximation_method": "minimax", "degree": 7}, 3),
        ({"approximation_method": "composite", "composite_degrees": (7, 7)}, 7),
        ({"approximation_method": "composite", "composite_degrees": (3, 7, 7)}, 9),
    ],
)
@pytest.mark.parametrize("function", ["relu", "clamp"])
def test_no_level_is_spent_on_the_range(
    function: str, options: dict[str, Any], activation_levels: int
) -> None:
    """Two linear layers and the activation: mapping an asymmetric range onto [-1, 1] is free."""
    activation_module = nn.ReLU() if function == "relu" else nn.Hardtanh(-0.5, 2.0)
    model = nn.Sequential(nn.Linear(4, 4), activation_module, nn.Linear(4, 4)).eval()
    ranges = {"relu": (-3.0, 5.0), "hardtanh": (-3.0, 5.0)}
    passes = [
        InputPackingPass("auto"),
        NonlinearToPolynomialPass(range_overrides=ranges, **options),
        LinearLayerBSGSPass(),
        RescalingInsertionPass("lazy"),
    ]
    context = CompilationContext(HEScheme.CKKS, CKKSParameters(16384, [60] + [40] * 12, scale=2.0**40))
    graph_module = PassPipeline(passes).run(to_graph(model, (torch.zeros(1, 4),)), context)
    infos = [ciphertext_info(node) for node in graph_module.graph.nodes]
    levels = [info.level for info in infos if info is not None]
    assert max(levels) - min(levels) == activation_levels + 2
