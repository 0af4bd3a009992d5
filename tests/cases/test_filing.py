# SPDX-License-Identifier: EUPL-1.2
"""Filing: what is stored, what is sealed, what is refused, and that repeating it is harmless."""

import hashlib
import json
from datetime import timedelta
from typing import Any

import pytest
from django.db import connection
from django.db.models import Model
from pytest_django import DjangoAssertNumQueries, Settings

from melayani.cases import filing as filing_module
from melayani.cases import store, vault
from melayani.cases.filing import FilingRefused, OtherBody, file_case
from melayani.cases.life import Happened, replay
from melayani.cases.models import Case, CaseText, Event, Submission, Vault
from melayani.cases.queries import citizen_case, public_case
from melayani.cases.rules import Actor, ActorKind, Channel, Identity, Stage, Visibility
from melayani.catalogue.models import Service
from melayani.government.rules import PlaceRefused
from melayani.ground.errors import Refused
from melayani.ground.memo import forget_all
from melayani.ledger.models import Entry
from melayani.ledger.rules import commitment, leaf_bytes, text_hash
from tests.builders import DESK, DISHUB, KEPANJEN, STORY, a_filing, a_waiting_case, filed, triage_actor
from tests.conftest import MONDAY

pytestmark = pytest.mark.django_db


def test_a_filing_is_routed_promised_and_recorded() -> None:
    told = filed()
    case = Case.objects.get(number=told.number)
    assert case.unit.code == DISHUB
    assert case.desk.code == DESK
    assert case.stage == Stage.ROUTED
    assert case.why == told.why != ""
    assert case.rule_code
    assert told.due_at.isoformat().endswith("23:59:59+07:00")
    event = Event.objects.get(case=case)
    entry = event.entry
    assert (entry.kind, entry.sequence, entry.unit_code, entry.position) == ("case.filed", 0, DISHUB, None)
    assert entry.recorded_at == int(MONDAY.timestamp())
    assert replay([Happened(kind=event.kind, at=event.at, data=event.data)]).unit == DISHUB


def test_the_leaf_commits_to_exactly_the_stored_event() -> None:
    told = filed(name="Sari", identity=Identity.NAMED)
    event = Event.objects.select_related("entry", "case").get(case__number=told.number)
    entry, salt = event.entry, bytes(event.entry.salt or b"")
    bound = commitment(salt=salt, kind=entry.kind, event=event.data)
    assert bytes(entry.leaf) == leaf_bytes(
        bound=bound, kind=entry.kind, sequence=0, stream=bytes(event.case.stream), recorded_at=entry.recorded_at,
        unit_code=entry.unit_code, sealed=False,
    )  # fmt: skip
    assert event.data["text"] == text_hash(salt=salt, text=STORY)
    # Control: one changed letter of the stored event no longer matches.
    tampered = {**event.data, "unit": "35.07.pupr"}
    assert commitment(salt=salt, kind=entry.kind, event=tampered) != bound


def test_nothing_personal_is_stored_in_clear() -> None:
    canary: dict[str, Any] = {
        "name": "Kanari Nama",
        "email": "kanari@contoh.example",
        "phone": "081299988877",
        "address": "Gang Kanari 7",
    }
    filed(
        text="Kanari cerita yang panjang sekali.",
        identity=Identity.NAMED,
        latitude=-8.130912,
        longitude=112.568734,
        **canary,
    )
    dump = ""
    with connection.cursor() as cursor:
        for table in ("cases_case", "cases_event", "cases_casetext", "cases_vault", "cases_submission", "ledger_entry"):
            cursor.execute(f"SELECT * FROM {table}")  # noqa: S608  # fixed table names
            dump += repr([[bytes(v) if isinstance(v, memoryview) else v for v in row] for row in cursor.fetchall()])
    for personal in (*canary.values(), "Kanari cerita", "130912", "568734"):
        assert personal not in dump
    assert "-8.131" in dump  # the public point, rounded to three decimals


