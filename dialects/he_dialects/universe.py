"""The dialects and passes of this package, by name, each imported only when it is asked for."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from importlib import import_module

from xdsl.context import Context
from xdsl.ir import Dialect
from xdsl.passes import ModulePass
from xdsl.universe import XDSL_UNIVERSE

DIALECT_MODULES = {
    "hetorch": "he_dialects.hetorch",
    "secret": "he_dialects.secret",
    "mgmt": "he_dialects.mgmt",
    "tensor_ext": "he_dialects.tensor_ext",
    "preprocessing": "he_dialects.preprocessing",
    "mod_arith": "he_dialects.mod_arith",
    "rns": "he_dialects.rns",
    "polynomial": "he_dialects.polynomial",
    "lwe": "he_dialects.lwe",
    "ckks": "he_dialects.ckks",
    "bgv": "he_dialects.bgv",
    "kernel": "he_dialects.kernel",
    "orion": "he_dialects.orion",
    "key_mgmt": "he_dialects.key_mgmt",
    "debug": "he_dialects.debug",
    "cggi": "he_dialects.cggi",
    "tfhe_rust": "he_dialects.tfhe_rust",
    "tfhe_rust_bool": "he_dialects.tfhe_rust_bool",
    "comb": "he_dialects.comb",
    "math_ext": "he_dialects.math_ext",
    "jaxite": "he_dialects.jaxite",
    "jaxiteword": "he_dialects.jaxiteword",
    "scifrbool": "he_dialects.scifrbool",
    "poulpy": "he_dialects.poulpy",
    "random": "he_dialects.random",
    "rotom": "he_dialects.rotom",
    "openfhe": "he_dialects.openfhe",
    "lattigo": "he_dialects.lattigo",
    "scf": "he_dialects.upstream.scf",
    "tensor": "he_dialects.upstream.tensor",
    "func": "he_dialects.upstream.func",
    "affine": "he_dialects.upstream.affine",
    "bufferization": "he_dialects.upstream.bufferization",
    "arith": "he_dialects.upstream.arith",
    "memref": "he_dialects.upstream.memref",
    "linalg": "he_dialects.upstream.linalg",
}
"""The module in which each dialect is defined."""


def _load(name: str) -> Dialect:
    for value in vars(import_module(DIALECT_MODULES[name])).values():
        if isinstance(value, Dialect) and value.name == name:
            return value
    raise ImportError(f"{DIALECT_MODULES[name]} defines no dialect named {name}")


DIALECTS: dict[str, Callable[[], Dialect]] = {name: partial(_load, name) for name in DIALECT_MODULES}
"""A function that imports it, for each dialect."""


def _load_heir_opt() -> type[ModulePass]:
    from he_dialects.heir_opt import HeirOptPass

    return HeirOptPass


PASSES: dict[str, Callable[[], type[ModulePass]]] = {"heir-opt": _load_heir_opt}
"""A function that imports it, for each pass."""


def register_dialects(context: Context) -> None:
    """Make all dialects of xDSL and of this package known to ``context``; where both define one, ours.

    Those that it knows already stay as they are.
    """
    known = set(context.registered_dialect_names)
    for name, load in {**XDSL_UNIVERSE.all_dialects, **DIALECTS}.items():
        if name not in known:
            context.register_dialect(name, load)
