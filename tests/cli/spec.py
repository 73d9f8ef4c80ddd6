#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-only
"""
spec.py HEADER YAML FOLDER [SCHEMA]: the specification says of every number what the
header says, and leaves none out; against Linux's schema as well. TAP.
"""
import re
import subprocess
import sys

import yaml

STRUCT = "struct tls_offload_"


def upper(*parts):
    """The name that C has for it."""
    return "".join(parts).replace("-", "_").upper()


def entry_name(entry):
    return entry["name"] if isinstance(entry, dict) else entry


def numbers(spec):
    """(name in C, number) of all that the specification names."""
    yield upper(spec["c-version-name"]), spec["version"]
    for d in spec["definitions"]:
        if d["type"] == "const":
            yield upper(spec["name"], "-", d["name"]), d["value"]
        first = d.get("value-start", 0)
        for i, entry in enumerate(d.get("entries", []), first):
            number = 1 << i if d["type"] == "flags" else i
            yield upper(d["name-prefix"], entry_name(entry)), number
    for s in spec["attribute-sets"]:
        for i, attr in enumerate(s["attributes"]):
            yield upper(s["name-prefix"], attr["name"]), i + 1
    ops = spec["operations"]
    for i, op in enumerate(ops["list"]):
        yield upper(ops["name-prefix"], op["name"]), i + 1


def struct_asserts(spec):
    """C that fails to compile if a struct is another one."""
    sizes = {"u32": 4}
    for d in spec["definitions"]:
        if d["type"] != "struct":
            continue
        at = 0
        for m in d["members"]:
            name = STRUCT + d["name"]
            yield f"_Static_assert(offsetof({name}, {m['name']}) == {at}, \"\");"
            at += m.get("len") or sizes[m["type"]]
        yield f"_Static_assert(sizeof({name}) == {at}, \"\");"


def compiles(header, spec, folder):
    """What the compiler has against it."""
    path = f"{folder}/spec.c"
    with open(path, "w", encoding="utf-8") as f:
        print("#include <stddef.h>", f'#include "{header}"', sep="\n", file=f)
        for name, number in numbers(spec):
            print(f'_Static_assert({name} == {number}, "{name}");', file=f)
        print(*struct_asserts(spec), sep="\n", file=f)
        print(f'_Static_assert(sizeof({upper(spec["c-family-name"])}) == '
              f'sizeof("{spec["name"]}"), "");', file=f)
    return subprocess.run(["cc", "-fsyntax-only", path], capture_output=True,
                          text=True).stderr


def left_out(header, spec):
    """What the header has and the specification has not. Options of sockets, which
    come last, are no netlink."""
    with open(header, encoding="utf-8") as f:
        text = re.sub(r"/\*.*?\*/", "", f.read(), flags=re.S)
    text = text.partition("#define SOL_TLS_OFFLOAD ")[0]
    names = {name for name, _ in numbers(spec)}
    for body in re.findall(r"enum tls_offload_\w+ \{(.*?)\}", text, re.S):
        for name in re.findall(r"\b[A-Z_0-9]{4,}\b", body):
            if not name.startswith("__") and not name.endswith("_UNSPEC") and \
               name not in names:
                yield name
    for name in re.findall(r"struct tls_offload_(\w+) \{", text):
        if name not in [d["name"] for d in spec["definitions"]]:
            yield STRUCT + name


def dangling(spec):
    """Names in it that stand for nothing."""
    sets = {s["name"] for s in spec["attribute-sets"]}
    enums = {d["name"] for d in spec["definitions"] if "entries" in d}
    attrs = {a["name"] for s in spec["attribute-sets"] for a in s["attributes"]}
    for s in spec["attribute-sets"]:
        for a in s["attributes"]:
            if a.get("nested-attributes", s["name"]) not in sets:
                yield a["nested-attributes"]
            if "enum" in a and a["enum"] not in enums:
                yield a["enum"]
    for op in spec["operations"]["list"]:
        for how in ("do", "dump"):
            for side in op.get(how, {}).values():
                yield from set(side["attributes"]) - attrs


def against_schema(spec, schema):
    import jsonschema

    with open(schema, encoding="utf-8") as f:
        try:
            jsonschema.validate(spec, yaml.safe_load(f))
        except jsonschema.ValidationError as e:
            return str(e)
    return ""


def main():
    header, path, folder = sys.argv[1:4]
    with open(path, encoding="utf-8") as f:
        spec = yaml.safe_load(f)
    results = [
        ("numbers and structs are the header's", compiles(header, spec, folder)),
        ("none is left out", " ".join(left_out(header, spec))),
        ("names in it stand for something", " ".join(dangling(spec))),
    ]
    for schema in sys.argv[4:]:
        results.append(("Linux's schema", against_schema(spec, schema)))
    for name, why in results:
        print(f"{'not ok' if why else 'ok'} - specification: {name}")
        if why:
            print("# " + why.replace("\n", "\n# "))
    return any(why for _, why in results)


sys.exit(main())
