"""How many levels a program with bootstraps has between them: as many as make it fastest.

More levels mean fewer bootstraps, but all that is computed at them is the slower, and the ring may have to be
larger, which doubles everything.
"""

from __future__ import annotations

import copy
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace

from torch.fx import GraphModule

from hetorch_heir.core.chain import CKKSChain, TooDeepError
from hetorch_heir.core.context import CompilationContext
from hetorch_heir.core.errors import ParameterError
from hetorch_heir.passes.base import TransformationPass
from hetorch_heir.passes.builtin.bootstrapping_insertion import BootstrappingInsertionPass
from hetorch_heir.passes.builtin.linear_layer_bsgs import LinearLayerBSGSPass
from hetorch_heir.passes.cost import analyze
from hetorch_heir.passes.management.annotation import check_levels, start_at
from hetorch_heir.passes.pipeline import PassPipeline

FEWEST_LEVELS = 1
STRIDES = (4, 2, 1)
"""Numbers of levels are tried every four at first, and then around the best one."""

MEASURED_LIMBS = 4 * (22 + 6)
"""Of a rotation key of the chain that the latency of a bootstrap was measured with, four digits of QP."""

NO_DETOURS = 1e6
"""What a level is worth, in rotations, where none shall be spent on another layout."""

ChainOf = Callable[[int], CKKSChain]
ContextOf = Callable[[int], CompilationContext]


@dataclass(frozen=True)
class Placed:
    """A graph with bootstraps, and its chain.

    Attributes:
        latency: milliseconds, estimated.
    """

    graph_module: GraphModule
    chain: CKKSChain
    latency: float


def choose_levels(
    graph_module: GraphModule, pipeline: PassPipeline, chain_of: ChainOf, context_of: ContextOf
) -> Placed:
    """Places bootstraps for several numbers of levels, and keeps the fastest program.

    Args:
        graph_module: packed and managed, with unbounded levels; stays as it is.
        pipeline: the passes that place bootstraps.
        chain_of: the chain for a number of levels.
        context_of: the context to place with, for a number of levels.

    Raises:
        TooDeepError: there is no number of levels with which the model works.
    """
    found: dict[int, Placed | None] = {}
    reason: ParameterError | None = None

    def attempt(levels: int) -> None:
        nonlocal reason
        if levels < FEWEST_LEVELS or levels in found:
            return
        found[levels] = None
        try:
            found[levels] = _place(graph_module, pipeline, chain_of(levels), context_of(levels))
        except ParameterError as error:
            reason = error

    levels = FEWEST_LEVELS
    while _exists(chain_of, levels):
        attempt(levels)
        levels += STRIDES[0]
    for stride in STRIDES[1:]:
        best = _fastest(found)
        if best is None:
            break
        attempt(best - stride)
        attempt(best + stride)
    best = _fastest(found)
    placed = found[best] if best is not None else None
    if placed is None:
        chain_of(FEWEST_LEVELS)  # what is wrong with the sizes
        raise TooDeepError(
            "bootstraps don't make the model fit: too many levels follow one another where nothing can be"
            " refreshed",
            hint=reason.hint if reason else "use activations of lower degree",
        )
    return placed


def _exists(chain_of: ChainOf, levels: int) -> bool:
    try:
        chain_of(levels)
    except TooDeepError:
        return False
    return True


def _fastest(found: dict[int, Placed | None]) -> int | None:
    latencies = {levels: one.latency for levels, one in found.items() if one is not None}
    return min(latencies, key=lambda levels: latencies[levels], default=None)


def _place(
    graph_module: GraphModule, pipeline: PassPipeline, chain: CKKSChain, context: CompilationContext
) -> Placed:
    own = GraphModule(graph_module, copy.deepcopy(graph_module.graph))  # shares the constants
    own.meta.update(copy.copy(graph_module.meta))
    start_at(own, context)
    result = pipeline.run(own, context)
    check_levels(result, context)
    analysis = analyze(result, context, critical_path=False)
    bootstraps = analysis.total_operations.get("bootstrap", 0)
    return Placed(result, chain, analysis.estimated_latency + bootstraps * _excess(chain, context))


def _excess(chain: CKKSChain, context: CompilationContext) -> float:
    """Milliseconds that a bootstrap takes longer than on the chain it was measured with.

    It consists of rotations, which take as long as their keys have limbs.
    """
    limbs = chain.digits * (len(chain.Q) + len(chain.P))
    return context.cost_model.latency("bootstrap") * (limbs / MEASURED_LIMBS - 1.0)


def is_placement(step: TransformationPass) -> bool:
    """Whether a pass places bootstraps."""
    return isinstance(step, BootstrappingInsertionPass)


def layout_variants(pipeline: PassPipeline) -> Iterator[PassPipeline]:
    """The pipeline, and the same where no value takes a level more to be laid out in another way.

    A level more in every layer can be a bootstrap more in every layer, or cost nothing.
    """
    yield pipeline
    steps = [
        replace(step, level_cost=NO_DETOURS)
        if isinstance(step, LinearLayerBSGSPass) and step.level_cost is None
        else step
        for step in pipeline.passes
    ]
    if tuple(steps) != pipeline.passes:
        yield PassPipeline(steps, assumes=pipeline.assumes)


def around_bootstraps(pipeline: PassPipeline) -> tuple[PassPipeline, PassPipeline]:
    """The passes that know of no bounds, and those from the bootstraps on, which are added where none are."""
    steps = pipeline.passes
    first = next((index for index, step in enumerate(steps) if is_placement(step)), len(steps))
    before = PassPipeline(steps[:first], assumes=pipeline.assumes)
    known = frozenset(pipeline.assumes).union(*(step.provides for step in before.passes))
    after = steps[first:] or (BootstrappingInsertionPass(strategy="optimal"),)
    return before, PassPipeline(after, assumes=known)
