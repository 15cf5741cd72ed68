"""CKKS on TenSEAL's vectors, which keep levels, scales and relinearization to themselves.

Vectors have no rotation that a program could use, so this runs programs of element-wise arithmetic only. What
the program says about rescales, relinearizations and levels is left out: TenSEAL places its own, after every
product. Keys live in TenSEAL's context, together.
"""

from __future__ import annotations

import math
from importlib.metadata import version as package_version
from typing import Any, ClassVar

import numpy as np
import tenseal

from .errors import ExecutionError
from .library import Library, Vector
from .parameters import Parameters

LARGEST_PRIME_BITS = 60


class TensealLibrary(Library):
    """See :class:`Library`."""

    name: ClassVar[str] = "tenseal"
    operations: ClassVar[frozenset[str]] = frozenset(
        (
            "add",
            "sub",
            "mul",
            "negate",
            "add_plain",
            "sub_plain",
            "mul_plain",
            "relinearize",
            "rescale",
            "level_reduce",
        )
    )

    def __init__(self, parameters: Parameters) -> None:
        super().__init__(parameters)
        primes = (*parameters.moduli, max(parameters.special, default=1 << LARGEST_PRIME_BITS))
        sizes = [min(LARGEST_PRIME_BITS, round(math.log2(prime))) for prime in primes]
        try:
            self._context = tenseal.context(
                tenseal.SCHEME_TYPE.CKKS,
                poly_modulus_degree=1 << parameters.log_n,
                coeff_mod_bit_sizes=sizes,
            )
        except ValueError as error:
            raise ExecutionError(
                f"TenSEAL refuses the parameters: {error}", "it has only contexts of 128-bit security"
            ) from error
        self._context.global_scale = 2.0**parameters.scale_bits
        self._sizes = sizes

    @staticmethod
    def version() -> str:
        return f"TenSEAL {package_version('tenseal')}"

    def describe(self) -> dict[str, Any]:
        return {
            "ring_dimension": 1 << self.parameters.log_n,
            "modulus_bits": self._sizes[:-1],
            "secret": "uniform ternary",
        }

    # Keys: all but those for rotations, which nothing here uses, are made with the context.

    def generate(self, kind: str, steps: int = 0) -> None:
        return None

    def key_bytes(self, kind: str, steps: int = 0) -> bytes:
        raise _no_files()

    def put_key(self, data: bytes, kind: str, steps: int = 0) -> None:
        raise _no_files()

    def forget_rotations(self) -> None:
        return None

    # Plaintexts and encryption

    def encode(self, values: Vector, level: int, scale: int) -> Any:
        return np.resize(values, self.parameters.width).tolist()

    def encrypt(self, plaintext: Any) -> Any:
        return tenseal.ckks_vector(self._context, plaintext)

    def decrypt(self, ciphertext: Any) -> Vector:
        return np.asarray(ciphertext.decrypt(), np.float64)

    def ciphertext_bytes(self, ciphertext: Any) -> bytes:
        return ciphertext.serialize()

    def ciphertext_from(self, data: bytes) -> Any:
        try:
            return tenseal.ckks_vector_from(self._context, data)
        except (RuntimeError, ValueError) as error:
            raise ExecutionError(f"the ciphertext can't be read by TenSEAL: {error}") from error

    def state(self, ciphertext: Any) -> tuple[int, float, int]:
        raise ExecutionError("TenSEAL's vectors don't show level and scale", "check with the backend seal")

    # Operations

    def add(self, x: Any, y: Any) -> Any:
        return x + y

    def sub(self, x: Any, y: Any) -> Any:
        return x - y

    def mul(self, x: Any, y: Any) -> Any:
        return x * y

    def negate(self, x: Any) -> Any:
        return -x

    add_plain, sub_plain, mul_plain = add, sub, mul

    def rotate(self, x: Any, steps: int) -> Any:
        raise ExecutionError("TenSEAL's vectors have no rotations", "use the backend seal")

    def relinearize(self, x: Any) -> Any:
        return x

    def rescale(self, x: Any, scale: int) -> Any:
        return x

    def level_reduce(self, x: Any, levels: int) -> Any:
        return x


def _no_files() -> ExecutionError:
    return ExecutionError(
        "TenSEAL keeps its keys together", "use the backend openfhe or seal for files of keys"
    )
