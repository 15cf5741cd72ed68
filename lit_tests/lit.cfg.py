"""Configuration of the FileCheck tests: ``lit lit_tests`` from the project's root."""

import os
import sys
from pathlib import Path

import lit.formats

config = globals()["config"]  # lit defines it before it runs this file
root = Path(__file__).resolve().parent.parent
binaries = Path(sys.executable).parent

config.name = "hetorch-heir"
config.test_format = lit.formats.ShTest(execute_external=False)
config.suffixes = [".mlir", ".test"]
config.excludes = ["Inputs"]
config.test_source_root = str(root / "lit_tests")
config.test_exec_root = str(root / "build" / "lit_tests")

# The tools work from the source tree, installed or not.
config.environment["PYTHONPATH"] = os.pathsep.join([str(root), str(root / "dialects")])
config.environment["PATH"] = os.pathsep.join([str(binaries), os.environ.get("PATH", "")])
config.environment["OMP_NUM_THREADS"] = "1"
config.environment["HETORCH_CACHE_DIR"] = ""  # every test computes what it checks
config.environment["PYTHONDONTWRITEBYTECODE"] = "1"

for tool, command in {
    "hetorch-opt": f"{sys.executable} -m hetorch_heir.cli.opt",
    "hetorch-run": f"{sys.executable} -m hetorch_heir.cli.run",
    "hetorch-export": f"{sys.executable} -m hetorch_heir.cli.export",
}.items():
    config.substitutions.append((rf"(?<![\w/.-]){tool}(?![\w.-])", command))
config.substitutions.append(("%heir_opt", str(binaries / "heir-opt")))
config.substitutions.append(("%heir_translate", str(binaries / "heir-translate")))
config.substitutions.append(("%irdl", str(root / "dialects" / "he_dialects" / "irdl")))
