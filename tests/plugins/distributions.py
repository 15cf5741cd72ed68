"""Distributions with extensions, made on the spot: what pip would leave behind, without pip."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path


def install(
    folder: Path, distribution: str, entry_points: Mapping[str, Mapping[str, str]], **modules: str
) -> None:
    """Put a distribution of some modules, given as source, into a folder that is on the path."""
    for name, source in modules.items():
        (folder / f"{name}.py").write_text(source)
    metadata = folder / f"{distribution.replace('-', '_')}-1.5.dist-info"
    metadata.mkdir()
    (metadata / "METADATA").write_text(f"Metadata-Version: 2.1\nName: {distribution}\nVersion: 1.5\n")
    sections = [
        f"[{group}]\n" + "".join(f"{name} = {target}\n" for name, target in targets.items())
        for group, targets in entry_points.items()
    ]
    (metadata / "entry_points.txt").write_text("\n".join(sections))
