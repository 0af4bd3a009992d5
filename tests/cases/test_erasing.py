# SPDX-License-Identifier: EUPL-1.2
"""Erasing a case: everything that tells of its people is gone, everything the ledger promised is still true."""

import base64
import json
from collections.abc import Callable, Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings
from django.db import connection

from melayani.cases import actions, citizen_actions, erasing, file_actions
from melayani.cases.erasing import KEPT, Reason, erase_case, kept_of
from melayani.cases.files import keep_upload
from melayani.cases.filing import OtherBody, file_case
from melayani.cases.life import Happened, replay
from melayani.cases.models import Attachment, Case, CaseText, Event, Party, Submission, Vault, Writing
from melayani.cases.parties import add_files, join_case
from melayani.cases.queries import citizen_case
from melayani.cases.rules import CITIZEN, CaseErased, Channel, EventKind, Identity, Outcome, Stage, UnknownCase
from melayani.cases.tick import tick
from melayani.cases.writing import begin_writing
from melayani.ground.canonical_json import Json
from melayani.ledger.actions import stamp_positions
from melayani.ledger.keys import log_key
from melayani.ledger.log_files import LogFiles
from melayani.ledger.models import Entry
from melayani.ledger.policy import policy_of_logs
from melayani.ledger.proving import proof_file
from melayani.ledger.receipts import citizen_extra, verify_receipt
from melayani.ledger.rules import commitment, text_hash
from melayani.ledger.sealing import seal
from tests.builders import ANSWER, STORY, a_case, a_filing, filed, officer_actor, triage_actor
from tests.conftest import MONDAY
from tests.ledger.some_keys import variant
from tests.some_files import a_photo

pytestmark = pytest.mark.django_db
HOUR, DAY = timedelta(hours=1), timedelta(days=1)
PHONE = "081234567042"


def a_full_case(**changes: Any) -> Case:
    """A case with everything a case can hold: contact, spot, photos, a party, letters, a note, a reading, a release."""
    photo = keep_upload(token="form", sent=a_photo(), at=MONDAY)
    told = filed(
        identity=Identity.NAMED, name="Sari Wulandari", phone=PHONE, email="sari@contoh.example",
        address="Jl. Melati 4", latitude=-8.1301, longitude=112.5701, answers={"tiang": "14"}, uploads=(photo,),
        token="t", **changes,
    )  # fmt: skip
    number, ratih = told.number, officer_actor()
    actions.take_on_case(number=number, by=ratih, at=MONDAY + HOUR)
    actions.view_identity(number=number, reason="Perlu menelepon Bu Sari", by=ratih, at=MONDAY + HOUR)
    file_actions.note_case(number=number, text="Warga ini tetangga Pak Budi.", by=ratih, at=MONDAY + HOUR)
    begin_writing(case_id=Case.objects.get(number=number).pk, officer_id=ratih.officer_id or 0, at=MONDAY + HOUR)
    if changes.get("visibility") != "SECRET":
        masked, title = "Lampu di Jl. M padam.", "Lampu di rumah Bu Sari"
        actions.release_text(number=number, sequence=0, masked=masked, title=title, by=ratih, at=MONDAY + HOUR)
        join_case(number=number, token="p", at=MONDAY + HOUR, phone="081300000009")
    actions.answer_case(
        number=number, text=ANSWER, outcome=Outcome.SOLVED, by=ratih, at=MONDAY + 2 * HOUR, release=True
    )
    citizen_actions.confirm_case(number=number, by=CITIZEN, at=MONDAY + 3 * HOUR, text="Terima kasih, sudah terang.")
    return Case.objects.get(number=number)


def erased(case: Case) -> Case:
    erase_case(number=case.number, reason=Reason.REQUEST, at=MONDAY + DAY)
    return Case.objects.get(pk=case.pk)


def everything_of(case: Case) -> bytes:
    """Every value of every row that belongs to the case, as the database gives it."""
    kept: list[object] = []
    rows = (
        Case.objects.filter(pk=case.pk),
        Event.objects.filter(case=case),
        Entry.objects.filter(event__case=case),
        CaseText.objects.filter(event__case=case),
        Vault.objects.filter(case=case),
        Party.objects.filter(case=case),
        Attachment.objects.filter(case=case),
        Submission.objects.filter(case=case),
        Writing.objects.filter(case=case),
    )
    for found in rows:
        for row in found.values_list():
            kept += row
    return b"\n".join(bytes(v) if isinstance(v, bytes | memoryview) else repr(v).encode() for v in kept)


