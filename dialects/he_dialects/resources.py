"""Named constants whose values stand at the end of the text, as MLIR prints long ones of front ends.

    %0 = arith.constant dense_resource<weights> : tensor<2xf32>
    …
    {-#
      dialect_resources: {
        builtin: {
          weights: "0x040000000000803F00000040"
        }
      }
    #-}

xDSL keeps the values in the dialect, for all modules of a process together, and so renames a constant of
the second module that uses a name. Here each attribute carries its own value.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import IO

from xdsl.dialects.builtin import DenseResourceAttr, ShapedType

METADATA = re.compile(r"^\{-#.*?#-\}\s*", re.MULTILINE | re.DOTALL)
BUILTIN_SECTION = re.compile(r"\bbuiltin\s*:\s*\{(?P<entries>[^{}]*)\}")
ENTRY = re.compile(r'(?P<name>[\w.$-]+)\s*:\s*"(?P<blob>[^"]*)"')


BLOB = "_blob"
"""The name under which a ``DenseResourceAttr`` keeps its value, which is no parameter of it."""


def read_blobs(text: str) -> dict[str, str]:
    """The values of named constants at the end of a module's text, by name."""
    found = dict[str, str]()
    for metadata in METADATA.finditer(text):
        for section in BUILTIN_SECTION.finditer(metadata[0]):
            found.update((entry["name"], entry["blob"]) for entry in ENTRY.finditer(section["entries"]))
    return found


def resource(name: str, kind: ShapedType, blobs: Mapping[str, str]) -> DenseResourceAttr:
    """A named constant, with its value if there is one under the name."""
    attribute = DenseResourceAttr.from_params(name, kind)
    if name in blobs:
        object.__setattr__(attribute, BLOB, blobs[name])  # attributes are frozen
    return attribute


def blob_of(attribute: DenseResourceAttr) -> str | None:
    """The value of a named constant: alignment and bytes, in hex; None if it isn't known."""
    return attribute.__dict__.get(BLOB)


def print_blobs(stream: IO[str], blobs: Mapping[str, str]) -> None:
    """Write the values of named constants, as heir-opt does."""
    if not blobs:
        return
    entries = ",\n".join(f'      {name}: "{blobs[name]}"' for name in sorted(blobs))
    stream.write(f"\n{{-#\n  dialect_resources: {{\n    builtin: {{\n{entries}\n    }}\n  }}\n#-}}\n")
