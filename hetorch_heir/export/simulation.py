"""What approximations of activations do to a model's outputs, on samples."""

from __future__ import annotations

from collections import ChainMap
from collections.abc import Callable, Mapping, Sequence

import torch
import torch.utils._pytree as pytree
from torch.fx import GraphModule, Node
from torch.fx.node import map_arg

from hetorch_heir.approx.functions import Array

Replacement = Callable[[Array], Array]
"""An approximation in place of an activation, on float64 arrays."""


class Simulation:
    """Runs a normalised graph with some activations replaced; computes only what that changes.

    Args:
        graph_module: nodes are placeholders, attributes, calls of functions, and the output.
        samples: inputs; the exact values of all nodes are kept for each of them.
    """

    def __init__(self, graph_module: GraphModule, samples: Sequence[tuple[torch.Tensor, ...]]) -> None:
        self._module = graph_module
        self._nodes = [node for node in graph_module.graph.nodes if node.op != "output"]
        (output,) = (node for node in graph_module.graph.nodes if node.op == "output")
        self._outputs = [one for one in pytree.tree_leaves(output.args) if isinstance(one, Node)]
        self._exact = [self._values(sample) for sample in samples]

    def error(self, replacements: Mapping[Node, Replacement]) -> float:
        """Largest absolute difference of an output from the model's, over all samples; NaN counts as
        infinite."""
        worst = 0.0
        for exact in self._exact:
            values = self._changed(exact, replacements)
            for output in self._outputs:
                if output in values:
                    difference = (values[output] - exact[output]).abs().max().item()
                    worst = max(worst, difference if difference == difference else float("inf"))
        return worst

    def _values(self, sample: tuple[torch.Tensor, ...]) -> dict[Node, torch.Tensor]:
        values: dict[Node, torch.Tensor] = {}
        inputs = iter(sample)
        with torch.no_grad():
            for node in self._nodes:
                if node.op == "placeholder":
                    values[node] = next(inputs).to(node.meta["val"].dtype)
                elif node.op == "get_attr":
                    values[node] = getattr(self._module, str(node.target))
                else:
                    values[node] = _call(node, values)
        return values

    def _changed(
        self, exact: dict[Node, torch.Tensor], replacements: Mapping[Node, Replacement]
    ) -> dict[Node, torch.Tensor]:
        """The values that differ from the exact ones."""
        changed: dict[Node, torch.Tensor] = {}

        values = ChainMap(changed, exact)
        with torch.no_grad():
            for node in self._nodes:
                if node in replacements:
                    operand = values[node.args[0]]  # pyright: ignore[reportArgumentType]
                    array = replacements[node](operand.double().numpy())
                    changed[node] = torch.from_numpy(array).to(operand.dtype)
                elif any(argument in changed for argument in node.all_input_nodes):
                    changed[node] = _call(node, values)
        return changed


def _call(node: Node, values: Mapping[Node, torch.Tensor]) -> torch.Tensor:
    arguments, keywords = map_arg((node.args, node.kwargs), lambda one: values[one])
    assert callable(node.target)
    return node.target(*arguments, **keywords)
