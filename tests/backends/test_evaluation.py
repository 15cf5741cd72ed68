"""The evaluator, on a library that counts its calls."""

from __future__ import annotations

import numpy as np
import pytest

from hetorch_heir.backends.executor.errors import ExecutionError
from hetorch_heir.backends.executor.evaluation import Evaluator, Timing, interleave, separate, spread
from hetorch_heir.backends.executor.parameters import Parameters
from hetorch_heir.backends.executor.stream import StreamBuilder
from tests.backends.clear_library import Clear, ClearLibrary
from tests.backends.programs import expected, program

PARAMETERS = Parameters(13, (1 << 50, 1 << 40, 1 << 40, 1 << 40), (1 << 60,), 40, 8)


def fresh(values: np.ndarray) -> Clear:
    return Clear(values, 3, 40)


def test_a_program_gives_what_it_should() -> None:
    given, x = program(), np.linspace(-1, 1, 8)
    stream = given.record()
    (result,) = Evaluator(ClearLibrary(PARAMETERS), stream).run([fresh(x)], check=True)
    assert given.unpack(stream, [result.values])[0] == pytest.approx(expected(x), abs=1e-6)


def test_rotations_of_one_ciphertext_share_their_decomposition() -> None:
    library = ClearLibrary(PARAMETERS)
    Evaluator(library, program().record()).run([fresh(np.ones(8))])
    assert library.calls["decompose"] == 1 and library.calls["rotate_decomposed"] == 2
    assert library.calls["rotate"] == 0


def test_a_rotation_alone_is_not_hoisted() -> None:
    builder = StreamBuilder()
    x = builder.input(3, 40)
    y = builder.append("rotate", (3, 40, 2), x, argument=1)
    z = builder.append("rotate", (3, 40, 2), y, argument=1)
    library = ClearLibrary(PARAMETERS)
    (result,) = Evaluator(library, builder.build([z])).run([fresh(np.arange(8.0))])
    assert library.calls["decompose"] == 0
    assert result.values.tolist() == [2, 3, 4, 5, 6, 7, 0, 1]


def products(times: int) -> StreamBuilder:
    builder = StreamBuilder()
    x = builder.input(3, 40)
    w = builder.constant(np.arange(8.0))
    parts = [builder.append("mul_plain", (3, 80, 2), x, w, 40) for _ in range(times)]
    total = parts[0]
    for part in parts[1:]:
        total = builder.append("add", (3, 80, 2), total, part)
    return builder


def test_a_plaintext_is_encoded_once_per_run() -> None:
    library = ClearLibrary(PARAMETERS)
    evaluator = Evaluator(library, products(3).build([5]))
    evaluator.run([fresh(np.ones(8))])
    assert library.calls["encode"] == 1
    evaluator.run([fresh(np.ones(8))])
    assert library.calls["encode"] == 2


def test_groups_in_step_share_plaintexts() -> None:
    library = ClearLibrary(PARAMETERS)
    evaluator = Evaluator(library, products(3).build([5]))
    seen: list[int] = []
    results = evaluator.run_together(
        [[fresh(np.full(8, value))] for value in (1.0, 2.0)], check=True, before=seen.append
    )
    assert [group[0].values.tolist() for group in results] == [
        (3 * value * np.arange(8.0)).tolist() for value in (1.0, 2.0)
    ]
    assert library.calls["encode"] == 1 and library.calls["mul_plain"] == 6
    assert seen == list(range(6))


def test_plaintexts_stay_where_there_is_room() -> None:
    library = ClearLibrary(PARAMETERS)
    evaluator = Evaluator(library, products(3).build([5]), plaintext_bytes=1 << 20)
    for _ in range(2):
        (result,) = evaluator.run([fresh(np.ones(8))])
        assert result.values.tolist() == (3 * np.arange(8.0)).tolist()
    assert library.calls["encode"] == 1


def test_registers_are_freed_after_their_last_use() -> None:
    """A chain of a thousand values never has more than a few alive."""
    builder = StreamBuilder()
    value = builder.input(3, 40)
    for _ in range(1000):
        value = builder.append("negate", (3, 40, 2), value)
    evaluator = Evaluator(ClearLibrary(PARAMETERS), builder.build([value]))
    assert all(len(dead) == 1 for dead in evaluator._last_use)


