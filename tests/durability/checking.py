# SPDX-License-Identifier: EUPL-1.2
"""What must be true of an instance after any accident. Each fault is one line that begins with its sort.

`lost`: an acknowledged case, its key, its story or its PDF is not there. `half`: a case or entry without what belongs
to it. `double`: not one case for each token. `database`: SQLite finds it damaged. `numbers`: positions or leaf indexes
have gaps. `fork`: what the log signs now is not what it published before.
"""

import base64
import hashlib
import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from django.db import connection

from melayani.cases import vault
from melayani.cases.files import opened_attachment
from melayani.cases.models import Attachment, Case, CaseText, Event, Submission, Vault
from melayani.cases.queries import citizen_case
from melayani.ground.sealing import SealBroken
from melayani.ledger.checkpoint import parse_checkpoint
from melayani.ledger.log_files import LogFiles
from melayani.ledger.merkle import leaf_hash, root_at
from melayani.ledger.models import Entry, LostLeaf
from melayani.ledger.note import split_note
from melayani.ledger.rules import commitment
from melayani.ledger.tiles import ENTRIES, TilesRefused, read_bundle, tile_in
from tests.durability.stories import pdf_of, story

# So many of the newest acknowledged cases are opened by the same function as the citizen's page; all others by rows.
OPENED_AS_CITIZEN = 5


@dataclass(frozen=True)
class Acknowledged:
    """What a citizen was told: number and key of the case that tells story n, and whether a PDF went with it.

    A client of Open311 is told no key.
    """

    number: str
    key: str
    n: int
    pdf: bool = False


def database_faults() -> Iterator[str]:
    """What SQLite itself finds: damaged pages, rows that lead nowhere."""
    if connection.vendor != "sqlite":
        return
    with connection.cursor() as cursor:
        cursor.execute("PRAGMA integrity_check")
        said = [str(row[0]) for row in cursor.fetchall()]
        cursor.execute("PRAGMA foreign_key_check")
        if said != ["ok"] or cursor.fetchall():
            yield f"database: {said[:3]}"


def lost(acknowledged: Sequence[Acknowledged]) -> Iterator[str]:
    """Acknowledged cases that do not have their key and the story that was sent, with its PDF."""
    keys = dict(Case.objects.values_list("number", "key_hash"))
    stories = {case.number: text for case, text in _stories()}
    for told in acknowledged:
        if told.number not in keys:
            yield f"lost: {told.number} is not there"
        elif told.key and bytes(keys[told.number]) != hashlib.sha256(told.key.encode()).digest():
            yield f"lost: the key of {told.number}"
        elif stories.get(told.number) != story(told.n):
            yield f"lost: the story of {told.number}"
        elif told.pdf and not _pdf_is_there(told):
            yield f"lost: the PDF of {told.number}"
    yield from _closed([told for told in acknowledged if told.key][-OPENED_AS_CITIZEN:])


def _closed(acknowledged: Sequence[Acknowledged]) -> Iterator[str]:
    """Acknowledged cases whose page the citizen's key does not open."""
    for told in acknowledged:
        try:
            seen = citizen_case(number=told.number, key=told.key)
        except (SealBroken, Vault.DoesNotExist, AssertionError) as error:
            yield f"lost: {told.number} does not open: {error}"
            continue
        if seen is None or not seen.happenings or seen.happenings[0].text != story(told.n):
            yield f"lost: {told.number} is not opened by its key"


def _stories() -> Iterator[tuple[Case, str | None]]:
    """Every case that has a text of its filing, and what it says; None when the key of the case does not open it."""
    for text in CaseText.objects.select_related("event__case__vault").filter(event__sequence=0):
        case = text.event.case
        stream = bytes(case.stream)
        try:
            key = vault.unwrapped(wrapped=bytes(case.vault.wrapped_key or b""), stream=stream)
            opened = vault.open_text(key=key, stream=stream, sequence=0, sealed=bytes(text.sealed or b""))
        except (SealBroken, Vault.DoesNotExist):
            yield case, None
        else:
            yield case, str(opened["text"])


def _pdf_is_there(told: Acknowledged) -> bool:
    row = Attachment.objects.filter(case__number=told.number, event__sequence=0).first()
    found = opened_attachment(name=row.name, small=False, released_only=False) if row else None
    return found is not None and found[1] == pdf_of(told.n)


