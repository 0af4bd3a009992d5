# SPDX-License-Identifier: EUPL-1.2
"""POST Service Request: what becomes a case, what is refused, and that repeating it has one effect."""

import base64
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings
from django.test import Client

from melayani.cases.models import Case, CaseText, Event, Submission, Vault
from melayani.cases.queries import public_case
from melayani.cases.rules import Channel, Identity, Stage, Visibility
from melayani.cases.vault import open_contact, open_text, unwrapped
from melayani.catalogue.models import Service
from melayani.government.models import ApiClient
from melayani.ground.memo import forget_all
from melayani.ledger.keys import promise_key
from melayani.ledger.promises import verify_promise
from tests.api.calling import FORM, PJU, POINT, STORY, V2, a_request, filed, get, loaded, names, post, refusals, root
from tests.conftest import MONDAY

pytestmark = pytest.mark.django_db
NOT_UTF8_PART = b'--x\r\nContent-Disposition: form-data; name="api_key"\r\n\r\n\xff\r\n--x--\r\n'
NO_POINT = {"lat": None, "long": None}


def test_a_request_is_a_public_case_of_its_client(key: str) -> None:
    answer = post("requests.json", a_request(key))
    [created] = loaded(answer)
    assert answer.status_code == 200
    assert list(created) == ["service_request_id", "service_notice", "account_id"]
    case = Case.objects.get(number=created["service_request_id"])
    assert case.number in created["service_notice"]
    assert created["account_id"] is None
    assert (case.channel, case.visibility, case.identity) == (Channel.OPEN311, Visibility.PUBLIC, Identity.ANONYMOUS)
    assert case.client is not None
    assert case.client.code == "fixmystreet"
    assert (case.place_id, case.unit.code, case.stage) == ("35.07.13.1010", "35.07.dishub", Stage.ROUTED)
    assert (case.latitude, case.longitude) == (-8.13, 112.57)
    assert case.service is not None
    assert (case.service.code, case.kind) == ("PJU", case.service.kind)
    assert _told(case) == {
        "text": STORY,
        "answers": {"JUMLAH_LAMPU": "3", "SEJAK_KAPAN": "2026-01-02"},
        "latitude": "-8.130100",
        "longitude": "112.570200",
    }


@pytest.mark.parametrize("form", ["json", "xml"])
def test_the_signed_promise_stands_beside_the_answer(key: str, form: str) -> None:
    answer = post(f"requests.{form}", a_request(key))
    promise = verify_promise(
        base64.b64decode(answer.headers["Melayani-Promise"], validate=True),
        keys=[promise_key(Path(settings.KEYS)).verifier],
    )
    assert promise.leaf_hash == bytes(Event.objects.get().entry.leaf_hash)
    assert promise.deadline == int(MONDAY.timestamp()) + 60
    # Nothing is promised where nothing was filed.
    assert "Melayani-Promise" not in post(f"requests.{form}", a_request(key, service_code="")).headers


def test_the_answer_in_xml_has_the_elements_of_the_standard(key: str) -> None:
    document = root(post("requests.xml", a_request(key)))
    assert document.tag == "service_requests"
    assert names(document) == ["request"]
    assert names(document[0]) == ["service_request_id", "service_notice", "account_id"]
    assert Case.objects.filter(number=document[0][0].text).count() == 1


def test_who_files_is_sealed_and_named_only_with_a_name(key: str) -> None:
    number = filed(
        key, first_name="Siti", last_name="Aminah", email="siti@contoh.id", phone="+62 812-3456-7890",
        media_url="https://foto.contoh.id/1.jpg", address_string="Depan pasar", account_id="A1", device_id="D1",
    )  # fmt: skip
    case = Case.objects.get(number=number)
    assert case.identity == Identity.NAMED
    assert _contact(case) == {"name": "Siti Aminah", "email": "siti@contoh.id", "phone": "+62 812-3456-7890"}
    assert _told(case)["media_url"] == "https://foto.contoh.id/1.jpg"
    assert _told(case)["address"] == "Depan pasar"
    # Nothing of it is public, and what was not kept is nowhere.
    answers = b"".join(
        get(path).content for path in ("requests.json", f"requests/{number}.xml", "servicerequestupdates.json")
    )
    for secret in (b"Siti", b"Aminah", b"contoh.id", b"812-3456", b"8.1301", b"Depan pasar", STORY.encode()):
        assert secret not in answers
    assert "D1" not in str(_contact(case)) + str(_told(case))


