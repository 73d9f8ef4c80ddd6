#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-only
"""guest-end.py PORT: in the guest, the plain program under which the kernel does
TLS, for interop.py on the host: a client and a server of HTTP/1.0 that know
nothing of TLS. Each connection to PORT is one command and its answer, JSON:

  {"do": "put", "path", "text"}           writes a file, of /proc say
  {"do": "get", "host", "port", "times", "pieces"}
        as many pages, one after another; the request in so many pieces
  {"do": "listen", "port", "echo", "pieces"}
        from now on; with echo what comes goes back, and no page
  {"do": "heard", "port", "times"}
        stops listening once so many connections have ended

get and heard answer with a list of {"error", "said", "kernel"}: an errno's name
or "", what came, and the connection's words in /proc/net/tls_offload."""
import errno
import json
import socket
import sys
import threading

PATIENCE = 15
PAGE = "HTTP/1.0 200 OK\r\n\r\n" + "hello from tlso\n"
LISTENING = {}


def words_of(conn):
    """What the kernel says of it."""
    def name(addr):
        return "%s:%d" % addr[:2]
    ends = [name(conn.getsockname()), name(conn.getpeername())]
    with open("/proc/net/tls_offload", encoding="ascii") as table:
        names = table.readline().split()
        for line in table:
            if line.split()[:2] == ends:
                return dict(zip(names, line.split()))
    return {}


def say(conn, *pieces):
    """Each in a record of its own."""
    conn.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    for piece in pieces:
        conn.sendall(piece.encode())


def read_all(conn, report):
    while piece := conn.recv(65536):
        report["said"] += piece.decode(errors="replace")


def get(command):
    report = {"error": "", "said": "", "kernel": {}}
    try:
        with socket.create_connection(
                (command["host"], command["port"]), PATIENCE) as conn:
            report["kernel"] = words_of(conn)
            asked = ["GET / HTTP/1.0\r\n", "\r\n"]
            asked[1:1] = ["X-Piece: 0123456789\r\n"] * (
                command["pieces"] - 1)
            say(conn, *asked if asked[2:] else ["".join(asked)])
            read_all(conn, report)
    except OSError as error:
        report["error"] = errno.errorcode.get(error.errno, str(error))
    return report


def answer(conn, command, report):
    while "\r\n\r\n" not in report["said"]:
        piece = conn.recv(65536)
        if not piece:
            return
        report["said"] += piece.decode(errors="replace")
        if command["echo"]:
            conn.sendall(piece)
    if not command["echo"]:
        say(conn, PAGE, *["more of it\n"] * (command["pieces"] - 1))
        conn.shutdown(socket.SHUT_WR)
    try:
        while conn.recv(65536):
            pass
    except ConnectionResetError:
        pass  # it has what it wanted, and does not listen any more


def serve_one(conn, command, done):
    report = {"error": "", "said": "", "kernel": {}}
    try:
        with conn:
            conn.settimeout(PATIENCE)
            conn.recv(1, socket.MSG_PEEK)
            report["kernel"] = words_of(conn)
            answer(conn, command, report)
    except OSError as error:
        report["error"] = errno.errorcode.get(error.errno, str(error))
    with done:
        done.reports.append(report)
        done.notify_all()


def serve(listener, command, done):
    while True:
        try:
            conn, _ = listener.accept()
        except OSError:
            return
        threading.Thread(target=serve_one, daemon=True,
                         args=(conn, command, done)).start()


def listen(command):
    listener = socket.create_server(("0.0.0.0", command["port"]))
    done = threading.Condition()
    done.reports = []
    LISTENING[command["port"]] = listener, done
    threading.Thread(target=serve, args=(listener, command, done),
                     daemon=True).start()
    return []


def heard(command):
    listener, done = LISTENING.pop(command["port"])
    with done:
        done.wait_for(lambda: len(done.reports) >= command["times"], 30)
    listener.shutdown(socket.SHUT_RDWR)
    listener.close()
    return done.reports


def put(command):
    with open(command["path"], "w", encoding="ascii") as file:
        file.write(command["text"])
    return []


DO = {"put": put, "listen": listen, "heard": heard,
      "get": lambda command: [get(command)
                              for _ in range(command["times"])]}


def obey(conn):
    with conn, conn.makefile("rw") as talk:
        command = json.loads(talk.readline())
        try:
            said = DO[command["do"]](command)
        except OSError as error:
            said = str(error)
        talk.write(json.dumps(said) + "\n")


def main():
    control = socket.create_server(("0.0.0.0", int(sys.argv[1])))
    print("listening", flush=True)
    while True:
        threading.Thread(target=obey, args=(control.accept()[0],),
                         daemon=True).start()


main()
