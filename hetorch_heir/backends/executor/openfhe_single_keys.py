"""OpenFHE with evaluation keys that come and go one by one.

OpenFHE's Python package keeps keys in global maps, from which single ones can't be removed: rotation keys
can only be cleared all together, relinearization keys not at all, and inserting a second key merges it into
the object of the first. So keys are held here. A plain rotation and a relinearization take their key as an
argument; a hoisted rotation looks in the global map, where each key is under a tag of its own, which the
ciphertext bears during the call. Their files hold them for the levels at which a program uses them.
"""

from __future__ import annotations

import contextlib
import mmap
import re
from functools import cached_property
from typing import Any

import openfhe  # pyright: ignore[reportMissingImports] (on another Python)

from .errors import ExecutionError
from .library import BOOTSTRAP, RELINEARIZATION, ROTATION
from .openfhe_key_limits import KeyLayout
from .openfhe_library import OpenFHELibrary
from .parameters import Parameters


class OpenFHESingleKeyLibrary(OpenFHELibrary):
    """See :class:`Library`."""

    def __init__(self, parameters: Parameters) -> None:
        super().__init__(parameters)
        self._held: dict[int, Any] = {}
        """The rotation keys that were put here."""
        self._inserted: set[int] = set()
        """Those of them that are in the global map: hoisted rotations have used them."""
        self._relinearization: Any = None
        self._bootstrap: Any = None
        self._highest: dict[tuple[str, int], int] = {}
        """The highest levels that keys are for, where that isn't all."""

    def limit_key(
        self, data: bytes | mmap.mmap, kind: str, level: int, highest: int | None = None
    ) -> bytes | None:
        layout = self._layout(data, kind, highest)
        return layout.limited(self._primes(level)) if layout is not None else None

    def limited_sizes(self, data: bytes, kind: str, level: int) -> list[int]:
        layout = self._layout(data, kind)
        return [layout.size(self._primes(one)) for one in range(level + 1)] if layout is not None else []

    def _layout(self, data: bytes | mmap.mmap, kind: str, highest: int | None = None) -> KeyLayout | None:
        if kind not in (RELINEARIZATION, ROTATION):
            return None
        moduli = self._depth + 1 if highest is None else self._primes(highest)
        layout = KeyLayout(data, self._context.GetRingDimension(), moduli, self._digit_primes)
        return layout if layout.known else None

    @cached_property
    def _digit_primes(self) -> int:
        """The primes of a key-switching digit, which the context says only when it is serialized."""
        text = openfhe.Serialize(self._context, openfhe.JSON)
        counts = re.findall(r'"dnum": *(\d+)', text if isinstance(text, str) else text.decode())
        return -(-(self._depth + 1) // int(counts[0]))

    def _primes(self, level: int) -> int:
        return level + self._spare + 1

    def restrict_key(self, kind: str, steps: int, level: int) -> None:
        self._highest[kind, steps] = level

    def _require_level(self, x: Any, kind: str, steps: int = 0) -> None:
        """Refuse a ciphertext that a key has nothing for: OpenFHE would crash."""
        highest = self._highest.get((kind, steps))
        if highest is not None and (level := self.state(x)[0]) > highest:
            raise ExecutionError(
                f"the {kind} key is for ciphertexts up to level {highest}, and this one has level {level}",
                "encrypt the inputs for this program, and generate its keys anew",
            )

    def key_bytes(self, kind: str, steps: int = 0) -> bytes:
        if kind != RELINEARIZATION:
            return super().key_bytes(kind, steps)
        keys = openfhe.CryptoContext.GetEvalMultKeyVector(self._tag)
        return openfhe.Serialize(keys[0], openfhe.BINARY)

    def put_key(self, data: bytes, kind: str, steps: int = 0) -> None:
        if kind == BOOTSTRAP:
            super().put_key(data, kind, steps)
            self._bootstrap = openfhe.CryptoContext.GetEvalAutomorphismKeyMap(self._tag)
            return
        if kind not in (RELINEARIZATION, ROTATION):
            super().put_key(data, kind, steps)
            return
        try:
            if kind == RELINEARIZATION:
                self._put_relinearization(openfhe.DeserializeEvalKeyString(data, openfhe.BINARY))
            else:
                self._put_rotation(openfhe.DeserializeEvalKeyMapString(data, openfhe.BINARY), steps)
        except RuntimeError as error:
            raise _unreadable(kind, error) from error

    def put_key_file(self, path: str, kind: str, steps: int = 0) -> None:
        if kind not in (RELINEARIZATION, ROTATION):
            super().put_key_file(path, kind, steps)
            return
        read = openfhe.DeserializeEvalKey if kind == RELINEARIZATION else openfhe.DeserializeEvalKeyMap
        try:
            key, done = read(path, openfhe.BINARY)
        except RuntimeError as error:
            raise _unreadable(kind, error) from error
        if not done:
            raise ExecutionError(f"the {kind} key can't be read")
        if kind == RELINEARIZATION:
            self._put_relinearization(key)
        else:
            self._put_rotation(key, steps)

    def _put_relinearization(self, key: Any) -> None:
        self._highest.pop((RELINEARIZATION, 0), None)
        if self.parameters.bootstraps and self._relinearization is None:
            # Bootstrapping looks in the global map, from which the key can't be removed: it stays.
            with contextlib.suppress(RuntimeError):  # it is there already
                openfhe.CryptoContext.InsertEvalMultKey([key], self._tag)
        self._relinearization = key

    def _put_rotation(self, key: Any, steps: int) -> None:
        if steps in self._held:  # inserting would merge the two
            self.drop_key(ROTATION, steps)
        self._highest.pop((ROTATION, steps), None)
        self._held[steps] = key

    def _tag_of(self, steps: int) -> str:
        return f"{self._tag}#{steps}"

    def drop_key(self, kind: str, steps: int = 0) -> None:
        if kind == RELINEARIZATION:
            if not self.parameters.bootstraps:
                self._relinearization = None
            return
        if kind == BOOTSTRAP:
            self._bootstrap = None
        else:
            self._held.pop(steps, None)
            if steps not in self._inserted:
                return
        openfhe.CryptoContext.ClearEvalAutomorphismKeys()
        self._inserted.clear()  # the others are put back when they are used
        if self._bootstrap is not None:
            openfhe.CryptoContext.InsertEvalAutomorphismKey(self._bootstrap, self._tag)

    def forget_rotations(self) -> None:
        self._held.clear()
        self._inserted.clear()
        super().forget_rotations()

    def rotate(self, x: Any, steps: int) -> Any:
        if steps not in self._held:
            return super().rotate(x, steps)
        self._require_level(x, ROTATION, steps)
        index = self._context.FindAutomorphismIndex(steps)
        return self._context.EvalAutomorphism(x, index, self._held[steps])

    def rotate_decomposed(self, x: Any, steps: int, digits: Any) -> Any:
        if steps not in self._held:
            return super().rotate_decomposed(x, steps, digits)
        self._require_level(x, ROTATION, steps)
        if steps not in self._inserted:
            openfhe.CryptoContext.InsertEvalAutomorphismKey(self._held[steps], self._tag_of(steps))
            self._inserted.add(steps)
        x.SetKeyTag(self._tag_of(steps))
        try:
            result = super().rotate_decomposed(x, steps, digits)
        finally:
            x.SetKeyTag(self._tag)
        result.SetKeyTag(self._tag)
        return result

    def relinearize(self, x: Any) -> Any:
        if self._relinearization is None:
            return super().relinearize(x)
        self._require_level(x, RELINEARIZATION)
        return self._context.KeySwitch(x, self._relinearization)


def _unreadable(kind: str, error: Exception) -> ExecutionError:
    lines = str(error).strip().splitlines()
    return ExecutionError(f"the {kind} key can't be read: {lines[0] if lines else type(error).__name__}")
