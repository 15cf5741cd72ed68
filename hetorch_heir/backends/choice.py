"""Backends by name: those of this package, and those of other distributions.

The latter are entry points of the group ``hetorch_heir.backends``, of one of two kinds: a subclass of
:class:`~hetorch_heir.backends.executor.library.Library` does all that ours do, within this process; anything
else is called with a :class:`CKKSChain` to give an :class:`HEBackend`, on which programs run operation by
operation.
"""

from __future__ import annotations

from hetorch_heir.backends.backend_domain import BackendDomain
from hetorch_heir.backends.base import HEBackend
from hetorch_heir.backends.errors import BackendError
from hetorch_heir.backends.executor.library import Library
from hetorch_heir.backends.recording import Program
from hetorch_heir.core.chain import CKKSChain
from hetorch_heir.plugins import BACKENDS, Extension


def find_backend(name: str) -> Extension:
    """The backend of that name.

    Raises:
        BackendError: there is none.
        PluginError: there are two.
    """
    extension = BACKENDS.find(name)
    if extension is None:
        raise BackendError(f"there is no backend '{name}'", hint=BACKENDS.advice(name))
    return extension


def is_library(name: str) -> bool:
    """Whether keys, sessions and client and server apart are possible on a backend."""
    extension = find_backend(name)
    if extension.is_builtin:
        return name != "fake"
    found = extension.load()
    return isinstance(found, type) and issubclass(found, Library)


def require_library(name: str) -> None:
    """Refuse a backend whose keys can't be kept apart.

    Raises:
        BackendError: it takes operations one by one, or stores no keys.
    """
    if not is_library(name) or name == "tenseal":
        raise BackendError(
            f"the backend '{name}' has no keys that client and server could keep apart",
            hint="use openfhe or seal, or a plug-in's subclass of Library",
        )


def library_reference(name: str) -> str:
    """What the executor finds the library by: its own name for one of ours, or ``package.module:Class``."""
    extension = find_backend(name)
    return name if extension.is_builtin else extension.target


def backend_domain(name: str, program: Program, *, insecure: bool = False) -> BackendDomain:
    """The ciphertexts of a backend that is no library, made for a program.

    Raises:
        BackendError: the program is not one of CKKS.
        ParameterError: its parameters are insecure.
        PluginError: the backend can't be imported or is none.
    """
    parameters = program.parameters(insecure=insecure)
    if parameters.scheme != "ckks":
        raise BackendError(
            f"the backend '{name}' runs CKKS only, not {parameters.scheme.upper()}",
            hint="use the backend openfhe",
        )
    chain = CKKSChain(
        parameters.log_n, parameters.moduli, parameters.special, parameters.scale_bits, parameters.slots
    )
    extension = find_backend(name)
    backend = extension.call(chain)
    if not isinstance(backend, HEBackend):
        raise extension.refusal(
            f"gives a {type(backend).__name__}, and not a hetorch_heir.backends.HEBackend"
        )
    return BackendDomain(backend, chain)
