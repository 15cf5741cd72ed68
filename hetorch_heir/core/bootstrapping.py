"""What each library's bootstrapping takes of a modulus chain.

A bootstrap raises a ciphertext to the highest level and computes with it until it is fresh again: of the
levels of the chain only the rest is the program's. Whose primes those levels are depends on the library.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any, cast

from xdsl.dialects.builtin import DictionaryAttr, IntegerAttr, ModuleOp, i64

from hetorch_heir.core.errors import ParameterError

CONFIGURATION = "backend.config_override"
LEVELS_CONSUMED = "bootstrapLevelsConsumed"
"""Entry of a module's configuration of the back end, in which HEIR says what bootstraps take of the chain."""


@dataclass(frozen=True)
class Bootstrapping:
    """The part of a chain that bootstrapping needs.

    Attributes:
        library: that bootstraps.
        levels: at the top of the chain, which a bootstrap consumes itself.
        spare: primes below the lowest level at which a ciphertext may be refreshed.
        added_bits: size of the primes that the library adds to the chain by itself.
        smallest_log_n: log2 of the smallest ring dimension.
        scale_bits, first_bits: log2 of the scale and size of the first prime taken by default.
        least_scale_bits: below it what a bootstrap returns is noise.
        most_headroom: the most bits by which the first prime may exceed the scale.
        secret: distribution of the secret key, where it isn't uniform ternary.
    """

    library: str
    levels: int
    spare: int = 0
    added_bits: int = 0
    smallest_log_n: int = 0
    scale_bits: int = 40
    first_bits: int = 60
    least_scale_bits: int = 0
    most_headroom: int = 60
    secret: str = ""

    def check_sizes(self, scale_bits: int, first_bits: int) -> None:
        """Refuse sizes with which bootstraps don't work.

        Raises:
            ParameterError: says which would.
        """
        if scale_bits < self.least_scale_bits:
            raise ParameterError(
                f"bootstraps on {self.library} lose all precision with a scale of 2^{scale_bits}",
                hint=f"use a scale of at least {self.least_scale_bits} bits; {self.scale_bits} is best",
            )
        if first_bits - scale_bits > self.most_headroom:
            raise ParameterError(
                f"bootstraps on {self.library} don't take a first prime of {first_bits} bits with a scale of"
                f" 2^{scale_bits}",
                hint=f"use a first prime of at most {scale_bits + self.most_headroom} bits",
            )

    def configuration(self) -> DictionaryAttr:
        """What a module with bootstraps says of them, as the attribute ``CONFIGURATION``."""
        return DictionaryAttr({LEVELS_CONSUMED: IntegerAttr(self.levels, i64)})

    @classmethod
    def of(cls, module: ModuleOp) -> Bootstrapping | None:
        """The levels that a module says bootstraps consume, if it does; nothing else is known."""
        configuration = module.attributes.get(CONFIGURATION)
        if not isinstance(configuration, DictionaryAttr):
            return None
        consumed = configuration.data.get(LEVELS_CONSUMED)
        if not isinstance(consumed, IntegerAttr):
            return None
        return cls("", cast("IntegerAttr[Any]", consumed).value.data)


OPENFHE_LEVEL_BUDGET = (3, 3)
"""Levels of the two linear transforms of a bootstrap, as the programs that HEIR writes set it up."""

OPENFHE_MODULAR_REDUCTION = 14
"""Levels of the modular reduction for a uniform ternary secret (openfhe 1.6; 10 for a sparse one)."""

BOOTSTRAPPING: Mapping[str, Bootstrapping] = MappingProxyType(
    {
        # The chain is all there is. A bootstrap starts with a product and a rescale, so at level 1. Measured
        # with openfhe-python 1.6.1 and FIXEDMANUAL: errors of 3e-6 with 59 and 60 bits, 6e-4 with 50 and 55,
        # garbage with 45 and 52; 50 and 60 are refused.
        "openfhe": Bootstrapping(
            library="openfhe",
            levels=OPENFHE_MODULAR_REDUCTION + sum(OPENFHE_LEVEL_BUDGET),
            spare=1,
            scale_bits=59,
            least_scale_bits=50,
            most_headroom=5,
        ),
        # The chain is the program's; the default circuit adds 4 primes of 56 bits, 8 of 60, 3 of 39, and
        # special primes of 61 bits, about as many as the square root of the number of all of them.
        "lattigo": Bootstrapping(
            library="lattigo",
            levels=0,
            added_bits=4 * 56 + 8 * 60 + 3 * 39 + 5 * 61,
            smallest_log_n=16,
            secret="sparse, of Hamming weight 192",
        ),
    }
)


def bootstrapping_of(library: str) -> Bootstrapping:
    """What bootstraps of a library take.

    Raises:
        ParameterError: it has none.
    """
    if library not in BOOTSTRAPPING:
        raise ParameterError(
            f"{library} does not bootstrap", hint=f"use {' or '.join(sorted(BOOTSTRAPPING))}"
        )
    return BOOTSTRAPPING[library]
