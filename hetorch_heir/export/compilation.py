"""Compiles a model with parameters of its own choosing: the packed, managed graph and its chain."""

from __future__ import annotations

import copy
import math
from collections.abc import Callable
from dataclasses import dataclass, replace

from torch.fx import GraphModule

from hetorch_heir.approx.composite_activation import DEFAULT_PRECISION
from hetorch_heir.core.bootstrapping import bootstrapping_of
from hetorch_heir.core.cache import NO_CACHE, Cache
from hetorch_heir.core.chain import CKKSChain, TooDeepError, choose_chain
from hetorch_heir.core.context import CompilationContext
from hetorch_heir.core.errors import ParameterError
from hetorch_heir.core.parameters import CKKSParameters
from hetorch_heir.core.primes import MAX_PRIME_BITS
from hetorch_heir.core.scheme import HEScheme
from hetorch_heir.core.security import LARGEST_LOG_N
from hetorch_heir.export.bootstrap_levels import (
    around_bootstraps,
    choose_levels,
    is_placement,
    layout_variants,
)
from hetorch_heir.export.limits import largest_slots, require_limits, require_slots, watch_keys
from hetorch_heir.export.value_ranges import (
    MARGIN_BITS,
    SMALLEST_SCALE,
    Room,
    Samples,
    largest_values,
    least_room,
    require_room,
)
from hetorch_heir.frontend.quiet import quiet
from hetorch_heir.passes.base import TransformationPass, provided
from hetorch_heir.passes.builtin.exact_scales import ExactScalesPass
from hetorch_heir.passes.builtin.memory_optimization import MemoryOptimizationPass
from hetorch_heir.passes.cost import analyze
from hetorch_heir.passes.graph import is_operation
from hetorch_heir.passes.management.annotation import annotate, check_levels, start_at
from hetorch_heir.passes.management.normalisation import normalise_bootstraps, refreshed_values
from hetorch_heir.passes.pipeline import PassPipeline

UNBOUNDED_LEVELS = 256
"""Levels of the trial run that finds out how many the model needs."""
FIRST_LOG_N = 14
"""log2 of the ring dimension tried first: most models without bootstraps end up there."""

DEFAULT_SCALE_BITS = 40
DEFAULT_FIRST_BITS = 60

DEFAULT_LIBRARY = "openfhe"
BOOTSTRAPS = ("auto", "never", "always")

SCALE_TOLERANCE = 2.0**-16
"""Relative difference of scales that is not worth a product."""

SPARE_BITS = 4
"""log2 of how much larger than on the samples values may get where a smaller scale makes room for them."""

AfterPass = Callable[[TransformationPass, GraphModule], None]


@dataclass(frozen=True)
class ParameterOptions:
    """What a user fixes of the parameters.

    Attributes:
        slots: slots of a ciphertext, a power of two; None takes all that the ring has.
        scale_bits: log2 of the scale; None takes ``DEFAULT_SCALE_BITS``, or what a target error needs.
        first_bits: size of the prime that stays to the end; what it exceeds the scale by bounds the
            values that can be decrypted. None takes ``DEFAULT_FIRST_BITS``, or what values need.
        levels: levels of a fresh ciphertext, and from one bootstrap to the next; None takes as many as the
            model needs, or, with bootstraps, as make it fastest.
        bootstraps: "auto" bootstraps models that are too deep for any ring, "never" refuses them, "always"
            bootstraps what is deeper than ``levels``, or than is fastest.
        insecure: accept less than 128-bit security.
        max_slots: the most slots that a ciphertext may have; None allows any.
        max_keys: the most rotation keys that the program may need; None allows any.

    Raises:
        ParameterError: there is no such choice, or fewer slots are allowed than asked for.
    """

    slots: int | None = None
    scale_bits: int | None = None
    first_bits: int | None = None
    levels: int | None = None
    bootstraps: str = "auto"
    insecure: bool = False
    max_slots: int | None = None
    max_keys: int | None = None

    def __post_init__(self) -> None:
        require_limits(self.slots, self.max_slots, self.max_keys)
        if self.scale_bits is not None and self.scale_bits < 1:
            raise ParameterError(
                f"a scale 2^{self.scale_bits} leaves no precision",
                hint=f"use {SMALLEST_SCALE} to {MAX_PRIME_BITS} bits; {DEFAULT_SCALE_BITS} is usual",
            )
        if self.bootstraps not in BOOTSTRAPS:
            raise ParameterError(
                f"there is no choice '{self.bootstraps}' of bootstraps",
                hint=f"use one of {', '.join(BOOTSTRAPS)}",
            )

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

    def for_bootstraps(self, library: str) -> ParameterOptions:
        """The same with the sizes that bootstraps of a library need, where none are given."""
        needed = bootstrapping_of(library)
        scale = needed.scale_bits if self.scale_bits is None else self.scale_bits
        largest = min(needed.first_bits, scale + needed.most_headroom)
        return self.with_sizes(scale, largest if self.first_bits is None else self.first_bits)


