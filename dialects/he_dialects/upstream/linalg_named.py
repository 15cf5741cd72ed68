"""Named operations of ``linalg`` that multiply and sum up: products, convolutions and pooling.

    %0 = linalg.batch_matmul ins(%a, %b : tensor<2x4x8xf32>, tensor<2x8x3xf32>)
           outs(%c : tensor<2x4x3xf32>) -> tensor<2x4x3xf32>
    %1 = linalg.pooling_nchw_sum {strides = dense<2> : vector<2xi64>}
           ins(%x, %w : tensor<1x4x6x6xf32>, tensor<2x2xf32>)
           outs(%y : tensor<1x4x3x3xf32>) -> tensor<1x4x3x3xf32>

What distinguishes them is which loops index which operand: a :class:`Loops` for each. Operations that xDSL
has are extended, so that the widths of the numbers may differ and ``strides`` and ``dilations`` be left out.
"""

from __future__ import annotations

from abc import ABC
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import ClassVar, Self, cast

from typing_extensions import override
from xdsl.dialects import arith
from xdsl.dialects import linalg as xdsl_linalg
from xdsl.dialects.builtin import (
    AffineMapAttr,
    AnyFloat,
    ArrayAttr,
    DenseIntElementsAttr,
    IntegerType,
    ShapedType,
    TensorType,
)
from xdsl.dialects.linalg import ops as linalg
from xdsl.dialects.linalg.abstract_ops import LinalgStructuredOperation, NamedOperation
from xdsl.dialects.linalg.attrs import IteratorTypeAttr
from xdsl.ir import Attribute, Block, Operation, Region, SSAValue
from xdsl.ir.affine import AffineExpr, AffineMap
from xdsl.irdl import (
    irdl_op_definition,
    opt_prop_def,
    region_def,
    var_operand_def,
    var_result_def,
)
from xdsl.parser import Parser
from xdsl.printer import Printer
from xdsl.utils.hints import isa

from he_dialects.upstream.arith_casts import ExtFOp, ExtSIOp, SIToFPOp, TruncFOp, TruncIOp

Index = tuple[str, ...]
"""The loops whose values are summed for one index: one, or an output's loop and a window's."""


@dataclass(frozen=True)
class Loops:
    """Which loops an operation has, and the indices of its operands: ``Loops("mnk", "m k, k n, m n")``.

    ``sums`` are loops that sum up; ``"h+u"`` is an index that is the sum of two loops, of which the second
    runs over a window.
    """

    parallel: str
    sums: str
    operands: str

    def maps(self, strides: Sequence[int], dilations: Sequence[int]) -> tuple[AffineMap, ...]:
        """The indexing maps; strides and dilations belong to the sums of two loops in their order."""
        loops = self.parallel + self.sums
        windows: list[Index] = [each for operand in self._indices() for each in operand if len(each) == 2]

        def expression(index: Index) -> AffineExpr:
            first = AffineExpr.dimension(loops.index(index[0]))
            if len(index) == 1:
                return first
            number = windows.index(index)
            second = AffineExpr.dimension(loops.index(index[1]))
            return first * _at(strides, number) + second * _at(dilations, number)

        return tuple(AffineMap(len(loops), 0, tuple(map(expression, operand))) for operand in self._indices())

    def _indices(self) -> list[list[Index]]:
        return [
            [tuple(index.split("+")) for index in operand.split()] for operand in self.operands.split(",")
        ]


def _at(factors: Sequence[int], number: int) -> int:
    """One factor; all are 1 where none are given, and one given for all is repeated."""
    return 1 if not factors else factors[number % len(factors)]


class NamedOp(NamedOperation, ABC):
    """A named operation whose loops are known."""

    PRINT_ATTRS_IN_FRONT: ClassVar[bool] = True
    LOOPS: ClassVar[Loops]

    # Those of the base class again: a definition can't be made from the accessors of an extended one.
    inputs = var_operand_def()
    outputs = var_operand_def(ShapedType)
    res = var_result_def(TensorType)
    body = region_def("single_block")

    def verify_(self) -> None:
        # Not that of an extended operation, which demands more properties.
        LinalgStructuredOperation.verify_(self)

    @override
    def get_default_indexing_maps(self) -> Sequence[AffineMap]:
        return self.LOOPS.maps(*(self._factors(name) for name in ("strides", "dilations")))

    def _factors(self, name: str) -> Sequence[int]:
        factors = self.properties.get(name)
        if not isa(factors, DenseIntElementsAttr):
            return ()
        return [int(cast(int, factor)) for factor in factors.iter_values()]

    @override
    def get_iterator_types(self) -> ArrayAttr[IteratorTypeAttr]:
        return ArrayAttr(
            [IteratorTypeAttr.parallel()] * len(self.LOOPS.parallel)
            + [IteratorTypeAttr.reduction()] * len(self.LOOPS.sums)
        )


