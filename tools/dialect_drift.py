"""List what he_dialects and a heir-opt don't share: operations, types, attributes, and their syntax.

    python tools/dialect_drift.py [--heir-opt PATH]

Operations, types and attributes that heir-opt has are found among the names in its binary, and confirmed by
having it parse them. Properties are found by offering every name that any of our operations has to each
operation. The syntax is compared on samples of all operations, those of the FileCheck tests: heir-opt has to
read what we print, and print the same again after we have read what it printed. One line per difference; the
exit status is 1 if there are some.
"""

from __future__ import annotations

import argparse
import difflib
import re
import subprocess
import sys
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from he_dialects.assembly import PropertyOp
from he_dialects.parsing import parse_module
from he_dialects.printing import module_text
from he_dialects.universe import DIALECTS
from xdsl.ir import TypeAttribute
from xdsl.irdl import IRDLOperation, VarOperandDef
from xdsl.utils.exceptions import ParseError, VerifyException

HEIR_DIALECTS = (
    *("secret", "mgmt", "tensor_ext", "lwe", "ckks", "bgv", "rns", "mod_arith", "polynomial", "openfhe"),
    *("lattigo", "kernel", "orion", "preprocessing", "key_mgmt", "cggi", "tfhe_rust", "tfhe_rust_bool"),
    *("debug", "math_ext", "random", "rotom", "jaxite", "jaxiteword", "scifrbool", "poulpy"),
)
"""The dialects that are HEIR's; ``hetorch`` is ours, those of MLIR and CIRCT (comb) are only extended."""

CHUNK = "\n// -----\n"
UNKNOWN_OPERATION = re.compile(r"unregistered operation '([\w.]+)'")
UNKNOWN_PROPERTY = re.compile(
    r"custom op '([\w.]+)' duplicate or unknown property in properties dictionary: (\w+)"
)


UNKNOWN_ATTRIBUTE = re.compile(
    r":(\d+):\d+: error: "
    r"(?:unknown +(?:type|attribute) `|dialect '\w+' provides no (?:type|attribute) parsing)"
)
PROBES = {
    "type": "func.func private @f(!{name})",
    "attribute": '"builtin.unrealized_conversion_cast"() {{a = #{name}}} : () -> ()',
}
"""What asks heir-opt for a type or an attribute. Where it has one of the name, it misses what follows."""

SAMPLES = Path(__file__).parents[1] / "lit_tests" / "dialects"


def default_heir_opt() -> Path:
    """The heir-opt of this environment."""
    return Path(sys.executable).parent / "heir-opt"


def binary_of(heir_opt: Path) -> Path:
    """The binary itself, where ``heir_opt`` is the script that heir_py installs."""
    if not heir_opt.read_bytes().startswith(b"#!"):
        return heir_opt
    program = "import heir, pathlib; print(pathlib.Path(heir.__path__[0]) / 'heir-opt')"
    found = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    return Path(found.stdout.strip())


def diagnostics(heir_opt: Path, modules: Iterable[str]) -> str:
    """What heir-opt says to each of many modules."""
    run = subprocess.run(
        [str(heir_opt), "--split-input-file", "--mlir-disable-diagnostic-notes"],
        input=CHUNK.join(modules),
        capture_output=True,
        text=True,
    )
    return run.stderr


@dataclass(frozen=True)
class Syntax:
    """The properties of an operation's custom syntax, and numbers of operands that it may have."""

    properties: frozenset[str]
    operands: frozenset[int]


def our_operations() -> dict[str, Syntax]:
    """Each operation of ours with its syntax."""
    operations: dict[str, Syntax] = {}
    for dialect in HEIR_DIALECTS:
        for op in DIALECTS[dialect]().operations:
            if not issubclass(op, IRDLOperation):
                continue
            definitions = [definition for _, definition in op.get_irdl_definition().operands]
            required = sum(not isinstance(definition, VarOperandDef) for definition in definitions)
            operations[op.name] = Syntax(
                frozenset(op.PROPERTIES) if issubclass(op, PropertyOp) else frozenset(),
                frozenset({required, len(definitions)}),
            )
    return operations


def names_in(binary: Path) -> set[str]:
    """Every text in a binary that could be the name of an operation of these dialects."""
    pattern = rb"(?<![\w.])(?:%s)(?:\.[a-z]\w*)+(?=\x00)" % "|".join(HEIR_DIALECTS).encode()
    return {match.decode() for match in re.findall(pattern, binary.read_bytes())}


def registered(heir_opt: Path, names: Iterable[str]) -> set[str]:
    """Those names that heir-opt takes as operations."""
    names = sorted(names)
    said = diagnostics(heir_opt, (f'"{name}"() : () -> ()' for name in names))
    return set(names) - set(UNKNOWN_OPERATION.findall(said))


def our_attributes() -> dict[str, set[str]]:
    """The names of our types and of our attributes."""
    names: dict[str, set[str]] = {kind: set() for kind in PROBES}
    for dialect in HEIR_DIALECTS:
        for attribute in DIALECTS[dialect]().attributes:
            names["type" if issubclass(attribute, TypeAttribute) else "attribute"].add(attribute.name)
    return names


