# SPDX-License-Identifier: EUPL-1.2
"""A letter to the citizen while it is being written: begun from a template, looked at as it will be read, checked.

Nothing here sends anything. Every wish of the form comes back as the same page with what was typed.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from django.conf import settings
from django.http import HttpRequest, QueryDict
from django.urls import reverse
from django.utils.formats import date_format
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString
from django.utils.translation import get_language, gettext, ngettext, override

from melayani.cases.placeholders import Placeholder, filled
from melayani.cases.reply_check import Hint, hints
from melayani.cases.reply_templates import TemplateRow, usable_templates
from melayani.cases.rules import PAUSE, SILENCE, EventKind, Visibility
from melayani.cases.wording import HAPPENINGS, OUTCOMES, Words
from melayani.catalogue.queries import limit
from melayani.catalogue.rules import Basis
from melayani.desk.access import Visit
from melayani.desk.evidence import drop_evidence
from melayani.desk.words import HINTS, day_words
from melayani.government.queries import due_moment
from melayani.government.rules import region_of
from melayani.ground.clock import jakarta
from melayani.ground.memo import remembered
from melayani.ground.plain_text import plain_text

ANSWER = "answer-case"
LETTERS: Mapping[str, EventKind] = {
    ANSWER: EventKind.ANSWERED,
    "note-progress": EventKind.PROGRESS,
    "ask-citizen": EventKind.ASKED,
}
# Sentences that are true of every case, to put in with one tap. They are part of a letter, so they stay Indonesian.
SENTENCES: Mapping[str, str] = {
    Hint.WHO: "Dijawab oleh {petugas}, {unit}.",
    Hint.NEXT: "Bila masalahnya masih ada, Anda dapat membuka kembali kasus ini dengan kunci Anda.",
}


@dataclass(frozen=True)
class SaidHint:
    """A hint in words; `sentence` is what may be put in to follow it, under its `code`, empty where only they know."""

    code: str
    words: Words
    sentence: str


@dataclass(frozen=True)
class Preview:
    """The letter as the citizen will read it, what comes next for them, and who else reads it."""

    head: Words
    when: str
    lines: tuple[str, ...]
    text: str
    next: str
    readers: str


@dataclass(frozen=True)
class Letter:
    """A letter that is not sent yet: by which act it would be, what was typed, and what the officer asked to see."""

    act: str
    typed: QueryDict
    preview: Preview | None = None
    hints: tuple[SaidHint, ...] = ()

    @property
    def anchor(self) -> str:
        """The id of its text on the page."""
        return f"{self.act}-text"


def wished(request: HttpRequest, visit: Visit, act: str) -> Letter | None:
    """The letter with what the officer wished of it; None when it is to be sent.

    Wishes: `template`, `insert:CODE`, `drop:NAME`, `preview`. An unknown one changes nothing, and sends nothing.
    """
    wish, _, what = request.POST.get("wish", "").partition(":")
    if act not in LETTERS or not wish:
        return None
    typed = request.POST.copy()
    if wish == "drop" and what.isalnum():
        drop_evidence(typed, act=act, name=what)
    elif wish == "template":
        _put_in(typed, template_text(visit, typed.get("template", "")))
    elif wish == "insert":
        _put_in(typed, sentence(visit, what))
    preview = preview_of(visit, act, typed) if wish == "preview" else None
    checked = wish in ("preview", "insert", "template") and act == ANSWER
    return Letter(act=act, typed=typed, preview=preview, hints=said_hints(visit, typed) if checked else ())


def begun(visit: Visit, template: str) -> Letter | None:
    """An answer begun from a template, for a link to it; None for a template that is not there."""
    text = template_text(visit, template)
    if not text:
        return None
    typed = QueryDict(mutable=True)
    typed["text"] = text
    # As in a form nobody has touched: what is ticked from the beginning stays ticked.
    typed["release"] = "on"
    return Letter(act=ANSWER, typed=typed)


def _put_in(typed: QueryDict, more: str) -> None:
    """Below what is written already: nothing typed is ever replaced."""
    typed["text"] = "\n\n".join(part for part in (str(typed.get("text", "")).rstrip(), more) if part)


# Templates.


def template_text(visit: Visit, template: str) -> str:
    """The template (its id as typed) filled in for this case; empty when it is not one of this unit's."""
    usable = usable_templates(visit.case.row.unit_id)
    row = next((row for row in usable if str(row.id) == template), None)
    return filled(row.text, values_of(visit)) if row else ""


def sentence(visit: Visit, code: str) -> str:
    """The sentence that follows a hint; empty when there is none."""
    return filled(SENTENCES.get(code, ""), values_of(visit))


