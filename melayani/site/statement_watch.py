# SPDX-License-Identifier: EUPL-1.2
"""What a log says of itself, as a monitor sees it: each statement in the tree is asked for, proven, and kept.

Which statements there are, the entries tell that the monitor keeps; so a log cannot leave one out. A proof that was
kept is never replaced: the announcement of a key is proven under the key of then, and that may be gone. What the log
says to have lost need not be shown any more. Needs no Django.
"""

import json
from collections.abc import Sequence
from dataclasses import dataclass

from melayani.ground.durable import make_folder, write_private
from melayani.ground.errors import Refused
from melayani.ledger.checkpoint import Checkpoint
from melayani.ledger.log_files import STATEMENTS, LogFiles
from melayani.ledger.merkle import ProofRefused, consistency_proof, leaf_hash, verify_consistency
from melayani.ledger.receipts import MOST_RECEIPT_BYTES
from melayani.ledger.statement_proofs import ProvenStatement, StatementRefused, named_in, proven_statement
from melayani.ledger.statement_rules import Spans, StatementKind, log_stream, statement_number
from melayani.ledger.tiles import (
    ENTRIES,
    TILE_WIDTH,
    Tile,
    TileHashes,
    TilesRefused,
    bundles_between,
    read_bundle,
    tile_in,
)
from melayani.ledger.vkeys import VerifierKey
from melayani.site.alarms import Alarm, MemoryBroken
from melayani.site.fetching import Server, Unreachable

ADDRESS = "buku-besar/pernyataan/{number}"
SEEN = "seen.json"
GONE = (404, 410)
CONTRADICTED = 409


@dataclass(frozen=True)
class Place:
    """Where a statement stands: leaf `index`, and the `number` under which the log shows it."""

    index: int
    number: int
    leaf: bytes


@dataclass(frozen=True)
class Watched:
    """How many statements were proven, and a signed checkpoint that is larger than the tree of this look, if any."""

    proven: int = 0
    larger: bytes = b""


def watch_statements(
    server: Server, tree: Checkpoint, *, hashes: TileHashes, files: LogFiles, keys: Sequence[VerifierKey]
) -> Watched:
    """Every statement in the tree holds, and its proof lies in `files`, which hold the entries of the tree.

    `hashes` are those of the tree; `keys` sign the log. Raises `Alarm` when a proof does not hold or is shown no more,
    `Unreachable` when it cannot be had now.
    """
    found: list[ProvenStatement] = []
    gone: list[Place] = []
    larger: dict[int, bytes] = {}
    shown = [(place, _fetched(server, place)) for place in _places(files, tree)]
    # The announcement of another key may be signed by a log key of then. What names one must itself hold below.
    keys = [*keys, *(key for _, content in shown if content for key in named_in(content))]
    for place, content in shown:
        said = None if content is None else _proven(content, place, keys=keys)
        if content is None or said is None:
            gone.append(place)
            continue
        if said.size > tree.size:
            # The log has grown since we looked. What it signed there, the next look must continue.
            larger[said.size] = said.checkpoint
        else:
            _check_same_log(said, tree, hashes=hashes, content=content, place=place)
        if files.statement_proof(leaf_hash(place.leaf)) is None:
            files.keep_statement_proof(leaf_hash(place.leaf), content)
        found.append(said)
    lost = Spans(str(said.event.get("indexes", "")) for said in found if said.kind == StatementKind.LEAVES_LOST)
    for place in gone:
        if place.index not in lost:
            raise Alarm(
                "statement_gone",
                "Pernyataan %(number)s ada di pohon (catatan %(index)s), tetapi isinya tidak ditunjukkan.",
                note=files.statement_proof(leaf_hash(place.leaf)) or b"",
                number=place.number,
                index=place.index,
            )
    return Watched(proven=len(found), larger=larger[max(larger)] if larger else b"")


