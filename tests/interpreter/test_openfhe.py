"""The interpreter on HEIR's openfhe dialect, written by hand and as heir-opt prints it."""

from __future__ import annotations

from pathlib import Path
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

SLOTS = 16
DEPTH = 2
PRIMES = (1125899908022273, 1099511922689, 1099512938497)
TYPES = CKKSTypes(SchemeParamAttr.get(13, PRIMES, (1152921504606994433,), 40))
X = np.arange(1.0, SLOTS + 1)
Y = np.linspace(-1.0, 1.0, SLOTS)

ALIASES = """
!cc = !openfhe.crypto_context
!ct = !openfhe.ciphertext
!pt = !openfhe.plaintext
!dd = !openfhe.digit_decomp
!pk = !openfhe.public_key
!sk = !openfhe.private_key
"""
CONTEXT = """
func.func @context() -> !cc {
  %0 = openfhe.gen_params <mulDepth = 2, plainMod = 0, scalingModSize = 40> : () -> !openfhe.cc_params
  %1 = openfhe.gen_context %0 <supportFHE = true> : (!openfhe.cc_params) -> !cc
  return %1 : !cc
}
"""


def module(signature: str, *lines: str, context: str = CONTEXT) -> ModuleOp:
    body = "\n  ".join(lines)
    parsed = parse_module(
        f"{ALIASES}func.func @f(%cc: !cc, {signature} {{\n  {body}\n}}\n{context}", "test.mlir"
    )
    parsed.verify()
    return parsed


def call(program: ModuleOp, *vectors: NDArray[Any], level: int = DEPTH, scale: int = 40) -> Any:
    machine = Machine(program, CleartextDomain(SLOTS))
    domain = machine.domain
    operands = [domain.encrypt(domain.encode(vector), level=level, scale=scale) for vector in vectors]
    (result,) = machine.call("f", (None, *operands))
    return result


def one(op: str, operands: str, types: str) -> ModuleOp:
    """A function of one operation on %x, %y and the plaintext %p (2 in every slot)."""
    return module(
        "%x: !ct, %y: !ct) -> !ct",
        "%w = arith.constant dense<2.0> : tensor<16xf64>",
        "%c = arith.constant 3 : i64",
        "%p = openfhe.make_ckks_packed_plaintext %cc, %w : (!cc, tensor<16xf64>) -> !pt",
        f"%0 = openfhe.{op} %cc, {operands} : (!cc, {types}) -> !ct",
        "return %0 : !ct",
    )


PRODUCT = (DEPTH, 80, 2)
LONG = (DEPTH, 80, 3)
FRESH = (DEPTH, 40, 2)


@pytest.mark.parametrize(
    ("op", "operands", "types", "expected", "state"),
    [
        ("add", "%x, %y", "!ct, !ct", X + Y, FRESH),
        ("add_inplace", "%x, %y", "!ct, !ct", X + Y, FRESH),
        ("sub", "%x, %y", "!ct, !ct", X - Y, FRESH),
        ("sub_inplace", "%x, %y", "!ct, !ct", X - Y, FRESH),
        ("add_plain", "%p, %x", "!pt, !ct", X + 2, FRESH),
        ("add_plain_inplace", "%x, %p", "!ct, !pt", X + 2, FRESH),
        ("sub_plain", "%x, %p", "!ct, !pt", X - 2, FRESH),
        ("sub_plain", "%p, %x", "!pt, !ct", 2 - X, FRESH),
        ("sub_plain_inplace", "%p, %x", "!pt, !ct", 2 - X, FRESH),
        ("mul", "%x, %y", "!ct, !ct", X * Y, PRODUCT),
        ("mul_no_relin", "%x, %y", "!ct, !ct", X * Y, LONG),
        ("mul_plain", "%p, %x", "!pt, !ct", 2 * X, PRODUCT),
        ("mul_const", "%x, %c", "!ct, i64", 3 * X, PRODUCT),
        ("mul_const_inplace", "%x, %c", "!ct, i64", 3 * X, PRODUCT),
        ("square", "%x", "!ct", X * X, PRODUCT),
        ("square_inplace", "%x", "!ct", X * X, PRODUCT),
        ("negate", "%x", "!ct", -X, FRESH),
        ("negate_inplace", "%x", "!ct", -X, FRESH),
        ("bootstrap", "%x", "!ct", X, FRESH),
        ("rot", "%x <static_shift = -3 : index>", "!ct", np.roll(X, 3), FRESH),
        ("rot", "%x, %c", "!ct, i64", np.roll(X, -3), FRESH),
        ("level_reduce", "%x <levelToDrop = 2>", "!ct", X, (0, 40, 2)),
        ("level_reduce_inplace", "%x", "!ct", X, (1, 40, 2)),
    ],
)
def test_operations(
    op: str, operands: str, types: str, expected: NDArray[Any], state: tuple[int, int, int]
) -> None:
    result: Ciphertext[Any] = call(one(op, operands, types), X, Y)
    np.testing.assert_allclose(result.payload, expected)
    assert (result.level, result.scale_log2, result.dimension) == state


