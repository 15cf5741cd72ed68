"""Aliases, locations and constants in printed modules."""

from io import StringIO
from typing import Any

import numpy as np
import pytest
from he_dialects import hetorch
from he_dialects.hetorch import CiphertextType
from he_dialects.parsing import parse_module
from he_dialects.printing import HEX_THRESHOLD, module_text, print_module
from hypothesis import given
from hypothesis import strategies as st
from xdsl.dialects import arith, func
from xdsl.dialects.builtin import (
    DenseIntOrFPElementsAttr,
    FileLineColLoc,
    IntAttr,
    ModuleOp,
    StringAttr,
    TensorType,
    f32,
    f64,
    i64,
)


def constant_module(attribute: DenseIntOrFPElementsAttr[Any]) -> ModuleOp:
    return ModuleOp([arith.ConstantOp(attribute)])


def rotations(*locations: FileLineColLoc | None) -> ModuleOp:
    ciphertext = CiphertextType.get(8, 1, 40)
    function = func.FuncOp("main", ([ciphertext], [ciphertext]))
    value = function.body.block.args[0]
    for location in locations:
        rotate = hetorch.RotateOp(value, 1, location=location)
        function.body.block.add_op(rotate)
        value = rotate.output
    function.body.block.add_op(func.ReturnOp(value))
    return ModuleOp([function])


def test_types_with_the_same_suggested_name_get_numbers() -> None:
    types = [CiphertextType.get(8, 1, scale) for scale in (40, 41, 42)]
    text = module_text(ModuleOp([func.FuncOp.external("f", types, [])]))
    assert "!ct_L1 = !hetorch.ct<8 : i64, 1 : i64, 40 : i64, 2 : i64>\n" in text
    assert "!ct_L1_1 = !hetorch.ct<8 : i64, 1 : i64, 41 : i64, 2 : i64>\n" in text
    assert "!ct_L1_2 = !hetorch.ct<8 : i64, 1 : i64, 42 : i64, 2 : i64>\n" in text
    assert "@f(!ct_L1, !ct_L1_1, !ct_L1_2)" in text


def test_a_location_is_defined_once_and_only_where_it_is_known() -> None:
    place = FileLineColLoc(StringAttr("model.py"), IntAttr(12), IntAttr(3))
    text = module_text(rotations(place, None, place))
    assert text.count('#loc = loc("model.py":12:3)\n') == 1
    assert text.count("loc(#loc)") == 2
    assert "loc" not in module_text(rotations(place, None), locations=False)


def test_without_aliases_everything_is_printed_in_full() -> None:
    text = module_text(rotations(None), aliases=False)
    assert text.startswith("builtin.module {")
    assert "!ct" not in text


def test_printing_to_a_stream_gives_the_same_text() -> None:
    stream = StringIO()
    print_module(rotations(None), stream)
    assert stream.getvalue() == module_text(rotations(None))


@given(
    st.lists(
        st.floats(allow_nan=False, allow_infinity=False, width=32),
        min_size=HEX_THRESHOLD + 1,
        max_size=40,
    ),
    st.sampled_from([(f32, "<f4"), (f64, "<f8")]),
)
def test_constants_are_read_back_exactly(values: list[float], kind: tuple[Any, str]) -> None:
    element_type, dtype = kind
    attribute = DenseIntOrFPElementsAttr.from_list(TensorType(element_type, [len(values)]), values)
    (constant,) = parse_module(module_text(constant_module(attribute))).ops
    assert isinstance(constant, arith.ConstantOp)
    read = constant.value
    assert isinstance(read, DenseIntOrFPElementsAttr)
    np.testing.assert_array_equal(np.frombuffer(read.data.data, dtype), np.array(values, dtype))


@pytest.mark.parametrize(
    ("attribute", "printed"),
    [
        (DenseIntOrFPElementsAttr.from_list(TensorType(f32, [100]), [0.5]), "dense<5.000000e-01> : "),
        (DenseIntOrFPElementsAttr.from_list(TensorType(f32, [2]), [0.5, 1.0]), "dense<[5.000000e-01, 1.0"),
        (DenseIntOrFPElementsAttr.from_list(TensorType(i64, [20]), list(range(20))), "dense<[0, 1, 2, "),
        (
            DenseIntOrFPElementsAttr.from_list(TensorType(f32, [9]), [0.0] * 8 + [1.0]),
            'dense<"0x' + "0" * 64 + '0000803F"> : ',
        ),
    ],
)
def test_only_long_constants_of_different_numbers_are_hex(
    attribute: DenseIntOrFPElementsAttr[Any], printed: str
) -> None:
    assert printed in module_text(constant_module(attribute))
