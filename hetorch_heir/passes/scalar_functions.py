"""Functions of one number that a graph writes as several operations, found and made one."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
import numpy.typing as npt
import torch
from scipy.optimize import minimize_scalar
from torch.fx import GraphModule, Node

from hetorch_heir.approx.functions import ActivationFunction
from hetorch_heir.approx.segments import IDENTITY, Segments, constant
from hetorch_heir.passes.activation_nodes import SCALAR_FUNCTION, Activation, DescribedFunction, recognise
from hetorch_heir.passes.graph import ciphertext_nodes, constant_of, node_shape, operation_name

Array = npt.NDArray[np.float64]

_ARITHMETIC = ("add", "sub", "mul", "neg")
_SYMBOLS = {"add": "+", "sub": "-", "mul": "*"}
_LONGEST_FORMULA = 60
_FARTHEST_ROOT = 64
"""Operations between the input and the result of a function, at most."""
_BESIDE = 1e-9
_CONTINUOUS = 1e-6
_GRID = 257
_REACHED = 1e-8


@dataclass(frozen=True)
class Step:
    """An operation of a function: what is called, with operands that are numbers or earlier results.

    Attributes:
        name: of the operation, or of the activation.
        target: what computes it.
        operands: places of earlier results (0 is the function's argument, k the result of step k - 1) as
            ``Place``, and numbers.
        keywords: numbers by name.
        activation: what the step is, if it isn't arithmetic.
    """

    name: str
    target: Callable[..., Any]
    operands: tuple[Any, ...]
    keywords: tuple[tuple[str, Any], ...]
    activation: Activation | None

    @property
    def places(self) -> list[int]:
        return [one.number for one in self.operands if isinstance(one, Place)]

    @property
    def nonlinear(self) -> bool:
        """Whether it takes levels: an activation, or a product of two results."""
        return self.activation is not None or (self.name == "mul" and len(self.places) == 2)


@dataclass(frozen=True)
class Place:
    """An earlier result."""

    number: int


class FusedFunction(DescribedFunction):
    """A function of one number, applied to every element of a tensor; what ``call_function`` nodes call."""

    __name__ = SCALAR_FUNCTION
    __qualname__ = SCALAR_FUNCTION

    def __init__(self, steps: Iterable[Step]) -> None:
        self.steps = tuple(steps)

    def __call__(self, value: torch.Tensor) -> torch.Tensor:
        return self.results(value)[-1]

    def results(self, value: torch.Tensor) -> list[torch.Tensor]:
        """The argument and the results of all steps."""
        results = [value]
        for step in self.steps:
            operands = [results[one.number] if isinstance(one, Place) else one for one in step.operands]
            results.append(step.target(*operands, **dict(step.keywords)))
        return results

    @cached_property
    def formula(self) -> str:
        """As a user would write it, of x."""
        texts = ["x"]
        for step in self.steps:
            operands = [
                texts[one.number] if isinstance(one, Place) else _number(one) for one in step.operands
            ]
            symbol = _SYMBOLS.get(step.name)
            if symbol:
                texts.append(f"({operands[0]} {symbol} {operands[1]})")
            elif step.name == "neg":
                texts.append(f"(-{operands[0]})")
            else:
                arguments = [texts[place] for place in step.places]
                if step.activation is not None:
                    arguments += [f"{key}={_number(one)}" for key, one in step.activation.parameters]
                texts.append(f"{step.name}({', '.join(arguments)})")
            if len(texts[-1]) > _LONGEST_FORMULA:
                return f"function of {len(self.steps)} operations"
        text = texts[-1]
        return text[1:-1] if text.startswith("(") else text

    @property
    def segments(self) -> Segments | None:
        """The function as lines between breaks, if it is piecewise linear."""
        return self._all_segments[-1]

    @cached_property
    def _all_segments(self) -> list[Segments | None]:
        """The argument and the results of all steps as lines between breaks."""
        known: list[Segments | None] = [IDENTITY]
        for step in self.steps:
            known.append(_segments_of(step, known))
        return known

    @property
    def activation(self) -> Activation:
        """What there is to approximate."""
        return self._activation

    @cached_property
    def _activation(self) -> Activation:
        pieces = None if self.segments is None else self.segments.closed()
        name = self.formula
        if pieces is not None:
            places = ", ".join(f"{kink.position + 0.0:g}" for kink in pieces.kinks)
            name = f"piecewise linear function with {'jumps' if pieces.jumps else 'kinks'} at {places}"
        return Activation(
            name, function=ActivationFunction(name, self._on_arrays, pieces=pieces), parts=self.parts
        )

    @property
    def parts(self) -> tuple[str, ...]:
        """Names of the activations that it is made of."""
        return tuple(sorted({step.name for step in self.steps if step.activation is not None}))

    def suits(self) -> bool:
        """Whether one approximation can take the place of those of the steps: not for functions that jump,
        unless they are piecewise linear."""
        if sum(step.nonlinear for step in self.steps) < 2 or not self.parts:
            return False
        if self.segments is not None:
            return True
        for step, where in zip(self.steps, self._all_segments[1:], strict=True):
            pieces = None if step.activation is None else step.activation.resolve().pieces
            if pieces is None or not pieces.jumps:
                continue
            if where is None or not all(self._is_continuous_at(point) for point in where.breaks):
                return False
        return True

    def singular_points(self, low: float, high: float) -> tuple[float, ...]:
        """Arguments in [low, high] at which a step's operand is where its function has no value, or ends."""
        points = np.linspace(low, high, _GRID)
        results = self._all_on_arrays(points)
        found: list[float] = []
        for step in self.steps:
            if step.activation is None:
                continue
            function, place = step.activation.resolve(), step.places[0]
            leaves = bool(np.any(results[place] < function.lower))
            for wall in (*((function.lower,) if leaves else ()), *function.poles):
                found += self._arguments_of(place, wall, points, np.abs(results[place] - wall))
        return tuple(found)

    def _arguments_of(self, place: int, value: float, points: Array, distances: Array) -> Iterator[float]:
        """Where a result reaches a value: the zeros among the local minima of its distance from it."""
        known = np.where(np.isfinite(distances), distances, np.inf)
        reached = _REACHED * max(1.0, abs(value), float(np.max(known, where=np.isfinite(known), initial=0.0)))

        def distance(argument: float) -> float:
            result = float(self._all_on_arrays(np.array([argument]))[place][0])
            return abs(result - value) if math.isfinite(result) else math.inf

        beside = np.pad(known, 1, constant_values=np.inf)
        for index in np.flatnonzero((known <= beside[:-2]) & (known <= beside[2:]) & np.isfinite(known)):
            if known[index] == 0.0:
                yield float(points[index])
                continue
            bounds = points[max(index - 1, 0)], points[min(index + 1, _GRID - 1)]
            nearest = minimize_scalar(distance, bounds=bounds, method="bounded", options={"xatol": 1e-12})
            if nearest.fun <= reached:
                yield float(nearest.x)

    def _is_continuous_at(self, point: float) -> bool:
        distance = _BESIDE * max(1.0, abs(point))
        below, above = self._on_arrays(np.array([point - distance, point + distance])).tolist()
        return math.isfinite(below) and abs(above - below) <= _CONTINUOUS * max(1.0, abs(below))

    def _on_arrays(self, values: Array) -> Array:
        return self._all_on_arrays(values)[-1]

    def _all_on_arrays(self, values: Array) -> list[Array]:
        with torch.no_grad():
            results = self.results(torch.tensor(values, dtype=torch.float64))
        return [np.asarray(one.numpy(), dtype=np.float64) for one in results]


def fuse_scalar_functions(graph_module: GraphModule) -> int:
    """Makes every function of one number that takes several steps a call of one, in place.

    Args:
        graph_module: a normalised graph with the shapes of its values.

    Returns:
        How many there were.
    """
    graph = graph_module.graph
    finder = _Finder(graph_module)
    count = 0
    for node in reversed(list(graph.nodes)):
        function = finder.function_at(node)
        if function is None:
            continue
        root, scalar = function
        with graph.inserting_before(node):
            call = graph.call_function(scalar, (root,))
        call.meta.update(node.meta)
        node.replace_all_uses_with(call)
        count += 1
    if count:
        graph.eliminate_dead_code()
        graph_module.recompile()
    return count


class _Finder:
    """Looks for functions of one number; nodes that belong to one are taken."""

    def __init__(self, graph_module: GraphModule) -> None:
        self._module = graph_module
        self._encrypted = ciphertext_nodes(graph_module.graph)
        self._order = {node: place for place, node in enumerate(graph_module.graph.nodes)}
        self._steps: dict[Node, tuple[Activation | None, tuple[Any, ...]]] = {}
        self._arguments: dict[Node, frozenset[Node]] = {}
        self._taken: set[Node] = set()
        for node in graph_module.graph.nodes:
            self._look_at(node)

    def function_at(self, node: Node) -> tuple[Node, FusedFunction] | None:
        """The longest function whose result is ``node``, with its argument."""
        if node in self._taken or node not in self._steps or not node.users or self._is_affine(node):
            return None
        for root in sorted(self._arguments[node] - {node}, key=self._order.__getitem__):
            inside = self._between(root, node)
            if inside is None or inside & self._taken:
                continue
            scalar = FusedFunction(self._steps_of(root, inside))
            if scalar.suits():
                self._taken |= inside
                return root, scalar
        return None

    def _is_affine(self, node: Node) -> bool:
        """Whether it is a product or a sum with a number: those merge with what comes after."""
        activation, operands = self._steps[node]
        return activation is None and sum(isinstance(one, Node) for one in operands) < 2

    def _look_at(self, node: Node) -> None:
        """Records which nodes this one is a function of, element by element."""
        self._arguments[node] = frozenset({node})
        step = self._step(node) if node in self._encrypted and node.op == "call_function" else None
        if step is None:
            return
        self._steps[node] = step
        sources = [one for one in step[1] if isinstance(one, Node)]
        shared = frozenset.intersection(*(self._arguments[one] for one in sources))
        nearest = sorted(shared, key=self._order.__getitem__)[-_FARTHEST_ROOT:]
        self._arguments[node] = frozenset({node, *nearest})

    def _step(self, node: Node) -> tuple[Activation | None, tuple[Any, ...]] | None:
        """The operation, if it is one on the elements of encrypted values of one shape and numbers."""
        activation = recognise(node, self._module)
        if activation is None and (operation_name(node) not in _ARITHMETIC or node.kwargs):
            return None
        operands = tuple(self._operand(one) for one in node.args)
        sources = [one for one in operands if isinstance(one, Node)]
        shape = node_shape(node)
        if shape is None or not sources or any(node_shape(one) != shape for one in sources):
            return None
        return (activation, operands) if all(one in self._encrypted for one in sources) else None

    def _operand(self, argument: Any) -> Any:
        """An argument; a constant of equal elements is a number."""
        if isinstance(argument, Node) and argument.op == "get_attr":
            values = constant_of(self._module, argument)
            if values.size and np.all(values == values.flat[0]):
                return float(values.flat[0])
        return argument

    def _between(self, root: Node, node: Node) -> frozenset[Node] | None:
        """The operations from the argument to the result; None if others use what is in between."""
        inside: set[Node] = set()
        pending = [node]
        while pending:
            current = pending.pop()
            if current is root or current in inside:
                continue
            if current not in self._steps:
                return None
            inside.add(current)
            pending += [one for one in self._steps[current][1] if isinstance(one, Node)]
        if any(not set(one.users) <= inside for one in inside - {node}):
            return None
        return frozenset(inside)

    def _steps_of(self, root: Node, inside: frozenset[Node]) -> Iterator[Step]:
        places = {root: Place(0)}
        for node in sorted(inside, key=self._order.__getitem__):
            activation, operands = self._steps[node]
            assert callable(node.target)
            name = operation_name(node) if activation is None else activation.name
            given = tuple(places[one] if isinstance(one, Node) else one for one in operands)
            yield Step(name, node.target, given, tuple(node.kwargs.items()), activation)
            places[node] = Place(len(places))


def _segments_of(step: Step, known: Sequence[Segments | None]) -> Segments | None:
    """A step's result as lines between breaks, if it and its operands are piecewise linear."""
    if any(known[place] is None for place in step.places):
        return None
    operands: list[Any] = [known[one.number] if isinstance(one, Place) else one for one in step.operands]
    if step.activation is not None:
        pieces = step.activation.resolve().pieces
        return None if pieces is None else operands[0].under(pieces)
    first, *rest = (one if isinstance(one, Segments) else constant(float(one)) for one in operands)
    if step.name == "neg":
        return first.scaled(-1.0)
    second = rest[0]
    if step.name == "mul":
        return first.times(second)
    return first.plus(second if step.name == "add" else second.scaled(-1.0))


def _number(value: Any) -> str:
    return f"{value:g}" if isinstance(value, (int, float)) and not isinstance(value, bool) else str(value)
