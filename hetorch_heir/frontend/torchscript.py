"""Reading TorchScript archives, and making them exportable.

torch.export refuses a ``ScriptModule``. (torch's own TS2EPConverter, private, makes every size
dynamic.) But the TorchScript interpreter calls ATen operators through the dispatcher, where torch.export
sees them: so a plain module that hides the script module and runs it is exported, and control
flow on anything but tensor values is gone.
"""

from __future__ import annotations

import inspect
import io
import re
from typing import Any

import torch
from torch import nn
from torch.jit._fuser import optimized_execution

from hetorch_heir.core.errors import HETorchError, ModelLoadError
from hetorch_heir.frontend.quiet import first_line, quiet

# TorchScript runs no Python, but these operators of it read and write files.
_FILE_OPERATOR = re.compile(rb"\b(?:torch|aten)\s*\.\s*(?:save|from_file|load)\b")


def load_torchscript(data: bytes, *, where: str, trust_pickle: bool) -> ScriptedModel:
    """The model in the TorchScript archive ``data``.

    Raises:
        ModelLoadError: the archive is damaged, or (unless ``trust_pickle``) its code reads or writes files.
    """
    try:
        with quiet():
            if not trust_pickle:
                _refuse_file_access(data, where)
            return ScriptedModel(torch.jit.load(io.BytesIO(data), map_location="cpu"))
    except HETorchError:
        raise
    except Exception as error:
        raise ModelLoadError(
            f"the TorchScript archive can't be read: {first_line(error)}",
            where=where,
            hint="it may be damaged: save the model again",
        ) from error


def _refuse_file_access(data: bytes, where: str) -> None:
    # torch's own reader, so that what is checked here is what is loaded later.
    reader = torch._C.PyTorchFileReader(io.BytesIO(data))
    for name in reader.get_all_records():
        if name.startswith("code/") and name.endswith(".py"):
            match = _FILE_OPERATOR.search(reader.get_record(name))
            if match:
                raise ModelLoadError(
                    f"the TorchScript code reads or writes files ({match[0].decode()})",
                    where=f"{where}, {name}",
                    hint="pass --trust-pickle if you trust the file's author",
                )


class ScriptedModel(nn.Module):
    """An exportable module that runs a TorchScript module.

    Attributes:
        script: the TorchScript module, hidden from ``nn.Module`` (torch.export rejects its parameters,
            which are tensors of another Python class each time that they are asked for).
        tensor_names: the qualified name of each parameter and buffer, by address of its data.
        module_classes: the original class name of each submodule, by path.
    """

    script: torch.jit.ScriptModule

    def __init__(self, script: torch.jit.ScriptModule) -> None:
        super().__init__()
        self.__dict__["script"] = script
        if hasattr(script, "training"):  # a frozen module has no modes any more
            script.eval()
        self.tensor_names: dict[int, str] = {}
        for name, tensor in [*script.named_parameters(), *script.named_buffers()]:
            # Without gradients the interpreter doesn't wrap stretches of the model for autodiff.
            tensor.requires_grad_(False)
            self.tensor_names.setdefault(tensor.data_ptr(), name)
        self.module_classes = {
            path: str(getattr(module, "original_name", type(module).__name__))
            for path, module in script.named_modules()
        }
        self.__dict__["forward"] = self._forward_with_names()

    def _forward_with_names(self) -> Any:
        """A ``forward`` with the argument names of the script, which torch.export takes as input names."""

        def forward(*args: Any) -> Any:
            with optimized_execution(False):
                return self.script(*args)

        parameters = []
        for argument in self.script.forward.schema.arguments:
            if argument.type.kind() in ("ClassType", "InterfaceType"):
                continue  # self
            default = argument.default_value if argument.has_default_value() else inspect.Parameter.empty
            parameters.append(
                inspect.Parameter(argument.name, inspect.Parameter.POSITIONAL_OR_KEYWORD, default=default)
            )
        forward.__signature__ = inspect.Signature(parameters)  # type: ignore[attr-defined]
        return forward
