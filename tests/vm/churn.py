#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-only
"""
churn.py SECONDS SEED PORT...: sockets that are connected to those ports of 127.0.0.1,
used and given up in every order that comes to mind, by several threads. PORT is a
number, or NUMBER/plain for a server of our own that speaks no TLS: it answers rubbish,
resets, closes or says nothing.

Nothing may hang or be reported as what it is not: a call either does what it does on
a plain socket or fails with an errno of the list below. Exit code 1 with the reason
otherwise; else a line of counts.
"""
import ctypes
import errno
import os
import random
import select
import socket
import struct
import sys
import threading
import time

# What a connection that is refused, reset, given up, or not TLS may say.
FINE = {errno.EPROTO, errno.ECONNRESET, errno.ECONNREFUSED, errno.ECONNABORTED,
        errno.EPIPE, errno.ETIMEDOUT, errno.EAGAIN, errno.EINPROGRESS,
        errno.EALREADY, errno.EISCONN, errno.ENOTCONN, errno.EINVAL,
        errno.EOPNOTSUPP, errno.EINTR, errno.EADDRNOTAVAIL, errno.EHOSTUNREACH,
        errno.EBADMSG}
TCP_FASTOPEN_CONNECT = 30
MSG_FASTOPEN = 0x20000000
REQUEST = b"GET /page.html HTTP/1.0\r\n\r\n"

libc = ctypes.CDLL(None, use_errno=True)
counts = {}
wrong = []
lock = threading.Lock()


def count(what):
    with lock:
        counts[what] = counts.get(what, 0) + 1


def plain_server(port):
    """Accepts and is rude; for ever."""
    rng = random.Random(port)
    listener = socket.create_server(("127.0.0.1", port), backlog=64)
    kept = []

    def run():
        while True:
            conn, _ = listener.accept()
            what = rng.randrange(5)
            if what == 0:
                conn.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER,
                                struct.pack("ii", 1, 0))
            elif what == 1:
                conn.sendall(b"220 hello, this is no TLS\r\n" * rng.randrange(1, 40))
            elif what == 2:
                conn.sendall(bytes([22, 3, 3, 0, 200]) + rng.randbytes(30))
            elif what == 3:
                kept.append(conn)
                if len(kept) > 20:
                    kept.pop(0).close()
                continue
            if rng.random() < .5:
                time.sleep(rng.random() / 20)
            conn.close()

    def rude():
        while True:
            try:
                run()
            except OSError:
                pass  # the client was quicker

    threading.Thread(target=rude, daemon=True).start()


def unspec(s):
    """connect(AF_UNSPEC)"""
    if libc.connect(s.fileno(), ctypes.create_string_buffer(16), 16):
        raise OSError(ctypes.get_errno(), "connect AF_UNSPEC")


def fetch(s, alone):
    s.settimeout(20 if alone else 2)
    s.sendall(REQUEST)
    got = b""
    while True:
        more = s.recv(65536)
        if not more:
            break
        got += more
    if not alone or not got:
        return  # somebody else may have some of it
    if not got.startswith(b"HTTP/1."):
        with lock:
            wrong.append(f"not what a server that we believe says: {got[:60]!r}")
    count("page")


def connect(s, where, alone):
    """A handshake ends within ten seconds, whichever way, and connect() with it."""
    begun = time.time()
    try:
        s.connect(where)
    finally:
        took = time.time() - begun
        if alone and took > 20:
            with lock:
                wrong.append(f"connect() to {where[1]} took {took:.0f} s")
    count("connected")


def step(s, rng, ports, alone):
    """One thing that one may do with a socket."""
    where = ("127.0.0.1", rng.choice(ports))
    what = rng.randrange(14)
    if what < 3:
        s.settimeout(rng.choice((None, .02, 5)))
        connect(s, where, alone)
    elif what < 5:
        s.setblocking(False)
        s.connect_ex(where)
        select.select([s], [s], [], rng.choice((0, .01, .5, 3)))
    elif what == 5:
        s.send(rng.randbytes(rng.randrange(1, 5000)))
    elif what == 6:
        s.setblocking(False)
        s.recv(4096)
    elif what == 7:
        s.shutdown(rng.randrange(3))
    elif what == 8:
        unspec(s)
        count("unspec")
    elif what == 9:
        err = s.getsockopt(socket.SOL_SOCKET, socket.SO_ERROR)
        if err:
            raise OSError(err, "SO_ERROR")
    elif what == 10:
        s.setsockopt(socket.IPPROTO_TCP, TCP_FASTOPEN_CONNECT, 1)
    elif what == 11:
        s.setblocking(rng.random() < .5)
        s.sendto(b"fast", MSG_FASTOPEN, where)
    elif what == 12:
        select.poll().register(s)
        s.settimeout(.3)
        s.recv(1)
    else:
        fetch(s, alone)


def client(end, seed, ports):
    rng = random.Random(seed)
    while time.time() < end and not wrong:
        s = socket.socket()
        shared = rng.random() < .3
        # Two that use one socket may wait for what the other one took.
        for opt in (socket.SO_RCVTIMEO, socket.SO_SNDTIMEO):
            s.setsockopt(socket.SOL_SOCKET, opt,
                         struct.pack("ll", 15 if shared else 25, 0))
        pal = None
        if shared:
            # Somebody else uses the same socket meanwhile.
            other = s.dup()
            again = random.Random(rng.random())
            pal = threading.Thread(target=several, args=(other, again, ports, False))
            pal.start()
        several(s, rng, ports, not pal)
        if pal:
            pal.join(60)
            if pal.is_alive():
                with lock:
                    wrong.append("a thread hangs")
        count("sockets")


def several(s, rng, ports, alone):
    for _ in range(rng.randrange(1, 8)):
        try:
            step(s, rng, ports, alone)
        except TimeoutError:
            count("timeout")
        except OSError as e:
            count(errno.errorcode.get(e.errno, str(e.errno)))
            if e.errno not in FINE:
                with lock:
                    wrong.append(str(e))
    s.close()


def main():
    seconds, seed = int(sys.argv[1]), int(sys.argv[2])
    ports = []
    for word in sys.argv[3:]:
        port, _, kind = word.partition("/")
        ports.append(int(port))
        if kind:
            plain_server(int(port))
    end = time.time() + seconds
    threads = [threading.Thread(target=client, args=(end, seed + i, ports))
               for i in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(seconds + 120)
        if thread.is_alive():
            wrong.append("a client hangs")
    print(" ".join(f"{k}={v}" for k, v in sorted(counts.items())))
    if not counts.get("page"):
        wrong.append("no page came at all")
    for line in wrong[:10]:
        print("wrong:", line)
    sys.stdout.flush()
    os._exit(1 if wrong else 0)


main()
