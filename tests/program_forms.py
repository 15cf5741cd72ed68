"""Random programs of the ``hetorch`` dialect, for tests of what conversions and interpreters make of them."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from he_dialects import hetorch
from he_dialects.ckks import SCHEME_PARAM, SchemeParamAttr
from he_dialects.hetorch import CiphertextType
from he_dialects.printing import module_text
from hypothesis import strategies as st
from xdsl.dialects import arith, func
from xdsl.dialects.builtin import (
    ArrayAttr,
    DenseIntOrFPElementsAttr,
    DictionaryAttr,
    IntegerAttr,
    ModuleOp,
    StringAttr,
    TensorType,
    UnitAttr,
    f64,
    i64,
)
from xdsl.ir import Attribute, Block, Operation, Region, SSAValue

SLOTS = 8
SCALE = 40
PRIMES = (1125899908022273, 1099511922689, 1099512938497, 1099514314753)
LEVEL = len(PRIMES) - 1
VECTOR = TensorType(f64, [SLOTS])

PARAMETERS: dict[str, Attribute] = {
    "scheme.ckks": UnitAttr(),
    "scheme.requested_slot_count": IntegerAttr(SLOTS, i64),
    "scheme.actual_slot_count": IntegerAttr(SLOTS, i64),
    SCHEME_PARAM: SchemeParamAttr.get(13, PRIMES, (1152921504606994433,), SCALE),
}


def _interface(role: str, index: int) -> dict[str, Attribute]:
    entries = {
        "func_name": StringAttr("main"),
        "index": IntegerAttr(index, i64),
        "roles": ArrayAttr([StringAttr(role)]),
    }
    return {"heir.interface": DictionaryAttr(entries)}


def _client(
    name: str, role: str, index: int, argument: Attribute, op: Callable[[SSAValue], Operation]
) -> func.FuncOp:
    block = Block(arg_types=[argument])
    body = op(block.args[0])
    block.add_ops([body, func.ReturnOp(body.results[0])])
    function = func.FuncOp(name, ([argument], [body.results[0].type]), Region(block))
    function.attributes.update(_interface(role, index))
    return function


def program(arguments: int, body: Callable[[Block], SSAValue]) -> ModuleOp:
    """A module with client functions whose main function is what ``body`` puts into its block."""
    fresh = CiphertextType.get(SLOTS, LEVEL, SCALE)
    block = Block(arg_types=[fresh] * arguments)
    result = body(block)
    block.add_op(func.ReturnOp(result))
    main = func.FuncOp("main", ([fresh] * arguments, [result.type]), Region(block))
    encrypt = [
        _client(
            f"main__encrypt__arg{index}",
            "client.encrypt",
            index,
            VECTOR,
            lambda value: hetorch.EncryptOp(value, LEVEL, SCALE),
        )
        for index in range(arguments)
    ]
    decrypt = _client(
        "main__decrypt__result0",
        "client.decrypt",
        0,
        result.type,
        lambda value: hetorch.DecryptOp(value, f64),
    )
    module = ModuleOp([main, *encrypt, decrypt], dict(PARAMETERS))
    module.verify()
    return module


@dataclass
class _Node:
    """A value of a random program: how it is made of others."""

    type: CiphertextType
    operands: tuple[int, ...] = ()
    make: Callable[..., Operation] | None = None
    constant: tuple[float, ...] | None = None
    is_negation: bool = False


class _Drafter:
    """Draws operations that are possible on the values there are, none of them twice."""

    def __init__(self, draw: st.DrawFn, arguments: int) -> None:
        self.draw = draw
        self.nodes = [_Node(CiphertextType.get(SLOTS, LEVEL, SCALE)) for _ in range(arguments)]
        self.seen: set[tuple[object, ...]] = set()

    def step(self) -> None:
        x = self.draw(st.integers(0, len(self.nodes) - 1))
        choices = [name for name, possible in self._possible(x).items() if possible]
        kind = self.draw(st.sampled_from(choices))
        getattr(self, f"_{kind}")(x)

    def _possible(self, x: int) -> dict[str, bool]:
        t = self.nodes[x].type
        return {
            "sum": True,
            "plain_sum": True,
            # heir-opt folds a negation of a negation.
            "negate": not self.nodes[x].is_negation,
            "rotate": t.dimension == 2,
            "relinearize": t.dimension == 3,
            "product": t.dimension == 2 and t.scale == SCALE and t.level > 0,
            "plain_product": t.scale == SCALE and t.level > 0,
            "rescale": t.scale > SCALE and t.level > 0,
            "level_reduce": t.level > (1 if t.scale > SCALE else 0),
        }

    def _add(self, node: _Node, *key: object) -> None:
        # heir-opt merges equal operations, which would make counts differ.
        if (*key, node.constant) not in self.seen:
            self.seen.add((*key, node.constant))
            self.nodes.append(node)

    def _like(self, x: int, *, same_scale: bool = True, dimension: int | None = None) -> int:
        """A value that can be combined with ``x``; at worst ``x`` itself."""
        t = self.nodes[x].type
        fitting = [
            i
            for i, node in enumerate(self.nodes)
            if node.type.level == t.level
            and (not same_scale or node.type.scale == t.scale)
            and (dimension is None or node.type.dimension == dimension)
        ]
        return self.draw(st.sampled_from(fitting))

    def _constant(self) -> tuple[float, ...]:
        number = st.integers(-8, 8).map(lambda n: n / 4)
        return tuple(self.draw(st.lists(number, min_size=SLOTS, max_size=SLOTS)))

    def _sum(self, x: int) -> None:
        y = self._like(x)
        op = self.draw(st.sampled_from([hetorch.CAddOp, hetorch.CSubOp]))
        longer = max(self.nodes[x].type, self.nodes[y].type, key=lambda t: t.dimension)
        operands = sorted((x, y)) if op is hetorch.CAddOp else [x, y]
        self._add(_Node(longer, (x, y), op), op, *operands)

    def _product(self, x: int) -> None:
        y = self._like(x, dimension=2)
        t = self.nodes[x].type.replace(scale=2 * SCALE, dimension=3)
        self._add(_Node(t, (x, y), hetorch.CMultOp), "product", *sorted((x, y)))

    def _plain(self, x: int, op: Callable[..., Operation], result: CiphertextType) -> None:
        scale = SCALE if op is hetorch.PMultOp else result.scale
        level = result.level

        def make(value: SSAValue, vector: SSAValue) -> Operation:
            encoded = hetorch.EncodeOp(vector, level, scale)
            block = vector.owner.parent if isinstance(vector.owner, Operation) else vector.owner
            assert isinstance(block, Block)
            block.add_op(encoded)
            return op(value, encoded.output)

        self._add(_Node(result, (x,), make, self._constant()), op, x)

    def _plain_sum(self, x: int) -> None:
        self._plain(x, self.draw(st.sampled_from([hetorch.PAddOp, hetorch.PSubOp])), self.nodes[x].type)

    def _plain_product(self, x: int) -> None:
        self._plain(x, hetorch.PMultOp, self.nodes[x].type.replace(scale=2 * SCALE))

    def _negate(self, x: int) -> None:
        self._add(_Node(self.nodes[x].type, (x,), hetorch.NegateOp, is_negation=True), "negate", x)

    def _rotate(self, x: int) -> None:
        steps = self.draw(st.integers(1, SLOTS - 1))
        self._add(
            _Node(self.nodes[x].type, (x,), lambda value: hetorch.RotateOp(value, steps)), "rotate", x, steps
        )

    def _relinearize(self, x: int) -> None:
        t = self.nodes[x].type.replace(dimension=2)
        self._add(_Node(t, (x,), hetorch.RelinearizeOp), "relinearize", x)

    def _rescale(self, x: int) -> None:
        t = self.nodes[x].type
        t = t.replace(level=t.level - 1, scale=t.scale - SCALE)
        self._add(_Node(t, (x,), lambda value: hetorch.RescaleOp(value, t.scale)), "rescale", x)

    def _level_reduce(self, x: int) -> None:
        t = self.nodes[x].type
        levels = self.draw(st.integers(1, t.level - (1 if t.scale > SCALE else 0)))
        t = t.replace(level=t.level - levels)
        self._add(
            _Node(t, (x,), lambda value: hetorch.LevelReduceOp(value, levels)), "level_reduce", x, levels
        )

    def emit(self, block: Block) -> SSAValue:
        """Write the program whose result is the last value, without what it doesn't need."""
        values: dict[int, SSAValue] = dict(enumerate(block.args))

        def value_of(number: int) -> SSAValue:
            if number not in values:
                node = self.nodes[number]
                operands = [value_of(operand) for operand in node.operands]
                if node.constant is not None:
                    dense = DenseIntOrFPElementsAttr.from_list(VECTOR, node.constant)
                    constant = arith.ConstantOp(dense)
                    block.add_op(constant)
                    operands.append(constant.result)
                assert node.make is not None
                op = node.make(*operands)
                block.add_op(op)
                values[number] = op.results[0]
            return values[number]

        return value_of(len(self.nodes) - 1)


@st.composite
def programs(draw: st.DrawFn) -> str:
    """Modules with client functions, as text; ``main`` has two arguments and up to sixteen operations."""
    drafter = _Drafter(draw, 2)
    for _ in range(draw(st.integers(1, 16))):
        drafter.step()
    return module_text(program(2, drafter.emit))


def inputs(seed: int = 0) -> list[np.ndarray]:
    """Two vectors, one value per slot."""
    generator = np.random.default_rng(seed)
    return [generator.uniform(-1, 1, SLOTS) for _ in range(2)]
