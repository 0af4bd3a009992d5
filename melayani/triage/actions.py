# SPDX-License-Identifier: EUPL-1.2
"""Writes of triage: loading the routing rules that come with the program, adding, changing and retiring rules.

A rule is never edited: a change is a new version, and the old one stays for explanation. `by` is the username of an
administrator, or "system". An administrator of a regency or city has the rules for places there that lead to its own
offices or to referral bodies; all others are the province's (`rules.region_of_rule`).
"""

from dataclasses import replace
from datetime import datetime
from pathlib import Path

from django.db import transaction
from django.db.models import Max

from melayani.catalogue.models import Service
from melayani.catalogue.queries import known_offices, services, topics
from melayani.catalogue.toml_rows import PackagedRow, packaged_rows
from melayani.government.administration import (
    MeanwhileRefused,
    administration,
    check_administrator,
    checked_reason,
    record_administration,
)
from melayani.government.models import ReferralBody
from melayani.government.queries import place_row
from melayani.government.rules import Confidence, PlaceRefused
from melayani.ground.memo import forget_all
from melayani.ground.plain_text import check_length, plain_line
from melayani.triage.models import RoutingRule
from melayani.triage.queries import rule_of, rules_in_force
from melayani.triage.registers import rule_facts
from melayani.triage.rules import Known, Rule, RuleRefused, next_code, region_of_rule, rule_problem, same_scope

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


def rule_as_said(
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
    because: str,
    by: str,
) -> Rule:
    """The rule with these contents, as the acts would keep it; nothing is written.

    Raises what `add_rule` and `change_rule` would: `TextRefused`, `RuleRefused` when it names something that does not
    exist, `NotAdministrator` when such a rule is not for `by` to make.
    """
    checked_reason(because)
    said = Rule(
        code=code,
        version=0,
        topic=topic,
        service=service,
        place_prefix=place_prefix,
        level=level,
        sector=sector,
        refer_to=refer_to,
        reason=plain_line(reason),
    )
    check_length(said.reason, most=300, name="Penjelasan")
    check_length(plain_line(source), most=200, least=0, name="Sumber")
    if confidence not in tuple(Confidence):
        raise RuleRefused("confidence_unknown", "Pilih tingkat keyakinan A, B, atau C.")
    problem = rule_problem(rule=said, known=known_names())
    if problem:
        raise RuleRefused("rule_wrong", "Aturan ini belum bisa dipakai: %(problem)s", problem=problem)
    check_administrator(by, region_code=region_of_rule(said))
    return said


def add_rule(
    *,
    topic: str,
    service: str,
    place_prefix: str,
    level: str,
    sector: str,
    refer_to: str,
    reason: str,
    source: str,
    confidence: str,
    because: str,
    by: str,
    at: datetime,
) -> RoutingRule:
    """A rule with these contents is in force, under the next free code, as its version 1.

    Empty strings = not said. `reason` is what citizens read, `because` why the rule is made. Cases that were routed
    already stay where they are. Raises `RuleRefused` (it names something that does not exist, or a rule in force says
    exactly what it is about), `TextRefused` or `NotAdministrator`; then nothing was written.
    """
    said = rule_as_said(
        code="",
        topic=topic,
        service=service,
        place_prefix=place_prefix,
        level=level,
        sector=sector,
        refer_to=refer_to,
        reason=reason,
        source=source,
        confidence=confidence,
        because=because,
        by=by,
    )
    because, source = plain_line(because), plain_line(source)
    with administration():
        _check_alone(said)
        code = next_code(RoutingRule.objects.values_list("code", flat=True).distinct())
        rule = _row(
            replace(said, code=code, version=1), service_id=_service_id(said), source=source, confidence=confidence
        )
        rule.save(force_insert=True)
        record_administration(
            kind="triage.rule_added",
            event={"rule": code, "version": 1},
            by=by,
            at=at,
            reason=because,
            after=rule_facts(rule, service=service),
        )
    forget_all()
    return rule


