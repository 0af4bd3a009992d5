# SPDX-License-Identifier: EUPL-1.2
"""The speed of the ledger (PERF "ledger") beside bare SHA-256: leaves in memory, on disk, proofs, rebuild, sizes.

`python -m bench.ledger` alone, or as part of `make bench`. `BENCH_LEAVES` (1000000).
"""

import hashlib
import json
import os
import random
import statistics
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from melayani.ground.canonical_json import Json
from melayani.ledger.checkpoint import sign_checkpoint
from melayani.ledger.cosignatures import cosign
from melayani.ledger.growing import grown
from melayani.ledger.log_files import LogFiles, Signed
from melayani.ledger.merkle import inclusion_proof, leaf_hash, root_at
from melayani.ledger.note import SignatureLine, add_lines, split_note
from melayani.ledger.receipts import citizen_extra, format_receipt, public_extra
from melayani.ledger.rules import new_salt, new_stream, prepare_entry, text_hash
from melayani.ledger.tiles import ENTRIES, TILE_WIDTH, read_bundle, tile_in
from melayani.ledger.tree import Tree, tree_root
from melayani.ledger.vkeys import COSIGNATURE, NoteKey

LEAVES = int(os.environ.get("BENCH_LEAVES", "1000000"))
BATCH = 10_000
PROOFS = 20_000
ORIGIN = "bench.example/ledger"
AT = 1_767_578_400
EVENT: dict[str, Json] = {
    "at": "2026-01-05T09:00:00+07:00", "by": "citizen", "channel": "WEB", "days": 5, "decided": True,
    "due_at": "2026-01-12T23:59:59+07:00", "identity": "ANONYMOUS", "kind": "COMPLAINT", "place": "35.07.13.2001",
    "topic": "infrastruktur", "unit": "35.07.dpupr", "visibility": "PUBLIC",
}  # fmt: skip


