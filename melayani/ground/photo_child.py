# SPDX-License-Identifier: EUPL-1.2
"""Runs as a process of its own: a photo on standard input, on standard output one line of JSON and two JPEGs.

The line is {"width", "height", "bytes"} or {"refused": code}. The limits are set before anything is read; a process
that breaks on what it was given, or is killed by a limit, answers nothing, which the parent takes for "not a photo".
"""

import contextlib
import io
import json
import resource
import struct
import sys
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from PIL import Image

# An honest photo of 25 megapixels takes up to 450 MB while it is decoded (WebP, which keeps two canvases).
MEMORY_BYTES = 640 * 1024 * 1024
CPU_SECONDS = 8
FORMATS = ("JPEG", "PNG", "WEBP")
HEIC = "HEIF"
# What reading damaged notes of a camera raises: the photo is taken as it lies.
BROKEN_NOTES = (ArithmeticError, LookupError, OSError, SyntaxError, TypeError, ValueError, struct.error)


def limited() -> None:
    """This process can take no more memory and time than one honest photo needs, and can write no file."""
    resource.setrlimit(resource.RLIMIT_AS, (MEMORY_BYTES, MEMORY_BYTES))
    resource.setrlimit(resource.RLIMIT_CPU, (CPU_SECONDS, CPU_SECONDS))
    resource.setrlimit(resource.RLIMIT_FSIZE, (0, 0))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))


def made_anew(sent: bytes) -> tuple[dict[str, object], bytes]:
    """The line to say, and the two JPEGs one after the other."""
    from PIL import Image, ImageOps  # noqa: PLC0415  # only after the limits stand

    from melayani.ground.photos import LONGEST_SIDE, MOST_PIXELS, SMALL_SIDE  # noqa: PLC0415  # as above

    # Pillow refuses what has more than twice this number, by the header and before its decoders take any memory.
    Image.MAX_IMAGE_PIXELS = MOST_PIXELS // 2
    formats = (*FORMATS, HEIC) if _knows_heic() else FORMATS
    try:
        with Image.open(io.BytesIO(sent), formats=formats) as image:
            # A JPEG can be decoded at a fraction of its size: less memory, less time.
            image.draft("RGB", (LONGEST_SIDE, LONGEST_SIDE))
            plain = _plain(image, longest=LONGEST_SIDE)
    except Image.DecompressionBombError:
        return {"refused": "too_many_pixels"}, b""
    with contextlib.suppress(*BROKEN_NOTES):
        plain = ImageOps.exif_transpose(plain)
    # What is left is pixels: no position, no device, no words, no colour profile.
    plain.info = {}
    big = _jpeg(plain, quality=80)
    width, height = plain.size
    plain.thumbnail((SMALL_SIDE, SMALL_SIDE))
    return {"width": width, "height": height, "bytes": len(big)}, big + _jpeg(plain, quality=72)


def _knows_heic() -> bool:
    """Whether HEIC can be read: where the extra is installed."""
    try:
        import pillow_heif  # noqa: PLC0415  # optional
    except ImportError:
        return False
    pillow_heif.options.DECODE_THREADS = 1
    pillow_heif.options.THUMBNAILS = False
    pillow_heif.register_heif_opener()
    return True


def _plain(image: "Image.Image", *, longest: int) -> "Image.Image":
    """The picture in red, green and blue with no side above `longest`; what was see-through is white.

    It is made small first: every further copy is then small too. The way it was held is still only noted in it.
    """
    from PIL import Image  # noqa: PLC0415  # only after the limits stand

    see_through = "A" in image.mode or "transparency" in image.info
    if image.mode.startswith("I"):
        # Grey of 16 bits (scanners): Pillow would cut off what is brighter than its 8 bits instead of scaling it.
        image = image.point(lambda value: value / 256).convert("L")
    if image.mode not in ("RGB", "RGBA", "L"):
        small = image.convert("RGBA" if see_through else "RGB")
        small.thumbnail((longest, longest))
    else:
        image.thumbnail((longest, longest))
        small = image
    if not see_through:
        return small.convert("RGB")
    seen = small.convert("RGBA")
    plain = Image.new("RGB", seen.size, "white")
    plain.paste(seen, mask=seen.getchannel("A"))
    plain.info = seen.info
    return plain


def _jpeg(image: "Image.Image", *, quality: int) -> bytes:
    out = io.BytesIO()
    image.save(out, "JPEG", quality=quality, optimize=True, progressive=True)
    return out.getvalue()


def main() -> None:
    """Reads, answers, ends."""
    limited()
    told, pictures = made_anew(sys.stdin.buffer.read())
    sys.stdout.buffer.write(json.dumps(told).encode() + b"\n" + pictures)


if __name__ == "__main__":
    main()
