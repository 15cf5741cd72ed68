"""Everything that the packages register can be reached from the command lines of xdsl-opt and hetorch-opt."""

from __future__ import annotations

import re
import subprocess
import sys
from collections.abc import Iterator, Sequence
from importlib import import_module
from inspect import isabstract
from pathlib import Path
from pkgutil import walk_packages

import he_dialects
import pytest
from he_dialects.universe import DIALECTS, PASSES
from xdsl.dialects.utils import EnumAttribute
from xdsl.ir import Attribute, Operation, TypeAttribute
from xdsl.irdl import IRDLOperation
from xdsl.universe import XDSL_UNIVERSE
from xdsl.utils.runtime_final import is_runtime_final

from hetorch_heir.conversions.universe import PASSES as CONVERSIONS

TOOLS = {
    "xdsl-opt": [str(Path(sys.executable).parent / "xdsl-opt")],
    "hetorch-opt": [sys.executable, "-m", "hetorch_heir.cli.opt"],
}
SEPARATOR = "// -----\n"
UNKNOWN = "secret.no_such_thing"

OPERATIONS = [op for load in DIALECTS.values() for op in load().operations]
ATTRIBUTES = [attribute for load in DIALECTS.values() for attribute in load().attributes]


@pytest.fixture(scope="module", params=TOOLS)
def tool(request: pytest.FixtureRequest) -> list[str]:
    return TOOLS[request.param]


def answers(tool: Sequence[str], modules: Sequence[str], *options: str) -> list[str]:
    """What a tool says to each of many modules: the module again, or what is wrong with it."""
    command = [*tool, "--split-input-file", "--parsing-diagnostics", *options]
    done = subprocess.run(command, input=SEPARATOR.join(modules), capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr[-2000:]
    printed = done.stdout.split(SEPARATOR)
    assert len(printed) == len(modules)
    return printed


def test_every_operation_is_known(tool: Sequence[str]) -> None:
    names = [op.name for op in OPERATIONS]
    # Nothing is verified: they have no operands, results, properties or regions.
    modules = [f'"{name}"() : () -> ()\n' for name in [*names, UNKNOWN]]
    *known, unknown = answers(tool, modules, "--disable-verify", "--print-op-generic")
    assert f"Operation {UNKNOWN} is not registered" in unknown
    assert [name for name, answer in zip(names, known, strict=True) if f'"{name}"() ' not in answer] == []


def test_every_attribute_and_type_is_known(tool: Sequence[str]) -> None:
    # What follows the name is no valid parameter; the message is another one if the name isn't known.
    signs = ["!" if issubclass(attribute, TypeAttribute) else "#" for attribute in ATTRIBUTES]
    mentions = [f"{sign}{attribute.name}" for sign, attribute in zip(signs, ATTRIBUTES, strict=True)]
    mentions += [f"!{UNKNOWN}", f"#{UNKNOWN}"]
    modules = [
        f'"builtin.module"() ({{}}) {{test.mention = {mention}<%>}} : () -> ()\n' for mention in mentions
    ]
    *known, unknown_type, unknown_attribute = answers(tool, modules)
    assert f"'{UNKNOWN}' is not registered" in unknown_type
    assert f"'{UNKNOWN}' is not registered" in unknown_attribute
    assert [text for text, answer in zip(mentions, known, strict=False) if "not registered" in answer] == []


def test_every_pass_is_known(tool: Sequence[str]) -> None:
    names = [*PASSES, *CONVERSIONS]
    # All passes of the list are looked up before one is refused, and only the unknown one is.
    command = [*tool, "-p", ",".join([*names, "no-such-pass"])]
    done = subprocess.run(command, input="", capture_output=True, text=True, check=False)
    assert "Unrecognized passes: ['no-such-pass']" in done.stderr
    help_text = subprocess.run([*tool, "--help"], capture_output=True, text=True, check=True).stdout
    listed = set(re.split(r"[,\s]+", re.sub(r"-\n\s+", "-", help_text)))
    assert set(names) - listed == set()


def defined() -> Iterator[type[Operation] | type[Attribute]]:
    """Every operation, attribute and type that a module of he_dialects defines."""
    for info in walk_packages(he_dialects.__path__, "he_dialects."):
        if info.name == "he_dialects.plugin":
            continue  # importing it changes xDSL
        for value in vars(import_module(info.name)).values():
            if isinstance(value, type) and value.__module__ == info.name and _is_definition(value):
                yield value


def _is_definition(value: type) -> bool:
    if (
        isabstract(value)
        or value.__name__.startswith("_")
        or not isinstance(getattr(value, "name", None), str)
    ):
        return False
    if issubclass(value, EnumAttribute):
        return False  # a keyword in another attribute: heir-opt has most of these under no name of their own
    return issubclass(value, IRDLOperation) or (issubclass(value, Attribute) and is_runtime_final(value))


def test_everything_defined_is_in_a_dialect() -> None:
    registered = {*OPERATIONS, *ATTRIBUTES}
    everything = list(defined())
    assert len(everything) > 350
    assert [f"{one.__module__}.{one.__name__}" for one in everything if one not in registered] == []


def test_operations_that_take_the_place_of_one_of_xdsl_s_are_subclasses_of_it() -> None:
    """So that xDSL's passes and back ends, which go by the class, treat them as theirs."""
    own = {
        op.name: op
        for name, load in XDSL_UNIVERSE.all_dialects.items()
        if name in DIALECTS
        for op in load().operations
    }
    ours = [op for op in OPERATIONS if op.name in own]
    assert len([op for op in ours if op is not own[op.name]]) >= 9
    assert [op.name for op in ours if not issubclass(op, own[op.name])] == []
    assert own.keys() - {op.name for op in ours} == set()
