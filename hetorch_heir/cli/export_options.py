"""The options of ``hetorch-export``."""

from __future__ import annotations

import argparse
from typing import Any

from hetorch_heir.cli.cache_options import add_cache_options
from hetorch_heir.cli.common_options import add_common_options, add_message_options
from hetorch_heir.cli.listing import add_listing_options
from hetorch_heir.cli.report_options import add_report_options
from hetorch_heir.key_memory.byte_size import parse_bytes
from hetorch_heir.plugins import APPROXIMATIONS

PROGRAM = "hetorch-export"
STANDARD_STREAM = "-"


def make_parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog=PROGRAM,
        description="Compile a trained PyTorch model to a homomorphic-encryption program for HEIR.",
        epilog="example: hetorch-export model.pt2 -o out.mlir --calibrate inputs.npy --verify",
    )
    source = parser.add_argument(
        "model", help=".pt2 (torch.export), TorchScript .pt, package.module:factory, or - for standard input"
    )
    output = parser.add_argument(
        "-o", "--output", required=True, metavar="OUT", help="the program; - for standard output"
    )
    add_common_options(parser)
    add_message_options(parser)

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
    scheme.add_argument(
        "--bootstraps",
        choices=("auto", "never", "always"),
        default="auto",
        help="bootstrap models that are too deep for any ring, refuse them, or bootstrap all that are deeper"
        " than --levels (default: auto)",
    )
    scheme.add_argument("--insecure", action="store_true", help="accept less than 128-bit security")
    scheme.add_argument(
        "--max-slots", type=int, metavar="N", help="refuse a model that needs larger ciphertexts"
    )
    scheme.add_argument(
        "--max-keys", type=int, metavar="K", help="make rotations of others until so few keys do, or refuse"
    )
    scheme.add_argument(
        "--key-budget",
        type=parse_bytes,
        metavar="SIZE",
        help="say in the program, and in a manifest beside it, when which keys are in memory, so that they"
        " never take more (500MB, 2GiB …)",
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
        choices=APPROXIMATIONS,
        default="chebyshev",
        metavar="NAME",
        help="how activations are approximated: chebyshev, least_squares, minimax, composite, or a plug-in's"
        " (default: chebyshev)",
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
        "--dump-ir-after",
        action="append",
        default=[],
        metavar="PASS",
        help="print the graph after a pass, or after all",
    )

    add_cache_options(parser)
    report = parser.add_argument_group("report")
    report.add_argument("--verify", action="store_true", help="run every stage on samples and compare")
    add_report_options(report)
    report.add_argument("--params", action="store_true", help="print the parameters, and why they are so")
    report.add_argument("--json", action="store_true", help="print the numbers as one JSON object")
    add_listing_options(parser, required=(source, output))
    return parser


def export_keywords(options: argparse.Namespace, name: str, to_stream: bool) -> dict[str, Any]:
    """The arguments of :func:`hetorch_heir.export` that the options stand for."""
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
        "bootstraps": options.bootstraps,
        "insecure": options.insecure,
        "max_slots": options.max_slots,
        "max_keys": options.max_keys,
        "key_budget": options.key_budget,
        "cache": options.cache,
    }
    if to_stream:
        keywords["inline_limit"] = None  # a pipe has no folder that a file could lie in
    elif options.inline_limit is not None:
        keywords["inline_limit"] = options.inline_limit
    return keywords


def _shape(text: str) -> tuple[int, ...]:
    try:
        shape = tuple(int(part) for part in text.replace("x", ",").split(",") if part)
    except ValueError:
        raise argparse.ArgumentTypeError(f"'{text}' is no shape; write for example 1,784") from None
    if any(extent < 1 for extent in shape):
        raise argparse.ArgumentTypeError(f"'{text}' has an extent below 1")
    return shape
