#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-only
"""
Judges a capture (pcap, Ethernet) of one TCP port.

wire.py clear CAPTURE PORT FILE...
    fails if any 16 bytes in a row of a FILE stand in a payload of the port
wire.py records CAPTURE PORT [STREAM-CLIENT-PORT]
    prints, per direction, what the server's and the client's TLS records are:
    "server 23 COUNT BYTES" (type, records, bytes with header), from the
    reassembled streams; fails if a stream holds anything but TLS records
wire.py tail CAPTURE PORT COUNT BYTES
    fails unless the last COUNT application data records of the capture's one
    server stream are BYTES bytes long
wire.py longest CAPTURE PORT
    prints the length of the server's longest application data record, with header
"""
import struct
import sys

WINDOW = 16


def frames(path):
    with open(path, "rb") as capture:
        data = capture.read()
    if struct.unpack_from("<I", data)[0] != 0xA1B2C3D4:
        sys.exit("not a little-endian pcap")
    at = 24
    while at + 16 <= len(data):
        _, _, have, size = struct.unpack_from("<IIII", data, at)
        if have < size:
            sys.exit("a frame was cut short")
        yield data[at + 16:at + 16 + have]
        at += 16 + have


def tcp_of(frame):
    """source, destination, (addresses), sequence, flags, payload or None"""
    kind = struct.unpack_from(">H", frame, 12)[0]
    if kind == 0x0800 and frame[23] == 6:
        head = 14 + (frame[14] & 15) * 4
        end = 14 + struct.unpack_from(">H", frame, 16)[0]
        who = (frame[26:30], frame[30:34])
    elif kind == 0x86DD and frame[20] == 6:
        head = 54
        end = 54 + struct.unpack_from(">H", frame, 18)[0]
        who = (frame[22:38], frame[38:54])
    else:
        return None
    src, dst, seq = struct.unpack_from(">HHI", frame, head)
    start = head + (frame[head + 12] >> 4) * 4
    return src, dst, who, seq, frame[head + 13], frame[start:end]


def payloads(path, port):
    for frame in frames(path):
        got = tcp_of(frame)
        if got and port in (got[0], got[1]):
            yield got


def windows_of(path):
    """Every window of a small file; of a large one enough that no run of twice
    the window's length goes unseen."""
    with open(path, "rb") as page:
        body = page.read()
    step = 1 if len(body) <= 65536 else WINDOW
    return {body[i:i + WINDOW] for i in range(0, len(body) - WINDOW + 1, step)}


def clear(path, port, pages):
    wanted = set().union(*(windows_of(page) for page in pages))
    if not wanted:
        sys.exit("nothing to look for")
    seen = 0
    for got in payloads(path, port):
        body = got[5]
        seen += len(body)
        for i in range(len(body) - WINDOW + 1):
            if body[i:i + WINDOW] in wanted:
                sys.exit("clear text on the wire: %r" % body[i:i + WINDOW])
    if not seen:
        sys.exit("no payload of port %d in the capture" % port)
    print("no %d bytes in a row of it in %d bytes of payload"
          % (WINDOW, seen))


def streams(path, port, client):
    """(client end, from server?) -> bytes in order, retransmissions dropped"""
    first, parts = {}, {}
    for src, dst, who, seq, flags, body in payloads(path, port):
        server = src == port
        peer = (who[1], dst) if server else (who[0], src)
        if client and peer[1] != client:
            continue
        key = (peer, server)
        if flags & 2:
            first[key] = seq + 1
            parts.setdefault(key, {})
        elif body and key in first:
            at = (seq - first[key]) & 0xFFFFFFFF
            old = parts[key].get(at, b"")
            parts[key][at] = max(old, body, key=len)
    for key, pieces in parts.items():
        whole = bytearray()
        for at in sorted(pieces):
            if at > len(whole):
                sys.exit("a hole in the capture")
            whole[at:at + len(pieces[at])] = pieces[at]
        yield key, bytes(whole)


def records_of(data):
    """(type, bytes with header) of each record"""
    at = 0
    while at + 5 <= len(data):
        kind, version, size = struct.unpack_from(">BHH", data, at)
        if kind not in (20, 21, 22, 23) or version not in (0x301, 0x303):
            sys.exit("not a TLS record: %r" % data[at:at + 32])
        if at + 5 + size > len(data):
            break
        yield kind, 5 + size
        at += 5 + size


def records(path, port, client):
    total = {}
    for (_, server), data in streams(path, port, client):
        for kind, size in records_of(data):
            key = ("server" if server else "client", kind)
            count, length = total.get(key, (0, 0))
            total[key] = (count + 1, length + size)
    for (who, kind), (count, length) in sorted(total.items()):
        print(who, kind, count, length)


def tail(path, port, count, length):
    sent = [data for (_, server), data in streams(path, port, None) if server]
    if len(sent) != 1:
        sys.exit("%d streams in the capture" % len(sent))
    sizes = [size for kind, size in records_of(sent[0]) if kind == 23]
    last = sizes[-count:] if count else []
    if len(last) != count or sum(last) != length:
        sys.exit("the adapter counted %d records of %d bytes, the wire has %s"
                 % (count, length, sizes))
    print("%d records, %d bytes: the last ones on the wire" % (count, length))


def longest(path, port):
    print(max(size for (_, server), data in streams(path, port, None) if server
              for kind, size in records_of(data) if kind == 23))


def main(argv):
    if len(argv) >= 5 and argv[1] == "clear":
        clear(argv[2], int(argv[3]), argv[4:])
    elif len(argv) >= 4 and argv[1] == "records":
        records(argv[2], int(argv[3]), int(argv[4]) if argv[4:] else None)
    elif len(argv) == 6 and argv[1] == "tail":
        tail(argv[2], int(argv[3]), int(argv[4]), int(argv[5]))
    elif len(argv) == 4 and argv[1] == "longest":
        longest(argv[2], int(argv[3]))
    else:
        sys.exit(__doc__)


if __name__ == "__main__":
    main(sys.argv)
