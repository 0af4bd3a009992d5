# SPDX-License-Identifier: EUPL-1.2
"""People who join a case instead of filing the same again: each gets a key to follow it and may add photos.

A party reads what everybody reads, never what the citizen wrote in confidence; only the citizen confirms or reopens.
"""

import hashlib
import json
from dataclasses import dataclass
from datetime import datetime

from django.conf import settings
from django.db import transaction

from melayani.cases import vault
from melayani.cases.acting import act, case_key, check_not_erased, locked_case
from melayani.cases.files import FilesRefused
from melayani.cases.models import Attachment, Case, Party, Submission, Upload
from melayani.cases.rules import (
    MOST_CASE_FILES,
    MOST_CONTACT,
    MOST_PARTY_FILES,
    PARTY,
    Actor,
    ActorKind,
    EventKind,
    NotAllowed,
    UnknownCase,
)
from melayani.ground.case_number import key_from_bytes
from melayani.ground.plain_text import check_length, plain_line
from melayani.ground.sealing import derived


@dataclass(frozen=True)
class Joined:
    """What somebody who joined is told. `key` opens the case for following; `repeated` = this very form came before."""

    number: str
    key: str
    joined: int
    repeated: bool = False


def join_case(*, number: str, token: str, at: datetime, email: str = "", phone: str = "", by: Actor = PARTY) -> Joined:
    """Whoever sent this is a party of the case and holds a key; the same form sent twice joins once.

    `token` was made with the form. Raises `UnknownCase` for a case that is secret or absent, `WrongStage` for one that
    is closed, `TextRefused` for a contact too long; then nothing was written.
    """
    if not token or len(token) > 200:
        raise NotAllowed("no_form", "Formulir ini tidak lengkap diterima. Muat ulang halaman, lalu coba lagi.")
    contact = {name: text for name, text in (("email", plain_line(email)), ("phone", plain_line(phone))) if text}
    for text in contact.values():
        check_length(text, least=0, most=MOST_CONTACT, name="Kontak")
    whose = hashlib.sha256(f"party\n{number}\n{token}".encode()).digest()
    key = key_from_bytes(derived(secret=settings.SERVER_SECRET, purpose="party-key", message=whose))
    with transaction.atomic():
        case = locked_case(number=number, even_erased=True)
        if case.visibility != "PUBLIC":
            raise UnknownCase("unknown_case", "Kasus dengan nomor ini tidak ada.")
        check_not_erased(case)
        if Party.objects.filter(token_hash=whose).exists():
            return Joined(number=case.number, key=key, joined=case.joined, repeated=True)
        kept = json.dumps(contact, sort_keys=True)
        hashed = {"contact": kept} if contact else {}
        event = act(case=case, kind=EventKind.JOINED, by=by, at=at, hashed=hashed)
        sealed = vault.seal_contact(key=case_key(case), stream=_whose(case, event.sequence), content=contact)
        Party.objects.create(
            case=case,
            event=event,
            key_hash=hashlib.sha256(key.encode()).digest(),
            token_hash=whose,
            contact=sealed if contact else None,
        )
    return Joined(number=case.number, key=key, joined=case.joined)


def _whose(case: Case, sequence: int) -> bytes:
    """A contact is bound to the case and to the joining, so that no two can be swapped."""
    return bytes(case.stream) + sequence.to_bytes(4, "big")


@transaction.atomic
def add_files(*, number: str, uploads: tuple[Upload, ...], by: Actor, at: datetime, token: str = "") -> Case:
    """The photos belong to the case, held until an officer releases them. The face has checked the key before.

    With the `token` of a form, sending it twice adds once. Raises `WrongStage` when the case is closed, `NotAllowed`
    when nothing was sent, `FilesRefused` when it is too much; then nothing is written.
    """
    case = locked_case(number=number)
    whose = hashlib.sha256(f"files\n{number}\n{token}".encode()).digest()
    if token and Submission.objects.filter(token_hash=whose).exists():
        return case
    if not uploads:
        raise NotAllowed("no_files", "Pilih dahulu foto yang akan ditambahkan.")
    if _sent_before(case, by) + len(uploads) > (MOST_PARTY_FILES if by.kind is ActorKind.PARTY else MOST_CASE_FILES):
        raise FilesRefused("case_full", "Kasus ini sudah memuat cukup banyak foto. Terima kasih.")
    act(case=case, kind=EventKind.FILES_ADDED, by=by, at=at, files=uploads)
    if token:
        Submission.objects.create(token_hash=whose, body_hash=bytes(32), case=case, created_at=at)
    return case


def _sent_before(case: Case, by: Actor) -> int:
    """How many files came from people of this kind: the citizen, or all who joined; evidence of officers is neither."""
    events = case.events.filter(data__by=by.kind)
    return Attachment.objects.filter(case=case, event__in=events).count()
