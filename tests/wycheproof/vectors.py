#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-only
"""vectors.py NSS BORINGSSL OUT: writes the Wycheproof vectors of what TLS here
uses, one file a primitive, one test a line:

    OPERATION ID HEX... = WANT

"-" is an empty string, WANT is hex, "ok" or "refused". NSS and BORINGSSL are
source trees: NSS has most of them as C++ initializers, BoringSSL the others, and
points without an ASN.1 encoding around them, as JSON.

Responsible for: what TLS calls right. Where Wycheproof says "acceptable" it
depends on the caller: see each converter. What TLS can not even express (nonces
of other lengths, keys in odd encodings) is left out, and counted in the file's
first line.
"""
import hashlib
import hmac
import json
import os
import re
import sys

SUITES = {("gcm", 16): 1, ("gcm", 32): 2, ("chacha", 32): 3}
GROUPS = {"p256": 23, "p384": 24, "x25519": 29}
SCHEMES = {("pkcs1", "sha256"): 0x0401, ("pkcs1", "sha384"): 0x0501,
           ("pkcs1", "sha512"): 0x0601, ("pss", "sha256"): 0x0804,
           ("pss", "sha512"): 0x0806, ("ecdsa", "sha256"): 0x0403,
           ("ecdsa", "sha384"): 0x0503, ("ecdsa", "sha512"): 0x0603}
RSA, P256, P384 = 1, 2, 3


class File:
    """Lines for one primitive; kept in memory until it is known how many."""

    def __init__(self, name):
        self.name, self.lines, self.left_out = name, [], 0

    def add(self, op, ident, args, want):
        if isinstance(want, (bytes, bytearray)):
            want = want.hex() or "-"
        self.lines.append(" ".join([op, str(ident)] +
                                   [bytes(a).hex() or "-" for a in args] +
                                   ["=", want]))

    def write(self, out):
        if not self.lines:
            sys.exit(f"{self.name}: no vectors")
        with open(os.path.join(out, self.name), "w") as f:
            print(f"# {len(self.lines)} tests, {self.left_out} vectors left"
                  " out", file=f)
            print("\n".join(self.lines), file=f)


def c_arrays(path, known=()):
    """The initializers of a C++ header: name -> nested lists. @known: of other
    headers, for names that are used here."""
    text = re.sub(r"//[^\n]*|/\*.*?\*/", " ", open(path).read(), flags=re.S)
    named, end = dict(known), 0
    for m in re.finditer(r"(\w+)(?:\[\])?\s*=?\s*(?=\{)", text):
        if m.start() >= end:
            named[m.group(1)], end = c_value(text, m.end(), named)
    return named


TOKEN = re.compile(r'\s*(?:([{},])|((?:"[^"]*"\s*)+)|([\w:]+))')


def c_value(text, at, named):
    stack = [[]]
    while True:
        m = TOKEN.match(text, at)
        if not m:
            raise ValueError(f"{text[at:at + 40]!r}")
        at = m.end()
        mark, string, word = m.groups()
        if mark == "{":
            stack.append([])
        elif mark == "}":
            done = stack.pop()
            stack[-1].append(done)
            if len(stack) == 1:
                return done, at
        elif string is not None:
            stack[-1].append("".join(re.findall(r'"([^"]*)"', string)))
        elif word:
            if word in ("true", "false"):
                stack[-1].append(word == "true")
            elif word[0].isdigit():
                stack[-1].append(int(word, 0))
            else:
                stack[-1].append(named.get(word, word))


def der(b):
    """[(tag, contents)] of strict enough DER; ValueError for anything else."""
    out = []
    while b:
        if len(b) < 2:
            raise ValueError("DER")
        tag, n, at = b[0], b[1], 2
        if n & 0x80:
            width = n & 0x7f
            n, at = int.from_bytes(b[2:2 + width], "big"), 2 + width
        if at + n > len(b):
            raise ValueError("DER")
        out.append((tag, b[at:at + n]))
        b = b[at + n:]
    return out


def minimal(b):
    return b.lstrip(b"\0")


def rsa_public(spki):
    bits = der(der(spki)[0][1])[1][1]
    n, e = der(der(bits[1:])[0][1])
    return minimal(n[1]), minimal(e[1])


def rsa_blob(pkcs8):
    inner = der(der(pkcs8)[0][1])[2][1]
    parts = [minimal(v) for t, v in der(der(inner)[0][1])][1:9]
    blob = bytes([1, RSA, 0, 0])
    for p in parts:
        blob += len(p).to_bytes(2, "big") + p
    return blob, [int.from_bytes(p, "big") for p in parts]


