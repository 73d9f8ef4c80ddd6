#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-only
"""Whoever leaves at once, and whom that is done to.

parting.py leave HOW ADDRESS PORT FILE BYTES
        in the guest, without TLS: connects, writes the file's first bytes and
        is gone; HOW: close, shutdown (both ways, then close), linger (close()
        waits for the peer), exit (the process ends)
parting.py meet ADDRESS PORT CA-FILE FILE
        on the host, with TLS: asks for the file and, when it begins to come,
        says more, which nobody reads. Exit code 0: it came whole"""
import os
import socket
import ssl
import struct
import sys

PATIENCE = 60


def leave(how, host, port, path, size):
    with open(path, "rb") as file:
        text = file.read(int(size))
    conn = socket.create_connection((host, int(port)), PATIENCE)
    conn.settimeout(None)
    if how == "linger":
        conn.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER,
                        struct.pack("ii", 1, PATIENCE))
    conn.sendall(text)
    if how == "exit":
        os._exit(0)
    if how == "shutdown":
        conn.shutdown(socket.SHUT_RDWR)
        if conn.recv(1):
            sys.exit("something came after shutdown()")
    conn.close()


def meet(host, port, anchors, path):
    tls = ssl.create_default_context(cafile=anchors)
    with open(path, "rb") as file:
        wanted = file.read()
    raw = socket.create_connection((host, int(port)), PATIENCE)
    with tls.wrap_socket(raw, server_hostname="web.test",
                         suppress_ragged_eofs=False) as conn:
        conn.sendall(b"go\n")
        got = conn.recv(1)
        conn.sendall(b"one more thing\n")
        while len(got) < len(wanted) and (piece := conn.recv(65536)):
            got += piece
    if got != wanted:
        sys.exit("%d bytes of %d" % (len(got), len(wanted)))


if sys.argv[1:2] == ["leave"] and len(sys.argv) == 7:
    leave(*sys.argv[2:])
elif sys.argv[1:2] == ["meet"] and len(sys.argv) == 6:
    meet(*sys.argv[2:])
else:
    sys.exit(__doc__)
