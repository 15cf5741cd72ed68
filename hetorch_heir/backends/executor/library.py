"""What the executor asks of a library of homomorphic encryption.

Ciphertexts and plaintexts are the library's own objects. Levels count the rescales still possible; scales
are base-2 logarithms. Operations never change their operands.
"""

from __future__ import annotations

import importlib
import mmap
from abc import ABC, abstractmethod
from typing import Any, ClassVar

import numpy as np

from .errors import ExecutionError
from .parameters import CKKS, Parameters

Vector = np.ndarray[Any, np.dtype[np.float64]]

PUBLIC, SECRET, RELINEARIZATION, ROTATION = "public", "secret", "relinearization", "rotation"
BOOTSTRAP = "bootstrap"
KEY_KINDS = (PUBLIC, SECRET, RELINEARIZATION, ROTATION, BOOTSTRAP)

LIBRARIES = {
    "openfhe": ".openfhe_single_keys:OpenFHESingleKeyLibrary",
    "seal": ".seal_library:SealLibrary",
    "tenseal": ".tenseal_library:TensealLibrary",
}
"""Where the libraries are that come with this package."""


class Library(ABC):
    """One context with its keys.

    Args:
        parameters: what the context is made from.

    Raises:
        ExecutionError: the library can't have such a context.
    """

    name: ClassVar[str]
    """As in the option ``--backend``."""

    operations: ClassVar[frozenset[str]]
    """The operations of :mod:`.stream` that it has."""

    hoists: ClassVar[bool] = False
    """Whether rotations of one ciphertext can share work (:meth:`decompose`)."""

    keeps_dimensions: bool = True
    """Whether ciphertexts are relinearized where the program says, and nowhere else."""

    def __init__(self, parameters: Parameters) -> None:
        self.parameters = parameters

    def available(self) -> frozenset[str]:
        """The operations that this context has."""
        bootstraps = frozenset(("bootstrap",))
        return self.operations if self.parameters.bootstraps else self.operations - bootstraps

    @staticmethod
    @abstractmethod
    def version() -> str:
        """Name and version of the library."""

    @abstractmethod
    def describe(self) -> dict[str, Any]:
        """The context as the library made it: ``ring_dimension``, ``moduli``, ``log_qp``, ``secret``."""

    # Keys. The library keeps them; the secret key is only there where it was generated or put.

    @abstractmethod
    def generate(self, kind: str, steps: int = 0) -> None:
        """Generate a key; ``steps`` is that of a rotation. The secret and public keys come first, as one."""

    @abstractmethod
    def key_bytes(self, kind: str, steps: int = 0) -> bytes:
        """A key in the library's own format."""

    @abstractmethod
    def put_key(self, data: bytes, kind: str, steps: int = 0) -> None:
        """Take over a key."""

    def limit_key(
        self, data: bytes | mmap.mmap, kind: str, level: int, highest: int | None = None
    ) -> bytes | None:
        """What ciphertexts up to ``level`` need of a key's bytes; None where the library wants all.

        Args:
            data: the bytes of a key, after a header of any length.
            highest: the level that the key has been limited to before; None if it is whole.
        """
        return None

    def limited_sizes(self, data: bytes, kind: str, level: int) -> list[int]:
        """The bytes of :meth:`limit_key` for every level up to ``level``; none where it gives None."""
        return []

    def restrict_key(self, kind: str, steps: int, level: int) -> None:
        """Refuse to use a key that was put here above ``level``, as it is one of :meth:`limit_key`."""
        raise ExecutionError(f"{self.name} takes keys for all levels only", "generate the keys anew")

    def put_key_file(self, path: str, kind: str, steps: int = 0) -> None:
        """As :meth:`put_key`, for bytes in a file."""
        with open(path, "rb") as stream:
            self.put_key(stream.read(), kind, steps)

    def drop_key(self, kind: str, steps: int = 0) -> None:
        """Free the memory of a key that was put here."""
        raise ExecutionError(f"{self.name} can't let go of single keys", "run without a key budget")

    @abstractmethod
    def forget_rotations(self) -> None:
        """Drop all rotation keys."""

    # Plaintexts and encryption

    @abstractmethod
    def encode(self, values: Vector, level: int, scale: int) -> Any:
        """A plaintext; ``values`` repeat to fill the slots."""

    @abstractmethod
    def encrypt(self, plaintext: Any) -> Any: ...

    @abstractmethod
    def decrypt(self, ciphertext: Any) -> Vector:
        """The values of the ring's slots, of which the first ``width`` are those of the parameters."""

    @abstractmethod
    def ciphertext_bytes(self, ciphertext: Any) -> bytes: ...

    @abstractmethod
    def ciphertext_from(self, data: bytes) -> Any:
        """
        Raises:
            ExecutionError: the bytes are no ciphertext of this context.
        """

    @abstractmethod
    def state(self, ciphertext: Any) -> tuple[int, float, int]:
        """Level, scale (log2) and dimension, as the library has them."""

    # Operations

    @abstractmethod
    def add(self, x: Any, y: Any) -> Any: ...

    @abstractmethod
    def sub(self, x: Any, y: Any) -> Any: ...

    @abstractmethod
    def mul(self, x: Any, y: Any) -> Any:
        """The product, neither relinearized nor rescaled."""

    @abstractmethod
    def negate(self, x: Any) -> Any: ...

    @abstractmethod
    def add_plain(self, x: Any, y: Any) -> Any: ...

    @abstractmethod
    def sub_plain(self, x: Any, y: Any) -> Any: ...

    @abstractmethod
    def mul_plain(self, x: Any, y: Any) -> Any: ...

    @abstractmethod
    def rotate(self, x: Any, steps: int) -> Any:
        """Slots of the ring moved to the left, cyclically."""

    @abstractmethod
    def relinearize(self, x: Any) -> Any: ...

    @abstractmethod
    def rescale(self, x: Any, scale: int) -> Any:
        """One prime less; ``scale`` is the one that results."""

    @abstractmethod
    def level_reduce(self, x: Any, levels: int) -> Any: ...

    def bootstrap(self, x: Any, level: int) -> Any:
        """The same values at ``level``."""
        raise ExecutionError(f"{self.name} does not bootstrap", "use the backend openfhe")

    def decompose(self, x: Any) -> Any:
        """What rotations of ``x`` have in common (the digits of key switching)."""
        raise ExecutionError(f"{self.name} does not hoist rotations")

    def rotate_decomposed(self, x: Any, steps: int, digits: Any) -> Any:
        """As :meth:`rotate`, with the digits of ``x`` at hand."""
        raise ExecutionError(f"{self.name} does not hoist rotations")


def make_library(name: str, parameters: Parameters) -> Library:
    """The library's context.

    Raises:
        ExecutionError: the library is not known or not installed, or can't have such a context.
    """
    if parameters.scheme == CKKS:
        return library_class(name)(parameters)
    if name != "openfhe":
        raise ExecutionError(
            f"{name} runs CKKS only, not {parameters.scheme.upper()}", "use the backend openfhe"
        )
    library_class(name)  # says what to do where OpenFHE can't be imported
    from .openfhe_integers import OpenFHEIntegerLibrary

    return OpenFHEIntegerLibrary(parameters)


def library_class(name: str) -> type[Library]:
    """The class for a library, one of :data:`LIBRARIES` or ``package.module:Class``.

    Its Python package is imported here.
    """
    module, _, class_name = LIBRARIES.get(name, name).partition(":")
    if not class_name:
        raise ExecutionError(f"there is no library named {name!r}")
    try:
        return getattr(importlib.import_module(module, __package__), class_name)
    except ImportError as error:
        raise ExecutionError(f"the Python package for {name} can't be imported: {error}") from error