def test_a_check_finds_a_wrong_scale() -> None:
    library = ClearLibrary(PARAMETERS)
    library.rescale_error = 0.5
    evaluator = Evaluator(library, program().record())
    evaluator.run([fresh(np.ones(8))])
    with pytest.raises(ExecutionError, match=r"rescale .* scale 2\^40.500"):
        evaluator.run([fresh(np.ones(8))], check=True)


def test_a_check_finds_a_wrong_input() -> None:
    evaluator = Evaluator(ClearLibrary(PARAMETERS), program().record())
    with pytest.raises(ExecutionError, match="input"):
        evaluator.run([Clear(np.ones(8), 2, 40)], check=True)


def test_an_operation_that_the_library_lacks_is_refused_before_any_work() -> None:
    builder = StreamBuilder()
    x = builder.input(0, 40)
    y = builder.append("bootstrap", (3, 40, 2), x)
    with pytest.raises(ExecutionError, match="clear has no operation bootstrap"):
        Evaluator(ClearLibrary(PARAMETERS), builder.build([y]))


def test_a_wrong_number_of_inputs_is_refused() -> None:
    with pytest.raises(ExecutionError, match="takes 1 ciphertexts, got 2"):
        Evaluator(ClearLibrary(PARAMETERS), program().record()).run([fresh(np.ones(8))] * 2)


def test_time_and_progress_are_reported() -> None:
    timing, steps = Timing(), []
    evaluator = Evaluator(ClearLibrary(PARAMETERS), program().record())
    evaluator.run([fresh(np.ones(8))], timing=timing, report=lambda done, total: steps.append((done, total)))
    assert steps == [(number, 10) for number in range(1, 11)]
    assert set(timing.calls) == {
        "decompose", "rotate_decomposed", "add", "encode", "mul_plain", "rescale", "add_plain", "mul",
        "relinearize", "level_reduce",
    }  # fmt: skip
    assert timing.total >= sum(timing.calls.values()) > 0 and timing.overhead >= 0


def test_lanes_keep_samples_apart() -> None:
    """Rotations by lanes * k rotate each of the interleaved samples by k."""
    parameters = Parameters(13, PARAMETERS.moduli, PARAMETERS.special, 40, 8, lanes=4)
    generator = np.random.default_rng(0)
    samples = [generator.uniform(-1, 1, 8) for _ in range(3)]
    given = program()
    stream = given.record()
    (result,) = Evaluator(ClearLibrary(parameters), stream).run([fresh(interleave(samples, parameters))])
    for sample, slots in zip(samples, separate(result.values, 3, parameters), strict=True):
        assert given.unpack(stream, [slots])[0] == pytest.approx(expected(sample), abs=1e-6)


def test_spread_gives_every_lane_the_same() -> None:
    parameters = Parameters(13, PARAMETERS.moduli, PARAMETERS.special, 40, 8, lanes=2)
    values = spread(np.array([1.0, 2.0]), parameters)
    assert values.tolist() == [1, 1, 2, 2] * 4


@pytest.mark.parametrize(("slots", "lanes"), [(6, 1), (8, 3), (8, 1024)])
def test_slots_that_do_not_fit_are_refused(slots: int, lanes: int) -> None:
    with pytest.raises(ExecutionError):
        Parameters(13, (1 << 50,), (), 40, slots, lanes)


def test_lanes_left_over_repeat_the_samples() -> None:
    """Zeros are no input of the model: what they lead to may overflow the modulus."""
    parameters = Parameters(13, (1 << 50, 1 << 40), (1 << 60,), 40, slots=4, lanes=4)
    samples = [np.arange(4.0), 10 + np.arange(4.0), 20 + np.arange(4.0)]
    lanes = separate(interleave(samples, parameters), 4, parameters)
    for lane, sample in zip(lanes, [*samples, samples[0]], strict=True):
        assert np.array_equal(lane, sample)