@dataclass(frozen=True)
class CompiledGraph:
    """A packed, managed graph with the chain that its levels refer to."""

    graph_module: GraphModule
    chain: CKKSChain
    context: CompilationContext
    room: Room | None = None
    """Where values come nearest to the modulus, on the samples that the graph was compiled with."""


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
    library: str = DEFAULT_LIBRARY,
    samples: Samples = (),
    cache: Cache = NO_CACHE,
    after_pass: AfterPass | None = None,
) -> CompiledGraph:
    """Runs the passes on a copy of a normalised graph and chooses the smallest secure parameters.

    The passes run with unbounded levels for a number of slots; the depth found gives the ring, and if
    that has other slots than assumed the passes run again. A model too deep for any ring is bootstrapped,
    with the number of levels that makes it fastest. When the primes are known, scales are made exact, and the
    operations are ordered for few live ciphertexts.

    Args:
        library: whose bootstraps the parameters have room for.
        cache: what the passes remember plans and approximations in.
        samples: inputs of the model. The modulus has room for their values, by a smaller scale than the
            default one if need be, and values that are bootstrapped are divided by what makes them fit.

    Raises:
        TooDeepError: the model is too deep for any secure ring, and bootstraps aren't allowed.
        ParameterError: the model is too deep for the levels given, or values overflow.
    """
    compilation = _Compilation(graph_module, pipeline, options, library, samples, cache, after_pass)
    if options.bootstraps == "never" and compilation.places_bootstraps:
        raise ParameterError(
            "the pipeline places bootstraps, and none are allowed",
            hint="leave bootstrapping-insertion out of the pipeline, or allow bootstraps",
        )
    if options.levels is not None and (options.bootstraps == "always" or compilation.places_bootstraps):
        compiled = compilation.with_given_levels(options.levels)
    elif options.bootstraps == "always":
        compiled = compilation.with_bootstraps()
    else:
        compiled = compilation.with_levels_needed()
    if not samples:
        return compiled
    room = least_room(compiled.graph_module, compiled.context, largest_values(compiled.graph_module, samples))
    smaller = _smaller_scale(room, compiled.chain, options)
    if smaller is not None:
        sizes = options.with_sizes(smaller, options.first)
        return compile_graph(graph_module, pipeline, sizes, library=library, samples=samples, cache=cache)
    require_room(room, compiled.chain)
    return replace(compiled, room=room)


def _smaller_scale(room: Room | None, chain: CKKSChain, options: ParameterOptions) -> int | None:
    """The scale that gives values room, where the default one doesn't and none is fixed."""
    fixed = (
        options.scale_bits is not None or options.first_bits is not None or chain.bootstrapping is not None
    )
    if fixed or room is None or room.bits >= MARGIN_BITS or not math.isfinite(room.bits):
        return None
    smaller = chain.log_scale - math.ceil(SPARE_BITS - room.bits)
    return smaller if smaller >= SMALLEST_SCALE else None


