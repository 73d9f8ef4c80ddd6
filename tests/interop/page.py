#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-only
"""A client and a server of HTTP/1.0 over Python's TLS, as a peer. The words on
its command line are those of peers.py's Scripted.words()."""

import socket
import ssl
import sys

(ROLE, HOST, PORT, VERSION, CA, CERT, KEY, CLIENT_CERT, CLIENT_KEY, CIPHER,
 GROUP, AUTH, RESUME, ALPN) = sys.argv[1:]


def context():
    if ROLE == "server":
        made = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        made.load_cert_chain(CERT, KEY)
        made.verify_mode = {"-": ssl.CERT_NONE, "empty": ssl.CERT_OPTIONAL,
                            "require": ssl.CERT_REQUIRED}[AUTH]
    else:
        made = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
        if AUTH == "require":
            made.load_cert_chain(CLIENT_CERT, CLIENT_KEY)
    made.load_verify_locations(CA)
    made.minimum_version = made.maximum_version = {
        "1.2": ssl.TLSVersion.TLSv1_2, "1.3": ssl.TLSVersion.TLSv1_3}[VERSION]
    if CIPHER != "-":
        made.set_ciphers(CIPHER)
    if GROUP != "-":
        made.set_ecdh_curve({"P-256": "prime256v1",
                             "P-384": "secp384r1"}[GROUP])
    if ALPN != "-":
        made.set_alpn_protocols([ALPN])
    return made


def serve():
    with socket.create_server((HOST, int(PORT))) as listener:
        made = context()
        while True:
            raw, _ = listener.accept()
            try:
                with made.wrap_socket(raw, server_side=True) as conn:
                    asked = b""
                    while b"\r\n\r\n" not in asked:
                        asked += conn.recv(4096) or b"\r\n\r\n"
                    conn.sendall(b"HTTP/1.0 200 OK\r\n\r\nhello from Python\n")
                    conn.unwrap()
            except OSError as error:
                print(error, flush=True)


def get(made, session):
    with socket.create_connection((HOST, int(PORT))) as raw:
        with made.wrap_socket(raw, server_hostname="server.test",
                              session=session) as conn:
            if session and not conn.session_reused:
                sys.exit("not resumed")
            if ALPN != "-" and conn.selected_alpn_protocol() != ALPN:
                sys.exit("no ALPN")
            conn.sendall(b"GET / HTTP/1.0\r\n\r\n")
            while data := conn.recv(4096):
                print(data.decode(), flush=True)
            return conn.session


if ROLE == "server":
    serve()
else:
    MADE = context()
    SESSION = get(MADE, None)
    if RESUME != "-":
        get(MADE, SESSION)
