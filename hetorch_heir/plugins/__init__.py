"""Extensions: passes, approximations, packings and backends, of this package and of others.

Other distributions declare theirs as entry points; see docs/extending.md. Nothing here imports torch.
"""

from hetorch_heir.plugins.errors import PluginError
from hetorch_heir.plugins.points import APPROXIMATIONS, BACKENDS, PACKINGS, PASSES, POINTS
from hetorch_heir.plugins.registry import Extension, ExtensionPoint

__all__ = [
    "APPROXIMATIONS",
    "BACKENDS",
    "PACKINGS",
    "PASSES",
    "POINTS",
    "Extension",
    "ExtensionPoint",
    "PluginError",
]
