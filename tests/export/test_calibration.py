from pathlib import Path

import numpy as np
import pytest
import torch
from torch import nn

from hetorch_heir.export.calibration import RANGE, CalibrationError, calibrate, load_samples
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
