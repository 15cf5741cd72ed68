"""Models built by the user's Python code, and the weights to put into them."""

from __future__ import annotations

import contextlib
import importlib
import importlib.util
import io
import os
import re
import sys
from collections.abc import Iterator, Mapping
from pathlib import Path
from types import ModuleType
from typing import Any

import torch
from torch import nn

from hetorch_heir.core.errors import HETorchError, ModelLoadError
from hetorch_heir.frontend.archive import ModelFileKind, identify
from hetorch_heir.frontend.quiet import printing_to_stderr, quiet
from hetorch_heir.frontend.source import source_of_exception

FACTORY_SPEC = re.compile(r"(?P<module>.+\.py|[A-Za-z_][\w.]*):(?P<factory>[A-Za-z_][\w.]*)")
"""``package.module:factory`` or ``path/file.py:factory``."""

_WRAPPER_KEYS = ("state_dict", "model_state_dict")


def build_from_factory(spec: str) -> nn.Module:
    """The module that ``package.module:factory`` or ``file.py:factory`` names.

    ``factory`` is a function or class that takes no argument and gives an ``nn.Module``, or is one itself.
    Importing the module runs its code.

    Raises:
        ModelLoadError: the module can't be imported, has no such attribute, or gives something else.
    """
    match = FACTORY_SPEC.fullmatch(spec)
    if match is None:
        raise ModelLoadError(f"{spec!r} is not of the form package.module:factory")
    try:
        with printing_to_stderr():
            module = _import(match["module"])
    except HETorchError:
        raise
    except Exception as error:
        raise ModelLoadError(
            f"importing {match['module']!r} failed: {type(error).__name__}: {error}",
            where=_where(error, spec),
            hint="is the package installed, or in the current directory?"
            if isinstance(error, ModuleNotFoundError)
            else None,
        ) from error
    factory = _attribute(module, match["factory"], spec)
    if isinstance(factory, nn.Module):
        return factory
    if not callable(factory):
        raise ModelLoadError(f"{spec} is a {type(factory).__name__}, not a function that builds a model")
    try:
        with printing_to_stderr():
            model = factory()
    except Exception as error:
        raise ModelLoadError(
            f"{spec}() failed: {type(error).__name__}: {error}", where=_where(error, spec)
        ) from error
    if not isinstance(model, nn.Module):
        raise ModelLoadError(f"{spec}() gave a {type(model).__name__}, not a torch.nn.Module")
    return model


def load_state_dict(path: str, *, trust_pickle: bool) -> dict[str, torch.Tensor]:
    """The weights in a file of ``torch.save(model.state_dict(), …)`` or of safetensors.

    A checkpoint that holds the weights under ``state_dict`` or ``model_state_dict`` is unwrapped, and the
    prefix ``module.`` that ``nn.DataParallel`` adds is dropped.

    Raises:
        ModelLoadError: missing or unreadable file, or one that holds no weights.
    """
    data = read_file(path)
    kind = identify(data)
    if kind is ModelFileKind.SAFETENSORS:
        return _load_safetensors(data, path)
    if kind not in (ModelFileKind.TORCH_SAVE, ModelFileKind.PICKLE):
        raise ModelLoadError(f"no state dict: this is a {kind.value}", where=path, hint=_STATE_DICT_HINT)
    try:
        with quiet():
            content = torch.load(io.BytesIO(data), map_location="cpu", weights_only=not trust_pickle)
    except Exception as error:
        raise ModelLoadError(
            "the state dict can't be loaded without running code that it contains",
            where=path,
            hint=f"{_STATE_DICT_HINT}, or pass --trust-pickle if you trust the file's author",
        ) from error
    return _weights(content, path)


_STATE_DICT_HINT = "write it with torch.save(model.state_dict(), path)"


