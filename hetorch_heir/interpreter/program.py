"""Running of whole programs: the client's encryption, the server's function, the client's decryption.

A program's module says by ``heir.interface`` which functions are the client's:

    func.func @main(%x: !hetorch.ct<…>, %p: tensor<8192xf32>) -> !hetorch.ct<…>
    func.func @main__encrypt__arg0(%x: tensor<784xf32>) -> !hetorch.ct<…> attributes {heir.interface =
      {func_name = "main", index = 0 : i64, roles = ["client.encrypt"], model_input = 0 : i64}}
    func.func @main__pack__arg1(%x: tensor<10xf32>) -> tensor<8192xf32> attributes {heir.interface =
      {func_name = "main", index = 1 : i64, roles = ["client.pack"], model_input = 1 : i64}}
    func.func @main__decrypt__result0(%c: !hetorch.ct<…>) -> tensor<10xf32> attributes {heir.interface =
      {func_name = "main", index = 0 : i64, roles = ["client.decrypt"], model_output = 0 : i64}}

``index`` counts the arguments of ``main`` (or its results) without those that only pass the back end's
context and keys. ``model_input`` and ``model_output`` say which tensor of the model it is part of; left out,
they are equal to ``index``. ``shape`` is the shape of that tensor, left out if it is that of the function.
``model_inputs`` says how many inputs the model has, where the last ones are used by none of its outputs.
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, cast

import numpy as np
from numpy.typing import NDArray
from xdsl.dialects import func
from xdsl.dialects.builtin import ArrayAttr, DictionaryAttr, IntegerAttr, ModuleOp, StringAttr, TensorType
from xdsl.ir import Attribute

from hetorch_heir.core.errors import ProgramError
from hetorch_heir.interpreter.arrays import dtype_of
from hetorch_heir.interpreter.cleartext import CleartextDomain
from hetorch_heir.interpreter.domain import Domain
from hetorch_heir.interpreter.machine import Machine
from hetorch_heir.interpreter.overflow_check import Overflow, OverflowCheck
from hetorch_heir.interpreter.parameters import ProgramParameters
from hetorch_heir.interpreter.range_check import RangeCheck, RangeViolation

INTERFACE = "heir.interface"
ENCRYPT, PACK, DECRYPT = "client.encrypt", "client.pack", "client.decrypt"

CONTEXT_TYPES = frozenset(
    {
        "openfhe.crypto_context",
        "openfhe.public_key",
        "openfhe.private_key",
        "lwe.lwe_public_key",
        "lwe.lwe_secret_key",
    }
)
"""Types of arguments that pass a back end's context or keys; domains have their own."""


@dataclass(frozen=True)
class ClientFunction:
    """A function that the client runs, as ``heir.interface`` describes it."""

    name: str
    index: int
    """The argument or result of the main function that it makes or takes."""
    model_index: int
    """The input or output of the model that it packs or unpacks."""
    shape: tuple[int, ...] | None
    """The shape of that input or output, if it isn't that of the function's tensor."""


@dataclass(frozen=True)
class Interface:
    """The client's side of a program."""

    main: str
    encrypt: Mapping[int, ClientFunction]
    pack: Mapping[int, ClientFunction]
    decrypt: Mapping[int, ClientFunction]
    model_inputs: int = 0
    """How many inputs the model has, if it has some after those that the program takes."""

    @staticmethod
    def of(module: ModuleOp) -> Interface:
        """Read the interface of a module.

        Raises:
            ProgramError: the module has no client functions, or those of several main functions.
        """
        roles: dict[str, dict[int, ClientFunction]] = {ENCRYPT: {}, PACK: {}, DECRYPT: {}}
        mains: set[str] = set()
        model_inputs = 0
        for op in module.ops:
            if isinstance(op, func.FuncOp) and (attribute := op.attributes.get(INTERFACE)) is not None:
                entry = cast(DictionaryAttr, attribute).data
                role = cast("StringAttr", cast("ArrayAttr[Attribute]", entry["roles"]).data[0]).data
                # heir-opt's own helpers that pack plaintext arguments belong to no argument.
                if role in roles and "index" in entry:
                    function = _client_function(op.sym_name.data, entry)
                    roles[role][function.index] = function
                    mains.add(cast(StringAttr, entry["func_name"]).data)
                    if "model_inputs" in entry:
                        model_inputs = _integer(entry["model_inputs"])
        if len(mains) != 1:
            raise ProgramError(
                f"the program has client functions for {len(mains)} functions, expected one: {sorted(mains)}",
                hint=f"client functions have an attribute {INTERFACE}",
            )
        return Interface(mains.pop(), roles[ENCRYPT], roles[PACK], roles[DECRYPT], model_inputs)