def test_the_citizen_reads_it_back_with_the_key_and_nobody_without() -> None:
    told = filed(name="Sari", identity=Identity.NAMED, answers={"TIANG": "14"})
    view = citizen_case(number=told.number.lower(), key=told.key.replace("-", ""))
    assert view is not None
    assert view.happenings[0].text == STORY
    assert view.contact["name"] == "Sari"
    assert view.happenings[0].answers == (("TIANG", "14"),)
    case = Case.objects.get(number=told.number)
    assert bytes(case.key_hash) == hashlib.sha256(told.key.encode()).digest()
    for number, key in ((told.number, "A" * 20), ("JT-0000-000", told.key), (told.number, ""), ("", "")):
        assert citizen_case(number=number, key=key) is None


def test_the_public_reads_no_held_text() -> None:
    told = filed()
    view = public_case(told.number)
    assert view is not None
    assert view.row.title.startswith("Penerangan") is False or STORY not in view.row.title
    assert [h.text for h in view.happenings] == [None]


def test_a_secret_case_is_not_there_and_its_leaf_is_silent() -> None:
    told = filed(visibility=Visibility.SECRET)
    assert public_case(told.number) is None
    entry = Entry.objects.get()
    assert entry.sealed
    assert set(json.loads(bytes(entry.leaf))) == {"c", "k", "v"}
    assert citizen_case(number=told.number, key=told.key) is not None


def test_what_no_rule_matches_goes_to_the_triage_desk_with_the_cause() -> None:
    case = a_waiting_case()
    assert (case.unit.code, case.stage, case.rule_code) == (DESK, Stage.WAITING, "")
    assert case.why


def test_the_same_token_answers_with_the_same_number_and_key() -> None:
    first = filed(token="kiriman-1")
    again = filed(token="kiriman-1", text="Teks yang lain sama sekali, dikirim lagi.")
    other = filed(token="kiriman-2")
    assert (again.number, again.key, again.repeated) == (first.number, first.key, True)
    assert not first.repeated
    assert other.number != first.number
    assert Case.objects.count() == 2
    assert b"kiriman" not in b"".join(bytes(s.token_hash) for s in Submission.objects.all())


def test_a_strict_token_refuses_another_body_and_forgets_after_a_day() -> None:
    strict: dict[str, Any] = {"token": "t", "strict_token": True, "channel": Channel.OPEN311}
    first = filed(**strict)
    assert filed(**strict).number == first.number
    with pytest.raises(OtherBody):
        filed(**strict, text="Teks lain yang cukup panjang.")
    assert Case.objects.count() == 1
    later = filed(at=MONDAY + timedelta(hours=25), **strict)
    assert later.number != first.number


def test_a_repeated_form_is_answered_even_when_the_service_was_closed_since() -> None:
    first = filed(token="kiriman-1")
    Service.objects.filter(code="PJU").update(active=False)
    forget_all()
    again = filed(token="kiriman-1")
    assert (again.number, again.key, again.repeated) == (first.number, first.key, True)
    with pytest.raises(FilingRefused):
        filed(token="kiriman-2")


def test_a_key_that_would_open_nothing_is_never_handed_out(settings: Settings) -> None:
    first = filed(token="kiriman-1")
    settings.SERVER_SECRET = b"another secret after a rotation"
    again = filed(token="kiriman-1")
    assert (again.number, again.key) == (first.number, "")


def test_two_cases_under_one_client_token_never_share_a_key() -> None:
    strict: dict[str, Any] = {"token": "t", "strict_token": True, "channel": Channel.OPEN311}
    first = filed(**strict)
    later = filed(at=MONDAY + timedelta(hours=25), **strict, text="Laporan orang lain sehari kemudian.")
    assert later.number != first.number
    assert later.key != first.key
    assert citizen_case(number=later.number, key=first.key) is None


def test_a_staff_intake_and_a_client_are_named_in_the_entry() -> None:
    nanik = triage_actor()
    told = file_case(filing=a_filing(channel=Channel.PHONE), by=nanik, at=MONDAY)
    event = Event.objects.get(case__number=told.number)
    assert (event.officer_id, event.data["acting"]) == (nanik.officer_id, nanik.officer_id)
    client = Actor(kind=ActorKind.CLIENT, code="jalan-kita")
    told = file_case(filing=a_filing(channel=Channel.OPEN311), by=client, at=MONDAY)
    assert Event.objects.get(case__number=told.number).data["client"] == "jalan-kita"


def test_a_taken_number_is_tried_again(monkeypatch: pytest.MonkeyPatch) -> None:
    first = filed()
    numbers = iter([first.number, first.number, "JT-0000-000"])
    monkeypatch.setattr(filing_module, "new_number", lambda: next(numbers))
    assert filed().number == "JT-0000-000"
    assert Case.objects.count() == 2


