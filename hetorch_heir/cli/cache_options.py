"""The options of what is remembered from one export to the next (docs/caching.md)."""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from typing import Any


def add_cache_options(parser: argparse.ArgumentParser) -> None:
    group = parser.add_argument_group("cache")
    group.add_argument(
        "--no-cache",
        action="store_false",
        dest="cache",
        help="compute everything, and remember nothing of it",
    )
    group.add_argument(
        "--clear-cache",
        action=_ClearAction,
        nargs=0,
        dest=argparse.SUPPRESS,
        help="forget all plans and programs that are remembered, and exit",
    )


class _ClearAction(argparse.Action):
    """Empties the user's cache and ends the command, as ``--help`` does."""

    def __call__(
        self,
        parser: argparse.ArgumentParser,
        namespace: argparse.Namespace,
        values: str | Sequence[Any] | None,
        option_string: str | None = None,
    ) -> None:
        from hetorch_heir.core.cache import FolderCache, user_cache
        from hetorch_heir.core.errors import HETorchError

        try:
            cache = user_cache()
        except HETorchError as error:
            parser.exit(error.exit_code, f"{parser.prog}: error: {error}\n")
        if not isinstance(cache, FolderCache):
            parser.exit(0, "nothing is remembered: HETORCH_CACHE_DIR is empty\n")
        size = cache.size
        parser.exit(0, f"removed {cache.clear()} entries, {size / 1e6:.1f} MB, from {cache.folder}\n")
