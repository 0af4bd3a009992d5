# SPDX-License-Identifier: EUPL-1.2
"""Photos and PDFs of cases: sealed and bound to their event, all or none, and never removed by mistake."""

from collections import namedtuple
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings
from django.db.models import QuerySet
from pytest_django import DjangoAssertNumQueries

from melayani.cases import files, filing, parties, vault
from melayani.cases.file_actions import hold_file, release_file
from melayani.cases.files import (
    FilesRefused,
    drop_upload,
    filed_photos,
    forget_uploads,
    keep_upload,
    kept_files,
    opened_attachment,
    opened_upload,
    path_of,
    uploads_of,
)
from melayani.cases.filing import file_case
from melayani.cases.models import Attachment, Case, Event, Submission, Upload
from melayani.cases.parties import add_files
from melayani.cases.queries import citizen_case, public_case
from melayani.cases.rules import CITIZEN, PARTY, EventKind, FileKind, NotAllowed, Stage, Visibility, WrongStage
from melayani.ground import durable
from melayani.ground.photos import PdfRefused, PhotoRefused
from melayani.ledger.models import Entry
from melayani.ledger.rules import text_hash
from tests.builders import a_case, a_filing, filed, officer_actor
from tests.conftest import MONDAY
from tests.some_files import CANARY, a_photo, pretenders

pytestmark = pytest.mark.django_db
FORM = "the token of a form"
DAY = timedelta(days=1)


def kept(*shades: int, form: str = FORM) -> tuple[Upload, ...]:
    return tuple(keep_upload(token=form, sent=a_photo(shade=shade), at=MONDAY) for shade in shades)


def lying(name: str) -> list[bool]:
    """Whether the file and its small form lie where they belong."""
    return [path_of(file).exists() for file in (name, f"{name}.small")]


def nothing_more() -> bool:
    return not any(model.objects.exists() for model in (Upload, Attachment, Case, Entry, Submission))


# Uploads


def test_a_photo_is_kept_sealed_for_its_form() -> None:
    [upload] = kept(1)
    assert (upload.kind, upload.width, upload.height) == (FileKind.PHOTO, 320, 240)
    assert uploads_of(FORM) == (upload,)
    assert uploads_of("another") == uploads_of("") == ()
    opened = opened_upload(name=upload.name, small=False)
    assert opened is not None
    assert opened[1].startswith(b"\xff\xd8\xff")
    assert len(opened[1]) == upload.size
    for file in (path_of(upload.name), path_of(f"{upload.name}.small")):
        assert CANARY.encode() not in file.read_bytes()
        assert opened[1][:64] not in file.read_bytes()
        assert file.stat().st_mode & 0o077 == 0


def test_two_files_cannot_be_swapped() -> None:
    one, other = kept(1, 2)
    path_of(one.name).write_bytes(path_of(other.name).read_bytes())
    assert opened_upload(name=one.name, small=False) is None
    assert opened_upload(name=one.name, small=True) is not None


def test_the_same_photo_again_is_the_one_that_is_there() -> None:
    first, again = kept(1)[0], kept(1)[0]
    assert again == first
    assert kept(1, form="another form")[0] != first
    kept(2, 3, 4, 5)
    assert kept(1)[0] == first
    with pytest.raises(FilesRefused, match="Paling banyak 5 foto"):
        kept(6)


@pytest.mark.parametrize("name", sorted(pretenders()))
def test_a_refusal_keeps_nothing(name: str) -> None:
    with pytest.raises(PhotoRefused):
        keep_upload(token=FORM, sent=pretenders()[name], at=MONDAY)
    assert nothing_more()


def test_pdfs_only_where_they_are_wanted() -> None:
    letter = keep_upload(token=FORM, sent=b"%PDF-1.7 satu", at=MONDAY, pdf=True)
    assert (letter.kind, letter.width) == (FileKind.PDF, 0)
    assert opened_upload(name=letter.name, small=True) == (FileKind.PDF, b"%PDF-1.7 satu")
    with pytest.raises(PhotoRefused):
        keep_upload(token=FORM, sent=b"%PDF-1.7 dua", at=MONDAY)
    keep_upload(token=FORM, sent=b"%PDF-1.7 dua", at=MONDAY, pdf=True)
    with pytest.raises(FilesRefused, match="Paling banyak 2 PDF"):
        keep_upload(token=FORM, sent=b"%PDF-1.7 tiga", at=MONDAY, pdf=True)
    with pytest.raises(PdfRefused):
        keep_upload(token="other", sent=b"%PDF-" + bytes(5_000_000), at=MONDAY, pdf=True)
    assert keep_upload(token=FORM, sent=a_photo(), at=MONDAY, pdf=True).kind == FileKind.PHOTO


