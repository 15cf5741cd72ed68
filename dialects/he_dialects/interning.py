"""Sharing of what a text repeats: the same characters give the same attribute objects.

A program names a handful of ciphertext types in every line. Where it does so in full rather than by an
alias, reading each of them anew costs far more than reading the operation. So a parser remembers what it
made of each text in angle brackets, and takes that wherever the text occurs again:

    %1 = ckks.relinearize %0 <from_basis = [0, 1, 2], to_basis = [0, 1]> : …
    %3 = ckks.relinearize %2 <from_basis = [0, 1, 2], to_basis = [0, 1]> : …    // the same arrays

What is remembered lives as long as the parser: the aliases that a text refers to are those of one module.
"""

from __future__ import annotations

from collections.abc import Callable, Hashable
from dataclasses import dataclass, field
from typing import Any, cast

from typing_extensions import TypeVar
from xdsl.ir import Attribute
from xdsl.parser import AttrParser

MEMBER = "_he_dialects_memory"
"""The member of a parser that keeps its memory."""
MAX_LENGTHS = 64
"""Lengths of text remembered for one kind: each costs a look-up wherever the kind is read."""

ResultT = TypeVar("ResultT")


class Parameters(list[Attribute]):
    """Parameters read from text, and the attribute that was made of them."""

    attribute: Attribute | None = None


@dataclass
class _Memory:
    """What was read of one kind, by its text."""

    results: dict[str, Any] = field(default_factory=dict[str, Any])
    lengths: list[int] = field(default_factory=list[int])

    def remember(self, text: str, result: object) -> None:
        # A comment could go on where the text ends; without one, a closing bracket ends the value.
        if not (text.startswith("<") and text.endswith(">")) or "//" in text:
            return
        if len(text) not in self.lengths:
            if len(self.lengths) == MAX_LENGTHS:
                return
            self.lengths.append(len(text))
        self.results[text] = result


def remembered(parser: AttrParser, kind: Hashable, parse: Callable[[], ResultT]) -> ResultT:
    """What ``parse`` reads from ``<`` to ``>``: the object of the last time where the text is the same.

    Args:
        parser: stands before the opening bracket, and after the closing one when this returns.
        kind: tells apart what equal texts are read as.
        parse: reads the value; its result must only depend on the text.
    """
    memories = cast(
        "dict[Hashable, _Memory]",
        parser.__dict__.setdefault(MEMBER, dict[Hashable, _Memory]()),
    )
    memory = memories.get(kind)
    if memory is None:
        memory = memories[kind] = _Memory()
    start = parser.pos
    content = parser.lexer.input.content
    for length in memory.lengths:
        result = memory.results.get(content[start : start + length])
        if result is not None:
            # There is no public way to go on elsewhere in the text.
            parser._resume_from(start + length)  # pyright: ignore[reportPrivateUsage]
            return result
    result = parse()
    memory.remember(content[start : parser.pos].rstrip(), result)
    return result
