#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-only
#
# gate.py TLSOFFLOAD TEST: what programs see of the boot gate, in the guest, as root, on
# loopback, both ends of each connection here and none the wiser. Each test shuts the gate
# of this network namespace and leaves it open. A sniffer of its own sees every frame: as
# long as the gate is shut there is no byte of text in any.
import ctypes
import errno
import os
import select
import signal
import socket
import struct
import subprocess
import sys
import threading
import time

TOOL = sys.argv[1]
GATE = "/proc/sys/net/tls_offload/gate"
PORT = 8491
LONG = 30
TEXT = b"a text that nobody on the way may have a look at\n"
SECURED = """
rule gate-in { direction in; local port %d; verdict require; keyring web }
rule gate-out {
    direction out; remote port %d; verdict require; keyring pol; server-name web.test
}""" % (PORT, PORT)


def gate(value):
    with open(GATE, "w", encoding="ascii") as f:
        f.write(value)


def gate_is():
    with open(GATE, encoding="ascii") as f:
        return f.read().strip()


def load(text):
    subprocess.run([TOOL, "policy", "load", "-"], input=text.encode(), check=True,
                   timeout=LONG)


def sessions(state):
    with open("/proc/net/tls_offload", encoding="ascii") as f:
        return [l for l in f if (":%d " % PORT) in l and l.split()[2] == state]


def wait_for(what, cond):
    end = time.monotonic() + LONG
    while not cond():
        if time.monotonic() > end:
            sys.exit("not within %d s: %s" % (LONG, what))
        time.sleep(0.02)


def want(what, ok):
    if not ok:
        sys.exit("wrong: " + what)


def raises(numbers, call, *args):
    numbers = (numbers,) if isinstance(numbers, int) else numbers
    names = "/".join(errno.errorcode[n] for n in numbers)
    try:
        got = call(*args)
    except OSError as e:
        want("%s, wanted %s" % (e, names), e.errno in numbers)
    else:
        sys.exit("wanted %s, got %r" % (names, got))


class Sniffer:
    """Every frame of PORT on lo."""

    def __init__(self):
        self.sock = socket.socket(socket.AF_PACKET, socket.SOCK_RAW, socket.htons(3))
        # Ports of IPv4 and of IPv6: ldh [at]; jeq PORT, to the last; ... ret 0; ret all
        code = b"".join(struct.pack("HBBI", 0x28, 0, 0, at) +
                        struct.pack("HBBI", 0x15, 7 - 2 * i, 0, PORT)
                        for i, at in enumerate((34, 36, 54, 56)))
        code += struct.pack("HBBI", 6, 0, 0, 0) + struct.pack("HBBI", 6, 0, 0, 1 << 18)
        held = ctypes.create_string_buffer(code)
        self.sock.setsockopt(socket.SOL_SOCKET, 26,  # SO_ATTACH_FILTER
                             struct.pack("HxxxxxxP", 10, ctypes.addressof(held)))
        self.sock.setsockopt(socket.SOL_SOCKET, 33, 1 << 22)  # SO_RCVBUFFORCE
        self.sock.bind(("lo", 0))
        self.sock.setblocking(False)
        self.seen = b""

    def frames(self):
        while True:
            try:
                self.seen += self.sock.recv(1 << 17) + b"|"
            except BlockingIOError:
                return self.seen

    def clear(self):
        return TEXT[:16] in self.frames()


def server(family):
    s = socket.socket(family, socket.SOCK_STREAM)
    s.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    s.bind(("127.0.0.1" if family == socket.AF_INET else "::1", PORT))
    s.listen(16)
    return s


class Pair:
    """A client that connects and writes, a server that reads and answers: both block."""

    def __init__(self, family):
        self.listener = server(family)
        self.client = socket.socket(family, socket.SOCK_STREAM)
        self.accepted = None
        self.got = {}
        self.done = threading.Event()
        self.threads = [threading.Thread(target=f, daemon=True)
                        for f in (self.serve, self.call)]
        for t in self.threads:
            t.start()

    def serve(self):
        self.accepted = self.listener.accept()[0]
        self.got["server"] = self.accepted.recv(200)
        self.accepted.sendall(b"echo: " + self.got["server"])
        self.done.wait(LONG)

    def call(self):
        self.client.connect(self.listener.getsockname())
        self.got["connected"] = True
        self.client.sendall(TEXT)
        self.got["client"] = self.client.recv(200)
        self.done.wait(LONG)

    def both_wait(self):
        wait_for("two at the gate", lambda: len(sessions("gate")) == 2)
        time.sleep(0.2)
        want("nobody goes on: %r" % self.got, not self.got)

    def answered(self):
        wait_for("an answer", lambda: "client" in self.got)
        want("its text", self.got["client"] == b"echo: " + TEXT)

    def end(self):
        self.done.set()
        for t in self.threads:
            t.join(LONG)
        for s in (self.client, self.accepted, self.listener):
            s.close()
        wait_for("all gone", lambda: not sessions("gate") + sessions("secure"))


