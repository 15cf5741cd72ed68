"""heir-opt's own pipeline for PyTorch: packing, kernels, levels and parameters are HEIR's.

The model goes through torch-mlir to linalg, and from there through ``--torch-linalg-to-ckks``. Its weights
are not folded into packed constants (``codegen-strategy=never-fold``), which takes heir-opt a fortieth of the
time and changes no count. Below the ckks dialect it is lowered by the same passes as this project's programs:
``--scheme-to-openfhe`` makes rescales in place of ciphertexts that its loops read again, which computes
something else.
"""

from __future__ import annotations

from pathlib import Path

import torch
from torch import Tensor, nn

from benchmarks.networks import NETWORKS, output_of
from benchmarks.peers.apart import serve
from benchmarks.peers.counting import counts_of, open_program
from benchmarks.peers.measurement import Compilation, peak_megabytes, stopwatch
from benchmarks.peers.samples import PROGRAM, save_sample
from hetorch_heir.frontend.quiet import quiet
from hetorch_heir.heir.binaries import HEIR_OPT, run
from hetorch_heir.heir.pass_lists import Lowering

ENTRY = "main"


def arguments(slots: int) -> list[str]:
    """The options of heir-opt, from linalg on tensors to the openfhe dialect."""
    return [
        "--mlir-disable-threading",
        "--secretize",
        "--annotate-module=backend=openfhe scheme=ckks",
        f"--torch-linalg-to-ckks=min-slot-count={slots} codegen-strategy=never-fold",
        *Lowering("openfhe", "ckks", ENTRY, slots).arguments(),
    ]


def linalg(model: nn.Module, example: Tensor) -> str:
    """What torch-mlir makes of a model."""
    from torch_mlir import fx
    from torch_mlir.compiler_utils import OutputType

    with torch.no_grad(), quiet():
        return str(fx.export_and_import(model.eval(), example, output_type=OutputType.LINALG_ON_TENSORS))


def compile_network(network: str, slots: int, folder: str) -> Compilation:
    """Compiles a network with HEIR; the program is counted by executing it on nothing but registers."""
    torch.set_num_threads(1)
    model, example = NETWORKS[network]()
    path = Path(folder) / PROGRAM
    with stopwatch() as seconds:
        path.write_text(run(HEIR_OPT, arguments(slots), linalg(model, example)))
    memory, size = peak_megabytes(), path.stat().st_size
    save_sample(Path(folder), example.numpy(), output_of(model, example).numpy())
    return Compilation(slots, counts_of(open_program(path)), seconds.wall, seconds.cpu, memory, size / 1e6)


if __name__ == "__main__":
    serve(compile_network)
