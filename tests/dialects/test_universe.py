"""The dialects as a plug-in of xDSL."""

import subprocess
import sys

import pytest
from he_dialects.universe import DIALECTS, register_dialects
from xdsl.context import Context
from xdsl.universe import XDSL_UNIVERSE


def run(program: str) -> None:
    """Runs a program in a process of its own: what plug-ins do to xDSL lasts as long as the process."""
    subprocess.run([sys.executable, "-c", program], check=True)


@pytest.mark.parametrize("name", DIALECTS)
def test_every_dialect_loads_under_its_name(name: str) -> None:
    dialect = DIALECTS[name]()
    assert dialect.name == name
    assert all(op.name.startswith(f"{name}.") for op in dialect.operations)
    assert all(attribute.name.startswith(f"{name}.") for attribute in dialect.attributes)


def test_plug_ins_and_xdsl_together_have_every_dialect_once_and_it_is_ours() -> None:
    run(
        "from xdsl.universe import XDSL_UNIVERSE, Universe\n"
        "names = set(XDSL_UNIVERSE.all_dialects)\n"
        "multiverse = Universe.get_multiverse()\n"
        "from he_dialects.universe import DIALECTS\n"
        "assert multiverse.all_dialects.keys() == names | DIALECTS.keys()\n"
        "assert names & DIALECTS.keys()\n"
        "for name, load in DIALECTS.items(): assert multiverse.all_dialects[name] is load, name\n"
        "assert set(XDSL_UNIVERSE.all_dialects) == names"
    )


def test_xdsl_is_left_alone_until_the_plug_ins_are_asked_for() -> None:
    run(
        "from xdsl.universe import XDSL_UNIVERSE\n"
        "before = dict(XDSL_UNIVERSE.all_dialects)\n"
        "from he_dialects.parsing import parse_module; parse_module('builtin.module {}')\n"
        "import he_dialects.printing\n"
        "assert XDSL_UNIVERSE.all_dialects == before"
    )


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
    run(
        "import sys; from he_dialects.universe import DIALECTS\n"
        "assert 'he_dialects.hetorch' not in sys.modules\n"
        "for load in DIALECTS.values(): load()\n"
        "assert 'he_dialects.hetorch' in sys.modules\n"
        "assert 'torch' not in sys.modules and 'hetorch_heir' not in sys.modules"
    )
