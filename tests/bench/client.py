#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-only
#
# client.py COUNT HOST PORT MODE [CA]: COUNT connections one after the other, each
# asks for one small page and reads to the end. MODE: plain, full, resumed (a session
# of a first connection, which is not counted), with a version behind it: full-1.2.
# kept: COUNT requests of one connection, for one page each. pairs: has pair.c make COUNT
# connections of its machine with itself.
# Waits for a line on stdin before the counted ones, and says "ready" then; after them
# "done", with kept also the median of what each took, in microseconds.
import socket
import ssl
import statistics
import sys
import time


def fetch(host, port, ctx, session):
    """One connection; returns the session for the next one and whether it was resumed."""
    sock = socket.create_connection((host, port), 20)
    resumed = False
    if ctx:
        sock = ctx.wrap_socket(sock, server_hostname='web.test', session=session)
    sock.sendall(b'GET /small HTTP/1.0\r\n\r\n')
    got = b''
    while True:
        piece = sock.recv(65536)
        if not piece:
            break
        got += piece
    if not got.startswith(b'HTTP/1.1 200'):
        sys.exit('client.py: no page: %r' % got[:80])
    if ctx:
        resumed = sock.session_reused
        session = sock.session
    sock.close()
    return session, resumed


def ask(sock):
    """One request of a kept connection: how long it took."""
    start = time.monotonic()
    sock.sendall(b'GET /page HTTP/1.1\r\nHost: web.test\r\n\r\n')
    got, size = b'', None
    while size is None or len(got) < size:
        piece = sock.recv(65536)
        if not piece:
            sys.exit('client.py: no answer: %r' % got[:80])
        got += piece
        head, end, _ = got.partition(b'\r\n\r\n')
        if size is None and end:
            if not head.startswith(b'HTTP/1.1 200'):
                sys.exit('client.py: no page: %r' % got[:80])
            length = head.lower().partition(b'\r\ncontent-length:')[2].split()[0]
            size = len(head) + 4 + int(length)
    return time.monotonic() - start


def kept(count, sock):
    for _ in range(10):
        ask(sock)
    print('ready', flush=True)
    sys.stdin.readline()
    took = [ask(sock) for _ in range(count)]
    print('done', round(statistics.median(took) * 1e6), flush=True)
    sys.stdin.readline()


def pairs(count, sock):
    def make(some):
        sock.sendall(b'%d\n' % some)
        if sock.recv(100) != b'done\n':
            sys.exit('client.py: no pairs')

    make(10)
    print('ready', flush=True)
    sys.stdin.readline()
    make(count)
    print('done', flush=True)
    sys.stdin.readline()


def main():
    count, host, port, mode = int(sys.argv[1]), sys.argv[2], int(sys.argv[3]), sys.argv[4]
    kind, _, version = mode.partition('-')
    ctx = None
    if kind not in ('plain', 'pairs'):
        ctx = ssl.create_default_context(cafile=sys.argv[5])
        want = ssl.TLSVersion.TLSv1_2 if version == '1.2' else ssl.TLSVersion.TLSv1_3
        ctx.minimum_version = ctx.maximum_version = want
    if kind == 'pairs':
        pairs(count, socket.create_connection((host, port), 300))
        return
    if kind == 'kept':
        sock = socket.create_connection((host, port), 20)
        kept(count, ctx.wrap_socket(sock, server_hostname='web.test'))
        return
    session = None
    first, _ = fetch(host, port, ctx, None)
    if kind == 'resumed':
        session = first
    print('ready', flush=True)
    sys.stdin.readline()
    for _ in range(count):
        fresh, resumed = fetch(host, port, ctx, session)
        if kind != 'plain' and resumed != (kind == 'resumed'):
            sys.exit('client.py: the handshake was %s' % ('resumed' if resumed else 'full'))
        if kind == 'resumed' and fresh is not None:
            session = fresh
    print('done', flush=True)
    sys.stdin.readline()


main()
