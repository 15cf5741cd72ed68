"""Random models compute the same in normal form, however they are captured."""

from __future__ import annotations

import io
from collections.abc import Callable
from typing import Any

import torch
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from torch import fx, nn

from hetorch_heir.frontend import LoadedModel, ReferenceModel, capture, check_supported, normalise, to_graph
from hetorch_heir.frontend.export_archive import load_export_archive
from hetorch_heir.frontend.quiet import quiet
from hetorch_heir.frontend.torchscript import load_torchscript

ROWS = 2
Layer = Callable[[int], nn.Module]


class Residual(nn.Module):
    def __init__(self, width: int) -> None:
        super().__init__()
        self.inner = nn.Linear(width, width)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return x + torch.relu(self.inner(x))


class Rearranged(nn.Module):
    """Mixes the rows by a constant on the left of a transposed, reshaped value."""

    def __init__(self, width: int) -> None:
        super().__init__()
        self.width = width
        self.mix = nn.Buffer(torch.randn(width, width))

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        mixed = torch.matmul(self.mix, x.reshape(-1, self.width).t())
        return mixed.transpose(0, 1).unsqueeze(1).flatten(1)


class Polynomial(nn.Module):
    def __init__(self, exponent: int) -> None:
        super().__init__()
        self.exponent = exponent

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return (x / 4) ** self.exponent - 0.5 * x + 1


class InPlace(nn.Module):
    def forward(self, x: torch.Tensor) -> torch.Tensor:
        y = x * 2
        y += 1
        y.t().sigmoid_()
        return y


LAYERS: list[Layer] = [
    lambda width: nn.Linear(width, width, bias=False),
    lambda width: nn.BatchNorm1d(width),
    lambda width: nn.Dropout(0.3),
    lambda width: nn.ReLU(inplace=True),
    lambda width: nn.GELU("tanh"),
    lambda width: nn.Softplus(),
    lambda width: nn.ELU(0.5),
    lambda width: nn.Sequential(nn.Unflatten(1, (width, 1)), nn.SiLU(), nn.Flatten()),
    Residual,
    Rearranged,
    lambda width: Polynomial(3),
    lambda width: InPlace(),
]


class TwoInputs(nn.Module):
    """Two towers, joined in several ways, with two outputs."""

    def __init__(self, left: nn.Module, right: nn.Module, width: int) -> None:
        super().__init__()
        self.left = left
        self.right = right
        self.scale = nn.Parameter(torch.randn(width))

    def forward(self, x: torch.Tensor, y: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
        a, b = self.left(x), self.right(y)
        return torch.sub(a * b, self.scale, alpha=0.5), (a - b).square()


@st.composite
def towers(draw: st.DrawFn, width: int) -> nn.Module:
    choices = draw(st.lists(st.sampled_from(LAYERS), min_size=1, max_size=5))
    return nn.Sequential(nn.Linear(draw(st.integers(1, 4)), width), *(layer(width) for layer in choices))


@st.composite
def models(draw: st.DrawFn) -> tuple[nn.Module, tuple[torch.Tensor, ...]]:
    torch.manual_seed(draw(st.integers(0, 1000)))
    width = draw(st.integers(1, 6))
    parts = [draw(towers(width))]
    if draw(st.booleans()):
        parts.append(draw(towers(width)))
    model = parts[0] if len(parts) == 1 else TwoInputs(parts[0], parts[1], width)
    for module in model.modules():
        if isinstance(module, nn.BatchNorm1d):
            assert module.running_mean is not None and module.running_var is not None
            module.running_mean.normal_()
            module.running_var.uniform_(0.5, 2)
            module.weight.data.normal_()
            module.bias.data.normal_()
    inputs = tuple(torch.randn(ROWS, part[0].in_features) for part in parts)  # type: ignore[index]
    return model.eval(), inputs


def exported(model: nn.Module, inputs: tuple[torch.Tensor, ...]) -> Any:
    buffer = io.BytesIO()
    with quiet():
        torch.export.save(torch.export.export(model, inputs), buffer)
    return load_export_archive(buffer.getvalue(), where="model.pt2", trust_pickle=False)


def decomposed(model: nn.Module, inputs: tuple[torch.Tensor, ...]) -> Any:
    with quiet():
        program = torch.export.export(model, inputs)
        return program.run_decompositions({torch.ops.aten.linear.default: _linear_as_addmm})


def _linear_as_addmm(x: torch.Tensor, weight: torch.Tensor, bias: torch.Tensor | None = None) -> torch.Tensor:
    transposed = torch.ops.aten.t.default(weight)
    if bias is None:
        return torch.ops.aten.mm.default(x, transposed)
    return torch.ops.aten.addmm.default(bias, x, transposed)


def scripted(compile_model: Callable[..., Any]) -> Callable[[nn.Module, tuple[torch.Tensor, ...]], Any]:
    def build(model: nn.Module, inputs: tuple[torch.Tensor, ...]) -> Any:
        buffer = io.BytesIO()
        with quiet():
            torch.jit.save(compile_model(model, inputs), buffer)
        return load_torchscript(buffer.getvalue(), where="model.pt", trust_pickle=False)

    return build


FORMS: dict[str, Callable[[nn.Module, tuple[torch.Tensor, ...]], Any]] = {
    "module": lambda model, inputs: model,
    "symbolic_trace": lambda model, inputs: fx.symbolic_trace(model),
    "torch.export": exported,
    "core ATen": decomposed,
    "torch.jit.script": scripted(lambda model, inputs: torch.jit.script(model)),
    "torch.jit.trace": scripted(lambda model, inputs: torch.jit.trace(model, inputs, check_trace=False)),
}


@settings(max_examples=15, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(models(), st.sampled_from(sorted(FORMS)))
def test_random_model_keeps_its_meaning(case: tuple[nn.Module, tuple[torch.Tensor, ...]], form: str) -> None:
    model, inputs = case
    expected = model(*(tensor.clone() for tensor in inputs))
    expected = (expected,) if isinstance(expected, torch.Tensor) else expected
    source = FORMS[form](model, inputs)
    loaded = LoadedModel(source, inputs)
    captured = capture(loaded.model, loaded.example_inputs)
    graph_module = normalise(captured)
    check_supported(graph_module)
    reference = ReferenceModel(loaded.model, loaded.example_inputs)
    for results in (captured(*inputs), graph_module(*inputs), reference(*inputs)):
        torch.testing.assert_close(tuple(results), tuple(expected), rtol=1e-4, atol=1e-5)


@settings(max_examples=5, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(models())
def test_normal_form_is_stable(case: tuple[nn.Module, tuple[torch.Tensor, ...]]) -> None:
    model, inputs = case
    once = to_graph(model, inputs)
    for again in (normalise(once), to_graph(once, inputs)):
        assert [node.target for node in again.graph.nodes if node.op == "call_function"] == [
            node.target for node in once.graph.nodes if node.op == "call_function"
        ]
