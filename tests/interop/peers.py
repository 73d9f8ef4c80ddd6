# SPDX-License-Identifier: GPL-2.0-only
"""The TLS implementations that ours is tried against, as programs.

Responsible for: how each is started as a server and as a client for a case, and
what it can do. All of them speak HTTP/1.0: a client sends REQUEST, a server
answers something that contains what its class says, and closes.

Leaves to: matrix.py which cases there are and what their outcome should be.
"""

import collections
import os
import re
import subprocess
import tempfile
import threading
import time

HERE = os.path.dirname(os.path.abspath(__file__))
REQUEST = b"GET / HTTP/1.0\r\n\r\n"
PAGE = b"hello from tlso"
PATIENCE = 15

# A combination that is tried. suite is a key of SUITES, cert a key's file name,
# update says who asks for new keys. auth is "require", or "empty" where a server
# asks for a certificate and the client has none.
Case = collections.namedtuple(
    "Case", "name version suite group cert resume auth update alpn",
    defaults=(None, None, "ecdsa", False, None, None, False))

SUITES = {"AES-128-GCM": 0, "AES-256-GCM": 1, "ChaCha20-Poly1305": 2}
GROUPS = ("X25519", "P-256", "P-384")
SUITES_13 = ("TLS_AES_128_GCM_SHA256", "TLS_AES_256_GCM_SHA384",
             "TLS_CHACHA20_POLY1305_SHA256")
SUITES_12 = ("TLS_ECDHE_{}_WITH_AES_128_GCM_SHA256",
             "TLS_ECDHE_{}_WITH_AES_256_GCM_SHA384",
             "TLS_ECDHE_{}_WITH_CHACHA20_POLY1305_SHA256")


def suite_name(case):
    """The name of the IANA, or None where the case names none."""
    if case.suite is None:
        return None
    if case.version == "1.3":
        return SUITES_13[SUITES[case.suite]]
    kind = "RSA" if case.cert == "rsa" else "ECDSA"
    return SUITES_12[SUITES[case.suite]].format(kind)


class Program:
    """A child and everything it printed."""

    def __init__(self, args, **kwargs):
        self.args = [str(a) for a in args]
        self.output = b""
        self.grown = threading.Condition()
        self.child = subprocess.Popen(
            self.args, stdin=subprocess.PIPE, stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT, **kwargs)
        self.reader = threading.Thread(target=self._read, daemon=True)
        self.reader.start()

    def _read(self):
        while True:
            data = os.read(self.child.stdout.fileno(), 65536)
            with self.grown:
                self.output += data
                self.grown.notify_all()
            if not data:
                return

    def say(self, data):
        try:
            self.child.stdin.write(data)
            self.child.stdin.flush()
        except BrokenPipeError:
            pass

    def hang_up(self):
        try:
            self.child.stdin.close()
        except BrokenPipeError:
            pass

    def wait_for(self, what, seconds=PATIENCE):
        """Until the regular expression WHAT was printed, or the child ended."""
        end = time.monotonic() + seconds
        with self.grown:
            while True:
                found = re.search(what, self.output)
                left = end - time.monotonic()
                if found or left <= 0 or not self.reader.is_alive():
                    return found
                self.grown.wait(min(left, 0.2))

    def wait(self, seconds=PATIENCE):
        """The exit status, or None if it had to be killed."""
        try:
            status = self.child.wait(seconds)
        except subprocess.TimeoutExpired:
            self.stop()
            return None
        self.reader.join(2)
        return status

    def stop(self):
        if self.child.poll() is None:
            self.child.terminate()
            try:
                self.child.wait(2)
            except subprocess.TimeoutExpired:
                self.child.kill()
                self.child.wait()
        self.hang_up()
        self.reader.join(2)


