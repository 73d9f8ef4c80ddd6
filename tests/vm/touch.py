#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-only
"""touch.py LISTEN-PORT HOST PORT N: passes one connection on, and flips a bit of
the client's Nth record of type application data."""
import socket
import sys
import threading


def back(source, sink):
    try:
        while piece := source.recv(65536):
            sink.sendall(piece)
        sink.shutdown(socket.SHUT_WR)
    except OSError:
        pass


def records(source):
    """whole records as they came"""
    have = b""
    while piece := source.recv(65536):
        have += piece
        while len(have) >= 5:
            end = 5 + int.from_bytes(have[3:5], "big")
            if len(have) < end:
                break
            yield have[:end]
            have = have[end:]


def main():
    port, host, to, which = (int(sys.argv[1]), sys.argv[2], int(sys.argv[3]),
                             int(sys.argv[4]))
    listener = socket.socket()
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    listener.bind(("127.0.0.1", port))
    listener.listen()
    client, _ = listener.accept()
    server = socket.create_connection((host, to))
    threading.Thread(target=back, args=(server, client), daemon=True).start()
    try:
        for record in records(client):
            if record[0] == 23:
                which -= 1
                if which == 0:
                    record = record[:-20] + bytes([record[-20] ^ 1]) + record[-19:]
            server.sendall(record)
        server.shutdown(socket.SHUT_WR)
    except OSError:
        pass


main()
