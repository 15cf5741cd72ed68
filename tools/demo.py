"""``make demo``: one model the whole way, by the commands that a user would type, and a report.

Everything is written to build/examples/digits_relu (the trained model and its data) and build/demo.
"""

from __future__ import annotations

import json
import os
import shlex
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import numpy as np
from he_dialects.parsing import parse_module
from numpy.typing import NDArray

from hetorch_heir.heir.pass_lists import SOURCES, Lowering, translation
from hetorch_heir.interpreter.program import run_program

ROOT = Path(__file__).resolve().parent.parent
COMMANDS = Path(sys.executable).parent
NAME = "digits_relu"
TRAINED = Path("build/examples") / NAME
OUTPUT = Path("build/demo")
PROGRAM = OUTPUT / f"{NAME}.mlir"
SUFFIXES = {"openfhe": "cpp", "lattigo": "go"}
TARGET = "ckks"


def run(*command: str | Path, output: Path | None = None) -> str:
    """Shows a command and runs it; gives its standard output, which also goes to ``output``."""
    words = [str(word) for word in command]
    print(f"$ {shlex.join(words)}{f' > {output}' if output else ''}", flush=True)
    words[0] = str(COMMANDS / words[0])
    done = subprocess.run(words, stdout=subprocess.PIPE, text=True, check=False)
    if done.returncode != 0:
        sys.exit(f"demo: {command[0]} failed with exit code {done.returncode}")
    if output is not None:
        output.write_text(done.stdout)
    return done.stdout


def step(number: int, title: str) -> None:
    print(f"\n{number}. {title}", flush=True)


def train() -> None:
    if (TRAINED / "model.pt2").exists():
        print(f"   {TRAINED / 'model.pt2'} is there already")
        return
    print(run("python", "-m", f"examples.{NAME}"), end="")


def export() -> dict[str, Any]:
    options = ["--name", NAME, "--target", TARGET, "--activation-degree", "15", "--verify", "--json"]
    calibration = ["--calibrate", TRAINED / "calibration.npy"]
    text = run(
        "hetorch-export", TRAINED / "model.pt2", "-o", PROGRAM, *calibration, *options,
        output=OUTPUT / "report.json",
    )  # fmt: skip
    return json.loads(text)


def lower(backend: str, slots: int) -> list[Path]:
    """From the program to the dialect of ``backend``, and to C++ or Go."""
    lowered = OUTPUT / f"{NAME}.{backend}.mlir"
    source = OUTPUT / f"{NAME}.{SUFFIXES[backend]}"
    passes = Lowering(backend, TARGET, NAME, slots).arguments()
    run("heir-opt", PROGRAM, *passes, output=lowered)
    run("heir-translate", *translation(SOURCES[backend]), lowered, output=source)
    return [lowered, source]


def classify(image: Path) -> int:
    """The class that the exported program finds for one image."""
    outputs = json.loads(run("hetorch-run", PROGRAM, "--input", image, "--json"))["outputs"]
    return int(np.argmax(outputs[0]))


def outputs_of_program(inputs: NDArray[np.float32]) -> NDArray[np.float64]:
    """What the exported text computes for all inputs, (samples, classes)."""
    module = parse_module(PROGRAM.read_text(), str(PROGRAM))
    return np.stack([run_program(module, [one], resource_dir=OUTPUT)[0].ravel() for one in inputs])


def outputs_of_model(inputs: NDArray[np.float32]) -> NDArray[np.float64]:
    """What torch computes, (samples, classes)."""
    import torch

    model = torch.export.load(TRAINED / "model.pt2").module()
    with torch.no_grad():
        return torch.cat([model(one) for one in torch.from_numpy(inputs).split(1)]).double().numpy()


def print_report(summary: dict[str, Any], written: list[Path]) -> None:
    inputs, targets = (np.load(TRAINED / f"test_{part}.npy") for part in ("inputs", "targets"))
    expected, got = outputs_of_model(inputs), outputs_of_program(inputs)
    error = np.abs(got - expected)
    same = np.mean(got.argmax(1) == expected.argmax(1))
    rows = {
        "model": "64-64-32-10 with ReLU, each replaced by a polynomial of degree 15",
        "parameters": f"CKKS, ring dimension 2^{summary['log_n']}, {summary['slots']} slots,"
        f" {summary['levels']} levels, log2(QP) = {summary['log_qp']:.0f}",
        "operations": f"{summary['rotations']} rotations with {summary['rotation_keys']} keys,"
        f" {summary['products']} plaintext and {summary['ct_products']} ciphertext products",
        "management": f"{summary['relinearizations']} relinearizations, {summary['rescales']} rescales,"
        f" {summary['bootstraps']} bootstraps",
        "accuracy": f"{np.mean(expected.argmax(1) == targets):.2%} in torch,"
        f" {np.mean(got.argmax(1) == targets):.2%} of the exported program, {len(inputs)} test images",
        "same class": f"{same:.2%} of the images",
        "output error": f"max {error.max():.3g}, mean {error.mean():.3g},"
        f" for scores up to {np.abs(expected).max():.3g}",
    }
    print("\nReport")
    for name, value in rows.items():
        print(f"   {name:<13} {value}")
    print("   written")
    for path in [PROGRAM, *sorted(OUTPUT.glob(f"{NAME}*.bin")), *written, OUTPUT / "report.json"]:
        print(f"     {path!s:<40} {path.stat().st_size:>10,} bytes")


def main() -> None:
    start = time.perf_counter()
    os.chdir(ROOT)
    OUTPUT.mkdir(parents=True, exist_ok=True)
    step(1, "Train a classifier of handwritten digits")
    train()
    step(2, "Export it, and compare every stage with the model")
    summary = export()
    step(3, "Lower it with HEIR to OpenFHE (C++) and Lattigo (Go)")
    written = [path for backend in SUFFIXES for path in lower(backend, summary["slots"])]
    step(4, "Run the exported program on an image")
    image = OUTPUT / "image.npy"
    np.save(image, np.load(TRAINED / "test_inputs.npy")[:1])
    label = int(np.load(TRAINED / "test_targets.npy")[0])
    print(f"   it sees a {classify(image)}; the image is of a {label}")
    print_report(summary, written)
    print(f"\nDone in {time.perf_counter() - start:.0f} seconds.")


if __name__ == "__main__":
    main()
