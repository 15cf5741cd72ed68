"""A library without encryption that counts its calls, for tests of what surrounds libraries."""

from __future__ import annotations

import json
from collections import Counter
from dataclasses import dataclass
from typing import Any, ClassVar

import numpy as np

from hetorch_heir.backends.executor.library import Library, Vector
from hetorch_heir.backends.executor.parameters import Parameters
from hetorch_heir.backends.executor.stream import OPERATIONS


@dataclass
class Clear:
    values: Vector
    level: int
    scale: float
    dimension: int = 2


class ClearLibrary(Library):
    name: ClassVar[str] = "clear"
    operations: ClassVar[frozenset[str]] = frozenset(OPERATIONS) - {"bootstrap"}
    hoists: ClassVar[bool] = True

    def __init__(self, parameters: Parameters) -> None:
        super().__init__(parameters)
        self.calls: Counter[str] = Counter()
        self.rescale_error = 0.0

    def __getattribute__(self, name: str) -> Any:
        if name in {*OPERATIONS, "encode", "decompose", "rotate_decomposed"}:
            super().__getattribute__("calls")[name] += 1
        return super().__getattribute__(name)

    @staticmethod
    def version() -> str:
        return "no library"

    def describe(self) -> dict[str, Any]:
        return {"moduli": list(self.parameters.moduli)}

    def generate(self, kind: str, steps: int = 0) -> None: ...

    def key_bytes(self, kind: str, steps: int = 0) -> bytes:
        return f"{kind} {steps}".encode()

    def put_key(self, data: bytes, kind: str, steps: int = 0) -> None:
        assert data == self.key_bytes(kind, steps)

    def forget_rotations(self) -> None: ...

    def encode(self, values: Vector, level: int, scale: int) -> Clear:
        return Clear(np.resize(values, self.parameters.width), level, scale)

    def encrypt(self, plaintext: Clear) -> Clear:
        return plaintext

    def decrypt(self, ciphertext: Clear) -> Vector:
        return ciphertext.values

    def ciphertext_bytes(self, ciphertext: Clear) -> bytes:
        return json.dumps([ciphertext.values.tolist(), ciphertext.level, ciphertext.scale]).encode()

    def ciphertext_from(self, data: bytes) -> Clear:
        values, level, scale = json.loads(data)
        return Clear(np.array(values), level, scale)

    def state(self, ciphertext: Clear) -> tuple[int, float, int]:
        return ciphertext.level, ciphertext.scale, ciphertext.dimension

    def add(self, x: Clear, y: Clear) -> Clear:
        return Clear(x.values + y.values, x.level, x.scale, max(x.dimension, y.dimension))

    def sub(self, x: Clear, y: Clear) -> Clear:
        return Clear(x.values - y.values, x.level, x.scale, max(x.dimension, y.dimension))

    def mul(self, x: Clear, y: Clear) -> Clear:
        dimension = x.dimension + y.dimension - 1
        return Clear(x.values * y.values, x.level, x.scale + y.scale, dimension)

    def negate(self, x: Clear) -> Clear:
        return Clear(-x.values, x.level, x.scale, x.dimension)

    add_plain, sub_plain = add, sub

    def mul_plain(self, x: Clear, y: Clear) -> Clear:
        return Clear(x.values * y.values, x.level, x.scale + y.scale, x.dimension)

    def rotate(self, x: Clear, steps: int) -> Clear:
        return Clear(np.roll(x.values, -steps), x.level, x.scale)

    def relinearize(self, x: Clear) -> Clear:
        return Clear(x.values, x.level, x.scale)

    def rescale(self, x: Clear, scale: int) -> Clear:
        return Clear(x.values, x.level - 1, scale + self.rescale_error, x.dimension)

    def level_reduce(self, x: Clear, levels: int) -> Clear:
        return Clear(x.values, x.level - levels, x.scale, x.dimension)

    def decompose(self, x: Clear) -> Clear:
        return x

    def rotate_decomposed(self, x: Clear, steps: int, digits: Clear) -> Clear:
        assert digits is x
        return Clear(np.roll(x.values, -steps), x.level, x.scale)
