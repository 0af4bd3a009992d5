# SPDX-License-Identifier: EUPL-1.2
"""What we write holds in the eyes of programs that others wrote, and what they write holds in ours.

The others: golang.org/x/mod/sumdb/{note,tlog} as Debian packages them, in a small program (`foreign/main.go`).
"""

import base64
import json
import os
import shutil
import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from melayani.ledger.checkpoint import sign_checkpoint
from melayani.ledger.cosignatures import cosign
from melayani.ledger.merkle import ProofRefused, leaf_hash, verify_consistency, verify_inclusion
from melayani.ledger.note import NoteRefused, SignatureLine, add_lines, open_note, sign_note, split_note
from melayani.ledger.promises import Promise, sign_promise
from melayani.ledger.tiles import (
    TileHashes,
    build_bundle,
    build_tile,
    bundles_between,
    parse_tile_path,
    tiles_between,
)
from melayani.ledger.tree import Tree
from tests.ledger.some_keys import LOG, ORIGIN, WITNESSES, a_key

GO = shutil.which("go")
PACKAGES = Path("/usr/share/gocode")
SOURCE = Path(__file__).with_name("foreign") / "main.go"
PAIRS = [
    (0, 1),
    (0, 2),
    (1, 2),
    (2, 3),
    (4, 7),
    (5, 8),
    (254, 255),
    (255, 256),
    (256, 257),
    (1_000, 65_537),
    (65_536, 65_537),
]

Ask = Callable[..., dict[str, Any]]


@pytest.fixture(scope="session")
def foreign(tmp_path_factory: pytest.TempPathFactory) -> Ask:
    """Asks the program of others; it is built once."""
    if GO is None or not (PACKAGES / "src/golang.org/x/mod/sumdb/tlog").is_dir():
        message = (
            "=== NO GO: golang-go or golang-golang-x-mod-dev is not installed (apt-get install); "
            "nobody else checks our notes and proofs ==="
        )
        if "go" in os.environ.get("MELAYANI_REQUIRE", "").split(","):
            pytest.fail(message)
        pytest.skip(message)
    folder = tmp_path_factory.mktemp("foreign")
    environment = {
        **os.environ,
        "GO111MODULE": "off",
        "GOFLAGS": "",
        "GOPATH": str(PACKAGES),
        "GOCACHE": str(folder / "cache"),
        "CGO_ENABLED": "0",
    }
    program = folder / "foreign"
    subprocess.run([GO, "build", "-o", program, SOURCE], env=environment, check=True, cwd=folder, timeout=300)

    def ask(what: str, **question: object) -> dict[str, Any]:
        answer = subprocess.run(
            [program, what], input=json.dumps(question), capture_output=True, text=True, check=True, timeout=60
        )
        told: dict[str, Any] = json.loads(answer.stdout)
        return told

    return ask


def b64(content: bytes) -> str:
    return base64.b64encode(content).decode()


def entries(count: int) -> list[bytes]:
    return [f"entry {n}".encode() for n in range(count)]


@pytest.fixture(scope="module")
def tree() -> Tree:
    return Tree(leaf_hash(entry) for entry in entries(65_537))


def an_inclusion(tree: Tree, index: int, size: int) -> dict[str, Any]:
    proof = tree.inclusion_proof(index=index, size=size)
    leaf = f"entry {index}".encode()
    return {"leaf": b64(leaf), "index": index, "size": size, "root": b64(tree.root(size)), "proof": [*map(b64, proof)]}


def a_step(tree: Tree, size1: int, size2: int) -> dict[str, Any]:
    proof = tree.consistency_proof(size1=size1, size2=size2)
    return {
        "size1": size1, "root1": b64(tree.root(size1)), "size2": size2, "root2": b64(tree.root(size2)),
        "proof": [*map(b64, proof)],
    }  # fmt: skip


def spoilt(case: dict[str, Any]) -> dict[str, Any]:
    """The case with one bit of the (last) root turned: the control of each check."""
    name = "root" if "root" in case else "root2"
    root = bytearray(base64.b64decode(case[name]))
    root[9] ^= 1
    return {**case, name: b64(bytes(root))}


def test_others_open_our_notes(foreign: Ask, tree: Tree) -> None:
    second, promising = a_key("another.example"), a_key(f"{ORIGIN}/promise")
    text = "Bupati Malang\n\n\u2014 no signature\n"
    checkpoint = sign_checkpoint(origin=ORIGIN, size=7, root=tree.root(7), keys=[LOG])
    signed = split_note(checkpoint).text.encode()
    lines = [SignatureLine(w.name, w.key_id, cosign(text=signed, key=w, at=9)) for w in WITNESSES]
    many = [a_key(f"k{n}.example") for n in range(16)]
    notes = [
        (sign_note(text, keys=[LOG, second]), [LOG, second]),
        (sign_note(text, keys=many), many),
        (checkpoint, [LOG]),
        (add_lines(checkpoint, lines=lines), [LOG]),
        (sign_promise(Promise(ORIGIN, bytes(32), 1, 61), key=promising), [promising]),
    ]
    right = [{"note": b64(note), "vkeys": [key.vkey for key in keys]} for note, keys in notes]
    wrong = [{"note": b64(note[1:]), "vkeys": [key.vkey for key in keys]} for note, keys in notes]
    told = foreign("check", notes=[*right, *wrong])["notes"]
    assert told[:5] == [""] * 5
    assert all("invalid signature" in reason for reason in told[5:])


