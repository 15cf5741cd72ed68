"""Constants of products and sums, multiplied with numbers."""

from __future__ import annotations

import torch
from torch.fx import GraphModule, Node

from hetorch_heir.passes.constants import constant_of


class ScaledConstants:
    """Replaces the constants of nodes by multiples of them, each of which is stored once."""

    def __init__(self, graph_module: GraphModule) -> None:
        self._module = graph_module
        self._names: dict[tuple[str, float], str] = {}

    def scale(self, node: Node, factor: float) -> None:
        """Lets a node take ``factor`` times its constant, which is its second argument."""
        if factor == 1.0:
            return
        constant = node.args[1]
        assert isinstance(constant, Node)
        with node.graph.inserting_before(node):
            scaled = node.graph.get_attr(self._scaled(constant, factor))
        node.args = (node.args[0], scaled, *node.args[2:])

    def _scaled(self, constant: Node, factor: float) -> str:
        name = str(constant.target)
        if (name, factor) not in self._names:
            value = constant_of(self._module, constant)
            assert value is not None
            dtype = value.dtype if value.ndim else torch.float64  # a number's type decides no result's
            new = f"{name.replace('.', '_')}_scaled"
            while hasattr(self._module, new):
                new += "_"
            self._module.register_buffer(new, (value.double() * factor).to(dtype))
            self._names[name, factor] = new
        return self._names[name, factor]
