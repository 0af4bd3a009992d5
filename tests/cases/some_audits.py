# SPDX-License-Identifier: EUPL-1.2
"""A log with a bit of everything in it, for the tests of the audit: open, secret, erased, of a client, with files."""

from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from django.conf import settings
from django.db import connection, transaction

from melayani.cases import actions, citizen_actions
from melayani.cases.audit import Report, audit_here
from melayani.cases.audit_content import Depth
from melayani.cases.erasing import Reason, erase_case
from melayani.cases.file_actions import hold_file, note_case, release_file
from melayani.cases.files import keep_upload
from melayani.cases.filing import file_case
from melayani.cases.models import Attachment, Case, Upload
from melayani.cases.parties import add_files, join_case
from melayani.cases.rules import CITIZEN, PARTY, Actor, ActorKind, Channel, Identity, Outcome, Stage, Visibility
from melayani.government.models import ApiClient
from melayani.government.reference_actions import rename_unit
from melayani.ledger.actions import record, stamp_positions
from melayani.ledger.keys import log_key, read_origin
from melayani.ledger.log_files import LogFiles
from melayani.ledger.models import Entry, LostLeaf
from melayani.ledger.rules import new_salt, new_stream
from melayani.ledger.sealing import seal
from melayani.ledger.statements import StatementKind, record_statement, spans
from tests.builders import ANSWER, DISHUB, a_case, a_filing, filed, head_actor, officer_actor, triage_actor
from tests.conftest import MONDAY
from tests.some_files import a_photo

HOUR = timedelta(hours=1)
# After the evening batch, so that the secret case is in the tree too.
EVENING = MONDAY + timedelta(hours=9, seconds=35)


def the_log() -> LogFiles:
    """The log of the test."""
    return LogFiles(Path(settings.LEDGER))


def sealed(at: datetime) -> None:
    """Everything that may enter the tree by now is in it, and the keys are published."""
    key = log_key(Path(settings.KEYS))
    the_log().publish_keys(f"log {key.vkey}\n".encode())
    stamp_positions()
    while seal(files=the_log(), keys=[key], at=at):
        pass


def audited(*, at: datetime = EVENING, files: bool = True, sealed: bool = True) -> Report:
    """The audit of the test's log at this moment."""
    return audit_here(at=at, depth=Depth(sealed=sealed, files=files), settling=0)


def photos(*shades: int) -> tuple[Upload, ...]:
    """Uploads of the same form each."""
    return tuple(keep_upload(token="form", sent=a_photo(shade=shade), at=MONDAY) for shade in shades)


def an_open_case() -> str:
    """A case with nearly every act: photos, releases, a party, a pause, an answer, and opened again."""
    ratih, nanik = officer_actor(), triage_actor()
    told = filed(
        identity=Identity.NAMED, name="Sri", email="sri@contoh.example", uploads=photos(1), media_url="https://x.example/a",
        latitude=-8.130412, longitude=112.571234, token="open",
    )  # fmt: skip
    number = told.number
    actions.release_text(
        number=number,
        sequence=0,
        masked="Lampu jalan padam.",
        title="Lampu padam",
        media=True,
        by=ratih,
        at=MONDAY + HOUR,
    )
    release_file(number=number, name=Attachment.objects.get(case__number=number).name, by=ratih, at=MONDAY + HOUR)
    join_case(number=number, token="party", email="adi@contoh.example", at=MONDAY + HOUR)
    join_case(number=number, token="silent", at=MONDAY + HOUR)
    add_files(number=number, uploads=photos(2), by=PARTY, at=MONDAY + 2 * HOUR)
    actions.take_on_case(number=number, by=ratih, at=MONDAY + 2 * HOUR)
    actions.view_identity(number=number, reason="Menelepon pelapor", by=ratih, at=MONDAY + 2 * HOUR)
    actions.ask_citizen(number=number, text="Nomor tiang berapa?", by=ratih, at=MONDAY + 3 * HOUR)
    citizen_actions.reply_to_question(number=number, text="Tiang empat belas.", by=CITIZEN, at=MONDAY + 4 * HOUR)
    actions.note_progress(
        number=number, text="Regu berangkat.", by=ratih, at=MONDAY + 4 * HOUR, release=True, uploads=photos(3)
    )
    hold_file(
        number=number,
        name=Attachment.objects.filter(case__number=number, released=True)[0].name,
        by=ratih,
        at=MONDAY + 5 * HOUR,
    )
    actions.answer_case(
        number=number, text=ANSWER, outcome=Outcome.SOLVED, by=ratih, at=MONDAY + 5 * HOUR, release=True
    )
    citizen_actions.reopen_case(number=number, text="Masih padam juga.", by=CITIZEN, at=MONDAY + 6 * HOUR)
    actions.move_promise(
        number=number,
        due_at=MONDAY + timedelta(days=60),
        reason="Menunggu suku cadang",
        by=head_actor(),
        at=MONDAY + 7 * HOUR,
    )
    note_case(number=number, text="Tiang 14 lagi.", by=nanik, at=MONDAY + 7 * HOUR)
    return number


