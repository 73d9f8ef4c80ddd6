#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-only
"""
starttls.py PKI (connect ADDRESS PORT | listen PORT) WORD...: a peer for prog/steer,
with OpenSSL's TLS. Each word in turn, and each has to succeed:

    say=TEXT, expect=TEXT   a line; expect is a prefix
    client, server          TLS begins, in this role; the name is web.test
    stop                    close_notify both ways; the rest is clear text
    raw=TEXT                bytes as they are, whatever TLS there is
    eof                     the peer's end
    until=TEXT              bytes of any kind, up to these
    chatter                 lines of steer's threads, in clear, up to a TLS record
    drain                   the same in TLS, up to close_notify
    rest                    all that the peer still sends
    wait=FILE               until it is there
    pause=SECONDS
"""
import os
import socket
import ssl
import sys
import time

CHATTER = set(b"chatter of many threads\r\nhush")


class Peer:
    def __init__(self, pki, plain):
        self.pki = pki
        self.plain = self.sock = plain

    def say(self, text):
        self.sock.sendall(text.encode() + b"\r\n")

    def expect(self, text):
        line = b""
        while not line.endswith(b"\n"):
            byte = self.sock.recv(1)
            if not byte:
                sys.exit(f"the end, after {line!r}, wanted {text!r}")
            line += byte
        print("  <", line.decode(errors="replace").rstrip(), flush=True)
        if not line.startswith(text.encode()):
            sys.exit(f"got {line!r}, wanted {text!r}")

    def client(self, name="web.test"):
        context = ssl.create_default_context(cafile=f"{self.pki}/ca.pem")
        self.sock = context.wrap_socket(self.plain, server_hostname=name)
        print("  ", self.sock.version(), self.sock.cipher(), flush=True)

    def server(self, cert="rsa"):
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(f"{self.pki}/{cert}.pem", f"{self.pki}/{cert}.key")
        self.sock = context.wrap_socket(self.plain, server_side=True)

    def stop(self, _=None):
        self.plain = self.sock = self.sock.unwrap()

    def raw(self, text):
        self.plain.sendall(text.encode() + b"\r\n")

    def until(self, text):
        got = b""
        while text.encode() not in got:
            byte = self.sock.recv(1)
            if not byte:
                sys.exit(f"the end, after {got!r}")
            got += byte
        print("  <", got, flush=True)

    def chatter(self, _=None):
        n = 0
        while self.plain.recv(1, socket.MSG_PEEK) != b"\x16":
            byte = self.plain.recv(1)
            if not byte or byte[0] not in CHATTER:
                sys.exit(f"{byte!r} in clear")
            n += 1
        print("  bytes in clear:", n, flush=True)

    def drain(self, _=None):
        n = 0
        while data := self.sock.recv(4096):
            if set(data) - CHATTER:
                sys.exit(f"{data!r} in TLS")
            n += len(data)
        print("  bytes in TLS:", n, flush=True)

    def rest(self, _=None):
        try:
            while self.plain.recv(4096):
                pass
        except ConnectionResetError:
            pass  # the end, of somebody who has not read all

    def pause(self, seconds):
        time.sleep(float(seconds))

    def wait(self, path):
        while not os.path.exists(path):
            time.sleep(0.05)
        os.unlink(path)

    def eof(self, _=None):
        if self.sock.recv(1):
            sys.exit("more than the end")


def main():
    pki, how, *words = sys.argv[1:]
    if how == "connect":
        sock = socket.create_connection((words[0], int(words[1])), 50)
        words = words[2:]
    else:
        listener = socket.create_server(("::", int(words[0])), family=socket.AF_INET6,
                                        dualstack_ipv6=True)
        print("listening", flush=True)
        sock = listener.accept()[0]
        words = words[1:]
    sock.settimeout(50)
    sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    peer = Peer(pki, sock)
    for word in words:
        print(word, flush=True)
        name, _, text = word.partition("=")
        getattr(peer, name)(*([text] if text else []))
    print("done")


main()
