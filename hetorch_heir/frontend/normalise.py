"""From a captured graph to the few forms that the passes know.

Every node is rewritten once, in order, by the rule of its operator (``forms/``); what depends on constants
only is computed. Operators without a rule stay as they are, for
:func:`hetorch_heir.frontend.support.check_supported` to report.

    %weight = get_attr[target=weight]                 %reshape = aten.reshape.default(x, [1, 784])
    %bias = get_attr[target=bias]                     %weight = get_attr[target=weight]
    %flat = aten.view.default(x, [1, 784])       ==>  %bias = get_attr[target=bias]
    %t = aten.t.default(weight)                       %linear = aten.linear.default(reshape, weight, bias)
    %y = aten.addmm.default(bias, flat, t)
    %z = aten.pow.Tensor_Scalar(y, 2)                 %mul = aten.mul.Tensor(linear, linear)
"""

from __future__ import annotations

import operator
from typing import Any

import torch
from torch import fx
from torch._ops import OpOverload
from torch.fx.node import map_aggregate
from torch.utils import _pytree as pytree

from hetorch_heir.core.errors import CaptureError, UnsupportedOperationError
from hetorch_heir.frontend.builder import Constant, GraphBuilder, shape_of
from hetorch_heir.frontend.forms import RULES
from hetorch_heir.frontend.forms.identities import is_assertion
from hetorch_heir.frontend.schema import bind_arguments, operator_name
from hetorch_heir.frontend.source import source_of


def normalise(graph_module: fx.GraphModule, *, polynomial_max: bool = False) -> fx.GraphModule:
    """The normal form of a graph that :func:`hetorch_heir.frontend.capture.capture` gave.

    Args:
        graph_module: the captured graph.
        polynomial_max: whether max pooling becomes a tree of absolute values, for a later pass to replace
            by polynomials; otherwise it stays, and is refused.

    Returns:
        A new graph module with the same inputs and outputs. All its floating values are of the type of
        its inputs; constants are buffers, each value held once. ``meta["val"]`` and ``meta["source"]``
        are set on every node.

    Raises:
        UnsupportedOperationError: a power with an exponent that isn't an integer >= 1, a division by zero,
            batch normalisation without fixed statistics, a stride larger than the input.
        WeightError: a constant that was computed from the weights is NaN or infinite.
    """
    return _Normaliser(graph_module, polynomial_max).run()


class _Normaliser:
    """One walk over the nodes of a graph."""

    def __init__(self, graph_module: fx.GraphModule, polynomial_max: bool) -> None:
        self.graph_module = graph_module
        placeholders = graph_module.graph.find_nodes(op="placeholder")
        if not placeholders:
            raise CaptureError("the model has no tensor input")
        self.builder = GraphBuilder(placeholders[0].meta["val"].dtype, polynomial_max=polynomial_max)
        self.values: dict[fx.Node, Any] = {}
        """What each old node has become: operands, tuples of operands, or Python values."""

    def run(self) -> fx.GraphModule:
        for node in self.graph_module.graph.nodes:
            self.builder.source = source_of(node)
            match node.op:
                case "placeholder":
                    meta = {key: node.meta[key] for key in ("source", "public")}
                    value = self.builder.placeholder(node.name, shape_of(node), meta)
                case "get_attr":
                    tensor = getattr(self.graph_module, str(node.target))
                    value = Constant(tensor.detach(), node.meta["qualified_name"])
                case "call_function":
                    value = None if is_assertion(node) else self._rewrite(node)
                case "output":
                    self.builder.output([self.values[result] for result in node.args[0]])
                    continue
                case _:
                    raise CaptureError(f"{node.op} node {node.name!r} in the graph: capture the model first")
            self.values[node] = value
        result = self.builder.finish()
        result.meta.update(self.graph_module.meta)
        return result

    def _rewrite(self, node: fx.Node) -> Any:
        target = node.target
        args: Any = map_aggregate(node.args, self._value)
        kwargs: Any = map_aggregate(node.kwargs, self._value)
        if target is operator.getitem and isinstance(args[0], tuple | list):
            return args[0][args[1]]
        computed = any(isinstance(leaf, fx.Node) for leaf in pytree.tree_leaves((args, kwargs)))
        if not isinstance(target, OpOverload):
            return self.builder.call(target, *args, **kwargs)
        if not computed and _is_deterministic(target):
            return self._fold(node, target, args, kwargs)
        rule = RULES.get(target)
        if rule is None or not computed:
            return self.builder.call(target, *args, **kwargs)
        return rule(self.builder, *bind_arguments(target, args, kwargs).values())

    def _value(self, argument: Any) -> Any:
        return self.values[argument] if isinstance(argument, fx.Node) else argument

    def _fold(self, node: fx.Node, target: OpOverload, args: Any, kwargs: Any) -> Any:
        """The value of a call whose arguments are all known."""
        leaves = pytree.tree_leaves((args, kwargs))
        names = [leaf.name for leaf in leaves if isinstance(leaf, Constant)]
        args = map_aggregate(args, _known_tensor)
        kwargs = map_aggregate(kwargs, _known_tensor)
        try:
            with torch.no_grad():
                result = target(*args, **kwargs)
        except Exception as error:
            raise UnsupportedOperationError(
                f"{operator_name(target)} of constants can't be computed: {error}",
                where=str(self.builder.source),
            ) from error
        name = names[0] if names else node.name
        return pytree.tree_map(
            lambda leaf: Constant(leaf, name) if isinstance(leaf, torch.Tensor) else leaf, result
        )


def _known_tensor(argument: Any) -> Any:
    return argument.tensor if isinstance(argument, Constant) else argument


def _is_deterministic(target: OpOverload) -> bool:
    """Whether a call without computed operands has one value that may be computed now."""
    return torch.Tag.nondeterministic_seeded not in target.tags and not target._schema.is_mutable
