"""hetorch-run keygen, encrypt, eval and decrypt."""

from __future__ import annotations

import json
import os
import shutil
import stat
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from hetorch_heir.cli.run import main
from tests.backends.programs import BOOTSTRAPPED, TEXT, expected

SAMPLES = np.random.default_rng(1).uniform(-1, 1, (5, 8))
ROOT = Path(__file__).resolve().parents[2]
KEYGEN = ["keygen", "p.mlir", "--client", "client", "--server", "server", "--insecure"]
ENCRYPT = ["encrypt", "p.mlir", "--client", "client", "-i", "x.npy", "--batch", "-o", "inputs"]
EVAL = ["eval", "p.mlir", "--server", "server", "--inputs", "inputs", "-o", "results"]
DECRYPT = ["decrypt", "p.mlir", "--client", "client", "--inputs", "results", "--batch", "-o", "y.npy"]


def write_inputs(folder: Path) -> None:
    (folder / "p.mlir").write_text(TEXT)
    np.save(folder / "x.npy", SAMPLES)


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder in which keys have been made and samples been encrypted, two to a ciphertext."""
    folder = tmp_path_factory.mktemp("apart")
    write_inputs(folder)
    before = Path.cwd()
    os.chdir(folder)
    try:
        assert main([*KEYGEN, "--backend", "seal", "--samples", "2"]) == 0
        assert main(ENCRYPT) == 0
    finally:
        os.chdir(before)
    return folder


@pytest.fixture
def folder(made: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A copy of that folder, to work in."""
    copy = tmp_path / "copy"
    shutil.copytree(made, copy)
    monkeypatch.chdir(copy)
    return copy


