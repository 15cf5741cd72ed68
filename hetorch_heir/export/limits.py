"""Limits of what a program may take: slots of its ciphertexts, and rotation keys."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping

from he_dialects import hetorch
from torch.fx import GraphModule
from xdsl.dialects.builtin import ModuleOp

from hetorch_heir.conversions.decompose_rotations import limit_keys
from hetorch_heir.core.chain import CKKSChain
from hetorch_heir.core.context import CompilationContext
from hetorch_heir.core.errors import ParameterError
from hetorch_heir.key_memory.decomposition import decompose_rotations
from hetorch_heir.key_memory.errors import KeyPlanError
from hetorch_heir.passes.base import TransformationPass, provided
from hetorch_heir.passes.cost import node_cost
from hetorch_heir.passes.graph import ciphertext_nodes

AfterPass = Callable[[TransformationPass, GraphModule], None]


def require_limits(slots: int | None, max_slots: int | None, max_keys: int | None) -> None:
    """Checks the limits themselves, before any work.

    Raises:
        ParameterError: a limit leaves nothing, fewer slots are allowed than asked for, or their number is no
            power of two.
    """
    if slots is not None and (slots < 1 or slots.bit_count() != 1):
        below = largest_slots(max(slots, 1))
        raise ParameterError(
            f"{slots} slots: their number is a power of two", hint=f"use {below} or {2 * below}"
        )
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
        number of keys, if there are more than ``max_keys`` even when rotations are decomposed into others.
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
        encrypted = ciphertext_nodes(graph_module.graph)
        costs = (node_cost(node, graph_module, encrypted) for node in graph_module.graph.nodes)
        needed = frozenset[int]().union(*(cost.rotation_steps for cost in costs))
        _decomposed(dict.fromkeys(needed, 1), max_keys, context.slot_count)

    return watch


def limit_rotation_keys(module: ModuleOp, max_keys: int | None, slots: int) -> None:
    """Makes rotations of a ``hetorch`` module out of others, the rarest first, until the keys are few enough.

    Raises:
        ParameterError: more keys remain; says how many are needed.
    """
    rotations = [op for op in module.walk() if isinstance(op, hetorch.RotateOp)]
    counts = Counter(op.steps.value.data for op in rotations)
    if max_keys is not None and len(counts) > max_keys:
        _decomposed(counts, max_keys, slots)
        limit_keys(module, max_keys, slots)


def _decomposed(counts: Mapping[int, int], max_keys: int, slots: int) -> None:
    try:
        decompose_rotations(counts, max_keys, slots)
    except KeyPlanError as error:
        fewest = _fewest_keys(counts, slots)
        raise ParameterError(
            f"the model needs {len(counts)} rotation keys, {fewest} if rotations are made of two others, and"
            f" {max_keys} are allowed",
            hint=f"allow {fewest} (--max-keys {fewest}), or fewer bytes of keys at a time (--key-budget)",
        ) from error


def _fewest_keys(counts: Mapping[int, int], slots: int) -> int:
    """The smallest limit that rotations can be decomposed for."""
    return next(limit for limit in range(len(counts) + 1) if _fits(counts, limit, slots))


def _fits(counts: Mapping[int, int], limit: int, slots: int) -> bool:
    try:
        decompose_rotations(counts, limit, slots)
    except KeyPlanError:
        return False
    return True
