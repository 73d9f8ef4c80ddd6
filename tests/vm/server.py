#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-only
"""server.py DIRECTORY PORT:HOW[,OPTION=VALUE]...

Servers for the guest's clients, good and bad, each on a port of its own, both
address families. HOW:
  echo    each line comes back with "echo: " before it
  banner  the same, but it speaks first
  count   reads until the client ends, then says how many bytes came (a hash
          is on stdout)
  talker  the same, but it talks at once, and on until somebody minds
  clear   echo without TLS
  plain   no TLS either: a web server that does not understand
  greet   no TLS, and speaks first
  alert   a fatal alert is all it has to say
  mute    accepts and says nothing
  reset   reads the ClientHello and resets; cut: and ends in good order
  late    resets in the middle, once its first flight is out
Options: cert=NAME, of NAME.pem and NAME.key in the directory; max=1.2;
delay=SECONDS before the handshake.

What the client said inside, and how each connection ended, is on stdout."""
import hashlib
import os
import socket
import ssl
import struct
import sys
import threading
import time

ALERT = b"\x15\x03\x03\x00\x02\x02\x28"  # fatal, handshake_failure


def context(where, options):
    made = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    made.minimum_version = ssl.TLSVersion.TLSv1_2
    if options.get("max") == "1.2":
        made.maximum_version = ssl.TLSVersion.TLSv1_2
    name = os.path.join(where, options.get("cert", "srv"))
    made.load_cert_chain(name + ".pem", name + ".key")
    return made


def lines(conn):
    have = b""
    while piece := conn.recv(65536):
        have += piece
        while b"\n" in have:
            line, have = have.split(b"\n", 1)
            yield line


def echo(conn, say):
    for line in lines(conn):
        say("got %r" % line)
        conn.sendall(b"echo: " + line + b"\n")


def banner(conn, say):
    conn.sendall(b"banner\n")
    echo(conn, say)


def count(conn, say):
    total, digest = 0, hashlib.sha256()
    while piece := conn.recv(65536):
        total += len(piece)
        digest.update(piece)
    say("got %d bytes, sha256 %s" % (total, digest.hexdigest()))
    conn.sendall(b"%d bytes\n" % total)


def talker(conn, say):
    conn.sendall(bytes(40000))
    try:
        count(conn, say)
        for _ in range(400):
            conn.sendall(bytes(1000))
            time.sleep(0.05)
    except OSError as error:
        # OpenSSL hides TCP's reason once a close_notify has come.
        say("somebody minds: %s" % type(error).__name__)
        raise
    say("nobody minds")


def secured(inside):
    """inside() over TLS"""
    def run(raw, say, made):
        # The client must say that it ends, not only hang up.
        with made.wrap_socket(raw, server_side=True,
                              suppress_ragged_eofs=False) as conn:
            say("%s %s" % (conn.version(), conn.cipher()[0]))
            inside(conn, say)
            conn.unwrap()
    return run


def plain(raw, say, _):
    say("got %r" % raw.recv(65536)[:5])
    raw.sendall(b"HTTP/1.1 400 Bad Request\r\n\r\nwhat is this?\n")


def greet(raw, _say, _):
    raw.sendall(b"220 mail.test ESMTP at your service\r\n")
    raw.recv(65536)


def alert(raw, _say, _):
    raw.recv(65536)
    raw.sendall(ALERT)
    raw.recv(65536)


def mute(raw, say, _):
    while piece := raw.recv(65536):
        say("got %d bytes" % len(piece))


def hard_close(raw):
    raw.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER,
                   struct.pack("ii", 1, 0))


def reset(raw, _say, _):
    raw.recv(65536)
    hard_close(raw)


def cut(raw, _say, _):
    raw.recv(65536)


def late(raw, _say, made):
    inside, outside = ssl.MemoryBIO(), ssl.MemoryBIO()
    tls = made.wrap_bio(inside, outside, server_side=True)
    while not outside.pending:
        inside.write(raw.recv(65536))
        try:
            tls.do_handshake()
        except ssl.SSLWantReadError:
            pass
    # All but the last byte, so that it is the middle for sure.
    raw.sendall(outside.read()[:-1])
    time.sleep(0.3)
    hard_close(raw)


HOW = {
    "echo": secured(echo), "banner": secured(banner), "count": secured(count),
    "talker": secured(talker),
    "clear": lambda raw, say, _: echo(raw, say), "plain": plain,
    "greet": greet, "alert": alert, "mute": mute, "reset": reset, "cut": cut,
    "late": late,
}


def serve_one(raw, run, say, made, delay):
    with raw:
        try:
            time.sleep(delay)
            run(raw, say, made)
            say("ended")
        except OSError as error:
            say("%s: %s" % (type(error).__name__, error))


def serve(where, spec):
    port, _, how = spec.partition(":")
    how, *options = how.split(",")
    options = dict(option.split("=") for option in options)
    made = context(where, options)
    listener = socket.create_server(("::", int(port)), backlog=128,
                                    family=socket.AF_INET6,
                                    dualstack_ipv6=True)

    def say(text):
        print(port, text, flush=True)

    def run():
        while True:
            raw, _ = listener.accept()
            threading.Thread(daemon=True, target=serve_one, args=(
                raw, HOW[how], say, made,
                float(options.get("delay", 0)))).start()

    threading.Thread(target=run).start()


if len(sys.argv) < 3:
    sys.exit(__doc__)
for word in sys.argv[2:]:
    serve(sys.argv[1], word)
print("listening", flush=True)
