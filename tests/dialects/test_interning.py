"""Texts that repeat in a module are read once."""

from __future__ import annotations

import pytest
from he_dialects import ckks
from he_dialects.parsing import parse_module
from xdsl.ir import Attribute, Operation
from xdsl.utils.exceptions import ParseError

from benchmarks.parse_speed import PROGRAMS, Program, text_of


def operations(program: Program, count: int) -> list[Operation]:
    """The operations that a benchmark program repeats."""
    module = parse_module(text_of(program, count))
    module.verify()
    return [op for op in module.walk() if op.results and not op.regions]


def objects(operations: list[Operation]) -> set[int]:
    """The identities of the types and properties of operations."""
    attributes: list[Attribute] = []
    for op in operations:
        attributes += [value.type for value in (*op.operands, *op.results)]
        attributes += op.properties.values()
    return {id(attribute) for attribute in attributes}


@pytest.mark.parametrize("name", [name for name in PROGRAMS if "mgmt" not in name])
def test_operations_of_one_form_share_their_types_and_properties(name: str) -> None:
    different = {attribute for op in operations(PROGRAMS[name], 120) for attribute in op.properties.values()}
    few = objects(operations(PROGRAMS[name], 120))
    many = objects(operations(PROGRAMS[name], 240))
    assert len(few) == len(many)
    assert len(different) <= len(few)


def test_shared_properties_are_no_shared_dictionary() -> None:
    first, second = operations(Program(1, "%a: !ct", ROTATION), 2)
    assert isinstance(first, ckks.ops.RotateOp) and isinstance(second, ckks.ops.RotateOp)
    assert first.static_shift is second.static_shift
    first.static_shift = None
    assert second.static_shift is not None


ROTATION = "ckks.rotate %a <static_shift = 3 : index> : !ct"


def test_a_comment_inside_a_text_does_not_end_it() -> None:
    rotation = "%0 = ckks.rotate %a <static_shift = 3 : index> // >\n : !ct"
    same = "%1 = ckks.rotate %a <static_shift = 3 : index> // > : !ct\n : !ct"
    program = text_of(Program(1, "%a: !ct", ROTATION), 0)
    module = parse_module(program.replace("  func.return", f"  {rotation}\n  {same}\n  func.return"))
    assert sum(isinstance(op, ckks.ops.RotateOp) for op in module.walk()) == 2


@pytest.mark.parametrize("broken", ["<static_shift = 3 : index", "<static_shift = 3 : index>> : !ct"])
def test_a_text_that_starts_like_one_known_is_still_checked(broken: str) -> None:
    program = text_of(Program(1, "%a: !ct", ROTATION), 1)
    with pytest.raises(ParseError):
        parse_module(program.replace("  func.return", f"  %x = ckks.rotate %a {broken}\n  func.return"))
