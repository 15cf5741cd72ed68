"""Plans for key memory in exported programs: operations in the program, and a manifest beside it."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from he_dialects.parsing import parse_module
from xdsl.context import Context
from xdsl.dialects.builtin import ModuleOp
from xdsl.utils.exceptions import PassFailedException

from hetorch_heir.conversions.plan_keys import PlanKeysPass
from hetorch_heir.conversions.verify_keys import VerifyKeysPass
from hetorch_heir.core.errors import ParameterError, VerificationFailure
from hetorch_heir.key_memory.plan import KeyPlan

PLANNED_TARGET = "ckks"
PLANNED_LIBRARIES = (None, "openfhe")


def require_budget(budget: int, target: str, lower: str | None) -> None:
    """Check that a program with a key budget can be what is asked for.

    Raises:
        ParameterError: the budget is no number of bytes, or the target has no operations that use keys.
    """
    if budget < 1:
        raise ParameterError(f"a key budget of {budget} bytes", hint="give a positive number of bytes")
    if target != PLANNED_TARGET or lower not in PLANNED_LIBRARIES:
        raise ParameterError(
            f"a key budget for target {lower or target}: keys are planned at the ckks and openfhe levels",
            hint="leave out --key-budget, or --target and --lower",
        )


def plan_program_keys(module: ModuleOp, budget: int) -> dict[str, KeyPlan]:
    """Write a plan into a module of target ckks; the plans of its functions.

    Raises:
        KeyPlanError: the budget is too small; says the smallest that works.
    """
    plans = PlanKeysPass(budget=budget).plan(module)
    module.verify()
    return plans


def check_lowered_keys(text: str) -> None:
    """Check that heir-opt left the operations for keys where they belong.

    Raises:
        VerificationFailure: a rotation would miss its key, or keys would stay in memory.
    """
    try:
        VerifyKeysPass().apply(Context(), parse_module(text))
    except PassFailedException as error:
        raise VerificationFailure(
            f"the lowered program breaks its plan for keys: {str(error).splitlines()[0]}",
            hint="this is a fault of the compiler, not of the model; export without a key budget",
        ) from error


def manifest_path(program: Path) -> Path:
    """Where the plans of a program are."""
    return program.with_name(f"{program.stem}.keys.json")


def describe_plans(plans: Mapping[str, KeyPlan]) -> list[str]:
    """A line for each function that uses keys."""
    return [
        f"{name}: at most {plan.peak_bytes / 1e6:.1f} MB of {plan.total_bytes / 1e6:.1f} MB of keys in"
        f" memory, {plan.loads} loads of {len(plan.sizes)} keys"
        for name, plan in plans.items()
    ]