def _fetched(server: Server, place: Place) -> bytes | None:
    """The proof as the log shows it; None when it shows none."""
    path = ADDRESS.format(number=place.number)
    answered = server.ask(path, most=MOST_RECEIPT_BYTES)
    if answered.status in GONE:
        return None
    if answered.status == CONTRADICTED:
        raise _wrong(place, "409")
    if answered.status != 200:
        raise Unreachable("status", "%(path)s menjawab %(status)s, bukan 200.", path=path, status=answered.status)
    return answered.body


def _proven(content: bytes, place: Place, *, keys: Sequence[VerifierKey]) -> ProvenStatement | None:
    """The statement; None when a later one stands under its number, as after a loss. Raises `Alarm`."""
    try:
        said = proven_statement(content, keys=keys)
        if said.leaf != place.leaf:
            return None
        if said.index != place.index:
            raise StatementRefused("statement_index", "Nomor daunnya lain.")
    except Refused as refused:
        raise _wrong(place, refused.message, content) from refused
    return said


def _check_same_log(
    said: ProvenStatement, tree: Checkpoint, *, hashes: TileHashes, content: bytes, place: Place
) -> None:
    """The tree in the proof is a beginning of the one that is signed now, whichever key signed it then."""
    if said.origin != tree.origin:
        raise _wrong(place, said.origin, content)
    try:
        same = said.size == tree.size
        proof = [] if same else consistency_proof(size1=said.size, size2=tree.size, hash_at=hashes.hash_at)
        verify_consistency(size1=said.size, root1=said.root, size2=tree.size, root2=tree.root, proof=proof)
    except ProofRefused as refused:
        raise Alarm(
            "statement_fork",
            "Bukti pernyataan %(number)s berasal dari pohon lain dengan nama buku besar yang sama.",
            note=content,
            number=place.number,
        ) from refused
    except TilesRefused as refused:
        raise Alarm("tiles", "Ubin buku besar rusak: %(reason)s", reason=refused.message) from refused


def _wrong(place: Place, why: str, content: bytes = b"") -> Alarm:
    return Alarm(
        "statement",
        "Bukti pernyataan %(number)s tidak sah: %(reason)s",
        note=content,
        number=place.number,
        reason=why,
    )


def _places(files: LogFiles, tree: Checkpoint) -> list[Place]:
    """Where statements stand in the tree, by the entries that are kept; each entry is looked at once."""
    stream = log_stream(tree.origin)
    upto, indexes = _seen(files, tree.size)
    for bundle in bundles_between(upto, tree.size):
        for place, leaf in enumerate(_entries(files, bundle)):
            if statement_number(leaf, stream=stream) is not None:
                indexes.add(bundle.index * TILE_WIDTH + place)
    if upto != tree.size:
        folder = files.folder / STATEMENTS
        make_folder(folder)
        write_private(folder / SEEN, json.dumps({"size": tree.size, "indexes": sorted(indexes)}).encode() + b"\n")
    places = []
    for index in sorted(indexes):
        entries = _entries(files, tile_in(size=tree.size, level=ENTRIES, index=index // TILE_WIDTH))
        leaf = entries[index % TILE_WIDTH]
        number = statement_number(leaf, stream=stream)
        if number is not None:
            places.append(Place(index=index, number=number, leaf=leaf))
    return places


def _entries(files: LogFiles, bundle: Tile) -> list[bytes]:
    try:
        return read_bundle(files.read(bundle), width=bundle.width)
    except TilesRefused as refused:
        raise MemoryBroken("keep_broken", "Berkas %(name)s dalam folder simpanan rusak.", name=bundle.path) from refused


def _seen(files: LogFiles, size: int) -> tuple[int, set[int]]:
    """How many entries were looked at, and where statements were; nothing when that cannot be read or be true."""
    try:
        said = json.loads((files.folder / STATEMENTS / SEEN).read_bytes())
        upto, indexes = int(said["size"]), {int(index) for index in said["indexes"]}
    except (OSError, ValueError, KeyError, TypeError):
        return 0, set()
    if not 0 <= upto <= size or any(not 0 <= index < upto for index in indexes):
        return 0, set()
    return upto, indexes
