"""Residual networks of three stages for small images.

He et al., "Deep residual learning for image recognition" (2016), section 4.2, with 1x1 convolutions on the
shortcuts where the shape changes, and global average pooling before the classes.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

import torch
from torch import Tensor, nn

Activation = Callable[[], nn.Module]

NORM_WEIGHT = 0.1
"""Of the batch norms of networks with random weights."""


class BasicBlock(nn.Module):
    """Two 3x3 convolutions with batch norms beside a shortcut."""

    def __init__(self, before: int, after: int, stride: int, activation: Activation) -> None:
        super().__init__()
        self.conv1 = nn.Conv2d(before, after, 3, stride, 1, bias=False)
        self.norm1 = nn.BatchNorm2d(after)
        self.activation1 = activation()
        self.conv2 = nn.Conv2d(after, after, 3, 1, 1, bias=False)
        self.norm2 = nn.BatchNorm2d(after)
        self.activation2 = activation()
        self.shortcut = nn.Sequential()
        if stride != 1 or before != after:
            self.shortcut.append(nn.Conv2d(before, after, 1, stride, bias=False))
            self.shortcut.append(nn.BatchNorm2d(after))

    def forward(self, x: Tensor) -> Tensor:
        y = self.activation1(self.norm1(self.conv1(x)))
        return self.activation2(self.norm2(self.conv2(y)) + self.shortcut(x))


class ResidualNetwork(nn.Module):
    """A convolution, stages of blocks, a mean over the image, classes.

    The first block of every stage but the first halves height and width.

    Args:
        channels: of the images.
        widths: channels of each stage.
        blocks: in each stage.
        activation: makes an activation.
        classes: that are told apart.
    """

    def __init__(
        self, channels: int, widths: Sequence[int], blocks: int, activation: Activation, classes: int = 10
    ) -> None:
        super().__init__()
        self.conv = nn.Conv2d(channels, widths[0], 3, 1, 1, bias=False)
        self.norm = nn.BatchNorm2d(widths[0])
        self.activation = activation()
        self.stages = nn.ModuleList()
        before = widths[0]
        for stage, width in enumerate(widths):
            sequence = nn.Sequential()
            for block in range(blocks):
                stride = 2 if stage and not block else 1
                sequence.append(BasicBlock(before, width, stride, activation))
                before = width
            self.stages.append(sequence)
        self.pool = nn.AdaptiveAvgPool2d(1)
        self.scores = nn.Linear(before, classes)

    def forward(self, x: Tensor) -> Tensor:
        """Images (samples, channels, height, width) to scores of the classes (samples, classes)."""
        x = self.activation(self.norm(self.conv(x)))
        for stage in self.stages:
            x = stage(x)
        return self.scores(self.pool(x).flatten(1))


def calibrate_norms(model: nn.Module, inputs: Tensor) -> nn.Module:
    """Sets the statistics of all batch norms to those of the inputs, and the model to evaluation."""
    for module in model.modules():
        if isinstance(module, nn.BatchNorm2d):
            module.reset_running_stats()
            module.momentum = None  # the mean over all that it sees
    model.train()
    with torch.no_grad():
        model(inputs)
    return model.eval()


def resnet20(activation: Activation, seed: int = 0) -> tuple[nn.Module, Tensor]:
    """ResNet-20 for images of shape (3, 32, 32) with random weights, and 64 random images.

    The batch norms have the statistics of the images and small weights, so that values stay bounded with
    activations that are nearly linear, or ReLU; squares of residual sums grow all the same.
    """
    torch.manual_seed(seed)
    model = ResidualNetwork(3, (16, 32, 64), 3, activation)
    for module in model.modules():
        if isinstance(module, nn.BatchNorm2d):
            nn.init.constant_(module.weight, NORM_WEIGHT)
    images = torch.rand(64, 3, 32, 32)
    return calibrate_norms(model, images), images
