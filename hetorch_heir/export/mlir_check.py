"""A second opinion on emitted text: MLIR's own parser, where its Python bindings are installed."""

from __future__ import annotations

from importlib import import_module
from io import StringIO
from types import ModuleType

from he_dialects.printing import print_module
from xdsl.dialects.builtin import ModuleOp

from hetorch_heir.core.errors import VerificationFailure

BINDINGS = ("mlir.ir", "torch_mlir.ir")
"""Where MLIR's bindings may be: on their own, or the copy inside the torch-mlir wheel."""


def mlir_bindings() -> ModuleType | None:
    """The bindings, if there are any (the package of the same name on PyPI is empty)."""
    for name in BINDINGS:
        try:
            module = import_module(name)
        except ImportError:
            continue
        if hasattr(module, "Context"):
            return module
    return None


def check_with_mlir(module: ModuleOp) -> str | None:
    """Lets MLIR parse and verify a module's generic form; its dialects are unknown to it, its syntax is not.

    Returns:
        The name of the bindings used, or None if there are none.

    Raises:
        VerificationFailure: MLIR refuses the text.
    """
    bindings = mlir_bindings()
    if bindings is None:
        return None
    stream = StringIO()
    print_module(module, stream, generic=True)
    return check_text(stream.getvalue(), bindings)


def check_text(text: str, bindings: ModuleType) -> str:
    """As :func:`check_with_mlir`, for text in the generic form."""
    with bindings.Context() as context:
        context.allow_unregistered_dialects = True
        try:
            bindings.Module.parse(text).operation.verify()
        except bindings.MLIRError as error:
            raise VerificationFailure(
                f"MLIR's own parser refuses the program: {error}",
                hint="this is a fault of the compiler, not of the model; please report it with the model",
            ) from error
    return bindings.__name__
