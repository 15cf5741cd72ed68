"""A CKKS program of HEIR, at any level, as a ``hetorch`` module.

The main function is interpreted over a domain that writes down what happens (:mod:`.recording`), so the
result is straight-line code; the client functions are written anew from what they do. Three conversions
share this: from ``secret``, from ``ckks``, and from ``openfhe``.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, NoReturn, cast

import numpy as np
from he_dialects import hetorch, lwe, mgmt, secret
from he_dialects.locations import place_of
from xdsl.dialects import func
from xdsl.dialects.builtin import (
    DictionaryAttr,
    Float32Type,
    Float64Type,
    ModuleOp,
    TensorType,
    f32,
    f64,
)
from xdsl.ir import Attribute, Block, Region, SSAValue

from hetorch_heir.conversions.client_writing import ClientWriter
from hetorch_heir.conversions.foreign_interface import (
    ClientTables,
    argument_types,
    as_value,
    ciphertext_shape,
    fitted,
    interface_of,
    is_number_tensor,
    public_sizes,
)
from hetorch_heir.conversions.foreign_parameters import ForeignParameters, level_of
from hetorch_heir.conversions.probing import Probe
from hetorch_heir.conversions.recording import LocationKeeper, Recorded, RecordingDomain
from hetorch_heir.conversions.secret_recording import (
    InferringDomain,
    RelaxedMgmtFunctions,
    RelaxedSecretFunctions,
    RelaxedTensorExtFunctions,
    management,
    tracked_scale,
)
from hetorch_heir.conversions.secret_tensors import SecretTensorFunctions
from hetorch_heir.conversions.storage import MemrefFunctions, StorageFunctions
from hetorch_heir.core.errors import ProgramError
from hetorch_heir.interpreter.cleartext import CleartextDomain
from hetorch_heir.interpreter.domain import Domain
from hetorch_heir.interpreter.machine import Machine
from hetorch_heir.interpreter.program import CONTEXT_TYPES
from hetorch_heir.interpreter.values import Ciphertext

TRIAL_LEVEL = 1000
"""Level of fresh ciphertexts in the run that finds out how many levels a program takes."""

ZERO_ARGUMENT = "client.enc_zero_arg"
"""The attribute of arguments that are encryptions of zero."""


@dataclass(frozen=True)
class FreshCiphertexts:
    """One argument of the main function: a tensor of ciphertexts that the client encrypts."""

    index: int
    shape: tuple[int, ...]
    level: int | None
    """None if the program leaves it open."""
    scale: int
    dimension: int
    is_zero: bool = False
    """Whether it is an encryption of zero that heir-opt has the client make."""

    @property
    def count(self) -> int:
        return math.prod(self.shape)

    def types(self, slots: int, inferred_level: int) -> list[hetorch.CiphertextType]:
        level = inferred_level if self.level is None else self.level
        return [hetorch.CiphertextType.get(slots, level, self.scale, self.dimension)] * self.count


def to_hetorch(module: ModuleOp, *, entry_function: str = "", resource_dir: Path = Path()) -> ModuleOp:
    """The ``hetorch`` module that computes what ``module`` does.

    Args:
        module: a verified module at secret or ckks level, or in the openfhe dialect; it is not changed.
        entry_function: the main function, where client functions don't tell.
        resource_dir: folder that the paths of ``preprocessing.load_resource`` are relative to.

    Raises:
        ProgramError: the program is of another scheme, has loops or slices that depend on values not known,
            or has operations that are not supported; says where and what to do.
    """
    return _Import(module, entry_function, resource_dir).run()


class _Import:
    def __init__(self, module: ModuleOp, entry_function: str, resource_dir: Path) -> None:
        self.module = module
        self.level = level_of(module)
        self.resource_dir = resource_dir
        self.interface = interface_of(module, entry_function)
        self.main = _main_function(module, self.interface.main)
        self.parameters = ForeignParameters.of(module, self.level, self.main)
        self.element = _element_type(module)
        self.fresh = self._fresh_ciphertexts()
        self.inputs = [one for one in self.fresh if not one.is_zero]
        self.inferred = any(one.level is None for one in self.fresh)
        self.tables = ClientTables(self.interface, self.parameters.slots, self._client_machine)
        self.sizes = public_sizes(self.interface, self.main, self.tables)

    def run(self) -> ModuleOp:
        level = max((one.level for one in self.fresh if one.level is not None), default=0)
        probe = Probe(self.sizes)
        if self.inferred or self.sizes:
            start = TRIAL_LEVEL if self.inferred else level
            trial, _ = self._record(probe, start, moduli=() if self.inferred else self.parameters.moduli)
            if self.inferred:
                level = start - (start if trial.lowest_level is None else trial.lowest_level)
            probe = Probe(self.sizes, probe.encoded)
        domain, results = self._record(probe, level, moduli=self.parameters.moduli)
        return self._module(domain, results, level)

    def _record(
        self, probe: Probe, level: int, *, moduli: Sequence[int]
    ) -> tuple[RecordingDomain, Sequence[Any]]:
        """Interpret the main function; the domain, and the values that the function returned."""
        slots = self.parameters.slots
        block = Block(arg_types=[t for one in self.inputs for t in one.types(slots, level)])
        kind = InferringDomain if self._leaves_scales_open() else RecordingDomain
        domain = kind(
            block,
            self.element,
            slots,
            moduli=moduli,
            default_scale=self.parameters.scale,
            probe=probe,
        )
        if isinstance(domain, InferringDomain):
            domain.manage = self._is_unmanaged()
        machine = self._machine(domain, level)
        machine.listeners = (LocationKeeper(domain), *machine.listeners)
        results = machine.call(self.interface.main, self._arguments(block, probe, domain))
        domain.finish()
        return domain, results

    def _machine(self, domain: Domain[Any], level: int) -> Machine:
        machine = Machine(self.module, domain, resource_dir=self.resource_dir)
        machine.register_implementations(StorageFunctions(machine))
        machine.register_implementations(MemrefFunctions(machine))
        machine.replace_functions("tensor", SecretTensorFunctions(machine))
        machine.replace_functions("secret", RelaxedSecretFunctions(machine, (level, self.parameters.scale)))
        machine.replace_functions("mgmt", RelaxedMgmtFunctions(machine, level))
        machine.replace_functions("tensor_ext", RelaxedTensorExtFunctions(machine))
        return machine

    def _client_machine(self) -> Machine:
        return self._machine(CleartextDomain(self.parameters.slots), 0)

    # Arguments

    def _fresh_ciphertexts(self) -> list[FreshCiphertexts]:
        attributes = _argument_attributes(self.main)
        fresh: list[FreshCiphertexts] = []
        for index, (value_type, attribute) in enumerate(
            zip(argument_types(self.main), attributes, strict=True)
        ):
            shape = ciphertext_shape(value_type)
            if shape is not None:
                described = self._level_scale_dimension(value_type, attribute)
                fresh.append(FreshCiphertexts(index, shape, *described, ZERO_ARGUMENT in attribute.data))
        if not fresh:
            raise ProgramError(
                f"function {self.main.sym_name.data!r} takes no ciphertext", where=place_of(self.main)
            )
        if len({one.level is None for one in fresh}) != 1:
            raise ProgramError(
                f"some arguments of {self.main.sym_name.data!r} have the attribute {mgmt.MGMT}, others don't",
                where=place_of(self.main),
                hint="run heir-opt --annotate-mgmt on the program",
            )
        return fresh

    def _level_scale_dimension(
        self, value_type: Attribute, attribute: DictionaryAttr
    ) -> tuple[int | None, int, int]:
        default = self.parameters.scale
        if self.parameters.openfhe is not None:
            return self.parameters.openfhe.depth, default, 2
        element = value_type.get_element_type() if isinstance(value_type, TensorType) else value_type
        if isinstance(element, lwe.CiphertextType):
            if element.level is None:
                raise ProgramError(
                    f"an argument of {self.main.sym_name.data!r} has no modulus chain, so no level",
                    where=place_of(self.main),
                    hint="import the program before heir-opt lowers it to openfhe, or after",
                )
            return element.level, element.scale if element.tracks_scale else default, element.size
        said = attribute.data.get(mgmt.MGMT)
        if not isinstance(said, mgmt.MgmtAttr):
            return None, default, 2
        return said.level.data, tracked_scale(said) or default, said.dimension.data

    def _leaves_scales_open(self) -> bool:
        """Whether a program at secret level doesn't say the scales of its ciphertexts."""
        attributes = (d.data.get(mgmt.MGMT) for d in _argument_attributes(self.main))
        tracked = (tracked_scale(one) for one in attributes if isinstance(one, mgmt.MgmtAttr))
        return self.level == "secret" and (self.inferred or None in tracked)

    def _is_unmanaged(self) -> bool:
        """Whether no operation rescales or relinearizes, and nothing says levels."""
        return self.inferred and not any(
            isinstance(op, mgmt.MgmtOp) or management(op) is not None for op in self.module.walk()
        )

    def _arguments(self, block: Block, probe: Probe, domain: RecordingDomain) -> tuple[Any, ...]:
        ciphertexts = {one.index: one for one in self.fresh}
        remaining = iter(tuple(block.args))
        arguments: list[Any] = []
        index = 0
        for argument in self.main.args:
            if argument.type.name in CONTEXT_TYPES:
                arguments.append(None)
                continue
            if index in ciphertexts:
                fresh = ciphertexts[index]
                if fresh.is_zero:
                    arguments.append(_zeros(domain, fresh))
                    index += 1
                    continue
                values = [next(remaining) for _ in range(fresh.count)]
                for value in values:
                    value.name_hint = argument.name_hint
                arguments.append(as_value([_ciphertext(value) for value in values], fresh.shape))
            elif is_number_tensor(argument.type):
                arguments.append(self._public(index, argument.type, probe))
            else:
                arguments.append(Unknown(index, str(argument.type)))
            index += 1
        return tuple(arguments)

    def _public(self, index: int, value_type: Attribute, probe: Probe) -> Any:
        client = self.interface.pack.get(index)
        if client is None:
            return fitted(probe.values(index), value_type)
        return self.tables.run(client, probe.values(client.model_index))

    # The module

    def _module(self, domain: RecordingDomain, results: Sequence[Any], level: int) -> ModuleOp:
        interface = self.interface
        writer = ClientWriter(interface.main, self.element, self.parameters.slots, interface.model_inputs)
        arguments = list(domain.block.args)
        position = 0
        for fresh in self.inputs:
            packed = self.tables.encrypted_input(fresh.index, fresh.count)
            for row in range(fresh.count):
                writer.encrypt(position, packed, row, arguments[position].type)
                position += 1
        for vector in domain.public:
            writer.pack(arguments.index(cast(Any, vector.value)), vector, self.sizes[vector.input])
        returned: list[SSAValue] = []
        for index, result in enumerate(results):
            ciphertexts = self._ciphertexts(result, index)
            shape = result.shape if isinstance(result, np.ndarray) else ()
            output = self.tables.output(index, ciphertexts, shape)
            kept = writer.decrypt(len(returned), output, [one.payload.type for one in ciphertexts])
            returned += [ciphertexts[row].payload for row in kept]
        domain.block.add_op(func.ReturnOp(*returned))
        signature = ([argument.type for argument in arguments], [value.type for value in returned])
        main = func.FuncOp(self.interface.main, signature, Region(domain.block))
        main.location = self.main.location
        attributes = self.parameters.attributes(max(level, _highest_level(main)))
        imported = ModuleOp([main, *writer.functions], attributes)
        imported.verify()
        return imported

    def _ciphertexts(self, result: Any, index: int) -> list[Recorded]:
        values = np.atleast_1d(np.asarray(result, dtype=object)).reshape(-1).tolist()
        if not all(isinstance(value, Ciphertext) for value in values):
            raise ProgramError(
                f"result {index} of {self.interface.main!r} is not encrypted",
                where=place_of(self.main),
                hint="return ciphertexts only",
            )
        return values


