"""Client and server apart: folders of keys and ciphertexts, and what is checked before any work.

    client/   secret.key, public.key
    server/   relinearization.key, rotation_<steps>.key …, public.key, and at last keys.json
    inputs/   <group>.<argument>.ct
    results/  <group>.<result>.ct

A group is what one evaluation takes: the ciphertexts of one sample, or of as many as share them. Every file
says which program, parameters and keys it belongs to.
"""

from __future__ import annotations

import contextlib
import json
import re
import secrets
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from hetorch_heir.backends.connection import Connection, Report
from hetorch_heir.backends.errors import BackendError
from hetorch_heir.backends.executor.errors import ExecutionError
from hetorch_heir.backends.executor.files import is_ours, read_header
from hetorch_heir.backends.executor.library import PUBLIC, RELINEARIZATION, ROTATION, SECRET
from hetorch_heir.backends.executor.parameters import Parameters
from hetorch_heir.backends.key_levels import highest_levels
from hetorch_heir.backends.recording import Program
from hetorch_heir.backends.session import Session, required_keys
from hetorch_heir.core.files import write_files

MANIFEST = "keys.json"
CIPHERTEXT = "ciphertext"
_NAME = re.compile(r"(\d+)\.(\d+)\.ct")

Key = tuple[str, int]


@dataclass(frozen=True)
class Owner:
    """What a file belongs to."""

    program: str
    """Digest of the program's text."""
    library: str
    parameters: Parameters
    keys: str
    """A random name of the key pair."""

    def header(self, **more: Any) -> dict[str, Any]:
        return {
            "program": self.program,
            "scheme": self.parameters.scheme,
            "library": self.library,
            "parameters": self.parameters.to_json(),
            "keys": self.keys,
            **more,
        }

    @staticmethod
    def of(header: dict[str, Any], path: Path) -> Owner:
        """
        Raises:
            BackendError: the header doesn't say it.
        """
        try:
            parameters = Parameters.from_json(header["parameters"])
            return Owner(header["program"], header["library"], parameters, header["keys"])
        except (KeyError, TypeError, ExecutionError) as error:
            raise BackendError(f"the header of {path} is not one of this version of hetorch-run") from error

    def require(self, header: dict[str, Any], path: Path) -> None:
        """Check that another file belongs to the same.

        Raises:
            BackendError: it doesn't; says in what it differs.
        """
        expected = self.header()
        for name, what in (
            ("scheme", "scheme"),
            ("library", "library"),
            ("program", "program"),
            ("parameters", "parameters"),
            ("keys", "key pair"),
        ):
            if header.get(name) != expected[name]:
                raise BackendError(
                    f"{path} belongs to another {what}",
                    hint="keys and ciphertexts only go with the program and the key pair they were made for",
                )


def require_program(owner: Owner, program: Program, path: Path) -> None:
    """Check that ``owner`` is of ``program``.

    Raises:
        BackendError: it is of another one, or the program's parameters have changed.
    """
    if owner.program != program.digest:
        raise BackendError(
            f"{path} was made for another program",
            hint="use the program that hetorch-run keygen was given, or generate keys for this one",
        )
    if owner.parameters != program.parameters(lanes=owner.parameters.lanes, insecure=True):
        raise BackendError(f"{path} was made for other parameters", hint="generate the keys anew")


def owner_of(path: Path, kind: str) -> Owner:
    """What a key file belongs to.

    Raises:
        BackendError: the file is missing, damaged, or of another kind.
    """
    header = header_of(path)
    if header.get("kind") != kind:
        raise BackendError(f"{path} is no {kind} key")
    return Owner.of(header, path)


def key_owner(folder: Path, kind: str, program: Program) -> Owner:
    """What the key of a client's folder belongs to.

    Raises:
        BackendError: as :func:`owner_of` and :func:`require_program`.
    """
    path = key_path(folder, kind)
    owner = owner_of(path, kind)
    require_program(owner, program, path)
    return owner


