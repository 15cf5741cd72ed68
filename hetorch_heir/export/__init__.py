"""From the homomorphic torch.fx graph to MLIR: modules, constants, client functions, files.

The package has the name of the function ``hetorch_heir.export``. As soon as any of its modules is imported,
Python binds that name to the package, so calling the package calls the function.
"""

from __future__ import annotations

import sys
from types import ModuleType
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from hetorch_heir.export.result import ExportResult


class _CallablePackage(ModuleType):
    def __call__(self, *args: Any, **kwargs: Any) -> ExportResult:
        """See :func:`hetorch_heir.export.api.export`."""
        from hetorch_heir.export.api import export

        return export(*args, **kwargs)


sys.modules[__name__].__class__ = _CallablePackage
