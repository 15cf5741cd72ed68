"""A backend."""

from dataclasses import replace

import numpy as np

from hetorch_heir.backends import FakeBackend, FakeCiphertext


class SinglePrecisionBackend(FakeBackend):
    """Slots in the clear whose products are rounded to 24 bits."""

    def cmult(self, ct1: FakeCiphertext, ct2: FakeCiphertext) -> FakeCiphertext:
        return _rounded(super().cmult(ct1, ct2))

    def pmult(self, ct: FakeCiphertext, pt) -> FakeCiphertext:
        return _rounded(super().pmult(ct, pt))


def _rounded(ct: FakeCiphertext) -> FakeCiphertext:
    return replace(ct, values=ct.values.astype(np.float32).astype(np.float64))
