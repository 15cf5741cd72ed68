"""Calibration data: samples of the model's inputs, from a file or a loader."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from itertools import islice
from pathlib import Path
from typing import Any

import numpy as np
import torch

from hetorch_heir.core.errors import HETorchError

Shapes = Sequence[tuple[int, ...]]
Sample = tuple[torch.Tensor, ...]

MAX_SAMPLES = 4096
"""Samples that are taken from a loader, which may be endless."""


class CalibrationError(HETorchError):
    """Calibration data can't be read or does not fit the model."""


def load_samples(path: Path, shapes: Shapes) -> list[Sample]:
    """Samples from a .npy file (one input) or a .npz file (one array per input, in order).

    Args:
        path: arrays with the samples along the first axis, which is split into batches as the model wants.
        shapes: shapes of the model's inputs.

    Raises:
        CalibrationError: the file is missing, is not a numpy file, or does not fit the inputs.
    """
    try:
        loaded = np.load(path, allow_pickle=False)
        arrays = [loaded] if isinstance(loaded, np.ndarray) else [loaded[name] for name in loaded.files]
    except (OSError, ValueError, EOFError) as error:
        raise CalibrationError(
            f"can't read calibration data from {path}: {error}",
            hint="give a .npy file with one sample per row, or a .npz file with one array per input",
        ) from error
    if len(arrays) != len(shapes):
        raise CalibrationError(
            f"{path} holds {len(arrays)} arrays, and the model has {len(shapes)} inputs",
            hint="save one array per input with numpy.savez",
        )
    return list(_joined(arrays, shapes, str(path)))


def take_samples(loader: Iterable[Any], shapes: Shapes) -> list[Sample]:
    """Samples from a loader, a ``torch.utils.data.DataLoader`` say, or a list.

    Args:
        loader: yields a tensor, or a tuple or list of tensors. Batches are split to the shapes; what a batch
            holds beyond the model's inputs (labels) is left out.
        shapes: shapes of the model's inputs.

    Raises:
        CalibrationError: an item is something else, or does not fit the inputs.
    """
    return list(islice(_from_loader(loader, shapes), MAX_SAMPLES))


def _from_loader(loader: Iterable[Any], shapes: Shapes) -> Iterator[Sample]:
    for number, item in enumerate(loader):
        tensors = [item] if isinstance(item, (torch.Tensor, np.ndarray)) else list(item)
        place = f"item {number} of the calibration data"
        if len(tensors) < len(shapes):
            raise CalibrationError(
                f"{place} holds {len(tensors)} tensors, and the model has {len(shapes)} inputs",
                hint="yield one tensor per input, in order",
            )
        yield from _joined([np.asarray(one) for one in tensors[: len(shapes)]], shapes, place)


def _joined(arrays: Sequence[np.ndarray], shapes: Shapes, place: str) -> Iterator[Sample]:
    """Samples from an array of them for every input."""
    parts = [_batches(array, shape, place) for array, shape in zip(arrays, shapes, strict=True)]
    if len({len(part) for part in parts}) > 1:
        raise CalibrationError(
            f"{place} holds {', '.join(str(len(part)) for part in parts)} samples of the inputs",
            hint="give as many of one input as of the others",
        )
    return zip(*parts, strict=True)


def _batches(array: np.ndarray, shape: tuple[int, ...], place: str) -> list[torch.Tensor]:
    size = int(np.prod(shape))
    if array.size == 0 or array.size % size or not np.issubdtype(array.dtype, np.number):
        raise CalibrationError(
            f"calibration data of shape {array.shape} in {place} does not fit an input of shape {shape}",
            hint="the first axis counts samples; the rest is the shape of one",
        )
    if not np.all(np.isfinite(array)):
        raise CalibrationError(f"calibration data in {place} holds NaN or infinite values")
    return [torch.from_numpy(np.array(one, dtype=np.float32)) for one in array.reshape(-1, *shape)]
