"""``hetorch-export``: a PyTorch model in, MLIR for HEIR out."""

from __future__ import annotations

import argparse
import json
import resource
import sys
import time
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import hetorch_heir
from hetorch_heir.cli.messages import report_errors, warn

if TYPE_CHECKING:
    from torch.fx import GraphModule

    from hetorch_heir.export.result import ExportResult
    from hetorch_heir.passes.base import TransformationPass

PROGRAM = "hetorch-export"
STANDARD_STREAM = "-"


def make_parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog=PROGRAM,
        description="Compile a trained PyTorch model to a homomorphic-encryption program for HEIR.",
        epilog="example: hetorch-export model.pt2 -o out.mlir --calibrate inputs.npy --verify",
    )
    parser.add_argument(
        "model", help=".pt2 (torch.export), TorchScript .pt, package.module:factory, or - for standard input"
    )
    parser.add_argument(
        "-o", "--output", required=True, metavar="OUT", help="the program; - for standard output"
    )
    parser.add_argument("--version", action="version", version=f"%(prog)s {hetorch_heir.__version__}")

    model = parser.add_argument_group("model")
    model.add_argument("--state-dict", metavar="FILE", help="weights for package.module:factory")
    model.add_argument(
        "--input-shape",
        action="append",
        type=_shape,
        metavar="D0,D1,…",
        help="shape of an input; repeat for more",
    )
    model.add_argument(
        "--public", action="append", default=[], metavar="NAME", help="an input sent in the clear"
    )
    model.add_argument(
        "--trust-pickle", action="store_true", help="load files that can execute code when loaded"
    )

    target = parser.add_argument_group("program")
    target.add_argument("--target", choices=("secret", "ckks", "hetorch"), default="ckks")
    target.add_argument(
        "--lower", choices=("openfhe", "lattigo"), help="run heir-opt down to a library's dialect"
    )
    target.add_argument("--name", help="name of the entry function")
    target.add_argument(
        "--inline-limit", type=int, metavar="BYTES", help="constants beyond this go to a file beside OUT"
    )
    target.add_argument(
        "--weights",
        choices=("packed", "formula"),
        default="packed",
        help="vectors of slots as they are, or the numbers they are made of and loops (default: packed)",
    )

    scheme = parser.add_argument_group("scheme and parameters")
    scheme.add_argument("--scheme", choices=("ckks",), default="ckks")
    scheme.add_argument(
        "--slots", type=int, metavar="N", help="slots of a ciphertext (default: all of the ring)"
    )
    scheme.add_argument(
        "--scale-bits",
        type=int,
        metavar="B",
        help="log2 of the scale (default: 40, or as few as --target-error needs)",
    )
    scheme.add_argument("--first-bits", type=int, metavar="B", help="size of the first prime (default: 60)")
    scheme.add_argument("--levels", type=int, metavar="L", help="levels (default: as many as needed)")
    scheme.add_argument("--insecure", action="store_true", help="accept less than 128-bit security")
    scheme.add_argument(
        "--max-slots", type=int, metavar="N", help="refuse a model that needs larger ciphertexts"
    )
    scheme.add_argument(
        "--max-keys", type=int, metavar="K", help="refuse a model that needs more rotation keys"
    )

    passes = parser.add_argument_group("passes")
    passes.add_argument(
        "--activation-degree",
        type=int,
        default=15,
        metavar="D",
        help="degree of activation polynomials (default: 15)",
    )
    passes.add_argument(
        "--max-pool",
        choices=("refuse", "polynomial"),
        default="refuse",
        help="refuse max pooling, or approximate its maxima by polynomials (default: refuse)",
    )
    passes.add_argument(
        "--activation-method",
        choices=("chebyshev", "least_squares", "minimax", "composite"),
        default="chebyshev",
        help="how activations are approximated (default: chebyshev)",
    )
    passes.add_argument(
        "--activation-precision",
        type=float,
        default=13.0,
        metavar="BITS",
        help="precision of composite activations, relative to their range (default: 13)",
    )
    passes.add_argument(
        "--target-error",
        type=float,
        metavar="E",
        help="choose the lowest degrees that keep every output within E on the calibration data",
    )
    passes.add_argument(
        "--range-margin",
        type=float,
        metavar="M",
        help="widen calibrated ranges by M of their width on each side (default: 0.1)",
    )
    passes.add_argument(
        "--calibrate", metavar="DATA.npy", help="inputs from which activation ranges are taken"
    )
    passes.add_argument(
        "--pipeline", metavar="PASSES", help='"pass{opt=value},…" instead of the default passes'
    )
    passes.add_argument(
        "--dump-ir-after", action="append", default=[], metavar="PASS", help="print the graph"
    )

    report = parser.add_argument_group("report")
    report.add_argument("--verify", action="store_true", help="run every stage on samples and compare")
    report.add_argument(
        "--report", action="store_true", help="print what each layer costs, next to what it costs at least"
    )
    report.add_argument("--params", action="store_true", help="print the parameters, and why they are so")
    report.add_argument("--json", action="store_true", help="print the numbers as one JSON object")
    return parser


def main(arguments: Sequence[str] | None = None) -> int:
    parser = make_parser()
    options = parser.parse_args(arguments)
    if options.dump_ir_after:
        _check_pass_names(parser, options.dump_ir_after)
    if options.json and options.output == STANDARD_STREAM:
        parser.error("--json and the program can't both go to standard output: give -o a file")
    return report_errors(PROGRAM, lambda: _run(options))


