"""heir-opt's BGV and BFV programs in the openfhe dialect, ready to be executed.

They are interpreted as they are: what they compute with are integers, exact in double precision, and there
are no scales, which is why every one of them is 0 here.
"""

from __future__ import annotations

import dataclasses
import hashlib
import threading
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
from he_dialects.locations import place_of
from he_dialects.openfhe import setup
from numpy.typing import NDArray
from xdsl.dialects import arith
from xdsl.dialects.builtin import ModuleOp, TensorType
from xdsl.interpreter import Interpreter, PythonValues, impl, register_impls
from xdsl.ir import SSAValue

from hetorch_heir.backends.executor.parameters import BFV, BGV, Parameters
from hetorch_heir.backends.executor.stream import Stream
from hetorch_heir.backends.recording import Program, Register, StreamDomain
from hetorch_heir.conversions.storage import MemrefFunctions, SliceFunctions, StorageFunctions
from hetorch_heir.core.errors import ParameterError, ProgramError
from hetorch_heir.interpreter.arrays import dtype_of, element_type_of
from hetorch_heir.interpreter.ckks import decoded
from hetorch_heir.interpreter.cleartext import CleartextDomain
from hetorch_heir.interpreter.domain import Domain, FloatArray
from hetorch_heir.interpreter.machine import Machine, MachineFunctions
from hetorch_heir.interpreter.openfhe import OpenFHEFunctions
from hetorch_heir.interpreter.program import Client
from hetorch_heir.interpreter.values import Ciphertext

SECURE = 1
"""For ``max_log_qp``: OpenFHE chooses moduli that are secure by its own table."""


@register_impls
class IntegerFunctions(OpenFHEFunctions):
    """The ``openfhe`` dialect of programs on integers."""

    def __init__(self, machine: Machine) -> None:
        super().__init__(machine)
        self.parameters = dataclasses.replace(self.parameters, scale=0)

    @impl(setup.MakePackedPlaintextOp)
    def run_encode_integers(
        self, interpreter: Interpreter, op: setup.MakePackedPlaintextOp, args: PythonValues
    ) -> PythonValues:
        return (self.domain.encode(args[1]),)

    @impl(setup.DecodeOp)
    def run_decode_integers(
        self, interpreter: Interpreter, op: setup.DecodeOp, args: PythonValues
    ) -> PythonValues:
        return (decoded(op.output, self.domain.decode(args[0])),)


@register_impls
class WidthFunctions(MachineFunctions):
    """Changes of the width of integers, as the client's functions have them."""

    @impl(arith.ExtSIOp)
    def run_extsi(self, interpreter: Interpreter, op: arith.ExtSIOp, args: PythonValues) -> PythonValues:
        return (_converted(op.result, args[0]),)

    @impl(arith.TruncIOp)
    def run_trunci(self, interpreter: Interpreter, op: arith.TruncIOp, args: PythonValues) -> PythonValues:
        return (_converted(op.result, args[0]),)


def _converted(result: SSAValue, value: Any) -> Any:
    dtype = dtype_of(element_type_of(result.type))
    return value.astype(dtype) if isinstance(value, np.ndarray) else dtype.type(value)


class IntegerStreamDomain(StreamDomain):
    """Records modulus switches, which change no scale."""

    def rescale(self, x: Register, *, scale: int) -> Register:
        self.counts["rescale"] += 1
        if x.level < 1:
            raise ProgramError(f"a ciphertext at level {x.level} can't be switched to a smaller modulus")
        return Ciphertext(self._rescale(x, 0), x.level - 1, 0, x.dimension)


