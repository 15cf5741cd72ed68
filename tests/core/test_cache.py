"""The cache: what is kept is found again, by content; nothing bad happens where it can't be."""

from __future__ import annotations

import os
import subprocess
import sys
from dataclasses import dataclass
from enum import Enum
from pathlib import Path

import numpy as np
import pytest

from hetorch_heir.core.cache import (
    FOLDER_VARIABLE,
    NO_CACHE,
    SIZE_VARIABLE,
    FolderCache,
    fingerprint,
    key_of,
    source_digest,
    user_cache,
)
from hetorch_heir.core.errors import ParameterError
from hetorch_heir.core.records import NotRecordable


@pytest.fixture
def cache(tmp_path: Path) -> FolderCache:
    return FolderCache(tmp_path / "deep" / "cache")


def test_a_result_is_computed_once(cache: FolderCache) -> None:
    computed: list[int] = []

    def compute() -> tuple[int, str]:
        computed.append(1)
        return 7, "seven"

    assert [cache.remember("key", compute) for _ in range(3)] == [(7, "seven")] * 3
    assert [FolderCache(cache.folder).remember("key", compute)] == [(7, "seven")]
    assert len(computed) == 1
    assert cache.remember("other", lambda: 8) == 8


def test_without_a_cache_everything_is_computed() -> None:
    assert [NO_CACHE.remember("key", lambda one=one: one) for one in (1, 2)] == [1, 2]


def test_nobody_else_can_look_in(cache: FolderCache) -> None:
    cache.store("key", 1)
    assert cache.folder.stat().st_mode & 0o777 == 0o700
    assert all(file.stat().st_mode & 0o077 == 0 for file in cache.folder.iterdir())


def test_a_folder_that_others_can_write_to_is_not_read(cache: FolderCache) -> None:
    cache.store("key", "planted")
    cache.folder.chmod(0o777)
    assert cache.load("key") is None
    assert cache.remember("key", lambda: "mine") == "mine"


@pytest.mark.parametrize("damage", [b"", b"HETORCH\x01", b"x" * 100])
def test_a_damaged_entry_is_written_again(cache: FolderCache, damage: bytes) -> None:
    cache.store("key", 1)
    (file,) = cache.folder.iterdir()
    whole = file.read_bytes()
    file.write_bytes(damage)
    assert cache.load("key") is None
    assert cache.remember("key", lambda: 1) == 1
    assert file.read_bytes() == whole


def test_the_least_recently_used_goes_first(cache: FolderCache) -> None:
    for number in range(4):
        cache.store(f"entry{number}", np.zeros(1000))
        os.utime(cache.folder / f"entry{number}.record", (number, number))
    assert cache.load("entry0") is not None
    cache.limit = cache.size - 1
    cache.store("entry4", np.zeros(10))
    assert {number for number in range(5) if cache.load(f"entry{number}") is not None} == {0, 2, 3, 4}
    assert cache.size <= cache.limit


def test_what_would_drive_out_all_else_is_not_kept(tmp_path: Path) -> None:
    cache = FolderCache(tmp_path, limit=4000)
    cache.store("small", 1)
    cache.store("large", np.zeros(200))
    assert cache.load("large") is None
    assert cache.load("small") == 1


def test_what_a_crash_has_left_goes(cache: FolderCache) -> None:
    cache.store("key", 1)
    left = cache.folder / "key.record.abcd"
    left.write_bytes(b"half")
    cache.store("other", 1)
    assert left.exists(), "another process may be writing it"
    os.utime(left, (0, 0))
    cache.store("third", 1)
    assert not left.exists()


def test_what_can_not_be_recorded_is_not_kept(cache: FolderCache) -> None:
    value = object()
    assert cache.remember("key", lambda: value) is value
    assert cache.load("key") is None


