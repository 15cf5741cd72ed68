"""The operations of the ``hetorch`` dialect."""

from __future__ import annotations

from abc import ABC
from collections.abc import Mapping
from typing import ClassVar, TypeAlias

from xdsl.dialects.builtin import I64, Float32Type, Float64Type, IntegerAttr, LocationAttr, TensorType
from xdsl.ir import Operation, SSAValue
from xdsl.irdl import attr_def, irdl_op_definition, operand_def, result_def
from xdsl.utils.exceptions import VerifyException

from he_dialects.hetorch.rules import (
    HETorchOp,
    ciphertext_type,
    plaintext_type,
    require_result,
    require_slots,
    tensor_length,
)
from he_dialects.hetorch.types import CiphertextType, PlaintextType, i64_attr

Float: TypeAlias = Float32Type | Float64Type


class _CiphertextSum(HETorchOp, ABC):
    """Two ciphertexts of equal slots, level and scale; the longer one decides the dimension."""

    lhs = operand_def(CiphertextType)
    rhs = operand_def(CiphertextType)
    output = result_def(CiphertextType)

    assembly_format = "$lhs `,` $rhs attr-dict `:` functional-type(operands, results)"
    SHARED: ClassVar[tuple[str, ...]] = ("slots", "level", "scale")

    def __init__(
        self, lhs: SSAValue | Operation, rhs: SSAValue | Operation, *, location: LocationAttr | None = None
    ) -> None:
        left, right = ciphertext_type(lhs), ciphertext_type(rhs)
        result = left if left.dimension >= right.dimension else right
        super().__init__((lhs, rhs), result, location=location)

    def verify_scheme(self) -> None:
        longest = max(ciphertext_type(self.lhs).dimension, ciphertext_type(self.rhs).dimension)
        require_result("dimension", "the larger one of the operands'", longest, self.output.type.dimension)


@irdl_op_definition
class CAddOp(_CiphertextSum):
    """Slot-wise sum of two ciphertexts."""

    name = "hetorch.cadd"


@irdl_op_definition
class CSubOp(_CiphertextSum):
    """Slot-wise difference of two ciphertexts, ``lhs - rhs``."""

    name = "hetorch.csub"


@irdl_op_definition
class CMultOp(HETorchOp):
    """Slot-wise product of two ciphertexts, not relinearized and not rescaled."""

    name = "hetorch.cmult"

    lhs = operand_def(CiphertextType)
    rhs = operand_def(CiphertextType)
    output = result_def(CiphertextType)

    assembly_format = "$lhs `,` $rhs attr-dict `:` functional-type(operands, results)"
    SHARED: ClassVar[tuple[str, ...]] = ("slots", "level")

    def __init__(
        self, lhs: SSAValue | Operation, rhs: SSAValue | Operation, *, location: LocationAttr | None = None
    ) -> None:
        left, right = ciphertext_type(lhs), ciphertext_type(rhs)
        result = left.replace(scale=left.scale + right.scale, dimension=left.dimension + right.dimension - 1)
        super().__init__((lhs, rhs), result, location=location)

    def verify_scheme(self) -> None:
        left, right, result = ciphertext_type(self.lhs), ciphertext_type(self.rhs), self.output.type
        require_result("scale", "the sum of the operands'", left.scale + right.scale, result.scale)
        require_result(
            "dimension",
            "one less than the sum of the operands'",
            left.dimension + right.dimension - 1,
            result.dimension,
        )


class _PlaintextSum(HETorchOp, ABC):
    """A ciphertext and a plaintext of equal slots, level and scale."""

    lhs = operand_def(CiphertextType)
    rhs = operand_def(PlaintextType)
    output = result_def(CiphertextType)

    assembly_format = "$lhs `,` $rhs attr-dict `:` functional-type(operands, results)"
    SHARED: ClassVar[tuple[str, ...]] = ("slots", "level", "scale", "dimension")

    def __init__(
        self, lhs: SSAValue | Operation, rhs: SSAValue | Operation, *, location: LocationAttr | None = None
    ) -> None:
        super().__init__((lhs, rhs), ciphertext_type(lhs), location=location)


@irdl_op_definition
class PAddOp(_PlaintextSum):
    """Slot-wise sum of a ciphertext and a plaintext."""

    name = "hetorch.padd"


@irdl_op_definition
class PSubOp(_PlaintextSum):
    """Slot-wise difference of a ciphertext and a plaintext, ``lhs - rhs``."""

    name = "hetorch.psub"


