"""Building a normalised graph: constants are folded, shared and named; every node gets its metadata."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import torch
from torch import fx, nn
from torch._ops import OpOverload
from torch._subclasses.fake_tensor import FakeTensorMode
from torch.fx.node import map_aggregate

from hetorch_heir.core.errors import WeightError
from hetorch_heir.frontend.schema import operator_name
from hetorch_heir.frontend.source import SourceLocation


@dataclass(frozen=True, eq=False)
class Constant:
    """A tensor that is known while compiling.

    Attributes:
        tensor: its value.
        name: what it is called in the graph and in messages; a qualified name, possibly with suffixes.
    """

    tensor: torch.Tensor
    name: str

    @property
    def shape(self) -> tuple[int, ...]:
        return tuple(self.tensor.shape)

    def map(self, function: Callable[[torch.Tensor], torch.Tensor]) -> Constant:
        """The constant ``function(tensor)``, under the same name."""
        with torch.no_grad():
            return Constant(function(self.tensor), self.name)


Tensor = fx.Node | Constant
"""A tensor operand: computed by the graph, or known."""


def shape_of(value: Tensor) -> tuple[int, ...]:
    """The shape of an operand."""
    return value.shape if isinstance(value, Constant) else tuple(value.meta["val"].shape)


class GraphBuilder:
    """Emits the nodes of a new graph.

    Equal calls are emitted once, and equal constants are one ``get_attr`` node: the graph is functional.

    Attributes:
        dtype: the floating type of the whole graph; constants used as operands are converted to it.
        source: the place in the user's model that the nodes emitted next belong to.
        polynomial_max: whether max pooling may be approximated.
    """

    def __init__(self, dtype: torch.dtype, *, polynomial_max: bool = False) -> None:
        self.dtype = dtype
        self.polynomial_max = polynomial_max
        self.source = SourceLocation()
        self.graph = fx.Graph()
        self.root = nn.Module()
        self._fake_mode = FakeTensorMode(allow_non_fake_inputs=True)
        self._calls: dict[Any, fx.Node] = {}
        self._constants: dict[Any, fx.Node] = {}

    def placeholder(self, name: str, shape: Sequence[int], meta: dict[str, Any]) -> fx.Node:
        """Emit an input of type ``dtype``."""
        node = self.graph.placeholder(name)
        with self._fake_mode:
            value = torch.empty(tuple(shape), dtype=self.dtype)
        node.meta.update(meta | {"val": value})
        return node

    def call(self, target: Any, *args: Any, **kwargs: Any) -> fx.Node:
        """Emit a call; constants among the arguments become ``get_attr`` nodes."""
        args = map_aggregate(args, self._materialise)
        kwargs = map_aggregate(kwargs, self._materialise)
        # repr tells 1 from 1.0 and True, and 0.0 from -0.0; the names of nodes are unique.
        key = (target, repr(args), repr(kwargs))
        node = self._calls.get(key)
        if node is None:
            # Named after the operator alone: %linear, %linear_1, and not %linear_default.
            name = operator_name(target).rpartition(".")[2]
            node = self.graph.create_node("call_function", target, args, kwargs, name)
            node.meta.update(val=self._evaluate(target, args, kwargs), source=self.source)
            self._calls[key] = node
        return node

    def operand(self, constant: Constant) -> Constant:
        """``constant`` in the graph's floating type."""
        return constant if constant.tensor.dtype == self.dtype else constant.map(lambda t: t.to(self.dtype))

    def output(self, values: Sequence[Tensor]) -> None:
        """Emit the output node: the flat tuple of ``values``."""
        nodes = tuple(
            self.constant(self.operand(value)) if isinstance(value, Constant) else value for value in values
        )
        node = self.graph.output(nodes)
        node.meta.update(val=tuple(value.meta["val"] for value in nodes), source=SourceLocation())

    def finish(self) -> fx.GraphModule:
        """The graph module, without dead code."""
        self.graph.eliminate_dead_code()
        self.graph.lint()
        return fx.GraphModule(self.root, self.graph)

    def constant(self, constant: Constant) -> fx.Node:
        """The ``get_attr`` node of a constant.

        Raises:
            WeightError: it has a NaN or an infinity, which folding brought about.
        """
        tensor = constant.tensor.detach().contiguous()
        if tensor.is_floating_point() and not bool(torch.isfinite(tensor).all()):
            raise WeightError(
                f"a constant computed from {constant.name} is NaN or infinite",
                where=str(self.source),
                hint="check the weights of this layer (a negative variance, a division by zero)",
            )
        key = (tensor.dtype, tuple(tensor.shape), _digest(tensor))
        node = self._constants.get(key)
        if node is None:
            attribute = self._attribute_name(constant.name)
            self.root.register_buffer(attribute, tensor)
            node = self.graph.get_attr(attribute)
            node.meta.update(
                val=self._fake_mode.from_tensor(tensor), source=self.source, qualified_name=constant.name
            )
            self._constants[key] = node
        return node

    def _materialise(self, argument: Any) -> Any:
        return self.constant(argument) if isinstance(argument, Constant) else argument

    def _evaluate(self, target: Any, args: Any, kwargs: Any) -> Any:
        """The fake result of a call."""
        fake_args = map_aggregate(args, _fake_value)
        fake_kwargs = map_aggregate(kwargs, _fake_value)
        with self._fake_mode:
            return target(*fake_args, **fake_kwargs)

    def _attribute_name(self, name: str) -> str:
        base = re.sub(r"\W", "_", name)
        base = base if base and not base[0].isdigit() else f"_{base}"
        attribute, count = base, 0
        while hasattr(self.root, attribute):
            count += 1
            attribute = f"{base}_{count}"
        return attribute


def _fake_value(argument: Any) -> Any:
    return argument.meta["val"] if isinstance(argument, fx.Node) else argument


def _digest(tensor: torch.Tensor) -> bytes:
    """A hash of the bytes of a contiguous tensor (of any type, also those that numpy lacks)."""
    return hashlib.blake2b(tensor.reshape(-1).view(torch.uint8).numpy().data, digest_size=16).digest()


Rule = Callable[..., Any]
"""Gives the normal form of a call: ``rule(builder, *arguments)``, arguments in the schema's order.

The result is an operand, or a tuple of them for operators with several results.
"""

RuleTable = dict[OpOverload, Rule]
