# SPDX-License-Identifier: EUPL-1.2
"""Photos sent with a request, as files of a multipart form: through the same hands as those of the site."""

import secrets
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from time import monotonic

from django.conf import settings
from django.urls import reverse
from django.utils.translation import override

from melayani.api.open311.reading import Fields
from melayani.cases.files import drop_upload, keep_upload, uploads_of
from melayani.cases.models import Upload
from melayani.cases.rules import MOST_PHOTOS
from melayani.ground.errors import Refused
from melayani.ground.photos import LONGEST_SENDING_SECONDS, MOST_PHOTO_BYTES
from melayani.ground.plain_text import plain_line

TOO_MANY = f"Paling banyak {MOST_PHOTOS} foto dalam satu laporan."
TOO_SLOW = (
    f"Foto dalam laporan ini lebih dari {LONGEST_SENDING_SECONDS} detik diolah. "
    "Laporan belum disimpan. Perkecil atau kurangi fotonya, lalu kirim lagi."
)


@contextmanager
def photos_of(fields: Fields, *, at: datetime) -> Iterator[tuple[Upload, ...]]:
    """The photos of the form, made safe and kept; what is wrong with one is added to the problems of the form.

    Whatever no case has taken in the meantime is gone afterwards.
    """
    if not fields.files:
        yield ()
        return
    token = secrets.token_urlsafe(24)
    try:
        _keep(fields, token=token, at=at)
        yield uploads_of(token)
    finally:
        for upload in uploads_of(token):
            drop_upload(token=token, name=upload.name)


def _keep(fields: Fields, *, token: str, at: datetime) -> None:
    if len(fields.files) > MOST_PHOTOS:
        fields.problems.append(TOO_MANY)
        return
    ends = monotonic() + LONGEST_SENDING_SECONDS
    for name, file in fields.files:
        if monotonic() > ends:
            fields.problems.append(TOO_SLOW)
            return
        try:
            keep_upload(token=token, sent=file.read(MOST_PHOTO_BYTES + 1), at=at)
        except Refused as refusal:
            fields.problems.append(f"{plain_line(name)[:60]}: {refusal.message}")


def photo_url(name: str | None) -> str | None:
    """The public address of a released photo; None without one."""
    if not name:
        return None
    with override(settings.LANGUAGE_CODE):
        return settings.PUBLIC_URL + reverse("portal:photo", args=[name])
