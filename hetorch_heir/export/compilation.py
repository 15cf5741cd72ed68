"""Compiles a model with parameters of its own choosing: the packed, managed graph and its chain."""

from __future__ import annotations

import copy
from collections.abc import Callable
from dataclasses import dataclass, replace

from torch.fx import GraphModule

from hetorch_heir.approx.composite_activation import DEFAULT_PRECISION
from hetorch_heir.core.chain import CKKSChain, choose_chain
from hetorch_heir.core.context import CompilationContext
from hetorch_heir.core.errors import ParameterError
from hetorch_heir.core.parameters import CKKSParameters
from hetorch_heir.core.scheme import HEScheme
from hetorch_heir.export.limits import largest_slots, require_limits, require_slots, watch_keys
from hetorch_heir.frontend.quiet import quiet
from hetorch_heir.passes.base import TransformationPass, provided
from hetorch_heir.passes.builtin.exact_scales import ExactScalesPass
from hetorch_heir.passes.builtin.memory_optimization import MemoryOptimizationPass
from hetorch_heir.passes.graph import CIPHERTEXT_INFO, ciphertext_info
from hetorch_heir.passes.management.annotation import annotate, check_levels
from hetorch_heir.passes.management.kinds import Kind, kind_of
from hetorch_heir.passes.pipeline import PassPipeline

UNBOUNDED_LEVELS = 256
"""Levels of the trial run that finds out how many the model needs."""
FIRST_LOG_N = 14
"""log2 of the ring dimension tried first: most models without bootstraps end up there."""

DEFAULT_SCALE_BITS = 40
DEFAULT_FIRST_BITS = 60

SCALE_TOLERANCE = 2.0**-16
"""Relative difference of scales that is not worth a product."""

AfterPass = Callable[[TransformationPass, GraphModule], None]


@dataclass(frozen=True)
class ParameterOptions:
    """What a user fixes of the parameters.

    Attributes:
        slots: slots of a ciphertext, a power of two; None takes all that the ring has.
        scale_bits: log2 of the scale; None takes ``DEFAULT_SCALE_BITS``, or what a target error needs.
        first_bits: size of the prime that stays to the end; what it exceeds the scale by bounds the
            values that can be decrypted. None takes ``DEFAULT_FIRST_BITS``, or what values need.
        levels: levels of a fresh ciphertext; None takes as many as the model needs.
        insecure: accept less than 128-bit security.
        max_slots: the most slots that a ciphertext may have; None allows any.
        max_keys: the most rotation keys that the program may need; None allows any.

    Raises:
        ParameterError: fewer slots are allowed than asked for.
    """

    slots: int | None = None
    scale_bits: int | None = None
    first_bits: int | None = None
    levels: int | None = None
    insecure: bool = False
    max_slots: int | None = None
    max_keys: int | None = None

    def __post_init__(self) -> None:
        require_limits(self.slots, self.max_slots, self.max_keys)

    @property
    def scale(self) -> int:
        """log2 of the scale, given or the default."""
        return DEFAULT_SCALE_BITS if self.scale_bits is None else self.scale_bits

    @property
    def first(self) -> int:
        """Size of the first prime, given or the default."""
        return DEFAULT_FIRST_BITS if self.first_bits is None else self.first_bits

    def with_sizes(self, scale_bits: int, first_bits: int) -> ParameterOptions:
        """The same with these sizes."""
        return replace(self, scale_bits=scale_bits, first_bits=first_bits)


@dataclass(frozen=True)
class CompiledGraph:
    """A packed, managed graph with the chain that its levels refer to."""

    graph_module: GraphModule
    chain: CKKSChain
    context: CompilationContext


