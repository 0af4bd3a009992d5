# SPDX-License-Identifier: EUPL-1.2
"""Photos and PDFs: kept sealed beside the database, bound to an event of a case, shown only as far as released.

A file is written and synced before the row that names it, so that an acknowledged photo is never lost. Every file has
its own key: of an upload it is wrapped by the master key, of an attachment by the key of the case, so that destroying
that key makes its photos unreadable too. A file without a row has no key, so it is nothing but used space.
"""

import contextlib
import errno
import hashlib
import logging
import os
import re
import shutil
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path

from django.conf import settings

from melayani.cases import vault
from melayani.cases.models import Attachment, Case, Event, Upload
from melayani.cases.rules import MOST_PDFS, MOST_PHOTOS, FileKind, Visibility
from melayani.ground.canonical_json import Json
from melayani.ground.durable import make_folder, sync_folder
from melayani.ground.errors import Refused
from melayani.ground.photos import PDF_MARK, checked_pdf, safe_photo, small_size
from melayani.ground.sealing import SealBroken, new_key, open_sealed, seal
from melayani.ledger.rules import text_hash

log = logging.getLogger("melayani.files")

# A form that was begun is finished within a day, or its photos are forgotten.
UPLOADS_KEPT = timedelta(hours=24)
FORGOTTEN_AT_ONCE = 500
SMALL = "small"
# So much of the disk is left for what must never fail: the cases themselves.
RESERVED_BYTES = 300_000_000
_NAME = re.compile(r"[0-9a-f]{32}")


class FilesRefused(Refused):
    """These photos or PDFs cannot be taken; the message says what to change. Nothing was kept."""


@dataclass(frozen=True)
class FileRow:
    """A photo or PDF as pages show it; sizes in bytes and pixels."""

    name: str
    kind: str
    size: int
    width: int
    height: int
    released: bool = False
    position: int = 0

    @property
    def is_photo(self) -> bool:
        """Whether it can be shown as a picture."""
        return self.kind == FileKind.PHOTO

    @property
    def small_width(self) -> int:
        """Width of the small photo in pixels."""
        return small_size(self.width, self.height)[0]

    @property
    def small_height(self) -> int:
        """Height of the small photo in pixels."""
        return small_size(self.width, self.height)[1]


def upload_hash(token: str) -> bytes:
    """Under what the uploads of a form are kept: its token is never stored itself."""
    return hashlib.sha256(b"upload\n" + token.encode()).digest()


def keep_upload(*, token: str, sent: bytes, at: datetime, pdf: bool = False) -> Upload:
    """The photo (or with `pdf` the PDF) in `sent` was made safe and is kept for the form with this token.

    The same photo sent again for the same form is the one that is there. Raises `PhotoRefused` or `PdfRefused` for what
    cannot be taken, `FilesRefused` when the form has its five photos or nothing can be kept. The work is done in
    another process and before any transaction.
    """
    if not token:
        raise FilesRefused("no_form", "Formulir ini tidak lengkap diterima. Muat ulang halaman, lalu coba lagi.")
    whose = upload_hash(token)
    key, name = new_key(), os.urandom(16).hex()
    row = Upload(token_hash=whose, name=name, created_at=at, wrapped_key=_wrapped(key, name=name))
    contents = {}
    if pdf and sent.startswith(PDF_MARK):
        row.kind, contents[name] = FileKind.PDF, checked_pdf(sent)
    else:
        photo = safe_photo(sent)
        row.kind, row.width, row.height = FileKind.PHOTO, photo.width, photo.height
        contents |= {name: photo.image, f"{name}.{SMALL}": photo.small}
    row.size, row.digest = len(contents[name]), hashlib.sha256(contents[name]).digest()
    there = list(Upload.objects.filter(token_hash=whose, kind=row.kind))
    same = next((upload for upload in there if bytes(upload.digest) == row.digest), None)
    if same is not None and all(path_of(file).exists() for file in _files(same.name, same.kind)):
        return same
    if same is not None:
        # Its file is lost, from a disk or a backup: the row goes, and the photo is kept as if sent for the first time.
        drop_upload(token=token, name=same.name)
        there.remove(same)
    _check_room(row.kind, there=len(there))
    _write_all({file: seal(key=key, text=content, field=f"file/{file}") for file, content in contents.items()})
    row.save()
    return row


def _check_room(kind: str, *, there: int) -> None:
    if kind == FileKind.PHOTO and there >= MOST_PHOTOS:
        raise FilesRefused(
            "too_many_photos", "Paling banyak %(most)s foto. Hapus satu bila ingin menggantinya.", most=MOST_PHOTOS
        )
    if kind == FileKind.PDF and there >= MOST_PDFS:
        raise FilesRefused(
            "too_many_pdfs", "Paling banyak %(most)s PDF. Hapus satu bila ingin menggantinya.", most=MOST_PDFS
        )


