"""Which layer of the user's model a node of a graph belongs to, for reports."""

from __future__ import annotations

import re
from collections.abc import Hashable
from dataclasses import dataclass
from typing import Any

from torch.fx import Node

from hetorch_heir.passes.approximation import ACTIVATION
from hetorch_heir.passes.packing.provenance import LAYERS


@dataclass(frozen=True)
class Layer:
    """Some layers that were merged into one linear stretch, or one activation.

    Attributes:
        modules: dotted paths of the modules, in the order of the model.
        kinds: their classes, one for each module; of an activation that is called as a function, its name.
        source: file and line of the first one in the user's code, empty if unknown.
    """

    modules: tuple[str, ...]
    kinds: tuple[str, ...]
    source: str

    @property
    def label(self) -> str:
        """The layers as they are shown: their paths, one in a line; the model itself by its class."""
        return "\n".join(path or kind for path, kind in zip(self.modules, self.kinds, strict=True))


def layer_key(node: Node) -> Hashable:
    """Equal for nodes of the same layer: the same calls of the same modules, or the same activation."""
    places = tuple((getattr(one, "module", ""), getattr(one, "line", None)) for one in _sources(node))
    return places, _activation(node)


def layer_of(node: Node) -> Layer:
    """The layer that a node belongs to."""
    paths: dict[str, str] = {}
    files: list[str] = []
    for one in _sources(node):
        path = getattr(one, "module", "") or ""
        paths.setdefault(path, _kind(one, path, _activation(node)))
        file, line = getattr(one, "file", None), getattr(one, "line", None)
        if file is not None:
            name = re.split(r"[\\/]", str(file))[-1]
            files.append(name if line is None else f"{name}:{line}")
    return Layer(tuple(paths), tuple(paths.values()), files[0] if files else "")


def _kind(source: Any, path: str, activation: tuple[str, str] | None) -> str:
    """The class of a module, or what it calls: several activations may stand in one line."""
    module_class = getattr(source, "module_class", "") or ("" if path else "model")
    if activation is None or module_class.lower() == activation[1].replace("_", ""):
        return module_class
    return activation[1]


def _activation(node: Node) -> tuple[str, str] | None:
    """The activation that a node stands for, if it isn't part of a linear stretch."""
    return None if node.meta.get(LAYERS) else node.meta.get(ACTIVATION)


def _sources(node: Node) -> tuple[Any, ...]:
    return node.meta.get(LAYERS) or (node.meta.get("source"),)
