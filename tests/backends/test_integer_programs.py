"""heir-opt's BGV and BFV programs on OpenFHE: integers modulo 65537, exactly."""

from __future__ import annotations

import re
from pathlib import Path

import numpy as np
import pytest
from he_dialects.parsing import parse_module

from hetorch_heir.backends.connection import Connection
from hetorch_heir.backends.errors import BackendError
from hetorch_heir.backends.integer_programs import IntegerProgram, load_program
from hetorch_heir.backends.session import Session, operation_counts
from hetorch_heir.cli.run import main
from hetorch_heir.core.errors import ParameterError, ProgramError
from hetorch_heir.heir.binaries import HEIR_OPT, run

DOT = """
func.func @f(%a: tensor<8xi16> {secret.secret}, %b: tensor<8xi16> {secret.secret}) -> i16 {
  %z = arith.constant dense<1> : tensor<i16>
  %r = linalg.dot ins(%a, %b : tensor<8xi16>, tensor<8xi16>) outs(%z : tensor<i16>) -> tensor<i16>
  %s = tensor.extract %r[] : tensor<i16>
  return %s : i16
}
"""

DEEP = """
func.func @f(%a: tensor<8xi16> {secret.secret}, %b: tensor<8xi16> {secret.secret}) -> tensor<8xi16> {
  %c = arith.constant dense<[1, 2, 3, 4, -1, -2, -3, -4]> : tensor<8xi16>
  %0 = arith.muli %a, %b : tensor<8xi16>
  %1 = arith.muli %0, %0 : tensor<8xi16>
  %2 = arith.muli %1, %c : tensor<8xi16>
  %3 = arith.subi %2, %a : tensor<8xi16>
  return %3 : tensor<8xi16>
}
"""
A = np.array([-3, -2, -1, 0, 1, 2, 3, 4], dtype=np.int16)
B = np.array([5, -4, 3, -2, 1, 0, 2, -1], dtype=np.int16)
C = np.array([1, 2, 3, 4, -1, -2, -3, -4])
SCHEMES = ("bgv", "bfv")


def heir(program: str, scheme: str, *, lowered: bool = True) -> str:
    passes = [
        f"--annotate-module=backend=openfhe scheme={scheme}",
        f"--mlir-to-{scheme}=min-slot-count=8",
    ]
    if lowered:
        passes.append("--scheme-to-openfhe=entry-function=f scaling-technique-fixed-manual=true")
    return run(HEIR_OPT, passes, program)


def loaded(text: str) -> IntegerProgram:
    module = parse_module(text)
    module.verify()
    program = load_program(module, Path(), text)
    assert isinstance(program, IntegerProgram)
    return program


@pytest.mark.parametrize("scheme", SCHEMES)
@pytest.mark.parametrize(
    ("text", "expected"), [(DOT, A @ B + 1), (DEEP, (A * B) ** 2 * C - A)], ids=["dot product", "products"]
)
def test_results_are_exact(text: str, expected: np.ndarray, scheme: str, openfhe: Connection) -> None:
    program = loaded(heir(text, scheme))
    session = Session(openfhe, "openfhe", program, program.parameters())
    session.generate_keys()
    ((output,),) = session.run([[A, B]], check=True)
    assert output.tolist() == expected.tolist()


@pytest.mark.parametrize("scheme", SCHEMES)
def test_client_and_server_apart(scheme: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    Path("f.mlir").write_text(heir(DOT, scheme))
    np.save("a.npy", A)
    np.save("b.npy", B)
    for command in (
        ["keygen", "f.mlir", "--client", "c", "--server", "s"],
        ["encrypt", "f.mlir", "--client", "c", "-i", "a.npy", "-i", "b.npy", "-o", "in"],
        ["eval", "f.mlir", "--server", "s", "--inputs", "in", "-o", "out"],
        ["decrypt", "f.mlir", "--client", "c", "--inputs", "out", "-o", "y.npy"],
    ):
        assert main(command) == 0
    assert np.load("y.npy") == A @ B + 1


def test_other_backends_refuse_them(
    seal: Connection, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    text = heir(DOT, "bgv")
    program = loaded(text)
    with pytest.raises(BackendError, match="seal runs CKKS only, not BGV"):
        Session(seal, "seal", program, program.parameters())
    with pytest.raises(ProgramError, match="not interpreted in the clear"):
        program.run_in_the_clear([A, B])


def test_programs_that_are_not_lowered_are_refused() -> None:
    with pytest.raises(ProgramError, match="generates no OpenFHE parameters") as raised:
        loaded(heir(DOT, "bgv", lowered=False))
    assert "--scheme-to-openfhe" in (raised.value.hint or "")


def test_parameters_that_are_not_checked_need_a_word() -> None:
    program = loaded(heir(DOT, "bgv").replace("plainMod = 65537", "plainMod = 65537, insecure = true"))
    with pytest.raises(ParameterError, match="not checked"):
        program.parameters()
    assert not program.parameters(insecure=True).secure


@pytest.mark.parametrize("values", [A.astype(np.int64) * 100_000, A / 2], ids=["too large", "no integers"])
def test_inputs_that_the_type_does_not_hold_are_refused(values: np.ndarray, openfhe: Connection) -> None:
    program = loaded(heir(DOT, "bfv"))
    with pytest.raises(ProgramError, match="input 0 has values that i16 does not hold"):
        program.pack([values, B])


def test_modulus_switches_are_carried_out(openfhe: Connection) -> None:
    """heir-opt inserts none into so short a program; this one follows the first product."""
    text = heir(DEEP, "bgv")
    before, relinearization, after = re.split(r"(?<=\n)( *%ct_1 = openfhe.relin_inplace [^\n]*\n)", text)
    switch = "    %less = openfhe.mod_reduce %cc, %ct_1 : (!cc, !ct) -> !ct\n"
    program = loaded(before + relinearization + switch + re.sub(r"%ct_1\b", "%less", after))
    session = Session(openfhe, "openfhe", program, program.parameters())
    session.generate_keys()
    ((output,),) = session.run([[A, B]], check=True)
    assert output.tolist() == ((A * B) ** 2 * C - A).tolist()
    counts = operation_counts(session.load())
    assert counts["rescale"] == 1 and counts["level_reduce"] >= 1
