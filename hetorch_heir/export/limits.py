"""Limits of what a program may take: slots of its ciphertexts, and rotation keys."""

from __future__ import annotations

from collections.abc import Callable

from torch.fx import GraphModule

from hetorch_heir.core.chain import CKKSChain
from hetorch_heir.core.context import CompilationContext
from hetorch_heir.core.errors import ParameterError
from hetorch_heir.passes.base import TransformationPass, provided
from hetorch_heir.passes.cost import analyze

AfterPass = Callable[[TransformationPass, GraphModule], None]


def require_limits(slots: int | None, max_slots: int | None, max_keys: int | None) -> None:
    """Checks the limits themselves, before any work.

    Raises:
        ParameterError: a limit leaves nothing, or fewer slots are allowed than asked for.
    """
    if max_slots is not None and max_slots < 1:
        raise ParameterError(f"at most {max_slots} slots: a ciphertext has at least one")
    if max_keys is not None and max_keys < 0:
        raise ParameterError(f"at most {max_keys} rotation keys: the limit is 0 or more")
    if slots is not None and max_slots is not None and slots > max_slots:
        raise ParameterError(f"{slots} slots are asked for, and {max_slots} are allowed")


def largest_slots(max_slots: int) -> int:
    """The most slots, a power of two, that a limit allows."""
    return 1 << (max_slots.bit_length() - 1)


def require_slots(chain: CKKSChain, max_slots: int | None) -> None:
    """Checks the parameters that the depth of a model has led to.

    Raises:
        ParameterError: a ciphertext has more slots than allowed; says how many.
    """
    if max_slots is not None and chain.slots > max_slots:
        raise ParameterError(
            f"the model needs {chain.slots} slots, and {max_slots} are allowed: its {chain.max_level} levels"
            f" take a ring of dimension 2^{chain.log_n}",
            hint="allow more (--max-slots), take fewer levels (a lower --activation-degree), smaller primes"
            " (--scale-bits), or pack sparsely into the larger ring (--slots)",
        )


def watch_keys(
    max_keys: int | None, context: CompilationContext, after_pass: AfterPass | None
) -> AfterPass | None:
    """Counts the rotation keys as soon as the linear maps are planned, before all that comes later.

    Returns:
        What to call after each pass; it calls ``after_pass`` first. It raises ParameterError, with the
        number of keys, if there are more than ``max_keys``.
    """
    if max_keys is None:
        return after_pass
    checked = False

    def watch(step: TransformationPass, graph_module: GraphModule) -> None:
        nonlocal checked
        if after_pass is not None:
            after_pass(step, graph_module)
        if checked or "linear_bsgs" not in provided(graph_module):
            return
        checked = True
        keys = analyze(graph_module, context, critical_path=False).rotation_keys
        if keys > max_keys:
            raise ParameterError(
                f"the model needs {keys} rotation keys, and {max_keys} are allowed",
                hint="allow more (--max-keys), or fix the steps of its transforms:"
                " --pipeline with linear-layer-bsgs{baby_step_size=…}",
            )

    return watch
