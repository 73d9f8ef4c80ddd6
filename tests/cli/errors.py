#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-only
"""errors.py TLSOFFLOAD: what is said about wrong policies, word for word. TAP."""
import os
import subprocess
import sys

CONTROL = {0x2400: "\0", 0x2401: "\1"}


def cases():
    """The name, text and expected lines of each case of errors.txt."""
    here = os.path.dirname(os.path.abspath(__file__))
    with open(os.path.join(here, "errors.txt"), encoding="utf-8") as f:
        parts = f.read().split("\n== ")[1:]
    for part in parts:
        name, rest = part.split("\n", 1)
        text, expected = rest.split("--\n", 1)
        yield name, text.translate(CONTROL), expected.split("\n")


def check(tool, text):
    """Exit code and lines of a check, FILE: left out."""
    run = subprocess.run([tool, "policy", "check", "-"], input=text.encode(),
                         capture_output=True, timeout=20)
    lines = run.stderr.decode().splitlines()
    return run.returncode, [l.removeprefix("<stdin>:") for l in lines], run.stdout


def main():
    bad = 0
    for name, text, expected in cases():
        expected = [l for l in expected if l]
        rc, said, out = check(sys.argv[1], text)
        good = (rc, said, out) == (1, expected, b"")
        print(f"{'ok' if good else 'not ok'} - error: {name}")
        if not good:
            bad += 1
            print(f"# exit {rc}", *[f"# said     {l}" for l in said],
                  *[f"# expected {l}" for l in expected], sep="\n")
    return bad != 0


sys.exit(main())
