# SPDX-License-Identifier: EUPL-1.2
"""Service request updates: what happened to public cases, and what a client says of its own ones."""

from datetime import timedelta
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from melayani.api.open311.updates import STATUSES
from melayani.cases import actions, citizen_actions, open311_queries
from melayani.cases.models import Case, Event
from melayani.cases.rules import CITIZEN, EventKind, Outcome, Stage, Visibility
from melayani.cases.tick import tick
from melayani.ledger.models import Entry
from tests.api.calling import UPDATE_FIELDS, Sent, filed, get, loaded, names, post, refusals, root, texts
from tests.builders import ANSWER, a_case, officer_actor, triage_actor
from tests.conftest import MONDAY

pytestmark = pytest.mark.django_db
HOUR = timedelta(hours=1)


def an_update(key: str, number: str, **changes: object) -> Sent:
    """An update as FixMyStreet sends it; `changes` replace fields, None leaves one out."""
    sent: Sent = {
        "api_key": key,
        "service_request_id": number,
        "update_id": "8211",
        "status": "IN_PROGRESS",
        "updated_datetime": "2026-01-05T01:30:00Z",
        "description": "Regu kami sudah melihat tiangnya.",
        "first_name": "Budi",
        "last_name": "Hartono",
        "email": "budi@contoh.id",
    }
    sent |= changes
    return {name: value for name, value in sent.items() if value is not None}


def test_what_happened_is_told_with_stable_ids() -> None:
    case = a_case(stage=Stage.CLOSED)
    answered, confirmed = _updates()
    assert answered == {
        "update_id": f"{case.number}-1",
        "service_request_id": case.number,
        "status": "OPEN",
        "updated_datetime": "2026-01-05T10:00:00+07:00",
        "description": None,
        "media_url": None,
    }
    assert (confirmed["update_id"], confirmed["status"]) == (f"{case.number}-2", "FIXED")
    document = root(get("servicerequestupdates.xml", **_day()))
    assert document.tag == "service_request_updates"
    assert names(document) == ["request_update", "request_update"]
    assert all(names(update) == UPDATE_FIELDS for update in document)
    assert texts(document[0]) == {name: value or "" for name, value in answered.items()}


def test_an_empty_list_keeps_its_root() -> None:
    assert loaded(get("servicerequestupdates.json")) == []
    assert root(get("servicerequestupdates.xml")).tag == "service_request_updates"


def test_a_text_is_told_only_once_released() -> None:
    case = a_case(stage=Stage.ANSWERED)
    assert ANSWER.encode() not in get("servicerequestupdates.json").content
    actions.release_text(
        number=case.number, sequence=1, masked="Sudah diganti.", by=officer_actor(), at=MONDAY + 3 * HOUR
    )
    [answered] = _updates()
    assert answered["description"] == "Sudah diganti."
    actions.hold_text(number=case.number, sequence=1, by=officer_actor(), at=MONDAY + 4 * HOUR)
    assert _updates()[0]["description"] is None


def test_readings_of_identity_and_secret_cases_are_told_to_nobody() -> None:
    public = a_case(stage=Stage.TAKEN)
    a_case(stage=Stage.CLOSED, visibility=Visibility.SECRET)
    actions.release_text(number=public.number, sequence=0, masked="Lampu.", by=officer_actor(), at=MONDAY + 2 * HOUR)
    assert [update["update_id"] for update in _updates()] == [f"{public.number}-1"]
    # Control: made public, the other case has updates too.
    Case.objects.update(visibility=Visibility.PUBLIC)
    assert len(_updates()) == 3


def test_statuses_say_whether_somebody_works_and_whether_it_is_over() -> None:
    number = a_case(stage=Stage.ASKED).number
    ratih, nanik = officer_actor(), triage_actor()
    citizen_actions.reply_to_question(number=number, text="Tiang 14.", by=CITIZEN, at=MONDAY + 3 * HOUR)
    actions.note_progress(number=number, text="Regu berangkat.", by=ratih, at=MONDAY + 4 * HOUR)
    actions.answer_case(number=number, text=ANSWER, outcome=Outcome.EXPLAINED_NO, by=ratih, at=MONDAY + 5 * HOUR)
    citizen_actions.confirm_case(number=number, by=CITIZEN, at=MONDAY + 6 * HOUR)
    citizen_actions.reopen_case(number=number, text="Masih padam juga.", by=CITIZEN, at=MONDAY + 7 * HOUR)
    statuses = [update["status"] for update in _updates()]
    assert statuses == ["IN_PROGRESS"] * 4 + ["OPEN", "CLOSED", "OPEN"]
    other = a_case().number
    actions.assign_case(number=other, unit="35.07.pupr", reason="Jalan kabupaten.", by=nanik, at=MONDAY + 8 * HOUR)
    citizen_actions.withdraw_case(number=other, by=CITIZEN, at=MONDAY + 9 * HOUR)
    assert [update["status"] for update in _updates()][-2:] == ["OPEN", "CLOSED"]


