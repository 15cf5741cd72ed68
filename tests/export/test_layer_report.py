"""The costs by layers: complete, attributed to the right modules, and next to true lower bounds."""

from __future__ import annotations

from collections import Counter

import pytest
import torch
from torch import Tensor, nn

from examples.lenet import LeNet
from examples.residual_network import ResidualNetwork
from examples.square import Square
from hetorch_heir import export
from hetorch_heir.export.layer_report import MAX_WIDTH, LayerCost, layer_costs, layer_table, layer_work
from hetorch_heir.export.result import ExportResult


class TwoWays(nn.Module):
    """Two linear layers of one input, each with its own activation."""

    def __init__(self) -> None:
        super().__init__()
        self.left = nn.Linear(24, 16)
        self.right = nn.Linear(24, 16)

    def forward(self, x: Tensor) -> Tensor:
        return torch.relu(self.left(x)) * self.right(x).square()


MODELS = {
    "lenet": (lambda: LeNet(Square), (1, 1, 28, 28), 8192),
    "resnet": (lambda: ResidualNetwork(1, (2, 4, 8), 1, Square), (1, 1, 8, 8), 256),
    "several ciphertexts": (
        lambda: nn.Sequential(nn.Conv2d(3, 5, 3, padding=1), nn.ReLU(), nn.Conv2d(5, 2, 3, stride=2)),
        (1, 3, 9, 9),
        128,
    ),
    "two ways": (TwoWays, (1, 24), 512),
}


@pytest.fixture(scope="module", params=MODELS)
def exported(request: pytest.FixtureRequest) -> tuple[str, ExportResult]:
    factory, shape, slots = MODELS[request.param]
    torch.manual_seed(0)
    result = export(factory(), torch.rand(shape), target="hetorch", slots=slots, insecure=True)
    return request.param, result


def test_the_layers_add_up_to_the_program(exported: tuple[str, ExportResult]) -> None:
    _, result = exported
    layers, counts = layer_costs(result.graph_module), result.counts
    for name in ("rotations", "products", "ct_products"):
        assert sum(getattr(layer, name) for layer in layers) == getattr(counts, name), name
    assert max(layer.level for layer in layers) == counts.levels
    assert all(0 <= layer.levels <= layer.level for layer in layers)


def test_the_steps_add_up_to_the_program(exported: tuple[str, ExportResult]) -> None:
    _, result = exported
    work, counts = layer_work(result.graph_module), result.counts
    done = sum((Counter(step.operations) for step in work.steps), Counter[str]())
    assert done["rotate"] == counts.rotations
    assert done["pmult"] == counts.products
    assert done["relinearize"] == counts.relinearizations
    assert done["rescale"] == counts.rescales
    assert sum(done[name] for name in ("cadd", "csub", "padd", "psub")) == counts.additions
    assert {turn for step in work.steps for turn in step.rotations} == set(counts.rotation_keys)
    for number, layer in enumerate(work.layers):
        own = [step for step in work.steps if step.layer == number]
        assert sum(len(step.rotations) for step in own) == layer.rotations


def test_layers_come_after_those_that_they_take_values_of(exported: tuple[str, ExportResult]) -> None:
    _, result = exported
    work = layer_work(result.graph_module)
    layer_of_node = {step.node: step.layer for step in work.steps}
    for step in work.steps:
        for operand in step.node.all_input_nodes:
            assert layer_of_node.get(operand, 0) <= step.layer


def test_nothing_takes_less_than_its_bound(exported: tuple[str, ExportResult]) -> None:
    name, result = exported
    for layer in layer_costs(result.graph_module):
        assert layer.products >= layer.least_products
        if name not in ("two ways", "resnet"):  # there one layer has the babies of two
            assert layer.rotations >= layer.least_rotations


def rows(layers: list[LayerCost]) -> dict[tuple[str, ...], LayerCost]:
    return {layer.modules: layer for layer in layers}


def test_layers_are_those_of_the_model() -> None:
    torch.manual_seed(0)
    result = export(LeNet(Square), torch.rand(1, 1, 28, 28), target="hetorch", slots=8192, insecure=True)
    layers = layer_costs(result.graph_module)
    by_modules = rows(layers)
    assert [layer.modules[0] for layer in layers][:3] == ["conv1", "activation1", "pool1"]
    assert by_modules["conv1",].kinds == ("Conv2d",)
    assert by_modules["conv1",].level == result.counts.levels
    assert by_modules["activation1",].ct_products == 1
    assert by_modules["activation1",].rotations == 0
    assert by_modules["scores",].levels == 1
    assert by_modules["conv1",].source.startswith("lenet.py:")


def test_merged_layers_are_named_together() -> None:
    torch.manual_seed(0)
    model = ResidualNetwork(1, (2, 4), 1, Square)
    result = export(model, torch.rand(1, 1, 8, 8), target="hetorch", slots=256, insecure=True)
    names = {name for layer in layer_costs(result.graph_module) for name in layer.modules}
    modules = set(rows(layer_costs(result.graph_module)))
    assert {("conv",), ("stages.1.0.conv2",), ("stages.1.0.shortcut.0",)} <= modules
    assert {"pool", "scores"} <= names


def test_bounds_of_a_dense_layer() -> None:
    torch.manual_seed(0)
    model = nn.Sequential(nn.Linear(100, 60), Square())
    result = export(model, torch.rand(1, 100), target="hetorch", slots=1024, insecure=True)
    layer = layer_costs(result.graph_module)[0]
    assert layer.least_products == 128 * 64 // 1024
    assert layer.least_rotations == pytest.approx(2 * layer.products**0.5 - 2, abs=1)


def test_bounds_of_a_convolution() -> None:
    torch.manual_seed(0)
    model = nn.Sequential(nn.Conv2d(4, 4, 3, padding=1), Square())
    result = export(model, torch.rand(1, 4, 16, 16), target="hetorch", slots=1024, insecure=True)
    layer = layer_costs(result.graph_module)[0]
    weights_in_use = 4 * 4 * (3 * 16 - 2) ** 2
    assert layer.least_products == -(-weights_in_use // 1024)


def test_the_table_shows_every_layer_and_the_totals(exported: tuple[str, ExportResult]) -> None:
    _, result = exported
    layers, counts = layer_costs(result.graph_module), result.counts
    text = layer_table(layers, len(counts.rotation_keys), counts.levels)
    lines = text.splitlines()
    assert max(map(len, lines)) <= MAX_WIDTH
    total = next(line for line in lines if line.lstrip().startswith("total")).split()
    assert total[1] == str(counts.rotations)
    assert total[-1] == str(counts.levels)
    assert f"{len(counts.rotation_keys)} different rotation keys" in lines[-1]
    assert all(name in text for layer in layers for name in layer.modules)