def test_an_email_alone_leaves_the_case_anonymous(key: str) -> None:
    case = Case.objects.get(number=filed(key, email="siti@contoh.id"))
    assert case.identity == Identity.ANONYMOUS
    assert _contact(case)["email"] == "siti@contoh.id"


@pytest.mark.parametrize(
    ("where", "place"),
    [
        ({"address_id": "35.07.13.1010"}, "35.07.13.1010"),
        ({"address_id": "35.73"}, "35.73"),
        ({"address_string": "Jl. Kawi, Kepanjen, Kab. Malang"}, "35.07.13"),
        ({"address_string": "Kota Malang"}, "35.73"),
        # A code names the place by itself; the point only says where in it.
        ({"address_id": "35.07.13.1009", **POINT}, "35.07.13.1009"),
        ({"address_id": "35.07", **POINT}, "35.07.13.1010"),
    ],
)
def test_a_place_is_said_by_code_or_in_words(key: str, where: dict[str, str], place: str) -> None:
    case = Case.objects.get(number=filed(key, **{**NO_POINT, **where}))
    assert case.place_id == place
    assert (case.latitude is None) == ("lat" not in where)


def test_an_address_that_fits_two_regions_goes_to_the_triage_desk_of_the_province(key: str) -> None:
    [created] = loaded(post("requests.json", a_request(key, **NO_POINT, address_string="Jalan Ijen 12, Malang")))
    case = Case.objects.get(number=created["service_request_id"])
    assert (case.stage, case.unit.code, case.place_id) == (Stage.WAITING, "35.kominfo", "35")
    for name in ("Kabupaten Malang", "Kota Malang"):
        assert name in case.why
        assert name in created["service_notice"]
    # What was typed is sealed: the cause names places only.
    assert "Ijen" not in case.why


@pytest.mark.parametrize(
    "where",
    [
        NO_POINT,
        {**NO_POINT, "address_string": "Kota Atlantis"},
        {**NO_POINT, "address_string": "x" * 301},
        {**NO_POINT, "address_id": "99.99"},
        {**NO_POINT, "address_id": "#NOTPINPOINTED#"},
        {"address_id": "99.99"},
        {"lat": None},
        {"long": ""},
        {"lat": "nan"},
        {"lat": "1e999"},
        {"lat": "-8,13"},
        {"lat": "112.57", "long": "-8.13"},
        {"lat": "52.37", "long": "4.89"},
        {"lat": "-6.2", "long": "106.8"},
        {"lat": ["-8.13", "-8.2"]},
    ],
)
def test_a_place_that_cannot_be_is_refused(key: str, where: dict[str, object]) -> None:
    assert len(refusals(post("requests.json", a_request(key, **where)), 400)) == 1
    assert Case.objects.count() == 0


def test_a_point_far_from_people_is_taken_and_questioned(key: str) -> None:
    # In the sea off the coast of Lamongan, within the distance that is still plausible.
    [near] = loaded(post("requests.json", a_request(key)))
    assert "Periksa" not in near["service_notice"]
    [far] = loaded(post("requests.json", a_request(key, lat="-6.80", long="112.40")))
    assert "Periksa tempatnya" in far["service_notice"]


def test_a_code_far_from_the_point_is_questioned(key: str) -> None:
    [created] = loaded(post("requests.json", a_request(key, address_id="35.78")))
    assert "Periksa tempatnya" in created["service_notice"]
    assert Case.objects.get(number=created["service_request_id"]).place_id == "35.78"


def test_a_missing_description_is_made_of_what_was_said(key: str) -> None:
    case = Case.objects.get(number=filed(key, description=None))
    assert _told(case)["text"] == "Lampu jalan. Berapa lampu yang padam: 3. Sejak kapan padam: 2026-01-02."
    short = Case.objects.get(number=filed(key, description="Gelap"))
    assert _told(short)["text"].endswith("Sejak kapan padam: 2026-01-02. Gelap.")


def test_without_description_and_answers_there_is_nothing_to_file(key: str) -> None:
    silent = {"service_code": "SAMPAH", **dict.fromkeys(PJU)}
    [told] = refusals(post("requests.json", a_request(key, **silent, description="")), 400)
    assert told.startswith("description")
    assert Case.objects.count() == 0


@pytest.mark.parametrize(("length", "status"), [(4000, 200), (4001, 400)])
def test_a_description_has_at_most_4000_letters(key: str, length: int, status: int) -> None:
    assert post("requests.json", a_request(key, description="é" * length)).status_code == status


