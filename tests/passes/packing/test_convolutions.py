"""Convolutional networks: the layouts chosen, the rotations that they take, and the numbers."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable

import pytest
import torch
from torch import Tensor, nn
from torch.fx import GraphModule

from hetorch_heir.frontend import to_graph
from hetorch_heir.linalg.planner import TransformPlanner
from hetorch_heir.passes.builtin.linear_layer_bsgs import LinearLayerBSGSPass
from hetorch_heir.passes.graph import is_operation
from hetorch_heir.passes.packing.extraction import extract
from hetorch_heir.passes.packing.layout_choice import LayoutChoice, choose_layouts
from hetorch_heir.passes.packing.level_cost import depth_of, level_cost_of
from hetorch_heir.passes.packing.program import PackedProgram, SlotSum
from tests.passes.contexts import context_without_primes


class Square(nn.Module):
    def forward(self, x: Tensor) -> Tensor:
        return x * x


def graph_of(model: nn.Module, *shape: int) -> GraphModule:
    torch.manual_seed(0)
    return to_graph(model.double().eval(), (torch.rand(1, *shape, dtype=torch.float64),))


def chosen(
    model: nn.Module, shape: tuple[int, ...], slots: int, level_cost: float | None = None
) -> tuple[PackedProgram, LayoutChoice]:
    planner = TransformPlanner()
    program = extract(graph_of(model, *shape), planner, slots)
    return program, choose_layouts(program, planner, slots, level_cost=level_cost)


def counts(graph_module: GraphModule) -> Counter[str]:
    """Rotations and products, with linear transforms written out."""
    found: Counter[str] = Counter()
    for node in graph_module.graph.nodes:
        found["rotations"] += is_operation(node, "rotate")
        if is_operation(node, "linear_transform"):
            _, _, outputs, giants, inputs, babies, *_ = node.args
            turned = {pair for pair in zip(inputs, babies, strict=True) if pair[1]}
            summed = {pair for pair in zip(outputs, giants, strict=True) if pair[1]}
            found["rotations"] += len(turned) + len(summed)
            found["products"] += len(outputs)
    return found


def lola() -> nn.Module:
    first = nn.Conv2d(1, 5, 5, stride=2, padding=2)
    return nn.Sequential(first, Square(), nn.Flatten(), nn.Linear(980, 100), Square(), nn.Linear(100, 10))


def lenet() -> nn.Module:
    return nn.Sequential(
        *(nn.Conv2d(1, 6, 5, padding=2), Square(), nn.AvgPool2d(2)),
        *(nn.Conv2d(6, 16, 5), Square(), nn.AvgPool2d(2), nn.Flatten()),
        *(nn.Linear(400, 120), Square(), nn.Linear(120, 84), Square(), nn.Linear(84, 10)),
    )


@pytest.mark.parametrize(
    ("model", "rotations", "products"), [(lola, 36, 100), (lenet, 100, 500)], ids=["lola", "lenet"]
)
def test_networks_take_few_rotations(model: Callable[[], nn.Module], rotations: int, products: int) -> None:
    torch.manual_seed(0)
    network = model().double().eval()
    image = torch.rand(1, 1, 28, 28, dtype=torch.float64)
    packed = run_pass(network, image, 8192)
    found = counts(packed)
    assert found["rotations"] <= rotations
    assert found["products"] <= products
    torch.testing.assert_close(packed(image)[0], network(image), rtol=1e-9, atol=1e-9)


def run_pass(network: nn.Module, example: Tensor, slots: int) -> GraphModule:
    graph_module = to_graph(network, (example,))
    return LinearLayerBSGSPass().transform(graph_module, context_without_primes(slots))


def test_convolutions_alternate_skewed_and_periodic_layouts() -> None:
    """Two in a row take 16 and 22 rotations, 72 and 144 products."""
    torch.manual_seed(0)
    network = nn.Sequential(
        nn.Conv2d(16, 16, 3, padding=1), Square(), nn.Conv2d(16, 16, 3, padding=1), Square(),
        nn.Conv2d(16, 16, 3, padding=1), Square(), nn.Conv2d(16, 16, 3, padding=1),
    ).double()  # fmt: skip
    image = torch.rand(1, 16, 16, 16, dtype=torch.float64)
    packed = run_pass(network.eval(), image, 8192)
    assert counts(packed) == {"rotations": 2 * (16 + 22), "products": 2 * (72 + 144)}
    torch.testing.assert_close(packed(image)[0], network(image), rtol=1e-9, atol=1e-9)


def test_pooling_takes_no_level() -> None:
    model = nn.Sequential(nn.Conv2d(1, 2, 3, padding=1), Square(), nn.AvgPool2d(2), nn.Conv2d(2, 2, 3))
    program, _ = chosen(model, (1, 8, 8), 512)
    assert [type(value.definition) for value in program.values].count(SlotSum) == 1
    assert depth_of(program) == 3


def test_a_pooling_that_is_the_result_is_a_product() -> None:
    model = nn.Sequential(nn.Conv2d(1, 2, 3, padding=1), Square(), nn.AvgPool2d(2))
    program, _ = chosen(model, (1, 8, 8), 512)
    assert all(not isinstance(value.definition, SlotSum) for value in program.values)


class Residual(nn.Module):
    def __init__(self, blocks: int) -> None:
        super().__init__()
        self.blocks = nn.ModuleList(
            nn.ModuleList([nn.Conv2d(16, 16, 3, padding=1), nn.Conv2d(16, 16, 3, padding=1)])
            for _ in range(blocks)
        )

    def forward(self, x: Tensor) -> Tensor:
        for first, second in self.blocks:  # pyright: ignore[reportGeneralTypeIssues]
            inner = 0.1 * first(x)
            sum_ = 0.1 * second(inner * inner) + x
            x = 0.1 * sum_ * sum_
        return x


def test_detours_are_taken_where_a_level_is_cheap() -> None:
    model = Residual(2)
    _, dear = chosen(model, (16, 8, 8), 4096, level_cost=1e6)
    assert not dear.detours
    _, cheap = chosen(model, (16, 8, 8), 4096, level_cost=0.0)
    assert cheap.detours
    for layout in cheap.detours.values():
        assert layout not in cheap.layouts or len(set(cheap.layouts)) > 1


@pytest.mark.parametrize("level_cost", [0.0, 1e6])
def test_detours_compute_the_same(level_cost: float) -> None:
    torch.manual_seed(0)
    model = Residual(2).double().eval()
    image = torch.rand(1, 16, 8, 8, dtype=torch.float64)
    graph_module = to_graph(model, (image,))
    packing = LinearLayerBSGSPass(level_cost=level_cost)
    packed = packing.transform(graph_module, context_without_primes(4096))
    torch.testing.assert_close(packed(image)[0], model(image), rtol=1e-9, atol=1e-9)


def test_what_a_level_is_worth() -> None:
    program, _ = chosen(nn.Sequential(nn.Conv2d(1, 2, 3), Square(), nn.Conv2d(2, 2, 3)), (1, 8, 8), 512)
    assert depth_of(program) == 3
    assert level_cost_of(program, 100) == pytest.approx(40)
    assert level_cost_of(program, 0) == 4
