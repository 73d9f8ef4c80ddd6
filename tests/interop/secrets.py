#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-only
"""
Secrets are wiped: native peers talk to each other, close and wipe, and stand
still; then all writable memory of both is searched for every secret of the
session (those of the key log, and keys, IVs and Finished keys made of them) and
for the private key's numbers. TAP on stdout.

usage: secrets.py PEER     (built without sanitizers: they keep freed memory)
"""
import hashlib
import hmac
import os
import re
import subprocess
import sys
import tempfile

CASES = [
    ("1.3", "ec", ["--suites", "TLS_AES_128_GCM_SHA256"]),
    ("1.3", "rsa", ["--suites", "TLS_AES_256_GCM_SHA384", "--groups", "P-384"]),
    ("1.3", "ec", ["--suites", "TLS_CHACHA20_POLY1305_SHA256", "--groups", "P-256"]),
    ("1.3", "ec", ["--key-update", "often"]),
    ("1.2", "ec", []),
    ("1.2", "rsa", []),
    ("1.2", "rsa", ["--suites", "0x9c", "--rsa-kx"]),
]


def run(*argv):
    subprocess.run(argv, check=True, stdout=subprocess.DEVNULL,
                   stderr=subprocess.DEVNULL)


def make_keys(folder):
    for name, args in (("rsa", ["rsa:2048"]),
                       ("ec", ["ec", "-pkeyopt", "ec_paramgen_curve:P-256"])):
        run("openssl", "req", "-x509", "-nodes", "-newkey", *args, "-days", "30",
            "-keyout", f"{folder}/{name}.key", "-out", f"{folder}/{name}.pem",
            "-subj", "/CN=localhost", "-addext",
            "subjectAltName=DNS:localhost")


def private_numbers(path):
    """The secret numbers of a key, in both byte orders: limbs are little-endian."""
    text = subprocess.run(["openssl", "pkey", "-in", path, "-noout", "-text"],
                          check=True, capture_output=True, text=True).stdout
    out = {}
    for field in ("priv", "privateExponent", "prime1", "prime2", "exponent1",
                  "exponent2", "coefficient"):
        found = re.search(rf"^{field}:\n((?:    [0-9a-f:]+\n)+)", text, re.M)
        if found:
            number = bytes.fromhex(re.sub(r"[^0-9a-f]", "", found.group(1)))
            number = number.lstrip(b"\0")
            out[field] = number
            out[field + ", little-endian"] = number[::-1]
    assert out
    return out


def expand_label(name, secret, label, length):
    info = (length.to_bytes(2, "big") + bytes([6 + len(label)]) + b"tls13 " +
            label + b"\0")
    return hmac.new(secret, info + b"\1", name).digest()[:length]


def secrets(keylog, suite):
    name = "sha384" if "SHA384" in suite else "sha256"
    key_len = 16 if "AES_128" in suite else 32
    out = {}
    with open(keylog, encoding="ascii") as log:
        for line in log:
            if line.startswith("#"):
                continue
            label, _, value = line.split()
            value = bytes.fromhex(value)
            out[label] = value
            if not label.endswith(("TRAFFIC_SECRET", "TRAFFIC_SECRET_0")):
                continue
            for sub, length in ((b"key", key_len), (b"finished", len(value)),
                                (b"traffic upd", len(value))):
                made = expand_label(name, value, sub, length)
                out[f"{label} {sub.decode()}"] = made
                if sub == b"traffic upd":
                    out[f"{label} next key"] = expand_label(name, made, b"key",
                                                            key_len)
    assert out
    return out


def memory(pid):
    """Every writable mapping of the process: address, bytes."""
    with open(f"/proc/{pid}/maps", encoding="ascii") as maps, \
            open(f"/proc/{pid}/mem", "rb", 0) as mem:
        for line in maps:
            span, mode = line.split()[:2]
            if "w" not in mode or "r" not in mode:
                continue
            start, end = (int(x, 16) for x in span.split("-"))
            mem.seek(start)
            try:
                yield line.strip(), mem.read(end - start)
            except OSError:
                pass


def search(pid, wanted):
    found = []
    for where, content in memory(pid):
        for name, value in wanted.items():
            # A half is as good as the whole.
            for part in (value[:16], value[-16:]):
                at = content.find(part)
                if at >= 0:
                    found.append(f"{name} at +{at:#x} of {where}")
                    break
    return found


def start(*argv):
    return subprocess.Popen(argv, stdin=subprocess.PIPE, text=True,
                            stdout=subprocess.PIPE)


def case(peer, folder, version, key, options):
    """Returns a list of what is wrong."""
    log = f"{folder}/keylog"
    if os.path.exists(log):
        os.unlink(log)
    common = ["--version", version, "--pause", *options]
    server = start(peer, "server", "--cert", f"{folder}/{key}.pem", "--key",
                   f"{folder}/{key}.key", "--echo", "--keylog", log, *common)
    client = None
    try:
        port = server.stdout.readline().split()[1]
        client = start(peer, "client", "--port", port, "--anchors",
                       f"{folder}/{key}.pem", "--name", "localhost", "--echo",
                       "--data", "20000", *common)
        said = client.stdout.readline()
        if "result=ok" not in said or client.stdout.readline() != "done\n":
            return [f"client: {said}"]
        said = server.stdout.readline()
        if "result=ok" not in said or server.stdout.readline() != "done\n":
            return [f"server: {said}"]
        suite = re.search(r"suite=(\S+)", said).group(1)
        wanted = secrets(log, suite)
        wanted.update(private_numbers(f"{folder}/{key}.key"))
        return [f"{who}: {text}" for who, process in
                (("server", server), ("client", client))
                for text in search(process.pid, wanted)]
    finally:
        for process in (server, client):
            if process:
                process.stdin.close()
                process.terminate()
                process.wait()
                process.stdout.close()


def finds_what_is_there():
    """The search itself: a secret of ours in our own memory is found."""
    value = os.urandom(32)
    return bool(search(os.getpid(), {"own": value}))


def main():
    peer = os.path.abspath(sys.argv[1])
    bad = 0
    print(f"1..{len(CASES) + 1}")
    ok = finds_what_is_there()
    bad += not ok
    print(f"{'ok' if ok else 'not ok'} 1 - the search finds a secret that is there")
    with tempfile.TemporaryDirectory() as folder:
        make_keys(folder)
        for n, (version, key, options) in enumerate(CASES, 2):
            wrong = case(peer, folder, version, key, options)
            bad += bool(wrong)
            print(f"{'not ok' if wrong else 'ok'} {n} - nothing is left of "
                  f"TLS {version}, {key} {' '.join(options)}".rstrip())
            for text in wrong:
                print(f"# {text}")
    sys.exit(1 if bad else 0)


if __name__ == "__main__":
    main()
