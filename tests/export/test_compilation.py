"""Parameters chosen by the compiler: ring, slots, levels, security, exactness of scales."""

from __future__ import annotations

import pytest
import torch
from torch import nn

from hetorch_heir import compile, export
from hetorch_heir.core.chain import CKKSChain, TooDeepError
from hetorch_heir.core.context import CompilationContext
from hetorch_heir.core.errors import ParameterError
from hetorch_heir.core.parameters import CKKSParameters
from hetorch_heir.core.scheme import HEScheme
from hetorch_heir.core.security import max_log_qp
from hetorch_heir.export.bootstrap_levels import layout_variants
from hetorch_heir.export.compilation import SCALE_TOLERANCE, default_pipeline
from hetorch_heir.passes.builtin import LinearLayerBSGSPass
from hetorch_heir.passes.management.annotation import annotate, scale_mismatch
from hetorch_heir.passes.pipeline import PassPipeline


class Squares(nn.Module):
    """``depth`` squares after one another, with a linear layer before each."""

    def __init__(self, depth: int) -> None:
        super().__init__()
        torch.manual_seed(0)
        self.layers = nn.ModuleList(nn.Linear(6, 6) for _ in range(depth))

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        for layer in self.layers:
            x = layer(x)
            x = x * x
        return x


X = torch.linspace(-1, 1, 6).reshape(1, 6)


def _context(chain: CKKSChain) -> CompilationContext:
    return CompilationContext(HEScheme.CKKS, CKKSParameters.from_chain(chain))


@pytest.mark.parametrize(("depth", "log_n"), [(1, 13), (3, 14), (4, 15), (8, 15), (10, 16)])
def test_the_smallest_secure_ring_is_taken(depth: int, log_n: int) -> None:
    chain = export(Squares(depth), X, target="hetorch").chain
    assert chain.max_level == 2 * depth
    assert chain.log_n == log_n
    assert chain.log_qp <= max_log_qp(log_n)
    assert chain.slots == 1 << (log_n - 1)


def test_one_level_fits_the_ring_of_8192() -> None:
    chain = export(nn.Linear(6, 2), X, target="hetorch").chain
    assert (chain.log_n, chain.max_level, chain.slots) == (13, 1, 4096)


def test_slots_and_levels_can_be_fixed() -> None:
    result = export(Squares(1), X, target="hetorch", slots=128, levels=5)
    assert (result.chain.slots, result.chain.max_level, result.counts.levels) == (128, 5, 5)
    assert result.chain.secure


def test_too_few_levels_are_refused() -> None:
    with pytest.raises(ParameterError, match="needs 4 levels and there are 3"):
        export(Squares(2), X, levels=3)


def test_a_model_too_deep_for_any_ring_is_refused_if_it_must_not_bootstrap() -> None:
    with pytest.raises(TooDeepError, match="120 levels of 40 bits need a modulus of at least") as caught:
        export(Squares(60), X, bootstraps="never")
    assert "levels fit" in (caught.value.hint or "")


BOOTSTRAPS = (
    "input-packing{{strategy=auto}},linear-layer-bsgs,rescaling-insertion{{strategy=lazy}},"
    "relinearization-insertion,bootstrapping-insertion{{strategy={strategy} level_threshold=0}},"
    "dead-code-elimination"
)


@pytest.mark.parametrize("strategy", ["greedy", "optimal"])
@pytest.mark.parametrize("target", ["ckks", "secret"])
def test_the_chain_has_room_for_bootstraps(strategy: str, target: str) -> None:
    """On OpenFHE: 20 levels that a bootstrap consumes, and one that it starts from."""
    pipeline = BOOTSTRAPS.format(strategy=strategy)
    result = export(Squares(2), X, target=target, levels=3, pipeline=pipeline, verify=True)
    chain = result.chain
    assert (result.counts.bootstraps, result.counts.levels) == (1, 4)
    assert (chain.fresh_level, chain.max_level, chain.bootstrap_levels) == (4, 24, 20)
    assert (chain.log_n, chain.log_scale, chain.secure) == (16, 59, True)
    assert "{bootstrapLevelsConsumed = 20 : i64}" in result.text
    levels = [state.level for state in annotate(result.graph_module, _context(chain)).values()]
    assert min(levels) >= 1
    assert (result.graph_module(X) - Squares(2)(X)).abs().max() < 1e-6


def test_bootstraps_between_a_given_number_of_levels() -> None:
    result = export(Squares(3), X, target="hetorch", levels=2, bootstraps="always", slots=64)
    assert (result.counts.bootstraps, result.chain.fresh_level) == (2, 3)
    with pytest.raises(ParameterError, match="needs 6 levels and there are 2"):
        export(Squares(3), X, target="hetorch", levels=2, slots=64)


