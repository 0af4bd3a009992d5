# SPDX-License-Identifier: EUPL-1.2
"""The shape of what people send: plain forms. Meaning is checked by the actions, access by `access`.

Texts go through `ground.plain_text`; messages say what to do. No `maxlength` on texts: a browser would cut a long text
in silence, and what was typed must not be lost.
"""

from collections.abc import Callable, Iterable, Mapping
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.core.validators import EmailValidator, RegexValidator
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext_lazy

from melayani.cases.rules import LEAST_TEXT, MOST_CONTACT, MOST_NAME, MOST_TEXT, Figure, Outcome, Privacy
from melayani.cases.wording import FIGURES, PRIVACIES
from melayani.catalogue.queries import service_row, services, topics
from melayani.catalogue.rules import CatalogueRefused, Kind
from melayani.ground.case_number import read_key, read_number
from melayani.ground.plain_text import plain_line, plain_text

Words = str | Promise
MOST_ADDRESS = 300
KIND_CHOICES: tuple[tuple[str, Words], ...] = (
    (Kind.PENGADUAN, _("Keluhan atau kerusakan")),
    (Kind.PERMOHONAN_LAYANAN, _("Minta layanan")),
    (Kind.PERMINTAAN_INFORMASI, _("Bertanya atau minta informasi")),
    (Kind.ASPIRASI, _("Usul")),
)
CHOOSE = _("Pilih salah satu.")
GONE = _("Pilihan ini tidak ada. Pilih dari daftar.")
TOO_SHORT = ngettext_lazy(
    "Tulis sedikit lebih banyak: paling sedikit %(least)s huruf.",
    "Tulis sedikit lebih banyak: paling sedikit %(least)s huruf.",
    "least",
)
TOO_LONG = ngettext_lazy(
    "Terlalu panjang: %(length)s huruf. Paling banyak %(most)s huruf.",
    "Terlalu panjang: %(length)s huruf. Paling banyak %(most)s huruf.",
    "most",
)


class PlainField(forms.CharField):
    """A text or line in its plain form, with limits counted as the actions count them."""

    def __init__(self, *, most: int, least: int = 0, lines: int = 0, **kwargs: Any) -> None:
        """`lines` 0 = one line; else the height of the box."""
        self.most, self.least, self.lines = most, least, lines
        widget = forms.Textarea(attrs={"rows": lines}) if lines else forms.TextInput()
        kwargs.setdefault("widget", widget)
        super().__init__(strip=False, **kwargs)
        # Django's own check for NUL comes before cleaning; `plain_text` takes such marks out instead.
        self.validators = []

    def to_python(self, value: Any) -> str:
        """The plain form of what was typed."""
        typed = "" if value is None else str(value)
        return plain_text(typed) if self.lines else plain_line(typed)

    def validate(self, value: Any) -> None:
        """Raises the error that says which limit, and by how much."""
        super().validate(value)
        if value and len(value) < self.least:
            raise ValidationError(TOO_SHORT, params={"least": self.least})
        if len(value) > self.most:
            raise ValidationError(TOO_LONG, params={"length": len(value), "most": self.most})


class PageForm(forms.Form):
    """A form of these pages: ids as the names of fields, no attribute that makes a browser judge before us.

    `names_fields`: the messages do not say which field they are about, so the summary puts its label before them.
    """

    use_required_attribute = False
    names_fields = False

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        """As any form."""
        kwargs["auto_id"] = "%s"
        super().__init__(*args, **kwargs)

    def problems(self) -> list[tuple[str, str]]:
        """(anchor, message) of everything that is wrong, in the order of the fields, for the summary on top."""
        return [
            (self.anchor(name), f"{self.fields[name].label}: {message}" if self.names_fields else str(message))
            for name, messages in self.errors.items()
            for message in messages
        ]

    def anchor(self, name: str) -> str:
        """The id to jump to: of a group of choices its first one."""
        if name not in self.fields:
            return ""
        grouped = isinstance(self.fields[name].widget, forms.RadioSelect | forms.CheckboxSelectMultiple)
        return f"{name}_0" if grouped else name