def listening(port):
    """Asked of the kernel: a connection would be one of those it counts."""
    wanted = f":{port:04X}"
    for table in ("/proc/net/tcp", "/proc/net/tcp6"):
        try:
            with open(table, encoding="ascii") as lines:
                for line in lines:
                    words = line.split()
                    if words[1].endswith(wanted) and words[3] == "0A":
                        return True
        except FileNotFoundError:
            pass
    return False


def wait_listening(program, port):
    for _ in range(PATIENCE * 50):
        if listening(port):
            return True
        if program.child.poll() is not None:
            return False
        time.sleep(0.02)
    return False


def first_line(args, pattern):
    """What a program says of its version."""
    text = subprocess.run(args, stdout=subprocess.PIPE, check=False,
                          stderr=subprocess.STDOUT).stdout.decode()
    found = re.search(pattern, text)
    return found.group(1) if found else "?"


class Peer:
    """What is common to all. Paths are those of pki.sh."""

    name = ""
    versions = ("1.3", "1.2")
    groups = GROUPS
    suites = tuple(SUITES)
    # What of "resume", "auth", "alpn" a client or a server can be told to do.
    client_can = frozenset({"resume", "auth", "alpn"})
    server_can = frozenset({"resume", "auth", "alpn"})
    answer = b"HTTP/1.0 200"
    # Whether its client goes through the first of two connections in silence.
    mute = False

    def __init__(self, pki, here="127.0.0.1", there="127.0.0.1"):
        """Servers are here, what clients connect to is there."""
        self.pki = pki
        self.here = here
        self.there = there

    def file(self, name):
        return os.path.join(self.pki, name)

    def can(self, role, case):
        """Whether this case can be had of it."""
        able = self.client_can if role == "client" else self.server_can
        wants = {word for word, wanted in (
            ("resume", case.resume), ("auth", case.auth), ("alpn", case.alpn),
            ("update", case.update == "peer"),
            ("group", case.group), ("suite", case.suite)) if wanted}
        always = set()
        if case.suite in self.suites:
            always.add("suite")
        if case.group in self.groups:
            always.add("group")
        return case.version in self.versions and wants <= able | always

    def server(self, case, port):
        """The running Program."""
        raise NotImplementedError

    def client(self, case, port):
        """Runs it to its end. Its Program and whether all went well."""
        raise NotImplementedError


class OpenSSL(Peer):
    name = "OpenSSL"
    client_can = Peer.client_can | {"update"}
    GROUP = {"X25519": "X25519", "P-256": "P-256", "P-384": "P-384"}

    def version(self):
        return first_line(["openssl", "version"], r"OpenSSL (\S+)")

    def common(self, case):
        args = ["-tls1_3" if case.version == "1.3" else "-tls1_2"]
        if case.suite:
            args += ["-ciphersuites" if case.version == "1.3" else "-cipher",
                     self.cipher(case)]
        if case.group:
            args += ["-groups", self.GROUP[case.group]]
        return args

    @staticmethod
    def cipher(case):
        name = suite_name(case)
        if case.version == "1.3":
            return name
        name = name.replace("TLS_", "").replace("_WITH", "")
        name = re.sub(r"AES_(\d+)", r"AES\1", name).replace("_", "-")
        return re.sub("(POLY1305)-SHA256", r"\1", name)

    def server(self, case, port):
        args = ["openssl", "s_server", "-accept", port, "-www",
                "-cert", self.file(case.cert + ".pem"),
                "-key", self.file(case.cert + ".key")] + self.common(case)
        if case.auth:
            args += ["-Verify" if case.auth == "require" else "-verify", "2",
                     "-verify_return_error", "-CAfile", self.file("ca.pem")]
        if case.alpn:
            args += ["-alpn", "http/1.0"]
        return Program(args)

    def client(self, case, port):
        args = ["openssl", "s_client", "-connect", f"{self.there}:{port}",
                "-CAfile", self.file("ca.pem"), "-servername", "server.test",
                "-verify_hostname", "server.test", "-verify_return_error",
                ] + self.common(case)
        if case.auth == "require":
            args += ["-cert", self.file("client.pem"),
                     "-key", self.file("client.key")]
        if case.alpn:
            args += ["-alpn", "http/1.0"]
        if not case.resume:
            return self.talk(args, case)
        with tempfile.TemporaryDirectory() as where:
            session = os.path.join(where, "session")
            program, good = self.talk(args + ["-sess_out", session], case)
            if not good:
                return program, False
            program, good = self.talk(args + ["-sess_in", session], case)
            return program, good and b"Reused, TLS" in program.output

    @staticmethod
    def talk(args, case):
        program = Program(args)
        if not program.wait_for(rb"Verify return code: 0[^\n]*\n(.*\n)*---\n"):
            program.stop()
            return program, False
        if case.update == "peer":
            program.say(b"K\n")
            if not program.wait_for(rb"KEYUPDATE"):
                program.stop()
                return program, False
        program.say(REQUEST)
        good = program.wait_for(PAGE)
        status = program.wait()
        return program, bool(good) and status == 0


