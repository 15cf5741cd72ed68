"""Results kept by the content of what they were computed from, in the user's cache folder.

An entry's name is a hash of everything that the result depends on: the inputs, the sources of the code that
computes it, and the versions of the libraries that it uses. So entries never have to be invalidated: those
that nobody asks for any more are the first to go when the folder gets too large.

Entries are written beside their place and renamed, so several processes may use one folder at a time. A
damaged entry counts as missing and is written again.
"""

from __future__ import annotations

import contextlib
import dataclasses
import mmap
import os
import stat
import sys
import tempfile
import time
from abc import ABC, abstractmethod
from collections.abc import Callable, Iterable, Mapping
from enum import Enum
from functools import cache as memoised
from hashlib import blake2b
from importlib.metadata import PackageNotFoundError, version
from importlib.util import find_spec
from pathlib import Path
from typing import Any, TypeVar, cast

import numpy as np
import platformdirs

import hetorch_heir
from hetorch_heir.core.errors import ParameterError
from hetorch_heir.core.records import BrokenRecord, NotRecordable, from_bytes, to_parts

FOLDER_VARIABLE = "HETORCH_CACHE_DIR"
"""Environment variable with another folder; set to nothing, nothing is kept."""

SIZE_VARIABLE = "HETORCH_CACHE_SIZE"
"""Environment variable with the most that the folder may hold, in bytes or with a suffix K, M, G."""

DEFAULT_LIMIT = 2 << 30
"""Bytes that the folder holds at most, unless the environment says otherwise."""

LARGEST_SHARE = 4
"""An entry takes at most one part of so many of the folder: a large one would drive out all others."""

_STARTED = time.time()
_SUFFIX = ".record"
_ABANDONED = 3600.0
"""Seconds after which a file that was never renamed is somebody's crash."""
_UNITS = {"K": 1 << 10, "M": 1 << 20, "G": 1 << 30}

Result = TypeVar("Result")


class Cache(ABC):
    """Remembers results by what they were computed from."""

    @abstractmethod
    def load(self, key: str) -> Any | None:
        """The result of a key, None if it is not there. Its arrays can't be changed."""

    @abstractmethod
    def store(self, key: str, result: object) -> None:
        """Keeps a result, if it can be kept."""

    def remember(self, key: str, compute: Callable[[], Result]) -> Result:
        """The result of a key: the one kept, or else that of ``compute``, which is then kept.

        ``compute`` must give the same for the same key, and never None.
        """
        known = self.load(key)
        if known is None:
            known = compute()
            self.store(key, known)
        return cast("Result", known)


class NoCache(Cache):
    """Remembers nothing."""

    def load(self, key: str) -> None:
        return None

    def store(self, key: str, result: object) -> None:
        pass


NO_CACHE = NoCache()


class FolderCache(Cache):
    """Remembers results in the files of a folder; the least recently used ones go first.

    Where the folder can't be written to, or is not the user's own, nothing is kept.

    Args:
        folder: made when the first result is kept, readable by the user alone.
        limit: bytes that all files together take at most.
    """

    def __init__(self, folder: str | Path, limit: int = DEFAULT_LIMIT) -> None:
        self.folder = Path(folder)
        self.limit = limit

    def load(self, key: str) -> Any | None:
        path = self._path(key)
        try:
            if not _is_private(self.folder):
                return None
            result = from_bytes(_mapped(path))
            os.utime(path)
        except OSError:
            return None
        except (BrokenRecord, ValueError):  # damaged, or empty
            with contextlib.suppress(OSError):
                path.unlink()
            return None
        return result

    def store(self, key: str, result: object) -> None:
        try:
            parts = to_parts(result)
        except NotRecordable:
            return
        if sum(map(len, parts)) > self.limit // LARGEST_SHARE:
            return
        with contextlib.suppress(OSError):  # a full disk, a folder that is read only: it works without
            self.folder.mkdir(mode=0o700, parents=True, exist_ok=True)
            if _is_private(self.folder):
                _write(self._path(key), parts)
                self._make_room()

    def clear(self) -> int:
        """Removes all entries; gives how many there were."""
        removed = 0
        for path, _ in self._files():
            with contextlib.suppress(OSError):
                path.unlink()
                removed += 1
        return removed

    @property
    def size(self) -> int:
        """Bytes that all entries take."""
        return sum(about.st_size for _, about in self._files())

    def _path(self, key: str) -> Path:
        return self.folder / f"{key}{_SUFFIX}"

    def _files(self) -> list[tuple[Path, os.stat_result]]:
        """The files of the cache, entries and what is being written."""
        found: list[tuple[Path, os.stat_result]] = []
        with contextlib.suppress(OSError), os.scandir(self.folder) as entries:
            for entry in entries:
                if _SUFFIX in entry.name:
                    with contextlib.suppress(OSError):  # another process may have removed it
                        found.append((Path(entry.path), entry.stat(follow_symlinks=False)))
        return found

    def _make_room(self) -> None:
        """Removes the least recently used entries until all fit, and what crashes have left."""
        files = sorted(self._files(), key=lambda file: file[1].st_mtime)
        total = sum(about.st_size for _, about in files)
        for path, about in files:
            being_written = path.suffix != _SUFFIX
            abandoned = being_written and time.time() - about.st_mtime > _ABANDONED
            if abandoned or (total > self.limit and not being_written):
                with contextlib.suppress(OSError):
                    path.unlink()
                total -= about.st_size


def user_cache() -> Cache:
    """The cache of the user, as the environment says.

    Raises:
        ParameterError: the size given in the environment is no number of bytes.
    """
    folder = os.environ.get(FOLDER_VARIABLE)
    if folder == "":
        return NO_CACHE
    limit = _bytes_of(os.environ.get(SIZE_VARIABLE, ""))
    return FolderCache(folder or platformdirs.user_cache_path("hetorch-heir", appauthor=False), limit)


