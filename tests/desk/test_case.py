# SPDX-License-Identifier: EUPL-1.2
"""The page of a case: the story as written, both clocks, what is public, which acts are offered; six statements."""

import re
from datetime import timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from melayani.cases import actions, citizen_actions
from melayani.cases.desk_queries import actor_for
from melayani.cases.models import Case, Vault
from melayani.cases.rules import CITIZEN, Identity, Stage, Visibility
from melayani.desk.access import Visit, actor_of, case_or_404
from melayani.desk.acts import ACTS, possible_acts
from melayani.government.models import Officer
from melayani.government.registers import SessionOfficer, session_officer
from tests.builders import DISHUB, STORY, a_case, a_waiting_case, an_officer
from tests.conftest import MONDAY
from tests.desk.visiting import address, browser, dewi, joko, nanik, ratih

pytestmark = pytest.mark.django_db
HOUR = timedelta(hours=1)


def page_of(case: Case, officer: Officer | None = None, query: str = "") -> str:
    """The page of the case as the officer sees it."""
    response = browser(officer or ratih()).get(address(case) + query)
    assert response.status_code == 200
    return response.content.decode()


def text_of(page: str) -> str:
    """The words of a page, tags away and blanks folded."""
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", page))


def test_the_officer_reads_the_original_and_both_clocks() -> None:
    case = a_case(stage=Stage.TAKEN)
    page = page_of(case)
    words = text_of(page)
    assert STORY in page
    assert case.number in page
    assert "Janji kepada warga" in words
    assert "hari kerja lagi" in words
    assert "Di tangan unit sejak Senin, 5 Januari 0 hari kerja" in words
    assert "Isra" in words  # the holiday of 16 January is named as skipped
    assert "Sabtu dan Minggu tidak dihitung" in words
    assert "Ratih" in words
    assert case.why in words


def test_who_filed_it_is_not_on_the_page() -> None:
    case = a_case(identity=Identity.NAMED, name="Sari Wulandari", phone="081234567890", email="sari@contoh.id")
    page = page_of(case, dewi()) + page_of(case) + page_of(case, joko()) + page_of(case, nanik())
    for secret in ("Sari", "Wulandari", "081234567890", "sari@contoh.id"):
        assert not re.search(rf"\b{re.escape(secret)}\b", page)  # "Saring" is a word of the page


def test_texts_are_held_until_released_and_suggested_masked() -> None:
    case = a_case(text="Lampu padam. Hubungi saya 0812-3456-7890.")
    page = page_of(case)
    assert "Ditahan" in page
    assert "Hubungi saya [nomor telepon disamarkan]." in page  # in the form
    ratih_acts = actor_for(ratih())
    actions.release_text(number=case.number, sequence=0, masked="Lampu padam.", by=ratih_acts, at=MONDAY)
    page = page_of(case)
    assert "Dibaca umum" in page
    assert "Tahan dari umum" in page
    assert "0812-3456-7890" in page  # the officer still reads the original
    assert "“Lampu padam.”" in page


def test_a_secret_case_offers_no_release() -> None:
    case = a_case(visibility=Visibility.SECRET)
    page = page_of(case)
    assert "rahasia" in page
    assert "tampilkan" not in text_of(page).lower()
    assert f"/kasus/{case.number}" not in page.replace(f"/meja/kasus/{case.number}", "")


def test_answers_to_the_questions_of_the_service_are_labelled() -> None:
    case = a_case(service="PJU", answers={"tiang": "MLG-14", "lama": ["a", "b"], "?": "x"})
    words = text_of(page_of(case))
    assert "MLG-14" in words
    assert "a, b" in words


def test_every_text_is_escaped() -> None:
    case = a_case(text="<script>alert(1)</script> lampu padam", address="<b>dekat</b> balai desa")
    ask = "<img src=x onerror=alert(1)> nomor?"
    actions.take_on_case(number=case.number, by=actor_for(ratih()), at=MONDAY)
    actions.ask_citizen(number=case.number, text=ask, by=actor_for(ratih()), at=MONDAY)
    page = page_of(case)
    assert "<script>alert" not in page
    assert "<img src=x" not in page
    assert "<b>dekat" not in page


