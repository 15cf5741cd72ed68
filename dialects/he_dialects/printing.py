"""Printing of modules the way heir-opt prints and likes them: aliases, source locations, hex constants.

``xdsl.printer.Printer`` repeats every type in full at each use, prints constants in decimal and prints
either no locations or one for everything. For a program of this project's kind that is most of the text
and most of the time that heir-opt needs to read it (decimal constants parse 25 times slower than hex).

    !ct_L5 = !hetorch.ct<8192 : i64, 5 : i64, 40 : i64, 2 : i64>
    #loc = loc("model.py":12:3)
    builtin.module {
      func.func @main(%x: !ct_L5) -> !ct_L5 {
        %0 = hetorch.rotate %x, 4 : (!ct_L5) -> !ct_L5 loc(#loc)
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable
from dataclasses import dataclass, field
from io import StringIO
from typing import IO, Any, cast

from xdsl.dialects.builtin import (
    AnyFloat,
    DenseIntOrFPElementsAttr,
    DenseResourceAttr,
    LocationAttr,
    ModuleOp,
    UnknownLoc,
)
from xdsl.ir import Attribute, BlockArgument, Operation, TypeAttribute
from xdsl.printer import Printer

from he_dialects.resources import blob_of, print_blobs

HEX_THRESHOLD = 8
"""Constants of more elements than this are printed in hex."""


class AliasedAttribute(Attribute, ABC):
    """An attribute or type that is printed as an alias, defined once at the head of the module."""

    @abstractmethod
    def alias_name(self) -> str:
        """The name to use, without ``!`` or ``#``; the printer numbers it if it is taken."""


@dataclass(eq=False, repr=False)
class AliasPrinter(Printer):
    """A printer that collects aliases while it prints; see :func:`print_module`."""

    print_locations: bool = True
    print_aliases: bool = True

    definitions: list[str] = field(default_factory=list[str], init=False)
    """Alias definitions in the order in which they have to stand: each only uses earlier ones."""

    blobs: dict[str, str] = field(default_factory=dict[str, str], init=False)
    """The values of the named constants that were printed, by name."""

    _aliases: dict[Attribute, str] = field(default_factory=dict[Attribute, str], init=False)
    _taken: set[str] = field(default_factory=set[str], init=False)
    _numbers: dict[str, int] = field(default_factory=dict[str, int], init=False)
    """The last number given to an alias of each suggested name."""
    # Hashing a nested type costs more than printing its alias, so aliases are looked up by identity
    # first. The attributes are kept alive by the module while it is printed.
    _aliases_by_id: dict[int, str] = field(default_factory=dict[int, str], init=False)

    def print_attribute(self, attribute: Attribute) -> None:
        if (alias := self.alias(attribute)) is not None:
            self.print_string(alias)
        elif isinstance(attribute, DenseIntOrFPElementsAttr):
            _print_dense(self, cast("DenseIntOrFPElementsAttr[Any]", attribute))
        else:
            if isinstance(attribute, DenseResourceAttr) and (blob := blob_of(attribute)) is not None:
                self.blobs[attribute.resource_handle.data] = blob
            super().print_attribute(attribute)

    def print_op(self, op: Operation) -> None:
        super().print_op(op)
        self.print_location(op.location)

    def print_block_argument(self, arg: BlockArgument, print_type: bool = True) -> None:
        super().print_block_argument(arg, print_type)
        # Behind a name alone heir-opt writes a place only for the variables of `affine.for`.
        if print_type or getattr(arg.block.parent_op(), "name", None) == "affine.for":
            self.print_location(arg.location)

    def print_location(self, location: LocationAttr) -> None:
        """Write where something comes from, if that is known and wanted."""
        if self.writes_place(location):
            self.print_string(f" loc({self._location_alias(location)})")

    def writes_place(self, location: LocationAttr) -> bool:
        """Whether :meth:`print_location` writes anything."""
        return self.print_locations and not isinstance(location, UnknownLoc)

    def alias(self, attribute: Attribute) -> str | None:
        """The alias that stands for ``attribute``, with its ``!`` or ``#``, if it is printed as one."""
        if not self.print_aliases or not isinstance(attribute, AliasedAttribute):
            return None
        alias = self._aliases_by_id.get(id(attribute))
        if alias is None:
            alias = self._aliases.get(attribute)
            if alias is None:
                prefix = "!" if isinstance(attribute, TypeAttribute) else "#"
                # Defining first the aliases inside it, super() prints the attribute itself in full.
                definition = self._capture(lambda: Printer.print_attribute(self, attribute))
                alias = self._define(attribute, f"{prefix}{attribute.alias_name()}", definition)
            self._aliases_by_id[id(attribute)] = alias
        return alias

    def _location_alias(self, location: LocationAttr) -> str:
        alias = self._aliases_by_id.get(id(location))
        if alias is None:
            alias = self._aliases.get(location)
            if alias is None:
                definition = self._capture(lambda: Printer.print_attribute(self, location))
                alias = self._define(location, "#loc", definition)
            self._aliases_by_id[id(location)] = alias
        return alias

    def _define(self, attribute: Attribute, name: str, definition: str) -> str:
        alias = name
        while alias in self._taken:
            number = self._numbers[name] = self._numbers.get(name, 0) + 1
            # As MLIR numbers them: an underscore where the number would run into another one.
            alias = f"{name}_{number}" if name[-1].isdigit() else f"{name}{number}"
        self._taken.add(alias)
        self._aliases[attribute] = alias
        self.definitions.append(f"{alias} = {definition}\n")
        return alias

    def _capture(self, print_something: Callable[[], None]) -> str:
        stream, self.stream = self.stream, StringIO()
        try:
            print_something()
            return self.stream.getvalue()
        finally:
            self.stream = stream


def _print_dense(printer: Printer, attribute: DenseIntOrFPElementsAttr[Any]) -> None:
    """``dense<value>`` for one repeated value, ``dense<"0x…">`` for other long constants."""
    element_type = attribute.get_element_type()
    data = attribute.data.data
    size = element_type.compile_time_size
    if len(data) <= HEX_THRESHOLD * size or not isinstance(element_type, AnyFloat):
        Printer.print_attribute(printer, attribute)
        return
    printer.print_string("dense<")
    if data == data[:size] * (len(data) // size):
        printer.print_float(element_type.unpack(data[:size], 1)[0], element_type)
    else:
        printer.print_string(f'"0x{data.hex().upper()}"')
    printer.print_string("> : ")
    printer.print_attribute(attribute.type)


def print_module(
    module: ModuleOp,
    stream: IO[str],
    *,
    generic: bool = False,
    locations: bool = True,
    aliases: bool = True,
) -> None:
    """Write ``module`` to ``stream``.

    Args:
        module: a module of any dialects; attributes derived from :class:`AliasedAttribute` get aliases.
        stream: a text stream.
        generic: print operations in the generic form, which needs no custom parser.
        locations: print the locations that are known, as ``loc(…)`` after the operation.
        aliases: define aliases at the head of the text.
    """
    body = StringIO()
    printer = AliasPrinter(
        body, print_generic_format=generic, print_locations=locations, print_aliases=aliases
    )
    printer.print_op(module)
    stream.writelines(printer.definitions)
    stream.write(body.getvalue())
    stream.write("\n")
    print_blobs(stream, printer.blobs)


def module_text(
    module: ModuleOp, *, generic: bool = False, locations: bool = True, aliases: bool = True
) -> str:
    """The text that :func:`print_module` writes."""
    stream = StringIO()
    print_module(module, stream, generic=generic, locations=locations, aliases=aliases)
    return stream.getvalue()
