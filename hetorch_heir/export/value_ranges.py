"""How large the values of ciphertexts get, and whether the modulus has room for them."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
from torch import Tensor
from torch.fx import GraphModule, Interpreter, Node

from hetorch_heir.core.chain import CKKSChain
from hetorch_heir.core.context import CompilationContext
from hetorch_heir.core.errors import ParameterError
from hetorch_heir.core.primes import MAX_PRIME_BITS
from hetorch_heir.passes.graph import ciphertext_nodes, location
from hetorch_heir.passes.management.annotation import ScaleModel, annotate

MAX_SAMPLES = 4
"""Samples that values are computed on, evenly from those given."""

MARGIN_BITS = 0.2
"""log2 of by how much values of other inputs are taken to be larger than those of the samples."""

SMALLEST_SCALE = 20
"""log2 of the smallest scale that is chosen: errors of encryption are near 2^-10 then."""

Samples = Sequence[tuple[Tensor, ...]]


@dataclass(frozen=True)
class Room:
    """Where the modulus has the least room for the values.

    Attributes:
        place: where in the model they occur.
        largest: their absolute value on the samples.
        bits: log2 of by how much larger they could be; negative where they overflow.
    """

    place: str
    largest: float
    bits: float


def some_samples(samples: Samples, most: int = MAX_SAMPLES) -> list[tuple[Tensor, ...]]:
    """At most so many samples, evenly from those given."""
    indices = np.unique(np.linspace(0, len(samples) - 1, min(most, len(samples))).astype(np.int64))
    return [samples[index] for index in indices]


def largest_values(graph_module: GraphModule, samples: Samples) -> dict[Node, float]:
    """The largest absolute value of a slot of every ciphertext, on some of the samples."""
    observer = _Observer(graph_module)
    with torch.no_grad():
        for sample in some_samples(samples):
            observer.run(*sample)
    return observer.largest


class _Observer(Interpreter):
    def __init__(self, graph_module: GraphModule) -> None:
        super().__init__(graph_module)
        self._encrypted = ciphertext_nodes(graph_module.graph)
        self.largest: dict[Node, float] = {}

    def run_node(self, n: Node) -> Any:
        value = super().run_node(n)
        if n in self._encrypted and isinstance(value, Tensor):
            largest = float(value.abs().max()) if value.numel() else 0.0
            self.largest[n] = max(self.largest.get(n, 0.0), math.inf if math.isnan(largest) else largest)
        return value


def least_room(
    graph_module: GraphModule, context: CompilationContext, largest: Mapping[Node, float]
) -> Room | None:
    """Where values come nearest to the modulus, half of q_0 … q_l over the scale at a level l."""
    model = ScaleModel(context)
    rooms = [
        Room(
            location(node),
            largest[node],
            model.modulus(state.level) - state.log_scale - 1.0 - math.log2(largest[node]),
        )
        for node, state in annotate(graph_module, context).items()
        if largest.get(node, 0.0) > 0.0
    ]
    return min(rooms, key=lambda room: room.bits, default=None)


def first_bits_needed(room: Room | None, chain: CKKSChain) -> int:
    """The smallest first prime that has room for the values, in bits."""
    first = round(math.log2(chain.Q[0]))
    return first if room is None else max(chain.log_scale + 1, first - math.floor(room.bits - MARGIN_BITS))


def require_room(room: Room | None, chain: CKKSChain) -> None:
    """Refuse a chain whose modulus is too small for the values.

    Raises:
        ParameterError: they overflow; says with which sizes they would not.
    """
    if room is None or room.bits >= MARGIN_BITS:
        return
    if not math.isfinite(room.bits):
        raise ParameterError(
            "values are infinite, or no numbers",
            where=room.place,
            hint="normalise the model, or give inputs like those that it was trained on",
        )
    first, missing = round(math.log2(chain.Q[0])), math.ceil(MARGIN_BITS - room.bits)
    fitting: list[str] = []
    if first + missing <= MAX_PRIME_BITS:
        fitting.append(f"a first prime of at least {first + missing} bits (--first-bits)")
    if chain.log_scale - missing >= SMALLEST_SCALE:
        fitting.append(f"a scale of at most {chain.log_scale - missing} bits (--scale-bits)")
    fitting.append(f"values of at most {room.largest * 2.0**-missing:.3g}")
    raise ParameterError(
        f"values reach {room.largest:.3g} and overflow: with a scale of 2^{chain.log_scale} and a first prime"
        f" of {first} bits there is room for {room.largest * 2.0**room.bits:.3g}",
        where=room.place,
        hint=f"use {', or '.join(fitting)}",
    )
