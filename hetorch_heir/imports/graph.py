"""A ``hetorch`` module as a torch.fx graph, the reverse of :mod:`hetorch_heir.export.exporter`.

Every ciphertext is a packed value of shape (1, slots), every operation a node ``torch.ops.hetorch.*``. The
client functions become ``pack`` and ``unpack`` nodes, by tables that running them gives.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import torch
from he_dialects import hetorch
from he_dialects.ckks import SCHEME_PARAM, SchemeParamAttr
from he_dialects.locations import place_of
from torch.fx import Graph, GraphModule, Node
from xdsl.dialects import func
from xdsl.dialects.builtin import FileLineColLoc, ModuleOp
from xdsl.ir import Operation, SSAValue

import hetorch_heir.passes.operations  # registers torch.ops.hetorch
from hetorch_heir.conversions.client_writing import layout_of
from hetorch_heir.conversions.foreign_interface import (
    ClientTables,
    argument_types,
    public_sizes,
)
from hetorch_heir.conversions.probing import element_table, probe_values
from hetorch_heir.core.bootstrapping import Bootstrapping
from hetorch_heir.core.chain import CKKSChain
from hetorch_heir.core.ciphertext import CiphertextInfo
from hetorch_heir.core.errors import ProgramError
from hetorch_heir.core.packing import PackingInfo
from hetorch_heir.frontend.source import SourceLocation
from hetorch_heir.interpreter.cleartext import CleartextDomain
from hetorch_heir.interpreter.machine import Machine
from hetorch_heir.interpreter.parameters import ProgramParameters
from hetorch_heir.interpreter.program import Interface
from hetorch_heir.interpreter.values import Ciphertext
from hetorch_heir.linalg.layout import EMPTY, Layout
from hetorch_heir.passes.graph import CIPHERTEXT_INFO, FACTOR_SCALE, PACKING_INFO

OPS = torch.ops.hetorch
NOISE_BUDGET = 100.0
"""Bits of a fresh ciphertext, as in :class:`hetorch_heir.core.parameters.CKKSParameters`."""

assert hetorch_heir.passes.operations.LIBRARY

PLAIN = {"hetorch.padd": "padd", "hetorch.psub": "psub", "hetorch.pmult": "pmult"}
SAME_ARGUMENTS = {
    "hetorch.cadd": "cadd",
    "hetorch.csub": "csub",
    "hetorch.cmult": "cmult",
    "hetorch.negate": "negate",
    "hetorch.relinearize": "relinearize",
    "hetorch.rescale": "rescale",
    "hetorch.bootstrap": "bootstrap",
}
"""Operations whose nodes have their operands as arguments, and nothing else."""


def to_graph_module(module: ModuleOp, *, resource_dir: Path = Path()) -> GraphModule:
    """The graph of a straight-line ``hetorch`` module with client functions.

    Raises:
        ProgramError: it has scales that the passes can't work with, or no straight-line main function.
        ParameterError: the parameters of the module are no modulus chain.
    """
    return _GraphBuilder(module, resource_dir).run()


class _GraphBuilder:
    def __init__(self, module: ModuleOp, resource_dir: Path) -> None:
        self.module = module
        self.interface = Interface.of(module)
        self.chain = _chain(module)
        self.slots = self.chain.slots
        self.resource_dir = resource_dir
        self.machine = self._machine()
        self.main = self.machine.functions[self.interface.main]
        self.tables = ClientTables(self.interface, self.slots, self._machine)
        self.result = GraphModule(torch.nn.Module(), Graph())
        self.graph = self.result.graph
        self.nodes: dict[SSAValue, Node] = {}
        self.constants: dict[SSAValue, Any] = {}
        self.buffers: dict[tuple[str, bytes], str] = {}
        self.layouts: dict[Node, Layout] = {}
        self.dtype = _dtype(self.main, self.machine)

    def _machine(self) -> Machine:
        domain = CleartextDomain(self._slots(), moduli=())
        return Machine(self.module, domain, resource_dir=self.resource_dir)

    def _slots(self) -> int | None:
        return ProgramParameters.of(self.module).slots

    def run(self) -> GraphModule:
        self._inputs()
        for op in self.main.body.block.ops:
            self._operation(op)
        self.graph.lint()
        self.result.recompile()
        self.result.meta["chain"] = self.chain
        return self.result

    # The client's side

    def _inputs(self) -> None:
        sizes = public_sizes(self.interface, self.main, self.tables)
        packings = [self._packing(index, sizes) for index in range(len(argument_types(self.main)))]
        inputs: dict[int, tuple[tuple[int, ...], int, str, bool]] = {}
        names: set[str] = set()
        for (model_index, shape, _), argument in zip(packings, self.main.args, strict=True):
            is_public = not isinstance(argument.type, hetorch.CiphertextType)
            level = 0 if is_public else hetorch.ciphertext_type(argument).level
            known = inputs.get(model_index)
            if known is None:
                name = _unused(argument.name_hint or f"input{model_index}", names)
                inputs[model_index] = (shape, level, name, is_public)
            else:
                inputs[model_index] = (shape, max(level, known[1]), known[2], is_public)
        placeholders = {
            model_index: self._placeholder(*inputs[model_index]) for model_index in sorted(inputs)
        }
        for (model_index, shape, table), argument in zip(packings, self.main.args, strict=True):
            level = inputs[model_index][1]
            layout = layout_of(int(np.prod(shape, dtype=int)), table)
            self.nodes[argument] = self._pack(argument, placeholders[model_index], layout, shape, level)

    def _packing(self, index: int, sizes: Any) -> tuple[int, tuple[int, ...], np.ndarray]:
        """Model input, its shape, and the table of the slots of argument ``index``."""
        if isinstance(self.main.args[index].type, hetorch.CiphertextType):
            packed = self.tables.encrypted_input(index, 1)
            return packed.model_index, packed.shape, packed.tables[0]
        client = self.interface.pack.get(index)
        if client is None:
            size = sizes[index]
            return index, (size,), np.resize(np.arange(size), self.slots)
        shape = client.shape or self.tables.tensor_shape(client)
        size = int(np.prod(shape, dtype=int))
        runs = [np.asarray(self.tables.run(client, probe_values(size, run)), dtype=float) for run in (0, 1)]
        table = element_table(runs[0].reshape(-1), runs[1].reshape(-1), size)
        if table is None:
            raise ProgramError(f"client function {client.name!r} computes with its values")
        return client.model_index, shape, table

    def _placeholder(self, shape: tuple[int, ...], level: int, name: str, public: bool) -> Node:
        node = self.graph.placeholder(name)
        node.meta["val"] = torch.empty(shape, dtype=self.dtype, device="meta")
        if public:
            node.meta["public"] = True
            return node
        node.meta[CIPHERTEXT_INFO] = CiphertextInfo(shape, self.dtype, level, self.chain.scale, NOISE_BUDGET)
        return node

    def _pack(
        self, argument: SSAValue, placeholder: Node, layout: Layout, shape: tuple[int, ...], level: int
    ) -> Node:
        node = self.graph.call_function(OPS.pack, (placeholder, self._buffer("index", layout.table)))
        packing = self._packing_info(layout, shape)
        if placeholder.meta.get("public"):
            node.meta["public"] = True
            node.meta[PACKING_INFO] = packing
            return node
        wanted = hetorch.ciphertext_type(argument)
        if wanted.scale != self.chain.log_scale or wanted.dimension != 2:
            raise self._unusual_scale(self.main, "a fresh ciphertext", wanted.scale)
        self._describe(node, wanted.replace(level=level), packing)
        return self._lowered(node, wanted, level, packing)

    def _outputs(self, op: func.ReturnOp) -> None:
        results: list[Node] = []
        for index, value in enumerate(op.operands):
            ciphertext = hetorch.ciphertext_type(value)
            like = Ciphertext(None, ciphertext.level, ciphertext.scale, ciphertext.dimension)
            output = self.tables.output(index, [like], ())
            size = output.positions.size
            whole = int(np.prod(output.shape, dtype=int)) == size
            shape = output.shape if whole else (size,)
            table = np.full(self.slots, EMPTY)
            # The first element that reads a slot names it.
            table[output.positions[::-1]] = np.arange(size)[::-1]
            arguments = (self.nodes[value], self._buffer("index", output.positions), list(shape))
            node = self.graph.call_function(OPS.unpack, arguments)
            node.meta[PACKING_INFO] = self._packing_info(Layout(size, self.slots, table[None], None), shape)
            results.append(node)
        self.graph.output(results[0] if len(results) == 1 else tuple(results))

    def _packing_info(self, layout: Layout, shape: tuple[int, ...]) -> PackingInfo:
        used = int(np.count_nonzero(layout.table != EMPTY))
        return PackingInfo("custom", used, self.slots, shape, layout)

    # The server's side

    def _operation(self, op: Operation) -> None:
        match op:
            case func.ReturnOp():
                self._outputs(op)
            case hetorch.EncodeOp():
                self._encode(op)
            case hetorch.EncryptOp() | hetorch.DecryptOp():
                raise ProgramError(
                    f"{op.name} in the main function has no form in a graph",
                    where=place_of(op),
                    hint="encryption and decryption are the client's",
                )
            case hetorch.HETorchOp():
                self._homomorphic(op)
            case _ if self._is_homomorphic(op):
                raise ProgramError(
                    f"{op.name} has no form in a graph",
                    where=place_of(op),
                    hint="write the main function as straight-line code",
                )
            case _:
                self._constant(op)

    def _is_homomorphic(self, op: Operation) -> bool:
        """Whether a ciphertext, or a public input, takes part in an operation or in its regions."""
        return any(
            isinstance(inner, hetorch.HETorchOp) or any(operand in self.nodes for operand in inner.operands)
            for inner in op.walk()
        )

    def _constant(self, op: Operation) -> None:
        """Run what the host does to make constants."""
        used = {operand for inner in op.walk() for operand in inner.operands}
        self.machine.set_values((one, self.constants[one]) for one in used if one in self.constants)
        operands = tuple(self.constants[operand] for operand in op.operands)
        outcome = self.machine._run_op(op, operands)  # pyright: ignore[reportPrivateUsage]
        self.constants.update(zip(op.results, outcome.values, strict=True))

    def _encode(self, op: hetorch.EncodeOp) -> None:
        if op.input in self.nodes:
            self.nodes[op.output] = self.nodes[op.input]
        else:
            vector = np.asarray(self.constants[op.input]).reshape(1, -1)
            self.nodes[op.output] = self._buffer("constant", vector)

    def _homomorphic(self, op: hetorch.HETorchOp) -> None:
        operands = [self.nodes[operand] for operand in op.operands]
        result = hetorch.ciphertext_type(op.results[0])
        match op:
            case hetorch.RotateOp():
                node = self._call(op, OPS.rotate, *operands, op.steps.value.data)
            case hetorch.LevelReduceOp():
                node = self._call(op, OPS.level_reduce, *operands, op.levels.value.data)
            case _:
                name = PLAIN.get(op.name) or SAME_ARGUMENTS[op.name]
                node = self._call(op, getattr(OPS, name), *operands)
        if isinstance(op, hetorch.PMultOp):
            factor = op.operands[1].type
            assert isinstance(factor, hetorch.PlaintextType)
            if factor.scale != self.chain.log_scale:
                node.meta[FACTOR_SCALE] = factor.scale
        packing = PackingInfo("custom", self.slots, self.slots, None)
        if isinstance(op, hetorch.BootstrapOp):
            if result.scale != self.chain.log_scale:
                raise self._unusual_scale(op, "a bootstrapped ciphertext", result.scale)
            # The passes take it that bootstrapping gives the highest level.
            self._describe(node, result.replace(level=self.chain.fresh_level), packing)
            node = self._lowered(node, result, self.chain.fresh_level, packing)
        else:
            self._describe(node, result, packing)
        self.nodes[op.results[0]] = node

    def _lowered(self, node: Node, wanted: hetorch.CiphertextType, level: int, packing: PackingInfo) -> Node:
        """``node``, a ciphertext at ``level``, at the level that is wanted."""
        if level == wanted.level:
            return node
        reduced = self.graph.call_function(OPS.level_reduce, (node, level - wanted.level))
        self._describe(reduced, wanted, packing)
        return reduced

    def _call(self, op: Operation, target: Callable[..., Any], *arguments: Any) -> Node:
        node = self.graph.call_function(target, arguments)
        location = op.location
        if isinstance(location, FileLineColLoc):
            node.meta["source"] = SourceLocation(location.filename.data, location.line.data)
        return node

    def _describe(self, node: Node, ciphertext: hetorch.CiphertextType, packing: PackingInfo) -> None:
        node.meta[PACKING_INFO] = packing
        node.meta[CIPHERTEXT_INFO] = CiphertextInfo(
            (1, self.slots),
            self.dtype,
            ciphertext.level,
            2.0**ciphertext.scale,
            NOISE_BUDGET,
            packing,
            ciphertext.dimension,
        )

    def _buffer(self, kind: str, array: np.ndarray) -> Node:
        """A constant of the module; equal ones are stored once."""
        dtype = torch.int64 if kind == "index" else self.dtype
        tensor = torch.from_numpy(np.array(array)).to(dtype)  # a copy: constants of a module are read-only
        key = (kind, tensor.numpy().tobytes())
        if key not in self.buffers:
            self.buffers[key] = f"packed_{kind}_{len(self.buffers)}"
            self.result.register_buffer(self.buffers[key], tensor)
        return self.graph.get_attr(self.buffers[key])

    def _unusual_scale(self, op: Operation, what: str, scale: int) -> ProgramError:
        return ProgramError(
            f"{what} has scale 2^{scale}, but the default one is 2^{self.chain.log_scale}",
            where=place_of(op),
            hint="passes on graphs keep one scale; run the hetorch module itself, or set logDefaultScale",
        )


def _unused(name: str, taken: set[str]) -> str:
    """``name``, numbered if it is taken: torch.fx doesn't number the parameters of a graph's function."""
    unused, number = name, 0
    while unused in taken:
        number += 1
        unused = f"{name}_{number}"
    taken.add(unused)
    return unused


def _chain(module: ModuleOp) -> CKKSChain:
    parameters = module.attributes.get(SCHEME_PARAM)
    slots = ProgramParameters.of(module).slots
    if not isinstance(parameters, SchemeParamAttr):
        raise ProgramError(
            f"the module has no attribute {SCHEME_PARAM}", hint="give it the parameters of the scheme"
        )
    log_n = parameters.log_n.data
    return CKKSChain(
        log_n,
        parameters.primes,
        parameters.special_primes,
        parameters.log_default_scale.data,
        slots or 1 << (log_n - 1),
        Bootstrapping.of(module),
    )


def _dtype(main: func.FuncOp, machine: Machine) -> torch.dtype:
    """The type of the program's cleartexts."""
    for function in machine.functions.values():
        for value_type in (*function.function_type.inputs, *function.function_type.outputs):
            if "f64" in str(value_type):
                return torch.float64
    return torch.float32
