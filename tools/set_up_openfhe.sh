#!/usr/bin/env bash
# Makes the virtual environment .venv-openfhe for OpenFHE's worker; `make test` runs it when needed.
set -euo pipefail
cd "$(dirname "$0")/.."

works() { "$1" -c 'import numpy, openfhe' 2>/dev/null; }
takes_wheels() { "$1" -c 'import sys, venv, ensurepip; sys.exit(sys.version_info[:2] not in ((3, 10), (3, 12)))' 2>/dev/null; }

install() {
    .venv-openfhe/bin/python -m pip install --quiet --disable-pip-version-check -c constraints-openfhe.txt numpy openfhe &&
        works .venv-openfhe/bin/python && touch .venv-openfhe/.installed
}

if works .venv-openfhe/bin/python && install; then exit 0; fi

if [ -n "${OPENFHE_PYTHON:-}" ]; then
    candidates=("$OPENFHE_PYTHON")
else
    shopt -s nullglob
    candidates=(python3.10 "${PYENV_ROOT:-$HOME/.pyenv}"/versions/3.10*/bin/python3.10
        "$HOME"/.local/share/uv/python/cpython-3.10*/bin/python3.10
        python3.12 "${PYENV_ROOT:-$HOME/.pyenv}"/versions/3.12*/bin/python3.12)
fi
for candidate in "${candidates[@]}"; do
    takes_wheels "$candidate" || continue
    echo "setup: installing OpenFHE into .venv-openfhe with $candidate" >&2
    "$candidate" -m venv --clear .venv-openfhe
    if install; then exit 0; fi
done
rm -rf .venv-openfhe
printf 'setup: %s\n' "OpenFHE's wheels need CPython 3.10 (or 3.12 with glibc 2.38 or newer), and no such Python was found" \
    "among: ${candidates[*]}" \
    "Install one: 'pyenv install 3.10', 'uv python install 3.10', or where the system has it" \
    "'sudo apt-get install python3.10 python3.10-venv'; or name one: make test OPENFHE_PYTHON=/path/to/python3.10" >&2
exit 1
