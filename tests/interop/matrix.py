#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-only
"""Our native client and server against those of others, as TAP and as a table.

Responsible for: which cases there are, and what has to be true after each: the
data came through, both sides ended well, and ours says that the connection was
of the version, suite and group that were asked for, resumed, authenticated.

Leaves to: peers.py how programs are started; run certificates and a namespace;
tests/vm/interop.py, which takes cases and table from here, the kernel's end.
"""

import argparse
import collections
import concurrent.futures
import itertools
import re
import sys
import threading

import peers
from peers import Case, GROUPS, SUITES

ROLES = ("client", "server")
PORT = itertools.count(20000)
PORT_LOCK = threading.Lock()


def cases():
    for version in ("1.3", "1.2"):
        for cert in ("ecdsa", "rsa"):
            for suite in SUITES:
                yield Case(f"{suite}, {cert.upper()} certificate", version,
                           suite=suite, cert=cert)
        yield Case("P-384 certificate", version, cert="p384")
        for group in GROUPS:
            # Before 1.3 a client's groups limit certificates as well.
            yield Case(f"group {group}", version, group=group,
                       cert="ecdsa" if version == "1.3" else "rsa")
        yield Case("resumption", version, resume=True)
        yield Case("client certificate", version, auth="require")
        yield Case("client without a certificate", version, auth="empty")
        yield Case("ALPN", version, alpn=True)
        if version == "1.3":
            yield Case("KeyUpdate from ours", version, update="ours")
            yield Case("KeyUpdate from the peer", version, update="peer")


def free_port():
    with PORT_LOCK:
        return next(PORT)


def complaints(case, role, reports):
    """What of ours is not as the case wants it."""
    if len(reports) != 1 + case.resume:
        yield f"{len(reports)} connections"
    for at, report in enumerate(reports):
        want = {"result": "ok", "version": case.version,
                "resumed": "yes" if case.resume and at else "no"}
        if case.suite:
            want["suite"] = peers.suite_name(case)
        if case.group:
            want["group"] = case.group
        if case.alpn:
            want["alpn"] = "http/1.0"
        if case.auth == "require":
            want["client-auth"] = "sent" if role == "client" else "verified"
        if case.auth == "empty":
            want["client-auth"] = "none"
        for word, value in want.items():
            if report.get(word) != value:
                yield f"{word} is {report.get(word)}, not {value}"
        if case.update:
            came, _, went = report.get("updates", "0/0").partition("/")
            # A client that has said all it wanted to answers with nothing.
            answered = int(came) or (case.update, role) == ("ours", "server")
            if not int(went) or not answered:
                yield f"updates are {came}/{went}"


def our_client(ours, peer, case):
    port = free_port()
    server = peer.server(case, port)
    try:
        if not peers.wait_listening(server, port):
            return ["the peer does not listen"], [server]
        client, good = ours.client(case, port)
    finally:
        server.stop()
    wrong = list(complaints(case, "client", ours.reports(client)))
    if not good:
        wrong.append("our client failed")
    if not re.search(peer.answer, client.output):
        wrong.append("no page came")
    return wrong, [client, server]


def our_server(ours, peer, case):
    port = free_port()
    server = ours.server(case, port, echo=peer.mute and case.resume)
    try:
        if not peers.wait_listening(server, port):
            return ["our server does not listen"], [server]
        client, good = peer.client(case, port)
        status = server.wait()
    finally:
        server.stop()
    wrong = list(complaints(case, "server", ours.reports(server)))
    if not good:
        wrong.append("the peer's client failed")
    if status != 0:
        wrong.append(f"our server's status is {status}")
    return wrong, [server, client]


def attempt(ours, peer, role, case):
    """role is ours."""
    run = our_client if role == "client" else our_server
    return run(ours, peer, case)


def other(role):
    return ROLES[role == "client"]


