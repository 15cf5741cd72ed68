"""Drawings of graphs."""

from __future__ import annotations

import webbrowser
from pathlib import Path
from xml.etree import ElementTree

import pytest
from torch.fx import GraphModule, symbolic_trace

from hetorch_heir.core.context import CompilationContext
from hetorch_heir.core.errors import ParameterError
from hetorch_heir.core.files import OutputError
from hetorch_heir.core.parameters import CKKSParameters
from hetorch_heir.core.scheme import HEScheme
from hetorch_heir.passes import PassValidationError
from hetorch_heir.passes.builtin import GraphVisualizationPass, InputPackingPass

CONTEXT = CompilationContext(HEScheme.CKKS, CKKSParameters())


@pytest.fixture
def graph_module() -> GraphModule:
    return InputPackingPass().transform(symbolic_trace(lambda x: x * 2 + 1), CONTEXT)


@pytest.fixture
def dot_program(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A program called dot that wraps what it reads, so that the test needs no graphviz."""
    directory = tmp_path / "bin"
    directory.mkdir()
    program = directory / "dot"
    copy_input = "while IFS= read -r line; do printf '%s\\n' \"$line\"; done"
    program.write_text(f"#!/bin/sh\nprintf '<svg>'\n{copy_input}\nprintf '</svg>'\n")
    program.chmod(0o755)
    monkeypatch.setenv("PATH", str(directory))


def test_dot_source_shows_nodes_edges_and_levels(graph_module: GraphModule, tmp_path: Path) -> None:
    GraphVisualizationPass(str(tmp_path / "new"), "model", format="dot").transform(graph_module, CONTEXT)
    (path,) = (tmp_path / "new").iterdir()
    assert path.name.startswith("model_")
    text = path.read_text()
    assert 'x [label="x\\nplaceholder\\nlevel 4, scale 2^40.0" fillcolor=lightblue style=filled]' in text
    assert "x -> mul" in text
    assert "mul -> add" in text


@pytest.mark.usefixtures("dot_program")
def test_svg_is_drawn_reported_and_opened(
    graph_module: GraphModule,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    opened: list[str] = []
    monkeypatch.setattr(webbrowser, "open", opened.append)
    directory = tmp_path / "drawings"
    result = GraphVisualizationPass(str(directory), prefix="01_original", auto_open=True)(
        graph_module, CONTEXT
    )
    assert result is graph_module
    (path,) = directory.iterdir()
    assert path.name.startswith("01_original_")
    assert path.suffix == ".svg"
    assert path.read_text().startswith("<svg>")
    assert f"saved to: {path} (" in capsys.readouterr().out
    assert opened == [path.resolve().as_uri()]


def test_drawings_of_one_second_get_different_names(graph_module: GraphModule, tmp_path: Path) -> None:
    drawing = GraphVisualizationPass(str(tmp_path), format="dot")
    for _ in range(3):
        drawing.transform(graph_module, CONTEXT)
    assert len(list(tmp_path.glob("hetorch_graph_*.dot"))) == 3
    assert not list(tmp_path.glob("*.part"))


def test_the_default_directory(
    graph_module: GraphModule, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    GraphVisualizationPass(format="dot").transform(graph_module, CONTEXT)
    assert len(list((tmp_path / "graph_exports").iterdir())) == 1


@pytest.mark.parametrize("run", ["validate", "transform", "__call__"])
def test_missing_graphviz_is_explained(
    graph_module: GraphModule, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, run: str
) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    directory = tmp_path / "drawings"
    with pytest.raises(PassValidationError, match="'dot', which is not installed") as caught:
        getattr(GraphVisualizationPass(str(directory)), run)(graph_module, CONTEXT)
    assert "format='dot'" in str(caught.value)
    assert not directory.exists()


def test_a_failing_dot_is_explained(
    graph_module: GraphModule, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    program = tmp_path / "dot"
    program.write_text("#!/bin/sh\nexit 3\n")
    program.chmod(0o755)
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(PassValidationError, match="'dot' failed"):
        GraphVisualizationPass(str(tmp_path / "drawings")).transform(graph_module, CONTEXT)
    assert not (tmp_path / "drawings").exists()


def test_a_file_in_place_of_the_folder_is_refused(graph_module: GraphModule, tmp_path: Path) -> None:
    (tmp_path / "taken").touch()
    with pytest.raises(OutputError, match="can't be made"):
        GraphVisualizationPass(str(tmp_path / "taken"), format="dot").transform(graph_module, CONTEXT)


def test_graphviz_draws_a_graph(graph_module: GraphModule, tmp_path: Path) -> None:
    GraphVisualizationPass(str(tmp_path)).transform(graph_module, CONTEXT)
    (path,) = tmp_path.iterdir()
    root = ElementTree.parse(path).getroot()
    assert root.tag == "{http://www.w3.org/2000/svg}svg"
    titles = {one.text for one in root.iter("{http://www.w3.org/2000/svg}title")}
    assert {"x", "mul", "x->mul", "mul->add"} <= titles


def test_invalid_options_are_refused() -> None:
    with pytest.raises(ParameterError, match="'png'"):
        GraphVisualizationPass(format="png")
    with pytest.raises(ParameterError, match="not a file name"):
        GraphVisualizationPass(prefix="../up")
    assert GraphVisualizationPass(name_prefix="a").file_prefix == "a"
    assert GraphVisualizationPass(name_prefix="a", prefix="b").file_prefix == "b"
