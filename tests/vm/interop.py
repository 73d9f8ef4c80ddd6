#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-only
"""The kernel's software placement, client and server, against other
implementations: as TAP, and as a part of docs/interop.md.

Cases, peers and the table are those of tests/interop. Theirs is a program on the
host; ours is guest-end.py, a plain one, and the kernel under it. What the
connection was is asked of the kernel, and of a capture: whether it resumed, and
whether keys changed.

Responsible for: which of the cases the kernel can be told to do, and what has
to be true after each.
Leaves to: cases/17-interop.sh key rings in the guest and its programs there.
"""
import argparse
import collections
import concurrent.futures
import itertools
import json
import os
import re
import signal
import socket
import sys
import time

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(1, os.path.join(os.path.dirname(HERE), "interop"))

# pylint: disable=wrong-import-position
import hello  # noqa: E402
import matrix  # noqa: E402
import peers  # noqa: E402
import wire  # noqa: E402

TITLE = "The kernel, software placement"
GROUPS = {"x25519": "X25519", "secp256r1": "P-256", "secp384r1": "P-384"}
# As many rules as one sysctl takes, less those that are there already.
BATCH = 48
# Header, KeyUpdate, type, tag.
KEY_UPDATE = 5 + 5 + 1 + 16
PIECES = 8
SHORT = ("AES-128-GCM, ECDSA certificate", "ChaCha20-Poly1305, RSA certificate",
         "group P-256", "resumption", "client certificate",
         "KeyUpdate from ours", "KeyUpdate from the peer")

Job = collections.namedtuple("Job", "peer role case port what")
Outcome = collections.namedtuple("Outcome", "reports good programs wrong")


class Guest:
    """Ours. Its rings have names: trust and staff for clients, with a client
    certificate on the second, and those of the servers' certificates."""

    def __init__(self, address, port):
        self.address = address
        self.port = port

    def ask(self, **command):
        with socket.create_connection((self.address, self.port), 90) as conn:
            with conn.makefile("rw") as talk:
                talk.write(json.dumps(command) + "\n")
                talk.flush()
                said = json.loads(talk.readline())
        if isinstance(said, str):
            raise OSError("%s: %s" % (command, said))
        return said

    def sysctl(self, name, text):
        self.ask(do="put", path="/proc/sys/net/tls_offload/" + name, text=text)

    def renew_after(self, records):
        self.ask(do="put", text=str(records), path="/sys/module/tls_offload/"
                 "parameters/rekey_records")

    @staticmethod
    def client_rule(job):
        ring = "staff" if job.case.auth == "require" else "trust"
        return "%d:%s:server.test" % (job.port, ring)

    @staticmethod
    def server_rule(job):
        option = {None: "", "empty": ":request", "require": ":require"}
        return "%d:%s%s" % (job.port, job.case.cert, option[job.case.auth])

    @staticmethod
    def can(peer, role, case):
        """A rule names neither application protocols nor groups; of those it is
        the client that has a word, and mbedTLS's must offer P-256 as well."""
        chosen_by_us = (role == "server" and case.group == "P-384" and
                        isinstance(peer, peers.MbedTLS))
        return not case.alpn and not chosen_by_us


def pieces(case):
    return PIECES if case.update == "ours" else 1


def our_client(guest, job):
    server = job.peer.server(job.case, job.port)
    try:
        if not peers.wait_listening(server, job.port):
            return Outcome([], False, [server], ["the peer does not listen"])
        reports = guest.ask(do="get", host=job.peer.here, port=job.port,
                            times=1 + job.case.resume,
                            pieces=pieces(job.case))
    finally:
        server.stop()
    good = all(re.search(job.peer.answer, report["said"].encode())
               for report in reports)
    return Outcome(reports, good, [server], [] if good else ["no page came"])


def our_server(guest, job):
    echo = job.peer.mute and job.case.resume
    guest.ask(do="listen", port=job.port, echo=echo, pieces=pieces(job.case))
    client, good = job.peer.client(job.case, job.port)
    reports = guest.ask(do="heard", port=job.port, times=1 + job.case.resume)
    return Outcome(reports, good, [client],
                   [] if good else ["the peer's client failed"])


def attempt(guest, job):
    try:
        run = our_client if job.role == "client" else our_server
        return run(guest, job)
    except OSError as error:
        return Outcome([], False, [], [str(error)])


def key_updates(stream):
    return sum(kind == 23 and size == KEY_UPDATE
               for kind, size in wire.records_of(stream))


def seen(job, outcome, capture):
    """matrix.complaints() of what kernel and capture say."""
    sent = list(hello.pairs(capture, job.port))
    sessions = list(hello.sessions(capture, job.port))
    for report, (_, said), (client, server) in itertools.zip_longest(
            outcome.reports, sessions, sent,
            fillvalue=(None, None)):
        kernel = report["kernel"] if isinstance(report, dict) else {}
        came, went = key_updates(server or b""), key_updates(client or b"")
        if job.role == "server":
            came, went = went, came
        if job.case.update == "ours":
            # The kernel changes its own keys, and asks nobody to.
            came = max(came, went)
        yield {
            "result": "ok" if outcome.good and report and
                      not report["error"] else report and report["error"],
            "version": kernel.get("version", "")[3:],
            "suite": kernel.get("suite"),
            "group": GROUPS.get(kernel.get("group")),
            "role": kernel.get("role"),
            "backend": kernel.get("backend"),
            "resumed": "yes" if said and said[3] else "no",
            "updates": f"{came}/{went}",
            # With its demand unmet there is no page.
            "client-auth": {None: "", "empty": "none"}.get(
                job.case.auth, "sent" if job.role == "client" else "verified"),
        }


