"""Files of keys and ciphertexts."""

from __future__ import annotations

import stat
import subprocess
import sys
from pathlib import Path

import pytest

from hetorch_heir.backends.executor.errors import ExecutionError
from hetorch_heir.backends.executor.files import is_ours, read_file, read_header, write_file

PAYLOAD = bytes(range(256)) * 4


@pytest.fixture
def path(tmp_path: Path) -> Path:
    write_file(str(tmp_path / "a.key"), {"kind": "secret", "keys": "1234"}, PAYLOAD)
    return tmp_path / "a.key"


def test_what_is_written_is_read(path: Path) -> None:
    header, payload = read_file(str(path))
    assert payload == PAYLOAD
    assert header["kind"] == "secret" and header["keys"] == "1234" and header["size"] == len(PAYLOAD)
    assert read_header(str(path)) == header
    assert is_ours(str(path))


def test_keys_are_for_their_owner_only(path: Path) -> None:
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert [one.name for one in path.parent.iterdir()] == ["a.key"]


@pytest.mark.parametrize("length", [0, 5, 16, 18, 40, 300, -1])
def test_a_truncated_file_is_refused(path: Path, length: int) -> None:
    path.write_bytes(path.read_bytes()[:length])
    with pytest.raises(ExecutionError, match=r"truncated|no file of keys"):
        read_header(str(path))


def test_a_longer_file_is_refused(path: Path) -> None:
    path.write_bytes(path.read_bytes() + b"x")
    with pytest.raises(ExecutionError, match="damaged"):
        read_header(str(path))


def test_a_changed_payload_is_refused(path: Path) -> None:
    data = bytearray(path.read_bytes())
    data[-10] ^= 1
    path.write_bytes(data)
    read_header(str(path))
    with pytest.raises(ExecutionError, match="checksum"):
        read_file(str(path))


def test_a_foreign_file_is_refused(tmp_path: Path) -> None:
    (tmp_path / "b").write_bytes(b"\x80\x04cos\nsystem\n")
    assert not is_ours(str(tmp_path / "b")) and not is_ours(str(tmp_path / "none"))
    for name in ("b", "none"):
        with pytest.raises(ExecutionError):
            read_header(str(tmp_path / name))


def test_a_folder_that_is_not_there(tmp_path: Path) -> None:
    with pytest.raises(ExecutionError, match="can't write"):
        write_file(str(tmp_path / "none" / "a"), {}, b"")


def test_a_full_disk_leaves_nothing_behind(tmp_path: Path) -> None:
    """Stood in for by a limit on the size of files, which fails in the same call."""
    code = """
import resource, signal, sys
from hetorch_heir.backends.executor.errors import ExecutionError
from hetorch_heir.backends.executor.files import write_file
signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
resource.setrlimit(resource.RLIMIT_FSIZE, (1000, 1000))
try:
    write_file(sys.argv[1], {"kind": "public"}, bytes(100_000))
except ExecutionError as error:
    print(error.what)
"""
    done = subprocess.run(
        [sys.executable, "-c", code, str(tmp_path / "a.key")], capture_output=True, text=True, check=True
    )
    assert "can't write" in done.stdout and "File too large" in done.stdout
    assert not list(tmp_path.iterdir())
