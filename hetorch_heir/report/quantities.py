"""Numbers as people read them, with their units."""

from __future__ import annotations

import math

_DURATIONS = ((3_600_000.0, "h"), (60_000.0, "min"), (1_000.0, "s"), (1.0, "ms"))
_SIZES = ((1 << 30, "GiB"), (1 << 20, "MiB"), (1 << 10, "KiB"))
_SUPERSCRIPTS = str.maketrans("-0123456789", "⁻⁰¹²³⁴⁵⁶⁷⁸⁹")
THIN_SPACE = "\u202f"


def grouped(count: float) -> str:
    """A count with its thousands apart."""
    return f"{round(count):,}".replace(",", THIN_SPACE)


def significant(value: float, digits: int = 3) -> str:
    """A number with so many digits that count, without an exponent where that is readable."""
    if value == 0 or not math.isfinite(value):
        return "0" if value == 0 else str(value)
    exponent = math.floor(math.log10(abs(value)))
    if exponent >= 6 or exponent < -3:
        return scientific(value, digits - 1)
    return f"{value:.{max(0, digits - 1 - exponent)}f}"


def scientific(value: float, decimals: int = 1) -> str:
    """Such as 1.2·10⁻³; 0 stays 0."""
    if value == 0 or not math.isfinite(value):
        return "0" if value == 0 else str(value)
    mantissa, exponent = f"{value:.{decimals}e}".split("e")
    return f"{mantissa}·10{str(int(exponent)).translate(_SUPERSCRIPTS)}"


def duration(milliseconds: float) -> str:
    """Such as 1.2 s."""
    for size, unit in _DURATIONS:
        if milliseconds >= size:
            return f"{significant(milliseconds / size)} {unit}"
    return f"{significant(1_000.0 * milliseconds)} µs"


def size(count: float | None) -> str:
    """Bytes in binary units, such as 3.2 MiB; a dash where they are not known."""
    if count is None:
        return "–"
    for unit_size, unit in _SIZES:
        if count >= unit_size:
            return f"{significant(count / unit_size)} {unit}"
    return f"{round(count)} B"


def percent(part: float) -> str:
    """A part of 1 in percent, with enough digits not to vanish."""
    value = 100.0 * part
    return (
        "0 %"
        if value == 0
        else f"{significant(value, 3 if value < 10 else 2)} %"
        if value < 99.95
        else "100 %"
    )


def power_of_two(exponent: float) -> str:
    """Such as 2⁴⁰; with one decimal where the exponent is not whole."""
    whole = round(exponent)
    if abs(exponent - whole) < 0.05:
        return f"2{str(whole).translate(_SUPERSCRIPTS)}"
    return f"2^{exponent:.1f}"


def shape(extents: tuple[int, ...] | None) -> str:
    """Such as 1 × 28 × 28."""
    return "unknown" if extents is None else " × ".join(map(str, extents)) or "a number"
