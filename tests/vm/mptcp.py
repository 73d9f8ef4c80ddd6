#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-only
"""mptcp.py serve PORT: listens with MPTCP, answers each line, waiting in turn by
recv(), by poll() and, before anything else, by splice().
mptcp.py ask tls|clear mptcp|tcp ADDRESS PORT CA LINE: one line there, the answer."""
import itertools
import os
import select
import socket
import ssl
import sys
import time

IPPROTO_MPTCP = 262
WAIT_S = 20


def serve(port):
    s = socket.socket(socket.AF_INET6, socket.SOCK_STREAM, IPPROTO_MPTCP)
    s.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    s.bind(("::", port))
    s.listen()
    print("listening", flush=True)
    for way in itertools.cycle((by_recv, by_poll, by_splice)):
        a = s.accept()[0]
        try:
            answer(a, way)
        except OSError as e:
            print("lost:", e, flush=True)
        a.close()


def by_recv(a):
    a.settimeout(WAIT_S)
    return a.recv(1000)


def wait(a):
    poll = select.poll()
    poll.register(a, select.POLLIN)
    if not poll.poll(WAIT_S * 1000):
        raise OSError("nothing came")


def by_poll(a):
    a.setblocking(False)
    while True:
        wait(a)
        try:
            return a.recv(1000)
        except BlockingIOError:
            pass


def by_splice(a):
    time.sleep(0.01)
    end, begin = os.pipe()
    n = os.splice(a.fileno(), begin, 1000)
    got = os.read(end, n) if n else b""
    os.close(end)
    os.close(begin)
    return got


def answer(a, way):
    got = b""
    while not got.endswith(b"\n"):
        piece = way(a)
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
