"""What is counted of Orion's transforms. Orion itself is in an environment of its own, and not needed."""

from __future__ import annotations

import math
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest
import torch
from scipy import sparse
from torch import Tensor, nn

from benchmarks.networks import NETWORKS
from benchmarks.peers.cases import CASES, DEEP, EXCESS_BITS, SHALLOW
from benchmarks.peers.orion_networks import translate
from benchmarks.peers.orion_transforms import Recorder, schedule, sparse_diagonals
from hetorch_heir.core.security import max_log_qp


def test_a_full_matrix_takes_as_many_baby_as_giant_steps() -> None:
    made = schedule(range(64), 4096)
    assert made.babies == frozenset(range(1, 8))
    assert made.giants == frozenset(range(8, 64, 8))


def test_one_diagonal_takes_its_own_step() -> None:
    assert schedule([0], 4096).steps == frozenset()
    assert schedule([5], 4096).steps == {5}


@pytest.mark.parametrize("seed", range(5))
def test_every_diagonal_is_a_baby_and_a_giant_step(seed: int) -> None:
    indices = np.random.default_rng(seed).choice(256, 40, replace=False).tolist()
    made = schedule(indices, 256)
    sums = {baby + giant for baby in made.babies | {0} for giant in made.giants | {0}}
    assert set(indices) <= sums
    assert len(made.babies) + len(made.giants) < 40


def dense_diagonals(matrix: np.ndarray[Any, Any], slots: int, height: int) -> dict[Any, set[int]]:
    """Indices of nonzero diagonals, from their definition: slot s of diagonal i is in column s + i."""
    padded = np.zeros((-(-matrix.shape[0] // height) * height, -(-matrix.shape[1] // slots) * slots))
    padded[: matrix.shape[0], : matrix.shape[1]] = matrix
    found: dict[Any, set[int]] = {}
    for i, top in enumerate(range(0, padded.shape[0], height)):
        for j, left in enumerate(range(0, padded.shape[1], slots)):
            block = padded[top : top + height, left : left + slots]
            found[i, j] = {
                index
                for index in range(height)
                if any(block[slot % height, (slot + index) % slots] for slot in range(slots))
            } or {0}
    return found


@pytest.mark.parametrize(
    ("rows", "columns", "is_last", "height"),
    [(3, 16, False, 4), (3, 16, True, 16), (16, 40, False, 16), (20, 30, False, 16), (1, 5, False, 1)],
)
def test_diagonals_without_dense_blocks(rows: int, columns: int, is_last: bool, height: int) -> None:
    random = np.random.default_rng(rows)
    matrix = random.random((rows, columns)) * (random.random((rows, columns)) < 0.15)
    made, folds = sparse_diagonals(sparse.csr_matrix(matrix), 16, "hybrid", is_last)
    assert {block: set(diagonals) for block, diagonals in made.items()} == dense_diagonals(matrix, 16, height)
    assert folds == (math.log2(16 // height) if rows <= 16 and not is_last else 0)


def test_a_layer_is_the_sum_of_its_blocks_and_folds() -> None:
    recorder = Recorder(slots=64)
    recorder.add(
        SimpleNamespace(diagonals={(0, 0): dict.fromkeys(range(4)), (0, 1): {0: None}}, output_rotations=2)
    )
    # Four diagonals take a baby step and a giant step; the folds are by 32 and 16.
    assert (recorder.rotations, recorder.products) == (4, 5)
    assert recorder.steps == {1, 2, 16, 32}


class Stand(nn.Module):
    """A module of Orion's, in its form and without its compiler."""

    def __init__(self, *arguments: Any, **options: Any) -> None:
        super().__init__()
        self.arguments = arguments

    def forward(self, *values: Tensor) -> Tensor:
        raise AssertionError("not run")


class Linear(Stand):
    def __init__(self, inputs: int, outputs: int, bias: bool) -> None:
        super().__init__()
        self.weight = nn.Parameter(torch.empty(outputs, inputs))
        self.bias = nn.Parameter(torch.empty(outputs)) if bias else None


class Quad(Stand):
    pass


class Flatten(Stand):
    pass


class Add(Stand):
    pass


ORION = SimpleNamespace(Module=nn.Module, Linear=Linear, Quad=Quad, Flatten=Flatten, Add=Add)


def test_a_model_becomes_orions_with_the_same_weights() -> None:
    model, _ = NETWORKS["MLP 784-128-128-10"]()
    network = translate(model, ORION).network
    made = [network.get_submodule(node.target) for node in network.graph.nodes if node.op == "call_module"]
    assert [type(one) for one in made] == [Linear, Quad, Linear, Quad, Linear]
    for ours, theirs in zip(model.get_submodule("layers").children(), made[::2], strict=True):
        assert torch.equal(ours.get_parameter("weight"), theirs.weight)


def test_sums_and_reshapes_are_modules() -> None:
    class Residual(nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.linear = nn.Linear(4, 4)

        def forward(self, x: Tensor) -> Tensor:
            x = x.flatten(1)
            return x + self.linear(x)

    network = translate(Residual(), ORION).network
    made = [network.get_submodule(node.target) for node in network.graph.nodes if node.op == "call_module"]
    assert [type(one) for one in made] == [Flatten, Linear, Add]


@pytest.mark.parametrize(
    ("model", "name"),
    [(nn.Sequential(nn.LSTM(2, 2)), "LSTM"), (nn.Sequential(nn.Linear(2, 2), nn.PReLU()), "PReLU")],
)
def test_what_orion_has_not_is_refused(model: nn.Module, name: str) -> None:
    with pytest.raises(ValueError, match=f"Orion has nothing for {name}"):
        translate(model, ORION)


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.network)
def test_orions_parameters_are_secure_and_have_our_slots(case: Any) -> None:
    setting = case.orion
    assert 1 << (setting.log_n - (setting.ring == "Standard")) == case.slots or case.orion is DEEP
    excess = sum(setting.log_q) + sum(setting.log_p) - max_log_qp(setting.log_n)
    assert excess <= (EXCESS_BITS if setting is SHALLOW else 0)