Combine = Callable[[Block, Sequence[SSAValue]], SSAValue]
"""Adds to a body what combines its arguments, the last of which is the element of the output so far."""


def _added(block: Block, op: Operation) -> SSAValue:
    block.add_op(op)
    return op.results[0]


def _is_integer(kind: Attribute) -> bool:
    return isinstance(kind, IntegerType)


def _converted(block: Block, value: SSAValue, kind: Attribute) -> SSAValue:
    """``value`` in another type of numbers, by its sign."""
    if value.type == kind:
        return value
    before, after = (cast("IntegerType | AnyFloat", each).bitwidth for each in (value.type, kind))
    if _is_integer(value.type) != _is_integer(kind):
        convert = SIToFPOp
    elif before == after:
        return value
    elif _is_integer(kind):
        convert = ExtSIOp if before < after else TruncIOp
    else:
        convert = ExtFOp if before < after else TruncFOp
    return _added(block, convert.create(operands=[value], result_types=[kind]))


def _product(block: Block, arguments: Sequence[SSAValue]) -> SSAValue:
    *factors, total = arguments
    multiply, add = (arith.MuliOp, arith.AddiOp) if _is_integer(total.type) else (arith.MulfOp, arith.AddfOp)
    left, right = (_converted(block, factor, total.type) for factor in factors)
    return _added(block, add(total, _added(block, multiply(left, right))))


def _window(of_floats: type[Operation], of_integers: type[Operation]) -> Combine:
    """The combination of an element in a window, whose own operand gives only its shape."""

    def combine(block: Block, arguments: Sequence[SSAValue]) -> SSAValue:
        element, _, result = arguments
        operation = of_integers if _is_integer(result.type) else of_floats
        operands = [result, _converted(block, element, result.type)]
        return _added(block, operation.create(operands=operands, result_types=[result.type]))

    return combine


def _body(combine: Combine, inputs: Sequence[SSAValue], outputs: Sequence[SSAValue]) -> Region:
    block = Block(arg_types=NamedOp.body_arg_types((*inputs, *outputs)))
    block.add_op(linalg.YieldOp(combine(block, block.args)))
    return Region(block)


class _ContractionOp(NamedOp, ABC):
    """A sum of products."""

    @classmethod
    @override
    def get_hidden_region(cls, inputs: Sequence[SSAValue], outputs: Sequence[SSAValue]) -> Region:
        return _body(_product, inputs, outputs)


def _quantized_product(block: Block, arguments: Sequence[SSAValue]) -> SSAValue:
    """The product of two numbers, each less its zero point."""
    left, right, left_zero, right_zero, total = (
        _converted(block, argument, arguments[-1].type) for argument in arguments
    )
    factors = [
        _added(block, arith.SubiOp(left, left_zero)),
        _added(block, arith.SubiOp(right, right_zero)),
    ]
    return _product(block, [*factors, total])


class _QuantizedOp(NamedOp, ABC):
    """A sum of products of quantized numbers, whose zero points are scalar inputs."""

    memoized_indexing_maps = opt_prop_def(ArrayAttr[AffineMapAttr], prop_name="linalg.memoized_indexing_maps")

    @override
    def get_indexing_maps(self) -> ArrayAttr[AffineMapAttr]:
        return ArrayAttr(map(AffineMapAttr, self.get_default_indexing_maps()))

    @classmethod
    @override
    def get_hidden_region(cls, inputs: Sequence[SSAValue], outputs: Sequence[SSAValue]) -> Region:
        return _body(_quantized_product, inputs, outputs)


