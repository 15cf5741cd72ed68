"""Which function of a program is the main one, and what its client functions do.

What a client function packs or reads is found out by running it (:mod:`.probing`); a program without client
functions takes and returns the slots themselves.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, cast

import numpy as np
from he_dialects import hetorch, lwe, secret
from he_dialects.locations import place_of
from he_dialects.openfhe.types import CiphertextType as OpenFHECiphertextType
from numpy.typing import NDArray
from xdsl.dialects import func
from xdsl.dialects.builtin import MemRefType, ModuleOp, TensorType
from xdsl.ir import Attribute

from hetorch_heir.conversions.probing import element_table, probe_values
from hetorch_heir.core.errors import ProgramError
from hetorch_heir.interpreter.arrays import dtype_of
from hetorch_heir.interpreter.machine import Machine
from hetorch_heir.interpreter.program import (
    CONTEXT_TYPES,
    DECRYPT,
    ENCRYPT,
    INTERFACE,
    PACK,
    ClientFunction,
    Interface,
)
from hetorch_heir.interpreter.values import Ciphertext
from hetorch_heir.linalg.layout import EMPTY

Table = NDArray[np.int64]


def ciphertext_shape(value_type: Attribute) -> tuple[int, ...] | None:
    """The shape of the tensor of ciphertexts that a type is, () for a ciphertext, None for anything else."""
    match value_type:
        case secret.SecretType():
            clear = value_type.value_type
            return clear.get_shape()[:-1] if isinstance(clear, TensorType) else ()
        case TensorType():
            element = cast("TensorType[Attribute]", value_type).get_element_type()
            return value_type.get_shape() if ciphertext_shape(element) == () else None
        case MemRefType() if ciphertext_shape(cast("MemRefType[Attribute]", value_type).element_type) == ():
            return value_type.get_shape()
        case lwe.CiphertextType() | OpenFHECiphertextType() | hetorch.CiphertextType():
            return ()
        case _:
            return None


def interface_of(module: ModuleOp, entry_function: str = "") -> Interface:
    """The main function and the client functions of a program.

    Args:
        entry_function: the main function, where the program has no client functions.

    Raises:
        ProgramError: it isn't clear which function is the main one.
    """
    functions = {op.sym_name.data: op for op in module.ops if isinstance(op, func.FuncOp)}
    if any(_role(function) in (ENCRYPT, PACK, DECRYPT) for function in functions.values()):
        interface = Interface.of(_client_side(functions.values()))
        if entry_function not in ("", interface.main):
            raise ProgramError(
                f"the client functions are those of {interface.main!r}, not {entry_function!r}"
            )
        return interface
    if entry_function and entry_function not in functions:
        raise ProgramError(
            f"there is no function {entry_function!r}", hint=f"functions: {', '.join(functions)}"
        )
    called = {op.callee.string_value() for op in module.walk() if isinstance(op, func.CallOp)}
    candidates = [entry_function] if entry_function else []
    if not candidates:
        candidates = [
            name
            for name, function in functions.items()
            if not function.is_declaration
            and name not in called
            and INTERFACE not in function.attributes
            and any(ciphertext_shape(t) is not None for t in function.function_type.inputs)
        ]
    if len(candidates) != 1:
        raise ProgramError(
            f"the program has {len(candidates)} functions that could be its main one: {candidates}",
            hint="name it as the entry function",
        )
    return Interface(candidates[0], {}, {}, {})


def _role(function: func.FuncOp) -> str | None:
    """What a client function is for; None for other functions, and for helpers of the compiler's own."""
    entry = cast(Any, function.attributes.get(INTERFACE))
    return None if entry is None or "index" not in entry.data else entry.data["roles"].data[0].data


def _client_side(functions: Iterable[func.FuncOp]) -> ModuleOp:
    """A module of the declarations of the functions that the client calls."""
    declarations: list[func.FuncOp] = []
    for function in functions:
        if _role(function) is not None:
            inputs, outputs = function.function_type.inputs.data, function.function_type.outputs.data
            declaration = func.FuncOp.external(function.sym_name.data, inputs, outputs)
            declaration.attributes[INTERFACE] = function.attributes[INTERFACE]
            declarations.append(declaration)
    return ModuleOp(declarations)


@dataclass(frozen=True)
class PackedInput:
    """Where the elements of an encrypted input lie in the ciphertexts of one argument."""

    model_index: int
    shape: tuple[int, ...]
    tables: Table
    """Shape (ciphertexts, slots)."""

    @property
    def size(self) -> int:
        return math.prod(self.shape)


@dataclass(frozen=True)
class PackedOutput:
    """Where the elements of an output lie in the ciphertexts of one result."""

    model_index: int
    shape: tuple[int, ...]
    positions: Table
    """For each element, ciphertext * slots + slot."""


