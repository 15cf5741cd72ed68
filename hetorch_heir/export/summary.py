"""What an exported program costs: its operations, counted."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass

from he_dialects import hetorch
from xdsl.dialects import func
from xdsl.dialects.builtin import ModuleOp


@dataclass(frozen=True)
class OperationCounts:
    """Homomorphic operations of one evaluation.

    Attributes:
        rotation_keys: the different rotation indices, sorted.
        products: ciphertext-plaintext products.
        ct_products: ciphertext-ciphertext products.
        additions: of two ciphertexts, or of a ciphertext and a plaintext.
        levels: level of the freshest input.
    """

    rotations: int
    rotation_keys: tuple[int, ...]
    products: int
    ct_products: int
    additions: int
    relinearizations: int
    rescales: int
    bootstraps: int
    levels: int


def count_operations(module: ModuleOp, function: str) -> OperationCounts:
    """The counts of one function of a ``hetorch`` module."""
    main = next(op for op in module.ops if isinstance(op, func.FuncOp) and op.sym_name.data == function)
    names: Counter[str] = Counter()
    keys: set[int] = set()
    for operation in main.walk():
        names[operation.name] += 1
        if isinstance(operation, hetorch.RotateOp):
            keys.add(operation.steps.value.data)
    types = [argument.type for argument in main.body.block.args]
    levels = [type_.level for type_ in types if isinstance(type_, hetorch.CiphertextType)]
    return OperationCounts(
        rotations=names["hetorch.rotate"],
        rotation_keys=tuple(sorted(keys)),
        products=names["hetorch.pmult"],
        ct_products=names["hetorch.cmult"],
        additions=sum(names[f"hetorch.{name}"] for name in ("cadd", "csub", "padd", "psub")),
        relinearizations=names["hetorch.relinearize"],
        rescales=names["hetorch.rescale"],
        bootstraps=names["hetorch.bootstrap"],
        levels=max(levels, default=0),
    )
