"""Makes functions of one number that take several operations one function to approximate."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from torch.fx import GraphModule

from hetorch_heir.core.context import CompilationContext
from hetorch_heir.passes.base import TransformationPass, mark_provided
from hetorch_heir.passes.scalar_functions import fuse_scalar_functions


@dataclass(frozen=True)
class ScalarFunctionFusionPass(TransformationPass):
    """Makes every function of one number that is written as several operations a single call.

    A polynomial for the whole takes the levels of one, while polynomials of its activations and products
    add theirs up: x / (1 + |x|) takes 13 levels with polynomials of degree 15 one by one, and 4 as one.
    What is taken together are operations on the elements of one encrypted value and numbers, of which no
    other operation uses a result in between, with at least one activation and something else that takes
    levels. Functions that jump, such as comparisons make them, are left as they are unless they are piecewise
    linear: a selection like ``where(x > 0, x, 0.1 * x)`` becomes what ``leaky_relu`` is.

    Before::

        %abs : [num_users=1] = call_function[target=torch.ops.aten.abs.default](args = (%x,))
        %add : [num_users=1] = call_function[target=torch.ops.aten.add.Tensor](args = (%abs, 1.0))
        %reciprocal : [num_users=1] = call_function[target=torch.ops.aten.reciprocal.default](args = (%add,))
        %mul : [num_users=1] = call_function[target=torch.ops.aten.mul.Tensor](args = (%reciprocal, %x))

    After::

        %scalar_function : [num_users=1] = call_function[target=….scalar_function](args = (%x,))

    Exports run it before ranges are calibrated. It needs the shapes of values in the graph's metadata.
    """

    name: ClassVar[str] = "scalar-function-fusion"
    description: ClassVar[str] = "Make functions of one number that take several operations one."
    provides: ClassVar[frozenset[str]] = frozenset({"scalar_functions_fused"})

    def transform(self, graph_module: GraphModule, context: CompilationContext) -> GraphModule:
        """Replace the operations by calls of functions, in place."""
        fuse_scalar_functions(graph_module)
        mark_provided(graph_module, self.provides)
        return graph_module
