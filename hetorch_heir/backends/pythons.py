"""Finding a Python that has a library of homomorphic encryption."""

from __future__ import annotations

import functools
import importlib.util
import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

from hetorch_heir.backends.errors import BackendError

PACKAGES = {"openfhe": "openfhe", "seal": "tenseal", "tenseal": "tenseal"}
"""What each backend imports."""

INSTALL = {
    "openfhe": "make a virtual environment of Python 3.10 with it: python3.10 -m venv .venv-openfhe &&"
    " .venv-openfhe/bin/pip install numpy openfhe==1.6.1.0.22.4; pyenv install 3.10 makes a Python 3.10"
    " where the system has none",
    "seal": "pip install tenseal",
    "tenseal": "pip install tenseal",
}

ENVIRONMENT = ".venv-openfhe"
"""The virtual environment that ``make setup`` makes beside ours."""

NAMES = ("python3.10", "python3.12", "python3")
TRIAL_SECONDS = 60


def find_python(backend: str, named: str | None = None) -> str:
    """The interpreter to run a backend's worker on.

    Args:
        named: an interpreter to use instead of searching: a path, or a name on ``PATH`` or of pyenv.

    Raises:
        BackendError: none has the backend's package; says what to install.
    """
    if backend not in PACKAGES:  # a plug-in's, for which there is no worker
        if named is None:
            return sys.executable
        raise BackendError(f"the backend '{backend}' runs in this process only", hint="leave out --python")
    package = PACKAGES[backend]
    if named is not None:
        candidates = [path for path in (shutil.which(named), *_pyenv(named)) if path]
        for path in candidates:
            if has_package(path, package):
                return path
        what = f"{named} can't import {package}" if candidates else f"there is no interpreter {named}"
        raise BackendError(what, hint=INSTALL[backend])
    for path in _candidates(package):
        if has_package(path, package):
            return path
    raise BackendError(f"no Python on this machine can import {package}", hint=INSTALL[backend])


def _candidates(package: str) -> Iterator[str]:
    if importlib.util.find_spec(package) is not None:
        yield sys.executable
    for folder in (Path(sys.prefix).parent, Path.cwd()):
        path = folder / ENVIRONMENT / "bin" / "python"
        if path.exists():
            yield str(path)
    for name in NAMES:
        if (path := shutil.which(name)) is not None:
            yield path
        yield from _pyenv(name)


def _pyenv(name: str) -> list[str]:
    """Interpreters of that name among pyenv's versions, newest first."""
    root = Path(os.environ.get("PYENV_ROOT", Path.home() / ".pyenv")) / "versions"
    return sorted((str(path) for path in root.glob(f"*/bin/{name}")), reverse=True) if "/" not in name else []


@functools.cache
def has_package(python: str, package: str) -> bool:
    """Whether an interpreter can import NumPy and a package; finding it installed isn't enough."""
    environment = {name: value for name, value in os.environ.items() if name != "PYTHONPATH"}
    try:
        done = subprocess.run(
            [python, "-c", f"import numpy, {package}"],
            capture_output=True,
            timeout=TRIAL_SECONDS,
            env=environment,
            check=False,
        )
    except (OSError, subprocess.TimeoutExpired):
        return False
    return done.returncode == 0
