"""Packing rules, by name: from the shape of an input and the slots of a ciphertext to a layout.

Other distributions declare theirs as entry points of the group ``hetorch_heir.packings``.
"""

from __future__ import annotations

import math
from collections.abc import Callable

from hetorch_heir.linalg.layout import Layout
from hetorch_heir.plugins import PACKINGS

LayoutRule = Callable[[tuple[int, ...], int], Layout]
"""From the shape of a tensor and the slots of a ciphertext to a layout."""


def row_major(shape: tuple[int, ...], slots: int) -> Layout:
    """The last axis first, from slot 0 on."""
    return Layout.contiguous(math.prod(shape), slots)


def column_major(shape: tuple[int, ...], slots: int) -> Layout:
    """The last axis but one first, from slot 0 on."""
    return Layout.column_major(shape, slots)


def diagonal(shape: tuple[int, ...], slots: int) -> Layout:
    """The generalised diagonals of the last two axes, one after the other."""
    return Layout.diagonal(shape, slots)


def laid_out(name: str, shape: tuple[int, ...], slots: int) -> Layout:
    """The layout by the rule of that name, which there must be.

    Raises:
        ParameterError: the rule has no layout for the shape.
        PluginError: the rule is another distribution's and can't be imported, or gives something else.
    """
    extension = PACKINGS.find(name)
    assert extension is not None, name
    layout = extension.call(shape, slots)
    if not isinstance(layout, Layout):
        raise extension.refusal(
            f"gives a {type(layout).__name__}, and not a hetorch_heir.linalg.layout.Layout"
        )
    if (layout.size, layout.slots) != (math.prod(shape), slots):
        raise extension.refusal(
            f"places {layout.size} elements in ciphertexts of {layout.slots} slots, where a tensor of shape"
            f" {shape} and ciphertexts of {slots} slots were given"
        )
    return layout
