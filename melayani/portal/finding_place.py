# SPDX-License-Identifier: EUPL-1.2
"""Where it is: from a typed name or three lists to one place, without a map and without a script.

Places that share a name are always shown with their full path, and "Malang" asks for Kabupaten or Kota.
"""

from dataclasses import dataclass, field, replace

from django.utils.translation import gettext as _

from melayani.government.queries import PlaceRow, children, place_row, places_named, read_address, regions
from melayani.government.rules import PlaceLevel, PlaceRefused, level_of, parent_of
from melayani.portal.draft import Draft

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


def settled_place(draft: Draft) -> PlaceStep:
    """The person wants to go on: one place, or what is missing. `draft.get("tempat")` is the code then."""
    typed = draft.get("cari").strip()[:200]
    if typed and typed != draft.get("dicari"):
        return searched_place(draft)
    marked, listed = draft.get("tempat"), _deepest(draft)
    if not marked and not listed:
        return PlaceStep(
            draft=draft,
            problems=[("cari", _("Pilih tempatnya: ketik namanya lalu tekan Cari, atau pilih dari daftar."))],
        )
    chosen = _row(marked or listed)
    if chosen is None or chosen.level == PlaceLevel.PROVINSI:
        return PlaceStep(
            draft=draft.without("tempat", *LISTS),
            problems=[("cari", _("Tempat ini tidak dikenal. Cari lagi namanya."))],
        )
    if marked and listed and not f"{marked}.".startswith(f"{listed}."):
        return _two_places(draft, chosen, place_row(listed))
    if chosen.level == PlaceLevel.KABKOTA and not draft.has("kecamatan"):
        return _ask_district(draft, chosen)
    return PlaceStep(draft=draft.without("cari", "dicari", *LISTS).with_(tempat=chosen.code), chosen=chosen)


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
    """Whether the draft names a place that a case can have."""
    row = _row(draft.get("tempat"))
    return row is not None and level_of(row.code) is not PlaceLevel.PROVINSI