@pytest.mark.parametrize("suffix", ["", "_inplace"])
def test_products_are_relinearized_and_rescaled(suffix: str) -> None:
    program = module(
        "%x: !ct) -> !ct",
        "%0 = openfhe.mul_no_relin %cc, %x, %x : (!cc, !ct, !ct) -> !ct",
        f"%1 = openfhe.relin{suffix} %cc, %0 : (!cc, !ct) -> !ct",
        f"%2 = openfhe.mod_reduce{suffix} %cc, %1 : (!cc, !ct) -> !ct",
        "return %2 : !ct",
    )
    result = call(program, X)
    np.testing.assert_allclose(result.payload, X * X)
    assert (result.level, result.scale_log2, result.dimension) == (1, 40, 2)


def test_a_plaintext_adopts_the_degree_of_what_it_is_added_to_but_not_multiplied_with() -> None:
    program = module(
        "%x: !ct) -> !ct",
        "%w = arith.constant dense<2.0> : tensor<16xf64>",
        "%p = openfhe.make_ckks_packed_plaintext %cc, %w : (!cc, tensor<16xf64>) -> !pt",
        "%0 = openfhe.mul_plain %cc, %x, %p : (!cc, !ct, !pt) -> !ct",
        "%1 = openfhe.add_plain %cc, %0, %p : (!cc, !ct, !pt) -> !ct",
        "%2 = openfhe.mul_plain %cc, %1, %p : (!cc, !ct, !pt) -> !ct",
        "return %2 : !ct",
    )
    result = call(program, X)
    np.testing.assert_allclose(result.payload, 4 * X + 4)
    assert result.scale_log2 == 120


@pytest.mark.parametrize(("op", "expected"), [("add", X + Y), ("sub", X - Y), ("mul", X * Y)])
def test_the_operand_at_the_higher_level_is_brought_down(op: str, expected: NDArray[Any]) -> None:
    program = module(
        "%x: !ct, %y: !ct) -> !ct",
        "%0 = openfhe.level_reduce %cc, %y <levelToDrop = 2> : (!cc, !ct) -> !ct",
        f"%1 = openfhe.{op} %cc, %x, %0 : (!cc, !ct, !ct) -> !ct",
        "return %1 : !ct",
    )
    result: Ciphertext[Any] = call(program, X, Y)
    assert result.level == 0
    np.testing.assert_allclose(result.payload, expected)


SERIES = np.array([0.5, 1.0, -0.25, 0.125])


@pytest.mark.parametrize(("interval", "levels"), [((-1.0, 1.0), 2), ((-4.0, 2.0), 3)])
def test_a_chebyshev_series_halves_its_first_coefficient(interval: tuple[float, float], levels: int) -> None:
    lower, upper = interval
    program = module(
        "%x: !ct) -> !ct",
        f"%0 = openfhe.eval_chebyshev_series %cc, %x <coefficients = {SERIES.tolist()}, "
        f"domain_lower = {lower} : f64, domain_upper = {upper} : f64> : (!cc, !ct) -> !ct",
        "return %0 : !ct",
    )
    points = np.linspace(lower, upper, 16)
    result: Ciphertext[Any] = call(program, points, level=4)
    assert (result.level, result.scale_log2, result.dimension) == (4 - levels, 40, 2)
    t = (2 * points - lower - upper) / (upper - lower)
    np.testing.assert_allclose(
        result.payload, np.polynomial.chebyshev.chebval(t, SERIES) - SERIES[0] / 2, atol=1e-12
    )


