"""The data of the examples with convolutions: scikit-learn's digits, enlarged from 8x8 pixels."""

from __future__ import annotations

from dataclasses import replace

import torch
from torch import Tensor
from torch.nn import functional

from examples import digits
from examples.common import Data, Samples


def load(size: int) -> Data:
    """The digits as images (samples, 1, size, size), bilinearly interpolated."""

    def enlarged(samples: Samples) -> Samples:
        images = samples.inputs.reshape(-1, 1, 8, 8)
        return replace(samples, inputs=functional.interpolate(images, size=(size, size), mode="bilinear"))

    data = digits.load()
    return Data(enlarged(data.training), enlarged(data.validation), enlarged(data.test))


def shifted(images: Tensor) -> Tensor:
    """The images, all moved by the same few pixels; their edges are dark."""
    reach = images.shape[-1] // 10
    down, right = (int(torch.randint(-reach, reach + 1, ())) for _ in range(2))
    return images.roll((down, right), (-2, -1))
