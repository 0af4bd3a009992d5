# SPDX-License-Identifier: EUPL-1.2
"""Public cases that wait for an answer, on a map: of all regions, or of one region by district, with its table."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from urllib.parse import urlencode

from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.utils.formats import number_format
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from melayani.cases.queries import UNANSWERED, public_cases
from melayani.cases.region_counts import Unanswered, unanswered_by_place
from melayani.government.queries import PlaceRow, children, place_row, regions
from melayani.government.rules import PROVINCE, PlaceLevel
from melayani.ground.clock import now
from melayani.ground.memo import remembered
from melayani.portal.answering import page
from melayani.portal.forms import UNANSWERED_WORD
from melayani.portal.region_map import Cell, Drawing, province_map, region_map
from melayani.portal.standing import listed

MAP = "peta"
SHADES = 4
MOST_LISTED = 5
NOTHING = Unanswered()


@dataclass(frozen=True)
class Spot:
    """A place as the map and the table show it; `cell` None = it is not drawn. `shade` grows from 0 (none) to 4."""

    cell: Cell | None
    name: str
    short: str
    address: str
    found: Unanswered
    words: str
    shade: int

    @property
    def named(self) -> bool:
        """Whether the name has room on the map."""
        return self.cell is not None and not self.cell.small and len(self.short) <= self.cell.letters

    @property
    def on_map(self) -> str:
        """The number, short enough for the map."""
        return _compact(self.found.all)

    @property
    def in_table(self) -> tuple[str, str]:
        """All and late, in full."""
        return grouped(self.found.all), grouped(self.found.late)


@remembered(seconds=60)
def counted() -> Mapping[str, Unanswered]:
    """The numbers of every place, at most a minute old: with a million cases counting them is not for every visit."""
    return unanswered_by_place(at=now())


def map_answer(request: HttpRequest, place: PlaceRow | None) -> HttpResponse:
    """The map of the province, or of the region in which `place` lies."""
    if place is None:
        return page(request, "cases_map", _whole_province())
    return page(request, "cases_map", _one_region(place_row(place.region_code)))


def _whole_province() -> dict[str, object]:
    rows = sorted(regions(), key=lambda row: (_short(row), row.code))
    addresses = {row.code: _address(tampilan=MAP, wilayah=row.code) for row in rows}
    return {
        **_drawn(PROVINCE, rows, province_map(), addresses),
        "list": _address(keadaan=UNANSWERED_WORD),
    }


def _one_region(region: PlaceRow) -> dict[str, object]:
    rows, at = children(region.code), now()
    addresses = {row.code: _address(wilayah=row.code, keadaan=UNANSWERED_WORD) for row in rows}
    newest = public_cases(region=region.code, state=UNANSWERED, at=at, limit=MOST_LISTED).rows
    return {
        **_drawn(region.code, rows, region_map(region.code), addresses),
        "region": region,
        "cases": listed(newest, at=at),
        "list": _address(wilayah=region.code, keadaan=UNANSWERED_WORD),
        "everything": _address(wilayah=region.code),
        "province": _address(tampilan=MAP),
    }


def _drawn(
    code: str, rows: Sequence[PlaceRow], drawing: Drawing | None, addresses: Mapping[str, str]
) -> dict[str, object]:
    """The map and the table of the places `rows`, which lie in the place `code`."""
    sums, cells = counted(), {cell.code: cell for cell in drawing.cells} if drawing else {}
    total, most = sums.get(code, NOTHING), max((sums.get(row.code, NOTHING).all for row in rows), default=0)
    spots = [
        Spot(
            cell=cells.get(row.code),
            name=row.name,
            short=_short(row),
            address=addresses[row.code],
            found=sums.get(row.code, NOTHING),
            words=_words(sums.get(row.code, NOTHING)),
            shade=shade_of(sums.get(row.code, NOTHING).all, most=most),
        )
        for row in rows
    ]
    unplaced = total - sum((spot.found for spot in spots), NOTHING)
    return {
        "drawing": drawing,
        "spots": spots,
        # Cities last: they lie upon the regencies around them.
        "on_map": sorted((s for s in spots if s.cell), key=lambda spot: bool(spot.cell and spot.cell.small)),
        "total": total.all,
        "total_words": _words(total),
        "unplaced": (grouped(unplaced.all), grouped(unplaced.late)) if unplaced.all > 0 else (),
        "legend": _legend(most),
    }


def shade_of(number: int, *, most: int) -> int:
    """0 for none, else 1 to 4: the quarter of the greatest number in which this one lies."""
    return -(-number * SHADES // most) if number else 0


def _legend(most: int) -> list[tuple[int, str]]:
    """(shade, numbers) of the shades that can occur."""
    found = [(0, "0")]
    for shade in range(1, SHADES + 1):
        least, last = most * (shade - 1) // SHADES + 1, most * shade // SHADES
        if least <= last:
            found.append((shade, grouped(last) if least == last else f"{grouped(least)}–{grouped(last)}"))
    return found


def _short(row: PlaceRow) -> str:
    """The name without its kind: "Malang" of "Kabupaten Malang"."""
    return row.name.split(" ", 1)[-1] if row.level == PlaceLevel.KABKOTA else row.name


def _words(found: Unanswered) -> str:
    said = ngettext("%(all)s kasus belum dijawab", "%(all)s kasus belum dijawab", found.all) % {
        "all": grouped(found.all)
    }
    if not found.late:
        return said
    return _("%(said)s, %(late)s di antaranya lewat janji") % {"said": said, "late": grouped(found.late)}


def grouped(number: int) -> str:
    """ "1.284" in Indonesian, "1,284" in English."""
    return number_format(number, force_grouping=True)


def _compact(number: int) -> str:
    """A number that fits on the map: thousands from a thousand on."""
    return str(number) if number < 1000 else _("%(thousands)s rb") % {"thousands": number // 1000}


def _address(**query: str) -> str:
    return f"{reverse('portal:cases')}?{urlencode(query)}"
