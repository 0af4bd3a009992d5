# SPDX-License-Identifier: EUPL-1.2
"""Topics, for administrators: their order in the lists, name and description, and whether they can be chosen."""

from collections.abc import Mapping
from typing import Any

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext

from melayani.catalogue.actions import close_topic, edit_topic, open_topic
from melayani.catalogue.registers import TopicRecord, topic_record, topic_register
from melayani.desk.access import Visit
from melayani.desk.administering import administers, denied, meanwhile, seen_mark, tried, typed_or
from melayani.desk.administration_forms import StateForm, TopicForm
from melayani.desk.change_words import told
from melayani.desk.rights import administered_regions
from melayani.government.registers import acts
from melayani.government.rules import PROVINCE

FIELDS = {
    "Nama topik": "name",
    "Penjelasan": "description",
    "Alasan": "reason",
    "order_range": "order",
    "topic_name_taken": "name",
}


def page(request: HttpRequest, visit: Visit) -> HttpResponse:
    """All topics in the order of the lists."""
    return render(request, "desk/topics.html", {"visit": visit, "topics": topic_register()})


def record(request: HttpRequest, visit: Visit, *, topic: str) -> HttpResponse:
    """The topic and a form to edit it; what was sent holds from then on."""
    found = _topic_or_404(topic)
    trouble = None
    if request.method == "POST":
        if not administers(visit, PROVINCE):
            return denied(request, visit)

        def edit(data: Mapping[str, Any]) -> None:
            edit_topic(
                code=found.code,
                name=data["name"],
                description=data["description"],
                order=data["order"],
                reason=data["reason"],
                seen=data["seen"],
                by=visit.actor.code,
                at=visit.at,
            )

        trouble = tried(TopicForm(request.POST), edit, fields=FIELDS, otherwise="name")
        if trouble is None:
            messages.success(request, gettext("Topik disimpan. Perubahan tercatat atas nama Anda."))
            return redirect("desk:topic-record", topic=found.code)
        found = _topic_or_404(topic)
    about = f"topic:{found.code}"
    stored: dict[str, object] = {"name": found.name, "description": found.description, "order": found.order}
    context = {
        "visit": visit,
        "topic": found,
        "may": administers(visit, PROVINCE),
        "trouble": trouble,
        "typed": typed_or(request, trouble, {**stored, "reason": ""}),
        "seen": seen_mark(request, trouble, found.mark),
        "meanwhile": meanwhile(visit, trouble, about=about, stored=stored, typed=request.POST),
        "changes": told(acts(about=about, limit=5).rows, at=visit.at, regions=administered_regions(visit.actor)),
    }
    return render(request, "desk/topic_record.html", context, status=trouble.status if trouble else 200)


def state(request: HttpRequest, visit: Visit, *, topic: str) -> HttpResponse:
    """Asks before a topic is closed, or opened again; then it is done."""
    found = _topic_or_404(topic)
    if not administers(visit, PROVINCE):
        return denied(request, visit)
    trouble = None
    if request.method == "POST":

        def change(data: Mapping[str, Any]) -> None:
            act = close_topic if data["to"] == "closed" else open_topic
            act(code=found.code, reason=data["reason"], by=visit.actor.code, at=visit.at)

        trouble = tried(StateForm(request.POST), change, fields={"Alasan": "reason"}, otherwise="reason")
        if trouble is None:
            closed = request.POST["to"] == "closed"
            messages.success(request, gettext("Topik ditutup.") if closed else gettext("Topik dapat dipilih lagi."))
            return redirect("desk:topic-record", topic=found.code)
        found = _topic_or_404(topic)
    context = {
        "visit": visit,
        "topic": found,
        "trouble": trouble,
        "typed": typed_or(request, trouble, {"reason": ""}),
    }
    return render(request, "desk/topic_state.html", context, status=trouble.status if trouble else 200)


def _topic_or_404(code: str) -> TopicRecord:
    found = topic_record(code)
    if found is None:
        raise Http404
    return found
