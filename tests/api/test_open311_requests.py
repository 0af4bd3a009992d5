# SPDX-License-Identifier: EUPL-1.2
"""GET Service Requests and GET Service Request: what is told of public cases, and that secret ones do not exist."""

from datetime import timedelta
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from melayani.api.open311.requests import request_fields, status_notes
from melayani.cases import actions, citizen_actions, open311_queries
from melayani.cases.models import Case
from melayani.cases.open311_queries import RequestRow
from melayani.cases.rules import CITIZEN, Outcome, Stage, Visibility
from melayani.cases.tick import tick
from melayani.government.queries import referral_bodies
from tests.api.calling import REQUEST_FIELDS, a_request, filed, get, loaded, names, post, refusals, root, texts
from tests.builders import STORY, a_case, a_waiting_case, officer_actor
from tests.builders import filed as filed_by_form
from tests.conftest import MONDAY

pytestmark = pytest.mark.django_db
HOUR = timedelta(hours=1)


def test_a_request_is_told_alike_in_both_formats(key: str) -> None:
    number = filed(key)
    [told] = loaded(get(f"requests/{number}.json"))
    assert list(told) == REQUEST_FIELDS
    assert told == {
        "service_request_id": number,
        "status": "open",
        "status_notes": "Diteruskan",
        "service_name": "Lampu jalan",
        "service_code": "PJU",
        "description": None,
        "agency_responsible": "Dinas Perhubungan Kabupaten Malang",
        "service_notice": None,
        "requested_datetime": "2026-01-05T09:00:00+07:00",
        "updated_datetime": "2026-01-05T09:00:00+07:00",
        "expected_datetime": "2026-01-26T23:59:59+07:00",
        "address": "Kel. Kepanjen, Kec. Kepanjen, Kabupaten Malang",
        "address_id": "35.07.13.1010",
        "zipcode": "65163",
        "lat": -8.13,
        "long": 112.57,
        "media_url": None,
    }
    document = root(get(f"requests/{number}.xml"))
    assert document.tag == "service_requests"
    assert names(document) == ["request"]
    assert names(document[0]) == REQUEST_FIELDS
    assert texts(document[0]) == {name: "" if value is None else str(value) for name, value in told.items()}


def test_text_and_photo_appear_when_an_officer_releases_them(key: str) -> None:
    number = filed(key, media_url="https://foto.contoh.id/1.jpg")
    ratih = officer_actor()
    assert _one(number)["description"] is None
    assert _one(number)["media_url"] is None
    actions.release_text(number=number, sequence=0, masked="Lampu padam.", media=True, by=ratih, at=MONDAY + HOUR)
    assert _one(number)["description"] == "Lampu padam."
    assert _one(number)["media_url"] == "https://foto.contoh.id/1.jpg"
    actions.hold_text(number=number, sequence=0, by=ratih, at=MONDAY + 2 * HOUR)
    assert _one(number)["description"] is None
    assert _one(number)["media_url"] is None


def test_a_case_without_service_or_point_is_told_too() -> None:
    told = _one(a_waiting_case().number)
    assert (told["service_code"], told["service_name"]) == ("", "Laporan warga")
    assert (told["lat"], told["long"]) == (None, None)


@pytest.mark.parametrize("stage", [stage for stage in Stage if stage not in (Stage.CLOSED, Stage.WAITING)])
def test_every_stage_before_the_end_is_open(stage: Stage) -> None:
    case = a_case(stage=stage)
    told = _one(case.number)
    assert told["status"] == "open"
    assert told["status_notes"]
    assert case.number in _numbers(status="open")
    assert case.number not in _numbers(status="closed")