def test_hoisted_rotations() -> None:
    program = module(
        "%x: !ct) -> !ct",
        "%i = arith.constant 5 : index",
        "%d = openfhe.fast_rotation_precompute %cc, %x : (!cc, !ct) -> !dd",
        "%0 = openfhe.fast_rotation %cc, %x, %i, %d <cyclotomicOrder = 0> : (!cc, !ct, index, !dd) -> !ct",
        "%1 = openfhe.fast_rotation_ext %cc, %x, %i, %d : (!cc, !ct, index, !dd) -> !ct",
        "%2 = openfhe.key_switch_down %cc, %1 : (!cc, !ct) -> !ct",
        "%3 = openfhe.add %cc, %0, %2 : (!cc, !ct, !ct) -> !ct",
        "return %3 : !ct",
    )
    np.testing.assert_array_equal(call(program, X).payload, 2 * np.roll(X, -5))


def test_encryption_and_decryption() -> None:
    program = module(
        "%v: tensor<16xf64>, %pk: !pk, %sk: !sk) -> tensor<4xf32>",
        "%0 = openfhe.make_ckks_packed_plaintext %cc, %v : (!cc, tensor<16xf64>) -> !pt",
        "%1 = openfhe.encrypt %cc, %0, %pk : (!cc, !pt, !pk) -> !ct",
        "%2 = openfhe.square %cc, %1 : (!cc, !ct) -> !ct",
        "%3 = openfhe.decrypt %cc, %2, %sk : (!cc, !ct, !sk) -> !pt",
        "%4 = openfhe.decode_ckks %3 : !pt -> tensor<4xf32>",
        "return %4 : tensor<4xf32>",
    )
    (result,) = Machine(program, CleartextDomain(SLOTS)).call("f", (None, X, None, None))
    assert result.dtype == np.float32
    np.testing.assert_array_equal(result, X[:4] ** 2)


def test_setting_up_a_context_does_nothing() -> None:
    program = module(
        "%sk: !sk) -> !cc",
        "openfhe.gen_mulkey %cc, %sk : (!cc, !sk) -> ()",
        "openfhe.gen_rotkey %cc, %sk <indices = [1]> : (!cc, !sk) -> ()",
        "openfhe.setup_bootstrap %cc <levelBudgetEncode = 3 : index, levelBudgetDecode = 3 : index> "
        ": (!cc) -> ()",
        "openfhe.gen_bootstrapkey %cc, %sk : (!cc, !sk) -> ()",
        "return %cc : !cc",
    )
    machine = Machine(program, CleartextDomain(SLOTS))
    assert machine.call("context", ()) == (None,)
    assert machine.call("f", (None, None)) == (None,)


@pytest.mark.parametrize(("depth", "level"), [(25, 5), (5, 5)])
def test_bootstrapping_takes_levels_of_the_depth_if_there_are_so_many(depth: int, level: int) -> None:
    program = module(
        "%x: !ct) -> !ct",
        "openfhe.setup_bootstrap %cc <levelBudgetEncode = 3 : index, levelBudgetDecode = 3 : index> "
        ": (!cc) -> ()",
        "%0 = openfhe.bootstrap %cc, %x : (!cc, !ct) -> !ct",
        "return %0 : !ct",
        context=CONTEXT.replace("mulDepth = 2", f"mulDepth = {depth}"),
    )
    assert call(program, X, level=0).level == level


