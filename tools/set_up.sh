#!/usr/bin/env bash
# Makes the virtual environment .venv and installs the project into it; `make setup` runs it when needed.
set -euo pipefail
cd "$(dirname "$0")/.."

new_enough() { "$1" -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null; }
fail() { printf 'setup: %s\n' "$@" >&2; exit 1; }

python=
for candidate in ${PYTHON:-python3.11 python3}; do
    if new_enough "$candidate"; then python=$candidate; break; fi
done
[ -n "$python" ] || fail "Python 3.11 or newer is needed, and '${PYTHON:-python3.11 or python3}' is not that." \
    "On Debian and Ubuntu: sudo apt-get install python3.11 python3.11-venv; or name one: make setup PYTHON=/path/to/python3.12"
"$python" -c 'import ensurepip, venv' 2>/dev/null || fail "$python can't make virtual environments." \
    "On Debian and Ubuntu: sudo apt-get install $("$python" -c 'import sys; print("python%d.%d-venv" % sys.version_info[:2])')"

# An environment whose Python has gone, or that was left half-made, is made again.
new_enough .venv/bin/python && .venv/bin/python -m pip --version >/dev/null 2>&1 || "$python" -m venv --clear .venv

echo "setup: installing into .venv (PyTorch is large: the first time takes minutes)" >&2
.venv/bin/python -m pip install --quiet --disable-pip-version-check -c constraints.txt \
    -e ./dialects -e '.[test,examples]'
touch .venv/.installed
