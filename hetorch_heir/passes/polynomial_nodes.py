"""Nodes that evaluate polynomials, and compositions of them, on tensors.

The map of a range onto [-1, 1] is a product and a sum with numbers. They merge with the linear layer before,
so that no level is spent on them.
"""

from __future__ import annotations

import torch
from torch.fx import Node

from hetorch_heir.approx.composite_activation import CompositeActivation, SignTerm
from hetorch_heir.approx.polynomial import Polynomial
from hetorch_heir.core.input_range import InputRange
from hetorch_heir.passes.approximation import INPUT_RANGE
from hetorch_heir.passes.graph import insert_call, location

aten = torch.ops.aten


def insert_polynomial(node: Node, polynomial: Polynomial, function: str) -> Node:
    """Nodes before ``node`` that apply the polynomial to its first argument; gives the last of them.

    A polynomial of degree 1 becomes a product and a sum with numbers.
    """
    operand = _operand(node)
    scale, offset = polynomial.input_map
    if polynomial.degree > 1:
        unit = _insert_affine(node, operand, scale, offset)
        result = _insert_chebyshev(node, unit, polynomial)
        result.meta[INPUT_RANGE] = InputRange(location(node), function, *polynomial.domain)
        return result
    # A straight line needs no evaluation plan, and merges with the linear layers around it.
    constant, slope = (*polynomial.coefficients, 0.0)[:2]
    line = _insert_affine(node, operand, slope * scale, slope * offset + constant)
    return line if line is not operand else _insert_affine(node, operand, 1.0, 0.0, always=True)


def insert_composite(node: Node, composite: CompositeActivation, function: str) -> Node:
    """Nodes before ``node`` that apply the composition to its first argument; gives the last of them.

    For ``relu`` on (-4, 4) with two polynomials::

        %mul = aten.mul.Tensor(%x, 0.25)
        %chebyshev = hetorch.chebyshev(%mul, […])
        %chebyshev_1 = hetorch.chebyshev(%chebyshev, […])
        %mul_1 = aten.mul.Tensor(%mul, %chebyshev_1)
    """
    operand = _operand(node)
    scaled = _insert_affine(node, operand, composite.terms[0].scale, 0.0)
    terms = [_insert_term(node, scaled, composite, term, function) for term in composite.terms]
    if composite.slope:
        terms.append(_insert_affine(node, operand, composite.slope, 0.0))
    total = terms[0]
    for term in terms[1:]:
        total = insert_call(node.graph, node, aten.add.Tensor, total, term)
    return _insert_affine(node, total, 1.0, composite.constant)


def _insert_term(
    node: Node, scaled: Node, composite: CompositeActivation, term: SignTerm, function: str
) -> Node:
    unit = value = _insert_affine(node, scaled, 1.0, term.shift)
    for number, polynomial in enumerate((*composite.sign.polynomials[:-1], term.last)):
        value = _insert_chebyshev(node, value, polynomial)
        if number == 0:
            reach, kink = 1.0 / term.scale, term.kink.position
            value.meta[INPUT_RANGE] = InputRange(location(node), function, kink - reach, kink + reach)
    if term.offset is None:
        return value
    factor = _insert_affine(node, unit, 1.0, term.offset)
    return insert_call(node.graph, node, aten.mul.Tensor, factor, value)


def _insert_chebyshev(node: Node, unit: Node, polynomial: Polynomial) -> Node:
    coefficients = list(polynomial.coefficients)
    return insert_call(node.graph, node, torch.ops.hetorch.chebyshev, unit, coefficients)


def _insert_affine(node: Node, operand: Node, scale: float, offset: float, always: bool = False) -> Node:
    """Nodes before ``node`` for ``scale * operand + offset``, as few as it takes."""
    if scale != 1.0 or always:
        operand = insert_call(node.graph, node, aten.mul.Tensor, operand, scale)
    if offset != 0.0:
        operand = insert_call(node.graph, node, aten.add.Tensor, operand, offset)
    return operand


def _operand(node: Node) -> Node:
    operand = node.args[0]
    assert isinstance(operand, Node)
    return operand
