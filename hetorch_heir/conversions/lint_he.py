"""A lint for programs at HEIR's secret and ckks levels: what HEIR accepts but computes garbage from.

Accepted by heir-opt, refused here:

    module attributes {ckks.schemeParam = #ckks.scheme_param<logN = 13, Q = [q0, q1], …>} {
      …
      // !ct_L1 is over x**16384 + 1, or over other primes than q0 and q1
      %p = lwe.rlwe_encode %w <…, level = 0, scale = 40> : tensor<8192xf64> -> !pt   // 4096 slots
      %0 = ckks.mul_plain %x, %p : (!ct_L1, !pt) -> !ct_L1_1                         // p is at level 0
      %1 = ckks.bootstrap %y : !ct_L0 -> !ct_L0                                      // no level gained
    }

After, the module is the same, or there is an error with its place for each of:

- a ciphertext, plaintext or key whose ring has another degree than ``2**logN``;
- a ciphertext whose modulus chain, or a ring whose primes, are not the first ones of ``Q``;
- a level beyond ``Q``;
- a vector longer than the slots, or of a length that is no power of two;
- a plaintext encoded at a lower level than the ciphertext that it meets, or at a scale that its type or
  its use contradicts;
- a bootstrap whose result isn't at a higher level, at the default scale, of dimension 2 and in its
  argument's plaintext ring, or is at a level that the bootstrapping itself consumes.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

from he_dialects import ckks, lwe, mgmt, secret
from he_dialects.ckks import SCHEME_PARAM, SchemeParamAttr
from he_dialects.locations import place_of
from he_dialects.lwe import ModulusChainAttr
from he_dialects.mod_arith import ModIntType
from he_dialects.polynomial import RingAttr
from he_dialects.rns import RNSType
from xdsl.context import Context
from xdsl.dialects import arith
from xdsl.dialects.builtin import ModuleOp, NoneAttr, TensorType
from xdsl.ir import Attribute, Operation, SSAValue
from xdsl.passes import ModulePass
from xdsl.utils.exceptions import PassFailedException

from hetorch_heir.core.bootstrapping import Bootstrapping

PLAIN_OPERATIONS = (
    ckks.ops.AddPlainOp,
    ckks.ops.SubPlainOp,
    ckks.ops.MulPlainOp,
    lwe.ops.RAddPlainOp,
    lwe.ops.RSubPlainOp,
    lwe.ops.RMulPlainOp,
)


@dataclass(frozen=True)
class LintHEPass(ModulePass):
    """Report what HEIR doesn't verify; the module stays as it is.

    Raises:
        PassFailedException: one line for each mistake, with its place.
    """

    name = "lint-he"

    def apply(self, ctx: Context, op: ModuleOp) -> None:
        lines = [
            f"{place}: error: '{found.name}' {message}"
            if (place := place_of(found))
            else f"'{found.name}' {message}"
            for found, message in _Lint(op).findings()
        ]
        if lines:
            raise PassFailedException("\n".join(dict.fromkeys(lines)))


Messages = Iterator[str]


class _Lint:
    def __init__(self, module: ModuleOp) -> None:
        self._module = module
        parameters = module.attributes.get(SCHEME_PARAM)
        self._parameters = parameters if isinstance(parameters, SchemeParamAttr) else None
        bootstrapping = Bootstrapping.of(module)
        self._consumed = bootstrapping.levels if bootstrapping else 0
        self._seen: set[Attribute] = set()
        """Types looked at; what is wrong with them is reported where they occur first."""
        self._reported: set[str] = set()
        self._rules: dict[type[Operation], Callable[[Any], Messages]] = {
            lwe.ops.RLWEEncodeOp: self._encode,
            ckks.ops.BootstrapOp: self._bootstrap,
            mgmt.BootstrapOp: self._mgmt_bootstrap,
            secret.GenericOp: self._generic,
            arith.AddfOp: self._secret_arithmetic,
            arith.SubfOp: self._secret_arithmetic,
            arith.MulfOp: self._secret_arithmetic,
            **dict.fromkeys(PLAIN_OPERATIONS, self._plain),
        }

    def findings(self) -> Iterator[tuple[Operation, str]]:
        """Operations with what is wrong with them."""
        for op in self._module.walk():
            arguments = (a for region in op.regions for block in region.blocks for a in block.args)
            for value in (*op.results, *arguments):
                for message in self._type(value.type):
                    yield op, message
            if (rule := self._rules.get(type(op))) is not None:
                for message in rule(op):
                    yield op, message
            if self._parameters is not None and isinstance(
                said := op.attributes.get(mgmt.MGMT), mgmt.MgmtAttr
            ):
                for message in self._beyond_chain(said.level.data):
                    yield op, message

    # Types

    def _type(self, value_type: Attribute) -> Messages:
        element = value_type.get_element_type() if isinstance(value_type, TensorType) else value_type
        if element in self._seen:
            return
        self._seen.add(element)
        for message in self._type_messages(element):
            if message not in self._reported:
                self._reported.add(message)
                yield message

    def _type_messages(self, element: Attribute) -> Messages:
        match element:
            case lwe.CiphertextType():
                yield from self._degree(element.ring, "ciphertext")
                yield from self._degree(element.plaintext_space.ring, "plaintext")
                yield from self._primes(element.ring)
                yield from self._chain(element.modulus_chain)
            case lwe.PlaintextType():
                yield from self._degree(element.plaintext_space.ring, "plaintext")
            case lwe.PublicKeyType() | lwe.SecretKeyType():
                yield from self._degree(element.ring, "key")
                yield from self._primes(element.ring)
            case _:
                return

    def _degree(self, ring: RingAttr, what: str) -> Messages:
        degree = _degree(ring)
        if self._parameters is not None and degree is not None:
            expected = 1 << self._parameters.log_n.data
            if degree != expected:
                yield (
                    f"has a {what} in a ring of degree {degree}, expected {expected}: "
                    f"{SCHEME_PARAM} has logN = {self._parameters.log_n.data}"
                )

    def _primes(self, ring: RingAttr) -> Messages:
        basis = ring.coefficient_type
        if self._parameters is None or not isinstance(basis, RNSType):
            return
        primes = tuple(one.modulus.value.data for one in basis.basis if isinstance(one, ModIntType))
        if primes != self._parameters.primes[: len(primes)]:
            yield f"has a ring over the primes {list(primes)}, which are not the first ones of Q"

    def _chain(self, chain: ModulusChainAttr | NoneAttr) -> Messages:
        if self._parameters is None or not isinstance(chain, ModulusChainAttr):
            return
        elements = tuple(element.value.data for element in chain.elements)
        if elements != self._parameters.primes:
            yield f"has the modulus chain {list(elements)}, expected Q = {list(self._parameters.primes)}"

    def _beyond_chain(self, level: int) -> Messages:
        assert self._parameters is not None
        if level >= len(self._parameters.primes):
            yield f"is at level {level}, but Q has primes for levels up to {len(self._parameters.primes) - 1}"

    # Vectors and plaintexts

    def _slots(self, shape: tuple[int, ...], slots: int | None) -> Messages:
        length = shape[-1] if shape else 1
        if slots is not None and length > slots:
            yield f"packs {length} values, but there are {slots} slots"
        elif length.bit_count() != 1:
            yield f"packs {length} values, which is no power of two: the slots would not repeat them evenly"

    def _encode(self, op: lwe.ops.RLWEEncodeOp) -> Messages:
        if isinstance(op.input.type, TensorType):
            yield from self._slots(op.input.type.get_shape(), _slot_count(op))
        factor = op.encoding.scaling_factor.data
        if op.scale is not None and factor > 0 and op.scale.value.data != factor:
            yield f"has scale {op.scale.value.data}, but its encoding has scaling factor {factor}"
        if self._parameters is not None and op.level is not None:
            yield from self._beyond_chain(op.level.value.data)

    def _generic(self, op: secret.GenericOp) -> Messages:
        slots = None if self._parameters is None else 1 << (self._parameters.log_n.data - 1)
        shapes = {a.type.get_shape() for a in op.body.block.args if isinstance(a.type, TensorType)}
        for shape in sorted(shapes):
            yield from self._slots(shape, slots)

    def _plain(self, op: Operation) -> Messages:
        encoded = next((o.owner for o in op.operands if isinstance(o.owner, lwe.ops.RLWEEncodeOp)), None)
        ciphertext = next((o.type for o in op.operands if isinstance(o.type, lwe.CiphertextType)), None)
        if encoded is None or ciphertext is None:
            return
        if encoded.level is not None and ciphertext.level is not None:
            level = encoded.level.value.data
            if level < ciphertext.level:
                yield f"combines a ciphertext at level {ciphertext.level} with a plaintext encoded at {level}"
        sums = not isinstance(op, ckks.ops.MulPlainOp | lwe.ops.RMulPlainOp)
        scale = encoded.encoding.scaling_factor.data
        if sums and ciphertext.tracks_scale and scale > 0 and scale != ciphertext.scale:
            yield f"adds a plaintext of scale {scale} and a ciphertext of scale {ciphertext.scale}"

    def _secret_arithmetic(self, op: Operation) -> Messages:
        said = op.attributes.get(mgmt.MGMT)
        if not isinstance(said, mgmt.MgmtAttr):
            return
        others = [_management_of(operand) for operand in op.operands if not _is_init(operand)]
        for operand in filter(_is_init, op.operands):
            plain = _management_of(operand)
            if plain is None:
                continue
            if plain.level.data != said.level.data:
                yield f"is at level {said.level.data}, but its plaintext is encoded at {plain.level.data}"
            expected = _expected_scale(op, said, others)
            if mgmt.UNTRACKED not in (plain.scale.data, expected) and plain.scale.data != expected:
                yield f"takes a plaintext of scale {expected}, but it is encoded at {plain.scale.data}"

    # Bootstrapping

    def _bootstrap(self, op: ckks.ops.BootstrapOp) -> Messages:
        before, after = _ciphertext(op.input), _ciphertext(op.output)
        if before is None or after is None:
            return
        if before.level is not None and after.level is not None and after.level <= before.level:
            yield f"gives level {after.level} for a ciphertext at level {before.level}: nothing is gained"
        if before.size != 2 or after.size != 2:
            yield f"takes dimension {before.size} to {after.size}, expected 2 and 2"
        if before.plaintext_space.ring != after.plaintext_space.ring:
            yield "changes the plaintext ring"
        yield from self._refreshed(after.level, after.scale if after.tracks_scale else None)

    def _mgmt_bootstrap(self, op: mgmt.BootstrapOp) -> Messages:
        said = op.attributes.get(mgmt.MGMT)
        if not isinstance(said, mgmt.MgmtAttr):
            return
        before = _management_of(op.input)
        if before is not None and said.level.data <= before.level.data:
            yield (
                f"gives level {said.level.data} for a ciphertext at level {before.level.data}: "
                "nothing is gained"
            )
        scale = said.scale.data
        yield from self._refreshed(said.level.data, None if scale == mgmt.UNTRACKED else scale)

    def _refreshed(self, level: int | None, scale: int | None) -> Messages:
        if self._parameters is None:
            return
        highest = len(self._parameters.primes) - 1 - self._consumed
        if level is not None and level > highest:
            yield f"gives level {level}, expected at most {highest}: {self._consumed} of Q are consumed"
        default = self._parameters.log_default_scale.data
        if scale is not None and scale != default:
            yield f"gives scale {scale}, expected the default one, {default}"


def _degree(ring: RingAttr) -> int | None:
    modulus = ring.polynomial_modulus
    return None if isinstance(modulus, NoneAttr) else modulus.degree


def _slot_count(op: lwe.ops.RLWEEncodeOp) -> int | None:
    """The values that a plaintext packs: in CKKS half as many as its polynomial has coefficients."""
    degree = _degree(op.ring)
    if degree is None:
        return None
    return degree // 2 if isinstance(op.encoding, lwe.InverseCanonicalEncodingAttr) else degree


def _ciphertext(value: SSAValue) -> lwe.CiphertextType | None:
    element = value.type.get_element_type() if isinstance(value.type, TensorType) else value.type
    return element if isinstance(element, lwe.CiphertextType) else None


def _is_init(value: SSAValue) -> bool:
    return isinstance(value.owner, mgmt.InitOp)


def _management_of(value: SSAValue) -> mgmt.MgmtAttr | None:
    """What is said about a value by the operation that makes it."""
    owner = value.owner
    said = owner.attributes.get(mgmt.MGMT) if isinstance(owner, Operation) else None
    return said if isinstance(said, mgmt.MgmtAttr) else None


def _expected_scale(op: Operation, said: mgmt.MgmtAttr, others: list[mgmt.MgmtAttr | None]) -> int:
    """The scale that the plaintext of an operation needs, or -1 if that isn't known."""
    if not isinstance(op, arith.MulfOp):
        return said.scale.data
    if len(others) != 1 or others[0] is None or mgmt.UNTRACKED in (said.scale.data, others[0].scale.data):
        return mgmt.UNTRACKED
    return said.scale.data - others[0].scale.data
