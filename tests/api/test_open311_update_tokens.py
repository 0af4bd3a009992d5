# SPDX-License-Identifier: EUPL-1.2
"""`Idempotency-Key` on updates: one effect and one answer for a day, and never another body under it."""

from collections.abc import Callable
from datetime import timedelta

import pytest

from melayani.api.open311 import updates
from melayani.cases import citizen_actions
from melayani.cases.erasing import Reason, erase_case
from melayani.cases.models import Event, Submission
from melayani.cases.rules import EventKind
from melayani.ledger.models import Entry
from tests.api.calling import Response, Sent, a_request, filed, loaded, post, refusals
from tests.conftest import MONDAY
from tests.ledger.some_keys import variant

pytestmark = pytest.mark.django_db
UPDATES = "servicerequestupdates.json"
COMPARED = "if bytes(found.body_hash) != body:"
TOGETHER = "@transaction.atomic\ndef _updated("


def sent(key: str, number: str, name: str = "kirim-1", **changes: object) -> Response:
    """An update without an id of the client, under the token `name`; `changes` replace fields."""
    fields: Sent = {
        "api_key": key,
        "service_request_id": number,
        "status": "IN_PROGRESS",
        "description": "Regu kami sudah melihat tiangnya.",
    }
    return post(UPDATES, {**fields, **changes}, idempotency=name)


def told() -> int:
    """How many updates were kept."""
    return Event.objects.filter(kind=EventKind.UPDATED).count()


def broken(monkeypatch: pytest.MonkeyPatch, old: str, new: str) -> None:
    """The face acts by a variant of the action that misses one step."""
    action = variant(citizen_actions, old, new).update_from_client
    monkeypatch.setattr(updates, "update_from_client", action)


def test_the_same_update_again_has_one_effect_and_the_same_answer(key: str, other_key: str) -> None:
    number = filed(key)
    first = sent(key, number)
    assert loaded(first) == [{"update_id": f"{number}-1"}]
    # The case goes on meanwhile; the answer stays.
    assert loaded(sent(key, number, "kirim-2")) == [{"update_id": f"{number}-2"}]
    again = sent(key, number)
    assert (again.status_code, again.content, told()) == (200, first.content, 2)
    # Another client's tokens are its own, and without a token each sending is a new update.
    elsewhere = filed(other_key)
    assert loaded(sent(other_key, elsewhere)) == [{"update_id": f"{elsewhere}-1"}]
    assert sent(key, number, "").content != sent(key, number, "").content
    refusals(sent(key, number, "k" * 201), 400)
    assert told() == 5


@pytest.mark.parametrize(
    "changes",
    [
        {"description": "Sudah diperbaiki."},
        {"status": "FIXED"},
        {"update_id": "8211"},
        {"media_url": "https://contoh.id/a.jpg"},
        {"updated_datetime": "2026-01-05T01:30:00Z"},
    ],
)
def test_another_body_is_refused(key: str, changes: Sent, monkeypatch: pytest.MonkeyPatch) -> None:
    number = filed(key)
    sent(key, number)
    entries = Entry.objects.count()
    [why] = refusals(sent(key, number, **changes), 400)
    assert "pengulangan" in why
    assert Entry.objects.count() == entries
    # Control: without the comparison the other body would be taken for the first one.
    broken(monkeypatch, COMPARED, "if False:")
    assert loaded(sent(key, number, **{**changes, "update_id": ""})) == [{"update_id": f"{number}-1"}]


def test_another_case_is_another_body(key: str) -> None:
    number, other = filed(key), filed(key)
    sent(key, number)
    refusals(sent(key, other), 400)
    assert told() == 1
    # Control: under a token of its own it is taken.
    assert sent(key, other, "kirim-2").status_code == 200


def test_the_token_goes_together_with_an_id_of_the_client(key: str) -> None:
    number = filed(key)
    for token in ("a", "a", "", "b", "b"):
        assert loaded(sent(key, number, token, update_id="8211")) == [{"update_id": "8211"}]
    assert told() == 1
    # The second token is bound too, although its sending had no effect of its own.
    refusals(sent(key, number, "b", update_id="8212"), 400)
    # A refused sending binds nothing.
    refusals(sent(key, number, "c", status="SELESAI"), 400)
    assert loaded(sent(key, number, "c", update_id="8212")) == [{"update_id": "8212"}]


def test_a_filing_and_an_update_may_share_a_token(key: str) -> None:
    number = str(loaded(post("requests.json", a_request(key), idempotency="kirim-1"))[0]["service_request_id"])
    assert sent(key, number).status_code == 200
    assert post("requests.json", a_request(key), idempotency="kirim-1").status_code == 200
    assert (told(), Submission.objects.count()) == (1, 2)


def test_a_token_binds_for_a_day(key: str, monkeypatch: pytest.MonkeyPatch) -> None:
    number = filed(key)
    sent(key, number)
    monkeypatch.setenv("MELAYANI_NOW", (MONDAY + timedelta(hours=24)).isoformat())
    refusals(sent(key, number, status="FIXED"), 400)
    monkeypatch.setenv("MELAYANI_NOW", (MONDAY + timedelta(hours=25)).isoformat())
    assert loaded(sent(key, number, status="FIXED")) == [{"update_id": f"{number}-2"}]
    refusals(sent(key, number), 400)


def test_update_and_token_are_written_together(key: str, monkeypatch: pytest.MonkeyPatch) -> None:
    number = filed(key)

    def fail(**_row: object) -> None:
        raise RuntimeError

    monkeypatch.setattr(Submission.objects, "create", fail)
    with pytest.raises(RuntimeError):
        sent(key, number)
    assert told() == 0
    # Control: in two transactions the update would be there without its token.
    broken(monkeypatch, TOGETHER, "def _updated(")
    with pytest.raises(RuntimeError):
        sent(key, number)
    assert told() == 1


def test_of_two_sendings_at_once_about_two_cases_one_is_refused(key: str, monkeypatch: pytest.MonkeyPatch) -> None:
    first, second = filed(key), filed(key)
    sent(key, first)
    looked: list[object] = []
    look: Callable[..., Event | None] = citizen_actions._sent_before

    def too_early(*case: object, **wanted: object) -> Event | None:
        looked.append(case)
        return None if len(looked) == 1 else look(*case, **wanted)

    monkeypatch.setattr(citizen_actions, "_sent_before", too_early)
    refusals(sent(key, second), 400)
    assert (len(looked), told()) == (2, 1)


def test_of_an_erased_case_nothing_is_done_again_and_nothing_told(key: str) -> None:
    number, other = filed(key), filed(key)
    sent(key, number, update_id="8211")
    erase_case(number=number, reason=Reason.REQUEST, at=MONDAY + timedelta(minutes=1))
    [kept] = Submission.objects.all()
    assert (bytes(kept.body_hash), kept.answer) == (bytes(32), "")
    entries = Entry.objects.count()
    for changes in ({"update_id": "8211"}, {"update_id": "8212"}, {"update_id": "8211", "service_request_id": other}):
        refusals(sent(key, number, **changes), 400)
    assert Entry.objects.count() == entries
    # Control: the other case takes the very same update under a token of its own.
    assert sent(key, other, "kirim-2", update_id="8211").status_code == 200
