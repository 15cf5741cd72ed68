"""How large a modulus a ring dimension can carry at 128-bit security."""

from __future__ import annotations

from types import MappingProxyType

from hetorch_heir.core.errors import ParameterError

MAX_LOG_QP = MappingProxyType({10: 26, 11: 53, 12: 106, 13: 214, 14: 430, 15: 868, 16: 1747, 17: 3523})
"""Largest log2(Q*P) by log2 of the ring dimension: 128-bit classical security, uniform ternary secret.

Source: Bossuat et al., "Security Guidelines for Implementing Homomorphic Encryption", IACR
Communications in Cryptology 1(4), 2024 (ePrint 2024/463), the table of maximal moduli. (The 2018
standard's values, 27, 54, 109, 218, 438, 881, are slightly larger: attacks have improved since.)
"""

LARGEST_LOG_N = max(MAX_LOG_QP)


def max_log_qp(log_n: int) -> int:
    """The bound for ring dimension 2**log_n; 0 where no modulus is secure.

    Raises:
        ParameterError: the ring is larger than the table goes.
    """
    if log_n > LARGEST_LOG_N:
        raise ParameterError(
            f"no security estimate is known for ring dimension 2^{log_n}",
            hint=f"use at most 2^{LARGEST_LOG_N}",
        )
    return MAX_LOG_QP.get(log_n, 0)


def is_secure(log_n: int, log_qp: float) -> bool:
    """Whether a modulus of ``log_qp`` bits, special primes included, has 128-bit security."""
    return log_qp <= max_log_qp(log_n)


def smallest_secure_log_n(log_qp: float) -> int | None:
    """The smallest ring dimension (log2) that carries ``log_qp`` bits, or None."""
    return next((log_n for log_n, bound in sorted(MAX_LOG_QP.items()) if log_qp <= bound), None)
