#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-only
"""A client that opens connections with TCP_FASTOPEN_CONNECT, on the host.

fastopen.py tls|clear ADDRESS PORT CA-FILE LINE
        sends the line, by TLS or as it is, with its first bytes in the SYN where
        TCP can, and prints what comes back, or the error that comes instead"""
import socket
import ssl
import sys

TCP_FASTOPEN_CONNECT = 30


def main(how, host, port, anchors, line):
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    raw = socket.socket(family, socket.SOCK_STREAM)
    raw.settimeout(20)
    raw.setsockopt(socket.IPPROTO_TCP, TCP_FASTOPEN_CONNECT, 1)
    raw.connect((host, int(port)))
    say = plain if how == "clear" else secured
    print(say(raw, anchors, line.encode() + b"\n").decode(errors="backslashreplace"),
          end="")


def plain(raw, _, line):
    raw.sendall(line)
    return raw.recv(1000)


def secured(raw, anchors, line):
    """by hand: ssl wants a connection, and TCP has none before the first bytes"""
    came, going = ssl.MemoryBIO(), ssl.MemoryBIO()
    tls = ssl.create_default_context(cafile=anchors).wrap_bio(
        came, going, server_hostname="web.test")

    def until(step, *args):
        while True:
            try:
                return step(*args)
            except ssl.SSLWantReadError:
                raw.sendall(going.read())
                piece = raw.recv(65536)
                if not piece:
                    raise EOFError("the end, in the middle of TLS") from None
                came.write(piece)

    until(tls.do_handshake)
    tls.write(line)
    return until(tls.read, 1000)


if len(sys.argv) != 6 or sys.argv[1] not in ("tls", "clear"):
    sys.exit(__doc__)
try:
    main(*sys.argv[1:])
except (OSError, EOFError) as error:
    print("%s: %s" % (type(error).__name__, error))
