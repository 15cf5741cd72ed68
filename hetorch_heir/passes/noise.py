"""The errors of the ciphertexts of a graph: how large encryption makes them, and what precision is left."""

from __future__ import annotations

import math
from collections.abc import Hashable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import numpy.typing as npt
import torch
from torch import Tensor
from torch.fx import GraphModule, Node

from hetorch_heir.core.context import CompilationContext
from hetorch_heir.core.errors import ParameterError, PassValidationError
from hetorch_heir.noise.arithmetic import NoisyArithmetic, NoisyValue
from hetorch_heir.noise.errors import Slots
from hetorch_heir.noise.model import NoiseModel
from hetorch_heir.passes.graph import (
    FACTOR_SCALE,
    PACKING_INFO,
    ciphertext_info,
    ciphertext_nodes,
    is_operation,
    location,
    node_shape,
    operation_name,
)
from hetorch_heir.passes.layers import Layer, layer_key, layer_of
from hetorch_heir.passes.management.annotation import check_managed
from hetorch_heir.passes.operations import pack, unpack

NOISE = "noise"
"""Metadata of a ciphertext: its :class:`NodeNoise`."""

NOISE_ANALYSIS = "noise_analysis"
"""Metadata of the graph module: its :class:`NoiseAnalysis`."""

EXAMPLE_INPUTS = "example_inputs"
"""Metadata of the graph module: the tensors that the model was captured with."""

UNIFORM_INPUTS = "no inputs are given: the errors are those of inputs drawn uniformly from [-1, 1]"

DRAWS = 8
"""How often errors are drawn: enough for vectors of thousands of slots."""

Sample = Sequence[npt.NDArray[Any]]


@dataclass(frozen=True)
class NodeNoise:
    """The error of the ciphertexts that one node yields.

    Attributes:
        deviation: root mean square over the slots of the error's standard deviation.
        worst: the largest standard deviation of a slot.
        magnitude: the largest absolute value of a slot.
        headroom: bits by which the values could grow before they overflow the modulus.
    """

    deviation: float
    worst: float
    magnitude: float
    headroom: float

    @property
    def precision(self) -> float:
        """Bits that are left: log2 of the largest value over the error; 0 where that is larger."""
        if not self.magnitude or not self.deviation:
            return 0.0 if self.deviation else math.inf
        return max(0.0, math.log2(self.magnitude / self.deviation))

    def joined(self, other: NodeNoise) -> NodeNoise:
        """The larger errors of two, and values."""
        return NodeNoise(
            max(self.deviation, other.deviation),
            max(self.worst, other.worst),
            max(self.magnitude, other.magnitude),
            min(self.headroom, other.headroom),
        )


@dataclass(frozen=True)
class LayerNoise:
    """The error of what a layer of the model yields; ``node`` is the name of its last node."""

    layer: Layer
    node: str
    noise: NodeNoise


@dataclass(frozen=True)
class NoiseAnalysis:
    """The errors of a graph, the largest over some inputs.

    Attributes:
        library: whose noise: "openfhe" or "seal".
        samples: inputs that values were computed on.
        nodes: of each ciphertext, by the name of the node.
        layers: in the order in which they are computed.
        outputs: of the model's outputs, decryption included, without the slots that hold none.
        warnings: outputs that have less precision than asked for.
        assumptions: what the errors depend on and is not known.
    """

    library: str
    samples: int
    nodes: Mapping[str, NodeNoise]
    layers: tuple[LayerNoise, ...]
    outputs: tuple[NodeNoise, ...]
    warnings: tuple[str, ...] = ()
    assumptions: tuple[str, ...] = ()

    @property
    def worst_output(self) -> NodeNoise:
        """The output that has the least precision."""
        return min(self.outputs, key=lambda one: one.precision)


def analyze_noise(
    graph_module: GraphModule,
    context: CompilationContext,
    library: str,
    model: NoiseModel,
    samples: Sequence[Sample] = (),
    *,
    draws: int = DRAWS,
    seed: int = 0,
) -> NoiseAnalysis:
    """The errors of all ciphertexts of a graph that a library could execute.

    Args:
        graph_module: packed, with levels managed; every ciphertext gets its :class:`NodeNoise` as
            ``meta["noise"]``.
        context: its parameters.
        library: the name of the model.
        model: what operations add.
        samples: inputs of the model; errors of products depend on values. Without any they are drawn.
        draws: how often errors are drawn; 0 takes all of them for independent, see
            :mod:`hetorch_heir.noise.errors`.
        seed: of inputs that are drawn.

    Raises:
        PassValidationError: the graph computes with other things than packed ciphertexts, or is not managed.
        ParameterError: the inputs don't fit the model, or the graph is deeper than the parameters allow.
    """
    check_managed(graph_module, context)
    assumptions = () if samples else (UNIFORM_INPUTS,)
    chosen = samples or [_drawn(graph_module, context, seed)]
    nodes: dict[Node, NodeNoise] = {}
    outputs: list[NodeNoise] = []
    for sample in chosen:
        run = _Propagation(graph_module, context, model, draws)
        run.run(sample)
        for node, noise in run.noise.items():
            nodes[node] = noise.joined(nodes.get(node, noise))
        outputs = [new.joined(old) for new, old in zip(run.outputs, outputs or run.outputs, strict=True)]
    for node, noise in nodes.items():
        node.meta[NOISE] = noise
    computed = [node for node in nodes if is_operation(node) and not is_operation(node, "pack")]
    last: dict[Hashable, Node] = {layer_key(node): node for node in computed}
    layers = tuple(LayerNoise(layer_of(node), node.name, nodes[node]) for node in last.values())
    by_name = {node.name: noise for node, noise in nodes.items()}
    return NoiseAnalysis(library, len(chosen), by_name, layers, tuple(outputs), (), assumptions)


