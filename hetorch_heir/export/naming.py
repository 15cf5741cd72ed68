"""Names for entry functions that are valid in MLIR, C++ and Go."""

from __future__ import annotations

import re

# fmt: off
_RESERVED = frozenset({
    "alignas", "alignof", "and", "asm", "auto", "bool", "break", "case", "catch", "chan", "char", "class",
    "const", "continue", "default", "defer", "delete", "do", "double", "else", "enum", "explicit",
    "extern", "fallthrough", "false", "float", "for", "friend", "func", "go", "goto", "if", "import",
    "init", "inline", "int", "interface", "long", "main", "map", "mutable", "namespace", "new", "not",
    "operator", "or", "package", "private", "protected", "public", "range", "register", "return", "select",
    "short", "signed", "sizeof", "static", "struct", "switch", "template", "this", "throw", "true", "try",
    "type", "typedef", "typename", "union", "unsigned", "using", "var", "virtual", "void", "volatile",
    "while", "xor",
})
# fmt: on


def function_name(name: str) -> str:
    """An identifier close to ``name``; reserved words and ``main`` get a suffix.

    heir-translate gives the function this name in C++ or Go, where a second ``main`` does not link.
    """
    cleaned = re.sub(r"\W+", "_", name).strip("_") or "model"
    if cleaned[0].isdigit():
        cleaned = f"model_{cleaned}"
    return f"{cleaned}_model" if cleaned in _RESERVED else cleaned
