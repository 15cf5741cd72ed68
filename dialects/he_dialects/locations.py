"""Where an operation comes from, and verification whose errors say so."""

from __future__ import annotations

from xdsl.dialects.builtin import ArrayAttr, CallSiteLoc, FileLineColLoc, FusedLoc, ModuleOp, NameLoc
from xdsl.ir import Attribute, Operation
from xdsl.utils.exceptions import VerifyException


def place_of(op: Operation) -> str | None:
    """``file:line:column`` of an operation, or the name that its location has; None if it isn't known."""
    return _place(op.location)


def _place(location: Attribute) -> str | None:
    match location:
        case FileLineColLoc():
            return f"{location.filename.data}:{location.line.data}:{location.column.data}"
        case NameLoc():
            return _place(location.location) or location.desc.data
        case CallSiteLoc():
            return _place(location.callee)
        case FusedLoc(locations=ArrayAttr() as locations):
            return next(filter(None, map(_place, locations)), None)
        case _:
            return None


def verify_module(module: ModuleOp) -> None:
    """Verify a module.

    Raises:
        VerifyException: a rule is broken; the message is one line, with the operation and its place.
    """
    try:
        module.verify()
    except VerifyException as error:
        raise VerifyException(describe_failure(module, error)) from error


def describe_failure(module: ModuleOp, error: Exception) -> str:
    """One line for what the verification of ``module`` raised, which doesn't say where it was."""
    message = " ".join(str(error).removeprefix("Operation does not verify: ").split())
    for op in module.walk():
        if _is_broken(op):
            place = place_of(op)
            return f"{place}: error: '{op.name}' {message}" if place else f"error: '{op.name}' {message}"
    return f"error: {message}"


def _is_broken(op: Operation) -> bool:
    try:
        # Its own rules first: Operation.verify prints the whole module into the exception.
        op.verify_()
        op.verify(verify_nested_ops=False)
    except VerifyException:
        return True
    return False