@pytest.mark.parametrize(
    ("lines", "message"),
    [
        (
            [
                "%0 = openfhe.square %cc, %x : (!cc, !ct) -> !ct",
                "%1 = openfhe.add %cc, %0, %x : (!cc, !ct, !ct) -> !ct",
            ],
            r"openfhe\.add: operands of unequal scale \(log2\): 80 and 40",
        ),
        (
            [
                "%0 = openfhe.mul_no_relin %cc, %x, %x : (!cc, !ct, !ct) -> !ct",
                "%1 = openfhe.rot %cc, %0 <static_shift = 1 : index> : (!cc, !ct) -> !ct",
            ],
            r"openfhe\.rot: a ciphertext of dimension 3 can't be rotated: relinearize it first",
        ),
        (
            [
                "%0 = openfhe.level_reduce %cc, %x <levelToDrop = 2> : (!cc, !ct) -> !ct",
                "%s = openfhe.square %cc, %0 : (!cc, !ct) -> !ct",
                "%1 = openfhe.mod_reduce %cc, %s : (!cc, !ct) -> !ct",
            ],
            r"openfhe\.mod_reduce: a ciphertext at level 0 can't be rescaled",
        ),
        (
            ["%1 = openfhe.relin %cc, %x : (!cc, !ct) -> !ct"],
            r"openfhe\.relin: a ciphertext of dimension 2 needs no relinearization",
        ),
        (
            ["%1 = openfhe.level_reduce %cc, %x <levelToDrop = 3> : (!cc, !ct) -> !ct"],
            r"openfhe\.level_reduce: 3 levels can't be dropped from a ciphertext at level 2",
        ),
        (
            [
                "%i = arith.constant 5 : index",
                "%n = openfhe.negate %cc, %x : (!cc, !ct) -> !ct",
                "%d = openfhe.fast_rotation_precompute %cc, %n : (!cc, !ct) -> !dd",
                "%1 = openfhe.fast_rotation %cc, %x, %i, %d <cyclotomicOrder = 0> "
                ": (!cc, !ct, index, !dd) -> !ct",
            ],
            r"openfhe\.fast_rotation: the digits are those of another ciphertext",
        ),
        (
            [
                "%0 = openfhe.negate_inplace %cc, %x : (!cc, !ct) -> !ct",
                "%1 = openfhe.add %cc, %0, %x : (!cc, !ct, !ct) -> !ct",
            ],
            r"openfhe\.add: an operand was overwritten by an operation in place, and is read again",
        ),
    ],
)
def test_what_the_scheme_forbids_is_an_error_that_names_the_operation(lines: list[str], message: str) -> None:
    program = module("%x: !ct) -> !ct", *lines, "return %1 : !ct")
    with pytest.raises(ProgramError, match=message) as caught:
        call(program, X)
    assert caught.value.where is not None and caught.value.where.startswith("test.mlir:")


def test_a_program_without_parameters_is_refused() -> None:
    program = module(
        "%x: !ct) -> !ct",
        "%0 = openfhe.negate %cc, %x : (!cc, !ct) -> !ct",
        "return %0 : !ct",
        context="",
    )
    with pytest.raises(ProgramError, match="generates no OpenFHE parameters") as caught:
        call(program, X)
    assert caught.value.hint is not None and "--openfhe-configure-crypto-context" in caught.value.hint


def test_operations_that_need_a_real_key_can_not_be_run() -> None:
    program = module(
        "%x: !ct, %k: !openfhe.eval_key) -> !ct",
        "%0 = openfhe.key_switch %cc, %x, %k : (!cc, !ct, !openfhe.eval_key) -> !ct",
        "return %0 : !ct",
    )
    machine = Machine(program, CleartextDomain(SLOTS))
    with pytest.raises(ProgramError, match=r"openfhe\.key_switch can't be interpreted"):
        machine.call("f", (None, None, None))


# What heir-opt prints

HEADER = f"""
!ct = {TYPES.ciphertext(2, 40)}
!ct_80 = {TYPES.ciphertext(2, 80)}
!ct_L1 = {TYPES.ciphertext(1, 40)}
!pt = {TYPES.plaintext(40)}
#e = {TYPES.encoding(40)}
#rp = {TYPES.plaintext_ring}
#r1 = {TYPES.ring(1)}
module attributes {{scheme.ckks, backend.openfhe, scheme.actual_slot_count = {SLOTS} : i64,
    ckks.schemeParam = {SchemeParamAttr.get(13, PRIMES, (1152921504606994433,), 40)}}} {{
"""

