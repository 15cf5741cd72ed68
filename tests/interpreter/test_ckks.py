"""The interpreter on HEIR's ckks and lwe dialects."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from he_dialects.ckks import CKKSTypes, SchemeParamAttr
from he_dialects.parsing import parse_module
from numpy.typing import NDArray
from xdsl.dialects.builtin import ModuleOp

from hetorch_heir.core.errors import ProgramError
from hetorch_heir.heir.binaries import HEIR_OPT, run
from hetorch_heir.interpreter.cleartext import CleartextDomain
from hetorch_heir.interpreter.machine import Machine
from hetorch_heir.interpreter.values import Ciphertext

SLOTS = 8
PRIMES = (1125899908022273, 1099511922689, 1099512938497)
TYPES = CKKSTypes(SchemeParamAttr.get(13, PRIMES, (1152921504606994433,), 40))
X = np.arange(1.0, 9.0)
Y = np.linspace(-1.0, 1.0, SLOTS)

ALIASES = f"""
!ct = {TYPES.ciphertext(2, 40)}
!ct_80 = {TYPES.ciphertext(2, 80)}
!ct_120 = {TYPES.ciphertext(2, 120)}
!ct_d3 = {TYPES.ciphertext(2, 80, 3)}
!ct_L1 = {TYPES.ciphertext(1, 40)}
!ct_L0 = {TYPES.ciphertext(0, 40)}
!pt = {TYPES.plaintext(40)}
!pk = {TYPES.public_key(2)}
!sk = {TYPES.secret_key(2)}
#e = {TYPES.encoding(40)}
#rp = {TYPES.plaintext_ring}
#r1 = {TYPES.ring(1)}
#r0 = {TYPES.ring(0)}
"""


def module(signature: str, *lines: str, attributes: str = "") -> ModuleOp:
    body = "\n  ".join(lines)
    text = f"{ALIASES}\nmodule attributes {{{attributes}}} {{\nfunc.func @f({signature} {{\n  {body}\n}}\n}}"
    parsed = parse_module(text, "test.mlir")
    parsed.verify()
    return parsed


def machine(program: ModuleOp) -> Machine:
    return Machine(program, CleartextDomain(SLOTS, moduli=PRIMES))


def encrypted(on: Machine, values: NDArray[Any], level: int = 2, scale: int = 40) -> Ciphertext[Any]:
    return on.domain.encrypt(on.domain.encode(values, level=level, scale=scale))


def call(program: ModuleOp, *operands: Any) -> Any:
    (result,) = machine(program).call("f", operands)
    return result


def slots(*vectors: NDArray[Any]) -> list[Ciphertext[Any]]:
    on = machine(ModuleOp([]))
    return [encrypted(on, vector) for vector in vectors]


@pytest.mark.parametrize("dialect", ["ckks", "lwe"])
@pytest.mark.parametrize(
    ("name", "operands", "result", "expected"),
    [
        ("add", "%x, %y : (!ct, !ct)", "!ct", X + Y),
        ("sub", "%x, %y : (!ct, !ct)", "!ct", X - Y),
        ("mul", "%x, %y : (!ct, !ct)", "!ct_d3", X * Y),
        ("add_plain", "%p, %x : (!pt, !ct)", "!ct", X + 2),
        ("sub_plain", "%x, %p : (!ct, !pt)", "!ct", X - 2),
        ("sub_plain", "%p, %x : (!pt, !ct)", "!ct", 2 - X),
        ("mul_plain", "%p, %x : (!pt, !ct)", "!ct_80", 2 * X),
    ],
)
def test_arithmetic(dialect: str, name: str, operands: str, result: str, expected: NDArray[Any]) -> None:
    prefix = "lwe.r" if dialect == "lwe" else "ckks."
    program = module(
        f"%x: !ct, %y: !ct) -> {result}",
        "%w = arith.constant dense<2.0> : tensor<8xf64>",
        "%p = lwe.rlwe_encode %w <encoding = #e, ring = #rp, level = 2, scale = 40> : tensor<8xf64> -> !pt",
        f"%0 = {prefix}{name} {operands} -> {result}",
        f"return %0 : {result}",
    )
    np.testing.assert_allclose(call(program, *slots(X, Y)).payload, expected)


@pytest.mark.parametrize("op", ["ckks.negate", "lwe.rnegate"])
def test_negation(op: str) -> None:
    program = module("%x: !ct) -> !ct", f"%0 = {op} %x : !ct", "return %0 : !ct")
    np.testing.assert_array_equal(call(program, *slots(X)).payload, -X)


@pytest.mark.parametrize(("shift", "left"), [(3, 3), (-1, 7), (9, 1)])
def test_rotations_are_to_the_left_and_cyclic(shift: int, left: int) -> None:
    static = module(
        "%x: !ct) -> !ct", f"%0 = ckks.rotate %x <static_shift = {shift} : index> : !ct", "return %0 : !ct"
    )
    np.testing.assert_array_equal(call(static, *slots(X)).payload, np.roll(X, -left))
    dynamic = module("%x: !ct, %i: index) -> !ct", "%0 = ckks.rotate %x, %i : index : !ct", "return %0 : !ct")
    np.testing.assert_array_equal(call(dynamic, *slots(X), shift).payload, np.roll(X, -left))


def test_maintenance() -> None:
    program = module(
        "%x: !ct) -> !ct",
        "%0 = ckks.mul %x, %x : (!ct, !ct) -> !ct_d3",
        "%1 = ckks.relinearize %0 <from_basis = [0, 1, 2], to_basis = [0, 1]> : (!ct_d3) -> !ct_80",
        "%2 = ckks.rescale %1 <to_ring = #r1> : !ct_80 -> !ct_L1",
        "%3 = ckks.level_reduce %2 : !ct_L1 -> !ct_L0",
        "%4 = ckks.bootstrap %3 : !ct_L0 -> !ct",
        "return %4 : !ct",
    )
    result = call(program, *slots(X))
    np.testing.assert_array_equal(result.payload, X * X * (2.0**40 / PRIMES[2]))
    assert (result.level, result.scale_log2, result.dimension) == (2, 40, 2)


def test_a_rescale_may_drop_several_primes() -> None:
    program = module(
        "%x: !ct_120) -> !ct_L0",
        "%0 = ckks.rescale %x <to_ring = #r0> : !ct_120 -> !ct_L0",
        "return %0 : !ct_L0",
    )
    on = machine(program)
    (result,) = on.call("f", (encrypted(on, X, scale=120),))
    assert (result.level, result.scale_log2) == (0, 40)
    assert on.domain.counts["rescale"] == 2


def test_encryption_takes_level_and_scale_from_the_type() -> None:
    program = module(
        "%v: tensor<8xf32>, %pk: !pk, %sk: !sk) -> tensor<2x3xf32>",
        "%0 = lwe.rlwe_encode %v <encoding = #e, ring = #rp> : tensor<8xf32> -> !pt",
        "%1 = lwe.rlwe_encrypt %0, %pk : (!pt, !pk) -> !ct",
        "%2 = lwe.rlwe_decrypt %1, %sk : (!ct, !sk) -> !pt",
        "%3 = lwe.rlwe_decode %2 <encoding = #e, ring = #rp> : !pt -> tensor<2x3xf32>",
        "return %3 : tensor<2x3xf32>",
    )
    result = call(program, X.astype(np.float32), None, None)
    assert result.dtype == np.float32
    np.testing.assert_array_equal(result, X[:6].reshape(2, 3))


def test_one_number_can_be_decoded() -> None:
    program = module(
        "%x: !ct, %sk: !sk) -> f64",
        "%0 = lwe.rlwe_decrypt %x, %sk : (!ct, !sk) -> !pt",
        "%1 = lwe.rlwe_decode %0 <encoding = #e, ring = #rp> : !pt -> f64",
        "return %1 : f64",
    )
    assert call(program, *slots(X), None) == 1.0


def test_tensors_of_ciphertexts_are_worked_on_element_by_element() -> None:
    program = module(
        "%l: tensor<2x!ct>, %w: tensor<2x8xf64>) -> tensor<2x!ct_80>",
        "%0 = ckks.add %l, %l : (tensor<2x!ct>, tensor<2x!ct>) -> tensor<2x!ct>",
        "%p = lwe.rlwe_encode %w <encoding = #e, ring = #rp, level = 2> : tensor<2x8xf64> -> tensor<2x!pt>",
        "%1 = ckks.mul_plain %0, %p : (tensor<2x!ct>, tensor<2x!pt>) -> tensor<2x!ct_80>",
        "%2 = ckks.rotate %1 <static_shift = 1 : index> : tensor<2x!ct_80>",
        "return %2 : tensor<2x!ct_80>",
    )
    operands = np.empty(2, dtype=object)
    operands[:] = slots(X, Y)
    result = call(program, operands, np.stack([Y, X]))
    for each in result:
        np.testing.assert_allclose(each.payload, np.roll(2 * X * Y, -1))


def test_heir_opts_loops_over_tensors_of_ciphertexts_are_run() -> None:
    text = (
        f"{ALIASES}\nfunc.func @f(%x: tensor<2x!ct>) -> tensor<2x!ct> {{\n"
        "  %0 = ckks.add %x, %x : (tensor<2x!ct>, tensor<2x!ct>) -> tensor<2x!ct>\n"
        "  return %0 : tensor<2x!ct>\n}"
    )
    looped = run(HEIR_OPT, ["--convert-elementwise-to-affine=convert-dialects=ckks"], text)
    assert "affine.for" in looped
    program = parse_module(looped)
    program.verify()
    operands = np.empty(2, dtype=object)
    operands[:] = slots(X, Y)
    result = call(program, operands)
    np.testing.assert_array_equal(result[0].payload, 2 * X)
    np.testing.assert_array_equal(result[1].payload, 2 * Y)


UNTRACKED = TYPES.ciphertext(2, -1)
PARAMETERS = f"ckks.schemeParam = {SchemeParamAttr.get(13, PRIMES, (), 40)}"
UNTRACKED_LINES = (
    f"%v: tensor<8xf64>, %pk: !pk) -> {UNTRACKED}",
    f"%0 = lwe.rlwe_encode %v <encoding = {TYPES.encoding(-1)}, ring = #rp> : tensor<8xf64> -> "
    f"{TYPES.plaintext(-1)}",
    f"%1 = lwe.rlwe_encrypt %0, %pk : ({TYPES.plaintext(-1)}, !pk) -> {UNTRACKED}",
    f"return %1 : {UNTRACKED}",
)


def test_a_scale_that_is_not_tracked_is_the_default_one() -> None:
    result = call(module(*UNTRACKED_LINES, attributes=PARAMETERS), X, None)
    assert (result.level, result.scale_log2) == (2, 40)


def test_a_scale_that_nothing_gives_is_an_error() -> None:
    with pytest.raises(ProgramError, match="the type doesn't give a scale"):
        call(module(*UNTRACKED_LINES), X, None)


def test_a_wrong_argument_is_found_by_its_type_and_named() -> None:
    program = module("%x: !ct) -> !ct", "%0 = ckks.negate %x : !ct", "return %0 : !ct")
    on = machine(program)
    with pytest.raises(
        ProgramError, match=r"ckks\.negate: the result has level 1, but its type says 2"
    ) as caught:
        on.call("f", (encrypted(on, X, level=1),))
    assert caught.value.where is not None and caught.value.where.startswith("test.mlir:")


def test_decoding_more_than_the_slots_is_an_error() -> None:
    program = module(
        "%x: !ct, %sk: !sk) -> tensor<9xf64>",
        "%0 = lwe.rlwe_decrypt %x, %sk : (!ct, !sk) -> !pt",
        "%1 = lwe.rlwe_decode %0 <encoding = #e, ring = #rp> : !pt -> tensor<9xf64>",
        "return %1 : tensor<9xf64>",
    )
    with pytest.raises(ProgramError, match="more elements than the 8 slots"):
        call(program, *slots(X), None)
