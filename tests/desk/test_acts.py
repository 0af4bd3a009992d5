# SPDX-License-Identifier: EUPL-1.2
"""Acts on a case by the desk: each does exactly its act, a refusal keeps what was typed, a race overwrites nothing."""

import re
from datetime import timedelta

import pytest
from django.test import Client

from melayani.cases import actions
from melayani.cases.desk_queries import actor_for
from melayani.cases.models import Case, CaseText, Event
from melayani.cases.queries import public_case
from melayani.cases.rules import EventKind, Identity, Outcome, Stage, Visibility
from melayani.desk import acts
from melayani.desk.words import ANSWERS
from melayani.government.models import Officer
from melayani.ledger.models import Entry
from tests.builders import ANSWER, STORY, a_case, a_waiting_case, an_officer
from tests.conftest import MONDAY
from tests.desk.visiting import OTHER_UNIT, address, bambang, browser, dewi, joko, nanik, ratih

pytestmark = pytest.mark.django_db
MASKED = "Lampu jalan padam."


def sent(case: Case, act: str, who: Officer | None = None, /, **form: str) -> tuple[int, str]:
    """Status and page after the officer sent the act with the version as it is, unless `form` says another."""
    client = browser(who or ratih())
    version = str(Case.objects.get(pk=case.pk).version)
    response = client.post(address(case, act), {"version": version, **form})
    return response.status_code, response.content.decode()


def last(case: Case) -> Event:
    """The newest event of the case."""
    return Event.objects.filter(case=case).order_by("-sequence")[0]


def fresh(case: Case) -> Case:
    """The case as it is now."""
    return Case.objects.select_related("unit", "officer").get(pk=case.pk)


# Each act, once.


def test_taking_on() -> None:
    case = a_case()
    client = browser(ratih())
    response = client.post(address(case, "ambil"), {"version": str(case.version)})
    assert response.headers["Location"] == address(case)
    now = fresh(case)
    assert (now.stage, now.officer_id) == (Stage.TAKEN, ratih().pk)
    assert last(case).kind == EventKind.TAKEN_ON
    page = client.get(address(case)).content.decode()
    assert "Kasus ini Anda pegang" in page  # said once
    assert "Kasus ini Anda pegang" not in client.get(address(case)).content.decode()


def test_the_head_appoints() -> None:
    case = a_case()
    an_officer("andi")
    assert sent(case, "tugaskan", joko(), officer="andi")[0] == 302
    assert fresh(case).officer == Officer.objects.get(username="andi")
    assert "Pilih petugas" in sent(case, "tugaskan", joko(), officer="")[1]
    assert sent(case, "tugaskan", joko(), officer="bambang")[0] == 403


def test_asking_pauses_the_promise() -> None:
    case = a_case(stage=Stage.TAKEN)
    assert sent(case, "tanya", text="Nomor tiang berapa?")[0] == 302
    assert fresh(case).stage == Stage.ASKED


@pytest.mark.parametrize("release", [True, False])
def test_progress_is_public_only_with_the_tick(release: bool) -> None:
    case = a_case(stage=Stage.TAKEN)
    assert sent(case, "kabar", text="Regu berangkat besok.", **({"release": "on"} if release else {}))[0] == 302
    released = CaseText.objects.get(event=last(case)).released
    assert released == ("Regu berangkat besok." if release else None)


@pytest.mark.parametrize("outcome", ANSWERS)
def test_answering_with_each_outcome(outcome: str) -> None:
    case = a_case(stage=Stage.TAKEN)
    assert sent(case, "jawab", text=ANSWER, outcome=outcome, release="on")[0] == 302
    now = fresh(case)
    assert (now.stage, now.proposed) == (Stage.ANSWERED, outcome)
    assert CaseText.objects.get(event=last(case)).released == ANSWER


def test_answering_can_release_the_story_in_the_same_act() -> None:
    case = a_case(stage=Stage.TAKEN)
    status, _ = sent(case, "jawab", text=ANSWER, outcome="SOLVED", release_story="on", masked=MASKED)
    assert status == 302
    assert last(case).kind == EventKind.RELEASED
    seen = public_case(case.number)
    assert seen is not None
    assert [happening.text for happening in seen.happenings if happening.text] == [MASKED]


