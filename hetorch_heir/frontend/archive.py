"""What kind of model file some bytes are, judged by their content and never by the file's name."""

from __future__ import annotations

import enum
import io
import zipfile


class ModelFileKind(enum.Enum):
    """The kinds of file that are told apart."""

    EXPORT = "torch.export archive (.pt2)"
    OLD_EXPORT = "torch.export archive of a torch before 2.8"
    TORCHSCRIPT = "TorchScript archive"
    TORCH_SAVE = "torch.save archive"
    PICKLE = "pickle"
    SAFETENSORS = "safetensors file"
    GIT_LFS_POINTER = "Git LFS pointer"
    EMPTY = "empty file"
    TRUNCATED = "truncated archive"
    UNKNOWN = "unknown file"


_LFS_PREFIX = b"version https://git-lfs.github.com/spec/"


def identify(data: bytes) -> ModelFileKind:
    """The kind of the model file with the content ``data``."""
    if not data:
        return ModelFileKind.EMPTY
    if data.startswith(b"PK"):
        return _identify_zip(data)
    if data.startswith(_LFS_PREFIX):
        return ModelFileKind.GIT_LFS_POINTER
    # A pickle of protocol 2 or later starts with PROTO n and ends with STOP.
    if data[0] == 0x80 and len(data) > 1 and 2 <= data[1] <= 5:
        return ModelFileKind.PICKLE
    header_size = int.from_bytes(data[:8], "little")
    if len(data) >= 10 and header_size <= len(data) - 8 and data[8:9] == b"{":
        return ModelFileKind.SAFETENSORS
    return ModelFileKind.UNKNOWN


def _identify_zip(data: bytes) -> ModelFileKind:
    """The kind of a zip archive, by the names of its members."""
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            names = archive.namelist()
    except zipfile.BadZipFile:
        return ModelFileKind.TRUNCATED
    if "serialized_exported_program.json" in names:
        return ModelFileKind.OLD_EXPORT
    # torch prefixes all members with one folder, named after the file that was written.
    members = {name.split("/", 1)[1] for name in names if "/" in name}
    if "archive_format" in members and any(member.startswith("models/") for member in members):
        return ModelFileKind.EXPORT
    if "constants.pkl" in members and any(member.startswith("code/") for member in members):
        return ModelFileKind.TORCHSCRIPT
    if "data.pkl" in members:
        return ModelFileKind.TORCH_SAVE
    return ModelFileKind.UNKNOWN
