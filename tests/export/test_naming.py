import pytest

from hetorch_heir.export.naming import function_name


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("mlp", "mlp"),
        ("main", "main_model"),
        ("double", "double_model"),
        ("my-model.v2", "my_model_v2"),
        ("3layers", "model_3layers"),
        ("-", "model"),
    ],
)
def test_names_are_identifiers(name: str, expected: str) -> None:
    assert function_name(name) == expected
