#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-only
#
# ask.py HOST PORT CA FILE pieces: of the page server, FILE, by several requests in one
# record, and by one in many.
# ask.py HOST PORT CA FILE record: by as many as a record holds.
# ask.py HOST PORT CA FILE ahead: by a request whose beginning says how long it is, and whose
# end comes in a record with as many others as it holds.
# ask.py HOST PORT CA FILE slow: more answers at once than buffers hold, and reads late.
# ask.py HOST PORT CA FILE robbed [VERSION]: FILE once, and then nothing at all.
import socket
import ssl
import sys
import time

ASK = b'GET / HTTP/1.1\r\nHost: web.test\r\n\r\n'


def answer(got, page):
    size = None
    while (line := got.readline()) != b'\r\n':
        if not line:
            sys.exit('no answer')
        if line.startswith(b'Content-Length:'):
            size = int(line.split()[1])
    if got.read(size) != page:
        sys.exit('another page')


def pieces(sock, got, page):
    sock.sendall(3 * ASK)
    for _ in range(3):
        answer(got, page)
    for i in range(len(ASK)):
        sock.sendall(ASK[i:i + 1])
    answer(got, page)
    sock.sendall(ASK[:20])


def record(sock, got, page):
    n = 16384 // len(ASK)
    for _ in range(2):
        sock.sendall(n * ASK)
        for _ in range(n):
            answer(got, page)


def ahead(sock, got, page):
    body = bytes(range(250)) * 6
    n = (16384 - len(body)) // len(ASK)
    sock.sendall(b'POST / HTTP/1.1\r\nContent-Length: %d\r\n\r\n' % len(body) +
                 body[:10])
    time.sleep(0.5)
    sock.sendall(body[10:] + n * ASK)
    answer(got, body)
    for _ in range(n):
        answer(got, page)


def slow(sock, got, page):
    sock.sendall(100 * ASK)
    time.sleep(1)
    for _ in range(100):
        answer(got, page)


def robbed(sock, got, page):
    sock.sendall(ASK)
    answer(got, page)
    said = b''
    try:
        sock.sendall(ASK)
        said = got.read(1)
    except OSError as e:
        print(e)
    if said:
        sys.exit('an answer: %r' % said)


def main():
    host, port, ca, page, what = sys.argv[1:6]
    ctx = ssl.create_default_context(cafile=ca)
    if sys.argv[6:] == ['1.2']:
        ctx.maximum_version = ssl.TLSVersion.TLSv1_2
    with open(page, 'rb') as f:
        page = f.read()
    sock = socket.socket(socket.AF_INET6 if ':' in host else socket.AF_INET)
    sock.settimeout(20)
    sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    if what == 'slow':
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 16384)
    sock.connect((host, int(port)))
    sock = ctx.wrap_socket(sock, server_hostname='web.test')
    asks = {'pieces': pieces, 'record': record, 'ahead': ahead, 'slow': slow,
            'robbed': robbed}
    asks[what](sock, sock.makefile('rb'), page)


main()
