"""The scheme's rules, and cleartext slots under them."""

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from hetorch_heir.core.errors import ProgramError
from hetorch_heir.interpreter.cleartext import CleartextDomain
from hetorch_heir.interpreter.values import Ciphertext, Plaintext

Q = (1125899908022273, 1099511922689, 1099512938497)  # 50, 40 and 40 bits
VALUES = np.arange(8.0)


def domain() -> CleartextDomain:
    return CleartextDomain(8, moduli=Q)


def ciphertext(level: int = 2, scale: int = 40, dimension: int = 2) -> Ciphertext[Any]:
    return Ciphertext(VALUES, level, scale, dimension)


def plaintext(level: int | None = 2, scale: int | None = 40) -> Plaintext[Any]:
    return Plaintext(VALUES + 1, level, scale)


REFUSED: dict[str, tuple[Callable[[CleartextDomain], object], str]] = {
    "add levels": (lambda d: d.add(ciphertext(), ciphertext(level=1)), "unequal level: 2 and 1"),
    "sub scales": (lambda d: d.sub(ciphertext(), ciphertext(scale=80)), r"unequal scale \(log2\): 40 and 80"),
    "add_plain level": (lambda d: d.add_plain(ciphertext(), plaintext(1)), "unequal level: 2 and 1"),
    "sub_plain scale": (
        lambda d: d.sub_plain(ciphertext(scale=80), plaintext()),
        r"unequal scale \(log2\): 80 and 40",
    ),
    "mul levels": (lambda d: d.mul(ciphertext(), ciphertext(level=0)), "unequal level: 2 and 0"),
    "mul_plain level": (lambda d: d.mul_plain(ciphertext(), plaintext(0)), "unequal level: 2 and 0"),
    "rotate": (lambda d: d.rotate(ciphertext(dimension=3), 1), "dimension 3 can't be rotated"),
    "bootstrap": (
        lambda d: d.bootstrap(ciphertext(dimension=3), level=2, scale=40),
        "dimension 3 can't be bootstrapped",
    ),
    "bootstrap level": (
        lambda d: d.bootstrap(ciphertext(), level=3, scale=40),
        "level 3 is outside the modulus chain, whose levels are 0 to 2",
    ),
    "relinearize": (lambda d: d.relinearize(ciphertext()), "dimension 2 needs no relinearization"),
    "rescale at 0": (lambda d: d.rescale(ciphertext(0, 80), scale=40), "level 0 can't be rescaled"),
    "rescale up": (lambda d: d.rescale(ciphertext(), scale=40), "must make the scale smaller: from 40 to 40"),
    "rescale by another prime": (
        lambda d: d.rescale(ciphertext(scale=80), scale=41),
        "divides by a prime of 40 bits, but the scale goes from 80 to 41",
    ),
    "level_reduce too far": (lambda d: d.level_reduce(ciphertext(1), 2), "2 levels can't be dropped"),
    "level_reduce by none": (lambda d: d.level_reduce(ciphertext(), 0), "0 levels can't be dropped"),
    "encode too many": (lambda d: d.encode(np.zeros(9)), "9 values don't fit into the 8 slots"),
    "encode level": (lambda d: d.encode(VALUES, level=3), "level 3 is outside the modulus chain"),
    "encrypt unknown": (lambda d: d.encrypt(plaintext(None)), "level or scale of the plaintext"),
}


@pytest.mark.parametrize("case", REFUSED)
def test_what_the_scheme_forbids_is_an_error(case: str) -> None:
    operation, message = REFUSED[case]
    with pytest.raises(ProgramError, match=message):
        operation(domain())


def test_results_have_the_level_scale_and_dimension_that_the_scheme_gives_them() -> None:
    d = domain()
    product = d.mul(ciphertext(), ciphertext())
    assert (product.level, product.scale_log2, product.dimension) == (2, 80, 3)
    total = d.add(product, ciphertext(scale=80))
    assert total.dimension == 3
    rescaled = d.rescale(d.relinearize(total), scale=40)
    assert (rescaled.level, rescaled.scale_log2, rescaled.dimension) == (1, 40, 2)
    assert d.level_reduce(rescaled, 1).level == 0
    refreshed = d.bootstrap(rescaled, level=2, scale=45)
    assert (refreshed.level, refreshed.scale_log2) == (2, 45)


def test_an_untracked_plaintext_adopts_the_ciphertexts_level_and_scale() -> None:
    d = domain()
    assert d.add_plain(ciphertext(1, 80), plaintext(None, None)).scale_log2 == 80
    assert d.mul_plain(ciphertext(1, 80), plaintext(None, None)).scale_log2 == 160
    fixed = CleartextDomain(8, default_scale=40)
    assert fixed.mul_plain(ciphertext(1, 80), plaintext(None, None)).scale_log2 == 120


def test_short_vectors_are_repeated_over_the_slots() -> None:
    d = domain()
    np.testing.assert_array_equal(d.decode(d.encode(np.array([1.0, 2.0]))), [1, 2, 1, 2, 1, 2, 1, 2])


def test_the_first_vector_sets_the_number_of_slots_where_it_is_not_given() -> None:
    d = CleartextDomain()
    d.encode(np.zeros(4))
    with pytest.raises(ProgramError, match="5 values don't fit into the 4 slots"):
        d.encode(np.zeros(5))


def test_operations_are_counted_refused_ones_too() -> None:
    d = domain()
    d.rotate(d.add(ciphertext(), ciphertext()), 1)
    with pytest.raises(ProgramError):
        d.rotate(ciphertext(dimension=3), 1)
    assert d.counts == {"add": 1, "rotate": 2}


vectors = st.lists(st.floats(-1e3, 1e3), min_size=8, max_size=8).map(np.array)


@given(vectors, vectors, st.integers(-20, 20))
def test_cleartext_slots_compute_what_numpy_computes(x: Any, y: Any, steps: int) -> None:
    d = CleartextDomain(8)
    a, b = d.encode(x, level=1, scale=40), d.encode(y, level=1, scale=40)
    cx, cy = d.encrypt(a), d.encrypt(b)
    expected = {
        "add": (d.add(cx, cy), x + y),
        "sub": (d.sub(cx, cy), x - y),
        "mul": (d.mul(cx, cy), x * y),
        "add_plain": (d.add_plain(cx, b), x + y),
        "sub_plain": (d.sub_plain(cx, b), x - y),
        "mul_plain": (d.mul_plain(cx, b), x * y),
        "negate": (d.negate(cx), -x),
        "rotate": (d.rotate(cx, steps), np.roll(x, -steps)),
        "relinearize": (d.relinearize(d.mul(cx, cy)), x * y),
        "rescale": (d.rescale(cx, scale=10), x),
        "level_reduce": (d.level_reduce(cx, 1), x),
        "bootstrap": (d.bootstrap(cx, level=5, scale=40), x),
    }
    for name, (result, value) in expected.items():
        np.testing.assert_array_equal(d.decode(d.decrypt(result)), value, err_msg=name)
