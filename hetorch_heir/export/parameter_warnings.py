"""What a user should know of the parameters that an export has chosen."""

from __future__ import annotations

from collections.abc import Iterator

from hetorch_heir.core.openfhe_parameters import openfhe_mismatch
from hetorch_heir.export.compilation import CompiledGraph
from hetorch_heir.export.value_ranges import first_bits_needed
from hetorch_heir.passes.management.annotation import scale_mismatch
from hetorch_heir.passes.management.tracked_scales import tracked_deviation

MAX_SCALE_MISMATCH = 1e-3
"""Relative deviation of scales above which the user is told."""


def parameter_warnings(compiled: CompiledGraph, library: str, lowered: bool) -> Iterator[str]:
    """One text for each thing to know.

    Args:
        compiled: the graph with its chain.
        library: that the program is for.
        lowered: whether it is lowered to that library, which then takes parameters its own way.
    """
    chain = compiled.chain
    if not chain.secure:
        yield (
            f"INSECURE parameters: log2(QP) = {chain.log_qp:.0f} at ring dimension 2^{chain.log_n} has less"
            " than 128-bit security"
        )
    if lowered and library == "lattigo":
        deviation = tracked_deviation(compiled.graph_module, compiled.context)
        if deviation > MAX_SCALE_MISMATCH:
            yield (
                f"Lattigo tracks scales exactly, and takes results for {deviation:.1%} more or less than they"
                " are; a larger scale (--scale-bits 50) has primes closer to it"
            )
    if lowered and library == "openfhe":
        mismatch = openfhe_mismatch(chain, first_bits_needed(compiled.room, chain))
        if mismatch:
            yield mismatch
    if chain.bootstrapping is not None and chain.bootstrapping.secret:
        yield (
            f"bootstraps on {library} take a secret key that is {chain.bootstrapping.secret}: that is not the"
            " uniform ternary one of the security guidelines"
        )
    mismatch = scale_mismatch(compiled.graph_module, compiled.context)
    if mismatch > MAX_SCALE_MISMATCH:
        yield (
            f"the scales of summands or results differ by {mismatch:.1%}, and they are off by as much; a"
            " larger scale (--scale-bits 50) has primes closer together"
        )
