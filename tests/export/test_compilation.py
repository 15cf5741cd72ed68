"""Parameters chosen by the compiler: ring, slots, levels, security, exactness of scales."""

from __future__ import annotations

import pytest
import torch
from torch import nn

from hetorch_heir import compile, export
from hetorch_heir.core.context import CompilationContext
from hetorch_heir.core.errors import ParameterError
from hetorch_heir.core.parameters import CKKSParameters
from hetorch_heir.core.scheme import HEScheme
from hetorch_heir.core.security import max_log_qp
from hetorch_heir.export.compilation import SCALE_TOLERANCE
from hetorch_heir.passes.management.annotation import scale_mismatch


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


def test_a_model_too_deep_for_any_ring_is_refused() -> None:
    with pytest.raises(ParameterError, match="too deep"):
        export(Squares(60), X)


def test_bootstraps_make_a_deep_model_fit() -> None:
    pipeline = (
        "input-packing{strategy=auto},linear-layer-bsgs,rescaling-insertion{strategy=lazy},"
        "relinearization-insertion,bootstrapping-insertion{level_threshold=1},dead-code-elimination"
    )
    result = export(Squares(5), X, target="hetorch", levels=6, pipeline=pipeline)
    assert 1 <= result.counts.bootstraps <= 3
    assert (result.graph_module(X) - Squares(5)(X)).abs().max() < 1e-4


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
    context = CompilationContext(HEScheme.CKKS, CKKSParameters.from_chain(result.chain))
    assert scale_mismatch(result.graph_module, context) < SCALE_TOLERANCE
    monkeypatch.setattr("hetorch_heir.export.api.MAX_SCALE_MISMATCH", 0.0)
    result = export(model, X, target="hetorch", activation_degree=31)
    assert any("--scale-bits" in warning for warning in result.warnings)


def test_the_chain_is_with_the_compiled_graph() -> None:
    graph = compile(Squares(1), X)
    assert graph.meta["chain"].max_level == 2
    assert (graph(X) - Squares(1)(X)).abs().max() < 1e-5


def test_unknown_options_are_named() -> None:
    with pytest.raises(ParameterError, match="no option 'slot'"):
        export(nn.Linear(6, 2), X, slot=3)
