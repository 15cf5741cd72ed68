"""Every layer in normal form, from torch.export and from symbolic_trace."""

from __future__ import annotations

import pytest
import torch
from torch import nn

from tests.frontend.normal_forms import assert_equal_to, example, targets


def prelu_with_channels() -> nn.Module:
    module = nn.PReLU(3)
    module.weight.data = torch.tensor([0.1, 0.2, 0.3])
    return module


MODULES: dict[str, tuple[nn.Module, tuple[int, ...], list[str]]] = {
    "Linear": (nn.Linear(4, 3), (2, 4), ["linear"]),
    "Linear without bias": (nn.Linear(4, 3, bias=False), (2, 5, 4), ["linear"]),
    "Flatten": (nn.Flatten(), (2, 3, 4), ["reshape"]),
    "Unflatten": (nn.Unflatten(1, (2, 2)), (3, 4), ["reshape"]),
    "Conv1d": (nn.Conv1d(2, 4, 3, padding="same"), (1, 2, 5), ["convolution"]),
    "Conv1d of an even kernel": (
        nn.Conv1d(2, 4, 2, padding="same"),
        (1, 2, 5),
        ["constant_pad_nd", "convolution"],
    ),
    "Conv2d": (nn.Conv2d(2, 4, 3, 2, 1, 2, groups=2), (2, 2, 5, 6), ["convolution"]),
    "Conv2d of one picture": (nn.Conv2d(2, 4, 3), (2, 5, 6), ["reshape", "convolution", "reshape"]),
    "Conv2d on a torus": (
        nn.Conv2d(2, 4, 3, padding=1, padding_mode="circular"),
        (1, 2, 5, 6),
        ["take", "convolution"],
    ),
    "Conv3d": (nn.Conv3d(1, 2, 2), (1, 1, 3, 3, 3), ["convolution"]),
    "ConvTranspose1d": (nn.ConvTranspose1d(4, 2, 3, 2), (1, 4, 5), ["convolution"]),
    "ConvTranspose2d": (
        nn.ConvTranspose2d(4, 2, 3, 2, 1, 1, groups=2, dilation=2),
        (1, 4, 3, 2),
        ["convolution"],
    ),
    "AvgPool1d": (nn.AvgPool1d(2), (1, 2, 5), ["reshape", "avg_pool2d", "mul", "reshape"]),
    "AvgPool2d": (nn.AvgPool2d(2), (1, 2, 5, 6), ["avg_pool2d", "mul"]),
    "AvgPool3d": (nn.AvgPool3d(2), (1, 1, 4, 4, 4), ["avg_pool3d", "mul"]),
    "AdaptiveAvgPool1d": (
        nn.AdaptiveAvgPool1d(3),
        (1, 2, 6),
        ["reshape", "avg_pool2d", "mul", "reshape"],
    ),
    "AdaptiveAvgPool2d": (nn.AdaptiveAvgPool2d(1), (1, 2, 5, 6), ["avg_pool2d", "mul"]),
    "AdaptiveAvgPool2d with overlaps": (
        nn.AdaptiveAvgPool2d((2, None)),
        (1, 2, 5, 6),
        ["matmul", "mul"],
    ),
    "Upsample": (nn.Upsample(scale_factor=2), (1, 2, 3, 3), ["take"]),
    "ZeroPad2d": (nn.ZeroPad2d(1), (1, 2, 3, 3), ["constant_pad_nd"]),
    "ReplicationPad1d": (nn.ReplicationPad1d(1), (1, 2, 3), ["take"]),
    "PixelShuffle": (nn.PixelShuffle(2), (1, 4, 2, 2), ["reshape", "permute", "reshape"]),
    "Unfold": (nn.Unfold(2), (1, 2, 3, 3), ["take"]),
    "Identity": (nn.Identity(), (3,), []),
    "Dropout": (nn.Dropout(), (3,), []),
    "Dropout2d": (nn.Dropout2d(), (2, 3, 4, 5), []),
    "AlphaDropout": (nn.AlphaDropout(), (3,), []),
    "FeatureAlphaDropout": (nn.FeatureAlphaDropout(), (2, 3), []),
    "ReLU": (nn.ReLU(), (3,), ["relu"]),
    "ReLU in place": (nn.Sequential(nn.Linear(3, 3), nn.ReLU(inplace=True)), (3,), ["linear", "relu"]),
    "ReLU6": (nn.ReLU6(), (3,), ["hardtanh"]),
    "LogSigmoid": (nn.LogSigmoid(), (3,), ["log_sigmoid"]),
    "Softsign": (nn.Softsign(), (3,), ["abs", "add", "reciprocal", "mul"]),
    "Tanhshrink": (nn.Tanhshrink(), (3,), ["tanh", "sub"]),
    "RReLU": (nn.RReLU(), (3,), ["leaky_relu"]),
    "GLU": (nn.GLU(1), (2, 4), ["take", "take", "sigmoid", "mul"]),
    "PReLU": (nn.PReLU(), (2, 3), ["leaky_relu"]),
    "PReLU with channels": (prelu_with_channels(), (2, 3, 4), ["relu", "mul", "mul", "add"]),
}


@pytest.mark.parametrize("name", MODULES)
def test_module_has_its_normal_form(name: str) -> None:
    module, shape, expected = MODULES[name]
    assert targets(assert_equal_to(module, example(*shape))) == expected


def trained_batch_norm(batch_norm: nn.Module) -> nn.Module:
    """``batch_norm`` with statistics and weights that are not the initial ones."""
    torch.manual_seed(11)
    for _, tensor in [*batch_norm.named_parameters(), *batch_norm.named_buffers()]:
        if tensor.is_floating_point():
            tensor.data = torch.rand_like(tensor) + 0.5
    return batch_norm


@pytest.mark.parametrize(
    ("batch_norm", "shape"),
    [
        (nn.BatchNorm1d(4), (2, 4)),
        (nn.BatchNorm1d(4), (2, 4, 5)),
        (nn.BatchNorm1d(4, affine=False), (2, 4)),
        (nn.BatchNorm2d(4), (2, 4, 3, 3)),
        (nn.BatchNorm3d(4), (2, 4, 3, 3, 2)),
    ],
)
def test_batch_norm_is_a_product_and_a_sum(batch_norm: nn.Module, shape: tuple[int, ...]) -> None:
    graph_module = assert_equal_to(trained_batch_norm(batch_norm), example(*shape))
    assert targets(graph_module) == ["mul", "add"]
    scale = graph_module.graph.find_nodes(op="get_attr")[0]
    assert tuple(scale.meta["val"].shape) == (4,) + (1,) * (len(shape) - 2)


def test_batch_norm_follows_linear_unfolded() -> None:
    model = nn.Sequential(nn.Linear(3, 4), trained_batch_norm(nn.BatchNorm1d(4)))
    assert targets(assert_equal_to(model, example(2, 3))) == ["linear", "mul", "add"]


def test_batch_norm_around_convolutions() -> None:
    """Padding comes after the shift, so that the border is zero, and not shifted."""
    model = nn.Sequential(
        trained_batch_norm(nn.BatchNorm2d(2)),
        nn.Conv2d(2, 3, 3, padding=1),
        trained_batch_norm(nn.BatchNorm2d(3)),
    )
    assert targets(assert_equal_to(model, example(1, 2, 4, 5))) == ["mul", "add", "convolution", "mul", "add"]
