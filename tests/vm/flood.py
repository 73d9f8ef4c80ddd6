#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-only
"""flood.py ADDRESS PORT SOURCE=N...
Opens N connections from each source address, in order; each says one byte of
a handshake and no more. Prints how many of each were not refused, and keeps
these until its standard input ends."""
import select
import socket
import sys
import time


def opened(source, address, port):
    family = socket.AF_INET6 if ":" in address else socket.AF_INET
    s = socket.socket(family)
    s.settimeout(10)
    s.bind((source, 0))
    try:
        s.connect((address, port))
        s.sendall(b"\x16")
    except ConnectionResetError:
        return None
    return s


def refused(s):
    if s is None:
        return True
    if not select.select([s], [], [], 0)[0]:
        return False
    try:
        got = s.recv(100)
    except ConnectionResetError:
        return True
    raise SystemExit(f"neither refused nor waiting: {got!r}")


address, port = sys.argv[1], int(sys.argv[2])
groups = [arg.rsplit("=", 1) for arg in sys.argv[3:]]
held = [[opened(source, address, port) for _ in range(int(n))]
        for source, n in groups]
time.sleep(2)
print(*(sum(not refused(s) for s in group) for group in held), flush=True)
sys.stdin.read()
