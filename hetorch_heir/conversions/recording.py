"""The domain that writes a program down: interpreting a program over it gives its straight-line form.

Loops, calls, index arithmetic, slices of constants and tensors of ciphertexts are all done by the
interpreter; what arrives here are the homomorphic operations that really happen, one by one, with levels,
scales and dimensions known and checked. Each becomes one operation of the ``hetorch`` dialect.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from typing import Any, cast

import numpy as np
from he_dialects import hetorch
from numpy.typing import NDArray
from xdsl.builder import Builder
from xdsl.dialects.builtin import Float32Type, Float64Type, LocationAttr, TensorType
from xdsl.interpreter import Interpreter, PythonValues
from xdsl.ir import Block, Operation, SSAValue
from xdsl.rewriter import InsertPoint

from hetorch_heir.conversions.probing import Probe
from hetorch_heir.export.constants import ConstantPool
from hetorch_heir.interpreter.domain import Domain, FloatArray
from hetorch_heir.interpreter.values import Ciphertext, Plaintext

Recorded = Ciphertext[Any]


@dataclass(frozen=True)
class PublicVector:
    """A vector that the client packs of a public input, as an argument of the main function."""

    input: int
    """The input of the model."""
    table: NDArray[np.int64] = field(repr=False)
    """The element in each slot, or -1 for a zero."""
    value: SSAValue


class RecordingDomain(Domain[Any]):
    """Appends an operation to ``block`` for each operation that is run.

    The payload of a ciphertext is its SSA value, that of a plaintext the vector of its slots. A plaintext
    takes the level of the ciphertext that it meets, and its scale too where the two are added: that is
    what the back ends do, and programs of heir-opt encode at levels of their own choice.

    Args:
        block: the body of the main function.
        element: element type of constants.
        slots: values of a ciphertext.
        moduli: see :class:`Domain`.
        default_scale: log2 of the scale of plaintexts whose scale isn't tracked.
        probe: tells which encoded vectors come from public inputs.
    """

    def __init__(
        self,
        block: Block,
        element: Float32Type | Float64Type,
        slots: int,
        *,
        moduli: Sequence[int],
        default_scale: int,
        probe: Probe,
    ) -> None:
        super().__init__(slots, moduli=moduli, default_scale=default_scale)
        self.slot_count = slots
        self.base_scale = default_scale
        self.block = block
        self.element = element
        self.lowest_level: int | None = None
        self.public: list[PublicVector] = []
        self.recorded: list[Operation] = []
        """Operations whose location isn't known yet."""
        self._probe = probe
        self._pool = ConstantPool([], element, inline_limit=None, resource_path="")
        self._constants = Block()
        self._header = Builder(InsertPoint.at_end(self._constants))
        self._zeros: set[SSAValue] = set()
        self._encodings: dict[tuple[SSAValue, int, int], SSAValue] = {}

    def finish(self) -> None:
        """Put the constants in front of the operations, without encryptions that nothing uses."""
        for op in tuple(self.block.ops):
            if isinstance(op, hetorch.EncryptOp) and not op.output.uses:
                op.detach()
                op.erase()
        first = self.block.first_op
        for constant in tuple(self._constants.ops):
            constant.detach()
            if first is None:
                self.block.add_op(constant)
            else:
                self.block.insert_op_before(constant, first)

    # Plaintexts

    def encode(
        self, values: FloatArray, *, level: int | None = None, scale: int | None = None
    ) -> Plaintext[Any]:
        plaintext = super().encode(values, scale=scale)
        return Plaintext(self._probe.source_of(plaintext.payload), None, plaintext.scale_log2)

    def _encode(self, values: FloatArray, level: int | None, scale: int | None) -> Any:
        return values

    def _encoded(self, payload: Any, level: int, scale: int) -> SSAValue:
        """The plaintext of a vector at a level and scale; each made once."""
        value = self._vector(payload)
        key = (value, level, scale)
        if key not in self._encodings:
            self._encodings[key] = self._record(hetorch.EncodeOp(value, level, scale))
        return self._encodings[key]

    def _vector(self, payload: Any) -> SSAValue:
        if isinstance(payload, np.ndarray):
            return self._pool.value(cast(FloatArray, payload), self._header)
        source, table = payload
        for known in self.public:
            if known.input == source and np.array_equal(known.table, table):
                return known.value
        tensor = TensorType(self.element, [self.slot_count])
        argument = self.block.insert_arg(tensor, len(self.block.args))
        self.public.append(PublicVector(source, table, argument))
        return argument

    # Operations

    def _record(self, op: hetorch.HETorchOp) -> SSAValue:
        self.block.add_op(op)
        self.recorded.append(op)
        result = op.results[0]
        if isinstance(result.type, hetorch.CiphertextType):
            lowest = self.lowest_level
            self.lowest_level = result.type.level if lowest is None else min(lowest, result.type.level)
        return result

    # heir-opt's loops start their sums from encryptions of zero. These are of the highest level, whatever
    # they are added to, and change nothing; what is made of zeros alone is zero.

    def encrypt(self, x: Plaintext[Any], *, level: int | None = None, scale: int | None = None) -> Recorded:
        fresh = super().encrypt(x, level=level, scale=scale)
        if isinstance(x.payload, np.ndarray) and not np.any(x.payload):
            self._zeros.add(fresh.payload)
        return fresh

    def _zero(self, level: int, scale: int) -> SSAValue:
        return self.encrypt(self.encode(np.zeros(self.slot_count)), level=level, scale=scale).payload

    def add(self, x: Recorded, y: Recorded) -> Recorded:
        if x.payload in self._zeros:
            return replace(y)  # not y itself: an operation in place may overwrite one of the two
        return replace(x) if y.payload in self._zeros else super().add(x, y)

    def sub(self, x: Recorded, y: Recorded) -> Recorded:
        if y.payload in self._zeros:
            return replace(x)
        return self.negate(y) if x.payload in self._zeros else super().sub(x, y)

    def add_plain(self, x: Recorded, y: Plaintext[Any]) -> Recorded:
        return super().add_plain(x, Plaintext(y.payload))

    def sub_plain(self, x: Recorded, y: Plaintext[Any]) -> Recorded:
        return super().sub_plain(x, Plaintext(y.payload))

    def _add(self, x: Recorded, y: Recorded) -> SSAValue:
        return self._record(hetorch.CAddOp(x.payload, y.payload))

    def _sub(self, x: Recorded, y: Recorded) -> SSAValue:
        return self._record(hetorch.CSubOp(x.payload, y.payload))

    def _add_plain(self, x: Recorded, y: Plaintext[Any]) -> SSAValue:
        # Zero minus a ciphertext is how a negation is written for Lattigo.
        unchanged = x.payload in self._zeros or isinstance(x.payload.owner, hetorch.NegateOp)
        if unchanged and isinstance(y.payload, np.ndarray) and not np.any(y.payload):
            return x.payload
        return self._record(hetorch.PAddOp(x.payload, self._encoded(y.payload, x.level, x.scale_log2)))

    def _sub_plain(self, x: Recorded, y: Plaintext[Any]) -> SSAValue:
        return self._record(hetorch.PSubOp(x.payload, self._encoded(y.payload, x.level, x.scale_log2)))

    def _negate(self, x: Recorded) -> SSAValue:
        return x.payload if x.payload in self._zeros else self._record(hetorch.NegateOp(x.payload))

    def _mul(self, x: Recorded, y: Recorded) -> SSAValue:
        if x.payload in self._zeros or y.payload in self._zeros:
            return self._zero(x.level, x.scale_log2 + y.scale_log2)
        return self._record(hetorch.CMultOp(x.payload, y.payload))

    def _mul_plain(self, x: Recorded, y: Plaintext[Any]) -> SSAValue:
        scale = self.base_scale if y.scale_log2 is None else y.scale_log2
        if x.payload in self._zeros:
            return self._zero(x.level, x.scale_log2 + scale)
        return self._record(hetorch.PMultOp(x.payload, self._encoded(y.payload, x.level, scale)))

    def _rotate(self, x: Recorded, steps: int) -> SSAValue:
        steps %= self.slot_count
        if steps == 0 or x.payload in self._zeros:
            return x.payload
        return self._record(hetorch.RotateOp(x.payload, steps))

    def _relinearize(self, x: Recorded) -> SSAValue:
        return x.payload if x.payload in self._zeros else self._record(hetorch.RelinearizeOp(x.payload))

    def _rescale(self, x: Recorded, scale: int) -> SSAValue:
        if x.payload in self._zeros:
            return self._zero(x.level - 1, scale)
        return self._record(hetorch.RescaleOp(x.payload, scale))

    def _level_reduce(self, x: Recorded, levels: int) -> SSAValue:
        if x.payload in self._zeros:
            return self._zero(x.level - levels, x.scale_log2)
        return self._record(hetorch.LevelReduceOp(x.payload, levels))

    def _bootstrap(self, x: Recorded, level: int, scale: int) -> SSAValue:
        return self._record(hetorch.BootstrapOp(x.payload, level, scale))

    def _encrypt(self, x: Plaintext[Any], level: int, scale: int) -> SSAValue:
        return self._record(hetorch.EncryptOp(self._vector(x.payload), level, scale))

    def _decrypt(self, x: Recorded) -> SSAValue:
        return self._record(hetorch.DecryptOp(x.payload, self.element))

    def _decode(self, x: Plaintext[Any]) -> FloatArray:
        return x.payload


@dataclass(frozen=True)
class LocationKeeper(Interpreter.Listener):
    """Gives recorded operations the location and the name of what they were recorded for."""

    domain: RecordingDomain

    def did_interpret_op(self, op: Operation, results: PythonValues) -> None:
        for recorded in self.domain.recorded:
            recorded.location = cast(LocationAttr, op.location)
        self.domain.recorded.clear()
        for result, value in zip(op.results, results, strict=False):
            if isinstance(value, Ciphertext):
                payload = cast("Recorded", value).payload
                payload.name_hint = payload.name_hint or result.name_hint
