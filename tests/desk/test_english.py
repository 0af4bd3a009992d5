# SPDX-License-Identifier: EUPL-1.2
"""The desk in English: every sentence and refusal of it is translated, and no page keeps an Indonesian sign."""

import re
from collections.abc import Iterator
from html.parser import HTMLParser
from pathlib import Path

import pytest
from django.http import HttpResponse
from django.template import engines
from django.test import Client

import melayani
from melayani.cases.desk_queries import WorkList
from melayani.cases.life import refusal_for
from melayani.cases.rules import Identity, Stage
from melayani.catalogue.queries import services, topics
from melayani.government.actions import create_client
from melayani.government.models import Officer
from melayani.government.queries import place_row, unit_row
from tests.builders import DISHUB, a_case, a_waiting_case
from tests.conftest import MONDAY
from tests.desk.visiting import address, browser, dewi, joko, nanik, ratih, yusuf
from tests.portal.message_catalogue import Key, marked_in_code, marked_in_template, read_po
from tests.portal.paper_browser import Page
from tests.refusal_sentences import built_sentences, refusals_in, refusals_of

pytestmark = pytest.mark.once
PACKAGE = Path(melayani.__file__).parent
CATALOGUE = PACKAGE / "site" / "locale" / "en" / "LC_MESSAGES" / "django.po"
DESK = PACKAGE / "desk"
# Whose refusals reach an officer. The desk says them through gettext, so the catalogue needs the sentences themselves.
REFUSING = (
    "cases.actions",
    "cases.acting",
    "cases.file_actions",
    "cases.files",
    "cases.placeholders",
    "cases.saved_filters",
    "cases.template_actions",
    "desk.acts",
    "desk.pages.acts",
    "cases.administration_actions",
    "catalogue.actions",
    "catalogue.rules",
    "government.actions",
    "government.administration",
    "government.calendar_actions",
    "government.queries",
    "government.reference_actions",
    "triage.actions",
)


def marked_in_desk() -> set[Key]:
    """Every sentence that templates and code of the desk mark."""
    found: set[Key] = set()
    for path in DESK.rglob("*.html"):
        found.update(marked_in_page(path.read_text(encoding="utf-8")))
    for path in DESK.rglob("*.py"):
        found.update(marked_in_code(path))
    return found


def marked_in_page(source: str) -> Iterator[Key]:
    """The sentences that a template marks."""
    template = engines["django"].from_string(source)
    return marked_in_template(template.template)  # type: ignore[attr-defined]  # the engine's own template


def refusals() -> set[str]:
    """Every fixed sentence with which an officer may be refused."""
    return refusals_of(*REFUSING) | {refusal_for(stage) for stage in Stage}


def untranslated(sentences: set[Key]) -> list[Key]:
    """Those without English."""
    catalogue = read_po(CATALOGUE)
    return sorted(key for key in sentences if not all(catalogue.get(key, [""])))


def test_every_marked_sentence_of_the_desk_is_translated() -> None:
    sentences = marked_in_desk()
    assert len(sentences) > 290
    assert untranslated(sentences) == []


def test_every_refusal_at_the_desk_is_translated() -> None:
    sentences = refusals()
    assert len(sentences) > 50
    assert untranslated({("", sentence) for sentence in sentences}) == []


def test_control_new_sentences_and_refusals_are_found(tmp_path: Path) -> None:
    code = tmp_path / "new.py"
    code.write_text('NEW = _("Kalimat baru.")\n')
    page = (
        "{% load i18n %}{% translate 'Tombol baru' %}"
        "{% blocktranslate trimmed %}\n  Baru {{ name }}\n{% endblocktranslate %}"
    )
    found = {*marked_in_code(code), *marked_in_page(page)}
    assert untranslated(found) == [("", "Baru %(name)s"), ("", "Kalimat baru."), ("", "Tombol baru")]
    refusing = (
        'NotAllowed("a", "Tidak bisa.")\nWrongStage("b", NAMED)\nDayRefused("c", "Paling banyak %(most)s.", most=7)\n'
        'check_length(text, most=9, name="Judul")\ncheck_length(text, most=9, least=4, name="Judul")\n'
        'ClientRefused("d", "Untuk operator.")\nprint("x", "y")\n'
    )
    said = set(refusals_in(refusing, {"NAMED": "Belum waktunya."}))
    assert said == {
        "Untuk operator.",
        "Tidak bisa.",
        "Belum waktunya.",
        "Paling banyak %(most)s.",
        "Judul belum diisi.",
        "Judul terlalu pendek. Tulis paling sedikit %(least)s huruf.",
        "Judul terlalu panjang: %(length)s huruf. Paling banyak %(most)s huruf.",
    }
    assert len(untranslated({("", sentence) for sentence in said})) == len(said)


