# SPDX-License-Identifier: EUPL-1.2
"""Services, for administrators: find one, write its public standard, set its promise, open and close it to reports."""

from collections.abc import Callable, Mapping
from typing import Any

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext

from melayani.cases.wording import KINDS
from melayani.catalogue.actions import (
    MOST_COMPONENT,
    close_service,
    drop_promise,
    open_service,
    set_promise,
    set_standard,
)
from melayani.catalogue.queries import COMPONENT_TITLES, active_profile, questions, topics
from melayani.catalogue.registers import ServiceRecord, service_record, service_register
from melayani.catalogue.rules import PUBLIC_COMPONENTS, CatalogueRefused
from melayani.desk.access import Visit
from melayani.desk.administering import (
    Trouble,
    administers,
    chosen,
    denied,
    meanwhile,
    seen_mark,
    tried,
    typed_or,
)
from melayani.desk.administration_forms import PromiseForm, StandardForm, StateForm
from melayani.desk.change_words import CONFIDENCES, LEVELS, told
from melayani.desk.rights import administered_regions
from melayani.desk.words import BASES
from melayani.government.registers import acts
from melayani.government.rules import PROVINCE, Confidence
from melayani.ground.clock import jakarta

STATES = {"buka": True, "tutup": False}
PROMISE_FIELDS = {
    "Sumber": "source",
    "Alasan": "reason",
    "days_range": "days",
    "basis_unknown": "basis",
    "confidence_unknown": "confidence",
    "promise_same": "own",
}


def page(request: HttpRequest, visit: Visit) -> HttpResponse:
    """All services that fit the search, by topic."""
    words, topic = request.GET.get("cari", ""), request.GET.get("topik", "")
    state = chosen(request, "keadaan", list(STATES))
    names = {row.code: row.name for row in topics(also_unused=True)}
    groups: dict[str, list[object]] = {}
    for line in service_register(words=words, topic=topic, active=STATES.get(state)):
        groups.setdefault(names.get(line.topic, line.topic), []).append(line)
    context = {
        "visit": visit,
        "groups": groups.items(),
        "public": len(PUBLIC_COMPONENTS),
        "words": words,
        "topic": topic,
        "topics": names.items(),
        "state": state,
    }
    return render(request, "desk/services.html", context)


def record(request: HttpRequest, visit: Visit, *, service: str) -> HttpResponse:
    """The service as it is: standard, promise with its source and since when, extra questions, what was changed."""
    found = _service_or_404(service)
    about = f"service:{found.code}"
    promised = acts(about=about, kind="catalogue.promise_", limit=1).rows
    context = {
        "visit": visit,
        "service": found,
        "kind": KINDS.get(found.kind, found.kind),
        "level": LEVELS.get(found.level, found.level),
        "confidence": CONFIDENCES[found.confidence],
        "promise_confidence": CONFIDENCES[found.promise.confidence] if found.promise else "",
        "since": jakarta(promised[0].at).date() if promised else None,
        "profile_days": _profile_days(found),
        "standard": [(COMPONENT_TITLES[key], found.standard[key]) for key in PUBLIC_COMPONENTS],
        "questions": _questions(found),
        "may": administers(visit, PROVINCE),
        "changes": told(acts(about=about, limit=5).rows, at=visit.at, regions=administered_regions(visit.actor)),
    }
    return render(request, "desk/service_record.html", context)


def _profile_days(service: ServiceRecord) -> object:
    """The clock of the active profile for the service's kind, or None."""
    try:
        return active_profile().clocks.get(service.kind)
    except CatalogueRefused:
        return None


def _questions(service: ServiceRecord) -> tuple[object, ...]:
    try:
        return questions(service.code)
    except CatalogueRefused:  # added a moment ago by another process, and not yet remembered here
        return ()


def standard(request: HttpRequest, visit: Visit, *, service: str) -> HttpResponse:
    """The six components that must be published, in one form: all are kept, or none."""
    found = _service_or_404(service)
    if not administers(visit, PROVINCE):
        return denied(request, visit)
    trouble = None
    if request.method == "POST":
        form = StandardForm(request.POST)

        def keep(data: Mapping[str, Any]) -> None:
            set_standard(
                service_code=found.code,
                texts=form.texts(),
                reason=data["reason"],
                seen=data["seen"],
                by=visit.actor.code,
                at=visit.at,
            )

        trouble = tried(form, keep, fields={"Alasan": "reason"}, otherwise=_too_long(request))
        if trouble is None:
            messages.success(request, gettext("Standar pelayanan disimpan dan langsung diumumkan."))
            return redirect("desk:service-record", service=found.code)
        found = _service_or_404(service)
    typed = typed_or(request, trouble, {**found.standard, "reason": ""})
    stored: Mapping[str, object] = found.standard
    context = {
        "visit": visit,
        "service": found,
        "parts": [(key, COMPONENT_TITLES[key], typed.get(key, "")) for key in PUBLIC_COMPONENTS],
        "most": MOST_COMPONENT,
        "typed": typed,
        "trouble": trouble,
        "seen": seen_mark(request, trouble, found.standard_mark),
        "meanwhile": meanwhile(visit, trouble, about=f"service:{found.code}", stored=stored, typed=request.POST),
    }
    return render(request, "desk/service_standard.html", context, status=trouble.status if trouble else 200)


