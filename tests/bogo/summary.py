#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-only
"""The verdict on a run of BoGo, as TAP.

Responsible for: one line per test that ran; what is disabled or was not
implemented by the shim is counted apart and never passed; a floor under the
passes and ceilings over the other two; a reason for each disabled pattern, and
no pattern that matches nothing.
"""

import argparse
import collections
import json
import re
import sys

import disabled as rules

RESULT = re.compile(r"^(PASSED|FAILED|UNIMPLEMENTED) \((.*)\)$")


def parse_args():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--config", required=True)
    parser.add_argument("--names", required=True, help="all tests there are")
    parser.add_argument("--log", required=True, help="what the runner printed")
    parser.add_argument("--floor", required=True)
    parser.add_argument("--part", action="store_true",
                        help="not everything was run: no floor")
    return parser.parse_args()


def read_log(path):
    """Of each test its result, and of those that failed what was said."""
    results = {}
    said = collections.defaultdict(list)
    name = None
    with open(path, encoding="utf-8", errors="replace") as log:
        for line in log:
            match = RESULT.match(line.rstrip("\n"))
            if match:
                name = match.group(2)
                results[name] = match.group(1)
            elif name and results[name] == "FAILED":
                said[name].append(line.rstrip("\n"))
    return results, said


def read_floor(path):
    floor = {}
    with open(path, encoding="ascii") as lines:
        for line in lines:
            words = line.split("#")[0].split()
            if words:
                floor[words[0]] = int(words[1])
    return floor


class Tap:
    """Numbers the lines."""

    def __init__(self):
        self.number = 0
        self.failed = 0

    def result(self, good, what, said=()):
        self.number += 1
        self.failed += not good
        print(f"{'ok' if good else 'not ok'} {self.number} {what}")
        for line in said:
            print(f"# {line}"[:300])

    def skip(self, what, why):
        self.number += 1
        print(f"ok {self.number} {what} # SKIP {why}")


def main():
    args = parse_args()
    with open(args.config, encoding="utf-8") as lines:
        config = json.load(lines)
    reasons = config["DisabledTests"]
    with open(args.names, encoding="utf-8") as lines:
        names = set(lines.read().split("\n")) - {""}
    results, said = read_log(args.log)
    by_pattern = rules.by_pattern(config, names)
    disabled = set().union(*by_pattern.values())
    count = collections.Counter(results.values())
    tap = Tap()

    for name in sorted(results):
        if results[name] != "UNIMPLEMENTED":
            tap.result(results[name] == "PASSED", f"bogo/{name}", said[name])

    for pattern, matched in by_pattern.items():
        if not reasons[pattern].strip():
            tap.result(False, f"disabled without a reason: {pattern}")
        if not matched:
            tap.result(False, f"disables nothing: {pattern}")
    for pattern in rules.idle_exceptions(config, names):
        tap.result(False, f"runs anyway: {pattern}")

    if not args.part:
        missing = names - disabled - set(results)
        tap.result(not missing, "every test that is not disabled was run",
                   sorted(missing)[:20])
        floor = read_floor(args.floor)
        tap.result(count["PASSED"] >= floor["passed"],
                   f"at least {floor['passed']} pass")
        tap.result(len(disabled) <= floor["disabled"],
                   f"at most {floor['disabled']} are disabled")
        tap.result(count["UNIMPLEMENTED"] <= floor["unimplemented"],
                   f"at most {floor['unimplemented']} are not implemented")

    missing = sorted(n for n in results if results[n] == "UNIMPLEMENTED")
    if missing:
        tap.skip("bogo", f"{len(missing)} tests want a flag that the shim "
                 "does not know")
        for name in missing:
            print(f"# not implemented: {name}")
    if disabled:
        tap.skip("bogo", f"{len(disabled)} tests are disabled in config.json")
        by_reason = collections.Counter()
        for pattern, matched in by_pattern.items():
            by_reason[reasons[pattern]] += len(matched)
        for reason, number in by_reason.most_common():
            print(f"# disabled: {number:4} {reason}")
    print(f"1..{tap.number}")
    print(f"BoGo: {count['PASSED']} passed, {count['FAILED']} failed, "
          f"{count['UNIMPLEMENTED']} unimplemented, {len(disabled)} disabled")
    return tap.failed > 0


if __name__ == "__main__":
    sys.exit(main())
