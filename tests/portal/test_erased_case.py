# SPDX-License-Identifier: EUPL-1.2
"""An erased case on every face: a calm page with what is left, nothing of what was, and no page that breaks."""

from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings
from django.http import HttpResponse
from django.test import Client

from melayani.cases import actions, citizen_actions
from melayani.cases.erasing import Reason, erase_case
from melayani.cases.files import keep_upload, remove_erased_files
from melayani.cases.filing import Filed
from melayani.cases.models import Case
from melayani.cases.parties import join_case
from melayani.cases.rules import CITIZEN, Identity, Outcome
from melayani.cases.similar import similar_cases
from melayani.ground.memo import forget_all
from melayani.ledger.actions import stamp_positions
from melayani.ledger.keys import log_key
from melayani.ledger.policy import policy_of_logs
from melayani.ledger.receipts import verify_receipt
from melayani.site.sealer import Sealer
from tests.builders import ANSWER, STORY, filed, officer_actor
from tests.conftest import MONDAY
from tests.desk.visiting import browser, joko, ratih
from tests.portal.own_case import opened_case, tried
from tests.portal.paper_browser import Page, pressed
from tests.some_files import a_photo

pytestmark = pytest.mark.django_db
HOUR, DAY = timedelta(hours=1), timedelta(days=1)
TITLE = "Lampu depan rumah Bu Sari padam"
# What stood in the case and must be on no page any more.
GONE = (STORY, ANSWER, TITLE, "Sari Wulandari", "0812345", "-8.13", "112.57")


def told_case(*, closed: bool = True, **changes: Any) -> Filed:
    """A case with a released story and title, a photo, a contact and an answer."""
    photo = keep_upload(token="form", sent=a_photo(), at=MONDAY)
    told = filed(
        identity=Identity.NAMED, name="Sari Wulandari", phone="081234567042", latitude=-8.13, longitude=112.57,
        uploads=(photo,), token="t", **changes,
    )  # fmt: skip
    ratih_acts, at = officer_actor(), MONDAY + HOUR
    if changes.get("visibility") != "SECRET":
        actions.release_text(number=told.number, sequence=0, masked=STORY, title=TITLE, by=ratih_acts, at=at)
    actions.take_on_case(number=told.number, by=ratih_acts, at=at)
    if closed:
        actions.answer_case(number=told.number, text=ANSWER, outcome=Outcome.SOLVED, by=ratih_acts, at=at, release=True)
        citizen_actions.confirm_case(number=told.number, by=CITIZEN, at=MONDAY + 2 * HOUR)
    return told


def erase(told: Filed) -> None:
    erase_case(number=told.number, reason=Reason.REQUEST, at=MONDAY + DAY)
    remove_erased_files()


def content_of(answer: Any) -> str:
    if getattr(answer, "streaming", False):
        return b"".join(answer).decode("utf-8", errors="replace")
    assert isinstance(answer, HttpResponse)
    return answer.content.decode("utf-8", errors="replace")


def public_addresses(number: str) -> list[str]:
    return [
        "/", "/kasus", "/kasus?tampilan=peta", "/kasus.atom", f"/kasus/{number}", f"/en/kasus/{number}",
        f"/open311/v2/requests/{number}.xml", f"/open311/v2/requests/{number}.json", "/open311/v2/requests.json",
        "/open311/v2/servicerequestupdates.xml", f"/api/v1/cases/{number}", "/api/v1/cases", f"/lacak/{number}",
    ]  # fmt: skip


@pytest.mark.parametrize("closed", [True, False])
def test_no_public_page_or_api_breaks_or_tells_what_was(client: Client, closed: bool) -> None:
    told = told_case(closed=closed)
    before = "".join(content_of(client.get(address)) for address in public_addresses(told.number))
    assert TITLE in before
    assert STORY in before
    erase(told)
    # The home page remembers its short lists for fifteen seconds; these are over.
    forget_all()
    for address in public_addresses(told.number):
        answer = client.get(address)
        assert answer.status_code == 200, address
        words = content_of(answer)
        assert not [gone for gone in GONE if gone in words], address
    assert told.number in content_of(client.get("/kasus"))


def test_the_public_page_says_calmly_what_is_left(client: Client) -> None:
    told = told_case()
    erase(told)
    answer = client.get(f"/kasus/{told.number}")
    assert isinstance(answer, HttpResponse)
    page = Page(answer)
    assert "Isi kasus ini sudah dihapus" in page.text
    assert "Sejak Selasa, 6 Januari 2026" in page.text
    assert "Diselesaikan" in page.text
    assert "Dinas Perhubungan Kabupaten Malang" in page.text
    assert 'content="noindex"' in answer.content.decode()
    assert "The content of this case was erased" in content_of(client.get(f"/en/kasus/{told.number}"))


def test_the_public_page_is_new_at_once_also_where_it_was_remembered(client: Client) -> None:
    told = told_case()
    tag = client.get(f"/kasus/{told.number}").headers["ETag"]
    assert client.get(f"/kasus/{told.number}", headers={"if-none-match": tag}).status_code == 304
    erase(told)
    assert client.get(f"/kasus/{told.number}", headers={"if-none-match": tag}).status_code == 200


