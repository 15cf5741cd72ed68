"""A residual network of three stages, strides 2 and batch norms, on digits enlarged to 16x16.

``python -m examples.small_resnet`` trains it. Its activation is x + x²/8, so that everything is exact.
"""

from __future__ import annotations

from torch import Tensor, nn

from examples.common import Data, Example, accuracy, main, train_classifier
from examples.digit_images import load as load_images
from examples.residual_network import ResidualNetwork

SIZE = 16
WIDTHS = (4, 8, 16)
EPOCHS = 20


class Quadratic(nn.Module):
    """x + x²/8: monotonous from -4 on, and nearly the identity where values are small.

    Squares alone let the values of a deep network explode or vanish; with a linear part it trains like one
    with ReLU.
    """

    def forward(self, x: Tensor) -> Tensor:
        return x + 0.125 * x * x


def factory() -> nn.Module:
    """The model, untrained."""
    return ResidualNetwork(1, WIDTHS, 1, Quadratic)


def load() -> Data:
    """Images of shape (samples, 1, 16, 16)."""
    return load_images(SIZE)


def train(seed: int = 0) -> nn.Module:
    """The model, trained in some seconds."""
    return train_classifier(
        factory,
        load(),
        seed,
        activation=Quadratic,
        activity_penalty=0.001,
        weight_decay=0.01,
        epochs=EPOCHS,
    )


EXAMPLE = Example("small_resnet", factory, load, train, accuracy)

if __name__ == "__main__":
    main(EXAMPLE)
