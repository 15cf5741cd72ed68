"""Draws a graph into a file."""

from __future__ import annotations

import shutil
import time
import webbrowser
from dataclasses import dataclass
from pathlib import Path
from typing import ClassVar, Literal, get_args

import graphviz
from torch.fx import GraphModule, Node

from hetorch_heir.core.context import CompilationContext
from hetorch_heir.core.errors import ParameterError, PassValidationError
from hetorch_heir.core.files import OutputError, write_files
from hetorch_heir.passes.base import TransformationPass
from hetorch_heir.passes.graph import ciphertext_info, ciphertext_nodes, node_shape, operation_name

DEFAULT_DIRECTORY = "./graph_exports"

Format = Literal["svg", "dot"]


@dataclass(frozen=True)
class GraphVisualizationPass(TransformationPass):
    """Draws the graph as SVG and leaves it as it is.

    Encrypted values are filled boxes with shape, level and scale as far as known; plaintexts are plain.
    The file is ``<output_dir>/<prefix>_<seconds since 1970>.svg``, with a number after it where that is
    taken. For a graph with one input and one product, the drawing's source (``format="dot"``) is::

        digraph {
            x [label="x\\nplaceholder" fillcolor=lightblue style=filled]
            mul [label="mul\\nmul" fillcolor=lightblue style=filled]
            x -> mul
            …

    Args:
        output_dir: directory to write to, made if missing; None is "./graph_exports".
        name_prefix: start of the file's name.
        auto_open: open the file in the default viewer.
        prefix: another name for ``name_prefix``; wins if given.
        format: "svg", which needs graphviz's program ``dot``, or "dot", which needs nothing.

    Raises:
        ParameterError: the format is unknown, or the prefix names a directory.
    """

    name: ClassVar[str] = "graph-visualization"
    description: ClassVar[str] = "Draw the graph into a file."
    reports: ClassVar[bool] = True

    output_dir: str | None = None
    name_prefix: str = "hetorch_graph"
    auto_open: bool = False
    prefix: str | None = None
    format: str = "svg"

    def __post_init__(self) -> None:
        if self.format not in get_args(Format):
            raise ParameterError(
                f"a graph can't be drawn as '{self.format}'", hint=f"use one of {', '.join(get_args(Format))}"
            )
        if Path(self.file_prefix).name != self.file_prefix:
            raise ParameterError(f"the prefix '{self.file_prefix}' is not a file name", hint="use output_dir")

    @property
    def file_prefix(self) -> str:
        return self.name_prefix if self.prefix is None else self.prefix

    def validate(self, graph_module: GraphModule, context: CompilationContext) -> None:
        """Check that the drawing program is there.

        Raises:
            PassValidationError: SVG is wanted and graphviz's program ``dot`` is not installed.
        """
        super().validate(graph_module, context)
        if self.format == "svg" and shutil.which("dot") is None:
            raise PassValidationError(
                "drawing an SVG needs graphviz's program 'dot', which is not installed",
                hint="install graphviz (apt-get install graphviz, brew install graphviz),"
                " or write the drawing's source with format='dot'",
            )

    def transform(self, graph_module: GraphModule, context: CompilationContext) -> GraphModule:
        """Write the file, say where, and open it if asked to.

        Raises:
            PassValidationError: ``dot`` is missing, or fails.
            OutputError: the file can't be written.
        """
        self.validate(graph_module, context)
        path = self._write(draw(graph_module))
        print(f"Graph visualization saved to: {path} ({path.stat().st_size / 1024:.1f} KB)")
        if self.auto_open:
            webbrowser.open(path.resolve().as_uri())
        return graph_module

    def _write(self, drawing: graphviz.Digraph) -> Path:
        directory = Path(self.output_dir or DEFAULT_DIRECTORY)
        data = drawing.source.encode() if self.format == "dot" else _rendered(drawing)
        try:
            directory.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise OutputError(
                f"the folder {directory} can't be made: {error.strerror}", hint="use another output_dir"
            ) from error
        stem = f"{self.file_prefix}_{int(time.time())}"
        path = directory / f"{stem}.{self.format}"
        number = 0
        while path.exists():
            number += 1
            path = directory / f"{stem}_{number}.{self.format}"
        write_files({path: data})
        return path


def _rendered(drawing: graphviz.Digraph) -> bytes:
    """The drawing as SVG."""
    try:
        return drawing.pipe(format="svg")
    except (graphviz.CalledProcessError, OSError) as error:
        raise PassValidationError(
            f"graphviz's program 'dot' failed: {error}",
            hint="write the drawing's source with format='dot', and draw it elsewhere",
        ) from error


def draw(graph_module: GraphModule) -> graphviz.Digraph:
    """The drawing of a graph."""
    drawing = graphviz.Digraph(graph_module.__class__.__name__, node_attr={"shape": "box"})
    encrypted = ciphertext_nodes(graph_module.graph)
    for node in graph_module.graph.nodes:
        style = {"style": "filled", "fillcolor": "lightblue"} if node in encrypted else {}
        drawing.node(
            node.name, label=graphviz.escape(_label(node, graph_module)).replace("\n", "\\n"), **style
        )
        for argument in node.all_input_nodes:
            drawing.edge(argument.name, node.name)
    return drawing


def _label(node: Node, graph_module: GraphModule) -> str:
    lines = [node.name, operation_name(node, graph_module)]
    shape = node_shape(node)
    if shape is not None:
        lines.append(f"shape {list(shape)}")
    info = ciphertext_info(node)
    if info is not None:
        lines.append(f"level {info.level}, scale 2^{info.log_scale:.1f}")
    return "\n".join(lines)
