"""Capturing a model as a static graph of functional ATen operators.

``torch.export`` does the work; here its result is checked (static shapes, floating inputs, evaluation
mode, finite weights, no state) and brought into one form: weights are ``get_attr`` nodes, inputs and
outputs are flat, and every node knows its place in the user's model.

    class Net(nn.Module):                       graph():
        def forward(self, x):                       %x = placeholder[target=x]
            return {"y": self.fc(x).relu_()}        %fc_weight = get_attr[target=fc_weight]
                                          ==>       %fc_bias = get_attr[target=fc_bias]
                                                    %linear = aten.linear.default(x, fc_weight, fc_bias)
                                                    %relu = aten.relu.default(linear)
                                                    return (relu,)
"""

from __future__ import annotations

import contextlib
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import torch
from torch import fx, nn
from torch._ops import OpOverload
from torch._subclasses.fake_tensor import DataDependentOutputException, DynamicOutputShapeException
from torch.export import ExportedProgram, default_decompositions
from torch.fx.experimental.symbolic_shapes import GuardOnDataDependentSymNode
from torch.utils import _pytree as pytree

from hetorch_heir.core.errors import CaptureError, HETorchError
from hetorch_heir.frontend.interface import (
    flat_tensors,
    refuse_dynamic_shapes,
)
from hetorch_heir.frontend.program import DATA_DEPENDENT_HINT, to_graph_module
from hetorch_heir.frontend.quiet import quiet
from hetorch_heir.frontend.schema import bind_arguments, operator_name
from hetorch_heir.frontend.source import SourceLocation, source_from_meta, source_of_exception
from hetorch_heir.frontend.support import has_own_form
from hetorch_heir.frontend.torchscript import ScriptedModel

_DATA_DEPENDENT = (GuardOnDataDependentSymNode, DataDependentOutputException, DynamicOutputShapeException)
# One decomposition can lead to operators that have to be decomposed in turn (nn.LSTM).
_MAX_DECOMPOSITION_ROUNDS = 4


def capture(
    model: nn.Module | ExportedProgram,
    example_inputs: Sequence[Any],
    example_kwargs: Mapping[str, Any] | None = None,
    *,
    public_inputs: Sequence[str | int] = (),
) -> fx.GraphModule:
    """Capture ``model`` in evaluation mode.

    Args:
        model: a module (also of ``fx.symbolic_trace``), a TorchScript module, or an exported program.
        example_inputs: positional arguments, which fix the shapes; may be nested tuples, lists and dicts.
        example_kwargs: keyword arguments.
        public_inputs: names or positions of the inputs (flattened) that are not encrypted.

    Returns:
        A graph module that takes the tensors of the inputs in order and gives a flat tuple. Its ``meta``
        holds ``input_names``, ``output_names``, ``example_inputs`` (the flat example tensors) and
        ``out_spec`` (the structure of the model's own output). Each node has ``meta["val"]`` (fake
        tensor) and ``meta["source"]`` (:class:`SourceLocation`), each placeholder ``meta["public"]``,
        each ``get_attr`` node ``meta["qualified_name"]``.

    Raises:
        CaptureError: dynamic shapes, control flow on values, inputs that are not floating, training
            mode, buffers that the model changes, a model that fails on the example.
        WeightError: a weight is NaN or infinite.
    """
    if not isinstance(model, ExportedProgram):
        model = _wrap(model)
    tensor_names = model.tensor_names if isinstance(model, ScriptedModel) else {}
    module_classes = model.module_classes if isinstance(model, ScriptedModel) else {}
    program = (
        model
        if isinstance(model, ExportedProgram)
        else _export(model, tuple(example_inputs), dict(example_kwargs or {}))
    )
    refuse_dynamic_shapes(program)
    _refuse_unsuitable(program)
    flat_example = flat_tensors(program.example_inputs or (tuple(example_inputs), dict(example_kwargs or {})))
    functional = _functionalise(program)
    graph_module = to_graph_module(functional, public_inputs, tensor_names, module_classes)
    graph_module.meta["example_inputs"] = flat_example
    graph_module.meta["out_spec"] = program.call_spec.out_spec
    return graph_module


def traced(
    model: nn.Module | ExportedProgram,
    example_inputs: Sequence[Any],
    example_kwargs: Mapping[str, Any] | None = None,
) -> nn.Module | ExportedProgram:
    """What torch.export makes of a model, which :func:`capture` takes in its place; scripts as they are.

    Raises:
        CaptureError: the model can't be captured.
    """
    if isinstance(model, ExportedProgram | torch.jit.ScriptModule):
        return model
    wrapped = _wrap(model)
    if isinstance(wrapped, torch.jit.ScriptModule):
        return wrapped
    return _export(wrapped, tuple(example_inputs), dict(example_kwargs or {}))


def _wrap(model: nn.Module) -> nn.Module:
    """The module that can be exported in place of ``model``."""
    if isinstance(model, torch.jit.ScriptModule):
        return ScriptedModel(model)
    if isinstance(model, nn.DataParallel):
        return model.module
    original = getattr(model, "_orig_mod", None)  # what torch.compile wraps
    return original if isinstance(original, nn.Module) else model


