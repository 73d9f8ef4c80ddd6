#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-only
"""actions.py guest|host SCENARIO PKI ADDRESS...

Both ends of 24-actions: programs in the guest that know nothing of TLS, and their
peers on the host, with Python's own TLS. ADDRESS is the other end's, the first of
IPv4; some scenarios want others of IPv6 as well. Each end
raises what it does not find as it should be; what a connection of the guest's was
is asked of /proc/net/tls_offload."""
import hashlib
import os
import select
import socket
import ssl
import sys
import time

TEXT = b"a line of text that nobody else may read\n"
PATIENCE = 60


def want(what, got, wanted):
    if got != wanted:
        raise SystemExit("%s: got %r, wanted %r" % (what, got, wanted))


def listener(port=0):
    sock = socket.create_server(("0.0.0.0", port))
    sock.settimeout(PATIENCE)
    return sock


def dial(port):
    """Until somebody listens."""
    end = time.monotonic() + PATIENCE
    while True:
        try:
            return socket.create_connection((ADDRESS, port), PATIENCE)
        except ConnectionRefusedError:
            if time.monotonic() > end:
                raise
            time.sleep(0.1)


def line(sock):
    got = b""
    while not got.endswith(b"\n"):
        piece = sock.recv(1)
        if not piece:
            raise SystemExit("the end after %r" % got)
        got += piece
    return got


def whole(sock):
    got = b""
    while piece := sock.recv(65536):
        got += piece
    return got


# The host's TLS.

def as_client(sock):
    context = ssl.create_default_context(cafile=PKI + "/ca.pem")
    return context.wrap_socket(sock, server_hostname="web.test")


def as_server(sock):
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(PKI + "/srv.pem", PKI + "/srv.key")
    return context.wrap_socket(sock, server_side=True)


def bye(sock):
    """close_notify, and the other's."""
    try:
        sock.unwrap()
    except OSError:
        pass


# The guest's view of its own.

def place(address):
    """As /proc has it."""
    host, port, *_ = address
    host = host.partition("%")[0].removeprefix("::ffff:")
    return ("[%s]:%d" if ":" in host else "%s:%d") % (host, port)


def ours(sock):
    """State, role and rule; None: in clear."""
    me, peer = place(sock.getsockname()), place(sock.getpeername())
    for row in open("/proc/net/tls_offload"):
        row = row.split()
        if row[:2] == [me, peer]:
            return row[2], row[6], row[16]
    return None


def echo(sock):
    sock.sendall(b"echo: " + line(sock))


def echoed(sock):
    sock.sendall(TEXT)
    want("the line", line(sock), b"echo: " + TEXT)


# Who connects is TLS's server, and the other way round.

def guest_role_out():
    with dial(9500) as sock:
        echo(sock)
        want("connected", ours(sock), ("secure", "server", "out"))
        want("the end", sock.recv(1), b"")


def host_role_out():
    with listener(9500) as at, as_client(at.accept()[0]) as sock:
        echoed(sock)
        bye(sock)


def guest_role_in():
    with listener(9501) as at, at.accept()[0] as sock:
        echo(sock)
        want("accepted", ours(sock), ("secure", "client", "in"))
        want("the end", sock.recv(1), b"")


def host_role_in():
    with dial(9501) as sock, as_server(sock) as tls:
        echoed(tls)
        bye(tls)


# A server that accepts once it was told to on another connection, which is not TLS.

def host_early():
    with listener(9502) as at, listener(9503) as told:
        control = told.accept()[0]
        while (word := line(control)) != b"quit\n":
            with as_server(at.accept()[0]) as sock:
                got = whole(sock)
                bye(sock)
            control.sendall(b"%d %s\n" % (
                len(got), hashlib.sha256(got).hexdigest().encode()))
            want("word", word, b"go\n")


def early_told(control, text):
    control.sendall(b"go\n")
    want("arrived", line(control).split(),
         [b"%d" % len(text), hashlib.sha256(text).hexdigest().encode()])