def test_what_happened_is_told_with_names_and_details() -> None:
    case = a_case(stage=Stage.ASKED)
    citizen_actions.reply_to_question(number=case.number, text="Tiang 14.", by=CITIZEN, at=MONDAY + timedelta(days=2))
    words = text_of(page_of(case, joko()))
    assert "Petugas bertanya kepada warga Senin, 5 Januari, 11.00 · Ratih" in words
    assert "Warga menjawab pertanyaan · janji menjadi" in words
    assert "Nomor tiang berapa?" in words
    assert "Berhenti 2 hari kerja menunggu warga" in words


def test_an_erased_case_still_has_a_page() -> None:
    case = a_case(stage=Stage.CLOSED)
    Vault.objects.filter(case=case).update(wrapped_key=None)
    assert "sudah dihapus" in page_of(case)


@pytest.mark.parametrize("cases", [1, 3])
@pytest.mark.parametrize("who", [ratih, joko, nanik, dewi])
def test_at_most_six_statements(cases: int, who: object) -> None:
    assert callable(who)
    client = browser(who())
    made = [a_case(stage=Stage.TAKEN) for _ in range(cases)]
    client.get(address(made[0]))  # reference data is remembered by the process
    with CaptureQueriesContext(connection) as queries:
        assert client.get(address(made[0])).status_code == 200
    assert len(queries) <= 6, [query["sql"] for query in queries]


# Which acts are offered.


def visit(officer: Officer, case: Case) -> Visit:
    """A visit of the officer at the case."""
    known: SessionOfficer | None = session_officer(officer.pk)
    assert known is not None
    actor = actor_of(known)
    return Visit(officer=known, actor=actor, at=MONDAY + 3 * HOUR, seen=case_or_404(number=case.number, actor=actor))


WORK = {"ask-citizen", "note-progress", "answer-case", "refer-case", "reject-case"}
TEXTS = {"release-text", "hold-text", "release-file", "hold-file"}
NOTES = {"note-case"}
OFFERED = [
    (Stage.ROUTED, "ratih", WORK | TEXTS | NOTES | {"take-on-case"}),
    (Stage.TAKEN, "ratih", WORK | TEXTS | NOTES),
    (Stage.TAKEN, "joko", WORK | TEXTS | NOTES | {"take-on-case", "appoint-officer", "move-promise"}),
    (Stage.ASKED, "ratih", (WORK - {"ask-citizen"}) | TEXTS | NOTES),
    (Stage.ANSWERED, "ratih", TEXTS | NOTES),
    (Stage.ANSWERED, "joko", TEXTS | NOTES),
    (Stage.CLOSED, "joko", TEXTS | NOTES),
    (Stage.REOPENED, "ratih", TEXTS | NOTES),
    (Stage.REOPENED, "joko", WORK | TEXTS | NOTES | {"take-on-case", "appoint-officer", "move-promise"}),
    (Stage.ROUTED, "nanik", TEXTS | NOTES | {"assign-case"}),
    (Stage.WAITING, "nanik", TEXTS | NOTES | {"assign-case", "refer-case", "reject-case"}),
    (Stage.ROUTED, "dewi", set()),
]
PEOPLE = {"ratih": ratih, "joko": joko, "nanik": nanik, "dewi": dewi}


@pytest.mark.parametrize(("stage", "who", "offered"), OFFERED)
def test_only_acts_that_fit_are_offered(stage: Stage, who: str, offered: set[str]) -> None:
    joko()
    case = a_waiting_case() if stage is Stage.WAITING else a_case(stage=stage)
    officer = PEOPLE[who]()
    assert possible_acts(visit(officer, case)) == offered
    page = page_of(case, officer)
    targets = set(re.findall(rf'action="/meja/kasus/{case.number}/([\w-]+)"', page))
    shown = {ADDRESSES[target] for target in targets}
    assert shown <= offered
    # Forms for texts and files appear only beside those that are there; a referral's letter once its body is chosen.
    assert offered - shown <= TEXTS | {"refer-case"}


