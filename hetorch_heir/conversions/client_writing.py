"""Client functions of an imported program, one per ciphertext, written from tables."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np
from he_dialects import hetorch
from xdsl.dialects import func
from xdsl.dialects.builtin import Float32Type, Float64Type
from xdsl.ir import Attribute

from hetorch_heir.conversions.foreign_interface import PackedInput, PackedOutput, Table
from hetorch_heir.conversions.recording import PublicVector
from hetorch_heir.core.errors import ProgramError
from hetorch_heir.export import client
from hetorch_heir.linalg.layout import Layout


@dataclass
class ClientWriter:
    """Writes the client functions of ``main``.

    Args:
        model_inputs: how many inputs the model has, or 0, as in :class:`Interface`.
    """

    main: str
    element: Float32Type | Float64Type
    slots: int
    model_inputs: int = 0
    functions: list[func.FuncOp] = field(default_factory=list[func.FuncOp])

    def encrypt(self, position: int, packed: PackedInput, row: int, value_type: Attribute) -> None:
        """The function that encrypts argument ``position``, ciphertext ``row`` of an input."""
        assert isinstance(value_type, hetorch.CiphertextType)
        numbers = {"model_input": packed.model_index, "shape": packed.shape, **self._total()}
        attribute = client.interface(self.main, position, "client.encrypt", **numbers)
        name = f"{self.main}__encrypt__arg{position}"
        layout = layout_of(packed.size, packed.tables[row])
        self.functions.append(client.encrypt_function(name, attribute, layout, 0, value_type, self.element))

    def pack(self, position: int, vector: PublicVector, size: int) -> None:
        """The function that packs a public input into argument ``position``."""
        numbers = {"model_input": vector.input, **self._total()}
        attribute = client.interface(self.main, position, "client.pack", **numbers)
        name = f"{self.main}__pack__arg{position}"
        layout = layout_of(size, vector.table)
        self.functions.append(client.pack_function(name, attribute, layout, 0, self.element))

    def _total(self) -> dict[str, int]:
        return {"model_inputs": self.model_inputs} if self.model_inputs else {}

    def decrypt(self, position: int, output: PackedOutput, types: Sequence[Attribute]) -> list[int]:
        """The functions that read an output from results ``position`` and following.

        Returns:
            The ciphertexts that hold any of the output; the others need not be returned.

        Raises:
            ProgramError: the output's elements are not in the order of the ciphertexts.
        """
        owner, slot = np.divmod(output.positions, self.slots)
        if np.any(np.diff(owner) < 0):
            raise ProgramError(
                f"output {output.model_index} is interleaved over {len(types)} ciphertexts",
                hint="remove the decryption functions: the outputs are then the packed slots",
            )
        kept = np.unique(owner).tolist()
        for number, row in enumerate(kept):
            value_type = types[row]
            assert isinstance(value_type, hetorch.CiphertextType)
            attribute = client.interface(
                self.main,
                position + number,
                "client.decrypt",
                model_output=output.model_index,
                shape=output.shape,
            )
            name = f"{self.main}__decrypt__result{position + number}"
            self.functions.append(
                client.decrypt_function(name, attribute, slot[owner == row], value_type, self.element)
            )
        return kept


def layout_of(size: int, table: Table) -> Layout:
    """The layout of one ciphertext; by its formula if it is periodic or contiguous."""
    slots = table.size
    if size <= slots:
        for layout in (Layout.periodic(size, slots), Layout.contiguous(size, slots)):
            if np.array_equal(layout.table[0], table):
                return layout
    # A ciphertext of several holds only a part of the elements, which from_table would refuse.
    return Layout(size, slots, table[np.newaxis], None)
