# SPDX-License-Identifier: EUPL-1.2
"""Whether the proofs that must be kept for ever are there, and making again what can still be made.

Only announcements of keys need one. That of a log key can be made while the old key still signs, which is until it is
retired; `rotation.py` sees to it in each round. That of a promise key can be made under whatever log key signs now.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from melayani.ground.errors import Refused
from melayani.ledger.log_files import LogFiles
from melayani.ledger.models import Statement
from melayani.ledger.proving import proof_file
from melayani.ledger.receipts import citizen_extra
from melayani.ledger.statement_proofs import is_proof_of, log_keys_in
from melayani.ledger.statement_rules import StatementKind
from melayani.ledger.vkeys import VerifierKey

# A proof is kept in the round after the seal; with a worker that was away meanwhile it may take longer.
SETTLED_AFTER = timedelta(seconds=60)


@dataclass(frozen=True)
class Unproven:
    """Announcements of keys whose proof is `missing`, or `wrong`: the file that is kept does not prove them."""

    missing: tuple[Statement, ...]
    wrong: tuple[Statement, ...]


def unproven(files: LogFiles, *, keys: Sequence[VerifierKey], before: datetime | None = None) -> Unproven:
    """The announcements in the tree (recorded `before` that moment) that lack a proof which holds. One query.

    `keys` sign the log now; earlier ones are those that the log itself names.
    """
    said = list(Statement.objects.select_related("entry").order_by("sequence"))
    known = [*keys, *(key for each in said if isinstance(each.data, dict) for key in log_keys_in(each.data))]
    limit = None if before is None else int((before - SETTLED_AFTER).timestamp())
    missing, wrong = [], []
    for each in said:
        entry = each.entry
        if entry.kind != StatementKind.KEY_ANNOUNCED or entry.leaf_index is None:
            continue
        if limit is not None and entry.recorded_at > limit:
            continue
        kept = files.statement_proof(bytes(entry.leaf_hash))
        if kept is None:
            missing.append(each)
        elif not is_proof_of(kept, leaf=bytes(entry.leaf), keys=known):
            wrong.append(each)
    return Unproven(missing=tuple(missing), wrong=tuple(wrong))


def prove_again(files: LogFiles, *, keys: Sequence[VerifierKey]) -> int:
    """What can be made of missing or wrong proofs under the published checkpoint is kept; answers how many.

    `keys` sign the log now. Where the old key is gone nothing can be done: `melayani check` goes on saying so.
    """
    found, made = unproven(files, keys=keys), 0
    for each in (*found.missing, *found.wrong):
        entry = each.entry
        try:
            extra = citizen_extra(
                leaf=bytes(entry.leaf), salt=bytes(entry.salt or b""), event=each.data, kind=entry.kind
            )
            content = proof_file(extra=extra, index=entry.leaf_index or 0, files=files)
        except Refused:
            # Rows and files of the log contradict each other: the audit says how.
            continue
        if content is not None and is_proof_of(content, leaf=bytes(entry.leaf), keys=keys):
            files.keep_statement_proof(bytes(entry.leaf_hash), content)
            made += 1
    return made
