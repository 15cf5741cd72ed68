"""Loading a model from a file, from Python code, or from standard input."""

from __future__ import annotations

import io
import re
import sys
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import torch
from torch import nn
from torch.export import ExportedProgram
from torch.utils import _pytree as pytree

from hetorch_heir.core.errors import CaptureError, ModelLoadError
from hetorch_heir.frontend.archive import ModelFileKind, identify
from hetorch_heir.frontend.checkpoint import (
    FACTORY_SPEC,
    apply_state_dict,
    build_from_factory,
    is_state_dict,
    load_state_dict,
    read_file,
)
from hetorch_heir.frontend.export_archive import load_export_archive
from hetorch_heir.frontend.interface import refuse_dynamic_shapes
from hetorch_heir.frontend.quiet import quiet
from hetorch_heir.frontend.torchscript import ScriptedModel, load_torchscript

STANDARD_INPUT = "-"
_EXAMPLE_SEED = 0


@dataclass(frozen=True)
class LoadedModel:
    """A model and an example of its inputs.

    Attributes:
        model: what :func:`hetorch_heir.frontend.capture.capture` takes.
        example_inputs: positional arguments of the model.
        example_kwargs: keyword arguments of the model.
        name: the file's stem, the factory's name, or ``model`` for standard input; an identifier.
    """

    model: nn.Module | ExportedProgram
    example_inputs: tuple[Any, ...]
    example_kwargs: dict[str, Any] = field(default_factory=dict)
    name: str = "model"


def load_model(
    spec: str,
    *,
    state_dict: str | None = None,
    input_shapes: Sequence[Sequence[int]] | None = None,
    trust_pickle: bool = False,
) -> LoadedModel:
    """Load the model that ``spec`` names.

    Args:
        spec: path of a torch.export archive or a TorchScript archive (told apart by content), ``-``
            for one of these on standard input, or ``package.module:factory`` / ``file.py:factory``.
        state_dict: path of the weights for a factory (torch.save of a state dict, or safetensors).
        input_shapes: shape of each input, for models that carry no example inputs; the example is then
            float32, drawn from N(0, 1) with a fixed seed.
        trust_pickle: load files that run code when loaded.

    Raises:
        ModelLoadError: missing, unreadable, of an unknown kind, or refused for safety.
        CaptureError: no example inputs and no ``input_shapes``, or ``input_shapes`` contradict the archive.
    """
    match = FACTORY_SPEC.fullmatch(spec)
    if match and not Path(spec).exists():
        return _load_from_factory(match, state_dict, input_shapes, trust_pickle)
    if state_dict is not None:
        raise ModelLoadError(
            "a model file has its weights inside; --state-dict goes with package.module:factory", where=spec
        )
    if spec == STANDARD_INPUT:
        data, where, name = sys.stdin.buffer.read(), "standard input", "model"
    else:
        data, where, name = read_file(spec), spec, Path(spec).stem
    model = _load_file(data, where, trust_pickle)
    return _with_example(model, input_shapes, _identifier(name), where)


def _load_from_factory(
    match: re.Match[str],
    state_dict: str | None,
    input_shapes: Sequence[Sequence[int]] | None,
    trust_pickle: bool,
) -> LoadedModel:
    spec = match[0]
    weights = None if state_dict is None else load_state_dict(state_dict, trust_pickle=trust_pickle)
    model = build_from_factory(spec)
    if weights is not None:
        apply_state_dict(model, weights, str(state_dict))
    return _with_example(model, input_shapes, match["factory"].rpartition(".")[2], spec)


def _load_file(data: bytes, where: str, trust_pickle: bool) -> nn.Module | ExportedProgram:
    kind = identify(data)
    if kind is ModelFileKind.EXPORT or (kind is ModelFileKind.OLD_EXPORT and trust_pickle):
        return load_export_archive(data, where=where, trust_pickle=trust_pickle)
    if kind is ModelFileKind.TORCHSCRIPT:
        return load_torchscript(data, where=where, trust_pickle=trust_pickle)
    if kind in (ModelFileKind.TORCH_SAVE, ModelFileKind.PICKLE):
        return _load_pickled(data, where, trust_pickle)
    what, hint = _REFUSALS[kind]
    raise ModelLoadError(what, where=where, hint=hint)