def complaints(job, outcome, capture):
    reports = list(seen(job, outcome, capture))
    yield from outcome.wrong
    yield from matrix.complaints(job.case, job.role, reports)
    for report in reports:
        for word, value in (("role", job.role), ("backend", "software")):
            if report[word] != value:
                yield f"{word} is {report[word]}, not {value}"


def run_batch(guest, args, jobs):
    """jobs -> their outcomes, under rules of their own"""
    rules = {"client": Guest.client_rule, "server": Guest.server_rule}
    for name, role, kept in (("connect_ports", "client", ""),
                             ("secure_ports", "server", args.keep)):
        guest.sysctl(name, " ".join([kept] + [
            rules[role](job) for job in jobs if job.role == role]).strip())
    guest.renew_after(2 if jobs[0].case.update == "ours" else 0)
    with concurrent.futures.ThreadPoolExecutor(args.workers) as pool:
        yield from zip(jobs, pool.map(lambda job: attempt(guest, job), jobs))


def batches(jobs):
    """Those that want new keys of ours are apart: that is said for all."""
    for wanted in (False, True):
        some = [job for job in jobs if (job.case.update == "ours") == wanted]
        for at in range(0, len(some), BATCH):
            yield some[at:at + BATCH]


def end_of(capture):
    """As cap-end has it: what waits for it when it is told to end is lost."""
    time.sleep(0.5)  # the last packets are on their way
    for _ in range(300):
        capture.child.send_signal(signal.SIGUSR1)
        time.sleep(0.1)
        said = re.findall(rb"(\d+) packets? captured, ", capture.output)[-3:]
        if len(said) == 3 and len(set(said)) == 1:
            break
    else:
        sys.exit("capture: %r" % capture.output)
    capture.stop()


def run(args, jobs):
    guest = Guest(args.guest, args.control)
    capture = peers.Program(["tcpdump", "-i", args.interface, "-s", "0",
                             "-B", "65536", "--immediate-mode", "-U", "-w",
                             args.capture, "tcp", "portrange", "20000-29999"])
    if not capture.wait_for(rb"listening on"):
        sys.exit("no capture: %r" % capture.output)
    outcomes = {}
    try:
        for batch in batches(jobs):
            outcomes.update(run_batch(guest, args, batch))
    finally:
        guest.renew_after(0)
        guest.sysctl("connect_ports", "")
        guest.sysctl("secure_ports", args.keep)
        end_of(capture)
    if b"\n0 packets dropped by kernel" not in capture.output:
        sys.exit("capture: %r" % capture.output)
    return outcomes


def chosen(args, peer_list):
    for peer in peer_list:
        for case, role in itertools.product(matrix.cases(), matrix.ROLES):
            what = (f"TLS {case.version}, kernel as {role}, {peer.name}: "
                    f"{case.name}")
            if peer.can(matrix.other(role), case) and Guest.can(peer, role, case) and \
               (not args.short or case.name in SHORT) and \
               re.search(args.only, what):
                yield Job(peer, role, case, matrix.free_port(), what)


def parse_args():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--pki", required=True)
    parser.add_argument("--mbedtls", required=True, help="its programs' folder")
    parser.add_argument("--host", required=True, help="the peers' address")
    parser.add_argument("--guest", required=True, help="the guest's")
    parser.add_argument("--control", type=int, required=True)
    parser.add_argument("--interface", required=True)
    parser.add_argument("--capture", required=True, help="written here")
    parser.add_argument("--keep", default="", help="rules of secure_ports")
    parser.add_argument("--doc", action="append", default=[],
                        help="docs/interop.md, of which a part is rewritten")
    parser.add_argument("--only", default="", help="a regular expression")
    parser.add_argument("--short", action="store_true")
    parser.add_argument("--workers", type=int, default=2)
    return parser.parse_args()


def main():
    args = parse_args()
    peer_list = peers.everybody(args.pki, args.mbedtls, args.host, args.guest)
    jobs = list(chosen(args, peer_list))
    outcomes = run(args, jobs)
    worked = {}
    for number, job in enumerate(jobs, 1):
        outcome = outcomes[job]
        try:
            wrong = list(complaints(job, outcome, args.capture))
        except SystemExit as error:
            wrong = outcome.wrong + [str(error)]
        matrix.report(number, job.what, wrong, outcome.programs)
        if wrong:
            print("#   guest:", json.dumps(outcome.reports)[:400])
        worked[job.peer.name, job.role, job.case] = not wrong
    print(f"1..{len(jobs)}")
    for doc in args.doc:
        matrix.put_part(doc, matrix.table(TITLE, peer_list, worked))
    return not jobs or sum(worked.values()) != len(jobs)


if __name__ == "__main__":
    sys.exit(main())