def values_of(visit: Visit) -> dict[str, str]:
    """What the placeholders stand for. The citizen's letter is Indonesian, whatever language the officer reads."""
    row = visit.case.row
    with override(settings.LANGUAGE_CODE):
        values = {
            Placeholder.NUMBER: row.number,
            Placeholder.TITLE: row.title,
            Placeholder.PLACE: row.place_name,
            Placeholder.TOPIC: row.topic_name or "kasus ini",
            Placeholder.UNIT: row.unit_name,
            Placeholder.OFFICER: visit.officer.name,
            Placeholder.FILED: day_words(row.filed_at, at=visit.at),
            Placeholder.PROMISE: _promise(row.due_at, at=visit.at),
            Placeholder.TODAY: day_words(visit.at, at=visit.at),
            Placeholder.LINK: settings.PUBLIC_URL + reverse("portal:follow-this-case", args=[row.number]),
        }
    return {placeholder.value: value for placeholder, value in values.items()}


def _promise(due_at: datetime, *, at: datetime) -> str:
    """The last day of the promise; one that has passed is not promised anew in silence."""
    day = day_words(due_at, at=at)
    return day if at <= due_at else f"{day} (sudah lewat)"


def template_options(unit_id: int) -> SafeString:
    """The choices of the template picker: those of the unit, then those for everybody."""
    return _template_options(unit_id, get_language() or "")


@remembered(seconds=30)
def _template_options(unit_id: int, language: str) -> SafeString:  # noqa: ARG001  # remembered per language
    rows = usable_templates(unit_id)
    own = [row for row in rows if row.unit_id is not None]
    common = [row for row in rows if row.unit_id is None]
    return _options(gettext("Dari unit"), own) + _options(gettext("Untuk semua"), common)


def _options(label: str, rows: list[TemplateRow]) -> SafeString:
    if not rows:
        return SafeString()
    inside = format_html_join("", '<option value="{}">{}</option>', ((row.id, row.name) for row in rows))
    return format_html('<optgroup label="{}">{}</optgroup>', label, inside)


# The look as the citizen, and the check.


def said_hints(visit: Visit, typed: QueryDict) -> tuple[SaidHint, ...]:
    """What the answer may still be missing, in words."""
    found = hints(str(typed.get("text", "")), outcome=str(typed.get("outcome", "")))
    return tuple(SaidHint(code=hint, words=HINTS[hint], sentence=sentence(visit, hint)) for hint in found)


def preview_of(visit: Visit, act: str, typed: QueryDict) -> Preview:
    """The letter as the citizen will read it, as it would be kept."""
    kind = LETTERS[act]
    return Preview(
        head=gettext("Petugas bertanya kepada Anda") if kind is EventKind.ASKED else HAPPENINGS[kind],
        when=date_format(jakarta(visit.at), "l, j F Y, H.i"),
        lines=_lines(kind, str(typed.get("outcome", ""))),
        text=plain_text(str(typed.get("text", ""))),
        next=_next(visit, kind),
        readers=_readers(visit, kind, released=bool(typed.get("release"))),
    )


def _lines(kind: EventKind, outcome: str) -> tuple[str, ...]:
    if kind is EventKind.ANSWERED and outcome in OUTCOMES:
        return (gettext("Hasil menurut petugas: %(outcome)s.") % {"outcome": OUTCOMES[outcome]},)
    if kind is EventKind.ASKED:
        days = limit(PAUSE).days
        stops = ngettext(
            "Jam berhenti sampai dijawab, paling lama %(days)s hari kerja seluruhnya.",
            "Jam berhenti sampai dijawab, paling lama %(days)s hari kerja seluruhnya.",
            days,
        )
        return (stops % {"days": days},)
    return ()


def _next(visit: Visit, kind: EventKind) -> str:
    if kind is EventKind.ASKED:
        return gettext("Anda menjawab pertanyaan di atas.")
    if kind is not EventKind.ANSWERED:
        return ""
    region = region_of(visit.case.row.place_code)
    until = due_moment(filed_at=visit.at, days=limit(SILENCE).days, basis=Basis.WORKING, region_code=region).at
    day = date_format(jakarta(until), "j F")
    return gettext("Anda menyatakan selesai atau membuka kembali, sampai %(day)s.") % {"day": day}


def _readers(visit: Visit, kind: EventKind, *, released: bool) -> str:
    if visit.case.row.visibility != Visibility.PUBLIC:
        return gettext("Kasus ini rahasia: hanya warga yang menyampaikan yang membacanya.")
    if released and kind is not EventKind.ASKED:
        return gettext("Umum membacanya juga, beserta bukti yang Anda sertakan.")
    return gettext("Umum tidak membaca isinya, hanya bahwa ini terjadi.")
