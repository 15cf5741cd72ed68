"""A backend."""

from dataclasses import replace

import numpy as np

from hetorch_heir.backends import FakeBackend, FakeCiphertext


class SinglePrecisionBackend(FakeBackend):
    """Slots in the clear whose products with constants are rounded to 24 bits."""

    def pmult(self, ct: FakeCiphertext, pt) -> FakeCiphertext:
        product = super().pmult(ct, pt)
        return replace(product, values=product.values.astype(np.float32).astype(np.float64))
