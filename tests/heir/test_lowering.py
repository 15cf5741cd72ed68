"""Lowering with the pass lists, and the commands that do the same by hand."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest
from he_dialects import hetorch
from he_dialects.printing import module_text
from xdsl.context import Context
from xdsl.ir import Block, SSAValue

from hetorch_heir.conversions.hetorch_to_ckks import ConvertHetorchToCkksPass
from hetorch_heir.conversions.hetorch_to_secret import ConvertHetorchToSecretPass
from hetorch_heir.core.errors import HeirOptError
from hetorch_heir.heir import BACKENDS, binaries, hint, lower, translate
from hetorch_heir.heir.pass_lists import SOURCES
from tests.program_forms import SLOTS, program

PASSES = {"ckks": ConvertHetorchToCkksPass, "secret": ConvertHetorchToSecretPass}


def _body(block: Block) -> SSAValue:
    rotated = hetorch.RotateOp(block.args[0], 3)
    total = hetorch.CAddOp(block.args[0], rotated)
    block.add_ops([rotated, total])
    return total.output


def text(target: str, backend: str) -> str:
    module = program(1, _body)
    PASSES[target](backend=backend).apply(Context(), module)
    return module_text(module)


@pytest.mark.parametrize("backend", BACKENDS)
@pytest.mark.parametrize("target", PASSES)
def test_the_hint_does_by_hand_what_the_functions_do(target: str, backend: str, tmp_path: Path) -> None:
    file = tmp_path / "my program.mlir"
    file.write_text(text(target, backend))
    command = hint(backend=backend, entry_function="main", slots=SLOTS, target=target, path=str(file))
    folder = binaries.find(binaries.HEIR_OPT).parent
    done = subprocess.run(
        ["bash", "-c", command],
        env={"PATH": f"{folder}:/usr/bin:/bin"},
        capture_output=True,
        text=True,
        check=True,
    )
    lowered = lower(file, backend=backend, entry_function="main", slots=SLOTS, target=target)
    assert done.stdout == translate(lowered, SOURCES[backend])


def test_the_scaling_technique_is_the_one_under_which_our_rescales_count() -> None:
    lowered = lower(
        text("ckks", "openfhe"), backend="openfhe", entry_function="main", slots=SLOTS, target="ckks"
    )
    assert "scalingTechniqueFixedManual = true" in lowered
    assert "SetScalingTechnique(FIXEDMANUAL)" in translate(lowered, "openfhe-pke")


def test_keys_are_generated_for_the_rotations_of_the_entry_function() -> None:
    lowered = lower(
        text("secret", "openfhe"), backend="openfhe", entry_function="main", slots=SLOTS, target="secret"
    )
    assert "openfhe.gen_rotkey %cc, %sk <indices = [3]>" in lowered


@pytest.mark.parametrize(
    ("backend", "target", "message"),
    [("seal", "ckks", "there is no back end 'seal'"), ("openfhe", "bgv", "there is no target 'bgv'")],
)
def test_unknown_names_are_refused(backend: str, target: str, message: str) -> None:
    with pytest.raises(HeirOptError, match=message) as caught:
        lower("module {}", backend=backend, entry_function="main", slots=SLOTS, target=target)
    assert caught.value.hint is not None and "choose one of" in caught.value.hint


def test_an_unknown_translation_is_refused() -> None:
    with pytest.raises(HeirOptError, match="there is no translation 'rust'"):
        translate("module {}", "rust")


def test_a_program_at_the_wrong_level_is_an_error_of_heir_opt() -> None:
    with pytest.raises(HeirOptError, match="heir-opt failed"):
        lower(
            "func.func @main(%x: i32) -> i33 {\n  return %x : i32\n}",
            backend="openfhe",
            entry_function="main",
            slots=SLOTS,
            target="ckks",
        )
