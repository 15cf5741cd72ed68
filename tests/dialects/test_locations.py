"""Places of operations, in the parsed text or in the source that they came from."""

import pytest
from he_dialects.locations import place_of, verify_module
from he_dialects.parsing import parse_module
from xdsl.dialects import func
from xdsl.dialects.builtin import (
    UNKNOWN_LOC,
    CallSiteLoc,
    FileLineColLoc,
    FusedLoc,
    IntAttr,
    LocationAttr,
    NameLoc,
    NoneAttr,
    StringAttr,
)
from xdsl.utils.exceptions import ParseError, VerifyException

PLACE = FileLineColLoc(StringAttr("model.py"), IntAttr(12), IntAttr(3))
OTHER = FileLineColLoc(StringAttr("other.py"), IntAttr(1), IntAttr(1))


@pytest.mark.parametrize(
    ("location", "place"),
    [
        (PLACE, "model.py:12:3"),
        (NameLoc(StringAttr("layers.0"), PLACE), "model.py:12:3"),
        (NameLoc(StringAttr("layers.0"), NoneAttr()), "layers.0"),
        (CallSiteLoc(PLACE, OTHER), "model.py:12:3"),
        (FusedLoc((UNKNOWN_LOC, PLACE, OTHER), NoneAttr()), "model.py:12:3"),
        (UNKNOWN_LOC, None),
    ],
)
def test_the_place_of_an_operation(location: LocationAttr, place: str | None) -> None:
    assert place_of(func.ReturnOp.create(location=location)) == place


def test_operations_without_a_location_are_where_they_stand_in_the_text() -> None:
    first_line = 'func.func @f() {\n  "test.op"() : () -> ()\n'
    text = first_line + '  "test.op"() : () -> () loc("model.py":12:3)\n  return\n}'
    module = parse_module(text, "program.mlir")
    places = {op.name: place_of(op) for op in module.walk() if op.name in ("func.func", "func.return")}
    assert places == {"func.func": "program.mlir:1:1", "func.return": "program.mlir:4:3"}
    first, second = (op for op in module.walk() if op.name == "test.op")
    assert place_of(first) == "program.mlir:2:3"
    assert place_of(second) == "model.py:12:3"


def test_a_broken_rule_is_reported_with_its_place_in_one_line() -> None:
    ct = "!hetorch.ct<8 : i64, 0 : i64, 40 : i64, 2 : i64>"
    text = f"func.func @f(%x: {ct}) {{\n  %0 = hetorch.rotate %x, 8 : ({ct}) -> {ct}\n  return\n}}"
    with pytest.raises(VerifyException) as error:
        verify_module(parse_module(text, "program.mlir"))
    assert str(error.value) == (
        "program.mlir:2:3: error: 'hetorch.rotate' steps must be at least 1 and less than the number "
        "of slots: got 8 steps of 8 slots"
    )


def test_a_structural_error_is_reported_with_its_place_too() -> None:
    text = 'func.func @f() {\n  %0 = "arith.constant"() <{value = 1.0 : f32}> : () -> f64\n  return\n}'
    with pytest.raises(VerifyException, match=r"^program\.mlir:2:3: error: 'arith\.constant' "):
        verify_module(parse_module(text, "program.mlir"))


def test_types_that_make_no_valid_operation_are_a_parse_error() -> None:
    text = "func.func @f(%x: i32) {\n  %0 = secret.reveal %x : i32 -> i32\n  return\n}"
    with pytest.raises(ParseError) as error:
        parse_module(text, "program.mlir")
    assert str(error.value.span.get_location()) == "program.mlir:2:3"


def test_aliases_of_locations_may_be_defined_after_their_use() -> None:
    text = (
        'func.func @f() {\n  "test.op"() : () -> () loc(#loc1)\n  return\n}\n'
        '#loc = loc("model.py":12:3)\n#loc1 = loc(callsite(#loc at "other.py":1:1))\n'
    )
    op = next(op for op in parse_module(text).walk() if op.name == "test.op")
    assert place_of(op) == "model.py:12:3"


def test_an_alias_of_a_location_is_defined_only_once() -> None:
    definition = '#loc = loc("model.py":12:3)\n'
    with pytest.raises(ParseError, match="re-declaration of alias '#loc'"):
        parse_module(f"{definition}{definition}func.func private @f()")
