"""From a module to what an executor runs: the main function as a stream, the client's side as functions.

The main function is interpreted over a domain that appends an instruction for each operation, so loops,
calls and tensors of ciphertexts are gone, and the scheme's rules have been checked. All forms of programs
go this way.
"""

from __future__ import annotations

import hashlib
import threading
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any, cast

import numpy as np
from he_dialects.ckks import SCHEME_PARAM, SchemeParamAttr
from numpy.typing import NDArray
from xdsl.dialects.builtin import DictionaryAttr, ModuleOp

from hetorch_heir.backends.executor.parameters import Parameters
from hetorch_heir.backends.executor.stream import Stream, StreamBuilder, period_of
from hetorch_heir.conversions.foreign_parameters import level_of
from hetorch_heir.conversions.to_hetorch import to_hetorch
from hetorch_heir.core.bootstrapping import Bootstrapping
from hetorch_heir.core.errors import ParameterError, ProgramError
from hetorch_heir.core.primes import log2_product
from hetorch_heir.core.security import is_secure, max_log_qp
from hetorch_heir.interpreter.cleartext import CleartextDomain
from hetorch_heir.interpreter.domain import Domain, FloatArray
from hetorch_heir.interpreter.machine import Machine
from hetorch_heir.interpreter.overflow_check import Overflow, OverflowCheck
from hetorch_heir.interpreter.parameters import ProgramParameters
from hetorch_heir.interpreter.program import INTERFACE, Client
from hetorch_heir.interpreter.range_check import RangeCheck
from hetorch_heir.interpreter.values import Ciphertext, Plaintext

Register = Ciphertext[Any]


class StreamDomain(Domain[Any]):
    """The payload of a ciphertext is its register, that of a plaintext its vector."""

    def __init__(self, slots: int, moduli: Sequence[int], period: int | None = None) -> None:
        super().__init__(slots, moduli=moduli)
        self.builder = StreamBuilder()
        self._period = slots if period is None else period

    def input(self, like: Ciphertext[Any]) -> Register:
        """An input of the stream that is like a ciphertext given."""
        register = self.builder.input(like.level, like.scale_log2, like.dimension)
        return Ciphertext(register, like.level, like.scale_log2, like.dimension)

    def _append(
        self, operation: str, state: tuple[int, int, int], x: Register, y: int = -1, argument: int = 0
    ) -> int:
        return self.builder.append(operation, state, x.payload, y, argument)

    def _plain(self, operation: str, x: Register, y: Plaintext[Any], scale: int) -> int:
        added = operation != "mul_plain"
        state = (x.level, x.scale_log2 + (0 if added else scale), x.dimension)
        return self._append(operation, state, x, self.builder.constant(y.payload), scale)

    def _encode(self, values: FloatArray, level: int | None, scale: int | None) -> Any:
        return values

    def _decode(self, x: Plaintext[Any]) -> FloatArray:
        return x.payload

    def _encrypt(self, x: Plaintext[Any], level: int, scale: int) -> Any:
        raise ProgramError("the program encrypts in its main function", hint="let the client encrypt")

    def _decrypt(self, x: Register) -> Any:
        raise ProgramError("the program decrypts in its main function", hint="let the client decrypt")

    def _add(self, x: Register, y: Register) -> int:
        return self._append("add", _sum_state(x, y), x, y.payload)

    def _sub(self, x: Register, y: Register) -> int:
        return self._append("sub", _sum_state(x, y), x, y.payload)

    def _add_plain(self, x: Register, y: Plaintext[Any]) -> int:
        return self._plain("add_plain", x, y, x.scale_log2)

    def _sub_plain(self, x: Register, y: Plaintext[Any]) -> int:
        return self._plain("sub_plain", x, y, x.scale_log2)

    def _mul_plain(self, x: Register, y: Plaintext[Any]) -> int:
        return self._plain("mul_plain", x, y, x.scale_log2 if y.scale_log2 is None else y.scale_log2)

    def _negate(self, x: Register) -> int:
        return self._append("negate", _state(x), x)

    def _mul(self, x: Register, y: Register) -> int:
        state = (x.level, x.scale_log2 + y.scale_log2, x.dimension + y.dimension - 1)
        return self._append("mul", state, x, y.payload)

    def _rotate(self, x: Register, steps: int) -> int:
        steps %= self._period
        return self._append("rotate", _state(x), x, argument=steps) if steps else x.payload

    def _relinearize(self, x: Register) -> int:
        return self._append("relinearize", (x.level, x.scale_log2, 2), x)

    def _rescale(self, x: Register, scale: int) -> int:
        return self._append("rescale", (x.level - 1, scale, x.dimension), x)

    def _level_reduce(self, x: Register, levels: int) -> int:
        return self._append("level_reduce", (x.level - levels, x.scale_log2, x.dimension), x, argument=levels)

    def _bootstrap(self, x: Register, level: int, scale: int) -> int:
        return self._append("bootstrap", (level, scale, 2), x)


