"""Writes a packed program with chosen layouts as a torch.fx graph of ``hetorch`` operations."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace
from hashlib import blake2b
from itertools import count
from typing import Any

import numpy as np
import torch
from torch.fx import Graph, GraphModule, Node

from hetorch_heir.core.ciphertext import CiphertextInfo
from hetorch_heir.core.context import CompilationContext
from hetorch_heir.core.packing import PackingInfo
from hetorch_heir.core.progress import tracked
from hetorch_heir.linalg import linear_map
from hetorch_heir.linalg.cost_table import is_pass_through
from hetorch_heir.linalg.layout import EMPTY, Layout
from hetorch_heir.linalg.linear_map import Matrix
from hetorch_heir.linalg.planner import TransformPlanner
from hetorch_heir.linalg.transform import LinearTransform
from hetorch_heir.linalg.window_sum import Run, window_sum
from hetorch_heir.passes.graph import CIPHERTEXT_INFO, PACKING_INFO, node_dtype
from hetorch_heir.passes.packing.layout_choice import LayoutChoice
from hetorch_heir.passes.packing.linear_expression import LinearExpression
from hetorch_heir.passes.packing.program import (
    Elementwise,
    PackedInput,
    PackedProgram,
    SlotSum,
    Stretch,
    Value,
)
from hetorch_heir.passes.packing.provenance import LAYERS, LEAST_PRODUCTS, MergedLayers, least_products
from hetorch_heir.passes.packing.refusals import computed_public

OPS = torch.ops.hetorch


def emit(
    graph_module: GraphModule,
    program: PackedProgram,
    choice: LayoutChoice,
    planner: TransformPlanner,
    context: CompilationContext,
) -> None:
    """Replaces the module's graph by the packed one; its inputs and outputs stay tensors."""
    _Emission(graph_module, program, choice, planner, context).run()


