"""Extensions that other distributions declare: found by name, imported on use, refused with a reason."""

from __future__ import annotations

import sys
from pathlib import Path

import numpy as np
import pytest
from torch import fx, nn

from hetorch_heir import CKKSParameters, CompilationContext, HEScheme
from hetorch_heir.approx.functions import activation
from hetorch_heir.approx.methods import ApproximationRequest, fit
from hetorch_heir.cli.messages import report_errors
from hetorch_heir.core.errors import ParameterError
from hetorch_heir.linalg.packing_rules import laid_out
from hetorch_heir.passes import PassPipeline
from hetorch_heir.passes.builtin import InputPackingPass, NonlinearToPolynomialPass
from hetorch_heir.passes.textual_pipeline import PipelineSyntaxError, parse_passes, pass_named
from hetorch_heir.plugins import APPROXIMATIONS, BACKENDS, PACKINGS, PASSES, POINTS, PluginError
from tests.plugins.distributions import install

GOOD = """
from dataclasses import dataclass
from hetorch_heir.approx import approximate
from hetorch_heir.linalg.layout import Layout
from hetorch_heir.passes import TransformationPass

@dataclass(frozen=True)
class Renumber(TransformationPass):
    name = "renumber"
    start: int = 1

    def transform(self, graph_module, context):
        return graph_module

@dataclass(frozen=True)
class OtherName(Renumber):
    name = "something-else"

class NoDataclass(TransformationPass):
    name = "no-dataclass"
    transform = None

@dataclass(frozen=True)
class Clumsy(TransformationPass):
    name = "clumsy"

    def transform(self, graph_module, context):
        return graph_module.no_such_thing

def rough(request):
    return approximate(request.function, 2, request.domain)

def a_list(request):
    return [1.0, 2.0]

def fails(request):
    return request.no_such_thing

def twice(shape, slots):
    return Layout.periodic(shape[0], slots)

def too_small(shape, slots):
    return Layout.contiguous(shape[0], slots // 2)
"""
BROKEN = "import a_package_that_is_not_there"


