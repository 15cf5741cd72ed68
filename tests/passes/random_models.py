"""Random models for property tests: linear steps of every kind, products, polynomials, several results."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
import torch
from hypothesis import Phase, settings
from hypothesis import strategies as st
from torch import Tensor, nn
from torch.fx import GraphModule

from hetorch_heir.frontend import to_graph

MAX_SIZE = 60
"""Elements of the largest value."""

MODEL_SETTINGS = settings(phases=[Phase.explicit, Phase.reuse, Phase.generate])
"""No shrinking: to capture a model takes a third of a second, and a failure prints the model anyway."""

Step = Callable[[list[Tensor]], Tensor]


class RandomModel(nn.Module):
    """Straight-line code: every step appends one value; ``results`` are the values returned.

    Args:
        public: names of the inputs that are plaintext.
        text: the program, for failure messages.
    """

    def __init__(self, steps: list[Step], results: list[int], public: list[str], text: str) -> None:
        super().__init__()
        self.steps = steps
        self.results = results
        self.public = public
        self.text = text

    def __repr__(self) -> str:
        return self.text

    def forward(self, *inputs: Tensor) -> tuple[Tensor, ...]:
        values = list(inputs)
        for step in self.steps:
            values.append(step(values))
        return tuple(values[one] for one in self.results)


@dataclass
class Case:
    """A model and an input for it."""

    model: RandomModel
    inputs: tuple[Tensor, ...]

    def graph(self) -> GraphModule:
        """The model in normal form."""
        return to_graph(self.model, self.inputs, public_inputs=self.model.public)

    def expected(self) -> tuple[Tensor, ...]:
        return self.model(*self.inputs)


class _Builder:
    """Draws steps, knowing the shape of every value and which ones are plaintext."""

    def __init__(self, draw: st.DrawFn, seed: int, *, products: bool) -> None:
        self.draw = draw
        self.random = np.random.default_rng(seed)
        self.shapes: list[tuple[int, ...]] = []
        self.secret: list[int] = []
        self.steps: list[Step] = []
        self.names: list[str] = []
        self.kinds: list[Callable[[int], None]] = [
            self.linear,
            self.matmul_left,
            self.matmul_right,
            self.reshape,
            self.permute,
            self.expand,
            self.scalar,
            self.vector,
            self.negate,
            self.combine,
        ]
        if products:
            self.kinds += [self.square, self.product, self.polynomial, self.public]

    def constant(self, *shape: int) -> Tensor:
        values = self.random.normal(size=shape) / math.sqrt(max(1, shape[-1] if shape else 1))
        if self.draw(st.booleans()):
            values = values * (self.random.random(shape) < 0.3)
        return torch.from_numpy(np.asarray(values, dtype=np.float64))

    def append(self, name: str, shape: Sequence[int], step: Step) -> None:
        if math.prod(shape) > MAX_SIZE:
            return
        self.names.append(f"%{len(self.shapes)} {tuple(shape)} = {name}")
        self.secret.append(len(self.shapes))
        self.shapes.append(tuple(shape))
        self.steps.append(step)

    def step(self) -> None:
        operand = self.draw(st.sampled_from(self.secret[-3:]))
        self.draw(st.sampled_from(self.kinds))(operand)

    def linear(self, one: int) -> None:
        *batch, width = self.shapes[one] or (1,)
        if not self.shapes[one]:
            return
        out = self.draw(st.integers(1, 12))
        weight, bias = self.constant(out, width), self.constant(out)
        self.append(f"linear %{one}", (*batch, out), lambda v: nn.functional.linear(v[one], weight, bias))

    def matmul_left(self, one: int) -> None:
        shape = self.shapes[one]
        if not shape:
            return
        rows = self.draw(st.integers(1, 6))
        batch = shape[:-2] if len(shape) > 1 and self.draw(st.booleans()) else ()
        weight = self.constant(*batch, rows, *(shape[-2:-1] or shape))
        shape = tuple(torch.matmul(weight, torch.zeros(shape, dtype=torch.float64)).shape)
        self.append(f"const @ %{one}", shape, lambda v: torch.matmul(weight, v[one]))

    def matmul_right(self, one: int) -> None:
        shape = self.shapes[one]
        if not shape:
            return
        weight = self.constant(
            shape[-1], *([self.draw(st.integers(1, 6))] if self.draw(st.booleans()) else [])
        )
        self.append(
            f"%{one} @ const", (*shape[:-1], *weight.shape[1:]), lambda v: torch.matmul(v[one], weight)
        )

    def reshape(self, one: int) -> None:
        size = math.prod(self.shapes[one])
        rows = self.draw(st.sampled_from([d for d in range(1, size + 1) if size % d == 0]))
        shape = self.draw(st.sampled_from([(size,), (rows, size // rows), (1, rows, size // rows)]))
        self.append(f"reshape %{one}", shape, lambda v: v[one].reshape(shape))

    def permute(self, one: int) -> None:
        dims = self.draw(st.permutations(range(len(self.shapes[one]))))
        shape = [self.shapes[one][dim] for dim in dims]
        self.append(f"permute %{one} {dims}", shape, lambda v: v[one].permute(dims))

    def expand(self, one: int) -> None:
        shape = (self.draw(st.integers(1, 3)), *self.shapes[one])
        self.append(f"expand %{one}", shape, lambda v: v[one].expand(shape))

    def scalar(self, one: int) -> None:
        factor, offset = self.draw(
            st.sampled_from([(0.5, 0.25), (-2.0, 0.0), (1.0, -1.0), (0.0, 1.0), (2.0, 0.0)])
        )
        self.append(f"%{one} * {factor} + {offset}", self.shapes[one], lambda v: v[one] * factor + offset)

    def vector(self, one: int) -> None:
        factors, offsets = self.constant(*self.shapes[one][-1:]), self.constant(*self.shapes[one])
        self.append(f"%{one} * const + const", self.shapes[one], lambda v: v[one] * factors + offsets)

    def negate(self, one: int) -> None:
        self.append(f"-%{one}", self.shapes[one], lambda v: -v[one])

    def _partner(self, one: int, among: Sequence[int]) -> int | None:
        matching = [
            other
            for other in among
            if self.shapes[other] == self.shapes[one] or self.shapes[other] in ((), self.shapes[one][1:])
        ]
        return self.draw(st.sampled_from(matching)) if matching else None

    def combine(self, one: int) -> None:
        other = self._partner(one, self.secret)
        assert other is not None, "a value has the shape of itself"
        if self.draw(st.booleans()):
            self.append(f"%{one} + %{other}", self.shapes[one], lambda v: v[one] + v[other])
        else:
            self.append(f"%{other} - %{one}", self.shapes[one], lambda v: v[other] - v[one])

    def square(self, one: int) -> None:
        self.append(f"%{one} ** 2", self.shapes[one], lambda v: 0.5 * v[one] * v[one])

    def product(self, one: int) -> None:
        other = self._partner(one, self.secret)
        assert other is not None, "a value has the shape of itself"
        self.append(f"%{one} * %{other}", self.shapes[one], lambda v: v[one] * v[other])

    def polynomial(self, one: int) -> None:
        degree = self.draw(st.integers(1, 5))
        coefficients = [float(c) for c in self.random.normal(size=degree + 1) / 4]
        if self.draw(st.booleans()):
            coefficients[::2] = [0.0] * len(coefficients[::2])
            coefficients[1] = 0.5
        factor, offset = self.draw(st.sampled_from([(0.25, 0.0), (0.125, 0.0625), (1.0, 0.0)]))
        chebyshev = torch.ops.hetorch.chebyshev
        self.append(
            f"chebyshev(%{one} * {factor} + {offset}, {coefficients})",
            self.shapes[one],
            lambda v: chebyshev(v[one] * factor + offset, coefficients),
        )

    def public(self, one: int) -> None:
        other = self._partner(one, [o for o in range(len(self.shapes)) if o not in self.secret])
        if other is None:
            return
        name, step = self.draw(
            st.sampled_from(
                [
                    ("%{} + public %{}", lambda v: v[one] + v[other]),
                    ("%{} - public %{}", lambda v: v[one] - v[other]),
                    ("%{} * public %{}", lambda v: v[one] * v[other]),
                    ("%{} * public -2 * %{}", lambda v: v[one] * (-2 * v[other])),
                ]
            )
        )
        self.append(name.format(one, other), self.shapes[one], step)


SHAPES: list[tuple[int, ...]] = [(1,), (7,), (1, 16), (3, 5), (2, 3, 4), (1, 50), (4, 1), (33,)]


@st.composite
def cases(draw: st.DrawFn, *, products: bool = True, max_steps: int = 8) -> Case:
    """A random model in float64 with up to three inputs, some of them public.

    Args:
        products: whether the model may hold more than linear operations.
    """
    seed = draw(st.integers(0, 2**16))
    builder = _Builder(draw, seed, products=products)
    first = draw(st.sampled_from(SHAPES))
    builder.shapes = [first, *draw(st.lists(st.sampled_from([first, first, *SHAPES]), max_size=2))]
    inputs = tuple(builder.shapes)
    public = [number for number in range(1, len(inputs)) if draw(st.booleans())]
    builder.secret = [number for number in range(len(inputs)) if number not in public]
    for _ in range(draw(st.integers(1, max_steps))):
        builder.step()
    results = [builder.secret[-1], *draw(st.lists(st.sampled_from(builder.secret), max_size=2))]
    text = f"inputs {inputs}, public {public}; {'; '.join(builder.names)}; return {results}"
    # The arguments of *inputs are called inputs_0, inputs_1, … in a captured graph.
    names = [f"inputs_{number}" for number in public]
    model = RandomModel(builder.steps, results, names, text)
    generator = torch.Generator().manual_seed(seed)
    example = tuple(torch.rand(one, dtype=torch.float64, generator=generator) * 2 - 1 for one in inputs)
    return Case(model.eval(), example)