class GnuTLS(Peer):
    name = "GnuTLS"
    mute = True
    GROUP = {"X25519": "X25519", "P-256": "SECP256R1", "P-384": "SECP384R1"}
    CIPHER = {"AES-128-GCM": "AES-128-GCM", "AES-256-GCM": "AES-256-GCM",
              "ChaCha20-Poly1305": "CHACHA20-POLY1305"}

    def version(self):
        return first_line(["gnutls-cli", "--version"], r"gnutls-cli (\S+)")

    def priority(self, case):
        words = ["NORMAL", "-VERS-ALL", "+VERS-TLS" + case.version]
        if case.suite:
            words += ["-CIPHER-ALL", "+" + self.CIPHER[case.suite]]
        if case.group:
            words += ["-GROUP-ALL", "+GROUP-" + self.GROUP[case.group]]
        return ":".join(words)

    def server(self, case, port):
        args = ["gnutls-serv", "--http", "-p", port, "--priority",
                self.priority(case), "--x509certfile",
                self.file(case.cert + ".pem"), "--x509keyfile",
                self.file(case.cert + ".key")]
        if case.auth:
            args += ["--x509cafile", self.file("ca.pem"),
                     "--verify-client-cert"]
        if case.auth == "require":
            args += ["--require-client-cert"]
        if not case.auth:
            args += ["--disable-client-cert"]
        if case.alpn:
            args += ["--alpn", "http/1.0"]
        return Program(args)

    def client(self, case, port):
        args = ["gnutls-cli", "-p", port, "--priority", self.priority(case),
                "--x509cafile", self.file("ca.pem"),
                "--sni-hostname", "server.test",
                "--verify-hostname", "server.test"]
        if case.auth == "require":
            args += ["--x509certfile", self.file("client.pem"),
                     "--x509keyfile", self.file("client.key")]
        if case.alpn:
            args += ["--alpn", "http/1.0"]
        if case.resume:
            args += ["--resume", "--waitresumption"]
        program = Program(args + [self.there])
        if case.resume:
            # It closes the first by itself, having said nothing.
            good = program.wait_for(rb"This is a resumed session")
        else:
            good = program.wait_for(rb"Simple Client Mode")
        if good:
            program.say(REQUEST)
            good = program.wait_for(REQUEST.split()[0] if case.resume else PAGE)
        program.hang_up()
        status = program.wait()
        return program, bool(good) and status == 0