def secrets_of(case: Case) -> list[bytes]:
    """Keys, salts, sealed contents and hashes as they lie in the rows before the erasure, and texts that were shown."""
    binary = [
        *Vault.objects.filter(case=case).values_list("wrapped_key", "contact"),
        *Party.objects.filter(case=case).values_list("contact"),
        *Attachment.objects.filter(case=case).values_list("wrapped_key"),
        *Entry.objects.filter(event__case=case).values_list("salt"),
        *CaseText.objects.filter(event__case=case).values_list("sealed"),
        *Submission.objects.filter(case=case).values_list("body_hash"),
    ]
    found = [bytes(value) for row in binary for value in row if value]
    for data in Event.objects.filter(case=case).values_list("data", flat=True):
        found += [data[name].encode() for name in ("text", "contact", "detail", "masked", "title") if data.get(name)]
    return [*found, b"Jl. M padam", b"rumah Bu Sari", b"-8.13", b"112.57"]


def test_nothing_of_the_people_is_left_in_any_row() -> None:
    case = a_full_case()
    secrets = secrets_of(case)
    before = everything_of(case)
    assert len(secrets) > 25
    assert all(secret in before for secret in secrets)
    found = erased(case)
    left = everything_of(found)
    assert not [secret for secret in secrets if secret in left]
    assert (found.title, found.why, found.latitude) == ("Perhubungan, Kel. Kepanjen", "", None)


STEPS = {
    "salts": ("Entry.objects.filter(pk__in=[event.pk for event in events]).update(salt=None)", "pass"),
    "data": ("event.data = kept_of(event.data)", "pass"),
    "texts": ("CaseText.objects.filter(event__case=case).delete()", "pass"),
    "key": ("update(wrapped_key=None, contact=None)", "update(contact=None)"),
    "contact": ("update(wrapped_key=None, contact=None)", "update(wrapped_key=None)"),
    "parties": ("Party.objects.filter(case=case).update(contact=None)", "pass"),
    "photos": ("Attachment.objects.filter(case=case).update(wrapped_key=None, released=False)", "pass"),
    "submission": ('update(body_hash=NO_BODY, answer="")', 'update(answer="")'),
    "title": ("case.title = _plain_title(case)", "pass"),
    "point": ("case.latitude = case.longitude = None", "pass"),
}


@pytest.mark.parametrize("step", STEPS)
def test_without_any_one_step_something_would_be_left(step: str) -> None:
    case = a_full_case()
    secrets = secrets_of(case)
    variant(erasing, *STEPS[step]).erase_case(number=case.number, reason=Reason.REQUEST, at=MONDAY + DAY)
    left = everything_of(case)
    assert [secret for secret in secrets if secret in left]


def test_the_fold_says_what_it_said_and_the_case_stays_in_its_figure() -> None:
    case = a_full_case()
    events = [Happened(e.kind, e.at, e.data) for e in case.events.order_by("sequence")]
    found = erased(case)
    again = [Happened(e.kind, e.at, e.data) for e in found.events.order_by("sequence")]
    assert replay(again) == replay(events)
    assert (found.stage, found.outcome, found.answered_at, found.broken) == (
        case.stage, case.outcome, case.answered_at, case.broken,
    )  # fmt: skip
    assert [e.kind for e in found.events.order_by("sequence")][-1] == EventKind.ERASED
    last = found.events.order_by("sequence").last()
    assert last is not None
    assert last.data == {"at": (MONDAY + DAY).isoformat(), "by": "system", "unit": "35.07.dishub", "reason": "request"}
    assert found.erased_at == last.at


def test_every_key_of_every_act_was_thought_about() -> None:
    """A key that acts write and nobody decided about would fail here: it is kept, or a hash, or named as dropped."""
    dropped = {"contact", "detail", "files", "masked", "media", "more", "text", "title", "update_id"}
    a_full_case()
    a_case(stage=Stage.REOPENED)
    asked = a_case(stage=Stage.ASKED)
    citizen_actions.reply_to_question(number=asked.number, text="Nomor 14.", by=CITIZEN, at=MONDAY + DAY)
    names = {name for data in Event.objects.values_list("data", flat=True) for name in data}
    assert names <= KEPT | dropped
    assert not KEPT & dropped


def test_the_fold_needs_no_key_that_is_dropped() -> None:
    for stage in (Stage.ASKED, Stage.REOPENED, Stage.CLOSED):
        case = a_case(stage=stage)
        events = list(case.events.order_by("sequence"))
        whole = replay(Happened(e.kind, e.at, e.data) for e in events)
        assert replay(Happened(e.kind, e.at, kept_of(e.data)) for e in events) == whole


