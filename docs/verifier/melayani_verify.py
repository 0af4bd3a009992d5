# SPDX-License-Identifier: EUPL-1.2
"""Checks a receipt or a promise of a Melayani ledger. One file to read and run: Python 3.9 or later, nothing else.

    python melayani_verify.py FILE --vkey KEY [--vkey KEY ...]      or --policy POLICY instead of keys

Exit 0: everything in the file holds. 1: something does not. 2: the question cannot be read. No network is used. Take
keys from somebody you trust, not only from the service (/ledger/keys). With --vkey alone no witness is asked for; a
policy says which ones you trust and how many. It shares no line with the service. Formats: docs/ledger.md; C2SP
signed-note, tlog-checkpoint, tlog-proof, tlog-cosignature, tlog-policy; RFC 6962, 9162, 8032.
"""

from __future__ import annotations

import argparse
import base64
import hashlib
import hmac
import json
import re
import sys
import unicodedata
from datetime import datetime
from pathlib import Path
from typing import Any, NamedTuple

PROOF_HEADER, PROMISE_HEADER = "c2sp.org/tlog-proof@v1", "melayani/promise/v1"
SIGNS_NOTES, COSIGNS, LARGEST = 1, 4, 2**63 - 1
MOST_NOTE, MOST_EXTRA, MOST_LEAF, MOST_LINES, MOST_NAME = 256 * 1024, 64 * 1024, 512, 64, 255
MOST_FILE = MOST_NOTE + 2 * MOST_EXTRA
WORDS = {
    "receipt_form": ("this is not a whole receipt", "ini bukan tanda terima yang utuh"),
    "receipt_leaf": ("it holds no entry that can be checked", "tidak memuat catatan yang dapat diperiksa"),
    "receipt_commitment": ("its content is not what was recorded", "isinya bukan isi yang dicatat"),
    "note_form": ("the signed part is not whole", "bagian bertanda tangan tidak utuh"),
    "note_size": ("it is too large", "terlalu besar"),
    "note_signature": ("a signature does not hold", "ada tanda tangan yang tidak cocok"),
    "note_unsigned": ("no key you trust has signed it", "tidak ditandatangani kunci yang Anda percaya"),
    "checkpoint_form": ("its checkpoint cannot be read", "titik periksanya tidak terbaca"),
    "checkpoint_empty": ("its checkpoint is impossible", "titik periksanya mustahil"),
    "checkpoint_unsigned": ("its log did not sign the checkpoint", "titik periksanya tidak ditandatangani pemiliknya"),
    "policy_quorum": ("too few witnesses have seen it", "saksinya tidak cukup"),
    "proof_refused": ("the entry is not in the tree that was signed", "catatan ini tidak ada di pohon yang disegel"),
    "promise_form": ("this is not a whole promise", "ini bukan janji yang utuh"),
    "promise_key": ("another log's key signed the promise", "janji ini ditandatangani kunci buku besar lain"),
}


class Refused(Exception):  # noqa: N818  # an answer, not an error
    """The file does not hold; the message is one of the codes above."""


class BadQuestion(Exception):  # noqa: N818  # as above
    """A key or the policy cannot be read."""


def need(holds: object, code: str) -> None:
    if not holds:
        raise Refused(code)


# Ed25519 (RFC 8032). Points are X, Y, Z, T with x = X/Z, y = Y/Z, xy = T/Z.
P, L = 2**255 - 19, 2**252 + 27742317777372353535851937790883648493
D = -121665 * pow(121666, P - 2, P) % P
BASE_POINT = bytes([0x58]) + bytes([0x66]) * 31