class NSS(Peer):
    name = "NSS"
    server_can = frozenset({"resume", "auth"})
    client_can = frozenset({"resume", "auth"})
    answer = b"HTTP/1.0 200 OK"
    GROUP = {"X25519": "x25519", "P-256": "P256", "P-384": "P384"}
    NUMBER = {"TLS_AES_128_GCM_SHA256": "1301",
              "TLS_AES_256_GCM_SHA384": "1302",
              "TLS_CHACHA20_POLY1305_SHA256": "1303",
              "TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256": "C02B",
              "TLS_ECDHE_ECDSA_WITH_AES_256_GCM_SHA384": "C02C",
              "TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256": "C02F",
              "TLS_ECDHE_RSA_WITH_AES_256_GCM_SHA384": "C030",
              "TLS_ECDHE_RSA_WITH_CHACHA20_POLY1305_SHA256": "CCA8",
              "TLS_ECDHE_ECDSA_WITH_CHACHA20_POLY1305_SHA256": "CCA9"}

    def version(self):
        return first_line(["dpkg-query", "-W", "-f", "${Version}",
                           "libnss3-tools"], r"(?:\d+:)?([0-9.]+)")

    def common(self, case):
        args = ["-V", f"tls{case.version}:tls{case.version}", "-G", "-u"]
        if case.suite:
            args += ["-c", ":" + self.NUMBER[suite_name(case)]]
        if case.group:
            args += ["-I", self.GROUP[case.group]]
        return args

    def server(self, case, port):
        args = ["selfserv", "-d", "sql:" + self.file("nss"), "-p", port,
                "-v"] + self.common(case)
        args += ["-n" if case.cert == "rsa" else "-e", case.cert]
        if case.auth:
            args += ["-r"] * (1 + (case.auth == "require"))
        return Program(args)

    def client(self, case, port):
        # It sends a certificate that it finds, asked to or not.
        base = "nss" if case.auth == "require" else "nss-ca"
        args = ["tstclnt", "-d", "sql:" + self.file(base), "-h", self.there,
                "-p", port, "-a", "server.test", "-v",
                "-A", self.file("request")] + self.common(case)
        if case.auth == "require":
            args += ["-n", "client"]
        if case.resume:
            args += ["-L", "2"]
        program = Program(args)
        status = program.wait()
        pages = len(re.findall(PAGE, program.output))
        return program, status == 0 and pages == 1 + case.resume


class MbedTLS(Peer):
    """Of its 2.28 only TLS 1.2; the programs are built by run."""

    name = "mbedTLS"
    versions = ("1.2",)
    GROUP = {"X25519": "x25519", "P-256": "secp256r1", "P-384": "secp384r1"}

    def __init__(self, pki, programs, *where):
        super().__init__(pki, *where)
        self.programs = programs

    def version(self):
        return first_line([self.program("ssl_client2"), "build_version=1"],
                          r"mbed TLS (\S+)")

    def program(self, name):
        return os.path.join(self.programs, name)

    def common(self, case):
        args = ["force_version=tls12"]
        if case.suite:
            name = suite_name(case).replace("_", "-")
            args += ["force_ciphersuite=" + name]
        if case.group:
            # Of ECDSA it must know the certificate's curves as well.
            also = {"P-256", case.group, "P-384"} - {"X25519"}
            names = [case.group] + sorted(also - {case.group})
            args += ["curves=" + ",".join(self.GROUP[g] for g in names)]
        if case.alpn:
            args += ["alpn=http/1.0"]
        return args

    def server(self, case, port):
        args = [self.program("ssl_server2"), f"server_port={port}",
                f"server_addr={self.here}",
                f"crt_file={self.file(case.cert + '.pem')}",
                f"key_file={self.file(case.cert + '.key')}",
                f"ca_file={self.file('ca.pem')}"] + self.common(case)
        auth = {"empty": "optional", "require": "required", None: "none"}
        return Program(args + ["auth_mode=" + auth[case.auth]])

    def client(self, case, port):
        args = [self.program("ssl_client2"), f"server_addr={self.there}",
                f"server_port={port}", "server_name=server.test",
                "auth_mode=required", f"ca_file={self.file('ca.pem')}",
                "request_page=/"] + self.common(case)
        if case.auth == "require":
            args += [f"crt_file={self.file('client.pem')}",
                     f"key_file={self.file('client.key')}"]
        else:
            args += ["crt_file=none", "key_file=none"]
        if case.resume:
            args += ["reconnect=1"]
        program = Program(args)
        status = program.wait()
        # One record is enough for it, and ours has the headers in the first.
        pages = len(re.findall(rb"< Read from server: [^<]*HTTP/1.0 200",
                               program.output))
        return program, status == 0 and pages == 1 + case.resume


