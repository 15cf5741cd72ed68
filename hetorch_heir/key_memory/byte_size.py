"""Sizes in bytes as people write them."""

from __future__ import annotations

import argparse
import re

UNITS = {"": 1, "B": 1} | {
    prefix + suffix: base**power
    for suffix, base in (("B", 1000), ("iB", 1024))
    for power, prefix in enumerate(("K", "M", "G", "T"), 1)
}
_SIZE = re.compile(r"\s*([0-9]+(?:\.[0-9]+)?)\s*([A-Za-z]*)\s*")


def parse_bytes(text: str) -> int:
    """Bytes of a size such as ``500MB``, ``1.5 GiB`` or ``1000000``.

    Raises:
        argparse.ArgumentTypeError: the text is no size.
    """
    match = _SIZE.fullmatch(text)
    units = {name.upper(): size for name, size in UNITS.items()}
    if match is None or match[2].upper() not in units:
        raise argparse.ArgumentTypeError(f"'{text}' is no size in bytes; write for example 500MB or 2GiB")
    return int(float(match[1]) * units[match[2].upper()])
