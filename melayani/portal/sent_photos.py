# SPDX-License-Identifier: EUPL-1.2
"""Photos that came with a form: each made safe and kept under the token of the form, or told why not.

One that cannot be taken never costs the others.
"""

from datetime import datetime
from time import monotonic

from django.http import HttpRequest
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from melayani.cases.files import FilesRefused, keep_upload
from melayani.ground.errors import Refused
from melayani.ground.photos import LONGEST_SENDING_SECONDS, MOST_PHOTO_BYTES
from melayani.ground.plain_text import plain_line
from melayani.portal.answering import said
from melayani.portal.limits import photo_fits

FIELD = "foto"
# Each takes up to a second of work: who chooses a whole folder by mistake does not keep others waiting.
MOST_AT_ONCE = 10
MOST_NAME = 60

Problems = list[tuple[str, str]]


def taken_photos(request: HttpRequest, *, token: str, at: datetime) -> Problems:
    """The photos in the field `foto` are kept under the token; answers (anchor, message) of those that are not."""
    sent = request.FILES.getlist(FIELD)
    problems: Problems = []
    left, ends = len(sent), monotonic() + LONGEST_SENDING_SECONDS
    for file in sent[:MOST_AT_ONCE]:
        if monotonic() > ends:
            break
        if not photo_fits(request):
            busy = _("Sedang banyak sekali foto dari jaringan Anda. Coba lagi sebentar, atau lanjutkan tanpa foto.")
            return [*problems, (FIELD, busy)]
        left -= 1
        try:
            keep_upload(token=token, sent=file.read(MOST_PHOTO_BYTES + 1), at=at)
        except FilesRefused as full:
            # What is said of the form or the disk is true for the rest as well.
            return [*problems, (FIELD, said(full))]
        except Refused as refusal:
            problems.append((FIELD, f"{_name(file.name)}: {said(refusal)}"))
        finally:
            file.close()
    if left:
        unread = ngettext(
            "%(left)s berkas lagi tidak dibaca. Kirim lebih sedikit sekaligus, paling banyak %(most)s.",
            "%(left)s berkas lagi tidak dibaca. Kirim lebih sedikit sekaligus, paling banyak %(most)s.",
            left,
        )
        problems.append((FIELD, unread % {"left": left, "most": MOST_AT_ONCE}))
    return problems


def _name(sent: str | None) -> str:
    """What the person calls the file, as far as it can be shown."""
    name = plain_line(sent or "")
    return (f"{name[:MOST_NAME]}…" if len(name) > MOST_NAME else name) or _("Berkas tanpa nama")
