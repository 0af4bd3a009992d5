# SPDX-License-Identifier: EUPL-1.2
"""The shape of what the desk's forms send. What a text must say, and who may say it, is judged by the acts."""

from django import forms
from django.utils.translation import gettext_lazy as _

from melayani.desk.words import ANSWERS, DAY_KINDS, ROLES

MOST_TYPED = 20_000  # far beyond every limit of the acts, whose messages name the limit


def _text() -> forms.CharField:
    return forms.CharField(required=False, max_length=MOST_TYPED)


def _tick() -> forms.BooleanField:
    return forms.BooleanField(required=False)


class ActForm(forms.Form):
    """Every act names the version of the case that the officer saw."""

    version = forms.IntegerField(
        min_value=1,
        error_messages={"required": _("Muat ulang halaman kasus ini."), "invalid": _("Muat ulang halaman ini.")},
    )


class AppointForm(ActForm):
    """The head names an officer of the unit."""

    officer = forms.CharField(required=False, max_length=60)


class TextForm(ActForm):
    """A letter to the citizen."""

    text = _text()


class ReleasableForm(TextForm):
    """A letter that the public may read too."""

    release = _tick()


class ProgressForm(ReleasableForm):
    """News with evidence: `token` tells which files were sent with this form."""

    token = forms.CharField(required=False, max_length=60)


class AnswerForm(ProgressForm):
    """The answer with what came of it; with `release_story` the citizen's text, masked, is released in the same act.

    With `release_photos` the citizen's photos are.
    """

    outcome = forms.ChoiceField(
        choices=[*ANSWERS.items()],
        error_messages={"required": _("Pilih hasil jawaban ini."), "invalid_choice": _("Pilih hasil dari daftar.")},
    )
    release_story = _tick()
    release_photos = _tick()
    masked = _text()


class ReferForm(ReleasableForm):
    """To which body, and how the citizen reaches it."""

    body = forms.CharField(required=False, max_length=40)


class AssignForm(ActForm):
    """The unit, why, and what the case is about ("topic" or "topic/service")."""

    unit = forms.CharField(required=False, max_length=40)
    reason = _text()
    about = forms.CharField(required=False, max_length=80)
    release_story = _tick()
    release_photos = _tick()
    masked = _text()


class MoveForm(ActForm):
    """The new last day of the promise, and why."""

    day = forms.DateField(
        error_messages={"required": _("Pilih hari janji yang baru."), "invalid": _("Tulis tanggal seperti 2026-01-30.")}
    )
    reason = _text()


class ReleaseForm(ActForm):
    """Which text the public may read, masked as the officer left it."""

    sequence = forms.IntegerField(min_value=0)
    masked = _text()
    title = forms.CharField(required=False, max_length=120)
    with_media = _tick()
    release_photos = _tick()


class HoldForm(ActForm):
    """Which text the public no longer reads."""

    sequence = forms.IntegerField(min_value=0)


class FileForm(ActForm):
    """Which photo or PDF."""

    name = forms.CharField(max_length=40, error_messages={"required": _("Muat ulang halaman kasus ini.")})


class IdentityForm(forms.Form):
    """Why the identity is needed. The version does not matter: nothing is changed by reading."""

    reason = _text()


class LoginForm(forms.Form):
    """Username and password; both may be wrong in any way, the answer is the same."""

    username = forms.CharField(max_length=150, required=False)
    password = forms.CharField(max_length=1000, required=False, strip=False)


class PasswordForm(forms.Form):
    """The old password, and the new one twice."""

    old = forms.CharField(max_length=1000, required=False, strip=False)
    new = forms.CharField(max_length=1000, required=False, strip=False)
    again = forms.CharField(max_length=1000, required=False, strip=False)


class OfficerForm(forms.Form):
    """A new account."""

    username = forms.CharField(required=False, max_length=150)
    name = forms.CharField(required=False, max_length=200)
    unit = forms.CharField(required=False, max_length=40)
    roles = forms.MultipleChoiceField(
        required=False, choices=[*ROLES.items()], error_messages={"invalid_choice": _("Pilih peran dari daftar.")}
    )


class TemplateForm(forms.Form):
    """A reply template: for which unit (empty = for everybody), its name and its text. `seen` marks what was shown."""

    unit = forms.CharField(required=False, max_length=40)
    name = forms.CharField(required=False, max_length=300)
    text = _text()
    seen = forms.CharField(required=False, max_length=16)


class DayForm(forms.Form):
    """A fact about one day."""

    day = forms.DateField(
        error_messages={"required": _("Pilih harinya."), "invalid": _("Tulis tanggal seperti 2026-01-30.")}
    )
    kind = forms.ChoiceField(
        choices=[*DAY_KINDS.items()],
        error_messages={"required": _("Pilih jenis hari."), "invalid_choice": _("Pilih jenis hari dari daftar.")},
    )
    name = forms.CharField(required=False, max_length=300)
    region = forms.CharField(required=False, max_length=13)
    reason = _text()


def first_error(form: forms.Form) -> tuple[str, str]:
    """The first field that does not fit, and what to do about it."""
    name, errors = next(iter(form.errors.items()))
    return str(name), str(errors[0])
