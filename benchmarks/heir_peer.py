"""What HEIR's own pipeline makes of a PyTorch model, counted. Needs the torch-mlir package."""

from __future__ import annotations

import re
from collections import Counter
from dataclasses import dataclass

import torch
from torch import Tensor, nn

from hetorch_heir.frontend.quiet import quiet
from hetorch_heir.heir.binaries import HEIR_OPT, run
from hetorch_heir.heir.pass_lists import Lowering

ENTRY = "main"


@dataclass(frozen=True)
class PeerCounts:
    """One evaluation: rotations, different rotation keys, ciphertext-plaintext products."""

    rotations: int
    keys: int
    products: int


def heir_counts(model: nn.Module, example: Tensor, slots: int) -> PeerCounts | None:
    """Counts of the program that heir-opt makes of a model, or None where torch-mlir is not installed.

    Packing, kernels and levels are HEIR's (``--torch-linalg-to-ckks``, kernels unrolled so that operations
    can be counted in the text); below that the program is lowered without merging rotations, as ours is.
    """
    try:
        from torch_mlir import fx
        from torch_mlir.compiler_utils import OutputType
    except ImportError:
        return None
    with torch.no_grad(), quiet():
        module = fx.export_and_import(model.eval(), example, output_type=OutputType.LINALG_ON_TENSORS)
    kernels = f"min-slot-count={slots} codegen-strategy=never-fold unroll-fhe-kernel-loops=true"
    arguments = [
        "--secretize",
        "--annotate-module=backend=openfhe scheme=ckks",
        f"--torch-linalg-to-ckks={kernels}",
        *Lowering("openfhe", "ckks", ENTRY, slots).arguments(),
    ]
    text = run(HEIR_OPT, arguments, str(module))
    counts = Counter(re.findall(r"= openfhe\.(\w+)", text))
    return PeerCounts(counts["rot"], len(_rotation_indices(text)), counts["mul_plain"])


def _rotation_indices(text: str) -> set[str]:
    match = re.search(r"openfhe\.gen_rotkey .*?indices = \[([^\]]*)\]", text)
    return set(match[1].replace(" ", "").split(",")) if match else set()
