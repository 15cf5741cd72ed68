"""From a functional exported program to a graph module with weights as ``get_attr`` nodes."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import torch
from torch import fx, nn
from torch._ops import HigherOrderOperator
from torch.export import ExportedProgram
from torch.export.graph_signature import ConstantArgument, InputKind, OutputKind, TensorArgument

from hetorch_heir.core.errors import CaptureError, WeightError
from hetorch_heir.frontend.interface import leaf_names, resolve_public_inputs, user_input_names
from hetorch_heir.frontend.schema import operator_name
from hetorch_heir.frontend.source import SourceLocation, source_from_meta

DATA_DEPENDENT_HINT = (
    "an encrypted value can't decide what is computed: compute both sides, or decide by an input's shape"
)


def to_graph_module(
    program: ExportedProgram,
    public_inputs: Sequence[str | int],
    tensor_names: Mapping[int, str],
    module_classes: Mapping[str, str],
) -> fx.GraphModule:
    """The graph module of a functional exported program, as :func:`capture` describes it.

    Args:
        program: a program without in-place operators.
        public_inputs: names or positions of the inputs that are not encrypted.
        tensor_names: names of weights that the program doesn't know by name, by address of their data.
        module_classes: class names of modules that the program doesn't know, by path.
    """
    return _ProgramConverter(program, tensor_names, module_classes).convert(public_inputs)


class _ProgramConverter:
    """Turns a functional exported program into a graph module with get_attr nodes."""

    def __init__(
        self, program: ExportedProgram, tensor_names: Mapping[int, str], module_classes: Mapping[str, str]
    ) -> None:
        self.program = program
        self.tensor_names = tensor_names
        self.module_classes = module_classes
        self.root = nn.Module()
        self.graph = fx.Graph()
        self.nodes: dict[fx.Node, fx.Node] = {}

    def convert(self, public_inputs: Sequence[str | int]) -> fx.GraphModule:
        signature = self.program.graph_signature
        names = user_input_names(self.program)
        public = resolve_public_inputs(public_inputs, names)
        specs = iter(signature.input_specs)
        for node in self.program.graph.nodes:
            if node.op == "placeholder":
                self._convert_input(node, next(specs), public)
            elif node.op == "call_function":
                self._convert_call(node)
            elif node.op == "output":
                outputs = self._convert_outputs(node)
        graph_module = fx.GraphModule(self.root, self.graph)
        graph_module.meta["input_names"] = names
        graph_module.meta["output_names"] = outputs
        return graph_module

    def _convert_input(self, node: fx.Node, spec: Any, public: frozenset[str]) -> None:
        if spec.kind is InputKind.USER_INPUT:
            if isinstance(spec.arg, TensorArgument):
                new = self.graph.placeholder(node.name)
                new.meta.update(val=node.meta["val"], source=SourceLocation(), public=node.name in public)
                self.nodes[node] = new
        elif spec.kind in (InputKind.PARAMETER, InputKind.BUFFER, InputKind.CONSTANT_TENSOR):
            if node.users:
                self._convert_weight(node, spec.target)
        else:
            raise CaptureError(
                f"the model uses a {spec.kind.name.lower()}, which is no tensor: {spec.target}"
            )

    def _convert_weight(self, node: fx.Node, qualified_name: str) -> None:
        weights = self.program.state_dict
        tensor = (weights if qualified_name in weights else self.program.constants)[qualified_name]
        assert isinstance(tensor, torch.Tensor)
        tensor = tensor.detach()
        qualified_name = self.tensor_names.get(tensor.data_ptr(), qualified_name)
        _refuse_non_finite(qualified_name, tensor)
        attribute = qualified_name.replace(".", "_")
        while hasattr(self.root, attribute):
            attribute += "_"
        self.root.register_buffer(attribute, tensor)
        new = self.graph.get_attr(attribute)
        module = qualified_name.rpartition(".")[0]
        source = SourceLocation(module=module, module_class=self.module_classes.get(module, ""))
        new.meta.update(val=node.meta["val"], qualified_name=qualified_name, source=source)
        self.nodes[node] = new

    def _convert_call(self, node: fx.Node) -> None:
        if isinstance(node.target, HigherOrderOperator):
            raise CaptureError(
                f"the model's control flow depends on the value of a tensor ({operator_name(node.target)})",
                where=str(source_from_meta(node.meta)),
                hint=DATA_DEPENDENT_HINT,
            )
        new = self.graph.node_copy(node, self.nodes.__getitem__)
        new.meta = {"val": node.meta.get("val"), "source": self._source(node, new)}
        self.nodes[node] = new

    def _source(self, node: fx.Node, new: fx.Node) -> SourceLocation:
        """The recorded place, or else (TorchScript) the module that owns the weights of the operator."""
        source = source_from_meta(node.meta)
        if self.module_classes and not source.module:
            owners = {arg.meta["source"] for arg in new.all_input_nodes if arg.op == "get_attr"}
            if len(owners) == 1:
                return owners.pop()
        return source

    def _convert_outputs(self, node: fx.Node) -> tuple[str, ...]:
        """Emit the output node; returns the names of the outputs."""
        results: list[fx.Node] = []
        names: list[str] = []
        structure = self.program.call_spec.out_spec
        assert structure is not None
        user_outputs = iter(leaf_names(structure))
        returned = node.args[0]
        assert isinstance(returned, Sequence)
        for spec, value in zip(self.program.graph_signature.output_specs, returned, strict=True):
            if spec.kind is OutputKind.BUFFER_MUTATION:
                raise CaptureError(
                    f"the model changes its buffer {spec.target} while it runs",
                    hint="an encrypted program keeps no state: return the new value as an output",
                )
            if spec.kind is not OutputKind.USER_OUTPUT:
                continue  # inputs changed in place: the caller's tensors stay as they are
            name = next(user_outputs)
            if isinstance(spec.arg, ConstantArgument):
                if spec.arg.value is not None:
                    raise CaptureError(
                        f"output {name!r} is {spec.arg.value!r}, not a tensor",
                        hint="return tensors only: everything else is known without running the model",
                    )
                continue
            assert isinstance(value, fx.Node)
            results.append(self.nodes[value])
            names.append(name)
        output = self.graph.output(tuple(results))
        output.meta.update(val=tuple(result.meta["val"] for result in results), source=SourceLocation())
        return tuple(names)


def _refuse_non_finite(name: str, tensor: torch.Tensor) -> None:
    if tensor.is_floating_point() and not bool(torch.isfinite(tensor).all()):
        bad = int((~torch.isfinite(tensor)).sum())
        raise WeightError(
            f"weight {name} has {bad} of {tensor.numel()} values that are NaN or infinite",
            where=name,
            hint="training diverged, or the file is damaged: the model can't be right",
        )