def test_an_answer_whose_story_cannot_be_released_is_not_sent_either() -> None:
    case = a_case(stage=Stage.TAKEN)
    before = Entry.objects.count()
    status, page = sent(case, "jawab", text=ANSWER, outcome="SOLVED", release_story="on", masked="  ")
    assert status == 400
    assert ANSWER in page
    assert fresh(case).stage == Stage.TAKEN
    assert Entry.objects.count() == before


def test_referring_tells_the_body() -> None:
    case = a_case()
    assert sent(case, "rujuk", body="pln", text="Urusan ini ditangani PLN. Hubungi 123.")[0] == 302
    now = fresh(case)
    assert (now.outcome, now.referred_to) == (Outcome.REFERRED, "pln")
    assert "dirujuk ke PLN" in browser(ratih()).get(address(case)).content.decode()


def test_rejecting_with_a_reason() -> None:
    case = a_case()
    assert sent(case, "tolak", text="Perkara ini sedang disidangkan di pengadilan.")[0] == 302
    assert fresh(case).outcome == Outcome.OUT_OF_SCOPE


@pytest.mark.parametrize("release", [True, False])
def test_assigning_a_waiting_case_with_and_without_its_story(release: bool) -> None:
    case = a_waiting_case()
    more = {"release_story": "on", "masked": MASKED} if release else {}
    form = {"unit": OTHER_UNIT, "reason": "Tugas Dinas Kesehatan.", "about": "kesehatan"}
    assert sent(case, "tetapkan", nanik(), **form, **more)[0] == 302
    now = fresh(case)
    assert (now.unit.code, now.stage, now.topic_id) == (OTHER_UNIT, Stage.ROUTED, "kesehatan")
    story = CaseText.objects.get(event__case=case, event__sequence=0)
    assert story.released == (MASKED if release else None)
    assert now.title == (MASKED.rstrip(".") if release else "Kesehatan, Kel. Kepanjen")
    assert browser(nanik()).get(address(case)).status_code == 200  # the desk still sees what it sent on


def test_assigning_both_acts_or_none() -> None:
    case = a_waiting_case()
    form = {"unit": OTHER_UNIT, "reason": "Tugas dinas ini.", "about": "", "release_story": "on", "masked": ""}
    status, page = sent(case, "tetapkan", nanik(), **form)
    assert status == 400
    assert "Tugas dinas ini." in page
    assert fresh(case).stage == Stage.WAITING


def test_the_head_moves_the_promise_later_only() -> None:
    case = a_case()
    assert sent(case, "geser", joko(), day="2026-06-30", reason="Menunggu suku cadang.")[0] == 302
    assert fresh(case).due_at.isoformat() == "2026-06-30T16:59:59+00:00"
    status, page = sent(case, "geser", joko(), day="2026-01-06", reason="Lebih cepat saja.")
    assert status == 409
    assert "lebih lambat" in page
    assert "Lebih cepat saja." in page
    assert 'value="2026-01-06"' in page


def test_releasing_and_holding_a_text() -> None:
    case = a_case()
    assert sent(case, "tampilkan", sequence="0", masked=MASKED, title="Lampu padam di Kepanjen")[0] == 302
    assert fresh(case).title == "Lampu padam di Kepanjen"
    assert sent(case, "tahan", sequence="0")[0] == 302
    assert CaseText.objects.get(event__case=case).released is None
    assert fresh(case).title == "Perhubungan, Kel. Kepanjen"


def test_a_refused_release_keeps_how_it_was_masked() -> None:
    case = a_case()
    status, page = sent(case, "tampilkan", sequence="0", masked="x" * 5000, title="Judul saya")
    assert status == 400
    assert "x" * 5000 in page
    assert 'value="Judul saya"' in page
    assert 'href="#release-text-0-masked"' in page


def test_a_secret_case_is_never_released() -> None:
    case = a_case(visibility=Visibility.SECRET)
    assert sent(case, "tampilkan", sequence="0", masked=MASKED)[0] == 403
    assert CaseText.objects.get(event__case=case).released is None


# Identity.


def test_an_identity_is_read_for_a_reason_shown_once_and_logged() -> None:
    case = a_case(identity=Identity.NAMED, name="Sari Wulandari", phone="081234567890")
    client = browser(ratih())
    response = client.post(address(case, "identitas"), {"reason": "Perlu janji bertemu di lokasi."})
    page = response.content.decode()
    assert response.status_code == 200
    assert response.headers["Cache-Control"] == "no-store, private"
    assert "Sari Wulandari" in page
    assert "081234567890" in page
    event = last(case)
    assert (event.kind, event.officer_id) == (EventKind.IDENTITY_VIEWED, ratih().pk)
    again = client.get(address(case)).content.decode()
    assert "Sari Wulandari" not in again
    assert "Perlu janji bertemu di lokasi." in again  # why it was read, for whoever reads the case


