"""LeNet-5 with squares for activations and average pooling, on digits enlarged to 28x28.

``python -m examples.lenet_square`` trains it. Squares are computed exactly, and cost one level each.
"""

from __future__ import annotations

from torch import nn

from examples.common import Data, Example, accuracy, main, train_classifier
from examples.digit_images import load as load_images
from examples.digit_images import shifted
from examples.lenet import SIZE, LeNet
from examples.square import Square

EPOCHS = 30


def factory() -> nn.Module:
    """The model, untrained."""
    return LeNet(Square)


def load() -> Data:
    """Images of shape (samples, 1, 28, 28)."""
    return load_images(SIZE)


def train(seed: int = 0) -> nn.Module:
    """The model, trained in some seconds."""
    return train_classifier(
        factory,
        load(),
        seed,
        activation=Square,
        activity_penalty=0.0002,
        weight_decay=0.2,
        epochs=EPOCHS,
        learning_rate=2e-3,
        augment=shifted,
    )


EXAMPLE = Example("lenet_square", factory, load, train, accuracy)

if __name__ == "__main__":
    main(EXAMPLE)
