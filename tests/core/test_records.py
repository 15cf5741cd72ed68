"""Records: what is written is read, what is damaged is not."""

from __future__ import annotations

import math
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from hetorch_heir.core.parameters import CKKSParameters
from hetorch_heir.core.records import BrokenRecord, NotRecordable, from_bytes, to_bytes
from hetorch_heir.core.scheme import HEScheme
from hetorch_heir.linalg.transform import Product

plain = st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text() | st.binary()
values = st.recursive(
    plain,
    lambda inner: (
        st.lists(inner)
        | st.lists(inner).map(tuple)
        | st.dictionaries(st.text() | st.integers() | st.tuples(st.integers()), inner)
        | st.frozensets(st.integers() | st.text())
    ),
    max_leaves=12,
)


@given(values)
def test_what_is_written_is_read(value: object) -> None:
    data = to_bytes(value)
    assert from_bytes(data) == value
    assert to_bytes(from_bytes(data)) == data


@pytest.mark.parametrize("kind", ["bool", "int8", "int32", "<i8", "float32", "float64", "complex128"])
def test_arrays_keep_shape_type_and_content(kind: str) -> None:
    array = np.arange(6).reshape(2, 3).astype(kind)
    read = from_bytes(to_bytes({"plain": array, "turned": array.T, "empty": array[:0]}))
    assert np.array_equal(read["plain"], array) and read["plain"].dtype == array.dtype
    assert np.array_equal(read["turned"], array.T)
    assert read["empty"].shape == (0, 3)
    assert not read["plain"].flags.writeable


def test_the_projects_own_classes_are_read() -> None:
    value = (Product(1, 2, 3, 4, 5), HEScheme.CKKS, CKKSParameters(8192, (60, 40), 2.0**40), np.float32(0.5))
    read = from_bytes(to_bytes(value))
    assert read == value
    assert type(read[3]) is np.float32


def test_numbers_that_json_has_no_word_for() -> None:
    infinite, undefined = from_bytes(to_bytes((math.inf, math.nan)))
    assert infinite == math.inf and math.isnan(undefined)


@dataclass(frozen=True)
class Foreign:
    path: str


@pytest.mark.parametrize("value", [Foreign("x"), Path("x"), object(), np.array([object()]), print])
def test_other_things_are_refused(value: Any) -> None:
    with pytest.raises(NotRecordable):
        to_bytes([value])


@given(st.data())
def test_any_changed_byte_is_seen(data: st.DataObject) -> None:
    record = bytearray(to_bytes({"numbers": np.arange(20.0), "text": "slots"}))
    place = data.draw(st.integers(0, len(record) - 1).filter(lambda place: not 20 <= place < 64))
    record[place] ^= data.draw(st.integers(1, 255))
    with pytest.raises(BrokenRecord):
        from_bytes(bytes(record))


@pytest.mark.parametrize("length", [0, 10, 63, 64, 100])
def test_a_truncated_record_is_seen(length: int) -> None:
    with pytest.raises(BrokenRecord):
        from_bytes(to_bytes(list(range(100)))[:length])


@pytest.mark.parametrize(
    "name",
    [
        "os:stat_result",
        "hetorch_heir.core.files:Path",
        "hetorch_heir.core.files:write_files",
        "hetorch_heir.core.scheme:HEScheme",
        "hetorch_heir.nowhere:Thing",
    ],
)
def test_only_the_projects_dataclasses_are_made(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("hetorch_heir.core.records._name_of", lambda kind: name)
    record = to_bytes(Product(1, 2, 3, 4, 5))
    monkeypatch.undo()
    with pytest.raises(BrokenRecord):
        from_bytes(record)
