from __future__ import annotations

import argparse

import pytest

from hetorch_heir.key_memory.byte_size import parse_bytes


@pytest.mark.parametrize(
    ("text", "size"), [("12", 12), ("500MB", 500_000_000), ("1.5 GiB", 3 << 29), ("2kib", 2048), ("7B", 7)]
)
def test_sizes_are_read(text: str, size: int) -> None:
    assert parse_bytes(text) == size


@pytest.mark.parametrize("text", ["", "MB", "-3", "5 bits", "1e9"])
def test_what_is_no_size_is_refused(text: str) -> None:
    with pytest.raises(argparse.ArgumentTypeError, match="no size in bytes"):
        parse_bytes(text)