def refused(arguments: list[str], message: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(arguments) in (1, 2)
    error = capsys.readouterr().err
    assert message in error and "Traceback" not in error
    assert not Path("results").exists() or not list(Path("results").glob("*.ct"))


def test_the_results_are_those_of_the_program(folder: Path) -> None:
    assert sorted(path.name for path in Path("inputs").iterdir()) == [
        "000000.0.ct", "000001.0.ct", "000002.0.ct",
    ]  # fmt: skip
    assert main([*EVAL, "--check", "--jobs", "2"]) == 0
    assert main(DECRYPT) == 0
    for x, y in zip(SAMPLES, np.load("y.npy"), strict=True):
        assert y == pytest.approx(expected(x), abs=1e-4)


def test_groups_in_step_give_the_same(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    refused([*EVAL, "--together", "0"], "--together 0: at least one", capsys)
    size = max(path.stat().st_size for path in Path("server").glob("r*.key"))
    assert main([*EVAL, "--together", "2", "--key-budget", str(size)]) == 0
    assert main(DECRYPT) == 0
    for x, y in zip(SAMPLES, np.load("y.npy"), strict=True):
        assert y == pytest.approx(expected(x), abs=1e-4)


def test_openfhe(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    write_inputs(tmp_path)
    monkeypatch.chdir(tmp_path)
    np.save("x.npy", SAMPLES[0])
    for command in (KEYGEN, [one for one in ENCRYPT if one != "--batch"], EVAL, DECRYPT):
        assert main(command) == 0
    assert np.load("y.npy")[0] == pytest.approx(expected(SAMPLES[0]), abs=1e-4)
    assert main([one for one in DECRYPT if one != "--batch"]) == 0
    assert np.load("y.npy") == pytest.approx(expected(SAMPLES[0]), abs=1e-4)


def test_bootstrapping_keys_are_files_too(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "p.mlir").write_text(BOOTSTRAPPED)
    monkeypatch.chdir(tmp_path)
    x = SAMPLES[0]
    np.save("x.npy", x)
    for command in (KEYGEN, [one for one in ENCRYPT if one != "--batch"], EVAL, DECRYPT):
        assert main(command) == 0
    assert (tmp_path / "server" / "bootstrap.key").stat().st_size > 1_000_000
    assert np.load("y.npy")[0] == pytest.approx(np.roll(x, -1) ** 4, abs=1e-4)


def test_keys_are_private_and_the_secret_key_is_the_client_s(folder: Path) -> None:
    keys = list(folder.rglob("*.key"))
    assert {path.name for path in keys} == {
        "secret.key", "public.key", "relinearization.key", "rotation_2.key", "rotation_6.key",
    }  # fmt: skip
    assert all(stat.S_IMODE(path.stat().st_mode) == 0o600 for path in keys)
    assert [path.parent.name for path in keys if path.name == "secret.key"] == ["client"]
    assert stat.S_IMODE(Path("client").stat().st_mode) == 0o700


def test_a_rerun_does_what_is_left(folder: Path) -> None:
    assert main(EVAL) == 0
    first = {path.name: path.stat().st_mtime_ns for path in Path("results").iterdir()}
    (Path("results") / "000001.0.ct").unlink()
    assert main(EVAL) == 0
    second = {path.name: path.stat().st_mtime_ns for path in Path("results").iterdir()}
    assert [name for name in first if first[name] != second[name]] == ["000001.0.ct"]


@pytest.mark.parametrize("place", ["server/secret.key", "inputs/x.bin", "results/old/k", "secret.key"])
def test_the_server_refuses_a_secret_key_within_reach(
    place: str, folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    Path(place).parent.mkdir(parents=True, exist_ok=True)
    shutil.copy("client/secret.key", place)
    refused(EVAL, "secret key, within reach", capsys)


def test_a_truncated_secret_key_is_one_too(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    Path("server/secret.key").write_bytes(Path("client/secret.key").read_bytes()[:1000])
    refused(EVAL, "within reach", capsys)


def spoil(path: str) -> None:
    data = Path(path).read_bytes()
    Path(path).write_bytes(data[: len(data) // 2])


def rename(old: str, new: str) -> None:
    Path(old).rename(new)


def replace_in(path: str, old: str, new: str) -> None:
    text = Path(path).read_text()
    assert old in text
    Path(path).write_text(text.replace(old, new))


def other_keys(path: str) -> None:
    """Put a file of the same program and parameters, and of another key pair, into the place of one."""
    for command in (
        [
            "keygen",
            "p.mlir",
            "--client",
            "c2",
            "--server",
            "s2",
            "--insecure",
            "--backend",
            "seal",
            "--samples",
            "2",
        ],
        ["encrypt", "p.mlir", "--client", "c2", "-i", "x.npy", "--batch", "-o", "i2"],
    ):
        assert main(command) == 0
    source = Path({"inputs": "i2", "server": "s2"}[Path(path).parent.name]) / Path(path).name
    shutil.copy(source, path)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (lambda: spoil("inputs/000001.0.ct"), "truncated"),
        (lambda: spoil("server/rotation_2.key"), "truncated"),
        (lambda: spoil("server/keys.json"), "damaged"),
        (lambda: Path("server/keys.json").unlink(), "all keys are there"),
        (lambda: Path("server/rotation_6.key").unlink(), "the key for rotations by 6 is missing"),
        (lambda: Path("server/relinearization.key").unlink(), "the relinearization key is missing"),
        (lambda: shutil.copy("server/rotation_6.key", "server/rotation_2.key"), "another key, renamed"),
        (lambda: rename("inputs/000001.0.ct", "inputs/000007.0.ct"), "renamed"),
        (lambda: rename("inputs/000001.0.ct", "inputs/000001.3.ct"), "renamed"),
        (lambda: Path("inputs/000002.0.ct").write_bytes(b"a" * 999), "no file of keys or ciphertexts"),
        (lambda: shutil.copy("server/public.key", "inputs/000009.0.ct"), "no input"),
        (lambda: shutil.rmtree("inputs"), "no ciphertexts"),
        (lambda: replace_in("p.mlir", "0.125", "0.375"), "made for another program"),
        (lambda: other_keys("inputs/000001.0.ct"), "another key pair"),
        (lambda: other_keys("server/rotation_2.key"), "another key pair"),
    ],
)
def test_the_server_checks_files_before_any_work(
    change: object, message: str, folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    change()  # pyright: ignore[reportCallIssue]
    refused(EVAL, message, capsys)


def test_a_changed_payload_is_noticed(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    data = bytearray(Path("inputs/000000.0.ct").read_bytes())
    data[-100] ^= 255
    Path("inputs/000000.0.ct").write_bytes(data)
    refused(EVAL, "checksum", capsys)


def test_the_client_checks_files_too(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    refused(ENCRYPT, "already", capsys)
    refused([*ENCRYPT[:-1], "server/keys.json/x"], "can't make the folder", capsys)
    replace_in("p.mlir", "0.125", "0.375")
    refused([*ENCRYPT[:-1], "more"], "another program", capsys)
    replace_in("p.mlir", "0.375", "0.125")
    refused([*DECRYPT[:4], "--inputs", "inputs", "-o", "y.npy"], "no output", capsys)
    shutil.copy("client/public.key", "client/secret.key")
    refused([*DECRYPT[:4], "--inputs", "inputs", "-o", "y.npy"], "is no secret key", capsys)


def test_keys_are_never_overwritten(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    before = Path("client/secret.key").read_bytes()
    refused([*KEYGEN, "--backend", "seal"], "already", capsys)
    assert Path("client/secret.key").read_bytes() == before


@pytest.mark.parametrize(("client", "server"), [("one", "one"), ("one/client", "one/../one")])
def test_the_secret_key_is_not_made_within_the_server_s_folder(
    client: str, server: str, folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    refused([*KEYGEN[:2], "--client", client, "--server", server, "--insecure"], "would be within", capsys)
    assert not Path("one").exists()


def test_a_full_disk_leaves_no_keys(tmp_path: Path) -> None:
    """A limit on the size of files stands in for it: the relinearization key is beyond."""
    write_inputs(tmp_path)
    code = """
import resource, signal, sys
signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
resource.setrlimit(resource.RLIMIT_FSIZE, (600_000, 600_000))
from hetorch_heir.cli.run import main
sys.exit(main(sys.argv[1:]))
"""
    paths = os.pathsep.join([str(ROOT), str(ROOT / "dialects")])
    done = subprocess.run(
        [sys.executable, "-c", code, *KEYGEN, "--backend", "openfhe"],
        cwd=tmp_path,
        env={**os.environ, "PYTHONPATH": paths},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 1
    assert "can't write" in done.stderr and "File too large" in done.stderr
    assert "Traceback" not in done.stderr
    assert not [path for path in tmp_path.rglob("*") if path.suffix in (".key", ".part", ".json")]


def test_public_inputs_are_the_server_s(
    folder: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    text = TEXT.replace("(%x: !ct) -> !ct_0", "(%x: !ct, %w: tensor<8xf32>) -> !ct_0")
    Path("p.mlir").write_text("\n".join(one for one in text.splitlines() if "%w = arith" not in one))
    np.save("zeros.npy", np.zeros(8))
    np.save("w.npy", np.full(8, 2.0))
    np.save("x.npy", SAMPLES[0])
    places = ["--client", "c", "--server", "s"]
    assert main(["keygen", "p.mlir", *places, "--insecure", "--backend", "seal"]) == 0
    assert main(["encrypt", "p.mlir", "--client", "c", "-i", "x.npy", "-i", "zeros.npy", "-o", "in"]) == 0
    evaluate = ["eval", "p.mlir", "--server", "s", "--inputs", "in", "-o", "results"]
    refused([*evaluate, "--public", "2=w.npy"], "inputs 0 to 1", capsys)
    refused([*evaluate, "--public", "0=w.npy", "--public", "1=w.npy"], "take input 0 in the clear", capsys)
    refused(evaluate, "give --public 1=X.npy", capsys)
    assert main([*evaluate, "--public", "1=w.npy"]) == 0
    assert main(["decrypt", "p.mlir", "--client", "c", "--inputs", "results", "-o", "y.npy"]) == 0
    x = SAMPLES[0]
    result = (2 * (np.roll(x, -1) + np.roll(x, -3)) + 0.5) ** 2
    assert np.load("y.npy") == pytest.approx(result, abs=1e-3)


def test_headers_tell_what_files_belong_to(folder: Path) -> None:
    from hetorch_heir.backends.executor.files import read_header

    header = read_header("inputs/000002.0.ct")
    manifest = json.loads(Path("server/keys.json").read_text())
    for name in ("program", "scheme", "library", "parameters", "keys"):
        assert header[name] == manifest[name]
    assert header["scheme"] == "ckks" and header["library"] == "seal" and header["count"] == 1


def test_keys_can_stay_on_disk(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    refused([*EVAL, "--key-budget", "1kB"], "give at least", capsys)
    assert main([*EVAL, "--key-budget", "3MB"]) == 0
    assert main(DECRYPT) == 0
    for x, y in zip(SAMPLES, np.load("y.npy"), strict=True):
        assert y == pytest.approx(expected(x), abs=1e-4)
