from pathlib import Path

import numpy as np
import pytest
import torch
from torch import nn

import hetorch_heir
from hetorch_heir.core.errors import ParameterError
from hetorch_heir.export.calibration import RANGE, CalibrationError, calibrate, load_samples, take_samples
from hetorch_heir.frontend import to_graph


class Model(nn.Module):
    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return torch.relu(x * 2) + torch.tanh(x)


def test_ranges_cover_all_samples_with_a_margin() -> None:
    graph = to_graph(Model(), (torch.zeros(1, 3),))
    samples = [(torch.tensor([[1.0, -2.0, 0.0]]),), (torch.tensor([[3.0, 0.0, 0.5]]),)]
    report = calibrate(graph, samples, frozenset({"relu", "tanh"}), margin=0.1)
    assert {one.function: (one.low, one.high) for one in report} == {"relu": (-4.0, 6.0), "tanh": (-2.0, 3.0)}
    ranges = {node.meta[RANGE] for node in graph.graph.nodes if RANGE in node.meta}
    assert ranges == {(-5.0, 7.0), (-2.5, 3.5)}


def test_a_nearly_symmetric_range_is_made_symmetric() -> None:
    graph = to_graph(Model(), (torch.zeros(1, 2),))
    calibrate(graph, [(torch.tensor([[-0.9, 1.0]]),)], frozenset({"relu", "tanh"}), margin=0.0)
    ranges = {node.meta[RANGE] for node in graph.graph.nodes if RANGE in node.meta}
    assert ranges == {(-2.0, 2.0), (-1.0, 1.0)}


def test_samples_are_split_into_batches_of_the_input_shape(tmp_path: Path) -> None:
    np.save(tmp_path / "x.npy", np.arange(12.0).reshape(4, 3))
    samples = load_samples(tmp_path / "x.npy", [(2, 3)])
    assert len(samples) == 2
    assert samples[1][0].tolist() == [[6.0, 7.0, 8.0], [9.0, 10.0, 11.0]]


def test_several_inputs_come_from_one_npz(tmp_path: Path) -> None:
    np.savez(tmp_path / "x.npz", np.zeros((2, 3)), np.ones((2, 5)))
    samples = load_samples(tmp_path / "x.npz", [(1, 3), (1, 5)])
    assert [tuple(one.shape) for one in samples[0]] == [(1, 3), (1, 5)]


@pytest.mark.parametrize(
    ("array", "shapes", "message"),
    [
        (np.zeros((4, 5)), [(1, 3)], "does not fit an input of shape"),
        (np.full((1, 3), np.nan), [(1, 3)], "NaN or infinite"),
        (np.zeros((4, 3)), [(1, 3), (1, 3)], "holds 1 arrays, and the model has 2 inputs"),
        (np.zeros((0, 3)), [(1, 3)], "does not fit"),
    ],
)
def test_unfit_data_is_refused(tmp_path: Path, array: np.ndarray, shapes: list, message: str) -> None:
    np.save(tmp_path / "x.npy", array)
    with pytest.raises(CalibrationError, match=message):
        load_samples(tmp_path / "x.npy", shapes)


def test_a_pickle_is_not_loaded(tmp_path: Path) -> None:
    np.save(tmp_path / "x.npy", np.array([{"a": 1}], dtype=object), allow_pickle=True)
    with pytest.raises(CalibrationError, match="can't read calibration data"):
        load_samples(tmp_path / "x.npy", [(1,)])


def test_a_missing_file_is_named(tmp_path: Path) -> None:
    with pytest.raises(CalibrationError, match=r"nowhere\.npy"):
        load_samples(tmp_path / "nowhere.npy", [(1,)])


def test_a_loader_yields_samples_and_labels_are_left_out() -> None:
    data = torch.utils.data.TensorDataset(torch.arange(12.0).reshape(6, 2), torch.zeros(6))
    samples = take_samples(torch.utils.data.DataLoader(data, batch_size=4), [(1, 2)])
    assert len(samples) == 6 and samples[5][0].tolist() == [[10.0, 11.0]]
    assert len(take_samples([torch.zeros(3, 2), np.ones((1, 2))], [(1, 2)])) == 4
    assert len(take_samples((torch.zeros(1, 2) for _ in iter(int, 1)), [(1, 2)])) == 4096


@pytest.mark.parametrize(
    ("items", "message"),
    [
        ([torch.zeros(1, 3)], "does not fit an input of shape"),
        ([torch.full((1, 2), torch.nan)], "NaN or infinite"),
        ([(torch.zeros(1, 2),)], "holds 1 tensors, and the model has 2 inputs"),
        ([(torch.zeros(1, 2), torch.zeros(3, 5))], "1, 3 samples"),
    ],
)
def test_loaders_that_do_not_fit_are_refused(items: list, message: str) -> None:
    shapes = [(1, 2), (1, 5)] if isinstance(items[0], tuple) else [(1, 2)]
    with pytest.raises(CalibrationError, match=message):
        take_samples(items, shapes)


class Logarithm(nn.Module):
    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return torch.log(x) + torch.sqrt(x) + torch.reciprocal(-x)


def test_a_margin_does_not_reach_a_singularity() -> None:
    graph = to_graph(Logarithm(), (torch.ones(1, 2),))
    calibrate(graph, [(torch.tensor([[0.2, 5.0]]),)], frozenset({"log", "sqrt", "reciprocal"}), margin=0.1)
    ranges = {node.name: node.meta[RANGE] for node in graph.graph.nodes if RANGE in node.meta}
    assert ranges["log"] == pytest.approx((0.1, 5.48))
    assert ranges["sqrt"] == pytest.approx((0.1, 5.48))
    assert ranges["reciprocal"] == pytest.approx((-5.48, -0.1))


def test_least_squares_are_weighted_by_what_calibration_saw() -> None:
    inputs = 0.3 * torch.randn(300, 4, generator=torch.Generator().manual_seed(0))
    inputs[0, 0] = 4.0
    torch.manual_seed(0)
    model = nn.Sequential(nn.ReLU(), nn.Linear(4, 2)).eval()
    errors = {}
    for method in ("chebyshev", "least_squares"):
        result = hetorch_heir.export(
            model, inputs[:1], calibration=[inputs], activation_degree=7, activation_method=method
        )
        difference = result.graph_module(inputs[1:2]) - model(inputs[1:2])
        outputs = [result.graph_module(x[None]) - model(x[None]) for x in inputs[1:100]]
        errors[method] = float(torch.stack(outputs).detach().square().mean())
        assert difference.shape == (1, 2)
    assert errors["least_squares"] < 0.3 * errors["chebyshev"]


@pytest.mark.parametrize("margin", [-0.1, float("nan"), float("inf")])
def test_impossible_margins_are_refused(margin: float) -> None:
    with pytest.raises(ParameterError, match="can't be widened") as refused:
        hetorch_heir.export(nn.ReLU(), torch.ones(1, 4), range_margin=margin)
    assert "0.1" in (refused.value.hint or "")


def test_the_margin_is_the_users() -> None:
    data = torch.tensor([[-1.0, 3.0]])
    model = nn.Sequential(nn.Linear(2, 2, bias=False), nn.ReLU()).eval()
    with torch.no_grad():
        next(model.parameters()).copy_(torch.eye(2))
    result = hetorch_heir.export(model, data, calibration=[data], range_margin=0.25)
    assert result.activations[0].about.domain == (-2.0, 4.0)
