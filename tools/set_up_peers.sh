#!/usr/bin/env bash
# Makes the virtual environment .venv-peers for the compilers that this project is compared with; `make setup-peers`.
set -euo pipefail
cd "$(dirname "$0")/.."

takes_wheels() { "$1" -c 'import sys, venv, ensurepip; sys.exit(not (3, 11) <= sys.version_info[:2] < (3, 13))' 2>/dev/null; }

python=
for candidate in ${PEERS_PYTHON:-python3.11 python3.12 python3 .venv/bin/python}; do
    if takes_wheels "$candidate"; then python=$candidate; break; fi
done
if [ -z "$python" ]; then
    printf 'setup: %s\n' "Orion's wheels need CPython 3.11 or 3.12 with venv, and '${PEERS_PYTHON:-python3.11, python3.12 or python3}' is not that." \
        "On Debian and Ubuntu: sudo apt-get install python3.11 python3.11-venv; or name one: make setup-peers PEERS_PYTHON=/path/to/python3.12" >&2
    exit 1
fi

pins() { sed -e '/^#/d' -e "$1" constraints-peers.txt; }

[ -x .venv-peers/bin/python ] && .venv-peers/bin/python -m pip --version >/dev/null 2>&1 || "$python" -m venv --clear .venv-peers
echo "setup: installing Orion into .venv-peers (with PyTorch, which is large)" >&2
pip=(.venv-peers/bin/python -m pip install --quiet --disable-pip-version-check)
# shellcheck disable=SC2046 # one word for each pin
"${pip[@]}" $(pins '/^orion-fhe==/d')
"${pip[@]}" --no-deps "$(pins '/^orion-fhe==/!d')"
.venv-peers/bin/python -c 'import orion, orion.nn'
touch .venv-peers/.installed
