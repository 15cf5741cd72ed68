"""Names and shapes of a model's inputs and outputs, as a flat list."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import torch
from torch.export import ExportedProgram
from torch.export.graph_signature import InputKind, TensorArgument
from torch.utils import _pytree as pytree

from hetorch_heir.core.errors import CaptureError


def flat_tensors(tree: Any) -> tuple[torch.Tensor, ...]:
    """The tensors in nested containers, in order."""
    return tuple(leaf for leaf in pytree.tree_leaves(tree) if isinstance(leaf, torch.Tensor))


def _user_tensors(program: ExportedProgram) -> list[tuple[str, torch.Tensor]]:
    """Name and fake tensor of each input that is a tensor."""
    values = {node.name: node.meta["val"] for node in program.graph.nodes if node.op == "placeholder"}
    return [
        (spec.arg.name, values[spec.arg.name])
        for spec in program.graph_signature.input_specs
        if spec.kind is InputKind.USER_INPUT and isinstance(spec.arg, TensorArgument)
    ]


def input_shapes(model: Any, example: Any) -> list[tuple[int, ...]]:
    """The shapes of the tensor inputs, flattened: of a program its own, of a module those of the example."""
    if isinstance(model, ExportedProgram):
        return [tuple(value.shape) for _, value in _user_tensors(model)]
    return [tuple(tensor.shape) for tensor in flat_tensors(example)]


def user_input_names(program: ExportedProgram) -> tuple[str, ...]:
    """The names of the tensor inputs, flattened: parameters of ``forward``, ``point_x`` for ``point["x"]``.

    Raises:
        CaptureError: there is no input, or one is not of a floating type, or the types differ.
    """
    inputs = _user_tensors(program)
    if not inputs:
        raise CaptureError("the model has no tensor input")
    for name, value in inputs:
        if not value.is_floating_point():
            raise CaptureError(
                f"input {name!r} is of type {_type_name(value)}",
                hint="encrypted inputs are real numbers: give a floating type; look up embeddings beforehand",
            )
    types = {_type_name(value) for _, value in inputs}
    if len(types) > 1:
        raise CaptureError(
            f"the inputs are of different types: {', '.join(sorted(types))}",
            hint="give all inputs as float32",
        )
    return tuple(name for name, _ in inputs)


def _type_name(value: torch.Tensor) -> str:
    return str(value.dtype).removeprefix("torch.")


def refuse_dynamic_shapes(program: ExportedProgram) -> None:
    """Raise CaptureError naming the first input dimension that is symbolic."""
    for name, value in _user_tensors(program):
        for dimension, size in enumerate(value.shape):
            if isinstance(size, torch.SymInt):
                raise CaptureError(
                    f"dimension {dimension} of input {name!r} is dynamic (symbol {size})", hint=STATIC_HINT
                )


STATIC_HINT = "export it again without dynamic_shapes, with an example input of the wanted shape"


def resolve_public_inputs(selected: Sequence[str | int], names: Sequence[str]) -> frozenset[str]:
    """The names of the inputs chosen by name or by position.

    Raises:
        CaptureError: there is no such input.
    """
    chosen: set[str] = set()
    for item in selected:
        if isinstance(item, int) and 0 <= item < len(names):
            chosen.add(names[item])
        elif item in names:
            chosen.add(str(item))
        else:
            raise CaptureError(
                f"there is no input {item!r} to mark as public",
                hint=f"the inputs are {', '.join(f'{i}: {name}' for i, name in enumerate(names))}",
            )
    return frozenset(chosen)


def leaf_names(structure: pytree.TreeSpec) -> list[str]:
    """A different name for each leaf of what a model returns.

    ``output`` for a single tensor, ``output_0`` … for a sequence, the keys for a dict, joined by ``_``.
    """
    leaves, _ = pytree.tree_flatten_with_path(pytree.tree_unflatten(range(structure.num_leaves), structure))
    names: list[str] = []
    for path, _ in leaves:
        name = _path_name(path)
        while name in names:
            name += "_"
        names.append(name)
    return names


def _path_name(path: Sequence[Any]) -> str:
    if not path:
        return "output"
    keys = [
        str(
            entry.key
            if isinstance(entry, pytree.MappingKey)
            else entry.idx
            if isinstance(entry, pytree.SequenceKey)
            else entry.name
        )
        for entry in path
    ]
    return "_".join(["output", *keys] if isinstance(path[0], pytree.SequenceKey) else keys)
