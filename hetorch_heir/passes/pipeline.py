"""Sequences of passes, checked for order."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Sequence
from contextlib import AbstractContextManager, nullcontext

from torch.fx import GraphModule

from hetorch_heir.core.context import CompilationContext
from hetorch_heir.core.errors import PassValidationError
from hetorch_heir.core.progress import stage
from hetorch_heir.passes.base import TransformationPass, missing_property, provided
from hetorch_heir.passes.textual_pipeline import parse_passes
from hetorch_heir.plugins import PASSES

AfterPass = Callable[[TransformationPass, GraphModule], None]


def _blamed(step: TransformationPass) -> AbstractContextManager[None]:
    """What goes wrong in a plug-in's pass is said to be the plug-in's fault."""
    extension = PASSES.find(step.name) if step.name in PASSES else None
    return nullcontext() if extension is None else extension.blamed()


class PassPipeline:
    """Passes to be run one after the other.

    Args:
        passes: the passes in order.
        assumes: properties that the graphs given to :meth:`run` have from the start, because another
            pipeline has provided them.

    Raises:
        PassValidationError: a pass requires a property that none before it provides; the message
            names the missing pass.
    """

    def __init__(self, passes: Sequence[TransformationPass], *, assumes: Iterable[str] = ()) -> None:
        self.passes = tuple(passes)
        self.assumes = frozenset(assumes)
        known = self.assumes
        for step in self.passes:
            missing = frozenset(step.requires) - known
            if missing:
                raise missing_property(type(step).__name__, sorted(missing)[0])
            known |= frozenset(step.provides)

    @classmethod
    def parse(cls, text: str, *, assumes: Iterable[str] = ()) -> PassPipeline:
        """A pipeline from its textual form, ``name{option=value other=value},name``.

        Raises:
            PipelineSyntaxError: the text is malformed or names an unknown pass or option.
            PassValidationError: the order is wrong.
        """
        return cls(parse_passes(text), assumes=assumes)

    def run(
        self, graph_module: GraphModule, context: CompilationContext, *, after_pass: AfterPass | None = None
    ) -> GraphModule:
        """Run all passes on ``graph_module``, in place, and return the result.

        Its ``meta["pass_seconds"]`` lists the name and the duration in seconds of every pass.

        Args:
            after_pass: called with each pass and the graph that it left.

        Raises:
            PassValidationError: a pass can't work on the graph that it is given.
        """
        missing = self.assumes - provided(graph_module)
        if missing:
            raise PassValidationError(
                f"the pipeline assumes a graph that is '{sorted(missing)[0]}', and this one is not"
            )
        seconds: list[tuple[str, float]] = list(graph_module.meta.get("pass_seconds", ()))
        for step in self.passes:
            start = time.perf_counter()
            with stage(step.name), _blamed(step):
                graph_module = step(graph_module, context)
            seconds.append((step.name, time.perf_counter() - start))
            if after_pass is not None:
                after_pass(step, graph_module)
        graph_module.meta["pass_seconds"] = seconds
        return graph_module

    def __len__(self) -> int:
        return len(self.passes)

    def __repr__(self) -> str:
        return f"PassPipeline([{', '.join(map(repr, self.passes))}])"