class _Emission:
    def __init__(
        self,
        graph_module: GraphModule,
        program: PackedProgram,
        choice: LayoutChoice,
        planner: TransformPlanner,
        context: CompilationContext,
    ) -> None:
        self._module = graph_module
        self._program = program
        self._layouts = choice.layouts
        self._detours = choice.detours
        self._zero_gaps = program.zero_gaps()
        self._planner = planner
        self._context = context
        self._graph = Graph(graph_module)
        self._placeholders: dict[str, Node] = {}
        self._nodes: list[Node] = []
        self._buffers: dict[tuple[str, tuple[int, ...], bytes], Node] = {}
        self._names = {kind: _buffer_names(kind) for kind in ("constant", "index")}
        self._copied: dict[tuple[Node, tuple[int, ...]], Node] = {}
        self._moved: dict[tuple[int, Layout], Node] = {}
        self._packed_public: dict[tuple[str, bytes], Node] = {}
        self._dtype = torch.float32

    def run(self) -> None:
        for node in self._module.graph.nodes:
            if node.op == "placeholder":
                copy = self._graph.node_copy(node)
                self._placeholders[node.name] = copy
                self._dtype = node_dtype(node)
        for number in tracked(range(len(self._program.values)), "transforms"):
            self._nodes.append(self._value(number))
        results = [self._unpack(number, shape) for number, shape in self._program.outputs]
        old_output = next(iter(reversed(self._module.graph.nodes)))
        self._graph.output(_same_structure(old_output.args[0], iter(results)))
        self._graph.set_codegen(self._module.graph._codegen)
        self._module.graph = self._graph
        self._module.delete_all_unused_submodules()
        _delete_unused_attributes(self._module)
        self._module.recompile()

    def _value(self, number: int) -> Node:
        value, layout = self._program.values[number], self._layouts[number]
        match value.definition:
            case PackedInput():
                return self._pack(value, layout)
            case Stretch(expression):
                return self._stretch(number, expression)
            case SlotSum(operand, matrix):
                return self._slot_sum(number, operand, matrix)
            case Elementwise():
                return self._elementwise(value, value.definition, layout)

    def _pack(self, value: Value, layout: Layout) -> Node:
        placeholder = self._placeholders[value.origin.name]
        old = placeholder.meta.get(PACKING_INFO)
        info = old or PackingInfo("auto", value.size, layout.slots, value.shape)
        used = int(np.count_nonzero(layout.table != EMPTY))
        info = replace(info, layout=layout, slots_used=used, total_slots=layout.slots)
        placeholder.meta[PACKING_INFO] = info
        known = placeholder.meta.get(CIPHERTEXT_INFO)
        if known is not None:
            placeholder.meta[CIPHERTEXT_INFO] = known.with_packing(info)
        return self._call(value, layout, OPS.pack, placeholder, self._index(layout.table))

    def _unpack(self, number: int, shape: tuple[int, ...]) -> Node:
        value, layout = self._program.values[number], self._layouts[number]
        index = self._index(layout.first_slots)
        node = self._graph.call_function(OPS.unpack, (self._nodes[number], index, list(shape)))
        node.meta.update(_inherited(value.origin.meta))
        node.meta[PACKING_INFO] = self._packing(value, layout)
        return node

    def _elementwise(self, value: Value, definition: Elementwise, layout: Layout) -> Node:
        operands: list[Any] = [self._nodes[operand] for operand in definition.operands]
        if definition.public is not None:
            ((name, matrix),) = definition.public.public.items()
            operands.append(self._public_term(name, matrix, layout, value)[1])
        operands += [list(one) if isinstance(one, tuple) else one for one in definition.attributes]
        target = getattr(OPS, definition.operation)
        return self._call(value, layout, target, *operands)

    def _slot_sum(self, number: int, operand: int, matrix: Matrix) -> Node:
        value, layout = self._program.values[number], self._layouts[number]
        found = window_sum(matrix, self._layouts[operand], zero_gaps=self._zero_gaps[operand])
        if found is None or found.target != layout:
            return self._stretch(number, LinearExpression(value.shape, {operand: matrix}))
        node = self._nodes[operand]
        for run in found.runs:
            node = self._run(value, layout, node, run)
        return node

    def _run(self, value: Value, layout: Layout, node: Node, run: Run) -> Node:
        """The sum of ``run.length`` rotations of a node, by doubling."""
        total: Node | None = None
        covered, power, doubled = 0, 1, node
        while power <= run.length:
            if run.length & power:
                turned = (
                    doubled if total is None else self._turned(value, layout, doubled, covered * run.stride)
                )
                total = turned if total is None else self._call(value, layout, OPS.cadd, total, turned)
                covered += power
            power *= 2
            if power <= run.length:
                turned = self._turned(value, layout, doubled, power // 2 * run.stride)
                doubled = self._call(value, layout, OPS.cadd, doubled, turned)
        assert total is not None, "a run is not empty"
        return total

    def _turned(self, value: Value, layout: Layout, node: Node, steps: int) -> Node:
        return self._call(value, layout, OPS.rotate, node, steps % layout.slots)

    def _detour(self, number: int, target: int) -> tuple[Node, Layout, bool]:
        """A value as a map to ``target`` takes it: node, layout, and whether its gaps are zero."""
        source = self._layouts[number]
        layout = self._detours.get((number, target))
        if layout is None:
            return self._nodes[number], source, self._zero_gaps[number]
        if (number, layout) not in self._moved:
            value = self._program.values[number]
            matrix = linear_map.identity(value.size)
            plan = self._planner.plan(matrix, source, layout, zero_gaps=self._zero_gaps[number])
            node = self._transform(value, plan, self._nodes[number])
            total = self._climb(value, layout, {plan.ladder: node})
            assert total is not None
            self._moved[number, layout] = total
        return self._moved[number, layout], layout, True

    def _stretch(self, target: int, expression: LinearExpression) -> Node:
        value, layout = self._program.values[target], self._layouts[target]
        sums: dict[tuple[int, ...], Node] = {}
        kept: list[tuple[Node, bool]] = []
        for number, matrix in expression.terms.items():
            if is_pass_through(matrix, self._layouts[number], layout):
                kept.append((self._nodes[number], linear_map.is_identity(matrix)))
                continue
            start, source, zero_gaps = self._detour(number, target)
            plan = self._planner.plan(matrix, source, layout, zero_gaps=zero_gaps)
            node = self._transform(value, plan, start)
            node.meta[LEAST_PRODUCTS] = least_products(matrix, layout.slots)
            if number in value.layers:
                node.meta[LAYERS] = value.layers[number].sources
            known = sums.get(plan.ladder)
            sums[plan.ladder] = node if known is None else self._call(value, layout, OPS.cadd, known, node)
        total = self._climb(value, layout, sums)
        for node, positive in kept:
            if total is None:
                total = node if positive else self._call(value, layout, OPS.negate, node)
            else:
                total = self._call(value, layout, OPS.cadd if positive else OPS.csub, total, node)
        assert total is not None, "a stretch has at least one encrypted term"
        if expression.constant is not None and np.any(expression.constant):
            bias = self._constant(layout.pack(expression.constant))
            total = self._call(value, layout, OPS.padd, total, bias)
        for name, matrix in expression.public.items():
            factor, packed = self._public_term(name, matrix, layout, value)
            total = self._call(value, layout, OPS.padd if factor > 0 else OPS.psub, total, packed)
        return total

    def _climb(self, value: Value, layout: Layout, sums: Mapping[tuple[int, ...], Node]) -> Node | None:
        """Adds up the partial sums, each after its rotate-and-sum ladder."""
        total: Node | None = None
        for ladder, node in sums.items():
            for stride in ladder:
                turned = self._call(value, layout, OPS.rotate, node, stride)
                node = self._call(value, layout, OPS.cadd, node, turned)
            total = node if total is None else self._call(value, layout, OPS.cadd, total, node)
        return total

    def _transform(self, value: Value, plan: LinearTransform, source: Node) -> Node:
        source = self._copy(value, plan, source)
        terms = plan.products
        arguments = (
            source,
            self._constant(plan.diagonals),
            [one.output for one in terms],
            [one.giant for one in terms],
            [one.input for one in terms],
            [one.baby for one in terms],
            [one.diagonal for one in terms],
            plan.target.ciphertexts,
        )
        return self._call(value, plan.target, OPS.linear_transform, *arguments)

    def _copy(self, value: Value, plan: LinearTransform, source: Node) -> Node:
        """The source copied into the gaps beside it; shared by the transforms that need the same."""
        key = (source, plan.prelude)
        if key not in self._copied:
            node = source
            for stride in plan.prelude:
                turned = self._call(value, plan.source, OPS.rotate, node, stride)
                node = self._call(value, plan.source, OPS.cadd, node, turned)
            self._copied[key] = node
        return self._copied[key]

    def _public_term(self, name: str, matrix: Matrix, layout: Layout, value: Value) -> tuple[float, Node]:
        """The sign of a public input, and the input packed like the value that it is combined with."""
        factor = linear_map.selection_factor(matrix)
        if factor not in (1.0, -1.0):
            raise computed_public(value.origin)
        element = np.append(matrix.indices.astype(np.int64), EMPTY)
        table = element[layout.table]
        key = (name, table.tobytes())
        if key not in self._packed_public:
            placeholder = self._placeholders[name]
            node = self._graph.call_function(OPS.pack, (placeholder, self._index(table)))
            node.meta.update(_inherited(placeholder.meta))
            node.meta["public"] = True
            size = linear_map.dimensions(matrix)[1]
            packed = Layout.from_table(size, table, "public")
            info = PackingInfo("auto", int(np.count_nonzero(table != EMPTY)), layout.slots, (size,), packed)
            node.meta[PACKING_INFO] = info
            self._packed_public[key] = node
        return factor, self._packed_public[key]

    def _call(self, value: Value, layout: Layout, target: Any, *arguments: Any) -> Node:
        node = self._graph.call_function(target, arguments)
        node.meta.update(_inherited(value.origin.meta))
        if value.layers:
            node.meta[LAYERS] = MergedLayers.joined(value.layers.values()).sources
        packing = self._packing(value, layout)
        node.meta[PACKING_INFO] = packing
        node.meta[CIPHERTEXT_INFO] = CiphertextInfo(
            shape=(layout.ciphertexts, layout.slots),
            dtype=self._dtype,
            level=self._context.initial_level,
            scale=self._context.initial_scale,
            noise_budget=self._context.params.noise_budget,
            packing=packing,
        )
        return node

    def _packing(self, value: Value, layout: Layout) -> PackingInfo:
        used = int(np.count_nonzero(layout.table != EMPTY))
        return PackingInfo("auto", used, layout.slots, value.shape, layout)

    def _constant(self, array: np.ndarray) -> Node:
        return self._buffer(torch.from_numpy(np.ascontiguousarray(array)).to(self._dtype), "constant")

    def _index(self, table: np.ndarray) -> Node:
        return self._buffer(torch.from_numpy(np.ascontiguousarray(table)), "index")

    def _buffer(self, tensor: torch.Tensor, kind: str) -> Node:
        """A constant of the module; equal ones are stored once."""
        key = (kind, tuple(tensor.shape), blake2b(tensor.numpy().data, digest_size=16).digest())
        if key not in self._buffers:
            name = next(name for name in self._names[kind] if not hasattr(self._module, name))
            self._module.register_buffer(name, tensor)
            self._buffers[key] = self._graph.get_attr(name)
        return self._buffers[key]


def _buffer_names(kind: str) -> Iterator[str]:
    return (f"packed_{kind}_{number}" for number in count())


_INHERITED = ("source", "nn_module_stack", "stack_trace", "approximation", "input_range", "activation")


def _inherited(meta: Mapping[str, Any]) -> dict[str, Any]:
    return {key: meta[key] for key in _INHERITED if key in meta}


def _same_structure(structure: Any, results: Any) -> Any:
    if isinstance(structure, Node):
        return next(results)
    if isinstance(structure, (tuple, list)):
        return type(structure)(_same_structure(one, results) for one in structure)
    if isinstance(structure, dict):
        return {key: _same_structure(one, results) for key, one in structure.items()}
    return structure


def _delete_unused_attributes(module: GraphModule) -> None:
    used = {str(node.target) for node in module.graph.nodes if node.op == "get_attr"}
    for name in [*dict(module.named_buffers()), *dict(module.named_parameters())]:
        if name not in used:
            owner, _, attribute = name.rpartition(".")
            delattr(module.get_submodule(owner), attribute)
