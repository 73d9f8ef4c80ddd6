# SPDX-License-Identifier: GPL-2.0-only
"""
The kernel connection multiplexor, which puts its callbacks over those of a TCP socket:
Linux's net/kcm, <linux/kcm.h>. For programs in the guest, as root.
"""
import ctypes
import fcntl
import os
import socket
import struct
import sys

AF_KCM = 41
SIOCKCMATTACH, SIOCKCMUNATTACH = 0x89e0, 0x89e1
SYS_BPF, BPF_PROG_LOAD, BPF_PROG_TYPE_SOCKET_FILTER = 321, 5, 1


def program():
    """What tells it where messages end: nowhere."""
    libc = ctypes.CDLL(None, use_errno=True)
    code = ctypes.create_string_buffer(struct.pack("QQ", 0xb7, 0x95))  # r0 = 0; exit
    licence = ctypes.create_string_buffer(b"GPL")
    attr = ctypes.create_string_buffer(
        struct.pack("IIQQ", BPF_PROG_TYPE_SOCKET_FILTER, 2, ctypes.addressof(code),
                    ctypes.addressof(licence)), 128)
    fd = libc.syscall(SYS_BPF, BPF_PROG_LOAD, attr, 128)
    if fd < 0:
        sys.exit("bpf: %s" % os.strerror(ctypes.get_errno()))
    return fd


def attach(sock):
    """A KCM socket over @sock."""
    kcm = socket.socket(AF_KCM, socket.SOCK_DGRAM, 0)
    fcntl.ioctl(kcm, SIOCKCMATTACH, struct.pack("ii", sock.fileno(), program()))
    return kcm


def unattach(kcm, sock):
    fcntl.ioctl(kcm, SIOCKCMUNATTACH, struct.pack("i", sock.fileno()))
