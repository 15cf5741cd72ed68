"""What the conversions to ``hetorch`` have in common."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import ClassVar

from xdsl.context import Context
from xdsl.dialects.builtin import ModuleOp
from xdsl.passes import ModulePass
from xdsl.utils.exceptions import PassFailedException

from hetorch_heir.conversions.foreign_parameters import level_of
from hetorch_heir.conversions.to_hetorch import to_hetorch
from hetorch_heir.core.errors import HETorchError


@dataclass(frozen=True)
class ImportPass(ModulePass):
    """Replace a module of one level by the ``hetorch`` module that computes the same.

    Raises:
        PassFailedException: the program can't be imported; one line that says where and what to do.
    """

    LEVEL: ClassVar[str]

    entry_function: str = ""
    """The main function, where the program has no client functions that tell."""

    resource_dir: str = "."
    """Folder that the paths of preprocessing.load_resource are relative to."""

    def apply(self, ctx: Context, op: ModuleOp) -> None:
        try:
            if (level := level_of(op)) != self.LEVEL:
                raise PassFailedException(f"the module is at {level} level, not at {self.LEVEL} level")
            imported = to_hetorch(
                op, entry_function=self.entry_function, resource_dir=Path(self.resource_dir)
            )
        except HETorchError as error:
            raise PassFailedException(_one_line(error)) from error
        op.attributes = dict(imported.attributes)
        old = op.detach_region(0)
        op.add_region(imported.detach_region(0))
        old.drop_all_references()


def _one_line(error: HETorchError) -> str:
    place = f"{error.where}: error: " if error.where else ""
    return f"{place}{error.what}{f'; {error.hint}' if error.hint else ''}"