def with_least_precision(analysis: NoiseAnalysis, least: float) -> NoiseAnalysis:
    """The same with a warning for every output that has fewer bits."""
    warnings = [
        f"output {number} has {one.precision:.1f} bits of precision on {analysis.library} (error"
        f" {one.deviation:.2g}, values up to {one.magnitude:.3g}), and {least:g} are asked for"
        for number, one in enumerate(analysis.outputs)
        if one.precision < least
    ]
    return replace(analysis, warnings=tuple(warnings))


def program_slots(graph_module: GraphModule, context: CompilationContext) -> int:
    """Slots after which the vectors of a graph repeat: those of its packed values."""
    packings = (
        node.meta.get(PACKING_INFO) for node in graph_module.graph.nodes if is_operation(node, "pack")
    )
    layouts = [one.layout.slots for one in packings if one is not None and one.layout is not None]
    return max(layouts, default=context.slot_count)


def _noise_of(values: Slots, deviations: Slots, headroom: float) -> NodeNoise:
    rms = math.sqrt(float(np.square(deviations).mean()))
    return NodeNoise(rms, float(deviations.max()), float(np.abs(values).max()), headroom)


def _placeholders(graph_module: GraphModule) -> list[Node]:
    return [node for node in graph_module.graph.nodes if node.op == "placeholder"]


def _drawn(graph_module: GraphModule, context: CompilationContext, seed: int) -> Sample:
    generator = np.random.default_rng(seed)
    shapes = [node_shape(node) or (context.slot_count,) for node in _placeholders(graph_module)]
    return [generator.uniform(-1.0, 1.0, shape) for shape in shapes]


