"""Conversion of hetorch programs to HEIR's ckks level."""

from __future__ import annotations

import numpy as np
import pytest
from he_dialects import ckks, hetorch, lwe
from he_dialects.hetorch import CiphertextType, PlaintextType
from he_dialects.parsing import parse_module
from he_dialects.printing import module_text
from xdsl.context import Context
from xdsl.dialects import arith, func, scf, tensor
from xdsl.dialects.builtin import (
    DenseIntOrFPElementsAttr,
    FileLineColLoc,
    FloatAttr,
    IndexType,
    IntAttr,
    IntegerAttr,
    ModuleOp,
    StringAttr,
    TensorType,
    f32,
    f64,
)
from xdsl.ir import Attribute, Block, Operation, Region, SSAValue

from hetorch_heir.conversions.hetorch_to_ckks import ConvertHetorchToCkksPass
from hetorch_heir.heir import lower
from hetorch_heir.interpreter.cleartext import CleartextDomain
from hetorch_heir.interpreter.program import execute, run_program
from tests.program_forms import LEVEL, PRIMES, SCALE, SLOTS, VECTOR, inputs, program

FRESH = CiphertextType.get(SLOTS, LEVEL, SCALE)


def convert(module: ModuleOp, backend: str = "openfhe") -> ModuleOp:
    ConvertHetorchToCkksPass(backend=backend).apply(Context(), module)
    module.verify()
    return module


def splat(block: Block, number: float, type_: TensorType[Attribute] = VECTOR) -> SSAValue:
    constant = arith.ConstantOp(DenseIntOrFPElementsAttr.from_list(type_, [number]))  # pyright: ignore
    block.add_op(constant)
    return constant.result


def find(module: ModuleOp, kind: type[Operation]) -> list[Operation]:
    return [op for op in module.walk() if isinstance(op, kind)]


def quadratic(block: Block) -> SSAValue:
    """``rescale(x·x) + y``, with all that it takes."""
    x, y = block.args
    product = hetorch.CMultOp(x, x)
    short = hetorch.RelinearizeOp(product)
    scaled = hetorch.RescaleOp(short, SCALE)
    lower_y = hetorch.LevelReduceOp(y, 1)
    total = hetorch.CAddOp(scaled, lower_y)
    block.add_ops([product, short, scaled, lower_y, total])
    return total.output


def test_types_carry_rings_levels_and_scales() -> None:
    module = convert(program(2, quadratic))
    (product,) = find(module, ckks.ops.MulOp)
    squared = product.results[0].type
    assert isinstance(squared, lwe.CiphertextType)
    assert (squared.level, squared.scale, squared.size) == (LEVEL, 2 * SCALE, 3)
    (rescale,) = find(module, ckks.ops.RescaleOp)
    scaled = rescale.results[0].type
    assert isinstance(scaled, lwe.CiphertextType)
    assert (scaled.level, scaled.scale, scaled.size) == (LEVEL - 1, SCALE, 2)
    assert rescale.properties["to_ring"] == scaled.ring
    assert scaled.ring.degree == 1 << 13
    assert [q.modulus.value.data for q in scaled.ring.coefficient_type.basis] == list(PRIMES[:LEVEL])  # pyright: ignore


def test_a_type_is_built_once_however_often_it_occurs() -> None:
    def body(block: Block) -> SSAValue:
        total = block.args[0]
        for _ in range(200):
            op = hetorch.CAddOp(total, block.args[0])
            block.add_op(op)
            total = op.output
        return total

    module = convert(program(1, body))
    types = {id(result.type) for op in find(module, ckks.ops.AddOp) for result in op.results}
    assert len(types) == 1


@pytest.mark.parametrize("backend", ["openfhe", "lattigo"])
def test_the_module_says_which_back_end_it_is_for(backend: str) -> None:
    module = program(2, quadratic)
    module.attributes["backend.lattigo"] = module.attributes["scheme.ckks"]
    attributes = convert(module, backend).attributes
    assert [name for name in attributes if name.startswith("backend.")] == [f"backend.{backend}"]
    assert attributes["ckks.schemeParam"] == module.attributes["ckks.schemeParam"]


def test_locations_and_names_stay() -> None:
    location = FileLineColLoc(StringAttr("model.py"), IntAttr(12), IntAttr(3))

    def body(block: Block) -> SSAValue:
        op = hetorch.RotateOp(block.args[0], 3, location=location)
        op.output.name_hint = "turned"
        block.add_op(op)
        return op.output

    (rotate,) = find(convert(program(1, body)), ckks.ops.RotateOp)
    assert rotate.location == location
    assert rotate.results[0].name_hint == "turned"


def test_client_functions_get_keys_of_the_right_level() -> None:
    module = convert(program(2, quadratic))
    functions = {op.sym_name.data: op for op in module.ops if isinstance(op, func.FuncOp)}
    encrypt = functions["main__encrypt__arg1"].function_type
    decrypt = functions["main__decrypt__result0"].function_type
    assert [t.name for t in encrypt.inputs] == ["tensor", "lwe.lwe_public_key"]
    assert [t.name for t in decrypt.inputs] == ["lwe.lwe_ciphertext", "lwe.lwe_secret_key"]
    key, encrypted = decrypt.inputs.data[1], decrypt.inputs.data[0]
    assert isinstance(key, lwe.SecretKeyType) and isinstance(encrypted, lwe.CiphertextType)
    assert key.ring == encrypted.ring
    main = functions["main"]
    assert main.function_type.inputs.data == tuple(argument.type for argument in main.args)