def guest_early():
    control = dial(9503)
    # What is sent before, and close() at once.
    with dial(9502) as sock:
        want("connected", ours(sock)[0], "handshake")
        sock.sendall(TEXT)
        control.sendall(b"go\n")
    want("arrived", line(control).split()[0], b"%d" % len(TEXT))
    # Half-close, and shutdown() that waits.
    with dial(9502) as sock:
        sock.sendall(TEXT)
        control.sendall(b"go\n")
        sock.shutdown(socket.SHUT_WR)
        want("the end", sock.recv(1), b"")
    want("arrived", line(control).split()[0], b"%d" % len(TEXT))
    # poll(), and as much as there is room for.
    with socket.socket() as sock:
        sock.setblocking(False)
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, 50000)
        sock.connect_ex((ADDRESS, 9502))
        poll = select.poll()
        poll.register(sock, select.POLLIN | select.POLLOUT)
        want("poll", poll.poll(1000 * PATIENCE), [(sock.fileno(), select.POLLOUT)])
        want("error", sock.getsockopt(socket.SOL_SOCKET, socket.SO_ERROR), 0)
        want("connect() again", sock.connect_ex((ADDRESS, 9502)), 0)
        sent, text = 0, b"0123456789abcdef" * 20000
        while True:
            try:
                sent += sock.send(text[sent:sent + 7777])
            except BlockingIOError:
                break
        room = sock.getsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF)
        if not room / 2 < sent <= room:
            raise SystemExit("%d bytes held of %d" % (sent, room))
        want("poll, full", poll.poll(0), [])
        control.sendall(b"go\n")
        want("poll, secure", poll.poll(1000 * PATIENCE),
             [(sock.fileno(), select.POLLOUT)])
        sock.setblocking(True)
        sock.sendall(text[sent:])
        sock.shutdown(socket.SHUT_WR)
        want("arrived", line(control).split(), [
            b"%d" % len(text), hashlib.sha256(text).hexdigest().encode()])
    control.sendall(b"quit\n")


# The same server, and a rule without "connect tcp": connect() does not return.

def guest_late():
    control = dial(9503)
    with socket.socket() as sock:
        # struct timeval
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_SNDTIMEO,
                        (1).to_bytes(8, "little") + bytes(8))
        try:
            sock.connect((ADDRESS, 9502))
            raise SystemExit("connect() returned")
        except BlockingIOError as error:
            want("connect()", error.errno, 115)
    control.sendall(b"quit\n")


def host_late():
    with listener(9502), listener(9503) as told:
        want("word", line(told.accept()[0]), b"quit\n")


# A server with data connections. The process that serves the control connection is
# not the one that accepted it, but has it open.

def guest_inherit_server():
    stranger = os.fork()
    if not stranger:
        with listener(9512) as at:
            while True:
                with at.accept()[0] as sock:
                    echo(sock)
                    want("a stranger's", ours(sock), None)
    before = listener(9513)
    off = listener(9514)
    with listener(9510) as at:
        control = at.accept()[0]
    session = os.fork()
    if session:
        control.close()
        want("session", os.waitpid(session, 0)[1], 0)
        os.kill(stranger, 15)
        os.wait()
        return
    secure = ("secure", "server", "ftp")
    want("ready", line(control), b"ready?\n")
    want("control", ours(control), secure)
    # Listeners that are older, or come now; the first word is theirs or ours.
    passive = listener()
    control.sendall(b"%d\n" % passive.getsockname()[1])
    with passive.accept()[0] as data:
        data.sendall(TEXT)
        want("passive", line(data), b"thanks\n")
        want("passive", ours(data), secure)
    with before.accept()[0] as data:
        echo(data)
        want("listened before", ours(data), secure)
    with passive.accept()[0]:
        pass  # an empty file
    with off.accept()[0] as data:
        echo(data)
        want("off", ours(data), None)
    with dial(int(line(control))) as data:
        data.sendall(TEXT)
        want("active", line(data), b"thanks\n")
        want("active", ours(data), secure)
    want("bye", line(control), b"bye\n")
    want("the end", control.recv(1), b"")
    control.close()
    while any(row.split()[16] == "ftp" for row in open("/proc/net/tls_offload")):
        time.sleep(0.1)
    # Nothing to inherit any more.
    after = listener(9515)
    with after.accept()[0] as data:
        echo(data)
        want("afterwards", ours(data), None)
    os._exit(0)


