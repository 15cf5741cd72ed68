"""Conversion to the secret level keeps what programs compute and every operation, down to the back ends."""

import re
from collections import Counter
from collections.abc import Sequence
from typing import Any

import numpy as np
import pytest
from he_dialects import hetorch
from he_dialects.ckks import SchemeParamAttr
from he_dialects.hetorch import CiphertextType
from he_dialects.locations import verify_module
from he_dialects.parsing import parse_module
from he_dialects.printing import module_text
from hypothesis import given, settings
from hypothesis import strategies as st
from xdsl.context import Context
from xdsl.dialects import arith, func
from xdsl.dialects.builtin import (
    ArrayAttr,
    DenseIntOrFPElementsAttr,
    DictionaryAttr,
    FileLineColLoc,
    IntAttr,
    IntegerAttr,
    ModuleOp,
    StringAttr,
    TensorType,
    UnitAttr,
    f32,
    i64,
)
from xdsl.ir import SSAValue

from hetorch_heir.conversions.hetorch_to_secret import ConvertHetorchToSecretPass
from hetorch_heir.heir import lower, translate
from hetorch_heir.interpreter.program import execute

SLOTS = 4096
Q = (1125899908022273, 1099511922689, 1099512938497, 1099510890497)
P = (1152921504606994433,)
TOP = len(Q) - 1
SCALE = 40
FRESH = CiphertextType.get(SLOTS, TOP, SCALE)


