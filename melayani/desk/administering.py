# SPDX-License-Identifier: EUPL-1.2
"""What the pages of administration share: who may change what, and what a form that was refused shows again.

A form carries the mark of what it showed. When somebody else was faster, the page says who, and shows both values; what
was typed stays in the form, so that sending it again is a decision and nothing has to be written twice.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django import forms
from django.http import HttpRequest, HttpResponse, QueryDict
from django.shortcuts import render
from django.utils.translation import gettext

from melayani.cases.wording import said_refusal
from melayani.desk.access import Visit
from melayani.desk.change_words import fact_words
from melayani.desk.forms import first_error
from melayani.desk.rights import administered_regions
from melayani.desk.words import moment_words
from melayani.government.administration import MeanwhileRefused
from melayani.government.registers import acts
from melayani.government.rules import PROVINCE, NotAdministrator
from melayani.ground.errors import Refused
from melayani.ground.plain_text import TextRefused

Data = Mapping[str, Any]


@dataclass(frozen=True)
class Trouble:
    """Why a form was not taken: what to say, at which field, and with which status the page answers."""

    message: str
    field: str
    status: int = 400
    meanwhile: bool = False


@dataclass(frozen=True)
class Compared:
    """A fact that two people wrote differently, in words."""

    name: str
    stored: str
    typed: str


@dataclass(frozen=True)
class Meanwhile:
    """Who was faster, when (in words), and what differs now from what was typed."""

    by: str
    when: str
    rows: tuple[Compared, ...]


def administers(visit: Visit, region_code: str) -> bool:
    """Whether the visitor administers the region, or the province."""
    return bool({PROVINCE, region_code} & administered_regions(visit.actor))


def denied(request: HttpRequest, visit: Visit) -> HttpResponse:
    """The page for who may read here, but not change."""
    return render(request, "desk/denied.html", {"visit": visit}, status=403)


def tried(
    form: forms.Form, act: Callable[[Data], object], *, fields: Mapping[str, str], otherwise: str
) -> Trouble | None:
    """None when the form was right and the act is done; else what to say.

    `fields` names the field of the form that a refusal (by its code) is about; `otherwise` the one for all others.
    """
    if not form.is_valid():
        field, message = first_error(form)
        return Trouble(message=message, field=field)
    try:
        act(form.cleaned_data)
    except NotAdministrator as refused:
        return Trouble(message=said_refusal(refused), field=otherwise, status=403)
    except MeanwhileRefused as refused:
        return Trouble(message=said_refusal(refused), field=otherwise, status=409, meanwhile=True)
    except Refused as refused:
        field = _field_of(refused, fields) or otherwise
        return Trouble(message=said_refusal(refused), field=field)
    return None


def _field_of(refused: Refused, fields: Mapping[str, str]) -> str:
    """The field a refusal is about. A text that is too long or empty says its name first, and so finds its field."""
    if isinstance(refused, TextRefused):
        return next((field for start, field in fields.items() if refused.message.startswith(f"{start} ")), "")
    return fields.get(refused.code, "")


def typed_or(request: HttpRequest, trouble: Trouble | None, kept: Mapping[str, object]) -> Mapping[str, object]:
    """What the form shows: what was typed when it was refused, else what is kept."""
    return request.POST if trouble is not None else kept


def seen_mark(request: HttpRequest, trouble: Trouble | None, mark: object) -> object:
    """The mark the form carries on: of what the person saw. Who was just shown the new values has seen those."""
    if trouble is None or trouble.meanwhile:
        return mark
    return request.POST.get("seen", mark)


def meanwhile(
    visit: Visit, trouble: Trouble | None, *, about: str, stored: Mapping[str, object], typed: Mapping[str, object]
) -> Meanwhile | None:
    """What to show when somebody else was faster, None when nobody was. `stored` and `typed` are facts by name."""
    if trouble is None or not trouble.meanwhile:
        return None
    last = acts(about=about, limit=1).rows
    rows = tuple(
        Compared(name=name, stored=now_stored, typed=now_typed)
        for name, now_stored, now_typed in (_both(key, stored.get(key), typed.get(key)) for key in stored)
        if now_stored != now_typed
    )
    by = (last[0].by if last else "") or gettext("sistem")
    return Meanwhile(by=by, when=_when(last[0].at, visit) if last else "", rows=rows)


def _both(key: str, stored: object, typed: object) -> tuple[str, str, str]:
    name, said = fact_words(key, stored)
    return name, said, fact_words(key, typed)[1]


def _when(moment: datetime, visit: Visit) -> str:
    return moment_words(moment, at=visit.at)


def query_without(request: HttpRequest, *names: str) -> str:
    """The filters of the address, less these, ready to be followed by another one."""
    kept: QueryDict = request.GET.copy()
    for name in names:
        kept.pop(name, None)
    return f"{kept.urlencode()}&" if kept else ""


def chosen(request: HttpRequest, name: str, known: Sequence[str]) -> str:
    """The filter of this name, if it is one of the known values; else empty."""
    value = request.GET.get(name, "")
    return value if value in known else ""
