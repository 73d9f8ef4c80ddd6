#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-only
"""Turns config.json into the runs that it takes.

The runner's ErrorMap gives each error of its own one of ours. Where a test of
one name wants another answer than the rest, by the RFC and with the reason in
our words, OtherErrors has it, and the test is run with a map of its own.

plan.py CONFIG NAMES DIR PATTERNS writes DIR/0.json and DIR/0.tests, for all but
those, and the same pair of files for each further map. NAMES is a file of all
tests there are, PATTERNS are semicolon-separated as the runner wants them, and
empty for all. Leaves to: run the running.
"""

import json
import os
import sys

import disabled as rules


def group(others):
    """Maps that do not contradict each other go into one run."""
    runs = []
    for pattern, errors in others.items():
        for patterns, merged in runs:
            if all(merged.get(k, v) == v for k, v in errors.items()):
                patterns.append(pattern)
                merged.update(errors)
                break
        else:
            runs.append(([pattern], dict(errors)))
    return runs


def matching(names, patterns):
    return {name for pattern in patterns
            for name in rules.matching(pattern, names)}


def main():
    source, names_file, where, wanted = sys.argv[1:]
    with open(source, encoding="utf-8") as lines:
        config = json.load(lines)
    with open(names_file, encoding="utf-8") as lines:
        names = set(lines.read().split("\n")) - {""}
    disabled = {name: config["DisabledTests"][pattern]
                for pattern, matched in rules.by_pattern(config, names).items()
                for name in matched}
    if wanted:
        names = matching(names, wanted.split(";"))
    others = config.pop("OtherErrors")
    del config["RunAnyway"]
    os.makedirs(where, exist_ok=True)
    for old in os.listdir(where):
        os.remove(os.path.join(where, old))

    def write(number, errors, disabled, tests):
        base = os.path.join(where, str(number))
        with open(base + ".json", "w", encoding="utf-8") as out:
            json.dump(dict(config, ErrorMap=errors, DisabledTests=disabled),
                      out, indent="\t")
        with open(base + ".tests", "w", encoding="utf-8") as out:
            out.write(tests)

    apart = {pattern: "run apart" for pattern in others}
    write(0, config["ErrorMap"], disabled | apart, wanted)
    for number, (patterns, errors) in enumerate(group(others), 1):
        tests = sorted(matching(names, patterns))
        if tests:
            write(number, config["ErrorMap"] | errors, disabled,
                  ";".join(tests))


if __name__ == "__main__":
    main()
