"""HEIR's ``preprocessing`` dialect: plaintexts prepared ahead, and constants kept in files.

    %e = tensor.empty() : tensor<16x4096xf32>
    %w = preprocessing.load_resource "weights/fc1.bin" into %e : (tensor<16x4096xf32>) -> tensor<16x4096xf32>

https://heir.dev/docs/dialects/preprocessing/
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Self, cast

from xdsl.dialects.builtin import (
    DYNAMIC_INDEX,
    I32,
    ArrayAttr,
    IndexType,
    IntegerAttr,
    LocationAttr,
    MemRefType,
    StringAttr,
    TensorType,
    i32,
)
from xdsl.ir import Attribute, Dialect, Operation, ParametrizedAttribute, SSAValue, TypeAttribute
from xdsl.irdl import (
    IRDLOperation,
    irdl_attr_definition,
    irdl_op_definition,
    operand_def,
    prop_def,
    result_def,
    traits_def,
    var_operand_def,
)
from xdsl.parser import AttrParser, Parser, UnresolvedOperand
from xdsl.printer import Printer
from xdsl.traits import MemoryAllocEffect, MemoryReadEffect, MemoryWriteEffect, Pure
from xdsl.utils.exceptions import VerifyException


@irdl_attr_definition
class StorageType(ParametrizedAttribute, TypeAttribute):
    """Storage for prepared plaintexts, which may be of several types."""

    name = "preprocessing.storage"

    element_types: ArrayAttr[Attribute]

    @classmethod
    def parse_parameters(cls, parser: AttrParser) -> Sequence[Attribute]:
        types = parser.parse_comma_separated_list(parser.Delimiter.ANGLE, parser.parse_type)
        return (ArrayAttr(types),)

    def print_parameters(self, printer: Printer) -> None:
        with printer.in_angle_brackets():
            printer.print_list(self.element_types, printer.print_attribute)


def _parse_storage_type(parser: Parser) -> StorageType:
    """The type of a storage where no other is possible: ``<…>`` without its name."""
    storage = parser.parse_optional_type()
    if storage is None:
        return StorageType.new(StorageType.parse_parameters(parser))
    if not isinstance(storage, StorageType):
        parser.raise_error(f"expected a type {StorageType.name}, got {storage}")
    return storage


@irdl_op_definition
class EmptyOp(IRDLOperation):
    """A new storage of a size to be determined."""

    name = "preprocessing.empty"

    storage = result_def(StorageType)
    traits = traits_def(MemoryAllocEffect())

    @classmethod
    def parse(cls, parser: Parser) -> Self:
        attributes = parser.parse_optional_attr_dict()
        parser.parse_punctuation(":")
        return cls.create(result_types=(_parse_storage_type(parser),), attributes=attributes)

    def print(self, printer: Printer) -> None:
        printer.print_op_attributes(self.attributes)
        printer.print_string(" : ")
        self.storage.type.print_parameters(printer)


def _storage_type(storage: SSAValue) -> StorageType:
    storage_type = storage.type
    assert isinstance(storage_type, StorageType)
    return storage_type


def _verify_site(storage: SSAValue, element_type: Attribute, value: SSAValue) -> None:
    """Check what ``store`` and ``load`` have in common: a value of one of the storage's types."""
    if element_type not in _storage_type(storage).element_types:
        raise VerifyException(
            f"element type {element_type} is not one of the storage's types, {storage.type}"
        )
    if value.type != element_type:
        raise VerifyException(f"value type {value.type} is not the element type {element_type}")


def _parse_place(
    parser: Parser,
) -> tuple[UnresolvedOperand, list[UnresolvedOperand], dict[str, Attribute]]:
    """``%storage[%i, %j] site 3<type>``: storage, indices, and the properties."""
    storage = parser.parse_unresolved_operand()
    indices = parser.parse_comma_separated_list(parser.Delimiter.SQUARE, parser.parse_unresolved_operand)
    parser.parse_keyword("site")
    site = IntegerAttr(parser.parse_integer(), i32)
    with parser.in_angle_brackets():
        element_type = parser.parse_type()
    return storage, indices, {"site_id": site, "element_type": element_type}


def _print_place(printer: Printer, op: StoreOp | LoadOp) -> None:
    printer.print_operand(op.storage)
    with printer.in_square_brackets():
        printer.print_list(op.indices, printer.print_operand)
    printer.print_string(f" site {op.site_id.value.data}")
    with printer.in_angle_brackets():
        printer.print_attribute(op.element_type)
    printer.print_op_attributes(op.attributes)