def header_of(path: Path) -> dict[str, Any]:
    """The header of a file.

    Raises:
        BackendError: the file is missing, truncated, or of another program.
    """
    try:
        return read_header(str(path))
    except ExecutionError as error:
        raise BackendError(error.what, hint=error.hint) from error


# Keys


def key_path(folder: Path, kind: str, steps: int = 0) -> Path:
    """Where a folder has a key."""
    return folder / (f"{kind}_{steps}.key" if kind == ROTATION else f"{kind}.key")


def generate_keys(session: Session, client: Path, server: Path, report: Report | None = None) -> int:
    """Generate a key pair and the evaluation keys of the program; the bytes written for the server.

    Where the library allows it, evaluation keys are only for the levels at which the program uses them.

    If it fails no key is left behind.

    Raises:
        BackendError: the client's folder has a secret key already, or a file can't be written.
    """
    for folder in (client, server):
        make_folder(folder)
    if key_path(client, SECRET).exists() or (server / MANIFEST).exists():
        raise BackendError(
            f"there are keys in {client} or {server} already",
            hint="name new folders, or delete the old keys: what they encrypted is lost then",
        )
    owner = Owner(session.program.digest, session.backend, session.parameters, secrets.token_hex(16))
    stream, lanes = session.program.record(), session.parameters.lanes
    keys: list[Key] = required_keys(stream, lanes)
    levels = highest_levels(stream, lanes)
    places: list[tuple[Path, Key]] = [(client, (SECRET, 0)), (client, (PUBLIC, 0)), (server, (PUBLIC, 0))]
    places += [(server, key) for key in keys]
    written: list[Path] = []
    size = 0
    try:
        session.connection.call("generate", {"keys": [[PUBLIC, 0]]})
        for number, (folder, (kind, steps)) in enumerate(places):
            if kind == RELINEARIZATION:  # the others are generated when they are written
                session.connection.call("generate", {"keys": [[kind, steps]]})
            path = key_path(folder, kind, steps)
            body = {"kind": kind, "steps": steps, "path": str(path), "header": owner.header(steps=steps)}
            if (kind, steps) in levels:
                body["level"] = levels[kind, steps]
            saved, _ = session.connection.call("save_key", body)
            written.append(path)
            size += saved["bytes"] if folder == server else 0
            if report is not None:
                report(number + 1, len(places))
        manifest = owner.header(evaluation_keys=[list(key) for key in keys])
        write_files({server / MANIFEST: json.dumps(manifest, indent=1).encode()})
    except BaseException:
        for path in written:
            path.unlink(missing_ok=True)
        raise
    return size


def make_folder(folder: Path) -> None:
    """Make a folder that only its owner can enter, if it isn't there.

    Raises:
        BackendError: it can't be made.
    """
    try:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    except OSError as error:
        raise BackendError(f"can't make the folder {folder}: {error.strerror}") from error


def read_manifest(server: Path, program: Program) -> tuple[Owner, list[Key]]:
    """What the evaluation keys in a folder belong to, and which they are; all that the program needs.

    Raises:
        BackendError: keys are missing, damaged, or of another program.
    """
    path = server / MANIFEST
    try:
        manifest = json.loads(path.read_text())
        keys: list[Key] = [(str(kind), int(steps)) for kind, steps in manifest["evaluation_keys"]]
    except OSError as error:
        raise BackendError(
            f"can't read {path}: {error.strerror}",
            hint="make the keys with hetorch-run keygen; it writes this file when all keys are there",
        ) from error
    except (ValueError, KeyError, TypeError) as error:
        raise BackendError(f"{path} is damaged", hint="generate the keys anew") from error
    owner = Owner.of(manifest, path)
    require_program(owner, program, path)
    needed = required_keys(program.record(), owner.parameters.lanes)
    for kind, steps in needed:
        if (kind, steps) not in keys or not key_path(server, kind, steps).exists():
            name = f"the key for rotations by {steps}" if kind == ROTATION else f"the {kind} key"
            raise BackendError(
                f"{name} is missing in {server}", hint="generate the keys for this program anew"
            )
        key = key_path(server, kind, steps)
        header = header_of(key)
        owner.require(header, key)
        if (header.get("kind"), header.get("steps")) != (kind, steps):
            raise BackendError(f"{key} is another key, renamed", hint="generate the keys anew")
    return owner, needed


