# SPDX-License-Identifier: EUPL-1.2
"""Routing rules, for administrators: find one, see its versions, add, change and retire, each after a look at the past.

A rule is never saved unseen: the form leads to a page that says which cases of the last month would have gone
elsewhere, and only from there it is kept. Cases that are filed stay where they are.
"""

from collections.abc import Mapping
from typing import Any

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext

from melayani.catalogue.queries import topics
from melayani.desk import rule_choices
from melayani.desk.access import Visit
from melayani.desk.administering import Trouble, administers, chosen, denied, meanwhile, seen_mark, tried, typed_or
from melayani.desk.administration_forms import RetireRuleForm, RuleForm
from melayani.desk.change_words import CONFIDENCES, told
from melayani.desk.foresight import foreseen, foreseen_without
from melayani.desk.rights import administered_regions
from melayani.government.queries import regions
from melayani.government.registers import acts
from melayani.government.rules import PROVINCE, Confidence
from melayani.triage.actions import add_rule, change_rule, retire_rule, rule_as_said
from melayani.triage.registers import RuleRecord, rule_register, rule_versions
from melayani.triage.rules import Rule, region_of_rule

FIELDS = {
    "Alasan": "reason",
    "Penjelasan": "why",
    "Sumber": "source",
    "confidence_unknown": "confidence",
    "rule_wrong": "about",
}


def page(request: HttpRequest, visit: Visit) -> HttpResponse:
    """The rules in force that fit the filters, by topic; or those that were retired."""
    words, retired = request.GET.get("cari", ""), request.GET.get("keadaan") == "dihentikan"
    names = {row.code: row.name for row in topics(also_unused=True)}
    topic = chosen(request, "topik", list(names))
    region = chosen(request, "wilayah", [row.code for row in regions()])
    confidence = chosen(request, "keyakinan", list(CONFIDENCES))
    groups: dict[str, list[tuple[RuleRecord, rule_choices.SaidRule]]] = {}
    found = rule_register(topic=topic, region=region, words=words, confidence=confidence, retired=retired)
    for record in found:
        said = rule_choices.said(record.rule)
        groups.setdefault(names.get(record.rule.topic, record.rule.topic), []).append((record, said))
    context = {
        "visit": visit,
        "groups": groups.items(),
        "count": len(found),
        "words": words,
        "topic": topic,
        "topics": names.items(),
        "region": region,
        "regions": regions(),
        "confidence": confidence,
        "confidences": CONFIDENCES.items(),
        "retired": retired,
    }
    return render(request, "desk/routing_rules.html", context)


def record(request: HttpRequest, visit: Visit, *, rule: str) -> HttpResponse:
    """The rule with all its versions and a form for the next one."""
    versions = _versions_or_404(rule)
    present = next((version for version in versions if version.active), None)
    if request.method == "POST":
        if present is None or not administers(visit, region_of_rule(present.rule)):
            return denied(request, visit)
        return _next_step(request, visit, present)
    return _shown(request, visit, versions)


def new(request: HttpRequest, visit: Visit) -> HttpResponse:
    """A form for a new rule; `dari` begins with what another one says."""
    if request.method == "POST":
        return _next_step(request, visit, None)
    begin = request.GET.get("dari", "")
    like = next(iter(rule_versions(begin)), None) if begin else None
    return _form(request, visit, None, None, kept=_kept(like) if like else _fresh(visit))


def _shown(request: HttpRequest, visit: Visit, versions: tuple[RuleRecord, ...]) -> HttpResponse:
    newest = versions[0]
    about = f"rule:{newest.rule.code}"
    context = {
        "visit": visit,
        "rule": newest,
        "said": rule_choices.said(newest.rule),
        "confidence": CONFIDENCES[newest.confidence],
        "all_versions": [(version, rule_choices.said(version.rule)) for version in versions],
        "may": newest.active and administers(visit, region_of_rule(newest.rule)),
        "changes": told(acts(about=about, limit=10).rows, at=visit.at, regions=administered_regions(visit.actor)),
        **_choices(visit),
        "typed": {**_kept(newest), "reason": ""},
        "seen": newest.rule.version,
    }
    return render(request, "desk/rule_record.html", context)


def _next_step(request: HttpRequest, visit: Visit, present: RuleRecord | None) -> HttpResponse:
    """From the form to the look at the past, from there to the saved rule or back to the form."""
    form = RuleForm(request.POST)
    step = request.POST.get("step", "")
    if step == "edit":
        return _form(request, visit, present, None, kept=request.POST)
    checked: list[Rule] = []

    def check(data: Mapping[str, Any]) -> None:
        code = present.rule.code if present else ""
        checked.append(rule_as_said(code=code, because=data["reason"], by=visit.actor.code, **rule_choices.parts(data)))

    trouble = tried(form, check, fields=FIELDS, otherwise="about")
    if trouble is None and step != "save":
        return _foresight(request, visit, present, checked[0])
    if trouble is None:
        kept: list[str] = []
        trouble = tried(form, lambda data: kept.append(_keep(visit, present, data)), fields=FIELDS, otherwise="about")
        if trouble is None:
            messages.success(
                request, gettext("Aturan disimpan. Kasus baru mengikutinya; kasus lama tetap di tempatnya.")
            )
            return redirect("desk:rule-record", rule=kept[0])
    return _form(request, visit, present, trouble, kept=request.POST)


