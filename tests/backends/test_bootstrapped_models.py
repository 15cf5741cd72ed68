"""Convolutions with bootstraps between them, exported and encrypted on OpenFHE."""

from __future__ import annotations

from pathlib import Path

from benchmarks.encrypted_bootstrap import export_stage, measure, stage
from hetorch_heir.backends.connection import Connection
from hetorch_heir.backends.session import Session

SLOTS = 2 * 8 * 8


def test_blocks_of_a_residual_network() -> None:
    """On a ring that is far too small to be secure; all ciphertexts are compared with their types."""
    measured = measure(*stage(channels=2, size=8, blocks=2), SLOTS, insecure=True)
    assert measured.bootstraps == 1
    assert measured.noise < 1e-5
    assert measured.error < 1e-5


def test_the_secure_ring_is_one_that_bootstraps_fit_in_memory(openfhe: Connection, tmp_path: Path) -> None:
    """A sparse secret takes fewer levels than the program accounts for, and so a smaller ring."""
    program, _ = export_stage(*stage(channels=2, size=8, blocks=2), SLOTS, tmp_path)
    parameters = program.parameters()
    Session(openfhe, "openfhe", program, parameters)
    context, _ = openfhe.call("describe")
    assert context["ring_dimension"] == 1 << 16
    assert len(context["moduli"]) == 22 < len(parameters.moduli)
    assert context["secret"] == "sparse, encapsulated"