def host_inherit_server():
    with as_client(dial(9510)) as control:
        control.sendall(b"ready?\n")
        port = int(line(control))
        with as_client(dial(port)) as data:
            want("passive", line(data), TEXT)
            data.sendall(b"thanks\n")
        with as_client(dial(9513)) as data:
            echoed(data)
        with as_client(dial(port)) as data:
            want("an empty file", whole(data), b"")
        for port in (9512, 9514):
            with dial(port) as data:
                echoed(data)
        with listener() as at:
            control.sendall(b"%d\n" % at.getsockname()[1])
            with as_client(at.accept()[0]) as data:
                want("active", line(data), TEXT)
                data.sendall(b"thanks\n")
        control.sendall(b"bye\n")
        bye(control)
    with dial(9515) as data:
        echoed(data)


# A client with data connections, whose server accepts once it was told.

def guest_inherit_client():
    secure = ("secure", "client", "ftp")
    control = dial(9520)
    want("control", ours(control), secure)
    control.sendall(b"pasv\n")
    with dial(int(line(control))) as data:
        want("passive", ours(data)[0], "handshake")
        data.sendall(TEXT)
        control.sendall(b"go\n")
        want("passive", line(data), b"thanks\n")
        want("passive", ours(data), secure)
    with listener() as at:
        control.sendall(b"%d\n" % at.getsockname()[1])
        with at.accept()[0] as data:
            want("active", line(data), TEXT)
            want("active", ours(data), secure)
            data.sendall(b"thanks\n")
            want("the end", data.recv(1), b"")
    # Somebody else's are in clear meanwhile.
    if not os.fork():
        control.close()
        with dial(9521) as sock:
            echo(sock)
            want("a stranger's", ours(sock), None)
        os._exit(0)
    want("stranger", os.wait()[1], 0)
    control.sendall(b"bye\n")
    control.close()


def host_inherit_client():
    with listener(9520) as at, listener(9521) as plain, \
         as_server(at.accept()[0]) as control:
        want("word", line(control), b"pasv\n")
        with listener() as passive:
            control.sendall(b"%d\n" % passive.getsockname()[1])
            want("word", line(control), b"go\n")
            with as_server(passive.accept()[0]) as data:
                want("passive", line(data), TEXT)
                data.sendall(b"thanks\n")
        with dial(int(line(control))) as sock, as_server(sock) as data:
            data.sendall(TEXT)
            want("active", line(data), b"thanks\n")
            bye(data)
        with plain.accept()[0] as sock:
            echoed(sock)
        want("word", line(control), b"bye\n")


# Rules that prefer TLS: a server, by its client's first bytes.

def guest_prefer_server():
    with listener(9530) as at:
        for how in SERVED:
            with at.accept()[0] as sock:
                try:
                    got = line(sock)
                except OSError as error:
                    got = error.errno
                if how == "tls":
                    want(how, (got, ours(sock)),
                         (TEXT, ("secure", "server", "maybe")))
                elif how in ("garbage", "alert"):
                    want(how, isinstance(got, int), True)
                    continue
                else:
                    want(how, (got, ours(sock)), (SERVED[how], None))
                sock.sendall(b"echo: " + got)
                want("the end", sock.recv(1), b"")


SERVED = {
    "tls": b"",
    "text": b"HELO there\n",
    "slow": b"G\n",
    "like TLS": b"\x16GET\n",
    "more like it": b"\x16\x03\n",
    "garbage": b"\x16\x03\x01\n",
    "alert": b"\x15\x03\x01\0\2\2\n",
}


def host_prefer_server():
    for how, text in SERVED.items():
        with dial(9530) as sock:
            sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            if how == "tls":
                with as_client(sock) as tls:
                    echoed(tls)
                    bye(tls)
                continue
            for byte in text if how != "text" else [text]:
                sock.sendall(byte if how == "text" else bytes([byte]))
                time.sleep(0.05)
            if how in ("garbage", "alert"):
                sock.shutdown(socket.SHUT_WR)
                try:
                    got = whole(sock)
                except ConnectionResetError:
                    got = b""
                want(how, text in got, False)
            else:
                want(how, line(sock), b"echo: " + text)


# A client, by the answer to its ClientHello. Where that is text it connects anew.

