# SPDX-License-Identifier: EUPL-1.2
"""Writes of the calendar: facts about days, and the decree a year rests on. Every act is recorded with its reason."""

from datetime import date as Date  # noqa: N812  # `date` is the name of an argument that faces pass
from datetime import datetime

from django.db.models import Max

from melayani.government.administration import (
    Facts,
    acting,
    administration,
    check_administrator,
    check_news,
    check_seen,
    checked_reason,
    record_administration,
)
from melayani.government.models import CalendarYear, FreeDay, Place
from melayani.government.rules import PROVINCE, Confidence, FreeDayKind, FreeDayRefused, PlaceLevel, PlaceRefused
from melayani.ground.memo import forget_all
from melayani.ground.plain_text import check_length, plain_line
from melayani.ground.working_days import weekend_reason

FIRST_YEAR, LAST_YEAR = 2000, 2100


def set_free_day(*, date: Date, kind: str, name: str, region_code: str, reason: str, by: str, at: datetime) -> FreeDay:
    """A new version of the calendar says this about the day; `region_code` empty = everywhere.

    National days and cuti bersama hold everywhere, local ones in a region, and WORKING takes back an earlier fact of
    the same region. Promises given are not touched here: moving them is an act on each case, and never shortens one.
    Refusals: `FreeDayRefused`, `PlaceRefused`, `text_...` for name and reason, `NotAdministrator`.
    """
    name, reason = plain_line(name), plain_line(reason)
    check_length(name, most=120, name="Nama hari", least=0 if kind == FreeDayKind.WORKING else 1)
    check_length(reason, most=300, name="Alasan", least=3)
    _check_kind(kind=kind, region_code=region_code, date=date)
    with administration():
        check_administrator(by, region_code=region_code or PROVINCE)
        if region_code and not _is_region(region_code):
            raise PlaceRefused("place_unknown", "Wilayah ini tidak dikenal. Pilih provinsi, kabupaten, atau kota.")
        before = _newest_fact(date=date, region_code=region_code)
        _check_says_news(before, kind=kind, name=name)
        version = (FreeDay.objects.aggregate(highest=Max("version"))["highest"] or 0) + 1
        day = FreeDay.objects.create(
            date=date,
            region_id=region_code or None,
            kind=kind,
            name=name,
            version=version,
            reason=reason,
            recorded_by=acting(by),
            recorded_at=at,
        )
        record_administration(
            kind="calendar.day_set",
            event={"date": date.isoformat(), "kind": kind, "region": region_code, "version": version},
            by=by,
            at=at,
            reason=reason,
            before=before,
            after={"kind": kind, "name": name},
        )
    forget_all()
    return day


def _is_region(code: str) -> bool:
    return Place.objects.filter(code=code, level__in=(PlaceLevel.PROVINSI, PlaceLevel.KABKOTA)).exists()


def _check_kind(*, kind: str, region_code: str, date: Date) -> None:
    """Raises `FreeDayRefused` when kind, region and day contradict each other."""
    if kind not in {member.value for member in FreeDayKind}:
        raise FreeDayRefused("day_kind", "Jenis hari tidak dikenal. Pilih dari daftar.")
    if kind == FreeDayKind.LOCAL and not region_code:
        raise FreeDayRefused("day_region", "Hari libur daerah harus menyebut wilayahnya.")
    if kind in (FreeDayKind.NATIONAL, FreeDayKind.CUTI_BERSAMA) and region_code:
        raise FreeDayRefused("day_region", "Libur nasional dan cuti bersama berlaku di semua wilayah.")
    if kind == FreeDayKind.WORKING and weekend_reason(date):
        raise FreeDayRefused("day_weekend", "Sabtu dan Minggu tidak dapat dijadikan hari kerja.")


def _newest_fact(*, date: Date, region_code: str) -> Facts:
    """Kind and name of the newest fact about the day and region; nothing when there is none."""
    facts = FreeDay.objects.filter(date=date, region_id=region_code or None)
    newest = facts.order_by("-version").values_list("kind", "name").first()
    return {} if newest is None else {"kind": newest[0], "name": newest[1]}


def _check_says_news(newest: Facts, *, kind: str, name: str) -> None:
    """Raises `FreeDayRefused` when the newest fact about the day and region says the same already."""
    was_free = bool(newest) and newest["kind"] != FreeDayKind.WORKING
    if kind == FreeDayKind.WORKING and not was_free:
        raise FreeDayRefused("day_unchanged", "Hari ini memang hari kerja di wilayah itu.")
    if newest == {"kind": kind, "name": name}:
        raise FreeDayRefused("day_unchanged", "Hari ini sudah tercatat seperti itu.")


def set_calendar_year(
    *, year: int, decree: str, source: str, confidence: str, reason: str, by: str, at: datetime, seen: str = ""
) -> CalendarYear:
    """The year rests on this decree and is no longer provisional. Only the province may: decrees hold everywhere.

    Refusals: `year_range`, `confidence_unknown`, `unchanged`, `changed_meanwhile`, `text_...`, `NotAdministrator`.
    """
    decree, source, reason = plain_line(decree), plain_line(source), checked_reason(reason)
    check_length(decree, most=200, name="Keputusan")
    check_length(source, most=200, least=0, name="Sumber")
    if not FIRST_YEAR <= year <= LAST_YEAR:
        raise FreeDayRefused("year_range", "Tahun ini di luar kalender.")
    if confidence not in tuple(Confidence):
        raise FreeDayRefused("confidence_unknown", "Pilih tingkat keyakinan A, B, atau C.")
    with administration():
        check_administrator(by, region_code=PROVINCE)
        known = CalendarYear.objects.filter(year=year).first() or CalendarYear(year=year, provisional=True)
        before = year_facts(known)
        check_seen(seen, before)
        known.decree, known.source, known.confidence, known.provisional = decree, source, confidence, False
        after = year_facts(known)
        check_news(before, after)
        known.save()
        record_administration(
            kind="calendar.year_set", event={"year": year}, by=by, at=at, reason=reason, before=before, after=after
        )
    forget_all()
    return known


def year_facts(year: CalendarYear) -> Facts:
    """What an administrator can change about a year."""
    return {
        "decree": year.decree,
        "source": year.source,
        "confidence": year.confidence,
        "provisional": year.provisional,
    }
