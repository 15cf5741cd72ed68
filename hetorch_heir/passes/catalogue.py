"""Passes as users see them: what they do, their options with types and defaults, and what they need."""

from __future__ import annotations

import dataclasses
import inspect
import re
import types
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Union, get_args, get_origin, get_type_hints

from hetorch_heir.passes.base import TransformationPass
from hetorch_heir.passes.textual_pipeline import pass_named
from hetorch_heir.plugins import PASSES, PluginError

_ARGUMENTS = re.compile(r"^Args:\n(?P<body>(?:[ ]{4}.*\n|\n)*)", re.MULTILINE)
_ARGUMENT = re.compile(r"^ {4}(?P<names>\w+(?:, \w+)*): (?P<text>.*(?:\n {8}.*)*)", re.MULTILINE)


@dataclass(frozen=True)
class PassOption:
    """An option of a pass: a field of its dataclass.

    Args:
        name: as in pipelines.
        type: "int", "number or none", "list of text" …
        default: as it is written in pipelines; None if the option must be given.
        about: from the pass's docstring; may be empty.
        in_text: whether pipelines written as text can give it; functions they can't.
    """

    name: str
    type: str
    default: str | None
    about: str
    in_text: bool


@dataclass(frozen=True)
class PassDescription:
    """A pass.

    Args:
        name: in textual pipelines.
        class_name: in Python, with its module.
        summary: one sentence.
        documentation: its docstring without indentation: before and after, sources.
        options: in order.
        requires: properties that other passes provide.
        provides: properties that the graph has after it.
        schemes: the schemes that it works for; empty for all.
        origin: the distribution that it comes with.
    """

    name: str
    class_name: str
    summary: str
    documentation: str
    options: tuple[PassOption, ...]
    requires: tuple[str, ...]
    provides: tuple[str, ...]
    schemes: tuple[str, ...]
    origin: str


def describe_pass(name: str) -> PassDescription:
    """The pass of that name.

    Raises:
        PipelineSyntaxError: there is none.
        PluginError: it is another distribution's, and can't be used.
    """
    found = pass_named(name)
    extension = PASSES.find(name)
    assert extension is not None
    documentation = inspect.getdoc(found) or ""
    return PassDescription(
        name,
        f"{found.__module__}.{found.__qualname__}",
        found.description or documentation.partition("\n")[0],
        documentation,
        tuple(_options(found, documentation)),
        tuple(sorted(found.requires)),
        tuple(sorted(found.provides)),
        tuple(sorted(scheme.name for scheme in found.scheme_specific)),
        extension.origin,
    )


def describe_passes() -> tuple[list[PassDescription], list[PluginError]]:
    """All passes in the order in which a pipeline has them, and what is wrong with plug-ins."""
    described: list[PassDescription] = []
    broken: list[PluginError] = []
    for name in PASSES:
        try:
            described.append(describe_pass(name))
        except PluginError as error:
            broken.append(error)
    return described, broken


def _options(found: type[TransformationPass], documentation: str) -> Iterator[PassOption]:
    about = _arguments(documentation)
    hints = get_type_hints(found)
    for field in dataclasses.fields(found):  # pyright: ignore[reportArgumentType]
        if not field.init:
            continue
        default = field.default
        if default is dataclasses.MISSING and field.default_factory is not dataclasses.MISSING:
            default = field.default_factory()
        kind = hints[field.name]
        yield PassOption(
            field.name,
            type_in_words(kind),
            None if default is dataclasses.MISSING else value_in_text(default),
            about.get(field.name, ""),
            not _is_function(kind),
        )


def _arguments(documentation: str) -> dict[str, str]:
    """What the section ``Args:`` of a docstring says of each name."""
    section = _ARGUMENTS.search(documentation + "\n")
    found = _ARGUMENT.finditer(section["body"]) if section else ()
    return {name: " ".join(match["text"].split()) for match in found for name in match["names"].split(", ")}


def _is_function(kind: Any) -> bool:
    return "Callable" in str(get_origin(kind)) or any(_is_function(one) for one in get_args(kind))


def type_in_words(kind: Any) -> str:
    """A type of an option as users know it: "number", "list of integer", "text or none"."""
    origin, arguments = get_origin(kind), get_args(kind)
    if origin in (types.UnionType, Union):
        return " or ".join(type_in_words(one) for one in arguments)
    if "Callable" in str(origin):
        return "function"
    if origin is tuple:
        return ":".join(type_in_words(one) for one in arguments if one is not Ellipsis)
    if origin is dict or "Mapping" in str(origin):
        return f"table of {' to '.join(map(type_in_words, arguments))}"
    if origin is not None and arguments:
        return f"list of {type_in_words(arguments[0])}"
    names = {int: "integer", float: "number", str: "text", bool: "true or false", type(None): "none"}
    return names.get(kind, getattr(kind, "__name__", str(kind)))


def value_in_text(value: Any) -> str:
    """A value as pipelines written as text have it."""
    if value is None or isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, (list, tuple)):
        return ",".join(map(value_in_text, value))
    return f"{value:g}" if isinstance(value, float) else str(value)
