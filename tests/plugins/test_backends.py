"""Backends of other distributions: programs run on their operations, or on libraries in this process."""

from __future__ import annotations

import json
import sys
from pathlib import Path

import numpy as np
import pytest

from hetorch_heir.backends.backend_domain import BackendDomain
from hetorch_heir.backends.errors import BackendError
from hetorch_heir.backends.fake import FakeBackend
from hetorch_heir.backends.recording import Program
from hetorch_heir.cli.run import main
from hetorch_heir.core.chain import CKKSChain
from hetorch_heir.core.errors import ProgramError
from tests.backends.programs import BOOTSTRAPPED, TEXT, expected, program
from tests.plugins.distributions import install

X = np.linspace(-1, 1, 8)
SOURCE = """
from hetorch_heir.backends import FakeBackend
from tests.backends.clear_library import ClearLibrary

class Rough(FakeBackend):
    def decrypt(self, ct):
        return super().decrypt(ct).round(1)

def number(chain):
    return 1
"""


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.syspath_prepend(str(tmp_path))
    monkeypatch.delitem(sys.modules, "other_backends", raising=False)
    targets = {"rough": "Rough", "clear": "ClearLibrary", "number": "number"}
    points = {name: f"other_backends:{target}" for name, target in targets.items()}
    install(tmp_path, "other-backends", {"hetorch_heir.backends": points}, other_backends=SOURCE)
    (tmp_path / "p.mlir").write_text(TEXT)
    np.save(tmp_path / "x.npy", X)
    np.save(tmp_path / "batch.npy", np.random.default_rng(0).uniform(-1, 1, (5, 8)))
    monkeypatch.chdir(tmp_path)
    return tmp_path


def run(*arguments: str) -> int:
    return main(["p.mlir", "-i", "x.npy", "--insecure", *arguments])


def test_a_program_runs_operation_by_operation(capsys: pytest.CaptureFixture[str]) -> None:
    assert run("--backend", "rough", "--json") == 0
    result = json.loads(capsys.readouterr().out)
    np.testing.assert_allclose(result["outputs"][0], np.round(expected(X), 1), atol=1e-6)
    assert result["operations"]["rotate"] == 2


def test_a_batch_runs_sample_by_sample() -> None:
    command = ["p.mlir", "-i", "batch.npy", "--insecure", "--batch", "-o", "y.npy", "--backend", "rough"]
    assert main(command) == 0
    for x, y in zip(np.load("batch.npy"), np.load("y.npy"), strict=True):
        np.testing.assert_allclose(y, np.round(expected(x), 1), atol=1e-6)


def test_a_library_runs_as_ours_do(capsys: pytest.CaptureFixture[str]) -> None:
    assert run("--backend", "clear", "--json", "--check") == 0
    result = json.loads(capsys.readouterr().out)
    assert result["outputs"][0] == pytest.approx(expected(X), abs=1e-5)
    assert set(result["seconds"]) == {"keys", "encryption", "evaluation", "decryption"}


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["--backend", "number"], "the backend 'number' of other-backends 1.5 gives a int"),
        (["--backend", "clear", "--jobs", "2"], "runs in this process only"),
        (["--backend", "clear", "--python", "python3"], "leave out --python"),
    ],
)
def test_what_is_not_possible_is_refused(
    arguments: list[str], message: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(*arguments) == 1
    assert message in capsys.readouterr().err


def test_keys_need_a_library(capsys: pytest.CaptureFixture[str]) -> None:
    command = ["keygen", "p.mlir", "--client", "c", "--server", "s", "--insecure", "--backend"]
    assert main([*command, "rough"]) == 1
    assert "no keys that client and server could keep apart" in capsys.readouterr().err
    assert main([*command, "clear"]) == 0
    assert Path("s").is_dir()


def test_unknown_backends_are_answered_with_the_known(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit):
        run("--backend", "roug")
    assert "choose from 'fake', 'openfhe', 'seal', 'tenseal', 'clear'" in capsys.readouterr().err
    with pytest.raises(BackendError, match="did you mean rough"):
        from hetorch_heir.backends.choice import find_backend

        find_backend("roug")


def domain_for(given: Program) -> BackendDomain:
    parameters = given.parameters(insecure=True)
    chain = CKKSChain(
        parameters.log_n, parameters.moduli, parameters.special, parameters.scale_bits, parameters.slots
    )
    return BackendDomain(FakeBackend(chain), chain)


def test_bootstraps_end_at_the_level_of_the_program() -> None:
    given = program(BOOTSTRAPPED)
    (output,) = given.run_on(domain_for(given), [X])
    (wanted,) = given.run_in_the_clear([X])
    np.testing.assert_allclose(output, wanted, atol=1e-6)


def test_plaintexts_of_other_scales_are_refused() -> None:
    domain = domain_for(program())
    with pytest.raises(ProgramError, match=r"plaintext of scale 2\^3"):
        domain.encrypt(domain.encode(X, level=1, scale=3))