def _client_function(name: str, entry: Mapping[str, Attribute]) -> ClientFunction:
    index = _integer(entry["index"])
    model = entry.get("model_input", entry.get("model_output"))
    shape = cast("ArrayAttr[Attribute] | None", entry.get("shape"))
    return ClientFunction(
        name,
        index,
        index if model is None else _integer(model),
        None if shape is None else tuple(_integer(dimension) for dimension in shape),
    )


def _integer(attribute: Attribute) -> int:
    return cast("IntegerAttr[Any]", attribute).value.data


@dataclass(frozen=True)
class Run:
    """What running a program gave."""

    outputs: list[NDArray[Any]]
    """One array per output of the model."""

    op_counts: Counter[str]
    """How often each operation of the main function was run, by name."""

    counts: Counter[str]
    """How often the main function used each operation of the domain (``rotate``, ``mul_plain`` …)."""

    range_violations: list[RangeViolation]
    """Activations whose input left the range of their polynomial; known where slots are in the clear."""

    overflow: Overflow | None
    """The first ciphertext whose values the modulus has no room for; known where slots are in the clear."""


def run_program(
    module: ModuleOp,
    inputs: Sequence[NDArray[Any]],
    *,
    domain: Domain[Any] | None = None,
    resource_dir: Path = Path(),
) -> list[NDArray[Any]]:
    """Encrypt ``inputs``, run the main function, and decrypt its results.

    Args:
        module: a verified module with client functions, in any dialect that can be interpreted.
        inputs: one array per input of the model.
        domain: what ciphertexts are; by default cleartext slots.
        resource_dir: folder of the program, which the paths of its resources are relative to.

    Returns:
        One array per output of the model, in the shape that the program knows.

    Raises:
        ProgramError: the inputs don't fit, or an operation breaks a rule of the scheme.
    """
    return execute(module, inputs, domain=domain, resource_dir=resource_dir).outputs


def execute(
    module: ModuleOp,
    inputs: Sequence[NDArray[Any]],
    *,
    domain: Domain[Any] | None = None,
    resource_dir: Path = Path(),
) -> Run:
    """As :func:`run_program`, with counts of what the main function did."""
    if domain is None:
        parameters = ProgramParameters.of(module)
        domain = CleartextDomain(parameters.slots, moduli=parameters.moduli)
    machine = Machine(module, domain, resource_dir=resource_dir)
    client = Client(machine)
    arguments = client.arguments(inputs)
    machine.counts.clear()
    machine.domain.counts.clear()
    ranges, room = RangeCheck(), OverflowCheck(domain.moduli)
    machine.listeners += (ranges, room)
    with np.errstate(over="ignore", invalid="ignore"):  # what is too large is told of
        results = client.call_main(machine, arguments)
        counts = Counter(machine.counts), Counter(machine.domain.counts)
        return Run(client.outputs(results), *counts, ranges.violations, room.first)


class Client:
    """The client's side of a program: from inputs to arguments of the main function, and from its results.

    Args:
        machine: runs the client functions; its domain says what a ciphertext is.

    Raises:
        ProgramError: the module has no client functions, or those of a function that it doesn't have.
    """

    def __init__(self, machine: Machine) -> None:
        self._machine = machine
        self._interface = Interface.of(machine.module)
        main = machine.functions.get(self._interface.main)
        if main is None:
            raise ProgramError(
                f"the program has client functions for {self._interface.main!r}, but no such function"
            )
        self._types = [argument.type for argument in main.args if argument.type.name not in CONTEXT_TYPES]

    @property
    def public_inputs(self) -> frozenset[int]:
        """The numbers of the model's inputs that the main function takes as they are, not encrypted."""
        plain = [index for index in range(len(self._types)) if self._interface.encrypt.get(index) is None]
        return frozenset(self._source(index)[0] for index in plain)

    @property
    def takes_public(self) -> bool:
        """Whether arguments of the main function are inputs that aren't encrypted."""
        return bool(self.public_inputs)

    def call_main(self, machine: Machine, arguments: Sequence[Any]) -> tuple[Any, ...]:
        """The results of the main function, run by ``machine``."""
        return _call(machine, self._interface.main, arguments)

    def arguments(self, inputs: Sequence[NDArray[Any]]) -> list[Any]:
        """The arguments of the main function for the model's inputs.

        Raises:
            ProgramError: the inputs don't fit the program, or aren't finite.
        """
        if len(inputs) > self.input_count:
            raise ProgramError(f"{len(inputs)} inputs are given, but the program takes {self.input_count}")
        for number, array in enumerate(inputs):
            if not np.all(np.isfinite(array)):
                raise ProgramError(f"input {number} has values that are not finite")
        return [self._argument(index, inputs) for index in range(len(self._types))]

    @property
    def input_count(self) -> int:
        """How many inputs of the model the program knows of, with those that no output depends on."""
        taken = max((self._source(index)[0] for index in range(len(self._types))), default=-1) + 1
        return max(taken, self._interface.model_inputs)

    def zeros(self) -> list[NDArray[Any]]:
        """Inputs of the right sizes; empty those that no output depends on."""
        tensors = dict(map(self._source, range(len(self._types))))
        shapes = [tensors[i].get_shape() if i in tensors else (0,) for i in range(self.input_count)]
        return [np.zeros(shape) for shape in shapes]

    def _client_function(self, index: int) -> ClientFunction | None:
        return self._interface.encrypt.get(index) or self._interface.pack.get(index)

    def _source(self, index: int) -> tuple[int, TensorType[Attribute]]:
        """The input of the model that argument ``index`` is made of, and the tensor that it is taken as."""
        client = self._client_function(index)
        if client is not None:
            return client.model_index, _tensor_argument(self._machine.functions[client.name])
        argument_type = self._types[index]
        if not isinstance(argument_type, TensorType):
            raise ProgramError(f"no client function encrypts argument {index} of {self._interface.main!r}")
        return index, cast("TensorType[Attribute]", argument_type)

    def _argument(self, index: int, inputs: Sequence[NDArray[Any]]) -> Any:
        """The value of argument ``index`` of the main function."""
        client = self._client_function(index)
        model_index = index if client is None else client.model_index
        if model_index >= len(inputs):
            raise ProgramError(
                f"the program takes input {model_index}, but there are only {len(inputs)} inputs"
            )
        _, tensor = self._source(index)
        shape = None if client is None else client.shape
        fitted = _fitted(inputs[model_index], tensor, model_index, shape)
        if client is None:
            return fitted
        (value,) = _call(self._machine, client.name, [fitted])
        return value

    def outputs(self, results: Sequence[Any]) -> list[NDArray[Any]]:
        """The model's outputs from the results of the main function, one array each."""
        parts: dict[int, list[NDArray[Any]]] = {}
        shapes: dict[int, tuple[int, ...]] = {}
        for index, result in enumerate(results):
            client = self._interface.decrypt.get(index)
            if client is None:
                raise ProgramError(f"no client function decrypts result {index} of {self._interface.main!r}")
            (array,) = _call(self._machine, client.name, [result])
            parts.setdefault(client.model_index, []).append(array)
            if client.shape is not None:
                shapes[client.model_index] = client.shape
        return [_joined(parts[output], shapes.get(output)) for output in sorted(parts)]


