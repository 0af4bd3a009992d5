# SPDX-License-Identifier: EUPL-1.2
"""The audit: rows, leaves, tree and checkpoints of one moment, recomputed and compared (`melayani audit`).

One snapshot of the database serves all of it; files are read around it in the order in which they are written, so that
a running service is no difference. Nothing is changed. What no leaf commits to cannot be found: `NOT_COMMITTED`.
"""

import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path

from django.conf import settings
from django.db import DatabaseError

from melayani.cases.audit_case import UNREADABLE, history_differences, read_case
from melayani.cases.audit_content import Depth, content_differences
from melayani.cases.audit_log import (
    act_differences,
    orphan_differences,
    proof_differences,
    statement_differences,
    tree_differences,
)
from melayani.cases.audit_rows import CaseRows, Codes, query, read_cases, read_codes
from melayani.cases.models import Case
from melayani.ground.errors import Refused
from melayani.ledger.audit_tree import KEPT_SIZE, Outside, checkpoint_differences, read_outside, stale
from melayani.ledger.auditing import Difference
from melayani.ledger.checkpoint import parse_checkpoint
from melayani.ledger.log_files import LogFiles, Signed
from melayani.ledger.merkle import EMPTY_ROOT
from melayani.ledger.models import Checkpoint, Entry, LostLeaf
from melayani.ledger.note import split_note
from melayani.ledger.vkeys import VerifierKey

CASES_AT_ONCE = 500
# How long a seal may take from its row to what is published.
SETTLING_SECONDS = 3.0

# Columns that no leaf commits to and nothing else determines, by table. A change of these is not found.
NOT_COMMITTED = {
    "cases_case": {
        "id": "a number of the database; events that lost their case are found",
        "key_hash": "known to the citizen: a changed one only shuts out, and the receipt tells whose case it is",
        "why": "explains the routing in words; the rule and its version are committed to",
        "promise_source": "names the source of a period; the period itself is committed to",
        "unit_name": "the name of the unit when it was last written; the unit itself is committed to",
        "topic_name": "the name of the topic when it was last written; the topic itself is committed to",
        "place_name": "the name of the place when it was last written; the place itself is committed to",
    },
    "cases_attachment": {
        "id": "a number of the database",
        "width": "for layout only; with --files the file is the one that was sent",
        "height": "for layout only; with --files the file is the one that was sent",
    },
    "cases_party": {
        "id": "a number of the database",
        "key_hash": "known to whoever joined: a changed one only shuts out",
        "token_hash": "makes a repeated sending harmless; forgotten, somebody joins twice",
    },
}


@dataclass
class Report:
    """What was found. `root` (32 bytes) and `size` are those of the last checkpoint the database knows.

    `unproven`: numbers of statements that announce a key and whose proof under the key of then is not kept.
    """

    entries: int = 0
    leaves: int = 0
    pending: int = 0
    erased: int = 0
    lost: int = 0
    root: bytes = EMPTY_ROOT
    unproven: list[int] = field(default_factory=list)
    differences: list[Difference] = field(default_factory=list)


@dataclass(frozen=True)
class Task:
    """A part of the audit: cases by their ids, or (`first` None) everything else."""

    first: int | None = None
    last: int = 0


@dataclass(frozen=True)
class Plan:
    """What all parts of an audit share. `at` is now, `keys` are those that sign the log."""

    at: datetime
    outside: Outside
    keys: tuple[VerifierKey, ...]
    depth: Depth


@dataclass(frozen=True)
class Part:
    """What one task found, in so many cases with so many `erased` entries.

    `report` holds the numbers; only the task for everything else makes one.
    """

    cases: int
    differences: Sequence[Difference]
    erased: int = 0
    report: Report | None = None


def log_files() -> LogFiles:
    """The log of this instance."""
    return LogFiles(Path(settings.LEDGER))


def plan_for(*, at: datetime, depth: Depth, keys: Sequence[VerifierKey] = ()) -> Plan:
    """The plan of an audit that begins now. `keys` (of the log) are believed instead of the published ones."""
    outside = read_outside(log_files())
    return Plan(at=at, outside=outside, keys=tuple(keys) or outside.keys, depth=depth)


def tasks() -> list[Task]:
    """The parts of an audit, the longest first. To be asked in the snapshot."""
    # The ids that are there: a row that was given an odd one neither hides others nor makes a span without end.
    ids = [int(row) for (row,) in query("SELECT id FROM cases_case ORDER BY id")]
    spans = [ids[start : start + CASES_AT_ONCE] for start in range(0, len(ids), CASES_AT_ONCE)]
    return [Task(), *(Task(first=span[0], last=span[-1]) for span in spans)]


def audited(task: Task, *, plan: Plan, codes: Codes) -> Part:
    """What the task finds, in the snapshot in which it runs."""
    if task.first is None:
        report = log_report(plan)
        return Part(cases=0, differences=report.differences, report=report)
    found: list[Difference] = []
    counted = erased = 0
    for rows in _readable(task.first, task.last, found):
        counted += 1
        differences, without_salt = case_differences(rows, plan=plan, codes=codes)
        found += differences
        erased += without_salt
    return Part(cases=counted, differences=found, erased=erased)