@pytest.fixture(autouse=True)
def plugins(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.syspath_prepend(str(tmp_path))
    for name in ("good_plugin", "broken_plugin"):
        monkeypatch.delitem(sys.modules, name, raising=False)
    install(
        tmp_path,
        "good-plugin",
        {
            "hetorch_heir.passes": {
                "renumber": "good_plugin:Renumber",
                "misnamed": "good_plugin:OtherName",
                "clumsy": "good_plugin:Clumsy",
                "no-dataclass": "good_plugin:NoDataclass",
                "a-function": "good_plugin:rough",
            },
            "hetorch_heir.approximations": {
                "rough": "good_plugin:rough",
                "a_list": "good_plugin:a_list",
                "fails": "good_plugin:fails",
            },
            "hetorch_heir.packings": {"twice": "good_plugin:twice", "too_small": "good_plugin:too_small"},
        },
        good_plugin=GOOD,
    )
    install(
        tmp_path,
        "broken-plugin",
        {
            "hetorch_heir.passes": {"broken": "broken_plugin:Pass"},
            "hetorch_heir.approximations": {"absent": "good_plugin:absent"},
        },
        broken_plugin=BROKEN,
    )
    return tmp_path


def test_names_are_known_without_an_import() -> None:
    assert PASSES.names()[0] == "input-packing"
    assert {"renumber", "broken"} <= set(PASSES.names())
    assert APPROXIMATIONS.names()[:4] == ("chebyshev", "least_squares", "minimax", "composite")
    assert "twice" in PACKINGS
    assert tuple(BACKENDS) == ("fake", "openfhe", "seal", "tenseal")
    assert "good_plugin" not in sys.modules
    origins = {extension.name: extension.origin for extension in PASSES.extensions()}
    assert origins["renumber"] == "good-plugin 1.5"
    assert origins["input-packing"].startswith("hetorch-heir ")


def test_every_builtin_extension_can_be_loaded() -> None:
    for point in POINTS:
        for extension in point.extensions():
            if extension.is_builtin and extension.name != "openfhe":  # imports on another Python
                assert callable(extension.load())


def test_a_pass_is_used_from_a_pipeline() -> None:
    packing, renumber = parse_passes("input-packing,renumber{start=7}")
    assert isinstance(packing, InputPackingPass)
    assert (renumber.name, getattr(renumber, "start", None)) == ("renumber", 7)


def test_a_method_is_used_by_name() -> None:
    polynomial = fit("rough", ApproximationRequest(activation("sin"), (-1.0, 1.0), 9))
    assert polynomial.max_error(activation("sin")) > 0.01
    assert NonlinearToPolynomialPass(approximation_method="rough").approximation_method == "rough"


def test_a_packing_is_used_by_name() -> None:
    packing = InputPackingPass("twice").packing((4,), 8)
    assert packing.layout is not None
    np.testing.assert_array_equal(packing.layout.table, [[0, 1, 2, 3, 0, 1, 2, 3]])
    assert (packing.strategy, packing.slots_used) == ("twice", 8)


@pytest.mark.parametrize(
    ("name", "message"),
    [
        ("misnamed", "the pass 'misnamed' of good-plugin 1.5 calls itself 'something-else'"),
        ("no-dataclass", "of good-plugin 1.5 is no dataclass"),
        ("a-function", "is no subclass of hetorch_heir.passes.TransformationPass"),
        ("broken", "the pass 'broken' of broken-plugin 1.5 can't be loaded: ModuleNotFoundError"),
    ],
)
def test_what_is_no_pass_is_refused(name: str, message: str) -> None:
    with pytest.raises(PluginError, match=message) as caught:
        pass_named(name)
    assert caught.value.hint is not None and "pip uninstall" in caught.value.hint


def test_what_goes_wrong_in_a_plug_in_is_its_own_fault(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    request = ApproximationRequest(activation("relu"), (-1.0, 1.0), 3)
    with pytest.raises(
        PluginError, match=r"'fails' of good-plugin 1.5 fails: AttributeError.*good_plugin.py:"
    ):
        fit("fails", request)
    graph_module = fx.symbolic_trace(nn.Identity())
    context = CompilationContext(HEScheme.CKKS, CKKSParameters())
    with pytest.raises(PluginError, match=r"the pass 'clumsy' of good-plugin 1.5 fails: AttributeError"):
        PassPipeline.parse("clumsy").run(graph_module, context)

    def run() -> int:
        fit("fails", request)
        return 0

    monkeypatch.setenv("HETORCH_TRACEBACK", "1")
    assert report_errors("tool", run) == 1
    message = capsys.readouterr().err
    assert message.startswith("Traceback") and "tool: error: the approximation method 'fails'" in message


def test_a_broken_plug_in_disturbs_nobody_else() -> None:
    assert len(parse_passes("input-packing,linear-layer-bsgs,renumber")) == 3


def test_methods_and_packings_that_give_something_else_are_refused() -> None:
    request = ApproximationRequest(activation("relu"), (-1.0, 1.0), 3)
    with pytest.raises(PluginError, match=r"'a_list' of good-plugin 1.5 gives a list"):
        fit("a_list", request)
    with pytest.raises(PluginError, match=r"'absent' of broken-plugin 1.5 can't be loaded: AttributeError"):
        fit("absent", request)
    with pytest.raises(PluginError, match=r"'too_small' of good-plugin 1.5 places 4 elements"):
        laid_out("too_small", (4,), 8)


def test_unknown_names_are_answered_with_near_ones() -> None:
    with pytest.raises(PipelineSyntaxError, match="did you mean renumber") as caught:
        parse_passes("renumbr")
    assert "input-packing" in str(caught.value)
    with pytest.raises(ParameterError, match="did you mean minimax"):
        NonlinearToPolynomialPass(approximation_method="minmax")
    with pytest.raises(ParameterError, match=r"did you mean row_major.*custom, auto"):
        InputPackingPass("row-major")


def test_two_extensions_of_one_name_are_refused(plugins: Path) -> None:
    install(plugins, "rival", {"hetorch_heir.passes": {"renumber": "rival:P", "cost-analysis": "rival:C"}})
    message = "two passes named 'renumber': one of good-plugin 1.5, and one of rival 1.5"
    with pytest.raises(PluginError, match=message) as caught:
        PASSES.find("renumber")
    assert caught.value.hint is not None and "pip uninstall rival" in caught.value.hint
    with pytest.raises(PluginError, match="two passes named 'cost-analysis': one of hetorch-heir"):
        parse_passes("cost-analysis")
    with pytest.raises(PluginError, match="two passes named"):
        PASSES.extensions()
    assert PASSES.find("broken") is not None
    assert [one.distribution for one in PASSES.declared() if one.name == "renumber"] == [
        "good-plugin",
        "rival",
    ]
