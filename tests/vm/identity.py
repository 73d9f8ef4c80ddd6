#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-only
"""identity.py KEY-PEM CERTIFICATE-PEM...
identity.py -a CERTIFICATE-PEM...
A payload for the key type tls_offload on stdout, written apart from tools/ so
that one can judge the other. Parts are {type, 24-bit length, bytes}; 1
certificate, 2 PKCS#8 key, 3 trust anchor (-a)."""
import base64
import re
import sys


def ders(path):
    with open(path, encoding="ascii") as pem:
        for body in re.findall(r"-----BEGIN [^-]+-----(.*?)-----END",
                               pem.read(), re.S):
            yield base64.b64decode(body)


def part(kind, der):
    return bytes([kind]) + len(der).to_bytes(3, "big") + der


kind = 3 if sys.argv[1] == "-a" else 1
out = b"".join(part(kind, der) for path in sys.argv[2:] for der in ders(path))
if kind == 1:
    out += b"".join(part(2, der) for der in ders(sys.argv[1]))
sys.stdout.buffer.write(out)