def test_without_a_reason_nothing_is_read_and_nothing_logged() -> None:
    case = a_case(identity=Identity.NAMED, name="Sari Wulandari")
    before = Event.objects.count()
    for officer, reason in ((ratih(), ""), (ratih(), "mau"), (dewi(), "Pemeriksaan berkala tahunan.")):
        status, page = sent(case, "identitas", officer, reason=reason)
        assert status in (400, 403)
        assert "Sari Wulandari" not in page
    assert Event.objects.count() == before


def test_an_anonymous_citizen_stays_unknown() -> None:
    case = a_case(email="sari@contoh.id")
    status, page = sent(case, "identitas", reason="Perlu janji bertemu di lokasi.")
    assert status == 403
    assert "sari@contoh.id" not in page


# Refusals and races.


REFUSED = [
    ("tanya", {"text": ""}, "Pertanyaan belum diisi", "ask-citizen-text"),
    ("kabar", {"text": "x" * 5000}, "terlalu panjang", "note-progress-text"),
    ("jawab", {"text": "Sudah.", "outcome": "SOLVED"}, "terlalu pendek", "answer-case-text"),
    ("jawab", {"text": ANSWER, "outcome": ""}, "Pilih hasil", "answer-case-outcome"),
    ("jawab", {"text": ANSWER, "outcome": "SILENCE"}, "Pilih hasil", "answer-case-outcome"),
    ("tolak", {"text": "Tidak."}, "terlalu pendek", "reject-case-text"),
]


@pytest.mark.parametrize(("act", "form", "message", "anchor"), REFUSED)
def test_a_refusal_keeps_what_was_typed_and_changes_nothing(
    act: str, form: dict[str, str], message: str, anchor: str
) -> None:
    case = a_case(stage=Stage.TAKEN)
    before = Event.objects.count()
    status, page = sent(case, act, **form)
    assert status == 400
    assert message in page
    assert f'href="#{anchor}"' in page
    assert f'id="{anchor}"' in page
    assert form["text"] in page
    assert 'role="alert"' in page
    assert Event.objects.count() == before
    assert fresh(case).version == case.version


def test_two_officers_one_case_nothing_is_overwritten() -> None:
    """Ratih and Joko open the page; Joko answers; what Ratih wrote is kept beside what happened meanwhile."""
    case = a_case(stage=Stage.TAKEN)
    seen = str(case.version)
    assert browser(joko()).post(address(case, "kabar"), {"version": seen, "text": "Regu berangkat."}).status_code == 302
    before = Event.objects.count()
    response = browser(ratih()).post(address(case, "jawab"), {"version": seen, "text": ANSWER, "outcome": "SOLVED"})
    page = response.content.decode()
    assert response.status_code == 409
    assert Event.objects.count() == before
    assert "berubah selagi Anda menulis" in page
    assert "Kabar dari petugas" in page
    assert "Joko" in page
    assert "“Regu berangkat.”" in page
    assert ANSWER in page
    assert re.search(r'<option value="SOLVED" selected>', page)
    assert f'name="version" value="{case.version + 1}"' in page
    assert f'name="version" value="{seen}"' not in page
    # Ratih has read it and sends the same form again.
    again = browser(ratih()).post(
        address(case, "jawab"), {"version": str(case.version + 1), "text": ANSWER, "outcome": "SOLVED"}
    )
    assert again.status_code == 302


def test_control_without_the_version_the_second_would_overwrite(monkeypatch: pytest.MonkeyPatch) -> None:
    case = a_case(stage=Stage.TAKEN)
    seen = str(case.version)
    browser(joko()).post(address(case, "kabar"), {"version": seen, "text": "Regu berangkat."})
    monkeypatch.setattr(
        acts, "_who", lambda visit, _data: {"number": visit.case.row.number, "by": visit.actor, "at": visit.at}
    )
    response = browser(ratih()).post(address(case, "jawab"), {"version": seen, "text": ANSWER, "outcome": "SOLVED"})
    assert response.status_code == 302


