# SPDX-License-Identifier: EUPL-1.2
"""The questions of a service as a form: one field for each datatype of Open311, answers as plain text."""

import re
from collections.abc import Iterable, Mapping
from datetime import date
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils.formats import get_format
from django.utils.translation import gettext_lazy as _

from melayani.catalogue.queries import QuestionRow
from melayani.catalogue.rules import Datatype
from melayani.ground.plain_text import plain_line
from melayani.portal.draft import ANSWER
from melayani.portal.forms import CHOOSE, GONE, PageForm, PlainField

MOST_ANSWER = {Datatype.STRING: 200, Datatype.TEXT: 2000}
_THOUSANDS = re.compile(r"[0-9]{1,3}(\.[0-9]{3}){1,4}(,[0-9]{1,6})?")
_OTHER_MARKS = str.maketrans(",.", ".,")
_PLAIN_NUMBER = re.compile(r"[0-9]{1,15}([.,][0-9]{1,6})?")


class NumberAnswer(forms.CharField):
    """A number as people type it: 12; 12,5; 12.5; 1.000. Where the page parts thousands by a comma: 1,000."""

    def clean(self, value: Any) -> str:
        """The number in plain digits with a decimal point, or empty."""
        typed = plain_line(str(value or "")).replace(" ", "")
        if not typed:
            return str(super().clean(""))
        if get_format("THOUSAND_SEPARATOR") == ",":
            typed = typed.translate(_OTHER_MARKS)
        # A dot before every three digits parts thousands, as Indonesian writes them; else dot and comma are decimal.
        if _THOUSANDS.fullmatch(typed):
            return typed.replace(".", "").replace(",", ".")
        if _PLAIN_NUMBER.fullmatch(typed):
            return typed.replace(",", ".")
        raise ValidationError(_("Tulis angka saja, misalnya 12."))


class DayAnswer(forms.DateField):
    """A day, as ISO 8601."""

    def clean(self, value: Any) -> str:
        """The day as text, or empty."""
        day = super().clean(value)
        return day.isoformat() if isinstance(day, date) else ""


def answers_form(
    questions: Iterable[QuestionRow],
    *,
    data: "Mapping[str, Any] | None" = None,
    initial: Mapping[str, Any] | None = None,
) -> PageForm:
    """The questions of a service as a form; texts to read (`variable` false) have no field."""
    form = PageForm(data=data, initial=dict(initial or {}))
    form.names_fields = True
    for question in questions:
        if question.variable:
            form.fields[f"{ANSWER}{question.code}"] = _answer_field(question)
    return form


def _answer_field(question: QuestionRow) -> forms.Field:
    # The catalogue says itself where an answer may be left out; the label says it once, in one way.
    shown = question.help.removeprefix("Boleh kosong.").strip()
    common: dict[str, Any] = {
        "label": question.label,
        "help_text": shown,
        "required": question.required,
        "error_messages": {
            "required": CHOOSE if question.values else _("Bagian ini perlu diisi."),
            "invalid_choice": GONE,
            "invalid_list": GONE,
            "invalid": _("Tulis tanggal, misalnya 2026-01-05."),
        },
    }
    datatype = Datatype(question.datatype)
    if datatype is Datatype.SINGLEVALUELIST:
        return forms.ChoiceField(choices=question.values, widget=forms.RadioSelect, **common)
    if datatype is Datatype.MULTIVALUELIST:
        return forms.MultipleChoiceField(choices=question.values, widget=forms.CheckboxSelectMultiple, **common)
    if datatype is Datatype.NUMBER:
        return NumberAnswer(widget=forms.TextInput(attrs={"inputmode": "decimal"}), **common)
    if datatype is Datatype.DATETIME:
        return DayAnswer(widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"), **common)
    return PlainField(most=MOST_ANSWER[datatype], lines=4 if datatype is Datatype.TEXT else 0, **common)
