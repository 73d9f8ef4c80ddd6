#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-only
"""mptcp.py serve PORT: listens with MPTCP, answers each line, waiting in turn by
recv() and by poll().
mptcp.py ask tls|clear mptcp|tcp ADDRESS PORT CA LINE: one line there, the answer."""
import select
import socket
import ssl
import sys

IPPROTO_MPTCP = 262
WAIT_S = 20


def serve(port):
    s = socket.socket(socket.AF_INET6, socket.SOCK_STREAM, IPPROTO_MPTCP)
    s.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    s.bind(("::", port))
    s.listen()
    print("listening", flush=True)
    waits = True
    while True:
        a = s.accept()[0]
        try:
            answer(a, waits)
        except OSError as e:
            print("lost:", e, flush=True)
        waits = not waits
        a.close()


def answer(a, waits):
    poll = select.poll()
    poll.register(a, select.POLLIN)
    a.setblocking(waits)
    if waits:
        a.settimeout(WAIT_S)
    got = b""
    while not got.endswith(b"\n"):
        if not waits and not poll.poll(WAIT_S * 1000):
            raise OSError("nothing came")
        try:
            piece = a.recv(1000)
        except BlockingIOError:
            continue
        if not piece:
            break
        got += piece
    print("got", len(got), "bytes:", got.decode(errors="replace").strip(), flush=True)
    a.sendall(b"echo: " + got)


def ask(how, protocol, address, port, ca, line):
    family = socket.AF_INET6 if ":" in address else socket.AF_INET
    c = socket.socket(family, socket.SOCK_STREAM,
                      IPPROTO_MPTCP if protocol == "mptcp" else 0)
    c.settimeout(WAIT_S)
    c.connect((address, int(port)))
    if how == "tls":
        context = ssl.create_default_context(cafile=ca)
        c = context.wrap_socket(c, server_hostname="web.test")
    c.sendall(line.encode() + b"\n")
    print(c.makefile().readline().strip())


if sys.argv[1] == "serve":
    serve(int(sys.argv[2]))
else:
    ask(*sys.argv[2:])