class IntegerProgram(Program):
    """A BGV or BFV program, lowered to the openfhe dialect by heir-opt.

    Args:
        scheme: "bgv" or "bfv".

    Raises:
        ProgramError: it generates no parameters, or has vectors of unequal lengths.
    """

    def __init__(self, module: ModuleOp, scheme: str, resource_dir: Path = Path(), text: str = "") -> None:
        self.module = module
        self.digest = hashlib.sha256((text or str(module)).encode()).hexdigest()
        self._resource_dir = resource_dir
        self._lock = threading.Lock()
        self._given = _generated_parameters(module)
        self.scheme = scheme
        self.slots = _vector_length(module)
        self.client = Client(self._machine(CleartextDomain(self.slots)))
        self._shapes: list[tuple[int, ...]] = []

    def _machine(self, domain: Domain[Any]) -> Machine:
        machine = super()._machine(domain)
        machine.register_implementations(WidthFunctions(machine))
        machine.register_implementations(StorageFunctions(machine))
        machine.register_implementations(MemrefFunctions(machine))
        machine.replace_functions("tensor", SliceFunctions(machine))
        machine.replace_functions("openfhe", IntegerFunctions(machine))
        return machine

    def _stream_domain(self, period: int) -> StreamDomain:
        return IntegerStreamDomain(self.slots, (), period)

    @property
    def period(self) -> int:
        return self.slots

    def parameters(self, *, lanes: int = 1, insecure: bool = False) -> Parameters:
        ring, unchecked = self._given.ring_dim.value.data, bool(self._given.insecure.value.data)
        if unchecked and not insecure:
            raise ParameterError(
                "the program asks for parameters whose security is not checked",
                hint="run it with --insecure, for tests",
            )
        return Parameters(
            max(0, ring.bit_length() - 1),
            (0,) * (self._given.mul_depth.value.data + 1),
            (),
            0,
            self.slots,
            max_log_qp=0 if unchecked else SECURE,
            scheme=self.scheme,
            plaintext_modulus=self._given.plain_mod.value.data,
        )

    def lanes_for(self, samples: int) -> int:
        return 1

    def range_violations(self, inputs: Sequence[NDArray[Any]]) -> list[str]:
        return []

    def interpret(self, inputs: Sequence[NDArray[Any]]) -> tuple[list[NDArray[Any]], list[str]]:
        raise ProgramError(
            f"{self.scheme.upper()} programs are not interpreted in the clear", hint="use --backend openfhe"
        )

    def _flattened(self, results: Sequence[Any]) -> list[Any]:
        self._shapes = [result.shape if isinstance(result, np.ndarray) else () for result in results]
        return super()._flattened(results)

    def unpack(self, stream: Stream, slots: Sequence[FloatArray]) -> list[NDArray[Any]]:
        states = stream.states[list(stream.outputs)].tolist()
        remaining = iter([Ciphertext(one, *state) for one, state in zip(slots, states, strict=True)])
        results: list[Any] = []
        for shape in self._shapes:
            array = np.empty(shape, dtype=object)
            for index in np.ndindex(shape):
                array[index] = next(remaining)
            results.append(array if shape else array[()])
        with self._lock:
            return [np.asarray(output) for output in self.client.outputs(results)]


def load_program(module: ModuleOp, resource_dir: Path = Path(), text: str = "") -> Program:
    """The program of a verified module, of whatever scheme.

    Raises:
        ProgramError: it can't be executed.
    """
    for scheme in (BGV, BFV):
        if f"scheme.{scheme}" in module.attributes:
            return IntegerProgram(module, scheme, resource_dir, text)
    return Program(module, resource_dir, text)


def _generated_parameters(module: ModuleOp) -> setup.GenParamsOp:
    found = next((op for op in module.walk() if isinstance(op, setup.GenParamsOp)), None)
    if found is None:
        raise ProgramError(
            "the program generates no OpenFHE parameters",
            where=place_of(module),
            hint="lower it with heir-opt --scheme-to-openfhe; BGV and BFV run from that form only",
        )
    return found


def _vector_length(module: ModuleOp) -> int:
    encoders = [op for op in module.walk() if isinstance(op, setup.MakePackedPlaintextOp)]
    types = [op.value.type for op in encoders]
    lengths = {one.get_shape()[-1] for one in types if isinstance(one, TensorType)}
    if len(lengths) != 1 or min(lengths).bit_count() != 1:
        raise ProgramError(
            f"the program encodes vectors of {', '.join(map(str, sorted(lengths))) or 'no'} slots",
            hint="all have to be of one length that is a power of two",
        )
    return lengths.pop()
