# SPDX-License-Identifier: EUPL-1.2
"""What the log says of itself, in leaves of a stream of its own: keys that change, lost leaves, the log it follows.

Source: LEDGER "Keys" (a new key is announced in a leaf signed under the old one) and "Restore" (a new origin starts
with a statement that names the old one). Statements are public: whoever asks gets data and salt.
"""

from collections.abc import Mapping
from datetime import datetime

from django.db.models import Max

from melayani.ground.canonical_json import Json
from melayani.ledger.actions import record
from melayani.ledger.models import Statement
from melayani.ledger.rules import new_salt
from melayani.ledger.statement_rules import Spans, StatementKind, in_parts, log_stream, spans

__all__ = ["Spans", "StatementKind", "in_parts", "log_stream", "record_statement", "spans"]


def record_statement(*, kind: StatementKind, data: Mapping[str, Json], origin: str, at: datetime) -> Statement:
    """The statement is recorded like any act, and enters the tree with the next seal. Runs in the caller's transaction.

    Two at once: one of them fails at the unique sequence, and nothing of it is written.
    """
    last = Statement.objects.aggregate(last=Max("sequence"))["last"]
    sequence = 0 if last is None else last + 1
    entry = record(
        stream=log_stream(origin), sequence=sequence, kind=kind, event=data, salt=new_salt(), at=at, sealed=False
    )
    return Statement.objects.create(entry=entry, sequence=sequence, data=dict(data))