def test_texts_are_made_plain(key: str) -> None:
    case = Case.objects.get(
        number=filed(key, description="Lampu\x00 jalan\u202e padam\r\n\r\n\r\n\r\nsejak <b>lama</b>\ufeff")
    )
    assert _told(case)["text"] == "Lampu jalan padam\n\nsejak <b>lama</b>"


@pytest.mark.parametrize(
    "changes",
    [
        {"attribute[JUMLAH_LAMPU]": None},
        {"attribute[JUMLAH_LAMPU]": "banyak"},
        {"attribute[JUMLAH_LAMPU]": "1e999"},
        {"attribute[SEJAK_KAPAN]": "kemarin"},
        {"attribute[KEADAAN]": "meledak"},
        {"attribute[KEADAAN]": ["padam", "kedip"]},
        {"attribute[BAHAYA]": "saya tahu"},
        {"attribute[TIDAK_ADA]": "1"},
        {"attribute[": "1"},
        {"attribute": "1"},
        {"attribute[NOMOR_TIANG]": "x" * 501},
        {"email": "bukan surel"},
        {"email": "a" * 200 + "@contoh.id"},
        {"phone": "hubungi saya"},
        {"first_name": "x" * 121},
        {"media_url": "javascript:alert(1)"},
        {"media_url": "http://127.0.0.1/foto.jpg"},
        {"media_url": ["https://contoh.id/1", "https://contoh.id/2"]},
        {"description": "x" * 4001},
    ],
)
def test_what_does_not_fit_is_refused_and_named(key: str, changes: dict[str, object]) -> None:
    [told] = refusals(post("requests.json", a_request(key, **changes)), 400)
    assert next(iter(changes))[:5] in told
    assert _rows() == (0, 0, 0)


def test_everything_that_is_wrong_is_told_together(key: str) -> None:
    wrong = {
        "lat": "x",
        "email": "y",
        "phone": "z",
        "attribute[JUMLAH_LAMPU]": "q",
        "attribute[A]": "1",
        "media_url": "m",
    }
    assert len(refusals(post("requests.xml", a_request(key, **wrong)), 400)) == 6


def test_multivalue_answers_come_in_every_usual_way(key: str) -> None:
    water = {"service_code": "PDAM", **dict.fromkeys(PJU), "attribute[SEJAK_KAPAN]": "2026-01-02T10:00:00+07:00"}
    keys = _keys("PDAM", "GANGGUAN")[:2]
    for name in ("attribute[GANGGUAN][]", "attribute[GANGGUAN]"):
        case = Case.objects.get(number=filed(key, **water, **{name: keys}))
        assert _told(case)["answers"]["GANGGUAN"] == keys
    numbered = {f"attribute[GANGGUAN][{n}]": value for n, value in enumerate(keys)}
    assert _told(Case.objects.get(number=filed(key, **water, **numbered)))["answers"]["GANGGUAN"] == keys


def test_the_key_comes_first(key: str) -> None:
    for sent in ({"api_key": None}, {"api_key": ""}, {"api_key": "salah"}, {"api_key": [key, "salah"]}):
        refusals(post("requests.xml", {"service_code": "TIDAK-ADA", **sent} if sent["api_key"] else {}), 403)
    # Never from the address, where it would be logged.
    address = f"{V2}/requests.xml?api_key={key}"
    refusals(Client().post(address, "service_code=PJU", content_type=FORM), 403)
    ApiClient.objects.update(active=False)
    forget_all()
    refusals(post("requests.xml", a_request(key)), 403)
    assert _rows() == (0, 0, 0)


def test_service_and_jurisdiction_are_looked_up(key: str) -> None:
    refusals(post("requests.xml", a_request(key, service_code=None)), 400)
    refusals(post("requests.xml", a_request(key, service_code="TIDAK-ADA")), 404)
    refusals(post("requests.xml", a_request(key, jurisdiction_id="city.gov")), 404)
    refusals(post("requests.xml?jurisdiction_id=city.gov", a_request(key)), 404)
    assert post("requests.xml", a_request(key, jurisdiction_id="jatim.melayani.example")).status_code == 200
    Service.objects.filter(code="PJU").update(active=False)
    forget_all()
    refusals(post("requests.xml", a_request(key)), 400)


