"""The range of an activation's input, which its polynomial is good on, as it travels with the program."""

from __future__ import annotations

from dataclasses import dataclass

from xdsl.dialects.builtin import DictionaryAttr, FloatAttr, StringAttr, f64
from xdsl.ir import Operation

ATTRIBUTE = "hetorch.input_range"
"""Of the operation that yields a polynomial's operand: an activation's input, mapped to [-1, 1]."""


@dataclass(frozen=True)
class InputRange:
    """The input of an activation that -1 and 1 of a polynomial's operand stand for.

    As an attribute: ``{layer = "net.py:12", function = "relu", low = -4.0 : f64, high = 4.0 : f64}``.

    Args:
        layer: place in the user's model.
        function: name of the activation.
        low, high: in units of the model.
    """

    layer: str
    function: str
    low: float
    high: float

    def attribute(self) -> DictionaryAttr:
        return DictionaryAttr(
            {
                "layer": StringAttr(self.layer),
                "function": StringAttr(self.function),
                "low": FloatAttr(self.low, f64),
                "high": FloatAttr(self.high, f64),
            }
        )

    @classmethod
    def of(cls, operation: Operation) -> InputRange | None:
        """The range that an operation's result must keep to, if it says one."""
        attribute = operation.attributes.get(ATTRIBUTE)
        if not isinstance(attribute, DictionaryAttr):
            return None
        entries = attribute.data
        layer, function = entries.get("layer"), entries.get("function")
        low, high = entries.get("low"), entries.get("high")
        if not (isinstance(layer, StringAttr) and isinstance(function, StringAttr)):
            return None
        if not (isinstance(low, FloatAttr) and isinstance(high, FloatAttr)):
            return None
        return cls(layer.data, function.data, low.value.data, high.value.data)

    def in_units(self, t: float) -> float:
        """The input of the activation that ``t`` stands for."""
        return (self.low + self.high) / 2.0 + t * (self.high - self.low) / 2.0


def keep_input_range(new: Operation, old: Operation) -> None:
    """Give an operation that takes the place of another its range."""
    if ATTRIBUTE in old.attributes:
        new.attributes[ATTRIBUTE] = old.attributes[ATTRIBUTE]
