"""Client functions, run by the interpreter, pack and unpack as the layouts say."""

import numpy as np
import pytest
from he_dialects.hetorch import CiphertextType
from hypothesis import given
from hypothesis import strategies as st
from xdsl.dialects import func
from xdsl.dialects.builtin import ModuleOp, f32

from hetorch_heir.export import client
from hetorch_heir.interpreter.cleartext import CleartextDomain
from hetorch_heir.interpreter.machine import Machine
from hetorch_heir.linalg.layout import EMPTY, Layout

SLOTS = 64


def call(function: func.FuncOp, *arguments: object) -> object:
    module = ModuleOp([function])
    module.verify()
    machine = Machine(module, CleartextDomain(SLOTS))
    (result,) = machine.call(function.sym_name.data, arguments)
    return result


LAYOUTS = {
    "contiguous": lambda size: Layout.contiguous(size, SLOTS),
    "periodic": lambda size: Layout.periodic(size, SLOTS),
    "skewed": lambda size: Layout.skewed(size, SLOTS, 1, 4),
    "column_major": lambda size: Layout.column_major((1, size), SLOTS),
    "diagonal": lambda size: (
        Layout.diagonal((size // 2, 2), SLOTS) if size % 2 == 0 else Layout.periodic(size, SLOTS)
    ),
}


@pytest.mark.parametrize("name", LAYOUTS)
@given(size=st.integers(2, 16))
def test_packing_equals_the_layout(name: str, size: int) -> None:
    layout = LAYOUTS[name](size)
    values = np.arange(1.0, size + 1)
    for ciphertext in range(layout.ciphertexts):
        attribute = client.interface("main", ciphertext, "client.pack", model_input=0)
        function = client.pack_function("pack", attribute, layout, ciphertext, f32)
        packed = call(function, values.astype(np.float32))
        assert np.array_equal(np.asarray(packed), layout.pack(values)[ciphertext])


def test_a_tensor_larger_than_a_ciphertext_is_packed_in_parts() -> None:
    layout = Layout.contiguous(100, SLOTS)
    values = np.arange(1.0, 101)
    for ciphertext in range(2):
        attribute = client.interface("main", ciphertext, "client.pack")
        packed = call(
            client.pack_function("pack", attribute, layout, ciphertext, f32), values.astype(np.float32)
        )
        assert np.array_equal(np.asarray(packed), layout.pack(values)[ciphertext])


@given(st.permutations(range(10)))
def test_encrypt_then_decrypt_gives_the_tensor_back(order: list[int]) -> None:
    layout = Layout.from_table(10, [[*order, *[EMPTY] * (SLOTS - 10)]])
    type_ = CiphertextType.get(SLOTS, 3, 40)
    encrypt = client.encrypt_function(
        "e", client.interface("main", 0, "client.encrypt"), layout, 0, type_, f32
    )
    decrypt = client.decrypt_function(
        "d", client.interface("main", 0, "client.decrypt"), layout.first_slots, type_, f32
    )
    values = np.arange(10, dtype=np.float32) / 4
    assert np.array_equal(np.asarray(call(decrypt, call(encrypt, values))), values)


def test_the_interface_names_function_role_and_shape() -> None:
    attribute = client.interface("mlp", 1, "client.decrypt", model_output=0, shape=(1, 10))
    assert set(attribute.data) == {"func_name", "index", "roles", "model_output", "shape"}
    assert [extent.value.data for extent in attribute.data["shape"]] == [1, 10]  # pyright: ignore
