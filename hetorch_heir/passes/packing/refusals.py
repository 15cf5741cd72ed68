"""What a graph on tensors may hold that can't be packed, and what to do about it."""

from __future__ import annotations

from torch.fx import Node

from hetorch_heir.core.errors import PassValidationError, UnsupportedOperationError
from hetorch_heir.passes.graph import location, operation_name

_MANAGEMENT = frozenset({"rescale", "relinearize", "level_reduce", "bootstrap", "rotate", "linear_transform"})


def no_form(node: Node, name: str) -> Exception:
    """An operation that no linear map or polynomial is."""
    if name in _MANAGEMENT or name in ("pack", "unpack"):
        return PassValidationError(
            f"the graph is packed or managed already: it holds {name}",
            where=location(node),
            hint="run LinearLayerBSGSPass once, before rescaling, relinearization and bootstrapping",
        )
    return UnsupportedOperationError(
        f"{name} has no homomorphic form here",
        where=location(node),
        hint="run NonlinearToPolynomialPass before LinearLayerBSGSPass if it is an activation",
    )


def computed_public(node: Node) -> UnsupportedOperationError:
    """The error that a public input is computed with where plaintexts can only be taken as they are."""
    return UnsupportedOperationError(
        "a public input is computed with before it meets an encrypted value",
        where=location(node),
        hint="do it outside the model, and pass the result as the public input",
    )


def not_normal(node: Node, what: str) -> PassValidationError:
    """The error that a call has arguments that normalisation would have resolved."""
    return PassValidationError(
        f"{operation_name(node)} is not in normal form: {what}",
        where=location(node),
        hint="normalise the graph with hetorch_heir.frontend.to_graph",
    )


def two_computed(node: Node) -> UnsupportedOperationError:
    """The error that both operands of a product of matrices are computed."""
    return UnsupportedOperationError(
        "a product of two values that depend on the input (a matrix product or a convolution)",
        where=location(node),
        hint="only products with a constant matrix or kernel are supported; multiply elementwise instead",
    )


def public_only(node: Node, what: str) -> UnsupportedOperationError:
    """The error that something is computed of plaintexts alone."""
    return UnsupportedOperationError(
        f"{what} is not computed homomorphically",
        where=location(node),
        hint="compute it before, and pass the result as the public input",
    )


def unknown_shape(node: Node) -> PassValidationError:
    """The error that a graph comes without the shapes of its inputs."""
    return PassValidationError(
        f"the shape of input {node.name} is not known",
        hint="compile through HETorchCompiler or hetorch_heir.compile, which take an example input",
    )