def uploads_of(token: str) -> tuple[Upload, ...]:
    """What was uploaded for the form with this token, in order."""
    return tuple(Upload.objects.filter(token_hash=upload_hash(token)).order_by("id")) if token else ()


def is_name(name: str) -> bool:
    """Whether `name` can be that of a file here."""
    return bool(_NAME.fullmatch(name))


def drop_upload(*, token: str, name: str) -> None:
    """The upload `name` of this form is gone; somebody else's, or one that is gone already, is left as it is."""
    if not is_name(name):
        return
    # A form that is being sent this very moment takes its row first; then the file is the case's.
    if Upload.objects.filter(token_hash=upload_hash(token), name=name).delete()[0]:
        _remove(name)


def forget_uploads(*, at: datetime) -> int:
    """Uploads whose form was never sent are gone after a day; answers how many, `FORGOTTEN_AT_ONCE` at most."""
    old = list(Upload.objects.filter(created_at__lt=at - UPLOADS_KEPT)[:FORGOTTEN_AT_ONCE])
    for upload in old:
        # As above: only who took the row may remove the file.
        if Upload.objects.filter(pk=upload.pk).delete()[0]:
            _remove(upload.name)
    return len(old)


def remove_erased_files(*, most: int = FORGOTTEN_AT_ONCE) -> int:
    """The files whose keys an erasure destroyed are gone from the disk, and then their rows; answers how many.

    The row goes last: after a crash the file is found again. One that cannot be removed keeps its row and waits.
    """
    removed = 0
    for row in Attachment.objects.filter(wrapped_key__isnull=True).order_by("id")[:most]:
        _remove(row.name)
        if not any(path_of(file).exists() for file in _files(row.name, row.kind)):
            removed += Attachment.objects.filter(pk=row.pk).delete()[0]
    return removed


def check_uploads(uploads: Sequence[Upload]) -> None:
    """Raises `FilesRefused` when there are more photos or PDFs than one act may carry."""
    kinds = [upload.kind for upload in uploads]
    if kinds.count(FileKind.PHOTO) > MOST_PHOTOS or kinds.count(FileKind.PDF) > MOST_PDFS:
        raise FilesRefused(
            "too_many_files",
            "Paling banyak %(photos)s foto dan %(pdfs)s PDF. Kurangi, lalu kirim lagi.",
            photos=MOST_PHOTOS,
            pdfs=MOST_PDFS,
        )


def file_hashes(uploads: Sequence[Upload], *, salt: bytes) -> list[Json]:
    """How files stand in an event: the salted hash of each one's digest, in order."""
    return [text_hash(salt=salt, text=bytes(upload.digest).hex()) for upload in uploads]


def attach(uploads: Sequence[Upload], *, event: Event, case: Case, key: bytes, released: bool = False) -> None:
    """The uploads belong to the event from now on, their keys wrapped by the key of the case. In the caller's
    transaction; raises `FilesRefused` when one of them was used or forgotten meanwhile.
    """
    check_uploads(uploads)
    gone, _ = Upload.objects.filter(pk__in=[upload.pk for upload in uploads]).delete()
    if gone != len(uploads):
        raise FilesRefused("uploads_gone", "Foto yang Anda kirim sudah tidak tersimpan. Pilih fotonya sekali lagi.")
    Attachment.objects.bulk_create(
        Attachment(
            case=case,
            event=event,
            position=position,
            name=upload.name,
            kind=upload.kind,
            size=upload.size,
            width=upload.width,
            height=upload.height,
            wrapped_key=seal(key=key, text=_upload_key(upload), field=f"attachment/{upload.name}"),
            released=released,
        )
        for position, upload in enumerate(uploads)
    )


def files_of(case_id: int, *, released_only: bool) -> dict[int, tuple[FileRow, ...]]:
    """The files of a case by the sequence of their event, in order."""
    rows = Attachment.objects.filter(case_id=case_id, wrapped_key__isnull=False)
    if released_only:
        rows = rows.filter(released=True)
    by_event: dict[int, tuple[FileRow, ...]] = {}
    for row in rows.select_related("event").order_by("event_id", "position"):
        by_event[row.event.sequence] = (*by_event.get(row.event.sequence, ()), file_row(row))
    return by_event


def filed_photos(number: str) -> tuple[FileRow, ...]:
    """The photos that came with the filing of the case, in order."""
    rows = Attachment.objects.filter(case__number=number, event__sequence=0, wrapped_key__isnull=False)
    return tuple(file_row(row) for row in rows.order_by("position"))


def file_row(row: Attachment | Upload) -> FileRow:
    """The file as pages show it."""
    return FileRow(
        name=row.name,
        kind=row.kind,
        size=row.size,
        width=row.width,
        height=row.height,
        released=isinstance(row, Attachment) and row.released,
        position=row.position if isinstance(row, Attachment) else 0,
    )


