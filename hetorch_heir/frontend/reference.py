"""Running the user's own model, uncaptured, as the reference for everything compiled from it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import torch
from torch import nn
from torch.export import ExportedProgram
from torch.utils import _pytree as pytree

from hetorch_heir.core.errors import CaptureError
from hetorch_heir.frontend.capture import evaluation_mode
from hetorch_heir.frontend.interface import flat_tensors
from hetorch_heir.frontend.quiet import quiet


class ReferenceModel:
    """A model as a function from flat tensors to flat tensors, like the graphs made of it.

    Args:
        model: what was captured.
        example_inputs: the positional arguments that it was captured with.
        example_kwargs: the keyword arguments that it was captured with.
    """

    def __init__(
        self,
        model: nn.Module | ExportedProgram,
        example_inputs: Sequence[Any],
        example_kwargs: Mapping[str, Any] | None = None,
    ) -> None:
        with quiet():
            self._module = model.module() if isinstance(model, ExportedProgram) else model
        self._is_program = isinstance(model, ExportedProgram)
        self._leaves, self._spec = pytree.tree_flatten((tuple(example_inputs), dict(example_kwargs or {})))

    def __call__(self, *tensors: torch.Tensor) -> tuple[torch.Tensor, ...]:
        """The model's outputs, flattened, for inputs that take the places of the example's tensors.

        Raises:
            CaptureError: the model does not run on them.
        """
        given = iter(tensors)
        leaves = [
            # A copy: the model may change its inputs in place.
            next(given).clone() if isinstance(leaf, torch.Tensor) else leaf
            for leaf in self._leaves
        ]
        args, kwargs = pytree.tree_unflatten(leaves, self._spec)
        try:
            return flat_tensors(self._run(args, kwargs))
        except RuntimeError as error:
            kinds = ", ".join(
                f"{str(one.dtype).removeprefix('torch.')} {tuple(one.shape)}" for one in tensors
            )
            raise CaptureError(
                f"the model fails on inputs of {kinds}: {str(error).splitlines()[0]}",
                hint="weights of half precision need model.float() before saving",
            ) from error

    def _run(self, args: Any, kwargs: Any) -> Any:
        with quiet(), torch.no_grad():
            if self._is_program:  # exported in evaluation mode; it refuses to change
                return self._module(*args, **kwargs)
            with evaluation_mode(self._module):
                return self._module(*args, **kwargs)
