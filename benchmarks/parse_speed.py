"""Time to parse ciphertext code, compared with as much code of xDSL's own ``arith``.

    python -m benchmarks.parse_speed [--operations 100000]

Both programs are chains of additions of two operands, read from text by the same parser.
"""

from __future__ import annotations

import argparse
import gc
import time

from he_dialects.universe import register_dialects
from xdsl.context import Context
from xdsl.parser import Parser

TYPES = """!q0 = !mod_arith.int<1125899908022273 : i64>
!q1 = !mod_arith.int<1099511922689 : i64>
#plain = #polynomial.ring<coefficientType = f64, polynomialModulus = <1 + x**8192>>
#ring = #polynomial.ring<coefficientType = !rns.rns<!q0, !q1>, polynomialModulus = <1 + x**8192>>
#scale = #lwe.inverse_canonical_encoding<scaling_factor = 40>
#space = #lwe.ciphertext_space<ring = #ring, encryption_type = mix>
#chain = #lwe.modulus_chain<elements = <1125899908022273 : i64, 1099511922689 : i64>, current = 1>
!ct = !lwe.lwe_ciphertext<plaintext_space = <ring = #plain, encoding = #scale>, ciphertext_space = #space, key = <>, modulus_chain = #chain>
"""  # noqa: E501


def chain(value_type: str, operation: str, types: str, count: int) -> str:
    """A function of ``count`` operations, each on the two values before it."""
    names = ["%a", "%b", *(f"%{number}" for number in range(count))]
    body = "\n".join(
        f"  {result} = {operation} {lhs}, {rhs} : {types}"
        for lhs, rhs, result in zip(names, names[1:], names[2:], strict=False)
    )
    return f"func.func @main(%a: {value_type}, %b: {value_type}) {{\n{body}\n  func.return\n}}\n"


def seconds(text: str, repetitions: int = 3) -> float:
    """The shortest time to parse ``text``."""
    best = float("inf")
    for _ in range(repetitions):
        context = Context()
        register_dialects(context)
        gc.collect()
        start = time.process_time()
        Parser(context, text).parse_module()
        best = min(best, time.process_time() - start)
    return best


def main() -> None:
    """Print both times, and their ratio."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("--operations", type=int, default=100_000)
    count: int = parser.parse_args().operations
    arith = seconds(chain("i32", "arith.addi", "i32", count))
    ckks = seconds(TYPES + chain("!ct", "ckks.add", "(!ct, !ct) -> !ct", count))
    print(f"{count} operations: arith.addi {arith:.2f} s, ckks.add {ckks:.2f} s, ratio {ckks / arith:.2f}")


if __name__ == "__main__":
    main()