def _check_alone(said: Rule) -> None:
    """Raises `RuleRefused` when another rule in force is for the same topic, service and place: chance would decide."""
    there = same_scope(rule=said, rules=rules_in_force())
    if there is not None:
        raise RuleRefused("rule_double", "Sudah ada aturan untuk topik, layanan, dan tempat ini. Ubah aturan itu.")


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
    because: str,
    by: str,
    at: datetime,
    seen: int | None = None,
) -> RoutingRule:
    """The rule `code` has a new version in force with these contents; the version before is kept and out of force.

    Empty strings = not said. `reason` is what citizens read, `because` why the rule is changed; `seen` is the version
    that was shown. Cases that were routed already stay where they are. Raises `RuleRefused` (unknown code, nothing
    changed, or it names something that does not exist), `MeanwhileRefused`, `TextRefused` or `NotAdministrator`; then
    nothing was written.
    """
    said = rule_as_said(
        code=code,
        topic=topic,
        service=service,
        place_prefix=place_prefix,
        level=level,
        sector=sector,
        refer_to=refer_to,
        reason=reason,
        source=source,
        confidence=confidence,
        because=because,
        by=by,
    )
    because, source = plain_line(because), plain_line(source)
    with administration():
        present = _present_version(code, by=by, seen=seen)
        _check_alone(said)
        before = rule_facts(present, service=rule_of(present).service)
        rule = _new_version(said, present=present, source=source, confidence=confidence)
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
            reason=because,
            before=before,
            after=rule_facts(rule, service=service),
        )
    forget_all()
    return rule


def retire_rule(*, code: str, because: str, by: str, at: datetime, seen: int | None = None) -> RoutingRule:
    """The rule is no longer in force; its versions stay for explanation. Cases stay where they are.

    Raises `RuleRefused` (unknown code or retired already), `MeanwhileRefused`, `TextRefused` or `NotAdministrator`.
    """
    because = checked_reason(because)
    with administration():
        present = _present_version(code, by=by, seen=seen)
        present.active = False
        present.save(update_fields=["active"])
        record_administration(
            kind="triage.rule_retired",
            event={"rule": present.code, "version": present.version},
            by=by,
            at=at,
            reason=because,
            before={"active": True},
            after={"active": False},
        )
    forget_all()
    return present


def _present_version(code: str, *, by: str, seen: int | None) -> RoutingRule:
    """The version in force, locked; refused unless `by` may change it and it is still the one that was seen.

    The oldest version, which never changes, is the lock of a code: who waits for it then sees what was committed.
    """
    RoutingRule.objects.select_for_update().filter(code=code).order_by("version").first()
    present = RoutingRule.objects.select_related("service").filter(code=code, active=True).first()
    if present is None:
        raise RuleRefused("rule_unknown", "Aturan dengan kode ini tidak ada atau sudah dihentikan.")
    check_administrator(by, region_code=region_of_rule(rule_of(present)))
    if seen is not None and seen != present.version:
        raise MeanwhileRefused("changed_meanwhile", "Data ini baru saja diubah orang lain. Bandingkan dahulu.")
    return present


def _new_version(said: Rule, *, present: RoutingRule, source: str, confidence: str) -> RoutingRule:
    """Stores `said` as the next version of its code and takes the present one out of force."""
    same = replace(rule_of(present), version=0) == said
    if same and (present.source, present.confidence) == (source, confidence):
        raise RuleRefused("rule_same", "Aturan ini sudah seperti itu. Tidak ada yang diubah.")
    newest = RoutingRule.objects.filter(code=said.code).aggregate(newest=Max("version"))["newest"]
    present.active = False
    present.save(update_fields=["active"])
    rule = _row(replace(said, version=newest + 1), service_id=_service_id(said), source=source, confidence=confidence)
    rule.save(force_insert=True)
    return rule


def _service_id(rule: Rule) -> int | None:
    return Service.objects.values_list("id", flat=True).get(code=rule.service) if rule.service else None


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
