"""Reading torch.export archives (.pt2) without letting them run code.

``torch.export.load`` of torch 2.13 runs code that an archive contains in several ways: it unpickles
weights, constants and (after a failed safe attempt) sample inputs without restriction, evaluates symbolic
sizes as Python expressions, writes node names into generated Python source, imports modules that tree
structures name, resolves any function under ``torch`` that a node names (to reject it later), and loads
compiled AOTInductor libraries. An archive of an ordinary model needs none of that: tensors are stored raw,
sizes are numbers, nodes name ATen operators. So everything else is refused here, before torch reads it.
"""

from __future__ import annotations

import io
import json
import re
from collections.abc import Iterator
from typing import Any

import torch
from torch.export import ExportedProgram
from torch.export.pt2_archive import PT2ArchiveReader
from torch.export.pt2_archive._package import load_pt2

from hetorch_heir.core.errors import CaptureError, HETorchError, ModelLoadError
from hetorch_heir.frontend.interface import STATIC_HINT
from hetorch_heir.frontend.quiet import first_line, quiet

_TRUST_HINT = (
    "export the model again with torch.export.save, or pass --trust-pickle if you trust the file's author"
)
_MEMBER = re.compile(
    r"models/[\w.-]+\.json|archive_format|archive_version|byteorder|\.data/\w+|extra/.*"
    r"|data/weights/(?:weight_\d+|[\w.-]+_weights_config\.json)"
    r"|data/constants/(?:tensor_\d+|[\w.-]+_constants_config\.json)"
    r"|data/sample_inputs/[\w.-]+\.pt"
)
_OPERATOR = re.compile(
    r"torch\.ops\.(?:aten|prims)\.(?!__)\w+\.(?!__)\w+"
    r"|torch\.ops\.higher_order\.(?:wrap_with_set_grad_enabled|wrap_with_autocast|cond|while_loop|scan|map_impl)"
    r"|_operator\.getitem"
)
# ATen operators that touch the file system.
_FILE_OPERATOR = re.compile(r"torch\.ops\.aten\.(?:from_file|save|load)\b")
_IDENTIFIER = re.compile(r"[A-Za-z_]\w*")
# Names of parameters and buffers end up in quotes in generated source.
_QUALIFIED_NAME = re.compile(r"[^\"'\\\r\n(){}]*")
_TREE_TYPES = {None, "builtins.tuple", "builtins.list", "builtins.dict", "collections.OrderedDict"}

_NODE_NAME_KEYS = {"name", "as_name"}
_OPERATOR_KEYS = {"target", "as_operator"}
_VALUE_TABLES = ("tensor_values", "sym_int_values", "sym_float_values", "sym_bool_values")


def load_export_archive(data: bytes, *, where: str, trust_pickle: bool) -> ExportedProgram:
    """The exported program in the .pt2 archive ``data``.

    Args:
        data: content of the archive.
        where: the file, for messages.
        trust_pickle: load with ``torch.export.load`` whatever the archive contains.

    Raises:
        ModelLoadError: the archive is damaged, of another version, or could run code when loaded.
        CaptureError: the program has dynamic shapes.
    """
    try:
        with quiet():
            if trust_pickle:
                return torch.export.load(io.BytesIO(data))
            _refuse_unsafe(data, where)
            # Not torch.export.load: when load_pt2 fails it falls back to an older format, which unpickles.
            programs = load_pt2(io.BytesIO(data)).exported_programs
    except HETorchError:
        raise
    except Exception as error:
        raise ModelLoadError(
            f"the torch.export archive can't be read: {first_line(error)}",
            where=where,
            hint=f"it may be damaged, or written by another torch than {torch.__version__}: export it again",
        ) from error
    if len(programs) != 1:
        raise ModelLoadError(
            f"the archive holds {len(programs)} models ({', '.join(sorted(programs)) or 'none'}), not one",
            where=where,
        )
    return next(iter(programs.values()))


def _refuse_unsafe(data: bytes, where: str) -> None:
    """Raise unless every part of the archive is of a kind that can't run code."""
    # torch's own reader, so that what is checked here is what is loaded later.
    with PT2ArchiveReader(io.BytesIO(data)) as reader:
        names = reader.get_file_names()
        for name in names:
            if not _MEMBER.fullmatch(name):
                kind = "compiled code" if "aotinductor" in name else "a pickled object"
                raise _unsafe(f"it contains {kind} ({name})", where)
            if name.startswith("models/"):
                _refuse_unsafe_program(json.loads(reader.read_string(name)), where)
            elif name.endswith("_config.json"):
                _refuse_pickled_tensors(json.loads(reader.read_string(name)), where)
            elif name.startswith("data/sample_inputs/"):
                _refuse_unsafe_sample_inputs(reader.read_bytes(name), where)


