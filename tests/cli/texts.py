#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-only
"""
texts.py TLSOFFLOAD: what is said about wrong policies (errors.txt), and how right ones
are printed (printed.txt), word for word. TAP.
"""
import os
import subprocess
import sys

CONTROL = {0x2400: "\0", 0x2401: "\1", 0x2402: "x" * 4090}


def cases(file):
    """The name, text and expected output of each case."""
    here = os.path.dirname(os.path.abspath(__file__))
    with open(os.path.join(here, file), encoding="utf-8") as f:
        parts = f.read().split("\n== ")[1:]
    for part in parts:
        name, rest = part.split("\n", 1)
        text, expected = rest.split("--\n", 1)
        yield name, text.translate(CONTROL), expected.strip("\n")


def check(tool, text, *options):
    """Exit code, what is printed, what is said, FILE: left out."""
    run = subprocess.run([tool, "policy", "check", *options, "-"],
                         input=text.encode(), capture_output=True, timeout=20)
    said = run.stderr.decode().replace("<stdin>:", "").strip("\n")
    return run.returncode, run.stdout.decode().strip("\n"), said


def report(name, got, expected):
    """TAP, and whether it is bad."""
    good = got == expected
    print(f"{'ok' if good else 'not ok'} - {name}")
    if not good:
        print("# got\n# " + str(got[0]), *got[1:], sep="\n")
        print("# expected\n# " + str(expected[0]), *expected[1:], sep="\n")
    return not good


def main():
    tool = sys.argv[1]
    bad = 0
    for name, text, expected in cases("errors.txt"):
        bad += report("error: " + name, check(tool, text), (1, "", expected))
    for name, text, expected in cases("printed.txt"):
        bad += report("printed: " + name, check(tool, text, "--print"),
                      (0, expected, ""))
        bad += report("printed again: " + name, check(tool, expected, "--print"),
                      (0, expected, ""))
    return bad != 0


sys.exit(main())
