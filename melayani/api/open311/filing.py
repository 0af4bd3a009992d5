# SPDX-License-Identifier: EUPL-1.2
"""POST Service Request: from a form to a filed case, which always answers with its number.

`device_id` and `account_id` are read by nobody and kept nowhere: the house knows cases, not devices or accounts.
"""

import base64
from collections.abc import Mapping, Sequence
from typing import NamedTuple

from django.conf import settings
from django.core.exceptions import ValidationError
from django.core.validators import validate_email
from django.http import HttpRequest

from melayani.api.open311.attributes import in_words, read_answers
from melayani.api.open311.clients import client_of, read_media_url, read_token
from melayani.api.open311.errors import CallRefused
from melayani.api.open311.formats import Answer
from melayani.api.open311.jurisdiction import check_jurisdiction
from melayani.api.open311.location import Location, read_location
from melayani.api.open311.photos import photos_of
from melayani.api.open311.reading import Fields, read_form, read_query
from melayani.api.open311.services import UNKNOWN_SERVICE
from melayani.cases.filing import Filed, Filing, file_case
from melayani.cases.promises import signed_promise
from melayani.cases.rules import (
    LEAST_TEXT,
    MOST_CONTACT,
    MOST_NAME,
    MOST_TEXT,
    Actor,
    ActorKind,
    Channel,
    Identity,
    Visibility,
)
from melayani.catalogue.queries import QuestionRow, ServiceRow, questions, service_row
from melayani.catalogue.rules import Basis, CatalogueRefused, Kind
from melayani.ground.canonical_json import Json
from melayani.ground.clock import now
from melayani.ground.plain_text import plain_line

PROMISE_HEADER = "Melayani-Promise"
LEAST_PHONE, MOST_PHONE = 5, 40
NO_DESCRIPTION = "description belum diisi. Ceritakan masalahnya, paling sedikit 10 huruf."
_PHONE_LETTERS = frozenset("0123456789+-() ./")
_DAYS = {Basis.WORKING: "hari kerja", Basis.CALENDAR: "hari kalender"}


class Contact(NamedTuple):
    """What the person said about themselves; empty = not said."""

    name: str
    email: str
    phone: str


def file_request(request: HttpRequest) -> Answer:
    """The case is filed, public, in the name of the client; a repeated `Idempotency-Key` answers the same again."""
    fields = read_form(request, files=True)
    check_jurisdiction(fields, read_query(request))
    client = client_of(fields)
    service = _service(fields)
    asked = questions(service.code)
    answers = read_answers(fields, asked)
    location = read_location(fields)
    contact = _contact(fields)
    media_url = read_media_url(fields)
    text = _description(fields, service=service, asked=asked, answers=answers)
    token = read_token(request)
    at = now()
    with photos_of(fields, at=at) as uploads:
        fields.refuse_problems()
        assert location is not None  # noqa: S101  # without a location there was a problem
        filed = file_case(
            filing=Filing(
                text=text,
                place=location.place,
                kind=Kind(service.kind),
                service=service.code,
                identity=Identity.NAMED if contact.name else Identity.ANONYMOUS,
                visibility=Visibility.PUBLIC,
                channel=Channel.OPEN311,
                name=contact.name,
                email=contact.email,
                phone=contact.phone,
                address=location.address,
                latitude=location.latitude,
                longitude=location.longitude,
                media_url=media_url,
                answers=answers,
                uploads=uploads,
                client_id=client.id,
                token=token,
                strict_token=True,
                unsure_desk=location.unsure_desk,
                unsure_why=location.unsure_why,
            ),
            by=Actor(kind=ActorKind.CLIENT, code=client.code),
            at=at,
        )
    return Answer(
        root="service_requests",
        content=[
            {
                "service_request_id": filed.number,
                "service_notice": notice(filed, location),
                "account_id": None,
            }
        ],
        headers=_promised(filed.number),
    )


def _promised(number: str) -> Mapping[str, str]:
    """The signed promise of the log beside the answer: the standard has no field for it, and its lines no header."""
    promise = signed_promise(number=number)
    return {PROMISE_HEADER: base64.b64encode(promise.note).decode()} if promise else {}


def _service(fields: Fields) -> ServiceRow:
    code = fields.one("service_code", most=60)
    if not code:
        raise CallRefused(400, "service_code belum diisi. Ambil daftar layanan dari /services.")
    try:
        return service_row(code)
    except CatalogueRefused as refused:
        raise CallRefused(404, UNKNOWN_SERVICE) from refused


def _contact(fields: Fields) -> Contact:
    name = plain_line(f"{fields.one('first_name')} {fields.one('last_name')}")
    email, phone = fields.one("email"), fields.one("phone")
    if len(name) > MOST_NAME:
        fields.problems.append(f"first_name dan last_name bersama paling banyak {MOST_NAME} huruf.")
    if email and (len(email) > MOST_CONTACT or not _is_email(email)):
        fields.problems.append("email bukan alamat surel. Tulis seperti nama@contoh.id, atau kosongkan.")
    if phone and not (LEAST_PHONE <= len(phone) <= MOST_PHONE and _PHONE_LETTERS.issuperset(phone)):
        fields.problems.append("phone bukan nomor telepon. Tulis dengan angka, misalnya +62 812 3456 7890.")
    return Contact(name=name, email=email, phone=phone)


def _is_email(text: str) -> bool:
    try:
        validate_email(text)
    except ValidationError:
        return False
    return True


def _description(
    fields: Fields, *, service: ServiceRow, asked: Sequence[QuestionRow], answers: Mapping[str, Json]
) -> str:
    """The description; a missing or very short one is completed by the name of the service and the answers.

    The standard lets clients leave it out, and our officers need a sentence. Nothing is added that was not said.
    """
    text = fields.text("description", most=MOST_TEXT)
    if len(text) >= LEAST_TEXT:
        return text
    said = [*in_words(asked, answers), *([text] if text else [])]
    if not said:
        # A description that is too long or was sent twice has been told already.
        if not any(problem.startswith("description") for problem in fields.problems):
            fields.problems.append(NO_DESCRIPTION)
        return ""
    return ". ".join(part.rstrip(". ") for part in (service.name, *said))[: MOST_TEXT - 1] + "."


def notice(filed: Filed, location: Location) -> str:
    """What happens next. Only facts that never change, so that a repeated sending gets the same words."""
    days = f"{filed.days} {_DAYS[Basis(filed.basis)]}"
    parts = [
        f"Laporan {filed.number} diterima: {filed.place_name}.",
        f"Dijawab paling lambat dalam {days}.",
        f"Pantau di {settings.PUBLIC_URL}/kasus/{filed.number}.",
        location.check,
    ]
    return " ".join(part for part in parts if part)
