#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-only
#
# counts.py save COUNTERS > FILE: a compact copy of the plugin's counters (count.c).
# counts.py diff BEFORE AFTER MODULES PER: guest instructions between two copies for
# each of PER: user, kernel (all modules but ours included), ours, total; MODULES is
# a copy of /proc/modules.
import struct
import sys

MODULES_START = 0xffffffffc0000000
OURS = ('tls_offload', 'tls_offload_nic')


def save(path):
    with open(path, 'rb') as f:
        data = f.read()
    for i, value in enumerate(struct.unpack('%dQ' % (len(data) // 8), data)):
        if value:
            print(i, value)


def load(path):
    with open(path, encoding='ascii') as f:
        return {int(a): int(b) for a, b in (line.split() for line in f)}


def pages_of_ours(path):
    """The counters' indexes of the pages where our modules lie."""
    pages = set()
    with open(path, encoding='ascii') as f:
        for line in f:
            name, size, _, _, _, start = line.split()[:6]
            if name not in OURS:
                continue
            first = (int(start, 16) - MODULES_START) // 4096
            # Newer kernels place text and data apart; size counts both, so that
            # the text is within it from the start.
            pages.update(range(2 + first, 2 + first + (int(size) + 4095) // 4096))
    return pages


def diff(before, after, modules, per):
    a, b, ours = load(before), load(after), pages_of_ours(modules)
    user = kernel = mine = 0
    for i, value in b.items():
        n = value - a.get(i, 0)
        if i == 0:
            user += n
        elif i in ours:
            mine += n
        else:
            kernel += n
    print(*('%.3f' % (n / per) for n in (user, kernel, mine, user + kernel + mine)))


if sys.argv[1] == 'save':
    save(sys.argv[2])
else:
    diff(sys.argv[2], sys.argv[3], sys.argv[4], float(sys.argv[5]))