@irdl_op_definition
class StoreOp(IRDLOperation):
    """Stores a value; the site is the encoding operation that it comes from, the indices its loops'."""

    name = "preprocessing.store"

    value = operand_def()
    storage = operand_def(StorageType)
    indices = var_operand_def(IndexType)
    site_id = prop_def(IntegerAttr[I32])
    element_type = prop_def(Attribute)
    traits = traits_def(MemoryWriteEffect())

    @classmethod
    def parse(cls, parser: Parser) -> Self:
        value = parser.parse_unresolved_operand()
        parser.parse_punctuation(",")
        storage, indices, properties = _parse_place(parser)
        attributes = parser.parse_optional_attr_dict()
        parser.parse_punctuation(":")
        value_type = parser.parse_type()
        parser.parse_punctuation(",")
        storage_type = _parse_storage_type(parser)
        operands = (
            parser.resolve_operand(value, value_type),
            parser.resolve_operand(storage, storage_type),
            *(parser.resolve_operand(index, IndexType()) for index in indices),
        )
        return cls.create(operands=operands, properties=properties, attributes=attributes)

    def print(self, printer: Printer) -> None:
        printer.print_string(" ")
        printer.print_operand(self.value)
        printer.print_string(", ")
        _print_place(printer, self)
        printer.print_string(" : ")
        printer.print_attribute(self.value.type)
        printer.print_string(", ")
        _storage_type(self.storage).print_parameters(printer)

    def verify_(self) -> None:
        _verify_site(self.storage, self.element_type, self.value)


@irdl_op_definition
class LoadOp(IRDLOperation):
    """Loads what was stored for a site and indices."""

    name = "preprocessing.load"

    storage = operand_def(StorageType)
    indices = var_operand_def(IndexType)
    result = result_def()
    site_id = prop_def(IntegerAttr[I32])
    element_type = prop_def(Attribute)
    traits = traits_def(MemoryReadEffect())

    @classmethod
    def parse(cls, parser: Parser) -> Self:
        storage, indices, properties = _parse_place(parser)
        attributes = parser.parse_optional_attr_dict()
        parser.parse_punctuation(":")
        storage_type = _parse_storage_type(parser)
        parser.parse_punctuation(",")
        result_type = parser.parse_type()
        operands = (
            parser.resolve_operand(storage, storage_type),
            *(parser.resolve_operand(index, IndexType()) for index in indices),
        )
        return cls.create(
            operands=operands, result_types=(result_type,), properties=properties, attributes=attributes
        )

    def print(self, printer: Printer) -> None:
        printer.print_string(" ")
        _print_place(printer, self)
        printer.print_string(" : ")
        _storage_type(self.storage).print_parameters(printer)
        printer.print_string(", ")
        printer.print_attribute(self.result.type)

    def verify_(self) -> None:
        _verify_site(self.storage, self.element_type, self.result)


@irdl_op_definition
class LoadResourceOp(IRDLOperation):
    """The content of a raw little-endian file as a tensor; the operand gives it a place."""

    name = "preprocessing.load_resource"

    destination = operand_def(TensorType | MemRefType)
    result = result_def(TensorType | MemRefType)
    path = prop_def(StringAttr)

    traits = traits_def(Pure())
    assembly_format = "$path `into` $destination attr-dict `:` functional-type(operands, results)"

    def __init__(
        self, path: str, destination: SSAValue | Operation, *, location: LocationAttr | None = None
    ) -> None:
        """``path`` is relative to the folder from which the program runs."""
        super().__init__(
            operands=(destination,),
            result_types=(SSAValue.get(destination).type,),
            properties={"path": StringAttr(path)},
        )
        if location is not None:
            self.location = location

    def verify_(self) -> None:
        if self.destination.type != self.result.type:
            raise VerifyException(
                f"destination and result must have one type, got {self.destination.type} "
                f"and {self.result.type}"
            )
        if DYNAMIC_INDEX in cast("TensorType[Attribute]", self.result.type).get_shape():
            raise VerifyException(f"destination type {self.result.type} must have a static shape")


Preprocessing = Dialect("preprocessing", [EmptyOp, StoreOp, LoadOp, LoadResourceOp], [StorageType])
