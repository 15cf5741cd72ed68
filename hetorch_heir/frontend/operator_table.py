"""What becomes of every operator that the frontend takes: for people, and for the documentation.

The rules themselves are in ``forms/``; the tests compare what is said here with what they do.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from hetorch_heir.frontend.forms import RULES
from hetorch_heir.frontend.forms.activations import ACTIVATIONS
from hetorch_heir.frontend.schema import operator_name
from hetorch_heir.frontend.support import HINTS, NORMAL_FORMS

NAMESPACE = "aten."
VANISHES = "(vanishes)"
CONSTANT = "(a constant)"
_AXIS = "linear, matmul, reshape"

_ROWS: tuple[tuple[str, str, str], ...] = (
    # Operators, their normal forms, and under which conditions.
    ("linear", "linear, matmul, reshape, permute, add", "matmul where the weights are computed"),
    (
        "matmul mm bmm mv dot vdot addmm addmv baddbmm",
        "linear, matmul, add, reshape, permute, expand",
        "one operand constant: linear where it acts on the last axis, else matmul",
    ),
    ("add", "add, mul", "alpha is a factor"),
    ("sub", "sub, add, neg, mul", "alpha is a factor; a constant minus x is -x + the constant"),
    ("rsub", "neg, add, sub, mul", "a constant minus x is -x + the constant"),
    ("mul", "mul, silu", "x * sigmoid(x) is silu(x)"),
    ("neg", "neg", ""),
    ("div true_divide", "mul, reciprocal", "a constant divisor is a factor; 1 / y is an activation"),
    ("addcmul", "mul, add", ""),
    ("addcdiv", "mul, reciprocal, add", ""),
    ("lerp", "sub, mul, add, neg", ""),
    ("square", "mul", ""),
    ("pow", "mul", "integer exponents n from 1 on, at depth ⌈log2 n⌉"),
    ("_native_batch_norm_legit_no_training", "mul, add", "fixed statistics: constants for each channel"),
    (
        "convolution _convolution _convolution_mode conv1d conv2d conv3d conv_transpose1d conv_transpose2d"
        " conv_transpose3d",
        "convolution, constant_pad_nd, reshape, add",
        "constant kernel; every stride, padding, dilation and number of groups",
    ),
    ("clone detach alias native_dropout", VANISHES, "evaluation mode"),
    ("_to_copy", VANISHES, "between floating types; there are no integers under encryption"),
    ("zeros_like ones_like full_like new_zeros new_ones new_full zero", CONSTANT, ""),
    ("fill copy", "expand, reshape", "of a computed value; else a constant"),
    (
        "max_pool1d max_pool2d max_pool3d max_pool1d_with_indices max_pool2d_with_indices"
        " max_pool3d_with_indices adaptive_max_pool1d adaptive_max_pool2d adaptive_max_pool3d",
        "take, add, sub, abs, mul, reshape",
        "with --max-pool polynomial only: a tree of maxima of two",
    ),
    ("sum trace", "sum, reshape, take", ""),
    ("mean", "sum, mul, reshape", ""),
    ("cumsum", _AXIS, "a triangular matrix along the axis"),
    ("avg_pool1d avg_pool2d", "avg_pool2d, mul, reshape", "sums over windows, times the reciprocal counts"),
    ("avg_pool3d", "avg_pool3d, mul", "sums over windows, times the reciprocal counts"),
    (
        "adaptive_avg_pool1d adaptive_avg_pool2d adaptive_avg_pool3d _adaptive_avg_pool2d"
        " _adaptive_avg_pool3d",
        f"avg_pool2d, mul, {_AXIS}",
        "a matrix along each axis where windows overlap",
    ),
    (
        "upsample_linear1d upsample_bilinear2d upsample_bicubic2d upsample_trilinear3d",
        _AXIS,
        "a matrix of fixed weights along each axis",
    ),
    (
        "diagonal flip gather im2col index index_select narrow roll scatter select select_scatter slice"
        " slice_scatter split split_with_sizes take tril triu unbind unfold upsample_nearest1d"
        " upsample_nearest2d upsample_nearest3d _upsample_nearest_exact1d _upsample_nearest_exact2d"
        " _upsample_nearest_exact3d index_put",
        "take, reshape, cat, constant_pad_nd, add",
        "moves elements; indices are known",
    ),
    (
        "where masked_fill",
        "take, reshape, cat, constant_pad_nd, add, sub, mul, neg",
        "a known condition moves elements; a computed one is a factor of 1 or 0",
    ),
    ("cat stack", "cat, reshape, add, constant_pad_nd", ""),
    ("constant_pad_nd pad", "constant_pad_nd, add, take, reshape", "other modes than constant: take"),
    ("view reshape _unsafe_view squeeze unsqueeze", "reshape", ""),
    ("t transpose permute", "permute, reshape", ""),
    ("expand", "expand, reshape", ""),
    ("repeat", "reshape, expand", ""),
    ("sgn", "sign", ""),
    ("maximum", "sub, relu, add, neg", "b + relu(a - b)"),
    ("minimum", "sub, relu, add, neg", "a - relu(a - b)"),
    ("gt ge lt le", "sub, sign, mul, add, neg", "(1 + sign(a - b)) / 2: 1 where true, 0 where false"),
    ("glu", "take, sigmoid, mul", "the first half times the sigmoid of the second"),
    ("prelu", "leaky_relu, mul, relu, add", "one slope: leaky_relu; else a sum of two products"),
    ("rrelu", "leaky_relu", "the middle of its slopes"),
    ("clamp clamp_min clamp_max", "clamp, relu", "relu where the minimum is 0 and there is no maximum"),
    ("threshold", "threshold, relu", "relu where both numbers are 0"),
)


@dataclass(frozen=True)
class OperatorDescription:
    """An operator that the frontend takes.

    Args:
        name: without overload: "aten.addmm".
        overloads: "default", "Tensor" …
        forms: operators of the normal form, besides constants, without "aten."; what an operator becomes
            depends on its operands.
        is_activation: whether it stays, for a pass to approximate.
        note: conditions; may be empty.
    """

    name: str
    overloads: tuple[str, ...]
    forms: tuple[str, ...]
    is_activation: bool
    note: str


def described_operators() -> list[OperatorDescription]:
    """All operators that have a form, by name."""
    overloads: dict[str, list[str]] = {}
    for target in {*RULES, *ACTIVATIONS, *NORMAL_FORMS}:
        overloads.setdefault(operator_name(target), []).append(target._overloadname)
    activations = {operator_name(target) for target in ACTIVATIONS}
    written = dict(_described())
    return [
        OperatorDescription(
            name,
            tuple(sorted(overloads[name])),
            *_form(name, written, name in activations),
        )
        for name in sorted(overloads)
    ]


def refused_operators() -> dict[str, str]:
    """What to do instead of operators that have no form, by name."""
    taken = {operator_name(target) for target in (*RULES, *ACTIVATIONS, *NORMAL_FORMS)}
    return {name: HINTS[name] for name in sorted(set(HINTS) - taken)}


def _described() -> Iterator[tuple[str, tuple[str, str]]]:
    for names, forms, note in _ROWS:
        for name in names.split():
            yield f"{NAMESPACE}{name}", (forms, note)


def _form(name: str, written: dict[str, tuple[str, str]], active: bool) -> tuple[tuple[str, ...], bool, str]:
    if name in written:
        forms, note = written[name]
    else:
        forms, note = name.removeprefix(NAMESPACE), ""
    approximated = "approximated by a polynomial" if active else ""
    return tuple(forms.split(", ")), active, "; ".join(filter(None, (note, approximated)))