class ProgramBuilder:
    """A program of two encrypted inputs and one public one, grown by the name of an operation at a time."""

    def __init__(self) -> None:
        self.public = TensorType(f32, [SLOTS])
        self.main = func.FuncOp("main", ([FRESH, FRESH, self.public], []))
        self.block = self.main.body.block
        self.values: list[SSAValue] = list(self.block.args[:2])
        self.lines = 0

    def pick(self, number: int, **wanted: int) -> SSAValue | None:
        """One of the ciphertexts with the properties wanted; 0 is the newest one."""
        fitting = [
            value
            for value in self.values
            if all(getattr(hetorch.ciphertext_type(value), name) == n for name, n in wanted.items())
        ]
        return fitting[-1 - number % len(fitting)] if fitting else None

    def any(self, number: int) -> SSAValue:
        return self.values[-1 - number % len(self.values)]

    def partner(self, value: SSAValue, number: int, *names: str) -> SSAValue:
        of = hetorch.ciphertext_type(value)
        partner = self.pick(number, **{name: getattr(of, name) for name in names})
        assert partner is not None
        return partner

    def plaintext(self, number: int, value: SSAValue, scale: int) -> SSAValue:
        """A plaintext for ``value``: of the public input, or of a constant."""
        if number % 3 == 0:
            source: SSAValue = self.block.args[2]
        else:
            numbers = [((number * 7 + i * 3) % 11 - 5) / 8 for i in range(4)] * (SLOTS // 4)
            constant = arith.ConstantOp(
                DenseIntOrFPElementsAttr.from_list(self.public, numbers if number % 3 == 1 else numbers[:1])
            )
            self.block.add_op(constant)
            source = constant.result
        encode = hetorch.EncodeOp(source, hetorch.ciphertext_type(value).level, scale)
        self.block.add_op(encode)
        return encode.output

    def grow(self, name: str, a: int, b: int) -> None:
        """Append an operation of this kind, if there is a ciphertext that it can be applied to."""
        op = self._operation(name, a, b)
        if op is not None:
            self.lines += 1
            op.location = FileLineColLoc(StringAttr("model.py"), IntAttr(self.lines), IntAttr(1))
            self.block.add_op(op)
            self.values.append(op.results[0])

    def _operation(self, name: str, a: int, b: int) -> hetorch.HETorchOp | None:
        match name:
            case "cadd" | "csub":
                x = self.any(a)
                y = self.partner(x, b, "level", "scale")
                return hetorch.CAddOp(x, y) if name == "cadd" else hetorch.CSubOp(x, y)
            case "padd" | "psub":
                x = self.any(a)
                p = self.plaintext(b, x, hetorch.ciphertext_type(x).scale)
                return hetorch.PAddOp(x, p) if name == "padd" else hetorch.PSubOp(x, p)
            case "negate":
                return hetorch.NegateOp(self.any(a))
            case "cmult" if (x := self.pick(a, scale=SCALE, dimension=2)) is not None:
                return hetorch.CMultOp(x, self.partner(x, b, "level", "scale", "dimension"))
            case "pmult" if (x := self.pick(a, scale=SCALE)) is not None:
                return hetorch.PMultOp(x, self.plaintext(b, x, SCALE))
            case "rotate" if (x := self.pick(a, dimension=2)) is not None:
                return hetorch.RotateOp(x, b % (SLOTS - 1) + 1)
            case "relinearize" if (x := self.pick(a, dimension=3)) is not None:
                return hetorch.RelinearizeOp(x)
            case "rescale" if (x := self.pick(a, scale=2 * SCALE)) is not None:
                return hetorch.RescaleOp(x, SCALE) if hetorch.ciphertext_type(x).level > 0 else None
            case "level_reduce":
                x = self.any(a)
                level = hetorch.ciphertext_type(x).level
                return hetorch.LevelReduceOp(x, b % level + 1) if level else None
            case _:
                return None

    def finish(self, results: int = 2) -> ModuleOp:
        """The module that returns the last ciphertexts, with its client functions."""
        returned = self.values[-results:]
        self.block.add_op(func.ReturnOp(*returned))
        types = [value.type for value in returned]
        main = func.FuncOp("main", ([arg.type for arg in self.block.args], types), self.main.detach_region(0))
        helpers = [_encryption(index) for index in range(2)]
        helpers += [
            _decryption(index, hetorch.ciphertext_type(value)) for index, value in enumerate(returned)
        ]
        return ModuleOp(
            [main, *helpers],
            {
                "scheme.ckks": UnitAttr(),
                "scheme.actual_slot_count": IntegerAttr(SLOTS, i64),
                "scheme.requested_slot_count": IntegerAttr(SLOTS, i64),
                "ckks.schemeParam": SchemeParamAttr.get(13, Q, P, SCALE),
            },
        )


def _interface(role: str, index: int) -> DictionaryAttr:
    return DictionaryAttr(
        {
            "func_name": StringAttr("main"),
            "index": IntegerAttr(index, i64),
            "roles": ArrayAttr([StringAttr(role)]),
        }
    )


def _encryption(index: int) -> func.FuncOp:
    function = func.FuncOp(f"main__encrypt__arg{index}", ([TensorType(f32, [SLOTS])], [FRESH]))
    encrypt = hetorch.EncryptOp(function.args[0], TOP, SCALE)
    function.body.block.add_ops([encrypt, func.ReturnOp(encrypt)])
    function.attributes["heir.interface"] = _interface("client.encrypt", index)
    return function


def _decryption(index: int, ciphertext: CiphertextType) -> func.FuncOp:
    function = func.FuncOp(f"main__decrypt__result{index}", ([ciphertext], [TensorType(f32, [SLOTS])]))
    decrypt = hetorch.DecryptOp(function.args[0], f32)
    function.body.block.add_ops([decrypt, func.ReturnOp(decrypt)])
    function.attributes["heir.interface"] = _interface("client.decrypt", index)
    return function


KINDS = ("cadd", "csub", "cmult", "padd", "psub", "pmult", "negate", "rotate", "relinearize", "rescale")
Step = tuple[str, int, int]
steps = st.lists(
    st.tuples(st.sampled_from((*KINDS, "level_reduce")), st.integers(0, 50), st.integers(0, 5000)),
    min_size=1,
    max_size=25,
)


def build(recipe: Sequence[Step]) -> ModuleOp:
    builder = ProgramBuilder()
    for name, a, b in recipe:
        builder.grow(name, a, b)
    module = builder.finish()
    verify_module(module)
    return module


def converted(module: ModuleOp, backend: str = "openfhe") -> ModuleOp:
    clone = module.clone()
    ConvertHetorchToSecretPass(backend=backend).apply(Context(), clone)
    verify_module(clone)
    return clone


def inputs() -> list[Any]:
    random = np.random.default_rng(1)
    return [random.uniform(-1, 1, SLOTS).astype(np.float32) for _ in range(3)]


@given(steps)
def test_a_converted_program_computes_the_same_by_the_same_operations(recipe: list[Step]) -> None:
    module = build(recipe)
    before = execute(module, inputs())
    after = execute(converted(module), inputs())
    for x, y in zip(before.outputs, after.outputs, strict=True):
        np.testing.assert_array_equal(x, y)
    assert before.counts == after.counts


@given(steps)
def test_a_converted_program_is_read_back_from_its_text(recipe: list[Step]) -> None:
    text = module_text(converted(build(recipe)))
    read = parse_module(text, "program.mlir")
    verify_module(read)
    assert module_text(read, locations=False) == module_text(converted(build(recipe)), locations=False)


@given(steps)
def test_for_lattigo_a_negation_is_a_difference_from_zero(recipe: list[Step]) -> None:
    module = build(recipe)
    lattigo = converted(module, "lattigo")
    assert "arith.negf" not in module_text(lattigo)
    for x, y in zip(execute(module, inputs()).outputs, execute(lattigo, inputs()).outputs, strict=True):
        np.testing.assert_array_equal(x, y)


COUNTED = {
    "hetorch.cadd": ("openfhe.add", "lattigo.ckks.add_new"),
    "hetorch.csub": ("openfhe.sub", "lattigo.ckks.sub_new"),
    "hetorch.cmult": ("openfhe.mul_no_relin", "lattigo.ckks.mul_new"),
    "hetorch.padd": ("openfhe.add_plain", "lattigo.ckks.add_new"),
    "hetorch.psub": ("openfhe.sub_plain", "lattigo.ckks.sub_new"),
    "hetorch.pmult": ("openfhe.mul_plain", "lattigo.ckks.mul_new"),
    "hetorch.negate": ("openfhe.negate", "lattigo.rlwe.negate_new"),
    "hetorch.rotate": ("openfhe.rot", "lattigo.ckks.rotate_new"),
    "hetorch.relinearize": ("openfhe.relin", "lattigo.ckks.relinearize_new"),
    "hetorch.rescale": ("openfhe.mod_reduce", "lattigo.ckks.rescale_new"),
    "hetorch.level_reduce": ("openfhe.level_reduce", "lattigo.rlwe.drop_level_new"),
}
"""What each operation becomes in OpenFHE and Lattigo."""


def counted(module: ModuleOp, backend: int) -> Counter[str]:
    """How often each operation of the back end has to be in the lowered main function."""
    main = next(op for op in module.ops if isinstance(op, func.FuncOp))
    names = Counter(COUNTED[op.name][backend] for op in main.walk() if op.name in COUNTED)
    if backend == 1:  # subtracting from zero adds a zero to the negated ciphertext
        names["lattigo.ckks.add_new"] += names["lattigo.rlwe.negate_new"]
    return names


def lowered_counts(text: str, names: set[str]) -> Counter[str]:
    main = text[text.index("func.func @main(") :]
    found = Counter(re.findall(r"(?:openfhe|lattigo)\.[a-z_.]+", main[: main.index("\n  }\n")]))
    return Counter({name: found[name] for name in names if found[name]})


# Nothing in it is computed twice or for nothing: heir-opt would merge the one and drop the other.
EVERY_OPERATION: list[Step] = [
    ("pmult", 0, 0),
    ("rescale", 0, 0),
    ("rotate", 0, 7),
    ("cadd", 0, 1),
    ("padd", 0, 0),
    ("cmult", 0, 1),
    ("relinearize", 0, 0),
    ("rescale", 0, 0),
    ("negate", 0, 0),
    ("pmult", 0, 4),
    ("psub", 0, 2),
    ("rescale", 0, 0),
    ("level_reduce", 13, 2),
    ("csub", 1, 0),
]
ROTATIONS: list[Step] = [*(("rotate", 0, 3 * i) for i in range(6)), *(("cadd", 0, i + 1) for i in range(4))]
RECIPES = {"every operation": EVERY_OPERATION, "rotations of rotations": ROTATIONS}


def used_only(module: ModuleOp) -> ModuleOp:
    """The module without operations whose results nothing uses."""
    main = next(op for op in module.ops if isinstance(op, func.FuncOp))
    for op in reversed(tuple(main.body.block.ops)):
        if op.results and not any(True for result in op.results for _ in result.uses):
            op.detach()
            op.erase()
    return module


def test_the_recipe_for_every_operation_has_every_operation() -> None:
    assert counted(used_only(build(EVERY_OPERATION)), 0).keys() == {names[0] for names in COUNTED.values()}


@pytest.mark.parametrize("name", RECIPES)
@pytest.mark.parametrize(("backend", "kind"), [("openfhe", "openfhe-pke"), ("lattigo", "lattigo")])
def test_heir_opt_lowers_every_operation_to_one_of_the_back_end(name: str, backend: str, kind: str) -> None:
    module = used_only(build(RECIPES[name]))
    text = module_text(converted(module, backend))
    lowered = lower(text, backend=backend, entry_function="main", slots=SLOTS, target="secret")
    index = ["openfhe", "lattigo"].index(backend)
    expected = counted(module, index)
    assert lowered_counts(lowered, {names[index] for names in COUNTED.values()}) == expected
    source = translate(lowered, kind)
    rotations = len(re.findall(r"EvalRotate\(|\.RotateNew\(", source))
    assert rotations == sum(expected[names] for names in COUNTED["hetorch.rotate"])


@settings(max_examples=10)
@given(steps)
def test_heir_opt_takes_any_converted_program(recipe: list[Step]) -> None:
    module = used_only(build(recipe))
    text = module_text(converted(module))
    lowered = lower(text, backend="openfhe", entry_function="main", slots=SLOTS, target="secret")
    # Equal operations are merged and the constants folded, so there may be fewer, but never more.
    expected = counted(module, 0)
    assert lowered_counts(lowered, {names[0] for names in COUNTED.values()}) <= expected


def test_locations_are_kept() -> None:
    text = module_text(converted(build(EVERY_OPERATION)))
    for line in range(1, len(EVERY_OPERATION) + 1):
        assert f'loc("model.py":{line}:1)' in text
