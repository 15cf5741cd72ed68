"""MLIR locations for the places in the user's model that nodes come from."""

from __future__ import annotations

from functools import lru_cache

from torch.fx import Node
from xdsl.dialects.builtin import FileLineColLoc, IntAttr, LocationAttr, StringAttr, UnknownLoc


def location_of(node: Node) -> LocationAttr:
    """The file and line of the model's statement that a node comes from, if they are known."""
    source = node.meta.get("source")
    file, line = getattr(source, "file", None), getattr(source, "line", None)
    if file is None or line is None:
        return _UNKNOWN
    return _location(str(file), int(line))


@lru_cache(maxsize=4096)
def _location(file: str, line: int) -> LocationAttr:
    return FileLineColLoc(StringAttr(file), IntAttr(line), IntAttr(1))


_UNKNOWN = UnknownLoc()
