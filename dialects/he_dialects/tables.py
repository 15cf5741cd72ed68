"""Dialects whose operations differ in nothing but the kinds of what they take and give.

NEGATE = operation("jaxiteword.negate", "Negation.", {"context": CONTEXT, "x": CIPHERTEXT}, [CIPHERTEXT])
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any, cast

from xdsl.dialects.builtin import DenseArrayBase, FloatAttr, IntegerAttr, f64, i32, i64
from xdsl.ir import Attribute
from xdsl.irdl import AttrConstraint, irdl_op_definition, operand_def, prop_def, result_def, traits_def
from xdsl.traits import OpTrait, Pure
from xdsl.utils.exceptions import VerifyException

from he_dialects.assembly import PropertyOp, TypeSignature
from he_dialects.syntax import F64, I32, I64, I64_ARRAY, Syntax

Constraint = type[Attribute] | AttrConstraint[Any]
Rule = Callable[[PropertyOp], None]
"""Raises VerifyException if an operation breaks it."""

PROPERTY_KINDS: Mapping[str, tuple[Any, Syntax]] = {
    "i32": (IntegerAttr.constr(i32), I32),
    "i64": (IntegerAttr.constr(i64), I64),
    "f64": (FloatAttr.constr(f64), F64),
    "i64[]": (DenseArrayBase.constr(i64), I64_ARRAY),
}
"""What a property may be, and how it is written."""


def operation(
    name: str,
    summary: str,
    operands: Mapping[str, Constraint],
    results: Mapping[str, Constraint],
    properties: Mapping[str, str] | None = None,
    *,
    pure: bool = True,
    traits: Sequence[OpTrait] = (),
    signature: TypeSignature = TypeSignature.FUNCTIONAL,
    rule: Rule | None = None,
) -> type[PropertyOp]:
    """Define an operation.

    Args:
        name: its full name.
        summary: its docstring.
        operands, results: the constraint of each, by name.
        properties: for each a key of :data:`PROPERTY_KINDS`, in the order in which they are written.
        pure: whether it has no effect but its results.
        traits: further traits.
        signature: which types are written.
        rule: what has to hold beyond the constraints.
    """
    kinds = {key: PROPERTY_KINDS[kind] for key, kind in (properties or {}).items()}
    members: dict[str, Any] = {
        "name": name,
        "__doc__": summary,
        "__annotations__": {"PROPERTIES": "ClassVar", "SIGNATURE": "ClassVar"},
        "PROPERTIES": {key: syntax for key, (_, syntax) in kinds.items()},
        "SIGNATURE": signature,
        "traits": traits_def(*([Pure()] if pure else []), *traits),
        **{key: operand_def(constraint) for key, constraint in operands.items()},
        **{key: result_def(constraint) for key, constraint in results.items()},
        **{_python_name(key): prop_def(kind, prop_name=key) for key, (kind, _) in kinds.items()},
    }
    if rule is not None:
        members["verify_"] = _method(rule)
    title = "".join(part.title() for part in name.partition(".")[2].split("_"))
    return irdl_op_definition(cast("type[PropertyOp]", type(f"{title}Op", (PropertyOp,), members)))


def _method(rule: Rule) -> Rule:
    """The rule as a plain function, as xDSL wants methods to be."""

    def verify_(self: PropertyOp) -> None:
        rule(self)

    return verify_


def _python_name(name: str) -> str:
    """A name for the accessor that no method of operations has, and that isn't a constant's."""
    return f"{name}_"


def same_type(*names: str) -> Rule:
    """The rule that operands and results of these names are of one type."""

    def check(op: PropertyOp) -> None:
        if len({getattr(op, name).type for name in names}) > 1:
            raise VerifyException(f"all of {{{', '.join(names)}}} must have same type")

    return check
