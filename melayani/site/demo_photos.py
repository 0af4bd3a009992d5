# SPDX-License-Identifier: EUPL-1.2
"""The pictures of the demo: three places before and after, drawn here, so that nobody's photo is needed."""

from collections.abc import Callable, Mapping
from io import BytesIO
from random import Random

from PIL import Image, ImageDraw, ImageFilter

WIDTH, HEIGHT = 1280, 960
Colour = tuple[int, int, int]
NIGHT: tuple[Colour, Colour] = (22, 28, 48), (52, 58, 82)
DAY: tuple[Colour, Colour] = (150, 190, 214), (226, 232, 224)


def picture(name: str) -> bytes:
    """The JPEG of one of `PICTURES`, the same each time it is drawn. Raises `KeyError` for another name."""
    drawn = PICTURES[name]()
    # A little grain, as a cheap phone would leave it.
    grain = Image.effect_noise((WIDTH, HEIGHT), 18).convert("RGB")
    file = BytesIO()
    Image.blend(drawn, grain, 0.06).save(file, "JPEG", quality=86)
    return file.getvalue()


def _sky(top: Colour, bottom: Colour) -> Image.Image:
    column = Image.new("RGB", (1, HEIGHT))
    for y in range(HEIGHT):
        share = y / HEIGHT
        column.putpixel((0, y), _mixed(top, bottom, share))
    return column.resize((WIDTH, HEIGHT))


def _mixed(one: Colour, other: Colour, share: float) -> Colour:
    red, green, blue = (round(a + (b - a) * share) for a, b in zip(one, other, strict=True))
    return red, green, blue


def _street(*, night: bool) -> Image.Image:
    """A village street that runs away from whoever looks, with houses on both sides."""
    scene = _sky(*(NIGHT if night else DAY))
    draw = ImageDraw.Draw(scene)
    dark = 0.72 if night else 0.0
    shade: Callable[[Colour], Colour] = lambda colour: _mixed(colour, NIGHT[0], dark)  # noqa: E731  # one small word
    draw.polygon([(0, 560), (1280, 540), (1280, 960), (0, 960)], fill=shade((122, 142, 96)))
    for x, tall, wall in ((40, 250, (214, 196, 168)), (250, 190, (196, 172, 150)), (930, 210, (206, 200, 186))):
        draw.rectangle([x, 590 - tall, x + 190, 600], fill=shade(wall))
        draw.polygon([(x - 24, 590 - tall), (x + 95, 510 - tall), (x + 214, 590 - tall)], fill=shade((158, 84, 62)))
        draw.rectangle([x + 70, 500, x + 120, 600], fill=shade((96, 72, 56)))
    draw.polygon([(560, 556), (720, 556), (1180, 960), (120, 960)], fill=shade((118, 116, 114)))
    for y in range(600, 960, 90):
        half = (y - 540) // 34
        draw.polygon([(640 - half, y), (640 + half, y), (640 + half + 4, y + 44), (640 - half - 4, y + 44)],
                     fill=shade((220, 216, 204)))  # fmt: skip
    return scene


def _lamp(*, lit: bool) -> Image.Image:
    scene = _street(night=True)
    if lit:
        glow = Image.new("RGB", (WIDTH, HEIGHT))
        ImageDraw.Draw(glow).polygon([(846, 252), (906, 252), (1130, 900), (520, 900)], fill=(255, 214, 140))
        scene = Image.blend(scene, Image.blend(scene, glow.filter(ImageFilter.GaussianBlur(60)), 0.5), 0.8)
    draw = ImageDraw.Draw(scene)
    draw.rectangle([1000, 190, 1014, 760], fill=(86, 90, 96))
    draw.line([(1006, 196), (876, 236)], fill=(86, 90, 96), width=10)
    draw.ellipse([842, 226, 912, 258], fill=(255, 240, 196) if lit else (60, 62, 70))
    return scene


def _road(*, mended: bool) -> Image.Image:
    scene = _street(night=False)
    draw = ImageDraw.Draw(scene)
    around = Random(7)  # noqa: S311  # where gravel lies is no secret
    middle = [(520 + 300 * x, 800 + 90 * y) for x, y in
              ((0, 0.1), (0.2, -0.6), (0.55, -0.8), (0.9, -0.4), (1, 0.3), (0.7, 0.8), (0.3, 0.7))]  # fmt: skip
    draw.polygon(middle, fill=(74, 73, 74) if mended else (92, 80, 66))
    if not mended:
        draw.polygon([(x * 0.8 + 134, y * 0.72 + 232) for x, y in middle], fill=(120, 124, 122))
        for _ in range(60):
            x, y = around.randint(470, 880), around.randint(720, 900)
            draw.ellipse([x, y, x + around.randint(4, 14), y + around.randint(3, 9)], fill=(104, 96, 86))
    return scene


def _rubbish(*, cleared: bool) -> Image.Image:
    scene = _street(night=False)
    draw = ImageDraw.Draw(scene)
    around = Random(11)  # noqa: S311  # as above
    draw.rectangle([60, 700, 330, 770], fill=(150, 146, 140))
    for _ in range(0 if cleared else 90):
        x, y = around.gauss(240, 90), around.gauss(800, 46)
        size = around.randint(24, 70)
        colour = around.choice(
            [(38, 40, 44), (212, 214, 216), (178, 64, 52), (60, 96, 150), (196, 168, 92), (70, 110, 74)]
        )
        draw.ellipse([x, y, x + size, y + size * 0.7], fill=colour)
    return scene


PICTURES: Mapping[str, Callable[[], Image.Image]] = {
    "lampu-padam": lambda: _lamp(lit=False),
    "lampu-menyala": lambda: _lamp(lit=True),
    "jalan-berlubang": lambda: _road(mended=False),
    "jalan-ditambal": lambda: _road(mended=True),
    "sampah-menumpuk": lambda: _rubbish(cleared=False),
    "sampah-diangkut": lambda: _rubbish(cleared=True),
}
