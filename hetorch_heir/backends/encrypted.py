"""Backends that encrypt: one operation at a time, on a library's executor."""

from __future__ import annotations

import math
import weakref
from typing import Any

import numpy as np
import numpy.typing as npt

from hetorch_heir.backends.base import CostModel, HEBackend, Slots
from hetorch_heir.backends.connection import Connection, connect
from hetorch_heir.backends.cost_tables import measured_costs
from hetorch_heir.backends.errors import BackendError
from hetorch_heir.backends.executor.library import PUBLIC, RELINEARIZATION, ROTATION
from hetorch_heir.backends.executor.parameters import Parameters
from hetorch_heir.core.chain import CKKSChain, choose_chain
from hetorch_heir.core.security import max_log_qp
from hetorch_heir.interpreter.domain import Domain, FloatArray
from hetorch_heir.interpreter.values import Ciphertext, Plaintext

DEFAULT_DEPTH = 5

OPERATIONS = {
    "cadd": "add",
    "csub": "sub",
    "cmult": "mul",
    "padd": "add_plain",
    "psub": "sub_plain",
    "pmult": "mul_plain",
    "negate": "negate",
    "rotate": "rotate",
    "rescale": "rescale",
    "relinearize": "relinearize",
    "level_reduce": "level_reduce",
    "bootstrap": "bootstrap",
}
"""The operations of backends by those of libraries."""


class Handle:
    """A ciphertext that the executor has. When this goes, its number is added to ``gone``."""

    def __init__(self, number: int, gone: list[int]) -> None:
        self.number = number
        weakref.finalize(self, gone.append, number)


Encrypted = Ciphertext[Any]


class EncryptedDomain(Domain[Any]):
    """Ciphertexts of a library, under the rules of :class:`Domain`; plaintexts are their vectors.

    Rotation keys are generated when they are first needed.
    """

    def __init__(self, connection: Connection, parameters: Parameters) -> None:
        super().__init__(parameters.slots, moduli=parameters.moduli, default_scale=parameters.scale_bits)
        self._connection = connection
        self._rotations: set[int] = set()
        self._gone: list[int] = []

    def _handle(self, number: int) -> Handle:
        # Freed here and not by finalizers, which may run in the middle of another request.
        if self._gone:
            gone = self._gone[:]
            del self._gone[: len(gone)]
            self._connection.call("free", {"handles": gone})
        return Handle(number, self._gone)

    def _apply(
        self,
        operation: str,
        *operands: Encrypted,
        plaintext: tuple[FloatArray, int] | None = None,
        **body: Any,
    ) -> Handle:
        body |= {"operation": operation, "operands": [one.payload.number for one in operands]}
        buffers: list[Any] = []
        if plaintext is not None:
            values, scale = plaintext
            body |= {"level": operands[0].level, "scale": scale}
            buffers = [np.ascontiguousarray(values, "<f8").data]
        answer, _ = self._connection.call("apply", body, buffers)
        return self._handle(answer["handle"])

    def _encode(self, values: FloatArray, level: int | None, scale: int | None) -> Any:
        return values

    def _encrypt(self, x: Plaintext[Any], level: int, scale: int) -> Handle:
        buffers = [np.ascontiguousarray(x.payload, "<f8").data]
        answer, _ = self._connection.call("encrypt", {"level": level, "scale": scale}, buffers)
        return self._handle(answer["handle"])

    def _decrypt(self, x: Encrypted) -> FloatArray:
        _, (buffer,) = self._connection.call("decrypt", {"handle": x.payload.number})
        return np.frombuffer(buffer, "<f8")

    def _decode(self, x: Plaintext[Any]) -> FloatArray:
        return x.payload

    def _add(self, x: Encrypted, y: Encrypted) -> Handle:
        return self._apply("add", x, y)

    def _sub(self, x: Encrypted, y: Encrypted) -> Handle:
        return self._apply("sub", x, y)

    def _add_plain(self, x: Encrypted, y: Plaintext[Any]) -> Handle:
        return self._apply("add_plain", x, plaintext=(y.payload, x.scale_log2))

    def _sub_plain(self, x: Encrypted, y: Plaintext[Any]) -> Handle:
        return self._apply("sub_plain", x, plaintext=(y.payload, x.scale_log2))

    def _mul_plain(self, x: Encrypted, y: Plaintext[Any]) -> Handle:
        scale = self.default_scale if y.scale_log2 is None else y.scale_log2
        assert scale is not None
        return self._apply("mul_plain", x, plaintext=(y.payload, scale))

    def _negate(self, x: Encrypted) -> Handle:
        return self._apply("negate", x)

    def _mul(self, x: Encrypted, y: Encrypted) -> Handle:
        return self._apply("mul", x, y)

    def _rotate(self, x: Encrypted, steps: int) -> Handle:
        assert self.slots is not None
        steps %= self.slots
        if steps == 0:
            return x.payload
        if steps not in self._rotations:
            self._connection.call("generate", {"keys": [[ROTATION, steps]]})
            self._rotations.add(steps)
        return self._apply("rotate", x, arguments=[steps])

    def _relinearize(self, x: Encrypted) -> Handle:
        return self._apply("relinearize", x)

    def _rescale(self, x: Encrypted, scale: int) -> Handle:
        return self._apply("rescale", x, arguments=[scale])

    def _level_reduce(self, x: Encrypted, levels: int) -> Handle:
        return self._apply("level_reduce", x, arguments=[levels])

    def _bootstrap(self, x: Encrypted, level: int, scale: int) -> Handle:
        return self._apply("bootstrap", x, arguments=[level])