def test_the_proof_of_the_ledger_is_still_there_and_holds(client: Client) -> None:
    told = told_case()
    erase(told)
    stamp_positions()
    Sealer().step()
    address = f"/ledger/proof/{told.number}"
    assert address in content_of(client.get(f"/kasus/{told.number}"))
    last = Case.objects.get(number=told.number).version - 1
    for sequence in ("", f"/{last}"):
        answer = client.get(address + sequence)
        assert isinstance(answer, HttpResponse)
        proven = verify_receipt(answer.content, policy=policy_of_logs([log_key(Path(settings.KEYS)).vkey]))
        assert not proven.opened
    assert proven.kind == "case.erased"


def test_joining_leads_back_to_the_page(client: Client) -> None:
    told = told_case(closed=False)
    erase(told)
    for answer in (client.get(f"/kasus/{told.number}/ikut"), client.post(f"/kasus/{told.number}/ikut")):
        assert (answer.status_code, answer.headers["Location"]) == (302, f"/kasus/{told.number}")


def test_a_secret_case_is_as_absent_as_before(client: Client) -> None:
    told = told_case(visibility="SECRET")
    erase(told)
    for address in (f"/kasus/{told.number}", f"/ledger/proof/{told.number}", f"/api/v1/cases/{told.number}"):
        assert client.get(address).status_code == 404
    assert told.number not in content_of(client.get("/kasus"))
    page = Page(tried(client, number=told.number, key=told.key))
    assert "Isi kasus ini sudah dihapus" in page.text
    assert "Unduh bukti" not in page.text


def test_photos_are_gone(client: Client) -> None:
    told = told_case()
    page = opened_case(client, told)
    links = [
        element.attributes["href"] for element in page.elements if "/lacak/foto/" in element.attributes.get("href", "")
    ]
    assert links
    assert client.get(links[0]).status_code == 200
    erase(told)
    assert [client.get(link).status_code for link in links] == [404] * len(links)


def test_the_holder_of_a_key_sees_the_same_plain_page_and_nothing_to_do(client: Client) -> None:
    told = told_case(closed=False)
    joined = join_case(number=told.number, token="p", at=MONDAY)
    erase(told)
    for key in (told.key, joined.key):
        answer = tried(client, number=told.number, key=key)
        assert answer.status_code == 200
        page = Page(answer)
        assert "Isi kasus ini sudah dihapus" in page.text
        assert not [gone for gone in GONE if gone in page.text]
        assert answer.headers["Cache-Control"] == "no-store"


def test_every_act_of_a_page_from_before_is_refused_with_a_sentence(client: Client) -> None:
    told = told_case(closed=False)
    forms = [form for form in opened_case(client, told).forms if form.action.startswith("/lacak/")]
    closed = filed(token="u")
    actions.answer_case(number=closed.number, text=ANSWER, outcome=Outcome.SOLVED, by=officer_actor(), at=MONDAY)
    forms += [form for form in opened_case(client, closed).forms if form.action.startswith("/lacak/")]
    erase(told)
    erase(closed)
    assert {"/lacak/terima", "/lacak/buka-lagi", "/lacak/tarik", "/lacak/resi"} <= {form.action for form in forms}
    for form in forms:
        answer = pressed(client, form, typed={"alasan": "Masih padam juga.", "yakin": "ya"})
        assert answer.status_code < 500, form.action
        assert answer.status_code in (200, 404, 409, 422), form.action
        if answer.headers["Content-Type"].startswith("text/html"):
            assert not [gone for gone in GONE if gone in answer.content.decode()], form.action


def test_the_desk_reads_that_it_was_erased_and_is_offered_nothing(client: Client) -> None:
    told = told_case(closed=False)
    erase(told)
    desk = browser(ratih())
    for address in (f"/meja/kasus/{told.number}", f"/meja/kasus/{told.number}?mirip=1", "/meja/daftar/saya"):
        answer = desk.get(address)
        assert answer.status_code == 200, address
        assert not [gone for gone in GONE if gone in content_of(answer)], address
    page = content_of(desk.get(f"/meja/kasus/{told.number}"))
    assert "sudah dihapus" in page
    assert 'name="version"' not in page
    answer = desk.post(f"/meja/kasus/{told.number}/note-case", {"version": "99", "text": "Catatan baru."})
    assert answer.status_code in (404, 409)


@pytest.mark.parametrize("form", ["csv", "xlsx"])
def test_the_export_of_a_list_holds_the_plain_row(form: str) -> None:
    told = told_case()
    erase(told)
    answer = browser(joko()).post("/meja/daftar/selesai/unduh", {"bentuk": form})
    assert answer.status_code == 200
    words = content_of(answer)
    assert not [gone for gone in GONE if gone in words]
    assert form == "xlsx" or told.number in words


def test_it_is_similar_to_nothing_by_its_words(client: Client) -> None:
    told = told_case(closed=False)
    row = Case.objects.get(number=told.number)

    def scored() -> float:
        found = similar_cases(
            text=STORY, place=row.place_id, topic=row.topic_id or "", unit_ids={row.unit_id}, at=MONDAY + DAY
        )
        return found[0].score if found else 0.0

    before = scored()
    erase(told)
    assert scored() < before
