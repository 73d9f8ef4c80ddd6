#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-only
"""Connections of which the kernel's module finds no memory for one thing after the other
(tests/no-memory). Two ends:

nomem.py guest CONTROL
    in the guest: obeys the other, over a connection in clear
nomem.py accept|connect GUEST CONTROL PORT PKI NAME TEXT [--burst N] [--version 1.2]
         [--start RING] [--harmless]
    on the host: the first, the second, the third call that allocates fails, and N - 1
    after it, until a connection makes no more of them. The guest accepts on PORT, or
    connects to it; with --start it calls Start_SSL itself, no rule is for the port.
    PKI/NAME.pem is the host's certificate. TEXT, a file, goes to the guest and comes
    back.

Prints for each call that failed what became of the connection. Fails if a byte is not
the text's, if somebody waits, if the last connection, which has all, is not whole, or
if all others are whole, too; with --harmless if one is not."""
import argparse
import errno
import json
import os
import socket
import ssl
import struct
import sys
import threading
import time

KNOBS = "/sys/module/tlso_nomem/parameters/"
PATIENCE = 20 * int(os.environ.get("VM_SLOW", "1"))
CALLS_AT_MOST = 5000
PIECE = 3000
SOL_TLS_OFFLOAD = 0x544C
TLS_OFFLOAD_START = 1
ROLE_SERVER, ROLE_CLIENT = 1, 2
TCP_ULP = 31


def name_of(error):
    if isinstance(error, ssl.SSLError):
        return error.reason or type(error).__name__
    return errno.errorcode.get(error.errno, type(error).__name__)


def echo(conn, text):
    """What comes goes back, until its end; it has to be the text."""
    conn.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    at = 0
    while piece := conn.recv(PIECE):
        if piece != text[at:at + len(piece)]:
            raise ValueError("not the text: %r" % piece[:40])
        at += len(piece)
        conn.sendall(piece)


WRONG = []  # what has come to a server here that is not the text


def echo_one(conn, text, begin):
    try:
        with conn, begin(conn) as talk:
            echo(talk, text)
    except OSError:
        pass
    except ValueError as error:
        WRONG.append(str(error))


def echo_server(port, text, begin):
    """For each that comes; begin(conn) is what to talk over."""
    listener = socket.create_server(("0.0.0.0", port))

    def accept_all():
        while True:
            try:
                conn, _ = listener.accept()
            except OSError:
                continue
            threading.Thread(target=echo_one, args=(conn, text, begin),
                             daemon=True).start()
    threading.Thread(target=accept_all, daemon=True).start()


def exchange(conn, text, got):
    """Says the text in pieces while it reads; into got what came."""
    left = [text[i:i + PIECE] for i in range(0, len(text), PIECE)]
    while len(got) < len(text):
        if left and len(text) - len(got) <= sum(map(len, left)) + PIECE:
            conn.sendall(left.pop(0))
            continue
        piece = conn.recv(65536)
        if not piece:
            raise EOFError
        got += piece


def judged(conn, text):
    """The outcome of an exchange: "whole", or what went wrong."""
    got = bytearray()
    try:
        with conn:
            conn.settimeout(PATIENCE)
            exchange(conn, text, got)
        said = "whole"
    except (TimeoutError, socket.timeout):
        said = "waits"
    except EOFError:
        said = "ended early"
    except OSError as error:
        said = name_of(error)
    return said if got == text[:len(got)] else "wrong bytes"


# The guest's end.

def put(name, value):
    with open(KNOBS + name, "w", encoding="ascii") as file:
        file.write(str(value))


def knob(name):
    with open(KNOBS + name, encoding="ascii") as file:
        return file.read().strip()


def start_ssl(conn, ring, role):
    """<linux/tls_offload.h>: struct tls_offload_start. One that fails can be tried again."""
    if ring:
        conn.setsockopt(socket.IPPROTO_TCP, TCP_ULP, b"tls_offload")
        said = struct.pack("=IiBBBBI32s256sI256s", 0, 0, role, 0, 0, 0, 0,
                           ring.encode(), b"web.test", 0, b"")
        try:
            conn.setsockopt(SOL_TLS_OFFLOAD, TLS_OFFLOAD_START, said)
        except OSError:
            conn.setsockopt(SOL_TLS_OFFLOAD, TLS_OFFLOAD_START, said)


def serve(command, text):
    def begin(conn):
        start_ssl(conn, command["ring"], ROLE_SERVER)
        conn.settimeout(PATIENCE)
        return conn
    echo_server(command["port"], text, begin)


def arm(command, _):
    put("burst", command["burst"])
    put("at", command["at"])