def test_lattigo_adds_the_levels_of_bootstraps_itself() -> None:
    pipeline = BOOTSTRAPS.format(strategy="optimal")
    result = export(Squares(2), X, lower="lattigo", levels=3, pipeline=pipeline)
    assert (result.chain.fresh_level, result.chain.max_level) == (3, 3)
    assert (result.chain.log_n, result.chain.log_scale) == (16, 40)
    assert result.chain.log_qp + result.chain.added_bits < max_log_qp(16)
    assert "lattigo.ckks.new_bootstrapping_parameters_from_literal" in result.text
    assert any("sparse" in warning for warning in result.warnings)


def test_a_pipeline_with_bootstraps_that_a_model_does_not_need() -> None:
    result = export(Squares(1), X, target="hetorch", levels=3, pipeline=BOOTSTRAPS.format(strategy="optimal"))
    assert (result.counts.bootstraps, result.chain.max_level, result.chain.log_scale) == (0, 3, 40)


def test_a_model_too_deep_for_any_ring_is_bootstrapped() -> None:
    """The number of levels makes the estimated latency the smallest of those tried."""
    model = Squares(45)
    result = export(model, X, target="hetorch", slots=64)
    assert result.chain.secure
    assert result.counts.bootstraps >= 90 / result.chain.fresh_level - 1
    assert (result.graph_module(X) - model(X)).abs().max() < 1e-6
    with pytest.raises(ParameterError, match="lose all precision with a scale of 2\\^40") as caught:
        export(model, X, target="hetorch", slots=64, scale_bits=40)
    assert "at least 50 bits" in (caught.value.hint or "")
    with pytest.raises(ParameterError, match="no choice 'sometimes'"):
        export(Squares(1), X, bootstraps="sometimes")


def test_insecure_parameters_are_labelled() -> None:
    result = export(Squares(1), X, target="hetorch", slots=64, insecure=True)
    assert result.chain.log_n == 7
    assert result.text.startswith("// INSECURE")
    assert any("INSECURE" in warning for warning in result.warnings)


def test_a_larger_scale_takes_larger_primes() -> None:
    result = export(Squares(1), X, target="hetorch", scale_bits=50)
    assert all(round(torch.log2(torch.tensor(float(q))).item()) == 50 for q in result.chain.Q[1:])


def test_scales_of_deep_polynomials_are_exact(monkeypatch: pytest.MonkeyPatch) -> None:
    model = nn.Sequential(nn.Linear(6, 6), nn.SiLU(), nn.Linear(6, 6), nn.SiLU(), nn.Linear(6, 3))
    result = export(model, X, target="hetorch", activation_degree=31)
    assert not any("--scale-bits" in warning for warning in result.warnings)
    assert scale_mismatch(result.graph_module, _context(result.chain)) < SCALE_TOLERANCE
    monkeypatch.setattr("hetorch_heir.export.parameter_warnings.MAX_SCALE_MISMATCH", 0.0)
    result = export(model, X, target="hetorch", activation_degree=31)
    assert any("--scale-bits" in warning for warning in result.warnings)


def test_the_chain_is_with_the_compiled_graph() -> None:
    graph = compile(Squares(1), X)
    assert graph.meta["chain"].max_level == 2
    assert (graph(X) - Squares(1)(X)).abs().max() < 1e-5


def test_unknown_options_are_named() -> None:
    with pytest.raises(ParameterError, match="no option 'slot'"):
        export(nn.Linear(6, 2), X, slot=3)


def test_layouts_are_tried_without_further_levels_too() -> None:
    """With bootstraps a level more may cost one in every layer; fixed worths of levels are kept."""
    first, second = layout_variants(PassPipeline.parse(default_pipeline(15)))
    changed = [pair for pair in zip(first.passes, second.passes, strict=True) if pair[0] != pair[1]]
    ((before, after),) = changed
    assert isinstance(before, LinearLayerBSGSPass) and isinstance(after, LinearLayerBSGSPass)
    assert before.level_cost is None and (after.level_cost or 0.0) > 1e5
    assert len(list(layout_variants(second))) == 1


def test_what_needs_no_bootstraps_has_no_levels_for_them() -> None:
    asked, needed = (
        export(Squares(2), X, target="hetorch", bootstraps=choice, slots=64) for choice in ("always", "auto")
    )
    assert asked.counts.bootstraps == 0
    assert asked.chain == needed.chain


def test_pipelines_that_place_bootstraps_contradict_never() -> None:
    steps = f"{default_pipeline(3)},bootstrapping-insertion"
    with pytest.raises(ParameterError, match="places bootstraps"):
        export(Squares(6), X, pipeline=steps, levels=3, bootstraps="never")