def report(number, what, wrong, programs):
    print(f"{'not ok' if wrong else 'ok'} {number} interop: {what}")
    if not wrong:
        return
    for line in wrong:
        print(f"#   {line}")
    for program in programs:
        print(f"#   $ {' '.join(program.args)}")
        text = program.output.decode(errors="replace")
        for line in text.strip().splitlines()[-12:]:
            print(f"#     {line}"[:200])


DOC_HEAD = """<!-- SPDX-License-Identifier: GPL-2.0-only -->
# Interoperability

Written by `tests/interop/run --doc` and by `tests/vm/cases/17-interop.sh` with
INTEROP_DOC set, a part each; do not edit. "Client" and "server" say what ours
was. A dash is what the other program cannot be told to do, or ours.
"""
NATIVE = "The core in a native program"


def table(title, peer_list, outcome):
    """A part of docs/interop.md, of outcome[peer name, role, case]."""
    yield f"## {title}"
    yield ""
    yield "| peer | version | combinations | worked |"
    yield "|---|---|---|---|"
    for peer in peer_list:
        mine = [v for k, v in outcome.items() if k[0] == peer.name]
        yield f"| {peer.name} | {peer.version()} | {len(mine)} | {sum(mine)} |"
    for version in ("1.3", "1.2"):
        with_it = [p for p in peer_list if version in p.versions]
        yield ""
        yield f"### TLS {version}"
        yield ""
        yield "| | " + " | ".join(f"{p.name} client | server"
                                  for p in with_it) + " |"
        yield "|---" * (1 + 2 * len(with_it)) + "|"
        for case in cases():
            if case.version == version:
                cells = [cell(outcome.get((p.name, role, case)))
                         for p in with_it for role in ROLES]
                yield f"| {case.name} | " + " | ".join(cells) + " |"


def put_part(path, part):
    """In place of the part with its title, or behind the others."""
    try:
        with open(path, encoding="utf-8") as old:
            text = old.read()
    except FileNotFoundError:
        text = ""
    _, *parts = re.split(r"^(?=## )", text, flags=re.M)
    parts = {old.split("\n")[0]: old.strip() for old in parts}
    part = list(part)
    parts[part[0]] = "\n".join(part)
    with open(path, "w", encoding="utf-8") as out:
        out.write(DOC_HEAD)
        out.writelines("\n" + old + "\n" for old in parts.values())


def cell(worked):
    return {None: "–", True: "yes", False: "**no**"}[worked]


def parse_args():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--pki", required=True)
    parser.add_argument("--peer", required=True, help="our program")
    parser.add_argument("--mbedtls", required=True, help="its programs' folder")
    parser.add_argument("--doc", action="append", required=True,
                        help="docs/interop.md, of which a part is rewritten")
    parser.add_argument("--only", default="", help="a regular expression")
    parser.add_argument("--workers", type=int, default=3)
    return parser.parse_args()


def main():
    args = parse_args()
    ours = peers.Ours(args.pki, args.peer)
    peer_list = peers.everybody(args.pki, args.mbedtls)
    outcome = collections.OrderedDict()
    jobs = []
    with concurrent.futures.ThreadPoolExecutor(args.workers) as pool:
        for peer in peer_list:
            for case, role in itertools.product(list(cases()), ROLES):
                what = (f"TLS {case.version}, our {role}, {peer.name}: "
                        f"{case.name}")
                if peer.can(other(role), case) and re.search(args.only, what):
                    jobs.append((peer, role, case, what, pool.submit(
                        attempt, ours, peer, role, case)))
        for number, (peer, role, case, what, job) in enumerate(jobs, 1):
            wrong, programs = job.result()
            report(number, what, wrong, programs)
            outcome[peer.name, role, case] = not wrong
    print(f"1..{len(jobs)}")
    for doc in args.doc:
        put_part(doc, table(NATIVE, peer_list, outcome))
    worked = sum(outcome.values())
    print(f"interop: {worked} of {len(outcome)} combinations work")
    return worked != len(outcome) or not outcome


if __name__ == "__main__":
    sys.exit(main())
