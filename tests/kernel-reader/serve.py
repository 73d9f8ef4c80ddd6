#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-only
#
# serve.py MODE PORT FILE [accept]: the page server in the kernel (kmod/main.c) with FILE
# on PORT; it gets the listener, or with "accept" each connection that is accepted here.
# MODE is a name of MODES; RCVBUF in the environment is SO_RCVBUF. Says "serving", ends at SIGTERM, and then with the counts.
import fcntl
import os
import signal
import socket
import struct
import sys

MODES = ('recvmsg', 'read_sock', 'strparser', 'around')
PAGES_SERVE = 1 << 30 | 8 << 16 | ord('T') << 8 | 1


class Ended(Exception):
    pass


def end(_number, _frame):
    raise Ended


def main():
    mode, port = MODES.index(sys.argv[1]), int(sys.argv[2])
    signal.signal(signal.SIGTERM, end)
    dev = os.open('/dev/tlso-pages', os.O_RDWR)
    with open(sys.argv[3], 'rb') as f:
        os.write(dev, f.read())
    listener = socket.create_server(('::', port), family=socket.AF_INET6,
                                    dualstack_ipv6=True, backlog=64)
    if os.environ.get('RCVBUF'):
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, int(os.environ['RCVBUF']))
    try:
        if len(sys.argv) == 4:
            fcntl.ioctl(dev, PAGES_SERVE, struct.pack('iI', listener.fileno(), mode))
        print('serving', flush=True)
        while len(sys.argv) == 4:
            signal.pause()
        while True:
            sock, _ = listener.accept()
            fcntl.ioctl(dev, PAGES_SERVE, struct.pack('iI', sock.fileno(), mode))
            sock.close()
    except Ended:
        print(os.read(dev, 256).decode(), end='', flush=True)
    listener.close()
    os.close(dev)


main()
