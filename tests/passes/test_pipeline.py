"""Pipelines: order, textual form, bookkeeping."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

import pytest
import torch
from torch.fx import GraphModule, symbolic_trace

from hetorch_heir.core.context import CompilationContext
from hetorch_heir.core.parameters import BFVParameters, CKKSParameters
from hetorch_heir.core.scheme import HEScheme
from hetorch_heir.passes import PassPipeline, PassValidationError, TransformationPass
from hetorch_heir.passes.base import mark_provided, provided
from hetorch_heir.passes.builtin import (
    BUILTIN_PASSES,
    DeadCodeEliminationPass,
    InputPackingPass,
    PrintGraphPass,
)
from hetorch_heir.passes.textual_pipeline import PipelineSyntaxError, read_value

CKKS = CompilationContext(HEScheme.CKKS, CKKSParameters())


@dataclass(frozen=True)
class NeedsPacking(TransformationPass):
    name: ClassVar[str] = "needs-packing"
    requires: ClassVar[frozenset[str]] = frozenset({"input_packed"})
    provides: ClassVar[frozenset[str]] = frozenset({"seen"})

    def transform(self, graph_module: GraphModule, context: CompilationContext) -> GraphModule:
        graph_module.meta["seen"] = True
        return graph_module


@dataclass(frozen=True)
class NeedsMagic(NeedsPacking):
    name: ClassVar[str] = "needs-magic"
    requires: ClassVar[frozenset[str]] = frozenset({"magic"})


@dataclass(frozen=True)
class OnlyCKKS(NeedsPacking):
    name: ClassVar[str] = "only-ckks"
    requires: ClassVar[frozenset[str]] = frozenset()
    scheme_specific: ClassVar[frozenset[HEScheme]] = frozenset({HEScheme.CKKS})


def graph() -> GraphModule:
    return symbolic_trace(lambda x: x * 2)


def test_a_wrong_order_is_refused_at_construction_and_names_the_missing_pass() -> None:
    with pytest.raises(PassValidationError, match="NeedsPacking requires 'input_packed'") as caught:
        PassPipeline([NeedsPacking(), InputPackingPass()])
    assert "InputPackingPass" in str(caught.value)


def test_a_property_that_no_pass_provides_is_named() -> None:
    with pytest.raises(PassValidationError, match="'magic'") as caught:
        PassPipeline([NeedsMagic()])
    assert "no built-in pass" in str(caught.value)


def test_the_right_order_runs_and_records() -> None:
    seen: list[str] = []
    pipeline = PassPipeline([InputPackingPass(), NeedsPacking()])
    result = pipeline.run(graph(), CKKS, after_pass=lambda step, _: seen.append(step.name))
    assert provided(result) == {"input_packed", "seen"}
    assert seen == ["input-packing", "needs-packing"]
    assert [name for name, _ in result.meta["pass_seconds"]] == seen
    assert all(seconds >= 0 for _, seconds in result.meta["pass_seconds"])
    assert len(pipeline) == 2
    assert "InputPackingPass(strategy='row_major'" in repr(pipeline)


def test_a_continuation_states_what_it_assumes_and_is_checked_at_run() -> None:
    pipeline = PassPipeline([NeedsPacking()], assumes={"input_packed"})
    with pytest.raises(PassValidationError, match="input_packed"):
        pipeline.run(graph(), CKKS)
    packed = PassPipeline([InputPackingPass()]).run(graph(), CKKS)
    assert pipeline.run(packed, CKKS).meta["seen"]
    assert len(packed.meta["pass_seconds"]) == 2


def test_a_pass_alone_checks_the_graph_too() -> None:
    with pytest.raises(PassValidationError, match="InputPackingPass"):
        NeedsPacking().validate(graph(), CKKS)
    packed = InputPackingPass().transform(graph(), CKKS)
    NeedsPacking().validate(packed, CKKS)


def test_a_scheme_specific_pass_refuses_other_schemes() -> None:
    OnlyCKKS().validate(graph(), CKKS)
    with pytest.raises(PassValidationError, match="for CKKS, not for BFV"):
        OnlyCKKS()(graph(), CompilationContext(HEScheme.BFV, BFVParameters()))


def test_properties_are_recorded_on_the_graph() -> None:
    graph_module = graph()
    mark_provided(graph_module, ["a"])
    mark_provided(graph_module, ["b"])
    assert provided(graph_module) == {"a", "b"}


def test_textual_pipeline() -> None:
    pipeline = PassPipeline.parse(
        "input-packing{strategy=diagonal slot-count=64}, print-graph{verbose=true},dead-code-elimination"
    )
    assert pipeline.passes == (
        InputPackingPass("diagonal", 64),
        PrintGraphPass(True),
        DeadCodeEliminationPass(),
    )
    assert PassPipeline.parse("input-packing{strategy=auto,slot_count=none}").passes == (
        InputPackingPass("auto"),
    )
    assert PassPipeline.parse(" ").passes == ()


@pytest.mark.parametrize(
    ("text", "message", "hint"),
    [
        ("input-packin", "no pass 'input-packin'", "did you mean input-packing?"),
        ("input-packing{strategi=auto}", "no option 'strategi'", "strategy, slot_count"),
        ("dead-code-elimination{x=1}", "no option 'x'", "it has no options"),
        ("input-packing{slot_count=many}", "'many' is no value for option 'slot_count'", "int"),
        ("print-graph{verbose=yes}", "'yes' is no value", "bool"),
        ("input-packing{strategy}", "options 'strategy'", "option=value"),
        ("input-packing{strategy=auto", "can't be read from 'input-packing{", "name{option=value"),
        ("input-packing,,print-graph", "can't be read from ',print-graph'", "name{option=value"),
        ("input-packing,", "can't be read from ''", "name{option=value"),
    ],
)
def test_malformed_textual_pipelines_are_refused(text: str, message: str, hint: str) -> None:
    with pytest.raises(PipelineSyntaxError) as caught:
        PassPipeline.parse(text)
    assert message in caught.value.what
    assert hint in (caught.value.hint or "")


@pytest.mark.parametrize(
    ("text", "kind", "value"),
    [
        ("3", int, 3),
        ("0.5", float, 0.5),
        ("'a b'", str, "a b"),
        ("False", bool, False),
        ("None", int | None, None),
        ("7", float | int | None, 7.0),
        ("relu,gelu", list[str], ("relu", "gelu")),
        ("-4:4", tuple[float, float], (-4.0, 4.0)),
        ("gelu:-4:4,relu:-1:2", dict[str, tuple[float, float]], {"gelu": (-4.0, 4.0), "relu": (-1.0, 2.0)}),
    ],
)
def test_option_values(text: str, kind: type, value: object) -> None:
    assert read_value(text, kind) == value


def test_an_unreadable_alternative_is_refused() -> None:
    with pytest.raises(ValueError, match="x"):
        read_value("x", int | float | None)


def test_the_table_of_built_in_passes_agrees_with_the_classes() -> None:
    for row in BUILTIN_PASSES:
        pass_class = row.load()
        assert pass_class.__name__ == row.class_name
        assert pass_class.name == row.name
        assert pass_class.provides == frozenset({row.provides} if row.provides else ())
        assert pass_class.description


def test_unknown_names_of_the_package_are_attribute_errors() -> None:
    import hetorch_heir
    from hetorch_heir.passes import builtin

    for module in (hetorch_heir, builtin):
        with pytest.raises(AttributeError, match="no attribute 'Missing'"):
            _ = module.Missing
    assert "HETorchCompiler" in dir(hetorch_heir)
    assert torch is not None


def test_a_pass_of_ones_own_may_use_lists() -> None:
    class Doubling(TransformationPass):
        name = "doubling"
        requires: ClassVar[list[str]] = ["input_packed"]
        provides: ClassVar[list[str]] = ["doubled"]
        scheme_specific: ClassVar[list[HEScheme]] = [HEScheme.CKKS]

        def transform(self, graph_module: GraphModule, context: CompilationContext) -> GraphModule:
            return graph_module

    with pytest.raises(PassValidationError, match="input_packed"):
        PassPipeline([Doubling()])
    assert len(PassPipeline([InputPackingPass(), Doubling()])) == 2
