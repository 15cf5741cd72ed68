"""Time to read, verify and print ciphertext code, against as much code of xDSL's own dialects.

    python -m benchmarks.parse_speed [--operations 100000] [--write]

Each program is a function of many operations in one form, with types by their aliases as heir-opt prints
them unless its name says otherwise. The yardstick is an operation of ``arith`` with as many operands, read
by the same parser, verified and printed by xDSL. Every program runs in a process of its own, for the memory
that parsing takes. What is counted as objects are the types, properties and attributes of all operations:
as many as there are different ones, if none is copied.
"""

from __future__ import annotations

import argparse
import gc
import json
import re
import resource
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import asdict, dataclass
from io import StringIO
from pathlib import Path

from he_dialects.printing import module_text
from he_dialects.universe import register_dialects
from xdsl.context import Context
from xdsl.dialects.builtin import ModuleOp
from xdsl.ir import Attribute
from xdsl.parser import Parser
from xdsl.printer import Printer

from benchmarks.command import RESULTS, provenance

ALIASES = {
    "!q0": "!mod_arith.int<1125899908022273 : i64>",
    "!q1": "!mod_arith.int<1099511922689 : i64>",
    "#plain": "#polynomial.ring<coefficientType = f64, polynomialModulus = <1 + x**8192>>",
    "#ring": "#polynomial.ring<coefficientType = !rns.rns<!q0, !q1>, polynomialModulus = <1 + x**8192>>",
    "#ring0": "#polynomial.ring<coefficientType = !rns.rns<!q0>, polynomialModulus = <1 + x**8192>>",
    "#e40": "#lwe.inverse_canonical_encoding<scaling_factor = 40>",
    "#e80": "#lwe.inverse_canonical_encoding<scaling_factor = 80>",
    "#ps40": "#lwe.plaintext_space<ring = #plain, encoding = #e40>",
    "#ps80": "#lwe.plaintext_space<ring = #plain, encoding = #e80>",
    "#space": "#lwe.ciphertext_space<ring = #ring, encryption_type = mix>",
    "#space0": "#lwe.ciphertext_space<ring = #ring0, encryption_type = mix>",
    "#space3": "#lwe.ciphertext_space<ring = #ring, encryption_type = mix, size = 3>",
    "#chain": "#lwe.modulus_chain<elements = <1125899908022273 : i64, 1099511922689 : i64>, current = 1>",
    "#chain0": "#lwe.modulus_chain<elements = <1125899908022273 : i64, 1099511922689 : i64>, current = 0>",
    "!ct": "!lwe.lwe_ciphertext<plaintext_space = #ps40, ciphertext_space = #space, key = <>, "
    "modulus_chain = #chain>",
    "!ct_80": "!lwe.lwe_ciphertext<plaintext_space = #ps80, ciphertext_space = #space, key = <>, "
    "modulus_chain = #chain>",
    "!ct_0": "!lwe.lwe_ciphertext<plaintext_space = #ps40, ciphertext_space = #space0, key = <>, "
    "modulus_chain = #chain0>",
    "!ct_3": "!lwe.lwe_ciphertext<plaintext_space = #ps40, ciphertext_space = #space3, key = <>, "
    "modulus_chain = #chain>",
    "!ct_80_3": "!lwe.lwe_ciphertext<plaintext_space = #ps80, ciphertext_space = #space3, key = <>, "
    "modulus_chain = #chain>",
    "!pt": "!lwe.lwe_plaintext<plaintext_space = #ps40>",
    "!cc": "!openfhe.crypto_context",
    "!c": "!openfhe.ciphertext",
    "!p": "!openfhe.plaintext",
}


@dataclass(frozen=True)
class Program:
    """Operations of one form.

    Attributes:
        operands: their number, by which the yardstick is chosen.
        arguments: of the function around them.
        line: the operation; ``{i}`` is replaced by a number from 0 to 99.
        full: whether types are written in full at every use.
    """

    operands: int
    arguments: str
    line: str
    full: bool = False


YARDSTICKS = {
    1: Program(1, "%a: f32", "arith.negf %a : f32"),
    2: Program(2, "%a: i32", "arith.addi %a, %a : i32"),
    3: Program(3, "%a: i32, %c: i1", "arith.select %c, %a, %a : i32"),
}

PROGRAMS = {
    "ckks.add": Program(2, "%a: !ct", "ckks.add %a, %a : (!ct, !ct) -> !ct"),
    "ckks.mul": Program(2, "%a: !ct", "ckks.mul %a, %a : (!ct, !ct) -> !ct_80_3"),
    "ckks.mul_plain": Program(2, "%a: !ct, %p: !pt", "ckks.mul_plain %a, %p : (!ct, !pt) -> !ct_80"),
    "ckks.rotate": Program(1, "%a: !ct", "ckks.rotate %a <static_shift = {i} : index> : !ct"),
    "ckks.rescale": Program(1, "%a: !ct_80", "ckks.rescale %a <to_ring = #ring0> : !ct_80 -> !ct_0"),
    "ckks.relinearize": Program(
        1, "%a: !ct_3", "ckks.relinearize %a <from_basis = [0, 1, 2], to_basis = [0, 1]> : (!ct_3) -> !ct"
    ),
    "lwe.rlwe_encode": Program(
        1,
        "%a: tensor<8xf32>",
        "lwe.rlwe_encode %a <encoding = #e40, ring = #plain, level = 1> : tensor<8xf32> -> !pt",
    ),
    "ckks.add, types in full": Program(2, "%a: !ct", "ckks.add %a, %a : (!ct, !ct) -> !ct", full=True),
    "ckks.add, generic": Program(2, "%a: !ct", '"ckks.add"(%a, %a) : (!ct, !ct) -> !ct'),
    "arith.addf with mgmt.mgmt": Program(
        2,
        "%a: tensor<8xf32>",
        "arith.addf %a, %a {{mgmt.mgmt = #mgmt.mgmt<level = 1, scale = 40>}} : tensor<8xf32>",
    ),
    "openfhe.add": Program(3, "%cc: !cc, %a: !c", "openfhe.add %cc, %a, %a : (!cc, !c, !c) -> !c"),
    "openfhe.mul_plain": Program(
        3, "%cc: !cc, %a: !c, %p: !p", "openfhe.mul_plain %cc, %a, %p : (!cc, !c, !p) -> !c"
    ),
    "openfhe.rot": Program(
        2, "%cc: !cc, %a: !c", "openfhe.rot %cc, %a <static_shift = {i} : index> : (!cc, !c) -> !c"
    ),
    "openfhe.mod_reduce": Program(2, "%cc: !cc, %a: !c", "openfhe.mod_reduce %cc, %a : (!cc, !c) -> !c"),
}

