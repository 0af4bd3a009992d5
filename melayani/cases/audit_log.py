# SPDX-License-Identifier: EUPL-1.2
"""Auditing what belongs to no case: acts of administration, statements of the log, rows without owner, the tree.

Differences of entries are told with the number of their case where it has one.
"""

from collections.abc import Iterator, Sequence
from datetime import datetime
from heapq import merge
from typing import Any

from melayani.cases.audit_case import UNREADABLE, is_overdue
from melayani.cases.audit_rows import data_of, moment_of, query, selected
from melayani.government.administration import SUBJECTS
from melayani.government.models import AdministrativeAct
from melayani.government.rules import ADMINISTRATION_STREAM, SYSTEM
from melayani.ground.canonical_json import Json, canonical_json
from melayani.ledger.audit_tree import TreeAudit
from melayani.ledger.auditing import ENTRY_COLUMNS, Difference, EntryRow, hashed, leaf_differences
from melayani.ledger.encodings import read_base64
from melayani.ledger.log_files import LogFiles
from melayani.ledger.merkle import leaf_hash
from melayani.ledger.models import Entry, Statement
from melayani.ledger.proof_keeping import unproven
from melayani.ledger.statements import Spans, StatementKind, log_stream
from melayani.ledger.tiles import ENTRIES, TILE_WIDTH, read_bundle, tile_in
from melayani.ledger.vkeys import VerifierKey

LEAVES_AT_ONCE = 20_000
# So many differences of one kind are told by name; a log that is wrong everywhere need not be listed to its end.
MOST_TOLD = 10_000
# Of leaves without a row so many are looked for among all rows, which takes long.
MOST_SOUGHT = 50
ADMINISTRATION = "act"
STATEMENT = "statement"

# Rows that belong to nothing: what is missing, and how to find them. Each answers case id, sequence.
ORPHANS = {
    "case": "SELECT e.case_id, e.sequence FROM cases_event e LEFT JOIN cases_case c ON c.id = e.case_id "
    "WHERE c.id IS NULL",
    "text.event": "SELECT NULL, NULL FROM cases_casetext t LEFT JOIN cases_event e ON e.entry_id = t.event_id "
    "WHERE e.entry_id IS NULL",
    "vault.case": "SELECT v.case_id, NULL FROM cases_vault v LEFT JOIN cases_case c ON c.id = v.case_id "
    "WHERE c.id IS NULL",
    "attachment.case": "SELECT a.case_id, NULL FROM cases_attachment a LEFT JOIN cases_case c ON c.id = a.case_id "
    "WHERE c.id IS NULL",
    "party.case": "SELECT p.case_id, NULL FROM cases_party p LEFT JOIN cases_case c ON c.id = p.case_id "
    "WHERE c.id IS NULL",
}
ENTRIES_WITHOUT_ACT = (
    "SELECT n.stream, n.sequence FROM ledger_entry n LEFT JOIN cases_event e ON e.entry_id = n.id "
    "LEFT JOIN government_administrativeact a ON a.entry_id = n.id "
    "LEFT JOIN ledger_statement s ON s.entry_id = n.id "
    "WHERE e.entry_id IS NULL AND a.entry_id IS NULL AND s.entry_id IS NULL"
)
GAPS = (
    "SELECT id, position FROM (SELECT id, position, LAG(position, 1, 0) OVER (ORDER BY position) AS before "
    "FROM ledger_entry WHERE position IS NOT NULL) AS numbered WHERE position <> before + 1"
)


def act_differences(*, at: datetime) -> Iterator[Difference]:
    """Acts of administration and their entries."""
    names = ("entry_id", "sequence", "kind", "at", "officer_id", "data", "about", "reason", "change")
    statement = (
        f"SELECT {selected(AdministrativeAct, 'a', names)}, {selected(Entry, 'n', ENTRY_COLUMNS)} "  # noqa: S608  # names of models
        "FROM government_administrativeact a LEFT JOIN ledger_entry n ON n.id = a.entry_id ORDER BY a.sequence"
    )
    for place, values in enumerate(query(statement)):
        row, entry = dict(zip(names, values[:9], strict=True)), EntryRow(*values[9:])
        said = data_of(row["data"]) or {}
        if row["sequence"] != place:
            yield Difference("", row["sequence"], f"{ADMINISTRATION}.sequence")
        try:
            found = [
                *_entry_differences(row, entry, said, stream=ADMINISTRATION_STREAM, at=at),
                *_told(row, entry, said),
            ]
        except UNREADABLE:
            found = ["data"]
        yield from (Difference("", row["sequence"], f"{ADMINISTRATION}.{column}") for column in found)


