# SPDX-License-Identifier: EUPL-1.2
"""Photos as files of a multipart form: made safe, held, part of the idempotency, and shown once released."""

from datetime import datetime
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from pytest_django import DjangoAssertNumQueries

from melayani.api.open311 import photos as open311_photos
from melayani.api.open311.photos import TOO_SLOW
from melayani.cases import actions
from melayani.cases.file_actions import hold_file, release_file
from melayani.cases.files import keep_upload, opened_attachment, path_of
from melayani.cases.models import Attachment, Case, Event, Submission, Upload
from melayani.cases.parties import add_files, join_case
from melayani.cases.rules import PARTY, EventKind, Outcome, Visibility
from tests.api.calling import V2, Response, Sent, a_request, get, loaded, refusals, root, texts
from tests.builders import ANSWER, officer_actor
from tests.conftest import MONDAY
from tests.some_files import CANARY, a_photo, pretenders

pytestmark = pytest.mark.django_db


def a_file(shade: int = 1, *, name: str = "foto.jpg", content: bytes | None = None) -> SimpleUploadedFile:
    return SimpleUploadedFile(name, a_photo(shade=shade) if content is None else content, content_type="image/jpeg")


def sent(
    key: str, *, idempotency: str = "", form: str = "json", files: Sent | None = None, **changes: object
) -> Response:
    headers = {"Idempotency-Key": idempotency} if idempotency else {}
    return Client().post(f"{V2}/requests.{form}", {**a_request(key, **changes), **(files or {})}, headers=headers)


def filed(key: str, *files: SimpleUploadedFile, **changes: Any) -> str:
    answer = sent(key, files={"media": list(files)}, **changes)
    assert answer.status_code == 200, answer.content
    return str(loaded(answer)[0]["service_request_id"])


def listed(number: str) -> str | None:
    """The media_url of the request, the same in the list and alone."""
    [one] = loaded(get(f"requests/{number}.json"))
    [same] = [row for row in loaded(get("requests.json")) if row["service_request_id"] == number]
    assert one == same
    return None if one["media_url"] is None else str(one["media_url"])


def release(number: str, position: int = 0) -> str:
    name = str(Attachment.objects.order_by("event_id", "position").filter(case__number=number)[position].name)
    release_file(number=number, name=name, by=officer_actor(), at=MONDAY)
    return name


@pytest.mark.parametrize("field", ["media", "media[]", "foto", "attachment"])
def test_any_file_field_is_a_photo_of_the_case(key: str, field: str) -> None:
    answer = sent(key, files={field: [a_file(1), a_file(2)]})
    assert answer.status_code == 200
    case = Case.objects.get(number=loaded(answer)[0]["service_request_id"])
    rows = list(Attachment.objects.filter(case=case).order_by("position"))
    assert [(row.event.sequence, row.released) for row in rows] == [(0, False)] * 2
    assert len(Event.objects.get(case=case).data["files"]) == 2
    opened = opened_attachment(name=rows[0].name, small=False, released_only=False)
    assert opened is not None
    assert CANARY.encode() not in opened[1]
    assert not Upload.objects.exists()


def test_five_photos_in_different_fields_and_no_sixth(key: str) -> None:
    files = {"media": [a_file(n) for n in range(3)], "foto": [a_file(n) for n in range(3, 5)]}
    assert sent(key, files=files).status_code == 200
    [told] = refusals(sent(key, files={**files, "lain": a_file(5)}), 400)
    assert told == "Paling banyak 5 foto dalam satu laporan."
    assert (Case.objects.count(), Upload.objects.count()) == (1, 0)


@pytest.mark.once
@pytest.mark.parametrize("name", sorted(pretenders()))
@pytest.mark.parametrize("form", ["json", "xml"])
def test_what_is_no_photo_is_a_400_in_the_format_and_leaves_nothing(key: str, form: str, name: str) -> None:
    answer = sent(key, form=form, files={"media": [a_file(), a_file(name="x.jpg", content=pretenders()[name])]})
    [told] = refusals(answer, 400)
    assert told.startswith("media: ")
    assert (Case.objects.count(), Upload.objects.count(), Attachment.objects.count()) == (0, 0, 0)


def test_everything_that_is_wrong_is_told_together(key: str) -> None:
    files = {"media": [a_file(content=b"x"), a_file(content=b"")], "m" * 100: a_file(content=b"x")}
    told = refusals(sent(key, files=files, email="x", lat=None, long=None), 400)
    assert len(told) == 5
    assert not [words for words in told if "m" * 61 in words]
    assert not Upload.objects.exists()


