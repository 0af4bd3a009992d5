# SPDX-License-Identifier: EUPL-1.2
"""Photos of strangers come out as fresh pixels or are refused, within a fixed memory, whatever is in the file."""

import io
import json
import subprocess
import sys
from collections.abc import Iterator

import pytest
from PIL import Image

from melayani.ground import photos
from melayani.ground.photo_child import MEMORY_BYTES
from melayani.ground.photos import (
    CHILD,
    MOST_PDF_BYTES,
    MOST_PHOTO_BYTES,
    PdfRefused,
    PhotoRefused,
    checked_pdf,
    safe_photo,
    small_size,
)
from tests.some_files import CANARY, GPS, a_bomb, a_heic, a_photo, a_webp_saying, polyglots, pretenders

MB = 1 << 20
# The command line of the child with something broken in it first (the controls).
BROKEN = "from melayani.ground import photo_child as child, photos\n{broken}\nchild.main()"
NO_CAP = BROKEN.format(broken="photos.MOST_PIXELS = 10**12\nchild.MEMORY_BYTES = 8 << 30")
NOT_MADE_ANEW = BROKEN.format(
    broken="child.made_anew = lambda sent: ({'width': 1, 'height': 1, 'bytes': len(sent)}, sent + sent)"
)


def traces(content: bytes) -> Iterator[str]:
    """What of a sent file is still in what came out: planted words, notes of a camera, a position."""
    if CANARY.encode() in content:
        yield "planted words"
    with Image.open(io.BytesIO(content)) as image:
        if image.format != "JPEG":
            yield f"still {image.format}"
        notes = image.getexif()
        if notes:
            yield "notes of the camera"
        if notes.get_ifd(GPS):
            yield "position"
        yield from sorted({"exif", "xmp", "icc_profile", "comment", "photoshop", "mp"} & image.info.keys())


@pytest.mark.parametrize("form", ["JPEG", "PNG", "WEBP"])
def test_nothing_but_pixels_comes_out(form: str) -> None:
    sent = a_photo(640, 480, form=form)
    assert CANARY.encode() in sent
    with Image.open(io.BytesIO(sent)) as before:
        assert before.getexif().get_ifd(GPS)
    photo = safe_photo(sent)
    assert (list(traces(photo.image)), list(traces(photo.small))) == ([], [])
    assert (photo.width, photo.height) == (640, 480)


@pytest.mark.skipif(a_heic() is None, reason="the extra that reads HEIC is not installed")
def test_a_photo_of_a_newer_phone_is_read() -> None:
    photo = safe_photo(a_heic() or b"")
    assert (photo.width, photo.height, list(traces(photo.image))) == (320, 240, [])


@pytest.mark.parametrize("name", polyglots())
def test_what_is_something_else_as_well_is_only_a_photo_afterwards(name: str) -> None:
    assert list(traces(safe_photo(polyglots()[name]).image)) == []


