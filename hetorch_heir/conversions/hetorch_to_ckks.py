"""Conversion of ``hetorch`` to HEIR's ``ckks`` level.

Operation by operation: levels, scales and dimensions become rings, encodings and sizes of ``lwe`` types, over
the primes that the module's ``ckks.schemeParam`` gives. The heir-opt passes that then lower the module
without changing any of it are those of :mod:`hetorch_heir.heir`.

Before:

    builtin.module attributes {scheme.ckks, ckks.schemeParam = #ckks.scheme_param<logN = 13, …>} {
      func.func @main(%x: !ct_L1) -> !ct_L0 {
        %w = arith.constant dense<5.000000e-01> : tensor<4096xf64>
        %p = hetorch.encode %w : (tensor<4096xf64>) -> !pt_L1
        %0 = hetorch.rotate %x, 3 : (!ct_L1) -> !ct_L1
        %1 = hetorch.pmult %0, %p : (!ct_L1, !pt_L1) -> !ct_L1_1
        %2 = hetorch.rescale %1 : (!ct_L1_1) -> !ct_L0
        func.return %2 : !ct_L0
      }
      func.func @main__encrypt__arg0(%v: tensor<4096xf64>) -> !ct_L1 attributes {heir.interface = {…}} {
        %0 = hetorch.encrypt %v : (tensor<4096xf64>) -> !ct_L1
        func.return %0 : !ct_L1
      }
    }

After:

    builtin.module attributes {scheme.ckks, ckks.schemeParam = #ckks.scheme_param<…>, backend.openfhe} {
      func.func @main(%x: !ct_L1) -> !ct_L0 {
        %w = arith.constant dense<5.000000e-01> : tensor<4096xf64>
        %p = lwe.rlwe_encode %w <encoding = #inverse_canonical_encoding, ring = #ring_f64_1_x8192,
          level = 1, scale = 40> : tensor<4096xf64> -> !pt
        %0 = ckks.rotate %x <static_shift = 3 : index> : !ct_L1
        %1 = ckks.mul_plain %0, %p : (!ct_L1, !pt) -> !ct_L1_1
        %2 = ckks.rescale %1 <to_ring = #ring_rns_L0_1_x8192> : !ct_L1_1 -> !ct_L0
        func.return %2 : !ct_L0
      }
      func.func @main__encrypt__arg0(%v: tensor<4096xf64>, %pk: !pkey_L1) -> !ct_L1
          attributes {heir.interface = {…}} {
        %0 = lwe.rlwe_encode %v <encoding = #inverse_canonical_encoding, ring = #ring_f64_1_x8192,
          level = 1, scale = 40> : tensor<4096xf64> -> !pt
        %1 = lwe.rlwe_encrypt %0, %pk : (!pt, !pkey_L1) -> !ct_L1
        func.return %1 : !ct_L1
      }
    }

A function that encrypts or decrypts gets the key as its last argument.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from he_dialects import ckks, hetorch, lwe
from he_dialects.ckks import CKKSTypes
from xdsl.context import Context
from xdsl.dialects import arith, func
from xdsl.dialects.builtin import (
    DenseArrayBase,
    DenseIntOrFPElementsAttr,
    DictionaryAttr,
    FunctionType,
    IndexType,
    IntegerAttr,
    ModuleOp,
    TensorType,
    f64,
    i32,
    i64,
)
from xdsl.ir import Attribute, Block, Operation, SSAValue
from xdsl.passes import ModulePass
from xdsl.rewriter import Rewriter

from hetorch_heir.conversions.checks import (
    mark_backend,
    refuse,
    require_backend,
    scheme_parameters,
    verify_modulus_chain,
)
from hetorch_heir.core.input_range import keep_input_range


@dataclass(frozen=True)
class ConvertHetorchToCkksPass(ModulePass):
    """Convert ``hetorch`` to ``ckks`` and ``lwe``."""

    name = "convert-hetorch-to-ckks"

    backend: str = "openfhe"
    """The back end that HEIR will lower to: openfhe or lattigo."""

    def apply(self, ctx: Context, op: ModuleOp) -> None:
        require_backend(self.backend)
        parameters = scheme_parameters(op)
        verify_modulus_chain(op, parameters.primes)
        types = CKKSTypes(parameters)
        for function in tuple(op.ops):
            if isinstance(function, func.FuncOp):
                _FunctionConverter(function, types, self.backend).convert()
        mark_backend(op, self.backend)


BINARY: dict[type[Operation], type[Operation]] = {
    hetorch.CAddOp: ckks.ops.AddOp,
    hetorch.CSubOp: ckks.ops.SubOp,
    hetorch.CMultOp: ckks.ops.MulOp,
    hetorch.PAddOp: ckks.ops.AddPlainOp,
    hetorch.PSubOp: ckks.ops.SubPlainOp,
    hetorch.PMultOp: ckks.ops.MulPlainOp,
}
"""Operations that only change their name."""


class _FunctionConverter:
    """Converts one function in place."""

    def __init__(self, function: func.FuncOp, types: CKKSTypes, backend: str) -> None:
        self.function = function
        self.types = types
        self.backend = backend
        self.zeros: dict[tuple[Block, hetorch.CiphertextType], SSAValue] = {}
        self.originals: dict[SSAValue, Attribute] = {}
        """The types that converted values had."""

    def convert(self) -> None:
        """Replace the operations, then the types of everything else."""
        converters: dict[type[Operation], Callable[..., Operation]] = {
            hetorch.EncodeOp: self._encode,
            hetorch.EncryptOp: self._encrypt,
            hetorch.DecryptOp: self._decrypt,
            hetorch.NegateOp: self._negate,
            hetorch.RotateOp: self._rotate,
            hetorch.RescaleOp: self._rescale,
            hetorch.RelinearizeOp: self._relinearize,
            hetorch.LevelReduceOp: self._level_reduce,
            hetorch.BootstrapOp: self._bootstrap,
        }
        for op in tuple(self.function.walk()):
            if isinstance(op, hetorch.HETorchOp):
                converter = converters.get(type(op))
                self._replace(op, self._rename(op) if converter is None else converter(op))
        for op in tuple(self.function.walk()):
            self._convert_types(op)
        self._convert_signature()

    def _replace(self, op: Operation, new: Operation) -> None:
        """Put ``new`` in the place of ``op``; operations that it needs stand before ``op`` already."""
        block = op.parent
        assert block is not None
        new.location = op.location
        keep_input_range(new, op)
        for old_result, result in zip(op.results, new.results, strict=True):
            result.name_hint = old_result.name_hint
            self.originals[result] = old_result.type
            old_result.replace_all_uses_with(result)
        block.insert_op_before(new, op)
        op.detach()
        op.erase()

    # Types

    def _type(self, old: Attribute) -> Attribute:
        """The type of a value that was of type ``old``."""
        match old:
            case hetorch.CiphertextType():
                return self.types.ciphertext(old.level, old.scale, old.dimension)
            case hetorch.PlaintextType():
                return self.types.plaintext(old.scale)
            case _:
                return old

    def _ciphertext(self, value: SSAValue) -> hetorch.CiphertextType:
        """The type that a ciphertext has, or had before its conversion."""
        ciphertext = self.originals.get(value, value.type)
        assert isinstance(ciphertext, hetorch.CiphertextType)
        return ciphertext

    def _convert_types(self, op: Operation) -> None:
        for result in op.results:
            if isinstance(result.type, hetorch.Packed):
                Rewriter.replace_value_with_new_type(result, self._type(result.type))
        for region in op.regions:
            for block in region.blocks:
                for argument in block.args:
                    if isinstance(argument.type, hetorch.Packed):
                        Rewriter.replace_value_with_new_type(argument, self._type(argument.type))

    def _convert_signature(self) -> None:
        """Make the function's type that of its block, where a key may have been added."""
        old = self.function.function_type
        inputs = [self._type(t) for t in old.inputs]
        if not self.function.is_declaration:
            inputs = [argument.type for argument in self.function.args]
        self.function.properties["function_type"] = FunctionType.from_lists(
            inputs, [self._type(t) for t in old.outputs]
        )

    # Operations

    def _rename(self, op: hetorch.HETorchOp) -> Operation:
        return BINARY[type(op)].create(operands=op.operands, result_types=[self._type(op.results[0].type)])

    def _encode(self, op: hetorch.EncodeOp) -> Operation:
        return self._encoding(op.input, op.output.type)

    def _encoding(self, values: SSAValue, to: hetorch.Packed) -> Operation:
        """The encoding of ``values`` for ciphertexts of the level and scale of ``to``."""
        return lwe.ops.RLWEEncodeOp.create(
            operands=[values],
            result_types=[self.types.plaintext(to.scale)],
            properties={
                "encoding": self.types.encoding(to.scale),
                "ring": self.types.plaintext_ring,
                "level": IntegerAttr(to.level, i64),
                "scale": IntegerAttr(to.scale, i64),
            },
        )

    def _encrypt(self, op: hetorch.EncryptOp) -> Operation:
        to = op.output.type
        plaintext = self._before(op, self._encoding(op.input, to))
        key = self._key(op, self.types.public_key(to.level), "pk")
        return lwe.ops.RLWEEncryptOp.create(operands=[plaintext, key], result_types=[self._type(to)])

    def _decrypt(self, op: hetorch.DecryptOp) -> Operation:
        encrypted = self._ciphertext(op.input)
        key = self._key(op, self.types.secret_key(encrypted.level), "sk")
        plaintext = self._before(
            op,
            lwe.ops.RLWEDecryptOp.create(
                operands=[op.input, key], result_types=[self.types.plaintext(encrypted.scale)]
            ),
        )
        return lwe.ops.RLWEDecodeOp.create(
            operands=[plaintext],
            result_types=[op.output.type],
            properties={
                "encoding": self.types.encoding(encrypted.scale),
                "ring": self.types.plaintext_ring,
            },
        )

    def _negate(self, op: hetorch.NegateOp) -> Operation:
        ciphertext = self._ciphertext(op.input)
        result = self._type(ciphertext)
        if self.backend == "openfhe":
            return ckks.ops.NegateOp.create(operands=[op.input], result_types=[result])
        # heir-opt can't lower a negation to Lattigo, but makes one of a difference from zero.
        zero = self._zero(op, ciphertext)
        return ckks.ops.SubPlainOp.create(operands=[zero, op.input], result_types=[result])

    def _zero(self, user: Operation, like: hetorch.CiphertextType) -> SSAValue:
        """A plaintext of zeros to combine with a ciphertext of type ``like``."""
        block = user.parent
        assert block is not None
        key = (block, like.replace(dimension=2))
        if key not in self.zeros:
            zeros = DenseIntOrFPElementsAttr.from_list(TensorType(f64, [like.slots]), [0.0])
            constant = self._before(user, arith.ConstantOp(zeros))
            self.zeros[key] = self._before(user, self._encoding(constant, like))
        return self.zeros[key]

    def _rotate(self, op: hetorch.RotateOp) -> Operation:
        return ckks.ops.RotateOp.create(
            operands=[op.input],
            result_types=[self._type(op.output.type)],
            properties={"static_shift": IntegerAttr(op.steps.value.data, IndexType())},
        )

    def _rescale(self, op: hetorch.RescaleOp) -> Operation:
        return ckks.ops.RescaleOp.create(
            operands=[op.input],
            result_types=[self._type(op.output.type)],
            properties={"to_ring": self.types.ring(op.output.type.level)},
        )

    def _relinearize(self, op: hetorch.RelinearizeOp) -> Operation:
        dimension = self._ciphertext(op.input).dimension
        return ckks.ops.RelinearizeOp.create(
            operands=[op.input],
            result_types=[self._type(op.output.type)],
            properties={
                "from_basis": DenseArrayBase.from_list(i32, range(dimension)),
                "to_basis": DenseArrayBase.from_list(i32, [0, 1]),
            },
        )

    def _level_reduce(self, op: hetorch.LevelReduceOp) -> Operation:
        return ckks.ops.LevelReduceOp.create(
            operands=[op.input],
            result_types=[self._type(op.output.type)],
            properties={"levelToDrop": op.levels},
        )

    def _bootstrap(self, op: hetorch.BootstrapOp) -> Operation:
        # The level is in the result's type only: neither back end takes it as a property.
        return ckks.ops.BootstrapOp.create(operands=[op.input], result_types=[self._type(op.output.type)])

    # Small things put before an operation, or into the signature

    def _before(self, user: Operation, new: Operation) -> SSAValue:
        block = user.parent
        assert block is not None
        new.location = user.location
        block.insert_op_before(new, user)
        return new.results[0]

    def _key(self, user: Operation, key_type: Attribute, name: str) -> SSAValue:
        """The function's argument for a key."""
        if user.parent_op() is not self.function:
            raise refuse(user, "is inside a loop or branch: keys are known at the level of the function")
        for argument in self.function.args:
            if argument.type == key_type:
                return argument
        block = self.function.body.block
        argument = block.insert_arg(key_type, len(block.args), user.location)
        argument.name_hint = name
        if self.function.arg_attrs is not None:
            self.function.arg_attrs = type(self.function.arg_attrs)(
                [*self.function.arg_attrs, DictionaryAttr({})]
            )
        return argument
