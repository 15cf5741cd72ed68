"""Why a program has the parameters that it has, as a table."""

from __future__ import annotations

import math
from collections.abc import Iterator

from hetorch_heir.core.bootstrapping import Bootstrapping
from hetorch_heir.core.chain import DEFAULT_DIGITS, CKKSChain
from hetorch_heir.core.primes import log2_product
from hetorch_heir.core.security import MAX_LOG_QP, max_log_qp
from hetorch_heir.export.precision import ScaleChoice
from hetorch_heir.export.value_ranges import Room

Row = tuple[str, str, str]
GUIDELINES = "the 2024 security guidelines"


def parameter_rows(
    chain: CKKSChain, choice: ScaleChoice | None = None, room: Room | None = None
) -> list[Row]:
    """Name, value and reason of each parameter.

    Args:
        chain: the modulus chain.
        choice: why its scale was taken, if a target error decided.
        room: what the modulus leaves for larger values.
    """
    return list(_rows(chain, choice, room))


def parameter_table(chain: CKKSChain, choice: ScaleChoice | None = None, room: Room | None = None) -> str:
    """The rows as text, in columns."""
    rows = [("parameter", "value", "because"), *parameter_rows(chain, choice, room)]
    widths = [max(len(row[column]) for row in rows) for column in (0, 1)]
    return "\n".join(
        f"  {name:<{widths[0]}}  {value:<{widths[1]}}  {why}".rstrip() for name, value, why in rows
    )


def _rows(chain: CKKSChain, choice: ScaleChoice | None, room: Room | None) -> Iterator[Row]:
    limit = max_log_qp(chain.log_n)
    yield "ring dimension", f"2^{chain.log_n}", _why_ring(chain)
    security = f"{GUIDELINES} allow {limit} bits, for a uniform ternary secret"
    yield (
        "log2(QP)",
        f"{chain.log_qp + chain.added_bits:.1f}",
        security if chain.secure else f"INSECURE: {security}",
    )
    yield "slots", str(chain.slots), f"of {chain.ring_dimension // 2}"
    yield "levels", str(chain.max_level), _why_levels(chain)
    if chain.bootstrapping is not None:
        yield "bootstraps", chain.bootstrapping.library, _why_bootstraps(chain.bootstrapping)
    yield "scale", f"2^{chain.log_scale}", _why_scale(chain, choice)
    yield "first prime", f"{math.log2(chain.Q[0]):.0f} bits", _why_first(chain, choice, room)
    if chain.max_level:
        sizes = f"{chain.max_level} of {chain.log_scale} bits"
        yield "rescaling primes", sizes, "next to the scale, in the order that OpenFHE takes"
    yield "special primes", _special(chain), _why_special(chain, limit)
    yield "key-switching digits", str(chain.digits), f"{chain.key_bytes / 2**20:.1f} MiB per rotation key"


def _why_levels(chain: CKKSChain) -> str:
    taken = chain.bootstrapping
    if taken is None:
        return "rescales that the program needs"
    parts = [f"{chain.fresh_level - taken.spare} from one bootstrap to the next"]
    if taken.levels:
        parts.append(f"{taken.levels} that a bootstrap consumes")
    if taken.spare:
        parts.append(f"{taken.spare} that it starts from")
    return ", ".join(parts)


def _why_bootstraps(taken: Bootstrapping) -> str:
    reasons = ["refresh what has used its levels up"]
    if taken.added_bits:
        reasons.append(f"the library adds {taken.added_bits} bits to QP")
    if taken.secret:
        reasons.append(f"its secret is {taken.secret}, for which no standard vouches")
    return "; ".join(reasons)


def _special(chain: CKKSChain) -> str:
    return f"{len(chain.P)} of {math.log2(chain.P[0]):.0f} bits" if chain.P else "none"


def _why_ring(chain: CKKSChain) -> str:
    smaller = chain.log_n - 1
    reasons: list[str] = []
    if smaller in MAX_LOG_QP:
        least = chain.log_q + math.log2(min(chain.P)) if chain.P else chain.log_q
        if least > MAX_LOG_QP[smaller]:
            bits = f"{least:.0f} bits with one special prime"
            reasons.append(f"2^{smaller} is secure up to {MAX_LOG_QP[smaller]} bits, and there are {bits}")
        elif chain.bootstrapping is not None and smaller >= chain.bootstrapping.smallest_log_n:
            reasons.append(f"2^{smaller} has room for few special primes only, and keys would be larger")
    if chain.slots == chain.ring_dimension // 2:
        reasons.append(f"2^{smaller} has {chain.slots // 2} slots")
    return "; ".join(reasons) or "given"


def _why_scale(chain: CKKSChain, choice: ScaleChoice | None) -> str:
    if choice is None:
        if chain.bootstrapping is not None:
            return "the precision of a bootstrap, whose values lie within [-1, 1], or given"
        return "given, or the default"
    found = f"errors of {choice.precision.error:.1e} are within the {choice.allowed:.1e} allowed"
    if choice.smaller_ring:
        return f"the smallest: {found}"
    return f"the default: {found}, and a smaller one would save nothing"


def _why_first(chain: CKKSChain, choice: ScaleChoice | None, room: Room | None) -> str:
    if room is not None:
        largest, bits = room.largest, room.bits
    elif choice is not None:
        largest, bits = choice.precision.largest, choice.precision.headroom
    else:
        return f"results up to 2^{math.log2(chain.Q[0]) - 1 - chain.log_scale:.0f} don't overflow"
    return f"values reach {largest:.3g} where there is least room, and have {bits:.0f} bits to spare"


def _why_special(chain: CKKSChain, limit: int) -> str:
    wanted = -(-len(chain.Q) // DEFAULT_DIGITS)
    if len(chain.P) >= wanted:
        return f"{DEFAULT_DIGITS} digits or fewer"
    with_more = log2_product(chain.Q) + (len(chain.P) + 1) * math.log2(chain.P[0]) if chain.P else 0.0
    return f"{wanted} would make {DEFAULT_DIGITS} digits; one more takes {with_more:.0f} bits of {limit}"