@irdl_op_definition
class PMultOp(HETorchOp):
    """Slot-wise product of a ciphertext and a plaintext, not rescaled."""

    name = "hetorch.pmult"

    lhs = operand_def(CiphertextType)
    rhs = operand_def(PlaintextType)
    output = result_def(CiphertextType)

    assembly_format = "$lhs `,` $rhs attr-dict `:` functional-type(operands, results)"
    SHARED: ClassVar[tuple[str, ...]] = ("slots", "level", "dimension")

    def __init__(
        self, lhs: SSAValue | Operation, rhs: SSAValue | Operation, *, location: LocationAttr | None = None
    ) -> None:
        left = ciphertext_type(lhs)
        result = left.replace(scale=left.scale + plaintext_type(rhs).scale)
        super().__init__((lhs, rhs), result, location=location)

    def verify_scheme(self) -> None:
        scale = ciphertext_type(self.lhs).scale + plaintext_type(self.rhs).scale
        require_result("scale", "the sum of the operands'", scale, self.output.type.scale)


@irdl_op_definition
class NegateOp(HETorchOp):
    """Slot-wise negation."""

    name = "hetorch.negate"

    input = operand_def(CiphertextType)
    output = result_def(CiphertextType)

    assembly_format = "$input attr-dict `:` functional-type(operands, results)"
    SHARED: ClassVar[tuple[str, ...]] = ("slots", "level", "scale", "dimension")

    def __init__(self, input: SSAValue | Operation, *, location: LocationAttr | None = None) -> None:
        super().__init__((input,), ciphertext_type(input), location=location)


@irdl_op_definition
class RotateOp(HETorchOp):
    """Cyclic rotation of the slots to the left: ``out[i] = in[(i + steps) mod slots]``."""

    name = "hetorch.rotate"

    input = operand_def(CiphertextType)
    output = result_def(CiphertextType)
    steps = attr_def(IntegerAttr[I64])

    assembly_format = "$input `,` $steps attr-dict `:` functional-type(operands, results)"
    SHARED: ClassVar[tuple[str, ...]] = ("slots", "level", "scale", "dimension")
    DIMENSIONS: ClassVar[Mapping[str, int]] = {"input": 2, "output": 2}

    def __init__(
        self, input: SSAValue | Operation, steps: int, *, location: LocationAttr | None = None
    ) -> None:
        super().__init__((input,), ciphertext_type(input), {"steps": i64_attr(steps)}, location)

    def verify_scheme(self) -> None:
        steps, slots = self.steps.value.data, ciphertext_type(self.input).slots
        if not 0 < steps < slots:
            raise VerifyException(
                f"steps must be at least 1 and less than the number of slots: "
                f"got {steps} steps of {slots} slots"
            )


@irdl_op_definition
class RescaleOp(HETorchOp):
    """Division by the last prime of the modulus: one level less, and a smaller scale."""

    name = "hetorch.rescale"

    input = operand_def(CiphertextType)
    output = result_def(CiphertextType)

    assembly_format = "$input attr-dict `:` functional-type(operands, results)"
    SHARED: ClassVar[tuple[str, ...]] = ("slots", "dimension")

    def __init__(
        self, input: SSAValue | Operation, scale: int, *, location: LocationAttr | None = None
    ) -> None:
        """``scale``: log2 of the scale after division by the prime that is dropped."""
        ciphertext = ciphertext_type(input)
        result = ciphertext.replace(level=ciphertext.level - 1, scale=scale)
        super().__init__((input,), result, location=location)

    def verify_scheme(self) -> None:
        before, after = ciphertext_type(self.input), self.output.type
        if before.level == 0:
            raise VerifyException("a ciphertext at level 0 can't be rescaled: no prime is left to drop")
        require_result("level", "one less than the input's", before.level - 1, after.level)
        if after.scale >= before.scale:
            raise VerifyException(
                f"the scale must become smaller: input has scale {before.scale}, output has {after.scale}"
            )


@irdl_op_definition
class RelinearizeOp(HETorchOp):
    """Key switching of a product of two ciphertexts back to dimension 2."""

    name = "hetorch.relinearize"

    input = operand_def(CiphertextType)
    output = result_def(CiphertextType)

    assembly_format = "$input attr-dict `:` functional-type(operands, results)"
    SHARED: ClassVar[tuple[str, ...]] = ("slots", "level", "scale")
    DIMENSIONS: ClassVar[Mapping[str, int]] = {"input": 3, "output": 2}

    def __init__(self, input: SSAValue | Operation, *, location: LocationAttr | None = None) -> None:
        super().__init__((input,), ciphertext_type(input).replace(dimension=2), location=location)