def test_silence_closes_but_never_fixes() -> None:
    a_case(stage=Stage.ANSWERED)
    tick(at=MONDAY + timedelta(days=40))
    [_, silence] = _updates(start_date="2026-01-01", end_date="2026-12-31")
    assert silence["status"] == "CLOSED"


def test_an_update_of_the_client_is_kept_as_said(key: str) -> None:
    number = filed(key)
    before = Case.objects.get(number=number)
    answer = post("servicerequestupdates.json", an_update(key, number, media_url="https://foto.contoh.id/2.jpg"))
    assert (answer.status_code, loaded(answer)) == (200, [{"update_id": "8211"}])
    assert _updates() == [
        {
            "update_id": "8211",
            "service_request_id": number,
            "status": "IN_PROGRESS",
            "updated_datetime": "2026-01-05T01:30:00+00:00",
            "description": None,
            "media_url": None,
        }
    ]
    case = Case.objects.get(number=number)
    # It says something and moves nothing.
    assert (case.stage, case.unit_id, case.due_at) == (before.stage, before.unit_id, before.due_at)
    event = Event.objects.get(case=case, sequence=1)
    assert (event.kind, event.at, event.entry.kind) == (EventKind.UPDATED, MONDAY, "case.updated")
    assert "Budi" not in str(event.data)
    actions.release_text(number=number, sequence=1, masked="Sudah dilihat.", media=True, by=officer_actor(), at=MONDAY)
    [shown] = _updates()
    assert (shown["description"], shown["media_url"]) == ("Sudah dilihat.", "https://foto.contoh.id/2.jpg")


def test_the_answer_in_xml_has_the_same_root(key: str) -> None:
    document = root(post("servicerequestupdates.xml", an_update(key, filed(key))))
    assert document.tag == "service_request_updates"
    assert names(document) == ["request_update"]
    assert texts(document[0]) == {"update_id": "8211"}


def test_updates_lie_in_the_order_of_receipt_whatever_time_they_name(key: str) -> None:
    number = filed(key)
    for update_id, said in (
        ("a", "2026-01-04T00:00:00Z"),
        ("b", "2019-01-01T00:00:00-05:00"),
        ("c", "2026-01-03T00:00:00Z"),
    ):
        sent = an_update(key, number, update_id=update_id, updated_datetime=said)
        assert post("servicerequestupdates.json", sent).status_code == 200
    ever = {"start_date": "2000-01-01T00:00:00Z", "end_date": "2026-01-06T00:00:00Z"}
    assert [update["update_id"] for update in _updates(**ever)] == ["a", "b", "c"]
    # Whoever asks for what came in lately gets all three, whatever they name; by the moment named each is found alone.
    assert [update["update_id"] for update in _updates()] == ["a", "b", "c"]
    assert len(loaded(get("servicerequestupdates.json"))) == 3
    old = {"start_date": "2019-01-01T05:00:00Z", "end_date": "2019-01-01T05:00:00Z"}
    assert [update["updated_datetime"] for update in _updates(**old)] == ["2019-01-01T00:00:00-05:00"]


def test_a_repeated_update_has_one_effect(key: str) -> None:
    number = filed(key)
    first = post("servicerequestupdates.json", an_update(key, number))
    again = post("servicerequestupdates.json", an_update(key, number, description="Lain", status="FIXED"))
    assert (again.status_code, again.content) == (200, first.content)
    assert Event.objects.filter(case__number=number).count() == 2
    # The same id about another case is another update.
    assert post("servicerequestupdates.json", an_update(key, filed(key))).status_code == 200
    assert len(_updates()) == 2


def test_without_an_own_id_the_update_gets_ours(key: str) -> None:
    number = filed(key)
    answer = post("servicerequestupdates.json", an_update(key, number, update_id=None, description=None))
    assert loaded(answer) == [{"update_id": f"{number}-1"}]
    assert [update["update_id"] for update in _updates()] == [f"{number}-1"]