ADDRESSES = {
    "ambil": "take-on-case", "tugaskan": "appoint-officer", "tanya": "ask-citizen", "kabar": "note-progress",
    "jawab": "answer-case", "rujuk": "refer-case", "tolak": "reject-case", "tetapkan": "assign-case",
    "geser": "move-promise", "tampilkan": "release-text", "tahan": "hold-text", "identitas": "view-identity",
    "catatan": "note-case", "tampilkan-berkas": "release-file", "tahan-berkas": "hold-file",
}  # fmt: skip


def test_the_identity_is_offered_only_where_there_is_one() -> None:
    named = a_case(identity=Identity.NAMED, name="Sari Wulandari")
    assert "view-identity" in possible_acts(visit(ratih(), named))
    assert "view-identity" not in possible_acts(visit(ratih(), a_case()))
    assert "view-identity" not in possible_acts(visit(dewi(), named))
    assert set(ADDRESSES.values()) == set(ACTS)


def test_every_form_names_the_version() -> None:
    case = a_case(stage=Stage.REOPENED)
    page = page_of(case, joko())
    forms = re.findall(r'<form[^>]*method="post"[^>]*action="/meja/kasus/[^"]*/(\w+)".*?</form>', page, re.DOTALL)
    assert len(forms) == page.count(f'name="version" value="{case.version}"')


def test_the_head_chooses_among_the_officers_of_the_unit() -> None:
    an_officer("andi")
    an_officer("bambang", unit="35.07.kesehatan")
    gone = an_officer("lama", unit=DISHUB)
    Officer.objects.filter(pk=gone.pk).update(is_active=False)
    page = page_of(a_case(), joko())
    options = re.findall(r'<option value="([^"]+)" ?>', page.split('name="officer"')[1].split("</select>")[0])
    assert options == ["andi", "joko", "ratih"]


# The triage desk.


def test_the_desk_sees_why_it_waits_and_what_the_rules_suggest() -> None:
    case = a_waiting_case()
    words = text_of(page_of(case, nanik()))
    assert case.why in words
    assert "Saran:" not in words
    page = page_of(case, nanik(), "?tentang=infrastruktur/PJU")
    assert "Saran: Dinas Perhubungan" in text_of(page)
    assert re.search(r'<option value="35.07.dishub" selected>', page)
    assert 'name="about" value="infrastruktur/PJU"' in page


def test_an_unknown_subject_suggests_nothing() -> None:
    for about in ("tidak-ada", "infrastruktur/TIDAK", "/", "%00"):
        assert "Saran:" not in text_of(page_of(a_waiting_case(), nanik(), f"?tentang={about}"))


def test_a_rule_that_refers_prepares_the_referral() -> None:
    page = page_of(a_case(), ratih(), "?rujuk=pln")
    assert re.search(r'<details class="act" id="rujuk" open>', page)
    assert "Urusan ini ditangani oleh" in page
    assert 'name="body" value="pln"' in page
    assert 'name="body"' not in page_of(a_case(), ratih(), "?rujuk=tidak-ada")


def test_the_list_beside_the_case_marks_it() -> None:
    case = a_case(stage=Stage.TAKEN)
    page = page_of(case)
    assert re.search(rf'<a href="/meja/kasus/{case.number}" aria-current="true">', page)
    assert 'href="/meja/daftar/saya"' in page


def test_similar_cases_are_shown_when_asked_for_and_only_public_ones() -> None:
    case, other, secret = a_case(), a_case(), a_case(visibility=Visibility.SECRET)
    unasked = page_of(case)
    assert "?mirip=1#mirip" in unasked
    assert f"/kasus/{other.number}" not in unasked.split('id="mirip"')[1]
    asked = page_of(case, query="?mirip=1").split('id="mirip"')[1].split("Rincian")[0]
    assert f'"/kasus/{other.number}"' in asked
    assert secret.number not in asked
    assert f'"/kasus/{case.number}"' not in asked
    assert "Tidak ada kasus umum" in page_of(a_case(place="35.07.01.2001"), query="?mirip=1")