def test_a_disk_that_takes_no_more_leaves_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    real, written = files._write, []

    def full(path: object, content: bytes) -> None:
        written.append(path)
        if len(written) == 2:
            raise OSError(28, "No space left on device")
        real(path, content)  # type: ignore[arg-type]  # as called

    monkeypatch.setattr(files, "_write", full)
    with pytest.raises(FilesRefused) as refused:
        kept(1)
    assert refused.value.code == "not_kept"
    assert nothing_more()
    assert not [path for path in written if path.exists()]  # type: ignore[attr-defined]  # paths


def test_dropping_is_for_the_own_form_alone() -> None:
    mine, other = kept(1)[0], kept(2, form="another form")[0]
    for name in (other.name, "0" * 32, "../x", "\x00", ""):
        drop_upload(token=FORM, name=name)
    assert Upload.objects.count() == 2
    drop_upload(token=FORM, name=mine.name)
    assert (lying(mine.name), lying(other.name)) == ([False, False], [True, True])


def test_what_was_never_sent_is_forgotten_after_a_day() -> None:
    [old] = kept(1)
    [young] = (keep_upload(token=FORM, sent=a_photo(shade=2), at=MONDAY + DAY),)
    assert forget_uploads(at=MONDAY + DAY) == 0
    assert forget_uploads(at=MONDAY + DAY + timedelta(seconds=1)) == 1
    assert uploads_of(FORM) == (young,)
    assert lying(old.name) == [False, False]


def test_a_photo_that_became_the_cases_is_never_removed_as_an_upload() -> None:
    uploads = kept(1, 2)
    told = filed(uploads=uploads)
    for upload in uploads:
        drop_upload(token=FORM, name=upload.name)
    forget_uploads(at=MONDAY + 30 * DAY)
    assert [lying(upload.name) for upload in uploads] == [[True, True]] * 2
    assert Attachment.objects.filter(case__number=told.number).count() == 2


