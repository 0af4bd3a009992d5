# SPDX-License-Identifier: EUPL-1.2
"""Writes of triage: loading the routing rules that come with the program, and changing a rule.

A rule is never edited: a change is a new version, and the old one stays for explanation. `by` is the username of an
administrator of the province, or "system"; anybody else is refused (`NotAdministrator`).
"""

from dataclasses import replace
from datetime import datetime
from pathlib import Path

from django.db import transaction
from django.db.models import Max

from melayani.catalogue.models import Service
from melayani.catalogue.queries import known_offices, services, topics
from melayani.catalogue.toml_rows import PackagedRow, packaged_rows
from melayani.government.actions import check_administrator, record_administration
from melayani.government.models import ReferralBody
from melayani.government.queries import place_row
from melayani.government.rules import PROVINCE, Confidence, PlaceRefused
from melayani.ground.memo import forget_all
from melayani.ground.plain_text import check_length, plain_line
from melayani.triage.models import RoutingRule
from melayani.triage.queries import rule_of
from melayani.triage.rules import Known, Rule, RuleRefused, rule_problem

DATA = Path(__file__).parent / "data" / "routing_rules.toml"


def load_routing_rules(*, path: Path = DATA) -> int:
    """Every packaged rule is there; answers how many are new (0 the second time).

    A code that is there in any version stays as it is, so an administrator's change is never undone. Needs the
    catalogue and the government. Raises `PackagedRefused` with file, row and why; then nothing was written.
    """
    known = known_names()
    read = [_packaged_rule(row, known=known) for row in packaged_rows(path, "rule")]
    ids = {row.code: row.id for row in services(also_closed=True)}
    with transaction.atomic():
        stored = set(RoutingRule.objects.values_list("code", flat=True))
        missing = [
            _row(rule, service_id=ids.get(rule.service), source=source, confidence=confidence)
            for rule, source, confidence in read
            if rule.code not in stored
        ]
        RoutingRule.objects.bulk_create(missing)
    forget_all()
    return len(missing)


def known_names() -> Known:
    """What a rule may name now: what the catalogue and the government hold."""
    return Known(
        topics=frozenset(row.code for row in topics(also_unused=True)),
        service_topics={row.code: row.topic for row in services(also_closed=True)},
        offices=known_offices(),
        bodies=frozenset(ReferralBody.objects.values_list("code", flat=True)),
        is_place=_is_place,
    )


def change_rule(
    *,
    code: str,
    topic: str,
    service: str,
    place_prefix: str,
    level: str,
    sector: str,
    refer_to: str,
    reason: str,
    source: str,
    confidence: str,
    by: str,
    at: datetime,
) -> RoutingRule:
    """The rule `code` has a new version in force with these contents; the version before is kept and out of force.

    Empty strings = not said. Cases that were routed already stay where they are.
    Raises `RuleRefused` (unknown code, nothing changed, or it names something that does not exist) or `TextRefused`
    (no reason); then nothing was written.
    """
    reason, source = plain_line(reason), plain_line(source)
    check_length(reason, most=300, name="Alasan")
    check_length(source, most=200, least=0, name="Sumber")
    if confidence not in tuple(Confidence):
        raise RuleRefused("confidence_unknown", "Pilih tingkat keyakinan A, B, atau C.")
    said = Rule(
        code=code,
        version=0,
        topic=topic,
        service=service,
        place_prefix=place_prefix,
        level=level,
        sector=sector,
        refer_to=refer_to,
        reason=reason,
    )
    problem = rule_problem(rule=said, known=known_names())
    if problem:
        raise RuleRefused("rule_wrong", f"Aturan ini belum bisa dipakai: {problem}")
    with transaction.atomic():
        check_administrator(by, region_code=PROVINCE)
        rule = _new_version(said, source=source, confidence=confidence)
        record_administration(
            kind="triage.rule_changed",
            event={
                "rule": code,
                "version": rule.version,
                "topic": topic,
                "service": service,
                "place": place_prefix,
                "level": level,
                "sector": sector,
                "refer_to": refer_to,
            },
            by=by,
            at=at,
        )
    forget_all()
    return rule


def _new_version(said: Rule, *, source: str, confidence: str) -> RoutingRule:
    """Stores `said` as the next version of its code and takes the present one out of force.

    The oldest version, which never changes, is the lock of a code: who waits for it then sees what was committed.
    """
    RoutingRule.objects.select_for_update().filter(code=said.code).order_by("version").first()
    present = RoutingRule.objects.select_related("service").filter(code=said.code, active=True).first()
    if present is None:
        raise RuleRefused("rule_unknown", "Aturan dengan kode ini tidak ada.")
    same = replace(rule_of(present), version=0) == said
    if same and (present.source, present.confidence) == (source, confidence):
        raise RuleRefused("rule_same", "Aturan ini sudah seperti itu. Tidak ada yang diubah.")
    newest = RoutingRule.objects.filter(code=said.code).aggregate(newest=Max("version"))["newest"]
    present.active = False
    present.save(update_fields=["active"])
    service_id = Service.objects.values_list("id", flat=True).get(code=said.service) if said.service else None
    rule = _row(replace(said, version=newest + 1), service_id=service_id, source=source, confidence=confidence)
    rule.save(force_insert=True)
    return rule


def _row(rule: Rule, *, service_id: int | None, source: str, confidence: str) -> RoutingRule:
    return RoutingRule(
        code=rule.code,
        version=rule.version,
        active=True,
        topic_id=rule.topic,
        service_id=service_id,
        place_prefix=rule.place_prefix,
        level=rule.level,
        sector=rule.sector,
        refer_to_id=rule.refer_to or None,
        reason=rule.reason,
        source=source,
        confidence=confidence,
    )


def _packaged_rule(row: PackagedRow, *, known: Known) -> tuple[Rule, str, str]:
    """The rule of a packaged row with its source and confidence."""
    rule = Rule(
        code=row.text("code", most=20),
        version=row.whole("version", least=1, most=10_000),
        topic=row.text("topic", most=40),
        service=row.text("service", most=20, least=0),
        place_prefix=row.text("place_prefix", most=13, least=0),
        level=row.text("level", most=10, least=0),
        sector=row.text("sector", most=40, least=0),
        refer_to=row.text("refer_to", most=40, least=0),
        reason=row.text("reason", most=300),
    )
    problem = rule_problem(rule=rule, known=known)
    if problem:
        raise row.refusal(problem)
    return rule, row.text("source", most=200, least=0), row.member("confidence", Confidence)


def _is_place(code: str) -> bool:
    try:
        place_row(code)
    except PlaceRefused:
        return False
    return True
