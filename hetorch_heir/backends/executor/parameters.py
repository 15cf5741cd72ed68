"""Parameters of a context, as a program gives them."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Any

from .errors import ExecutionError

CKKS, BGV, BFV = "ckks", "bgv", "bfv"


@dataclass(frozen=True)
class Parameters:
    """What a library makes its context from.

    Attributes:
        log_n: log2 of the ring dimension.
        moduli: the primes of the ciphertext modulus, the one that stays to the end first.
        special: the special primes of key switching, where the library takes them.
        scale_bits: log2 of the scale of inputs and plaintexts.
        slots: values after which vectors repeat; a power of two, at most half of the ring dimension.
        lanes: independent inputs in one ciphertext: slot i of input j is slot ``i * lanes + j`` of the ring.
        max_log_qp: log2 of the largest modulus, special primes included, that is secure; 0 for no limit.
        bootstraps: whether the program bootstraps.
        bootstrap_levels: at the top of the moduli, which bootstraps consume; 0 where the library adds them.
        highest_level: of the program's ciphertexts, where bootstraps consume levels of the moduli.
        scheme: "ckks", "bgv" or "bfv".
        plaintext_modulus: of BGV and BFV. Their moduli are the library's choice: only their number counts,
            and ``log_n`` may be 0.
    """

    log_n: int
    moduli: tuple[int, ...]
    special: tuple[int, ...]
    scale_bits: int
    slots: int
    lanes: int = 1
    max_log_qp: int = 0
    bootstraps: bool = False
    bootstrap_levels: int = 0
    highest_level: int = 0
    scheme: str = CKKS
    plaintext_modulus: int = 0

    def __post_init__(self) -> None:
        if self.scheme != CKKS:
            return
        ring_slots = 1 << (self.log_n - 1)
        if not self.moduli or self.slots < 1 or self.slots.bit_count() != 1:
            raise ExecutionError("parameters need a modulus, and a number of slots that is a power of two")
        if self.slots * self.lanes > ring_slots or self.lanes.bit_count() != 1:
            raise ExecutionError(
                f"{self.lanes} inputs of {self.slots} slots don't fit the {ring_slots} slots of the ring",
                "batch fewer inputs; their number is a power of two",
            )

    @property
    def max_level(self) -> int:
        return len(self.moduli) - 1

    @property
    def width(self) -> int:
        """Slots of a ciphertext that are told apart."""
        return self.slots * self.lanes

    @property
    def secure(self) -> bool:
        return self.max_log_qp > 0

    def to_json(self) -> dict[str, Any]:
        return {**asdict(self), "moduli": list(self.moduli), "special": list(self.special)}

    @staticmethod
    def from_json(data: dict[str, Any]) -> Parameters:
        return Parameters(**{**data, "moduli": tuple(data["moduli"]), "special": tuple(data["special"])})
