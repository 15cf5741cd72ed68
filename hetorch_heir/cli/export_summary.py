"""What ``hetorch-export`` says of a result: text for people, JSON for programs."""

from __future__ import annotations

import argparse
import resource
import sys
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from hetorch_heir.cli.export_options import STANDARD_STREAM
from hetorch_heir.cli.report_options import TABLE
from hetorch_heir.core.progress import Timings

if TYPE_CHECKING:
    from hetorch_heir.export.result import ExportResult


def json_summary(result: ExportResult, options: argparse.Namespace, timings: Timings) -> dict[str, Any]:
    """The numbers of an export; ``timings`` are those of the whole command."""
    summary = {**result.summary(), "model": options.model}
    if options.report is not None:
        summary["layers"] = [layer.values() for layer in result.layer_costs()]
    before = {name: timings.seconds.get((name,), 0.0) for name in ("import", "load")}
    summary["seconds"] = {**_rounded(before), **summary["seconds"]}
    summary["pass_seconds"] = _rounded(timings.within("passes"))
    peak = max(resource.getrusage(who).ru_maxrss for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN))
    summary["peak_memory_mb"] = round(peak / 1024, 1)
    return summary


def _rounded(seconds: dict[str, float]) -> dict[str, float]:
    return {name: round(value, 4) for name, value in seconds.items()}


def print_summary(result: ExportResult, options: argparse.Namespace, written: Sequence[str] = ()) -> None:
    """Print what was exported, to standard error: standard output may hold the program.

    Args:
        written: lines on the files written besides.
    """
    counts, chain = result.counts, result.chain
    lines = [
        f"{result.function}: {result.target}, {chain.slots} slots, ring dimension 2^{chain.log_n},"
        f" log2(QP) = {chain.log_qp:.0f}, {counts.levels} levels",
        f"  {counts.rotations} rotations ({len(counts.rotation_keys)} keys), {counts.products} plaintext"
        f" products, {counts.ct_products} ciphertext products, {counts.relinearizations} relinearizations,"
        f" {counts.rescales} rescales, {counts.bootstraps} bootstraps",
    ]
    if result.cost is not None:
        lines.append(f"  {result.cost}")
    if options.report == TABLE:
        from hetorch_heir.export.layer_report import layer_table  # imports torch

        lines.append(layer_table(result.layer_costs(), len(counts.rotation_keys), counts.levels))
    if options.params:
        from hetorch_heir.export.parameter_report import parameter_table  # imports torch

        lines.append(parameter_table(chain, result.scale_choice, result.room))
    lines += [f"  {activation}" for activation in result.activations]
    if result.degrees is not None:
        error, target = result.degrees.error, result.degrees.target_error
        lines.append(f"  outputs on the calibration data: error {error:.3g}, {target:g} allowed")
    if result.verification is not None:
        lines += [
            f"  verified {stage.stage:>7}: max error {stage.max_error:.3g}, mean {stage.mean_error:.3g}"
            f" ({stage.precision_bits:.1f} bits), same argmax {stage.argmax_agreement:.1%}"
            for stage in result.verification.stages
        ]
    if result.key_plans:
        from hetorch_heir.export.key_plans import describe_plans

        lines += [f"  {line}" for line in describe_plans(result.key_plans)]
    if options.output != STANDARD_STREAM:
        lines.append(f"  written: {options.output} ({result.output_bytes:,} bytes in all)")
    lines += written
    command = result.heir_command(options.output)
    if command is not None:
        lines += ["  lower it on with:", f"    {command}"]
    print("\n".join(lines), file=sys.stderr)