def _state(x: Register) -> tuple[int, int, int]:
    return x.level, x.scale_log2, x.dimension


def _sum_state(x: Register, y: Register) -> tuple[int, int, int]:
    return x.level, x.scale_log2, max(x.dimension, y.dimension)


@dataclass(frozen=True)
class Packed:
    """A vector to encrypt."""

    slots: FloatArray
    level: int
    scale: int


class Program:
    """A program ready to be executed; several threads may use it.

    Args:
        module: a verified module: hetorch, secret or ckks, or heir-opt's openfhe, ours or anyone's.
        resource_dir: folder that the paths of its resources are relative to.
        text: what the program is identified by; keys and ciphertexts belong to it.

    Raises:
        ProgramError: it can't be read as a CKKS program.
    """

    def __init__(self, module: ModuleOp, resource_dir: Path = Path(), text: str = "") -> None:
        level = level_of(module)
        if level == "openfhe" or (level != "hetorch" and not _is_ours(module)):
            module = to_hetorch(module, resource_dir=resource_dir)
        self.module = module
        self.digest = hashlib.sha256((text or str(module)).encode()).hexdigest()
        self._resource_dir = resource_dir
        self._lock = threading.Lock()
        self._scheme = _scheme(module)
        self.slots = ProgramParameters.of(module).slots or 1 << (self._scheme.log_n.data - 1)
        self.client = Client(self._machine(CleartextDomain(self.slots, moduli=self._scheme.primes)))

    def _stream_domain(self, period: int) -> StreamDomain:
        return StreamDomain(self.slots, self._scheme.primes, period)

    def _machine(self, domain: Domain[Any]) -> Machine:
        return Machine(self.module, domain, resource_dir=self._resource_dir)

    def parameters(self, *, lanes: int = 1, insecure: bool = False) -> Parameters:
        """The parameters of a context for the program.

        Args:
            lanes: independent inputs per ciphertext.
            insecure: take parameters of less than 128-bit security too.

        Raises:
            ParameterError: they are insecure.
        """
        scheme = self._scheme
        log_n, special = scheme.log_n.data, tuple(scheme.p.get_values())
        secure = is_secure(log_n, log2_product((*scheme.primes, *special)))
        if not secure and not insecure:
            raise ParameterError(
                "the program's parameters have less than 128-bit security",
                hint="export it anew, or run it with --insecure, for tests",
            )
        stream = self.record()
        bootstraps = stream.uses("bootstrap")
        bootstrapping = Bootstrapping.of(self.module)
        return Parameters(
            log_n,
            scheme.primes,
            special,
            scheme.log_default_scale.data,
            self.period if lanes > 1 or bootstraps else self.slots,  # fewer slots are bootstrapped faster
            lanes,
            max_log_qp(log_n) if secure else 0,
            bootstraps,
            bootstrapping.levels if bootstrapping else 0,
            int(stream.states[:, 0].max()),
        )

    @cached_property
    def period(self) -> int:
        """The slots after which every vector of an evaluation repeats, whatever its inputs.

        A power of two, at most ``slots``. Where it is less, the program is one for so few slots.
        """
        if self.client.takes_public:
            return self.slots
        generator = np.random.default_rng(0)
        inputs = [generator.random(zeros.shape) for zeros in self.client.zeros()]
        vectors = [one.slots for one in self._pack(inputs)] + self._unreduced.constants
        return max((period_of(vector).size for vector in vectors), default=self.slots)

    @cached_property
    def _unreduced(self) -> Stream:
        """The main function as a stream with its own rotations."""
        return self._recorded(self.client.zeros(), self.slots)

    @cached_property
    def _stream(self) -> Stream:
        """The main function as a stream whose rotations are by less than the period."""
        if all(steps < self.period for steps in self._unreduced.rotations()):
            return self._unreduced
        return self._recorded(self.client.zeros(), self.period)

    def lanes_for(self, samples: int) -> int:
        """How many samples of a batch can share a ciphertext: what the ring has room for, if needed."""
        room = (1 << (self._scheme.log_n.data - 1)) // self.period
        needed = 1 << (samples - 1).bit_length()
        return 1 if self.client.takes_public else min(room, needed)

    def run_in_the_clear(self, inputs: Sequence[NDArray[Any]]) -> list[NDArray[Any]]:
        """The model's outputs, computed on cleartext slots."""
        return self.interpret(inputs)[0]

    def range_violations(self, inputs: Sequence[NDArray[Any]]) -> list[str]:
        """Activations that these inputs drive out of the range of their polynomial, which is wrong there.

        Found out by computing in the clear, as the client can.

        Raises:
            ProgramError: the inputs lead to values that the modulus has no room for.
        """
        _, violations, overflow = self._interpret(inputs)
        if overflow is not None:
            raise ProgramError(
                "; ".join([f"the inputs are too large: {overflow}", *violations]),
                hint="scale them as in training, or export with calibration data that has such inputs",
            )
        return violations

    def interpret(self, inputs: Sequence[NDArray[Any]]) -> tuple[list[NDArray[Any]], list[str]]:
        """Outputs on cleartext slots, and what would be wrong with them under encryption.

        That is: activations that left their range on the way, and values that overflow the modulus.
        """
        outputs, violations, overflow = self._interpret(inputs)
        return outputs, violations if overflow is None else [*violations, str(overflow)]

    def _interpret(
        self, inputs: Sequence[NDArray[Any]]
    ) -> tuple[list[NDArray[Any]], list[str], Overflow | None]:
        machine = self._machine(CleartextDomain(self.slots, moduli=self._scheme.primes))
        ranges, room = RangeCheck(), OverflowCheck(self._scheme.primes)
        machine.listeners = (*machine.listeners, ranges, room)
        with self._lock:
            arguments = self.client.arguments(inputs)
        with np.errstate(over="ignore", invalid="ignore"):  # what is too large is told of
            results = self.client.call_main(machine, arguments)
            with self._lock:
                outputs = self.client.outputs(results)
        return outputs, [str(one) for one in ranges.violations], room.first

    def run_on(self, domain: Domain[Any], inputs: Sequence[NDArray[Any]]) -> list[NDArray[Any]]:
        """The model's outputs, computed on the ciphertexts of a domain from encryption to decryption."""
        machine = self._machine(domain)
        client = Client(machine)
        return client.outputs(client.call_main(machine, client.arguments(inputs)))

    def pack(self, inputs: Sequence[NDArray[Any]]) -> list[Packed]:
        """What the client encrypts.

        Raises:
            ProgramError: the inputs don't fit the program, or aren't finite.
        """
        packed = self._pack(inputs)
        if any(period_of(one.slots).size > self.period for one in packed):
            raise ProgramError("the program packs these inputs in another way than others")
        return packed

    def _pack(self, inputs: Sequence[NDArray[Any]]) -> list[Packed]:
        with self._lock:
            values = self.client.arguments(inputs)
        return [Packed(value.payload, value.level, value.scale_log2) for value in _ciphertexts(values)]

    def record(self, inputs: Sequence[NDArray[Any]] | None = None) -> Stream:
        """The main function as a stream; of ``inputs`` only those that aren't encrypted matter."""
        if inputs is None or not self.client.takes_public:
            return self._stream
        return self._recorded(inputs, self.slots)

    def _recorded(self, inputs: Sequence[NDArray[Any]], period: int) -> Stream:
        with self._lock:
            values = self.client.arguments(inputs)
        domain = self._stream_domain(period)
        arguments = [_mapped(value, domain.input) for value in values]
        results = self.client.call_main(self._machine(domain), arguments)
        return domain.builder.build([one.payload for one in self._flattened(results)])

    def _flattened(self, results: Sequence[Any]) -> list[Ciphertext[Any]]:
        """The ciphertexts that the main function returns, in order."""
        return _ciphertexts(results)

    def unpack(self, stream: Stream, slots: Sequence[FloatArray]) -> list[NDArray[Any]]:
        """The model's outputs, from the slots of the stream's outputs; fewer repeat."""
        states = [tuple(row) for row in stream.states[list(stream.outputs)].tolist()]
        vectors = [np.resize(vector, self.slots) for vector in slots]
        results = [Ciphertext(vector, *state) for vector, state in zip(vectors, states, strict=True)]
        with self._lock:
            return self.client.outputs(results)


