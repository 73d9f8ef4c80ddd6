#!/usr/bin/env python3
# SPDX-License-Identifier: (GPL-2.0 OR MIT)
"""ec_table.py p256|p384: writes ec_table_CURVE.c, the multiples of the base point
that ec_base.c adds up, to standard output. tests/unit compares what it writes with
what is committed. Knows of the curves what FIPS 186-4 D.1.2 says, and nothing from
ec.c.
"""
import sys

HEAD = """\
// SPDX-License-Identifier: (GPL-2.0 OR MIT)
/* Multiples of the base point, see ec_base.h. Made by ec_table.py: change that,
 * then run it again.
 */
#include "ec_base.h"
"""

# Words, windows of four bits per step, p, b, G.
CURVES = {
    "p256": (
     4, 4,
     2**256 - 2**224 + 2**192 + 2**96 - 1,
     0x5ac635d8aa3a93e7b3ebbd55769886bc651d06b0cc53b0f63bce3c3e27d2604b,
     (0x6b17d1f2e12c4247f8bce6e563a440f277037d812deb33a0f4a13945d898c296,
      0x4fe342e2fe1a7f9b8ee7eb4a7c0f9e162bce33576b315ececbb6406837bf51f5)),
    "p384": (
     6, 8,
     2**384 - 2**128 - 2**96 + 2**32 - 1,
     0xb3312fa7e23ee7e4988e056be3f82d19181d9c6efe814112
     << 192 | 0x0314088f5013875ac656398d8a2ed19d2a85c8edd3ec2aef,
     (0xaa87ca22be8b05378eb1c71ef320ad746e1d3b628ba79b98
      << 192 | 0x59f741e082542a385502f25dbf55296c3a545e3872760ab7,
      0x3617de4a96262c6f5d9e98bf9292dc29f8f41dbd289a147c
      << 192 | 0xe9da3113b5f0b8c00a60b1ce1d7e819d7a431d7c90ea0e5f)),
}


def add(p, a, b):
    """a + b; neither is infinity, nor is the sum."""
    if a == b:
        slope = (3 * a[0] * a[0] - 3) * pow(2 * a[1], -1, p)
    else:
        slope = (b[1] - a[1]) * pow(b[0] - a[0], -1, p)
    x = (slope * slope - a[0] - b[0]) % p
    return x, (slope * (a[0] - x) - a[1]) % p


def write(name, words, step, p, b, g):
    """The curve's table."""
    rows = 16 * words // step
    mask = 2**64 - 1
    numbers = []
    print(f"\nconst u64 tlso_{name}_table[{rows} * 15 * {2 * words}] = {{")
    assert (g[1]**2 - g[0]**3 + 3 * g[0] - b) % p == 0
    for _ in range(rows):
        multiple = g
        for digit in range(15):
            if digit:
                multiple = add(p, multiple, g)
            for number in multiple:
                # Montgomery form
                number = (number << 64 * words) % p
                numbers += (number >> 64 * i & mask for i in range(words))
        for _ in range(4 * step):
            g = add(p, g, g)
    for at in range(0, len(numbers), 3):
        print("\t" + " ".join(f"0x{n:016x}ull," for n in numbers[at:at + 3]))
    print("};")


def main():
    """The one that is named."""
    print(HEAD, end="")
    write(sys.argv[1], *CURVES[sys.argv[1]])


main()