def _readable(first: int, last: int, found: list[Difference]) -> Iterator[CaseRows]:
    """The cases with these ids; one that the database cannot even read is among `found`."""
    try:
        yield from list(read_cases(first, last))
    except (DatabaseError, *UNREADABLE):
        if first == last:
            found.append(Difference("", None, f"case {first}"))
            return
        middle = (first + last) // 2
        yield from _readable(first, middle, found)
        yield from _readable(middle + 1, last, found)


def case_differences(rows: CaseRows, *, plan: Plan, codes: Codes) -> tuple[list[Difference], int]:
    """Everything of one case that does not agree, each named once; and how many of its entries were erased."""
    number, erased = str(rows.case["number"]), 0
    found: dict[Difference, None] = {}
    try:
        reading = read_case(rows, at=plan.at)
        if reading.erased_by is not None:
            erased = sum(reading.has_lost(act) for act in reading.acts)
        for sequence, column in history_differences(reading, codes=codes):
            found[Difference(number, sequence, column)] = None
        for sequence, column in content_differences(reading, depth=plan.depth):
            found[Difference(number, sequence, column)] = None
    except UNREADABLE:
        # Something of a kind that belongs nowhere here.
        found[Difference(number, None, "case")] = None
    return list(found), erased


def log_report(plan: Plan) -> Report:
    """Everything that belongs to no single case, and the numbers."""
    files, kept = log_files(), _kept()
    size = 0 if kept is None else kept.size
    root, differences = tree_differences(files=files, size=size)
    differences += [
        Difference("", None, column)
        for column in dict.fromkeys(
            checkpoint_differences(kept=kept, outside=plan.outside, root=root, files=files, keys=plan.keys)
        )
    ]
    if Checkpoint.objects.count() > 1:
        differences.append(Difference("", None, KEPT_SIZE))
    origin = _origin(kept)
    for found in (act_differences(at=plan.at), statement_differences(origin=origin, at=plan.at), orphan_differences()):
        differences += found
    wrong, missing = proof_differences(files=files, keys=plan.keys, at=plan.at)
    differences += wrong
    return Report(
        entries=Entry.objects.count(),
        leaves=size,
        pending=Entry.objects.filter(leaf_index__isnull=True).count(),
        lost=LostLeaf.objects.count(),
        root=root if kept is None else kept.root,
        unproven=missing,
        differences=differences,
    )


def _kept() -> Signed | None:
    """The last checkpoint as the database has it."""
    kept = Checkpoint.objects.order_by("-size").first()
    if kept is None:
        return None
    return Signed(note=bytes(kept.note), size=kept.size, root=bytes(kept.root), signed_at=kept.signed_at)


def _origin(kept: Signed | None) -> str:
    try:
        return parse_checkpoint(split_note(kept.note).text).origin if kept is not None else ""
    except Refused:
        return ""


def collected(parts: Iterable[Part], *, tell: Callable[[int], None] | None = None) -> Report:
    """The report over all parts; `tell` hears how many cases so far."""
    report, cases, erased = Report(), 0, 0
    differences: list[Difference] = []
    for part in parts:
        differences += part.differences
        report = part.report or report
        cases += part.cases
        erased += part.erased
        if tell is not None and part.cases:
            tell(cases)
    report.differences, report.erased = differences, erased
    return report


def settled(report: Report, *, plan: Plan, seconds: float = SETTLING_SECONDS) -> Report:
    """The report at the end: what a seal or an erasure was just doing meanwhile is no difference."""
    until = time.monotonic() + seconds
    while (behind := stale(log_files(), size=report.leaves, keys=plan.keys)) and time.monotonic() < until:
        time.sleep(0.05)
    # An instance that has signed nothing yet has nothing to be behind.
    if report.leaves:
        report.differences += [Difference("", None, name) for name in behind]
    missing = {each.case for each in report.differences if each.column == "file"}
    if missing:
        # An erasure removes files beside us; its case tells so when it is read anew.
        gone = set(Case.objects.filter(number__in=missing, erased_at__isnull=False).values_list("number", flat=True))
        report.differences = [each for each in report.differences if each.column != "file" or each.case not in gone]
    ordered = dict.fromkeys(sorted(report.differences, key=lambda each: (each.case, each.event or 0, each.column)))
    report.differences = list(ordered)
    return report


def audit_here(
    *,
    at: datetime,
    depth: Depth | None = None,
    keys: Sequence[VerifierKey] = (),
    tell: Callable[[int], None] | None = None,
    settling: float = SETTLING_SECONDS,
) -> Report:
    """The audit by this process alone, in the transaction of the caller."""
    plan = plan_for(at=at, depth=depth or Depth(), keys=keys)
    codes = read_codes()
    report = collected((audited(task, plan=plan, codes=codes) for task in tasks()), tell=tell)
    return settled(report, plan=plan, seconds=settling)