def test_control_a_photo_handed_on_as_it_came_is_caught(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(photos, "CHILD", ("-I", "-c", NOT_MADE_ANEW))
    found = set(traces(safe_photo(a_photo()).image))
    assert {"planted words", "notes of the camera", "position"} <= found


def test_large_photos_are_made_small_and_keep_their_shape() -> None:
    photo = safe_photo(a_photo(4000, 3000))
    assert (photo.width, photo.height) == (1920, 1440)
    with Image.open(io.BytesIO(photo.image)) as big, Image.open(io.BytesIO(photo.small)) as small:
        assert big.size == (1920, 1440)
        assert small.size == small_size(1920, 1440) == (480, 360)


@pytest.mark.parametrize("form", ["JPEG", "PNG", "WEBP"])
def test_a_photo_taken_upright_stands_upright(form: str) -> None:
    photo = safe_photo(a_photo(300, 200, form=form, turned=6))
    assert (photo.width, photo.height) == (200, 300)
    with Image.open(io.BytesIO(photo.image)) as image:
        assert image.size == (200, 300)


@pytest.mark.parametrize("mode", ["1", "L", "LA", "P", "RGBA", "I;16", "CMYK"])
def test_every_kind_of_pixels_is_read(mode: str) -> None:
    out = io.BytesIO()
    Image.new(mode, (40, 30)).save(out, "JPEG" if mode == "CMYK" else "PNG")
    assert safe_photo(out.getvalue()).width == 40


def test_what_was_see_through_is_white() -> None:
    out = io.BytesIO()
    Image.new("RGBA", (40, 30), (0, 0, 0, 0)).save(out, "PNG")
    with Image.open(io.BytesIO(safe_photo(out.getvalue()).image)) as image:
        assert image.getpixel((5, 5)) == (255, 255, 255)


def test_damaged_notes_of_a_camera_do_not_cost_the_photo() -> None:
    sent = bytearray(a_photo())
    at = sent.index(b"Exif\x00\x00") + 6
    sent[at : at + 40] = b"\xff" * 40
    assert safe_photo(bytes(sent)).width == 320


TOO_MANY_PIXELS = {"bomb", "huge jpeg header", "webp of 16383 squared"}


@pytest.mark.parametrize("name", pretenders())
def test_pretenders_are_refused_with_a_plain_sentence(name: str) -> None:
    with pytest.raises(PhotoRefused) as refused:
        safe_photo(pretenders()[name])
    wanted = "empty" if name == "empty" else "too_many_pixels" if name in TOO_MANY_PIXELS else "not_a_photo"
    assert refused.value.code == wanted
    assert refused.value.message.endswith(".")


def test_too_many_bytes_are_refused_unread() -> None:
    with pytest.raises(PhotoRefused, match="12 MB"):
        safe_photo(b"\xff\xd8\xff" + bytes(MOST_PHOTO_BYTES))


# The memory. Each file is judged in a process of its own, which tells how much it and its child ever had.

MEASURE = """
import json, resource, sys
from melayani.ground import photos
if sys.argv[2]:
    photos.CHILD = ("-I", "-c", sys.argv[2])
sent = open(sys.argv[1], "rb").read()
before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
try:
    said = photos.safe_photo(sent).width
except photos.PhotoRefused as refused:
    said = refused.code
usage = [resource.getrusage(who).ru_maxrss for who in (resource.RUSAGE_CHILDREN, resource.RUSAGE_SELF)]
print(json.dumps([said, usage[0] * 1024, (usage[1] - before) * 1024]))
"""


def measured(sent: bytes, tmp_path_factory: pytest.TempPathFactory, *, child: str = "") -> tuple[object, int, int]:
    """What was said of the file, the most the child had, and by how much the parent grew, in bytes."""
    file = tmp_path_factory.mktemp("sent") / "file"
    file.write_bytes(sent)
    done = subprocess.run(
        [sys.executable, "-c", MEASURE, str(file), child], capture_output=True, check=True, text=True, timeout=120
    )
    said, most, grown = json.loads(done.stdout)
    return said, most, grown


# A bomb is refused by its header, so its child has no more than one that refuses a word.
JUDGED = 60 * MB


@pytest.mark.parametrize("name", ["bomb", "huge jpeg header", "webp of 16383 squared", "text chunk bomb"])
def test_a_bomb_takes_no_memory(name: str, tmp_path_factory: pytest.TempPathFactory) -> None:
    said, most, grown = measured(pretenders()[name], tmp_path_factory)
    assert said in ("too_many_pixels", "not_a_photo")
    assert most < JUDGED
    assert grown < 8 * MB


def test_control_without_the_cap_the_bomb_would_take_its_memory(tmp_path_factory: pytest.TempPathFactory) -> None:
    _said, most, _grown = measured(a_bomb(), tmp_path_factory, child=NO_CAP)
    assert most > 5 * JUDGED


def test_the_memory_limit_holds_when_a_decoder_takes_more(tmp_path_factory: pytest.TempPathFactory) -> None:
    """The second line: without any cap of pixels the child dies at its limit, and the parent says it is no photo."""
    limited = BROKEN.format(broken="photos.MOST_PIXELS = 10**12")
    for sent in (a_bomb(), a_webp_saying(16_383, 16_383)):
        said, most, grown = measured(sent, tmp_path_factory, child=limited)
        assert said == "not_a_photo"
        assert most <= MEMORY_BYTES
        assert grown < 8 * MB


def test_an_honest_large_photo_fits_into_the_limit(tmp_path_factory: pytest.TempPathFactory) -> None:
    for form in ("PNG", "WEBP"):
        said, most, grown = measured(a_photo(5700, 4300, form=form), tmp_path_factory)
        assert (said, most < MEMORY_BYTES) == (1920, True)
        # What the parent has more of is the file as sent and as made anew.
        assert grown < 40 * MB


@pytest.mark.parametrize(
    ("doing", "code"),
    [
        ("import os; os.kill(os.getpid(), 9)", "too_long"),
        ("child.limited(); x = bytearray(4 << 30)", "not_a_photo"),
        ("child.made_anew = lambda sent: ({'width': 1}, b'')", "not_a_photo"),
        ("child.made_anew = lambda sent: ({'width': 1, 'height': 1, 'bytes': 5}, b'<script>')", "not_a_photo"),
        ("child.made_anew = lambda sent: ({'refused': 'unheard of'}, b'')", "not_a_photo"),
        ("import sys; sys.stdout.write('[]'); sys.exit(0)", "not_a_photo"),
        ("import sys\nwhile True: sys.stdout.write('x' * 1000000)", "not_a_photo"),
        ("import sys; sys.exit(0)", "not_a_photo"),
    ],
)
def test_whatever_a_child_that_was_taken_over_says_is_not_believed(
    doing: str, code: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(photos, "CHILD", ("-I", "-c", BROKEN.format(broken=doing)))
    with pytest.raises(PhotoRefused) as refused:
        safe_photo(a_photo())
    assert refused.value.code == code


def test_a_child_that_never_ends_is_ended(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(photos, "LONGEST_SECONDS", 0.5)
    monkeypatch.setattr(photos, "CHILD", ("-I", "-c", "import sys, time; sys.stdin.read(0); time.sleep(600)"))
    with pytest.raises(PhotoRefused, match="terlalu lama"):
        safe_photo(a_photo())


def test_the_child_knows_nothing_of_the_instance_and_writes_no_file(
    monkeypatch: pytest.MonkeyPatch, tmp_path_factory: pytest.TempPathFactory
) -> None:
    out = tmp_path_factory.mktemp("out") / "x"
    monkeypatch.setenv("MELAYANI_SECRET", CANARY)
    looking = (
        "import os, sys\nknown = sorted(set(os.environ) - {'LC_CTYPE'})\n"
        f"child.limited()\ntry:\n    open({str(out)!r}, 'w').write('x' * 100000)\n    wrote = 'wrote'\n"
        "except OSError:\n    wrote = 'not'\n"
        "assert (known, wrote) == (['MALLOC_ARENA_MAX'], 'not')"
    )
    monkeypatch.setattr(photos, "CHILD", ("-I", "-c", BROKEN.format(broken=looking)))
    assert safe_photo(a_photo()).width == 320
    assert CHILD[0] == "-I"


def test_a_pdf_is_known_by_its_first_bytes_and_kept_as_it_is() -> None:
    assert checked_pdf(b"%PDF-1.7 isi") == b"%PDF-1.7 isi"
    for wrong in (b"", b"PDF-1.7", a_photo(), b"%PDF-" + bytes(MOST_PDF_BYTES)):
        with pytest.raises(PdfRefused):
            checked_pdf(wrong)