# The ledger


def log_files() -> LogFiles:
    return LogFiles(Path(settings.LEDGER))


def sealed() -> None:
    stamp_positions()
    seal(files=log_files(), keys=[log_key(Path(settings.KEYS))], at=MONDAY + 2 * DAY)


def receipt_of(case: Case) -> bytes:
    event = case.events.select_related("entry").get(sequence=0)
    extra = citizen_extra(
        leaf=bytes(event.entry.leaf), salt=bytes(event.entry.salt or b""), event=event.data, kind=event.kind
    )
    content = proof_file(extra=extra, index=event.entry.leaf_index or 0, files=log_files())
    assert content is not None
    return content


@pytest.mark.parametrize("visibility", ["PUBLIC", "SECRET"])
def test_leaves_and_tree_stay_and_a_receipt_from_before_still_opens(visibility: str) -> None:
    case = a_full_case(visibility=visibility)
    sealed()
    receipt, leaves = receipt_of(case), dict(Entry.objects.values_list("pk", "leaf"))
    erased(case)
    sealed()
    policy = policy_of_logs([log_key(Path(settings.KEYS)).vkey])
    assert verify_receipt(receipt, policy=policy).opened
    now = dict(Entry.objects.values_list("pk", "leaf"))
    assert {pk: bytes(now[pk]) for pk in leaves} == {pk: bytes(leaf) for pk, leaf in leaves.items()}
    entry = Entry.objects.get(kind=EventKind.ERASED)
    assert (entry.sealed, entry.leaf_index is not None) == (visibility == "SECRET", True)
    assert entry.salt is not None
    assert not Entry.objects.filter(event__case=case, salt__isnull=False).exclude(pk=entry.pk).exists()


def numbers_tried() -> Iterator[str]:
    """A hundred telephone numbers, the right one among them."""
    return (f"0812345670{last:02d}" for last in range(100))


def found_by_trying(*, leaf: bytes, salt: bytes, known: dict[str, Json]) -> str | None:
    """The telephone number for which the filing has exactly this leaf, if somebody knows all else of it."""
    bound = base64.b64decode(json.loads(leaf)["c"])
    for phone in numbers_tried():
        contact = text_hash(salt=salt, text=json.dumps({"phone": phone}, sort_keys=True))
        if commitment(salt=salt, kind="case.filed", event={**known, "contact": contact}) == bound:
            return phone
    return None


def test_a_telephone_number_is_found_by_trying_with_the_salt_and_not_without() -> None:
    told = filed(phone=PHONE)
    case = Case.objects.get(number=told.number)
    event = case.events.select_related("entry").get()
    leaf, salt, known = bytes(event.entry.leaf), bytes(event.entry.salt or b""), dict(event.data)
    # The text hash depends on the salt too: the attacker knows the text itself.
    assert found_by_trying(leaf=leaf, salt=salt, known={**known, "text": text_hash(salt=salt, text=STORY)}) == PHONE
    found = erased(case)
    left = everything_of(found)
    assert salt not in left
    # Whatever 32 bytes the rows still hold, none of them opens the leaf.
    for value in [left[start : start + 32] for start in range(0, len(left) - 32, 64)]:
        assert (
            found_by_trying(leaf=leaf, salt=value, known={**known, "text": text_hash(salt=value, text=STORY)}) is None
        )


# Afterwards


def test_a_second_time_changes_nothing_and_an_unknown_number_is_refused() -> None:
    case = a_full_case()
    first = erase_case(number=case.number, reason=Reason.COURT, at=MONDAY + DAY)
    again = erase_case(number=case.number, reason=Reason.REQUEST, at=MONDAY + 2 * DAY)
    assert (first.already, again.already, again.traces) == (False, True, ())
    assert case.events.filter(kind=EventKind.ERASED).count() == 1
    with pytest.raises(UnknownCase):
        erase_case(number="JT-0000-000", reason=Reason.REQUEST, at=MONDAY)


