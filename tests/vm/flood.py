#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-only
"""flood.py ADDRESS PORT WANTED SOURCE=N...
Opens N connections from each source address, in order; each says one byte of
a handshake and no more. Prints how many of each were not refused, and keeps
these until its standard input ends. To refuse takes the server a moment: these
numbers, as words, are waited for, and a second more."""
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


def let_in(held):
    """As words, how many of each group; who was refused leaves it."""
    for group in held:
        group[:] = [s for s in group if not refused(s)]
    return " ".join(str(len(group)) for group in held)


address, port, wanted = sys.argv[1], int(sys.argv[2]), sys.argv[3]
groups = [arg.rsplit("=", 1) for arg in sys.argv[4:]]
held = [[opened(source, address, port) for _ in range(int(n))]
        for source, n in groups]
until = time.monotonic() + 40
while let_in(held) != wanted and time.monotonic() < until:
    time.sleep(0.1)
time.sleep(1)
print(let_in(held), flush=True)
sys.stdin.read()
