"""Torch models as Orion's modules, with the same weights. Runs in Orion's environment.

Orion compiles modules of its own (``orion.nn``); the model is traced, and each module replaced by Orion's.
"""

from __future__ import annotations

import operator
from typing import Any

import torch
from torch import Tensor, fx, nn

SILU_DEGREE = 31
"""Orion's default."""


def translate(model: nn.Module, on: Any) -> Any:
    """A model made of Orion's modules.

    Args:
        model: of linear layers, convolutions, batch norms, average poolings, squares, ReLU, SiLU and sums.
        on: the module ``orion.nn``.

    Raises:
        ValueError: the model has something else.
    """

    class Translated(on.Module):
        def __init__(self, network: nn.Module) -> None:
            super().__init__()
            self.network = network

        def forward(self, x: Tensor) -> Tensor:
            return self.network(x)

    traced = fx.symbolic_trace(model)
    for name, module in list(traced.named_modules()):
        if name and not any(True for _ in module.children()):
            parent, _, leaf = name.rpartition(".")
            setattr(traced.get_submodule(parent), leaf, _module(module, on))
    for node in list(traced.graph.nodes):
        if node.op in ("call_function", "call_method"):
            _replace_call(traced, node, on)
    traced.graph.lint()
    traced.recompile()
    return Translated(traced)


def _module(module: nn.Module, on: Any) -> Any:
    match module:
        case nn.Linear():
            made = on.Linear(module.in_features, module.out_features, module.bias is not None)
        case nn.Conv2d():
            made = on.Conv2d(
                module.in_channels,
                module.out_channels,
                module.kernel_size,
                module.stride,
                module.padding,
                module.dilation,
                module.groups,
                module.bias is not None,
            )
        case nn.BatchNorm2d():
            made = on.BatchNorm2d(module.num_features, module.eps)
        case nn.AvgPool2d():
            made = on.AvgPool2d(module.kernel_size, module.stride, module.padding)
        case nn.AdaptiveAvgPool2d():
            made = on.AdaptiveAvgPool2d(module.output_size)
        case nn.ReLU():
            made = on.ReLU()
        case nn.SiLU():
            made = on.SiLU(degree=SILU_DEGREE)
        case nn.Sequential():
            return module  # empty: a shortcut that changes nothing
        case _:
            if not list(module.parameters()):
                return module  # traced into: what it does stands in the graph
            raise ValueError(f"Orion has nothing for {type(module).__name__}")
    if own := module.state_dict():
        made.load_state_dict(own)
    return made


def _replace_call(traced: fx.GraphModule, node: fx.Node, on: Any) -> None:
    first, *others = node.all_input_nodes
    match node.target:
        case "square" | torch.square:
            made, operands = on.Quad(), (first,)
        case operator.mul | torch.mul if not others:
            made, operands = on.Quad(), (first,)
        case "flatten" | torch.flatten:
            made, operands = on.Flatten(), (first,)
        case operator.add | torch.add if len(others) == 1:
            made, operands = on.Add(), (first, *others)
        case _:
            raise ValueError(f"Orion has nothing for {node.target}")
    name = f"orion_{node.name}"
    traced.add_submodule(name, made)
    with traced.graph.inserting_after(node):
        replacement = traced.graph.call_module(name, operands)
    node.replace_all_uses_with(replacement)
    traced.graph.erase_node(node)
