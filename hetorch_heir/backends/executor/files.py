"""Files of keys and ciphertexts: a header that says what they belong to, and the library's bytes.

    file   = magic, length of the header (4 bytes, little-endian), header (JSON, UTF-8), payload
    header = {"kind": …, "size": bytes of the payload, "sha256": its digest, and what the writer adds}

A file is complete or not there: it is written beside its place and moved.
"""

from __future__ import annotations

import contextlib
import hashlib
import json
import os
import struct
import tempfile
from typing import Any

from .errors import ExecutionError

MAGIC = b"hetorch\x00heir\x00\x01\n\x00\x00"
_LENGTH = struct.Struct("<I")
_LARGEST_HEADER = 1 << 24

KEY_MODE = 0o600
"""Permissions of files that hold keys."""


def write_file(path: str, header: dict[str, Any], payload: bytes, mode: int | None = KEY_MODE) -> None:
    """Write a file with permissions ``mode``; None means those that the umask leaves.

    Raises:
        ExecutionError: the folder can't be written to, or the disk is full. Nothing is left behind then.
    """
    full = {**header, "size": len(payload), "sha256": hashlib.sha256(payload).hexdigest()}
    head = json.dumps(full).encode()
    temporary = ""
    try:
        handle, temporary = tempfile.mkstemp(prefix=".", suffix=".part", dir=os.path.dirname(path) or ".")
        with os.fdopen(handle, "wb") as stream:
            stream.write(MAGIC + _LENGTH.pack(len(head)) + head)
            stream.write(payload)
        os.chmod(temporary, _default_mode() if mode is None else mode)
        os.replace(temporary, path)
    except OSError as error:
        if temporary:
            with contextlib.suppress(OSError):
                os.unlink(temporary)
        raise ExecutionError(
            f"can't write {path}: {error.strerror}", "choose a folder that is writable and has room"
        ) from error


def _default_mode() -> int:
    umask = os.umask(0)
    os.umask(umask)
    return 0o666 & ~umask


def is_ours(path: str) -> bool:
    """Whether a file begins as these files do."""
    try:
        with open(path, "rb") as stream:
            return stream.read(len(MAGIC)) == MAGIC
    except OSError:
        return False


def read_header(path: str) -> dict[str, Any]:
    """The header of a file whose size is what the header says.

    Raises:
        ExecutionError: the file can't be read, is of another kind, or is truncated.
    """
    return payload_offset(path)[0]


def read_file(path: str) -> tuple[dict[str, Any], bytes]:
    """Header and payload of a file.

    Raises:
        ExecutionError: as :func:`read_header`, or the payload isn't the one that was written.
    """
    header, offset = payload_offset(path)
    with open(path, "rb") as stream:
        stream.seek(offset)
        payload = stream.read()
    if hashlib.sha256(payload).hexdigest() != header["sha256"]:
        raise ExecutionError(f"{path} is damaged: its checksum is wrong", "make the file anew")
    return header, payload


def payload_offset(path: str) -> tuple[dict[str, Any], int]:
    """The header of a file, and where its payload begins.

    Raises:
        ExecutionError: as :func:`read_header`.
    """
    try:
        with open(path, "rb") as stream:
            size = os.fstat(stream.fileno()).st_size
            start = stream.read(len(MAGIC) + _LENGTH.size)
            if start[: len(MAGIC)] != MAGIC:
                raise ExecutionError(
                    f"{path} is no file of keys or ciphertexts of hetorch-run",
                    "make it with hetorch-run keygen, encrypt or eval",
                )
            length = _LENGTH.unpack(start[len(MAGIC) :])[0] if len(start) == len(MAGIC) + _LENGTH.size else 0
            text = stream.read(min(length, _LARGEST_HEADER))
    except OSError as error:
        raise ExecutionError(f"can't read {path}: {error.strerror}") from error
    offset = len(start) + length
    try:
        header = json.loads(text)
        if not isinstance(header, dict) or not isinstance(header["sha256"], str):
            raise ValueError
        if size != offset + header["size"]:
            raise ValueError
    except (ValueError, KeyError, TypeError) as error:
        raise ExecutionError(f"{path} is truncated or damaged", "make the file anew") from error
    return header, offset