class _Propagation:
    """One run of a graph in the clear, with variances."""

    def __init__(
        self, graph_module: GraphModule, context: CompilationContext, model: NoiseModel, draws: int
    ) -> None:
        self._module = graph_module
        self._encrypted = ciphertext_nodes(graph_module.graph)
        self._rules = NoisyArithmetic(model, draws)
        self._base = context.initial_scale
        self._slots = program_slots(graph_module, context)
        self._values: dict[Node, Any] = {}
        self.noise: dict[Node, NodeNoise] = {}
        self.outputs: list[NodeNoise] = []

    def run(self, sample: Sample) -> None:
        inputs = _placeholders(self._module)
        if len(sample) != len(inputs):
            raise ParameterError(f"the model has {len(inputs)} inputs, and {len(sample)} are given")
        for node, values in zip(inputs, sample, strict=True):
            shape = node_shape(node)
            if shape is not None and tuple(values.shape) != shape:
                raise ParameterError(
                    f"an input of shape {tuple(values.shape)}, where the model takes {shape}"
                )
            packed = any(is_operation(user, "pack") for user in node.users)
            self._set(node, values if packed or node not in self._encrypted else self._fresh(values))
        last_use = self._last_uses()
        for node in self._module.graph.nodes:
            if node.op == "call_function":
                self._set(node, self._call(node))
            elif node.op not in ("placeholder", "get_attr", "output"):
                raise self._unknown(node)
            for dead in last_use.get(node, ()):
                self._values.pop(dead, None)

    def _set(self, node: Node, value: Any) -> None:
        self._values[node] = value
        if not isinstance(value, NoisyValue) or is_operation(node, "unpack"):
            return
        info = ciphertext_info(node)
        assert info is not None, "check_managed has annotated all ciphertexts"
        headroom = self._rules.headroom(value, info.scale, info.level)
        self.noise[node] = _noise_of(value.values, np.sqrt(value.variances), headroom)

    def _fresh(self, values: npt.ArrayLike) -> NoisyValue:
        array = np.asarray(values, np.float64)
        return self._rules.fresh(array if array.ndim > 1 else array[None], self._base)

    def _call(self, node: Node) -> Any:
        if is_operation(node, "pack"):
            index: Any = node.args[1]
            slots = pack(torch.as_tensor(self._argument(node.args[0])), self._tensor(index)).numpy()
            return self._fresh(slots) if node in self._encrypted else slots
        if not is_operation(node) or not isinstance(operand := node.args[0], Node):
            raise self._unknown(node)
        x, info = self._values[operand], ciphertext_info(operand)
        assert isinstance(x, NoisyValue) and info is not None
        if is_operation(node, "unpack"):
            self._decrypt(node, x, info.scale)
            return x
        return self._operation(node, operation_name(node), x, info.scale, info.level, info.dimension)

    def _operation(
        self, node: Node, name: str, x: NoisyValue, scale: float, level: int, dimension: int
    ) -> NoisyValue:
        rules, others = self._rules, node.args[1:]
        match name:
            case "cadd" | "csub":
                return rules.sum(x, self._values[others[0]], 1.0 if name == "cadd" else -1.0)  # pyright: ignore
            case "cmult":
                return rules.product(x, self._values[others[0]])  # pyright: ignore[reportArgumentType]
            case "padd" | "psub":
                return rules.plain_sum(x, self._plain(others[0]), scale, 1.0 if name == "padd" else -1.0)
            case "pmult":
                factor = node.meta.get(FACTOR_SCALE)
                return rules.plain_product(
                    x, self._plain(others[0]), self._base if factor is None else 2.0**factor
                )
            case "negate":
                return rules.negated(x)
            case "rotate":
                return rules.rotated(x, int(others[0]), scale, level)  # pyright: ignore[reportArgumentType]
            case "relinearize":
                return rules.relinearized(x, scale, level)
            case "rescale":
                return self._rescaled(node, x, dimension)
            case "level_reduce":
                return x
            case "bootstrap":
                return rules.bootstrapped(x)
            case "linear_transform":
                return self._transform(node, x, scale, level)
            case _:
                raise self._unknown(node)

    def _rescaled(self, node: Node, x: NoisyValue, dimension: int) -> NoisyValue:
        """Where the divisor is not the nominal one, values and errors are off by the ratio."""
        info = ciphertext_info(node)
        assert info is not None
        ratio = float(node.args[1]) if len(node.args) > 1 else 1.0  # pyright: ignore[reportArgumentType]
        turned = NoisyValue(ratio * x.values, x.errors.scaled(ratio))
        return self._rules.rescaled(turned, info.scale, dimension)

    def _transform(self, node: Node, x: NoisyValue, scale: float, level: int) -> NoisyValue:
        rules, diagonals = self._rules, self._argument(node.args[1])
        columns: Any = node.args[2:7]
        turned: dict[tuple[int, int], NoisyValue] = {}
        groups: dict[tuple[int, int], list[tuple[NoisyValue, int]]] = {}
        for output, giant, source, baby, diagonal in zip(*columns, strict=True):
            if (source, baby) not in turned:
                row = NoisyValue(x.values[source], x.errors.row(source))
                turned[source, baby] = rules.rotated(row, baby, scale, level) if baby else row
            groups.setdefault((output, giant), []).append((turned[source, baby], diagonal))
        rows: dict[int, NoisyValue] = {}
        for (output, giant), terms in groups.items():
            factors = [factor for factor, _ in terms]
            total = rules.inner_product(
                factors, [rules.resized(diagonals[row]) for _, row in terms], self._base
            )
            part = rules.rotated(total, giant, scale * self._base, level) if giant else total
            rows[output] = part if output not in rows else rules.sum(rows[output], part)
        first, *others = (rows[row] for row in sorted(rows))
        values = np.stack([first.values, *(one.values for one in others)])
        return NoisyValue(values, first.errors.stacked([one.errors for one in others]))

    def _decrypt(self, node: Node, x: NoisyValue, scale: float) -> None:
        _, index, shape = node.args
        positions, slots = self._tensor(index), self._slots  # pyright: ignore[reportArgumentType]
        values, deviations = (
            unpack(torch.from_numpy(one[..., :slots].copy()), positions, shape).numpy()  # pyright: ignore
            for one in (x.values, self._rules.decrypted(x, scale))
        )
        self.outputs.append(_noise_of(values, deviations, headroom=math.inf))

    def _plain(self, argument: Any) -> Slots:
        array = np.asarray(self._argument(argument), np.float64)
        return array if array.ndim == 0 else self._rules.resized(array)

    def _argument(self, argument: Any) -> Any:
        """A number, or what a node yields."""
        if not isinstance(argument, Node):
            return argument
        return self._tensor(argument).numpy() if argument.op == "get_attr" else self._values[argument]

    def _tensor(self, node: Node) -> Tensor:
        value: Any = self._module
        for part in str(node.target).split("."):
            value = getattr(value, part)
        return value.detach().cpu()

    def _last_uses(self) -> dict[Node, list[Node]]:
        last: dict[Node, Node] = {}
        for node in self._module.graph.nodes:
            for operand in node.all_input_nodes:
                last[operand] = node
        dead: dict[Node, list[Node]] = {}
        for node, user in last.items():
            dead.setdefault(user, []).append(node)
        return dead

    def _unknown(self, node: Node) -> PassValidationError:
        return PassValidationError(
            f"{operation_name(node, self._module)} is no operation on packed ciphertexts",
            where=location(node),
            hint="run the passes that lower it before noise-analysis",
        )