class _Compilation:
    """One model and all that is fixed of its compilation."""

    def __init__(
        self,
        graph_module: GraphModule,
        pipeline: PassPipeline,
        options: ParameterOptions,
        library: str,
        samples: Samples,
        cache: Cache,
        after_pass: AfterPass | None,
    ) -> None:
        self._graph_module = graph_module
        self._pipeline = pipeline
        self._options = options
        self._library = library
        self._samples = samples
        self._cache = cache
        self._after_pass = after_pass

    def with_levels_needed(self) -> CompiledGraph:
        """Without bootstraps if there is a ring for that."""
        try:
            return self.without_bootstraps()
        except TooDeepError:
            if self._options.bootstraps == "never" or self._options.levels is not None:
                raise
        return self.with_bootstraps()

    def without_bootstraps(self) -> CompiledGraph:
        """The smallest chain with as many levels as the model has, or as are given."""
        options = self._options
        slots = options.slots or self._first_slots()
        tried: set[int] = set()
        while True:
            tried.add(slots)
            trial = _trial_context(slots, options, options.levels)
            result = self._run(self._pipeline, trial)
            depth = _depth(result, trial) if options.levels is None else options.levels
            chain = _chain(depth, options.slots, options)
            require_slots(chain, options.max_slots)
            if chain.slots == slots:
                return _finished(result, chain, self._samples)
            # Two sizes that ask for each other: the larger ring has room for both.
            slots = max(tried | {chain.slots}) if chain.slots in tried else chain.slots
            if slots in tried:
                return _finished(result, _chain(depth, slots, options), self._samples)

    @property
    def places_bootstraps(self) -> bool:
        """Whether a pass of the pipeline does."""
        return any(map(is_placement, self._pipeline.passes))

    def with_given_levels(self, levels: int) -> CompiledGraph:
        """With bootstraps where the model has more levels."""
        options = self._options.for_bootstraps(self._library)
        chain = _chain(levels, options.slots, options, self._library)
        context = _trial_context(chain.slots, options, levels)
        found: list[GraphModule] = []
        for variant in layout_variants(self._pipeline):
            before, after = around_bootstraps(variant)
            pipeline = PassPipeline((*before.passes, *after.passes), assumes=variant.assumes)
            found.append(self._run(pipeline, context))
            if not _bootstraps(found[-1]):
                return self.without_bootstraps()
        result = min(found, key=lambda one: analyze(one, context, critical_path=False).estimated_latency)
        require_slots(chain, options.max_slots)
        return _finished(result, chain, self._samples)

    def with_bootstraps(self) -> CompiledGraph:
        """With the number of levels between bootstraps that makes the program fastest."""
        options = self._options.for_bootstraps(self._library)
        slots = options.slots or _allowed_slots(1 << (LARGEST_LOG_N - 1), options)
        for wanted in (options.slots, slots):
            trial = _trial_context(slots, options, None)
            variants = [around_bootstraps(one) for one in layout_variants(self._pipeline)]
            found = [
                choose_levels(
                    self._run(before, trial),
                    after,
                    lambda levels, wanted=wanted: _chain(levels, wanted, options, self._library),
                    lambda levels, slots=slots: _trial_context(slots, options, levels),
                )
                for before, after in variants
            ]
            placed = min(found, key=lambda one: one.latency)
            if not _bootstraps(placed.graph_module):
                return self.without_bootstraps()  # a chain without levels for them is smaller
            require_slots(placed.chain, options.max_slots)
            if placed.chain.slots == slots:
                break
            slots = placed.chain.slots
        return _finished(placed.graph_module, placed.chain, self._samples)

    def _run(self, pipeline: PassPipeline, context: CompilationContext) -> GraphModule:
        with quiet():  # torch warns of its own attributes when they are copied
            own = copy.deepcopy(self._graph_module)
        watch = watch_keys(self._options.max_keys, context, self._after_pass)
        return pipeline.run(own, replace(context, cache=self._cache), after_pass=watch)

    def _first_slots(self) -> int:
        """Slots that the passes are run with first."""
        options = self._options
        if options.levels is None:
            return _allowed_slots(1 << (FIRST_LOG_N - 1), options)
        chain = _chain(options.levels, None, options)
        require_slots(chain, options.max_slots)
        return chain.slots


def _allowed_slots(slots: int, options: ParameterOptions) -> int:
    return slots if options.max_slots is None else min(slots, largest_slots(options.max_slots))


def _trial_context(slots: int, options: ParameterOptions, levels: int | None) -> CompilationContext:
    """Without primes; None for ``levels`` sets no bound."""
    primes = (options.first, *[options.scale] * (UNBOUNDED_LEVELS if levels is None else levels))
    return CompilationContext(HEScheme.CKKS, _TrialParameters(2 * slots, primes, 2.0**options.scale))


def _chain(
    depth: int, slots: int | None, options: ParameterOptions, bootstrapped_by: str | None = None
) -> CKKSChain:
    bootstrapping = bootstrapping_of(bootstrapped_by) if bootstrapped_by else None
    return choose_chain(depth, options.scale, options.first, slots, options.insecure, bootstrapping)


def _bootstraps(graph_module: GraphModule) -> bool:
    return any(is_operation(node, "bootstrap") for node in graph_module.graph.nodes)


def _finished(graph_module: GraphModule, chain: CKKSChain, samples: Samples) -> CompiledGraph:
    """The graph at the levels of the chain, with scales that are exact with its primes."""
    context = CompilationContext(HEScheme.CKKS, CKKSParameters.from_chain(chain))
    start_at(graph_module, context)
    refreshed = refreshed_values(graph_module) if samples else []
    if refreshed:
        largest = largest_values(graph_module, samples)
        normalise_bootstraps(graph_module, {node: largest[node] for node in refreshed})
    if {"linear_bsgs", "rescaling_inserted"} <= provided(graph_module):
        ExactScalesPass(SCALE_TOLERANCE)(graph_module, context)
        MemoryOptimizationPass()(graph_module, context)
    check_levels(graph_module, context)
    return CompiledGraph(graph_module, chain, context)


def _depth(graph_module: GraphModule, context: CompilationContext) -> int:
    states = annotate(graph_module, context)
    return context.initial_level - min((state.level for state in states.values()), default=0)
