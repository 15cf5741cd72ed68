"""Reads a graph on tensors as a :class:`PackedProgram`: what is packed, and what is linear in between.

Only operands of non-linear operations and results need to exist as packed values. Everything between
them is linear, and is collected as an expression: consecutive linear layers, batch norms, reshapes,
scalar factors and residual sums become one map, unless multiplying two maps out would cost more than
applying them one after the other.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import torch.utils._pytree as pytree
from torch.fx import GraphModule, Node

from hetorch_heir.core.errors import PassValidationError, UnsupportedOperationError
from hetorch_heir.linalg import linear_map
from hetorch_heir.linalg.linear_map import Matrix
from hetorch_heir.linalg.planner import TransformPlanner
from hetorch_heir.linalg.window_sum import is_window_sum
from hetorch_heir.passes.graph import constant_of, is_public, location, node_shape, operation_name
from hetorch_heir.passes.packing.level_cost import LEVEL_COST
from hetorch_heir.passes.packing.linear_expression import LinearExpression
from hetorch_heir.passes.packing.linear_operators import (
    LINEAR_OPERATORS,
    NotInNormalFormError,
    TwoComputedOperandsError,
    applied_map,
    concatenation,
)
from hetorch_heir.passes.packing.program import (
    Elementwise,
    PackedInput,
    PackedProgram,
    SlotSum,
    Stretch,
    Value,
)
from hetorch_heir.passes.packing.provenance import MergedLayers, layers_before
from hetorch_heir.passes.packing.refusals import (
    computed_public,
    no_form,
    not_normal,
    public_only,
    two_computed,
    unknown_shape,
)

MAX_SHARED_TERMS = 2
"""Values that a sum with several users may draw on; a longer one becomes a value of its own. Otherwise
every block of a residual network would compute the contributions of all blocks before it anew."""

MAX_REBASE_FACTOR = 2.0**10
"""By how much the noise of a value may be scaled up to save computing another one."""


def extract(graph_module: GraphModule, planner: TransformPlanner, slots: int) -> PackedProgram:
    """The packed program of a normalised graph on tensors.

    Args:
        graph_module: nodes as :mod:`hetorch_heir.frontend.normalise` leaves them, activations replaced by
            ``hetorch.chebyshev``.
        planner: estimates whether to multiply two maps out.
        slots: slots of a ciphertext.

    Raises:
        UnsupportedOperationError: an operation has no homomorphic form here; names the place in the model.
        PassValidationError: the graph holds activations, or is packed or managed already.
    """
    return _Extraction(graph_module, planner, slots).run()


class _Extraction:
    def __init__(self, graph_module: GraphModule, planner: TransformPlanner, slots: int) -> None:
        self._module = graph_module
        self._planner = planner
        self._slots = slots
        self._program = PackedProgram()
        self._expressions: dict[Node, LinearExpression] = {}
        self._sums: dict[Node, SlotSum] = {}
        self._starts: set[Node] = set()
        self._names = {
            node: operation_name(node, graph_module)
            for node in graph_module.graph.nodes
            if node.op[:4] == "call"
        }
        self._handlers: dict[str, Callable[[Node], LinearExpression]] = {
            "add": lambda node: self._sum(node, 1.0),
            "sub": lambda node: self._sum(node, -1.0),
            "cadd": lambda node: self._sum(node, 1.0),
            "csub": lambda node: self._sum(node, -1.0),
            "padd": lambda node: self._sum(node, 1.0),
            "psub": lambda node: self._sum(node, -1.0),
            "mul": self._product,
            "cmult": self._product,
            "pmult": self._product,
            "neg": lambda node: self._operand(node.args[0]).scaled(-1.0),
            "negate": lambda node: self._operand(node.args[0]).scaled(-1.0),
            "cat": self._concatenation,
            **dict.fromkeys(LINEAR_OPERATORS, self._linear_operator),
            "reshape": self._reshape,
            "permute": self._permute,
            "expand": self._expand,
            "chebyshev": self._chebyshev,
        }

    def run(self) -> PackedProgram:
        needed = self._needed_nodes()
        for node in self._module.graph.nodes:
            if node.op == "output":
                self._finish()
            elif node.op == "placeholder":
                self._expressions[node] = self._placeholder(node)
            elif node.op == "get_attr":
                self._expressions[node] = LinearExpression.of_constant(constant_of(self._module, node))
            elif node.users:
                self._expressions[node] = self._call(node)
                if self._is_made(node, needed):
                    self._materialise(node)
        return self._program

    def _is_made(self, node: Node, needed: set[Node]) -> bool:
        """Whether a node becomes a packed value of its own."""
        expression = self._expressions[node]
        shared = len(node.users) > 1 and len(expression.terms) > MAX_SHARED_TERMS
        return expression.is_encrypted and (node in needed or shared)

    def _needed_nodes(self) -> set[Node]:
        """Nodes that must exist as packed values: operands of non-linear operations, and results."""
        encrypted: set[Node] = set()
        needed: set[Node] = set()
        for node in self._module.graph.nodes:
            operands = [one for one in node.all_input_nodes if one in encrypted]
            if (node.op == "placeholder" and not is_public(node)) or operands:
                encrypted.add(node)
            name = operation_name(node, self._module) if node.op.startswith("call") else node.op
            multiplies = name in ("mul", "cmult") and len([a for a in node.args if a in operands]) == 2
            if name in ("chebyshev", "output") or multiplies:
                needed.update(operands)
        for node in reversed(list(self._module.graph.nodes)):
            if node in needed and operation_name(node, self._module) == "reshape":
                needed.update(node.all_input_nodes)
        return needed

    def _placeholder(self, node: Node) -> LinearExpression:
        shape = _shape_of(node)
        if is_public(node):
            return LinearExpression.of_public(node.name, shape)
        self._starts.add(node)
        return LinearExpression.of_value(self._program.add(Value(shape, node, PackedInput(node))), shape)

    def _call(self, node: Node) -> LinearExpression:
        name = operation_name(node, self._module)
        handler = self._handlers.get(name)
        if handler is None:
            raise no_form(node, name)
        if node.kwargs:
            raise not_normal(node, f"it has the argument {next(iter(node.kwargs))!r}")
        result = handler(node)
        if result.is_encrypted and any(
            linear_map.selection_factor(matrix) not in (1.0, -1.0) for matrix in result.public.values()
        ):
            # Sums with public inputs are made before they are multiplied: only a sum takes plaintexts.
            for argument in node.all_input_nodes:
                if self._expressions[argument].is_encrypted and self._expressions[argument].public:
                    self._materialise(argument)
            result = handler(node)
        return result

    def _operand(self, argument: object) -> LinearExpression:
        if isinstance(argument, Node):
            return self._expressions[argument]
        if isinstance(argument, (int, float)):
            return LinearExpression.of_constant(float(argument))
        raise PassValidationError(f"{argument!r} is not an operand")

    def _sum(self, node: Node, sign: float) -> LinearExpression:
        return self._operand(node.args[0]).plus(self._operand(node.args[1]), sign)

    def _product(self, node: Node) -> LinearExpression:
        left, right = (self._operand(argument) for argument in node.args[:2])
        if left.is_constant or right.is_constant:
            factor, other = (left, right) if left.is_constant else (right, left)
            return other.scaled(factor.array)
        shape = np.broadcast_shapes(left.shape, right.shape)
        if not (left.is_encrypted or right.is_encrypted):
            raise public_only(node, "the product of two public inputs")
        if left.is_encrypted and right.is_encrypted:
            operands = tuple(
                self._value_of(one.expanded(shape), node, argument)
                for one, argument in zip((left, right), node.args, strict=False)
            )
            return self._elementwise(node, shape, Elementwise("cmult", operands))
        position = 0 if left.is_encrypted else 1
        argument, public = node.args[position], (right if left.is_encrypted else left)
        assert isinstance(argument, Node)
        self._materialise(argument)
        operand = self._value_of(self._expressions[argument].expanded(shape), node, argument)
        factor = _public_factor(public)
        if factor is None:
            raise computed_public(node)
        selected = public.expanded(shape).scaled(1.0 / factor)
        return self._elementwise(node, shape, Elementwise("pmult", (operand,), (), selected)).scaled(factor)

    def _chebyshev(self, node: Node) -> LinearExpression:
        operand = self._operand(node.args[0])
        if not operand.is_encrypted:
            raise public_only(node, "an activation of a public input")
        coefficients = tuple(float(one) for one in node.args[1])  # pyright: ignore
        if not any(coefficients[1:]):
            return LinearExpression.of_constant(np.full(operand.shape, sum(coefficients)))
        definition = Elementwise("chebyshev", (self._value_of(operand, node, node.args[0]),), (coefficients,))
        return self._elementwise(node, operand.shape, definition)

    def _linear_operator(self, node: Node) -> LinearExpression:
        arguments = [self._operand(one) if isinstance(one, Node) else one for one in node.args]
        try:
            applied = applied_map(operation_name(node, self._module), arguments)
        except TwoComputedOperandsError:
            raise two_computed(node) from None
        except NotInNormalFormError as error:
            raise not_normal(node, str(error)) from None
        self._remember_sum(node, applied.matrix, arguments[applied.operand])
        result = self._mapped(node, applied.matrix, applied.shape, applied.operand)
        if applied.offset is None:
            return result
        return result.plus(LinearExpression.of_constant(applied.offset.reshape(applied.shape)))

    def _concatenation(self, node: Node) -> LinearExpression:
        parts, *rest = node.args
        assert isinstance(parts, (list, tuple))
        return concatenation([self._operand(one) for one in parts], *rest)  # pyright: ignore

    def _mapped(
        self, node: Node, matrix: Matrix, shape: tuple[int, ...], operand: int = 0
    ) -> LinearExpression:
        """``matrix`` applied to an operand, which becomes a value of its own if that is cheaper."""
        argument = node.args[operand]
        if isinstance(argument, Node):
            self._sum_slots(argument)
        expression = self._operand(argument)
        result = expression.apply(matrix, shape)
        if isinstance(argument, Node) and expression.is_encrypted and expression.value is None:
            apart = self._estimate(expression) + self._planner.estimate(matrix, self._slots) + LEVEL_COST
            if self._estimate(result) > apart:
                self._materialise(argument)
                return self._expressions[argument].apply(matrix, shape)
        return result

    def _remember_sum(self, node: Node, matrix: Matrix, operand: object) -> None:
        """Keeps in mind that a node is a sum of a computed value's slots, for a linear map that follows."""
        if not isinstance(operand, LinearExpression) or operand.value is None or not is_window_sum(matrix):
            return
        if not isinstance(self._program.values[operand.value].definition, PackedInput):
            self._sums[node] = SlotSum(operand.value, matrix)

    def _sum_slots(self, node: Node) -> None:
        """Makes the sum that a node is, but for numbers, a value of its own.

        It takes rotations but no level, and the map that follows is much smaller than multiplied out.
        """
        chain: list[tuple[Node, float, float]] = []
        start = node
        while start not in self._sums:
            step = self._scalar_step(start)
            if step is None:
                return
            chain.append((start, *step[1:]))
            start = step[0]
        expression = self._expressions[start]
        if expression.value is None:
            layers = self._layers_before(start)
            value = self._program.add(Value(expression.shape, start, self._sums[start], layers))
            self._starts.add(start)
            self._expressions[start] = LinearExpression.of_value(value, expression.shape)
        value = self._expressions[start]
        for one, factor, offset in reversed(chain):
            shape = self._expressions[one].shape
            value = value.scaled(factor).plus(LinearExpression.of_constant(offset)).reshaped(shape)
            self._expressions[one] = value

    def _estimate(self, expression: LinearExpression) -> float:
        return sum(self._planner.estimate(one, self._slots) for one in expression.terms.values())

    def _reshape(self, node: Node) -> LinearExpression:
        operand = self._operand(node.args[0])
        return operand.reshaped(np.empty(operand.shape, dtype=bool).reshape(_ints(node.args[1])).shape)

    def _permute(self, node: Node) -> LinearExpression:
        operand, dims = self._operand(node.args[0]), _ints(node.args[1])
        shape = tuple(operand.shape[dim] for dim in dims)
        return operand.apply(linear_map.permutation(operand.shape, dims), shape)

    def _expand(self, node: Node) -> LinearExpression:
        operand, wanted = self._operand(node.args[0]), _ints(node.args[1])
        known = (1,) * (len(wanted) - len(operand.shape)) + operand.shape
        shape = tuple(have if want == -1 else want for have, want in zip(known, wanted, strict=True))
        return operand.expanded(shape)

    def _elementwise(self, node: Node, shape: tuple[int, ...], definition: Elementwise) -> LinearExpression:
        self._starts.add(node)
        return LinearExpression.of_value(self._program.add(Value(shape, node, definition)), shape)

    def _value_of(self, expression: LinearExpression, origin: Node, last: object) -> int:
        """The number of the value that an expression is, which is made if it does not exist yet.

        ``origin`` is the node that needs it, ``last`` the one whose expression it is.
        """
        if expression.value is not None:
            return expression.value
        layers = self._layers_before(last) if isinstance(last, Node) else {}
        return self._program.add(Value(expression.shape, origin, Stretch(expression), layers))

    def _layers_before(self, node: Node) -> dict[int, MergedLayers]:
        starts = {one: tuple(self._expressions[one].terms) for one in self._starts}
        return layers_before(node, starts, self._names)

    def _materialise(self, node: Node) -> None:
        """Makes a node's expression a value, from which later expressions start."""
        expression = self._expressions[node]
        if expression.value is None:
            number = self._value_of(expression, node, node)
            value = LinearExpression.of_value(number, expression.shape)
            self._expressions[node] = value
            self._starts.add(node)
            self._rebase(node, value)

    def _rebase(self, node: Node, value: LinearExpression) -> None:
        """Expresses what a scalar affine chain led from to ``node`` by the value, if others use it too.

        With ``t = factor * y + offset`` made for an activation, a residual sum takes
        ``y = (t - offset) / factor`` instead of computing y a second time.
        """
        while True:
            step = self._scalar_step(node)
            if step is None:
                return
            operand, factor, offset = step
            before = self._expressions[operand]
            if before.value is not None or not before.is_encrypted or abs(factor) < 1 / MAX_REBASE_FACTOR:
                return
            value = value.plus(LinearExpression.of_constant(-offset)).scaled(1.0 / factor)
            value = value.reshaped(before.shape)
            self._expressions[operand] = value
            self._starts.add(operand)
            node = operand

    def _scalar_step(self, node: Node) -> tuple[Node, float, float] | None:
        """(operand, factor, offset) of a node that is ``factor * operand + offset`` for numbers."""
        name = operation_name(node, self._module)
        if name == "reshape" and isinstance(node.args[0], Node):
            return node.args[0], 1.0, 0.0
        if name not in ("mul", "add", "sub") or len(node.args) != 2:
            return None
        operand, number = node.args
        if not isinstance(operand, Node) or not isinstance(number, (int, float)):
            return None
        if name == "mul":
            return operand, float(number), 0.0
        return operand, 1.0, float(number) if name == "add" else -float(number)

    def _finish(self) -> None:
        for output in output_nodes_of(self._module):
            expression = self._expressions[output]
            if not expression.is_encrypted:
                raise UnsupportedOperationError(
                    f"output {len(self._program.outputs)} does not depend on an encrypted input",
                    where=location(output),
                    hint="compute it outside the model",
                )
            value = self._value_of(expression, output, output)
            self._program.outputs.append((value, expression.shape))


def _public_factor(expression: LinearExpression) -> float | None:
    """The factor of an expression that is a factor times elements of one public input, and nothing else."""
    offset = expression.constant is not None and np.any(expression.constant)
    if len(expression.public) != 1 or offset:
        return None
    (matrix,) = expression.public.values()
    return linear_map.selection_factor(matrix)


def _ints(argument: object) -> tuple[int, ...]:
    assert isinstance(argument, (list, tuple))
    return tuple(int(one) for one in argument)


def output_nodes_of(graph_module: GraphModule) -> list[Node]:
    """The nodes that a graph returns, in order, whatever structure holds them."""
    output = next(iter(reversed(graph_module.graph.nodes)))
    return [leaf for leaf in pytree.tree_leaves(output.args[0]) if isinstance(leaf, Node)]


def _shape_of(node: Node) -> tuple[int, ...]:
    shape = node_shape(node)
    if shape is None:
        raise unknown_shape(node)
    return tuple(int(extent) for extent in shape)
