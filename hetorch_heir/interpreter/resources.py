"""Constants kept in files beside the program (``preprocessing.load_resource``)."""

from __future__ import annotations

from typing import Any

import numpy as np
from he_dialects.preprocessing import LoadResourceOp
from numpy.typing import NDArray
from xdsl.interpreter import Interpreter, PythonValues, impl, register_impls

from hetorch_heir.core.errors import ProgramError
from hetorch_heir.interpreter.arrays import dtype_of
from hetorch_heir.interpreter.machine import Machine, MachineFunctions
from hetorch_heir.interpreter.tensor import static_shape, tensor_type


@register_impls
class PreprocessingFunctions(MachineFunctions):
    """The ``preprocessing`` dialect: raw little-endian files, each read once."""

    def __init__(self, machine: Machine) -> None:
        super().__init__(machine)
        self._files: dict[tuple[str, str], NDArray[Any]] = {}

    @impl(LoadResourceOp)
    def run_load_resource(
        self, interpreter: Interpreter, op: LoadResourceOp, args: PythonValues
    ) -> PythonValues:
        (result,) = op.results
        dtype = dtype_of(tensor_type(result).get_element_type())
        shape = static_shape(result)
        data = self._read(op.path.data, dtype)
        if data.size != np.prod(shape, dtype=int):
            raise ProgramError(
                f"resource {op.path.data!r} holds {data.size} numbers, but its tensor is {result.type}"
            )
        return (data.reshape(shape),)

    def _read(self, path: str, dtype: np.dtype[Any]) -> NDArray[Any]:
        key = (path, dtype.str)
        if key not in self._files:
            try:
                self._files[key] = np.fromfile(self.machine.resource_dir / path, dtype)
            except OSError as error:
                raise ProgramError(
                    f"resource {path!r} can't be read: {error.strerror}",
                    hint="paths are relative to the folder of the program",
                ) from error
        return self._files[key]
