"""CKKS on Microsoft SEAL, as TenSEAL's ``sealapi`` binds it.

SEAL takes the program's primes as they are, and refuses operands of unequal level or scale. A rescale divides
the scale by a prime that is only near a power of two; the result is given the power nevertheless, as it is by
OpenFHE under FIXEDMANUAL. That changes values by the relative distance of the prime from the power.
"""

from __future__ import annotations

import math
import os
from importlib.metadata import version as package_version
from typing import Any, ClassVar

import numpy as np
import tenseal.sealapi as seal

from .errors import ExecutionError
from .library import PUBLIC, RELINEARIZATION, SECRET, Library, Vector
from .parameters import Parameters
from .stream import OPERATIONS

LARGEST_CHECKED_RING = 15
"""log2 of the largest ring that SEAL knows the security of."""

LARGEST_PRIME_BITS = 60
"""Bits of the largest primes that SEAL takes; HEIR's first and special primes are sometimes larger."""

SCALE_TOLERANCE = 0.01
"""Bits by which a scale after a rescale may miss its power of two."""


class SealLibrary(Library):
    """See :class:`Library`."""

    name: ClassVar[str] = "seal"
    operations: ClassVar[frozenset[str]] = frozenset(OPERATIONS) - {"bootstrap"}

    def __init__(self, parameters: Parameters) -> None:
        super().__init__(parameters)
        if not parameters.special:
            raise ExecutionError("SEAL needs a special prime for key switching, and the program gives none")
        self._primes = _primes(parameters)
        self._context = _make_context(parameters, self._primes)
        self._encoder = seal.CKKSEncoder(self._context)
        self._evaluator = seal.Evaluator(self._context)
        self._generator: Any = None
        self._secret: Any = None
        self._public: Any = None
        self._relinearization: Any = None
        self._rotations: dict[int, Any] = {}
        self._levels = _levels(self._context)

    @staticmethod
    def version() -> str:
        return f"SEAL (tenseal {package_version('tenseal')})"

    def describe(self) -> dict[str, Any]:
        return {
            "ring_dimension": 1 << self.parameters.log_n,
            "moduli": self._primes[:-1],
            "secret": "uniform ternary",
        }

    # Keys

    def generate(self, kind: str, steps: int = 0) -> None:
        if kind in (PUBLIC, SECRET):
            if self._generator is None:
                self._generator = seal.KeyGenerator(self._context)
                self._secret = self._generator.secret_key()
                self._public = seal.PublicKey()
                self._generator.create_public_key(self._public)
        elif kind == RELINEARIZATION:
            self._relinearization = seal.RelinKeys()
            self._keys_of_secret().create_relin_keys(self._relinearization)
        else:
            self._rotations[steps] = self._rotation_key(steps)

    def _keys_of_secret(self) -> Any:
        if self._generator is None:
            if self._secret is None:
                raise ExecutionError("there is no secret key here")
            self._generator = seal.KeyGenerator(self._context, self._secret)
        return self._generator

    def _rotation_key(self, steps: int) -> Any:
        key = seal.GaloisKeys()
        element = pow(3, steps, 2 << self.parameters.log_n)
        self._keys_of_secret().create_galois_keys([element], key)
        return key

    def key_bytes(self, kind: str, steps: int = 0) -> bytes:
        if kind == PUBLIC:
            return _to_bytes(self._public)
        if kind == SECRET:
            return _to_bytes(self._secret)
        if kind == RELINEARIZATION:
            return _to_bytes(self._relinearization)
        return _to_bytes(self._rotations.get(steps) or self._rotation_key(steps))

    def put_key(self, data: bytes, kind: str, steps: int = 0) -> None:
        if kind == PUBLIC:
            self._public = self._loaded(seal.PublicKey(), data, kind)
        elif kind == SECRET:
            self._secret = self._loaded(seal.SecretKey(), data, kind)
        elif kind == RELINEARIZATION:
            self._relinearization = self._loaded(seal.RelinKeys(), data, kind)
        else:
            self._rotations[steps] = self._loaded(seal.GaloisKeys(), data, kind)

    def _loaded(self, target: Any, data: bytes, what: str) -> Any:
        """``target``, with the content that SEAL saved; its own check is part of that."""
        descriptor = os.memfd_create("seal")
        try:
            with open(descriptor, "wb", closefd=False) as stream:
                stream.write(data)
            target.load(self._context, f"/proc/self/fd/{descriptor}")
        except (RuntimeError, ValueError) as error:
            raise ExecutionError(f"the {what} can't be read by SEAL: {error}") from error
        finally:
            os.close(descriptor)
        return target

    def drop_key(self, kind: str, steps: int = 0) -> None:
        if kind == RELINEARIZATION:
            self._relinearization = None
        else:
            self._rotations.pop(steps, None)

    def forget_rotations(self) -> None:
        self._rotations.clear()

    # Plaintexts and encryption

    def encode(self, values: Vector, level: int, scale: int) -> Any:
        plaintext = seal.Plaintext()
        slots = np.resize(values, self._encoder.slot_count()).tolist()
        try:
            self._encoder.encode(slots, self._levels[level], 2.0**scale, plaintext)
        except (RuntimeError, ValueError) as error:
            raise ExecutionError(f"SEAL can't encode the values at level {level}: {error}") from error
        return plaintext

    def encrypt(self, plaintext: Any) -> Any:
        if self._public is None:
            raise ExecutionError("there is no key to encrypt with")
        ciphertext = seal.Ciphertext()
        seal.Encryptor(self._context, self._public).encrypt(plaintext, ciphertext)
        return ciphertext

    def decrypt(self, ciphertext: Any) -> Vector:
        if self._secret is None:
            raise ExecutionError("there is no secret key here")
        plaintext = seal.Plaintext()
        seal.Decryptor(self._context, self._secret).decrypt(ciphertext, plaintext)
        return np.asarray(self._encoder.decode_double(plaintext))[: self.parameters.width]

    def ciphertext_bytes(self, ciphertext: Any) -> bytes:
        return _to_bytes(ciphertext)

    def ciphertext_from(self, data: bytes) -> Any:
        return self._loaded(seal.Ciphertext(), data, "ciphertext")

    def state(self, ciphertext: Any) -> tuple[int, float, int]:
        level = self._context.get_context_data(ciphertext.parms_id()).chain_index()
        return level, math.log2(ciphertext.scale), ciphertext.size()

    # Operations

    def _result_of(self, method: str, *arguments: Any) -> Any:
        result = seal.Ciphertext()
        getattr(self._evaluator, method)(*arguments, result)
        return result

    def add(self, x: Any, y: Any) -> Any:
        return self._result_of("add", x, y)

    def sub(self, x: Any, y: Any) -> Any:
        return self._result_of("sub", x, y)

    def mul(self, x: Any, y: Any) -> Any:
        return self._result_of("multiply", x, y)

    def negate(self, x: Any) -> Any:
        return self._result_of("negate", x)

    def add_plain(self, x: Any, y: Any) -> Any:
        return self._result_of("add_plain", x, y)

    def sub_plain(self, x: Any, y: Any) -> Any:
        return self._result_of("sub_plain", x, y)

    def mul_plain(self, x: Any, y: Any) -> Any:
        return self._result_of("multiply_plain", x, y)

    def rotate(self, x: Any, steps: int) -> Any:
        if steps not in self._rotations:
            raise ExecutionError(
                f"the key for rotations by {steps} is missing", "generate the keys for this program"
            )
        return self._result_of("rotate_vector", x, steps, self._rotations[steps])

    def relinearize(self, x: Any) -> Any:
        if self._relinearization is None:
            raise ExecutionError("the relinearization key is missing", "generate the keys for this program")
        return self._result_of("relinearize", x, self._relinearization)

    def rescale(self, x: Any, scale: int) -> Any:
        result = self._result_of("rescale_to_next", x)
        if abs(math.log2(result.scale) - scale) > SCALE_TOLERANCE:
            raise ExecutionError(
                f"a rescale gives scale 2^{math.log2(result.scale):.3f}, where the program says 2^{scale}"
            )
        result.scale = 2.0**scale
        return result

    def level_reduce(self, x: Any, levels: int) -> Any:
        target = self._context.get_context_data(x.parms_id()).chain_index() - levels
        return self._result_of("mod_switch_to", x, self._levels[target])


