# SPDX-License-Identifier: EUPL-1.2
"""Routing rules as administrators read them, with every version. Nothing here is remembered: who changed something sees
it at once, whichever process answers."""

from dataclasses import dataclass

from django.db.models import Max, Q, QuerySet

from melayani.government.administration import Facts
from melayani.government.rules import Confidence
from melayani.ground.plain_text import plain_line
from melayani.triage.models import RoutingRule
from melayani.triage.queries import rule_of
from melayani.triage.rules import Rule

MOST_SEARCH = 80


@dataclass(frozen=True)
class RuleRecord:
    """A version of a rule as it is kept."""

    rule: Rule
    source: str
    confidence: str
    active: bool


def rule_facts(row: RoutingRule, *, service: str) -> Facts:
    """What a version says, as an act records it; `service` is the code of its service, or empty."""
    return {
        "topic": row.topic_id,
        "service": service,
        "place": row.place_prefix,
        "level": row.level,
        "sector": row.sector,
        "refer_to": row.refer_to_id or "",
        "why": row.reason,
        "source": row.source,
        "confidence": row.confidence,
    }


def rule_register(
    *, topic: str = "", region: str = "", words: str = "", confidence: str = "", retired: bool = False
) -> tuple[RuleRecord, ...]:
    """The rules in force, by topic and code: of a topic, touching a region, with all `words` in code, reason, field or
    service. With `retired` instead the last versions of those no longer in force. One query."""
    rows = _retired() if retired else RoutingRule.objects.filter(active=True)
    if topic:
        rows = rows.filter(topic_id=plain_line(topic))
    if confidence:
        rows = rows.filter(confidence=plain_line(confidence))
    if region:
        # Rules for everywhere touch every region.
        code = plain_line(region)
        rows = rows.filter(Q(place_prefix="") | Q(place_prefix=code) | Q(place_prefix__startswith=f"{code}."))
    for word in plain_line(words)[:MOST_SEARCH].split():
        rows = rows.filter(
            Q(code__icontains=word)
            | Q(reason__icontains=word)
            | Q(sector__icontains=word)
            | Q(service__name__icontains=word)
        )
    return tuple(map(_record, rows.select_related("service").order_by("topic__order", "topic__name", "code")))


def _retired() -> QuerySet[RoutingRule]:
    active = RoutingRule.objects.filter(active=True).values("code")
    newest = RoutingRule.objects.exclude(code__in=active).values("code").annotate(last=Max("version"))
    chosen = Q(pk__in=())
    for code, last in newest.values_list("code", "last"):
        chosen |= Q(code=code, version=last)
    return RoutingRule.objects.filter(chosen)


def rule_versions(code: str) -> tuple[RuleRecord, ...]:
    """Every version of the rule, the newest first; empty for an unknown code. One query."""
    rows = RoutingRule.objects.filter(code=plain_line(code)).select_related("service").order_by("-version")
    return tuple(map(_record, rows))


def unsure_rules() -> int:
    """How many rules in force rest on memory only. One query."""
    return RoutingRule.objects.filter(active=True, confidence=Confidence.C).count()


def _record(row: RoutingRule) -> RuleRecord:
    return RuleRecord(rule=rule_of(row), source=row.source, confidence=row.confidence, active=row.active)