def key_of(kind: str, inputs: object, *, code: Iterable[str], libraries: Iterable[str] = ()) -> str:
    """The name of a result.

    Args:
        kind: what is computed; begins the name.
        inputs: everything that the result depends on, as :func:`fingerprint` takes it.
        code: packages and modules, with dots, whose sources compute it.
        libraries: names of distributions that they use.

    Raises:
        NotRecordable: an input has no content that could be compared.
    """
    versions = [(name, _version(name)) for name in ("numpy", "scipy", *libraries)]
    sources = [source_digest(name) for name in code]
    about = (kind, hetorch_heir.__version__, sys.version_info[:2], versions, sources)
    return f"{kind}-{fingerprint((about, inputs))}"


def fingerprint(value: object) -> str:
    """A hash of a value's content.

    Raises:
        NotRecordable: it holds something else than numbers, text, bytes, arrays, types, containers of such,
            dataclasses and enumerations.
    """
    digest = blake2b(digest_size=20)
    _feed(digest, value)
    return digest.hexdigest()


def _feed(digest: blake2b, value: object) -> None:
    match value:
        case None | bool() | int() | float() | complex() | str():
            _tagged(digest, type(value).__name__, repr(value).encode())
        case np.generic():
            _feed(digest, np.asarray(cast("Any", value)))
        case bytes():
            _tagged(digest, "bytes", value)
        case Enum():
            _tagged(digest, type(value).__qualname__, value.name.encode())
        case np.ndarray():
            if value.dtype.hasobject:
                raise NotRecordable("an array of objects has no content to compare")
            _tagged(digest, f"array {value.dtype.str} {value.shape}", b"")
            digest.update(np.ascontiguousarray(value).reshape(-1).view(np.uint8).data)
        case type():
            _tagged(digest, "type", f"{value.__module__}.{value.__qualname__}".encode())
        case Mapping():
            _feed_all(digest, "mapping", cast("Mapping[object, object]", value).items())
        case tuple() | list():
            _feed_all(digest, "sequence", cast("Iterable[object]", value))
        case frozenset() | set():
            _feed_all(digest, "set", sorted(map(fingerprint, cast("Iterable[object]", value))))
        case Path():
            _tagged(digest, "path", os.fsencode(value))
        case _ if dataclasses.is_dataclass(value) and not isinstance(value, type):
            fields = [(field.name, getattr(value, field.name)) for field in dataclasses.fields(value)]
            _feed_all(digest, f"{type(value).__module__}.{type(value).__qualname__}", fields)
        case _:
            raise NotRecordable(f"{type(value).__qualname__} has no content to compare")


def _feed_all(digest: blake2b, kind: str, values: Iterable[object]) -> None:
    every = list(values)
    _tagged(digest, f"{kind} of {len(every)}", b"")
    for one in every:
        _feed(digest, one)


def _tagged(digest: blake2b, kind: str, data: bytes) -> None:
    digest.update(f"{kind}:{len(data)}:".encode())
    digest.update(data)


@memoised
def source_digest(name: str) -> str:
    """A hash of the source of a module, or of all files of a package: its data decides on results as well."""
    found = find_spec(name)
    if found is None or found.origin is None:
        raise ModuleNotFoundError(f"there is no module {name}")
    place = Path(found.origin)
    files = _package_files(place.parent) if found.submodule_search_locations else [place]
    digest = blake2b(digest_size=20)
    for file in files:
        _tagged(digest, str(file.relative_to(place.parent)), file.read_bytes())
        if file.stat().st_mtime > _STARTED:
            # Edited since: perhaps the code that runs is the one before. Nobody will find such entries.
            digest.update(os.urandom(16))
    return digest.hexdigest()


def _package_files(folder: Path) -> list[Path]:
    """All files of a package but those that Python and tools leave there."""
    left = {"__pycache__"}
    every = (file for file in folder.rglob("*") if file.is_file())
    return sorted(
        file
        for file in every
        if not any(part in left or part.startswith(".") for part in file.relative_to(folder).parts)
    )


def _version(distribution: str) -> str:
    try:
        return version(distribution)
    except PackageNotFoundError:
        return ""


def _is_private(folder: Path) -> bool:
    """Whether nobody but the user can have put files there."""
    about = folder.stat()
    others = stat.S_IWGRP | stat.S_IWOTH
    return not hasattr(os, "getuid") or (about.st_uid == os.getuid() and not about.st_mode & others)


def _mapped(path: Path) -> memoryview:
    """The content of a file, read from the disk as far as it is looked at."""
    with path.open("rb") as stream:
        return memoryview(mmap.mmap(stream.fileno(), 0, access=mmap.ACCESS_READ))


def _write(path: Path, parts: Iterable[bytes | memoryview]) -> None:
    """Writes a file as a whole: another process sees all of it, or none."""
    handle, name = tempfile.mkstemp(prefix=f"{path.name}.", dir=path.parent)
    try:
        with os.fdopen(handle, "wb") as stream:
            stream.writelines(parts)
        os.replace(name, path)
    except BaseException:
        with contextlib.suppress(OSError):
            os.unlink(name)
        raise


def _bytes_of(text: str) -> int:
    digits, unit = (text[:-1], text[-1].upper()) if text[-1:].upper() in _UNITS else (text, "")
    if not text:
        return DEFAULT_LIMIT
    if not digits.isdecimal():
        raise ParameterError(
            f"{SIZE_VARIABLE} is '{text}', which is no number of bytes", hint="write for example 500M or 2G"
        )
    return int(digits) * _UNITS.get(unit, 1)