def ledger_rows() -> tuple[dict[str, Any], dict[str, Any]]:
    """What was measured: limits and paths, each row as `make bench` writes them."""
    leaves = [f'{{"c":"{number:044d}","k":"case.filed","n":0,"v":1}}'.encode() * 2 for number in range(LEAVES)]
    bare = per_second(lambda: [hashlib.sha256(leaf).digest() for leaf in leaves], LEAVES)
    limits = {"ledger/sha256": {"per_second": bare}}
    tree = Tree()
    paths = {
        "ledger/leaves": row(per_second(lambda: _appended(tree, leaves), LEAVES), gate=400_000, bare=bare, ratio=0.2)
    }
    with tempfile.TemporaryDirectory() as folder:
        files, key = LogFiles(Path(folder) / "ledger"), NoteKey(ORIGIN, Ed25519PrivateKey.generate())
        persisted = per_second(lambda: _persisted(files, key, leaves), LEAVES)
        paths["ledger/persisted"] = row(persisted, gate=20_000, bare=bare)
        rebuilt = seconds(lambda: _rebuilt(files, root=tree.root()))
        paths["ledger/rebuild"] = row(round(LEAVES / rebuilt), gate=round(LEAVES / 3), bare=bare)
        for name, hash_at in (("proof", tree.hash_at), ("proof_tiles", files.hashes(LEAVES).hash_at)):
            times = sorted(_proof_times(tree, hash_at))
            paths[f"ledger/{name}"] = {
                **row(
                    round(1000 / statistics.median(times)), gate=round(1e6 / 60) if name == "proof" else 0, bare=bare
                ),
                "p50_ms": round(statistics.median(times), 4),
                "p95_ms": round(times[len(times) * 95 // 100], 4),
                "p99_ms": round(times[len(times) * 99 // 100], 4),
            }
    for name, size, most in _sizes(tree):
        paths[f"ledger/{name}"] = {"bytes": size, "gate": most, "passed": size <= most}
    return limits, paths


def row(found: float, *, gate: int, bare: float, ratio: float = 0.0) -> dict[str, Any]:
    """A path with its gate: absolute, or where there is one the ratio to bare hashing in the same run."""
    measured = round(found / bare, 3)
    passed = found >= gate or bool(ratio and measured >= ratio)
    return {"per_second": found, "sql": 0, "gate": gate, "ratio": measured, "ratio_gate": ratio, "passed": passed}


def seconds(work: Callable[[], object]) -> float:
    """How long it takes."""
    start = time.perf_counter()
    work()
    return time.perf_counter() - start


def per_second(work: Callable[[], object], count: int) -> float:
    """How many of `count` it does in a second."""
    return round(count / seconds(work))


def _appended(tree: Tree, leaves: Sequence[bytes]) -> bytes:
    """All leaves are hashed into the tree, batch by batch as they come; the root at the end."""
    for start in range(0, len(leaves), BATCH):
        tree.extend([leaf_hash(leaf) for leaf in leaves[start : start + BATCH]])
    return tree.root()


def _persisted(files: LogFiles, key: NoteKey, leaves: Sequence[bytes]) -> None:
    """Tiles, bundles and a signed checkpoint for each batch, synced as the sealer does it."""
    for start in range(0, len(leaves), BATCH):
        some = leaves[start : start + BATCH]
        files.write(grown(files, old=start, entries=some))
        size = start + len(some)
        root = root_at(size=size, hash_at=files.hashes(size).hash_at)
        note = sign_checkpoint(origin=ORIGIN, size=size, root=root, keys=[key])
        files.remember(Signed(note=note, size=size, root=root, signed_at=AT))
        files.publish(note)


def _rebuilt(files: LogFiles, *, root: bytes) -> None:
    """The root out of the entry bundles on disk, compared with the signed one."""
    leaves: list[bytes] = []
    for index in range(-(-LEAVES // TILE_WIDTH)):
        bundle = tile_in(size=LEAVES, level=ENTRIES, index=index)
        leaves.extend(map(leaf_hash, read_bundle(files.read(bundle), width=bundle.width)))
    if tree_root(leaves) != root:
        raise SystemExit("the rebuilt tree is another one")


def _proof_times(tree: Tree, hash_at: Callable[[int, int], bytes]) -> Iterator[float]:
    """Milliseconds for an inclusion proof of leaves all over the tree."""
    some = random.Random(1)  # noqa: S311  # the same leaves in every run
    for _ in range(PROOFS):
        index = some.randrange(tree.size)
        start = time.perf_counter_ns()
        inclusion_proof(index=index, size=tree.size, hash_at=hash_at)
        yield (time.perf_counter_ns() - start) / 1e6


def _sizes(tree: Tree) -> Iterator[tuple[str, int, int]]:
    """Bytes of a public proof and of a citizen's receipt at this size with three cosignatures, and the most allowed."""
    salt = new_salt()
    event: dict[str, Json] = {
        **EVENT,
        "text": text_hash(salt=salt, text="Lampu jalan mati"),
        "contact": text_hash(salt=salt, text="-"),
    }
    leaf = prepare_entry(
        stream=new_stream(), sequence=0, kind="case.filed", event=event, salt=salt, recorded_at=AT,
        unit_code="35.07.dpupr",
    ).leaf  # fmt: skip
    tree.extend([leaf_hash(leaf)])
    key = NoteKey(ORIGIN, Ed25519PrivateKey.generate())
    note = sign_checkpoint(origin=ORIGIN, size=tree.size, root=tree.root(), keys=[key])
    witnesses = [NoteKey(f"saksi{n}.example/w", Ed25519PrivateKey.generate(), COSIGNATURE) for n in range(3)]
    text = split_note(note).text.encode()
    note = add_lines(note, lines=[SignatureLine(w.name, w.key_id, cosign(text=text, key=w, at=AT)) for w in witnesses])
    index = tree.size - 1
    proof = tree.inclusion_proof(index=index)
    for name, extra, most in (
        ("public_proof_bytes", public_extra(leaf=leaf), 2048),
        ("receipt_bytes", citizen_extra(leaf=leaf, salt=salt, event=event, kind="case.filed"), 3072),
    ):
        yield name, len(format_receipt(extra=extra, index=index, proof=proof, checkpoint=note)), most


def show(limits: dict[str, Any], paths: dict[str, Any]) -> None:
    """The figures on the terminal."""
    print(f"\nledger, {LEAVES:,} leaves")
    for name, found in limits.items():
        print(f"  limit {name:22}{found['per_second']:>12,.0f} per s")
    for name, found in paths.items():
        verdict = "ok" if found["passed"] else "MISSED"
        if "bytes" in found:
            print(f"{name:28}{found['bytes']:>12,} bytes  at most {found['gate']:,}  {verdict}")
        else:
            print(f"{name:28}{found['per_second']:>12,.0f} per s  gate {found['gate']:,}  {found['ratio']}  {verdict}")


def main() -> int:
    """Measures and prints; exit 1 when a gate is missed."""
    limits, paths = ledger_rows()
    show(limits, paths)
    if "--json" in sys.argv:
        print(json.dumps({"limits": limits, "paths": paths}))
    return 0 if all(found["passed"] for found in paths.values()) else 1


if __name__ == "__main__":
    sys.exit(main())
