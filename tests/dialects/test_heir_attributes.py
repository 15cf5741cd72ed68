"""Attributes and types of HEIR's dialects: equality, sharing, and the forms that they are read in."""

from __future__ import annotations

from dataclasses import fields

import pytest
from he_dialects.ckks import CKKSTypes, SchemeParamAttr
from he_dialects.lwe import CiphertextType, InverseCanonicalEncodingAttr, PlaintextSpaceAttr
from he_dialects.lwe.rules import divide_space, multiply_spaces
from he_dialects.mod_arith import ModIntType
from he_dialects.parsing import parse_module
from he_dialects.polynomial import IntPolynomialAttr, RingAttr
from he_dialects.printing import module_text
from he_dialects.universe import DIALECTS
from xdsl.dialects.builtin import f64, i32
from xdsl.ir import ParametrizedAttribute
from xdsl.utils.exceptions import VerifyException

PRIMES = (1125899908022273, 1099511922689, 1099512938497)
TYPES = CKKSTypes(SchemeParamAttr.get(13, PRIMES, (1152921504606994433,), 40))


@pytest.mark.parametrize("dialect", DIALECTS)
def test_equality_regards_every_parameter(dialect: str) -> None:
    # Dataclasses don't see the fields of bases that are none, IRDL does.
    for attribute in DIALECTS[dialect]().attributes:
        if issubclass(attribute, ParametrizedAttribute):
            parameters = [name for name, _ in attribute.get_irdl_definition().parameters]
            assert [field.name for field in fields(attribute)] == parameters, attribute.name


def test_attributes_that_differ_are_not_equal() -> None:
    assert InverseCanonicalEncodingAttr.get(40) != InverseCanonicalEncodingAttr.get(80)
    assert TYPES.ciphertext(2, 40) != TYPES.ciphertext(2, 80)
    assert TYPES.public_key(1) != TYPES.public_key(2)
    assert InverseCanonicalEncodingAttr.get(40) == InverseCanonicalEncodingAttr.get(40)


def test_equal_attributes_have_one_hash() -> None:
    other = CKKSTypes(SchemeParamAttr.get(13, PRIMES, (1152921504606994433,), 40))
    assert TYPES.ciphertext(2, 40) is not other.ciphertext(2, 40)
    assert TYPES.ciphertext(2, 40) == other.ciphertext(2, 40)
    assert hash(TYPES.ciphertext(2, 40)) == hash(other.ciphertext(2, 40))


def test_types_are_built_once() -> None:
    assert TYPES.ciphertext(2, 40) is TYPES.ciphertext(2, 40)
    assert TYPES.plaintext(40) is TYPES.plaintext(40)
    assert TYPES.ciphertext(2, 80).ring is TYPES.ciphertext(2, 40).ring
    assert TYPES.secret_key(0) is TYPES.secret_key(0)
    assert TYPES.max_level == 2


def test_a_ciphertext_type_says_what_is_in_it() -> None:
    square = TYPES.ciphertext(1, 80, 3)
    assert (square.level, square.scale, square.size, square.tracks_scale) == (1, 80, 3, True)
    assert square.ring.degree == 1 << 13
    assert not TYPES.ciphertext(1, -1).tracks_scale
    square.verify()


def test_scales_follow_the_schemes() -> None:
    space = TYPES.plaintext_space
    assert multiply_spaces(space(40), space(35)) == space(75)
    assert multiply_spaces(space(40), space(-1)) == space(-1)
    assert divide_space(space(80), PRIMES[1]) == space(40)
    assert divide_space(space(100), PRIMES[1] * PRIMES[2]) == space(20)
    assert divide_space(space(0), PRIMES[1]) == space(0)


def test_integer_encodings_multiply_modulo_the_plaintext_modulus() -> None:
    program = (
        "func.func @f(%x: !lwe.lwe_plaintext<plaintext_space = <ring = <coefficientType = "
        "!mod_arith.int<17 : i64>, polynomialModulus = <1 + x**8>>, "
        "encoding = #lwe.full_crt_packing_encoding<scaling_factor = 5>>>) { return }"
    )
    function = parse_module(program).body.block.first_op
    assert function is not None
    space = function.regions[0].block.args[0].type.plaintext_space  # pyright: ignore
    assert isinstance(space, PlaintextSpaceAttr)
    assert multiply_spaces(space, space).encoding.scaling_factor.data == 25 % 17
    assert divide_space(space, 3).encoding.scaling_factor.data * 3 % 17 == 5
    with pytest.raises(VerifyException, match="34 can't be divided by"):
        divide_space(space, 34)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("<1 + x**1024>", ((1, 0), (1, 1024))),
        ("<x**3 + -2 x + 5>", ((5, 0), (-2, 1), (1, 3))),
        ("<0>", ()),
        ("<3x + 0x>", None),
    ],
)
def test_polynomials_are_read_in_any_order(text: str, expected: tuple[tuple[int, int], ...] | None) -> None:
    program = f"func.func @f() attributes {{p = #polynomial.int_polynomial{text}}} {{ return }}"
    if expected is None:
        with pytest.raises(Exception, match="occurs twice"):
            parse_module(program)
        return
    function = parse_module(program).body.block.first_op
    assert function is not None
    assert function.attributes["p"] == IntPolynomialAttr(expected)


def test_degrees() -> None:
    assert RingAttr.get(f64, 8192).degree == 8192
    assert RingAttr.get(f64).degree is None
    assert IntPolynomialAttr(()).degree == 0


def test_a_modulus_needs_room_for_the_sign() -> None:
    ModIntType.get((1 << 31) - 1, i32)
    with pytest.raises(VerifyException, match="have a bit to spare"):
        ModIntType.get(1 << 31, i32)


def test_types_without_aliases_are_written_out_and_read_again() -> None:
    text = "func.func @f(%x: !ct) -> !ct {\n  return %x : !ct\n}"
    module = parse_module(f"!ct = {TYPES.ciphertext(1, 40)}\n{text}")
    full = module_text(module, aliases=False)
    assert "!ct" not in full and full.count("modulus_chain") == 3
    again = parse_module(full)
    assert module_text(again, locations=False) == module_text(module, locations=False)


def test_nested_parts_may_be_aliases_full_or_bare() -> None:
    forms = {
        "bare": "<ring = <coefficientType = f64>, "
        "encoding = #lwe.inverse_canonical_encoding<scaling_factor = 4>>",
        "full": "#lwe.plaintext_space<ring = #polynomial.ring<coefficientType = f64>, "
        "encoding = #lwe.inverse_canonical_encoding<scaling_factor = 4>>",
        "alias": "#ps",
    }
    header = f"#ps = {forms['full']}\n"
    types = {
        parse_module(f"{header}func.func @f(%x: !lwe.lwe_plaintext<plaintext_space = {form}>) {{ return }}")
        .body.block.first_op.regions[0]  # pyright: ignore
        .block.args[0]
        .type
        for form in forms.values()
    }
    assert len(types) == 1


def test_ciphertexts_without_a_chain_have_no_level() -> None:
    like = TYPES.ciphertext(1, 40)
    program = (
        f"func.func @f(%x: !lwe.lwe_ciphertext<plaintext_space = {like.plaintext_space}, "
        f"ciphertext_space = {like.ciphertext_space}, key = <>>) {{ return }}"
    )
    function = parse_module(program).body.block.first_op
    assert function is not None
    ciphertext = function.regions[0].block.args[0].type
    assert isinstance(ciphertext, CiphertextType)
    assert ciphertext.level is None
