"""Pipelines written as text: ``input-packing{strategy=row_major},nonlinear-to-polynomial{degree=8}``.

Options are separated by blanks or commas. Their values are read by the type of the pass's field:
numbers, strings, ``true`` or ``false``, ``none`` where the field is optional, ``a,b,c`` for a list and
``key:low:high,key:low:high`` for a table of ranges.
"""

from __future__ import annotations

import dataclasses
import re
import types
from collections.abc import Mapping, Sequence
from typing import Any, Union, get_args, get_origin, get_type_hints

from hetorch_heir.core.errors import UsageError
from hetorch_heir.passes.base import TransformationPass
from hetorch_heir.plugins import PASSES

_PASS = re.compile(r"\s*(?P<name>[\w-]+)\s*(?:\{(?P<options>[^{}]*)\})?\s*(?P<end>,|$)")
_OPTION = re.compile(r"(?P<key>[A-Za-z][\w-]*)=(?P<value>.*?)[\s,]*(?=[A-Za-z][\w-]*=|$)", re.DOTALL)


class PipelineSyntaxError(UsageError):
    """A textual pipeline is malformed, or names a pass or an option that does not exist."""


def parse_passes(text: str) -> list[TransformationPass]:
    """The passes that ``text`` names, in order.

    Raises:
        PipelineSyntaxError: the text is malformed, or a pass, an option or a value in it is unknown.
    """
    passes: list[TransformationPass] = []
    position = 0
    expected = bool(text.strip())
    while expected:
        match = _PASS.match(text, position)
        if match is None:
            raise PipelineSyntaxError(
                f"the pipeline can't be read from '{text[position:].strip()}' on",
                hint="write name{option=value other=value},name,…",
            )
        passes.append(_make_pass(match["name"], match["options"] or ""))
        position = match.end()
        expected = match["end"] == ","
    return passes


def pass_named(name: str) -> type[TransformationPass]:
    """The class of a built-in pass, or of a plug-in's.

    Raises:
        PipelineSyntaxError: there is none of that name.
        PluginError: there are two, or the plug-in's can't be imported or is no pass of that name.
    """
    extension = PASSES.find(name)
    if extension is None:
        raise PipelineSyntaxError(f"there is no pass '{name}'", hint=PASSES.advice(name))
    found = extension.load()
    if not (isinstance(found, type) and issubclass(found, TransformationPass)):
        raise extension.refusal("is no subclass of hetorch_heir.passes.TransformationPass")
    if getattr(found, "name", None) != name:
        raise extension.refusal(f"calls itself '{getattr(found, 'name', None)}'")
    if not dataclasses.is_dataclass(found):
        raise extension.refusal("is no dataclass, whose fields are its options")
    return found


def _make_pass(name: str, options_text: str) -> TransformationPass:
    pass_class = pass_named(name)
    hints = get_type_hints(pass_class)
    fields = [field.name for field in dataclasses.fields(pass_class)]  # pyright: ignore[reportArgumentType]
    options: dict[str, Any] = {}
    for key, value in _split_options(name, options_text):
        if key not in fields:
            known = f"its options are: {', '.join(fields)}" if fields else "it has no options"
            raise PipelineSyntaxError(f"pass '{name}' has no option '{key}'", hint=known)
        try:
            options[key] = read_value(value, hints[key])
        except ValueError:
            raise PipelineSyntaxError(
                f"'{value}' is no value for option '{key}' of pass '{name}'",
                hint=f"expected {_type_name(hints[key])}",
            ) from None
    return pass_class(**options)


def _split_options(name: str, text: str) -> list[tuple[str, str]]:
    stripped = text.strip()
    matches = list(_OPTION.finditer(stripped))
    covered = "".join(match[0] for match in matches)
    if covered != stripped:
        raise PipelineSyntaxError(
            f"the options '{stripped}' of pass '{name}' can't be read",
            hint="write {option=value other=value}",
        )
    return [(match["key"].replace("-", "_"), match["value"]) for match in matches]


def read_value(text: str, kind: Any) -> Any:
    """``text`` as a value of the annotated type ``kind``.

    Raises:
        ValueError: it is none.
    """
    origin = get_origin(kind)
    if origin in (types.UnionType, Union):
        alternatives = get_args(kind)
        if text.lower() == "none" and type(None) in alternatives:
            return None
        return _first_readable(text, [kind for kind in alternatives if kind is not type(None)])
    if origin in (tuple, list, Sequence):
        parts = text.split(":" if origin is tuple and ":" in text else ",")
        return tuple(read_value(part.strip(), get_args(kind)[0]) for part in parts if part.strip())
    if origin in (dict, Mapping):
        key_kind, value_kind = get_args(kind)
        pairs = (part.partition(":") for part in text.split(",") if part.strip())
        return {read_value(key.strip(), key_kind): read_value(value, value_kind) for key, _, value in pairs}
    if kind is bool:
        if text.lower() not in ("true", "false"):
            raise ValueError(text)
        return text.lower() == "true"
    return kind(text.strip("'\""))


def _first_readable(text: str, kinds: Sequence[Any]) -> Any:
    for kind in kinds:
        try:
            return read_value(text, kind)
        except ValueError:
            continue
    raise ValueError(text)


def _type_name(kind: Any) -> str:
    return getattr(kind, "__name__", None) or str(kind).replace("typing.", "").replace("collections.abc.", "")
