"""What a node does to levels, scales and dimensions: the one table that the management passes share."""

from __future__ import annotations

from enum import Enum

from torch.fx import Node

from hetorch_heir.passes.graph import is_operation, operation_name


class Kind(Enum):
    """A node by its effect on the ciphertext that it yields."""

    INPUT = "input"
    """A fresh ciphertext."""
    PRODUCT = "product"
    """Multiplies scales: ciphertext with ciphertext, with plaintext, or a matrix product."""
    SUM = "sum"
    """Adds two ciphertexts, which must agree in level and scale."""
    PLAIN_SUM = "plain sum"
    """Adds a plaintext, which is encoded at the base scale."""
    ROTATION = "rotation"
    """Switches keys, so needs dimension 2."""
    RESCALE = "rescale"
    RELINEARIZE = "relinearize"
    LEVEL_REDUCE = "level_reduce"
    BOOTSTRAP = "bootstrap"
    RESULT = "result"
    """Leaves the server: decrypted by the client."""
    KEPT = "kept"
    """Passes level, scale and dimension on."""


_BY_NAME = {
    "cmult": Kind.PRODUCT,
    "pmult": Kind.PRODUCT,
    "mul": Kind.PRODUCT,
    "square": Kind.PRODUCT,
    "div": Kind.PRODUCT,
    "matmul": Kind.PRODUCT,
    "mm": Kind.PRODUCT,
    "bmm": Kind.PRODUCT,
    "linear": Kind.PRODUCT,
    "addmm": Kind.PRODUCT,
    "linear_transform": Kind.PRODUCT,
    "cadd": Kind.SUM,
    "csub": Kind.SUM,
    "add": Kind.SUM,
    "sub": Kind.SUM,
    "padd": Kind.PLAIN_SUM,
    "psub": Kind.PLAIN_SUM,
    "rotate": Kind.ROTATION,
    "rescale": Kind.RESCALE,
    "relinearize": Kind.RELINEARIZE,
    "level_reduce": Kind.LEVEL_REDUCE,
    "bootstrap": Kind.BOOTSTRAP,
    "pack": Kind.INPUT,
    "unpack": Kind.RESULT,
    "output": Kind.RESULT,
}

LINEAR_MAPS = frozenset({"matmul", "mm", "bmm", "linear", "addmm", "linear_transform"})
"""Products that rotate inside, so that they need operands of dimension 2."""


def kind_of(node: Node, encrypted: set[Node]) -> Kind:
    """The kind of a node that yields a ciphertext (or is the output)."""
    if node.op == "placeholder":
        return Kind.INPUT
    kind = _BY_NAME.get(operation_name(node), Kind.KEPT)
    if kind is Kind.SUM and len(operands(node, encrypted)) < 2 and not _has_two(node, encrypted):
        return Kind.PLAIN_SUM
    return kind


def operands(node: Node, encrypted: set[Node]) -> list[Node]:
    """The encrypted arguments of a node, each once."""
    return [argument for argument in node.all_input_nodes if argument in encrypted]


def is_ciphertext_product(node: Node, encrypted: set[Node]) -> bool:
    """Whether two ciphertexts are multiplied (an operand with itself included)."""
    if _names(node, "square"):
        return True
    return _names(node, "cmult", "mul", "matmul", "mm", "bmm") and _has_two(node, encrypted)


def switches_keys(node: Node) -> bool:
    """Whether a node works on ciphertexts of dimension 2 only."""
    return operation_name(node) in LINEAR_MAPS or is_operation(node, "rotate", "bootstrap")


def _has_two(node: Node, encrypted: set[Node]) -> bool:
    """Whether both operands are encrypted, the same one twice included."""
    return len([argument for argument in node.args if argument in encrypted]) == 2


def _names(node: Node, *names: str) -> bool:
    return node.op.startswith("call") and operation_name(node) in names