class ClientTables:
    """What the client functions of a program do, as tables.

    Args:
        machine: makes a machine whose ciphertexts are their slots.
    """

    def __init__(self, interface: Interface, slots: int, machine: Callable[[], Machine]) -> None:
        self._interface = interface
        self._slots = slots
        self._machine = machine

    def encrypted_input(self, index: int, ciphertexts: int) -> PackedInput:
        """The packing of argument ``index``."""
        client = self._interface.encrypt.get(index)
        if client is None:
            size = ciphertexts * self._slots
            shape = (size,) if ciphertexts == 1 else (ciphertexts, self._slots)
            return PackedInput(index, shape, np.arange(size).reshape(ciphertexts, self._slots))
        shape = client.shape or self.tensor_shape(client)
        size = math.prod(shape)
        first, second = (self._slots_of(self.run(client, probe_values(size, run)), client) for run in (0, 1))
        table = element_table(first, second, size)
        if table is None or first.size != ciphertexts * self._slots:
            raise self._not_a_packing(client)
        return PackedInput(client.model_index, shape, table.reshape(ciphertexts, self._slots))

    def output(
        self, index: int, ciphertexts: Sequence[Ciphertext[Any]], shape: tuple[int, ...]
    ) -> PackedOutput:
        """What is read of result ``index``, a tensor of ciphertexts of shape ``shape``."""
        count = len(ciphertexts)
        size = count * self._slots
        client = self._interface.decrypt.get(index)
        if client is None:
            return PackedOutput(index, (size,) if count == 1 else (count, self._slots), np.arange(size))
        runs = [self._read(client, ciphertexts, shape, probe_values(size, run)) for run in (0, 1)]
        positions = element_table(runs[0].reshape(-1), runs[1].reshape(-1), size)
        if positions is None or np.any(positions == EMPTY):
            raise self._not_a_packing(client)
        return PackedOutput(
            client.model_index, runs[0].shape if client.shape is None else client.shape, positions
        )

    def run(self, client: ClientFunction, vector: NDArray[Any]) -> Any:
        """The value that a client's function makes of an input."""
        machine = self._machine()
        return _call(machine, client.name, vector)

    def tensor_shape(self, client: ClientFunction) -> tuple[int, ...]:
        """The shape of the tensor that a client function takes."""
        for argument in self._machine().functions[client.name].args:
            if isinstance(argument.type, TensorType):
                return argument.type.get_shape()
        return ()

    def _slots_of(self, value: Any, client: ClientFunction) -> NDArray[np.float64]:
        rows = [row.payload for row in np.atleast_1d(np.asarray(value, dtype=object)).flat]
        return np.concatenate(rows)

    def _read(
        self,
        client: ClientFunction,
        ciphertexts: Sequence[Ciphertext[Any]],
        shape: tuple[int, ...],
        values: NDArray[np.float64],
    ) -> NDArray[np.float64]:
        rows = [
            Ciphertext(row, one.level, one.scale_log2, one.dimension)
            for row, one in zip(values.reshape(-1, self._slots), ciphertexts, strict=True)
        ]
        return np.asarray(_call(self._machine(), client.name, as_value(rows, shape)), dtype=np.float64)

    def _not_a_packing(self, client: ClientFunction) -> ProgramError:
        function = self._machine().functions[client.name]
        return ProgramError(
            f"client function {client.name!r} computes with its values, it doesn't only place them in slots",
            where=place_of(function),
            hint="remove the client functions: the inputs are then the packed slots",
        )


def as_value(ciphertexts: Sequence[Any], shape: tuple[int, ...]) -> Any:
    """Ciphertexts as the interpreter has them: one by itself, or an array of ``shape``."""
    if shape == ():
        return ciphertexts[0]
    value = np.empty(len(ciphertexts), dtype=object)
    value[:] = ciphertexts
    return value.reshape(shape)


def fitted(values: NDArray[Any], value_type: Attribute) -> Any:
    """``values`` in the shape and type of a function's argument."""
    if not isinstance(value_type, TensorType):
        return dtype_of(value_type).type(values.reshape(-1)[0])
    tensor = cast("TensorType[Attribute]", value_type)
    return np.ascontiguousarray(values, dtype_of(tensor.get_element_type())).reshape(tensor.get_shape())


def _call(machine: Machine, name: str, value: Any) -> Any:
    """Call a client function with one value beside contexts and keys."""
    arguments: list[Any] = []
    for argument in machine.functions[name].args:
        if argument.type.name in CONTEXT_TYPES:
            arguments.append(None)
        elif ciphertext_shape(argument.type) is not None:
            arguments.append(value)
        else:
            arguments.append(fitted(value, argument.type))
    return machine.call(name, tuple(arguments))[0]


def public_sizes(interface: Interface, main: func.FuncOp, tables: ClientTables) -> Mapping[int, int]:
    """The number of elements of each public input, by its number among the model's inputs."""
    sizes: dict[int, int] = {}
    for index, value_type in enumerate(argument_types(main)):
        if ciphertext_shape(value_type) is None and is_number_tensor(value_type):
            client = interface.pack.get(index)
            if client is None:
                sizes[index] = math.prod(cast("TensorType[Attribute]", value_type).get_shape())
            else:
                sizes[client.model_index] = math.prod(tables.tensor_shape(client))
    return dict(sorted(sizes.items()))


def argument_types(main: func.FuncOp) -> list[Attribute]:
    """The types of a function's arguments without those that pass contexts and keys."""
    return [t for t in main.function_type.inputs if t.name not in CONTEXT_TYPES]


def is_number_tensor(value_type: Attribute) -> bool:
    """Whether a type is a tensor of floating-point numbers, which a public input may be."""
    if not isinstance(value_type, TensorType):
        return False
    return dtype_of(cast("TensorType[Attribute]", value_type).get_element_type()).kind == "f"