def _too_long(request: HttpRequest) -> str:
    """The first component that is longer than it may be, else the first of all."""
    long = (key for key in PUBLIC_COMPONENTS if len(request.POST.get(key, "").strip()) > MOST_COMPONENT)
    return next(long, PUBLIC_COMPONENTS[0])


def promise(request: HttpRequest, visit: Visit, *, service: str) -> HttpResponse:
    """A promise of the service's own, or that of the active profile; it holds for new cases only."""
    found = _service_or_404(service)
    if not administers(visit, PROVINCE):
        return denied(request, visit)
    trouble = None
    if request.method == "POST":
        trouble = tried(PromiseForm(request.POST), _promising(visit, found), fields=PROMISE_FIELDS, otherwise="own")
        if trouble is None:
            messages.success(request, gettext("Janji disimpan. Kasus yang sudah masuk tetap dengan janji lamanya."))
            return redirect("desk:service-record", service=found.code)
        found = _service_or_404(service)
    return _promise_shown(request, visit, found, trouble)


def _promising(visit: Visit, service: ServiceRecord) -> Callable[[Mapping[str, Any]], None]:
    def keep(data: Mapping[str, Any]) -> None:
        who = {"service_code": service.code, "reason": data["reason"], "by": visit.actor.code, "at": visit.at}
        if data["own"] != "own":
            drop_promise(**who, seen=data["seen"])
            return
        set_promise(
            **who,
            days=data["days"] or 0,
            basis=data["basis"],
            source=data["source"],
            confidence=data["confidence"],
            seen=data["seen"],
        )

    return keep


def _promise_shown(request: HttpRequest, visit: Visit, found: ServiceRecord, trouble: Trouble | None) -> HttpResponse:
    own = found.promise
    kept: dict[str, object] = {
        "own": "own" if own else "profile",
        "days": own.days if own else "",
        "basis": own.basis if own else "WORKING",
        "source": own.source if own else "",
        "confidence": own.confidence if own else Confidence.B,
        "reason": "",
    }
    facts = {key: kept[key] for key in ("days", "basis", "source", "confidence")}
    context = {
        "visit": visit,
        "service": found,
        "trouble": trouble,
        "typed": typed_or(request, trouble, kept),
        "seen": seen_mark(request, trouble, found.promise_mark),
        "meanwhile": meanwhile(visit, trouble, about=f"service:{found.code}", stored=facts, typed=request.POST),
        "bases": BASES.items(),
        "confidences": CONFIDENCES.items(),
        "profile_days": _profile_days(found),
    }
    return render(request, "desk/service_promise.html", context, status=trouble.status if trouble else 200)


def state(request: HttpRequest, visit: Visit, *, service: str) -> HttpResponse:
    """Asks before a service is closed to reports, or opened again; then it is done."""
    found = _service_or_404(service)
    if not administers(visit, PROVINCE):
        return denied(request, visit)
    trouble = None
    if request.method == "POST":

        def change(data: Mapping[str, Any]) -> None:
            act = close_service if data["to"] == "closed" else open_service
            act(code=found.code, reason=data["reason"], by=visit.actor.code, at=visit.at)

        trouble = tried(StateForm(request.POST), change, fields={"Alasan": "reason"}, otherwise="reason")
        if trouble is None:
            closed = request.POST["to"] == "closed"
            messages.success(
                request,
                gettext("Layanan tidak lagi menerima laporan.") if closed else gettext("Layanan menerima laporan."),
            )
            return redirect("desk:service-record", service=found.code)
        found = _service_or_404(service)
    context = {
        "visit": visit,
        "service": found,
        "trouble": trouble,
        "typed": typed_or(request, trouble, {"reason": ""}),
    }
    return render(request, "desk/service_state.html", context, status=trouble.status if trouble else 200)


def _service_or_404(code: str) -> ServiceRecord:
    found = service_record(code)
    if found is None:
        raise Http404
    return found
