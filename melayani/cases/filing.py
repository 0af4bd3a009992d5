# SPDX-License-Identifier: EUPL-1.2
"""Filing: from what a person sent to a case with number, key, accountable unit and promise, durable in one write."""

import hashlib
import os
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from django.conf import settings
from django.db import IntegrityError, transaction

from melayani.cases import store, vault
from melayani.cases.files import attach, check_uploads
from melayani.cases.models import Event, Submission, Upload
from melayani.cases.rules import (
    LEAST_TEXT,
    MOST_CONTACT,
    MOST_NAME,
    MOST_TEXT,
    Actor,
    Channel,
    Identity,
    Visibility,
)
from melayani.cases.store import Understood
from melayani.catalogue.queries import promise_for, service_row, topic_row
from melayani.catalogue.rules import Kind
from melayani.government.queries import PlaceRow, due_moment, place_row, unit_row
from melayani.ground.canonical_json import Json, canonical_json
from melayani.ground.case_number import key_from_bytes, new_number
from melayani.ground.errors import Refused
from melayani.ground.plain_text import check_length
from melayani.ground.sealing import derived
from melayani.triage.queries import routing_for
from melayani.triage.rules import Routing

REMEMBERED_FOR = timedelta(hours=24)
TRIES = 5


class FilingRefused(Refused):
    """What was sent cannot become a case; the message says what to change. Nothing was written."""


class OtherBody(Refused):
    """The same idempotency key came before with another body (409; Open311: 400)."""


@dataclass(frozen=True)
class Filing:
    """What a person sent, already made plain (`ground.plain_text`). Empty strings = not said.

    `topic` may be empty when the citizen did not know; with `service` it follows from the service. `latitude` and
    `longitude` are the exact point (sealed); the public point is rounded. `answers` are the answers to the questions of
    the service. `token` makes a repeated sending harmless; `strict_token` = another body under it is refused.
    """

    text: str
    place: str
    kind: Kind = Kind.PENGADUAN
    topic: str = ""
    service: str = ""
    identity: Identity = Identity.ANONYMOUS
    visibility: Visibility = Visibility.PUBLIC
    channel: Channel = Channel.WEB
    name: str = ""
    email: str = ""
    phone: str = ""
    address: str = ""
    latitude: float | None = None
    longitude: float | None = None
    media_url: str = ""
    answers: Mapping[str, Json] = field(default_factory=dict)
    client_id: int | None = None
    # Photos that were uploaded before (`cases.files.keep_upload`), in the order they are shown.
    uploads: tuple[Upload, ...] = ()
    token: str = ""
    strict_token: bool = False
    # Set when the place is only a guess (an ambiguous address): the case goes to this desk, with the cause.
    unsure_desk: str = ""
    unsure_why: str = ""


@dataclass(frozen=True)
class Filed:
    """What the citizen is told. `key` is shown once; `repeated` = this very filing was already there.

    `key` is empty when a repeated filing came from a client, or when the key cannot be made again.
    """

    number: str
    key: str
    unit_name: str
    desk_holds: bool
    place_name: str
    filed_at: datetime
    due_at: datetime
    days: int
    basis: str
    why: str
    repeated: bool = False


def file_case(*, filing: Filing, by: Actor, at: datetime) -> Filed:
    """The case exists, durable: a unit is accountable, the promise runs, the entry is in the ledger.

    Raises `FilingRefused` (or `TextRefused`, `PlaceRefused`) when something is missing, too long or unknown, and
    `OtherBody` when the token came before with another body; then nothing was written.
    """
    key = citizen_key(filing)
    try:
        understood = _understood(filing, at=at)
    except Refused:
        # What was filed before stays filed, even when a service was closed since.
        repeated = _already_filed(filing, key=key, at=at)
        if repeated is None:
            raise
        return repeated
    for _ in range(TRIES):
        rows = store.prepare(
            number=new_number(),
            key=key,
            filing=filing,
            understood=understood,
            by=by,
            at=at,
            token_hash=token_hash(filing) if filing.token else None,
            body_hash=body_hash(filing),
        )
        try:
            _stored(rows, filing)
        except IntegrityError:
            repeated = _already_filed(filing, key=key, at=at)
            if repeated is not None:
                return repeated
            continue
        return Filed(
            number=rows.number,
            key=key,
            unit_name=understood.unit.name,
            desk_holds=not understood.routing.decided,
            place_name=understood.place.full_name,
            filed_at=at,
            due_at=understood.due.at,
            days=understood.promise.days,
            basis=understood.promise.basis,
            why=understood.routing.why,
        )
    raise RuntimeError("no free case number after several tries")


def _stored(rows: store.FilingRows, filing: Filing) -> None:
    """The rows are stored, and with them the photos, all or none."""
    if not filing.uploads:
        store.write(rows)
        return
    with transaction.atomic():
        store.write(rows)
        event = Event.objects.select_related("case").get(case__number=rows.number)
        key = vault.unwrapped(wrapped=rows.vault[1], stream=bytes(event.case.stream))
        attach(filing.uploads, event=event, case=event.case, key=key)


def _understood(filing: Filing, *, at: datetime) -> Understood:
    """Place, subject, unit and promise of a filing; raises a refusal when something is missing, closed or unknown."""
    check_filing(filing)
    place = place_row(filing.place)
    kind, topic = _kind_and_topic(filing)
    routing = _routing(filing, topic=topic, place=place)
    promise = promise_for(service_code=filing.service, kind=kind)
    return Understood(
        kind=kind,
        topic=topic_row(topic) if topic else None,
        service=service_row(filing.service) if filing.service else None,
        place=place,
        routing=routing,
        unit=unit_row(routing.unit_code),
        desk=unit_row(routing.desk_code),
        promise=promise,
        due=due_moment(filed_at=at, days=promise.days, basis=promise.basis, region_code=place.region_code),
    )


