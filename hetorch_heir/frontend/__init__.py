"""The frontend: from a model to a normalised ``torch.fx`` graph of ATen operators.

Importing this package imports torch, which takes a second or two.
"""

from hetorch_heir.frontend.capture import capture, traced
from hetorch_heir.frontend.graph import load_and_normalise, restore_output_structure, to_graph
from hetorch_heir.frontend.interface import input_shapes
from hetorch_heir.frontend.load import LoadedModel, load_model
from hetorch_heir.frontend.normalise import normalise
from hetorch_heir.frontend.reference import ReferenceModel
from hetorch_heir.frontend.source import SourceLocation, source_of
from hetorch_heir.frontend.support import check_supported

__all__ = [
    "LoadedModel",
    "ReferenceModel",
    "SourceLocation",
    "capture",
    "check_supported",
    "input_shapes",
    "load_and_normalise",
    "load_model",
    "normalise",
    "restore_output_structure",
    "source_of",
    "to_graph",
    "traced",
]
