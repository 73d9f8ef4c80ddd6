#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-only
"""
What handshakes a capture of one TCP port shows, as far as they are in clear.

hello.py show CAPTURE PORT
    fails unless each client begins with a ClientHello and all that either side
    says is TLS records; prints "SNI VERSION SUITE GROUP new|resumed" of each
    connection, "-" for what is not there
hello.py refused CAPTURE PORT
    fails unless each client begins with a ClientHello, and after that says
    nothing but handshake that no secret of ours is in, and an alert;
    connections on which no client spoke do not count
hello.py nothing CAPTURE PORT
    fails if anybody said anything
"""
import struct
import sys

import wire

HELLO_RETRY = bytes.fromhex("cf21ad74e59a6111be1d8c021e65b891"
                            "c2a211167abb8c5e079e09e2c8a8339c")
# A protected alert of TLS 1.3: header, two bytes, type, tag.
ALERT_13 = 5 + 2 + 1 + 16
GROUPS = {23: "P-256", 24: "P-384", 29: "X25519"}
SNI, SUPPORTED_VERSIONS, PRE_SHARED_KEY, KEY_SHARE = 0, 43, 41, 51


def may_go_on(said):
    """Whether a ChangeCipherSpec after this may be for middleboxes only, and
    another hello follow."""
    return len(said) == 4 + int.from_bytes(said[1:4], "big") and (
        said[0] == 1 or said[6:38] == HELLO_RETRY)


def messages(stream):
    """(type, body) of the handshake messages in clear, until keys change"""
    have, at = b"", 0
    for kind, size in wire.records_of(stream):
        if kind == 22:
            have += stream[at + 5:at + size]
        elif kind == 23 or kind == 20 and not may_go_on(have):
            break
        at += size
    at = 0
    while at + 4 <= len(have):
        size = int.from_bytes(have[at + 1:at + 4], "big")
        if at + 4 + size > len(have):
            break
        yield have[at], have[at + 4:at + 4 + size]
        at += 4 + size


def extensions(body, at):
    """type -> data, of what stands from AT to the end"""
    found = {}
    if at + 2 > len(body):
        return found
    end = at + 2 + int.from_bytes(body[at:at + 2], "big")
    at += 2
    while at + 4 <= end:
        kind, size = struct.unpack_from(">HH", body, at)
        found[kind] = body[at + 4:at + 4 + size]
        at += 4 + size
    return found


def name_asked(hello):
    at = 34
    at += 1 + hello[at]
    at += 2 + int.from_bytes(hello[at:at + 2], "big")
    at += 1 + hello[at]
    sni = extensions(hello, at).get(SNI)
    return sni[5:].decode() if sni else "-"


def answer(said):
    """version, suite, group, resumed of a server's messages"""
    kinds = [kind for kind, _ in said]
    for at, (kind, body) in enumerate(said):
        if kind != 2 or body[2:34] == HELLO_RETRY:
            continue
        skip = 34 + 1 + body[34]
        suite = int.from_bytes(body[skip:skip + 2], "big")
        got = extensions(body, skip + 3)
        if SUPPORTED_VERSIONS in got:
            share = got.get(KEY_SHARE, b"\0\0")
            group = int.from_bytes(share[:2], "big")
            return "1.3", suite, group, PRE_SHARED_KEY in got
        group = 0
        if 12 in kinds:
            share = said[kinds.index(12)][1]
            group = int.from_bytes(share[1:3], "big")
        return "1.2", suite, group, 11 not in kinds[at:]
    return None


def pairs(path, port):
    """(client's, server's) bytes of each connection, in the order of their SYNs"""
    whole = {}
    for (peer, server), data in wire.streams(path, port, None):
        whole.setdefault(peer, {})[server] = data
    for peer in whole:
        yield whole[peer].get(False, b""), whole[peer].get(True, b"")


def sessions(path, port):
    for client, server in pairs(path, port):
        asked = list(messages(client))
        if not asked or asked[0][0] != 1:
            sys.exit("no ClientHello first: %r" % client[:32])
        yield name_asked(asked[0][1]), answer(list(messages(server)))


def show(path, port):
    for name, got in sessions(path, port):
        if not got:
            print(name, "- - - -")
            continue
        version, suite, group, resumed = got
        print(name, version, "%04x" % suite, GROUPS.get(group, "-"),
              "resumed" if resumed else "new")


def refused(path, port):
    seen = 0
    for client, _ in pairs(path, port):
        if not client:
            continue
        kinds = [kind for kind, _ in messages(client)]
        seen += 1
        if not kinds or set(kinds) != {1}:
            sys.exit("handshake messages %s" % kinds)
        for kind, size in wire.records_of(client):
            if kind == 23 and size != ALERT_13:
                sys.exit("a protected record of %d bytes" % size)
    if not seen:
        sys.exit("no connection, or none on which the client spoke")
    print(seen, "refused")


def nothing(path, port):
    said = sum(len(got[5]) for got in wire.payloads(path, port))
    if said:
        sys.exit("%d bytes of payload" % said)


COMMANDS = {"show": show, "refused": refused, "nothing": nothing}

if __name__ == "__main__":
    if len(sys.argv) != 4 or sys.argv[1] not in COMMANDS:
        sys.exit(__doc__)
    COMMANDS[sys.argv[1]](sys.argv[2], int(sys.argv[3]))