def _unsafe(reason: str, where: str) -> ModelLoadError:
    return ModelLoadError(
        f"the torch.export archive could run code when loaded: {reason}", where=where, hint=_TRUST_HINT
    )


def _refuse_pickled_tensors(config: dict[str, Any], where: str) -> None:
    for name, payload in config["config"].items():
        if not _QUALIFIED_NAME.fullmatch(name):
            raise _unsafe(f"tensor name {name!r}", where)
        if payload["use_pickle"]:
            raise _unsafe(f"tensor {name} is pickled", where)


def _refuse_unsafe_sample_inputs(data: bytes, where: str) -> None:
    if not data:
        return
    try:
        torch.load(io.BytesIO(data), weights_only=True)
    except Exception as error:
        raise _unsafe(f"its sample inputs are not plain tensors ({first_line(error)})", where) from error


def _refuse_unsafe_program(program: dict[str, Any], where: str) -> None:
    """Check the JSON form of an exported program (torch/_export/serde/schema.py)."""
    _refuse_dynamic_shapes(program["graph_module"]["graph"], where)
    if program["range_constraints"] or program.get("guards_code"):
        raise CaptureError("the model was exported with dynamic shapes", where=where, hint=STATIC_HINT)
    for key, value in _walk(program):
        if key in _OPERATOR_KEYS and isinstance(value, str):
            if not _OPERATOR.fullmatch(value) or _FILE_OPERATOR.match(value):
                raise _unsafe(f"a node calls {value!r}", where)
        elif key == "as_expr":
            raise CaptureError(
                "the model has sizes that depend on values or on dynamic shapes",
                where=where,
                hint=STATIC_HINT,
            )
        elif key in _NODE_NAME_KEYS and isinstance(value, str):
            if value and not _IDENTIFIER.fullmatch(value):
                raise _unsafe(f"node name {value!r}", where)
        elif key in _VALUE_TABLES:
            for name in value:
                if not _IDENTIFIER.fullmatch(name):
                    raise _unsafe(f"node name {name!r}", where)
        elif key == "forward_arg_names":
            for name in value or ():
                if not _IDENTIFIER.fullmatch(name):
                    raise _unsafe(f"argument name {name!r}", where)
        elif key == "fqn" and not _QUALIFIED_NAME.fullmatch(value):
            raise _unsafe(f"module name {value!r}", where)
        elif key in ("in_spec", "out_spec") and isinstance(value, str):
            _refuse_unsafe_tree(json.loads(value)[1], where)
        elif key == "as_custom_obj" or (key == "custom_obj_values" and value):
            raise _unsafe("it uses custom objects", where)
    for _, value in _walk(program["graph_module"]["signature"]):
        if isinstance(value, str) and not _QUALIFIED_NAME.fullmatch(value):
            raise _unsafe(f"name {value!r}", where)


def _refuse_dynamic_shapes(graph: dict[str, Any], where: str) -> None:
    """Raise for the first input with a symbolic size, naming the input and the dimension."""
    for argument in graph["inputs"]:
        name = argument.get("as_tensor", {}).get("name")
        if name is None:
            continue
        for dimension, size in enumerate(graph["tensor_values"][name]["sizes"]):
            if "as_expr" in size:
                symbol = re.search(r"Symbol\('(\w+)'", size["as_expr"]["expr_str"])
                raise CaptureError(
                    f"dimension {dimension} of input {name!r} is dynamic"
                    + (f" (symbol {symbol[1]})" if symbol else ""),
                    where=where,
                    hint=STATIC_HINT,
                )


def _refuse_unsafe_tree(spec: dict[str, Any], where: str) -> None:
    """A serialised pytree may only nest the containers whose reconstruction imports nothing."""
    context = spec["context"] or "null"
    if spec["type"] not in _TREE_TYPES or "__enum__" in context:
        raise _unsafe(f"its inputs or outputs are of type {spec['type']!r}", where)
    for key in json.loads(context) or ():
        # The keys of keyword arguments become parameters of generated functions.
        if isinstance(key, str) and not _QUALIFIED_NAME.fullmatch(key):
            raise _unsafe(f"key {key!r}", where)
    for child in spec["children_spec"]:
        _refuse_unsafe_tree(child, where)


def _walk(value: Any) -> Iterator[tuple[str, Any]]:
    """All (key, value) pairs of the dictionaries nested in a JSON value; items of lists have key ``""``."""
    pending: list[Any] = [value]
    while pending:
        current = pending.pop()
        pairs = (
            current.items()
            if isinstance(current, dict)
            else (("", item) for item in current)
            if isinstance(current, list)
            else ()
        )
        for key, item in pairs:
            yield key, item
            pending.append(item)