def acts_on(number: str) -> list[Callable[[], object]]:
    ratih, nanik, at = officer_actor(), triage_actor(), MONDAY + 2 * DAY
    return [
        lambda: actions.take_on_case(number=number, by=ratih, at=at),
        lambda: actions.answer_case(number=number, text=ANSWER, outcome=Outcome.SOLVED, by=ratih, at=at),
        lambda: actions.assign_case(number=number, unit="35.07.dishub", reason="Ulang", by=nanik, at=at),
        lambda: actions.view_identity(number=number, reason="Perlu menelepon", by=ratih, at=at),
        lambda: actions.release_text(number=number, sequence=0, masked="Apa saja.", by=ratih, at=at),
        lambda: file_actions.note_case(number=number, text="Catatan.", by=ratih, at=at),
        lambda: citizen_actions.reopen_case(number=number, text="Masih padam juga.", by=CITIZEN, at=at),
        lambda: citizen_actions.withdraw_case(number=number, by=CITIZEN, at=at),
        lambda: join_case(number=number, token="q", at=at),
        lambda: add_files(number=number, uploads=(), by=CITIZEN, at=at),
    ]  # fmt: skip


@pytest.mark.parametrize("stage", [Stage.ROUTED, Stage.CLOSED])
def test_nobody_acts_on_an_erased_case(stage: Stage) -> None:
    case = erased(a_case(stage=stage))
    for done in acts_on(case.number):
        with pytest.raises(CaseErased, match="sudah dihapus"):
            done()
    assert Case.objects.get(pk=case.pk).version == case.version


def test_a_stranger_learns_nothing_of_an_erased_secret_case() -> None:
    case = erased(a_case(visibility="SECRET"))
    with pytest.raises(UnknownCase):
        join_case(number=case.number, token="q", at=MONDAY + 2 * DAY)


def test_time_goes_on_for_an_erased_case_that_was_open() -> None:
    asked, answered = erased(a_case(stage=Stage.ASKED)), erased(a_case(stage=Stage.ANSWERED))
    done = tick(at=MONDAY + 60 * DAY)
    assert (done["closed_by_silence"], done["resumed"]) == (1, 1)
    assert Case.objects.get(pk=answered.pk).outcome == Outcome.SILENCE
    assert Case.objects.get(pk=asked.pk).stage == Stage.TAKEN


def test_the_holder_of_a_key_reads_that_it_was_erased_and_nobody_else() -> None:
    told = filed(token="t", phone=PHONE)
    joined = join_case(number=told.number, token="p", at=MONDAY)
    erase_case(number=told.number, reason=Reason.REQUEST, at=MONDAY + DAY)
    own, party = citizen_case(number=told.number, key=told.key), citizen_case(number=told.number, key=joined.key)
    assert own is not None
    assert party is not None
    assert (own.party, party.party, own.happenings, own.contact) == (False, True, (), {})
    assert own.row.erased_at == MONDAY + DAY
    assert citizen_case(number=told.number, key=told.key[::-1]) is None


def test_the_same_form_again_has_no_second_effect_and_reveals_nothing() -> None:
    told = filed(token="t", phone=PHONE)
    erase_case(number=told.number, reason=Reason.REQUEST, at=MONDAY + DAY)
    again = filed(token="t", phone=PHONE, at=MONDAY + DAY)
    assert (again.number, again.key, again.repeated, again.why) == (told.number, told.key, True, "")
    assert Case.objects.count() == 1


def test_a_client_that_repeats_its_call_gets_the_first_answer_and_another_body_is_told_only_before() -> None:
    filing = a_filing(token="t", strict_token=True, channel=Channel.OPEN311)
    told = file_case(filing=filing, by=CITIZEN, at=MONDAY)
    other = a_filing(token="t", strict_token=True, channel=Channel.OPEN311, text="Cerita yang lain sama sekali.")
    with pytest.raises(OtherBody):
        file_case(filing=other, by=CITIZEN, at=MONDAY + HOUR)
    erase_case(number=told.number, reason=Reason.REQUEST, at=MONDAY + HOUR)
    assert file_case(filing=filing, by=CITIZEN, at=MONDAY + 2 * HOUR).number == told.number
    assert bytes(Submission.objects.get().body_hash) == bytes(32)


@pytest.mark.once
def test_sqlite_overwrites_what_is_deleted() -> None:
    erased(a_case())
    with connection.cursor() as cursor:
        cursor.execute("PRAGMA secure_delete")
        assert cursor.fetchone()[0] == 1


def test_an_update_of_a_client_keeps_its_state_and_moment_and_nothing_else() -> None:
    data: dict[str, Json] = {"status": "FIXED", "said_at": MONDAY.isoformat(), "update_id": "Sari 0812", "text": "x"}
    assert kept_of(data) == {"status": "FIXED", "said_at": MONDAY.isoformat()}