class LibraryBackend(HEBackend[Encrypted]):
    """CKKS on a library, with its keys made when they are needed.

    It holds the secret key: for tests and experiments. Sessions and ``hetorch-run keygen`` keep it apart.

    Args:
        library: "openfhe", "seal" or "tenseal".
        chain: the primes; None chooses a secure chain of ``DEFAULT_DEPTH`` levels.
        python: the interpreter that has the library; None searches one.
        bootstraps: make a context that can bootstrap, which takes a ring of 2^16 to be secure.

    Raises:
        BackendError: the library is missing, or can't have such a chain.
    """

    def __init__(
        self,
        library: str,
        chain: CKKSChain | None = None,
        python: str | None = None,
        *,
        bootstraps: bool = False,
    ) -> None:
        self.chain = choose_chain(DEFAULT_DEPTH) if chain is None else chain
        self.library = library
        self._bootstraps = bootstraps
        self._connection = connect(library, python)
        secure = max_log_qp(self.chain.log_n) if self.chain.secure else 0
        parameters = Parameters(
            self.chain.log_n,
            self.chain.Q,
            self.chain.P,
            self.chain.log_scale,
            self.chain.slots,
            max_log_qp=secure,
            bootstraps=bootstraps,
        )
        try:
            self._connection.call("open", {"library": library, "parameters": parameters.to_json()})
            self._connection.call("generate", {"keys": [[PUBLIC, 0], [RELINEARIZATION, 0]]})
        except BackendError:
            self._connection.close()
            raise
        self._domain = EncryptedDomain(self._connection, parameters)

    def close(self) -> None:
        """End the executor; ciphertexts are gone then."""
        self._connection.close()

    def __enter__(self) -> LibraryBackend:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    @property
    def domain(self) -> Domain[Any]:
        """Its ciphertexts as values of the interpreter."""
        return self._domain

    @property
    def cost_model(self) -> CostModel:
        """Measured latencies of the library, on one thread."""
        costs = measured_costs("openfhe" if self.library == "openfhe" else "seal")
        return costs.for_chain(self.chain, bootstraps=self._bootstraps)

    def get_supported_operations(self) -> frozenset[str]:
        answer, _ = self._connection.call("operations")
        return frozenset(ours for ours, theirs in OPERATIONS.items() if theirs in answer["operations"])

    def encrypt(self, values: npt.ArrayLike, level: int | None = None) -> Encrypted:
        level = self.chain.max_level if level is None else level
        return self._domain.encrypt(self._encoded(values, level, self.chain.log_scale))

    def decrypt(self, ct: Encrypted) -> Slots:
        return self._domain.decode(self._domain.decrypt(ct)).copy()

    def cadd(self, ct1: Encrypted, ct2: Encrypted) -> Encrypted:
        return self._domain.add(ct1, ct2)

    def csub(self, ct1: Encrypted, ct2: Encrypted) -> Encrypted:
        return self._domain.sub(ct1, ct2)

    def cmult(self, ct1: Encrypted, ct2: Encrypted) -> Encrypted:
        return self._domain.mul(ct1, ct2)

    def padd(self, ct: Encrypted, pt: npt.ArrayLike) -> Encrypted:
        return self._domain.add_plain(ct, self._encoded(pt, ct.level, ct.scale_log2))

    def psub(self, ct: Encrypted, pt: npt.ArrayLike) -> Encrypted:
        return self._domain.sub_plain(ct, self._encoded(pt, ct.level, ct.scale_log2))

    def pmult(self, ct: Encrypted, pt: npt.ArrayLike) -> Encrypted:
        return self._domain.mul_plain(ct, self._encoded(pt, ct.level, self.chain.log_scale))

    def negate(self, ct: Encrypted) -> Encrypted:
        return self._domain.negate(ct)

    def rotate(self, ct: Encrypted, steps: int) -> Encrypted:
        return self._domain.rotate(ct, steps)

    def rescale(self, ct: Encrypted) -> Encrypted:
        bits = round(math.log2(self.chain.Q[ct.level]))
        return self._domain.rescale(ct, scale=ct.scale_log2 - bits)

    def relinearize(self, ct: Encrypted) -> Encrypted:
        return self._domain.relinearize(ct)

    def level_reduce(self, ct: Encrypted, levels: int = 1) -> Encrypted:
        return self._domain.level_reduce(ct, levels)

    def bootstrap(self, ct: Encrypted) -> Encrypted:
        return self._domain.bootstrap(ct, level=self.chain.max_level, scale=self.chain.log_scale)

    def _encoded(self, values: npt.ArrayLike, level: int, scale: int) -> Plaintext[Any]:
        return self._domain.encode(np.asarray(values, np.float64), level=level, scale=scale)
