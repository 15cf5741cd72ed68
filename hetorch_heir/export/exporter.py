"""Exports a packed and managed torch.fx graph as a module of the ``hetorch`` dialect.

Every homomorphic node becomes one operation per ciphertext; linear transforms are written out, and a
rotation that several of them need is made once. Encryption, decryption and the packing of public inputs
become client functions beside the entry function.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
from he_dialects import hetorch
from he_dialects.ckks import SchemeParamAttr
from torch.fx import GraphModule, Node
from xdsl.builder import Builder
from xdsl.dialects import func
from xdsl.dialects.builtin import (
    Float32Type,
    Float64Type,
    IntegerAttr,
    LocationAttr,
    ModuleOp,
    TensorType,
    UnitAttr,
    f32,
    f64,
    i64,
)
from xdsl.ir import Attribute, Block, Operation, Region, SSAValue
from xdsl.rewriter import InsertPoint

from hetorch_heir.core.bootstrapping import CONFIGURATION
from hetorch_heir.core.chain import CKKSChain
from hetorch_heir.core.context import CompilationContext
from hetorch_heir.core.errors import PassValidationError
from hetorch_heir.core.input_range import ATTRIBUTE
from hetorch_heir.core.parameters import CKKSParameters
from hetorch_heir.core.scheme import HEScheme
from hetorch_heir.export import client
from hetorch_heir.export.compact_constants import CompactPool
from hetorch_heir.export.constants import DEFAULT_INLINE_LIMIT, ConstantPool, Resource
from hetorch_heir.export.graph_constants import array_of, constant_groups, has_doubles, plaintext_rows
from hetorch_heir.export.locations import location_of
from hetorch_heir.linalg.layout import Layout
from hetorch_heir.passes.approximation import CHECKED_RANGE
from hetorch_heir.passes.graph import (
    FACTOR_SCALE,
    PACKING_INFO,
    ciphertext_info,
    ciphertext_nodes,
    is_operation,
    is_public,
    location,
)
from hetorch_heir.passes.management.annotation import check_managed
from hetorch_heir.passes.packing.extraction import output_nodes_of

Values = list[SSAValue]


@dataclass(frozen=True)
class ExportOptions:
    """How a program is written.

    Attributes:
        function: name of the entry function.
        inline_limit: bytes of constants kept in the text; None keeps all.
        resource_path: file of the others, relative to the program.
        weights: "packed" keeps constants as the vectors of slots that they are; "formula" keeps the numbers
            that they are made of, and loops that make them.
    """

    function: str = "program"
    inline_limit: int | None = DEFAULT_INLINE_LIMIT
    resource_path: str = "constants.bin"
    weights: str = "packed"


@dataclass(frozen=True)
class ExportedModule:
    """A module, and the files of constants that it loads, if any."""

    module: ModuleOp
    resources: tuple[Resource, ...]


def export_graph(
    graph_module: GraphModule, chain: CKKSChain, options: ExportOptions | None = None
) -> ExportedModule:
    """The ``hetorch`` module of a packed, managed graph.

    Raises:
        PassValidationError: the graph still holds tensors, or breaks a rule of the scheme: a pass that
            would mend it has not run.
        ParameterError: the computation is deeper than the parameters allow.
    """
    if not all(is_operation(node, "unpack") for node in output_nodes_of(graph_module)):
        raise PassValidationError(
            "the graph still computes with tensors, not with packed ciphertexts",
            hint="run LinearLayerBSGSPass, RescalingInsertionPass and RelinearizationInsertionPass on it",
        )
    check_managed(graph_module, CompilationContext(HEScheme.CKKS, CKKSParameters.from_chain(chain)))
    return _Exporter(graph_module, chain, options or ExportOptions()).run()


class _Exporter:
    def __init__(self, graph_module: GraphModule, chain: CKKSChain, options: ExportOptions) -> None:
        self._module = graph_module
        self._chain = chain
        self._options = options
        self._encrypted = ciphertext_nodes(graph_module.graph)
        self._packs = [node for node in graph_module.graph.nodes if is_operation(node, "pack")]
        self._element: Float32Type | Float64Type = f64 if has_doubles(graph_module) else f32
        self._values: dict[Node, Values] = {}
        self._rotated: dict[tuple[SSAValue, int], SSAValue] = {}
        self._encoded: dict[tuple[SSAValue, int, int], SSAValue] = {}
        self._products: dict[tuple[SSAValue, SSAValue], SSAValue] = {}
        self._emitters: dict[str, Callable[[Node], Values]] = {
            "cadd": lambda node: self._binary(node, hetorch.CAddOp),
            "csub": lambda node: self._binary(node, hetorch.CSubOp),
            "cmult": lambda node: self._binary(node, hetorch.CMultOp),
            "padd": lambda node: self._with_plaintext(node, hetorch.PAddOp),
            "psub": lambda node: self._with_plaintext(node, hetorch.PSubOp),
            "pmult": lambda node: self._with_plaintext(node, hetorch.PMultOp),
            "negate": lambda node: self._unary(node, lambda value, at: hetorch.NegateOp(value, location=at)),
            "relinearize": lambda node: self._unary(
                node, lambda value, at: hetorch.RelinearizeOp(value, location=at)
            ),
            "rescale": self._rescale,
            "level_reduce": self._level_reduce,
            "bootstrap": self._bootstrap,
            "rotate": self._rotate,
            "linear_transform": self._linear_transform,
            "unpack": lambda node: self._values[node.args[0]],  # pyright: ignore
        }

    def run(self) -> ExportedModule:
        arguments = [self._argument_type(pack) for pack in self._packs for _ in range(_rows(pack))]
        block = Block(arg_types=arguments)
        self._constants_block = Block()
        self._body = Builder(InsertPoint.at_end(block))
        self._header = Builder(InsertPoint.at_end(self._constants_block))
        self._pool = self._make_pool()
        self._bind_arguments(block)
        for node in self._module.graph.nodes:
            if node.op == "call_function" and node in self._encrypted and node not in self._values:
                self._values[node] = self._emit(node)
                self._note_range(node)
        results = [value for output in self._outputs() for value in self._values[output]]
        self._body.insert(func.ReturnOp(*results))
        self._prepend_constants(block)
        name = self._options.function
        main = func.FuncOp(name, (arguments, [value.type for value in results]), Region(block))
        functions = [main, *self._client_functions(arguments, results)]
        return ExportedModule(ModuleOp(functions, self._attributes()), self._pool.resources)

    def _attributes(self) -> dict[str, Attribute]:
        chain = self._chain
        slots = IntegerAttr(chain.slots, i64)
        bootstrapping = (
            {} if chain.bootstrapping is None else {CONFIGURATION: chain.bootstrapping.configuration()}
        )
        return {
            "scheme.ckks": UnitAttr(),
            "scheme.requested_slot_count": slots,
            "scheme.actual_slot_count": slots,
            "ckks.schemeParam": SchemeParamAttr.get(chain.log_n, chain.Q, chain.P, chain.log_scale),
            **bootstrapping,
        }

    def _argument_type(self, pack: Node) -> hetorch.CiphertextType | TensorType:
        if pack in self._encrypted:
            return self._type(pack)
        return TensorType(self._element, [self._chain.slots])

    def _type(self, node: Node) -> hetorch.CiphertextType:
        info = ciphertext_info(node)
        if info is None:
            raise PassValidationError(f"{node.name} carries no ciphertext information", where=location(node))
        scale = round(info.log_scale)
        return hetorch.CiphertextType.get(self._chain.slots, info.level, scale, info.dimension)

    def _bind_arguments(self, block: Block) -> None:
        position = 0
        for pack in self._packs:
            rows = _rows(pack)
            self._values[pack] = list(block.args[position : position + rows])
            position += rows

    def _emit(self, node: Node) -> Values:
        name = next((one for one in self._emitters if is_operation(node, one)), None)
        if name is None:
            raise PassValidationError(
                f"{node.target} is not an operation on packed ciphertexts",
                where=location(node),
                hint="run LinearLayerBSGSPass, RescalingInsertionPass and RelinearizationInsertionPass first",
            )
        return self._emitters[name](node)

    def _note_range(self, node: Node) -> None:
        """Notes the range that an activation's input must keep to, at the last node that is still it."""
        allowed = node.meta.get(CHECKED_RANGE)
        if allowed is None or any(user.meta.get(CHECKED_RANGE) == allowed for user in node.users):
            return
        for value in self._values[node]:
            if isinstance(value.owner, Operation):
                value.owner.attributes[ATTRIBUTE] = allowed.attribute()

    def _outputs(self) -> list[Node]:
        return output_nodes_of(self._module)

    # Operations: one per ciphertext of the packed value.

    def _unary(self, node: Node, make: Callable[[SSAValue, LocationAttr], Any]) -> Values:
        at = location_of(node)
        return [self._body.insert(make(value, at)).output for value in self._operand(node)]

    def _binary(self, node: Node, operation: type[Any]) -> Values:
        at = location_of(node)
        pairs = zip(self._operand(node), self._operand(node, 1), strict=True)
        return [self._body.insert(operation(*pair, location=at)).output for pair in pairs]

    def _with_plaintext(self, node: Node, operation: type[Any]) -> Values:
        at = location_of(node)
        operands = self._operand(node)
        plaintexts = self._plaintexts(node.args[1], len(operands))
        info = ciphertext_info(node.args[0])  # pyright: ignore
        assert info is not None
        is_factor = is_operation(node, "pmult")
        scale = node.meta.get(FACTOR_SCALE, self._chain.log_scale) if is_factor else round(info.log_scale)
        results: Values = []
        for operand, plaintext in zip(operands, plaintexts, strict=True):
            encoded = self._encode(plaintext, info.level, scale, at)
            results.append(self._body.insert(operation(operand, encoded, location=at)).output)
        return results

    def _rescale(self, node: Node) -> Values:
        scale = self._type(node).scale
        return self._unary(node, lambda value, at: hetorch.RescaleOp(value, scale, location=at))

    def _level_reduce(self, node: Node) -> Values:
        levels = int(node.args[1]) if len(node.args) > 1 else 1  # pyright: ignore
        return self._unary(node, lambda value, at: hetorch.LevelReduceOp(value, levels, location=at))

    def _bootstrap(self, node: Node) -> Values:
        type_ = self._type(node)
        return self._unary(
            node, lambda value, at: hetorch.BootstrapOp(value, type_.level, type_.scale, location=at)
        )

    def _rotate(self, node: Node) -> Values:
        steps = int(node.args[1])  # pyright: ignore
        return [self._turned(value, steps, location_of(node)) for value in self._operand(node)]

    def _turned(self, value: SSAValue, steps: int, at: LocationAttr) -> SSAValue:
        steps %= self._chain.slots
        if steps == 0:
            return value
        if (value, steps) not in self._rotated:
            self._rotated[value, steps] = self._body.insert(
                hetorch.RotateOp(value, steps, location=at)
            ).output
        return self._rotated[value, steps]

    def _linear_transform(self, node: Node) -> Values:
        source, at = self._operand(node), location_of(node)
        info = ciphertext_info(node.args[0])  # pyright: ignore
        assert info is not None
        diagonals = array_of(self._module, node.args[1])
        outputs: dict[int, SSAValue] = {}
        for (output, giant), products in _grouped(node).items():
            total: SSAValue | None = None
            for input_, baby, diagonal in products:
                turned = self._turned(source[input_], baby, at)
                constant = self._pool.value(diagonals[diagonal], self._header)
                encoded = self._encode(constant, info.level, self._chain.log_scale, at)
                total = self._added(total, self._product(turned, encoded, at), at)
            assert total is not None
            outputs[output] = self._added(outputs.get(output), self._turned(total, giant, at), at)
        return [outputs[row] for row in sorted(outputs)]

    def _product(self, value: SSAValue, plaintext: SSAValue, at: LocationAttr) -> SSAValue:
        """A product of a transform, which sums with different giant steps may share."""
        if (value, plaintext) not in self._products:
            product = self._body.insert(hetorch.PMultOp(value, plaintext, location=at)).output
            self._products[value, plaintext] = product
        return self._products[value, plaintext]

    def _added(self, total: SSAValue | None, value: SSAValue, at: LocationAttr) -> SSAValue:
        return value if total is None else self._body.insert(hetorch.CAddOp(total, value, location=at)).output

    def _operand(self, node: Node, position: int = 0) -> Values:
        operand = node.args[position]
        assert isinstance(operand, Node)
        return self._values[operand]

    # Plaintexts.

    def _plaintexts(self, argument: Any, rows: int) -> Values:
        """The tensors of a plaintext operand: a public input, or a constant that broadcasts."""
        if isinstance(argument, Node) and argument in self._values:
            return self._values[argument]
        vectors = plaintext_rows(self._module, argument, rows, self._chain.slots)
        return [self._pool.value(vector, self._header) for vector in vectors]

    def _encode(self, plaintext: SSAValue, level: int, scale: int, at: LocationAttr) -> SSAValue:
        key = (plaintext, level, scale)
        if key not in self._encoded:
            operation = hetorch.EncodeOp(plaintext, level, scale, location=at)
            self._encoded[key] = self._body.insert(operation).output
        return self._encoded[key]

    def _make_pool(self) -> ConstantPool | CompactPool:
        options, groups = self._options, constant_groups(self._module, self._chain.slots)
        limit, path = options.inline_limit, options.resource_path
        if options.weights == "formula":
            return CompactPool(groups, self._element, inline_limit=limit, resource_path=path)
        vectors = [row for group in groups for row in group.rows]
        return ConstantPool(vectors, self._element, inline_limit=limit, resource_path=path)

    def _prepend_constants(self, block: Block) -> None:
        first = block.first_op
        assert first is not None
        for operation in list(self._constants_block.ops):
            operation.detach()
            block.insert_op_before(operation, first)

    # Client functions.

    def _client_functions(self, arguments: list[Any], results: Values) -> list[func.FuncOp]:
        functions: list[func.FuncOp] = []
        inputs = [node for node in self._module.graph.nodes if node.op == "placeholder"]
        used = [inputs.index(pack.args[0]) for pack in self._packs]  # pyright: ignore
        # How many there are is only told where it isn't seen from the last one.
        total = {} if not used or max(used) + 1 == len(inputs) else {"model_inputs": len(inputs)}
        index = 0
        for pack, number in zip(self._packs, used, strict=True):
            layout: Layout = pack.meta[PACKING_INFO].layout
            for ciphertext in range(layout.ciphertexts):
                numbers = {"model_input": number, "shape": _shape(inputs[number]), **total}
                functions.append(
                    self._input_function(pack, layout, ciphertext, index, arguments[index], numbers)
                )
                index += 1
        index = 0
        for number, output in enumerate(self._outputs()):
            functions += self._output_functions(number, output, index, results)
            index += len(self._values[output])
        return functions

    def _input_function(
        self, pack: Node, layout: Layout, ciphertext: int, index: int, type_: Any, numbers: dict[str, Any]
    ) -> func.FuncOp:
        function = self._options.function
        if is_public(pack):
            attribute = client.interface(function, index, "client.pack", **numbers)
            name = f"{function}__pack__arg{index}"
            return client.pack_function(name, attribute, layout, ciphertext, self._element)
        attribute = client.interface(function, index, "client.encrypt", **numbers)
        name = f"{function}__encrypt__arg{index}"
        return client.encrypt_function(name, attribute, layout, ciphertext, type_, self._element)

    def _output_functions(self, number: int, output: Node, index: int, results: Values) -> list[func.FuncOp]:
        layout: Layout = output.meta[PACKING_INFO].layout
        shape = tuple(int(extent) for extent in output.args[2])  # pyright: ignore
        owner, slot = np.divmod(layout.first_slots, layout.slots)
        functions: list[func.FuncOp] = []
        for ciphertext in range(layout.ciphertexts):
            numbers = {"model_output": number, "shape": shape}
            attribute = client.interface(
                self._options.function, index + ciphertext, "client.decrypt", **numbers
            )
            name = f"{self._options.function}__decrypt__result{index + ciphertext}"
            type_ = results[index + ciphertext].type
            positions = slot[owner == ciphertext]
            functions.append(
                client.decrypt_function(name, attribute, positions, type_, self._element)  # pyright: ignore
            )
        return functions


def _rows(pack: Node) -> int:
    return pack.meta[PACKING_INFO].layout.ciphertexts


def _shape(placeholder: Node) -> tuple[int, ...]:
    return tuple(int(extent) for extent in placeholder.meta["val"].shape)


def _grouped(node: Node) -> dict[tuple[int, int], list[tuple[int, int, int]]]:
    """(input, baby, diagonal) of the products of a transform, by (output, giant), in order."""
    groups: dict[tuple[int, int], list[tuple[int, int, int]]] = {}
    outputs, giants, inputs, babies, diagonals = (node.args[position] for position in range(2, 7))
    for output, giant, input_, baby, diagonal in zip(outputs, giants, inputs, babies, diagonals, strict=True):  # pyright: ignore
        groups.setdefault((output, giant), []).append((input_, baby, diagonal))
    return groups