def halves() -> Iterator[str]:
    """Cases without filing, text, vault or token; entries without act; leaves that do not open to their act."""
    filings = Event.objects.filter(sequence=0)
    parts = {
        "event": set(filings.values_list("case_id", flat=True)),
        "vault": set(Vault.objects.filter(wrapped_key__isnull=False).values_list("case_id", flat=True)),
        "token": set(Submission.objects.values_list("case_id", flat=True)),
        "text": set(filings.filter(text__sealed__isnull=False).values_list("case_id", flat=True)),
    }
    for case, number in Case.objects.values_list("id", "number"):
        yield from (f"half: {number} has no {name}" for name, cases in parts.items() if case not in cases)
    alone = Entry.objects.filter(kind__startswith="case.", event__isnull=True)
    for row in alone.values_list("pk", flat=True)[:3]:
        yield f"half: entry {row} has no act"
    for event in Event.objects.select_related("entry", "case"):
        entry = event.entry
        bound = commitment(salt=bytes(entry.salt or b""), kind=event.kind, event=event.data)
        leaf = bytes(entry.leaf)
        if json.loads(leaf)["c"] != base64.b64encode(bound).decode() or leaf_hash(leaf) != bytes(entry.leaf_hash):
            yield f"half: {event.case.number} does not open its leaf"
        if bytes(entry.stream) != bytes(event.case.stream):
            yield f"half: {event.case.number} has the entry of another"


def gaps() -> Iterator[str]:
    """Positions run from 1, leaf indexes (those of lost leaves among them) from 0, without a gap."""
    positions = Entry.objects.filter(position__isnull=False).values_list("position", flat=True)
    if sorted(number or 0 for number in positions) != list(range(1, len(positions) + 1)):
        yield "numbers: position has gaps"
    indexes = [*_leaves()]
    if sorted(indexes) != list(range(len(indexes))):
        yield "numbers: leaf_index has gaps"


def _leaves() -> dict[int, bytes]:
    """The leaves that the database knows to be in the tree, by their index."""
    rows = Entry.objects.filter(leaf_index__isnull=False).values_list("leaf_index", "leaf")
    lost_leaves = LostLeaf.objects.values_list("leaf_index", "leaf")
    return {index: bytes(leaf) for index, leaf in (*rows, *lost_leaves) if index is not None}


def doubles(tokens: int) -> Iterator[str]:
    """More or fewer cases than there were tokens."""
    cases = Case.objects.count()
    if cases != tokens:
        yield f"double: {cases} cases under {tokens} tokens"


def half_secrets() -> Iterator[str]:
    """Texts that their case's key does not open."""
    yield from (f"half: the text of {case.number} does not open" for case, text in _stories() if text is None)


def forks(files: LogFiles, published: Sequence[bytes]) -> Iterator[str]:
    """Published checkpoints that the log, as it is published now, does not continue; rows that are not in its tree."""
    note = files.published()
    last = parse_checkpoint(split_note(note).text) if note else None
    if last is None:
        if published:
            yield "fork: nothing is published any more"
        return
    try:
        hash_at = files.hashes(last.size).hash_at
        if root_at(size=last.size, hash_at=hash_at) != last.root:
            yield f"fork: the tree of {last.size} leaves is not what was signed"
        for each in published:
            told = parse_checkpoint(split_note(each).text)
            if told.size > last.size:
                yield f"fork: {told.size} leaves were published, now {last.size}"
            elif root_at(size=told.size, hash_at=hash_at) != told.root:
                yield f"fork: the first {told.size} leaves are others"
        yield from _strangers(files, last.size)
    except TilesRefused as refused:
        yield f"fork: tiles are not there: {refused.code}"


def _strangers(files: LogFiles, size: int) -> Iterator[str]:
    """Rows whose leaf is not the one in the tree at their index."""
    bundles = [tile_in(size=size, level=ENTRIES, index=n) for n in range(-(-size // 256))]
    leaves = [leaf for bundle in bundles for leaf in read_bundle(files.read(bundle), width=bundle.width)]
    told = _leaves()
    if any(told.get(index) != leaf for index, leaf in enumerate(leaves)):
        yield "fork: rows and tree differ"