class Race:
    """A form that is sent between the reading of its upload and the deleting of its row."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch, upload: Upload) -> None:
        self._delete = QuerySet.delete
        self._upload: Upload | None = upload
        monkeypatch.setattr(QuerySet, "delete", self)

    def __get__(self, rows: Any, _owner: object) -> Any:
        def delete() -> tuple[int, dict[str, int]]:
            if rows.model is Upload and self._upload is not None:
                sent, self._upload = self._upload, None
                filed(uploads=(sent,))
            return self._delete(rows)

        return delete


REMOVERS: dict[str, Callable[[Upload], object]] = {
    "dropped": lambda upload: drop_upload(token=FORM, name=upload.name),
    "forgotten": lambda _upload: forget_uploads(at=MONDAY + 2 * DAY),
}


@pytest.mark.parametrize("remove", REMOVERS.values(), ids=REMOVERS)
def test_only_who_took_the_row_removes_the_file(
    remove: Callable[[Upload], object], monkeypatch: pytest.MonkeyPatch
) -> None:
    """The control: without the race the same remover does remove it."""
    [first] = kept(1)
    remove(first)
    assert lying(first.name) == [False, False]
    [upload] = kept(2)
    Race(monkeypatch, upload)
    remove(upload)
    assert Attachment.objects.get().name == upload.name
    assert lying(upload.name) == [True, True]


def test_photos_keep_the_order_in_which_they_were_sent() -> None:
    uploads = kept(3, 1, 2)
    assert uploads_of(FORM) == uploads
    told = filed(uploads=uploads_of(FORM))
    assert [file.name for file in filed_photos(told.number)] == [upload.name for upload in uploads]


def test_the_names_of_new_folders_outlive_a_power_cut_before_a_row_names_the_file(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """The control: a folder that was there before needs no such care."""
    monkeypatch.setattr(settings, "STORAGE", tmp_path / "new" / "files")
    synced: list[Path] = []
    monkeypatch.setattr(durable, "sync_folder", synced.append)
    monkeypatch.setattr(files, "sync_folder", synced.append)
    [upload] = kept(1)
    inner = path_of(upload.name).parent
    assert {tmp_path, tmp_path / "new", tmp_path / "new" / "files", inner} == set(synced)
    assert synced.index(tmp_path / "new" / "files") < synced.index(inner)
    synced.clear()
    files._write(inner / "x", b"x")
    assert synced == [inner]


def test_a_photo_whose_file_is_lost_is_kept_anew_when_sent_again() -> None:
    [first] = kept(1)
    path_of(first.name).unlink()
    [again] = kept(1)
    assert (again.name != first.name, lying(again.name), uploads_of(FORM)) == (True, [True, True], (again,))


def test_photos_never_take_the_last_of_the_disk(monkeypatch: pytest.MonkeyPatch) -> None:
    usage = namedtuple("usage", "free")
    monkeypatch.setattr("melayani.cases.files.shutil.disk_usage", lambda _path: usage(files.RESERVED_BYTES - 1))
    with pytest.raises(FilesRefused) as refused:
        kept(1)
    assert refused.value.code == "not_kept"
    assert not Upload.objects.exists()
    # The control: one byte more, and it is kept.
    monkeypatch.setattr("melayani.cases.files.shutil.disk_usage", lambda _path: usage(files.RESERVED_BYTES))
    kept(1)


def test_strangers_do_not_use_up_the_room_of_the_one_concerned(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(parties, "MOST_PARTY_FILES", 1)
    told = filed()
    add_files(number=told.number, uploads=kept(1, form="party"), by=PARTY, at=MONDAY)
    with pytest.raises(FilesRefused):
        add_files(number=told.number, uploads=kept(2, form="party"), by=PARTY, at=MONDAY)
    add_files(number=told.number, uploads=kept(3, 4, form="mine"), by=CITIZEN, at=MONDAY)
    assert Attachment.objects.count() == 3


# With a filing


def test_a_filing_takes_its_photos_along_and_its_entry_commits_to_them() -> None:
    uploads = kept(1, 2)
    told = filed(uploads=uploads, token=FORM)
    event = Event.objects.select_related("entry").get()
    assert not Upload.objects.exists()
    rows = list(Attachment.objects.order_by("position"))
    assert [row.name for row in rows] == [upload.name for upload in uploads]
    assert {row.released for row in rows} == {False}
    salt = bytes(event.entry.salt or b"")
    assert event.data["files"] == [text_hash(salt=salt, text=bytes(u.digest).hex()) for u in uploads]
    view = citizen_case(number=told.number, key=told.key)
    assert view is not None
    assert [file.name for file in view.happenings[0].files] == [u.name for u in uploads]
    seen = public_case(told.number)
    assert seen is not None
    assert seen.happenings[0].files == ()


def test_a_filing_is_all_or_nothing() -> None:
    uploads = kept(1, 2)
    drop_upload(token=FORM, name=uploads[1].name)
    with pytest.raises(FilesRefused) as refused:
        filed(uploads=uploads, token=FORM)
    assert refused.value.code == "uploads_gone"
    assert not any(model.objects.exists() for model in (Attachment, Case, Entry, Submission))
    assert uploads_of(FORM) == uploads[:1]
    assert filed(uploads=uploads_of(FORM), token=FORM).repeated is False


def test_too_many_are_refused_before_anything_is_written() -> None:
    six = (*kept(1, 2, 3, 4, 5), *kept(6, form="another form"))
    with pytest.raises(FilesRefused, match="Paling banyak 5 foto dan 2 PDF"):
        filed(uploads=six)
    assert not Case.objects.exists()
    assert Upload.objects.count() == 6


def test_the_same_form_again_gets_the_same_answer_without_photos() -> None:
    first = filed(uploads=kept(1), token=FORM)
    assert filed(token=FORM) == replace(first, repeated=True)
    assert filing.form_was_sent(FORM)
    assert not filing.form_was_sent("another form")
    assert Attachment.objects.count() == 1


def test_a_client_that_repeats_with_another_photo_is_told() -> None:
    strict: dict[str, Any] = {"token": "K", "strict_token": True, "channel": "OPEN311"}
    first = filed(uploads=kept(1), **strict)
    assert filed(uploads=kept(1, form="again"), **strict).number == first.number
    for other in (kept(2, form="changed"), ()):
        with pytest.raises(filing.OtherBody):
            file_case(filing=a_filing(uploads=other, **strict), by=CITIZEN, at=MONDAY)


# Added later


@pytest.mark.parametrize("by", [CITIZEN, PARTY], ids=["citizen", "party"])
def test_photos_are_added_to_an_open_case(by: object) -> None:
    case = a_case()
    assert by in (CITIZEN, PARTY)
    after = add_files(number=case.number, uploads=kept(1), by=by, at=MONDAY)
    event = Event.objects.get(kind=EventKind.FILES_ADDED)
    assert (after.version, event.sequence, after.stage) == (case.version + 1, case.version, Stage.ROUTED)
    assert Entry.objects.get(pk=event.pk).kind == "case.files_added"
    assert Attachment.objects.get().event_id == event.pk


def test_each_refusal_of_adding_changes_nothing() -> None:
    closed, open_case = a_case(stage=Stage.CLOSED), a_case()
    events = Event.objects.count()
    with pytest.raises(WrongStage):
        add_files(number=closed.number, uploads=kept(1), by=CITIZEN, at=MONDAY)
    with pytest.raises(NotAllowed):
        add_files(number=open_case.number, uploads=(), by=CITIZEN, at=MONDAY)
    assert (Event.objects.count(), Attachment.objects.count(), Upload.objects.count()) == (events, 0, 1)


def test_adding_by_the_same_form_twice_adds_once() -> None:
    case = a_case()
    for _ in range(2):
        add_files(number=case.number, uploads=kept(1), by=CITIZEN, at=MONDAY, token=FORM)
    assert Attachment.objects.count() == 1
    # Another case, or another form, is another act.
    add_files(number=a_case().number, uploads=uploads_of(FORM), by=CITIZEN, at=MONDAY, token=FORM)
    assert Attachment.objects.count() == 2


# Opening


def test_only_released_files_of_public_cases_are_for_everybody() -> None:
    told, secret = filed(uploads=kept(1)), filed(uploads=kept(2), visibility=Visibility.SECRET)
    name = Attachment.objects.get(case__number=told.number).name
    hidden = Attachment.objects.get(case__number=secret.number).name
    ratih = officer_actor()

    def seen(file: str) -> bool:
        return opened_attachment(name=file, small=False, released_only=True) is not None

    assert (seen(name), seen(hidden)) == (False, False)
    release_file(number=told.number, name=name, by=ratih, at=MONDAY)
    with pytest.raises(NotAllowed):
        release_file(number=secret.number, name=hidden, by=ratih, at=MONDAY)
    assert (seen(name), seen(hidden)) == (True, False)
    hold_file(number=told.number, name=name, by=ratih, at=MONDAY)
    assert seen(name) is False
    assert opened_attachment(name=name, small=True, released_only=False) is not None
    for wrong in ("", "\x00", "../" + name, name.upper(), name[:-1], f"{name}.small"):
        assert opened_attachment(name=wrong, small=False, released_only=False) is None


def test_destroying_the_key_of_a_case_makes_its_photos_unreadable() -> None:
    told = filed(uploads=kept(1))
    found = Attachment.objects.select_related("case__vault").get(case__number=told.number)
    assert opened_attachment(name=found.name, small=False, released_only=False) is not None
    found.case.vault.wrapped_key = None
    found.case.vault.save()
    assert opened_attachment(name=found.name, small=False, released_only=False) is None
    # Nor does any other key open it: its own key is sealed under that of the case.
    _key, other = vault.wrapped_new_key(stream=bytes(found.case.stream))
    found.case.vault.wrapped_key = other
    found.case.vault.save()
    assert opened_attachment(name=found.name, small=False, released_only=False) is None


def test_names_for_a_backup_are_those_that_can_be_opened() -> None:
    [upload] = kept(1, form="not sent")
    filed(uploads=kept(2))
    attached = Attachment.objects.get()
    letter = keep_upload(token="desk", sent=b"%PDF-1.7", at=MONDAY, pdf=True)
    names = {upload.name, attached.name}
    assert kept_files() == sorted({*names, letter.name, *(f"{name}.small" for name in names)})
    attached.wrapped_key = None
    attached.save()
    assert attached.name not in kept_files()


def test_files_cost_one_query_however_many(django_assert_num_queries: DjangoAssertNumQueries) -> None:
    bare, one, three = filed(), filed(uploads=kept(1)), filed(uploads=kept(2, 3, 4))
    public_case(bare.number)
    for told, queries in ((bare, 2), (one, 3), (three, 3)):
        with django_assert_num_queries(queries):
            public_case(told.number)
