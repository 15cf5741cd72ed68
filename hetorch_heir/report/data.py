"""What a report shows, as plain values; neither torch nor a browser is needed to handle them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

Floats = tuple[float, ...]


@dataclass(frozen=True)
class Operation:
    """One kind of homomorphic operation in a layer.

    Attributes:
        name: of the primitive operation.
        count: executions.
        levels: of the operands, lowest and highest.
        milliseconds: that all of them are estimated to take on one thread.
    """

    name: str
    count: int
    levels: tuple[int, int]
    milliseconds: float


@dataclass(frozen=True)
class Placement:
    """How a tensor lies in slots.

    Attributes:
        shape: of the tensor; None if nothing says it.
        ciphertexts: that it takes.
        slots: of one ciphertext.
        elements: of the tensor.
        copies: slots that hold an element, for each element, on average.
        filled: part of the slots that hold an element.
        name: of the rule.
    """

    shape: tuple[int, ...] | None
    ciphertexts: int
    slots: int
    elements: int
    copies: float
    filled: float
    name: str


@dataclass(frozen=True)
class Layer:
    """One node of the network: layers merged into one linear stretch, or an activation.

    Attributes:
        modules: dotted paths of the modules; "" is the model itself.
        kinds: their classes.
        places: files and lines in the user's code, as far as known.
        inputs: numbers of the layers, and names of the model's inputs, that it takes.
        costs: counts, times in milliseconds and bytes by name, as ``hetorch-export --json`` gives them.
        operations: what it executes.
        rotations: steps of its rotations, each once, with how often they are made.
        last_level, log_scale: of its result; the scale as log2.
        takes, gives: placements of the values that it takes, and of its result.
    """

    modules: tuple[str, ...]
    kinds: tuple[str, ...]
    places: tuple[str, ...]
    inputs: tuple[int | str, ...]
    costs: Mapping[str, Any]
    operations: tuple[Operation, ...]
    rotations: Mapping[int, int]
    last_level: int
    log_scale: float
    takes: tuple[Placement, ...]
    gives: Placement

    @property
    def milliseconds(self) -> float:
        """Estimated time on one thread, without encoding plaintexts."""
        return self.costs["milliseconds"]

    @property
    def name(self) -> str:
        """The paths of the modules, or the class of the model."""
        return " + ".join(path or kind for path, kind in zip(self.modules, self.kinds, strict=True))

    @property
    def kind(self) -> str:
        """The classes of the modules, each once."""
        return " + ".join(dict.fromkeys(kind for kind in self.kinds if kind))


@dataclass(frozen=True)
class DataPoint:
    """A value on its way through a layer, after an operation.

    Attributes:
        layer: its number.
        operation: name; "start" for the value that the layer takes.
        level: rescalings left.
        log_scale: log2 of the scale.
    """

    layer: int
    operation: str
    level: int
    log_scale: float


@dataclass(frozen=True)
class LayerNoise:
    """Predicted errors of the result of a layer, from encryption alone.

    Attributes:
        layer: its number.
        deviation: standard deviation of the error of a slot, the largest of the result's ciphertexts.
        precision_bits: bits of the values above the error.
        headroom_bits: bits between the values and the modulus; below 0 they overflow. None if not known.
    """

    layer: int
    deviation: float
    precision_bits: float
    headroom_bits: float | None = None


@dataclass(frozen=True)
class Curve:
    """An activation next to what stands for it.

    Attributes:
        x: points of the range approximated on.
        exact, approximate: values there.
        edges, counts: histogram of the values seen in calibration; empty without any.
    """

    x: Floats
    exact: Floats
    approximate: Floats
    edges: Floats = ()
    counts: tuple[int, ...] = ()

    @property
    def errors(self) -> Floats:
        return tuple(p - f for p, f in zip(self.approximate, self.exact, strict=True))


@dataclass(frozen=True)
class ActivationPart:
    """An approximated activation: its numbers as ``hetorch-export --json`` gives them, and its curve."""

    values: Mapping[str, Any]
    curve: Curve


@dataclass(frozen=True)
class KeyPart:
    """An evaluation key.

    Attributes:
        kind: "rotation", "relinearization" or "bootstrap".
        steps: of the rotation; 0 for other kinds.
        bytes: in memory; None where that is not known.
        uses: operations that use it.
        stays: first and last positions of the schedule between which it is needed, or in memory by a plan.
        layers: numbers of the layers of its first and last use.
    """

    kind: str
    steps: int
    bytes: int | None
    uses: int
    stays: tuple[tuple[int, int], ...]
    layers: tuple[int, int]


@dataclass(frozen=True)
class KeyPlanPart:
    """The plan that keeps keys within a budget: bytes allowed, bytes taken at most, loads from disk."""

    budget: int
    peak_bytes: int
    loads: int


@dataclass(frozen=True)
class Report:
    """All that is shown of an export.

    Attributes:
        name: of the program's entry function.
        summary: its numbers, as ``hetorch-export --json`` gives them.
        layers: in the order in which they are computed.
        outputs: for each output of the model, the numbers of the layers that give it.
        inputs: names of the model's inputs, with what is known of them.
        data: the way of the data through each layer, by layers.
        noise: by layer; empty if it was not estimated.
        noise_basis: on what inputs, in words.
        activations: in the order of the model.
        keys: by their first use.
        key_plan: of the keys in memory, if a budget was given.
        schedule_length: positions of the schedule that :attr:`KeyPart.stays` refer to.
        held_bytes: the most bytes of ciphertexts alive at once.
        latency_source: what the times were measured on.
        version: of the compiler.
    """

    name: str
    summary: Mapping[str, Any]
    layers: tuple[Layer, ...]
    inputs: tuple[str, ...]
    outputs: tuple[tuple[int | str, ...], ...]
    data: tuple[DataPoint, ...]
    noise: tuple[LayerNoise, ...]
    noise_basis: str
    activations: tuple[ActivationPart, ...]
    keys: tuple[KeyPart, ...]
    key_plan: KeyPlanPart | None
    schedule_length: int
    held_bytes: int
    latency_source: str
    version: str

    @property
    def milliseconds(self) -> float:
        """Estimated time of an evaluation on one thread."""
        return sum(layer.milliseconds for layer in self.layers)

    @property
    def encoding_milliseconds(self) -> float:
        """Estimated time for encoding all plaintexts once."""
        return sum(layer.costs["encoding_milliseconds"] for layer in self.layers)

    @property
    def plaintext_bytes(self) -> int:
        """Bytes of all encoded plaintexts."""
        return sum(layer.costs["plaintext_bytes"] for layer in self.layers)

    @property
    def key_bytes(self) -> int:
        """Bytes of the keys whose sizes are known."""
        return sum(key.bytes or 0 for key in self.keys)