def _call(machine: Machine, name: str, values: Sequence[Any]) -> tuple[Any, ...]:
    """Call a function with ``values`` for those of its arguments that aren't contexts or keys."""
    remaining = iter(values)
    arguments = [
        None if argument.type.name in CONTEXT_TYPES else next(remaining)
        for argument in machine.functions[name].args
    ]
    return machine.call(name, tuple(arguments))


def _tensor_argument(function: func.FuncOp) -> TensorType[Attribute]:
    for argument in function.args:
        if isinstance(argument.type, TensorType):
            return cast("TensorType[Attribute]", argument.type)
    raise ProgramError(f"client function {function.sym_name.data!r} takes no tensor")


def _fitted(
    array: NDArray[Any],
    tensor: TensorType[Attribute],
    number: int,
    model_shape: tuple[int, ...] | None = None,
) -> NDArray[Any]:
    """``array`` in the shape and type of ``tensor``.

    It may be flat or, where the shape of the model's input is known, in that but for axes of length 1.
    """
    shape = tensor.get_shape()
    if array.size != math.prod(shape):
        takes = f"{math.prod(shape)} values" + (f", of shape {model_shape}" if model_shape else "")
        raise ProgramError(f"input {number} has shape {array.shape}, but the program takes {takes}")
    if model_shape and array.ndim > 1 and _without_ones(array.shape) != _without_ones(model_shape):
        raise ProgramError(
            f"input {number} has shape {array.shape}, but the program takes {model_shape}",
            hint="transpose its axes, or flatten it if its values are in that order",
        )
    dtype = dtype_of(tensor.get_element_type())
    if dtype.kind == "i" and not np.array_equal(array.astype(dtype), array):
        raise ProgramError(f"input {number} has values that {tensor.get_element_type()} does not hold")
    with np.errstate(over="ignore"):
        converted = np.ascontiguousarray(array, dtype).reshape(shape)
    if not np.all(np.isfinite(converted)):
        raise ProgramError(f"input {number} has values too large for {tensor.get_element_type()}")
    return converted


def _without_ones(shape: Sequence[int]) -> tuple[int, ...]:
    return tuple(dimension for dimension in shape if dimension != 1)


def _joined(parts: Sequence[NDArray[Any]], shape: tuple[int, ...] | None) -> NDArray[Any]:
    """An output from the ciphertexts that hold it: in sequence, or each with zeros for the others' part."""
    if len(parts) == 1:
        joined = parts[0]
    elif shape is not None and all(part.size == math.prod(shape) for part in parts):
        joined = np.sum(parts, axis=0)
    else:
        joined = np.concatenate([part.ravel() for part in parts])
    return joined if shape is None else joined.reshape(shape)
