"""What each compiler is given: networks, slots, options, parameters."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

COMPILERS = ("hetorch-heir", "HEIR", "Orion")


@dataclass(frozen=True)
class OrionSetting:
    """Orion's parameters, which its user chooses.

    Attributes:
        log_n: log2 of the ring dimension.
        log_q: bits of the primes, the last to be dropped first.
        log_p: bits of the special primes.
        log_scale: log2 of the scale.
        hamming_weight: of the secret.
        ring: "Standard", or "ConjugateInvariant", which has a slot for each coefficient.
        boot_log_p: bits of the special primes of bootstrapping.
        dry: only count; its matrices in dense form don't fit into the memory of a workstation.
    """

    log_n: int
    log_q: tuple[int, ...]
    log_p: tuple[int, ...]
    log_scale: int
    hamming_weight: int
    ring: str
    boot_log_p: tuple[int, ...] = ()
    dry: bool = False

    def scheme(self) -> dict[str, Any]:
        """The configuration as Orion reads it."""
        ckks = {
            "LogN": self.log_n,
            "LogQ": self.log_q,
            "LogP": self.log_p,
            "LogScale": self.log_scale,
            "H": self.hamming_weight,
            "RingType": self.ring,
        }
        orion = {
            "margin": 2,
            "embedding_method": "hybrid",
            "backend": "lattigo",
            "fuse_modules": True,
            "debug": False,
        }
        return {"ckks_params": ckks, "boot_params": {"LogP": self.boot_log_p}, "orion": orion}


SHALLOW = OrionSetting(13, (29, *[26] * 5), (29, 29), 26, 8192, "ConjugateInvariant")
"""Of Orion's own examples MLP and LoLA: 8192 slots, 5 levels."""
EXCESS_BITS = 3
"""By which their modulus is longer than the security guidelines of 2024 allow."""
LENET = OrionSetting(14, (29, *[26] * 11), (29, 29), 26, 8192, "Standard")
"""The same with the 11 levels that LeNet-5 takes, in the ring that keeps it secure: 8192 slots."""
DEEP = OrionSetting(16, (55, *[40] * 10), (61, 61, 61), 40, 192, "Standard", boot_log_p=(61,) * 8, dry=True)
"""Of Orion's own example ResNet: 32768 slots, 10 levels after a bootstrap."""


@dataclass(frozen=True)
class Case:
    """A network, and what compilers are given with it.

    Attributes:
        network: its name in ``benchmarks.networks``.
        slots: of this project's ciphertexts, as many as Orion's.
        heir_slots: the least slots that HEIR packs for.
        orion: its parameters.
        options: of this project's export, besides defaults.
        encrypted: execute the programs too.
    """

    network: str
    slots: int
    heir_slots: int
    orion: OrionSetting
    options: dict[str, Any] = field(default_factory=dict)
    encrypted: bool = True


CASES = (
    Case("convolutions 16x16, padded", 8192, 4096, SHALLOW),
    Case("convolutions 16x16, not padded", 8192, 4096, SHALLOW),
    Case("MLP 784-128-128-10", 8192, 1024, SHALLOW),
    Case("MLP 784-128-128-10, ReLU", 8192, 1024, DEEP),
    Case("LoLA", 8192, 8192, SHALLOW),
    Case("LeNet-5", 8192, 8192, LENET),
    Case("ResNet-20", 32768, 16384, DEEP, encrypted=False),
    Case("ResNet-20, SiLU", 32768, 16384, DEEP, {"activation_degree": 31}, encrypted=False),
    Case("ResNet-20, ReLU", 32768, 16384, DEEP, {"activation_method": "composite"}, encrypted=False),
)
"""From the quickest to the slowest."""


def select(parts: Sequence[str]) -> list[Case]:
    """The cases whose networks have one of these in their names, whatever the case of the letters."""
    if "all" in parts:
        return list(CASES)
    return [case for case in CASES if any(part.lower() in case.network.lower() for part in parts)]