def _entry_differences(
    row: dict[str, Any], entry: EntryRow, said: dict[str, Json], *, stream: bytes, at: datetime
) -> Iterator[str]:
    """An entry of a stream that is no case's: never secret, never erased."""
    if entry.id is None:
        yield "entry"
        return
    if entry.salt is None:
        yield "salt"
    yield from leaf_differences(entry, data=said)
    if is_overdue(entry, at=at):
        yield "leaf_index"
    wrong = {
        "stream": entry.stream != stream,
        "sequence": entry.sequence != row["sequence"],
        "sealed": entry.sealed != 0,
    }
    wrong["unit_code"] = entry.unit_code != ""
    yield from (name for name, differs in wrong.items() if differs)


def _told(row: dict[str, Any], entry: EntryRow, said: dict[str, Json]) -> Iterator[str]:
    """What stands beside the data of an act of administration."""
    if entry.kind != row["kind"]:
        yield "kind"
    if moment_of(row["at"]) != datetime.fromisoformat(str(said["at"])):
        yield "at"
    if (SYSTEM if row["officer_id"] is None else row["officer_id"]) != said["by"]:
        yield "officer"
    # Of several things in the data, which one came first is not kept by every database.
    about = {f"{name}:{said[name]}" for name in said if name in SUBJECTS}
    if row["about"] not in (about or {f"{row['kind'].partition('.')[0].removesuffix('s')}:"}):
        yield "about"
    if entry.salt is None:
        return
    if (hashed(entry.salt, row["reason"]) if row["reason"] else None) != said.get("reason"):
        yield "reason"
    change = None if row["change"] is None else data_of(row["change"])
    text = None if change is None else hashed(entry.salt, canonical_json(change).decode())
    if text != said.get("change"):
        yield "change"


def statement_differences(*, origin: str, at: datetime) -> Iterator[Difference]:
    """What the log `origin` says of itself, and what a log said that it follows."""
    names = ("entry_id", "sequence", "data")
    statement = (
        f"SELECT {selected(Statement, 's', names)}, {selected(Entry, 'n', ENTRY_COLUMNS)} "  # noqa: S608  # names of models
        "FROM ledger_statement s LEFT JOIN ledger_entry n ON n.id = s.entry_id ORDER BY s.sequence"
    )
    rows = query(statement)
    data = [data_of(values[2]) or {} for values in rows]
    streams = {log_stream(origin), *(log_stream(str(said["old_origin"])) for said in data if "old_origin" in said)}
    for place, (values, said) in enumerate(zip(rows, data, strict=True)):
        row, entry = dict(zip(names, values[:3], strict=True)), EntryRow(*values[3:])
        stream = entry.stream if entry.stream in streams else log_stream(origin)
        found = ["sequence"] if row["sequence"] != place else []
        try:
            found += _entry_differences(row, entry, said, stream=stream, at=at)
        except UNREADABLE:
            found.append("data")
        if entry.id is not None and entry.kind not in set(StatementKind):
            found.append("kind")
        yield from (Difference("", row["sequence"], f"{STATEMENT}.{column}") for column in found)


def proof_differences(
    *, files: LogFiles, keys: Sequence[VerifierKey], at: datetime
) -> tuple[list[Difference], list[int]]:
    """Kept proofs of announcements that do not hold, and the numbers of announcements of which none is kept.

    A missing one is no difference: nothing contradicts anything. But who trusts only the old key cannot follow.
    """
    try:
        found = unproven(files, keys=keys, before=at)
    except UNREADABLE:
        # A row that cannot be read at all: its columns are named already.
        return [], []
    wrong = [Difference("", each.sequence, f"{STATEMENT}.proof") for each in found.wrong]
    return wrong, [each.sequence for each in found.missing]


def orphan_differences() -> Iterator[Difference]:
    """Rows that belong to nothing, and holes in the positions."""
    for column, statement in ORPHANS.items():
        for _, sequence in query(f"{statement} LIMIT {MOST_TOLD}"):
            yield Difference("", sequence, column)
    for stream, sequence in query(f"{ENTRIES_WITHOUT_ACT} LIMIT {MOST_TOLD}"):
        yield Difference(_number_of(stream), sequence, "event")
    for entry, _ in query(f"{GAPS} LIMIT {MOST_TOLD}"):
        yield _of_entry(entry, "position")