def registered_attributes(heir_opt: Path, kind: str, names: Iterable[str]) -> set[str]:
    """Those names that heir-opt takes as types or as attributes."""
    names = sorted(names)
    said = diagnostics(heir_opt, (PROBES[kind].format(name=name) for name in names))
    # A module takes one line, and what separates it from the next one takes two.
    unknown = {(int(line) - 1) // 2 for line in UNKNOWN_ATTRIBUTE.findall(said)}
    return {name for number, name in enumerate(names) if number not in unknown}


def attribute_differences(heir_opt: Path, found: set[str]) -> Iterator[str]:
    """Types and attributes that only one of the two has."""
    for kind, ours in our_attributes().items():
        theirs = registered_attributes(heir_opt, kind, found | ours)
        for name in sorted(theirs ^ ours):
            yield f"{kind} {name}: only in {'he_dialects' if name in ours else 'heir-opt'}"


def syntax_differences(heir_opt: Path, samples: Path = SAMPLES) -> Iterator[str]:
    """Samples that don't survive the way to heir-opt and back."""
    for path in sorted(samples.glob("*/ops.mlir")):
        if path.parent.name in HEIR_DIALECTS:
            for line in _sample_differences(heir_opt, path.read_text()):
                yield f"syntax of {path.parent.name}: {line}"


def _sample_differences(heir_opt: Path, text: str) -> Iterator[str]:
    printed, said = _reprinted(heir_opt, module_text(parse_module(text), locations=False))
    if said:
        yield f"heir-opt can't read: {said}"
        return
    try:
        module = parse_module(printed, "heir-opt's output")
        module.verify()
    except (ParseError, VerifyException) as error:
        yield f"he_dialects can't read: {str(error).strip().splitlines()[-1]}"
        return
    again, said = _reprinted(heir_opt, module_text(module, locations=False))
    if said:
        yield f"heir-opt can't read again: {said}"
        return
    for line in difflib.unified_diff(printed.splitlines(), again.splitlines(), n=0, lineterm=""):
        if line[:1] in "+-" and line[:3] not in ("+++", "---"):
            yield f"{'after our printing' if line[0] == '+' else 'by heir-opt'}: {line[1:].strip()}"


def _reprinted(heir_opt: Path, text: str) -> tuple[str, str]:
    """What heir-opt prints of a module, and the first line of what it complains of."""
    run = subprocess.run([str(heir_opt)], input=text, capture_output=True, text=True)
    lines = run.stderr.strip().splitlines() or [f"exit status {run.returncode}"]
    return run.stdout, lines[0] if run.returncode else ""


def all_properties(operations: Mapping[str, Syntax]) -> list[str]:
    """The names of the properties of all operations."""
    return sorted({name for syntax in operations.values() for name in syntax.properties})


def refused_properties(heir_opt: Path, operations: Mapping[str, Syntax]) -> set[tuple[str, str]]:
    """Pairs of an operation and a property that its custom syntax doesn't have."""
    candidates = all_properties(operations)
    said = diagnostics(
        heir_opt,
        (
            f"{name} {', '.join(['%x'] * count)} <{candidate} = 0>"
            for name, syntax in operations.items()
            for count in syntax.operands
            for candidate in candidates
        ),
    )
    return set(UNKNOWN_PROPERTY.findall(said))


def operation_differences(heir_opt: Path, found: set[str]) -> Iterator[str]:
    """Operations that only one of the two has."""
    ours = our_operations().keys()
    for name in sorted(registered(heir_opt, found | ours) ^ ours):
        yield f"operation {name}: only in {'he_dialects' if name in ours else 'heir-opt'}"


def property_differences(heir_opt: Path) -> Iterator[str]:
    """Properties that only one of the two has, of operations that both have."""
    ours = our_operations()
    theirs = registered(heir_opt, ours)
    shared = {name: ours[name] for name in ours if name in theirs and ours[name].properties}
    refused = refused_properties(heir_opt, shared)
    for name in sorted({name for name, _ in refused}):
        for candidate in all_properties(shared):
            accepted = (name, candidate) not in refused
            if accepted != (candidate in shared[name].properties):
                owner = "heir-opt" if accepted else "he_dialects"
                yield f"property {candidate} of {name}: only in {owner}"


def differences(heir_opt: Path) -> Iterator[str]:
    """What is only in one of the two, a line each."""
    found = names_in(binary_of(heir_opt))
    yield from operation_differences(heir_opt, found)
    yield from property_differences(heir_opt)
    yield from attribute_differences(heir_opt, found)
    yield from syntax_differences(heir_opt)


def main() -> int:
    """The command."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("--heir-opt", type=Path, default=default_heir_opt(), help="what to compare with")
    found = list(differences(parser.parse_args().heir_opt))
    print("\n".join(found) if found else "no drift")
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
