"""Rare rotations as two by keys that stay."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from hetorch_heir.key_memory.decomposition import decompose_rotations
from hetorch_heir.key_memory.errors import KeyPlanError

SLOTS = 32


@settings(max_examples=100, deadline=None)
@given(st.dictionaries(st.integers(-31, 31).filter(bool), st.integers(1, 9), min_size=1, max_size=12))
def test_pairs_are_of_keys_that_stay_and_add_up(counts: dict[int, int]) -> None:
    for max_keys in range(len(counts), -1, -1):
        try:
            pairs = decompose_rotations(counts, max_keys, SLOTS)
        except KeyPlanError:
            assert max_keys < len(counts)
            return
        kept = counts.keys() - pairs.keys()
        assert len(kept) <= max_keys
        for steps, (first, second) in pairs.items():
            assert {first, second} <= kept and (first + second - steps) % SLOTS == 0


def test_the_rarest_rotation_goes() -> None:
    assert decompose_rotations({1: 5, 2: 4, 3: 1}, 2, SLOTS) == {3: (2, 1)}
    assert decompose_rotations({1: 1, 2: 4, 3: 5, -1: 2}, 3, SLOTS) == {1: (2, -1)}


def test_what_cannot_be_reached_is_refused() -> None:
    with pytest.raises(KeyPlanError, match="2 rotation keys remain"):
        decompose_rotations({1: 1, 5: 1}, 1, SLOTS)
