# SPDX-License-Identifier: EUPL-1.2
"""How every act after the filing is written: lock, check the version, fold, store event and entry, cache the state.

One path for all acts, so that no act can forget the ledger, the version or the rule of what may follow.
"""

from collections.abc import Mapping, Sequence
from datetime import datetime

from melayani.cases import vault
from melayani.cases.files import attach, file_hashes
from melayani.cases.life import ENDS_A_PAUSE, CaseState, Happened, next_state
from melayani.cases.models import Case, CaseText, Event, Upload, Vault
from melayani.cases.rules import (
    HARMLESS,
    PAUSE,
    Actor,
    ActorKind,
    CaseChanged,
    CaseErased,
    EventKind,
    Outcome,
    Stage,
    UnknownCase,
    WrongStage,
)
from melayani.catalogue.queries import limit
from melayani.government.models import Unit
from melayani.government.queries import due_moment, working_days_between
from melayani.ground.canonical_json import Json, canonical_json
from melayani.ledger.actions import record
from melayani.ledger.rules import new_salt, text_hash


def locked_case(*, number: str, version: int | None = None, even_erased: bool = False) -> Case:
    """The case, locked until the end of the transaction.

    Raises `UnknownCase`, `CaseErased` unless `even_erased`, and `CaseChanged` when `version` is given and is no longer
    the case's.
    """
    # No join here: PostgreSQL checks a joined row again after waiting for the lock, still against the old unit, and a
    # case that was assigned meanwhile would look as if it did not exist.
    case = Case.objects.select_for_update().filter(number=number.replace("\x00", "")).first()
    if case is None:
        raise UnknownCase("unknown_case", "Kasus dengan nomor ini tidak ada.")
    if not even_erased:
        check_not_erased(case)
    if version is not None and case.version != version and _changed_since(case, version):
        raise CaseChanged("case_changed", "Kasus ini baru saja diubah orang lain. Baca dahulu, lalu ulangi bila perlu.")
    return case


def check_not_erased(case: Case) -> None:
    """Raises `CaseErased` for an erased case: nobody acts on what nobody can read. Only time goes on for it."""
    if case.erased_at is not None:
        raise CaseErased("case_erased", "Isi kasus ini sudah dihapus.")


def _changed_since(case: Case, version: int) -> bool:
    """Whether anything happened since `version` that takes something from what was seen then."""
    meanwhile = case.events.filter(sequence__gte=version).values_list("kind", flat=True)
    return version > case.version or any(kind not in HARMLESS for kind in meanwhile)


def state_of(case: Case) -> CaseState:
    """The state as cached in the columns; equal to the replay of the events (a property test holds it)."""
    return CaseState(
        stage=Stage(case.stage),
        unit=case.unit.code,
        due_at=case.due_at,
        filed_at=case.filed_at,
        unit_since=case.unit_since,
        outcome=Outcome(case.outcome) if case.outcome else None,
        proposed=Outcome(case.proposed) if case.proposed else None,
        officer_id=case.officer_id,
        asked_at=case.asked_at,
        paused_days=case.paused_days,
        answered_at=case.answered_at,
        closed_at=case.closed_at,
        referred_to=case.referred_to,
        reopened=case.reopened,
        broken=case.broken,
        confirmed=case.confirmed,
        joined=case.joined,
    )


