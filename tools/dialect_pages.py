"""Reference pages of dialects: every operation, type and attribute, from the classes that define them."""

from __future__ import annotations

import inspect
import re
from collections.abc import Iterable, Iterator, Sequence
from importlib import import_module
from typing import Any

from he_dialects.lwe.rules import ElementsOf
from he_dialects.universe import DIALECT_MODULES, DIALECTS
from xdsl.irdl import (
    AllOf,
    AnyAttr,
    AnyOf,
    BaseAttr,
    EqAttrConstraint,
    OpDef,
    OptionalDef,
    ParamAttrConstraint,
    RangeOf,
    SingleOf,
    VarConstraint,
    VariadicDef,
)

OWN_PACKAGE = "he_dialects"
_LONG = 90
"""Characters of a constraint in a table."""


def dialect_page(name: str) -> str:
    """The page of a dialect, in Markdown."""
    dialect = DIALECTS[name]()
    operations = [one for one in dialect.operations if one.__module__.startswith(OWN_PACKAGE)]
    attributes = [one for one in dialect.attributes if one.__module__.startswith(OWN_PACKAGE)]
    lines = [f"# The dialect `{name}`", "", *_introduction(name), ""]
    if operations:
        lines += ["## Operations", ""]
        for operation in sorted(operations, key=lambda one: one.name):
            lines += [*_operation(operation), ""]
    if attributes:
        lines += ["## Types and attributes", ""]
        for attribute in sorted(attributes, key=lambda one: one.name):
            lines += [*_attribute(attribute), ""]
    return "\n".join(lines)


def dialect_index() -> str:
    """The table of all dialects, in Markdown."""
    lines = [
        "# Dialects",
        "",
        "All operations, types and attributes that this project's tools know besides xDSL's own. Dialects of",
        "MLIR are listed with the operations that are defined anew here.",
        "",
        "| dialect | operations | types and attributes | |",
        "|---|---:|---:|---|",
    ]
    for name in DIALECTS:
        dialect = DIALECTS[name]()
        counts = [_own(dialect.operations), _own(dialect.attributes)]
        first = next(iter(_introduction(name)), "")
        lines.append(f"| [`{name}`]({name}.md) | {counts[0]} | {counts[1]} | {_cell(first)} |")
    return "\n".join(lines) + "\n"


def _own(classes: Iterable[type]) -> int:
    return sum(one.__module__.startswith(OWN_PACKAGE) for one in classes)


def _introduction(name: str) -> list[str]:
    """The docstring of the dialect's module: its first paragraph in one line, then the rest."""
    text = inspect.getdoc(import_module(DIALECT_MODULES[name])) or ""
    first, _, rest = text.partition("\n\n")
    return [
        " ".join(" ".join(docstring_markdown(first)).split()),
        *(["", *docstring_markdown(rest)] if rest else []),
    ]


def _operation(operation: type[Any]) -> Iterator[str]:
    definition: OpDef = operation.get_irdl_definition()
    yield f"### `{definition.name}`"
    yield ""
    yield from docstring_markdown(_documentation(operation))
    if definition.assembly_format:
        yield from ["", "```mlir", f"{definition.name} {' '.join(definition.assembly_format.split())}", "```"]
    rows: list[tuple[str, str, str]] = []
    for kind, entries in (("operand", definition.operands), ("result", definition.results)):
        rows += [(kind, _counted(name, one), constraint_text(one.constr)) for name, one in entries]
    for kind, named in (("property", definition.properties), ("attribute", definition.attributes)):
        rows += [
            (
                kind,
                f"{name}{' (optional)' if isinstance(one, OptionalDef) else ''}",
                constraint_text(one.constr),
            )
            for name, one in named.items()
        ]
    rows += [("region", _counted(name, one), "") for name, one in definition.regions]
    rows += [("successor", name, "") for name, _ in definition.successors]
    if rows:
        yield from ["", "| | name | must be |", "|---|---|---|"]
        yield from (f"| {kind} | `{name}` | {_cell(text)} |" for kind, name, text in rows)
    traits = sorted({type(one).__name__ for one in definition.traits.traits})
    if traits:
        yield from ["", f"Traits: {', '.join(f'`{one}`' for one in traits)}"]