FAMILIES = (socket.AF_INET, socket.AF_INET6)


def secures():
    for family in FAMILIES:
        gate("wait")
        sniffer = Sniffer()
        pair = Pair(family)
        pair.both_wait()
        load(SECURED)
        want("the gate is " + gate_is(), gate_is() == "off")
        pair.answered()
        want("sessions", len(sessions("secure")) == 2)
        want("in clear", not sniffer.clear())
        want("unseen by the sniffer", b"\x17\x03\x03" in sniffer.frames())
        pair.end()
        load("")


def lets_go():
    for family in FAMILIES:
        gate("wait")
        sniffer = Sniffer()
        pair = Pair(family)
        pair.both_wait()
        want("in clear while it is shut", not sniffer.clear())
        load("")
        want("the gate is " + gate_is(), gate_is() == "off")
        pair.answered()
        want("unseen by the sniffer", sniffer.clear())
        want("sessions", not sessions("gate") + sessions("secure"))
        # TCP's own calls, on both, more than once
        for i in range(3):
            pair.client.sendall(b"%d" % i)
            want("more", pair.accepted.recv(10) == b"%d" % i)
        pair.accepted.shutdown(socket.SHUT_WR)
        want("the end", pair.client.recv(10) == b"")
        pair.end()


def by_sysctl():
    gate("wait")
    pair = Pair(socket.AF_INET)
    pair.both_wait()
    gate("off")
    pair.answered()
    pair.end()
    try:
        gate("ajar")
    except OSError as e:
        want(str(e), e.errno == errno.EINVAL)
    else:
        sys.exit("ajar is taken")


def poll_of(sock, events, ms):
    p = select.poll()
    p.register(sock, events)
    return sum(e for _, e in p.poll(ms))


def nonblocking():
    gate("wait")
    sniffer = Sniffer()
    with server(socket.AF_INET6) as s, \
            socket.socket(socket.AF_INET6, socket.SOCK_STREAM) as c:
        c.setblocking(False)
        raises(errno.EINPROGRESS, c.connect, s.getsockname())
        ep = select.epoll()
        ep.register(c, select.EPOLLOUT | select.EPOLLIN | select.EPOLLET)
        a = s.accept()[0]
        a.setblocking(False)
        want("writable", not poll_of(c, select.POLLOUT, 300))
        raises(errno.EALREADY, c.connect, s.getsockname())
        raises(errno.EAGAIN, c.send, TEXT)
        raises(errno.EAGAIN, a.send, TEXT)
        raises(errno.EAGAIN, a.recv, 10)
        want("readable or writable", not poll_of(a, select.POLLOUT | select.POLLIN, 0))
        want("an edge", not ep.poll(0))
        want("in clear", not sniffer.clear())
        load("")
        want("an edge", ep.poll(LONG)[0][1] & select.EPOLLOUT)
        want("not writable", poll_of(c, select.POLLOUT, LONG * 1000) == select.POLLOUT)
        want("an error", c.getsockopt(socket.SOL_SOCKET, socket.SO_ERROR) == 0)
        c.send(TEXT)
        want("unreadable", poll_of(a, select.POLLIN, LONG * 1000) == select.POLLIN)
        want("the text", a.recv(100) == TEXT)
        ep.close()
        a.close()


def timeouts():
    gate("wait")
    half = b"\0" * 8 + (500000).to_bytes(8, "little")
    with server(socket.AF_INET) as s, \
            socket.socket(socket.AF_INET, socket.SOCK_STREAM) as c:
        c.setsockopt(socket.SOL_SOCKET, socket.SO_SNDTIMEO, half)
        raises(errno.EINPROGRESS, c.connect, s.getsockname())
        raises(errno.EALREADY, c.connect, s.getsockname())
        a = s.accept()[0]
        a.setsockopt(socket.SOL_SOCKET, socket.SO_RCVTIMEO, half)
        a.setsockopt(socket.SOL_SOCKET, socket.SO_SNDTIMEO, half)
        raises(errno.EAGAIN, a.recv, 10)
        raises(errno.EAGAIN, a.send, TEXT)
        load("")
        want("not writable", poll_of(c, select.POLLOUT, LONG * 1000) == select.POLLOUT)
        c.sendall(TEXT)
        want("the text", a.recv(100) == TEXT)
        a.close()