def opened_upload(*, name: str, small: bool) -> tuple[str, bytes] | None:
    """Kind and bytes of an upload (its name is as good as a key); None when it is gone."""
    upload = Upload.objects.filter(name=name).first() if is_name(name) else None
    if upload is None:
        return None
    return _content(upload.kind, name, key=lambda: _upload_key(upload), small=small)


def opened_attachment(*, name: str, small: bool, released_only: bool) -> tuple[str, bytes] | None:
    """Kind and bytes of an attachment; None when it is unknown, erased, or not for everybody and `released_only`."""
    found = Attachment.objects.filter(name=name).select_related("case__vault").first() if is_name(name) else None
    if found is None or found.wrapped_key is None or found.case.vault.wrapped_key is None:
        return None
    if released_only and not (found.released and found.case.visibility == Visibility.PUBLIC):
        return None
    wrapped, sealed = bytes(found.case.vault.wrapped_key), bytes(found.wrapped_key)

    def key() -> bytes:
        case_key = vault.unwrapped(wrapped=wrapped, stream=bytes(found.case.stream))
        return open_sealed(key=case_key, sealed=sealed, field=f"attachment/{name}")

    return _content(found.kind, name, key=key, small=small)


def set_released(*, case: Case, name: str, released: bool) -> Attachment | None:
    """The attachment is for everybody, or no longer; None when it was so before.

    Raises `FilesRefused` when the case has no such file.
    """
    found = Attachment.objects.select_related("event").filter(case=case, name=name).first()
    if found is None:
        raise FilesRefused("file_unknown", "Berkas ini tidak ada pada kasus ini.")
    if found.released == released:
        return None
    found.released = released
    found.save(update_fields=["released"])
    return found


def kept_files() -> list[str]:
    """The names of all files that can still be opened, of attachments and uploads, for a backup."""
    # Uploads first: a file that becomes a case's between the two readings is then in both, and never in neither.
    uploaded = list(Upload.objects.values_list("name", "kind"))
    rows = {*uploaded, *Attachment.objects.filter(wrapped_key__isnull=False).values_list("name", "kind")}
    return sorted(file for name, kind in rows for file in _files(name, kind))


def _files(name: str, kind: str) -> tuple[str, ...]:
    """The files of one upload or attachment."""
    return (name, f"{name}.{SMALL}") if kind == FileKind.PHOTO else (name,)


def path_of(name: str) -> Path:
    """Where a file lies."""
    return Path(settings.STORAGE) / name[:2] / name


def _wrapped(key: bytes, *, name: str) -> bytes:
    return vault.sealed_by_master(key, field=f"upload/{name}")


def _upload_key(upload: Upload) -> bytes:
    return vault.opened_by_master(bytes(upload.wrapped_key), field=f"upload/{upload.name}")


def _content(kind: str, name: str, *, key: Callable[[], bytes], small: bool) -> tuple[str, bytes] | None:
    """Kind and bytes; None, and a line in the log, when the file is lost or it or its key was changed."""
    file = f"{name}.{SMALL}" if small and kind == FileKind.PHOTO else name
    try:
        return kind, open_sealed(key=key(), sealed=path_of(file).read_bytes(), field=f"file/{file}")
    except (OSError, SealBroken):
        # The first letters find the file in its folder, but open nothing.
        log.exception("file lost", extra={"code": file[:8]})
        return None


def _write_all(files: Mapping[str, bytes]) -> None:
    """The files are there, whole and synced; raises `FilesRefused` when the disk takes no more, and leaves none."""
    try:
        _check_space()
        for name, content in files.items():
            _write(path_of(name), content)
    except OSError as error:
        for name in files:
            _unlink(path_of(name))
        log.exception("file not kept")
        raise FilesRefused(
            "not_kept", "Foto sedang tidak dapat kami simpan. Coba lagi nanti, atau lanjutkan tanpa foto."
        ) from error


def _check_space() -> None:
    """Raises `OSError` before photos take the last room of a disk that may hold the database too."""
    make_folder(Path(settings.STORAGE))
    if shutil.disk_usage(settings.STORAGE).free < RESERVED_BYTES:
        raise OSError(errno.ENOSPC, "the disk is nearly full")


def _write(path: Path, content: bytes) -> None:
    make_folder(path.parent)
    unfinished = path.with_name(f".{path.name}.partial")
    descriptor = os.open(unfinished, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    try:
        with os.fdopen(descriptor, "wb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        unfinished.rename(path)
    finally:
        unfinished.unlink(missing_ok=True)
    sync_folder(path.parent)


def _remove(name: str) -> None:
    for file in (name, f"{name}.{SMALL}"):
        _unlink(path_of(file))


def _unlink(path: Path) -> None:
    """The file is gone; one that cannot be removed only takes space, since its key is gone."""
    with contextlib.suppress(OSError):
        path.unlink(missing_ok=True)
