#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-only
#
# client.py COUNT HOST PORT MODE [CA]: COUNT connections one after the other, each
# asks for one small page and reads to the end. MODE: plain, full, resumed (a session
# of a first connection, which is not counted), with a version behind it: full-1.2.
# Waits for a line on stdin before the counted ones, and says "ready" then.
import socket
import ssl
import sys


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


def main():
    count, host, port, mode = int(sys.argv[1]), sys.argv[2], int(sys.argv[3]), sys.argv[4]
    kind, _, version = mode.partition('-')
    ctx = None
    if kind != 'plain':
        ctx = ssl.create_default_context(cafile=sys.argv[5])
        want = ssl.TLSVersion.TLSv1_2 if version == '1.2' else ssl.TLSVersion.TLSv1_3
        ctx.minimum_version = ctx.maximum_version = want
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
