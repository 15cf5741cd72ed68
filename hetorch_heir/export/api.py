"""One-call forms: compile a model to a homomorphic graph, or export it as a program for HEIR."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from functools import cached_property
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import torch
import torch.utils._pytree as pytree
from torch import Tensor, nn
from torch.export import ExportedProgram
from torch.fx import GraphModule
from xdsl.dialects.builtin import ModuleOp

from hetorch_heir.core import progress
from hetorch_heir.core.cache import NO_CACHE, Cache, user_cache
from hetorch_heir.core.chain import CKKSChain
from hetorch_heir.core.errors import ParameterError
from hetorch_heir.export.activation_report import report_activations
from hetorch_heir.export.calibration import (
    DATA_MARGIN,
    EXAMPLE_MARGIN,
    ActivationRange,
    CalibrationError,
    RangeObserver,
    calibrate,
    load_samples,
    take_samples,
)
from hetorch_heir.export.compilation import DEFAULT_LIBRARY, CompiledGraph, compile_graph, default_pipeline
from hetorch_heir.export.constants import NOTHING_INLINE
from hetorch_heir.export.cost_estimate import estimate_cost, summarize
from hetorch_heir.export.degree_choice import DegreeReport, choose_degrees
from hetorch_heir.export.exporter import ExportOptions, export_graph
from hetorch_heir.export.final_analyses import reports, run_analyses, split_analyses
from hetorch_heir.export.key_plans import check_lowered_keys, plan_program_keys
from hetorch_heir.export.limits import limit_rotation_keys
from hetorch_heir.export.mlir_check import check_with_mlir
from hetorch_heir.export.naming import function_name
from hetorch_heir.export.noise_report import keep_inputs
from hetorch_heir.export.options import CompileOptions, make_options
from hetorch_heir.export.parameter_warnings import parameter_warnings
from hetorch_heir.export.precision import choose_scale
from hetorch_heir.export.program_text import convert, text_of
from hetorch_heir.export.remembered import has_plain_name, key_of_export, read_result, recorded_result
from hetorch_heir.export.result import ExportResult
from hetorch_heir.export.summary import count_operations
from hetorch_heir.export.verification import (
    VerificationReport,
    graph_runner,
    text_runner,
    verify_stages,
)
from hetorch_heir.frontend import (
    ReferenceModel,
    check_supported,
    input_shapes,
    restore_output_structure,
    to_graph,
    traced,
)
from hetorch_heir.heir import lower
from hetorch_heir.key_memory.plan import KeyPlan
from hetorch_heir.passes.activation_nodes import SCALAR_FUNCTION, SUPPORTED_FUNCTIONS
from hetorch_heir.passes.base import TransformationPass
from hetorch_heir.passes.builtin.nonlinear_to_polynomial import NonlinearToPolynomialPass
from hetorch_heir.passes.pipeline import PassPipeline
from hetorch_heir.passes.scalar_functions import fuse_scalar_functions

Model = nn.Module | ExportedProgram
AfterPass = Callable[[TransformationPass, GraphModule], None]
MAX_VERIFIED_SAMPLES = 16
LEAST_NOISE = 0.01
"""Part of a target error that encryption may cause besides what approximations leave of it."""
_APPROXIMATED_FUNCTIONS = frozenset({*SUPPORTED_FUNCTIONS, SCALAR_FUNCTION})
"""Names of the calls whose operands' ranges are calibrated."""


def compile(model: Model, example: Tensor | Sequence[Any], **options: Any) -> GraphModule:
    """A graph of homomorphic operations that computes the model, and runs in torch.

    Args:
        model: compiled as in evaluation mode.
        example: the input, or the inputs, of the shapes to compile for.
        options: fields of :class:`CompileOptions` and of :class:`ParameterOptions`.

    Returns:
        A ``torch.fx.GraphModule`` with the model's signature; level, scale and layout of every value
        are in its nodes' metadata, the modulus chain in ``meta["chain"]``.

    Raises:
        HETorchError: the model or an option is not usable; says where and what to do.
    """
    compiled = _Compilation(model, _as_inputs(example), {}, make_options(**options)).compiled()
    compiled.graph_module.meta["chain"] = compiled.chain
    return compiled.graph_module


