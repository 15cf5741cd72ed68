"""What every conversion of ``hetorch`` modules asks of its input."""

from __future__ import annotations

import math
from collections.abc import Sequence

from he_dialects import hetorch
from he_dialects.ckks import SCHEME_PARAM, SchemeParamAttr
from he_dialects.locations import place_of
from xdsl.dialects.builtin import ModuleOp, UnitAttr
from xdsl.ir import Operation
from xdsl.utils.exceptions import PassFailedException

BACKENDS = ("openfhe", "lattigo")
"""What HEIR lowers to."""


def refuse(op: Operation, reason: str) -> PassFailedException:
    """The error for an operation that can't be converted."""
    place = place_of(op)
    return PassFailedException(f"{place + ': error: ' if place else ''}'{op.name}' {reason}")


def scheme_parameters(module: ModuleOp) -> SchemeParamAttr:
    """The CKKS parameters of a module.

    Raises:
        PassFailedException: it has none, or isn't a CKKS module.
    """
    parameters = module.attributes.get(SCHEME_PARAM)
    if "scheme.ckks" not in module.attributes or not isinstance(parameters, SchemeParamAttr):
        raise PassFailedException(
            f"the module must have the attributes scheme.ckks and {SCHEME_PARAM} = #ckks.scheme_param<…>"
        )
    return parameters


def verify_modulus_chain(module: ModuleOp, moduli: Sequence[int]) -> None:
    """Check levels and rescales against the primes, which the types can't know.

    Raises:
        PassFailedException: a level is beyond the chain, or a rescale doesn't divide by its prime.
    """
    bits = [round(math.log2(modulus)) for modulus in moduli]
    for op in module.walk():
        if not isinstance(op, hetorch.HETorchOp):
            continue
        result = op.results[0].type
        if isinstance(result, hetorch.Packed) and result.level >= len(bits):
            raise refuse(op, f"is at level {result.level}, but the top level of the chain is {len(bits) - 1}")
        if isinstance(op, hetorch.RescaleOp):
            before = hetorch.ciphertext_type(op.input)
            if (drop := before.scale - op.output.type.scale) != bits[before.level]:
                raise refuse(
                    op,
                    f"makes the scale smaller by {drop} bits, "
                    f"but the prime dropped at level {before.level} has {bits[before.level]} bits",
                )


def require_backend(name: str) -> None:
    """Check the name of a back end.

    Raises:
        PassFailedException: there is none of this name.
    """
    if name not in BACKENDS:
        raise PassFailedException(f"backend must be one of {', '.join(BACKENDS)}, got {name!r}")


def mark_backend(module: ModuleOp, name: str) -> None:
    """Say in a module which back end it is for, and no other."""
    for other in BACKENDS:
        module.attributes.pop(f"backend.{other}", None)
    module.attributes[f"backend.{name}"] = UnitAttr()