ANSWERS = {
    9533: b"\x15\x03\x03\x00\x02\x02\x28", # a fatal alert
    9534: b"\x16\x03\x03\x00\x05hello and some text that is nobody's\n",
    9535: b"\x16", # the beginning of a record, or of nothing
    9536: b"", # the end
    9537: None, # a reset
}


def host_prefer_client():
    at = {port: listener(port) for port in [9531, *ANSWERS]}
    at[9532] = socket.create_server(("::", 9532), family=socket.AF_INET6, dualstack_ipv6=True)
    at[9532].settimeout(PATIENCE)
    with at[9531].accept()[0] as sock, as_server(sock) as tls:
        echoed(tls)
        bye(tls)
    for _ in range(7):
        with at[9532].accept()[0] as sock:
            want("ClientHello", sock.recv(5)[:2], b"\x16\x03")
            sock.sendall(b"5")
            time.sleep(0.05)
            try:
                sock.sendall(b"00 what?\r\n")
                whole(sock)
            except OSError:
                pass
        with at[9532].accept()[0] as sock:
            sock.sendall(b"220 hello\n")
            echoed(sock)
    for port, answer in ANSWERS.items():
        with at[port].accept()[0] as sock:
            sock.recv(5 if answer is None else 65536)
            if answer is None:
                sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER,
                                (1).to_bytes(4, "little") + bytes(4))
            else:
                sock.sendall(answer)
        at[port].settimeout(1)
        try:
            at[port].accept()
            raise SystemExit("%d: connected once more" % port)
        except TimeoutError:
            pass


def prefer_dial(how, port, where=None):
    # With its scope, where it has one.
    family, *_, where = socket.getaddrinfo(where or ADDRESS, port, type=socket.SOCK_STREAM)[0]
    sock = socket.socket(family)
    if how == "sndtimeo":
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_SNDTIMEO,
                        PATIENCE.to_bytes(8, "little") + bytes(8))
    if how in ("blocking", "sndtimeo"):
        while sock.connect_ex(where) == 111:
            time.sleep(0.1)
        return sock
    sock.setblocking(False)
    want(how, sock.connect_ex(where), 115)
    if how == "poll":
        poll = select.poll()
        poll.register(sock, select.POLLIN | select.POLLOUT)
        got = poll.poll(1000 * PATIENCE)
    else:
        poll = select.epoll()
        poll.register(sock, select.EPOLLIN | select.EPOLLOUT | select.EPOLLET)
        got = poll.poll(PATIENCE)
    want(how, (got[0][1] & ~select.POLLIN, sock.getsockopt(socket.SOL_SOCKET, socket.SO_ERROR)),
         (select.POLLOUT, 0))
    sock.setblocking(True)
    return sock


def guest_prefer_client():
    with prefer_dial("blocking", 9531) as sock:
        echo(sock)
        want("TLS", ours(sock), ("secure", "client", "maybe"))
        want("the end", sock.recv(1), b"")
    # Over IPv6, of this link (with its scope) and of others, and IPv4 on such a socket.
    any6, link6 = ADDRESSES
    for how, where in (("blocking", ADDRESS), ("poll", ADDRESS), ("edge", ADDRESS),
                       ("sndtimeo", ADDRESS), ("blocking", any6), ("poll", link6),
                       ("blocking", "::ffff:" + ADDRESS)):
        with prefer_dial(how, 9532, where) as sock:
            how += ", " + where
            want(how, ours(sock), None)
            want(how, line(sock), b"220 hello\n")
            echo(sock)
            want(how, sock.recv(1), b"")
    for port in ANSWERS:
        with socket.socket() as sock:
            if not sock.connect_ex((ADDRESS, port)):
                raise SystemExit("%d: connected" % port)


# An adapter is there, or it is not: one line.

def guest_adapter():
    with listener(9540) as at:
        print("listening", flush=True)
        while True:
            with at.accept()[0] as sock:
                try:
                    echo(sock)
                    print(ours(sock), flush=True)
                    while byte := sock.recv(1):
                        sock.sendall(byte)
                except OSError as error:
                    print(error, flush=True)


if __name__ == "__main__":
    PKI, ADDRESS, *ADDRESSES = sys.argv[3:]
    globals()["%s_%s" % (sys.argv[1], sys.argv[2].replace("-", "_"))]()