def _attribute(attribute: type[Any]) -> Iterator[str]:
    yield f"### `{attribute.name}`"
    yield ""
    yield from docstring_markdown(_documentation(attribute))
    if not hasattr(attribute, "get_irdl_definition"):
        return
    parameters = getattr(attribute.get_irdl_definition(), "parameters", ())
    if parameters:
        yield from ["", "| parameter | must be |", "|---|---|"]
        for name, parameter in parameters:
            yield f"| `{name}` | {_cell(constraint_text(getattr(parameter, 'constr', parameter)))} |"


def _counted(name: str, definition: object) -> str:
    if isinstance(definition, OptionalDef):
        return f"{name} (optional)"
    return f"{name} (any number)" if isinstance(definition, VariadicDef) else name


def constraint_text(constraint: Any) -> str:
    """What an attribute has to be, in few words."""
    match constraint:
        case RangeOf() | SingleOf():
            return constraint_text(constraint.constr)
        case AnyAttr():
            return "anything"
        case BaseAttr():
            return f"`{_short(constraint.attr)}`"
        case ParamAttrConstraint():
            inner = [constraint_text(one) for one in constraint.param_constrs]
            known = ", ".join(one.replace("`", "") for one in inner if one != "anything")
            return f"`{_short(constraint.base_attr)}`" + (f" of {known}" if known else "")
        case EqAttrConstraint():
            return f"`{constraint.attr}`"
        case AnyOf():
            return " or ".join(dict.fromkeys(map(constraint_text, constraint.attr_constrs)))
        case AllOf():
            return " and ".join(dict.fromkeys(map(constraint_text, constraint.attr_constrs)))
        case VarConstraint():
            return f"{constraint_text(constraint.constraint)}, the same wherever it is `{constraint.name}`"
        case _ if hasattr(constraint, "elem_range_constraint"):
            return f"an array of {constraint_text(constraint.elem_range_constraint)}"
        case ElementsOf():
            return f"{' or '.join(f'`{kind.name}`' for kind in constraint.kinds)}, or a tensor of it"
        case _ if hasattr(constraint, "constraint"):
            return constraint_text(constraint.constraint)
        case _ if hasattr(constraint, "constr"):
            return constraint_text(constraint.constr)
        case _:
            return re.sub(r"Constraint$", "", type(constraint).__name__)


def _short(kind: type[Any]) -> str:
    return getattr(kind, "name", kind.__name__)


def _documentation(kind: type[Any]) -> str:
    text = kind.__doc__
    if not text or text.startswith(f"{kind.__name__}("):  # what dataclasses write
        return ""
    return inspect.cleandoc(text)


_SECTION = re.compile(r"^(Args|Raises|Returns|Attributes|Source|Sources):$")


def docstring_markdown(text: str) -> list[str]:
    """A docstring as Markdown: literals, code blocks and lists of arguments."""
    lines: list[str] = []
    for line in text.splitlines():
        stripped = line.strip()
        if _SECTION.match(stripped):
            lines += ["", f"**{stripped.rstrip(':')}**", ""]
        elif lines and re.match(r"^ {4}\w[\w, *]*: ", line) and _in_section(lines):
            name, _, about = stripped.partition(": ")
            lines.append(f"- `{name}`: {about}")
        elif line.startswith(" " * 8) and _in_section(lines):
            lines.append(f"  {stripped}")
        else:
            lines.append(line[:-1] if stripped.endswith("::") else line)
    joined = re.sub(r"``([^`]+)``", r"`\1`", "\n".join(lines))
    return re.sub(r":\w+:`~?([^`]+)`", r"`\1`", joined).splitlines()


def _in_section(lines: Sequence[str]) -> bool:
    for line in reversed(lines):
        if line.startswith("**"):
            return True
        if line and not line.startswith(("- ", "  ")):
            return False
    return False


def _cell(text: str) -> str:
    short = text if len(text) <= _LONG else text[:_LONG].rsplit(" ", 1)[0] + " …"
    return short.replace("|", "\\|").replace("\n", " ")
