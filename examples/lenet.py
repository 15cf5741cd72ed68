"""LeNet-5 with average pooling, for images of 28x28 pixels.

LeCun et al., "Gradient-based learning applied to document recognition" (1998), section II, with full
connections between the feature maps and without the scaling layers.
"""

from __future__ import annotations

from collections.abc import Callable

from torch import Tensor, nn

SIZE = 28


class LeNet(nn.Module):
    """Two convolutions with pooling, and three linear layers; ``activation`` makes what is between them."""

    def __init__(self, activation: Callable[[], nn.Module]) -> None:
        super().__init__()
        self.conv1 = nn.Conv2d(1, 6, 5, padding=2)
        self.activation1 = activation()
        self.pool1 = nn.AvgPool2d(2)
        self.conv2 = nn.Conv2d(6, 16, 5)
        self.activation2 = activation()
        self.pool2 = nn.AvgPool2d(2)
        self.hidden1 = nn.Linear(16 * 5 * 5, 120)
        self.activation3 = activation()
        self.hidden2 = nn.Linear(120, 84)
        self.activation4 = activation()
        self.scores = nn.Linear(84, 10)

    def forward(self, x: Tensor) -> Tensor:
        """Images (samples, 1, 28, 28) to scores of the classes (samples, 10)."""
        x = self.pool1(self.activation1(self.conv1(x)))
        x = self.pool2(self.activation2(self.conv2(x)))
        x = self.activation3(self.hidden1(x.flatten(1)))
        x = self.activation4(self.hidden2(x))
        return self.scores(x)