@pytest.mark.parametrize(
    ("changes", "refusal", "says"),
    [
        ({"text": "pendek"}, Refused, "paling sedikit"),
        ({"text": "x" * 4001}, Refused, "Paling banyak 4000"),
        ({"place": "99.99"}, PlaceRefused, "[Tt]empat"),
        ({"place": ""}, PlaceRefused, "[Tt]empat"),
        ({"service": "TIDAK-ADA"}, Refused, r"\w"),
        ({"service": "", "topic": "tidak-ada"}, Refused, r"\w"),
        ({"latitude": -8.1}, FilingRefused, "tidak lengkap"),
        ({"latitude": float("nan"), "longitude": 112.0}, FilingRefused, "di luar bumi"),
        ({"latitude": -8.1, "longitude": float("inf")}, FilingRefused, "di luar bumi"),
        ({"name": "x" * 121}, Refused, "Nama"),
        ({"identity": Identity.NAMED}, FilingRefused, "Tulis nama"),
        ({"token": "x" * 201}, Refused, r"\w"),
    ],
)
def test_each_refusal_changes_nothing(changes: dict[str, Any], refusal: type[Refused], says: str) -> None:
    with pytest.raises(refusal, match=says):
        filed(**changes)
    assert not any(model.objects.exists() for model in (Case, Event, CaseText, Vault, Submission, Entry))


def test_a_closed_service_is_refused() -> None:
    Service.objects.filter(code="PJU").update(active=False)
    forget_all()
    with pytest.raises(FilingRefused, match="tidak menerima"):
        filed()
    assert not Case.objects.exists()


@pytest.mark.parametrize(
    ("model", "columns", "own"),
    [
        (Case, store.CASE_COLUMNS, {"id", "erased_at"}),
        (Event, store.EVENT_COLUMNS, set()),
        (CaseText, store.TEXT_COLUMNS, set()),
        (Vault, store.VAULT_COLUMNS, set()),
        (Submission, store.SUBMISSION_COLUMNS, set()),
        (Entry, store.ENTRY_COLUMNS, {"id", "position", "leaf_index"}),
    ],
)
def test_the_columns_of_the_fast_write_are_those_of_the_models(
    model: type[Model], columns: tuple[str, ...], own: set[str]
) -> None:
    assert set(columns) | own == {field.column for field in model._meta.concrete_fields}
    assert len(columns) == len(set(columns))


def test_the_fast_write_is_read_back_by_the_orm() -> None:
    told = filed(
        identity=Identity.NAMED, name="Sari", email="sari@contoh.example", latitude=-8.13, longitude=112.57, token="t",
        media_url="https://contoh.example/a.jpg",
    )  # fmt: skip
    case = Case.objects.select_related("vault").get(number=told.number)
    case.validate_constraints()
    text = CaseText.objects.get(event__case=case)
    key = vault.unwrapped(wrapped=bytes(case.vault.wrapped_key or b""), stream=bytes(case.stream))
    content = vault.open_text(key=key, stream=bytes(case.stream), sequence=0, sealed=bytes(text.sealed or b""))
    assert content == {
        "text": STORY, "media_url": "https://contoh.example/a.jpg", "latitude": "-8.130000", "longitude": "112.570000",
    }  # fmt: skip
    assert (text.released, text.released_media_url) == (None, "")
    assert case.filed_at == MONDAY
    assert case.due_at == told.due_at
    assert case.place_id == KEPANJEN
    assert Submission.objects.get().case_id == case.pk


def test_query_budget_of_a_filing(django_assert_max_num_queries: DjangoAssertNumQueries) -> None:
    filed()
    most = 3 if connection.vendor == "postgresql" else 2  # the savepoint of the test itself; SQLite writes below Django
    with django_assert_max_num_queries(most):
        filed()


def test_a_filing_needs_text_that_survives_a_round_trip_of_odd_unicode() -> None:
    odd = "Lampu 💡 mati 👨‍👩‍👧 \u0001 akhir kata ꦗꦮ"
    told = filed(text=odd)
    view = citizen_case(number=told.number, key=told.key)
    assert view is not None
    assert view.happenings[0].text == odd
    assert a_filing().text == STORY
