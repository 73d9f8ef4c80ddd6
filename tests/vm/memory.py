#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-only
"""
memory.py MEMFIND DUMP SUITE KEYLOG...: which secrets of the key logs, and keys, IVs and
Finished keys made of them, are in the dump of a machine's memory: a line each.
What may be found is only what is named, so that both can be asserted: that they
are there while a connection lives, and that they are not after it.
"""
import importlib.util
import os
import subprocess
import sys

_spec = importlib.util.spec_from_file_location(
    "tlso_secrets", os.path.join(os.path.dirname(os.path.abspath(__file__)),
                                 "..", "interop", "secrets.py"))
_secrets = importlib.util.module_from_spec(_spec)
_spec.loader.exec_module(_secrets)


def main():
    memfind, dump, suite, logs = *sys.argv[1:4], sys.argv[4:]
    patterns = []
    for log in logs:
        for name, value in _secrets.secrets(log, suite).items():
            # A half is as good as the whole.
            for part in {value[:16], value[-16:]}:
                patterns.append(f"{part.hex()} {os.path.basename(log)}: {name}\n")
    sys.exit(subprocess.run([memfind, dump], input="".join(patterns), text=True,
                            check=False).returncode)


main()
