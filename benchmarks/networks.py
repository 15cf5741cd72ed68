"""The networks that compilers are measured with, by name; all have random weights.

Nothing here needs more than torch: other compilers' environments import it too.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial
from itertools import pairwise

import torch
from torch import Tensor, nn

from examples.lenet import LeNet
from examples.residual_network import BasicBlock, calibrate_norms, resnet20
from examples.square import Square

Network = Callable[[], tuple[nn.Module, Tensor]]
"""Makes a model, and an input of the shape that it is compiled for."""


def output_of(model: nn.Module, example: Tensor) -> Tensor:
    """What a model makes of an input, in evaluation mode."""
    with torch.no_grad():
        return model.eval()(example)


class Perceptron(nn.Module):
    """Linear layers between these numbers of features; ``activation`` makes what is between them."""

    def __init__(self, sizes: Sequence[int], activation: Callable[[], nn.Module] = Square) -> None:
        super().__init__()
        self.layers = nn.ModuleList(nn.Linear(*pair) for pair in pairwise(sizes))
        self.activations = nn.ModuleList(activation() for _ in sizes[2:])

    def forward(self, x: Tensor) -> Tensor:
        """Features (samples, sizes[0]) to scores (samples, sizes[-1])."""
        x = self.layers[0](x)
        for activation, layer in zip(self.activations, self.layers[1:], strict=True):
            x = layer(activation(x))
        return x


class LoLA(nn.Module):
    """A convolution and two linear layers for digits of 28x28 pixels.

    Brutzkus, Elisha, Gilad-Bachrach, "Low latency privacy preserving inference" (2019), section 4.
    """

    def __init__(self) -> None:
        super().__init__()
        self.conv = nn.Conv2d(1, 5, 5, stride=2, padding=2)
        self.hidden = nn.Linear(5 * 14 * 14, 100)
        self.scores = nn.Linear(100, 10)

    def forward(self, x: Tensor) -> Tensor:
        """Images (samples, 1, 28, 28) to scores of the classes (samples, 10)."""
        x = self.conv(x).square().flatten(1)
        return self.scores(self.hidden(x).square())


class ResNet18(nn.Module):
    """ResNet-18 for Tiny ImageNet's 200 classes; its first pooling is an average.

    He et al., "Deep residual learning for image recognition" (2016), table 1.
    """

    def __init__(self) -> None:
        super().__init__()
        self.conv = nn.Conv2d(3, 64, 7, 2, 3, bias=False)
        self.norm = nn.BatchNorm2d(64)
        self.activation = Square()
        self.pool = nn.AvgPool2d(3, 2, 1)
        self.stages = nn.Sequential()
        before = 64
        for width, stride in ((64, 1), (128, 2), (256, 2), (512, 2)):
            self.stages.append(BasicBlock(before, width, stride, Square))
            self.stages.append(BasicBlock(width, width, 1, Square))
            before = width
        self.mean = nn.AdaptiveAvgPool2d(1)
        self.scores = nn.Linear(512, 200)

    def forward(self, x: Tensor) -> Tensor:
        """Images (samples, 3, 64, 64) to scores of the classes (samples, 200)."""
        x = self.pool(self.activation(self.norm(self.conv(x))))
        return self.scores(self.mean(self.stages(x)).flatten(1))


class ConvolutionsInARow(nn.Module):
    """Two convolutions of 16 to 16 channels between others, on images of 32x32 pixels."""

    def __init__(self) -> None:
        super().__init__()
        self.before = nn.Conv2d(3, 16, 3, padding=1)
        self.first = nn.Conv2d(16, 16, 3, padding=1)
        self.second = nn.Conv2d(16, 16, 3, padding=1)
        self.after = nn.Conv2d(16, 16, 3, padding=1)

    def forward(self, x: Tensor) -> Tensor:
        """Images (samples, 3, 32, 32) to (samples, 16, 32, 32)."""
        for layer in (self.before, self.first, self.second):
            x = layer(x).square()
        return self.after(x)


class ConvolutionBlock(nn.Module):
    """Two 3x3 convolutions of 4 and 8 channels around a square, on images of 16x16 pixels."""

    def __init__(self, padding: int) -> None:
        super().__init__()
        self.first = nn.Conv2d(3, 4, 3, padding=padding)
        self.second = nn.Conv2d(4, 8, 3, padding=padding)
        self.activation = Square()

    def forward(self, x: Tensor) -> Tensor:
        """Images (samples, 3, 16, 16) to (samples, 8, height, width)."""
        return self.second(self.activation(self.first(x)))


PERCEPTRON_SIZES = (784, 128, 128, 10)


def perceptron(activation: Callable[[], nn.Module] = Square) -> tuple[nn.Module, Tensor]:
    torch.manual_seed(0)
    return Perceptron(PERCEPTRON_SIZES, activation), torch.rand(1, PERCEPTRON_SIZES[0])


def convolution_block(padding: int) -> tuple[nn.Module, Tensor]:
    torch.manual_seed(0)
    return ConvolutionBlock(padding), torch.rand(1, 3, 16, 16)


def lola() -> tuple[nn.Module, Tensor]:
    torch.manual_seed(0)
    return LoLA(), torch.rand(1, 1, 28, 28)


def lenet() -> tuple[nn.Module, Tensor]:
    torch.manual_seed(0)
    return LeNet(Square), torch.rand(1, 1, 28, 28)


def linear() -> tuple[nn.Module, Tensor]:
    torch.manual_seed(0)
    return nn.Linear(512, 512), torch.rand(1, 512)


def convolutions() -> tuple[nn.Module, Tensor]:
    torch.manual_seed(0)
    return ConvolutionsInARow(), torch.rand(1, 3, 32, 32)


def cifar_resnet20(activation: Callable[[], nn.Module] = Square) -> tuple[nn.Module, Tensor]:
    model, images = resnet20(activation)
    return model, images[:1]


def resnet18() -> tuple[nn.Module, Tensor]:
    torch.manual_seed(0)
    images = torch.rand(8, 3, 64, 64)
    return calibrate_norms(ResNet18(), images), images[:1]


NETWORKS: dict[str, Network] = {
    "MLP 784-128-128-10": perceptron,
    "MLP 784-128-128-10, ReLU": partial(perceptron, nn.ReLU),
    "convolutions 16x16, padded": partial(convolution_block, 1),
    "convolutions 16x16, not padded": partial(convolution_block, 0),
    "LoLA": lola,
    "LeNet-5": lenet,
    "linear 512x512": linear,
    "convolution 16 to 16": convolutions,
    "ResNet-20": cifar_resnet20,
    "ResNet-20, ReLU": partial(cifar_resnet20, nn.ReLU),
    "ResNet-20, SiLU": partial(cifar_resnet20, nn.SiLU),
    "ResNet-18 at 64x64": resnet18,
}
