"""Client functions, public inputs and files of weights on the way to both back ends."""

from pathlib import Path

import numpy as np
from he_dialects.locations import verify_module
from he_dialects.parsing import parse_module
from he_dialects.printing import module_text
from xdsl.context import Context
from xdsl.dialects.builtin import ModuleOp

from hetorch_heir.conversions.hetorch_to_secret import ConvertHetorchToSecretPass
from hetorch_heir.heir import lower, translate
from hetorch_heir.interpreter.program import run_program

PROGRAM = """
!ct = !hetorch.ct<4096 : i64, 1 : i64, 40 : i64, 2 : i64>
!scaled = !hetorch.ct<4096 : i64, 1 : i64, 80 : i64, 2 : i64>
!low = !hetorch.ct<4096 : i64, 0 : i64, 40 : i64, 2 : i64>
!pt = !hetorch.pt<4096 : i64, 1 : i64, 40 : i64>
!ptlow = !hetorch.pt<4096 : i64, 0 : i64, 40 : i64>
builtin.module attributes {scheme.ckks, scheme.requested_slot_count = 4096 : i64, scheme.actual_slot_count = 4096 : i64,
    ckks.schemeParam = #ckks.scheme_param<logN = 13, Q = [1125899908022273, 1099511922689], P = [1152921504606994433], logDefaultScale = 40>} {
  func.func @main(%x: !ct, %p: tensor<4096xf32>) -> !low {
    %e = tensor.empty() : tensor<3x4096xf32>
    %w = preprocessing.load_resource "w/rows.bin" into %e : (tensor<3x4096xf32>) -> tensor<3x4096xf32>
    %row = tensor.extract_slice %w[1, 0] [1, 4096] [1, 1] : tensor<3x4096xf32> to tensor<4096xf32>
    %0 = hetorch.encode %row : (tensor<4096xf32>) -> !pt
    %1 = hetorch.pmult %x, %0 : (!ct, !pt) -> !scaled
    %2 = hetorch.rescale %1 : (!scaled) -> !low
    %3 = hetorch.encode %p : (tensor<4096xf32>) -> !ptlow
    %4 = hetorch.padd %2, %3 : (!low, !ptlow) -> !low
    return %4 : !low
  }
  func.func @main__encrypt__arg0(%x: tensor<784xf32>) -> !ct attributes {heir.interface = {func_name = "main", index = 0 : i64, roles = ["client.encrypt"], model_input = 0 : i64}} {
    %c0 = arith.constant 0 : index
    %c1 = arith.constant 1 : index
    %c784 = arith.constant 784 : index
    %c1024 = arith.constant 1024 : index
    %c4096 = arith.constant 4096 : index
    %zero = arith.constant dense<0.0> : tensor<4096xf32>
    %p = scf.for %s = %c0 to %c4096 step %c1 iter_args(%acc = %zero) -> (tensor<4096xf32>) {
      %e = arith.remsi %s, %c1024 : index
      %in = arith.cmpi slt, %e, %c784 : index
      %new = scf.if %in -> (tensor<4096xf32>) {
        %v = tensor.extract %x[%e] : tensor<784xf32>
        %t = tensor.insert %v into %acc[%s] : tensor<4096xf32>
        scf.yield %t : tensor<4096xf32>
      } else {
        scf.yield %acc : tensor<4096xf32>
      }
      scf.yield %new : tensor<4096xf32>
    }
    %0 = hetorch.encrypt %p : (tensor<4096xf32>) -> !ct
    return %0 : !ct
  }
  func.func @main__pack__arg1(%x: tensor<10xf32>) -> tensor<4096xf32> attributes {heir.interface = {func_name = "main", index = 1 : i64, roles = ["client.pack"], model_input = 1 : i64}} {
    %c0 = arith.constant 0 : index
    %c1 = arith.constant 1 : index
    %c10 = arith.constant 10 : index
    %c4096 = arith.constant 4096 : index
    %zero = arith.constant dense<0.0> : tensor<4096xf32>
    %p = scf.for %s = %c0 to %c4096 step %c1 iter_args(%acc = %zero) -> (tensor<4096xf32>) {
      %e = arith.remsi %s, %c10 : index
      %v = tensor.extract %x[%e] : tensor<10xf32>
      %t = tensor.insert %v into %acc[%s] : tensor<4096xf32>
      scf.yield %t : tensor<4096xf32>
    }
    return %p : tensor<4096xf32>
  }
  func.func @main__decrypt__result0(%c: !low) -> tensor<1x10xf32> attributes {heir.interface = {func_name = "main", index = 0 : i64, roles = ["client.decrypt"], model_output = 0 : i64}} {
    %0 = hetorch.decrypt %c : (!low) -> tensor<4096xf32>
    %s = tensor.extract_slice %0[1] [10] [1] : tensor<4096xf32> to tensor<10xf32>
    %ss = tensor.expand_shape %s [[0, 1]] output_shape [1, 10] : tensor<10xf32> into tensor<1x10xf32>
    return %ss : tensor<1x10xf32>
  }
}
"""  # noqa: E501


def converted(module: ModuleOp, backend: str = "openfhe") -> ModuleOp:
    clone = module.clone()
    ConvertHetorchToSecretPass(backend=backend).apply(Context(), clone)
    verify_module(clone)
    return clone


def test_packing_loops_public_inputs_and_files_survive_the_way_to_both_back_ends(tmp_path: Path) -> None:
    (tmp_path / "w").mkdir()
    rows = np.random.default_rng(2).normal(size=(3, 4096)).astype("<f4")
    rows.tofile(tmp_path / "w" / "rows.bin")
    x, p = (np.random.default_rng(seed).normal(size=size).astype("<f4") for seed, size in ((3, 784), (4, 10)))
    expected = (x[1:11] * rows[1, 1:11] + np.roll(p, -1)).reshape(1, 10)

    module = parse_module(PROGRAM, "program.mlir")
    verify_module(module)
    lowered = {
        backend: lower(
            module_text(converted(module, backend)),
            backend=backend,
            entry_function="main",
            slots=4096,
            target="secret",
        )
        for backend in ("openfhe", "lattigo")
    }
    for run in (module, converted(module), parse_module(lowered["openfhe"], "lowered.mlir")):
        (output,) = run_program(run, [x, p], resource_dir=tmp_path)
        np.testing.assert_allclose(output, expected, rtol=1e-6)
    assert 'load_resource<float>("w/rows.bin", 12288)' in translate(lowered["openfhe"], "openfhe-pke")
    assert 'loadResource_float32("w/rows.bin", 12288)' in translate(lowered["lattigo"], "lattigo")