def _check_pass_names(parser: argparse.ArgumentParser, names: Sequence[str]) -> None:
    from hetorch_heir.passes.builtin import BUILTIN_PASSES  # imports torch, like all passes

    unknown = sorted(set(names) - {row.name for row in BUILTIN_PASSES})
    if unknown:
        parser.error(f"--dump-ir-after: there is no pass '{unknown[0]}'")


def _shape(text: str) -> tuple[int, ...]:
    try:
        shape = tuple(int(part) for part in text.replace("x", ",").split(",") if part)
    except ValueError:
        raise argparse.ArgumentTypeError(f"'{text}' is no shape; write for example 1,784") from None
    if any(extent < 1 for extent in shape):
        raise argparse.ArgumentTypeError(f"'{text}' has an extent below 1")
    return shape


def _run(options: argparse.Namespace) -> int:
    start = time.perf_counter()
    # torch takes seconds to import: --help and usage errors do without it.
    from hetorch_heir.export.api import export
    from hetorch_heir.frontend import load_model

    imported = time.perf_counter()
    loaded = load_model(
        options.model,
        state_dict=options.state_dict,
        input_shapes=options.input_shape,
        trust_pickle=options.trust_pickle,
    )
    seconds = {"import": imported - start, "load": time.perf_counter() - imported}
    to_stream = options.output == STANDARD_STREAM
    result = export(
        loaded.model,
        loaded.example_inputs,
        None if to_stream else options.output,
        example_kwargs=loaded.example_kwargs,
        after_pass=_Dump(options.dump_ir_after) if options.dump_ir_after else None,
        **_keywords(options, loaded.name, to_stream),
    )
    if to_stream:
        sys.stdout.write(result.text)
        sys.stdout.flush()
    for message in result.warnings:
        warn(PROGRAM, message)
    if options.json:
        print(json.dumps(_json(result, options, seconds)))
    else:
        _print_report(result, options)
    return 0


def _keywords(options: argparse.Namespace, name: str, to_stream: bool) -> dict[str, Any]:
    keywords: dict[str, Any] = {
        "target": options.target,
        "lower": options.lower,
        "activation_degree": options.activation_degree,
        "activation_method": options.activation_method,
        "activation_precision": options.activation_precision,
        "target_error": options.target_error,
        "range_margin": options.range_margin,
        "max_pool": options.max_pool,
        "pipeline": options.pipeline,
        "calibration": options.calibrate,
        "public_inputs": options.public,
        "weights": options.weights,
        "verify": options.verify,
        "name": options.name or name,
        "slots": options.slots,
        "scale_bits": options.scale_bits,
        "first_bits": options.first_bits,
        "levels": options.levels,
        "insecure": options.insecure,
        "max_slots": options.max_slots,
        "max_keys": options.max_keys,
    }
    if to_stream:
        keywords["inline_limit"] = None  # a pipe has no folder that a file could lie in
    elif options.inline_limit is not None:
        keywords["inline_limit"] = options.inline_limit
    return keywords


class _Dump:
    """Prints the graph after the passes of the names given, to standard error."""

    def __init__(self, names: Sequence[str]) -> None:
        self._names = names

    def __call__(self, step: TransformationPass, graph_module: GraphModule) -> None:
        if step.name in self._names:
            print(f"// after {step.name}\n{graph_module.graph}", file=sys.stderr)


def _json(result: ExportResult, options: argparse.Namespace, seconds: dict[str, float]) -> dict[str, Any]:
    summary = {**result.summary(), "model": options.model}
    if options.report:
        from hetorch_heir.export.layer_report import layer_costs  # imports torch

        summary["layers"] = [layer.values() for layer in layer_costs(result.graph_module)]
    summary["seconds"] = {**{name: round(value, 4) for name, value in seconds.items()}, **summary["seconds"]}
    peak = max(resource.getrusage(who).ru_maxrss for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN))
    summary["peak_memory_mb"] = round(peak / 1024, 1)
    return summary


def _print_report(result: ExportResult, options: argparse.Namespace) -> None:
    counts, chain = result.counts, result.chain
    lines = [
        f"{result.function}: {result.target}, {chain.slots} slots, ring dimension 2^{chain.log_n},"
        f" log2(QP) = {chain.log_qp:.0f}, {counts.levels} levels",
        f"  {counts.rotations} rotations ({len(counts.rotation_keys)} keys), {counts.products} plaintext"
        f" products, {counts.ct_products} ciphertext products, {counts.relinearizations} relinearizations,"
        f" {counts.rescales} rescales, {counts.bootstraps} bootstraps",
    ]
    if options.report:
        from hetorch_heir.export.layer_report import layer_costs, layer_table  # imports torch

        layers = layer_costs(result.graph_module)
        lines.append(layer_table(layers, len(counts.rotation_keys), counts.levels))
    if options.params:
        from hetorch_heir.export.parameter_report import parameter_table  # imports torch

        lines.append(parameter_table(chain, result.scale_choice))
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
    if options.output != STANDARD_STREAM:
        lines.append(f"  written: {options.output} ({result.output_bytes:,} bytes in all)")
    command = result.heir_command(options.output)
    if command is not None:
        lines += ["  lower it on with:", f"    {command}"]
    print("\n".join(lines), file=sys.stderr)


if __name__ == "__main__":
    sys.exit(main())