def packing(block: Block) -> SSAValue:
    """Slots filled in reverse order by a loop, as client functions do."""
    (source,) = block.args
    bounds = [arith.ConstantOp(IntegerAttr(n, IndexType())) for n in (0, SLOTS, 1, SLOTS - 1)]
    block.add_ops(bounds)
    low, high, step, last = (bound.result for bound in bounds)
    body = Block(arg_types=[IndexType(), VECTOR])
    mirrored = arith.SubiOp(last, body.args[0])
    element = tensor.ExtractOp(source, mirrored.result, f64)
    filled = tensor.InsertOp(element.result, body.args[1], body.args[0])
    body.add_ops([mirrored, element, filled, scf.YieldOp(filled.result)])
    loop = scf.ForOp(low, high, step, [splat(block, 0.0)], Region(body))
    encrypted = hetorch.EncryptOp(loop.results[0], LEVEL, SCALE)
    block.add_ops([loop, encrypted])
    return encrypted.output


def test_packing_loops_stay_and_lower_to_both_back_ends() -> None:
    for backend in ("openfhe", "lattigo"):
        module = program(2, quadratic)
        encrypt = next(op for op in module.ops if isinstance(op, func.FuncOp) and "arg0" in op.sym_name.data)
        block = Block(arg_types=[VECTOR])
        result = packing(block)
        block.add_op(func.ReturnOp(result))
        encrypt.body.detach_block(0)
        encrypt.body.add_block(block)
        convert(module, backend)
        x, y = inputs()
        ideal = CleartextDomain(SLOTS)  # every prime is the scale
        np.testing.assert_allclose(run_program(module, [x, y], domain=ideal)[0], x[::-1] ** 2 + y)
        text = lower(module_text(module), backend=backend, entry_function="main", slots=SLOTS, target="ckks")
        if backend == "openfhe":
            lowered = parse_module(text)
            lowered.verify()
            np.testing.assert_allclose(run_program(lowered, [x, y], domain=ideal)[0], x[::-1] ** 2 + y)


def test_ciphertexts_may_be_carried_through_loops() -> None:
    def body(block: Block) -> SSAValue:
        bounds = [arith.ConstantOp(IntegerAttr(n, IndexType())) for n in (0, 3, 1)]
        block.add_ops(bounds)
        inner = Block(arg_types=[IndexType(), FRESH])
        added = hetorch.CAddOp(inner.args[1], block.args[0])
        inner.add_ops([added, scf.YieldOp(added.output)])
        low, high, step = (bound.result for bound in bounds)
        loop = scf.ForOp(low, high, step, [block.args[0]], Region(inner))
        block.add_op(loop)
        return loop.results[0]

    x, _ = inputs()
    np.testing.assert_allclose(run_program(convert(program(1, body)), [x])[0], 4 * x)


@pytest.mark.parametrize("element", [f32, f64])
def test_plaintexts_of_either_precision_are_encoded_as_they_are(element: Attribute) -> None:
    def body(block: Block) -> SSAValue:
        weights = splat(block, 0.5, TensorType(element, [SLOTS]))
        encoded = hetorch.EncodeOp(weights, LEVEL, SCALE)
        product = hetorch.PMultOp(block.args[0], encoded)
        block.add_ops([encoded, product])
        return product.output

    x, _ = inputs()
    module = convert(program(1, body))
    np.testing.assert_allclose(run_program(module, [x])[0], x / 2)
    text = lower(module_text(module), backend="openfhe", entry_function="main", slots=SLOTS, target="ckks")
    np.testing.assert_allclose(run_program(parse_module(text), [x])[0], x / 2)


def test_plaintexts_can_be_arguments() -> None:
    plaintext = PlaintextType.get(SLOTS, LEVEL, SCALE)
    block = Block(arg_types=[FRESH, plaintext])
    total = hetorch.PAddOp(*block.args)
    block.add_ops([total, func.ReturnOp(total.output)])
    function = func.FuncOp("main", ([FRESH, plaintext], [FRESH]), Region(block))
    module = convert(ModuleOp([function], program(2, quadratic).attributes))
    assert [t.name for t in function.function_type.inputs] == ["lwe.lwe_ciphertext", "lwe.lwe_plaintext"]
    assert find(module, ckks.ops.AddPlainOp)


@pytest.mark.parametrize(("backend", "added"), [("openfhe", {}), ("lattigo", {"encode": 1, "add_plain": 1})])
def test_a_negation_survives_both_back_ends(backend: str, added: dict[str, int]) -> None:
    def body(block: Block) -> SSAValue:
        op = hetorch.NegateOp(block.args[0])
        block.add_op(op)
        return op.output

    x, _ = inputs()
    module = convert(program(1, body), backend)
    run = execute(module, [x])
    np.testing.assert_array_equal(run.outputs[0], -x)
    assert run.counts == {"negate": 1, **added}
    lower(module_text(module), backend=backend, entry_function="main", slots=SLOTS, target="ckks")


def test_the_level_after_bootstrapping_is_that_of_the_type() -> None:
    def body(block: Block) -> SSAValue:
        low = hetorch.LevelReduceOp(block.args[0], LEVEL)
        high = hetorch.BootstrapOp(low, LEVEL - 1, SCALE)
        block.add_ops([low, high])
        return high.output

    x, _ = inputs()
    module = convert(program(1, body))
    (bootstrap,) = find(module, ckks.ops.BootstrapOp)
    assert bootstrap.properties == {}
    np.testing.assert_array_equal(run_program(module, [x])[0], x)


def test_a_scalar_constant_is_left_alone() -> None:
    module = program(2, quadratic)
    main = next(op for op in module.ops if isinstance(op, func.FuncOp))
    first = main.body.block.first_op
    assert first is not None
    main.body.block.insert_op_before(arith.ConstantOp(FloatAttr(2.0, f64)), first)
    assert find(convert(module), arith.ConstantOp)
