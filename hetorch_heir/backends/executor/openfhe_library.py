"""CKKS on OpenFHE, with the scaling technique FIXEDMANUAL: the program's rescales are the ones that happen.

A ciphertext of level l is at OpenFHE's level ``depth - l`` (one less where the program's moduli leave the
levels of bootstraps to the library). Its scale
is ``scale_bits`` times OpenFHE's noise scale degree. Under FIXEDMANUAL OpenFHE takes all rescaling primes for
2^scale_bits. It chooses primes itself: of the size asked for, the nearest to the power of two, which is what
the project's chains do too.
"""

from __future__ import annotations

import json
import math
import os
from collections.abc import Iterator
from typing import Any, ClassVar

import numpy as np
import openfhe  # pyright: ignore[reportMissingImports] (on another Python)

from .errors import ExecutionError
from .library import BOOTSTRAP, PUBLIC, RELINEARIZATION, SECRET, Library, Vector
from .parameters import CKKS, Parameters
from .stream import OPERATIONS

SPECIAL_PRIME_BITS = 60
SHORT_FIRST_PRIME_BITS = 55
HEADROOM_BITS = 14
"""log2 of the values that a shorter first prime must have room for."""

LARGEST_BOOTSTRAPPED_RING = 17
"""log2 of the largest ring tried for a program that bootstraps, which takes 17 primes more than it says."""

BOOTSTRAP_BUDGET = (3, 3)
"""Levels for the two linear transforms of a bootstrap."""

LOWEST_BOOTSTRAPPED_LEVEL = 1
"""Of OpenFHE's own levels, from the last prime."""


