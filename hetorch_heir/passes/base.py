"""The interface of passes over torch.fx graphs."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Collection, Iterable
from typing import TYPE_CHECKING, ClassVar

from torch.fx import GraphModule

from hetorch_heir.core.context import CompilationContext
from hetorch_heir.core.errors import PassValidationError
from hetorch_heir.core.scheme import HEScheme

if TYPE_CHECKING:
    from hetorch_heir.passes.cost import DetailedCostAnalysis

__all__ = ["PassValidationError", "TransformationPass", "mark_provided", "provided"]

_PROVIDED = "provided"


def provided(graph_module: GraphModule) -> frozenset[str]:
    """The properties that the passes run so far have established."""
    return graph_module.meta.get(_PROVIDED, frozenset())


def mark_provided(graph_module: GraphModule, properties: Iterable[str]) -> None:
    """Record that the graph has ``properties`` from now on."""
    graph_module.meta[_PROVIDED] = provided(graph_module) | frozenset(properties)


class TransformationPass(ABC):
    """A step of compilation: changes a graph in place, or annotates or reports it.

    A subclass is a frozen dataclass whose fields are its options.

    Attributes:
        name: its name in textual pipelines.
        description: what it does, one sentence.
        requires: properties that passes before it must have provided.
        provides: properties that the graph has after it.
        scheme_specific: the schemes it works for; empty when the scheme makes no difference.
        reports: whether it prints or writes something, so that it has to run each time.
    """

    name: ClassVar[str]
    description: ClassVar[str] = ""
    requires: ClassVar[Collection[str]] = frozenset()
    provides: ClassVar[Collection[str]] = frozenset()
    scheme_specific: ClassVar[Collection[HEScheme]] = frozenset()
    reports: ClassVar[bool] = False

    @abstractmethod
    def transform(self, graph_module: GraphModule, context: CompilationContext) -> GraphModule:
        """Do the pass's work on ``graph_module``, in place, and return it."""

    def validate(self, graph_module: GraphModule, context: CompilationContext) -> None:
        """Check that the pass can work on the graph.

        Raises:
            PassValidationError: the scheme is not one the pass is for, or a required property is missing.
        """
        if self.scheme_specific and context.scheme not in self.scheme_specific:
            schemes = ", ".join(sorted(scheme.name for scheme in self.scheme_specific))
            raise PassValidationError(
                f"{type(self).__name__} is for {schemes}, not for {context.scheme.name}",
                hint="leave the pass out, or compile for another scheme",
            )
        missing = frozenset(self.requires) - provided(graph_module)
        if missing:
            raise missing_property(type(self).__name__, sorted(missing)[0])

    def analyze_cost(self, graph_module: GraphModule, context: CompilationContext) -> DetailedCostAnalysis:
        """The cost of the graph as it stands, by the backend's cost model."""
        from hetorch_heir.passes.cost import analyze

        return analyze(graph_module, context)

    def __call__(self, graph_module: GraphModule, context: CompilationContext) -> GraphModule:
        """Validate, transform, and record what the pass provides."""
        self.validate(graph_module, context)
        result = self.transform(graph_module, context)
        mark_provided(result, provided(graph_module) | frozenset(self.provides))
        return result


def missing_property(pass_name: str, property_name: str) -> PassValidationError:
    """The error that a required property is not there, naming the built-in pass that provides it."""
    from hetorch_heir.passes.builtin import provider_of

    provider = provider_of(property_name)
    source = f"run {provider} before it" if provider else "no built-in pass provides it"
    return PassValidationError(
        f"{pass_name} requires '{property_name}', which no pass before it provides",
        hint=source,
    )