class _MappedOp(_ContractionOp, ABC):
    """A product whose indexing maps may be others than usual, if a factor is transposed, say."""

    indexing_maps = opt_prop_def(ArrayAttr[AffineMapAttr])

    @override
    def get_default_indexing_maps(self) -> Sequence[AffineMap]:
        given = self.indexing_maps
        return self.LOOPS.maps((), ()) if given is None else [attribute.data for attribute in given]

    @override
    def get_indexing_maps(self) -> ArrayAttr[AffineMapAttr]:
        return ArrayAttr(map(AffineMapAttr, self.get_default_indexing_maps()))

    @classmethod
    @override
    def parse(cls, parser: Parser) -> Self:
        maps = None
        if parser.parse_optional_keyword("indexing_maps") is not None:
            parser.parse_punctuation("=")
            maps = parser.parse_attribute()
        parsed = super().parse(parser)
        if maps is not None:
            parsed.properties["indexing_maps"] = maps
        return parsed

    @override
    def print(self, printer: Printer) -> None:
        maps = self.indexing_maps
        if maps is not None and maps != ArrayAttr(map(AffineMapAttr, self.LOOPS.maps((), ()))):
            printer.print_string(" indexing_maps = ")
            printer.print_attribute(maps)
        super().print(printer)


class _WindowedOp(NamedOp, ABC):
    """An operation whose windows may be apart, and their elements too."""

    COMBINE: ClassVar[Combine]

    strides = opt_prop_def(DenseIntElementsAttr)
    dilations = opt_prop_def(DenseIntElementsAttr)

    @classmethod
    @override
    def get_hidden_region(cls, inputs: Sequence[SSAValue], outputs: Sequence[SSAValue]) -> Region:
        return _body(cls.COMBINE, inputs, outputs)


def _defined(name: str, loops: Loops, base: type[NamedOp], **constants: object) -> type[NamedOp]:
    """The operation ``linalg.<name>``, which extends xDSL's if there is one."""
    extended = [op for op in xdsl_linalg.Linalg.operations if op.name == f"linalg.{name}"]
    values = {"LOOPS": loops, **constants}
    members = {
        "name": f"linalg.{name}",
        "__annotations__": dict.fromkeys(values, "ClassVar"),
        "__module__": __name__,
        **values,
    }
    title = "".join(part.title() for part in name.split("_"))
    return irdl_op_definition(type(f"{title}Op", (base, *extended), members))


MAXIMUM = _window(arith.MaximumfOp, arith.MaxSIOp)
MINIMUM = _window(arith.MinimumfOp, arith.MinSIOp)
MAXIMUM_UNSIGNED = _window(arith.MaximumfOp, arith.MaxUIOp)
MINIMUM_UNSIGNED = _window(arith.MinimumfOp, arith.MinUIOp)
SUM = _window(arith.AddfOp, arith.AddiOp)

PRODUCTS = {
    "matmul": Loops("mn", "k", "m k, k n, m n"),
    "batch_matmul": Loops("bmn", "k", "b m k, b k n, b m n"),
    "batch_reduce_matmul": Loops("mn", "bk", "b m k, b k n, m n"),
}
"""Products of matrices, whose indexing maps can be given."""

QUANTIZED = {
    "quantized_matmul": Loops("mn", "k", "m k, k n,,, m n"),
    "quantized_batch_matmul": Loops("bmn", "k", "b m k, b k n,,, b m n"),
}
"""Products of quantized matrices."""

CONTRACTIONS = {
    "matvec": Loops("m", "k", "m k, k, m"),
    "vecmat": Loops("n", "k", "k, k n, n"),
    "dot": Loops("", "k", "k, k,"),
    "batch_matvec": Loops("bm", "k", "b m k, b k, b m"),
    "batch_vecmat": Loops("bn", "k", "b k, b k n, b n"),
    "conv_1d": Loops("h", "u", "h+u, u, h"),
    "conv_2d": Loops("hw", "uv", "h+u w+v, u v, h w"),
    "conv_3d": Loops("dhw", "tuv", "d+t h+u w+v, t u v, d h w"),
}
"""Other sums of products."""