def _primes(parameters: Parameters) -> list[int]:
    """The program's primes and one special prime; where SEAL can't take the first or the special, its own.

    No rescale divides by either.
    """
    sizes = [LARGEST_PRIME_BITS] * (len(parameters.moduli) + 2)
    own = (prime.value() for prime in seal.CoeffModulus.Create(1 << parameters.log_n, sizes))
    spare = (prime for prime in own if prime not in {*parameters.moduli, *parameters.special})
    first, special = parameters.moduli[0], max(parameters.special)
    return [
        first if first.bit_length() <= LARGEST_PRIME_BITS else next(spare),
        *parameters.moduli[1:],
        special if special.bit_length() <= LARGEST_PRIME_BITS else next(spare),
    ]


def _make_context(parameters: Parameters, primes: list[int]) -> Any:
    scheme = seal.EncryptionParameters(seal.SCHEME_TYPE.CKKS)
    scheme.set_poly_modulus_degree(1 << parameters.log_n)
    scheme.set_coeff_modulus([seal.Modulus(prime) for prime in primes])
    checked = parameters.secure and parameters.log_n <= LARGEST_CHECKED_RING
    security = seal.SEC_LEVEL_TYPE.TC128 if checked else seal.SEC_LEVEL_TYPE.NONE
    context = seal.SEALContext(scheme, True, security)
    if not context.parameters_set():
        raise ExecutionError(f"SEAL refuses the parameters: {context.parameters_error_message()}")
    return context


def _levels(context: Any) -> list[Any]:
    """The identifiers of the levels' parameters, the lowest level first."""
    data = context.first_context_data()
    found = []
    while data is not None:
        found.append(data.parms_id())
        data = data.next_context_data()
    return found[::-1]


def _to_bytes(value: Any) -> bytes:
    descriptor = os.memfd_create("seal")
    try:
        value.save(f"/proc/self/fd/{descriptor}")
        with open(descriptor, "rb", closefd=False) as stream:
            return stream.read()
    except RuntimeError as error:
        raise ExecutionError(f"SEAL can't save what it should: {error}") from error
    finally:
        os.close(descriptor)
