"""Limits of slots and keys: kept, or an error with the numbers."""

from __future__ import annotations

import pytest
import torch
from torch import nn
from torch.fx import GraphModule

from hetorch_heir import export
from hetorch_heir.core.errors import ParameterError
from hetorch_heir.passes.base import TransformationPass


def model() -> nn.Module:
    torch.manual_seed(0)
    return nn.Sequential(nn.Linear(64, 32), nn.Tanh(), nn.Linear(32, 8))


EXAMPLE = torch.rand(1, 64)


def test_a_program_within_its_limits_is_the_one_without() -> None:
    free = export(model(), EXAMPLE)
    keys = len(free.counts.rotation_keys)
    limited = export(model(), EXAMPLE, max_slots=free.chain.slots, max_keys=keys)
    assert limited.counts == free.counts


def test_more_slots_than_allowed() -> None:
    slots = export(model(), EXAMPLE).chain.slots
    with pytest.raises(ParameterError, match=rf"needs {slots} slots, and {slots // 2} are allowed") as caught:
        export(model(), EXAMPLE, max_slots=slots // 2)
    assert "--max-slots" in (caught.value.hint or "")


def test_slots_can_be_fewer_than_the_ring_has() -> None:
    result = export(model(), EXAMPLE, max_slots=1000, slots=512)
    assert result.chain.slots == 512 < result.chain.ring_dimension // 2


def test_too_few_levels_in_time() -> None:
    passes: list[str] = []
    with pytest.raises(ParameterError, match=r"needs \d+ slots, and 4096 are allowed"):
        export(
            model(), EXAMPLE, levels=12, max_slots=4096, after_pass=lambda step, _: passes.append(step.name)
        )
    assert passes == []


def test_rotations_are_made_of_others_where_keys_are_few() -> None:
    free = export(model(), EXAMPLE)
    needed = len(free.counts.rotation_keys)
    for max_keys in (needed - 1, needed - 3):
        limited = export(model(), EXAMPLE, max_keys=max_keys, verify=True)
        assert len(limited.counts.rotation_keys) <= max_keys
        assert set(limited.counts.rotation_keys) < set(free.counts.rotation_keys)
        assert limited.counts.rotations >= free.counts.rotations
        assert limited.counts.products == free.counts.products


def test_more_keys_than_allowed_are_found_as_soon_as_they_are_known() -> None:
    passes: list[str] = []

    def note(step: TransformationPass, _: GraphModule) -> None:
        passes.append(step.name)

    needed = len(export(model(), EXAMPLE).counts.rotation_keys)
    with pytest.raises(
        ParameterError, match=rf"needs {needed} rotation keys, \d+ if .*, and 1 are allowed"
    ) as caught:
        export(model(), EXAMPLE, max_keys=1, after_pass=note)
    assert passes[-1] == "linear-layer-bsgs"
    fewest = int((caught.value.hint or "").split("--max-keys ")[1].split(")")[0])
    assert 1 < fewest < needed
    assert len(export(model(), EXAMPLE, max_keys=fewest).counts.rotation_keys) <= fewest


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"max_slots": 0}, "at most 0 slots"),
        ({"max_keys": -1}, "at most -1 rotation keys"),
        ({"slots": 4096, "max_slots": 2048}, "4096 slots are asked for, and 2048 are allowed"),
    ],
)
def test_limits_that_make_no_sense(options: dict[str, int], message: str) -> None:
    with pytest.raises(ParameterError, match=message):
        export(model(), EXAMPLE, **options)  # pyright: ignore[reportArgumentType]