class OpenFHELibrary(Library):
    """See :class:`Library`."""

    name: ClassVar[str] = "openfhe"
    operations: ClassVar[frozenset[str]] = frozenset(OPERATIONS)
    hoists: ClassVar[bool] = True

    def __init__(self, parameters: Parameters) -> None:
        super().__init__(parameters)
        if parameters.scheme == CKKS:
            _require_one_scale(parameters)
        # A bootstrap starts from two primes: where the program doesn't account for that, its level 0 has a
        # prime more below it.
        self._spare = 1 if parameters.bootstraps and not parameters.bootstrap_levels else 0
        self._depth = _depth(parameters) + self._spare
        self._context = self._make_context()
        self._keys: Any = None
        self._public: Any = None
        self._tag = ""
        self._prepared = False

    @staticmethod
    def version() -> str:
        return f"OpenFHE (openfhe-python {openfhe.__version__})"

    def _make_context(self) -> Any:
        """The context of the program's ring, or the next one; or the one before, for fewer levels.

        OpenFHE gives each key-switching digit a few bits more than it has when it chooses the special
        modulus, whose primes have 60 bits: a first prime of 56 bits or more, alone in its digit, takes two
        of them. So a shorter one is tried before a larger ring, where it leaves room for large values.
        """
        log_n, first = self.parameters.log_n, _bits(self.parameters.moduli[0])
        largest = max(log_n + 1, LARGEST_BOOTSTRAPPED_RING if self.parameters.bootstraps else 0)
        attempts = [(log_n, first), (log_n, SHORT_FIRST_PRIME_BITS)]
        attempts += [(ring, first) for ring in range(log_n + 1, largest + 1)]
        if not self.parameters.scale_bits + HEADROOM_BITS <= SHORT_FIRST_PRIME_BITS < first:
            del attempts[1]
        if self._depth < self.parameters.max_level and self._fits(log_n - 1):
            attempts.insert(0, (log_n - 1, first))
        reasons = []
        for ring, first_bits in attempts:
            for digits in self._digit_counts(ring, first_bits):
                try:
                    context = openfhe.GenCryptoContext(self._context_parameters(ring, first_bits, digits))
                except RuntimeError as error:
                    reasons.append(f"{digits} key-switching digits at 2^{ring}: {first_line(error)}")
                    continue
                features = [openfhe.PKE, openfhe.KEYSWITCH, openfhe.LEVELEDSHE, openfhe.ADVANCEDSHE]
                for feature in features + [openfhe.FHE] * self.parameters.bootstraps:
                    context.Enable(feature)
                return context
        raise ExecutionError(
            f"OpenFHE has no secure context of ring dimension 2^{log_n} to 2^{largest} for this modulus"
            + "".join(f"; {reason}" for reason in reasons),
            "export the program with a smaller scale or fewer levels, or with a larger ring",
        )

    def _fits(self, log_n: int) -> bool:
        """Whether a secure ring of this dimension may do."""
        return self.parameters.secure and self.parameters.width <= 1 << (log_n - 1)

    def _digit_counts(self, log_n: int, first_bits: int) -> Iterator[int]:
        """Numbers of key-switching digits to try: the fewer, the faster, and the larger the modulus."""
        sizes = [first_bits] + [self.parameters.scale_bits] * self._depth
        wanted = -(-len(self.parameters.moduli) // max(1, len(self.parameters.special)))
        limit = self.parameters.max_log_qp * 2.0 ** (log_n - self.parameters.log_n)
        for digits in range(min(max(1, wanted), len(sizes)), len(sizes) + 1):
            in_digit = -(-len(sizes) // digits)
            largest = max(sum(sizes[start : start + in_digit]) for start in range(0, len(sizes), in_digit))
            special = (largest // SPECIAL_PRIME_BITS + 1) * SPECIAL_PRIME_BITS
            if not self.parameters.secure or sum(sizes) + special <= limit:
                yield digits

    def _context_parameters(self, log_n: int, first_bits: int, digits: int) -> Any:
        given = self.parameters
        result = openfhe.CCParamsCKKSRNS()
        result.SetScalingTechnique(openfhe.FIXEDMANUAL)
        result.SetRingDim(1 << log_n)
        result.SetBatchSize(given.width)
        result.SetMultiplicativeDepth(self._depth)
        result.SetFirstModSize(first_bits)
        result.SetScalingModSize(given.scale_bits)
        result.SetKeySwitchTechnique(openfhe.HYBRID)
        result.SetNumLargeDigits(digits)
        result.SetSecurityLevel(openfhe.HEStd_128_classic if given.secure else openfhe.HEStd_NotSet)
        if given.bootstraps:
            result.SetSecretKeyDist(openfhe.SPARSE_ENCAPSULATED)
        return result

    def describe(self) -> dict[str, Any]:
        chains = _chains(json.loads(openfhe.Serialize(self._context, openfhe.JSON)))
        moduli = max(chains, key=len, default=[])
        return {
            "ring_dimension": self._context.GetRingDimension(),
            "moduli": moduli,
            "secret": "sparse, encapsulated" if self.parameters.bootstraps else "uniform ternary",
        }

    # Keys

    def generate(self, kind: str, steps: int = 0) -> None:
        if kind in (PUBLIC, SECRET):
            if self._keys is None:
                pair = self._context.KeyGen()
                self._keys, self._public = pair.secretKey, pair.publicKey
                self._tag = self._public.GetKeyTag()
        elif kind == RELINEARIZATION:
            self._context.EvalMultKeyGen(self._secret())
        elif kind == BOOTSTRAP:
            self._prepare_bootstrap()
            self._context.EvalBootstrapKeyGen(self._secret(), self.parameters.width)
        else:
            self._context.EvalRotateKeyGen(self._secret(), [steps])

    def _secret(self) -> Any:
        if self._keys is None:
            raise ExecutionError("there is no secret key here")
        return self._keys

    def key_bytes(self, kind: str, steps: int = 0) -> bytes:
        if kind == PUBLIC:
            return openfhe.Serialize(self._public, openfhe.BINARY)
        if kind == SECRET:
            return openfhe.Serialize(self._secret(), openfhe.BINARY)
        if kind == RELINEARIZATION:
            return openfhe.SerializeEvalMultKeyString(openfhe.BINARY, self._tag)
        if kind == BOOTSTRAP:
            self.generate(kind)
            data = openfhe.SerializeEvalAutomorphismKeyString(openfhe.BINARY, self._tag)
            openfhe.CryptoContext.ClearEvalAutomorphismKeys()
            return data
        # Generated anew: a map that the context keeps can't be taken apart.
        index = self._context.FindAutomorphismIndex(steps)
        keys = self._context.EvalAutomorphismKeyGen(self._secret(), [index])
        data = openfhe.Serialize(keys, openfhe.BINARY)
        del keys
        openfhe.CryptoContext.ClearEvalAutomorphismKeys()
        return data

    def put_key(self, data: bytes, kind: str, steps: int = 0) -> None:
        try:
            if kind == PUBLIC:
                self._public = _from_file(openfhe.DeserializePublicKey, data)
                self._tag = self._public.GetKeyTag()
            elif kind == SECRET:
                self._keys = openfhe.DeserializePrivateKeyString(data, openfhe.BINARY)
                self._tag = self._keys.GetKeyTag()
            elif kind == RELINEARIZATION:
                openfhe.DeserializeEvalMultKeyString(data, openfhe.BINARY)
            elif kind == BOOTSTRAP:
                openfhe.DeserializeEvalAutomorphismKeyString(data, openfhe.BINARY)
                self._prepare_bootstrap()
            else:
                keys = openfhe.DeserializeEvalKeyMapString(data, openfhe.BINARY)
                openfhe.CryptoContext.InsertEvalAutomorphismKey(keys, self._tag)
        except RuntimeError as error:
            raise ExecutionError(f"the {kind} key can't be read: {first_line(error)}") from error

    def _prepare_bootstrap(self) -> None:
        if not self._prepared:
            self._context.EvalBootstrapSetup(list(BOOTSTRAP_BUDGET), [0, 0], self.parameters.width)
            self._prepared = True

    def forget_rotations(self) -> None:
        openfhe.CryptoContext.ClearEvalAutomorphismKeys()

    # Plaintexts and encryption

    def encode(self, values: Vector, level: int, scale: int) -> Any:
        degree, rest = divmod(scale, self.parameters.scale_bits)
        if rest or not degree:
            raise ExecutionError(
                f"a plaintext of scale 2^{scale}, where OpenFHE encodes only at powers of the scale"
                f" 2^{self.parameters.scale_bits}"
            )
        try:
            return self._context.MakeCKKSPackedPlaintext(
                np.ascontiguousarray(values, np.float64), degree, self._depth - self._spare - level
            )
        except RuntimeError as error:
            raise ExecutionError(f"OpenFHE can't encode the values: {first_line(error)}") from error

    def encrypt(self, plaintext: Any) -> Any:
        if self._public is None and self._keys is None:
            raise ExecutionError("there is no key to encrypt with")
        return self._context.Encrypt(self._keys or self._public, plaintext)

    def decrypt(self, ciphertext: Any) -> Vector:
        try:
            plaintext = self._context.Decrypt(self._secret(), ciphertext)
        except RuntimeError as error:
            raise ExecutionError(
                f"OpenFHE can't decrypt: {first_line(error)}",
                "the values are too large for the modulus, or the key is another one",
            ) from error
        plaintext.SetLength(self.parameters.width)
        return np.asarray(plaintext.GetRealPackedValueArray(), np.float64)[: self.parameters.width]

    def ciphertext_bytes(self, ciphertext: Any) -> bytes:
        return openfhe.Serialize(ciphertext, openfhe.BINARY)

    def ciphertext_from(self, data: bytes) -> Any:
        try:
            return openfhe.DeserializeCiphertextString(data, openfhe.BINARY)
        except RuntimeError as error:
            raise ExecutionError(f"the ciphertext can't be read: {first_line(error)}") from error

    def state(self, ciphertext: Any) -> tuple[int, float, int]:
        level = self._depth - self._spare - ciphertext.GetLevel()
        scale = ciphertext.GetNoiseScaleDeg() * self.parameters.scale_bits
        return level, float(scale), ciphertext.NumberCiphertextElements()

    # Operations

    def add(self, x: Any, y: Any) -> Any:
        return self._context.EvalAdd(x, y)

    def sub(self, x: Any, y: Any) -> Any:
        return self._context.EvalSub(x, y)

    def mul(self, x: Any, y: Any) -> Any:
        return self._context.EvalMultNoRelin(x, y)

    def negate(self, x: Any) -> Any:
        return self._context.EvalNegate(x)

    add_plain, sub_plain = add, sub

    def mul_plain(self, x: Any, y: Any) -> Any:
        return self._context.EvalMult(x, y)

    def rotate(self, x: Any, steps: int) -> Any:
        return self._context.EvalRotate(x, steps)

    def relinearize(self, x: Any) -> Any:
        return self._context.Relinearize(x)

    def rescale(self, x: Any, scale: int) -> Any:
        return self._context.Rescale(x)

    def level_reduce(self, x: Any, levels: int) -> Any:
        return self._context.LevelReduce(x, None, levels)

    def bootstrap(self, x: Any, level: int) -> Any:
        # OpenFHE leaves a ciphertext as it is that has as many levels as it would get.
        spare = self.state(x)[0] + self._spare - LOWEST_BOOTSTRAPPED_LEVEL
        if spare < 0:
            raise ExecutionError(
                "a bootstrap of a ciphertext at level 0: OpenFHE's starts with a product and a rescale",
                "export the program anew",
            )
        lowest = self._context.LevelReduce(x, None, spare) if spare else x
        result = self._context.EvalBootstrap(lowest)
        while result.GetNoiseScaleDeg() > 1:
            result = self._context.Rescale(result)
        left = self.state(result)[0] - level
        if left < 0:
            raise ExecutionError(
                f"a bootstrap gives level {level + left}, where the program says level {level}"
            )
        return self._context.LevelReduce(result, None, left) if left else result

    def decompose(self, x: Any) -> Any:
        return self._context.EvalFastRotationPrecompute(x)

    def rotate_decomposed(self, x: Any, steps: int, digits: Any) -> Any:
        return self._context.EvalFastRotation(x, steps, digits)


def _require_one_scale(parameters: Parameters) -> None:
    sizes = {_bits(prime) for prime in parameters.moduli[1:]}
    if not sizes <= {parameters.scale_bits}:
        raise ExecutionError(
            f"OpenFHE's rescaling primes all have the size of the scale, {parameters.scale_bits} bits; the"
            f" program's have {', '.join(map(str, sorted(sizes)))}",
            "export the program with rescaling primes of the size of its scale",
        )


def _depth(parameters: Parameters) -> int:
    """Levels of the context, but for a spare one.

    A bootstrap takes fewer levels with the sparse secret here than a program accounts for, whose C++ has a
    uniform one: what the program doesn't use itself is left out.
    """
    if not parameters.bootstraps:
        return parameters.max_level
    if not parameters.bootstrap_levels:
        return parameters.max_level + _bootstrap_depth()
    return min(parameters.max_level, parameters.highest_level + _bootstrap_depth())


def _bootstrap_depth() -> int:
    return openfhe.CryptoContext.GetBootstrapDepth(list(BOOTSTRAP_BUDGET), openfhe.SPARSE_ENCAPSULATED)


def _bits(prime: int) -> int:
    return round(math.log2(prime))


def first_line(error: Exception) -> str:
    """What an error of OpenFHE says."""
    return str(error).strip().splitlines()[0] if str(error).strip() else type(error).__name__


def _from_file(read: Any, data: bytes) -> Any:
    """What ``read``, which takes the name of a file, makes of bytes. They don't touch a disk."""
    descriptor = os.memfd_create("key")
    try:
        with open(descriptor, "wb", closefd=False) as stream:
            stream.write(data)
        value, done = read(f"/proc/self/fd/{descriptor}", openfhe.BINARY)
    finally:
        os.close(descriptor)
    if not done:
        raise RuntimeError("the bytes are no such key")
    return value


def _chains(node: Any) -> list[list[int]]:
    """The lists of primes in a serialized context."""
    found: list[list[int]] = []
    if isinstance(node, dict):
        for key, value in node.items():
            if key == "p" and isinstance(value, list):
                found.append([_prime(one) for one in value])
            else:
                found += _chains(value)
    elif isinstance(node, list):
        for value in node:
            found += _chains(value)
    return found


def _prime(node: Any) -> int:
    data = node["ptr_wrapper"].get("data")
    return data["value0"]["cm"]["v"] if data else 0
