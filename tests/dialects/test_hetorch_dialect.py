"""Construction of hetorch operations, and the IRDL file made from their definitions."""

import subprocess
import sys
from pathlib import Path

import pytest
from he_dialects import hetorch
from he_dialects.hetorch import CiphertextType, PlaintextType
from xdsl.dialects.builtin import FileLineColLoc, IntAttr, StringAttr, TensorType, f32, f64
from xdsl.ir import Attribute, SSAValue
from xdsl.utils.exceptions import VerifyException
from xdsl.utils.test_value import create_ssa_value

ROOT = Path(__file__).resolve().parents[2]

CT = CiphertextType.get(8, 3, 40)
SQUARE = CiphertextType.get(8, 3, 80, 3)
PT = PlaintextType.get(8, 3, 30)


def value(value_type: Attribute) -> SSAValue:
    return create_ssa_value(value_type)


def test_equal_numbers_give_the_same_type_object() -> None:
    assert CiphertextType.get(8, 3, 40) is CT
    assert CT.replace(level=2).replace(level=3) is CT
    assert CT.numbers == (8, 3, 40, 2)
    assert PlaintextType.get(8, 3, 30) is PT


@pytest.mark.parametrize(
    ("op", "expected"),
    [
        (hetorch.CAddOp(value(CT), value(CT)), CT),
        (hetorch.CAddOp(value(CT), value(CT.replace(dimension=3))), CT.replace(dimension=3)),
        (hetorch.CSubOp(value(CT.replace(dimension=3)), value(CT)), CT.replace(dimension=3)),
        (hetorch.CMultOp(value(CT), value(CT)), SQUARE),
        (hetorch.PAddOp(value(CT), value(PlaintextType.get(8, 3, 40))), CT),
        (hetorch.PSubOp(value(CT), value(PlaintextType.get(8, 3, 40))), CT),
        (hetorch.PMultOp(value(CT), value(PT)), CT.replace(scale=70)),
        (hetorch.NegateOp(value(SQUARE)), SQUARE),
        (hetorch.RotateOp(value(CT), 5), CT),
        (hetorch.RescaleOp(value(SQUARE), 41), CiphertextType.get(8, 2, 41, 3)),
        (hetorch.RelinearizeOp(value(SQUARE)), SQUARE.replace(dimension=2)),
        (hetorch.LevelReduceOp(value(CT), 2), CT.replace(level=1)),
        (hetorch.BootstrapOp(value(CT), 7, 45), CiphertextType.get(8, 7, 45)),
        (hetorch.EncodeOp(value(TensorType(f32, [8])), 3, 30), PT),
        (hetorch.EncryptOp(value(TensorType(f64, [8])), 3, 40), CT),
        (hetorch.DecryptOp(value(CT), f64), TensorType(f64, [8])),
    ],
    ids=lambda case: case.name if isinstance(case, hetorch.HETorchOp) else "",
)
def test_constructors_infer_result_types_that_verify(op: hetorch.HETorchOp, expected: Attribute) -> None:
    assert op.results[0].type == expected
    op.verify()


def test_every_operation_takes_a_location() -> None:
    location = FileLineColLoc(StringAttr("model.py"), IntAttr(12), IntAttr(3))
    assert hetorch.RotateOp(value(CT), 1, location=location).location is location
    assert hetorch.CMultOp(value(CT), value(CT), location=location).location is location


def test_constructors_refuse_values_of_other_types() -> None:
    with pytest.raises(TypeError, match=r"expected a value of type !hetorch\.ct, got f32"):
        hetorch.CAddOp(value(f32), value(CT))
    with pytest.raises(TypeError, match=r"expected a value of type !hetorch\.pt"):
        hetorch.PMultOp(value(CT), value(CT))
    with pytest.raises(TypeError, match="expected a tensor of one dimension"):
        hetorch.EncodeOp(value(TensorType(f32, [2, 4])), 3, 40)


def test_a_rescale_by_nothing_is_built_but_does_not_verify() -> None:
    with pytest.raises(VerifyException, match="the scale must become smaller"):
        hetorch.RescaleOp(value(CT), 40).verify()


def test_the_irdl_file_is_up_to_date() -> None:
    check = [sys.executable, str(ROOT / "tools" / "generate_irdl.py"), "--check"]
    result = subprocess.run(check, capture_output=True, text=True)
    assert result.returncode == 0, result.stderr


def test_the_irdl_file_defines_every_operation_and_type() -> None:
    text = (ROOT / "dialects" / "he_dialects" / "irdl" / "hetorch.irdl.mlir").read_text()
    for op in hetorch.HETorch.operations:
        assert f"irdl.operation @{op.name.removeprefix('hetorch.')} {{" in text
    for attribute in hetorch.HETorch.attributes:
        assert f"irdl.type @{attribute.name.removeprefix('hetorch.')} {{" in text