def test_it_works_where_nothing_can_be_written(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("in the way")
    cache = FolderCache(tmp_path / "file" / "cache")
    assert [cache.remember("key", lambda: 5) for _ in range(2)] == [5, 5]
    assert cache.clear() == 0


def test_clearing_leaves_foreign_files(cache: FolderCache) -> None:
    cache.store("one", 1)
    cache.store("two", 2)
    (cache.folder / "notes.txt").write_text("mine")
    assert cache.clear() == 2
    assert [file.name for file in cache.folder.iterdir()] == ["notes.txt"]


def test_processes_share_a_folder(tmp_path: Path) -> None:
    """Many writers and readers of the same few keys: every read gives all of an entry, or none."""
    program = (
        "import sys, numpy as np\n"
        "from hetorch_heir.core.cache import FolderCache\n"
        "cache = FolderCache(sys.argv[1], limit=80_000)\n"
        "for turn in range(150):\n"
        "    number = turn % 5\n"
        "    found = cache.remember(f'key{number}', lambda: np.full(2000, float(number)))\n"
        "    assert found.shape == (2000,) and np.all(found == number)\n"
    )
    workers = [subprocess.Popen([sys.executable, "-c", program, str(tmp_path)]) for _ in range(3)]
    assert [worker.wait(60) for worker in workers] == [0, 0, 0]
    assert all(file.suffix == ".record" for file in tmp_path.iterdir())


class Colour(Enum):
    RED = 1


@dataclass(frozen=True)
class Options:
    name: str
    size: int = 1


DIFFERENT = [
    None, True, 1, 1.0, "1", b"1", (1,), (1, 2), ((1,), 2), (1, (2,)), {"a": 1}, {1: "a"}, {"1"}, Colour.RED,
    "RED", Options("a"), Options("a", 2),
    Path("1"), int, float, np.array([1]), np.array([1.0]), np.array([[1]]),
    np.array([1], dtype=np.int32), ("ab", "c"), ("a", "bc"),
]  # fmt: skip


def test_different_contents_have_different_fingerprints() -> None:
    assert len({fingerprint(value) for value in DIFFERENT}) == len(DIFFERENT)


def test_equal_contents_have_equal_fingerprints() -> None:
    array = np.arange(12.0).reshape(3, 4)
    assert fingerprint(array[:, ::2]) == fingerprint(array[:, ::2].copy())
    assert fingerprint({"b", "a", "c"}) == fingerprint(frozenset(["c", "b", "a"]))
    assert fingerprint(Options("a")) == fingerprint(Options("a", 1))


@pytest.mark.parametrize("value", [object(), print, (object(),), np.array([object()])])
def test_what_has_no_content_has_no_fingerprint(value: object) -> None:
    with pytest.raises(NotRecordable):
        fingerprint(value)


def test_keys_depend_on_the_code(monkeypatch: pytest.MonkeyPatch) -> None:
    def key(code: str = "hetorch_heir.linalg") -> str:
        return key_of("plan", (1, 2), code=[code])

    assert key() == key()
    assert key() != key("hetorch_heir.approx")
    before = key()
    monkeypatch.setattr("hetorch_heir.core.cache.source_digest", lambda name: "another version")
    assert key() != before


def test_a_changed_source_has_another_digest(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.syspath_prepend(tmp_path)
    package = tmp_path / "a_package_of_two"
    package.mkdir()
    digests: set[str] = set()
    for text in ("x = 1", "x = 2"):
        (package / "__init__.py").write_text("")
        (package / "module.py").write_text(text)
        source_digest.cache_clear()
        digests.add(source_digest("a_package_of_two"))
        digests.add(source_digest("a_package_of_two.module"))
    assert len(digests) == 4


def test_data_of_a_package_belongs_to_its_digest(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.syspath_prepend(tmp_path)
    package = tmp_path / "a_package_with_data"
    (package / "__pycache__").mkdir(parents=True)
    long_ago = (1.0, 1.0)
    digests: list[str] = []
    for name in ("__init__.py", "costs.json", "__pycache__/left.pyc", ".left"):
        (package / name).write_text("1")
        os.utime(package / name, long_ago)
        source_digest.cache_clear()
        digests.append(source_digest("a_package_with_data"))
    assert digests[0] != digests[1] == digests[2] == digests[3]


def test_entries_of_a_source_edited_while_it_runs_are_not_found(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.syspath_prepend(tmp_path)
    (tmp_path / "an_edited_module.py").write_text("x = 1")
    digests: list[str] = []
    for _ in range(2):
        source_digest.cache_clear()
        digests.append(source_digest("an_edited_module"))
    assert digests[0] != digests[1]


def test_the_environment_chooses_the_folder(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv(FOLDER_VARIABLE, str(tmp_path))
    monkeypatch.setenv(SIZE_VARIABLE, "3M")
    cache = user_cache()
    assert isinstance(cache, FolderCache)
    assert (cache.folder, cache.limit) == (tmp_path, 3 << 20)
    monkeypatch.setenv(FOLDER_VARIABLE, "")
    assert user_cache() is NO_CACHE
    monkeypatch.delenv(FOLDER_VARIABLE)
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "home"))
    cache = user_cache()
    assert isinstance(cache, FolderCache) and cache.folder == tmp_path / "home" / "hetorch-heir"


def test_a_size_that_is_none_is_refused(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv(FOLDER_VARIABLE, str(tmp_path))
    monkeypatch.setenv(SIZE_VARIABLE, "lots")
    with pytest.raises(ParameterError, match="HETORCH_CACHE_SIZE is 'lots'"):
        user_cache()
