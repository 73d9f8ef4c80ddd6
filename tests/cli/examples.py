#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-only
"""
examples.py TLSOFFLOAD DOCUMENT FOLDER: the policies that the document shows are
right, and what is printed of each is understood as the same. They are left in
FOLDER. TAP.
"""
import os
import re
import subprocess
import sys


def blocks(path):
    """Indented blocks that begin with a rule that has a name, or a comment."""
    block = []
    with open(path, encoding="utf-8") as f:
        for line in [*f, "end\n"]:
            if line.startswith("    "):
                block.append(line[4:])
                continue
            if block and re.match(r"# |rule [a-z]", block[0]):
                yield "".join(block)
            block = []


def printed(tool, text):
    """Exit code, what is printed, what is said."""
    run = subprocess.run([tool, "policy", "check", "--print", "-"],
                         input=text, capture_output=True, text=True, timeout=20)
    return run.returncode, run.stdout, run.stderr


def right(tool, text):
    """Whether it is taken, and printed so that nothing is lost; why not."""
    rc, once, said = printed(tool, text)
    if rc or said:
        return said
    again = printed(tool, once)
    if again != (0, once, ""):
        return f"{once} is printed as {again}"
    # Users' names become numbers; every other word stays.
    for word in re.findall(r"[\w.:/*-]{4,}", re.sub("#.*", "", text)):
        if word != "www-data" and word not in once:
            return f"{word} is not in {once}"
    return None


def main():
    tool, document, folder = sys.argv[1:]
    texts = list(blocks(document))
    bad = len(texts) < 5
    os.makedirs(folder, exist_ok=True)
    for i, text in enumerate(texts):
        with open(os.path.join(folder, f"example-{i}"), "w",
                  encoding="utf-8") as f:
            f.write(text)
        why = right(tool, text)
        name = re.search(r"rule (\S+)", text).group(1)
        print(f"{'not ok' if why else 'ok'} - example: {name}")
        if why:
            bad = True
            print("# " + why.replace("\n", "\n# "))
    return bad


sys.exit(main())