def test_no_refusal_that_a_face_says_is_put_together_on_the_spot() -> None:
    """What varies comes as a value: else the sentence would stay Indonesian on every other page."""
    rooms = ("cases", "catalogue", "desk", "government", "portal", "triage")
    # The packaged files are read on the command line only.
    files = [path for room in rooms for path in (PACKAGE / room).rglob("*.py") if path.name != "toml_rows.py"]
    built = {path.name: list(built_sentences(path.read_text(encoding="utf-8"))) for path in files}
    assert {name: found for name, found in built.items() if found} == {}


def test_control_a_sentence_put_together_on_the_spot_is_found() -> None:
    source = 'DayRefused("c", f"Paling banyak {MOST}.")\nDayRefused("c", "Paling banyak %(most)s.", most=MOST)\n'
    assert list(built_sentences(source)) == ["f'Paling banyak {MOST}.'"]


def stale(catalogue: str) -> list[str]:
    """Lines of guesses, of sentences that nobody says any more, and of places on somebody's machine."""
    return [line for line in catalogue.splitlines() if re.match(r"#,.*fuzzy|#\||#~|#: */", line)]


def test_catalogue_has_no_guesses_no_remains_and_no_machine_paths() -> None:
    assert stale(CATALOGUE.read_text(encoding="utf-8")) == []


def test_control_guesses_remains_and_machine_paths_are_found() -> None:
    bad = ["#, fuzzy", "#, fuzzy, python-format", '#| msgid "Lama"', '#~ msgid "Mati"', "#: /srv/desk/words.py:3"]
    assert stale("\n".join([*bad, "#, python-format", "#: desk/words.py:3", "# A note.", 'msgid "Hari"'])) == bad