def tree_differences(*, files: LogFiles, size: int) -> tuple[bytes, list[Difference]]:
    """The root of the leaves, and what of rows and files does not agree in the tree of `size` leaves."""
    tree = TreeAudit(files=files, size=size)
    swapped: list[int] = []
    tree.read(merge(_leaves(swapped, size=size), _lost(size=size), key=lambda row: row[0]))
    found = [Difference("", None, path) for path in tree.wrong_files]
    found += [_of_leaf(index, "leaf") for index in tree.wrong_rows[:MOST_TOLD]]
    found += [_without_row(files, size=size, index=index) for index in tree.no_rows[:MOST_SOUGHT]]
    found += [Difference("", None, f"leaf {index}") for index in tree.no_rows[MOST_SOUGHT:MOST_TOLD]]
    found += [_of_leaf(index, "leaf_index") for index in tree.twice[:MOST_TOLD]]
    found += [_of_entry(entry, "position") for entry in swapped[:MOST_TOLD]]
    unnumbered = query("SELECT id, 0 FROM ledger_entry WHERE position IS NULL AND leaf_index IS NOT NULL")
    found += [_of_entry(entry, "position") for entry, _ in unnumbered[:MOST_TOLD]]
    beyond = query("SELECT id, 0 FROM ledger_entry WHERE leaf_index >= %s OR leaf_index < 0", (size,))
    found += [_of_entry(entry, "leaf_index") for entry, _ in beyond[:MOST_TOLD]]
    lost = query("SELECT leaf_index, leaf, leaf_hash FROM ledger_lostleaf ORDER BY leaf_index")
    stated = _stated_lost() if lost else Spans(())
    found += [
        Difference("", None, f"lost leaf {index}")
        for index, *row in lost
        if index >= size or _is_wrong(*row) or index not in stated
    ]
    return tree.root, found


def _stated_lost() -> Spans:
    """Which leaves the log itself has said to be lost, in statements that are audited like every leaf."""
    rows = query(
        "SELECT s.data, s.sequence FROM ledger_statement s JOIN ledger_entry n ON n.id = s.entry_id WHERE n.kind = %s",
        (str(StatementKind.LEAVES_LOST),),
    )
    return Spans(str((data_of(data) or {}).get("indexes", "")) for data, _ in rows)


def _is_wrong(leaf: bytes, told: bytes) -> bool:
    return leaf_hash(leaf) != told


def _leaves(swapped: list[int], *, size: int) -> Iterator[tuple[int, bytes]]:
    """Index and leaf of every entry, by index; `swapped` gets the public entries that overtook another."""
    orderly = not query("SELECT 1 FROM ledger_lostleaf LIMIT 1")
    last = 0
    for start in range(0, size, LEAVES_AT_ONCE):
        rows = query(
            "SELECT leaf_index, leaf, position, sealed, id, kind FROM ledger_entry "
            "WHERE leaf_index >= %s AND leaf_index < %s ORDER BY leaf_index",
            (start, min(start + LEAVES_AT_ONCE, size)),
        )
        for index, leaf, position, sealed, entry, kind in rows:
            # Public entries enter in the order of their positions; what a new log says of itself enters before all.
            if orderly and not sealed and not kind.startswith("log."):
                if position is None or position < last:
                    swapped.append(entry)
                last = position or last
            yield index, leaf


def _lost(*, size: int) -> Iterator[tuple[int, bytes]]:
    rows: list[Any] = query("SELECT leaf_index, leaf FROM ledger_lostleaf WHERE leaf_index < %s ORDER BY 1", (size,))
    yield from rows


def _of_leaf(index: int, column: str) -> Difference:
    found = query("SELECT id, 0 FROM ledger_entry WHERE leaf_index = %s", (index,))
    return _of_entry(found[0][0], column) if found else Difference("", None, f"leaf {index}")


def _of_entry(entry: int, column: str) -> Difference:
    """The difference, with case and sequence of the entry."""
    [(stream, sequence)] = query("SELECT stream, sequence FROM ledger_entry WHERE id = %s", (entry,))
    events = query(
        "SELECT c.number, e.sequence FROM cases_event e JOIN cases_case c ON c.id = e.case_id WHERE e.entry_id = %s",
        (entry,),
    )
    if events:
        return Difference(events[0][0], events[0][1], column)
    return Difference(_number_of(stream), sequence, column)


def _number_of(stream: bytes) -> str:
    """The number of the case with this stream; empty when there is none. Only for what differs: no index helps."""
    found = query("SELECT number, 0 FROM cases_case WHERE stream = %s", (stream,))
    return str(found[0][0]) if found else ""


def _without_row(files: LogFiles, *, size: int, index: int) -> Difference:
    """A leaf whose number no row has: that of a row that says another number, or what its public part tells."""
    leaf = _leaf_at(files, size=size, index=index)
    # No index helps, but few leaves are ever without a row.
    rows = query("SELECT id, 0 FROM ledger_entry WHERE leaf = %s", (leaf,)) if leaf else []
    if rows:
        return _of_entry(rows[0][0], "leaf_index")
    told = data_of(leaf) or {}
    stream, sequence = told.get("s"), told.get("n")
    number = _number_of(read_base64(stream) or b"") if isinstance(stream, str) else ""
    return Difference(number, sequence if isinstance(sequence, int) and number else None, f"leaf {index}")


def _leaf_at(files: LogFiles, *, size: int, index: int) -> bytes:
    """The bytes of leaf `index` in its bundle; empty when that cannot be read."""
    tile = tile_in(size=size, level=ENTRIES, index=index // TILE_WIDTH)
    try:
        return read_bundle(files.read(tile), width=tile.width)[index % TILE_WIDTH]
    except UNREADABLE:
        return b""