def test_an_answer_closes_nothing_until_the_citizen_confirms() -> None:
    case = a_case(stage=Stage.ANSWERED)
    assert _one(case.number)["status_notes"] == "Dijawab, menunggu tanggapan warga"
    citizen_actions.confirm_case(number=case.number, by=CITIZEN, at=MONDAY + 5 * HOUR)
    # A text released afterwards does not change when the case was closed.
    actions.release_text(number=case.number, sequence=0, masked="Lampu.", by=officer_actor(), at=MONDAY + 9 * HOUR)
    told = _one(case.number)
    assert (told["status"], told["status_notes"]) == ("closed", "Diselesaikan")
    assert told["updated_datetime"] == "2026-01-05T14:00:00+07:00"
    citizen_actions.reopen_case(number=case.number, text="Masih padam juga.", by=CITIZEN, at=MONDAY + 10 * HOUR)
    assert _one(case.number)["status"] == "open"


def test_every_final_outcome_is_closed() -> None:
    ratih = officer_actor()
    body = referral_bodies()[0]
    withdrawn, referred, rejected = (filed_by_form().number for _ in range(3))
    citizen_actions.withdraw_case(number=withdrawn, by=CITIZEN, at=MONDAY + HOUR)
    why = "Ini urusan lembaga lain, inilah jalannya."
    actions.refer_case(number=referred, body=body.code, text=why, by=ratih, at=MONDAY + HOUR)
    actions.reject_case(number=rejected, text="Perkara ini sedang di pengadilan.", by=ratih, at=MONDAY + HOUR)
    silent = {
        outcome: a_case(stage=Stage.ANSWERED, outcome=outcome).number
        for outcome in (Outcome.SOLVED, Outcome.EXPLAINED_NO, Outcome.DUPLICATE, Outcome.UNREACHABLE)
    }
    tick(at=MONDAY + timedelta(days=60))
    for number in (withdrawn, referred, rejected, *silent.values()):
        assert _one(number)["status"] == "closed"
    assert body.name in _one(referred)["status_notes"]
    assert _one(silent[Outcome.SOLVED])["status_notes"] == "Ditutup tanpa tanggapan warga"


def test_a_referral_to_a_body_that_is_gone_is_still_told() -> None:
    row = _row(stage=Stage.CLOSED, outcome=Outcome.REFERRED, referred_to="tidak-ada")
    assert status_notes(row) == "Dirujuk ke lembaga lain"


@pytest.mark.parametrize("suffix", ["xml", "json"])
def test_a_secret_case_looks_exactly_like_an_unknown_one(suffix: str) -> None:
    secret = a_case(visibility=Visibility.SECRET)
    public = a_case()
    unknown = "JT-0000-000"
    answers = {get(f"requests/{number}.{suffix}").content for number in (secret.number, unknown, "bukan-nomor")}
    assert len(answers) == 1
    refusals(get(f"requests/{secret.number}.{suffix}"), 404)
    assert _numbers() == [public.number]
    assert _numbers(service_request_id=f"{secret.number},{unknown},{public.number}") == [public.number]
    # Control: with its visibility lifted the very same calls do show it.
    Case.objects.filter(pk=secret.pk).update(visibility=Visibility.PUBLIC)
    assert secret.number in _numbers()
    assert get(f"requests/{secret.number}.{suffix}").status_code == 200


def test_numbers_are_read_as_people_type_them() -> None:
    number = a_case().number
    for typed in (number.lower(), number.replace("-", ""), number[3:]):
        assert _one(typed)["service_request_id"] == number
    assert _numbers(service_request_id=f" {number.lower()} , {number}") == [number]


def test_ids_override_everything_else() -> None:
    old = a_case(at=MONDAY - timedelta(days=300))
    new = a_case()
    assert _numbers() == [new.number]
    query = {"service_request_id": f"{old.number},{new.number}", "status": "closed", "start_date": "kemarin"}
    assert _numbers(**query) == [new.number, old.number]
    assert _numbers(service_request_id="bukan,nomor") == []