def dial(command, text):
    try:
        conn = socket.create_connection((command["host"], command["port"]),
                                        PATIENCE)
    except OSError as error:
        return name_of(error)
    conn.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    conn.settimeout(None)
    try:
        start_ssl(conn, command["ring"], ROLE_CLIENT)
    except OSError as error:
        conn.close()
        return name_of(error)
    return judged(conn, text)


def disarm(_, __):
    said = {"failed": int(knob("failed")), "last": knob("last"),
            "wrong": WRONG}
    put("at", 0)
    return said


def guest(port):
    do = {"serve": serve, "arm": arm, "dial": dial, "disarm": disarm}
    with socket.create_server(("0.0.0.0", port)) as listener:
        print("listening", flush=True)
        conn, _ = listener.accept()
    with conn.makefile("rw") as talk:
        text = json.loads(talk.readline()).encode()
        for line in talk:
            command = json.loads(line)
            talk.write(json.dumps(do[command["do"]](command, text)) + "\n")
            talk.flush()


# The host's.

class Guest:
    def __init__(self, args, text):
        self.conn = socket.create_connection((args.guest, args.control), 30)
        self.conn.settimeout(3 * PATIENCE)
        self.talk = self.conn.makefile("rw")
        self.talk.write(json.dumps(text.decode()) + "\n")

    def ask(self, **command):
        self.talk.write(json.dumps(command) + "\n")
        self.talk.flush()
        return json.loads(self.talk.readline())


def context_of(args, protocol):
    context = ssl.SSLContext(protocol)
    version = {"1.2": ssl.TLSVersion.TLSv1_2, "1.3": ssl.TLSVersion.TLSv1_3}
    context.minimum_version = context.maximum_version = version[args.version]
    return context


def accepted(args, guest_end, text):
    """Tries of the guest as a server."""
    context = context_of(args, ssl.PROTOCOL_TLS_CLIENT)
    context.load_verify_locations(args.pki + "/ca.pem")
    guest_end.ask(do="serve", port=args.port, ring=args.start)

    def attempt():
        try:
            with socket.create_connection((args.guest, args.port),
                                          PATIENCE) as plain:
                plain.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
                return judged(context.wrap_socket(
                    plain, server_hostname="web.test"), text)
        except (TimeoutError, socket.timeout):
            return "waits"
        except OSError as error:
            return name_of(error)
    return attempt


def connected(args, guest_end, text):
    """Tries of the guest as a client."""
    context = context_of(args, ssl.PROTOCOL_TLS_SERVER)
    name = args.pki + "/" + args.name
    context.load_cert_chain(name + ".pem", name + ".key")
    context.num_tickets = 1
    there = guest_end.conn.getsockname()[0]

    def begin(conn):
        conn.settimeout(PATIENCE)
        return context.wrap_socket(conn, server_side=True)

    echo_server(args.port, text, begin)
    return lambda: guest_end.ask(do="dial", host=there, port=args.port,
                                 ring=args.start)


def host(args):
    with open(args.text, "rb") as file:
        text = file.read()
    guest_end = Guest(args, text)
    attempt = (accepted if args.role == "accept" else connected)(
        args, guest_end, text)
    outcomes = {}
    at = 1
    while at < CALLS_AT_MOST:
        guest_end.ask(do="arm", at=at, burst=args.burst)
        start = time.monotonic()
        said = attempt()
        took = time.monotonic() - start
        calls = guest_end.ask(do="disarm")
        print(at, calls["last"], calls["failed"], said, "%.1f s" % took,
              flush=True)
        wrong = calls["wrong"] + WRONG
        if said in ("waits", "ETIMEDOUT", "wrong bytes") or wrong:
            sys.exit("call %d: %s, %s" % (at, said, wrong))
        if not calls["failed"]:
            break
        outcomes[said] = outcomes.get(said, 0) + 1
        at += 1
    else:
        sys.exit("there is no end to it")
    print("calls failed one by one:", outcomes)
    if said != "whole":
        sys.exit("no call failed, and yet: " + said)
    if not outcomes:
        sys.exit("no call failed")
    if (set(outcomes) == {"whole"}) != args.harmless:
        sys.exit("not harmless" if args.harmless else "no connection failed")


def main():
    if sys.argv[1] == "guest":
        guest(int(sys.argv[2]))
        return
    parser = argparse.ArgumentParser()
    parser.add_argument("role", choices=("accept", "connect"))
    parser.add_argument("guest")
    parser.add_argument("control", type=int)
    parser.add_argument("port", type=int)
    parser.add_argument("pki")
    parser.add_argument("name")
    parser.add_argument("text")
    parser.add_argument("--burst", type=int, default=1)
    parser.add_argument("--harmless", action="store_true")
    parser.add_argument("--start", default="", metavar="RING")
    parser.add_argument("--version", default="1.3")
    host(parser.parse_args())


main()