def export(
    model: Model,
    example: Tensor | Sequence[Any],
    path: str | Path | None = None,
    *,
    example_kwargs: dict[str, Any] | None = None,
    after_pass: AfterPass | None = None,
    **options: Any,
) -> ExportResult:
    """Exports a model as MLIR for HEIR.

    Args:
        model: exported as in evaluation mode.
        example: the input, or the inputs, of the shapes to export for.
        path: where to write the program; None writes nothing.
        example_kwargs: keyword arguments of the model.
        after_pass: called with each pass and the graph that it left.
        options: fields of :class:`CompileOptions` and of :class:`ParameterOptions`.

    Raises:
        HETorchError: the model or an option is not usable, or verification failed; nothing is written.
    """
    inputs, keywords = _as_inputs(example), example_kwargs or {}
    compilation = _Compilation(model, inputs, keywords, make_options(**options), after_pass)
    result = compilation.remembered(f"{Path(path).stem if path else 'program'}.constants.bin")
    if path is not None:
        result.write(path)
    return result


def _as_inputs(example: Tensor | Sequence[Any]) -> tuple[Any, ...]:
    return (example,) if isinstance(example, Tensor) else tuple(example)


class _Compilation:
    """One model on its way; keeps the time of every stage."""

    def __init__(
        self,
        model: Model,
        inputs: tuple[Any, ...],
        kwargs: dict[str, Any],
        options: CompileOptions,
        after_pass: AfterPass | None = None,
    ) -> None:
        self._model = model
        self._inputs = inputs
        self._kwargs = kwargs
        self._options = options
        self._after_pass = after_pass
        self._cache: Cache = user_cache() if options.cache else NO_CACHE
        self._warnings: list[str] = []
        self.seconds: dict[str, float] = {}

    @contextmanager
    def _stage(self, name: str) -> Iterator[None]:
        start = time.perf_counter()
        try:
            with progress.stage(name):
                yield
        finally:
            self.seconds[name] = self.seconds.get(name, 0.0) + time.perf_counter() - start

    @cached_property
    def _traced(self) -> Model:
        with self._stage("capture"):
            return traced(self._model, self._inputs, self._kwargs)

    @cached_property
    def _samples(self) -> list[tuple[Tensor, ...]] | None:
        """The calibration data, which may be an iterator: read once."""
        given = self._options.calibration
        if given is None:
            return None
        shapes = input_shapes(self._traced, (self._inputs, self._kwargs))
        if isinstance(given, (str, Path)):
            return load_samples(Path(given), shapes)
        return take_samples(given, shapes)

    def remembered(self, resource_path: str) -> ExportResult:
        """What :meth:`exported` gives, or has given before for the same model, data and options."""
        key = self._key() if has_plain_name(resource_path) else None
        known = self._cache.load(key) if key else None
        if known is not None:
            return read_result(known, resource_path, lambda: self._again(key), self.seconds)
        result = self.exported(resource_path)
        if key:
            self._cache.store(key, recorded_result(result, resource_path))
        return result

    def _key(self) -> str | None:
        """The key of the result; None if it depends on what can't be compared."""
        if self._cache is NO_CACHE or self._after_pass is not None or reports(self._options.pipeline):
            return None
        with self._stage("look up"):
            return key_of_export(
                self._traced,
                self._options,
                (self._example_tensors, self._samples, type(self._model).__name__),
            )

    def _again(self, key: str | None) -> GraphModule:
        """The graph of a result that was remembered."""
        if self._key() != key:
            raise ParameterError(
                "the model has changed since it was exported: its graph can't be made any more",
                hint="export it again, or with cache=False",
            )
        return self.compiled().graph_module

    def compiled(self) -> CompiledGraph:
        model = self._traced
        with self._stage("capture"):
            self._graph = to_graph(
                model,
                self._inputs,
                self._kwargs,
                public_inputs=tuple(self._options.public_inputs),
                polynomial_max=self._options.max_pool == "polynomial",
            )
            check_supported(self._graph)
            restore_output_structure(self._graph)
        options = self._options
        pipeline = options.pipeline or default_pipeline(
            options.activation_degree, options.activation_method, options.activation_precision
        )
        if isinstance(pipeline, str):
            pipeline = PassPipeline.parse(pipeline)
        pipeline, analyses = split_analyses(pipeline)
        if not any(map(_names_functions, pipeline.passes)):
            fuse_scalar_functions(self._graph)
        with self._stage("calibrate"):
            self._ranges = self._calibrate()
            self._degrees = self._choose_degrees()
        with self._stage("passes"):
            compiled = compile_graph(
                self._graph,
                pipeline,
                self._options.parameters,
                library=self._library,
                samples=self._samples or [self._example_tensors],
                after_pass=self._after_pass,
                cache=self._cache,
            )
        chosen = self._with_smallest_scale(compiled, pipeline)
        keep_inputs(chosen.graph_module, self._samples or [])
        with self._stage("analyses"):
            self._warnings += run_analyses(chosen, analyses, self._samples or [], self._after_pass)
        return chosen

    def _with_smallest_scale(self, compiled: CompiledGraph, pipeline: PassPipeline) -> CompiledGraph:
        """The graph with the scale that the target error needs, where one is given and no scale is."""
        parameters = self._options.parameters
        self._scale_choice = None
        if self._degrees is None or parameters.scale_bits is not None or parameters.insecure:
            return compiled
        assert self._samples is not None
        allowed = max(
            self._degrees.target_error - self._degrees.error, LEAST_NOISE * self._degrees.target_error
        )
        with self._stage("scale"):
            chosen, self._scale_choice = choose_scale(
                lambda options: compile_graph(self._graph, pipeline, options, library=self._library),
                compiled,
                parameters,
                self._samples,
                allowed,
            )
        return chosen

    def exported(self, resource_path: str) -> ExportResult:
        compiled = self.compiled()
        self._warnings += parameter_warnings(compiled, self._library, self._options.lower is not None)
        name = function_name(self._options.name or type(self._model).__name__.lower())
        with self._stage("export"):
            written = ExportOptions(name, self._inline_limit(), resource_path, self._options.weights)
            exported = export_graph(compiled.graph_module, compiled.chain, written)
            limit_rotation_keys(exported.module, self._options.parameters.max_keys, compiled.chain.slots)
            exported.module.verify()
            counts = count_operations(exported.module, name)
        backend = self._library
        with self._stage("convert"):
            converted = convert(exported.module, self._options.target, backend)
        plans: dict[str, KeyPlan] = {}
        if self._options.key_budget is not None:
            with self._stage("keys"):
                plans = plan_program_keys(converted, self._options.key_budget)
        with self._stage("convert"):
            text = text_of(converted)
        final = text
        if self._options.lower is not None:
            with self._stage("lower"):
                final = self._lowered(text, self._options.target, backend, name, compiled.chain)
                if plans:
                    check_lowered_keys(final)
        verification = None
        if self._options.verify:
            with self._stage("verify"):
                files = {one.path: one.data for one in exported.resources}
                verification = self._verify(compiled, exported.module, files, text, name)
        return ExportResult(
            text=_labelled(final, compiled.chain),
            resources=exported.resources,
            function=name,
            target=self._options.lower or self._options.target,
            graph=lambda: compiled.graph_module,
            chain=compiled.chain,
            counts=counts,
            verification=verification,
            warnings=tuple(self._warnings),
            seconds=self.seconds,
            activations=report_activations(compiled.graph_module, self._degrees),
            degrees=self._degrees,
            scale_choice=self._scale_choice,
            memory_plan=compiled.graph_module.meta.get("memory_plan"),
            cost=summarize(estimate_cost(compiled.graph_module, compiled.chain)),
            room=compiled.room,
            key_plans=plans,
        )

    @property
    def _library(self) -> str:
        """The library that the program is for."""
        return self._options.lower or DEFAULT_LIBRARY

    def _inline_limit(self) -> int | None:
        """heir-translate prints constants in Go with six decimals: a file keeps all digits."""
        limit = self._options.inline_limit
        return NOTHING_INLINE if self._options.lower == "lattigo" and limit is not None else limit

    def _calibrate(self) -> list[ActivationRange]:
        functions, margin = _APPROXIMATED_FUNCTIONS, self._options.range_margin
        if self._samples is not None:
            if not self._samples:
                raise CalibrationError("the calibration data holds no sample")
            return calibrate(self._graph, self._samples, functions, DATA_MARGIN if margin is None else margin)
        wide = EXAMPLE_MARGIN if margin is None else margin
        ranges = calibrate(self._graph, [self._example_tensors], functions, wide)
        if ranges:
            self._warnings.append(
                "activation ranges come from the example input alone; give calibration data"
                " (--calibrate DATA.npy) for ranges that hold"
            )
        return ranges

    def _choose_degrees(self) -> DegreeReport | None:
        """Degrees for the target error, if there is one; they are recorded in the graph."""
        if self._options.target_error is None:
            return None
        assert self._samples is not None, "the options see to that"
        method = self._options.activation_method
        return choose_degrees(self._graph, self._samples, self._options.target_error, method)

    @cached_property
    def _example_tensors(self) -> tuple[Tensor, ...]:
        leaves = pytree.tree_leaves((self._inputs, self._kwargs))
        return tuple(one for one in leaves if isinstance(one, Tensor))

    def _verify(
        self, compiled: CompiledGraph, module: ModuleOp, files: dict[str, bytes], text: str, name: str
    ) -> VerificationReport:
        samples = (self._samples or [self._example_tensors])[:MAX_VERIFIED_SAMPLES]
        self._report_ranges(samples)
        target = self._options.target if self._options.target != "hetorch" else "ckks"
        openfhe = text
        if self._options.target == "hetorch" or self._options.lower == "lattigo":
            openfhe = text_of(convert(module, target, "openfhe"))
        lowered = self._lowered(openfhe, target, "openfhe", name, compiled.chain)
        reference = ReferenceModel(self._model, self._inputs, self._kwargs)
        with TemporaryDirectory() as folder:
            for file, data in files.items():
                (Path(folder) / file).write_bytes(data)
            runners = {
                "graph": graph_runner(compiled.graph_module),
                "text": text_runner(text, Path(folder), compiled.chain.Q),
                "openfhe": text_runner(lowered, Path(folder), compiled.chain.Q),
            }
            report = verify_stages(reference, runners, samples)
        converted = convert(module, self._options.target, self._library)
        return replace(report, second_parser=check_with_mlir(converted))

    def _report_ranges(self, samples: Sequence[tuple[Tensor, ...]]) -> None:
        """Warns of activations that leave the range their polynomial was made for."""
        observer = RangeObserver(self._graph, _APPROXIMATED_FUNCTIONS)
        with torch.no_grad():
            for sample in samples:
                observer.run(*sample)
        for node, (low, high) in observer.ranges.items():
            allowed = node.meta.get("range")
            if allowed is not None and (low < allowed[0] or high > allowed[1]):
                place = next(one.place for one in observer.report() if one.low == low and one.high == high)
                self._warnings.append(
                    f"{place}: the input of the activation reaches [{low:.3g}, {high:.3g}], outside of the"
                    f" range [{allowed[0]:.3g}, {allowed[1]:.3g}] of its polynomial"
                )

    def _lowered(self, text: str, target: str, backend: str, name: str, chain: CKKSChain) -> str:
        if backend == "lattigo" and chain.slots != chain.ring_dimension // 2:
            raise ParameterError(
                f"Lattigo programs use all {chain.ring_dimension // 2} slots, not {chain.slots}",
                hint="leave the number of slots to the compiler",
            )
        return lower(text, backend=backend, entry_function=name, slots=chain.slots, target=target)


def _names_functions(step: TransformationPass) -> bool:
    """Whether a pass goes by the names of activations, which functions that are fused don't have."""
    return isinstance(step, NonlinearToPolynomialPass) and bool(
        step.functions is not None or step.range_overrides
    )


def _labelled(text: str, chain: CKKSChain) -> str:
    if chain.secure:
        return text
    return f"// INSECURE: these parameters have less than 128-bit security.\n{text}"