def test_the_newest_come_first_within_the_span() -> None:
    days = [0, 10, 89, 91, 200]
    cases = [a_case(at=MONDAY - timedelta(days=day)).number for day in days]
    assert _numbers() == cases[:3]
    assert _numbers(start_date="2025-01-01T00:00:00Z") == cases
    assert _numbers(start_date="2025-12-20", end_date="2025-12-31") == [cases[1]]
    assert _numbers(end_date="2025-12-01T00:00:00+07:00") == cases[2:4]
    # Both ends belong to the span: what an answer names finds its case again.
    moment = _one(cases[1])["requested_datetime"]
    assert _numbers(start_date=moment, end_date=moment) == [cases[1]]
    assert _numbers(start_date="2030-01-01") == []


def test_services_and_statuses_are_lists() -> None:
    light, trash = a_case().number, a_case(service="SAMPAH").number
    assert _numbers(service_code="PJU") == [light]
    assert set(_numbers(service_code="PJU,SAMPAH")) == {light, trash}
    assert _numbers(service_code="TIDAK-ADA") == []
    assert set(_numbers(status="open,closed")) == {light, trash}
    assert set(_numbers(status="OPEN")) == {light, trash}


@pytest.mark.parametrize(
    "query",
    [
        "start_date=kemarin", "end_date=2026-01-05T00:00:00", "status=fixed",
        "start_date=2026-01-05&end_date=2025-01-05", "start_date=2025-01-05&start_date=2025-01-06", "status=%ff",
        "x=1&" * 300,
    ],
)  # fmt: skip
def test_what_cannot_be_read_is_refused(query: str) -> None:
    refusals(get(f"requests.xml?{query}"), 400)
    refusals(get(f"requests.json?{query}"), 400)


def test_a_list_of_too_many_ids_is_refused() -> None:
    [told] = refusals(get("requests.json", service_request_id=",".join(str(n) for n in range(10_000))), 400)
    assert "1000" in told
    assert _numbers(service_request_id=",".join(str(n) for n in range(1000))) == []


def test_at_most_a_thousand_are_told(monkeypatch: pytest.MonkeyPatch) -> None:
    assert open311_queries.MOST_ROWS == 1000
    monkeypatch.setattr(open311_queries, "MOST_ROWS", 2)
    newest = [a_case(at=MONDAY - timedelta(minutes=n)).number for n in range(3)]
    assert _numbers() == newest[:2]


def test_one_query_for_one_row_and_for_three() -> None:
    a_case()
    one = _queries("requests.json")
    a_case()
    a_case()
    assert _queries("requests.json") == one == 1
    assert _queries(f"requests.json?service_request_id={a_case().number}") == 1


def test_a_description_never_holds_what_was_not_released(key: str) -> None:
    """Control for the held texts: a row that carries the text does show it, so the check above would notice a leak."""
    assert request_fields(_row(text=STORY))["description"] == STORY
    post("requests.json", a_request(key, description=STORY))
    assert STORY.encode() not in get("requests.json").content


def _one(number: str) -> dict[str, Any]:
    [told] = loaded(get(f"requests/{number}.json"))
    return dict(told)


def _numbers(**query: str) -> list[str]:
    return [told["service_request_id"] for told in loaded(get("requests.json", **query))]


def _queries(path: str) -> int:
    with CaptureQueriesContext(connection) as captured:
        assert get(path).status_code == 200
    return len(captured)


def _row(**changes: object) -> RequestRow:
    values: dict[str, Any] = {
        "number": "JT-0000-000", "stage": Stage.ROUTED, "outcome": "", "referred_to": "", "service_code": "PJU",
        "service_name": "Lampu jalan", "topic_name": "", "unit_name": "", "filed_at": MONDAY, "updated_at": MONDAY,
        "closed_at": None, "due_at": MONDAY, "place_name": "", "place_code": "35", "postal_code": "", "latitude": None,
        "longitude": None, "text": None, "media_url": None,
    }  # fmt: skip
    return RequestRow(**{**values, **changes})