def check_filing(filing: Filing) -> None:
    """Raises a refusal that names the field and what to do, unless the filing can become a case."""
    check_length(filing.text, least=LEAST_TEXT, most=MOST_TEXT, name="Cerita Anda")
    for value, most, name in (
        (filing.name, MOST_NAME, "Nama"),
        (filing.email, MOST_CONTACT, "Alamat surel"),
        (filing.phone, MOST_CONTACT, "Nomor telepon"),
        (filing.address, 300, "Alamat"),
        (filing.media_url, 500, "Alamat gambar"),
        (filing.token, 200, "Tanda kiriman"),
    ):
        check_length(value, least=0, most=most, name=name)
    if (filing.latitude is None) != (filing.longitude is None):
        raise FilingRefused("half_a_point", "Titik peta tidak lengkap. Kirim lintang dan bujur bersama.")
    if filing.latitude is not None and not (abs(filing.latitude) <= 90 and abs(filing.longitude or 0) <= 180):
        raise FilingRefused("no_point", "Titik peta di luar bumi. Lintang -90 sampai 90, bujur -180 sampai 180.")
    check_uploads(filing.uploads)
    if filing.identity is Identity.NAMED and not filing.name and filing.channel is Channel.WEB:
        raise FilingRefused("name_missing", "Tulis nama Anda, atau pilih Anonim.")


def _kind_and_topic(filing: Filing) -> tuple[Kind, str]:
    """Kind and topic; a service brings its topic, and must be open."""
    if not filing.service:
        return filing.kind, topic_row(filing.topic).code if filing.topic else ""
    service = service_row(filing.service)
    if not service.active:
        raise FilingRefused("service_closed", "Layanan ini sedang tidak menerima laporan. Pilih layanan lain.")
    return filing.kind, service.topic


def _routing(filing: Filing, *, topic: str, place: PlaceRow) -> Routing:
    if filing.unsure_desk:
        return Routing(
            unit_code=filing.unsure_desk,
            desk_code=filing.unsure_desk,
            decided=False,
            rule="",
            version=0,
            why=filing.unsure_why,
        )
    return routing_for(topic=topic, service_code=filing.service, place_code=place.code)


def citizen_key(filing: Filing) -> str:
    """The citizen's key. With a form's token it is derived, so that the sender of the token gets the same key again.

    A client's token may serve another filing a day later: two cases must not share a key, so that one is random.
    """
    if filing.token and not filing.strict_token:
        return key_from_bytes(derived(secret=settings.SERVER_SECRET, purpose="citizen-key", message=_scope(filing)))
    return key_from_bytes(os.urandom(16))


def _scope(filing: Filing) -> bytes:
    """Who said the token, and the token: one client's tokens never meet another's."""
    return f"{filing.channel}/{filing.client_id or 0}/{filing.token}".encode()


def token_hash(filing: Filing) -> bytes:
    """Under what the token is kept: it is never stored itself."""
    return hashlib.sha256(b"submission\n" + _scope(filing)).digest()


def form_was_sent(token: str) -> bool:
    """Whether the form of the site with this token has become a case."""
    return Submission.objects.filter(token_hash=token_hash(Filing(text="", place="", token=token))).exists()


def body_hash(filing: Filing) -> bytes:
    """32 bytes that differ when anything the person sent differs; keyed, so that short texts cannot be guessed."""
    said: dict[str, Json] = {
        name: str(getattr(filing, name))
        for name in ("text", "place", "kind", "topic", "service", "identity", "visibility", "name", "email", "phone")
    }
    said |= {"address": filing.address, "media_url": filing.media_url, "answers": filing.answers}
    if filing.uploads:
        said["files"] = [bytes(upload.digest).hex() for upload in filing.uploads]
    said["point"] = "" if filing.latitude is None else f"{filing.latitude:.6f},{filing.longitude:.6f}"
    return derived(secret=settings.SERVER_SECRET, purpose="submission-body", message=canonical_json(said))


def _already_filed(filing: Filing, *, key: str, at: datetime) -> Filed | None:
    """The answer of the first sending under this token, or None when the token is new (or too old to bind).

    A form's token binds for ever and whatever the body; a strict one for 24 hours and only for the same body.
    """
    if not filing.token:
        return None
    found = Submission.objects.select_related("case__place", "case__unit").filter(token_hash=token_hash(filing)).first()
    if found is None:
        return None
    if filing.strict_token:
        if at - found.created_at > REMEMBERED_FOR:
            # Only this very row: another sending may have put a new one under the same token meanwhile.
            with transaction.atomic():
                Submission.objects.filter(pk=found.pk, created_at=found.created_at).delete()
            return None
        # Of an erased case nothing is left to compare with; the token alone says that it was sent.
        if found.case.erased_at is None and bytes(found.body_hash) != body_hash(filing):
            raise OtherBody("other_body", "Kunci pengulangan ini sudah dipakai untuk kiriman lain.")
    case = found.case
    # After a change of the server secret the old key cannot be made again; a wrong one must not be handed out.
    same_key = hashlib.sha256(key.encode()).digest() == bytes(case.key_hash)
    return Filed(
        number=case.number,
        key=key if same_key else "",
        unit_name=case.unit_name,
        desk_holds=case.stage == "WAITING",
        place_name=case.place_name,
        filed_at=case.filed_at,
        due_at=case.due_at,
        days=case.promise_days,
        basis=case.promise_basis,
        why=case.why,
        repeated=True,
    )
