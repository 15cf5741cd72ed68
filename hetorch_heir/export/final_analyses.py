"""Analyses at the end of a pipeline, which run on the program as it is exported.

An export runs its pipeline before it knows the parameters, and more than once: what passes report there holds
for no program. So those that end it are kept for the last.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace

from torch import Tensor
from torch.fx import GraphModule

from hetorch_heir.export.compilation import CompiledGraph
from hetorch_heir.export.value_ranges import some_samples
from hetorch_heir.passes.base import TransformationPass
from hetorch_heir.passes.builtin.cost_analysis import CostAnalysisPass
from hetorch_heir.passes.builtin.noise_analysis import NoiseAnalysisPass
from hetorch_heir.passes.noise import NOISE_ANALYSIS
from hetorch_heir.passes.pipeline import PassPipeline

ANALYSES = (CostAnalysisPass, NoiseAnalysisPass)


def split_analyses(pipeline: PassPipeline) -> tuple[PassPipeline, tuple[TransformationPass, ...]]:
    """The passes of a pipeline up to the last one that changes the graph, and the analyses after it."""
    steps, count = pipeline.passes, len(pipeline.passes)
    while count and isinstance(steps[count - 1], ANALYSES):
        count -= 1
    return PassPipeline(steps[:count], assumes=pipeline.assumes), steps[count:]


def run_analyses(
    compiled: CompiledGraph,
    analyses: Sequence[TransformationPass],
    samples: Sequence[tuple[Tensor, ...]],
    after_pass: Callable[[TransformationPass, GraphModule], None] | None = None,
) -> list[str]:
    """Runs analyses on a compiled graph, and gives what the user should know.

    Args:
        samples: inputs of the model; errors are predicted on some of them where the pass has none of its own.

    Raises:
        HETorchError: as the analyses do.
    """
    for step in analyses:
        if isinstance(step, NoiseAnalysisPass) and not step.samples and samples:
            step = replace(step, samples=some_samples(samples))
        step(compiled.graph_module, compiled.context)
        if after_pass is not None:
            after_pass(step, compiled.graph_module)
    found = compiled.graph_module.meta.get(NOISE_ANALYSIS)
    return list(found.warnings) if found is not None else []


def reports(pipeline: str | PassPipeline | None) -> bool:
    """Whether a pipeline prints or writes something, so that a remembered result won't do."""
    steps = PassPipeline.parse(pipeline) if isinstance(pipeline, str) else pipeline
    return steps is not None and any(step.reports for step in steps.passes)