@pytest.mark.parametrize("form", ["json", "xml"])
def test_slow_photos_are_refused_in_the_format_and_nothing_is_filed(
    key: str, form: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As on the pages: none is begun after fifteen seconds; the ones that were made are gone again."""
    made = slow_photos(monkeypatch, seconds=6)
    answer = sent(key, form=form, idempotency="A", files={"media": [a_file(n) for n in range(5)]})
    assert refusals(answer, 400) == [TOO_SLOW]
    assert len(made) == 3
    assert (Case.objects.count(), Upload.objects.count(), Submission.objects.count()) == (0, 0, 0)
    assert not [upload for upload in made if path_of(upload.name).exists()]
    # The same sending with less to do is taken, under the same key.
    assert sent(key, form=form, idempotency="A", files={"media": [a_file(1), a_file(2)]}).status_code == 200
    assert Case.objects.count() == 1


def test_control_without_the_limit_slow_photos_are_all_made(key: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(open311_photos, "LONGEST_SENDING_SECONDS", 3600)
    made = slow_photos(monkeypatch, seconds=6)
    assert sent(key, files={"media": [a_file(n) for n in range(5)]}).status_code == 200
    assert len(made) == 5


def slow_photos(monkeypatch: pytest.MonkeyPatch, *, seconds: int) -> list[Upload]:
    """Each photo takes so long, on a clock of the test; answers those that were made."""
    made: list[Upload] = []

    def slow(*, token: str, sent: bytes, at: datetime) -> Upload:
        made.append(keep_upload(token=token, sent=sent, at=at))
        return made[-1]

    monkeypatch.setattr(open311_photos, "keep_upload", slow)
    monkeypatch.setattr(open311_photos, "monotonic", lambda: seconds * len(made))
    return made


def test_a_stranger_makes_no_photo_be_read(db: None) -> None:
    refusals(sent("0" * 40, files={"media": a_file()}), 403)
    assert not Upload.objects.exists()


def test_a_large_body_is_refused_by_its_length_in_the_format(key: str) -> None:
    for form in ("json", "xml"):
        answer = Client().post(
            f"{V2}/requests.{form}", b"x", content_type="multipart/form-data; boundary=x", CONTENT_LENGTH="70000001"
        )
        [told] = refusals(answer, 400)
        assert told == "Kiriman terlalu besar. Paling banyak 70000 kB."


def test_updates_take_no_files(key: str) -> None:
    number = filed(key)
    fields = {"api_key": key, "service_request_id": number, "status": "OPEN", "media": a_file()}
    [told] = refusals(Client().post(f"{V2}/servicerequestupdates.json", fields), 400)
    assert "media_url" in told


# Repeating


def test_the_same_photos_again_are_the_same_request(key: str) -> None:
    answers = [sent(key, idempotency="A", files={"media": [a_file(1), a_file(2)]}) for _ in range(2)]
    assert loaded(answers[0]) == loaded(answers[1])
    assert (Case.objects.count(), Attachment.objects.count(), Upload.objects.count()) == (1, 2, 0)
    assert len([path for path in path_of("x").parent.parent.rglob("*.small") if path.is_file()]) >= 2


@pytest.mark.parametrize("files", [{}, {"media": [a_file(2)]}, {"media": [a_file(1), a_file(2)]}])
def test_other_photos_under_the_same_key_are_another_body(key: str, files: Sent) -> None:
    sent(key, idempotency="A", files={"media": [a_file(1)]})
    [told] = refusals(sent(key, idempotency="A", files=files), 400)
    assert "sudah dipakai untuk kiriman lain" in told
    assert (Case.objects.count(), Upload.objects.count()) == (1, 0)


# Released


def test_a_released_photo_is_the_media_url(key: str) -> None:
    number = filed(key, a_file(1), a_file(2))
    assert listed(number) is None
    second = release(number, 1)
    assert listed(number) == f"http://127.0.0.1:8000/foto/{second}"
    first = release(number, 0)
    assert listed(number) == f"http://127.0.0.1:8000/foto/{first}"
    assert Client().get(f"/foto/{first}").status_code == 200
    assert texts(root(get(f"requests/{number}.xml"))[0])["media_url"] == f"http://127.0.0.1:8000/foto/{first}"
    for name in (first, second):
        hold_file(number=number, name=name, by=officer_actor(), at=MONDAY)
    assert listed(number) is None


def test_the_address_of_a_client_stays_as_it_was(key: str) -> None:
    number = filed(key, a_file(), media_url="https://foto.contoh.id/1.jpg")
    assert listed(number) is None
    actions.release_text(number=number, sequence=0, masked="Lampu.", media=True, by=officer_actor(), at=MONDAY)
    assert listed(number) == "https://foto.contoh.id/1.jpg"
    assert listed(filed(key, media_url="https://foto.contoh.id/2.jpg")) is None
    name = release(number)
    assert listed(number) == f"http://127.0.0.1:8000/foto/{name}"


def test_a_secret_case_shows_none(key: str) -> None:
    number = filed(key, a_file())
    name = release(number)
    Case.objects.update(visibility=Visibility.SECRET)
    assert get(f"requests/{number}.json").status_code == 404
    assert name.encode() not in get("requests.json").content + get("servicerequestupdates.json").content


def test_evidence_of_an_answer_is_told_with_its_update_and_what_others_add_is_no_update(key: str) -> None:
    number = filed(key)
    join_case(number=number, token="somebody", at=MONDAY)
    photo = keep_upload(token="party", sent=a_photo(shade=3), at=MONDAY)
    add_files(number=number, uploads=(photo,), by=PARTY, at=MONDAY)
    evidence = keep_upload(token="desk", sent=a_photo(shade=4), at=MONDAY)
    actions.answer_case(
        number=number, text=ANSWER, outcome=Outcome.SOLVED, by=officer_actor(), at=MONDAY, uploads=(evidence,)
    )
    assert Event.objects.filter(kind__in=[EventKind.JOINED, EventKind.FILES_ADDED]).count() == 2
    [update] = loaded(get("servicerequestupdates.json"))
    assert update["media_url"] is None
    release_file(number=number, name=evidence.name, by=officer_actor(), at=MONDAY)
    [update] = loaded(get("servicerequestupdates.json"))
    assert update["media_url"] == f"http://127.0.0.1:8000/foto/{evidence.name}"
    assert listed(number) is None


def test_photos_cost_no_query_more(key: str, django_assert_num_queries: DjangoAssertNumQueries) -> None:
    filed(key)
    get("requests.json")
    for files in ((), (a_file(1), a_file(2))):
        filed(key, *files)
        with django_assert_num_queries(1):
            get("requests.json")