class Interrupted(Exception):
    pass


def interrupted(call, *args):
    def handler(*_):
        raise Interrupted

    signal.signal(signal.SIGALRM, handler)
    signal.setitimer(signal.ITIMER_REAL, 0.3)
    try:
        call(*args)
    except Interrupted:
        return
    sys.exit("no signal came through")


def signals():
    gate("wait")
    with server(socket.AF_INET) as s, \
            socket.socket(socket.AF_INET, socket.SOCK_STREAM) as c:
        interrupted(c.connect, s.getsockname())
        a = s.accept()[0]
        interrupted(a.recv, 10)
        interrupted(a.sendall, TEXT)
        load("")
        want("not writable", poll_of(c, select.POLLOUT, LONG * 1000) == select.POLLOUT)
        c.sendall(TEXT)
        want("the text", a.recv(100) == TEXT)
        a.close()


def killed():
    gate("wait")
    with server(socket.AF_INET) as s:
        pid = os.fork()
        if not pid:
            with socket.create_connection(s.getsockname()):
                os._exit(1)
        wait_for("a client at the gate", lambda: len(sessions("gate")) == 1)
        reader = os.fork()
        if not reader:
            s.accept()[0].recv(10)
            os._exit(1)
        wait_for("both at the gate", lambda: len(sessions("gate")) == 2)
        for p in (pid, reader):
            os.kill(p, signal.SIGKILL)
            want("not killed", os.waitpid(p, 0)[1] == signal.SIGKILL)
        wait_for("nobody at the gate", lambda: not sessions("gate"))
    load("")


def fails_accepted(s):
    """What is accepted fails at once: before accept() has asked whose it is, or then."""
    try:
        a = s.accept()[0]
    except ConnectionAbortedError:
        return
    with a:
        raises(errno.ECONNABORTED, a.recv, 10)


def fails():
    gate("fail")
    sniffer = Sniffer()
    for family in FAMILIES:
        with server(family) as s, socket.socket(family, socket.SOCK_STREAM) as c:
            raises(errno.EHOSTUNREACH, c.connect, s.getsockname())
            c.setblocking(False)
            raises(errno.EHOSTUNREACH, c.connect, s.getsockname())
            raises(errno.EHOSTUNREACH, c.sendto, TEXT, 0x20000000, s.getsockname())
            want("in clear", not sniffer.clear())
            gate("off")
            c.setblocking(True)
            c.connect(s.getsockname())
            gate("fail")
            # It was queued while the gate was open, and is accepted now.
            fails_accepted(s)
            raises(errno.ECONNRESET, c.recv, 10)
    load("")


def fails_who_waits():
    gate("wait")
    with server(socket.AF_INET) as s, \
            socket.socket(socket.AF_INET, socket.SOCK_STREAM) as c:
        c.setblocking(False)
        raises(errno.EINPROGRESS, c.connect, s.getsockname())
        a = s.accept()[0]
        wait_for("both at the gate", lambda: len(sessions("gate")) == 2)
        gate("fail")
        # Each end may hear of the other's first.
        raises((errno.ECONNABORTED, errno.ECONNRESET), a.recv, 10)
        want("no word", poll_of(c, select.POLLOUT, LONG * 1000) & select.POLLERR)
        number = c.getsockopt(socket.SOL_SOCKET, socket.SO_ERROR)
        want("SO_ERROR %d" % number, number in (errno.EACCES, errno.ECONNRESET))
        a.close()
    load("")


def other_namespace():
    subprocess.run(["ip", "netns", "add", "tlso-gate"], check=True)
    try:
        gate("wait")
        inside = ("import socket; "
                  "s = socket.create_server(('127.0.0.1', %d)); "
                  "c = socket.create_connection(s.getsockname()); "
                  "a = s.accept()[0]; c.sendall(b'x'); print(a.recv(1), open('%s').read())"
                  % (PORT, GATE))
        run = ["ip", "netns", "exec", "tlso-gate"]
        subprocess.run(run + ["ip", "link", "set", "lo", "up"], check=True)
        out = subprocess.run(run + ["python3", "-c", inside], check=True, timeout=LONG,
                             capture_output=True, text=True).stdout
        want(out, out.split() == ["b'x'", "off"])
        want("the gate is " + gate_is(), gate_is() == "wait")
        # Its rules open its own gate alone.
        subprocess.run(run + [TOOL, "policy", "load", "-"], input=b"", check=True)
        want("the gate is " + gate_is(), gate_is() == "wait")
    finally:
        gate("off")
        subprocess.run(["ip", "netns", "del", "tlso-gate"], check=True)


