"""The homomorphic operations as torch operators, ``torch.ops.hetorch.*``.

Importing this module registers them. Their kernels compute on cleartext, on tensors of any shape
whose last axis is the slots: a packed value has shape (ciphertexts, slots), and a logical tensor is
accepted alike, so that a graph runs at every stage of compilation. Bookkeeping operations (rescale,
relinearize, level_reduce, bootstrap) are identities here, but for a rescale that knows its prime.

======================= ====================================================================
cadd, csub, cmult       two ciphertexts
padd, psub, pmult       a ciphertext and a plaintext (broadcast: a number, (n,), or (k, n))
negate                  -ct
rotate                  slot s of the result is slot s + steps of ``ct``, cyclically (to the left)
rescale                 one level down; ``factor`` is the nominal scale over the prime divided by
level_reduce            ``levels`` levels down
relinearize             three polynomials to two
bootstrap               level and noise renewed
chebyshev               sum of coefficients[i] * T_i(ct), for values in [-1, 1]
pack, unpack            client side: tensor to slots, slots to tensor
linear_transform        a scheduled matrix-vector product, see :func:`linear_transform`
======================= ====================================================================
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

import torch
from torch import Tensor

NAMESPACE = "hetorch"

_SCHEMAS = (
    "cadd(Tensor ct1, Tensor ct2) -> Tensor",
    "csub(Tensor ct1, Tensor ct2) -> Tensor",
    "cmult(Tensor ct1, Tensor ct2) -> Tensor",
    "padd(Tensor ct, Tensor pt) -> Tensor",
    "psub(Tensor ct, Tensor pt) -> Tensor",
    "pmult(Tensor ct, Tensor pt) -> Tensor",
    "negate(Tensor ct) -> Tensor",
    "rotate(Tensor ct, int steps) -> Tensor",
    "rescale(Tensor ct, float factor=1.0) -> Tensor",
    "relinearize(Tensor ct) -> Tensor",
    "level_reduce(Tensor ct, int levels=1) -> Tensor",
    "bootstrap(Tensor ct) -> Tensor",
    "chebyshev(Tensor ct, float[] coefficients) -> Tensor",
    "pack(Tensor x, Tensor index) -> Tensor",
    "unpack(Tensor slots, Tensor index, int[] shape) -> Tensor",
    "linear_transform(Tensor ct, Tensor diagonals, int[] outputs, int[] giants, int[] inputs, int[] babies,"
    " int[] diagonal_ids, int out_ciphertexts) -> Tensor",
)

OPERATIONS = frozenset(schema.split("(")[0] for schema in _SCHEMAS)
"""Names of the operators in the ``hetorch`` namespace."""

PRIMITIVE_OPERATIONS = OPERATIONS - {"chebyshev", "pack", "unpack", "linear_transform"}
"""The operators that an HE library has as such; the others stand for many, or for the client's work."""


def rotate(ct: Tensor, steps: int) -> Tensor:
    """The slots moved ``steps`` to the left, cyclically along the last axis."""
    return torch.roll(ct, -steps, -1)


def chebyshev(ct: Tensor, coefficients: Sequence[float]) -> Tensor:
    """The Chebyshev series with ``coefficients`` (of T_0 first) at every element.

    Clenshaw's recurrence (Clenshaw 1955), so that the value is right beyond [-1, 1] too.
    """
    zero = torch.zeros_like(ct)
    if not coefficients:
        return zero
    first, second = zero, zero
    for coefficient in reversed(coefficients[1:]):
        first, second = 2 * ct * first - second + coefficient, first
    return ct * first - second + coefficients[0]


def pack(x: Tensor, index: Tensor) -> Tensor:
    """The slots of ``x``: ``index`` (k, n) gives the flat element of each slot, or -1 for a zero."""
    flat = x.reshape(-1)
    return torch.where(index >= 0, flat[index.clamp(min=0)], flat.new_zeros(()))


def unpack(slots: Tensor, index: Tensor, shape: Sequence[int]) -> Tensor:
    """The tensor of ``shape`` whose element i lies at flat position ``index[i]`` of ``slots`` (k, n)."""
    return slots.reshape(-1)[index.reshape(-1)].reshape(list(shape))


def linear_transform(
    ct: Tensor,
    diagonals: Tensor,
    outputs: Sequence[int],
    giants: Sequence[int],
    inputs: Sequence[int],
    babies: Sequence[int],
    diagonal_ids: Sequence[int],
    out_ciphertexts: int,
) -> Tensor:
    """A linear map of packed values by baby steps and giant steps.

    Term t multiplies input ciphertext ``inputs[t]``, rotated by ``babies[t]``, with diagonal
    ``diagonal_ids[t]``. The terms that share an output and a giant step are added up and rotated by
    that giant step; the sums that share an output are added up.
    Source: Halevi and Shoup, "Faster homomorphic linear transformations in HElib" (2018), section 4.

    Args:
        ct: packed input, shape (k, n).
        diagonals: plaintexts, shape (number of diagonals, n).
        outputs, giants, inputs, babies, diagonal_ids: one entry per term.
        out_ciphertexts: ciphertexts of the result.

    Returns:
        Packed output, shape (out_ciphertexts, n).
    """
    rotated: dict[tuple[int, int], Tensor] = {}
    sums: dict[tuple[int, int], Tensor] = {}
    for output, giant, source, baby, diagonal in zip(
        outputs, giants, inputs, babies, diagonal_ids, strict=True
    ):
        if (source, baby) not in rotated:
            rotated[source, baby] = rotate(ct[source], baby)
        product = diagonals[diagonal] * rotated[source, baby]
        sums[output, giant] = sums[output, giant] + product if (output, giant) in sums else product
    rows = [ct.new_zeros(ct.shape[-1]) for _ in range(out_ciphertexts)]
    for (output, giant), total in sums.items():
        rows[output] = rows[output] + rotate(total, giant)
    return torch.stack(rows)


def _identity(ct: Tensor, *_: int) -> Tensor:
    return ct.clone()  # an operator's result must not alias its argument


def rescale(ct: Tensor, factor: float = 1.0) -> Tensor:
    """What the values are taken for when the true and the nominal divisor differ by ``factor``."""
    return ct * factor


_KERNELS: dict[str, Callable[..., Tensor]] = {
    "cadd": torch.add,
    "csub": torch.sub,
    "cmult": torch.mul,
    "padd": torch.add,
    "psub": torch.sub,
    "pmult": torch.mul,
    "negate": torch.neg,
    "rotate": rotate,
    "rescale": rescale,
    "relinearize": _identity,
    "level_reduce": _identity,
    "bootstrap": _identity,
    "chebyshev": chebyshev,
    "pack": pack,
    "unpack": unpack,
    "linear_transform": linear_transform,
}


def _register() -> torch.library.Library:
    library = torch.library.Library(NAMESPACE, "DEF")
    for schema in _SCHEMAS:
        name = schema.split("(")[0]
        library.define(schema)
        library.impl(name, _KERNELS[name], "CompositeExplicitAutograd")
    return library


LIBRARY = _register()
"""Keeps the operators registered; ``define`` and ``impl`` on it add new ones."""
