#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-only
"""mkmaps.py CERT.der OUT: a seed for fuzz_map, with an entry of each kind that matches."""
import struct
import sys


def row(data):
    return struct.pack(">H", len(data)) + data


def entry(what, value):
    return row(struct.pack(">BI", what, 1000 + what) + value)


with open(sys.argv[1], "rb") as f:
    cert = f.read()
# As the Makefile has openssl write it.
NAME = bytes.fromhex("300c310a300806035504030c0161")
entries = [entry(1, bytes([1, 2, 3]) + bytes(29)), entry(2, NAME),
           entry(3, b"a.example.org"), entry(4, b"a@example.org"),
           entry(5, b"urn:a")]
for i, one in enumerate(entries):
    with open(f"{sys.argv[2]}/{i}", "wb") as f:
        f.write(row(cert) + one)
with open(f"{sys.argv[2]}/all", "wb") as f:
    f.write(row(cert) + b"".join(reversed(entries)))
