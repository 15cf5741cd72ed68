"""Models of one operator each, through every way of giving a model, down to a program that is interpreted."""

from __future__ import annotations

import io
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
import torch.nn.functional as F
from he_dialects.parsing import parse_module
from torch import Tensor, nn
from xdsl.dialects.builtin import ModuleOp

from hetorch_heir import export
from hetorch_heir.frontend.export_archive import load_export_archive
from hetorch_heir.frontend.quiet import quiet
from hetorch_heir.frontend.torchscript import load_torchscript
from hetorch_heir.interpreter.program import run_program
from tests.passes.models import FunctionModel

torch.manual_seed(5)
ROWS = torch.randn(3, 4)
BATCH = torch.randn(2, 4, 3)


def statistics(module: nn.Module) -> nn.Module:
    """A batch norm with statistics and weights that are not the initial ones."""
    for _, tensor in [*module.named_parameters(), *module.named_buffers()]:
        if tensor.is_floating_point():
            tensor.data = torch.rand_like(tensor) + 0.5
    return module


OPERATORS: dict[str, tuple[nn.Module | Callable[[Tensor], Any], tuple[int, ...]]] = {
    "adaptive_avgpool1d": (nn.AdaptiveAvgPool1d(3), (1, 2, 5)),
    "adaptive_avgpool2d": (nn.AdaptiveAvgPool2d((2, 1)), (1, 2, 4, 3)),
    "avgpool1d": (nn.AvgPool1d(2, padding=1), (1, 2, 6)),
    "avgpool2d": (nn.AvgPool2d(2), (1, 2, 4, 6)),
    "batchnorm1d": (statistics(nn.BatchNorm1d(4)), (1, 4)),
    "batchnorm2d": (statistics(nn.BatchNorm2d(2)), (1, 2, 3, 3)),
    "bmm": (lambda x: torch.bmm(x, BATCH), (2, 2, 4)),
    "bmm on the left": (lambda x: torch.bmm(BATCH, x), (2, 3, 2)),
    "cat": (lambda x: torch.cat([x, 2 * x], 1), (1, 5)),
    "channel_shuffle": (nn.ChannelShuffle(2), (1, 4, 2, 2)),
    "chunk": (lambda x: x.chunk(2, 1)[1], (1, 6)),
    "conv1d": (nn.Conv1d(2, 3, 3, 2, padding=1), (1, 2, 7)),
    "conv2d": (nn.Conv2d(2, 3, 3, padding="same"), (1, 2, 4, 5)),
    "conv2d depthwise": (nn.Conv2d(3, 3, 2, stride=2, groups=3), (1, 3, 4, 4)),
    "conv3d": (nn.Conv3d(1, 2, 2), (1, 1, 3, 2, 3)),
    "conv_transpose1d": (nn.ConvTranspose1d(2, 2, 3, 2), (1, 2, 4)),
    "conv_transpose2d": (nn.ConvTranspose2d(2, 2, 2, 2, output_padding=1), (1, 2, 2, 3)),
    "cumsum": (lambda x: x.cumsum(1), (1, 6)),
    "einsum": (lambda x: torch.einsum("bij,jk->bki", x, ROWS), (1, 2, 3)),
    "flatten": (nn.Flatten(), (1, 2, 3)),
    "index": (lambda x: x[:, [2, 0]], (1, 4)),
    "linear": (nn.Linear(4, 3), (1, 4)),
    "matmul": (lambda x: x @ ROWS, (1, 2, 3)),
    "mean": (lambda x: x.mean((2, 3)), (1, 2, 3, 3)),
    "mm": (lambda x: torch.mm(ROWS, x), (4, 2)),
    "pad": (nn.ZeroPad2d((1, 0, 0, 1)), (1, 1, 3, 3)),
    "permute": (lambda x: x.permute(0, 2, 1), (1, 3, 4)),
    "pixel_shuffle": (nn.PixelShuffle(2), (1, 4, 2, 2)),
    "repeat": (lambda x: x.repeat(1, 3), (1, 4)),
    "select": (lambda x: x[:, 1], (1, 3, 4)),
    "slice": (lambda x: x[:, 1::2], (1, 7)),
    "split": (lambda x: x.split([1, 3], 1)[1], (1, 4)),
    "squeeze": (lambda x: x.squeeze(1), (1, 1, 4)),
    "stack": (lambda x: torch.stack([x, -x], 1), (1, 4)),
    "sum": (lambda x: x.sum(1), (1, 3, 4)),
    "transpose": (lambda x: x.transpose(1, 2), (1, 3, 4)),
    "unsqueeze": (lambda x: x.unsqueeze(1), (1, 4)),
    "upsample": (nn.Upsample(scale_factor=2), (1, 1, 3, 2)),
    "upsample bilinear": (nn.Upsample(scale_factor=2, mode="bilinear"), (1, 1, 2, 3)),
}


