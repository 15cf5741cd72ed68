"""Polynomial approximation of activation functions, and their depth-optimal evaluation in CKKS.

``activation`` names a function, ``approximate`` or ``choose_degree`` fits a :class:`Polynomial` to it,
and ``plan_evaluation`` turns its coefficients into an :class:`EvaluationPlan`. Needs numpy and scipy only.
"""

from hetorch_heir.approx.evaluation_plan import EvaluationPlan
from hetorch_heir.approx.fit import approximate, choose_degree
from hetorch_heir.approx.functions import ACTIVATION_NAMES, ActivationFunction, activation
from hetorch_heir.approx.planner import minimal_depth, plan_evaluation
from hetorch_heir.approx.polynomial import Polynomial, from_power_basis

__all__ = [
    "ACTIVATION_NAMES",
    "ActivationFunction",
    "EvaluationPlan",
    "Polynomial",
    "activation",
    "approximate",
    "choose_degree",
    "from_power_basis",
    "minimal_depth",
    "plan_evaluation",
]