@pytest.mark.parametrize("status", sorted(STATUSES))
def test_every_status_in_use_is_understood_in_any_case(key: str, status: str) -> None:
    number = filed(key)
    for typed in (status, status.lower(), status.replace("_", " ").title()):
        assert (
            post("servicerequestupdates.json", an_update(key, number, update_id=typed, status=typed)).status_code == 200
        )
    assert {update["status"] for update in _updates()} == {status}


@pytest.mark.parametrize(
    "changes",
    [
        {"status": None},
        {"status": "SELESAI"},
        {"service_request_id": None},
        {"updated_datetime": "kemarin"},
        {"updated_datetime": "2026-01-05T01:30:00"},
        {"updated_datetime": "2026-02-05T01:30:00Z"},
        {"updated_datetime": "9999-12-31T23:59:59Z"},
        {"description": "x" * 4001},
        {"update_id": "x" * 101},
        {"media_url": "file:///etc/passwd"},
        {"status": ["OPEN", "CLOSED"]},
    ],
)
def test_what_does_not_fit_is_refused(key: str, changes: dict[str, object]) -> None:
    number = filed(key)
    entries = Entry.objects.count()
    refusals(post("servicerequestupdates.xml", an_update(key, number, **changes)), 400)
    assert Entry.objects.count() == entries


def test_only_the_client_that_filed_may_update(key: str, other_key: str) -> None:
    number, by_form = filed(key), a_case().number
    secret = a_case(visibility=Visibility.SECRET).number
    entries = Entry.objects.count()
    refusals(post("servicerequestupdates.xml", an_update(other_key, number)), 403)
    refusals(post("servicerequestupdates.xml", an_update(key, by_form)), 403)
    refusals(post("servicerequestupdates.xml", an_update("salah", number)), 403)
    refusals(post("servicerequestupdates.xml", an_update("", number)), 403)
    unknown = post("servicerequestupdates.xml", an_update(key, "JT-0000-000"))
    refusals(unknown, 404)
    # A secret case of somebody else looks like none at all.
    assert post("servicerequestupdates.xml", an_update(key, secret)).content == unknown.content
    assert post("servicerequestupdates.xml", an_update(key, "bukan nomor")).content == unknown.content
    assert Entry.objects.count() == entries
    # Control: its own case takes the very same update.
    assert post("servicerequestupdates.xml", an_update(key, number)).status_code == 200


def test_a_jurisdiction_is_checked_when_posting_too(key: str) -> None:
    refusals(post("servicerequestupdates.xml", an_update(key, filed(key), jurisdiction_id="city.gov")), 404)


def test_both_dates_or_neither() -> None:
    refusals(get("servicerequestupdates.xml", start_date="2026-01-01T00:00:00Z"), 400)
    refusals(get("servicerequestupdates.json", end_date="2026-01-01T00:00:00Z"), 400)
    refusals(get("servicerequestupdates.json", start_date="x", end_date="2026-01-01T00:00:00Z"), 400)


def test_a_span_takes_what_happened_in_it() -> None:
    a_case(stage=Stage.TAKEN, at=MONDAY - timedelta(days=100))
    new = a_case(stage=Stage.TAKEN, at=MONDAY - 2 * HOUR)
    assert [update["service_request_id"] for update in _updates()] == [new.number]
    assert len(_updates(start_date="2020-01-01", end_date="2026-01-06")) == 2
    moment = _updates()[0]["updated_datetime"]
    assert len(_updates(start_date=moment, end_date=moment)) == 1
    for ends in (("0001-01-01T00:00:00Z", "9999-12-31T23:59:59Z"), ("1900-01-01", "9999-12-31")):
        assert len(_updates(start_date=ends[0], end_date=ends[1])) == 2


def test_the_newest_of_too_many_are_told_in_order(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(open311_queries, "MOST_ROWS", 2)
    number = a_case(stage=Stage.ASKED).number
    citizen_actions.reply_to_question(number=number, text="Tiang 14.", by=CITIZEN, at=MONDAY + timedelta(minutes=150))
    assert [update["update_id"] for update in _updates(**_day())] == [f"{number}-2", f"{number}-3"]


def test_one_query_for_one_row_and_for_three() -> None:
    def queries() -> int:
        with CaptureQueriesContext(connection) as captured:
            assert get("servicerequestupdates.json").status_code == 200
        return len(captured)

    a_case(stage=Stage.TAKEN)
    one = queries()
    a_case(stage=Stage.CLOSED)
    assert queries() == one == 1


def _day() -> dict[str, str]:
    return {"start_date": "2026-01-05", "end_date": "2026-01-06"}


def _updates(**query: str) -> list[dict[str, Any]]:
    return list(loaded(get("servicerequestupdates.json", **(query or _day()))))
