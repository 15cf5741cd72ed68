"""The passes that lower our programs to OpenFHE or Lattigo without changing any decision.

HEIR's default pipelines rewrite rotations, hoist them, and reuse ciphertexts in place; some of that
miscompiles or crashes. The lists here only convert from dialect to dialect: every rotation, product,
relinearization, rescale and bootstrap of the input is one of the output. Canonicalization and CSE remove
dead operations and merge equal ones.
"""

from __future__ import annotations

from dataclasses import dataclass

from hetorch_heir.core.errors import HeirOptError

SECRET_FRONT = (
    "--validate-scale",
    "--secret-distribute-generic",
    "--secret-to-ckks=min-slot-count={slots}",
    "--lwe-annotate-plaintext-level",
)
"""From the ``secret`` level to ``ckks``. One operation per generic, so that no pattern of
``tensor_ext.rotate`` sees two rotations at once."""

CKKS_FRONT: tuple[str, ...] = ()

OPENFHE = (
    "--ckks-to-lwe",
    "--lwe-to-openfhe",
    "--preprocessing-to-openfhe",
    # Without the fixed manual technique OpenFHE rescales by itself, and ignores our rescales.
    "--openfhe-configure-crypto-context=entry-function={function} scaling-technique-fixed-manual=true",
    "--canonicalize",
    "--cse",
)

LATTIGO = (
    "--ckks-to-lwe",
    "--lwe-to-lattigo",
    "--preprocessing-to-lattigo",
    "--canonicalize",
    "--cse",
    "--lattigo-configure-crypto-context=entry-function={function}",
    # The Go emitter needs memory for tensors that are filled in place, such as loaded resources.
    "--one-shot-bufferize=allow-return-allocs-from-loops=true bufferize-function-boundaries=true"
    " function-boundary-type-conversion=identity-layout-map",
    "--canonicalize",
    "--cse",
)

FRONTS = {"secret": SECRET_FRONT, "ckks": CKKS_FRONT}
BACKENDS = {"openfhe": OPENFHE, "lattigo": LATTIGO}

TRANSLATIONS = {
    "openfhe-pke": ("--emit-openfhe-pke",),
    "openfhe-pke-header": ("--emit-openfhe-pke-header",),
    "lattigo": ("--emit-lattigo", "--package-name=main"),
}
"""The options of heir-translate by what they emit: C++, its header, or Go."""

SOURCES = {"openfhe": "openfhe-pke", "lattigo": "lattigo"}
"""The translation that emits the program of each back end."""


@dataclass(frozen=True)
class Lowering:
    """What a program is lowered from and to.

    Attributes:
        backend: ``"openfhe"`` or ``"lattigo"``.
        target: the level of the program: ``"secret"`` or ``"ckks"``.
        entry_function: the function whose levels and rotations the parameters and keys are for.
        slots: number of values per ciphertext; only the ``secret`` level needs it.
    """

    backend: str
    target: str
    entry_function: str
    slots: int

    def arguments(self) -> list[str]:
        """The options of heir-opt.

        Raises:
            HeirOptError: there is no such back end or target.
        """
        front = _choose(FRONTS, self.target, "target")
        back = _choose(BACKENDS, self.backend, "back end")
        return [option.format(slots=self.slots, function=self.entry_function) for option in (*front, *back)]


def _choose(table: dict[str, tuple[str, ...]], name: str, what: str) -> tuple[str, ...]:
    if name not in table:
        raise HeirOptError(f"there is no {what} {name!r}", hint=f"choose one of {', '.join(table)}")
    return table[name]


def translation(kind: str) -> tuple[str, ...]:
    """The options of heir-translate for ``kind``.

    Raises:
        HeirOptError: there is no such translation.
    """
    return _choose(TRANSLATIONS, kind, "translation")
