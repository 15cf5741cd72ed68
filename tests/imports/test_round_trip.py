"""Random programs to HEIR's forms, through the real heir-opt, and back: same numbers, same operations."""

from __future__ import annotations

from collections import Counter

import numpy as np
import pytest
import torch
from he_dialects import hetorch
from he_dialects.parsing import parse_module
from he_dialects.printing import module_text
from hypothesis import given, settings
from xdsl.context import Context
from xdsl.dialects import func
from xdsl.dialects.builtin import ModuleOp
from xdsl.passes import ModulePass

from hetorch_heir.conversions.hetorch_to_ckks import ConvertHetorchToCkksPass
from hetorch_heir.conversions.hetorch_to_secret import ConvertHetorchToSecretPass
from hetorch_heir.conversions.to_hetorch import to_hetorch
from hetorch_heir.core.context import CompilationContext
from hetorch_heir.core.errors import PassValidationError
from hetorch_heir.core.parameters import CKKSParameters
from hetorch_heir.core.scheme import HEScheme
from hetorch_heir.export.exporter import export_graph
from hetorch_heir.heir import lower
from hetorch_heir.imports.graph import to_graph_module
from hetorch_heir.interpreter.cleartext import CleartextDomain
from hetorch_heir.interpreter.program import execute
from hetorch_heir.passes.pipeline import PassPipeline
from tests.program_forms import SLOTS, inputs, programs

CONVERSIONS: dict[str, type[ConvertHetorchToCkksPass | ConvertHetorchToSecretPass]] = {
    "ckks": ConvertHetorchToCkksPass,
    "secret": ConvertHetorchToSecretPass,
}


def converted(program: str, conversion: ModulePass) -> ModuleOp:
    module = parse_module(program)
    conversion.apply(Context(), module)
    return module


def operations(module: ModuleOp) -> Counter[str]:
    """The homomorphic operations of the main function; encodings may be shared."""
    main = next(iter(module.ops))
    names = [op.name for op in main.walk() if op.name.startswith("hetorch.")]
    return Counter(name for name in names if name != "hetorch.encode")


def result_type(module: ModuleOp) -> hetorch.CiphertextType:
    """The type of what the main function returns."""
    main = next(iter(module.ops))
    assert isinstance(main, func.FuncOp)
    (returned,) = main.function_type.outputs
    assert isinstance(returned, hetorch.CiphertextType)
    return returned


def assert_same_program(imported: ModuleOp, program: str) -> None:
    imported = parse_module(module_text(imported))
    imported.verify()
    original = parse_module(program)
    assert operations(imported) == operations(original)
    vectors = inputs()
    expected = execute(original, vectors).outputs[0]
    np.testing.assert_allclose(execute(imported, vectors).outputs[0], expected, atol=1e-9)


@given(programs())
@settings(max_examples=30)
@pytest.mark.parametrize("backend", ["openfhe", "lattigo"])
@pytest.mark.parametrize("target", CONVERSIONS)
def test_our_own_forms_come_back_as_they_were(target: str, backend: str, program: str) -> None:
    assert_same_program(to_hetorch(converted(program, CONVERSIONS[target](backend=backend))), program)


@given(programs())
@settings(max_examples=20)
@pytest.mark.parametrize("target", CONVERSIONS)
def test_what_heir_opt_makes_of_them_comes_back_as_it_was(target: str, program: str) -> None:
    form = module_text(converted(program, CONVERSIONS[target]()))
    lowered = lower(form, backend="openfhe", entry_function="main", slots=SLOTS, target=target)
    assert_same_program(to_hetorch(parse_module(lowered)), program)


@given(programs())
@settings(max_examples=30)
def test_the_graph_computes_the_same_and_is_exported_with_the_same_operations(program: str) -> None:
    module = parse_module(program)
    vectors = inputs()
    # The graph takes every prime for the scale; so does a domain that does not know them.
    expected = execute(module, vectors, domain=CleartextDomain(SLOTS)).outputs[0]
    graph = to_graph_module(module)
    result = graph(*(torch.tensor(vector) for vector in vectors))
    np.testing.assert_allclose(result.numpy(), expected, atol=1e-9)
    chain = graph.meta["chain"]
    context = CompilationContext(HEScheme.CKKS, CKKSParameters.from_chain(chain))
    graph = PassPipeline.parse("dead-code-elimination").run(graph, context)
    if result_type(module).dimension > 2:
        with pytest.raises(PassValidationError, match="dimension 3"):
            export_graph(graph, chain)
        return
    exported = export_graph(graph, chain).module
    exported.verify()
    assert operations(exported) == operations(module)
    result = execute(exported, vectors, domain=CleartextDomain(SLOTS)).outputs[0]
    np.testing.assert_allclose(result, expected, atol=1e-9)
