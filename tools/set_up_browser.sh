#!/usr/bin/env bash
# Installs Chromium, its driver and graphviz, with which the tests look at reports; `make test` runs it when needed.
set -euo pipefail
cd "$(dirname "$0")/.."

found() { for name in "$@"; do command -v "$name" >/dev/null 2>&1 && return 0; done; return 1; }
have_browser() { [ -n "${CHROMIUM:-}" ] || found chromium chromium-browser google-chrome google-chrome-stable; }
have_driver() { [ -n "${CHROMEDRIVER:-}" ] || found chromedriver chromium.chromedriver; }
complete() { have_browser && have_driver && found dot; }

finish() { mkdir -p build && touch build/.browser; }

if complete; then finish; exit 0; fi

packages=()
have_browser || packages+=(chromium)
have_driver || packages+=(chromium-driver)
found dot || packages+=(graphviz)

if [ "$(id -u)" = 0 ]; then as_root=()
elif command -v sudo >/dev/null 2>&1 && sudo -n true 2>/dev/null; then as_root=(sudo -n)
else as_root=(false)
fi
if command -v apt-get >/dev/null 2>&1 && [ "${as_root[*]:-}" != false ]; then
    echo "setup: installing ${packages[*]}" >&2
    # Lists that are there are tried first: they spare a download.
    install=(env DEBIAN_FRONTEND=noninteractive apt-get install -qq -y --no-install-recommends "${packages[@]}")
    "${as_root[@]}" "${install[@]}" >/dev/null 2>&1 ||
        { "${as_root[@]}" apt-get update -qq && "${as_root[@]}" "${install[@]}" >/dev/null; } || true
    if complete; then finish; exit 0; fi
fi
printf 'setup: %s\n' "the tests look at reports in a real browser, and ${packages[*]} could not be installed" \
    "Install them: 'sudo apt-get install ${packages[*]}' on Debian; elsewhere Chromium or Chrome, the chromedriver" \
    "of the same version, and graphviz; or name programs: make test CHROMIUM=/path/to/it CHROMEDRIVER=/path/to/it" >&2
exit 1
