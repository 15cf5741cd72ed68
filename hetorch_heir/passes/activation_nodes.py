"""Recognises activations in graphs of every flavour, with their parameters."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any

import numpy as np
import numpy.typing as npt
import torch
from torch.fx import GraphModule, Node

from hetorch_heir.approx.functions import ACTIVATION_NAMES, ActivationFunction, ScalarFunction, activation
from hetorch_heir.core.errors import UnsupportedOperationError
from hetorch_heir.passes.graph import location, operation_name

Array = npt.NDArray[np.float64]

_EVALUATED_BY_TORCH = frozenset(
    [
        "asinh",
        "atan",
        "cosh",
        "erfc",
        "exp2",
        "expm1",
        "log10",
        "log1p",
        "log2",
        "log_sigmoid",
        "logsigmoid",
        "sinh",
    ]
)
"""Functions of one number whose values torch provides; nothing is known of their shape."""


_SYNONYMS = {"swish": "silu"}
_SPECIAL_CASES = {"clamp_min": "clamp", "clamp_max": "clamp", "clip": "clamp"}
"""Functions that are others with some parameters left out."""

SCALAR_FUNCTION = "scalar_function"
"""What a call of a function that stands for several operations is called."""

SUPPORTED_FUNCTIONS = tuple(sorted({*ACTIVATION_NAMES, *_EVALUATED_BY_TORCH, *_SPECIAL_CASES}))


@dataclass(frozen=True)
class _Parameter:
    """Where a parameter of an activation stands in a call, and what modules and functions call it."""

    name: str
    position: int | None
    keywords: tuple[str, ...]


_PARAMETERS: dict[str, tuple[_Parameter, ...]] = {
    "gelu": (_Parameter("approximate", None, ("approximate",)),),
    "elu": (_Parameter("alpha", 1, ("alpha",)),),
    "celu": (_Parameter("alpha", 1, ("alpha",)),),
    "softplus": (_Parameter("beta", 1, ("beta",)), _Parameter("threshold", 2, ("threshold",))),
    "leaky_relu": (_Parameter("slope", 1, ("negative_slope",)),),
    "hardtanh": (_Parameter("min", 1, ("min_val",)), _Parameter("max", 2, ("max_val",))),
    "clamp": (_Parameter("min", 1, ("min",)), _Parameter("max", 2, ("max",))),
    "clamp_min": (_Parameter("min", 1, ("min",)),),
    "clamp_max": (_Parameter("max", 1, ("max",)),),
    "softshrink": (_Parameter("lambd", 1, ("lambd",)),),
    "hardshrink": (_Parameter("lambd", 1, ("lambd",)),),
    "threshold": (_Parameter("threshold", 1, ("threshold",)), _Parameter("value", 2, ("value",))),
}


@dataclass(frozen=True)
class Activation:
    """An activation and its parameters, as far as they are given.

    ``function`` is None for an activation of the library in :mod:`hetorch_heir.approx`, and the
    function itself for one that torch evaluates. ``parts`` names the activations that one is made of which
    takes the place of several.
    """

    name: str
    parameters: tuple[tuple[str, Any], ...] = ()
    function: ActivationFunction | None = None
    parts: tuple[str, ...] = ()

    def resolve(self) -> ActivationFunction:
        """The function.

        Raises:
            ParameterError: a parameter has an impossible value.
        """
        return self.function or activation(self.name, **dict(self.parameters))


class DescribedFunction(ABC):
    """What ``call_function`` nodes may call besides operators of torch: it says itself what it is."""

    @property
    @abstractmethod
    def activation(self) -> Activation:
        """What there is to approximate."""


def canonical_function(name: str) -> str:
    """The name under which an activation is known: "swish" is "silu"."""
    return _SYNONYMS.get(name, name)


def recognise(
    node: Node, graph_module: GraphModule, custom: Mapping[str, ScalarFunction] = MappingProxyType({})
) -> Activation | None:
    """The activation that ``node`` applies to its first argument, or None if it is none.

    Args:
        custom: the user's own functions by name.
    """
    if not node.op.startswith("call_") or not node.args or not isinstance(node.args[0], Node):
        return None
    if isinstance(node.target, DescribedFunction):
        return node.target.activation
    name = canonical_function(operation_name(node, graph_module))
    if name in custom:
        return Activation(name, function=ActivationFunction(name, custom[name]))
    if name not in SUPPORTED_FUNCTIONS:
        return None
    if name in _EVALUATED_BY_TORCH or _has_scales(node, name):
        function = ActivationFunction(name, _torch_function(node, graph_module))
        return Activation(name, function=function)
    if name == "prelu":
        return Activation(name, (("slope", _prelu_slope(node, graph_module)),))
    parameters = tuple(_given_parameters(node, name, graph_module))
    return Activation(_SPECIAL_CASES.get(name, name), parameters)


def _prelu_slope(node: Node, graph_module: GraphModule) -> float:
    """The slope of a prelu that has one; the frontend writes those with several as sums of relu."""
    weight: Any = None
    if node.op == "call_module":
        weight = graph_module.get_submodule(str(node.target)).weight
    else:
        source = node.args[1] if len(node.args) > 1 else node.kwargs.get("weight")
        if isinstance(source, Node) and source.op == "get_attr":
            path, _, attribute = str(source.target).rpartition(".")
            weight = getattr(graph_module.get_submodule(path), attribute)
    if not isinstance(weight, torch.Tensor) or weight.numel() != 1:
        raise UnsupportedOperationError(
            "a prelu with several slopes, or with computed ones, is no function of one number",
            where=location(node),
            hint="capture the model with hetorch_heir.frontend.to_graph, which takes it apart",
        )
    return float(weight.detach())


def _given_parameters(node: Node, name: str, graph_module: GraphModule) -> list[tuple[str, Any]]:
    module = graph_module.get_submodule(str(node.target)) if node.op == "call_module" else None
    given: list[tuple[str, Any]] = []
    for parameter in _PARAMETERS.get(name, ()):
        keyword = next((one for one in parameter.keywords if one in node.kwargs), None)
        if module is not None:
            given.append((parameter.name, getattr(module, parameter.keywords[0])))
        elif keyword is not None:
            given.append((parameter.name, node.kwargs[keyword]))
        elif parameter.position is not None and parameter.position < len(node.args):
            given.append((parameter.name, node.args[parameter.position]))
    return given


def _has_scales(node: Node, name: str) -> bool:
    """aten.elu's factors of output and input, which torch's own decomposition of selu uses."""
    is_operator = isinstance(node.target, torch._ops.OpOverload)
    factors = (*node.args[2:], *(value for key, value in node.kwargs.items() if "scale" in key))
    return name == "elu" and is_operator and any(factor != 1 for factor in factors)


def _torch_function(node: Node, graph_module: GraphModule) -> Callable[[Array], Array]:
    """What ``node`` computes, on float64 arrays."""

    def function(values: Array) -> Array:
        operand = torch.tensor(values, dtype=torch.float64)
        arguments, keywords = node.args[1:], node.kwargs
        with torch.no_grad():
            if node.op == "call_module":
                result = graph_module.get_submodule(str(node.target))(operand)
            elif node.op == "call_method":
                result = getattr(operand, str(node.target))(*arguments, **keywords)
            else:
                assert callable(node.target)
                result = node.target(operand, *arguments, **keywords)
        return np.asarray(result.numpy(), dtype=np.float64)

    return function