ALIAS = re.compile(r"[!#]\w+(?![\w.])")


def text_of(program: Program, count: int) -> str:
    """A module of ``count`` operations."""
    body = "\n".join(f"  %{number} = {program.line.format(i=number % 100)}" for number in range(count))
    function = f"func.func @main({program.arguments}) {{\n{body}\n  func.return\n}}\n"
    if program.full:
        while (written := ALIAS.sub(lambda match: ALIASES[match[0]], function)) != function:
            function = written
        return function
    return "".join(f"{name} = {value}\n" for name, value in ALIASES.items()) + function


@dataclass(frozen=True)
class Measurement:
    """Seconds, megabytes, and the number of objects that are types, properties or attributes."""

    parse: float
    verify: float
    print: float
    megabytes: float
    objects: int


def measure(program: Program, count: int, *, with_aliases: bool) -> Measurement:
    """Parse, verify and print a program once."""
    text = text_of(program, count)
    context = Context()
    register_dialects(context)
    Parser(context, text_of(program, 1)).parse_module()  # so that the dialects are imported
    gc.collect()
    before = _resident_pages()
    modules: list[ModuleOp] = []

    def print_it() -> None:
        if with_aliases:
            module_text(modules[0])
        else:
            Printer(StringIO()).print_op(modules[0])

    parse = _seconds(lambda: modules.append(Parser(context, text).parse_module()))
    megabytes = (_resident_pages() - before) * resource.getpagesize() / 2**20
    verify = _seconds(modules[0].verify)
    return Measurement(
        parse, verify, _seconds(print_it), megabytes, len({id(one) for one in _attributes(modules[0])})
    )


def _resident_pages() -> int:
    return int(Path("/proc/self/statm").read_text().split()[1])


def _seconds(run: Callable[[], None]) -> float:
    start = time.process_time()
    run()
    return time.process_time() - start


def _attributes(module: ModuleOp) -> Iterator[Attribute]:
    for op in module.walk():
        yield from (value.type for value in (*op.operands, *op.results))
        yield from (*op.properties.values(), *op.attributes.values())


def measured_apart(kind: str, name: str, count: int) -> Measurement:
    """:func:`measure` in a process of its own."""
    command = [sys.executable, "-m", "benchmarks.parse_speed", "--only", f"{kind}:{name}"]
    run = subprocess.run([*command, "--operations", str(count)], capture_output=True, text=True, check=True)
    return Measurement(**json.loads(run.stdout))


def report(count: int) -> str:
    """The table."""
    lines = [
        f"# Reading {count:,} operations of ciphertext code",
        "",
        provenance("parse_speed", "xdsl"),
        "",
        "Ratios are to the `arith` operation with as many operands, in the first rows. Objects are the types,"
        " properties and attributes that the operations refer to; `ckks.rotate` and `openfhe.rot` have 100"
        " different shifts.",
        "",
        "| operations | operands | parse, s | ratio | memory, MB | ratio | verify, s | print, s | objects |",
        "|---|---|---|---|---|---|---|---|---|",
    ]
    yardsticks = {number: measured_apart("yardstick", str(number), count) for number in YARDSTICKS}
    for number, one in yardsticks.items():
        lines.append(_row(f"`{YARDSTICKS[number].line.split()[0]}`", number, one, one))
    for name, program in PROGRAMS.items():
        measured = measured_apart("program", name, count)
        lines.append(_row(f"`{name}`", program.operands, measured, yardsticks[program.operands]))
    return "\n".join(lines) + "\n"


def _row(name: str, operands: int, one: Measurement, yardstick: Measurement) -> str:
    return (
        f"| {name} | {operands} | {one.parse:.2f} | {one.parse / yardstick.parse:.2f} | {one.megabytes:.0f}"
        f" | {one.megabytes / yardstick.megabytes:.2f} | {one.verify:.2f} | {one.print:.2f} | {one.objects} |"
    )


def main() -> None:
    """Print the table, or keep it too."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("--operations", type=int, default=100_000)
    parser.add_argument("--write", action="store_true", help="keep the report in results/parse_speed.md")
    parser.add_argument("--only", help="measure one program, and print it as JSON")
    options = parser.parse_args()
    if options.only:
        kind, _, name = options.only.partition(":")
        program = YARDSTICKS[int(name)] if kind == "yardstick" else PROGRAMS[name]
        measured = measure(program, options.operations, with_aliases=kind == "program")
        print(json.dumps(asdict(measured)))
        return
    text = report(options.operations)
    print(text, end="")
    if options.write:
        RESULTS.mkdir(exist_ok=True)
        (RESULTS / "parse_speed.md").write_text(text)


if __name__ == "__main__":
    main()
