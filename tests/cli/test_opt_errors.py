"""Bad input of ``hetorch-opt``: one line with the place and what is wrong, exit code 1, no output file."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from he_dialects.parsing import parse_module
from hypothesis import given, settings
from hypothesis import strategies as st
from xdsl.utils.exceptions import ParseError, VerifyException

from hetorch_heir.cli.opt import main

VALID = """\
// A comment.
!q0 = !mod_arith.int<1099511922689 : i64>
!q1 = !mod_arith.int<1099512938497 : i64>
#ring = #polynomial.ring<coefficientType = !rns.rns<!q0, !q1>, polynomialModulus = <1 + x**8192>>
#plain = #polynomial.ring<coefficientType = f64, polynomialModulus = <1 + x**8192>>
#e = #lwe.inverse_canonical_encoding<scaling_factor = 40>
#chain = #lwe.modulus_chain<elements = <1099511922689 : i64, 1099512938497 : i64>, current = 1>
!ct = !lwe.lwe_ciphertext<plaintext_space = <ring = #plain, encoding = #e>, ciphertext_space = \
<ring = #ring, encryption_type = mix>, key = <>, modulus_chain = #chain>
module attributes {scheme.ckks, name = "a \\"quoted\\" text"} {
  func.func @f(%x: !ct, %w: tensor<4xf64>) -> !ct {
    %c1 = arith.constant 1 : index
    %0 = scf.for %i = %c1 to %c1 step %c1 iter_args(%a = %x) -> (!ct) {
      %r = ckks.rotate %a <static_shift = 4 : index> {tag = dense<[1.0, 2.5e-1]> : tensor<2xf32>} : !ct
      %s = ckks.add %r, %x : (!ct, !ct) -> !ct
      scf.yield %s : !ct
    }
    %g = "ckks.negate"(%0) : (!ct) -> !ct loc("model.py":3:4)
    func.return %g : !ct
  }
}
"""

BROKEN = {
    "an operation that doesn't exist": ("ckks.add", "ckks.plus", 14, "Operation ckks.plus is not registered"),
    "a dialect that doesn't exist": ("ckks.add", "cks.add", 14, "Operation cks.add is not registered"),
    "a property that doesn't exist": (
        "static_shift",
        "shift",
        13,
        "unexpected property 'shift' of ckks.rotate",
    ),
    "a type that doesn't exist": (
        "!lwe.lwe_ciphertext",
        "!lwe.ciphertext",
        8,
        "'lwe.ciphertext' is not registered",
    ),
    "an attribute that doesn't exist": (
        "#lwe.modulus_chain",
        "#lwe.chain",
        7,
        "'lwe.chain' is not registered",
    ),
    "an alias that doesn't exist": ("encoding = #e>", "encoding = #f>", 8, "undefined symbol alias '#f'"),
    "a parameter that doesn't exist": ("scaling_factor", "scale", 6, "unexpected parameter 'scale'"),
    "a parameter that is missing": ("key = <>, ", "", 8, "missing parameter 'key'"),
    "a parameter of another kind": (
        "scaling_factor = 40",
        "scaling_factor = mix",
        6,
        "Expected integer literal",
    ),
    "a level beyond the chain": ("current = 1", "current = 2", 7, "level 2 of a chain of 2 primes"),
    "a ring of another level": ("!rns.rns<!q0, !q1>", "!rns.rns<!q0>", 8, "the ring has 1 primes"),
    "a number out of range": (
        "!mod_arith.int<1099511922689",
        "!mod_arith.int<" + "9" * 25,
        2,
        "out of range",
    ),
    "a value that doesn't exist": ("%r, %x", "%q, %x", 14, "value %q is used but not defined"),
    "operands of two types": (
        "ckks.add %r, %x",
        "ckks.add %r, %w",
        14,
        "has been previously used or defined",
    ),
    "a string that isn't closed": (
        'text"}',
        "text}",
        9,
        "End of file reached before closing string literal",
    ),
    "a bracket that isn't closed": ("(!ct, !ct) -> !ct", "(!ct, !ct -> !ct", 14, "')' expected"),
    "a terminator that is missing": (
        "      scf.yield %s : !ct\n",
        "",
        12,
        "the body must yield the loop-carried values",
    ),
    "a region that isn't closed": ("    }\n", "", 20, "expected an operation or the end of the region"),
    "a constant of too many elements": ("tensor<2xf32>", "tensor<3xf32>", 13, ""),
    "a broken rule": ("%r, %x : (!ct, !ct)", "%r, %w : (!ct, tensor<4xf64>)", 14, "'ckks.add'"),
    "no text": (VALID, "", 1, "expected an operation or an alias"),
}


def message_of(text: str | bytes, folder: Path, capsys: pytest.CaptureFixture[str], *options: str) -> str:
    """What the command says of a module that it must refuse, without the path before the line."""
    source, output = folder / "in.mlir", folder / "out.mlir"
    source.write_bytes(text if isinstance(text, bytes) else text.encode())
    assert main([str(source), "-o", str(output), *options]) == 1
    said = capsys.readouterr()
    assert said.out == "" and not output.exists() and "Traceback" not in said.err
    assert said.err.count("\n") == 1
    return said.err.removeprefix(f"{source}:").rstrip()


def test_the_module_without_mistakes_is_taken() -> None:
    parse_module(VALID).verify()


@pytest.mark.parametrize("case", BROKEN)
def test_a_mistake_is_reported_at_its_place(
    case: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    old, new, line, message = BROKEN[case]
    assert VALID.count(old) >= 1
    said = message_of(VALID.replace(old, new, 1), tmp_path, capsys)
    assert re.match(rf"{line}:\d+: error: ", said), said
    assert message in said


@pytest.mark.parametrize("content", [b"\xff\xfe\x00", b"ML\xefR", b"module {\n}\n// \xff"])
def test_a_file_that_is_no_text(content: bytes, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    line = content.count(b"\n") + 1
    assert re.match(
        rf"{line}:\d+: error: expected MLIR as UTF-8 text, but there is a byte 0x",
        message_of(content, tmp_path, capsys),
    )


@pytest.mark.parametrize("text", ["module {" * 3000, "#a = " + "[" * 9000])
def test_text_nested_too_deeply(text: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert re.match(r"1:\d+: error: nested too deeply", message_of(text, tmp_path, capsys))


@pytest.mark.parametrize(
    ("pipeline", "message"),
    [
        ("no-such-pass", "no-such-pass"),
        ("lint-he{depth=3}", "depth"),
        ("lint-he{", "pipeline"),
        ("convert-hetorch-to-ckks", "error: "),
        ("convert-secret-to-hetorch", "the module is at ckks level, not at secret level"),
    ],
)
def test_a_pipeline_that_fails(
    pipeline: str, message: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert message.lower() in message_of(VALID, tmp_path, capsys, "-p", pipeline).lower()


def check_clean(text: str) -> None:
    """Parse and verify: either all is well, or there is an error of the documented kinds with a place."""
    try:
        module = parse_module(text, "fuzz.mlir")
    except ParseError as error:
        assert re.match(r"fuzz\.mlir:\d+:\d+$", str(error.span.get_location()))
        assert error.msg.strip()
        return
    try:
        module.verify()
    except VerifyException:
        return


@settings(max_examples=150, deadline=None)
@given(st.integers(0, len(VALID.rstrip()) - 1))
def test_truncated_text_is_never_taken_for_a_program(end: int) -> None:
    try:
        module = parse_module(VALID[:end], "fuzz.mlir")
    except ParseError as error:
        assert re.match(r"fuzz\.mlir:\d+:\d+$", str(error.span.get_location()))
    else:
        assert not list(module.ops)


INSERTIONS = ["", *'<>%!#"{}()[]=:,é\0', "0x", "->", "-1"]


@settings(max_examples=200, deadline=None)
@given(
    st.integers(0, len(VALID)),
    st.integers(0, 12),
    st.sampled_from(["", *'<>%!#"{}()[]=:,é\0', "0x", "->", "-1"]),
)
def test_damaged_text_is_read_or_refused_cleanly(start: int, length: int, inserted: str) -> None:
    check_clean(VALID[:start] + inserted + VALID[start + length :])


NUMBERS = [match.span() for match in re.finditer(r"\d+", VALID)]


@settings(max_examples=100, deadline=None)
@given(st.sampled_from(NUMBERS), st.sampled_from(["0", "-1", "1.5", "7", "9" * 25, "9" * 400, "0x1F"]))
def test_other_numbers_are_read_or_refused_cleanly(place: tuple[int, int], number: str) -> None:
    start, end = place
    check_clean(VALID[:start] + number + VALID[end:])