def refuse_secret_keys(folders: Iterable[Path], beside: Iterable[Path]) -> None:
    """Check that a server has no secret key in ``folders``, at any depth, or right in ``beside``.

    Raises:
        BackendError: there is one, or what may be one.
    """
    paths = [path for folder in folders for path in folder.rglob("*") if path.is_file()]
    paths += [path for folder in beside if folder.is_dir() for path in folder.iterdir() if path.is_file()]
    for path in paths:
        if is_ours(str(path)) and _may_be_secret(path):
            raise BackendError(
                f"{path} is a secret key, within reach of the server",
                hint="the secret key stays with the client: move it, and give the server only its own folder",
            )


def _may_be_secret(path: Path) -> bool:
    try:
        return header_of(path).get("kind") == SECRET
    except BackendError:
        return path.name == key_path(path.parent, SECRET).name


# Ciphertexts


@dataclass(frozen=True)
class Group:
    """The ciphertexts of one evaluation, in order."""

    number: int
    paths: tuple[Path, ...]
    count: int
    """Samples in them."""


def read_groups(folder: Path, owner: Owner, role: str) -> list[Group]:
    """The groups of ciphertexts in a folder.

    Args:
        role: "input" or "output".

    Raises:
        BackendError: a file is damaged or belongs to something else, or there is none.
    """
    found: dict[int, dict[int, Path]] = {}
    for path in sorted(folder.glob("*.ct")):
        if match := _NAME.fullmatch(path.name):
            found.setdefault(int(match[1]), {})[int(match[2])] = path
    if not found:
        raise BackendError(f"there are no ciphertexts in {folder}")
    return [_read_group(number, paths, owner, role) for number, paths in sorted(found.items())]


def _read_group(number: int, paths: dict[int, Path], owner: Owner, role: str) -> Group:
    headers = {position: header_of(path) for position, path in paths.items()}
    for position, header in headers.items():
        path = paths[position]
        owner.require(header, path)
        if (header.get("kind"), header.get("role")) != (CIPHERTEXT, role):
            raise BackendError(f"{path} is no {role} of the program")
        if header.get("position") != [number, position]:
            raise BackendError(f"{path} was renamed", hint="give it its old name back")
    size, count = headers[min(headers)]["of"], headers[min(headers)]["count"]
    missing = set(range(size)) - set(paths)
    if missing:
        raise BackendError(
            f"ciphertext {number}.{min(missing)}.ct is missing in {next(iter(paths.values())).parent}"
        )
    return Group(number, tuple(paths[position] for position in range(size)), count)


def group_paths(folder: Path, number: int, size: int) -> list[Path]:
    return [folder / f"{number:06}.{position}.ct" for position in range(size)]


def save_group(
    connection: Connection,
    owner: Owner,
    folder: Path,
    number: int,
    handles: Sequence[int],
    role: str,
    count: int,
) -> None:
    """Write the ciphertexts of a group; the last one comes last, so that a whole group has it."""
    for position, path in enumerate(group_paths(folder, number, len(handles))):
        header = owner.header(
            kind=CIPHERTEXT, role=role, position=[number, position], of=len(handles), count=count
        )
        connection.call("save", {"handle": handles[position], "path": str(path), "header": header})


@contextlib.contextmanager
def restored(connection: Connection, group: Group) -> Iterator[list[int]]:
    """Handles of the ciphertexts of a group, freed at the end."""
    handles = [connection.call("restore", {"path": str(path)})[0]["handle"] for path in group.paths]
    try:
        yield handles
    finally:
        with contextlib.suppress(BackendError):
            connection.call("free", {"handles": handles})


def load_key(connection: Connection, folder: Path, key: Key) -> None:
    """Have the executor read a key.

    Raises:
        BackendError: the file is damaged.
    """
    kind, steps = key
    body = {"kind": kind, "steps": steps, "path": str(key_path(folder, kind, steps))}
    connection.call("load_key", body)
