"""Keys that are in memory only while a program needs them: a plan, carried out during an evaluation.

A background thread copies the files of prefetched keys into memory and checks them, while the library
computes; decoding them is the library's, and happens at the load. OpenFHE reads keys from files only if they
aren't to be copied several times, so the copies are files in memory.
"""

from __future__ import annotations

import hashlib
import mmap
import os
import queue
import time
from collections.abc import Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass, field
from typing import Any, BinaryIO

from .errors import ExecutionError
from .files import payload_offset
from .library import Library

PREFETCH, LOAD, USE, CLEAR = "prefetch", "load", "use", "clear"
CHUNK = 1 << 20

Key = tuple[str, int]


@dataclass(frozen=True)
class KeySteps:
    """A plan for the keys of a stream.

    Attributes:
        paths: the file of every key.
        actions: what happens before an instruction: its number, the action, the key; of a load, up to which
            level the key will be used, or None.
        checked: files whose digest was right, as they were then: it isn't computed twice.
    """

    paths: dict[Key, str]
    actions: list[tuple[int, str, Key, int | None]]
    checked: set[tuple[int, ...]] = field(default_factory=set, compare=False)

    @staticmethod
    def from_json(data: dict[str, Any]) -> KeySteps:
        """
        Raises:
            ExecutionError: the data is no such plan.
        """
        try:
            paths = {(str(kind), int(steps)): str(path) for kind, steps, path in data["paths"]}
            actions = [
                (int(at), str(action), (str(kind), int(steps)), int(level[0]) if level else None)
                for at, action, kind, steps, *level in data["actions"]
            ]
        except (KeyError, TypeError, ValueError) as error:
            raise ExecutionError(f"the message is no plan of keys: {error}") from error
        if any(
            action not in (PREFETCH, LOAD, USE, CLEAR) or key not in paths for _, action, key, _ in actions
        ):
            raise ExecutionError("the plan of keys has an action or a key that is not known")
        return KeySteps(paths, actions)


class KeyLoader:
    """Carries out a plan once; a context manager, at whose end all keys of the plan are out of memory.

    Attributes:
        seconds: that the evaluation waited for keys.
    """

    def __init__(self, library: Library, plan: KeySteps) -> None:
        self.seconds = 0.0
        self._library = library
        self._plan = plan
        self._next = 0
        self._pending: dict[Key, Future[_Staged]] = {}
        self._held: set[Key] = set()
        self._thread = ThreadPoolExecutor(max_workers=1, thread_name_prefix="key-loader")
        self._free: queue.SimpleQueue[int] = queue.SimpleQueue()
        """Descriptors of files in memory that can be used again: new ones would need new pages."""

    def __enter__(self) -> KeyLoader:
        return self

    def __exit__(self, *_: object) -> None:
        for future in self._pending.values():
            if not future.cancel() and future.exception() is None:
                self._free.put(future.result().descriptor)
        self._thread.shutdown()
        while not self._free.empty():
            os.close(self._free.get())
        for kind, steps in self._held:
            self._library.drop_key(kind, steps)
        self._held.clear()

    def before(self, instruction: int) -> None:
        """Do what the plan says before an instruction.

        Raises:
            ExecutionError: a key's file is missing or damaged.
        """
        actions: Sequence[tuple[int, str, Key, int | None]] = self._plan.actions
        start = time.perf_counter()
        while self._next < len(actions) and actions[self._next][0] <= instruction:
            _, action, key, level = actions[self._next]
            self._next += 1
            if action == PREFETCH:
                self._pending[key] = self._thread.submit(self._stage, key, level)
            elif action == LOAD:
                self._load(key, level)
            elif action == CLEAR:
                self._held.discard(key)
                self._library.drop_key(*key)
        self.seconds += time.perf_counter() - start

    def _load(self, key: Key, level: int | None) -> None:
        kind, steps = key
        pending = self._pending.pop(key, None)
        staged = self._stage(key, level) if pending is None else pending.result()
        try:
            self._library.put_key_file(f"/proc/self/fd/{staged.descriptor}", kind, steps)
        finally:
            self._free.put(staged.descriptor)
        self._held.add(key)
        if staged.level is not None:
            self._library.restrict_key(kind, steps, staged.level)

    def _stage(self, key: Key, level: int | None) -> _Staged:
        """Copy what is used of a key's file into memory, and check the file if it hasn't been."""
        path, kind = self._plan.paths[key], key[0]
        header, offset = payload_offset(path)
        if header.get("kind") != kind:
            raise ExecutionError(f"{path} holds a {header.get('kind')} key, not a {kind} key")
        try:
            descriptor = self._free.get_nowait()
        except queue.Empty:
            descriptor = os.memfd_create("key")
        highest: int | None = header.get("level")
        wanted = level if level is not None and highest is not None and level < highest else None
        try:
            limited = self._copy(path, offset, header, descriptor, wanted)
        except OSError as error:
            os.close(descriptor)
            raise ExecutionError(f"can't read {path}: {error.strerror}") from error
        except BaseException:
            os.close(descriptor)
            raise
        return _Staged(descriptor, wanted if limited else highest)

    def _copy(
        self, path: str, offset: int, header: dict[str, Any], descriptor: int, level: int | None
    ) -> bool:
        """Copy a payload, or what is used of it up to ``level``; whether it is only that."""
        with open(path, "rb") as source, open(descriptor, "wb", closefd=False) as target:
            status = os.fstat(source.fileno())
            identity = (status.st_dev, status.st_ino, status.st_size, status.st_mtime_ns)
            if identity not in self._plan.checked:
                _check(source, offset, header["sha256"], path)
                self._plan.checked.add(identity)
            target.seek(0)
            limited = None if level is None else self._limited(source, offset, header, level)
            if limited is not None:
                target.write(limited)
            else:
                source.seek(offset)
                while chunk := source.read(CHUNK):
                    target.write(chunk)
            target.truncate()
        return limited is not None

    def _limited(
        self, source: BinaryIO, offset: int, header: dict[str, Any], level: int
    ) -> memoryview | None:
        with mmap.mmap(source.fileno(), 0, access=mmap.ACCESS_READ) as content:
            data = self._library.limit_key(content, header["kind"], level, header["level"])
        return None if data is None else memoryview(data)[offset:]


def _check(source: BinaryIO, offset: int, expected: str, path: str) -> None:
    digest = hashlib.sha256()
    source.seek(offset)
    while chunk := source.read(CHUNK):
        digest.update(chunk)
    if digest.hexdigest() != expected:
        raise ExecutionError(f"{path} is damaged: its checksum is wrong", "generate the keys anew")


@dataclass(frozen=True)
class _Staged:
    """A key file in memory.

    Attributes:
        descriptor: of a file with the payload.
        level: the highest that the key is for, or None for all.
    """

    descriptor: int
    level: int | None
