"""``hetorch-export``: a PyTorch model in, MLIR for HEIR out."""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Sequence
from contextlib import redirect_stdout
from typing import TYPE_CHECKING

from hetorch_heir.cli.export_options import PROGRAM, STANDARD_STREAM, export_keywords, make_parser
from hetorch_heir.cli.export_summary import json_summary, print_summary
from hetorch_heir.cli.listing import print_listing
from hetorch_heir.cli.messages import report_errors, warn
from hetorch_heir.cli.progress import show_progress
from hetorch_heir.cli.report_options import check_report_options, write_reports
from hetorch_heir.core.errors import UsageError
from hetorch_heir.core.progress import Timings, listening, stage
from hetorch_heir.plugins import PASSES

ALL = "all"
"""Stands for every pass, in ``--dump-ir-after``."""

LEAST_SECONDS = 0.0005
"""What takes less is not worth a line of ``-v``; ``-vv`` has a line for everything."""

if TYPE_CHECKING:
    from torch.fx import GraphModule

    from hetorch_heir.export.result import ExportResult
    from hetorch_heir.passes.base import TransformationPass


def main(arguments: Sequence[str] | None = None) -> int:
    parser = make_parser()
    options = parser.parse_args(arguments)
    if options.listing is not None:
        return report_errors(PROGRAM, lambda: print_listing(PROGRAM, options))
    if options.json and options.output == STANDARD_STREAM:
        parser.error("--json and the program can't both go to standard output: give -o a file")
    return report_errors(PROGRAM, lambda: _run(options))


def _check_pass_names(names: Sequence[str]) -> None:
    """Refuse names of passes that there aren't, before any work is done."""
    for name in names:
        if name != ALL and name not in PASSES:
            raise UsageError(f"--dump-ir-after: there is no pass '{name}'", hint=PASSES.advice(name))


def _run(options: argparse.Namespace) -> int:
    _check_pass_names(options.dump_ir_after)
    check_report_options(options)
    timings = Timings()
    to_stream = options.output == STANDARD_STREAM
    # Passes that report print: standard output is for the program, or for JSON.
    with show_progress(quiet=options.quiet), listening(timings), redirect_stdout(sys.stderr):
        result = _exported(options, to_stream)
    if to_stream:
        sys.stdout.write(result.text)
        sys.stdout.flush()
    for message in result.warnings:
        warn(PROGRAM, message)
    written = write_reports(result, options)
    if options.json:
        print(json.dumps(json_summary(result, options, timings)))
    elif not options.quiet:
        print_summary(result, options, written)
    if options.verbose:
        print(timings.table(least=LEAST_SECONDS if options.verbose == 1 else 0.0), file=sys.stderr)
    return 0


def _exported(options: argparse.Namespace, to_stream: bool) -> ExportResult:
    # torch takes seconds to import: --help and usage errors do without it.
    with stage("import"):
        from hetorch_heir.export.api import export
        from hetorch_heir.frontend import load_model
    with stage("load"):
        loaded = load_model(
            options.model,
            state_dict=options.state_dict,
            input_shapes=options.input_shape,
            trust_pickle=options.trust_pickle,
        )
    return export(
        loaded.model,
        loaded.example_inputs,
        None if to_stream else options.output,
        example_kwargs=loaded.example_kwargs,
        after_pass=_Dump(options.dump_ir_after) if options.dump_ir_after else None,
        **export_keywords(options, loaded.name, to_stream),
    )


class _Dump:
    """Prints the graph after the passes of the names given, to standard error."""

    def __init__(self, names: Sequence[str]) -> None:
        self._names = names

    def __call__(self, step: TransformationPass, graph_module: GraphModule) -> None:
        if step.name in self._names or ALL in self._names:
            print(f"// after {step.name}\n{graph_module.graph}", file=sys.stderr)


if __name__ == "__main__":
    sys.exit(main())
