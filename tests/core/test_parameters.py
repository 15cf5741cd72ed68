"""Scheme parameters, contexts, and what is recorded of ciphertexts."""

from __future__ import annotations

import subprocess
import sys

import pytest

from hetorch_heir.core.chain import choose_chain
from hetorch_heir.core.ciphertext import CiphertextInfo
from hetorch_heir.core.context import CompilationContext
from hetorch_heir.core.errors import ParameterError
from hetorch_heir.core.packing import PackingInfo
from hetorch_heir.core.parameters import BFVParameters, BGVParameters, CKKSParameters, SchemeParameters
from hetorch_heir.core.scheme import HEScheme
from hetorch_heir.linalg.layout import Layout


def test_every_entry_after_the_first_is_a_level() -> None:
    parameters = CKKSParameters(8192, [60, 40, 40, 40], 2**40, 100.0)
    assert parameters.initial_level == 3
    assert parameters.slot_count == 4096
    assert parameters.chain.max_level == 3
    assert parameters.chain.log_scale == 40
    assert min(parameters.chain.P) > max(parameters.chain.Q)


def test_chain_of_explicit_primes_is_those_primes() -> None:
    chain = choose_chain(5, 40, 60)
    assert CKKSParameters.from_chain(chain).chain == chain


def test_sizes_and_primes_may_be_mixed_without_repeating() -> None:
    chain = choose_chain(3, 40, 60)
    parameters = CKKSParameters(chain.ring_dimension, [60, chain.Q[1], 40, 40], 2.0**40)
    assert parameters.modulus_bits == (60, 40, 40, 40)
    assert parameters.chain.Q[1] == chain.Q[1]
    assert len(set(parameters.chain.Q)) == 4


def test_a_special_prime_at_the_end_of_the_list_is_pointed_out() -> None:
    parameters = CKKSParameters(8192, [60, 40, 40, 60], 2.0**40)
    assert parameters.initial_level == 3
    with pytest.raises(ParameterError, match=r"prime 3 .*60 bits") as caught:
        _ = parameters.chain
    assert "special_modulus" in str(caught.value)


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"poly_modulus_degree": 10000}, "power of two"),
        ({"coeff_modulus": []}, "at least one prime"),
        ({"scale": 0.0}, "precision"),
    ],
)
def test_invalid_parameters_are_refused(arguments: dict[str, int], message: str) -> None:
    with pytest.raises(ParameterError, match=message):
        CKKSParameters(**arguments)  # pyright: ignore[reportArgumentType]


def test_a_scale_that_is_no_power_of_two_has_no_chain() -> None:
    with pytest.raises(ParameterError, match="power of two"):
        _ = CKKSParameters(8192, [60, 40], 1e12).chain


@pytest.mark.parametrize(
    ("scheme", "parameters"),
    [
        (HEScheme.CKKS, CKKSParameters()),
        (HEScheme.BFV, BFVParameters()),
        (HEScheme.BGV, BGVParameters()),
    ],
)
def test_contexts_take_their_scheme_s_parameters_only(scheme: HEScheme, parameters: SchemeParameters) -> None:
    context = CompilationContext(scheme, parameters)
    assert context.slot_count == 8192
    assert context.initial_level == len(parameters.coeff_modulus) - 1  # pyright: ignore
    for other in set(HEScheme) - {scheme}:
        with pytest.raises(ParameterError, match=f"not parameters of {other.name}"):
            CompilationContext(other, parameters)


def test_only_ckks_has_a_chain_and_rescales() -> None:
    with pytest.raises(ParameterError, match="BFV"):
        _ = CompilationContext(HEScheme.BFV, BFVParameters()).chain
    assert [scheme for scheme in HEScheme if scheme.has_rescaling] == [HEScheme.CKKS]


def test_cost_model_of_a_context_is_for_its_ring() -> None:
    contexts = [CompilationContext(HEScheme.CKKS, CKKSParameters(degree)) for degree in (8192, 16384, 65536)]
    latencies = [context.cost_model.latency("rotate") for context in contexts]
    assert latencies == sorted(latencies)
    assert [context.cost_model.log_n for context in contexts] == [13, 14, 16]
    assert contexts[1].cost_model.latency("rotate", 3) < contexts[1].cost_model.latency("rotate", 7)


def test_ciphertext_info_changes_one_property_at_a_time() -> None:
    info = CiphertextInfo((1, 10), "float32", level=5, scale=2.0**40, noise_budget=80.0)
    assert info.log_scale == 40
    assert info.dimension == 2
    assert info.with_level(4).level == 4
    assert info.with_scale(2.0**80).log_scale == 80
    assert info.with_dimension(3).dimension == 3
    assert info.with_noise_budget(None).noise_budget is None
    assert info.with_shape((2, 5)).shape == (2, 5)
    assert info == CiphertextInfo((1, 10), "float32", 5, 2.0**40, 80.0)


def test_packing_info_counts_ciphertexts() -> None:
    packing = PackingInfo("row_major", slots_used=10000, total_slots=4096, dimensions=(100, 100))
    assert packing.ciphertexts == 3
    assert packing.utilization == pytest.approx(10000 / 12288)
    periodic = PackingInfo("auto", 4096, 4096, (10,), Layout.periodic(10, 4096))
    assert periodic.ciphertexts == 1
    info = CiphertextInfo((100, 100), "float32", 5, 1.0).with_packing(packing)
    assert info.packing is packing


def test_importing_the_package_and_its_core_needs_no_torch() -> None:
    program = (
        "import sys, hetorch_heir\n"
        "from hetorch_heir import CKKSParameters, CompilationContext, HEScheme\n"
        "CompilationContext(HEScheme.CKKS, CKKSParameters()).cost_model.latency('rotate')\n"
        "assert 'torch' not in sys.modules\n"
    )
    subprocess.run([sys.executable, "-c", program], check=True)