@contextlib.contextmanager
def evaluation_mode(model: nn.Module) -> Iterator[None]:
    """``model`` in evaluation mode, each submodule back in its own mode afterwards."""
    modes = {module: module.training for module in model.modules() if hasattr(module, "training")}
    model.eval()
    try:
        yield
    finally:
        for module, training in modes.items():
            module.training = training


def _distinct(tree: Any) -> Any:
    """Nested containers with a tensor of its own at each place.

    torch.export takes an example given twice for one input, and the other input drops out of the graph.
    """
    seen: set[int] = set()

    def own(leaf: Any) -> Any:
        if not isinstance(leaf, torch.Tensor):
            return leaf
        if id(leaf) in seen:
            return leaf.clone()
        seen.add(id(leaf))
        return leaf

    return pytree.tree_map(own, tree)


def _export(model: nn.Module, args: tuple[Any, ...], kwargs: dict[str, Any]) -> ExportedProgram:
    args, kwargs = _distinct((args, kwargs))
    try:
        with quiet(), torch.no_grad(), evaluation_mode(model):
            return torch.export.export(model, args, kwargs, strict=False)
    except HETorchError:
        raise
    except Exception as error:
        raise _capture_error(error, model, args) from error


def _capture_error(error: Exception, model: nn.Module, args: tuple[Any, ...]) -> CaptureError:
    """What an exception of torch.export means to the user."""
    source = source_of_exception(error, model)
    where = str(source) if source != SourceLocation() else type(model).__name__
    # The TorchScript interpreter turns every exception into a RuntimeError that quotes it.
    quoted = any(kind.__name__ in str(error) for kind in _DATA_DEPENDENT)
    if isinstance(error, _DATA_DEPENDENT) or quoted:
        return CaptureError(
            "the model's control flow or a shape depends on the value of a tensor",
            where=where,
            hint=DATA_DEPENDENT_HINT,
        )
    lines = [line.strip() for line in str(error).splitlines() if line.strip()]
    shapes = ", ".join(str(tuple(tensor.shape)) for tensor in flat_tensors((args, {})))
    return CaptureError(
        f"the model can't be captured: {type(error).__name__}: {lines[0] if lines else ''}",
        where=where,
        hint=f"does it run on inputs of shape {shapes}?" if shapes else "it was given no input",
    )


def _graphs(program: ExportedProgram) -> Iterator[fx.Graph]:
    """The graph of ``program`` and those of its higher-order operators."""
    for module in program.graph_module.modules():
        if isinstance(module, fx.GraphModule):
            yield module.graph


def _refuse_unsuitable(program: ExportedProgram) -> None:
    """Raise for operators in training mode and values that become sizes or Python numbers."""
    for graph in _graphs(program):
        for node in graph.nodes:
            if node.op != "call_function":
                continue
            if isinstance(node.target, OpOverload):
                _refuse_training_mode(node, node.target)
            value = node.meta.get("val")
            symbolic = isinstance(value, torch.SymInt | torch.SymFloat | torch.SymBool)
            if symbolic or _has_symbolic_shape(value):
                raise CaptureError(
                    "a shape or a Python number depends on the value of a tensor",
                    where=f"{source_from_meta(node.meta)} ({operator_name(node.target)})",
                    hint=DATA_DEPENDENT_HINT,
                )


def _has_symbolic_shape(value: Any) -> bool:
    return isinstance(value, torch.Tensor) and any(isinstance(size, torch.SymInt) for size in value.shape)


def _refuse_training_mode(node: fx.Node, target: OpOverload) -> None:
    arguments = bind_arguments(target, node.args, node.kwargs)
    if not (arguments.get("training") is True or arguments.get("train") is True):
        return
    if arguments.get("p") == 0:  # a dropout that drops nothing
        return
    name = operator_name(target)
    raise CaptureError(
        f"{name} runs in training mode",
        where=str(source_from_meta(node.meta)),
        hint=(
            "call model.eval() before exporting; batch norm needs its running statistics "
            "(track_running_stats=True)"
            if "batch_norm" in name
            else "call model.eval() before exporting, and pass training=self.training to functional dropout"
        ),
    )


def _functionalise(program: ExportedProgram) -> ExportedProgram:
    """``program`` without in-place operators, and without composite ones that have no form of their own."""
    rounds = 0
    while True:
        with quiet():
            program = program.run_decompositions(_decompositions(program))
        rounds += 1
        if rounds == _MAX_DECOMPOSITION_ROUNDS or not _decompositions(program):
            return program


def _decompositions(program: ExportedProgram) -> dict[Any, Any]:
    """torch's decompositions of the operators in ``program`` that neither we nor our messages know."""
    available = default_decompositions()
    used = {
        node.target
        for graph in _graphs(program)
        for node in graph.nodes
        if isinstance(node.target, OpOverload)
    }
    return {
        target: available[target]
        for target in used
        if not target._schema.is_mutable and not has_own_form(target) and target in available
    }
