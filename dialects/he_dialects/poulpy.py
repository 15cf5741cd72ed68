"""HEIR's ``poulpy`` dialect: calls of Poulpy's CKKS, which writes results into buffers.

poulpy.add %module, %sum, %a, %b, %scratch : (!poulpy.module<ntt4x30_ref>, memref<!poulpy.ciphertext>,
    memref<!poulpy.ciphertext>, memref<!poulpy.ciphertext>, !poulpy.scratch) -> ()
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from typing_extensions import override
from xdsl.dialects.builtin import MemRefType
from xdsl.dialects.utils import EnumAttribute
from xdsl.ir import Attribute, Dialect, ParametrizedAttribute, SpacedOpaqueSyntaxAttribute, TypeAttribute
from xdsl.irdl import irdl_attr_definition
from xdsl.parser import AttrParser
from xdsl.printer import Printer
from xdsl.utils.str_enum import StrEnum

from he_dialects.syntax import Keyword
from he_dialects.tables import Constraint, operation


class Backend(StrEnum):
    """How polynomials are multiplied."""

    FFT64_REF = "fft64_ref"
    NTT4X30_REF = "ntt4x30_ref"


@irdl_attr_definition
class BackendAttr(EnumAttribute[Backend], SpacedOpaqueSyntaxAttribute):
    """How polynomials are multiplied."""

    name = "poulpy.backend"


BACKEND = Keyword(BackendAttr)


@irdl_attr_definition
class ModuleType(ParametrizedAttribute, TypeAttribute):
    """An evaluator of a back end."""

    name = "poulpy.module"

    backend: BackendAttr

    @classmethod
    @override
    def parse_parameters(cls, parser: AttrParser) -> Sequence[Attribute]:
        with parser.in_angle_brackets():
            return (BACKEND.parse(parser),)

    @override
    def print_parameters(self, printer: Printer) -> None:
        with printer.in_angle_brackets():
            BACKEND.print(printer, self.backend)


@irdl_attr_definition
class CiphertextType(ParametrizedAttribute, TypeAttribute):
    """A ciphertext."""

    name = "poulpy.ciphertext"


@irdl_attr_definition
class UnnormalizedCiphertextType(ParametrizedAttribute, TypeAttribute):
    """A ciphertext whose carries are still to be propagated."""

    name = "poulpy.unnormalized_ciphertext"


@irdl_attr_definition
class PlaintextType(ParametrizedAttribute, TypeAttribute):
    """A plaintext."""

    name = "poulpy.plaintext"


@irdl_attr_definition
class ScratchType(ParametrizedAttribute, TypeAttribute):
    """Memory for intermediate results."""

    name = "poulpy.scratch"


@irdl_attr_definition
class SecretKeyType(ParametrizedAttribute, TypeAttribute):
    """A secret key, transformed."""

    name = "poulpy.secret_key"


@irdl_attr_definition
class TensorKeyType(ParametrizedAttribute, TypeAttribute):
    """A key to relinearize with, transformed."""

    name = "poulpy.tensor_key"


@irdl_attr_definition
class AutomorphismKeyMapType(ParametrizedAttribute, TypeAttribute):
    """Keys to rotate with, by Galois element."""

    name = "poulpy.automorphism_key_map"


@irdl_attr_definition
class BootstrappingContextType(ParametrizedAttribute, TypeAttribute):
    """What bootstrapping needs but keys."""

    name = "poulpy.bootstrapping_context"


@irdl_attr_definition
class BootstrappingKeysType(ParametrizedAttribute, TypeAttribute):
    """The keys of bootstrapping."""

    name = "poulpy.bootstrapping_keys"


CIPHERTEXT = MemRefType.constr(CiphertextType)
UNNORMALIZED = MemRefType.constr(UnnormalizedCiphertextType)
PLAINTEXT = MemRefType.constr(PlaintextType)
NUMBERS = MemRefType.constr()

Operands = Mapping[str, Constraint]
MODULE: Operands = {"module": ModuleType}
SCRATCH: Operands = {"scratch": ScratchType}
SECRET_KEY: Operands = {"secret_key": SecretKeyType}
TENSOR_KEY: Operands = {"tsk": TensorKeyType}
ROTATION_KEYS: Operands = {"keys": AutomorphismKeyMapType}
DST: Operands = {"dst": CIPHERTEXT}
SRC: Operands = {"src": CIPHERTEXT}
ONE: Operands = {"a": CIPHERTEXT}
TWO: Operands = {**ONE, "b": CIPHERTEXT}
UNNORMALIZED_DST: Operands = {"dst": UNNORMALIZED}

CREATED = (
    operation("poulpy.module_create", "An evaluator for a ring.", {}, MODULE, {"N": "i64"}),
    operation("poulpy.scratch_alloc", "Memory of a number of bytes.", {}, SCRATCH, {"size": "i64"}),
)
"""Operations with results."""

WRITTEN: Mapping[str, tuple[str, Operands, Mapping[str, str]]] = {
    "encode": (
        "Real and imaginary parts of the slots into a plaintext.",
        {"plaintext": PLAINTEXT, "real": NUMBERS, "imag": NUMBERS},
        {"logDelta": "i64", "logBudget": "i64", "base2k": "i64"},
    ),
    "decode": (
        "A plaintext into real and imaginary parts of the slots.",
        {"real": NUMBERS, "imag": NUMBERS, "plaintext": PLAINTEXT},
        {},
    ),
    "encrypt": (
        "A plaintext into a ciphertext.",
        {"ciphertext": CIPHERTEXT, "plaintext": PLAINTEXT, **SECRET_KEY, **SCRATCH},
        {"base2k": "i64", "ctk": "i64"},
    ),
    "decrypt": (
        "A ciphertext into a plaintext.",
        {"plaintext": PLAINTEXT, "ciphertext": CIPHERTEXT, **SECRET_KEY, **SCRATCH},
        {},
    ),
    "add": ("dst = a + b.", {**DST, **TWO, **SCRATCH}, {}),
    "add_assign": ("dst += a.", {**DST, **ONE, **SCRATCH}, {}),
    "add_unnormalized": ("dst = a + b, carries left.", {**UNNORMALIZED_DST, **TWO, **SCRATCH}, {}),
    "sub": ("dst = a - b.", {**DST, **TWO, **SCRATCH}, {}),
    "sub_assign": ("dst -= a.", {**DST, **ONE, **SCRATCH}, {}),
    "sub_unnormalized": ("dst = a - b, carries left.", {**UNNORMALIZED_DST, **TWO, **SCRATCH}, {}),
    "mul": ("dst = a * b.", {**DST, **TWO, **TENSOR_KEY, **SCRATCH}, {}),
    "mul_assign": ("dst *= a.", {**DST, **ONE, **TENSOR_KEY, **SCRATCH}, {}),
    "rotate": ("dst = src rotated by k.", {**DST, **SRC, **ROTATION_KEYS, **SCRATCH}, {"k": "i64"}),
    "rotate_assign": ("dst rotated by k.", {**DST, **ROTATION_KEYS, **SCRATCH}, {"k": "i64"}),
    "rescale": ("dst = src / 2^bits.", {**DST, **SRC, **SCRATCH}, {"bits": "i64"}),
    "rescale_assign": ("dst /= 2^bits.", {**DST, **SCRATCH}, {"bits": "i64"}),
    "normalize": ("res = a with carries propagated.", {"res": CIPHERTEXT, "a": UNNORMALIZED, **SCRATCH}, {}),
    "compact_limbs": ("src into a dst of fewer limbs.", {**DST, **SRC, **SCRATCH}, {}),
}
"""Operations that write into a buffer: what they do, what they take behind the module, and properties."""

Poulpy = Dialect(
    "poulpy",
    [
        *CREATED,
        *(
            operation(f"poulpy.{name}", summary, {**MODULE, **operands}, {}, properties, pure=False)
            for name, (summary, operands, properties) in WRITTEN.items()
        ),
    ],
    [
        *(ModuleType, CiphertextType, UnnormalizedCiphertextType, PlaintextType, ScratchType, SecretKeyType),
        *(TensorKeyType, AutomorphismKeyMapType, BootstrappingContextType, BootstrappingKeysType),
    ],
)
