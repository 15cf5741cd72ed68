"""TenSEAL's vectors: what they can do, and what is refused."""

from __future__ import annotations

import numpy as np
import pytest

from hetorch_heir.backends import LibraryBackend
from hetorch_heir.backends.connection import connect
from hetorch_heir.backends.errors import BackendError
from hetorch_heir.backends.session import Session
from hetorch_heir.core.chain import choose_chain
from hetorch_heir.core.errors import HETorchError
from tests.backends.programs import TEXT, program

X = np.linspace(-1, 1, 8)
CHAIN = choose_chain(2, 40, 60, slots=8)

ELEMENTWISE = """
!ct = !hetorch.ct<8 : i64, 2 : i64, 40 : i64, 2 : i64>
!ct_square = !hetorch.ct<8 : i64, 2 : i64, 80 : i64, 3 : i64>
!ct_1 = !hetorch.ct<8 : i64, 1 : i64, 40 : i64, 2 : i64>
!pt_1 = !hetorch.pt<8 : i64, 1 : i64, 40 : i64>
!ct_wide = !hetorch.ct<8 : i64, 2 : i64, 80 : i64, 2 : i64>
module attributes {scheme.ckks, scheme.requested_slot_count = 8 : i64, scheme.actual_slot_count = 8 : i64,
    ckks.schemeParam = #ckks.scheme_param<logN = LOG_N, Q = [PRIMES], P = [SPECIAL], logDefaultScale = 40>} {
  func.func @main(%x: !ct) -> !ct_1 {
    %b = arith.constant dense<0.5> : tensor<8xf32>
    %q = hetorch.cmult %x, %x : (!ct, !ct) -> !ct_square
    %l = hetorch.relinearize %q : (!ct_square) -> !ct_wide
    %t = hetorch.rescale %l : (!ct_wide) -> !ct_1
    %pb = hetorch.encode %b : (tensor<8xf32>) -> !pt_1
    %a = hetorch.padd %t, %pb : (!ct_1, !pt_1) -> !ct_1
    %y = hetorch.level_reduce %x, 1 : (!ct) -> !ct_1
    %n = hetorch.csub %a, %y : (!ct_1, !ct_1) -> !ct_1
    func.return %n : !ct_1
  }
"""


def elementwise() -> str:
    client = TEXT[TEXT.index("  func.func @main__encrypt") :].replace("!ct_0", "!ct_1")
    primes = ", ".join(map(str, CHAIN.Q))
    text = ELEMENTWISE.replace("LOG_N", str(CHAIN.log_n)).replace("PRIMES", primes)
    return text.replace("SPECIAL", str(CHAIN.P[0])) + client


def test_an_elementwise_program() -> None:
    given = program(elementwise())
    with connect("tenseal") as connection:
        session = Session(connection, "tenseal", given, given.parameters())
        session.generate_keys()
        ((output,),) = session.run([[X]])
        assert output == pytest.approx(X * X + 0.5 - X, abs=1e-4)
        with pytest.raises(BackendError, match="don't show level and scale"):
            session.run([[X]], check=True)


def test_rotations_are_refused() -> None:
    given = program(
        elementwise().replace("%b = arith", "%r = hetorch.rotate %x, 1 : (!ct) -> !ct\n %b = arith")
    )
    with connect("tenseal") as connection:
        session = Session(connection, "tenseal", given, given.parameters())
        with pytest.raises(BackendError, match="no operation rotate") as raised:
            session.run([[X]])
        assert "openfhe or seal" in (raised.value.hint or "")


def test_insecure_parameters_are_refused() -> None:
    given = program()
    with connect("tenseal") as connection, pytest.raises(BackendError, match="TenSEAL refuses"):
        Session(connection, "tenseal", given, given.parameters(insecure=True))


def test_operation_by_operation() -> None:
    with LibraryBackend("tenseal", CHAIN) as backend:
        operations = backend.get_supported_operations()
        assert operations == {
            "cadd", "csub", "cmult", "padd", "psub", "pmult", "negate", "rescale", "relinearize",
            "level_reduce",
        }  # fmt: skip
        x = backend.encrypt(X)
        squared = backend.rescale(backend.relinearize(backend.cmult(x, x)))
        total = backend.csub(backend.psub(squared, 1.0), backend.level_reduce(backend.negate(x)))
        assert backend.decrypt(total) == pytest.approx(X * X - 1 + X, abs=1e-4)
        assert backend.decrypt(backend.pmult(x, X)) == pytest.approx(X * X, abs=1e-4)
        with pytest.raises(HETorchError, match="rotate"):
            backend.rotate(x, 1)