def from_export_archive(model: nn.Module, example: Tensor) -> Any:
    buffer = io.BytesIO()
    with quiet():
        torch.export.save(torch.export.export(model, (example,)), buffer)
    return load_export_archive(buffer.getvalue(), where="model.pt2", trust_pickle=False)


def from_torchscript(model: nn.Module, example: Tensor) -> Any:
    buffer = io.BytesIO()
    with quiet():
        torch.jit.save(torch.jit.trace(model, example), buffer)
    return load_torchscript(buffer.getvalue(), where="model.pt", trust_pickle=False)


ROUTES: dict[str, Callable[[nn.Module, Tensor], Any]] = {
    "module": lambda model, example: model,
    "pt2": from_export_archive,
    "torchscript": from_torchscript,
}


def parsed(text: str) -> ModuleOp:
    module = parse_module(text)
    module.verify()
    return module


def check(name: str, routes: Sequence[str]) -> None:
    operator, shape = OPERATORS[name]
    model = (operator if isinstance(operator, nn.Module) else FunctionModel(operator)).eval()
    example, other = (torch.randn(shape, generator=torch.Generator().manual_seed(one)) for one in (1, 2))
    expected = model(other).detach()
    for route in routes:
        source = ROUTES[route](model, example)
        result = export(source, example, target="hetorch", slots=64, insecure=True, inline_limit=None)
        torch.testing.assert_close(result.graph_module(other).detach(), expected, rtol=1e-4, atol=1e-5)
        (output,) = run_program(parsed(result.text), [other.numpy()], resource_dir=Path())
        np.testing.assert_allclose(output.reshape(expected.shape), expected.numpy(), atol=1e-5)


@pytest.mark.parametrize(
    ("name", "route"), [(name, list(ROUTES)[number % 3]) for number, name in enumerate(OPERATORS)]
)
def test_operator_is_compiled_and_gives_the_right_numbers(name: str, route: str) -> None:
    check(name, [route])


@pytest.mark.slow
@pytest.mark.parametrize("name", OPERATORS)
def test_what_heir_opt_makes_of_an_operator_gives_the_right_numbers(name: str) -> None:
    operator, shape = OPERATORS[name]
    model = (operator if isinstance(operator, nn.Module) else FunctionModel(operator)).eval()
    example = torch.randn(shape, generator=torch.Generator().manual_seed(3))
    result = export(model, example, target="ckks", slots=64, insecure=True, inline_limit=None, verify=True)
    assert result.verification is not None
    assert result.verification.max_error < 1e-5


@pytest.mark.slow
@pytest.mark.parametrize("name", OPERATORS)
def test_every_operator_by_every_route(name: str) -> None:
    check(name, list(ROUTES))


def test_interpolated_pooled_and_joined_branches() -> None:
    """Several operators at once, with a product of two values in between."""

    class Branches(nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.down = nn.Conv2d(1, 2, 3, stride=2, padding=1)
            self.norm = statistics(nn.BatchNorm2d(2))
            self.head = nn.Linear(4, 2)

        def forward(self, x: Tensor) -> Tensor:
            small = self.norm(self.down(x))
            square = small * small
            pooled = F.avg_pool2d(x, 2)
            joined = torch.cat([square, pooled], 1)
            return self.head(torch.cat([joined.mean((2, 3)), x[:, :, 1, 1]], 1))

    torch.manual_seed(1)
    model, x = Branches().eval(), torch.randn(1, 1, 4, 4)
    result = export(model, x, target="hetorch", slots=64, insecure=True, inline_limit=None)
    (output,) = run_program(parsed(result.text), [x.numpy()], resource_dir=Path())
    np.testing.assert_allclose(output, model(x).detach().numpy(), atol=1e-5)
