import pytest
from he_dialects.parsing import parse_module

from hetorch_heir.core.errors import VerificationFailure
from hetorch_heir.export.mlir_check import check_text, check_with_mlir, mlir_bindings

PROGRAM = """
!ct = !hetorch.ct<8 : i64, 1 : i64, 40 : i64, 2 : i64>
func.func @main(%x: !ct) -> !ct {
  %y = hetorch.rotate %x, 3 : (!ct) -> !ct
  func.return %y : !ct
}
"""


def test_mlir_parses_what_we_print() -> None:
    assert check_with_mlir(parse_module(PROGRAM)) == "torch_mlir.ir"


def test_mlir_refuses_malformed_text() -> None:
    bindings = mlir_bindings()
    assert bindings is not None
    with pytest.raises(VerificationFailure, match="MLIR's own parser refuses"):
        check_text('"func.func"() ({', bindings)