def default_pipeline(degree: int, method: str = "chebyshev", precision: float = DEFAULT_PRECISION) -> str:
    """The passes of an export, as text; degree, method and precision are those of the activations."""
    return (
        "input-packing{strategy=auto},"
        f"nonlinear-to-polynomial{{degree={degree} approximation_method={method} precision={precision:g}}},"
        "linear-layer-bsgs,"
        "constant-folding,"
        "addition-balancing,"
        "common-subexpression-elimination,"
        "rescaling-insertion{strategy=optimal},"
        "relinearization-insertion{strategy=optimal},"
        "dead-code-elimination"
    )


class _TrialParameters(CKKSParameters):
    """Sizes without primes: the passes decide by levels, and the primes are chosen afterwards."""

    @property
    def chain(self) -> CKKSChain:  # pyright: ignore[reportIncompatibleVariableOverride]
        raise ParameterError(
            "the modulus chain is not chosen yet",
            hint="leave out passes that need its primes (exact-scales runs by itself when it is chosen)",
        )


def compile_graph(
    graph_module: GraphModule,
    pipeline: PassPipeline,
    options: ParameterOptions,
    *,
    after_pass: AfterPass | None = None,
) -> CompiledGraph:
    """Runs the passes on a copy of a normalised graph and chooses the smallest secure parameters.

    The passes run with unbounded levels for a number of slots; the depth found gives the ring, and if
    that has other slots than assumed the passes run again. When the primes are known, scales are made
    exact, and the operations are ordered for few live ciphertexts.

    Raises:
        ParameterError: the model is too deep for any secure ring, or for the levels given.
    """
    slots = options.slots or _slots_for(options)
    tried: set[int] = set()
    while True:
        tried.add(slots)
        trial = CompilationContext(HEScheme.CKKS, _trial_parameters(slots, options))
        with quiet():  # torch warns of its own attributes when they are copied
            own = copy.deepcopy(graph_module)
        result = pipeline.run(own, trial, after_pass=watch_keys(options.max_keys, trial, after_pass))
        depth = _depth(result, trial) if options.levels is None else options.levels
        chain = _chain(depth, options.slots, options)
        require_slots(chain, options.max_slots)
        if chain.slots == slots:
            break
        # Two sizes that ask for each other: the larger ring has room for both.
        slots = max(tried | {chain.slots}) if chain.slots in tried else chain.slots
        if slots in tried:
            chain = _chain(depth, slots, options)
            break
    context = CompilationContext(HEScheme.CKKS, CKKSParameters.from_chain(chain))
    _start_at(result, context)
    if {"linear_bsgs", "rescaling_inserted"} <= provided(result):
        ExactScalesPass(SCALE_TOLERANCE)(result, context)
        MemoryOptimizationPass()(result, context)
    check_levels(result, context)
    return CompiledGraph(result, chain, context)


def _slots_for(options: ParameterOptions) -> int:
    if options.levels is None:
        first = 1 << (FIRST_LOG_N - 1)
        return first if options.max_slots is None else min(first, largest_slots(options.max_slots))
    chain = _chain(options.levels, None, options)
    require_slots(chain, options.max_slots)
    return chain.slots


def _trial_parameters(slots: int, options: ParameterOptions) -> CKKSParameters:
    levels = UNBOUNDED_LEVELS if options.levels is None else options.levels
    primes = (options.first, *[options.scale] * levels)
    return _TrialParameters(2 * slots, primes, 2.0**options.scale)


def _chain(depth: int, slots: int | None, options: ParameterOptions) -> CKKSChain:
    return choose_chain(depth, options.scale, options.first, slots, options.insecure)


def _depth(graph_module: GraphModule, context: CompilationContext) -> int:
    states = annotate(graph_module, context)
    return context.initial_level - min((state.level for state in states.values()), default=0)


def _start_at(graph_module: GraphModule, context: CompilationContext) -> None:
    """Gives fresh ciphertexts the level of the context; the others follow from them."""
    for node in graph_module.graph.nodes:
        info = ciphertext_info(node)
        if info is not None and kind_of(node, set()) is Kind.INPUT:
            node.meta[CIPHERTEXT_INFO] = info.with_level(context.initial_level)
