"""List what he_dialects and a heir-opt don't share: operations, and the properties of their custom syntax.

    python tools/dialect_drift.py [--heir-opt PATH]

Operations that heir-opt has are found among the names in its binary, and confirmed by having it parse them.
Properties are found by offering every name that any of our operations has to each operation. One line per
difference; the exit status is 1 if there are some.
"""

from __future__ import annotations

import argparse
import re
import subprocess
import sys
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from he_dialects.assembly import PropertyOp
from he_dialects.universe import DIALECTS
from xdsl.irdl import IRDLOperation, VarOperandDef

HEIR_DIALECTS = (
    *("secret", "mgmt", "tensor_ext", "lwe", "ckks", "bgv", "rns", "mod_arith", "polynomial", "openfhe"),
    *("lattigo", "kernel", "orion", "preprocessing", "key_mgmt", "cggi", "tfhe_rust", "tfhe_rust_bool"),
    "debug",
)
"""The dialects that are HEIR's; ``hetorch`` is ours, and those of MLIR are only extended."""

CHUNK = "\n// -----\n"
UNKNOWN_OPERATION = re.compile(r"unregistered operation '([\w.]+)'")
UNKNOWN_PROPERTY = re.compile(
    r"custom op '([\w.]+)' duplicate or unknown property in properties dictionary: (\w+)"
)


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


def differences(heir_opt: Path) -> Iterator[str]:
    """What is only in one of the two, a line each."""
    ours = our_operations()
    theirs = registered(heir_opt, names_in(binary_of(heir_opt)) | ours.keys())
    for name in sorted(theirs - ours.keys()):
        yield f"operation {name}: only in heir-opt"
    for name in sorted(ours.keys() - theirs):
        yield f"operation {name}: only in he_dialects"
    shared = {name: ours[name] for name in ours if name in theirs and ours[name].properties}
    refused = refused_properties(heir_opt, shared)
    for name in sorted({name for name, _ in refused}):
        for candidate in all_properties(shared):
            accepted = (name, candidate) not in refused
            if accepted != (candidate in shared[name].properties):
                owner = "heir-opt" if accepted else "he_dialects"
                yield f"property {candidate} of {name}: only in {owner}"


def main() -> int:
    """The command."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("--heir-opt", type=Path, default=default_heir_opt(), help="what to compare with")
    found = list(differences(parser.parse_args().heir_opt))
    print("\n".join(found) if found else "no drift")
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
