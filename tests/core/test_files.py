from pathlib import Path

import pytest

from hetorch_heir.core.files import OutputError, write_files


def test_writes_all_files(tmp_path: Path) -> None:
    write_files({tmp_path / "a.bin": b"1", tmp_path / "b.mlir": b"2"})
    assert (tmp_path / "a.bin").read_bytes() == b"1"
    assert sorted(path.name for path in tmp_path.iterdir()) == ["a.bin", "b.mlir"]


def test_a_failure_leaves_earlier_files_and_no_others(tmp_path: Path) -> None:
    earlier = tmp_path / "out.mlir"
    earlier.write_text("earlier")
    (tmp_path / "taken").mkdir()
    with pytest.raises(OutputError, match="is a folder"):
        write_files({earlier: b"new", tmp_path / "taken": b"x"})
    assert earlier.read_text() == "earlier"
    assert sorted(path.name for path in tmp_path.iterdir()) == ["out.mlir", "taken"]


def test_a_missing_folder_is_named(tmp_path: Path) -> None:
    with pytest.raises(OutputError, match="there is no folder"):
        write_files({tmp_path / "nowhere" / "out.mlir": b""})


def test_a_new_file_has_the_usual_permissions(tmp_path: Path) -> None:
    write_files({tmp_path / "out.mlir": b""})
    (tmp_path / "reference").touch()
    assert (tmp_path / "out.mlir").stat().st_mode == (tmp_path / "reference").stat().st_mode
