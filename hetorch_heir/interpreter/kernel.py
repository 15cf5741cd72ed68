"""HEIR's ``kernel`` dialect, at its secret and its ckks level."""

from __future__ import annotations

from typing import Any, cast

import numpy as np
from he_dialects import kernel, lwe, mgmt
from he_dialects.assembly import element_type
from xdsl.dialects.builtin import FloatAttr
from xdsl.interpreter import Interpreter, PythonValues, impl, register_impls
from xdsl.ir import Operation

from hetorch_heir.interpreter.elementwise import elementwise
from hetorch_heir.interpreter.machine import MachineFunctions
from hetorch_heir.interpreter.polynomials import Target, evaluate_chebyshev, linear_transform
from hetorch_heir.interpreter.values import Ciphertext


def target_of(op: Operation) -> Target:
    """Level and scale of a result, as its type says them, or the attribute ``mgmt.mgmt``."""
    ciphertext = element_type(op.results[0])
    if isinstance(ciphertext, lwe.CiphertextType):
        return Target(ciphertext.level, ciphertext.scale if ciphertext.tracks_scale else None)
    said = op.attributes.get(mgmt.MGMT)
    if not isinstance(said, mgmt.MgmtAttr):
        return Target()
    return Target(said.level.data, None if said.scale.data == mgmt.UNTRACKED else said.scale.data)


def coefficients_of(op: kernel.EvalChebyshevOp | Any) -> list[float]:
    """The coefficients of a series."""
    return [cast("FloatAttr[Any]", one).value.data for one in op.coefficients]


@register_impls
class KernelFunctions(MachineFunctions):
    """The ``kernel`` dialect on ciphertexts; series also on cleartexts."""

    @impl(kernel.EvalChebyshevOp)
    def run_eval_chebyshev(
        self, interpreter: Interpreter, op: kernel.EvalChebyshevOp, args: PythonValues
    ) -> PythonValues:
        coefficients, target = coefficients_of(op), target_of(op)
        (x,) = args
        if not isinstance(x, Ciphertext) and np.asarray(x).dtype != object:
            return (np.polynomial.chebyshev.chebval(x, coefficients),)
        return (
            elementwise(lambda one: evaluate_chebyshev(self.domain, one, coefficients, target=target), x),
        )

    @impl(kernel.LinearTransformOp)
    def run_linear_transform(
        self, interpreter: Interpreter, op: kernel.LinearTransformOp, args: PythonValues
    ) -> PythonValues:
        x, diagonals = args
        indices = cast("tuple[int, ...]", op.diagonal_indices.get_values())
        target = target_of(op)
        return (
            elementwise(lambda one: linear_transform(self.domain, one, diagonals, indices, target=target), x),
        )
