# SPDX-License-Identifier: EUPL-1.2
"""Photos as people send them, with everything a camera notes, and files that only pretend to be photos."""

import io
import struct
import zlib
from functools import cache
from typing import Any

from PIL import Image, PngImagePlugin

# Planted wherever a file can carry words; none of it may come out again.
CANARY = "KENARI-7731"
PLACE = (8.0, 7.0, 50.12)  # degrees, minutes, seconds
ORIENTATION, MAKE, GPS = 0x0112, 0x010F, 0x8825


@cache
def a_photo(width: int = 320, height: int = 240, *, form: str = "JPEG", shade: int = 0, turned: int = 0) -> bytes:
    """A photo of this size with position, device and words in it; `shade` makes different ones."""
    image = Image.linear_gradient("L").resize((width, height)).convert("RGB")
    image.paste((shade * 40 % 256, 200, 40), (0, 0, 64, 64))
    more: dict[str, Any] = {"exif": _notes(turned)}
    if form == "JPEG":
        more |= {"comment": CANARY.encode(), "icc_profile": f"profile {CANARY}".encode(), "quality": 90}
    if form == "PNG":
        words = PngImagePlugin.PngInfo()
        words.add_text("Comment", CANARY)
        words.add_itxt("XML:com.adobe.xmp", f"<x>{CANARY}</x>")
        more["pnginfo"] = words
    if form == "WEBP":
        more |= {"xmp": f"<x>{CANARY}</x>".encode(), "lossless": True}
    return _saved(image, form, **more)


def _notes(turned: int) -> bytes:
    notes = Image.Exif()
    notes[MAKE] = f"Kamera {CANARY}"
    if turned:
        notes[ORIENTATION] = turned
    position = notes.get_ifd(GPS)
    position.update({1: "S", 2: PLACE, 3: "E", 4: PLACE, 29: "2026:01:05"})
    return notes.tobytes()


def _saved(image: Image.Image, form: str, **more: Any) -> bytes:
    out = io.BytesIO()
    image.save(out, form, **more)
    return out.getvalue()


@cache
def a_heic() -> bytes | None:
    """A photo as newer phones make them; None where the extra is not installed."""
    try:
        import pillow_heif
    except ImportError:
        return None
    pillow_heif.register_heif_opener()
    try:
        return _saved(Image.new("RGB", (320, 240), "teal"), "HEIF", exif=_notes(0))
    except (OSError, RuntimeError, KeyError):
        return None


def a_png(width: int, height: int, *, rows: int = 1) -> bytes:
    """A PNG whose header says this size, with only so many rows of black in it: small, whatever it claims."""
    head = struct.pack(">IIBBBBB", width, height, 1, 0, 0, 0, 0)
    lines = zlib.compress(bytes((width + 7) // 8 + 1) * rows, 9)
    return b"\x89PNG\r\n\x1a\n" + b"".join(
        _chunk(*part) for part in ((b"IHDR", head), (b"IDAT", lines), (b"IEND", b""))
    )


def _chunk(name: bytes, content: bytes) -> bytes:
    return struct.pack(">I", len(content)) + name + content + struct.pack(">I", zlib.crc32(name + content))


@cache
def a_bomb() -> bytes:
    """A PNG of 20 kB that is 12,000 times 12,000 pixels when it is unfolded: 600 MB in red, green and blue."""
    return a_png(12_000, 12_000, rows=12_000)


@cache
def pretenders() -> dict[str, bytes]:
    """Files that are no photo we take, by what they are; each within the limits of size."""
    jpeg = a_photo()
    return {
        "words": b"Ini bukan foto.",
        "empty": b"",
        "svg": b'<svg xmlns="http://www.w3.org/2000/svg"><script>alert(1)</script></svg>',
        "gif": _saved(Image.new("P", (20, 20)), "GIF"),
        "bmp": _saved(Image.new("RGB", (20, 20)), "BMP"),
        "tiff": _saved(Image.new("RGB", (20, 20)), "TIFF"),
        "ico": _saved(Image.new("RGB", (32, 32)), "ICO"),
        "pdf": _saved(Image.new("RGB", (20, 20)), "PDF"),
        "eps": b"%!PS-Adobe-3.0 EPSF-3.0\n%%BoundingBox: 0 0 9 9\n(/etc/passwd) (r) file\n",
        "html": b"<!doctype html><script>alert(1)</script>",
        "cut jpeg": jpeg[: len(jpeg) * 2 // 3],
        "cut png": a_photo(form="PNG")[:-300],
        "jpeg mark alone": b"\xff\xd8\xff\xe0" + bytes(200),
        "huge jpeg header": jpeg_saying(65_500, 65_500),
        "bomb": a_bomb(),
        "webp of 16383 squared": a_webp_saying(16_383, 16_383),
        "png of no size": a_png(0, 0),
        "gif before script": b"GIF89a/*" + bytes(20) + b"*/=1;alert(1)//",
        "text chunk bomb": _text_bomb(),
    }


def jpeg_saying(width: int, height: int) -> bytes:
    """A small JPEG whose header says another size."""
    jpeg = bytearray(_saved(Image.new("RGB", (16, 16)), "JPEG"))
    at = jpeg.index(b"\xff\xc0") + 5
    jpeg[at : at + 4] = struct.pack(">HH", height, width)
    return bytes(jpeg)


def a_webp_saying(width: int, height: int) -> bytes:
    """A WebP of a few bytes with this canvas: its decoder takes eight bytes a pixel as soon as it opens it."""
    canvas = bytes(4) + (width - 1).to_bytes(3, "little") + (height - 1).to_bytes(3, "little")
    content = b"WEBP" + b"VP8X" + struct.pack("<I", len(canvas)) + canvas
    content += _saved(Image.new("RGB", (16, 16)), "WEBP", lossless=True)[12:]
    return b"RIFF" + struct.pack("<I", len(content)) + content


def _text_bomb() -> bytes:
    """A PNG with a compressed text that is 200 MB when it is unfolded."""
    packed = zlib.compressobj(9)
    text = b"".join(packed.compress(bytes(1 << 20)) for _ in range(200)) + packed.flush()
    png = a_png(8, 8, rows=8)
    at = png.index(b"IDAT") - 4
    return png[:at] + _chunk(b"zTXt", b"Comment\x00\x00" + text) + png[at:]


@cache
def polyglots() -> dict[str, bytes]:
    """Real photos that are something else as well."""
    jpeg = a_photo()
    return {
        "jpeg and html": jpeg + f"<script>{CANARY}</script>".encode(),
        "jpeg and zip": jpeg + b"PK\x03\x04" + CANARY.encode() * 20,
        "jpeg and php": jpeg[:2] + b"\xff\xfe\x00\x2b" + f"<?php echo '{CANARY}'; ?>".ljust(41).encode() + jpeg[2:],
        "png and pdf": a_photo(form="PNG") + b"%PDF-1.7 " + CANARY.encode(),
    }
