"""Polynomial approximation of activation functions, and their depth-optimal evaluation in CKKS.

``activation`` names a function, ``approximate`` or ``choose_degree`` fits a :class:`Polynomial` to it,
and ``plan_evaluation`` turns its coefficients into an :class:`EvaluationPlan`. Piecewise linear functions are
better approximated by compositions, with ``approximate_composite``. Needs numpy, scipy and mpmath only.
"""

from hetorch_heir.approx.composite import CompositeSign, composite_abs, composite_sign
from hetorch_heir.approx.composite_activation import CompositeActivation, approximate_composite
from hetorch_heir.approx.composite_degrees import choose_abs, choose_sign
from hetorch_heir.approx.evaluation_plan import EvaluationPlan
from hetorch_heir.approx.fit import approximate, choose_degree
from hetorch_heir.approx.functions import ACTIVATION_NAMES, ActivationFunction, activation
from hetorch_heir.approx.planner import minimal_depth, plan_evaluation
from hetorch_heir.approx.polynomial import Polynomial, from_power_basis

__all__ = [
    "ACTIVATION_NAMES",
    "ActivationFunction",
    "CompositeActivation",
    "CompositeSign",
    "EvaluationPlan",
    "Polynomial",
    "activation",
    "approximate",
    "approximate_composite",
    "choose_abs",
    "choose_degree",
    "choose_sign",
    "composite_abs",
    "composite_sign",
    "from_power_basis",
    "minimal_depth",
    "plan_evaluation",
]