class Signs(HTMLParser):
    """What names things on a page: title, headings, tabs, buttons, labels, heads of columns. Rows hold data."""

    KINDS = frozenset({"title", "h2", "h3", "button", "summary", "legend", "label", "dt", "th"})

    def __init__(self, html: str) -> None:
        """Reads the page."""
        super().__init__()
        self.signs: list[str] = []
        self._open: list[tuple[str, list[str]]] = []
        self._navs = 0
        self.feed(html)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Notes the names that stand in attributes, and begins a sign."""
        said = dict(attrs)
        if tag in ("nav", "aside", "section"):
            self.signs.append(said.get("aria-label") or "")
        self._navs += tag == "nav"
        if (tag in self.KINDS and said.get("scope") != "row") or (tag == "a" and self._navs):
            self._open.append((tag, []))

    def handle_endtag(self, tag: str) -> None:
        """Ends a sign."""
        self._navs -= tag == "nav"
        if self._open and self._open[-1][0] == tag:
            self.signs.append(" ".join("".join(self._open.pop()[1]).split()))

    def handle_data(self, data: str) -> None:
        """Collects words; counts and years are no words."""
        if self._open:
            self._open[-1][1].append(re.sub(r"\d+", "", data))


# The same word in both languages, or a name.
SAME = frozenset({"Unit", "Administrator", "SP4N", "Dinas Perhubungan Kabupaten Malang", "Basa Jawa"})


def kept_signs(*, indonesian: str, english: str) -> list[str]:
    """The signs that the English page shares with the Indonesian one, less names and numbers of cases."""
    shared = set(Signs(english).signs) & set(Signs(indonesian).signs)
    return sorted(sign for sign in shared - SAME if re.search("[a-z]{2}", sign) and "JT-" not in sign)


def names_of_things() -> frozenset[str]:
    """Names that administrators look after: data, the same in every language, alone or in the title of a page."""
    names = {unit_row(DISHUB).name, place_row("35.07.13").full_name}
    names |= {row.name for row in topics(also_unused=True)} | {row.name for row in services(also_closed=True)}
    return frozenset({*names, *(f"{name} · Melayani Jawa Timur" for name in names)})


def html_of(client: Client, where: str) -> str:
    """The page at the address."""
    answer = client.get(where)
    assert isinstance(answer, HttpResponse)
    assert answer.status_code in (200, 403, 404)
    return answer.content.decode()


def desk_pages() -> Iterator[tuple[Officer | None, str]]:
    """Who opens which page: every list, every stage of a case, every page of the administrator, and the refusals."""
    officer, head, desk, inspector, administrator = ratih(), joko(), nanik(), dewi(), yusuf()
    yield None, "/masuk"
    for which in WorkList:
        yield (desk if which is WorkList.TRIAGE else head), f"/meja/daftar/{which.value}"
    yield inspector, "/meja"
    for stage in Stage:
        if stage is not Stage.WAITING:
            case = a_case(stage=stage, identity=Identity.NAMED, name="Sari Wulandari")
            yield from ((person, address(case)) for person in (officer, head, inspector))
    yield desk, address(a_waiting_case())
    yield from (
        (head, f"/meja/{page}") for page in ("unit", "tombol", "sandi", "petugas", "kasus/JT-0", "templat/baru")
    )
    pages = ("petugas", "petugas/baru", "petugas/ratih/sandi", "petugas/ratih/nonaktif", "kalender", "janji")
    more = ("kalender/2029", "kalender/2029/keputusan", "janji/sp4n-2025", "petugas/ratih/peran")
    taken = "petugas/ratih/peran/cabut?peran=officer&unit=35.07.dishub"
    yield from ((administrator, f"/meja/{page}") for page in (*pages, *more, taken))
    create_client(code="lapor-kota", name="Lapor Kota", at=MONDAY)
    things = (
        "unit", "unit/baru", f"unit/{DISHUB}", f"unit/{DISHUB}/keadaan", "tempat", "tempat/35.07.13", "layanan",
        "layanan/PJU", "layanan/PJU/standar", "layanan/PJU/janji", "layanan/PJU/keadaan", "topik", "topik/perhubungan",
        "topik/perhubungan/keadaan", "aturan", "aturan/baru", "aturan/R038", "aturan/R038/hentikan", "klien",
        "klien/baru", "klien/lapor-kota/kunci", "klien/lapor-kota/keadaan", "riwayat",
    )  # fmt: skip
    yield from ((administrator, f"/meja/atur/{thing}") for thing in things)
    yield administrator, "/meja/atur"


@pytest.mark.django_db
def test_no_page_of_the_desk_keeps_an_indonesian_sign() -> None:
    kept = {}
    for officer, where in desk_pages():
        client = browser(officer)
        english = html_of(client, f"/en{where}")
        assert '<html lang="en"' in english
        assert len(Signs(english).signs) > 5
        signs = kept_signs(indonesian=html_of(client, where), english=english)
        kept[officer, where] = sorted(set(signs) - names_of_things())
    assert len(kept) > 35
    assert {page: signs for page, signs in kept.items() if signs} == {}


@pytest.mark.django_db
def test_control_signs_without_english_are_found() -> None:
    page = html_of(browser(yusuf()), "/meja/petugas")
    kept = kept_signs(indonesian=page, english=page)
    assert {"Petugas · Melayani Jawa Timur", "Atur", "Keluar", "Peran", "Akun"} <= set(kept)


@pytest.mark.django_db
def test_times_states_and_history_are_said_in_english() -> None:
    text = Page(html_of(browser(ratih()), f"/en{address(a_case(stage=Stage.ASKED))}")).text
    assert "14 working days, counted from submitting on Monday, 5 January, 09.00." in text
    assert "Saturdays and Sundays are not counted." in text
    assert "clock stopped since Monday, 5 January" in text
    assert "Submitted by a citizen · through This site" in text
    listed = Page(html_of(browser(joko()), "/en/meja/daftar/unit")).text
    assert "Waiting for citizen" in listed
    assert "stopped since Mon 5 Jan" in listed


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("act", "typed", "words"),
    [
        ("jawab", {"text": "Sudah.", "outcome": "SOLVED"}, "The answer is too short. Write at least 20 characters."),
        ("jawab", {"text": "Sudah.", "outcome": ""}, "Choose the outcome of this answer."),
        ("tanya", {"text": ""}, "Please write the question."),
        ("kabar", {"text": "Regu berangkat.", "version": "1"}, "Somebody else has just changed this case."),
        ("geser", {"day": "2026-03-02", "reason": "Hujan"}, "this action is not within your role"),
    ],
)
def test_refusals_are_said_in_english(act: str, typed: dict[str, str], words: str) -> None:
    case = a_case(stage=Stage.TAKEN)
    answer = browser(ratih()).post(f"/en{address(case, act)}", {"version": str(case.version), **typed})
    assert answer.status_code >= 400
    assert words in Page(answer.content.decode()).text


@pytest.mark.django_db
def test_a_letter_to_the_citizen_begins_in_indonesian() -> None:
    html = html_of(browser(ratih()), f"/en{address(a_case())}?rujuk=pln")
    assert Page(html).form("body").value("text").startswith("Urusan ini ditangani oleh PLN.")
