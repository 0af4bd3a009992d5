# SPDX-License-Identifier: EUPL-1.2
"""What a routing rule can be made of, as choices in words, and a rule said in words.

`about` is "topic" or "topic/service"; `target` is "LEVEL/sector", or "rujuk/body" for a body to refer to.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from django.utils.translation import gettext

from melayani.catalogue.queries import known_offices, services, topics
from melayani.catalogue.rules import Level
from melayani.desk.change_words import fact_words
from melayani.government.queries import place_row, referral_bodies, regions, units
from melayani.government.rules import PROVINCE
from melayani.triage.rules import Rule

Choice = tuple[str, str]
Groups = tuple[tuple[str, tuple[Choice, ...]], ...]
REFER = "rujuk"


@dataclass(frozen=True)
class SaidRule:
    """A rule in words: what it is about, where, and to whom the case goes."""

    about: str
    where: str
    target: str


def abouts() -> Groups:
    """Every topic with its services below it; closed ones too, because rules may be prepared."""
    groups = []
    for topic in topics(also_unused=True):
        whole = (topic.code, gettext("Semua tentang %(topic)s") % {"topic": topic.name})
        below = tuple((f"{topic.code}/{row.code}", row.name) for row in services(topic.code, also_closed=True))
        groups.append((topic.name, (whole, *below)))
    return tuple(groups)


def targets(*, provincial: bool) -> Groups:
    """Offices of the regency or city, of the province (for who may), and bodies to refer to."""
    offices = sorted(known_offices())
    local = tuple(
        (f"{level}/{sector}", office_name(level, sector)) for level, sector in offices if level == Level.DAERAH
    )
    own = tuple((f"{level}/{sector}", office_name(level, sector)) for level, sector in offices if level != Level.DAERAH)
    bodies = tuple((f"{REFER}/{body.code}", body.name) for body in referral_bodies())
    groups = [
        (gettext("Unit di kabupaten atau kota tempat kejadian"), local),
        (gettext("Unit provinsi"), own if provincial else ()),
        (gettext("Lembaga rujukan, lewat meja triase"), bodies),
    ]
    return tuple((name, choices) for name, choices in groups if choices)


def office_name(level: str, sector: str) -> str:
    """The name of the office; of a local one without the name of its region ("Dinas Perhubungan")."""
    wanted = [
        unit for unit in units() if unit.sector == sector and (unit.region_code == PROVINCE) == (level != "DAERAH")
    ]
    if not wanted:
        return sector
    first = wanted[0]
    if level != Level.DAERAH:
        return first.name
    return " ".join(first.name.replace(place_row(first.region_code).full_name, "").split()) or first.name


def places(own: Iterable[str]) -> tuple[Choice, ...]:
    """The regions a rule may be for, as suggestions: (code, name)."""
    codes = set(own)
    rows = regions() if PROVINCE in codes else [place_row(code) for code in sorted(codes)]
    return tuple((row.code, row.full_name) for row in rows)


def parts(data: Mapping[str, Any]) -> dict[str, Any]:
    """What a form says, as the acts take it."""
    topic, _, service = str(data["about"]).partition("/")
    level, _, name = str(data["target"]).partition("/")
    refers = level == REFER
    return {
        "topic": topic,
        "service": service,
        "place_prefix": str(data["place"]).strip(),
        "level": "" if refers else level,
        "sector": "" if refers else name,
        "refer_to": name if refers else "",
        "reason": str(data["why"]),
        "source": str(data["source"]),
        "confidence": str(data["confidence"]),
    }


def about_of(rule: Rule) -> str:
    """The rule's subject as the value of a choice."""
    return f"{rule.topic}/{rule.service}" if rule.service else rule.topic


def target_of(rule: Rule) -> str:
    """The rule's target as the value of a choice."""
    return f"{REFER}/{rule.refer_to}" if rule.refer_to else f"{rule.level}/{rule.sector}"


def said(rule: Rule) -> SaidRule:
    """The rule in words."""
    topic = fact_words("topic", rule.topic)[1]
    service = fact_words("service", rule.service)[1]
    where = fact_words("place", rule.place_prefix)[1] or gettext("di mana saja")
    if rule.refer_to:
        target = gettext("meja triase, dengan usulan rujuk ke %(body)s") % {
            "body": fact_words("refer_to", rule.refer_to)[1]
        }
    else:
        office = office_name(rule.level, rule.sector)
        target = office if rule.level == Level.PROVINSI else gettext("%(office)s setempat") % {"office": office}
    return SaidRule(about=f"{topic}: {service}" if service else topic, where=where, target=target)
