"""The predicted errors of an exported graph, layer by layer."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from torch import Tensor
from torch.fx import GraphModule, Node

from hetorch_heir.core.context import CompilationContext
from hetorch_heir.noise.programs import noise_model
from hetorch_heir.passes.noise import analyze_noise
from hetorch_heir.report.data import LayerNoise

INPUTS = "report_inputs"
"""Metadata of a graph module: inputs of the model, as tuples of tensors, that its errors are predicted on."""
MOST_INPUTS = 2
"""Inputs that are taken, evenly from all: each is one run in the clear."""


def keep_inputs(graph_module: GraphModule, samples: Sequence[tuple[Tensor, ...]]) -> None:
    """Keeps some samples for predictions later on."""
    picked = np.unique(np.linspace(0, len(samples) - 1, min(MOST_INPUTS, len(samples))).astype(np.int64))
    graph_module.meta[INPUTS] = [samples[number] for number in picked]


def basis(graph_module: GraphModule) -> str:
    """What inputs errors are predicted on, in words."""
    count = len(graph_module.meta.get(INPUTS, ()))
    if count == 0:
        return "on an input drawn from [-1, 1], as there is no calibration data"
    return f"on {count} sample{'' if count == 1 else 's'} of the calibration data"


def noise_of_layers(
    graph_module: GraphModule, context: CompilationContext, library: str, results: Sequence[Node]
) -> tuple[LayerNoise, ...]:
    """The errors of the results of layers, the largest over the inputs kept; without any over random ones.

    Args:
        graph_module: packed and managed.
        context: its parameters.
        library: whose noise.
        results: the node of each layer's result, in the order of their numbers.
    """
    kept: list[tuple[Tensor, ...]] = graph_module.meta.get(INPUTS, [])
    samples: list[list[np.ndarray[Any, Any]]] = [[one.detach().numpy() for one in sample] for sample in kept]
    model = noise_model(library, context.chain)
    nodes = analyze_noise(graph_module, context, library, model, samples).nodes
    return tuple(
        LayerNoise(number, noise.deviation, noise.precision, noise.headroom)
        for number, noise in enumerate(nodes[result.name] for result in results)
        if np.isfinite(noise.precision)
    )
