"""HEIR's ``debug`` dialect: values to be looked at while the program runs.

    debug.validate %x <name = "after_layer_1", metadata = "{}"> : tensor<8xf32>

https://heir.dev/docs/dialects/debug/
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import ClassVar

from xdsl.dialects.builtin import StringAttr
from xdsl.ir import Dialect
from xdsl.irdl import irdl_op_definition, operand_def, opt_prop_def, prop_def

from he_dialects.arrow import ArrowOp
from he_dialects.syntax import ATTRIBUTE, Syntax


@irdl_op_definition
class ValidateOp(ArrowOp):
    """A value that HEIR's debug ports hand to a function outside, decrypted, under this name."""

    name = "debug.validate"

    input = operand_def()
    name_ = prop_def(StringAttr, prop_name="name")
    metadata = opt_prop_def(StringAttr)
    PROPERTIES: ClassVar[Mapping[str, Syntax]] = {"name": ATTRIBUTE, "metadata": ATTRIBUTE}


Debug = Dialect("debug", [ValidateOp])