class Unknown:
    """An argument whose value isn't known before the program runs."""

    def __init__(self, index: int, value_type: str) -> None:
        self._index = index
        self._type = value_type

    def _refuse(self, *_: Any) -> NoReturn:
        raise ProgramError(
            f"depends on argument {self._index}, of type {self._type}, whose value isn't known",
            hint="replace the argument by a constant: loops and indices must be known to import a program",
        )

    __index__ = __int__ = __float__ = __bool__ = _refuse
    __add__ = __radd__ = __sub__ = __rsub__ = __mul__ = __rmul__ = __floordiv__ = __mod__ = _refuse
    __lt__ = __le__ = __gt__ = __ge__ = _refuse


def _ciphertext(value: SSAValue) -> Recorded:
    ciphertext = hetorch.ciphertext_type(value)
    return Ciphertext(value, ciphertext.level, ciphertext.scale, ciphertext.dimension)


def _zeros(domain: RecordingDomain, like: FreshCiphertexts) -> Any:
    """Encryptions of zero in the place of an argument."""
    zeros = domain.encode(np.zeros(domain.slot_count))
    values = [domain.encrypt(zeros, level=like.level or 0, scale=like.scale) for _ in range(like.count)]
    return as_value(values, like.shape)


def _main_function(module: ModuleOp, name: str) -> func.FuncOp:
    for op in module.ops:
        if isinstance(op, func.FuncOp) and op.sym_name.data == name and not op.is_declaration:
            return op
    raise ProgramError(f"the program has client functions for {name!r}, but no such function")


def _argument_attributes(main: func.FuncOp) -> list[DictionaryAttr]:
    """The attributes of the arguments that :func:`argument_types` gives the types of."""
    types = main.function_type.inputs.data
    attributes = main.arg_attrs.data if main.arg_attrs is not None else [DictionaryAttr({})] * len(types)
    return [a for a, t in zip(attributes, types, strict=True) if t.name not in CONTEXT_TYPES]


def _element_type(module: ModuleOp) -> Float32Type | Float64Type:
    """The type of cleartexts: f64 where the program has any tensor of it."""
    for op in module.walk():
        arguments = (a for region in op.regions for block in region.blocks for a in block.args)
        for value in (*op.results, *arguments):
            clear = value.type.value_type if isinstance(value.type, secret.SecretType) else value.type
            if isinstance(clear, TensorType) and clear.get_element_type() == f64:
                return f64
    return f32


def _highest_level(main: func.FuncOp) -> int:
    values = [*main.args, *(result for op in main.walk() for result in op.results)]
    return max(value.type.level for value in values if isinstance(value.type, hetorch.CiphertextType))