def test_when_the_form_no_longer_fits_the_text_is_still_there() -> None:
    """Joko has answered; Ratih's answer has no form any more, and is shown to be copied."""
    case = a_case(stage=Stage.TAKEN)
    seen = str(case.version)
    sent(case, "jawab", joko(), text=ANSWER, outcome="SOLVED")
    mine = "Jawaban saya yang lain, yang juga panjang."
    response = browser(ratih()).post(address(case, "jawab"), {"version": seen, "text": mine, "outcome": "SOLVED"})
    page = response.content.decode()
    assert response.status_code == 409
    assert mine in page
    assert "berubah selagi Anda menulis" in page


def test_when_the_case_went_to_another_unit_the_text_is_still_there() -> None:
    case = a_case(stage=Stage.TAKEN)
    sorter = actor_for(nanik())
    actions.assign_case(number=case.number, unit=OTHER_UNIT, reason="Salah alamat.", by=sorter, at=MONDAY)
    status, page = sent(case, "jawab", text=ANSWER, outcome="SOLVED")
    assert status == 404
    assert ANSWER in page
    assert case.title not in page


def test_sending_twice_acts_once() -> None:
    case = a_case(stage=Stage.TAKEN)
    form = {"version": str(case.version), "text": "Regu berangkat."}
    client = browser(ratih())
    assert client.post(address(case, "kabar"), form).status_code == 302
    assert client.post(address(case, "kabar"), form).status_code == 409
    assert Event.objects.filter(case=case, kind=EventKind.PROGRESS).count() == 1


def test_a_form_without_version_is_sent_back() -> None:
    case = a_case(stage=Stage.TAKEN)
    for version in ("", "x", "-1", "1.5"):
        response = browser(ratih()).post(address(case, "kabar"), {"version": version, "text": "Regu berangkat."})
        assert response.status_code == 400
        assert "Regu berangkat." in response.content.decode()
    assert fresh(case).version == case.version


def test_a_reopened_case_is_the_heads() -> None:
    joko()
    case = a_case(stage=Stage.REOPENED)
    for act, form in (
        ("ambil", {}),
        ("jawab", {"text": ANSWER, "outcome": "SOLVED"}),
        ("kabar", {"text": "Kami cek."}),
    ):
        status, page = sent(case, act, **form)
        assert status == 403
        assert "kepala unit" in page
    assert fresh(case).stage == Stage.REOPENED
    andi = an_officer("andi")
    assert sent(case, "tugaskan", joko(), officer="ratih")[0] == 403  # never back to the same hand
    assert sent(case, "tugaskan", joko(), officer="andi")[0] == 302
    assert fresh(case).officer == andi


def test_another_unit_and_a_secret_case_of_another_unit_are_not_there() -> None:
    for visibility in Visibility:
        case = a_case(visibility=visibility)
        client = browser(bambang())
        assert client.get(address(case)).status_code == 404
        response = client.post(address(case, "kabar"), {"version": str(case.version), "text": "Halo semua."})
        assert response.status_code == 404
        assert STORY not in response.content.decode()
        assert fresh(case).version == case.version


def test_the_inspectorate_reads_secret_cases_and_touches_nothing() -> None:
    case = a_case(visibility=Visibility.SECRET)
    page = browser(dewi()).get(address(case)).content.decode()
    assert STORY in page
    assert 'method="post" action="/meja/kasus' not in page
    assert sent(case, "kabar", dewi(), text="Mohon segera dijawab.")[0] == 403


def with_token(client: Client, case: Case) -> dict[str, str]:
    """A form with the token of the page."""
    page = client.get(address(case)).content.decode()
    token = re.search(r'name="csrfmiddlewaretoken" value="([^"]+)"', page)
    assert token is not None
    return {"version": str(case.version), "csrfmiddlewaretoken": token.group(1)}


def test_a_forged_form_is_refused() -> None:
    case = a_case()
    client = browser(ratih(), csrf=True)
    assert client.post(address(case, "ambil"), {"version": str(case.version)}).status_code == 403
    assert fresh(case).stage == Stage.ROUTED
    assert client.post(address(case, "ambil"), with_token(client, case)).status_code == 302


def test_a_later_day_is_said_in_jakarta() -> None:
    case = a_case(at=MONDAY - timedelta(days=3))
    assert sent(case, "geser", joko(), day="2026-12-31", reason="Menunggu anggaran baru.")[0] == 302
    assert "Kamis, 31 Desember" in browser(joko()).get(address(case)).content.decode()
