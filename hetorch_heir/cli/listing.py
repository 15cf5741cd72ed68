"""What ``hetorch-export`` can tell without a model: operators, passes, plug-ins."""

from __future__ import annotations

import argparse
import json
from collections.abc import Callable, Iterator, Sequence
from dataclasses import asdict
from typing import TYPE_CHECKING, Any

from hetorch_heir.cli.messages import warn
from hetorch_heir.cli.paging import Line, print_paged

if TYPE_CHECKING:
    from hetorch_heir.passes.catalogue import PassDescription, PassOption


class ListingAction(argparse.Action):
    """An option that asks for a listing: it replaces the command's work, and nothing else is required."""

    def __init__(self, *, frees: Sequence[argparse.Action], **keywords: Any) -> None:
        super().__init__(**keywords)
        self._frees = frees

    def __call__(
        self,
        parser: argparse.ArgumentParser,
        namespace: argparse.Namespace,
        values: Any,
        option_string: str | None = None,
    ) -> None:
        name = self.dest if self.nargs == 0 else values
        namespace.listing = (self.dest, name)
        for action in self._frees:
            action.required = False


def add_listing_options(parser: argparse.ArgumentParser, required: Sequence[argparse.Action]) -> None:
    """The options that list something; ``required`` are those that aren't then."""
    parser.set_defaults(listing=None)
    group = parser.add_argument_group("information")
    for option, text in (
        ("--list-ops", "list the operators that models can have, with their normal forms"),
        ("--list-passes", "list the passes with their options"),
        ("--list-plugins", "list approximations, packings, backends and passes, with where they come from"),
    ):
        group.add_argument(
            option, action=ListingAction, frees=required, nargs=0, dest=_dest(option), help=text,
            default=argparse.SUPPRESS,
        )  # fmt: skip
    group.add_argument(
        "--explain",
        action=ListingAction,
        frees=required,
        metavar="PASS",
        default=argparse.SUPPRESS,
        help="what a pass does, before and after, with its options and sources",
    )


def _dest(option: str) -> str:
    return option.removeprefix("--").replace("-", "_")


def print_listing(program: str, options: argparse.Namespace) -> int:
    """Print the listing that was asked for, as text (in a pager, on a terminal) or JSON; the exit code."""
    kind, name = options.listing
    data, lines, warnings = LISTINGS[kind](name)
    if options.json:
        print(json.dumps(data))
    else:
        print_paged(lines)
    for message in warnings:
        warn(program, message)
    return 0


Told = tuple[Any, list[Line], list[str]]
"""A listing as JSON and as lines, with warnings."""


def _operators(_: str) -> Told:
    from hetorch_heir.frontend.operator_table import described_operators, refused_operators  # imports torch

    operators, refused = described_operators(), refused_operators()
    width = max(len(one.name) for one in operators)
    lines = [("", "Operators that models can have, and the normal forms that they become:"), ("", "")]
    for one in operators:
        note = f"  ({one.note})" if one.note else ""
        lines.append((f"{one.name:{width}}", f"  {', '.join(one.forms)}{note}"))
    lines += [
        ("", ""),
        ("", "Modules and functions of torch are captured as these operators; one that is not listed is"),
        (
            "",
            "decomposed into others where torch can do that. What can't be compiled, and what to do instead:",
        ),
        ("", ""),
    ]
    lines += [(f"{name:{width}}", f"  {hint}") for name, hint in refused.items()]
    return {"operators": [asdict(one) for one in operators], "refused": refused}, lines, []


def _passes(_: str) -> Told:
    from hetorch_heir.passes.catalogue import describe_passes  # imports torch

    described, broken = describe_passes()
    lines = [line for one in described for line in _in_short(one)]
    return {"passes": [asdict(one) for one in described]}, lines, [str(error) for error in broken]


def _explanation(name: str) -> Told:
    from hetorch_heir.passes.catalogue import describe_pass  # imports torch

    described = describe_pass(name)
    lines: list[Line] = [(name, f"  {described.class_name} ({described.origin})"), ("", "")]
    lines += [("", line) for line in described.documentation.splitlines()]
    lines += [("", ""), ("", f"In a pipeline: {_usage(described)}")]
    lines += list(_properties(described))
    lines += [("", f"    {_option(one)}") for one in described.options]
    return asdict(described), lines, []


def _plugins(_: str) -> Told:
    from hetorch_heir.plugins import POINTS, PluginError

    data: dict[str, Any] = {}
    lines: list[Line] = []
    warnings: list[str] = []
    width = max(len(name) for point in POINTS for name in point)
    for point in POINTS:
        lines.append((point.plural, f"  (entry points {point.group})"))
        rows: list[dict[str, str]] = []
        for name in point:
            try:
                extension = point.find(name)
            except PluginError as error:
                warnings.append(str(error))
                continue
            assert extension is not None
            told = asdict(extension)
            rows.append({key: told[key] for key in ("name", "target", "distribution", "version")})
            lines.append((f"    {name:{width}}", f"  {extension.origin:24} {extension.target}"))
        data[point.group.rpartition(".")[2]] = rows
    return data, lines, warnings


def _in_short(one: PassDescription) -> Iterator[Line]:
    origin = "" if one.origin.startswith("hetorch-heir ") else f" ({one.origin})"
    yield one.name, f"{origin}  {one.summary}"
    yield from _properties(one)
    for option in one.options:
        yield "", f"    {_option(option)}"


def _properties(one: PassDescription) -> Iterator[Line]:
    for word, values in (("requires", one.requires), ("provides", one.provides), ("schemes", one.schemes)):
        if values:
            yield "", f"    {word}: {', '.join(values)}"


def _option(option: PassOption) -> str:
    default = " (must be given)" if option.default is None else f" = {option.default}"
    where = "" if option.in_text else ", in Python only"
    return f"{option.name}{default}  ({option.type}{where})"


def _usage(one: PassDescription) -> str:
    given = " ".join(
        f"{option.name}={'…' if option.default is None else option.default}"
        for option in one.options
        if option.in_text
    )
    return f"{one.name}{{{given}}}" if given else one.name


LISTINGS: dict[str, Callable[[str], Told]] = {
    "list_ops": _operators,
    "list_passes": _passes,
    "list_plugins": _plugins,
    "explain": _explanation,
}
