# SPDX-License-Identifier: EUPL-1.2
"""Photos from strangers: decoded and made anew in a process of its own, so that nothing of the sent file survives.

The child (`photo_child`) has a memory and a time limit; what it answers is a fresh JPEG without any metadata, and a
small one for lists. Sources: TRUST "Inputs".
"""

import contextlib
import json
import signal
import subprocess
import sys
import threading
from dataclasses import dataclass

from melayani.ground.errors import Refused

MOST_PHOTO_BYTES = 12_000_000
MOST_PIXELS = 25_000_000
LONGEST_SIDE = 1920
SMALL_SIDE = 480
LONGEST_SECONDS = 20
# Of all photos of one sending none is begun later than this: files made to be slow keep nobody waiting for minutes.
LONGEST_SENDING_SECONDS = 15
PDF_MARK = b"%PDF-"
MOST_PDF_BYTES = 5_000_000

# Our own module, no argument from outside, and nothing of the environment: it holds the settings of the instance.
CHILD = ("-I", "-W", "ignore", "-m", "melayani.ground.photo_child")
# Every arena of the allocator would count against the memory limit of the child.
CHILD_ENVIRONMENT = {"MALLOC_ARENA_MAX": "1"}
# More than the pixels of two JPEGs of these sizes can take; a child that says more was taken over by its input.
MOST_ANSWER_BYTES = 12_000_000
_JPEG_MARK = b"\xff\xd8\xff"
_KILLED = (-signal.SIGKILL, -signal.SIGXCPU)

_WHY = {
    "too_many_pixels": "Foto ini terlalu besar (lebih dari 25 juta titik). Perkecil dahulu, lalu kirim lagi.",
    "not_a_photo": "Berkas ini rusak atau bukan foto yang dapat dibaca. Kirim foto JPEG, PNG, WebP, atau HEIC.",
    "too_long": "Foto ini terlalu lama diolah. Kirim foto lain, atau perkecil dahulu.",
    "too_big": "Foto ini lebih besar dari 12 MB. Perkecil dahulu, lalu kirim lagi.",
    "empty": "Berkas foto ini kosong. Pilih foto lain.",
}


class PhotoRefused(Refused):
    """What was sent is no photo that can be shown safely; the message says what to send instead."""


class PdfRefused(Refused):
    """What was sent is no PDF, or too big."""


@dataclass(frozen=True)
class Photo:
    """A photo made anew: JPEG bytes without metadata, the same small, width and height of the big one in pixels."""

    image: bytes
    small: bytes
    width: int
    height: int


def refused(code: str) -> PhotoRefused:
    """The refusal for a code of the child."""
    known = code if code in _WHY else "not_a_photo"
    return PhotoRefused(known, _WHY[known])


def small_size(width: int, height: int) -> tuple[int, int]:
    """Width and height of the small photo, in pixels."""
    longest = max(width, height, 1)
    if longest <= SMALL_SIDE:
        return width, height
    return max(1, round(width * SMALL_SIDE / longest)), max(1, round(height * SMALL_SIDE / longest))


def safe_photo(sent: bytes) -> Photo:
    """The photo in `sent`, made anew with its longest side at most 1920 pixels.

    Only decoded JPEG, PNG, WebP and HEIC count, whatever the file calls itself. Raises `PhotoRefused`: too big (12 MB,
    25 megapixels), unreadable, or too slow; the memory of this process never holds the decoded picture.
    """
    if not sent:
        raise refused("empty")
    if len(sent) > MOST_PHOTO_BYTES:
        raise refused("too_big")
    code, said = _answered(sent)
    if len(said) > MOST_ANSWER_BYTES:
        raise refused("not_a_photo")
    if code != 0:
        raise refused("too_long" if code in _KILLED else "not_a_photo")
    return _read(said)


def _answered(sent: bytes) -> tuple[int, bytes]:
    """Exit code of the child and what it said, of which no more than the limit is ever read."""
    with subprocess.Popen(  # noqa: S603  # see CHILD
        [sys.executable, *CHILD],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        env=CHILD_ENVIRONMENT,
    ) as child:
        assert child.stdin is not None  # noqa: S101  # both are pipes
        assert child.stdout is not None  # noqa: S101  # as above
        ends = threading.Timer(LONGEST_SECONDS, child.kill)
        ends.start()
        try:
            with contextlib.suppress(BrokenPipeError):
                child.stdin.write(sent)
                child.stdin.close()
            said = child.stdout.read(MOST_ANSWER_BYTES + 1)
            if len(said) > MOST_ANSWER_BYTES:
                child.kill()
            return child.wait(), said
        finally:
            ends.cancel()


def _read(said: bytes) -> Photo:
    """What the child said as a photo; raises `PhotoRefused` for its refusal and for anything that is not its form."""
    head, _, rest = said.partition(b"\n")
    try:
        told = json.loads(head)
        if "refused" in told:
            raise refused(str(told["refused"]))
        size, width, height = int(told["bytes"]), int(told["width"]), int(told["height"])
    except (ValueError, TypeError, KeyError) as error:
        raise refused("not_a_photo") from error
    image, small = rest[:size], rest[size:]
    if not (image.startswith(_JPEG_MARK) and small.startswith(_JPEG_MARK)):
        raise refused("not_a_photo")
    return Photo(image=image, small=small, width=width, height=height)


def checked_pdf(sent: bytes) -> bytes:
    """The bytes of a PDF, which stay as they are: a PDF is never opened here, only handed on as a download."""
    if len(sent) > MOST_PDF_BYTES:
        raise PdfRefused("pdf_too_big", "Berkas PDF ini lebih besar dari 5 MB. Perkecil dahulu, lalu kirim lagi.")
    if not sent.startswith(PDF_MARK):
        raise PdfRefused("not_a_pdf", "Berkas ini bukan PDF. Kirim foto atau PDF.")
    return sent
