"""What the examples share: the split of the data, training, scores, and the files that a run writes."""

from __future__ import annotations

import argparse
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from sklearn.model_selection import train_test_split
from torch import Tensor, nn

import hetorch_heir
from hetorch_heir.export.result import ExportResult

Array = NDArray[np.float32]

OUTPUT = Path("build/examples")
"""Where a run writes to, one folder per example."""


@dataclass(frozen=True)
class Samples:
    """Inputs of shape (samples, features), and targets of shape (samples,): classes or values."""

    inputs: Tensor
    targets: Tensor

    @staticmethod
    def of(inputs: Array, targets: NDArray[np.int64] | Array) -> Samples:
        return Samples(torch.from_numpy(inputs), torch.from_numpy(targets))


@dataclass(frozen=True)
class Data:
    """Three parts: one to fit, one to choose by, and one that is looked at once, at the end."""

    training: Samples
    validation: Samples
    test: Samples


@dataclass(frozen=True)
class Example:
    """A model and what belongs to it.

    Attributes:
        name: of its folder, and of the exported function.
        factory: the model, untrained.
        load: its data.
        train: a trained model, the same for the same seed.
        score: of outputs (samples, outputs) for targets (samples,); 1 is perfect.
        activation_degree: degree of the polynomials that keeps the score where it is; None if there are no
            activations but products.
    """

    name: str
    factory: Callable[[], nn.Module]
    load: Callable[[], Data]
    train: Callable[[int], nn.Module]
    score: Callable[[Tensor, Tensor], float]
    activation_degree: int | None = None


def split(inputs: Array, targets: NDArray[np.int64] | Array, *, classes: bool) -> Data:
    """60 % training, 20 % validation, 20 % test, always the same; ``classes`` keeps their proportions."""

    def part(x: Array, y: NDArray[np.int64] | Array, size: float) -> Sequence[Any]:
        return train_test_split(x, y, test_size=size, random_state=0, stratify=y if classes else None)

    rest, test, rest_targets, test_targets = part(inputs, targets, 0.2)
    training, validation, training_targets, validation_targets = part(rest, rest_targets, 0.25)
    return Data(
        Samples.of(training, training_targets),
        Samples.of(validation, validation_targets),
        Samples.of(test, test_targets),
    )


def train_classifier(
    factory: Callable[[], nn.Module],
    data: Data,
    seed: int,
    *,
    activation: type[nn.Module],
    activity_penalty: float,
    weight_decay: float,
    epochs: int = 60,
    learning_rate: float = 3e-3,
    augment: Callable[[Tensor], Tensor] | None = None,
) -> nn.Module:
    """Fits class scores (logits) with AdamW; keeps the epoch with the lowest validation loss.

    ``activity_penalty`` weighs the mean square of what enters each ``activation``: a polynomial stands in
    for the activation later, and it is the better the smaller the range of its input. ``augment`` varies a
    batch of training inputs each time that it is used.
    """
    torch.manual_seed(seed)
    model = factory()
    penalties: list[Tensor] = []
    for module in model.modules():
        if isinstance(module, activation):
            module.register_forward_pre_hook(lambda _, args: penalties.append(args[0].square().mean()))
    optimizer = torch.optim.AdamW(model.parameters(), lr=learning_rate, weight_decay=weight_decay)
    schedule = torch.optim.lr_scheduler.CosineAnnealingLR(optimizer, epochs)
    loss_of = nn.CrossEntropyLoss()
    lowest, best = float("inf"), model.state_dict()
    for _ in range(epochs):
        for batch in torch.randperm(len(data.training.inputs)).split(64):
            penalties.clear()
            inputs = data.training.inputs[batch]
            scores = model(inputs if augment is None else augment(inputs))
            loss = loss_of(scores, data.training.targets[batch])
            optimizer.zero_grad()
            (loss + activity_penalty * sum(penalties)).backward()
            optimizer.step()
        schedule.step()
        with torch.no_grad():
            validation = loss_of(model(data.validation.inputs), data.validation.targets).item()
        if validation < lowest:
            lowest, best = validation, {name: value.clone() for name, value in model.state_dict().items()}
    trained = factory()  # without the hooks
    trained.load_state_dict(best)
    return trained.eval()


