# SPDX-License-Identifier: EUPL-1.2
"""A browser without JavaScript: reads a page's forms as HTML says, and presses a button as a person would."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from html.parser import HTMLParser
from typing import Any
from urllib.parse import urlencode

from django.core.files.uploadedfile import SimpleUploadedFile
from django.http import HttpResponse
from django.test import Client

INLINE = frozenset({"a", "abbr", "b", "em", "i", "q", "s", "small", "span", "strong", "time"})
Fields = list[tuple[str, str]]


@dataclass
class Form:
    """One form: where it goes, what it would send, and its buttons as (name, value, words, own address)."""

    id: str
    action: str
    method: str
    fields: Fields = field(default_factory=list)
    buttons: list[tuple[str, str, str, str]] = field(default_factory=list)
    multipart: bool = False

    def value(self, name: str) -> str:
        """What would be sent under a name; empty when nothing."""
        return next((value for key, value in self.fields if key == name), "")

    def filled(self, changes: Mapping[str, str | Sequence[str]]) -> Fields:
        """The fields with some typed over (a sequence for several choices)."""
        kept = [(name, value) for name, value in self.fields if name not in changes]
        for name, value in changes.items():
            kept += [(name, value)] if isinstance(value, str) else [(name, one) for one in value]
        return kept


@dataclass
class Element:
    """A start tag as it stands in the page."""

    tag: str
    attributes: dict[str, str]


class Page(HTMLParser):
    """A page taken apart: forms, elements, the texts in boxes, and all words in reading order."""

    def __init__(self, answer: "HttpResponse | str") -> None:
        """Parses the answer."""
        super().__init__(convert_charrefs=True)
        self.forms: list[Form] = []
        self.elements: list[Element] = []
        self.words: list[str] = []
        self.boxes: list[str] = []
        self._open: Form | None = None
        self._select: tuple[str, list[tuple[str, bool]]] | None = None
        self._option: str | None = None
        self._area: tuple[str, list[str]] | None = None
        self._button: tuple[Form | None, str, str, str, list[str]] | None = None
        self._silent = 0
        self.html = answer if isinstance(answer, str) else answer.content.decode()
        self.feed(self.html)
        self.text = " ".join("".join(self.words).split())

    def form(self, holding: str) -> Form:
        """The first form that has a field or a button of this name, or this id."""
        for form in self.forms:
            names = {name for name, _value in form.fields} | {button[0] for button in form.buttons}
            if holding in names or holding == form.id:
                return form
        raise AssertionError(f"no form with {holding!r} in: {self.text[:300]}")

    def all(self, tag: str) -> list[dict[str, str]]:
        """The attributes of every element with this tag."""
        return [element.attributes for element in self.elements if element.tag == tag]

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Notes the element and what it means for a form."""
        said = {name: value or "" for name, value in attrs}
        self.elements.append(Element(tag, said))
        self._break(tag)
        if tag in ("script", "style"):
            self._silent += 1
        if tag == "form":
            self._open = Form(said.get("id", ""), said.get("action", ""), said.get("method", "get"))
            self._open.multipart = said.get("enctype") == "multipart/form-data"
            self.forms.append(self._open)
        elif tag == "select":
            self._select = (said.get("name", ""), [])
        elif tag == "option" and self._select is not None:
            self._select[1].append((said.get("value", ""), "selected" in said))
        elif tag == "textarea":
            self._area = (said.get("name", ""), [])
        elif tag == "input":
            self._input(said)
        elif tag == "button":
            owner = next((f for f in self.forms if f.id == said.get("form")), None) if said.get("form") else self._open
            self._button = (owner, said.get("name", ""), said.get("value", ""), said.get("formaction", ""), [])

    def _break(self, tag: str) -> None:
        if tag not in INLINE:
            self.words.append(" ")

    def _input(self, said: dict[str, str]) -> None:
        if self._open is None or not said.get("name") or said.get("type") == "file":
            return
        ticked = said.get("type") in ("radio", "checkbox")
        if ticked and "checked" not in said:
            return
        self._open.fields.append((said["name"], said.get("value", "on" if ticked else "")))

    def handle_endtag(self, tag: str) -> None:
        """Closes what was open."""
        self._break(tag)
        if tag in ("script", "style"):
            self._silent -= 1
        if tag == "form":
            self._open = None
        elif tag == "select" and self._select is not None:
            name, options = self._select
            chosen = next((value for value, marked in options if marked), options[0][0] if options else "")
            if self._open is not None:
                self._open.fields.append((name, chosen))
            self._select = None
        elif tag == "textarea" and self._area is not None:
            # A browser drops the one line end right after the tag.
            self.boxes.append("".join(self._area[1]).removeprefix("\n"))
            if self._open is not None:
                self._open.fields.append((self._area[0], self.boxes[-1]))
            self._area = None
        elif tag == "button" and self._button is not None:
            owner, name, value, address, words = self._button
            if owner is not None:
                owner.buttons.append((name, value, " ".join("".join(words).split()), address))
            self._button = None

    def handle_data(self, data: str) -> None:
        """Collects words."""
        if self._area is not None:
            self._area[1].append(data)
            return
        if self._button is not None:
            self._button[4].append(data)
        if not self._silent:
            self.words.append(data)


def pressed(
    client: Client,
    form: Form,
    *,
    button: str = "",
    typed: Mapping[str, str | Sequence[str]] | None = None,
    files: Sequence[SimpleUploadedFile] = (),
    **extra: Any,
) -> HttpResponse:
    """What the site answers when the form is sent by the button with this value (empty = the first).

    `files` are what was chosen in the field `foto`.
    """
    chosen = next((b for b in form.buttons if b[1] == button), form.buttons[0])
    fields = form.filled(typed or {})
    if chosen[0]:
        fields.append((chosen[0], chosen[1]))
    if form.multipart:
        whole: dict[str, list[Any]] = {"foto": list(files)} if files else {}
        for name, value in fields:
            whole.setdefault(name, []).append(value)
        answer = client.post(chosen[3] or form.action, data=whole, **extra)
        assert isinstance(answer, HttpResponse)
        return answer
    body = urlencode(fields)
    answer = client.post(chosen[3] or form.action, data=body, content_type="application/x-www-form-urlencoded", **extra)
    assert isinstance(answer, HttpResponse)
    return answer