def _keep(visit: Visit, present: RuleRecord | None, data: Mapping[str, Any]) -> str:
    """The rule is in force; answers its code."""
    who: dict[str, Any] = {"because": data["reason"], "by": visit.actor.code, "at": visit.at}
    if present is None:
        return add_rule(**rule_choices.parts(data), **who).code
    return change_rule(code=present.rule.code, **rule_choices.parts(data), **who, seen=data["seen"] or 0).code


def _foresight(request: HttpRequest, visit: Visit, present: RuleRecord | None, rule: Rule) -> HttpResponse:
    context = {
        "visit": visit,
        "rule": present,
        "said": rule_choices.said(rule),
        "before": rule_choices.said(present.rule) if present else None,
        "typed": request.POST,
        "foresight": foreseen(rule=rule, present=present.rule if present else None, at=visit.at),
        "fields": _carried(request),
    }
    return render(request, "desk/rule_foresight.html", context)


def _carried(request: HttpRequest) -> list[tuple[str, str]]:
    """What the form said, to be carried through the look at the past."""
    names = ("about", "place", "target", "why", "source", "confidence", "reason", "seen")
    return [(name, request.POST.get(name, "")) for name in names]


def _form(
    request: HttpRequest,
    visit: Visit,
    present: RuleRecord | None,
    trouble: Trouble | None,
    *,
    kept: Mapping[str, object],
) -> HttpResponse:
    """The form alone, with what was typed. When somebody else was faster, beside what holds now."""
    if present is not None and trouble is not None and trouble.meanwhile:
        present = _versions_or_404(present.rule.code)[0]
    compared = None
    if present is not None:
        compared = meanwhile(
            visit, trouble, about=f"rule:{present.rule.code}", stored=_facts(present), typed=_typed_facts(request)
        )
    context = {
        "visit": visit,
        "rule": present,
        "trouble": trouble,
        "typed": typed_or(request, trouble, kept),
        "seen": seen_mark(request, trouble, present.rule.version) if present else "",
        "meanwhile": compared,
        **_choices(visit),
    }
    return render(request, "desk/rule_form.html", context, status=trouble.status if trouble else 200)


def _choices(visit: Visit) -> dict[str, object]:
    own = administered_regions(visit.actor)
    return {
        "abouts": rule_choices.abouts(),
        "targets": rule_choices.targets(provincial=PROVINCE in own),
        "places": rule_choices.places(own),
        "confidences": CONFIDENCES.items(),
        "everywhere": PROVINCE in own,
    }


def _kept(record: RuleRecord) -> dict[str, object]:
    """What the form shows of a rule."""
    return {
        "about": rule_choices.about_of(record.rule),
        "place": record.rule.place_prefix,
        "target": rule_choices.target_of(record.rule),
        "why": record.rule.reason,
        "source": record.source,
        "confidence": record.confidence,
    }


def _fresh(visit: Visit) -> dict[str, object]:
    """An empty form; who administers one region begins with it."""
    own = administered_regions(visit.actor)
    return {"confidence": Confidence.B, "place": "" if PROVINCE in own else min(own, default="")}


def _facts(record: RuleRecord) -> dict[str, object]:
    rule = record.rule
    return {
        "topic": rule.topic,
        "service": rule.service,
        "place": rule.place_prefix,
        "level": rule.level,
        "sector": rule.sector,
        "refer_to": rule.refer_to,
        "why": rule.reason,
        "source": record.source,
        "confidence": record.confidence,
    }


def _typed_facts(request: HttpRequest) -> dict[str, object]:
    names = ("about", "place", "target", "why", "source", "confidence")
    said = rule_choices.parts({name: request.POST.get(name, "") for name in names})
    return {**said, "place": said["place_prefix"], "why": said["reason"]}


def retire(request: HttpRequest, visit: Visit, *, rule: str) -> HttpResponse:
    """Says which cases would have gone elsewhere without the rule, and asks; then it is no longer in force."""
    present = _versions_or_404(rule)[0]
    if not administers(visit, region_of_rule(present.rule)):
        return denied(request, visit)
    if not present.active:
        return redirect("desk:rule-record", rule=present.rule.code)
    trouble = None
    if request.method == "POST":

        def stop(data: Mapping[str, Any]) -> None:
            retire_rule(
                code=present.rule.code,
                because=data["reason"],
                seen=data["seen"],
                by=visit.actor.code,
                at=visit.at,
            )

        trouble = tried(RetireRuleForm(request.POST), stop, fields={"Alasan": "reason"}, otherwise="reason")
        if trouble is None:
            messages.success(request, gettext("Aturan dihentikan. Versinya tetap tersimpan."))
            return redirect("desk:rule-record", rule=present.rule.code)
        present = _versions_or_404(rule)[0]
    context = {
        "visit": visit,
        "rule": present,
        "said": rule_choices.said(present.rule),
        "foresight": foreseen_without(present.rule, at=visit.at),
        "trouble": trouble,
        "typed": typed_or(request, trouble, {}),
    }
    return render(request, "desk/retire_rule.html", context, status=trouble.status if trouble else 200)


def _versions_or_404(code: str) -> tuple[RuleRecord, ...]:
    found = rule_versions(code)
    if not found:
        raise Http404
    return found