def fit_with_lbfgs(model: nn.Module, loss: Callable[[], Tensor], iterations: int = 200) -> nn.Module:
    """Minimises a smooth, convex loss to convergence; needs no random numbers."""
    optimizer = torch.optim.LBFGS(
        [parameter for parameter in model.parameters() if parameter.requires_grad],
        max_iter=iterations,
        line_search_fn="strong_wolfe",
    )

    def closure() -> Tensor:
        optimizer.zero_grad()
        value = loss()
        value.backward()
        return value

    optimizer.step(closure)  # pyright: ignore[reportArgumentType] (typed as returning float)
    return model.eval()


class Standardise(nn.Module):
    """(x - mean) / deviation per feature, so that the model takes the measurements as they are."""

    mean: Tensor
    inverse_deviation: Tensor

    def __init__(self, features: int) -> None:
        super().__init__()
        self.register_buffer("mean", torch.zeros(features))
        self.register_buffer("inverse_deviation", torch.ones(features))

    def fit(self, inputs: Tensor) -> None:
        """Takes mean and deviation from inputs of shape (samples, features)."""
        self.mean.copy_(inputs.mean(0))
        self.inverse_deviation.copy_(1 / inputs.std(0))

    def forward(self, x: Tensor) -> Tensor:
        return (x - self.mean) * self.inverse_deviation


def accuracy(outputs: Tensor, targets: Tensor) -> float:
    """Share of samples whose largest output is that of their class."""
    return (outputs.argmax(1) == targets).double().mean().item()


def binary_accuracy(outputs: Tensor, targets: Tensor) -> float:
    """Share of samples whose probability (samples, 1) lies on the side of 0.5 of their class, 0 or 1."""
    return ((outputs[:, 0] > 0.5) == (targets > 0.5)).double().mean().item()


def r_squared(outputs: Tensor, targets: Tensor) -> float:
    """Coefficient of determination R² of predictions (samples, 1)."""
    residual = (outputs[:, 0] - targets).double().square().sum()
    total = (targets - targets.mean()).double().square().sum()
    return (1 - residual / total).item()


def export(example: Example, model: nn.Module, path: Path | None = None, **options: Any) -> ExportResult:
    """The program of a trained example, calibrated with the training inputs; ``options`` as for an export."""
    data = example.load()
    if example.activation_degree is not None:
        options["activation_degree"] = example.activation_degree
    return hetorch_heir.export(
        model,
        data.test.inputs[:1],
        path,
        name=example.name,
        calibration=list(data.training.inputs.split(1)),
        **options,
    )


def outputs(model: nn.Module, inputs: Tensor) -> Tensor:
    """What a model, or a compiled graph, makes of each of the inputs (samples, features)."""
    with torch.no_grad():
        return torch.cat([model(sample) for sample in inputs.split(1)])


def write(example: Example, model: nn.Module, folder: Path) -> None:
    """Writes what the commands take.

    ``model.pt2``, the torch.export archive with a test sample as example input; ``weights.pt``, its state
    dict; ``calibration.npy``, the training inputs; ``test_inputs.npy`` and ``test_targets.npy``.
    """
    data = example.load()
    folder.mkdir(parents=True, exist_ok=True)
    torch.export.save(torch.export.export(model, (data.test.inputs[:1],)), folder / "model.pt2")
    torch.save(model.state_dict(), folder / "weights.pt")
    np.save(folder / "calibration.npy", data.training.inputs.numpy())
    np.save(folder / "test_inputs.npy", data.test.inputs.numpy())
    np.save(folder / "test_targets.npy", data.test.targets.numpy())


def main(example: Example) -> None:
    """The command of an example: trains the model, writes its files, and prints its scores."""
    parser = argparse.ArgumentParser(description=f"Train the example {example.name} and write its files.")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--output", type=Path, default=OUTPUT / example.name, metavar="FOLDER")
    options = parser.parse_args()
    torch.set_num_threads(1)  # the models are tiny: more threads only wait for each other
    model = example.train(options.seed)
    write(example, model, options.output)
    data = example.load()
    for name, part in (("validation", data.validation), ("test", data.test)):
        score = example.score(outputs(model, part.inputs), part.targets)
        print(f"{example.name}: {name} score {score:.4f} on {len(part.inputs)} samples")
    print(f"{example.name}: written to {options.output}")
