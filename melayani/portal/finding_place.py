# SPDX-License-Identifier: EUPL-1.2
"""Where it is: from a typed name, three lists or a point to one place, without a map and without a script.

Places that share a name are always shown with their full path, and "Malang" asks for Kabupaten or Kota. A point is
never the only way: it is written by the phone, by the map or by hand, and the place it means is confirmed in words.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace

from django.conf import settings
from django.utils.formats import number_format
from django.utils.translation import gettext as _

from melayani.government.queries import (
    PlaceRow,
    children,
    found_place,
    place_row,
    places_named,
    read_address,
    regions,
)
from melayani.government.rules import SURE_WITHIN_KM, PlaceLevel, PlaceRefused, level_of, parent_of
from melayani.ground.geometry import distance_km
from melayani.portal.answering import said
from melayani.portal.draft import Draft
from melayani.portal.points import Point, read_point, written_point

MOST_MATCHES = 20
LEAST_TYPED = 3
LISTS = ("kabupaten", "kecamatan", "desa")


@dataclass(frozen=True)
class PlaceStep:
    """What the page of this step shows: matches to choose from, the lists as far as they are open, what is wrong.

    `chosen` is the place when the person has named exactly one; `draft` carries it then.
    """

    draft: Draft
    matches: tuple[PlaceRow, ...] = ()
    chosen: PlaceRow | None = None
    districts: tuple[PlaceRow, ...] = ()
    villages: tuple[PlaceRow, ...] = ()
    problems: list[tuple[str, str]] = field(default_factory=list)
    note: str = ""

    @property
    def lists_open(self) -> bool:
        """Whether the person is using the lists."""
        return bool(self.districts) or any(anchor == "kabupaten" for anchor, _message in self.problems)

    @property
    def tiles(self) -> str:
        """Where the map gets its tiles; empty = it draws our own places."""
        return str(settings.TILES)

    @property
    def tiles_credit(self) -> str:
        """Whom the licence of the tiles wants named."""
        return str(settings.TILES_CREDIT) if settings.TILES else ""

    @property
    def start(self) -> str:
        """Where the map begins, as "latitude longitude zoom": at the point, else at the place; empty = everywhere."""
        point = read_point(self.draft.get("titik"))
        if point is not None:
            return f"{point[0]} {point[1]} 15"
        listed = self.draft.get("desa") or self.draft.get("kecamatan") or self.draft.get("kabupaten")
        place = self.chosen or _row(listed)
        if place is None or place.latitude is None:
            return ""
        return f"{place.latitude} {place.longitude} {_ZOOM[PlaceLevel(place.level)]}"


_ZOOM = {PlaceLevel.PROVINSI: 8, PlaceLevel.KABKOTA: 10, PlaceLevel.KECAMATAN: 13, PlaceLevel.DESA: 14}


def shown_place(draft: Draft) -> PlaceStep:
    """The step as it was left: a chosen place is the only match and is marked."""
    chosen = _row(draft.get("tempat"))
    if chosen is not None:
        return PlaceStep(draft=draft, matches=(chosen,), chosen=chosen)
    return _with_lists(draft.without("tempat"))


def searched_place(draft: Draft) -> PlaceStep:
    """What was typed has been looked up; a single match is marked, several ask for a choice."""
    typed = draft.get("cari").strip()[:200]
    if len(typed) < LEAST_TYPED:
        return replace(
            shown_place(draft),
            problems=[("cari", _("Ketik paling sedikit tiga huruf dari nama desa, kelurahan, atau kecamatan."))],
        )
    found = _found(typed)
    draft = draft.without("tempat", *LISTS).with_(dicari=typed)
    if not found:
        return PlaceStep(
            draft=draft,
            problems=[
                ("cari", _("Tidak ada tempat di Jawa Timur dengan nama itu. Periksa ejaannya, atau pilih dari daftar."))
            ],
        )
    if len(found) == 1:
        return PlaceStep(draft=draft.with_(tempat=found[0].code), matches=found, chosen=found[0])
    note = (
        _("Banyak yang cocok. Ketik nama yang lebih lengkap bila tempat Anda tidak ada di sini.")
        if len(found) >= MOST_MATCHES
        else ""
    )
    return PlaceStep(draft=draft, matches=found, note=note)


def _found(typed: str) -> tuple[PlaceRow, ...]:
    """The places of that name, else those that a whole address names; never the province itself."""
    found = places_named(typed, limit=MOST_MATCHES) or read_address(typed).candidates
    return tuple(row for row in found if row.level != PlaceLevel.PROVINSI)


def listed_place(draft: Draft) -> PlaceStep:
    """The lists are open one step further, down to what the person chose last."""
    step = _with_lists(draft.without("tempat", "cari", "dicari"))
    if not step.districts:
        return PlaceStep(draft=step.draft, problems=[("kabupaten", _("Pilih kabupaten atau kota lebih dahulu."))])
    return step


def _with_lists(draft: Draft) -> PlaceStep:
    region = _inside(draft.get("kabupaten"), PlaceLevel.KABKOTA, "")
    if region is None:
        return PlaceStep(draft=draft.without(*LISTS))
    district = _inside(draft.get("kecamatan"), PlaceLevel.KECAMATAN, region.code)
    if district is None:
        return PlaceStep(draft=draft.without("kecamatan", "desa"), districts=children(region.code))
    village = _inside(draft.get("desa"), PlaceLevel.DESA, district.code)
    return PlaceStep(
        draft=draft if village else draft.without("desa"),
        districts=children(region.code),
        villages=children(district.code),
    )


def _inside(code: str, level: PlaceLevel, parent: str) -> PlaceRow | None:
    row = _row(code)
    return row if row and row.level == level and parent in ("", parent_of(code)) else None


def _row(code: str) -> PlaceRow | None:
    try:
        return place_row(code) if code else None
    except PlaceRefused:
        return None


def pinned_place(draft: Draft) -> PlaceStep:
    """The point that was written or set on the map has been looked up; the village beside it is marked or asked."""
    return _pointed(draft, keep=True)


def phoned_place(draft: Draft) -> PlaceStep:
    """As `pinned_place`, for where the phone is; a point outside the province is forgotten: the phone is elsewhere."""
    return _pointed(draft, keep=False)


def _pointed(draft: Draft, *, keep: bool) -> PlaceStep:
    point = read_point(draft.get("titik"))
    if point is None:
        return replace(shown_place(draft), problems=[("titik", _unreadable())])
    try:
        found = found_place(lat=point[0], long=point[1])
    except PlaceRefused as refusal:
        left = shown_place(draft if keep else draft.without("titik"))
        return replace(left, problems=[("kabupaten", said(refusal))])
    village = place_row(found.code)
    draft = draft.without("cari", "dicari", "tempat", *LISTS).with_(titik=written_point(point))
    if found.ask:
        note = _("Titik ini %(km)s km dari %(place)s, desa terdekat yang kami kenal. Pilih bila memang di sana.") % {
            "km": number_format(found.distance_km, 1),
            "place": village.full_name,
        }
        return PlaceStep(draft=draft, matches=(village,), note=note)
    return PlaceStep(draft=draft.with_(tempat=village.code), matches=(village,), chosen=village)


def _unreadable() -> str:
    return _("Koordinat ini tidak terbaca. Tulis lintang, koma, lalu bujur, misalnya -8.1304, 112.5709.")


# What the buttons of this step do, by their value.
BUTTONS: Mapping[str, Callable[[Draft], PlaceStep]] = {
    "cari": searched_place,
    "daftar": listed_place,
    "titik": pinned_place,
    "lokasi": phoned_place,
}


def settled_place(draft: Draft) -> PlaceStep:
    """The person wants to go on: one place, or what is missing. `draft.get("tempat")` is the code then."""
    typed = draft.get("cari").strip()[:200]
    if typed and typed != draft.get("dicari"):
        return searched_place(draft)
    marked, listed = draft.get("tempat"), _deepest(draft)
    if not marked and not listed:
        # Nobody has seen yet which village a point alone means: it is marked, and confirmed by going on once more.
        return replace(pinned_place(draft), chosen=None) if draft.get("titik").strip() else _nothing_chosen(draft)
    chosen = _row(marked or listed)
    if chosen is None or chosen.level == PlaceLevel.PROVINSI:
        return PlaceStep(
            draft=draft.without("tempat", *LISTS),
            problems=[("cari", _("Tempat ini tidak dikenal. Cari lagi namanya."))],
        )
    if marked and listed and not f"{marked}.".startswith(f"{listed}."):
        return _two_places(draft, chosen, place_row(listed))
    return _settled(draft, chosen)


def _settled(draft: Draft, chosen: PlaceRow) -> PlaceStep:
    """One place is chosen: it is taken, unless a point says otherwise or its district can be asked."""
    if draft.get("titik").strip() and not _point_fits(draft.get("titik"), chosen):
        return _point_elsewhere(draft, chosen)
    if chosen.level == PlaceLevel.KABKOTA and not draft.has("kecamatan"):
        return _ask_district(draft, chosen)
    return PlaceStep(draft=draft.without("cari", "dicari", *LISTS).with_(tempat=chosen.code), chosen=chosen)


def _nothing_chosen(draft: Draft) -> PlaceStep:
    problem = _("Pilih tempatnya: ketik namanya lalu tekan Cari, atau pilih dari daftar.")
    return PlaceStep(draft=draft, problems=[("cari", problem)])


def _point_fits(typed: str, chosen: PlaceRow) -> bool:
    """Whether the point lies in the place as far as we know: the nearest village is in it, or its middle is near."""
    point = read_point(typed)
    if point is None:
        return False
    nearest = _nearest(point)
    if nearest is not None and f"{nearest.code}.".startswith(f"{chosen.code}."):
        return True
    if chosen.latitude is None or chosen.longitude is None:
        return False
    far = distance_km(lat1=point[0], long1=point[1], lat2=chosen.latitude, long2=chosen.longitude)
    return far <= SURE_WITHIN_KM


def _nearest(point: Point) -> PlaceRow | None:
    try:
        return place_row(found_place(lat=point[0], long=point[1]).code)
    except PlaceRefused:
        return None


def _point_elsewhere(draft: Draft, chosen: PlaceRow) -> PlaceStep:
    """Point and place do not fit: the person says which of them is meant."""
    point = read_point(draft.get("titik"))
    if point is None:
        return PlaceStep(draft=draft, matches=(chosen,), chosen=chosen, problems=[("titik", _unreadable())])
    nearest = _nearest(point)
    if nearest is None:
        problem = _("Titik ini jauh dari %(place)s. Kosongkan titiknya, atau pilih tempat yang lain.")
        said_ = problem % {"place": chosen.full_name}
        return PlaceStep(draft=draft, matches=(chosen,), chosen=chosen, problems=[("titik", said_)])
    problem = _(
        "Titiknya dekat %(near)s, tetapi Anda memilih %(place)s. Pilih salah satu; bila titiknya salah, kosongkan."
    )
    return PlaceStep(
        draft=draft.without("tempat", *LISTS),
        matches=(chosen, nearest),
        problems=[("tempat_0", problem % {"near": nearest.full_name, "place": chosen.full_name})],
    )


def _deepest(draft: Draft) -> str:
    """The deepest known place of the three lists that lies inside the one above it, or empty."""
    code = ""
    for name in LISTS:
        row = _row(draft.get(name))
        if row is None or (code and parent_of(row.code) != code):
            break
        code = row.code
    return code


def _two_places(draft: Draft, marked: PlaceRow, listed: PlaceRow) -> PlaceStep:
    return PlaceStep(
        draft=draft.without("tempat", *LISTS),
        matches=(marked, listed),
        problems=[("tempat_0", _("Anda memilih dua tempat yang berbeda. Pilih salah satu."))],
    )


def _ask_district(draft: Draft, region: PlaceRow) -> PlaceStep:
    """Only the regency is known: the district is asked once, and may be left open."""
    asked = draft.without("tempat", "cari", "dicari", "kecamatan", "desa").with_(kabupaten=region.code)
    return PlaceStep(
        draft=asked,
        districts=children(region.code),
        note=_("Kecamatan apa di %(region)s? Bila tidak tahu, biarkan saja lalu tekan Lanjut.")
        % {"region": region.name},
    )


def all_regions() -> tuple[PlaceRow, ...]:
    """The regencies and cities for the first list."""
    return regions()


def is_settled(draft: Draft) -> bool:
    """Whether the draft names a place that a case can have, and no point that contradicts it."""
    row, typed = _row(draft.get("tempat")), draft.get("titik").strip()
    if row is None or level_of(row.code) is PlaceLevel.PROVINSI:
        return False
    return not typed or _point_fits(typed, row)
