"""BGV and BFV on OpenFHE: integers modulo a prime, in the slots of two rows.

Vectors repeat to fill both rows, so a rotation within the rows is one of the vector. There are no scales:
they are 0 throughout. BGV's modulus switches are the program's (FIXEDMANUAL); BFV has no levels.
"""

from __future__ import annotations

from typing import Any, ClassVar

import numpy as np
import openfhe  # pyright: ignore[reportMissingImports] (on another Python)

from .errors import ExecutionError
from .library import Vector
from .openfhe_library import OpenFHELibrary, first_line
from .parameters import BFV, BGV, Parameters
from .stream import OPERATIONS


class OpenFHEIntegerLibrary(OpenFHELibrary):
    """See :class:`Library`. OpenFHE chooses the ring and the primes."""

    operations: ClassVar[frozenset[str]] = frozenset(OPERATIONS) - {"bootstrap"}

    def __init__(self, parameters: Parameters) -> None:
        super().__init__(parameters)
        self.keeps_dimensions = parameters.scheme == BGV
        ring = self._context.GetRingDimension()
        if ring // 2 % parameters.slots:
            raise ExecutionError(f"vectors of {parameters.slots} slots don't fill rows of {ring // 2} evenly")

    def _make_context(self) -> Any:
        given = self.parameters
        made = openfhe.CCParamsBGVRNS() if given.scheme == BGV else openfhe.CCParamsBFVRNS()
        if given.scheme == BGV:
            made.SetScalingTechnique(openfhe.FIXEDMANUAL)
        made.SetMultiplicativeDepth(self._depth)
        made.SetPlaintextModulus(given.plaintext_modulus)
        if given.log_n:
            made.SetRingDim(1 << given.log_n)
        secure = openfhe.HEStd_128_classic if given.secure else openfhe.HEStd_NotSet
        made.SetSecurityLevel(secure)
        try:
            context = openfhe.GenCryptoContext(made)
        except RuntimeError as error:
            raise ExecutionError(f"OpenFHE refuses the parameters: {first_line(error)}") from error
        for feature in (openfhe.PKE, openfhe.KEYSWITCH, openfhe.LEVELEDSHE, openfhe.ADVANCEDSHE):
            context.Enable(feature)
        return context

    def encode(self, values: Vector, level: int, scale: int) -> Any:
        filled = np.resize(values, self._context.GetRingDimension())
        dropped = self._depth - level if self.parameters.scheme == BGV else 0
        try:
            return self._context.MakePackedPlaintext(np.rint(filled).astype(np.int64), 1, dropped)
        except RuntimeError as error:
            raise ExecutionError(f"OpenFHE can't encode the values: {first_line(error)}") from error

    def decrypt(self, ciphertext: Any) -> Vector:
        try:
            plaintext = self._context.Decrypt(self._secret(), ciphertext)
        except RuntimeError as error:
            raise ExecutionError(f"OpenFHE can't decrypt: {first_line(error)}") from error
        plaintext.SetLength(self.parameters.slots)
        return np.asarray(plaintext.GetPackedValueArray(), np.float64)[: self.parameters.slots]

    def state(self, ciphertext: Any) -> tuple[int, float, int]:
        dropped = ciphertext.GetLevel() if self.parameters.scheme == BGV else 0
        return self._depth - dropped, 0.0, ciphertext.NumberCiphertextElements()

    def add(self, x: Any, y: Any) -> Any:
        return self._context.EvalAdd(*self._of_one_size(x, y))

    def sub(self, x: Any, y: Any) -> Any:
        return self._context.EvalSub(*self._of_one_size(x, y))

    def _of_one_size(self, x: Any, y: Any) -> tuple[Any, Any]:
        """In BFV OpenFHE adds ciphertexts of three and of two polynomials wrongly (1.6.1, measured)."""
        sizes = x.NumberCiphertextElements(), y.NumberCiphertextElements()
        if self.parameters.scheme == BGV or sizes[0] == sizes[1]:
            return x, y
        return (x, self.relinearize(y)) if sizes[1] > sizes[0] else (self.relinearize(x), y)

    add_plain = OpenFHELibrary.add
    sub_plain = OpenFHELibrary.sub

    def rescale(self, x: Any, scale: int) -> Any:
        return self._context.ModReduce(x)

    def level_reduce(self, x: Any, levels: int) -> Any:
        if self.parameters.scheme == BFV:
            raise ExecutionError("BFV has no levels")
        return super().level_reduce(x, levels)
