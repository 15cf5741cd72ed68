"""Results of the compiler as bytes and back, without code in between.

What can be written are numbers, text, bytes, arrays, containers of such, and this project's own dataclasses
and enumerations. Nothing is called when bytes are read but the constructors of those, so that a file that
somebody has tampered with can at worst hold wrong numbers.

    bytes = magic, crc32 of all that follows, length of the tree, tree (JSON), arrays one after the other;
            each part is padded to 64 bytes, so that arrays are aligned
"""

from __future__ import annotations

import dataclasses
import json
import struct
import zlib
from collections.abc import Callable, Mapping
from enum import Enum
from importlib import import_module
from typing import Any, cast

import numpy as np
import numpy.typing as npt

MAGIC = b"HETORCH\x01"
"""What every record begins with; the last byte is the number of the format."""

_HEAD = struct.Struct("<8sIQ44x")
_ALIGNMENT = 64
_PACKAGE = "hetorch_heir"
_KIND = "is"
_PLAIN = (bool, int, float, str, type(None))

Tree = Any
"""What JSON holds."""


class NotRecordable(Exception):
    """A value is of a kind that no record can hold."""


class BrokenRecord(Exception):
    """Bytes are no record, or a damaged one, or of another version."""


def to_parts(value: object) -> list[bytes | memoryview]:
    """A value as bytes in several pieces, of which the large ones are the memory of its arrays.

    Raises:
        NotRecordable: the value holds something else than numbers, text, bytes, arrays, tuples, lists,
            dictionaries, frozen sets, and this project's dataclasses and enumerations.
    """
    writer = _Writer()
    tree = json.dumps(writer.tree(value), separators=(",", ":")).encode()
    parts: list[bytes | memoryview] = [tree, _padding(len(tree))]
    for array in writer.arrays:
        parts += [array.reshape(-1).view(np.uint8).data, _padding(array.nbytes)]
    checksum = zlib.crc32(struct.pack("<Q", len(tree)))
    for part in parts:
        checksum = zlib.crc32(part, checksum)
    return [_HEAD.pack(MAGIC, checksum, len(tree)), *parts]


def to_bytes(value: object) -> bytes:
    """The pieces of :func:`to_parts` in one: the same for equal values."""
    return b"".join(to_parts(value))


def from_bytes(data: bytes | memoryview) -> Any:
    """The value that :func:`to_bytes` wrote; its arrays share the memory of ``data`` and can't be changed.

    Raises:
        BrokenRecord: the bytes are damaged, or not what this version writes.
    """
    if len(data) < _HEAD.size:
        raise BrokenRecord("too short")
    magic, checksum, length = _HEAD.unpack_from(data)
    body = memoryview(data)[_HEAD.size :]
    if magic != MAGIC or zlib.crc32(body, zlib.crc32(struct.pack("<Q", length))) != checksum:
        raise BrokenRecord("damaged, or of another version")
    try:
        return _Reader(body, length).value(json.loads(bytes(body[:length])))
    except (LookupError, TypeError, ValueError, AttributeError, ImportError) as error:
        raise BrokenRecord(str(error)) from error


def _padding(size: int) -> bytes:
    return bytes(-size % _ALIGNMENT)


