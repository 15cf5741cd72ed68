"""Conversion of ``hetorch`` to HEIR's ``secret`` level.

Every level, scale, rescale, relinearization and bootstrap stays where it is: each value says its own in
``mgmt.mgmt``, and ``mgmt.init`` says at which level and scale a plaintext is encoded. The heir-opt passes
that then lower the module without changing any of it are those of :mod:`hetorch_heir.heir`.

Before:

    builtin.module attributes {scheme.ckks, ckks.schemeParam = #ckks.scheme_param<…>} {
      func.func @main(%x: !ct_L1) -> !ct_L0 {
        %w = arith.constant dense<5.000000e-01> : tensor<8xf32>
        %p = hetorch.encode %w : (tensor<8xf32>) -> !pt_L1
        %0 = hetorch.rotate %x, 3 : (!ct_L1) -> !ct_L1
        %1 = hetorch.pmult %0, %p : (!ct_L1, !pt_L1) -> !ct_L1_1
        %2 = hetorch.rescale %1 : (!ct_L1_1) -> !ct_L0
        func.return %2 : !ct_L0
      }
    }

After:

    builtin.module attributes {scheme.ckks, ckks.schemeParam = #ckks.scheme_param<…>, backend.openfhe} {
      func.func @main(%x: !secret.secret<tensor<8xf32>> {mgmt.mgmt = #mgmt_L1_S40})
          -> (!secret.secret<tensor<8xf32>> {mgmt.mgmt = #mgmt_L0_S40}) {
        %w = arith.constant dense<5.000000e-01> : tensor<8xf32>
        %p = mgmt.init %w {mgmt.mgmt = #mgmt_L1_S40} : tensor<8xf32>
        %c3 = arith.constant 3 : index
        %0 = secret.generic(%x: !secret.secret<tensor<8xf32>>) {
        ^body(%input0: tensor<8xf32>):
          %1 = tensor_ext.rotate %input0, %c3 {mgmt.mgmt = #mgmt_L1_S40} : tensor<8xf32>, index
          %2 = arith.mulf %1, %p {mgmt.mgmt = #mgmt_L1_S80} : tensor<8xf32>
          %3 = mgmt.modreduce %2 {mgmt.mgmt = #mgmt_L0_S40} : tensor<8xf32>
          secret.yield %3 : tensor<8xf32>
        } -> (!secret.secret<tensor<8xf32>> {mgmt.mgmt = #mgmt_L0_S40})
        func.return %0 : !secret.secret<tensor<8xf32>>
      }
    }
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from he_dialects import hetorch, mgmt, secret, tensor_ext
from xdsl.context import Context
from xdsl.dialects import arith, func
from xdsl.dialects.builtin import (
    ArrayAttr,
    DenseIntOrFPElementsAttr,
    DictionaryAttr,
    Float32Type,
    Float64Type,
    FunctionType,
    IndexType,
    IntegerAttr,
    ModuleOp,
    TensorType,
    f32,
    f64,
)
from xdsl.ir import Attribute, Block, Operation, Region, SSAValue
from xdsl.passes import ModulePass

from hetorch_heir.conversions.checks import (
    mark_backend,
    refuse,
    require_backend,
    scheme_parameters,
    verify_modulus_chain,
)
from hetorch_heir.core.input_range import keep_input_range


@dataclass(frozen=True)
class ConvertHetorchToSecretPass(ModulePass):
    """Convert ``hetorch`` to ``secret``, ``mgmt``, ``tensor_ext`` and ``arith``."""

    name = "convert-hetorch-to-secret"

    backend: str = "openfhe"
    """The back end that HEIR will lower to: openfhe or lattigo."""

    def apply(self, ctx: Context, op: ModuleOp) -> None:
        require_backend(self.backend)
        verify_modulus_chain(op, scheme_parameters(op).q.get_values())
        element_type = _element_type(op)
        for function in tuple(op.ops):
            if isinstance(function, func.FuncOp):
                _FunctionConverter(function, element_type, self.backend).convert()
        mark_backend(op, self.backend)


def _element_type(module: ModuleOp) -> Float32Type | Float64Type:
    """The type of cleartexts: f64 where any plaintext needs it, since all of them must be of one type."""
    for op in module.walk():
        if isinstance(op, hetorch.EncodeOp | hetorch.EncryptOp) and _is_wide(op.input.type):
            return f64
    return f32


def _mgmt(packed: hetorch.Packed) -> dict[str, Attribute]:
    """The attribute dictionary that says what a value of type ``packed`` looks like."""
    dimension = packed.dimension if isinstance(packed, hetorch.CiphertextType) else 2
    return {mgmt.MGMT: mgmt.MgmtAttr.get(packed.level, packed.scale, dimension)}


ARITHMETIC: dict[type[Operation], type[arith.AddfOp | arith.SubfOp | arith.MulfOp]] = {
    hetorch.CAddOp: arith.AddfOp,
    hetorch.CSubOp: arith.SubfOp,
    hetorch.CMultOp: arith.MulfOp,
    hetorch.PAddOp: arith.AddfOp,
    hetorch.PSubOp: arith.SubfOp,
    hetorch.PMultOp: arith.MulfOp,
}
"""Operations that become cleartext arithmetic."""

MAINTENANCE: dict[type[Operation], type[mgmt.MgmtOp]] = {
    hetorch.RescaleOp: mgmt.ModReduceOp,
    hetorch.RelinearizeOp: mgmt.RelinearizeOp,
    hetorch.BootstrapOp: mgmt.BootstrapOp,
}
"""Operations that have a counterpart in ``mgmt``."""


class _FunctionConverter:
    """Converts one function: what runs on the host stays, what is homomorphic goes into one generic."""

    def __init__(self, function: func.FuncOp, element_type: Float32Type | Float64Type, backend: str) -> None:
        self.function = function
        self.element_type = element_type
        self.backend = backend
        self.block = Block()
        """The new body of the function."""
        self.body = Block()
        """The body of the ``secret.generic``."""
        self.secrets: dict[SSAValue, SSAValue] = {}
        """Ciphertexts outside the generic: the function's arguments, and what it encrypts."""
        self.cleartexts: dict[SSAValue, SSAValue] = {}
        """Ciphertexts as the generic's body has them, and encoded plaintexts."""
        self.inputs: list[SSAValue] = []
        """Ciphertexts that the generic takes, in the order of its arguments."""
        self.indices: dict[int, SSAValue] = {}
        self.zeros: dict[hetorch.CiphertextType, SSAValue] = {}

    def convert(self) -> None:
        """Replace the function, if anything in it is homomorphic."""
        function = self.function
        types = (*function.function_type.inputs, *function.function_type.outputs)
        if function.is_declaration or not any(isinstance(t, hetorch.Packed) for t in types):
            if any(_is_homomorphic(op) for op in function.walk()):
                raise refuse(function, "has homomorphic operations, but no ciphertext argument or result")
            return
        for argument in function.args:
            new = self.block.insert_arg(self._type(argument.type), len(self.block.args), argument.location)
            new.name_hint = argument.name_hint
            if isinstance(argument.type, hetorch.CiphertextType):
                self.secrets[argument] = new
            else:
                argument.replace_all_uses_with(new)
        for op in tuple(function.body.block.ops):
            self._convert_op(op)
        self._replace_function()

    def _convert_op(self, op: Operation) -> None:
        match op:
            case func.ReturnOp():
                self._return(op)
            case hetorch.EncodeOp():
                value = self._as_element_type(op.input, op)
                self.cleartexts[op.output] = self._host(
                    mgmt.InitOp(value, attributes=_mgmt(op.output.type)), op
                )
            case hetorch.EncryptOp():
                value = self._as_element_type(op.input, op)
                self.secrets[op.output] = self._host(
                    secret.ConcealOp(value, attributes=_mgmt(op.output.type)), op
                )
            case hetorch.DecryptOp():
                if op.input not in self.secrets:
                    raise refuse(op, "decrypts a computed value: decryption needs a function of its own")
                clear = self._host(secret.RevealOp(self.secrets[op.input]), op)
                if op.output.type != clear.type:
                    clear = self._host(_resized(clear, op.output.type), op)
                op.output.replace_all_uses_with(clear)
            case hetorch.HETorchOp():
                self._convert_homomorphic(op)
            case _ if _is_homomorphic(op):
                raise refuse(op, "has ciphertexts or plaintexts: only straight-line code can be converted")
            case _:
                op.detach()
                self.block.add_op(op)

    def _convert_homomorphic(self, op: hetorch.HETorchOp) -> None:
        operands = [self._cleartext(operand, op) for operand in op.operands]
        packed = op.results[0].type
        assert isinstance(packed, hetorch.CiphertextType)
        attributes = _mgmt(packed)
        new: Operation
        match op:
            case hetorch.RotateOp():
                shift = self._index(op.steps.value.data)
                new = tensor_ext.RotateOp(operands[0], shift, attributes=attributes)
            case hetorch.LevelReduceOp():
                levels = {"levelToDrop": op.levels}
                new = mgmt.LevelReduceOp(operands[0], properties=levels, attributes=attributes)
            case hetorch.NegateOp() if self.backend == "openfhe":
                new = arith.NegfOp(operands[0])
            case hetorch.NegateOp():
                # heir-opt can't lower a negation to Lattigo, but makes one of a difference from zero.
                new = arith.SubfOp(self._zero(packed), operands[0])
            case _ if type(op) in MAINTENANCE:
                new = MAINTENANCE[type(op)](operands[0], attributes=attributes)
            case _:
                left, right = operands
                new = ARITHMETIC[type(op)](left, right)
        new.attributes.update(attributes)
        new.location = op.location
        keep_input_range(new, op)
        new.results[0].name_hint = op.results[0].name_hint
        self.body.add_op(new)
        self.cleartexts[op.results[0]] = new.results[0]

    def _cleartext(self, value: SSAValue, user: Operation) -> SSAValue:
        """``value`` inside the generic."""
        if value not in self.cleartexts:
            if value not in self.secrets or value not in self.function.args:
                raise refuse(user, "computes with what its own function encrypts")
            argument = self.body.insert_arg(self._clear_type(value.type), len(self.body.args))
            argument.name_hint = f"input{len(self.inputs)}"
            self.cleartexts[value] = argument
            self.inputs.append(value)
        return self.cleartexts[value]

    def _return(self, op: func.ReturnOp) -> None:
        computed = list(dict.fromkeys(v for v in op.operands if self._is_computed(v)))
        if self.body.ops:
            self._finish_generic(computed)
        returned = [self.secrets.get(operand, operand) for operand in op.operands]
        new = func.ReturnOp(*returned)
        new.location = op.location
        self.block.add_op(new)

    def _is_computed(self, value: SSAValue) -> bool:
        return isinstance(value.type, hetorch.CiphertextType) and value not in self.secrets

    def _finish_generic(self, computed: list[SSAValue]) -> None:
        """Put the generic into the function; ``computed`` are the ciphertexts that it returns."""
        self.body.add_op(secret.YieldOp(*(self.cleartexts[value] for value in computed)))
        generic = secret.GenericOp(
            [self.secrets[value] for value in self.inputs],
            [self._type(value.type) for value in computed],
            Region(self.body),
            result_attributes=[_mgmt(hetorch.ciphertext_type(value)) for value in computed],
            location=self.function.location,
        )
        self.body.name_hint = "body"
        self.block.add_op(generic)
        for value, result in zip(computed, generic.outputs, strict=True):
            result.name_hint = value.name_hint
            self.secrets[value] = result

    def _replace_function(self) -> None:
        old = self.function
        inputs, outputs = old.function_type.inputs, old.function_type.outputs
        new = func.FuncOp(
            old.sym_name.data,
            FunctionType.from_lists([self._type(t) for t in inputs], [self._type(t) for t in outputs]),
            Region(self.block),
            old.sym_visibility,
            arg_attrs=_with_mgmt(old.arg_attrs, inputs.data),
            res_attrs=_with_mgmt(old.res_attrs, outputs.data),
        )
        new.attributes = dict(old.attributes)
        new.location = old.location
        parent = old.parent
        assert parent is not None
        parent.insert_op_before(new, old)
        old.detach()
        old.erase()

    # Small things put into the function before the generic

    def _host(self, new: Operation, origin: Operation) -> SSAValue:
        new.location = origin.location
        new.results[0].name_hint = origin.results[0].name_hint
        self.block.add_op(new)
        return new.results[0]

    def _constant(self, value: IntegerAttr[Any] | DenseIntOrFPElementsAttr[Any], name: str) -> SSAValue:
        constant = arith.ConstantOp(value)
        constant.result.name_hint = name
        self.block.add_op(constant)
        return constant.result

    def _index(self, steps: int) -> SSAValue:
        if steps not in self.indices:
            self.indices[steps] = self._constant(IntegerAttr(steps, IndexType()), f"c{steps}")
        return self.indices[steps]

    def _zero(self, packed: hetorch.CiphertextType) -> SSAValue:
        """A plaintext of zeros to subtract a ciphertext of type ``packed`` from."""
        if packed not in self.zeros:
            zero = DenseIntOrFPElementsAttr.from_list(self._clear_type(packed), [0.0])
            init = mgmt.InitOp(self._constant(zero, "zero"), attributes=_mgmt(packed.replace(dimension=2)))
            self.block.add_op(init)
            self.zeros[packed] = init.output
        return self.zeros[packed]

    def _as_element_type(self, value: SSAValue, user: Operation) -> SSAValue:
        wanted = self._clear_type(user.results[0].type)
        return value if value.type == wanted else self._host(_resized(value, wanted), user)

    def _clear_type(self, packed: Attribute) -> TensorType[Float32Type | Float64Type]:
        assert isinstance(packed, hetorch.Packed)
        return TensorType(self.element_type, [packed.slots])

    def _type(self, value_type: Attribute) -> Attribute:
        """The type of a value of ``value_type`` outside the generic."""
        if isinstance(value_type, hetorch.CiphertextType):
            return secret.SecretType(self._clear_type(value_type))
        return value_type


def _resized(value: SSAValue, wanted: Attribute) -> Operation:
    """The operation that turns a tensor of f32 into one of f64, or the other way round."""
    return (arith.ExtFOp if _is_wide(wanted) else arith.TruncFOp)(value, wanted)


def _is_wide(tensor: Attribute) -> bool:
    return isinstance(tensor, TensorType) and tensor.get_element_type() == f64


def _is_homomorphic(op: Operation) -> bool:
    return any(
        isinstance(value.type, hetorch.Packed)
        for inner in op.walk()
        for value in (*inner.operands, *inner.results)
    )


def _with_mgmt(
    dictionaries: ArrayAttr[DictionaryAttr] | None, types: tuple[Attribute, ...]
) -> ArrayAttr[DictionaryAttr] | None:
    """Attributes of arguments or results, with ``mgmt.mgmt`` for those that are ciphertexts."""
    existing = [d.data for d in dictionaries] if dictionaries is not None else [{} for _ in types]
    if dictionaries is None and not any(isinstance(t, hetorch.CiphertextType) for t in types):
        return None
    return ArrayAttr(
        DictionaryAttr({**old, **_mgmt(t)} if isinstance(t, hetorch.CiphertextType) else old)
        for old, t in zip(existing, types, strict=True)
    )