def point_of(encoded: bytes) -> tuple[int, ...]:
    """The point that 32 bytes spell (RFC 8032 5.1.3); empty when they spell none."""
    y, sign = int.from_bytes(encoded, "little") & ((1 << 255) - 1), encoded[31] >> 7
    square = (y * y - 1) * pow(D * y * y + 1, P - 2, P) % P
    x = pow(square, (P + 3) // 8, P)
    if (x * x - square) % P:
        x = x * pow(2, (P - 1) // 4, P) % P
    if y >= P or (x * x - square) % P or (x == 0 and sign):
        return ()
    x = P - x if x & 1 != sign else x
    return x, y, 1, x * y % P


def added(one: tuple[int, ...], two: tuple[int, ...]) -> tuple[int, ...]:
    a, b = (one[1] - one[0]) * (two[1] - two[0]) % P, (one[1] + one[0]) * (two[1] + two[0]) % P
    c, d = 2 * one[3] * two[3] * D % P, 2 * one[2] * two[2] % P
    e, f, g, h = b - a, d - c, d + c, b + a
    return e * f % P, g * h % P, f * g % P, e * h % P


def times(factor: int, point: tuple[int, ...]) -> tuple[int, ...]:
    result: tuple[int, ...] = (0, 1, 1, 0)
    while factor:
        if factor & 1:
            result = added(result, point)
        point, factor = added(point, point), factor >> 1
    return result


def ed25519(public: bytes, message: bytes, signature: bytes) -> bool:
    """RFC 8032 5.1.7. S must be below L, and R is compared as it is spelled: one signature has one form."""
    point, s = point_of(public), int.from_bytes(signature[32:], "little")
    if len(signature) != 64 or not point or s >= L:
        return False
    digest = hashlib.sha512(signature[:32] + public + message).digest()
    minus = (P - point[0], point[1], point[2], P - point[3])
    found = added(times(s, point_of(BASE_POINT)), times(int.from_bytes(digest, "little") % L, minus))
    inverse = pow(found[2], P - 2, P)
    x, y = found[0] * inverse % P, found[1] * inverse % P
    return (y | (x & 1) << 255).to_bytes(32, "little") == signature[:32]


# Numbers, base64 and names: each in its one spelling.
def read_decimal(text: str) -> int | None:
    number = int(text) if re.fullmatch("0|[1-9][0-9]{0,18}", text) else None
    return number if number is not None and number <= LARGEST else None


def read_base64(text: object, length: int | None = None) -> bytes | None:
    try:
        content = base64.b64decode(text, validate=True) if isinstance(text, str) else b""
    except ValueError:
        return None
    fits = base64.b64encode(content).decode() == text and length in (None, len(content))
    return content if fits else None


def is_name(name: str) -> bool:
    fits = not any(c < " " or c.isspace() or c in "+\x7f" or "\ud800" <= c <= "\udfff" for c in name)
    return bool(name) and fits and len(name.encode("utf-8", "replace")) <= MOST_NAME


class Key(NamedTuple):
    """A verifier key: `name+id+base64(kind || public)`."""

    name: str
    id: bytes
    kind: int
    public: bytes


def read_key(vkey: str, kind: int) -> Key:
    name, _, rest = vkey.partition("+")
    written, _, encoded = rest.partition("+")
    key = read_base64(encoded, 33)
    if not is_name(name) or not key or key[0] != kind:
        raise BadQuestion("a key cannot be read, or is of another type / kunci tidak terbaca, atau dari jenis lain")
    if hashlib.sha256(name.encode() + b"\n" + key).hexdigest()[:8] != written:
        raise BadQuestion("a key is damaged / kunci rusak")
    return Key(name, bytes.fromhex(written), kind, key[1:])


def trust(among: dict[str, Key], name: str, key: Key) -> bool:
    """Another name for the same key would let one party count twice."""
    fits = all(key.public != other.public for other in among.values())
    among[name] = key
    return fits


class Policy:
    """Whom the reader trusts: keys of logs, witnesses by name, groups, and the name that must have seen it."""

    def __init__(self) -> None:
        self.logs: dict[str, Key] = {}
        self.witnesses: dict[str, Key] = {}
        self.groups: dict[str, tuple[int, list[str]]] = {}
        self.quorum = ""

    def take(self, line: str) -> None:
        """One line of a policy; a name stands above where it is used, and is a member once."""
        word, *rest = [part for part in re.split("[ \t]+", line) if part] or ["#"]
        known = self.witnesses.keys() | self.groups.keys()
        fits = word.startswith("#")
        if word == "log" and 1 <= len(rest) <= 2:
            fits = trust(self.logs, rest[0], read_key(rest[0], SIGNS_NOTES))
        elif word == "witness" and 2 <= len(rest) <= 3 and rest[0] not in known | {"none"}:
            fits = trust(self.witnesses, rest[0], read_key(rest[1], COSIGNS))
        elif word == "group" and len(rest) >= 3 and rest[0] not in known | {"none"}:
            members, taken = rest[2:], {each for _, members in self.groups.values() for each in members}
            least = {"any": 1, "all": len(members)}.get(rest[1]) or read_decimal(rest[1]) or 0
            fits = set(members) <= known - taken and len(set(members)) == len(members) and 0 < least <= len(members)
            self.groups[rest[0]] = (least, members)
        elif word == "quorum" and len(rest) == 1 and not self.quorum:
            fits, self.quorum = rest[0] in known | {"none"}, rest[0]
        if not fits or any((letter < " " and letter != "\t") or letter == "\x7f" for letter in line):
            raise BadQuestion(f"the policy is wrong in / kebijakan salah pada: {shown(line)}")

    def met_by(self, seen: set[str]) -> bool:
        for name, (least, members) in self.groups.items():
            if sum(member in seen for member in members) >= least:
                seen.add(name)
        return self.quorum == "none" or self.quorum in seen


def open_note(note: bytes, keys: list[Key]) -> tuple[str, dict[Key, bytes]]:
    """The text, and each of the keys that signed it with its signature. A wrong line of a known key refuses all."""
    need(len(note) <= MOST_NOTE, "note_size")
    whole = note.decode("utf-8", "replace")
    need(whole.encode() == note, "note_form")
    text, separator, below = whole.rpartition("\n\n")
    need(separator and below.endswith("\n"), "note_form")
    need(all(letter >= " " or letter == "\n" for letter in whole), "note_form")
    need(below.count("\n") <= MOST_LINES, "note_size")
    lines = [line.partition(" ")[::2] for line in below[:-1].split("\n")]
    signatures = [(line.partition(" ")[0], read_base64(line.partition(" ")[2]) or b"") for _, line in lines]
    need(all(dash == "\u2014" for dash, _ in lines), "note_form")
    need(all(is_name(name) and len(content) > 4 for name, content in signatures), "note_form")
    signed: dict[Key, bytes] = {}
    for name, content in signatures:
        for key in (key for key in keys if (key.name, key.id) == (name, content[:4])):
            need(signature_holds(key, f"{text}\n".encode(), content[4:]), "note_signature")
            signed.setdefault(key, content[4:])
    need(signed, "note_unsigned")
    return text + "\n", signed


def signature_holds(key: Key, text: bytes, signature: bytes) -> bool:
    if key.kind == SIGNS_NOTES:
        return ed25519(key.public, text, signature)
    at = int.from_bytes(signature[:8], "big")
    return 0 < at <= LARGEST and ed25519(key.public, f"cosignature/v1\ntime {at}\n".encode() + text, signature[8:])


def canonical(value: Any, depth: int = 32) -> str:
    """The value in canonical JSON. Refuses what has no such form: fractions, large numbers, broken letters, depth."""
    if isinstance(value, str) and not re.search("[\ud800-\udfff]", value):
        return json.dumps(unicodedata.normalize("NFC", value), ensure_ascii=False)
    if value is None or isinstance(value, bool) or (isinstance(value, int) and abs(value) < 2**53):
        return json.dumps(value)
    need(isinstance(value, (list, dict)) and depth, "receipt_form")
    if isinstance(value, list):
        return "[" + ",".join(canonical(item, depth - 1) for item in value) + "]"
    names = sorted(value, key=lambda name: name.encode("utf-16-be", "surrogatepass"))
    return "{" + ",".join(canonical(name) + ":" + canonical(value[name], depth - 1) for name in names) + "}"


def read_object(content: bytes) -> dict[str, Any]:
    """The object that these bytes spell; any but the canonical spelling could hide a second meaning."""
    try:
        said = json.loads(content.decode("utf-8"))
    except (ValueError, RecursionError) as error:
        raise Refused("receipt_form") from error
    need(isinstance(said, dict) and canonical(said).encode() == content, "receipt_form")
    return dict(said)


def bytes_of(said: dict[str, Any], name: str) -> bytes:
    content = read_base64(said.get(name))
    need(content is not None, "receipt_form")
    return content or b""


def open_extra(extra: bytes) -> tuple[bytes, str, dict[str, Any] | None]:
    """Leaf, kind of act, and the event when salt and event open the commitment in the leaf."""
    said = read_object(extra)
    leaf = bytes_of(said, "leaf")
    need(len(leaf) <= MOST_LEAF and leaf.isascii(), "receipt_leaf")
    fields = read_object(leaf)
    told = fields.get("k")
    need(type(fields.get("v")) is int and fields["v"] == 1 and isinstance(told, str), "receipt_leaf")
    need(set(fields) <= set("cknstuv") and (told != "sealed" or len(fields) == 3), "receipt_leaf")
    need(len(bytes_of(fields, "c")) == 32, "receipt_leaf")
    if set(said) == {"leaf"}:
        return leaf, str(told), None
    event, salt = said.get("event"), bytes_of(said, "salt")
    kind = said.get("kind", "case.filed" if told == "sealed" else told)
    need(set(said) - {"kind"} == {"event", "leaf", "salt"} and isinstance(event, dict), "receipt_form")
    need(isinstance(kind, str) and (told == "sealed" or "kind" not in said), "receipt_form")
    message = f"melayani/leaf/v1\n{kind}\n{canonical(event)}".encode()
    need(len(salt) == 32, "receipt_commitment")
    need(hmac.new(salt, message, "sha256").digest() == bytes_of(fields, "c"), "receipt_commitment")
    return leaf, kind, event


def read_receipt(content: bytes) -> tuple[bytes | None, int, list[bytes], bytes]:
    """`extra`, index, hashes and checkpoint note of the file; nothing is believed yet."""
    head, separator, note = content.partition(b"\n\n")
    lines = head.decode("ascii", "replace").split("\n")
    need(len(content) <= MOST_FILE and separator and head.isascii() and lines.pop(0) == PROOF_HEADER, "receipt_form")
    extra = None
    if lines and lines[0].startswith("extra "):
        extra = read_base64(lines.pop(0)[6:])
        need(extra is not None and len(extra) <= MOST_EXTRA, "receipt_form")
    index = read_decimal(lines[0][6:]) if lines and lines[0].startswith("index ") else None
    hashes = [read_base64(line, 32) for line in lines[1:]]
    need(index is not None and None not in hashes and len(hashes) <= 64, "receipt_form")
    return extra, index or 0, [each for each in hashes if each is not None], note


def in_tree(leaf: bytes, index: int, size: int, proof: list[bytes], root: bytes) -> bool:
    """RFC 9162 2.1.3.2."""
    fn, sn, found = index, size - 1, hashlib.sha256(b"\0" + leaf).digest()
    if index >= size:
        return False
    for sibling in proof:
        if sn == 0:
            return False
        if fn & 1 or fn == sn:
            found = hashlib.sha256(b"\1" + sibling + found).digest()
            while not fn & 1 and fn:
                fn, sn = fn >> 1, sn >> 1
        else:
            found = hashlib.sha256(b"\1" + found + sibling).digest()
        fn, sn = fn >> 1, sn >> 1
    return sn == 0 and found == root


def verify_receipt(content: bytes, policy: Policy) -> dict[str, Any]:
    """What the receipt proves; `cosigned`: witnesses of the policy and their times in POSIX seconds."""
    extra, index, proof, note = read_receipt(content)
    need(extra is not None, "receipt_leaf")
    leaf, kind, event = open_extra(extra or b"")
    text, signed = open_note(note, [*policy.logs.values(), *policy.witnesses.values()])
    lines = text[:-1].split("\n")
    need(3 <= len(lines) <= 3 + MOST_LINES and all(lines), "checkpoint_form")
    size, root = read_decimal(lines[1]), read_base64(lines[2], 32)
    need(size is not None and root is not None, "checkpoint_form")
    need(size or root == hashlib.sha256(b"").digest(), "checkpoint_empty")
    need(any(key.kind == SIGNS_NOTES and key.name == lines[0] for key in signed), "checkpoint_unsigned")
    names = {key: name for name, key in policy.witnesses.items()}
    cosigned = {names[key]: int.from_bytes(signed[key][:8], "big") for key in signed if key in names}
    need(policy.met_by(set(cosigned)), "policy_quorum")
    need(in_tree(leaf, index, size or 0, proof, root or b""), "proof_refused")
    told = {"log": lines[0], "size": size, "index": index, "leaf": leaf, "kind": kind}
    return {**told, "event": event, "cosigned": cosigned}


def verify_promise(content: bytes, keys: list[Key]) -> list[str]:
    """Origin, leaf hash in base64, time and deadline of a promise that its log signed with its promise key."""
    text, signed = open_note(content, keys)
    lines = text.split("\n")
    need(len(lines) == 6 and lines[0] == PROMISE_HEADER and not lines[5] and is_name(lines[1]), "promise_form")
    need(all(re.fullmatch("[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9:]{8}Z", line) for line in lines[3:5]), "promise_form")
    try:
        moments = [datetime.fromisoformat(line[:-1]) for line in lines[3:5]]
    except ValueError as error:
        raise Refused("promise_form") from error
    need(read_base64(lines[2], 32) and moments[0] < moments[1], "promise_form")
    need(any(key.kind == SIGNS_NOTES and key.name == lines[1] + "/promise" for key in signed), "promise_key")
    return lines[1:5]


def shown(text: str) -> str:
    """The text of a stranger without what could steer a terminal."""
    return "".join(letter if letter.isprintable() else "?" for letter in text)


def told_receipt(found: dict[str, Any], quorum: str) -> list[str]:
    return [
        "PROVEN: this entry is in the log that was signed. / TERBUKTI: catatan ini ada di buku besar.",
        f"Log / buku besar: {shown(found['log'])}",
        f"Entry / catatan: {found['index']} of / dari {found['size']} (from / mulai 0), {shown(found['kind'])}",
        f"Fingerprint / sidik: {hashlib.sha256(bytes(1) + found['leaf']).hexdigest()}",
        *(f"Witness / saksi: {shown(name)}, {at} (POSIX seconds / detik)" for name, at in found["cosigned"].items()),
        *(["No witness was asked for (quorum none). / Saksi tidak diminta."] if quorum == "none" else []),
        "Content: sealed / isi: tersegel." if found["event"] is None else "Content as recorded / isi seperti dicatat:",
        *([] if found["event"] is None else [json.dumps(found["event"], indent=2)]),
    ]


def judged(file: str, vkeys: list[str], policy_file: str | None) -> list[str]:
    """What the file proves to somebody who trusts these keys or this policy, line by line."""
    if bool(vkeys) == bool(policy_file):
        raise BadQuestion("give --vkey or --policy / sebutkan --vkey atau --policy")
    policy, lines = Policy(), [*(f"log {vkey}" for vkey in vkeys), "quorum none"]
    if policy_file:
        lines = Path(policy_file).read_bytes().decode("utf-8", "surrogateescape").split("\n")
    for line in lines:
        policy.take(line)
    if not policy.quorum:
        raise BadQuestion("the policy has no quorum / kebijakan tidak memuat quorum")
    with Path(file).open("rb") as opened:
        content = opened.read(MOST_FILE + 1)
    if content.startswith(f"{PROMISE_HEADER}\n".encode()):
        origin, digest, recorded, deadline = verify_promise(content, list(policy.logs.values()))
        return [
            f"GENUINE PROMISE of / JANJI ASLI dari {shown(origin)}",
            f"Fingerprint / sidik: {base64.b64decode(digest).hex()}",
            f"Recorded / dicatat {recorded}; in the log by / ada di buku besar paling lambat {deadline}",
            "If the entry is not there after that, this file is the evidence. / Bila tidak ada, berkas ini buktinya.",
        ]
    return told_receipt(verify_receipt(content, policy), policy.quorum)


def main(arguments: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("file")
    parser.add_argument("--vkey", action="append", default=[])
    parser.add_argument("--policy")
    said = parser.parse_args(arguments)
    try:
        (sys.stdout or sys.stderr).write("\n".join(judged(said.file, said.vkey, said.policy)) + "\n")
    except (BadQuestion, OSError) as trouble:
        sys.stderr.write(f"melayani_verify: {trouble}\n")
        return 2
    except Refused as refused:
        sys.stderr.write("NOT PROVEN: {}. / TIDAK TERBUKTI: {}.\n".format(*WORDS[str(refused)]))
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
