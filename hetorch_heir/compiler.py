"""From a PyTorch model to a graph of homomorphic operations."""

from __future__ import annotations

import copy
from collections.abc import Sequence
from typing import Literal

from torch import Tensor, nn
from torch._subclasses.fake_tensor import FakeTensorMode
from torch.fx import GraphModule, symbolic_trace
from torch.fx.passes.fake_tensor_prop import FakeTensorProp
from torch.fx.proxy import TraceError

from hetorch_heir.core.context import CompilationContext
from hetorch_heir.core.errors import CaptureError
from hetorch_heir.passes.pipeline import AfterPass, PassPipeline

Capture = Literal["export", "symbolic_trace"]


class HETorchCompiler:
    """Compiles models for one target with one pipeline.

    Args:
        context: scheme, parameters and backend.
        pipeline: the passes to run.
    """

    def __init__(self, context: CompilationContext, pipeline: PassPipeline) -> None:
        self.context = context
        self.pipeline = pipeline

    def compile(
        self,
        model: nn.Module,
        example_input: Tensor | Sequence[Tensor],
        *,
        capture: Capture = "export",
        public_inputs: Sequence[str] = (),
        after_pass: AfterPass | None = None,
    ) -> GraphModule:
        """The model after all passes, as a graph that runs in torch.

        It gives what the model gives; its arguments are the tensors of the inputs, nested ones flattened.
        What the passes found out is in its ``meta``: "cost_analysis" after a
        :class:`CostAnalysisPass`, "pass_seconds" always. The model itself is not changed.

        Args:
            model: compiled as in evaluation mode.
            example_input: the input, or the inputs, of the shapes to compile for.
            capture: "export" captures with torch.export and normalises the graph to ATen operators;
                "symbolic_trace" keeps the model's own calls, as torch.fx traces them.
            public_inputs: names of the inputs that are not encrypted.
            after_pass: called with each pass and the graph that it left.

        Raises:
            CaptureError: the model has no static graph, or no input of a name given.
            PassValidationError: a pass can't work on the graph.
            HETorchError: any other error of a pass.
        """
        inputs = (example_input,) if isinstance(example_input, Tensor) else tuple(example_input)
        if capture == "export":
            from hetorch_heir.frontend import restore_output_structure, to_graph

            graph_module = to_graph(model, inputs, public_inputs=tuple(public_inputs))
            restore_output_structure(graph_module)
        elif capture == "symbolic_trace":
            graph_module = _trace(model, inputs, public_inputs)
        else:
            raise CaptureError(f"there is no capture '{capture}'", hint="use 'export' or 'symbolic_trace'")
        return self.pipeline.run(graph_module, self.context, after_pass=after_pass)


def _trace(model: nn.Module, inputs: tuple[Tensor, ...], public_inputs: Sequence[str]) -> GraphModule:
    try:
        graph_module = symbolic_trace(copy.deepcopy(model).eval())
    except (TraceError, TypeError) as error:
        raise CaptureError(f"torch.fx can't trace the model: {error}", hint="use capture='export'") from error
    placeholders = [node for node in graph_module.graph.nodes if node.op == "placeholder"]
    if len(placeholders) != len(inputs):
        raise CaptureError(f"the model has {len(placeholders)} inputs, and {len(inputs)} examples are given")
    names = [str(node.target) for node in placeholders]
    unknown = [name for name in public_inputs if name not in names]
    if unknown:
        raise CaptureError(
            f"the model has no input '{unknown[0]}'", hint=f"its inputs are {', '.join(names)}"
        )
    for node in placeholders:
        node.meta["public"] = node.target in public_inputs
    # The weights of the model stay real tensors.
    FakeTensorProp(graph_module, FakeTensorMode(allow_non_fake_inputs=True)).propagate(*inputs)
    return graph_module