def u16(v):
    return v.to_bytes(2, "big")


def aead(f, kind, ident, key, nonce, aad, text, sealed, good):
    if len(nonce) != 12 or (kind, len(key)) not in SUITES:
        f.left_out += 1
        return
    suite = bytes([SUITES[kind, len(key)]])
    f.add("open", ident, [suite, key, nonce, aad, sealed],
          text if good else "refused")
    if good:
        f.add("seal", ident, [suite, key, nonce, aad, text], sealed)


def gcm(nss, out):
    f, named = File("aes-gcm"), c_arrays(f"{nss}/gcm-vectors.h")
    for name in ("kGcmKatValues", "kGcmWycheproofVectors"):
        for v in named[name]:
            key, text, aad, iv, _, _, result = map(bytes.fromhex, v[1:8])
            aead(f, "gcm", v[0], key, iv, aad, text, result, not v[8])
    f.write(out)


def chacha(nss, out):
    f = File("chacha20-poly1305")
    named = c_arrays(f"{nss}/chachapoly-vectors.h")
    for name in ("kChaCha20Vectors", "kChaCha20WycheproofVectors"):
        for ident, text, aad, key, iv, sealed, bad, _ in named[name]:
            aead(f, "chacha", ident, bytes(key), bytes(iv), bytes(aad),
                 bytes(text), bytes(sealed), not bad)
    f.write(out)


def x25519(nss, out):
    """RFC 8446 7.4.2: a shared secret of zeros is refused, every other of
    Wycheproof's "acceptable" ones is right."""
    f, named = File("x25519"), c_arrays(f"{nss}/curve25519-vectors.h")
    for name in ("kCurve25519Vectors", "kCurve25519WycheproofVectors"):
        for ident, priv, pub, secret, bad_asn, _ in named[name]:
            priv, pub, secret = bytes(priv), bytes(pub), bytes(secret)
            at = priv.find(bytes.fromhex("0201010420"))
            if bad_asn or at < 0 or pub[-35:-32] != b"\x03\x21\0":
                f.left_out += 1
                continue
            f.add("derive", ident, [u16(29), priv[at + 5:at + 37], pub[-32:]],
                  secret if any(secret) else "refused")
    f.write(out)


