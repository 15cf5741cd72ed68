"""Which operators can be compiled, and what to do about the others.

One table, :data:`HINTS`, holds what is known about operators that have no homomorphic form here.
"""

from __future__ import annotations

import math
from collections.abc import Collection

import torch
from torch import fx
from torch._ops import OpOverload

from hetorch_heir.core.errors import UnsupportedOperationError
from hetorch_heir.frontend.forms import RULES
from hetorch_heir.frontend.forms.activations import ACTIVATIONS
from hetorch_heir.frontend.schema import operator_name
from hetorch_heir.frontend.source import source_of

aten = torch.ops.aten

NORMAL_FORMS = frozenset(
    {
        aten.linear.default,
        aten.matmul.default,
        aten.add.Tensor,
        aten.sub.Tensor,
        aten.mul.Tensor,
        aten.neg.default,
        aten.reshape.default,
        aten.permute.default,
        aten.expand.default,
        aten.convolution.default,
        aten.avg_pool2d.default,
        aten.avg_pool3d.default,
        aten.sum.dim_IntList,
        aten.take.default,
        aten.cat.default,
        aten.constant_pad_nd.default,
    }
)
"""The operators, besides activations, of a normalised graph that can be compiled."""

_COMPARE = "use > or < (1 or 0), and products of them; encrypted numbers are never exactly equal"
_POOL = (
    "use average pooling (nn.AvgPool2d), or train with it in place of max pooling; --max-pool polynomial"
    ' (max_pool="polynomial") approximates maxima by polynomials, which takes many levels'
)
_DECIDE = "return the scores, and choose among them after decryption"
_STATISTICS = (
    "it divides by statistics of the encrypted value: use batch normalisation, whose statistics are fixed"
)
_SOFTMAX = "return the scores, and apply softmax after decryption; their order is the same"
_PRODUCT = "only one operand of a matrix product can be encrypted; elementwise products can have two"
_KERNEL = "the kernel must be known when compiling: make it a parameter, or a buffer, of the model"
_EMPTY = "give an input that is large enough, or leave the operation out"
_INTEGER = "encrypted values are real numbers: round after decryption"
_RANDOM = "draw the numbers outside of the model, and give them as an input"
_LOOKUP = "look up the vectors before encryption, and give them as the input"
_OVERLAP = "elements that are added up where indices meet: multiply by a constant matrix (nn.Linear)"
_CONDITION = "the elements chosen depend on encrypted values: compute with all of them"

_GROUPS: dict[str, str] = {
    "max_pool1d max_pool2d max_pool3d max_pool1d_with_indices max_pool2d_with_indices "
    "max_pool3d_with_indices adaptive_max_pool1d adaptive_max_pool2d adaptive_max_pool3d "
    "fractional_max_pool2d": _POOL,
    "softmax _softmax log_softmax _log_softmax logsumexp": _SOFTMAX,
    "layer_norm native_layer_norm group_norm native_group_norm instance_norm rms_norm _fused_rms_norm "
    "norm linalg_vector_norm var var_mean std std_mean": _STATISTICS,
    "argmax argmin topk sort argsort kthvalue median max min amax amin": _DECIDE,
    "embedding embedding_bag one_hot": _LOOKUP,
    "eq ne heaviside logical_and logical_or logical_not isnan": _COMPARE,
    "masked_select nonzero": _CONDITION,
    "floor ceil round trunc frac remainder fmod floor_divide _to_copy": _INTEGER,
    "scatter index_put": _OVERLAP,
    "rand rand_like randn randn_like randint bernoulli normal multinomial": _RANDOM,
    "scaled_dot_product_attention bilinear": _PRODUCT,
    "prelu": "use slopes that are parameters",
    "prod": "multiply the elements explicitly",
    "item _local_scalar_dense": "an encrypted value has no Python number",
}

HINTS: dict[str, str] = {f"aten.{name}": hint for names, hint in _GROUPS.items() for name in names.split()}
"""What to do instead, for operators without a form (by name without overload)."""


def has_own_form(target: OpOverload) -> bool:
    """Whether an operator is known here, so that it must not be decomposed into others."""
    return (
        target in RULES or target in NORMAL_FORMS or target in ACTIVATIONS or operator_name(target) in HINTS
    )


def check_supported(graph_module: fx.GraphModule, *, accept: Collection[OpOverload] = ()) -> None:
    """Raise for the first operator of a normalised graph that has no homomorphic form.

    Args:
        graph_module: a normalised graph.
        accept: operators that the caller can compile beyond the normal forms and the activations.

    Raises:
        UnsupportedOperationError: naming the operator, its module and line, and what to do.
    """
    problems = [
        (node, problem)
        for node in graph_module.graph.nodes
        if node.op == "call_function" and (problem := _problem(node, accept)) is not None
    ]
    if not problems:
        return
    node, (what, hint) = problems[0]
    if len(problems) > 1:
        what += f" (the first of {len(problems)} such operators)"
    raise UnsupportedOperationError(what, where=str(source_of(node)), hint=hint)


def _problem(node: fx.Node, accept: Collection[OpOverload]) -> tuple[str, str | None] | None:
    """What is wrong with a node, and what to do about it; None if nothing is."""
    target = node.target
    if target in accept or target in ACTIVATIONS:
        return None
    if target is aten.matmul.default and not _is_constant(node.args[0]):
        return "a matrix product of two computed values has no homomorphic form", _PRODUCT
    if target is aten.linear.default and not all(_is_constant(weight) for weight in node.args[1:]):
        return "a linear layer with computed weights has no homomorphic form", _PRODUCT
    if target is aten.convolution.default and not _is_constant(node.args[1]):
        return "a convolution with an encrypted kernel has no homomorphic form", _KERNEL
    if target in NORMAL_FORMS:
        return _emptiness(node)
    name = operator_name(target)
    return f"{name} has no homomorphic form", HINTS.get(name)


def _emptiness(node: fx.Node) -> tuple[str, str] | None:
    shape = tuple(node.meta["val"].shape)
    if math.prod(shape):
        return None
    return f"{operator_name(node.target)} gives a tensor without elements, of shape {shape}", _EMPTY


def _is_constant(argument: object) -> bool:
    return isinstance(argument, fx.Node) and argument.op == "get_attr"
