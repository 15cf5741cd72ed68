"""Layouts of images: every pixel of every channel is where the grid says."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from hetorch_heir.core.errors import ParameterError
from hetorch_heir.linalg.image_layout import ImageForm
from hetorch_heir.linalg.layout import EMPTY, Layout, next_power_of_two


@st.composite
def forms(draw: st.DrawFn) -> ImageForm:
    channels, height, width = draw(st.tuples(st.integers(1, 6), st.integers(1, 7), st.integers(1, 7)))
    spacing, split = draw(st.sampled_from([(1, 1), (2, 1), (4, 1), (1, 2), (2, 2)]))
    vertical = (spacing, split) if height > 1 else (1, 1)
    rows = next_power_of_two(-(-height // vertical[1])) * vertical[0]
    columns = next_power_of_two(-(-width // split)) * spacing
    if height > 1:
        rows = max(rows, 2)
    copies, multiplexed = draw(st.sampled_from([1, 2])), draw(st.booleans())
    return ImageForm(channels, height, width, rows, columns, spacing, split, multiplexed, copies)


@given(form=forms(), room=st.sampled_from([1, 2, 8]), numbers=st.integers(0, 2**32 - 1))
def test_layouts_hold_every_element(form: ImageForm, room: int, numbers: int) -> None:
    slots = max(2, form.period * room)
    tensor = np.random.default_rng(numbers).standard_normal(form.size)
    for layout in form.layouts(slots, skews=((form.block, form.period),)):
        assert layout.ciphertexts == 1
        np.testing.assert_array_equal(layout.unpack(layout.pack(tensor)), tensor)
        held = layout.table[layout.table != EMPTY]
        # The replicas hold all elements equally often.
        assert set(np.bincount(held, minlength=form.size)) == {slots // form.period * form.copies}


@given(form=forms())
def test_neighbours_are_the_same_shift_apart(form: ImageForm) -> None:
    layout = form.periodic(max(2, form.period))
    first = layout.first_slots.reshape(form.channels, form.height, form.width)
    step = form.split
    across = first[:, :, step:] - first[:, :, :-step]
    assert np.all(across == form.spacing)
    if form.rows > 1:
        down = first[:, step:, :] - first[:, :-step, :]
        assert np.all(down == form.spacing * form.columns)


def test_channels_fill_the_points_between_pixels() -> None:
    layout = ImageForm(4, 2, 2, 4, 4, spacing=2).periodic(16)
    # Channel q of pixel (y, x) lies at (2y + q // 2, 2x + q % 2).
    assert layout.table.reshape(4, 4).tolist() == [
        [0, 4, 1, 5],
        [8, 12, 9, 13],
        [2, 6, 3, 7],
        [10, 14, 11, 15],
    ]


def test_phases_are_grids_of_their_own() -> None:
    layout = ImageForm(1, 4, 4, 2, 2, split=2).periodic(16)
    assert layout.table.reshape(4, 4).tolist() == [
        [0, 2, 8, 10],
        [1, 3, 9, 11],
        [4, 6, 12, 14],
        [5, 7, 13, 15],
    ]


def test_crossed_replicas_offer_every_channel_at_every_point() -> None:
    form = ImageForm(8, 2, 2, 4, 4, spacing=2)
    table = form.crossed(4 * form.period).table.reshape(4, form.period)
    for point in range(form.period):
        channels = {int(element) // 4 for element in table[:, point]}
        assert len(channels) == 4


def test_skewed_replicas_start_later() -> None:
    form = ImageForm(4, 2, 2, 2, 2)
    layout = form.skewed(32, 8)
    assert layout.table[0, :16].tolist() == list(range(16))
    assert layout.table[0, 16:].tolist() == [*range(8, 16), *range(8)]


def test_a_signal_is_an_image_of_one_row() -> None:
    layout = ImageForm(2, 1, 4, 1, 8, spacing=2).periodic(8)
    assert layout.table.tolist() == [[0, 4, 1, 5, 2, 6, 3, 7]]


def test_large_images_take_several_ciphertexts() -> None:
    layout = ImageForm(4, 4, 4, 4, 4).periodic(16)
    assert layout.table.shape == (4, 16)
    assert isinstance(layout, Layout)
    # Five channels are padded to eight, but ciphertexts that would hold nothing are left out.
    assert ImageForm(5, 4, 4, 4, 4).periodic(16).table.shape == (5, 16)


def test_forms_that_do_not_fit_are_refused() -> None:
    with pytest.raises(ParameterError, match="do not fit a grid of 2 x 2"):
        ImageForm(1, 3, 3, 2, 2)
    with pytest.raises(ParameterError, match="no room for a second replica"):
        ImageForm(4, 4, 4, 4, 4).skewed(64, 16)
    with pytest.raises(ParameterError, match="nothing to exchange"):
        ImageForm(4, 4, 4, 4, 4).crossed(128)