def mptcp():
    gate("wait")
    with socket.socket(socket.AF_INET, socket.SOCK_STREAM, 262) as s, \
            socket.socket(socket.AF_INET, socket.SOCK_STREAM, 262) as c:
        s.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        s.bind(("127.0.0.1", PORT))
        s.listen()  # whether it may a rule will tell
        raises(errno.EHOSTUNREACH, c.connect, s.getsockname())
    load("")


def roles():
    """TLS's roles against the direction, found only when it opens."""
    gate("wait")
    sniffer = Sniffer()
    pair = Pair(socket.AF_INET)
    pair.both_wait()
    load("""
rule gate-in { direction in; local port %d; verdict require; role client; keyring pol
    server-name web.test }
rule gate-out { direction out; remote port %d; verdict require; role server
    keyring web }""" % (PORT, PORT))
    pair.answered()
    for side in sessions("secure"):
        want(side, ("client" in side) == ("gate-in" in side))
    want("in clear", not sniffer.clear())
    pair.end()


def preferred():
    """The peer speaks no TLS; and then it does."""
    prefer = "rule gate-in { direction in; local port %d; verdict prefer; keyring web }"
    gate("wait")
    sniffer = Sniffer()
    pair = Pair(socket.AF_INET)
    pair.both_wait()
    want("in clear while it is shut", not sniffer.clear())
    load(prefer % PORT)
    pair.answered()
    want("unseen by the sniffer", sniffer.clear())
    pair.end()
    gate("wait")
    sniffer = Sniffer()
    pair = Pair(socket.AF_INET)
    pair.both_wait()
    load(SECURED.replace(SECURED.split("\n")[1], prefer % PORT))
    pair.answered()
    want("in clear", not sniffer.clear())
    pair.end()


def early():
    """connect() that tells of TCP's connection: who sleeps in send() then sleeps no longer,
    though nobody has accepted yet."""
    gate("wait")
    sniffer = Sniffer()
    sent = threading.Event()
    with server(socket.AF_INET) as s, \
            socket.socket(socket.AF_INET, socket.SOCK_STREAM) as c:
        c.setblocking(False)
        raises(errno.EINPROGRESS, c.connect, s.getsockname())
        wait_for("one at the gate", lambda: len(sessions("gate")) == 1)
        c.setblocking(True)
        t = threading.Thread(target=lambda: (c.sendall(TEXT), sent.set()), daemon=True)
        t.start()
        want("sent at the gate", not sent.wait(0.5))
        load(SECURED.replace("out;", "out; connect tcp;"))
        want("send() waits for who accepts", sent.wait(LONG))
        a = s.accept()[0]
        want("the text", a.recv(100) == TEXT)
        want("in clear", not sniffer.clear())
        a.close()
    load("")


SOL_TLS_OFFLOAD, TLS_OFFLOAD_START = 0x544C, 1


def is_applications(sock):
    """Start_SSL finds it in clear, and no ring named."""
    wait_for("one in clear", lambda: len(sessions("clear")) == 1)
    raises(errno.EINVAL, sock.setsockopt, SOL_TLS_OFFLOAD, TLS_OFFLOAD_START, b"")


def controlled():
    """What its application controls stays that: by TCP_ULP, and where a rule says so."""
    for ulp in (True, False):
        gate("wait")
        with server(socket.AF_INET) as s, \
                socket.socket(socket.AF_INET, socket.SOCK_STREAM) as c:
            if ulp:
                c.setsockopt(socket.IPPROTO_TCP, 31, b"tls_offload")  # TCP_ULP
            c.setblocking(False)
            raises(errno.EINPROGRESS, c.connect, s.getsockname())
            wait_for("one at the gate", lambda: len(sessions("gate")) == 1)
            raises(errno.EAGAIN, c.send, TEXT)
            load("" if ulp else """rule gate-out { direction out; remote port %d
    verdict require; keyring pol; server-name web.test
    application-controlled yes }""" % PORT)
            want("not writable", poll_of(c, select.POLLOUT, LONG * 1000))
            c.setblocking(True)
            if ulp:
                is_applications(c)
            else:
                wait_for("one in clear", lambda: len(sessions("clear")) == 1)
            a = s.accept()[0]
            c.sendall(TEXT)
            want("the text", a.recv(100) == TEXT)
            a.sendall(TEXT)
            want("the answer", c.recv(100) == TEXT)
            a.close()
        load("")


try:
    {f.__name__: f for f in (secures, lets_go, by_sysctl, nonblocking, timeouts, signals,
                             killed, fails, fails_who_waits, other_namespace,
                             mptcp, roles, preferred, early, controlled)}[sys.argv[2]]()
finally:
    gate("off")