class _Writer:
    """Trees of values, and the arrays that they refer to by number."""

    def __init__(self) -> None:
        self.arrays: list[npt.NDArray[Any]] = []
        self._kinds: tuple[tuple[type, Callable[[Any], Tree]], ...] = (
            (Enum, lambda one: {_KIND: "enum", "of": _name_of(_class_of(one)), "name": one.name}),
            (np.ndarray, self._array),
            (np.generic, lambda one: {**self._array(np.asarray(one)), _KIND: "scalar"}),
            (bytes, lambda one: {**self._array(np.frombuffer(one, dtype=np.uint8)), _KIND: "bytes"}),
            (tuple, lambda one: {_KIND: "tuple", "items": self._trees(one)}),
            (list, self._trees),
            (frozenset, lambda one: {_KIND: "set", "items": self._trees(sorted(one, key=repr))}),
            (Mapping, lambda one: {_KIND: "dict", "items": [self._trees(item) for item in one.items()]}),
        )

    def tree(self, value: object) -> Tree:
        if type(value) in _PLAIN:
            return value
        if dataclasses.is_dataclass(value) and not isinstance(value, type):
            fields = {
                field.name: self.tree(getattr(value, field.name))
                for field in dataclasses.fields(value)
                if field.init
            }
            return {_KIND: "record", "of": _name_of(_class_of(value)), "fields": fields}
        for kind, tree in self._kinds:
            if isinstance(value, kind):
                return tree(value)
        raise NotRecordable(f"{type(value).__qualname__} can't be recorded")

    def _trees(self, values: Any) -> list[Tree]:
        return [self.tree(one) for one in values]

    def _array(self, array: npt.NDArray[Any]) -> Tree:
        if array.dtype.kind not in "biufc":
            raise NotRecordable(f"an array of {array.dtype} can't be recorded")
        self.arrays.append(np.ascontiguousarray(array))
        return {_KIND: "array", "type": array.dtype.str, "shape": list(array.shape)}


class _Reader:
    """Values of trees; the arrays come in the order in which they were written."""

    def __init__(self, body: memoryview, length: int) -> None:
        self._body = body
        self._offset = length + len(_padding(length))
        self._kinds: dict[str, Callable[[dict[str, Any]], Any]] = {
            "array": self._array,
            "scalar": lambda tree: self._array(tree)[()],
            "bytes": lambda tree: self._array(tree).tobytes(),
            "tuple": lambda tree: tuple(map(self.value, tree["items"])),
            "set": lambda tree: frozenset(map(self.value, tree["items"])),
            "dict": lambda tree: {self.value(key): self.value(one) for key, one in tree["items"]},
            "enum": lambda tree: _named(tree["of"], Enum)[tree["name"]],
            "record": self._record,
        }

    def value(self, tree: Tree) -> Any:
        if isinstance(tree, list):
            return [self.value(one) for one in cast("list[Tree]", tree)]
        if isinstance(tree, dict):
            node = cast("dict[str, Any]", tree)
            return self._kinds[node[_KIND]](node)
        return tree

    def _array(self, tree: dict[str, Any]) -> npt.NDArray[Any]:
        kind, shape = np.dtype(tree["type"]), tuple(tree["shape"])
        size = int(np.prod(shape, dtype=np.int64)) * kind.itemsize
        data = self._body[self._offset : self._offset + size]
        self._offset += size + len(_padding(size))
        return np.frombuffer(data, dtype=kind).reshape(shape)

    def _record(self, tree: dict[str, Any]) -> Any:
        kind = _named(tree["of"], object)
        if not hasattr(kind, "__dataclass_fields__"):
            raise TypeError(f"{tree['of']} is no dataclass")
        return kind(**{name: self.value(one) for name, one in tree["fields"].items()})


def _class_of(value: object) -> type[object]:
    return value.__class__


def _name_of(kind: type[object]) -> str:
    if kind.__module__.partition(".")[0] != _PACKAGE or "<" in kind.__qualname__:
        raise NotRecordable(f"{kind.__module__}.{kind.__qualname__} is not this project's")
    return f"{kind.__module__}:{kind.__qualname__}"


def _named(name: str, base: type) -> Any:
    module, _, qualified = name.partition(":")
    if module.partition(".")[0] != _PACKAGE:
        raise TypeError(f"{name} is not this project's")
    found: Any = import_module(module)
    for part in qualified.split("."):
        found = getattr(found, part)
    if not (isinstance(found, type) and issubclass(found, base) and found.__module__ == module):
        raise TypeError(f"{name} is no class to read")
    return found
