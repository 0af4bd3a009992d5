# SPDX-License-Identifier: EUPL-1.2
"""A page in all languages, for the switch on every page and for search engines (a template library)."""

from dataclasses import dataclass

from django import template
from django.conf import settings
from django.http import HttpRequest
from django.template.context import Context
from django.utils.encoding import escape_uri_path

register = template.Library()


@dataclass(frozen=True)
class Version:
    """This page in one language: code and own name of the language, the prefix of its addresses, the address there.

    `here` marks the language of the page itself.
    """

    code: str
    name: str
    prefix: str
    address: str
    here: bool


@register.simple_tag(takes_context=True)
def page_in_every_language(context: Context, query: bool = False) -> tuple[Version, ...]:
    """The page in each language, its own one too; nothing where there is no request.

    The query of the address is kept only with `query`: pages that are remembered under their address alone must not
    repeat what one visitor wrote behind the question mark.
    """
    request: HttpRequest | None = context.get("request")
    if request is None:
        return ()
    bare, present = _without_prefix(request.path)
    behind = request.get_full_path().partition("?")[2] if query else ""
    address = escape_uri_path(bare) + (f"?{behind}" if behind else "")
    return tuple(
        Version(
            code=code,
            name=str(name),
            prefix=_prefix(code),
            address=f"{_prefix(code)}{address}",
            here=code == present,
        )
        for code, name in settings.LANGUAGES
    )


def _prefix(code: str) -> str:
    return "" if code == settings.LANGUAGE_CODE else f"/{code}"


def _without_prefix(path: str) -> tuple[str, str]:
    """The address in Indonesian, and the language whose prefix was taken off.

    One slash in front: two would make a browser take what follows for the name of another site.
    """
    first, _slash, rest = path.lstrip("/").partition("/")
    if first in dict(settings.LANGUAGES) and first != settings.LANGUAGE_CODE:
        return f"/{rest.lstrip('/')}", first
    return f"/{path.lstrip('/')}", settings.LANGUAGE_CODE