def act(
    *,
    case: Case,
    kind: EventKind,
    by: Actor,
    at: datetime,
    data: Mapping[str, Json] | None = None,
    text: str = "",
    released: bool = False,
    more: Mapping[str, Json] | None = None,
    hashed: Mapping[str, str] | None = None,
    files: Sequence[Upload] = (),
) -> Event:
    """The act has happened: event, sealed text, entry and cached state are written in the caller's transaction.

    `text` is what was written (sealed; `released` shows it to the public as it is), `more` further sealed content,
    `hashed` texts that are kept elsewhere and that the entry commits to, `files` uploads that now belong to it. A
    paused case is resumed first where the act needs it. Raises `WrongStage` when the act cannot follow; then nothing
    was written.
    """
    if case.stage == Stage.ASKED and kind in ENDS_A_PAUSE:
        act(case=case, kind=EventKind.RESUMED, by=by, at=at, data=resumed(case=case, at=at))
    salt = new_salt()
    said: dict[str, Json] = {"at": at.isoformat(), "by": by.kind, "unit": case.unit.code, **(data or {})}
    if by.kind is ActorKind.OFFICER:
        # Who acts, and who holds the case afterwards: the same person unless a head appoints somebody.
        said["acting"] = by.officer_id
        said["officer"] = said.get("officer", by.officer_id)
    if by.kind is ActorKind.CLIENT:
        said["client"] = by.code
    if by.imported_at is not None:
        said["imported"] = True
    if text and released and case.visibility == "PUBLIC":
        said["released"] = True
    said |= _bound(salt=salt, text=text, more=more, hashed=hashed or {}, files=files)
    after = next_state(state_of(case), Happened(kind=kind, at=at, data=said))
    sequence = case.version
    entry = record(
        stream=bytes(case.stream),
        sequence=sequence,
        kind=kind,
        event=said,
        salt=salt,
        at=by.imported_at or at,
        unit_code=after.unit,
        sealed=case.visibility == "SECRET",
    )
    event = Event.objects.create(
        entry=entry, case=case, sequence=sequence, kind=kind, at=at, officer_id=by.officer_id, data=said
    )
    if text or more:
        _keep_text(case=case, event=event, text=text, released=released, more=more or {})
    if files:
        attach(files, event=event, case=case, key=case_key(case), released=released and case.visibility == "PUBLIC")
    _cache(case=case, state=after, at=at)
    return event


def _bound(
    *,
    salt: bytes,
    text: str,
    more: Mapping[str, Json] | None,
    hashed: Mapping[str, str],
    files: Sequence[Upload],
) -> dict[str, Json]:
    """How everything that was written or sent stands in the event: by salted hashes."""
    said: dict[str, Json] = {name: text_hash(salt=salt, text=kept) for name, kept in hashed.items()}
    if text:
        said["text"] = text_hash(salt=salt, text=text)
    if more:
        said["more"] = text_hash(salt=salt, text=canonical_json(more).decode())
    if files:
        said["files"] = file_hashes(files, salt=salt)
    return said


def resumed(*, case: Case, at: datetime) -> dict[str, Json]:
    """How many working days a pause that ends at `at` took (capped over all pauses), and the due moment after it."""
    if case.asked_at is None:
        raise WrongStage("not_asked", "Tidak ada pertanyaan yang menunggu jawaban.")
    region = case.place.region_code
    left = limit(PAUSE).days - case.paused_days
    paused = max(0, min(left, working_days_between(start=case.asked_at, end=at, region_code=region)))
    due = case.due_at
    if paused:
        due = due_moment(filed_at=case.due_at, days=paused, basis="WORKING", region_code=region).at
    return {"paused_days": paused, "due_at": due.isoformat(), "from": case.due_at.isoformat()}


def _keep_text(*, case: Case, event: Event, text: str, released: bool, more: Mapping[str, Json]) -> None:
    stream = bytes(case.stream)
    CaseText.objects.create(
        event=event,
        sealed=vault.seal_text(
            key=case_key(case), stream=stream, sequence=event.sequence, content={"text": text, **more}
        ),
        released=text if released and case.visibility == "PUBLIC" else None,
    )


def case_key(case: Case) -> bytes:
    """The key of the case in clear; raises `CaseErased` when it was destroyed."""
    wrapped = Vault.objects.values_list("wrapped_key", flat=True).get(case_id=case.pk)
    if wrapped is None:
        raise CaseErased("case_erased", "Isi kasus ini sudah dihapus.")
    return vault.unwrapped(wrapped=bytes(wrapped), stream=bytes(case.stream))


def _cache(*, case: Case, state: CaseState, at: datetime) -> None:
    """The columns say what the fold says."""
    if case.unit.code != state.unit:
        case.unit = Unit.objects.get(code=state.unit)
        case.unit_name = case.unit.name
    case.stage, case.outcome, case.proposed = state.stage, state.outcome or "", state.proposed or ""
    case.officer_id, case.due_at, case.unit_since = state.officer_id, state.due_at, state.unit_since
    case.asked_at, case.paused_days = state.asked_at, state.paused_days
    case.answered_at, case.closed_at = state.answered_at, state.closed_at
    case.referred_to, case.reopened = state.referred_to, state.reopened
    case.broken, case.confirmed, case.joined = state.broken, state.confirmed, state.joined
    case.updated_at = max(case.updated_at, at)
    case.version += 1
    case.save()