def _is_ours(module: ModuleOp) -> bool:
    """Whether the program is one of hetorch-export, whose main function takes and returns ciphertexts.

    heir-opt's own have tensors of them, loops of its kind, and parameters elsewhere.
    """
    interfaces = [op.attributes[INTERFACE] for op in module.ops if INTERFACE in op.attributes]
    return isinstance(module.attributes.get(SCHEME_PARAM), SchemeParamAttr) and all(
        isinstance(one, DictionaryAttr) and ("model_input" in one.data or "model_output" in one.data)
        for one in interfaces
    )


def _scheme(module: ModuleOp) -> SchemeParamAttr:
    scheme = module.attributes.get(SCHEME_PARAM)
    assert isinstance(scheme, SchemeParamAttr)
    return scheme


def _ciphertexts(values: Sequence[Any]) -> list[Ciphertext[Any]]:
    found: list[Ciphertext[Any]] = []
    for value in values:
        parts = value.reshape(-1).tolist() if _is_tensor_of_ciphertexts(value) else [value]
        found += [cast("Ciphertext[Any]", part) for part in parts if isinstance(part, Ciphertext)]
    return found


def _mapped(value: Any, function: Any) -> Any:
    if isinstance(value, Ciphertext):
        return function(value)
    if not _is_tensor_of_ciphertexts(value):
        return value
    result = np.empty(value.shape, dtype=object)
    for index in np.ndindex(value.shape):
        result[index] = function(value[index])
    return result


def _is_tensor_of_ciphertexts(value: Any) -> bool:
    return isinstance(value, np.ndarray) and value.dtype == object