def ecdh(nss, boring, curve, size, out):
    """TLS has uncompressed points alone (RFC 8446 4.2.8.2)."""
    f = File(f"ecdh-{curve}")
    named = c_arrays(f"{nss}/{curve}ecdh-vectors.h")
    prefix = {"p256": "3059301306072a8648ce3d020106082a8648ce3d030107034200",
              "p384": "3076301006072a8648ce3d020106052b81040022036200"}[curve]
    group = u16(GROUPS[curve])
    for ident, priv, pub, secret, bad_asn, good in named[
            f"k{curve.upper()}EcdhWycheproofVectors"]:
        priv, pub, secret = bytes(priv), bytes(pub), bytes(secret)
        at = priv.find(bytes([2, 1, 1, 4, size]))
        if at < 0 or not pub.hex().startswith(prefix):
            f.left_out += 1
            continue
        f.add("derive", ident, [group, priv[at + 5:at + 5 + size],
                                pub[len(prefix) // 2:]],
              secret if good else "refused")
    name = f"ecdh_sec{curve[0]}{curve[1:]}r1_ecpoint_test.json"
    for v in tests(boring, name):
        priv = minimal(bytes.fromhex(v["private"]))
        point = bytes.fromhex(v["public"])
        good = v["result"] == "valid" and point[:1] == b"\x04"
        f.add("derive", v["tcId"], [group, priv.rjust(size, b"\0"), point],
              bytes.fromhex(v["shared"]) if good else "refused")
    f.write(out)


def tests(boring, name):
    with open(f"{boring}/{name}") as file:
        for group in json.load(file)["testGroups"]:
            for v in group["tests"]:
                v["group"] = group
                yield v


def verify(f, ident, kind, sha, key, msg, sig, good):
    f.add("verify", ident, [bytes([key[0]]), u16(SCHEMES[kind, sha]), key[1],
                            key[2], msg, sig], "ok" if good else "refused")


def strict(sig):
    """Whether @sig is what DER would have for its numbers: Wycheproof's "legacy"
    ones are not, which NSS takes and TLS does not."""
    try:
        numbers = der(der(sig)[0][1])
    except (ValueError, IndexError):
        return False
    again = b""
    for _, v in numbers:
        v = minimal(v)
        v = b"\0" * (not v or v[0] >> 7) + v
        again += bytes([2, len(v)]) + v
    return sig == bytes([0x30, len(again)]) + again


def ecdsa(nss, boring, out):
    for curve, sha, kind in (("p256", "sha256", P256), ("p384", "sha384", P384)):
        f = File(f"ecdsa-{curve}-{sha}")
        named = c_arrays(f"{nss}/{curve}ecdsa-{sha}-vectors.h")
        for _, ident, sig, pub, msg, good in named[
                f"k{curve.upper()}Ecdsa{sha.capitalize()}Vectors"]:
            point = der(der(bytes(pub))[0][1])[1][1][1:]
            verify(f, ident, "ecdsa", sha, (kind, point, b""), bytes(msg),
                   bytes(sig), good and strict(bytes(sig)))
        f.write(out)
    for curve, bits, sha, kind in (("p256", 256, "sha512", P256),
                                   ("p384", 384, "sha512", P384)):
        f = File(f"ecdsa-{curve}-{sha}")
        for v in tests(boring, f"ecdsa_secp{bits}r1_{sha}_test.json"):
            point = bytes.fromhex(v["group"]["key"]["uncompressed"])
            verify(f, v["tcId"], "ecdsa", sha, (kind, point, b""),
                   bytes.fromhex(v["msg"]), bytes.fromhex(v["sig"]),
                   v["result"] == "valid")
        f.write(out)


def rsa_signature(nss, boring, out):
    """PKCS#1: one encoding is right. Wycheproof calls one without NULL in the
    algorithm "acceptable"; NSS's copy calls it invalid, and so do we."""
    f = File("rsa-pkcs1")
    named = {}
    # The one without a size in its name uses keys of the others.
    for name in sorted(os.listdir(nss), reverse=True):
        if re.match(r"rsa_signature(_\d+_sha\d+)?-vectors\.h$", name):
            named = c_arrays(f"{nss}/{name}", named)
    for array, vectors in named.items():
        if array.endswith("WycheproofVectors"):
            for oid, ident, sig, pub, msg, good in vectors:
                sha = oid.removeprefix("SEC_OID_").lower()
                n, e = rsa_public(bytes(pub))
                if ("pkcs1", sha) not in SCHEMES or len(n) > 512:
                    f.left_out += 1
                    continue
                verify(f, ident, "pkcs1", sha, (RSA, n, e), bytes(msg),
                       bytes(sig), good)
    f.write(out)
    f = File("rsa-pss")
    for name in sorted(os.listdir(boring)):
        m = re.match(r"rsa_pss_(\d+_sha(256|512)_mgf1_\d+|misc)_test\.json$",
                     name)
        if not m:
            continue
        for v in tests(boring, name):
            g = v["group"]
            sha = g["sha"].replace("-", "").lower()
            n = minimal(bytes.fromhex(g["n"]))
            if ("pss", sha) not in SCHEMES or g["mgfSha"] != g["sha"] or \
                    len(n) > 512:
                f.left_out += 1
                continue
            # RFC 8446 4.2.3: the salt is as long as the hash. One that is
            # wrong where another length is wanted may be right for us.
            good = v["result"] != "invalid"
            if g["sLen"] != hashlib.new(sha).digest_size:
                if not good:
                    f.left_out += 1
                    continue
                good = False
            verify(f, v["tcId"], "pss", sha,
                   (RSA, n, minimal(bytes.fromhex(g["e"]))),
                   bytes.fromhex(v["msg"]), bytes.fromhex(v["sig"]), good)
    f.write(out)


def unpad(em):
    """RFC 8017 7.2.2, as plainly as it can be said; None if it is wrong."""
    if em[:2] != b"\0\2":
        return None
    zero = em.find(b"\0", 2)
    return em[zero + 1:] if zero >= 10 else None


def power_d(key, c):
    _, _, _, p, q, dp, dq, qinv = key
    m = pow(c, dq, q)
    return m + q * ((pow(c, dp, p) - m) * qinv % p)


def premaster(em, version, random):
    msg = unpad(em)
    if msg is None or len(msg) != 48 or msg[:2] != version:
        return random
    return msg


def rsa_decrypt(nss, out):
    """Raw results, of Wycheproof's messages, and the premaster secret in each
    and in some of our own that are or nearly are one."""
    f = File("rsa-decrypt")
    for size in (2048, 3072, 4096):
        named = c_arrays(f"{nss}/rsa_pkcs1_{size}_test-vectors.h")
        last = None
        for ident, msg, ct, priv, _ in named[
                f"kRsa{size}DecryptWycheproofVectors"]:
            key = rsa_blob(bytes(priv))
            # One key has 2049 bits: core/rsa.h says which are taken.
            if key[1][0].bit_length() % 16:
                f.left_out += 1
                continue
            decrypt(f, ident, key, bytes(ct), bytes(msg))
            last = key
        ours(f, last)
    f.write(out)


def decrypt(f, ident, key, ct, msg):
    blob, numbers = key
    n = numbers[0]
    size = (n.bit_length() + 7) // 8
    version, random = b"\3\3", hashlib.sha384(ct).digest()
    if len(ct) != size or int.from_bytes(ct, "big") >= n:
        f.add("private", ident, [blob, ct], "refused")
        return
    em = power_d(numbers, int.from_bytes(ct, "big")).to_bytes(size, "big")
    # Where the padding is wrong, NSS makes a message up.
    if unpad(em) not in (msg, None):
        sys.exit(f"rsa-decrypt {ident}: not what the vector says")
    f.add("private", ident, [blob, ct], em)
    f.add("premaster", ident, [blob, ct, version, random],
          premaster(em, version, random))


def ours(f, key):
    n, e = key[1][:2]
    size = (n.bit_length() + 7) // 8
    secret = b"\3\3" + hashlib.sha512(b"secret").digest()[:46]

    def em(secret, start=b"\0\2", zero_at=None, end=b"\0"):
        pad = bytearray(b"\x5a" * (size - 3 - len(secret)))
        if zero_at is not None:
            pad[zero_at] = 0
        return start + pad + end + secret

    cases = [em(secret), em(b"\3\2" + secret[2:]), em(b"\2\3" + secret[2:]),
             em(secret[:47]), em(secret + b"x"), em(secret, b"\0\1"),
             em(secret, b"\1\2"), em(secret, zero_at=0),
             em(secret, zero_at=7), em(secret, zero_at=100),
             em(secret, zero_at=size - 52), em(secret, end=b"\1"), em(b"")]
    for i, m in enumerate(cases):
        c = pow(int.from_bytes(m, "big"), e, n).to_bytes(size, "big")
        decrypt(f, f"ours-{size * 8}-{i}", key, c, unpad(m))


def hmacs(nss, out):
    """The core's HMAC takes keys of up to one block: TLS has no longer ones."""
    for sha in ("sha256", "sha384"):
        f = File(f"hmac-{sha}")
        size = bytes([hashlib.new(sha).digest_size])
        for ident, _, key, msg, tag, bad in c_arrays(
                f"{nss}/hmac-{sha}-vectors.h")[
                    f"kHmac{sha.capitalize()}WycheproofVectors"]:
            tag = bytes.fromhex(tag)
            # Wrong ones are wrong tags; ours makes tags, and is compared.
            if bad or len(tag) != size[0] or \
                    len(key) // 2 > hashlib.new(sha).block_size:
                f.left_out += 1
                continue
            f.add("hmac", ident, [size, bytes.fromhex(key),
                                  bytes.fromhex(msg)], tag)
        f.write(out)


def hkdfs(nss, out):
    """Step by step, as the key schedule does it: Extract, then each block of
    Expand."""
    for sha in ("sha256", "sha384"):
        f = File(f"hkdf-{sha}")
        n = hashlib.new(sha).digest_size
        for ident, ikm, salt, info, okm, size, good in c_arrays(
                f"{nss}/hkdf-{sha}-vectors.h")[
                    f"kHkdf{sha.capitalize()}WycheproofVectors"]:
            ikm, salt, info, okm = map(bytes.fromhex, (ikm, salt, info, okm))
            if not good or len(okm) != size or \
                    len(salt) > hashlib.new(sha).block_size:
                f.left_out += 1
                continue
            prk = hmac.digest(salt or bytes(n), ikm, sha)
            f.add("hmac", ident, [bytes([n]), salt or bytes(n), ikm], prk)
            block = made = b""
            for i in range(1, (size + n - 1) // n + 1):
                text = block + info + bytes([i])
                block = hmac.digest(prk, text, sha)
                f.add("hmac", f"{ident}.{i}", [bytes([n]), prk, text], block)
                made += block
            if made[:size] != okm:
                sys.exit(f"hkdf-{sha} {ident}: not what the vector says")
        f.write(out)


def main():
    nss, boring, out = sys.argv[1:4]
    nss += "/nss/gtests/common/testvectors"
    boring += "/src/third_party/wycheproof_testvectors"
    os.makedirs(out, exist_ok=True)
    gcm(nss, out)
    chacha(nss, out)
    x25519(nss, out)
    ecdh(nss, boring, "p256", 32, out)
    ecdh(nss, boring, "p384", 48, out)
    ecdsa(nss, boring, out)
    rsa_signature(nss, boring, out)
    rsa_decrypt(nss, out)
    hmacs(nss, out)
    hkdfs(nss, out)


main()
