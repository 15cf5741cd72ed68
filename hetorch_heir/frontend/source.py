"""Where in the user's model a graph node comes from.

torch.export records two things on a node: ``nn_module_stack`` (the modules that were entered) and
``stack_trace`` (the Python frames). Both survive in a .pt2 archive. They are condensed here into one
:class:`SourceLocation`, so that every error and every MLIR location reads the same.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, replace
from types import TracebackType
from typing import Any

from torch import fx, nn

_FRAME = re.compile(r'File "(?P<file>[^"]+)", line (?P<line>\d+), in ')
# Frames of the libraries, not of the user; archives carry the paths of the machine that wrote them, so
# the installed torch's own path is no guide.
_LIBRARY_FILE = re.compile(
    r"^<|^torch[\\/]"
    r"|[\\/](?:site|dist)-packages[\\/]torch[\\/]"
    r"|[\\/]lib[\\/]python3\.\d+[\\/](?!(?:site|dist)-packages)"
    r"|[\\/]hetorch_heir[\\/]frontend[\\/]"
)
# Wrapper classes that only exist while a model is being captured.
_WRAPPER_CLASS = re.compile(r"^(?:torch\.export\.|torch\.fx\.|torch\._|hetorch_heir\.frontend\.)")


@dataclass(frozen=True)
class SourceLocation:
    """A place in the user's model.

    Attributes:
        file: path of the Python file, as the process that captured the model knew it.
        line: line in ``file``, counted from 1.
        module: dotted path of the innermost module, ``""`` for the model itself.
        module_class: class name of that module, without its package.
    """

    file: str | None = None
    line: int | None = None
    module: str = ""
    module_class: str = ""

    def __str__(self) -> str:
        parts: list[str] = []
        if self.module and self.module_class:
            parts.append(f"{self.module} ({self.module_class})")
        elif self.module or self.module_class:
            parts.append(self.module or self.module_class)
        if self.file:
            name = re.split(r"[\\/]", self.file)[-1]
            parts.append(name if self.line is None else f"{name}:{self.line}")
        return ", ".join(parts) or "the model"


def _user_frame(stack_trace: str) -> tuple[str | None, int | None]:
    """The innermost frame of ``stack_trace`` that is the user's."""
    for frame in reversed(list(_FRAME.finditer(stack_trace))):
        if not _LIBRARY_FILE.search(frame["file"]):
            return frame["file"], int(frame["line"])
    return None, None


def _innermost_module(stack: Mapping[str, tuple[str, type | str]] | None) -> tuple[str, str]:
    """Path and class name of the last entry of an ``nn_module_stack``."""
    if not stack:
        return "", ""
    path, module_class = list(stack.values())[-1]
    if isinstance(module_class, type):
        qualified = f"{module_class.__module__}.{module_class.__qualname__}"
    else:
        qualified = module_class
    name = "" if _WRAPPER_CLASS.match(qualified) else qualified.rsplit(".", 1)[-1]
    return path, name


def source_from_meta(meta: Mapping[str, Any]) -> SourceLocation:
    """The location recorded by torch.export in the metadata of a node."""
    file, line = _user_frame(meta.get("stack_trace") or "")
    module, module_class = _innermost_module(meta.get("nn_module_stack"))
    return SourceLocation(file, line, module, module_class)


def source_of(node: fx.Node) -> SourceLocation:
    """The location of a node of a captured or normalised graph (unknown for nodes that carry none)."""
    source = node.meta.get("source")
    return source if isinstance(source, SourceLocation) else SourceLocation()


def source_of_exception(error: BaseException, model: nn.Module | None = None) -> SourceLocation:
    """The innermost frame of the user's code and the innermost module of ``model`` that ``error`` passed."""
    named = model.named_modules() if model is not None else ()
    paths = {id(module): path for path, module in named if path}
    found = SourceLocation()
    traceback: TracebackType | None = error.__traceback__
    while traceback is not None:
        frame = traceback.tb_frame
        file = frame.f_code.co_filename
        if not _LIBRARY_FILE.search(file):
            found = replace(found, file=file, line=traceback.tb_lineno)
        module = frame.f_locals.get("self")
        if isinstance(module, nn.Module) and id(module) in paths:
            found = replace(found, module=paths[id(module)], module_class=type(module).__name__)
        traceback = traceback.tb_next
    return found
