"""Encrypted execution in one go: keys, encryption, evaluation and decryption on one executor."""

from __future__ import annotations

import contextlib
import time
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from hetorch_heir.backends.choice import library_reference
from hetorch_heir.backends.connection import Connection, Report, connect
from hetorch_heir.backends.executor.library import BOOTSTRAP, PUBLIC, RELINEARIZATION, ROTATION
from hetorch_heir.backends.executor.parameters import Parameters
from hetorch_heir.backends.executor.stream import OPERATIONS, Stream
from hetorch_heir.backends.recording import Packed, Program

Arrays = Sequence[NDArray[Any]]


def required_keys(stream: Stream, lanes: int = 1) -> list[tuple[str, int]]:
    """The evaluation keys that a program needs: their kinds, and the steps of rotations in the ring."""
    keys: list[tuple[str, int]] = []
    if any(stream.uses(operation) for operation in ("mul", "relinearize", "bootstrap")):
        keys.append((RELINEARIZATION, 0))
    if stream.uses("bootstrap"):
        keys.append((BOOTSTRAP, 0))
    return keys + [(ROTATION, steps * lanes) for steps in stream.rotations()]


@dataclass
class Seconds:
    """What an execution spent its time on."""

    keys: float = 0.0
    encryption: float = 0.0
    evaluation: float = 0.0
    decryption: float = 0.0
    calls: Counter[str] = field(default_factory=Counter)
    """Within the evaluation, by call of the library."""


class Session:
    """A program on an executor.

    Args:
        connection: the executor; the session opens a context on it.
        backend: the library.
        program: what to run.
        parameters: of the context, made for the program.
        plaintext_bytes: memory for plaintexts that stay encoded between runs.

    Attributes:
        seconds: spent so far.
    """

    def __init__(
        self,
        connection: Connection,
        backend: str,
        program: Program,
        parameters: Parameters,
        *,
        plaintext_bytes: int = 0,
    ) -> None:
        self.connection = connection
        self.backend = backend
        self.program = program
        self.parameters = parameters
        self.seconds = Seconds()
        self._plaintext_bytes = plaintext_bytes
        self._stream: Stream | None = None
        connection.call("open", {"library": library_reference(backend), "parameters": parameters.to_json()})

    def generate_keys(self, report: Report | None = None) -> None:
        """Generate the keys of the program, which stay with the executor."""
        with _added(self.seconds, "keys"):
            keys = [(PUBLIC, 0), *required_keys(self.program.record(), self.parameters.lanes)]
            self.connection.call("generate", {"keys": keys}, report=report)

    def load(self, inputs: Arrays | None = None) -> Stream:
        """The program on the executor; recorded anew where it depends on inputs that aren't encrypted."""
        if self._stream is None or (inputs is not None and self.program.client.takes_public):
            self._stream = self.program.record(inputs)
            body, buffers = self._stream.to_message()
            self.connection.call("load", {"stream": body, "plaintext_bytes": self._plaintext_bytes}, buffers)
        return self._stream

    def encrypt(self, samples: Sequence[Arrays]) -> list[int]:
        """Handles of the ciphertexts of up to ``lanes`` samples, each a list of the model's inputs."""
        with _added(self.seconds, "encryption"):
            packed = [self.program.pack(inputs) for inputs in samples]
            return [self._encrypt(vectors) for vectors in zip(*packed, strict=True)]

    def _encrypt(self, vectors: Sequence[Packed]) -> int:
        first = vectors[0]
        buffers = [np.ascontiguousarray(one.slots, "<f8").data for one in vectors]
        body = {"level": first.level, "scale": first.scale}
        return self.connection.call("encrypt", body, buffers)[0]["handle"]

    def evaluate(
        self, inputs: Sequence[int], *, check: bool = False, report: Report | None = None
    ) -> list[int]:
        """Handles of the results; the program must be loaded. ``check`` compares types and ciphertexts."""
        (outputs,) = self.evaluate_together([inputs], check=check, report=report)
        return outputs

    def evaluate_together(
        self, groups: Sequence[Sequence[int]], *, check: bool = False, report: Report | None = None
    ) -> list[list[int]]:
        """Handles of the results for several groups of inputs, in step: keys and plaintexts serve all."""
        body = {"groups": [list(group) for group in groups], "check": check}
        answer, _ = self.connection.call("run_together", body, report=report)
        self.seconds.evaluation += answer["seconds"]
        self.seconds.calls.update(answer["calls"])
        return answer["groups"]

    def decrypt(self, stream: Stream, handles: Sequence[int], count: int = 1) -> list[list[NDArray[Any]]]:
        """The model's outputs for each of the first ``count`` samples in the ciphertexts."""
        with _added(self.seconds, "decryption"):
            lanes: list[list[NDArray[np.float64]]] = [[] for _ in range(count)]
            for handle in handles:
                _, buffers = self.connection.call("decrypt", {"handle": handle, "count": count})
                for lane, buffer in zip(lanes, buffers, strict=True):
                    lane.append(np.frombuffer(buffer, "<f8"))
            return [self.program.unpack(stream, slots) for slots in lanes]

    def free(self, handles: Sequence[int]) -> None:
        self.connection.call("free", {"handles": list(handles)})

    def run(
        self, samples: Sequence[Arrays], *, check: bool = False, report: Report | None = None
    ) -> list[list[NDArray[Any]]]:
        """Encrypt, evaluate and decrypt up to ``lanes`` samples."""
        stream = self.load(samples[0])
        inputs = self.encrypt(samples)
        results = self.evaluate(inputs, check=check, report=report)
        outputs = self.decrypt(stream, results, len(samples))
        self.free([*inputs, *results])
        return outputs

    def fork(self) -> Session:
        """A session with the same keys, on an executor that runs at the same time."""
        copy = Session.__new__(Session)
        copy.__dict__.update(self.__dict__)
        copy.connection = self.connection.fork()
        copy.seconds = Seconds()
        return copy


@contextlib.contextmanager
def _added(seconds: Seconds, what: str) -> Iterator[None]:
    start = time.perf_counter()
    yield
    setattr(seconds, what, getattr(seconds, what) + time.perf_counter() - start)


def operation_counts(stream: Stream) -> Counter[str]:
    """How often a program uses each operation, by the names of :class:`Domain`'s methods."""
    codes, counts = np.unique(stream.code[:, 0], return_counts=True)
    return Counter(
        {OPERATIONS[code]: count for code, count in zip(codes.tolist(), counts.tolist(), strict=True)}
    )


def run_encrypted(
    program: Program,
    inputs: Arrays,
    *,
    backend: str = "openfhe",
    python: str | Path | None = None,
    check: bool = False,
    insecure: bool = False,
) -> list[NDArray[Any]]:
    """Run a program on inputs under encryption, with keys made for the occasion.

    Args:
        inputs: one array per input of the model.
        backend: "openfhe" or "seal".
        python: the interpreter that has the library; None searches one.
        check: compare level, scale and dimension of every ciphertext with the program's types.
        insecure: accept parameters of less than 128-bit security.

    Raises:
        BackendError: the library is missing, or refuses.
        ProgramError: the inputs don't fit.
    """
    with connect(backend, None if python is None else str(python)) as connection:
        session = Session(connection, backend, program, program.parameters(insecure=insecure))
        session.generate_keys()
        return session.run([inputs], check=check)[0]