def test_the_same_sending_again_has_one_effect_and_the_same_answer(key: str, other_key: str) -> None:
    first = post("requests.json", a_request(key), idempotency="kirim-1")
    Case.objects.update(unit_name="Unit lain", due_at=MONDAY + timedelta(days=90), stage=Stage.WAITING)
    again = post("requests.json", a_request(key), idempotency="kirim-1")
    assert (again.status_code, again.content) == (200, first.content)
    assert Case.objects.count() == 1
    [told] = refusals(post("requests.json", a_request(key, description=STORY + " Lagi."), idempotency="kirim-1"), 400)
    assert "pengulangan" in told
    assert Case.objects.count() == 1
    # Another client's tokens are its own, and without a token each sending is a new case.
    assert loaded(post("requests.json", a_request(other_key), idempotency="kirim-1")) != loaded(first)
    assert filed(key) != filed(key)
    refusals(post("requests.json", a_request(key), idempotency="k" * 201), 400)


def test_a_token_binds_for_a_day(key: str, monkeypatch: pytest.MonkeyPatch) -> None:
    first = post("requests.json", a_request(key), idempotency="kirim-1")
    monkeypatch.setenv("MELAYANI_NOW", (MONDAY + timedelta(hours=25)).isoformat())
    other = post("requests.json", a_request(key, description=STORY + " Lagi."), idempotency="kirim-1")
    assert other.status_code == 200
    assert loaded(other) != loaded(first)


def test_multipart_is_read(key: str, client: Client) -> None:
    assert client.post(f"{V2}/requests.json", a_request(key)).status_code == 200
    assert Case.objects.count() == 1


@pytest.mark.parametrize(
    ("body", "content_type"),
    [
        (b"{}", "application/json"),
        (b"<request/>", "text/xml"),
        (b"api_key=x", "text/plain"),
        (b"api_key=x", "application/x-www-form-urlencoded; charset=iso-8859-1"),
        (b"api_key=x", "application/x-www-form-urlencoded; charset=base64"),
        (b"api_key=\xff\xfe", FORM),
        (b"api_key=%ff%fe", FORM),
        (b"a=1&" * 300, FORM),
        (b"description=" + b"x" * 10_000_000, FORM),
        (b"--x\r\n" + b"y" * 10_000_000, "multipart/form-data; boundary=x"),
        (b"api_key=x", "multipart/form-data"),
        (b"\x00\x01", "multipart/form-data; boundary=\x01"),
        (NOT_UTF8_PART, "multipart/form-data; boundary=x"),
    ],
)  # fmt: skip
def test_a_body_that_cannot_be_read_is_told(client: Client, body: bytes, content_type: str) -> None:
    refusals(client.generic("POST", f"{V2}/requests.json", body, content_type=content_type), 400)


@pytest.mark.parametrize("length", ["x", "-1", "9" * 30, "1000001", "٣"])
def test_a_length_that_cannot_be_is_told(client: Client, length: str) -> None:
    refusals(client.post(f"{V2}/requests.json", b"api_key=x", content_type=FORM, CONTENT_LENGTH=length), 400)


def test_a_form_of_another_site_cannot_be_forged_with_a_session(key: str) -> None:
    strict = Client(enforce_csrf_checks=True)
    assert post("requests.json", a_request(key), client=strict).status_code == 200


def test_unknown_fields_are_passed_over(key: str) -> None:
    assert filed(key, deviceid="x", title="Judul", public_anonymity_required="TRUE")


def test_the_new_case_is_readable_at_once(key: str) -> None:
    number = filed(key)
    assert public_case(number) is not None
    [read] = loaded(get(f"requests/{number}.json"))
    assert read["service_request_id"] == number


def _rows() -> tuple[int, int, int]:
    return Case.objects.count(), Event.objects.count(), Submission.objects.count()


def _told(case: Case) -> dict[str, Any]:
    text = CaseText.objects.get(event__case=case, event__sequence=0)
    return open_text(key=_key(case), stream=bytes(case.stream), sequence=0, sealed=bytes(text.sealed or b""))


def _contact(case: Case) -> dict[str, object]:
    sealed = Vault.objects.get(case=case).contact
    return open_contact(key=_key(case), stream=bytes(case.stream), sealed=bytes(sealed or b""))


def _key(case: Case) -> bytes:
    vault = Vault.objects.get(case=case)
    return unwrapped(wrapped=bytes(vault.wrapped_key or b""), stream=bytes(case.stream))


def _keys(service: str, code: str) -> list[str]:
    attributes = loaded(get(f"services/{service}.json"))["attributes"]
    return [value["key"] for attribute in attributes if attribute["code"] == code for value in attribute["values"]]
