"""``python hetorch_heir/backends/executor CONNECTION``: serves requests on the file descriptors inherited.

The folder is loaded as a package of its own, so that the worker's Python needs neither the project's
dependencies nor the folder's parents.
"""

import importlib
import importlib.util
import sys
from pathlib import Path

NAME = "hetorch_executor"


def load() -> None:
    """Make this folder importable as the package ``NAME``."""
    folder = Path(__file__).resolve().parent
    spec = importlib.util.spec_from_file_location(
        NAME, folder / "__init__.py", submodule_search_locations=[str(folder)]
    )
    assert spec is not None and spec.loader is not None
    package = importlib.util.module_from_spec(spec)
    sys.modules[NAME] = package
    spec.loader.exec_module(package)


if __name__ == "__main__":
    load()
    sys.exit(importlib.import_module(f"{NAME}.worker").main(sys.argv[1:]))
