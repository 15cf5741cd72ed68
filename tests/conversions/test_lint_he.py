"""The lint stays silent on valid programs, and leaves them as they are."""

from __future__ import annotations

import pytest
from he_dialects.parsing import parse_module
from he_dialects.printing import module_text
from hypothesis import given, settings
from xdsl.context import Context
from xdsl.utils.exceptions import PassFailedException

from hetorch_heir.conversions.hetorch_to_ckks import ConvertHetorchToCkksPass
from hetorch_heir.conversions.hetorch_to_secret import ConvertHetorchToSecretPass
from hetorch_heir.conversions.lint_he import LintHEPass
from hetorch_heir.heir.binaries import HEIR_OPT, run
from tests.program_forms import programs

CONVERSIONS = {"ckks": ConvertHetorchToCkksPass, "secret": ConvertHetorchToSecretPass}

SUM_OF_PRODUCTS = """
func.func @f(%a: tensor<32xf32> {secret.secret}, %b: tensor<32xf32> {secret.secret}) -> tensor<32xf32> {
  %m = arith.mulf %a, %b : tensor<32xf32>
  %t = arith.addf %m, %a : tensor<32xf32>
  return %t : tensor<32xf32>
}
"""


@given(programs())
@settings(max_examples=30)
@pytest.mark.parametrize("target", CONVERSIONS)
@pytest.mark.parametrize("backend", ["openfhe", "lattigo"])
def test_our_own_programs_are_silent_and_unchanged(target: str, backend: str, program: str) -> None:
    module = parse_module(program)
    CONVERSIONS[target](backend=backend).apply(Context(), module)
    before = module_text(module)
    LintHEPass().apply(Context(), module)
    assert module_text(module) == before


@given(programs())
@settings(max_examples=10)
def test_a_ring_of_another_degree_is_found_in_any_of_them(program: str) -> None:
    module = parse_module(program)
    ConvertHetorchToCkksPass().apply(Context(), module)
    broken = module_text(module).replace("logN = 13", "logN = 12")
    with pytest.raises(PassFailedException, match="in a ring of degree 8192, expected 4096"):
        LintHEPass().apply(Context(), parse_module(broken))


@pytest.mark.parametrize("backend", ["openfhe", "lattigo"])
def test_what_heir_opt_makes_itself_is_silent(backend: str) -> None:
    arguments = [f"--annotate-module=backend={backend} scheme=ckks", "--mlir-to-ckks=min-slot-count=16"]
    LintHEPass().apply(Context(), parse_module(run(HEIR_OPT, arguments, SUM_OF_PRODUCTS)))
