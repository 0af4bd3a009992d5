# SPDX-License-Identifier: EUPL-1.2
"""The desk in English: every sentence and refusal of it is translated, and no page keeps an Indonesian sign."""

import ast
import re
from collections.abc import Iterator, Mapping
from html.parser import HTMLParser
from importlib import import_module
from pathlib import Path
from types import ModuleType

import pytest
from django.http import HttpResponse
from django.template import engines
from django.test import Client

import melayani
from melayani.cases.desk_queries import WorkList
from melayani.cases.life import refusal_for
from melayani.cases.rules import Identity, Stage
from melayani.government.models import Officer
from melayani.ground.plain_text import TextRefused, check_length
from tests.builders import a_case, a_waiting_case
from tests.desk.visiting import address, browser, dewi, joko, nanik, ratih, yusuf
from tests.portal.message_catalogue import Key, marked_in_code, marked_in_template, read_po
from tests.portal.paper_browser import Page

PACKAGE = Path(melayani.__file__).parent
CATALOGUE = PACKAGE / "site" / "locale" / "en" / "LC_MESSAGES" / "django.po"
DESK = PACKAGE / "desk"
# Whose refusals reach an officer. The desk says them through gettext, so the catalogue needs the sentences themselves.
REFUSING = (
    "cases.actions",
    "cases.acting",
    "desk.acts",
    "desk.pages.acts",
    "government.actions",
    "government.queries",
)
REFUSALS = re.compile(r"\w*Refused|NotAllowed|NotAdministrator|WrongStage|CaseChanged|UnknownCase")
COMMAND_LINE = "ClientRefused"  # clients are registered on the command line, never at the desk


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


def refusals_in(source: str, names: Mapping[str, object]) -> Iterator[str]:
    """The sentences with which a module refuses, as far as they are fixed; `names`: what the module defines."""
    for node in ast.walk(ast.parse(source)):
        if not (isinstance(node, ast.Call) and isinstance(node.func, ast.Name)):
            continue
        name = node.func.id
        if name == "check_length":
            yield from _length_refusal({keyword.arg or "": keyword.value for keyword in node.keywords})
        elif REFUSALS.fullmatch(name) and name != COMMAND_LINE and len(node.args) == 2:
            yield from _spelled(node.args[1], names)


def _length_refusal(said: Mapping[str, ast.expr]) -> Iterator[str]:
    """What is said of a text that is empty or too short."""
    name, least = said["name"], said.get("least")
    assert isinstance(name, ast.Constant)
    fixed = least.value if isinstance(least, ast.Constant) and isinstance(least.value, int) else 1
    try:
        check_length("", most=fixed, name=str(name.value), least=fixed)
    except TextRefused as refused:
        yield refused.message


def _spelled(node: ast.expr, names: Mapping[str, object]) -> Iterator[str]:
    """The text of a literal, of a named text, or of a literal with named values in it."""
    if isinstance(node, ast.Constant):
        yield str(node.value)
    elif isinstance(node, ast.Name) and node.id in names:
        yield str(names[node.id])
    elif isinstance(node, ast.JoinedStr):
        parts = [part.value if isinstance(part, ast.FormattedValue) else part for part in node.values]
        texts = [text for part in parts for text in _spelled(part, names)]
        if len(texts) == len(parts):
            yield "".join(texts)


def refusals() -> set[str]:
    """Every fixed sentence with which an officer may be refused."""
    modules: list[ModuleType] = [import_module(f"melayani.{name}") for name in REFUSING]
    fixed = {said for module in modules for said in refusals_in(_source(module), vars(module))}
    return fixed | {refusal_for(stage) for stage in Stage}


def _source(module: ModuleType) -> str:
    assert module.__file__ is not None
    return Path(module.__file__).read_text(encoding="utf-8")


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
        'NotAllowed("a", "Tidak bisa.")\nWrongStage("b", NAMED)\nDayRefused("c", f"Paling banyak {MOST}.")\n'
        'check_length(text, most=9, name="Judul")\ncheck_length(text, most=9, least=4, name="Judul")\n'
        'ClientRefused("d", "Untuk operator.")\nTextRefused("e", f"{unknown} salah.")\nprint("x", "y")\n'
    )
    said = set(refusals_in(refusing, {"NAMED": "Belum waktunya.", "MOST": 7}))
    assert said == {
        "Tidak bisa.",
        "Belum waktunya.",
        "Paling banyak 7.",
        "Judul belum diisi.",
        "Judul terlalu pendek. Tulis paling sedikit 4 huruf.",
    }
    assert len(untranslated({("", sentence) for sentence in said})) == len(said)


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
SAME = frozenset({"Unit", "Administrator", "SP4N", "Dinas Perhubungan Kabupaten Malang"})


def kept_signs(*, indonesian: str, english: str) -> list[str]:
    """The signs that the English page shares with the Indonesian one, less names and numbers of cases."""
    shared = set(Signs(english).signs) & set(Signs(indonesian).signs)
    return sorted(sign for sign in shared - SAME if re.search("[a-z]{2}", sign) and "JT-" not in sign)


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
    yield from ((head, f"/meja/{page}") for page in ("unit", "tombol", "sandi", "petugas", "kasus/JT-0"))
    pages = ("petugas", "petugas/baru", "petugas/ratih/sandi", "petugas/ratih/nonaktif", "kalender", "janji")
    yield from ((administrator, f"/meja/{page}") for page in (*pages, "kalender/2029"))


@pytest.mark.django_db
def test_no_page_of_the_desk_keeps_an_indonesian_sign() -> None:
    kept = {}
    for officer, where in desk_pages():
        client = browser(officer)
        english = html_of(client, f"/en{where}")
        assert '<html lang="en"' in english
        assert len(Signs(english).signs) > 5
        kept[officer, where] = kept_signs(indonesian=html_of(client, where), english=english)
    assert len(kept) > 35
    assert {page: signs for page, signs in kept.items() if signs} == {}


@pytest.mark.django_db
def test_control_signs_without_english_are_found() -> None:
    page = html_of(browser(yusuf()), "/meja/petugas")
    kept = kept_signs(indonesian=page, english=page)
    assert {"Petugas · Melayani Jawa Timur", "Kalender", "Keluar", "Peran", "Akun"} <= set(kept)


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
