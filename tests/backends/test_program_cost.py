"""What programs cost: counted as the executor works, from tables that are measured."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest

from hetorch_heir.backends import FakeBackend
from hetorch_heir.backends.base import CostModel
from hetorch_heir.backends.connection import connect
from hetorch_heir.backends.cost_measurement import Measured, measure_costs, parameters_of
from hetorch_heir.backends.cost_tables import (
    CostTable,
    cost_model,
    measured_costs,
    read_tables,
    write_tables,
)
from hetorch_heir.backends.executor.stream import StreamBuilder
from hetorch_heir.backends.program_cost import program_cost
from hetorch_heir.cli.measure import chain_for, main
from hetorch_heir.core.chain import choose_chain
from hetorch_heir.core.errors import ParameterError

CHAIN = choose_chain(2, 30, 40, slots=64)
PARAMETERS = parameters_of(CHAIN)
NAMES = "cadd csub padd psub pmult cmult negate rotate relinearize rescale level_reduce encode"
UNIT = CostModel({CHAIN.log_n: {name: {1: 1.0, 3: 3.0} for name in NAMES.split()}}, CHAIN.log_n)
HOISTING = CostModel(
    {CHAIN.log_n: {**UNIT.samples[CHAIN.log_n], "hoist": {3: 10.0}, "hoisted_rotate": {3: 1.0}}}, CHAIN.log_n
)


def rotations() -> StreamBuilder:
    builder = StreamBuilder()
    x = builder.input(2, 30)
    one, two = (builder.append("rotate", (2, 30, 2), x, argument=steps) for steps in (1, 2))
    total = builder.append("add", (2, 30, 2), one, two)
    weights = builder.constant(np.arange(64.0))
    for source in (total, one):
        builder.append("mul_plain", (2, 60, 2), source, weights, 30)
    return builder


def test_counts_and_latencies_are_those_of_the_executor() -> None:
    cost = program_cost(rotations().build([5]), PARAMETERS, UNIT)
    assert cost.counts == {"rotate": 2, "cadd": 1, "pmult": 2, "encode": 1}
    assert cost.milliseconds == {"rotate": 6.0, "pmult": 6.0, "cadd": 3.0, "encode": 3.0}
    assert cost.total == 18.0
    # Rotation, sum, and the product that encodes: the other one waits for less.
    assert cost.critical_path == 3.0 + 3.0 + 6.0
    assert cost.parallelism == 1.5


def test_rotations_of_one_ciphertext_share_work_where_the_library_can() -> None:
    cost = program_cost(rotations().build([5]), PARAMETERS, HOISTING)
    assert cost.counts["hoist"] == 1
    assert cost.milliseconds["hoisted_rotate"] == 2.0
    assert "rotate" not in cost.counts


def test_plaintexts_that_stay_are_not_encoded() -> None:
    cost = program_cost(rotations().build([5]), PARAMETERS, UNIT, kept_plaintexts=True)
    assert "encode" not in cost.counts


def test_memory() -> None:
    cost = program_cost(rotations().build([4, 5]), PARAMETERS, UNIT)
    polynomial = 3 * 8 << CHAIN.log_n
    assert cost.plaintext_bytes == polynomial
    # The input goes with the second rotation; then there are two rotations and the sum, and two products.
    assert cost.ciphertext_bytes == 3 * 2 * polynomial
    assert cost.key_bytes == 2 * CHAIN.key_bytes


def test_products_of_three_polynomials_cost_more_to_add() -> None:
    builder = StreamBuilder()
    x = builder.input(2, 30)
    product = builder.append("mul", (2, 60, 3), x, x)
    builder.append("negate", (2, 60, 3), product)
    assert program_cost(builder.build([2]), PARAMETERS, UNIT).milliseconds["negate"] == 4.5


ROW = {"cadd": {3: 1.0}, "padd": {3: 2.0}}
DEEP = {"cadd": {8: 5.0}, "padd": {8: 6.0}}


def test_tables_are_written_and_the_most_similar_is_found(tmp_path: Path) -> None:
    file = tmp_path / "costs.json"
    tables = [CostTable(CHAIN.log_n, 30, 3, 1, ROW), CostTable(15, 40, 8, 1, DEEP)]
    write_tables(file, tables, {"machine": "none"})
    assert read_tables(file) == tables
    assert cost_model(file, CHAIN).latency("csub", 2) == 1.0
    assert cost_model(file, choose_chain(10, 40, 60, slots=1 << 14)).latency("padd", 7) == 6.0
    # Backends, and with them all passes, take tables of the user's own machine.
    assert FakeBackend(CHAIN, costs=file).cost_model.latency("csub", 2) == 1.0


def test_without_a_chain_the_longest_of_a_ring_counts(tmp_path: Path) -> None:
    file = tmp_path / "costs.json"
    short, boots = (
        CostTable(15, 40, 3, 1, ROW),
        CostTable(15, 59, 9, 1, {**DEEP, "bootstrap": {9: 64.0}}, True),
    )
    write_tables(file, [CostTable(15, 40, 8, 1, DEEP), boots, short], {})
    model = measured_costs(file)
    assert model.for_ring(15).latency("padd", 7) == 6.0
    # A bootstrap starts by dropping its operand's levels, and there is no table of it for each ring.
    assert model.for_ring(15).latency("bootstrap", 0) == model.for_ring(15).latency("bootstrap", 200) == 64.0
    assert model.for_ring(16).latency("bootstrap", 3) == pytest.approx(2 * 16 / 15 * 64.0)
    chain = choose_chain(8, 40, 60, slots=1 << 14)
    assert model.for_chain(chain, bootstraps=True).latency("cadd", 8) == pytest.approx(9 / 8 * 5.0)


@pytest.mark.parametrize(
    ("text", "message"), [("{}", "no table of costs"), ('{"tables": []}', "holds no table")]
)
def test_damaged_tables_are_refused(tmp_path: Path, text: str, message: str) -> None:
    (tmp_path / "costs.json").write_text(text)
    with pytest.raises(ParameterError, match=message):
        read_tables(tmp_path / "costs.json")
    with pytest.raises(ParameterError, match="no measured costs"):
        read_tables("concrete")


def test_the_package_has_tables_of_both_libraries() -> None:
    for backend in ("openfhe", "seal"):
        model = cost_model(backend, choose_chain(5, 40, 60))
        assert model.latency("rotate", 5) > model.latency("rescale", 5) > model.latency("cadd", 5) > 0


def test_measuring() -> None:
    with connect("seal", worker=True) as connection:
        table = measure_costs(connection, "seal", Measured(CHAIN), [2])
        with pytest.raises(ParameterError, match="levels up to 2"):
            measure_costs(connection, "seal", Measured(CHAIN), [3])
    assert set(table) <= set(UNIT.operations)
    assert table["rotate"][3] > table["rescale"][3] > table["cadd"][3] > 0


def test_chains_that_are_not_secure_are_refused() -> None:
    assert chain_for("14:5", 40, 60).chain.log_n == 14
    with pytest.raises(ParameterError, match="use 15:9"):
        chain_for("14:9", 40, 60)
    assert chain_for("16:4:bootstrap", 40, 60).bootstraps


def test_the_command(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    file = str(tmp_path / "mine.json")
    assert main(["seal", "--chain", "nonsense", "-o", file]) != 0
    assert "is no chain" in capsys.readouterr().err
    for chain in ("13:1", "13:2", "13:1"):
        assert main(["seal", "--chain", chain, "--add", "--scale-bits", "30", "-o", file]) == 0
    assert [(table.log_n, table.primes) for table in read_tables(file)] == [(13, 2), (13, 3)]
    assert "tenseal" in json.loads(Path(file).read_text())["library"]
