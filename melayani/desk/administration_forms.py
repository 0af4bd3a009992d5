# SPDX-License-Identifier: EUPL-1.2
"""The shape of what the pages of administration send. What a text must say, and who may, is judged by the acts."""

import re

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _

from melayani.catalogue.rules import PUBLIC_COMPONENTS
from melayani.desk.change_words import CONFIDENCES
from melayani.desk.forms import MOST_TYPED
from melayani.desk.words import BASES, ROLES

_DEGREES = re.compile(r"-?[0-9]{1,3}([.,][0-9]{1,12})?")
RELOAD = _("Muat ulang halaman ini.")


def _line(most: int = 500) -> forms.CharField:
    return forms.CharField(required=False, max_length=most)


def _confidence() -> forms.ChoiceField:
    said = _("Pilih tingkat keyakinan A, B, atau C.")
    return forms.ChoiceField(choices=[*CONFIDENCES.items()], error_messages={"required": said, "invalid_choice": said})


class ReasonForm(forms.Form):
    """Why something is changed."""

    reason = forms.CharField(max_length=MOST_TYPED, error_messages={"required": _("Tulis alasannya.")})


class SeenForm(ReasonForm):
    """Why, and the mark of what the form showed."""

    seen = forms.CharField(max_length=32, error_messages={"required": RELOAD})


class StateForm(ReasonForm):
    """To close or to open: what the page offered when it was shown, so that two people do not undo each other."""

    to = forms.ChoiceField(
        choices=[("closed", ""), ("open", "")], error_messages={"required": RELOAD, "invalid_choice": RELOAD}
    )


class UnitNameForm(SeenForm):
    """Another name of a unit."""

    name = _line()


class NewUnitForm(ReasonForm):
    """A new unit."""

    region = forms.CharField(max_length=13, error_messages={"required": _("Pilih wilayahnya.")})
    sector = _line(100)
    name = _line()


class DegreesField(forms.CharField):
    """A latitude or longitude, with a point or a comma; empty = not known."""

    def clean(self, value: object) -> float | None:
        """The number; raises `ValidationError` for anything else."""
        typed = str(super().clean(value))
        if not typed:
            return None
        if not _DEGREES.fullmatch(typed):
            raise ValidationError(_("Tulis derajat sebagai angka, misalnya -7,98261."), code="invalid")
        return float(typed.replace(",", "."))


class PlaceForm(SeenForm):
    """A corrected place."""

    name = _line()
    latitude = DegreesField(required=False, max_length=30)
    longitude = DegreesField(required=False, max_length=30)


class StandardForm(SeenForm):
    """The six public components."""

    persyaratan = _line(MOST_TYPED)
    prosedur = _line(MOST_TYPED)
    waktu = _line(MOST_TYPED)
    biaya = _line(MOST_TYPED)
    produk = _line(MOST_TYPED)
    pengaduan = _line(MOST_TYPED)

    def texts(self) -> dict[str, str]:
        """The components by key."""
        return {key: str(self.cleaned_data[key]) for key in PUBLIC_COMPONENTS}


class PromiseForm(SeenForm):
    """A promise of the service's own, or that of the profile."""

    own = forms.ChoiceField(
        choices=[("own", ""), ("profile", "")], error_messages={"required": _("Pilih salah satu janji.")}
    )
    days = forms.IntegerField(required=False, error_messages={"invalid": _("Tulis jumlah hari sebagai angka.")})
    basis = forms.ChoiceField(required=False, choices=[*BASES.items()])
    source = _line()
    confidence = forms.ChoiceField(required=False, choices=[*CONFIDENCES.items()])


class TopicForm(SeenForm):
    """A topic."""

    name = _line()
    description = _line(MOST_TYPED)
    order = forms.IntegerField(
        error_messages={
            "required": _("Tulis urutannya, misalnya 100."),
            "invalid": _("Tulis urutan sebagai angka."),
        }
    )


class RuleForm(ReasonForm):
    """A rule: `about` is "topic" or "topic/service", `target` "LEVEL/sector" or "rujuk/body"; `seen` its version."""

    about = forms.CharField(max_length=80, error_messages={"required": _("Pilih topik atau layanannya.")})
    place = _line(13)
    target = forms.CharField(max_length=80, error_messages={"required": _("Pilih ke mana kasus dikirim.")})
    why = _line(MOST_TYPED)
    source = _line()
    confidence = _confidence()
    seen = forms.IntegerField(required=False)


class RetireRuleForm(ReasonForm):
    """The version that was shown."""

    seen = forms.IntegerField(error_messages={"required": RELOAD, "invalid": RELOAD})


class NewClientForm(forms.Form):
    """Another system."""

    code = _line(100)
    name = _line()


class RoleForm(ReasonForm):
    """A role in a unit."""

    role = forms.ChoiceField(
        choices=[*ROLES.items()],
        error_messages={"required": _("Pilih perannya."), "invalid_choice": _("Pilih peran dari daftar.")},
    )
    unit = forms.CharField(max_length=40, error_messages={"required": _("Pilih unitnya.")})


class DecreeForm(SeenForm):
    """The decree a year rests on."""

    decree = _line()
    source = _line()
    confidence = _confidence()
