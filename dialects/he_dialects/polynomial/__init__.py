"""HEIR's ``polynomial`` dialect: polynomial rings, their elements, and polynomials to evaluate.

    #ring = #polynomial.ring<coefficientType = !rns.rns<…>, polynomialModulus = <1 + x**8192>>
    %1 = polynomial.mul %0, %0 : !polynomial.polynomial<ring = #ring>
    %2 = polynomial.eval #polynomial<typed_chebyshev_polynomial <[0.5, 1.2]> : !poly>, %x : f32

xDSL's own ``polynomial`` is the part of the dialect about Chebyshev polynomials. Its attributes for these
are used here, and its ``polynomial.eval`` is extended, as it requires an evaluation scheme, which HEIR
doesn't write. Its ring has no polynomial modulus, so the ring, and what contains one, has a definition here;
what xDSL's own have, these read and print as xDSL does.
"""

from __future__ import annotations

from xdsl.dialects.polynomial import ChebyshevPolynomialAttr, TypedChebyshevPolynomialAttr
from xdsl.ir import Dialect

from he_dialects.polynomial import attributes, constants, ops, transforms
from he_dialects.polynomial.attributes import (
    COEFF,
    EVAL,
    FloatPolynomialAttr,
    Form,
    FormAttr,
    IntPolynomialAttr,
    PolynomialType,
    PrimitiveRootAttr,
    RingAttr,
    RNSPolynomialAttr,
    TypedFloatPolynomialAttr,
    TypedIntPolynomialAttr,
)

Polynomial = Dialect(
    "polynomial",
    [
        ops.AddOp,
        ops.ApplyCoefficientwiseOp,
        constants.ConstantOp,
        constants.EvalOp,
        ops.ExtractSliceOp,
        ops.FromTensorOp,
        transforms.INTTOp,
        ops.LeadingTermOp,
        ops.ModSwitchOp,
        ops.MonicMonomialMulOp,
        ops.MonomialOp,
        ops.MulOp,
        ops.MulScalarOp,
        transforms.NTTOp,
        ops.SubOp,
        ops.ToTensorOp,
        ops.YieldOp,
    ],
    [
        ChebyshevPolynomialAttr,
        FloatPolynomialAttr,
        IntPolynomialAttr,
        PolynomialType,
        PrimitiveRootAttr,
        RNSPolynomialAttr,
        RingAttr,
        TypedChebyshevPolynomialAttr,
        TypedFloatPolynomialAttr,
        TypedIntPolynomialAttr,
    ],
)

__all__ = [
    "COEFF",
    "EVAL",
    "ChebyshevPolynomialAttr",
    "FloatPolynomialAttr",
    "Form",
    "FormAttr",
    "IntPolynomialAttr",
    "Polynomial",
    "PolynomialType",
    "PrimitiveRootAttr",
    "RNSPolynomialAttr",
    "RingAttr",
    "TypedChebyshevPolynomialAttr",
    "TypedFloatPolynomialAttr",
    "TypedIntPolynomialAttr",
    "attributes",
    "constants",
    "ops",
    "transforms",
]
