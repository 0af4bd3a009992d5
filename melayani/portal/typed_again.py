# SPDX-License-Identifier: EUPL-1.2
"""What somebody typed into a form that could not be taken, so that the page which says so does not lose it.

A citizen gets the form back, to be sent once more. An officer gets the texts back to copy: a button that does an
officer's act on a page that somebody else may have led to would undo the protection against forged forms.
"""

from dataclasses import dataclass

from django.core.exceptions import SuspiciousOperation
from django.http import HttpRequest, QueryDict, UnreadablePostError
from django.http.multipartparser import MultiPartParserError
from django.urls import Resolver404, resolve

TOKEN = "csrfmiddlewaretoken"  # noqa: S105  # the name of a field
# Forms whose fields are secrets: nothing of them is ever shown again.
SECRET = frozenset({"desk:login", "desk:password", "desk:new-officer", "desk:reset-password"})
# Fields that are codes however they are typed: a key in groups of four is no text to be shown.
CODES = frozenset({"nomor", "kunci", "kiriman", "number", "key"})
LONG = 40


@dataclass(frozen=True)
class Typed:
    """The values of a form: `texts` are shown, `carried` go along unseen; `action` empty = not to be sent from here.

    `token` is the one that came with the form, for answers that cannot make a fresh one.
    """

    action: str
    texts: tuple[tuple[str, str], ...]
    carried: tuple[tuple[str, str], ...]
    token: str


def typed_again(request: HttpRequest) -> Typed | None:
    """What the form that was sent held; None when nothing was sent, or nothing of it may be shown."""
    name = view_name(request.path_info)
    if request.method != "POST" or name in SECRET or not name.startswith(("portal:", "desk:")):
        return None
    sent = _sent(request)
    pairs = [(field, value) for field in sent for value in sent.getlist(field) if field != TOKEN]
    texts = tuple((field, value) for field, value in pairs if _is_text(field, value))
    if name.startswith("desk:"):
        return Typed(action="", texts=texts, carried=(), token="")
    carried = tuple((field, value) for field, value in pairs if not _is_text(field, value))
    return Typed(action=request.path, texts=texts, carried=carried, token=sent.get(TOKEN, ""))


def view_name(path: str) -> str:
    """The name of the page at this address, or empty."""
    try:
        return resolve(path).view_name
    except Resolver404:
        return ""


def _sent(request: HttpRequest) -> QueryDict:
    try:
        return request.POST
    except (SuspiciousOperation, UnreadablePostError, MultiPartParserError):
        return QueryDict()


def _is_text(field: str, value: str) -> bool:
    """Whether a person wrote this, as far as one can tell: codes and tokens have no blanks and are short."""
    if field in CODES:
        return False
    return len(value.split()) > 1 or len(value) > LONG
