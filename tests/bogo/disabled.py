# SPDX-License-Identifier: GPL-2.0-only
"""Which tests config.json disables, for plan.py and summary.py alike.

A pattern of DisabledTests takes all tests that it matches (by the rules of Go's
path.Match), but for those in RunAnyway: they pass in spite of the reason that the
others have.
"""

import fnmatch
import re


def matching(pattern, names):
    rule = re.compile(fnmatch.translate(pattern.replace("[^", "[!")))
    return {name for name in names if rule.match(name)}


def by_pattern(config, names):
    """Per pattern the names that it disables."""
    anyway = set()
    for pattern in config["RunAnyway"]:
        anyway |= matching(pattern, names)
    return {pattern: matching(pattern, names) - anyway
            for pattern in config["DisabledTests"]}


def idle_exceptions(config, names):
    """Patterns of RunAnyway without which nothing would be disabled."""
    disabled = set()
    for pattern in config["DisabledTests"]:
        disabled |= matching(pattern, names)
    return [pattern for pattern in config["RunAnyway"]
            if not matching(pattern, names) & disabled]
