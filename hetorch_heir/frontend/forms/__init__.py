"""The normal forms: one module for each family of operators, each with its table of rules."""

from hetorch_heir.frontend.builder import RuleTable
from hetorch_heir.frontend.forms import (
    activations,
    arithmetic,
    batch_norm,
    convolutions,
    identities,
    max_pooling,
    products,
    reductions,
    selections,
    shapes,
)

RULES: RuleTable = {
    **activations.RULES,
    **arithmetic.RULES,
    **batch_norm.RULES,
    **convolutions.RULES,
    **identities.RULES,
    **max_pooling.RULES,
    **products.RULES,
    **reductions.RULES,
    **selections.RULES,
    **shapes.RULES,
}