class StoryForm(PageForm):
    """What happened, what kind it is, and what it is about."""

    cerita = PlainField(
        least=LEAST_TEXT,
        most=MOST_TEXT,
        lines=7,
        label=_("Ceritakan dengan kata-kata Anda"),
        help_text=_("Apa, di mana, sejak kapan. Boleh bahasa Jawa atau Madura. Jangan tulis NIK atau nomor KTP."),
        error_messages={"required": _("Ceritakan apa yang terjadi.")},
    )
    jenis = forms.ChoiceField(
        choices=KIND_CHOICES,
        widget=forms.RadioSelect,
        label=_("Anda ingin apa?"),
        error_messages={"required": _("Pilih apa yang Anda inginkan."), "invalid_choice": GONE},
    )
    tentang = forms.ChoiceField(
        required=False,
        label=_("Ini tentang apa?"),
        help_text=_("Bila ragu, biarkan “Saya tidak tahu”. Petugas yang menentukan."),
        error_messages={"invalid_choice": GONE},
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        """The choices are those of this moment."""
        super().__init__(*args, **kwargs)
        about = self.fields["tentang"]
        assert isinstance(about, forms.ChoiceField)  # noqa: S101  # declared above
        about.choices = about_choices()

    def clean(self) -> dict[str, Any]:
        """A service that is closed is named as such."""
        kind, _colon, code = (self.data.get("tentang") or "").partition(":")
        if kind == "layanan" and "tentang" in self.errors and _is_closed(code):
            del self.errors["tentang"]
            self.add_error("tentang", _("Layanan ini sedang tidak menerima laporan. Pilih yang lain."))
        return self.cleaned_data


def _is_closed(code: str) -> bool:
    try:
        return not service_row(code).active
    except CatalogueRefused:
        return False


def about_choices() -> list[tuple[Words, Any]]:
    """ "I do not know", then per topic the topic itself and its services."""
    groups: list[tuple[Words, Any]] = [("", _("Saya tidak tahu"))]
    for topic in topics():
        inside: list[tuple[str, Words]] = [
            (f"layanan:{service.code}", service.name) for service in services(topic.code)
        ]
        inside.append((f"topik:{topic.code}", _("%(topic)s, hal lain") % {"topic": topic.name}))
        groups.append((topic.name, inside))
    return groups


class LandmarkForm(PageForm):
    """A landmark inside the place, for those who will look for it."""

    patokan = PlainField(
        most=MOST_ADDRESS,
        required=False,
        label=_("Alamat atau patokan"),
        help_text=_("Misalnya: depan balai desa, sebelah timur jembatan. Hanya petugas yang membacanya."),
    )


_KEYBOARDS = {
    "surel": {"autocomplete": "email", "inputmode": "email"},
    "telepon": {"autocomplete": "tel", "inputmode": "tel"},
}
_CONTACT_CHECKS: Mapping[str, tuple[Callable[[Any], None], ...]] = {
    "surel": (EmailValidator(_("Alamat surel ini tampaknya salah ketik.")),),
    "telepon": (RegexValidator(r"^[0-9+()./ -]{5,40}$", _("Tulis nomor telepon dengan angka saja.")),),
}


class PersonForm(PageForm):
    """Who may know, and how to reach the person."""

    privasi = forms.ChoiceField(
        choices=[(privacy.value, PRIVACIES[privacy][0]) for privacy in Privacy],
        widget=forms.RadioSelect,
        label=_("Siapa yang boleh tahu?"),
        error_messages={"required": _("Pilih siapa yang boleh tahu."), "invalid_choice": GONE},
    )
    nama = PlainField(most=MOST_NAME, required=False, label=_("Nama Anda"))
    surel = PlainField(most=MOST_CONTACT, required=False, label=_("Alamat surel (e-mail)"))
    telepon = PlainField(most=MOST_CONTACT, required=False, label=_("Nomor telepon"))

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        """Kinds of keyboards and what a browser may fill in by itself."""
        super().__init__(*args, **kwargs)
        self.fields["nama"].widget.attrs |= {"autocomplete": "name"}
        for name in ("surel", "telepon"):
            self.fields[name].widget.attrs |= _KEYBOARDS[name]
            self.fields[name].validators = list(_CONTACT_CHECKS[name])

    def clean(self) -> dict[str, Any]:
        """An open case carries a name, which only officers see."""
        nameless = not self.cleaned_data.get("nama") and "nama" not in self.errors
        if self.cleaned_data.get("privasi") == Privacy.TERBUKA and nameless:
            self.add_error("nama", _("Tulis nama Anda, atau pilih Anonim."))
        return self.cleaned_data


class JoinForm(PageForm):
    """Joining a case: the token that was made with the form, and how to reach the person if they like."""

    kiriman = forms.RegexField(r"^[A-Za-z0-9_-]{20,64}$", widget=forms.HiddenInput)
    surel = PlainField(most=MOST_CONTACT, required=False, label=_("Alamat surel (e-mail)"))
    telepon = PlainField(most=MOST_CONTACT, required=False, label=_("Nomor telepon"))

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        """Kinds of keyboards, and checks as in the filing form."""
        super().__init__(*args, **kwargs)
        for name in ("surel", "telepon"):
            self.fields[name].widget.attrs |= _KEYBOARDS[name]
            self.fields[name].validators = list(_CONTACT_CHECKS[name])


class FollowForm(PageForm):
    """Number and key of a case."""

    nomor = forms.CharField(
        label=_("Nomor kasus"), help_text=_("Contoh: JT-7KQ4-MX2. Huruf besar atau kecil sama saja.")
    )
    kunci = forms.CharField(
        label=_("Kunci rahasia"),
        help_text=_("20 huruf dan angka dari halaman tanda terima Anda."),
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        """Number and key are no words: no correction, no capital, nothing kept by the browser."""
        super().__init__(*args, **kwargs)
        for name in ("nomor", "kunci"):
            self.fields[name].error_messages["required"] = _("Bagian ini perlu diisi.")
            self.fields[name].widget.attrs |= {
                "autocomplete": "off", "autocapitalize": "characters", "spellcheck": "false", "class": "code",
            }  # fmt: skip

    def clean_nomor(self) -> str:
        """The number in its written form."""
        number = read_number(self.cleaned_data["nomor"])
        if number is None:
            raise ValidationError(_("Nomor ini salah ketik. Bentuknya JT, lalu tujuh huruf atau angka."))
        return number

    def clean_kunci(self) -> str:
        """The key in its written form."""
        key = read_key(self.cleaned_data["kunci"])
        if key is None:
            raise ValidationError(_("Kunci ini salah ketik. Panjangnya 20 huruf dan angka."))
        return key


class ReplyForm(PageForm):
    """The answer to a question of the officer."""

    teks = PlainField(
        least=1,
        most=MOST_TEXT,
        lines=5,
        label=_("Jawaban Anda"),
        error_messages={"required": _("Tulis jawaban Anda.")},
    )


class CommentForm(PageForm):
    """Words that may be left out, with a confirmation or a withdrawal."""

    komentar = PlainField(most=MOST_TEXT, lines=3, required=False, label=_("Ada yang ingin Anda sampaikan?"))


class ReopenForm(PageForm):
    """Why the person does not accept the answer."""

    alasan = PlainField(
        least=LEAST_TEXT,
        most=MOST_TEXT,
        lines=4,
        label=_("Apa yang belum selesai?"),
        error_messages={"required": _("Tulis apa yang belum selesai.")},
    )


# Figures are said in the address by these words.
FIGURE_WORDS: dict[str, Figure] = {
    "menunggu": Figure.WAITING,
    "lewat-janji": Figure.OVERDUE,
    "dijawab": Figure.UNCONFIRMED,
    "selesai": Figure.CONFIRMED,
    "tanpa-tanggapan": Figure.SILENCE,
    "dijelaskan": Figure.EXPLAINED_NO,
    "dirujuk": Figure.REFERRED,
    "ganda": Figure.DUPLICATE,
    "ditarik": Figure.WITHDRAWN,
    "tidak-terhubungi": Figure.UNREACHABLE,
    "di-luar-cakupan": Figure.OUT_OF_SCOPE,
}


# All that still waits for an answer, in time or not.
UNANSWERED_WORD = "belum-dijawab"


class FilterForm(PageForm):
    """Which public cases to list."""

    topik = forms.ChoiceField(required=False, label=_("Topik"), error_messages={"invalid_choice": GONE})
    wilayah = forms.ChoiceField(required=False, label=_("Wilayah"), error_messages={"invalid_choice": GONE})
    unit = forms.ChoiceField(required=False, label=_("Penanggung jawab"), error_messages={"invalid_choice": GONE})
    keadaan = forms.ChoiceField(
        required=False,
        label=_("Keadaan"),
        choices=[
            ("", _("Semua keadaan")),
            (UNANSWERED_WORD, _("Belum dijawab")),
            *((word, FIGURES[figure]) for word, figure in FIGURE_WORDS.items()),
        ],
        error_messages={"invalid_choice": GONE},
    )
    jenis = forms.ChoiceField(
        required=False,
        label=_("Jenis"),
        choices=[("", _("Semua jenis")), *KIND_CHOICES],
        error_messages={"invalid_choice": GONE},
    )

    def __init__(
        self,
        data: "Mapping[str, Any]",
        *,
        places: Iterable[tuple[str, str]],
        units: Iterable[tuple[str, str]],
    ) -> None:
        """`places` and `units` are (code, name) of what may be chosen."""
        super().__init__(data)
        for name, everything, choices in (
            ("topik", _("Semua topik"), ((topic.code, topic.name) for topic in topics())),
            ("wilayah", _("Seluruh Jawa Timur"), places),
            ("unit", _("Semua unit"), units),
        ):
            field = self.fields[name]
            assert isinstance(field, forms.ChoiceField)  # noqa: S101  # declared above
            field.choices = [("", everything), *choices]


ACCEPTED_WORDS: dict[str, Words] = {
    Outcome.SOLVED: _("Ya, masalah saya selesai"),
    Outcome.EXPLAINED_NO: _("Saya menerima penjelasan ini"),
    Outcome.DUPLICATE: _("Ya, ini kasus yang sama"),
    Outcome.UNREACHABLE: _("Saya menerima penutupan ini"),
}
