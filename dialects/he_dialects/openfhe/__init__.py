"""HEIR's ``openfhe`` dialect: calls of the OpenFHE library.

    %pt = openfhe.make_ckks_packed_plaintext %cc, %v : (!cc, tensor<4096xf64>) -> !pt
    %0 = openfhe.mul_plain %cc, %ct, %pt : (!cc, !ct, !pt) -> !ct
    %1 = openfhe.rot %cc, %0 <static_shift = 4 : index> : (!cc, !ct) -> !ct

Levels and scales are not part of the types: they are properties of the library's objects at run time.
"""

from __future__ import annotations

from xdsl.ir import Dialect

from he_dialects.openfhe import ops, setup, types

Openfhe = Dialect(
    "openfhe",
    [
        ops.AddInPlaceOp,
        ops.AddOp,
        ops.AddPlainInPlaceOp,
        ops.AddPlainOp,
        ops.AutomorphOp,
        ops.BootstrapOp,
        ops.EvalChebyshevSeriesOp,
        ops.FastRotationExtOp,
        ops.FastRotationOp,
        ops.FastRotationPrecomputeOp,
        ops.KeySwitchDownOp,
        ops.KeySwitchInPlaceOp,
        ops.KeySwitchOp,
        ops.LevelReduceInPlaceOp,
        ops.LevelReduceOp,
        ops.ModReduceInPlaceOp,
        ops.ModReduceOp,
        ops.MulConstInPlaceOp,
        ops.MulConstOp,
        ops.MulNoRelinOp,
        ops.MulOp,
        ops.MulPlainOp,
        ops.NegateInPlaceOp,
        ops.NegateOp,
        ops.RelinInPlaceOp,
        ops.RelinOp,
        ops.RotOp,
        ops.SquareInPlaceOp,
        ops.SquareOp,
        ops.SubInPlaceOp,
        ops.SubOp,
        ops.SubPlainInPlaceOp,
        ops.SubPlainOp,
        setup.DecodeCKKSOp,
        setup.DecodeOp,
        setup.DecryptOp,
        setup.EncryptOp,
        setup.GenBootstrapKeyOp,
        setup.GenContextOp,
        setup.GenMulKeyOp,
        setup.GenParamsOp,
        setup.GenRotKeyOp,
        setup.MakeCKKSPackedPlaintextOp,
        setup.MakePackedPlaintextOp,
        setup.SetupBootstrapOp,
    ],
    [
        types.CCParamsType,
        types.CiphertextType,
        types.CryptoContextType,
        types.DigitDecompositionType,
        types.EvalKeyType,
        types.PlaintextType,
        types.PrivateKeyType,
        types.PublicKeyType,
    ],
)

__all__ = ["Openfhe", "ops", "setup", "types"]
