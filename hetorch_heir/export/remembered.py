"""Whole exports, remembered by all that they depend on: model, example, calibration data, options, code."""

from __future__ import annotations

import re
import shutil
from collections.abc import Callable, Iterator
from dataclasses import fields, replace
from pathlib import Path
from typing import Any

from torch import Tensor, nn
from torch.export import ExportedProgram
from torch.fx import GraphModule

from hetorch_heir.core.cache import key_of
from hetorch_heir.core.errors import HeirOptError
from hetorch_heir.core.records import NotRecordable
from hetorch_heir.export.constants import Resource
from hetorch_heir.export.options import CompileOptions
from hetorch_heir.export.result import ExportResult
from hetorch_heir.frontend.content import program_content, tensor_content
from hetorch_heir.heir.binaries import HEIR_OPT, find
from hetorch_heir.passes.pipeline import PassPipeline
from hetorch_heir.plugins import POINTS

CODE = ("hetorch_heir", "he_dialects")
LIBRARIES = ("torch", "xdsl", "heir_py", "torch-mlir", "mpmath", "sympy")
_NOT_CONTENT = frozenset({"calibration", "cache", "pipeline"})
"""Options that are no part of a result, or are compared by what they hold."""
_ENDING = "constants.bin"
"""What the name of the file of constants ends with; those of other files differ there only."""
_NOT_KEPT = frozenset({"graph", "seconds"})
"""What is made anew of a result."""


def key_of_export(
    program: nn.Module | ExportedProgram, options: CompileOptions, inputs: tuple[Any, ...]
) -> str | None:
    """The key of a result; None if it depends on something whose content can't be compared.

    That are TorchScript modules, passes and functions that are given as objects of the user's own code,
    plug-ins whose sources can't be found, and heir-opt where it is needed and missing.

    Args:
        program: the model, as torch.export captures it.
        options: of the export.
        inputs: tensors, in containers, and text.
    """
    if not isinstance(program, ExportedProgram):
        return None
    try:
        plugins = sorted(set(_plugin_packages()))
        chosen = tuple(
            (field.name, getattr(options, field.name))
            for field in fields(options)
            if field.name not in _NOT_CONTENT
        )
        content = (
            program_content(program),
            chosen,
            _pipeline(options, plugins),
            _content(inputs),
            _heir_opt(options),
        )
        return key_of("export", content, code=(*CODE, *plugins), libraries=LIBRARIES)
    except (NotRecordable, ModuleNotFoundError, HeirOptError, OSError):
        return None


def has_plain_name(resource_path: str) -> bool:
    """Whether programs hold the name of a file as it is, so that it can be replaced in their text."""
    return re.fullmatch(r"[A-Za-z0-9_.-]+", resource_path) is not None


def recorded_result(result: ExportResult, resource_path: str) -> dict[str, Any]:
    """What to keep of a result: all but its graph, and the time that it took."""
    kept = (field.name for field in fields(result) if field.name not in _NOT_KEPT)
    return {"result": {name: getattr(result, name) for name in kept}, "resource_path": resource_path}


def read_result(
    known: dict[str, Any], resource_path: str, graph: Callable[[], GraphModule], seconds: dict[str, float]
) -> ExportResult:
    """The result that :func:`recorded_result` has kept, with its constants in files of this name."""
    result = ExportResult(**known["result"], graph=graph, seconds=seconds)
    before, after = (path.removesuffix(_ENDING) for path in (known["resource_path"], resource_path))
    text = result.text
    resources: list[Resource] = []
    for one in result.resources:
        renamed = replace(one, path=after + one.path.removeprefix(before))
        text = text.replace(f'"{one.path}"', f'"{renamed.path}"')
        resources.append(renamed)
    return replace(result, text=text, resources=tuple(resources))


def _plugin_packages() -> Iterator[str]:
    """The packages of other distributions that may have a part in an export."""
    for point in POINTS:
        for extension in point.declared():
            if not extension.is_builtin:
                yield extension.target.partition(":")[0].partition(".")[0]


def _heir_opt(options: CompileOptions) -> Any:
    """The program that lowers, where one has a part: it need not be the one of ``heir_py``."""
    if options.lower is None and not options.verify:
        return None
    path = Path(shutil.which(find(HEIR_OPT)) or find(HEIR_OPT)).resolve()
    about = path.stat()
    return path, about.st_size, about.st_mtime_ns


def _pipeline(options: CompileOptions, plugins: list[str]) -> Any:
    if not isinstance(options.pipeline, PassPipeline):
        return options.pipeline
    known = {"hetorch_heir", *plugins}
    for step in (options.pipeline, *options.pipeline.passes):
        if type(step).__module__.partition(".")[0] not in known:
            raise NotRecordable(f"the code of {type(step).__qualname__} is not known")
    return options.pipeline.passes, options.pipeline.assumes


def _content(value: Any) -> Any:
    if isinstance(value, Tensor):
        return tensor_content(value)
    return tuple(map(_content, value)) if isinstance(value, (tuple, list)) else value
