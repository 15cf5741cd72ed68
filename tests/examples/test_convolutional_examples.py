"""The examples with convolutions: as good as they should be, and no worse under encrypted semantics."""

from __future__ import annotations

import pytest
import torch

from examples import digits, lenet_relu, lenet_square, small_resnet
from examples.common import export, outputs
from examples.digit_images import load, shifted
from examples.residual_network import resnet20
from examples.small_resnet import Quadratic

EXAMPLES = {module.EXAMPLE.name: module.EXAMPLE for module in (lenet_square, lenet_relu, small_resnet)}
LARGEST_ERRORS = {"lenet_square": 1e-2, "lenet_relu": 0.5, "small_resnet": 1e-3}


def test_images_are_the_digits_enlarged() -> None:
    small, large = digits.load().test, load(16).test
    assert large.inputs.shape == (len(small.inputs), 1, 16, 16)
    assert torch.equal(small.targets, large.targets)
    means = small.inputs.mean(1), large.inputs.mean((1, 2, 3))
    torch.testing.assert_close(*means, rtol=0.15, atol=0.02)


def test_shifted_images_keep_their_pixels() -> None:
    torch.manual_seed(0)
    images = torch.rand(3, 1, 20, 20)
    moved = [shifted(images) for _ in range(8)]
    assert any(not torch.equal(one, images) for one in moved)
    assert all(torch.equal(one.flatten(1).sort().values, images.flatten(1).sort().values) for one in moved)


def test_values_of_the_random_resnet_stay_bounded() -> None:
    model, images = resnet20(Quadratic)
    with torch.no_grad():
        scores = model(images)
    assert torch.isfinite(scores).all()
    assert 1e-3 < scores.abs().max() < 10


@pytest.mark.slow
@pytest.mark.parametrize("name", EXAMPLES)
def test_encrypted_semantics_keep_the_score(name: str) -> None:
    example = EXAMPLES[name]
    model, test = example.train(0), example.load().test
    result = export(example, model, slots=8192, insecure=True)
    expected, got = outputs(model, test.inputs), outputs(result.graph_module, test.inputs)
    assert example.score(expected, test.targets) > 0.95
    assert abs(example.score(got, test.targets) - example.score(expected, test.targets)) <= 0.005
    assert (got - expected).abs().max() <= LARGEST_ERRORS[name]