_WEIGHTS_ONLY = (
    "this file holds weights, not a model",
    "give the code that builds the model: package.module:factory --state-dict FILE",
)
_ACCEPTED = "a model is a torch.export archive (.pt2), a TorchScript archive (.pt), or package.module:factory"
_REFUSALS = {
    ModelFileKind.OLD_EXPORT: (
        "this torch.export archive was written by a torch before 2.8",
        "export the model again with a newer torch, or pass --trust-pickle if you trust the file's author",
    ),
    ModelFileKind.SAFETENSORS: _WEIGHTS_ONLY,
    ModelFileKind.GIT_LFS_POINTER: ("this is a Git LFS pointer, not the file itself", "run git lfs pull"),
    ModelFileKind.EMPTY: ("the file is empty", _ACCEPTED),
    ModelFileKind.TRUNCATED: ("the archive is damaged or cut off", "copy or write the file again"),
    ModelFileKind.UNKNOWN: ("this is not a model file", _ACCEPTED),
}


def _load_pickled(data: bytes, where: str, trust_pickle: bool) -> nn.Module:
    """A pickled module if that is allowed; otherwise the error that says what the file holds."""
    content = _unpickle(data, weights_only=True)
    if content is None and trust_pickle:
        content = _unpickle(data, weights_only=False)
        if content is None:
            raise ModelLoadError(
                "the pickle can't be loaded",
                where=where,
                hint="it may be damaged, or need a package that is not installed here",
            )
    if isinstance(content, nn.Module):
        return content
    if content is None:
        raise ModelLoadError(
            "this file is a pickle, which can run any code when it is loaded",
            where=where,
            hint="write it with torch.export.save, or pass --trust-pickle if you trust the file's author",
        )
    if is_state_dict(content) or isinstance(content, dict):
        raise ModelLoadError(_WEIGHTS_ONLY[0], where=where, hint=_WEIGHTS_ONLY[1])
    raise ModelLoadError(
        f"this file holds a {type(content).__name__}, not a model", where=where, hint=_ACCEPTED
    )


def _unpickle(data: bytes, *, weights_only: bool) -> Any:
    """What torch.load gives, or None if it refuses or fails."""
    try:
        with quiet():
            return torch.load(io.BytesIO(data), map_location="cpu", weights_only=weights_only)
    except Exception:
        return None


def _identifier(name: str) -> str:
    """``name`` with everything that can't stand in an identifier replaced."""
    text = re.sub(r"\W", "_", name)
    return text if text[:1].isalpha() or text[:1] == "_" else f"model_{text}"


def _with_example(
    model: nn.Module | ExportedProgram,
    input_shapes: Sequence[Sequence[int]] | None,
    name: str,
    where: str,
) -> LoadedModel:
    if isinstance(model, ExportedProgram):
        args, kwargs = _archive_example(model, input_shapes, where)
        return LoadedModel(model, args, kwargs, name)
    if not input_shapes:
        kind = "a TorchScript archive" if isinstance(model, ScriptedModel) else "this model"
        raise CaptureError(
            f"{kind} carries no example inputs",
            where=where,
            hint="give the shape of each input, for example --input-shape 1,784",
        )
    return LoadedModel(model, random_inputs(input_shapes), {}, name)


def random_inputs(shapes: Sequence[Sequence[int]]) -> tuple[torch.Tensor, ...]:
    """float32 tensors of the given shapes, always the same ones, drawn from N(0, 1)."""
    generator = torch.Generator().manual_seed(_EXAMPLE_SEED)
    return tuple(torch.randn(tuple(shape), generator=generator) for shape in shapes)


def _archive_example(
    program: ExportedProgram, input_shapes: Sequence[Sequence[int]] | None, where: str
) -> tuple[tuple[Any, ...], dict[str, Any]]:
    """The example inputs of an archive, or random ones of the shapes that it was exported with."""
    refuse_dynamic_shapes(program)
    user_inputs = set(program.graph_signature.user_inputs)
    values = [node.meta["val"] for node in program.graph.nodes if node.name in user_inputs]
    tensors = [value for value in values if isinstance(value, torch.Tensor)]
    shapes = [tuple(tensor.shape) for tensor in tensors]
    if input_shapes and [tuple(shape) for shape in input_shapes] != shapes:
        raise CaptureError(
            f"input shapes {_shapes_text(input_shapes)} given, but the archive has {_shapes_text(shapes)}",
            where=where,
            hint="leave out --input-shape, or export the model again with inputs of that shape",
        )
    if program.example_inputs:
        args, kwargs = program.example_inputs
        return tuple(args), dict(kwargs)
    random = iter(random_inputs(shapes))
    flat = [next(random).to(value.dtype) if isinstance(value, torch.Tensor) else value for value in values]
    in_spec = program.call_spec.in_spec
    assert in_spec is not None
    args, kwargs = pytree.tree_unflatten(flat, in_spec)
    return tuple(args), dict(kwargs)


def _shapes_text(shapes: Sequence[Sequence[int]]) -> str:
    return " ".join(",".join(str(size) for size in shape) for shape in shapes)