def test_others_accept_our_proofs_and_refuse_spoilt_ones(foreign: Ask, tree: Tree) -> None:
    inclusions = [an_inclusion(tree, index, size) for index, size in PAIRS]
    steps = [a_step(tree, index + 1, size) for index, size in PAIRS]
    told = foreign(
        "check",
        inclusions=[*inclusions, *map(spoilt, inclusions)],
        consistencies=[*steps, *map(spoilt, steps)],
    )
    for answers in (told["inclusions"], told["consistencies"]):
        assert answers[: len(PAIRS)] == [""] * len(PAIRS)
        assert all(answers[len(PAIRS) :])


@pytest.mark.parametrize("size", [1, 255, 256, 257, 65_537])
def test_others_read_our_tiles_bundles_and_checkpoint(foreign: Ask, tree: Tree, tmp_path: Path, size: int) -> None:
    for tile in tiles_between(0, size):
        put(tmp_path / tile.path, build_tile(tile, hash_at=tree.hash_at))
    made = entries(size)
    for bundle in bundles_between(0, size):
        first = bundle.index * 256
        put(tmp_path / bundle.path, build_bundle(made[first : first + bundle.width]))
    put(tmp_path / "checkpoint", sign_checkpoint(origin=ORIGIN, size=size, root=tree.root(size), keys=[LOG]))
    indexes = sorted({0, size // 2, size - 1})
    asked = {"folder": str(tmp_path), "vkey": LOG.vkey, "indexes": indexes}
    assert foreign("check", **asked)["tiles"] == [""] * len(indexes)
    # Control: one bit of one tile, or another entry in a bundle.
    first_tile = tmp_path / tiles_between(0, size)[0].path
    good = first_tile.read_bytes()
    first_tile.write_bytes(bytes([good[0] ^ 1]) + good[1:])
    assert foreign("check", **{**asked, "indexes": [0]})["tiles"] != [""]
    first_tile.write_bytes(good)
    first_bundle = tmp_path / bundles_between(0, size)[0].path
    first_bundle.write_bytes(first_bundle.read_bytes().replace(b"entry 0", b"entry O", 1))
    assert foreign("check", **{**asked, "indexes": [0]})["tiles"] == ["entry 0 is not the leaf"]


def put(path: Path, content: bytes) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(content)


def test_we_check_what_others_make(foreign: Ask, tmp_path: Path) -> None:
    made = entries(600)
    indexes = [0, 1, 254, 255, 256, 511, 512, 599]
    text = "their.example/log\n\nTeks.\n"
    told = foreign(
        "make", name="their.example/log", text=text, entries=[*map(b64, made)], indexes=indexes, folder=str(tmp_path)
    )
    note = base64.b64decode(told["note"])
    assert open_note(note, vkeys=[told["vkey"]]).text == text
    with pytest.raises(NoteRefused):
        open_note(note.replace(b"Teks", b"Taks"), vkeys=[told["vkey"]])
    for case in told["proofs"]:
        check_inclusion(case)
        with pytest.raises(ProofRefused):
            check_inclusion(spoilt(case))
    for case in told["steps"]:
        check_step(case)
        with pytest.raises(ProofRefused):
            check_step(spoilt(case))
    ours = Tree(leaf_hash(entry) for entry in made)
    # Their list of tiles also holds narrower partial ones; each is the one of ours by that path.
    theirs = {parse_tile_path(str(path.relative_to(tmp_path))) for path in tmp_path.rglob("*") if path.is_file()}
    assert theirs >= set(tiles_between(0, 600))
    for tile in theirs:
        assert (tmp_path / tile.path).read_bytes() == build_tile(tile, hash_at=ours.hash_at)
    hashes = TileHashes(size=600, fetch=lambda tile: (tmp_path / tile.path).read_bytes())
    assert [hashes.hash_at(level, 1) for level in range(9)] == [ours.hash_at(level, 1) for level in range(9)]


def check_inclusion(case: dict[str, Any]) -> None:
    verify_inclusion(
        leaf_hash=leaf_hash(base64.b64decode(case["leaf"])),
        index=case["index"],
        size=case["size"],
        root=base64.b64decode(case["root"]),
        proof=[base64.b64decode(each) for each in case["proof"]],
    )


def check_step(case: dict[str, Any]) -> None:
    verify_consistency(
        size1=case["size1"],
        root1=base64.b64decode(case["root1"]),
        size2=case["size2"],
        root2=base64.b64decode(case["root2"]),
        proof=[base64.b64decode(each) for each in case["proof"]],
    )