BABY_GIANT = (
    HEADER
    + """
func.func @f(%x: !ct) -> !ct_L1 {
  %e = tensor.empty() : tensor<12x16xf64>
  %w = preprocessing.load_resource "weights.bin" into %e : (tensor<12x16xf64>) -> tensor<12x16xf64>
  %zero = arith.constant 0 : index
  %one = arith.constant 1 : index
  %giants = arith.constant 3 : index
  %babies = arith.constant 4 : index
  %x1 = ckks.rotate %x <static_shift = 1 : index> : !ct
  %x2 = ckks.rotate %x <static_shift = 2 : index> : !ct
  %x3 = ckks.rotate %x <static_shift = 3 : index> : !ct
  %none = arith.constant dense<0.0> : tensor<16xf64>
  %p = lwe.rlwe_encode %none <encoding = #e, ring = #rp, level = 2, scale = 40> : tensor<16xf64> -> !pt
  %start = ckks.mul_plain %x, %p : (!ct, !pt) -> !ct_80
  %sum = scf.for %j = %zero to %giants step %one iter_args(%acc = %start) -> (!ct_80) {
    %r0 = arith.muli %j, %babies : index
"""
    + "".join(
        f"""
    %k{k} = arith.constant {k} : index
    %r{k}_ = arith.addi %r0, %k{k} : index
    %w{k} = tensor.extract_slice %w[%r{k}_, 0] [1, 16] [1, 1] : tensor<12x16xf64> to tensor<16xf64>
    %p{k} = lwe.rlwe_encode %w{k} <encoding = #e, ring = #rp, level = 2, scale = 40> : tensor<16xf64> -> !pt
    %m{k} = ckks.mul_plain %x{k or ""}, %p{k} : (!ct, !pt) -> !ct_80"""
        for k in range(4)
    )
    + """
    %s1 = ckks.add %m0, %m1 : (!ct_80, !ct_80) -> !ct_80
    %s2 = ckks.add %s1, %m2 : (!ct_80, !ct_80) -> !ct_80
    %s3 = ckks.add %s2, %m3 : (!ct_80, !ct_80) -> !ct_80
    %g = ckks.rotate %s3, %r0 : index : !ct_80
    %next = ckks.add %acc, %g : (!ct_80, !ct_80) -> !ct_80
    scf.yield %next : !ct_80
  }
  %o = ckks.rescale %sum <to_ring = #r1> : !ct_80 -> !ct_L1
  return %o : !ct_L1
}
}
"""
)

SAFE = [
    "--ckks-to-lwe",
    "--lwe-to-openfhe",
    "--preprocessing-to-openfhe",
    "--openfhe-configure-crypto-context=entry-function=f scaling-technique-fixed-manual=true",
    "--canonicalize",
    "--cse",
]
DEFAULT = ["--scheme-to-openfhe=entry-function=f"]


@pytest.mark.parametrize(
    ("passes", "marks"),
    [(SAFE, ["openfhe.rot", "scf.for "]), (DEFAULT, ["fast_rotation", "scf.forall", "add_inplace"])],
    ids=["safe", "default"],
)
def test_loops_resources_and_hoisting_of_heir_opt(
    passes: list[str], marks: list[str], tmp_path: Path
) -> None:
    weights = np.random.default_rng(0).normal(size=(12, SLOTS))
    weights.tofile(tmp_path / "weights.bin")
    text = run(HEIR_OPT, passes, BABY_GIANT)
    assert all(mark in text for mark in marks)
    program = parse_module(text)
    program.verify()
    machine = Machine(program, CleartextDomain(SLOTS), resource_dir=tmp_path)
    domain = machine.domain
    encrypted = domain.encrypt(domain.encode(X), level=DEPTH, scale=40)
    (result,) = machine.call("f", (None, encrypted))
    expected = sum(
        np.roll(sum(weights[4 * j + k] * np.roll(X, -k) for k in range(4)), -4 * j) for j in range(3)
    )
    np.testing.assert_allclose(result.payload, expected)
    assert (result.level, result.scale_log2) == (1, 40)
    assert domain.counts["mul_plain"] == 13


ALIASING = (
    HEADER
    + """
func.func @f(%x: tensor<1x!ct>, %y: tensor<1x!ct>) -> tensor<1x!ct> {
  %0 = ckks.add %x, %y : (tensor<1x!ct>, tensor<1x!ct>) -> tensor<1x!ct>
  %1 = ckks.add %0, %y : (tensor<1x!ct>, tensor<1x!ct>) -> tensor<1x!ct>
  %2 = ckks.sub %1, %0 : (tensor<1x!ct>, tensor<1x!ct>) -> tensor<1x!ct>
  return %2 : tensor<1x!ct>
}
}
"""
)


def test_the_miscompilation_of_tensors_of_ciphertexts_by_the_default_pipeline_is_found() -> None:
    looped = run(HEIR_OPT, ["--convert-elementwise-to-affine=convert-dialects=ckks"], ALIASING)

    def compute(passes: list[str]) -> NDArray[Any]:
        program = parse_module(run(HEIR_OPT, passes, looped))
        program.verify()
        machine = Machine(program, CleartextDomain(SLOTS))
        operands = [np.empty(1, dtype=object) for _ in range(2)]
        for operand, vector in zip(operands, (X, Y), strict=True):
            operand[0] = machine.domain.encrypt(machine.domain.encode(vector), level=DEPTH, scale=40)
        return machine.call("f", (None, *operands))[0][0].payload

    np.testing.assert_allclose(compute(SAFE), Y)
    with pytest.raises(ProgramError, match="an operand was overwritten by an operation in place"):
        compute(DEFAULT)