class Scripted(Peer):
    """A language's own library, in a script of ours beside this file."""

    # Case in words, as both scripts read them.
    def words(self, role, case, port):
        yield from (role, self.here if role == "server" else self.there,
                    str(port), case.version)
        yield from (self.file("ca.pem"), self.file(case.cert + ".pem"),
                    self.file(case.cert + ".key"), self.file("client.pem"),
                    self.file("client.key"))
        yield OpenSSL.cipher(case) if case.suite else "-"
        yield case.group or "-"
        yield case.auth or "-"
        yield "resume" if case.resume else "-"
        yield "http/1.0" if case.alpn else "-"

    def server(self, case, port):
        return Program(self.command + list(self.words("server", case, port)))

    def client(self, case, port):
        program = Program(self.command +
                          list(self.words("client", case, port)))
        status = program.wait()
        pages = len(re.findall(PAGE, program.output))
        return program, status == 0 and pages == 1 + case.resume


class Node(Scripted):
    name = "Node.js"
    command = ["node", os.path.join(HERE, "page.js")]

    def version(self):
        return first_line(["node", "--version"], r"v(\S+)")


class Python(Scripted):
    """Its module lets nobody choose among the suites of TLS 1.3."""

    name = "Python"
    groups = ("P-256", "P-384")
    command = ["python3", os.path.join(HERE, "page.py")]

    def version(self):
        return first_line(["python3", "--version"], r"Python (\S+)")

    def can(self, role, case):
        if case.version == "1.3" and case.suite:
            return False
        return super().can(role, case)


def everybody(pki, mbedtls, *where):
    return [OpenSSL(pki, *where), GnuTLS(pki, *where), NSS(pki, *where),
            MbedTLS(pki, mbedtls, *where), Node(pki, *where),
            Python(pki, *where)]


class Ours:
    """tests/interop/peer.c. What it did it says in words of name=value."""

    def __init__(self, pki, program):
        self.pki = pki
        self.program = program

    def file(self, name):
        return os.path.join(self.pki, name)

    def common(self, case):
        args = ["--version", case.version, "--anchors", self.file("ca.pem")]
        if case.suite:
            args += ["--suites", suite_name(case)]
        if case.alpn:
            args += ["--alpn", "http/1.0"]
        if case.update:
            args += ["--key-update",
                     "request" if case.update == "ours" else "none"]
        return args

    def server(self, case, port, echo=False):
        args = [self.program, "server", "--port", port,
                "--cert", self.file(case.cert + ".pem"),
                "--key", self.file(case.cert + ".key"),
                "--count", 1 + case.resume] + self.common(case)
        if echo:
            args += ["--echo"]
        if case.group:
            args += ["--groups", case.group]
        if case.auth:
            args += ["--client-auth",
                     "require" if case.auth == "require" else "request"]
        return Program(args)

    def client(self, case, port):
        """Offers all groups: where the server has one of them only, it asks
        for that with a HelloRetryRequest."""
        args = [self.program, "client", "--port", port, "--print",
                "--name", "server.test"] + self.common(case)
        if case.auth == "require":
            args += ["--cert", self.file("client.pem"),
                     "--key", self.file("client.key")]
        if case.resume:
            args += ["--resume", 1]
        program = Program(args)
        return program, program.wait() == 0

    @staticmethod
    def reports(program):
        """One dictionary per connection."""
        lines = re.findall(rb"^(version=.*)$", program.output, re.M)
        return [dict(word.split("=", 1) for word in line.decode().split(" ")
                     if "=" in word) for line in lines]
