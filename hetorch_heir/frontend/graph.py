"""A model to its normalised graph in one call."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from torch import fx, nn
from torch.export import ExportedProgram
from torch.utils import _pytree as pytree

from hetorch_heir.frontend.capture import capture
from hetorch_heir.frontend.interface import leaf_names
from hetorch_heir.frontend.load import LoadedModel, load_model
from hetorch_heir.frontend.normalise import normalise


def to_graph(
    model: nn.Module | ExportedProgram,
    example_inputs: Sequence[Any],
    example_kwargs: Mapping[str, Any] | None = None,
    *,
    public_inputs: Sequence[str | int] = (),
    polynomial_max: bool = False,
) -> fx.GraphModule:
    """Capture and normalise ``model``; arguments and errors are those of the two steps."""
    captured = capture(model, example_inputs, example_kwargs, public_inputs=public_inputs)
    return normalise(captured, polynomial_max=polynomial_max)


def restore_output_structure(graph_module: fx.GraphModule) -> None:
    """Let a captured graph return what the model returns (a tensor, a dict …) instead of a flat tuple."""
    output = graph_module.graph.output_node()
    results = output.args[0]
    structure: pytree.TreeSpec = graph_module.meta["out_spec"]
    names: list[str] = leaf_names(structure)
    assert isinstance(results, Sequence)
    by_name = dict(zip(graph_module.meta["output_names"], results, strict=True))
    # What has no result was None in the model.
    output.args = (pytree.tree_unflatten([by_name.get(name) for name in names], structure),)
    graph_module.recompile()


def load_and_normalise(
    spec: str,
    *,
    state_dict: str | None = None,
    input_shapes: Sequence[Sequence[int]] | None = None,
    public_inputs: Sequence[str | int] = (),
    trust_pickle: bool = False,
) -> tuple[LoadedModel, fx.GraphModule]:
    """Load the model that ``spec`` names (see :func:`load_model`) and give it with its normalised graph."""
    loaded = load_model(spec, state_dict=state_dict, input_shapes=input_shapes, trust_pickle=trust_pickle)
    graph_module = to_graph(
        loaded.model, loaded.example_inputs, loaded.example_kwargs, public_inputs=public_inputs
    )
    return loaded, graph_module