@irdl_op_definition
class LevelReduceOp(HETorchOp):
    """Dropping of primes without division: fewer levels at the same scale."""

    name = "hetorch.level_reduce"

    input = operand_def(CiphertextType)
    output = result_def(CiphertextType)
    levels = attr_def(IntegerAttr[I64])

    assembly_format = "$input `,` $levels attr-dict `:` functional-type(operands, results)"
    SHARED: ClassVar[tuple[str, ...]] = ("slots", "scale", "dimension")

    def __init__(
        self, input: SSAValue | Operation, levels: int, *, location: LocationAttr | None = None
    ) -> None:
        ciphertext = ciphertext_type(input)
        result = ciphertext.replace(level=ciphertext.level - levels)
        super().__init__((input,), result, {"levels": i64_attr(levels)}, location)

    def verify_scheme(self) -> None:
        levels, before = self.levels.value.data, ciphertext_type(self.input).level
        if not 0 < levels <= before:
            raise VerifyException(
                f"levels must be at least 1 and at most the input's level: "
                f"got {levels} levels to drop of {before}"
            )
        require_result("level", f"the input's less {levels}", before - levels, self.output.type.level)


@irdl_op_definition
class BootstrapOp(HETorchOp):
    """Bootstrapping: a fresh ciphertext of the same values at a higher level."""

    name = "hetorch.bootstrap"

    input = operand_def(CiphertextType)
    output = result_def(CiphertextType)

    assembly_format = "$input attr-dict `:` functional-type(operands, results)"
    SHARED: ClassVar[tuple[str, ...]] = ("slots",)
    DIMENSIONS: ClassVar[Mapping[str, int]] = {"input": 2, "output": 2}

    def __init__(
        self,
        input: SSAValue | Operation,
        level: int,
        scale: int,
        *,
        location: LocationAttr | None = None,
    ) -> None:
        """``level`` and ``scale`` (log2): those of the result."""
        result = CiphertextType.get(ciphertext_type(input).slots, level, scale, 2)
        super().__init__((input,), result, location=location)


_SLOT_VALUES = TensorType[Float32Type | Float64Type]


@irdl_op_definition
class EncodeOp(HETorchOp):
    """Encoding of one value per slot as a plaintext."""

    name = "hetorch.encode"

    input = operand_def(_SLOT_VALUES)
    output = result_def(PlaintextType)

    assembly_format = "$input attr-dict `:` functional-type(operands, results)"

    def __init__(
        self,
        input: SSAValue | Operation,
        level: int,
        scale: int,
        *,
        location: LocationAttr | None = None,
    ) -> None:
        """``level`` and ``scale`` (log2): those of the plaintext."""
        result = PlaintextType.get(tensor_length(input), level, scale)
        super().__init__((input,), result, location=location)

    def verify_scheme(self) -> None:
        require_slots(self.input, self.output.type)


@irdl_op_definition
class EncryptOp(HETorchOp):
    """Encoding and encryption of one value per slot; for client functions."""

    name = "hetorch.encrypt"

    input = operand_def(_SLOT_VALUES)
    output = result_def(CiphertextType)

    assembly_format = "$input attr-dict `:` functional-type(operands, results)"
    DIMENSIONS: ClassVar[Mapping[str, int]] = {"output": 2}

    def __init__(
        self,
        input: SSAValue | Operation,
        level: int,
        scale: int,
        *,
        location: LocationAttr | None = None,
    ) -> None:
        """``level`` and ``scale`` (log2): those of the ciphertext."""
        result = CiphertextType.get(tensor_length(input), level, scale, 2)
        super().__init__((input,), result, location=location)

    def verify_scheme(self) -> None:
        require_slots(self.input, self.output.type)


@irdl_op_definition
class DecryptOp(HETorchOp):
    """Decryption and decoding to one value per slot; for client functions."""

    name = "hetorch.decrypt"

    input = operand_def(CiphertextType)
    output = result_def(_SLOT_VALUES)

    assembly_format = "$input attr-dict `:` functional-type(operands, results)"

    def __init__(
        self, input: SSAValue | Operation, element_type: Float, *, location: LocationAttr | None = None
    ) -> None:
        result = TensorType(element_type, [ciphertext_type(input).slots])
        super().__init__((input,), result, location=location)

    def verify_scheme(self) -> None:
        require_slots(self.output, ciphertext_type(self.input))
