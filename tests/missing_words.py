# SPDX-License-Identifier: EUPL-1.2
"""Which marked sentences have no translation: `python -m tests.missing_words jv` prints them as JSON, to be filled.

English must know every sentence of the pages; Javanese those of the home page, of filing with its receipt and errors,
and of the pages for trouble. What these pages include is found by itself; code that they say sentences of is named.
"""

import json
import re
import sys
from collections.abc import Iterable
from pathlib import Path

import melayani
from tests.portal.message_catalogue import Key, marked_in_code, marked_in_template, read_po

PACKAGE = Path(melayani.__file__).parent
# What a Javanese page must say in Javanese: templates by their names, and the code whose sentences stand in them.
TRANSLATED_PAGES = (
    "portal/home.html", "portal/file_case*.html", "portal/offline_form.html", "portal/similar_cases.html",
    "portal/expired.html", "portal/too_often.html", "site/_*.html", "4*.html", "5*.html", "busy.html",
)  # fmt: skip
TRANSLATED_CODE = (
    "cases/wording.py", "portal/answering.py", "portal/draft*.py", "portal/fil*.py", "portal/finding_place.py",
    "portal/forms.py", "portal/limits.py", "portal/photo*.py", "portal/points.py", "portal/refusals.py",
    "portal/sent_photos.py", "portal/service_answers.py", "portal/similar_to.py", "portal/skipped_days.py",
    "portal/standing.py", "portal/pages/*photo*.py", "portal/pages/expired.py", "portal/pages/file_case*.py",
    "portal/pages/home.py", "portal/pages/offline*.py", "portal/pages/similar*.py", "site/*.py",
)  # fmt: skip
_PART = re.compile(r"\{% (?:include|extends) \"([^\"]+)\"")


def missing(language: str) -> list[Key]:
    """The sentences, with their context, that this language should know and does not."""
    catalogue = read_po(PACKAGE / "site" / "locale" / language / "LC_MESSAGES" / "django.po")
    return sorted(key for key in wanted(language) if not all(catalogue.get(key, [""])))


def wanted(language: str) -> set[Key]:
    """The sentences that this language should know."""
    if language == "en":
        return marked(PACKAGE.rglob("*.html"), PACKAGE.rglob("*.py"))
    code = [path for pattern in TRANSLATED_CODE for path in PACKAGE.glob(pattern)]
    return marked(with_parts(_templates(TRANSLATED_PAGES)), code)


def marked(templates: Iterable[Path], code: Iterable[Path]) -> set[Key]:
    """What these templates and files mark."""
    from django.template import engines

    found: set[Key] = set()
    for path in templates:
        template = engines["django"].from_string(path.read_text(encoding="utf-8"))
        found.update(marked_in_template(template.template))  # type: ignore[attr-defined]  # the engine's own template
    for path in code:
        found.update(marked_in_code(path))
    return found


def with_parts(templates: Iterable[Path]) -> set[Path]:
    """The templates with everything they extend and include."""
    found: set[Path] = set()
    waiting = list(templates)
    while waiting:
        path = waiting.pop()
        if path not in found:
            found.add(path)
            waiting += _templates(_PART.findall(path.read_text(encoding="utf-8")))
    return found


def _templates(names: Iterable[str]) -> list[Path]:
    return [path for name in names for path in PACKAGE.glob(f"*/templates/{name}")]


if __name__ == "__main__":
    import django

    import tests.instance  # noqa: F401  # makes the instance that the settings need

    django.setup()
    language = sys.argv[1] if len(sys.argv) > 1 else "jv"
    keys = ["\u0004".join(filter(None, key)) for key in missing(language)]
    print(json.dumps(dict.fromkeys(keys, ""), ensure_ascii=False, indent=1))  # noqa: T201  # a program on the terminal
