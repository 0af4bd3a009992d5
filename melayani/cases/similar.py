# SPDX-License-Identifier: EUPL-1.2
"""Open public cases that are probably about the same: near in place, near in time, near in words.

Only what everybody may read is compared: a title or text that is held takes no part, so that nobody can find out by
guessing words what somebody else wrote. Cheap on purpose: the open cases of the units that would get the case, at most
a few hundred rows by the index of the work lists.
"""

import re
from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime, timedelta
from math import exp

from django.db.models import F
from rapidfuzz import fuzz

from melayani.cases.models import Case, CaseText
from melayani.cases.queries import ROW_COLUMNS, CaseRow, row_of
from melayani.cases.rules import OPEN_STAGES, Visibility
from melayani.cases.store import default_title, short_place
from melayani.government.queries import PlaceRow, place_row
from melayani.ground.geometry import distance_km

MOST_CANDIDATES = 300
MOST_SIMILAR = 3
# Older promises than this belong to another occasion, however near they are.
LONGEST_AGO = timedelta(days=120)
# Below this nobody would think of the same thing.
LEAST_SCORE = 0.55
# In a village the same lamp is a few hundred metres away; two kilometres on, it is another lamp.
NEAR_KM = 0.8
# So many letters of a place's code name its district: "35.07.13".
DISTRICT = 8

# How people shorten words in messages; both sides are written out before they are compared.
SHORT_FORMS = {
    "yg": "yang", "dgn": "dengan", "utk": "untuk", "sdh": "sudah", "udh": "sudah", "dah": "sudah", "blm": "belum",
    "tdk": "tidak", "gak": "tidak", "ga": "tidak", "nggak": "tidak", "ndak": "tidak", "jln": "jalan", "jl": "jalan",
    "dr": "dari", "dpn": "depan", "blkg": "belakang", "krn": "karena", "karna": "karena", "sm": "sama", "kpd": "kepada",
    "pd": "pada", "hr": "hari", "mgg": "minggu", "bln": "bulan", "thn": "tahun", "org": "orang", "kec": "kecamatan",
    "kab": "kabupaten", "ds": "desa", "dsn": "dusun", "kel": "kelurahan", "rmh": "rumah", "sklh": "sekolah",
    "pju": "lampu jalan", "lpju": "lampu jalan", "bgt": "sekali", "bngt": "sekali", "trs": "terus", "skrg": "sekarang",
    "sampe": "sampai", "mati": "padam", "bolong": "lubang", "berlubang": "lubang",
}  # fmt: skip
# Words that say nothing about the matter.
EMPTY_WORDS = frozenset({
    "yang", "dengan", "untuk", "sudah", "belum", "tidak", "dari", "karena", "sama", "kepada", "pada", "hari",
    "minggu", "bulan", "tahun", "orang", "di", "ke", "ini", "itu", "dan", "atau", "ada", "saya", "kami", "kita",
    "mohon", "tolong", "pak", "bu", "bapak", "ibu", "min", "admin", "terima", "kasih", "sekali", "segera", "lagi",
    "juga", "agar", "supaya", "desa", "kecamatan", "kabupaten", "kelurahan", "dusun", "sampai", "terus", "sekarang",
    "depan",
})  # fmt: skip
_WORD = re.compile(r"[a-z0-9]+")


@dataclass(frozen=True)
class Similar:
    """A case that is probably about the same, and how far away and how long ago, as far as it is known."""

    row: CaseRow
    score: float
    distance_km: float | None
    days_ago: int


def plain_words(text: str) -> str:
    """The words that carry the matter, written out, sorted and once each."""
    written = " ".join(SHORT_FORMS.get(word, word) for word in _WORD.findall(text.lower()))
    return " ".join(sorted({word for word in written.split() if word not in EMPTY_WORDS and len(word) > 1}))


def similar_cases(
    *,
    text: str,
    place: str,
    topic: str,
    unit_ids: Collection[int],
    at: datetime,
    point: tuple[float, float] | None = None,
    but: str = "",
) -> tuple[Similar, ...]:
    """The open public cases most likely about the same as `text` at `place`, the best first, at most three.

    `unit_ids`: who would get such a case, and its triage desk. `point`: latitude and longitude if known. `but`: the
    number of the case itself. Two statements.
    """
    found = (
        Case.objects.filter(
            unit_id__in=set(unit_ids), stage__in=OPEN_STAGES, visibility=Visibility.PUBLIC, due_at__gte=at - LONGEST_AGO
        )
        .exclude(number=but)
        .order_by("-due_at", "-id")
        .values_list(*ROW_COLUMNS)[:MOST_CANDIDATES]
    )
    here = place_row(place)
    near = [(row, *_nearness(row, here, point)) for row in map(row_of, found)]
    near = [(row, nearness, km) for row, nearness, km in near if nearness > 0 and _same_matter(row, topic)]
    texts = _released_texts([row.id for row, _, _ in near])
    words = plain_words(text)
    judged = [
        Similar(
            row=row,
            score=_score(row, nearness, words, texts.get(row.id, ""), topic=topic, at=at),
            distance_km=km,
            days_ago=(at - row.filed_at).days,
        )
        for row, nearness, km in near
    ]
    best = sorted(
        (one for one in judged if one.score >= LEAST_SCORE), key=lambda one: (-one.score, -one.row.filed_at.timestamp())
    )
    return tuple(best[:MOST_SIMILAR])


def _nearness(row: CaseRow, here: PlaceRow, point: tuple[float, float] | None) -> tuple[float, float | None]:
    """From 0 (elsewhere) to 1 (the same spot), and the distance in kilometres when both spots are known."""
    if point and row.latitude is not None and row.longitude is not None:
        km = distance_km(lat1=point[0], long1=point[1], lat2=row.latitude, long2=row.longitude)
        return (exp(-km / NEAR_KM) if km < 4 * NEAR_KM else 0.0), km
    if row.place_code == here.code:
        return 0.85, None
    district = here.code[:DISTRICT]
    if district in (row.place_code, here.code) and row.place_code[:DISTRICT] == district:
        return 0.6, None
    same_district = len(district) == DISTRICT and row.place_code.startswith(f"{district}.")
    return (0.45 if same_district else 0.0), None


def _same_matter(row: CaseRow, topic: str) -> bool:
    """Whether both are about one topic, as far as it is known."""
    return not topic or not row.topic or row.topic == topic


def _score(row: CaseRow, nearness: float, words: str, released: str, *, topic: str, at: datetime) -> float:
    """From 0 to 1: place first, then words where they may be read, then topic and time."""
    recent = exp(-max(0, (at - row.filed_at).days) / 45)
    same_topic = 1.0 if topic and topic == row.topic else 0.4
    shown = plain_words(f"{_spoken_title(row)} {released}")
    if not shown or not words:
        return 0.6 * nearness + 0.25 * same_topic + 0.15 * recent
    alike = fuzz.token_set_ratio(words, shown) / 100
    return 0.4 * nearness + 0.2 * same_topic + 0.1 * recent + 0.3 * alike


def _spoken_title(row: CaseRow) -> str:
    """The title when an officer released one; topic and place alone say nothing more than the columns do."""
    own = default_title(topic_name=row.topic_name, place=short_place(place_row(row.place_code)))
    return "" if row.title == own else row.title


def _released_texts(case_ids: list[int]) -> dict[int, str]:
    """The released story of each case that has one."""
    if not case_ids:
        return {}
    told = CaseText.objects.filter(event__case_id__in=case_ids, event__sequence=0, released__isnull=False)
    return dict(told.values_list(F("event__case_id"), "released"))
