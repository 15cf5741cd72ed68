"""OpenFHE's key-switching keys, cut down to the levels at which they are used.

A key of hybrid key switching (K. Han, D. Ki, "Better bootstrapping for approximate homomorphic encryption",
CT-RSA 2020) has two polynomials per digit, each modulo all primes q_0 … q_L and all special ones. A
ciphertext of l primes is switched with the first ⌈l/α⌉ digits, α being the primes of a digit, and of those
only with the residues modulo q_0 … q_(l-1) and the special primes. OpenFHE generates whole keys. Here the
residues that ciphertexts of at most l primes don't need are taken out of the serialized key:

    2·dnum·(L + 1 + K)·N words   become   2·⌈l/α⌉·(l + K)·N

OpenFHE reads such a key as one whose polynomials lack those residues. It would follow a null pointer if it
were used on a larger ciphertext: that is for the caller to refuse.

In the binary format, that of cereal, the residues modulo one prime are

    01, N (8 bytes), N words, the prime (8 bytes)

where a null pointer is 00 alone. The first ones, which always stay, have the number of the format's version
after the 01.
"""

from __future__ import annotations

import mmap
import struct
from collections.abc import Iterator
from typing import NamedTuple

WORD = struct.Struct("<Q")
PRESENT, ABSENT = b"\x01", b"\x00"
VERSION = bytes(4)


class _Residues(NamedTuple):
    """Where a key has the residues of a polynomial modulo one prime, from the pointer's mark on."""

    start: int
    end: int
    prime: int


class KeyLayout:
    """Where a serialized key has which residues.

    Args:
        data: of one key, or a map with one; it may be limited already.
        ring_dimension: N.
        moduli: primes of the largest ciphertext that it is for, L + 1 for a whole key.
        digit: primes of a digit, α.
    """

    def __init__(self, data: bytes | mmap.mmap, ring_dimension: int, moduli: int, digit: int) -> None:
        self._data = data
        self._residues = _find_residues(data, ring_dimension)
        self._moduli = moduli
        self._digit = digit
        self._basis = _basis([one.prime for one in self._residues], moduli, digit)

    @property
    def known(self) -> bool:
        """Whether the bytes have the form above; where they don't, the whole key has to do."""
        return self._basis > 0

    def limited(self, used: int) -> bytes:
        """The key without what ciphertexts of ``used`` primes, or fewer, don't need."""
        parts: list[bytes] = []
        copied = 0
        for one in self._unused(used):
            parts += [self._data[copied : one.start], ABSENT]
            copied = one.end
        return b"".join((*parts, self._data[copied:]))

    def size(self, used: int) -> int:
        """The bytes of :meth:`limited`."""
        return len(self._data) - sum(one.end - one.start - len(ABSENT) for one in self._unused(used))

    def _unused(self, used: int) -> Iterator[_Residues]:
        digits, digits_used = -(-self._moduli // self._digit), -(-used // self._digit)
        for number, one in enumerate(self._residues):
            digit, residue = number // self._basis % digits, number % self._basis
            if digit >= digits_used or used <= residue < self._moduli:
                yield one


def _find_residues(data: bytes | mmap.mmap, ring_dimension: int) -> list[_Residues]:
    """All of them, in order."""
    size = WORD.pack(ring_dimension)
    found: list[_Residues] = []
    at = data.find(size)
    while at >= 0:
        mark = PRESENT if found else PRESENT + VERSION
        end = at + WORD.size * (ring_dimension + 2)
        prime = WORD.unpack_from(data, end - WORD.size)[0] if end <= len(data) else 0
        # The primes of a ring of dimension N are 1 modulo 2N.
        if data[max(0, at - len(mark)) : at] == mark and prime % (2 * ring_dimension) == 1:
            found.append(_Residues(at - len(mark), end, prime))
            at = data.find(size, end)
        else:
            at = data.find(size, at + 1)
    return found


def _basis(primes: list[int], moduli: int, digit: int) -> int:
    """The number of primes, special ones included, that each polynomial has; 0 if they aren't all alike."""
    distinct = len(set(primes))
    alike = all(prime == primes[number % distinct] for number, prime in enumerate(primes))
    whole = distinct > moduli and len(primes) == 2 * -(-moduli // digit) * distinct
    return distinct if alike and whole else 0
