"""The kinds of extensions, with those that come with this package."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

from hetorch_heir.plugins.registry import ExtensionPoint

_METHODS = "hetorch_heir.approx.methods"
_RULES = "hetorch_heir.linalg.packing_rules"
_LIBRARIES = "hetorch_heir.backends.executor"

_BUILTIN_APPROXIMATIONS: Mapping[str, str] = MappingProxyType(
    {name: f"{_METHODS}:{name}" for name in ("chebyshev", "least_squares", "minimax", "composite")}
)
_BUILTIN_PACKINGS: Mapping[str, str] = MappingProxyType(
    {name: f"{_RULES}:{name}" for name in ("row_major", "column_major", "diagonal")}
)
_BUILTIN_BACKENDS: Mapping[str, str] = MappingProxyType(
    {
        "fake": "hetorch_heir.backends.fake:FakeBackend",
        "openfhe": f"{_LIBRARIES}.openfhe_single_keys:OpenFHESingleKeyLibrary",
        "seal": f"{_LIBRARIES}.seal_library:SealLibrary",
        "tenseal": f"{_LIBRARIES}.tenseal_library:TensealLibrary",
    }
)


def _builtin_passes() -> Mapping[str, str]:
    from hetorch_heir.passes.builtin import BUILTIN_PASSES  # imports torch, like all passes

    return {row.name: row.target for row in BUILTIN_PASSES}


PASSES = ExtensionPoint("pass", "passes", "hetorch_heir.passes", _builtin_passes)
"""Subclasses of :class:`hetorch_heir.passes.base.TransformationPass`, for ``--pipeline``."""

APPROXIMATIONS = ExtensionPoint(
    "approximation method",
    "approximation methods",
    "hetorch_heir.approximations",
    lambda: _BUILTIN_APPROXIMATIONS,
)
"""Functions as in :mod:`hetorch_heir.approx.methods`, for ``--activation-method``."""

PACKINGS = ExtensionPoint("packing", "packings", "hetorch_heir.packings", lambda: _BUILTIN_PACKINGS)
"""Functions as in :mod:`hetorch_heir.linalg.packing_rules`, for ``input-packing{strategy=…}``."""

BACKENDS = ExtensionPoint("backend", "backends", "hetorch_heir.backends", lambda: _BUILTIN_BACKENDS)
"""Subclasses of :class:`hetorch_heir.backends.base.HEBackend` or, for all that ``hetorch-run`` can do, of
:class:`hetorch_heir.backends.executor.library.Library`; for ``hetorch-run --backend``."""

POINTS = (PASSES, APPROXIMATIONS, PACKINGS, BACKENDS)