CONVOLUTIONS = {
    "conv_1d_ncw_fcw": Loops("nfw", "cv", "n c w+v, f c v, n f w"),
    "conv_1d_nwc_wcf": Loops("nwf", "vc", "n w+v c, v c f, n w f"),
    "conv_2d_nchw_fchw": Loops("nfhw", "cuv", "n c h+u w+v, f c u v, n f h w"),
    "conv_2d_nhwc_hwcf": Loops("nhwf", "uvc", "n h+u w+v c, u v c f, n h w f"),
    "conv_2d_nhwc_fhwc": Loops("nhwf", "uvc", "n h+u w+v c, f u v c, n h w f"),
    "conv_2d_ngchw_fgchw": Loops("ngfhw", "cuv", "n g c h+u w+v, f g c u v, n g f h w"),
    "conv_2d_ngchw_gfchw": Loops("ngfhw", "cuv", "n g c h+u w+v, g f c u v, n g f h w"),
    "conv_2d_nhwgc_gfhwc": Loops("nhwgf", "uvc", "n h+u w+v g c, g f u v c, n h w g f"),
    "conv_3d_ncdhw_fcdhw": Loops("ndhwf", "tuvc", "n c d+t h+u w+v, f c t u v, n f d h w"),
    "conv_3d_ndhwc_dhwcf": Loops("ndhwf", "tuvc", "n d+t h+u w+v c, t u v c f, n d h w f"),
    "depthwise_conv_1d_ncw_cw": Loops("nwc", "v", "n c w+v, c v, n c w"),
    "depthwise_conv_1d_nwc_wc": Loops("nwc", "v", "n w+v c, v c, n w c"),
    "depthwise_conv_1d_nwc_wcm": Loops("nwcm", "v", "n w+v c, v c m, n w c m"),
    "depthwise_conv_2d_nchw_chw": Loops("nhwc", "uv", "n c h+u w+v, c u v, n c h w"),
    "depthwise_conv_2d_nhwc_hwc": Loops("nhwc", "uv", "n h+u w+v c, u v c, n h w c"),
    "depthwise_conv_2d_nhwc_hwcm": Loops("nhwcm", "uv", "n h+u w+v c, u v c m, n h w c m"),
    "depthwise_conv_3d_ncdhw_cdhw": Loops("ndhwc", "tuv", "n c d+t h+u w+v, c t u v, n c d h w"),
    "depthwise_conv_3d_ndhwc_dhwc": Loops("ndhwc", "tuv", "n d+t h+u w+v c, t u v c, n d h w c"),
    "depthwise_conv_3d_ndhwc_dhwcm": Loops("ndhwcm", "tuv", "n d+t h+u w+v c, t u v c m, n d h w c m"),
}
"""Sums of products over a window, which strides and dilations set apart."""

WINDOWS = {
    "ncw": Loops("ncw", "v", "n c w+v, v, n c w"),
    "nwc": Loops("nwc", "v", "n w+v c, v, n w c"),
    "nchw": Loops("nchw", "uv", "n c h+u w+v, u v, n c h w"),
    "nhwc": Loops("nhwc", "uv", "n h+u w+v c, u v, n h w c"),
    "ndhwc": Loops("ndhwc", "tuv", "n d+t h+u w+v c, t u v, n d h w c"),
}
"""Windows of pooling, by the order of the dimensions."""

POOLINGS = {
    "sum": (SUM, tuple(WINDOWS)),
    "max": (MAXIMUM, tuple(WINDOWS)),
    "min": (MINIMUM, ("nwc", "nhwc", "ndhwc")),
    "max_unsigned": (MAXIMUM_UNSIGNED, ("nwc", "nhwc")),
    "min_unsigned": (MINIMUM_UNSIGNED, ("nwc", "nhwc")),
}
"""What each kind of pooling makes of a window, and the windows that MLIR has it for."""


NAMED_OPERATIONS: Sequence[type[NamedOp]] = (
    *(_defined(name, loops, _MappedOp) for name, loops in PRODUCTS.items()),
    *(_defined(name, loops, _QuantizedOp) for name, loops in QUANTIZED.items()),
    *(_defined(name, loops, _ContractionOp) for name, loops in CONTRACTIONS.items()),
    *(
        _defined(name, loops, _WindowedOp, COMBINE=staticmethod(_product))
        for name, loops in CONVOLUTIONS.items()
    ),
    *(
        _defined(f"pooling_{window}_{kind}", WINDOWS[window], _WindowedOp, COMBINE=staticmethod(combine))
        for kind, (combine, windows) in POOLINGS.items()
        for window in windows
    ),
)
"""The operations of this module."""
