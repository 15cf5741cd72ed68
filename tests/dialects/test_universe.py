"""The dialects as a plug-in of xDSL."""

import subprocess
import sys

import pytest
from he_dialects.universe import DIALECTS, UNIVERSE, register_dialects
from xdsl.context import Context
from xdsl.universe import XDSL_UNIVERSE


@pytest.mark.parametrize("name", DIALECTS)
def test_every_dialect_loads_under_its_name(name: str) -> None:
    dialect = DIALECTS[name]()
    assert dialect.name == name
    assert all(op.name.startswith(f"{name}.") for op in dialect.operations)
    assert all(attribute.name.startswith(f"{name}.") for attribute in dialect.attributes)


def test_the_plug_in_defines_nothing_that_xdsl_defines() -> None:
    assert not UNIVERSE.all_dialects.keys() & XDSL_UNIVERSE.all_dialects.keys()
    assert "hetorch" in UNIVERSE.all_dialects


def test_where_both_define_a_dialect_ours_is_registered() -> None:
    context = Context()
    register_dialects(context)
    clashing = DIALECTS.keys() & XDSL_UNIVERSE.all_dialects.keys()
    assert clashing
    for name in clashing:
        context.load_registered_dialect(name)
        loaded = next(dialect for dialect in context.loaded_dialects if dialect.name == name)
        assert set(loaded.operations) == set(DIALECTS[name]().operations)


def test_a_dialect_is_imported_when_it_is_asked_for_and_none_needs_torch() -> None:
    program = (
        "import sys; from he_dialects.universe import DIALECTS\n"
        "assert 'he_dialects.hetorch' not in sys.modules\n"
        "for load in DIALECTS.values(): load()\n"
        "assert 'he_dialects.hetorch' in sys.modules\n"
        "assert 'torch' not in sys.modules and 'hetorch_heir' not in sys.modules"
    )
    subprocess.run([sys.executable, "-c", program], check=True)