def _weights(content: Any, path: str) -> dict[str, torch.Tensor]:
    """The mapping of names to tensors in what torch.load gave."""
    for key in _WRAPPER_KEYS:
        if isinstance(content, Mapping) and isinstance(content.get(key), Mapping):
            content = content[key]
    if not is_state_dict(content):
        raise ModelLoadError(
            f"this holds a {type(content).__name__}, not a state dict", where=path, hint=_STATE_DICT_HINT
        )
    prefix = "module."
    if content and all(name.startswith(prefix) for name in content):
        return {name.removeprefix(prefix): tensor for name, tensor in content.items()}
    return dict(content)


def is_state_dict(content: Any) -> bool:
    """Whether ``content`` maps names to tensors."""
    return isinstance(content, Mapping) and all(
        isinstance(name, str) and isinstance(value, torch.Tensor) for name, value in content.items()
    )


def _load_safetensors(data: bytes, path: str) -> dict[str, torch.Tensor]:
    try:
        from safetensors.torch import load
    except ImportError as error:
        raise ModelLoadError(
            "reading this file needs the package safetensors", where=path, hint="pip install safetensors"
        ) from error
    try:
        return load(data)
    except Exception as error:
        raise ModelLoadError(f"the safetensors file can't be read: {error}", where=path) from error


def apply_state_dict(model: nn.Module, weights: Mapping[str, torch.Tensor], where: str) -> None:
    """Load ``weights`` into ``model``; names and shapes have to agree.

    Raises:
        ModelLoadError: naming what is missing, unexpected, or of another shape.
    """
    try:
        missing, unexpected = model.load_state_dict(weights, strict=False)
    except RuntimeError as error:
        detail = "; ".join(line.strip() for line in str(error).splitlines()[1:])
        raise ModelLoadError(f"the weights don't fit the model: {detail or error}", where=where) from error
    problems = [
        f"{label} {', '.join(names[:5])}{' …' if len(names) > 5 else ''}"
        for label, names in (("missing:", missing), ("unexpected:", unexpected))
        if names
    ]
    if problems:
        raise ModelLoadError(f"the weights don't fit the model ({'; '.join(problems)})", where=where)


def read_file(path: str) -> bytes:
    """The content of a file.

    Raises:
        ModelLoadError: it doesn't exist, is a directory, or can't be read.
    """
    file = Path(path)
    if file.is_dir():
        raise ModelLoadError("this is a directory, not a model file", where=path)
    try:
        return file.read_bytes()
    except FileNotFoundError as error:
        raise ModelLoadError("no such file", where=path) from error
    except OSError as error:
        raise ModelLoadError(f"the file can't be read: {error.strerror}", where=path) from error


def _import(name: str) -> ModuleType:
    """Import a dotted module, or a file, as ``python`` run in the current directory would."""
    with _current_directory_importable():
        if not name.endswith(".py"):
            return importlib.import_module(name)
        if not Path(name).is_file():
            raise ModelLoadError("no such file", where=name)
        spec = importlib.util.spec_from_file_location(Path(name).stem, name)
        if spec is None or spec.loader is None:
            raise ModelLoadError("this is not a Python file", where=name)
        module = importlib.util.module_from_spec(spec)
        spec.loader.exec_module(module)
        return module


@contextlib.contextmanager
def _current_directory_importable() -> Iterator[None]:
    """A console script, unlike ``python -m``, doesn't look for modules in the current directory."""
    directory = os.getcwd()
    sys.path.insert(0, directory)
    try:
        yield
    finally:
        with contextlib.suppress(ValueError):
            sys.path.remove(directory)


def _attribute(module: ModuleType, name: str, spec: str) -> Any:
    value: Any = module
    for part in name.split("."):
        if not hasattr(value, part):
            public = sorted(key for key, item in vars(module).items() if callable(item) and key[0] != "_")
            raise ModelLoadError(
                f"{spec.rsplit(':', 1)[0]} has no {name!r}",
                hint=f"it has {', '.join(public[:10])}" if public else None,
            )
        value = getattr(value, part)
    return value


def _where(error: BaseException, spec: str) -> str:
    source = source_of_exception(error)
    return str(source) if source.file else spec
