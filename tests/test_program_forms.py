"""One program in all its forms: ``hetorch``, ``secret``, ``ckks``, and what heir-opt makes of the latter."""

from __future__ import annotations

import re
from collections import Counter

import numpy as np
import pytest
from he_dialects.parsing import parse_module
from he_dialects.printing import module_text
from hypothesis import given, settings
from xdsl.context import Context
from xdsl.dialects.builtin import ModuleOp
from xdsl.passes import ModulePass

from hetorch_heir.conversions.hetorch_to_ckks import ConvertHetorchToCkksPass
from hetorch_heir.conversions.hetorch_to_secret import ConvertHetorchToSecretPass
from hetorch_heir.heir import lower, translate
from hetorch_heir.interpreter.cleartext import CleartextDomain
from hetorch_heir.interpreter.parameters import ProgramParameters
from hetorch_heir.interpreter.program import execute
from tests.program_forms import SLOTS, inputs, programs

PASSES: dict[str, type[ConvertHetorchToCkksPass | ConvertHetorchToSecretPass]] = {
    "ckks": ConvertHetorchToCkksPass,
    "secret": ConvertHetorchToSecretPass,
}

OPENFHE = {
    "rotate": ["rot"],
    "pmult": ["mul_plain"],
    "cmult": ["mul_no_relin"],
    "relinearize": ["relin"],
    "rescale": ["mod_reduce"],
    "cadd": ["add"],
    "csub": ["sub"],
    "padd": ["add_plain"],
    "psub": ["sub_plain"],
    "negate": ["negate"],
    "level_reduce": ["level_reduce"],
}
"""The operations of the ``openfhe`` dialect that one of ``hetorch`` becomes."""

LATTIGO = {
    "rotate": ["ckks.rotate_new"],
    "pmult": ["ckks.mul_new"],
    "cmult": ["ckks.mul_new"],
    "relinearize": ["ckks.relinearize_new"],
    "rescale": ["ckks.rescale_new"],
    "cadd": ["ckks.add_new"],
    "csub": ["ckks.sub_new"],
    "padd": ["ckks.add_new"],
    "psub": ["ckks.sub_new"],
    "negate": ["rlwe.negate_new", "ckks.add_new"],
    "level_reduce": ["rlwe.drop_level_new"],
}
"""The same for the ``lattigo`` dialect."""


def converted(program: str, conversion: ModulePass) -> ModuleOp:
    module = parse_module(program)
    conversion.apply(Context(), module)
    module.verify()
    return module


def expected_counts(program: str, table: dict[str, list[str]]) -> Counter[str]:
    """What the main function's operations should become."""
    counts: Counter[str] = Counter()
    main = next(iter(parse_module(program).ops))
    for op in main.walk():
        counts.update(
            table.get(op.name.removeprefix("hetorch."), []) if op.name.startswith("hetorch.") else []
        )
    return counts


def counts_in(text: str, dialect: str, table: dict[str, list[str]]) -> Counter[str]:
    """How often the operations of a table stand in the main function of a lowered module."""
    start = text.index("func.func @main(")
    main = text[start : text.index("return", start)]
    names = {name for group in table.values() for name in group}
    found = re.findall(rf"\b{dialect}\.([\w.]+)", main)
    return Counter(name for name in found if name in names)


@given(programs())
@settings(max_examples=40)
def test_every_form_computes_the_same_numbers(program: str) -> None:
    vectors = inputs()
    (expected,) = execute(parse_module(program), vectors).outputs
    for target, conversion in PASSES.items():
        form = converted(program, conversion())
        np.testing.assert_allclose(execute(form, vectors).outputs[0], expected, atol=1e-9)
        text = lower(module_text(form), backend="openfhe", entry_function="main", slots=SLOTS, target=target)
        lowered = parse_module(text)
        lowered.verify()
        # The lowered program does not say the primes, by whose ratio to the scale a rescale is off.
        known = ProgramParameters.of(form)
        domain = CleartextDomain(known.slots, moduli=known.moduli)
        np.testing.assert_allclose(execute(lowered, vectors, domain=domain).outputs[0], expected, atol=1e-9)


@given(programs())
@settings(max_examples=25)
@pytest.mark.parametrize("target", PASSES)
def test_no_operation_is_added_or_lost_on_the_way_to_openfhe(target: str, program: str) -> None:
    form = converted(program, PASSES[target](backend="openfhe"))
    text = lower(module_text(form), backend="openfhe", entry_function="main", slots=SLOTS, target=target)
    assert counts_in(text, "openfhe", OPENFHE) == expected_counts(program, OPENFHE)


@given(programs())
@settings(max_examples=25)
@pytest.mark.parametrize("target", PASSES)
def test_no_operation_is_added_or_lost_on_the_way_to_lattigo(target: str, program: str) -> None:
    form = converted(program, PASSES[target](backend="lattigo"))
    text = lower(module_text(form), backend="lattigo", entry_function="main", slots=SLOTS, target=target)
    assert counts_in(text, "lattigo", LATTIGO) == expected_counts(program, LATTIGO)


@given(programs())
@settings(max_examples=5)
def test_heir_translate_emits_source_code_from_a_lowered_program(program: str) -> None:
    for backend, kind, sign in (
        ("openfhe", "openfhe-pke", "CryptoContextT"),
        ("openfhe", "openfhe-pke-header", "CryptoContextT"),
        ("lattigo", "lattigo", "package main"),
    ):
        form = converted(program, ConvertHetorchToCkksPass(backend=backend))
        text = lower(module_text(form), backend=backend, entry_function="main", slots=SLOTS, target="ckks")
        source = translate(text, kind)
        # The Go emitter capitalizes exported names.
        assert sign in source and "ain__encrypt__arg0" in source
