# SPDX-License-Identifier: EUPL-1.2
"""Synthetic cases with true histories as rows: every act is an event with a real leaf and a sealed text.

The rows of a filing are those of `cases.store.prepare`; the cached state is the fold of the events. `seed_paths` says
what happens; nothing here writes to the database.
"""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from random import Random
from typing import Any

from django.db import connection

from melayani.cases import store, vault
from melayani.cases.actions import first_words
from melayani.cases.filing import Filing
from melayani.cases.life import Happened, first_state, next_state
from melayani.cases.rules import CITIZEN, ActorKind, EventKind, Visibility
from melayani.catalogue.queries import promise_for, service_row, topic_row
from melayani.government.queries import PlaceRow, due_moment, unit_row
from melayani.ground.canonical_json import Json
from melayani.ground.case_number import key_from_bytes
from melayani.ledger.rules import prepare_entry, text_hash
from melayani.triage.queries import routing_for

Row = tuple[Any, ...]
_AT = {name: place for place, name in enumerate(store.CASE_COLUMNS)}


@dataclass
class Rows:
    """Rows of several cases, ids first, in the column order of `cases.store` with the id before it."""

    entries: list[Row] = field(default_factory=list)
    cases: list[Row] = field(default_factory=list)
    events: list[Row] = field(default_factory=list)
    texts: list[Row] = field(default_factory=list)
    vaults: list[Row] = field(default_factory=list)


class SyntheticCase:
    """One case from its filing on; `act` adds what happens next. The state is the fold of the events, as everywhere."""

    def __init__(
        self, *, filing: Filing, number: str, place: PlaceRow, filed_at: datetime, at: datetime, rng: Random
    ) -> None:
        """`at` is the moment of recording, `filed_at` the moment of the filing."""
        self._rng, self._at = rng, at
        service = service_row(filing.service) if filing.service else None
        topic = topic_row(service.topic if service else filing.topic)
        self.routing = routing_for(topic=topic.code, service_code=filing.service, place_code=place.code)
        promise = promise_for(service_code=filing.service, kind=filing.kind)
        self.place, self.filing = place, filing
        self._filed = store.prepare(
            number=number,
            key=key_from_bytes(rng.randbytes(16)),
            filing=filing,
            understood=store.Understood(
                kind=filing.kind,
                topic=topic,
                service=service,
                place=place,
                routing=self.routing,
                unit=unit_row(self.routing.unit_code),
                desk=unit_row(self.routing.desk_code),
                promise=promise,
                due=due_moment(
                    filed_at=filed_at, days=promise.days, basis=promise.basis, region_code=place.region_code
                ),
            ),
            by=replace(CITIZEN, imported_at=at),
            at=filed_at,
            token_hash=None,
            body_hash=b"",
        )
        self._stream: bytes = self._filed.case[_AT["stream"]]
        self._key = vault.unwrapped(wrapped=self._filed.vault[1], stream=self._stream)
        self._secret = filing.visibility is Visibility.SECRET
        said: Mapping[str, Json] = json.loads(self._filed.event[4])
        self.state = first_state(Happened(kind=EventKind.FILED, at=filed_at, data=said))
        self._entries: list[Row] = [self._filed.entry]
        self._events: list[Row] = [self._filed.event]
        self._texts: list[tuple[int, Row]] = [(0, self._filed.text)]
        self._last_at, self._title, self._shown = filed_at, "", False

    def act(
        self,
        kind: EventKind,
        *,
        by: ActorKind,
        at: datetime,
        officer_id: int | None = None,
        data: Mapping[str, Json] | None = None,
        text: str = "",
        hashed: Mapping[str, str] | None = None,
    ) -> None:
        """The act has happened, as `cases.acting.act` would have written it."""
        salt, sequence = self._rng.randbytes(32), len(self._events)
        said: dict[str, Json] = {"at": at.isoformat(), "by": by, "unit": self.state.unit, **(data or {})}
        if by is ActorKind.OFFICER:
            said |= {"acting": officer_id, "officer": officer_id}
        said["imported"] = True
        said |= {name: text_hash(salt=salt, text=kept) for name, kept in (hashed or {}).items()}
        if text:
            said["text"] = text_hash(salt=salt, text=text)
            sealed = vault.seal_text(key=self._key, stream=self._stream, sequence=sequence, content={"text": text})
            shown = self._shown and by is ActorKind.OFFICER and kind in (EventKind.ANSWERED, EventKind.PROGRESS)
            if shown:
                said["released"] = True
            self._texts.append((sequence, (sealed, text if shown else None, "")))
        self.state = next_state(self.state, Happened(kind=kind, at=at, data=said))
        entry = prepare_entry(
            stream=self._stream,
            sequence=sequence,
            kind=kind,
            event=said,
            salt=salt,
            recorded_at=int(self._at.timestamp()),
            unit_code=self.state.unit,
            sealed=self._secret,
        )
        self._entries.append(
            (self._stream, sequence, kind, entry.unit_code, entry.sealed, entry.recorded_at, salt, entry.leaf,
             entry.leaf_hash)
        )  # fmt: skip
        when = connection.ops.adapt_datetimefield_value(at)
        self._events.append((sequence, kind, when, officer_id, json.dumps(said, separators=(",", ":"))))
        self._last_at = at

    def release(self, *, at: datetime, officer_id: int) -> None:
        """The public may read the filing text from now on."""
        if self._secret:
            return
        sealed, _, media = self._texts[0][1]
        self._texts[0] = (0, (sealed, self.filing.text, media))
        self._title, self._shown = first_words(self.filing.text), True
        shown = {"masked": self.filing.text, "title": self._title, "media": media}
        self.act(EventKind.RELEASED, by=ActorKind.OFFICER, at=at, officer_id=officer_id, data={"of": 0}, hashed=shown)

    def add_to(self, rows: Rows, *, case_id: int, entry_ids: Sequence[int]) -> int:
        """The rows of the case are among `rows`; answers how many of the `entry_ids` it took."""
        taken = len(self._events)
        rows.entries.extend((id, *entry) for id, entry in zip(entry_ids, self._entries, strict=False))  # noqa: A001  # a column
        rows.events.extend((id, case_id, *event) for id, event in zip(entry_ids, self._events, strict=False))  # noqa: A001  # a column
        rows.texts.extend((entry_ids[sequence], *text) for sequence, text in self._texts)
        rows.vaults.append((case_id, *self._filed.vault))
        rows.cases.append((case_id, *self._case_row()))
        return taken

    def _case_row(self) -> list[Any]:
        row, state, when = list(self._filed.case), self.state, connection.ops.adapt_datetimefield_value
        unit = unit_row(state.unit)
        changed: dict[str, Any] = {
            "unit_id": unit.id,
            "unit_name": unit.name,
            "officer_id": state.officer_id,
            "stage": state.stage,
            "outcome": state.outcome or "",
            "proposed": state.proposed or "",
            "referred_to": state.referred_to,
            "due_at": when(state.due_at),
            "unit_since": when(state.unit_since),
            "asked_at": when(state.asked_at) if state.asked_at else None,
            "paused_days": state.paused_days,
            "answered_at": when(state.answered_at) if state.answered_at else None,
            "closed_at": when(state.closed_at) if state.closed_at else None,
            "reopened": state.reopened,
            "broken": state.broken,
            "confirmed": state.confirmed,
            "joined": state.joined,
            "updated_at": when(self._last_at),
            "version": len(self._events),
        }
        if self._title:
            changed["title"] = self._title
        for name, value in changed.items():
            row[_AT[name]] = value
        return row
