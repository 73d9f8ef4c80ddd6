#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-only
"""standstill.py QEMU SEED
Every 3 to 15 seconds the guest (QEMU is its process), or all other processes of its
network namespace, stand still: for 0.1 to 3 seconds, as on a machine that has other
things to do. Says when and who. Ends with the guest."""
import os
import random
import signal
import subprocess
import sys
import time

SECONDS = 0.1, 0.3, 0.6, 1.2, 2.0, 3.0


def netns(*words):
    return subprocess.run(("ip", "netns") + words, stdout=subprocess.PIPE,
                          check=True, text=True).stdout.split()


def tell(pids, number):
    for pid in pids:
        try:
            os.kill(pid, number)
        except ProcessLookupError:
            pass


def main():
    guest = int(sys.argv[1])
    chance = random.Random(sys.argv[2])
    name, = netns("identify", str(guest))
    while True:
        time.sleep(chance.uniform(3, 15))
        try:
            os.kill(guest, 0)
            pids = [int(pid) for pid in netns("pids", name)]
        except (ProcessLookupError, subprocess.CalledProcessError):
            return
        who = chance.choice(("guest", "host"))
        seconds = chance.choice(SECONDS)
        pids = [pid for pid in pids if (pid == guest) == (who == "guest")]
        print(time.strftime("%T"), who, seconds, flush=True)
        tell(pids, signal.SIGSTOP)
        time.sleep(seconds)
        tell(pids, signal.SIGCONT)


main()
