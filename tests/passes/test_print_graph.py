"""The printed listing of a graph."""

from __future__ import annotations

import pytest
import torch
from torch.fx import symbolic_trace

from hetorch_heir.core.context import CompilationContext
from hetorch_heir.core.parameters import CKKSParameters
from hetorch_heir.core.scheme import HEScheme
from hetorch_heir.passes.builtin import InputPackingPass, PrintGraphPass

CONTEXT = CompilationContext(HEScheme.CKKS, CKKSParameters())

LISTING = """\
=== Graph Structure ===
Scheme: CKKS
Node 0: x (placeholder)
  Target: x
  Args: ()
  Users: [1]
Node 1: mul (call_function)
  Target: <built-in function mul>
  Args: (x, 2)
  Users: [2]
Node 2: relu (call_function)
  Target: <built-in method relu of type
  Args: (mul,)
  Users: [output]
Total nodes: 3
"""


def test_listing(capsys: pytest.CaptureFixture[str]) -> None:
    graph_module = symbolic_trace(lambda x: torch.relu(x * 2))
    before = str(graph_module.graph)
    assert PrintGraphPass().transform(graph_module, CONTEXT) is graph_module
    assert str(graph_module.graph) == before
    assert capsys.readouterr().out == LISTING


def test_verbose_listing_shows_metadata_and_keyword_arguments(capsys: pytest.CaptureFixture[str]) -> None:
    graph_module = symbolic_trace(lambda x: torch.nn.functional.gelu(x, approximate="tanh"))
    InputPackingPass().transform(graph_module, CONTEXT)
    PrintGraphPass(verbose=True).transform(graph_module, CONTEXT)
    out = capsys.readouterr().out
    assert "    packing_info: row_major, 8192 of 1 x 8192 slots used, dimensions None" in out
    assert (
        "    ciphertext_info: shape None, level 4, scale 2^40.00, dimension 2, noise budget 100.0 bits" in out
    )
    assert "  Kwargs: {'approximate': 'tanh'}" in out