def other_cases() -> tuple[str, str]:
    """Closed, assigned, referred, secret, of a client, erased; the numbers of the secret and the erased one."""
    a_case(stage=Stage.CLOSED)
    waiting = filed(service="", topic="").number
    actions.assign_case(
        number=waiting, unit=DISHUB, reason="Lampu jalan", service="PJU", by=triage_actor(), at=MONDAY + HOUR
    )
    held = a_case(stage=Stage.ANSWERED).number
    actions.release_text(number=held, sequence=0, masked="Lampu padam.", by=officer_actor(), at=MONDAY + 2 * HOUR)
    actions.hold_text(number=held, sequence=0, by=officer_actor(), at=MONDAY + 3 * HOUR)
    refused = filed().number
    actions.refer_case(
        number=refused, body="pln", text="Sampaikan kepada PLN melalui 123.", by=officer_actor(), at=MONDAY + HOUR
    )
    secret = a_case(
        stage=Stage.ASKED, visibility=Visibility.SECRET, identity=Identity.NAMED, name="Rahasia", phone="0812"
    ).number
    citizen_actions.withdraw_case(number=secret, by=CITIZEN, at=MONDAY + 4 * HOUR, text="Sudah tidak perlu.")
    client = ApiClient.objects.create(code="kota", name="Kota", key_hash=bytes(32), created_at=MONDAY)
    by = Actor(kind=ActorKind.CLIENT, code="kota")
    open311 = file_case(filing=a_filing(channel=Channel.OPEN311, client_id=client.pk), by=by, at=MONDAY)
    citizen_actions.update_from_client(
        number=open311.number, status="open", text="Masih.", said_at=None, update_id="u1", media_url="https://x.example/b",
        by=by, at=MONDAY + HOUR,
    )  # fmt: skip
    return secret, an_erased_case()


def an_erased_case() -> str:
    """A case with photo, party and answer that was erased."""
    number = filed(identity=Identity.NAMED, name="Budi", uploads=photos(4), latitude=-8.1, longitude=112.5).number
    join_case(number=number, token="party of the erased", phone="0812", at=MONDAY + HOUR)
    actions.release_text(
        number=number, sequence=0, masked="Lampu.", title="Lampu", by=officer_actor(), at=MONDAY + HOUR
    )
    actions.answer_case(number=number, text=ANSWER, outcome=Outcome.SOLVED, by=officer_actor(), at=MONDAY + 2 * HOUR)
    erase_case(number=number, reason=Reason.REQUEST, at=MONDAY + 3 * HOUR)
    return number


def a_lost_leaf(*, at: datetime = MONDAY) -> int:
    """The last leaf is in no row, as after the restore of an old backup; answers its index."""
    with transaction.atomic():
        record(stream=new_stream(), sequence=0, kind="case.filed", event={}, salt=new_salt(), at=at)
    sealed(at)
    last = Entry.objects.order_by("-id")[0]
    index = last.leaf_index or 0
    LostLeaf.objects.create(leaf_index=index, leaf=last.leaf, leaf_hash=last.leaf_hash)
    last.delete()
    with transaction.atomic():
        record_statement(
            kind=StatementKind.LEAVES_LOST, data={"indexes": spans([index])}, origin=read_origin(Path(settings.KEYS)),
            at=at,
        )  # fmt: skip
    sealed(at)
    return index


def a_statement() -> None:
    """The log has said that it has a new key."""
    with transaction.atomic():
        record_statement(
            kind=StatementKind.KEY_ANNOUNCED,
            data={"purpose": "log", "old": "a", "new": "b"},
            origin=read_origin(Path(settings.KEYS)),
            at=MONDAY,
        )


def everything() -> dict[str, str]:
    """The whole log, sealed; the numbers of an open, a secret and an erased case by these names."""
    number = an_open_case()
    secret, erased = other_cases()
    rename_unit(code=DISHUB, name="Dinas Perhubungan", reason="Nama baru", by="system", at=MONDAY)
    a_statement()
    sealed(EVENING - HOUR)
    sealed(EVENING)
    assert Case.objects.count() == 8
    return {"open": number, "secret": secret, "erased": erased}


def run(statement: str, *values: Any) -> int:
    """The statement as somebody with the database in hands runs it; answers how many rows it changed."""
    with connection.cursor() as cursor:
        cursor.execute(statement, values)
        return int(cursor.rowcount)


def named(**wanted: object) -> bool:
    """Whether the audit names a difference with these fields."""
    return any(all(getattr(each, name) == value for name, value in wanted.items()) for each in audited().differences)
