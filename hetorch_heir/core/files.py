"""Writing results: whole files or none."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Mapping
from pathlib import Path

from hetorch_heir.core.errors import HETorchError


class OutputError(HETorchError):
    """A result can't be written."""


def write_files(files: Mapping[Path, bytes]) -> None:
    """Writes all files beside their places first, then moves them there, the last one last.

    A failure before the moves leaves earlier files of the same names as they were.

    Raises:
        OutputError: a folder is missing or not writable, or the disk is full.
    """
    written: list[tuple[Path, Path]] = []
    try:
        for path, data in files.items():
            written.append((_write_beside(path, data), path))
        for temporary, path in written:
            os.replace(temporary, path)
    except OSError as error:
        raise OutputError(
            f"can't write {error.filename or next(iter(files))}: {error.strerror}",
            hint="choose a place that exists and is writable",
        ) from error
    finally:
        for temporary, _ in written:
            temporary.unlink(missing_ok=True)


def require_place(path: Path, *, folder: bool = False) -> None:
    """Refuses a place that nothing can be written to.

    Args:
        path: of a file, or with ``folder`` of a folder, which need not exist.

    Raises:
        OutputError: its folder is missing, or what is there is of the other kind.
    """
    if not path.parent.is_dir():
        raise OutputError(f"there is no folder {path.parent}", hint="create it, or choose another place")
    if folder and path.exists() and not path.is_dir():
        raise OutputError(f"{path} is a file", hint="give the name of a folder")
    if not folder and path.is_dir():
        raise OutputError(f"{path} is a folder", hint="give the name of a file")


def _write_beside(path: Path, data: bytes) -> Path:
    require_place(path)
    handle, name = tempfile.mkstemp(prefix=f".{path.name}.", dir=path.parent)
    temporary = Path(name)
    try:
        with os.fdopen(handle, "wb") as stream:
            stream.write(data)
        umask = os.umask(0)
        os.umask(umask)
        temporary.chmod(0o666 & ~umask)
    except OSError:
        temporary.unlink(missing_ok=True)
        raise
    return temporary
