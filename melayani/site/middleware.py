# SPDX-License-Identifier: EUPL-1.2
"""What every answer carries (security headers, its language), what is believed of a proxy, and what is compressed; and
what stands before all pages while maintenance is on."""

from collections.abc import Callable
from urllib.parse import urlsplit

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.middleware.gzip import GZipMiddleware
from django.template.loader import render_to_string
from django.utils import translation

from melayani.site.maintenance import maintenance_answer

Handler = Callable[[HttpRequest], HttpResponse]

CONTENT_SECURITY_POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; font-src 'self'; "
    "connect-src 'self'; worker-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'; "
    "manifest-src 'self'"
)


def content_security_policy(tiles: str) -> str:
    """The policy; with map tiles their host may send pictures, and nothing else."""
    if not tiles:
        return CONTENT_SECURITY_POLICY
    host = "{0.scheme}://{0.netloc}".format(urlsplit(tiles))
    return CONTENT_SECURITY_POLICY.replace("img-src 'self'", f"img-src 'self' {host}")


def security_headers(get_response: Handler) -> Handler:
    """Every answer has a strict content security policy and says nothing to other sites."""
    fixed = {
        "Content-Security-Policy": content_security_policy(settings.TILES),
        "X-Content-Type-Options": "nosniff",
        "X-Frame-Options": "DENY",
        "Referrer-Policy": "same-origin",
        "Cross-Origin-Opener-Policy": "same-origin",
        "Permissions-Policy": "geolocation=(self), camera=(), microphone=()",
    }
    if settings.HTTPS:
        fixed["Strict-Transport-Security"] = "max-age=31536000; includeSubDomains"

    def handle(request: HttpRequest) -> HttpResponse:
        response = get_response(request)
        for name, value in fixed.items():
            response.headers.setdefault(name, value)
        return response

    return handle


FORWARDED = ("HTTP_X_FORWARDED_FOR", "HTTP_X_FORWARDED_PROTO", "HTTP_X_FORWARDED_HOST")
PROXIED = "melayani.proxied"


def proxy_headers(get_response: Handler) -> Handler:
    """`X-Forwarded-*` counts only when the direct peer is a trusted proxy; else it is dropped.

    `PROXIED` in the environment of the request tells that it came through some proxy, trusted or not.
    """
    trusted = frozenset(settings.TRUSTED_PROXIES)

    def handle(request: HttpRequest) -> HttpResponse:
        meta = request.META
        meta[PROXIED] = any(name in meta for name in FORWARDED)
        if trusted and meta.get("REMOTE_ADDR") in trusted:
            forwarded = meta.get("HTTP_X_FORWARDED_FOR", "").split(",")[-1].strip()
            if forwarded:
                meta["REMOTE_ADDR"] = forwarded
            if meta.get("HTTP_X_FORWARDED_PROTO") == "https":
                meta["wsgi.url_scheme"] = "https"
            if meta.get("HTTP_X_FORWARDED_HOST"):
                meta["HTTP_HOST"] = meta["HTTP_X_FORWARDED_HOST"]
        else:
            for name in FORWARDED:
                meta.pop(name, None)
        return get_response(request)

    return handle


def language_by_address(get_response: Handler) -> Handler:
    """The address alone says the language: its prefix, else Indonesian, whatever the browser would like.

    So a link reads the same for everybody, and answers need not vary by a header or a cookie.
    """
    prefixes = {code for code, _ in settings.LANGUAGES if code != settings.LANGUAGE_CODE}

    def handle(request: HttpRequest) -> HttpResponse:
        first = request.path_info.split("/", 2)[1:2]
        language = first[0] if first and first[0] in prefixes else settings.LANGUAGE_CODE
        translation.activate(language)
        request.LANGUAGE_CODE = language
        response = get_response(request)
        response.headers.setdefault("Content-Language", language)
        return response

    return handle


def maintenance(get_response: Handler) -> Handler:
    """While maintenance is on, every address says so and nothing behind this is reached: no session, no database."""

    def handle(request: HttpRequest) -> HttpResponse:
        return maintenance_answer(request) or get_response(request)

    return handle


def _larger(said: str, most: int) -> bool:
    """Whether a length as it was sent is above `most`; one with more digits than any length has is too."""
    return said.isascii() and said.isdecimal() and (len(said) > LONGEST_LENGTH or int(said) > most)


LONGEST_LENGTH = 19
# These say it themselves, in their own format.
OTHER_FORMATS = ("/open311/", "/api/")


def body_cap(get_response: Handler) -> Handler:
    """A request that says it is larger than anything we take is answered at once; its body is never read.

    One that does not say its size has no body for Django.
    """
    most = settings.MOST_BODY_BYTES

    def handle(request: HttpRequest) -> HttpResponse:
        said = request.META.get("CONTENT_LENGTH") or "0"
        if _larger(said, most) and not request.path.startswith(OTHER_FORMATS):
            return HttpResponse(render_to_string("413.html", request=request), status=413)
        return get_response(request)

    return handle


class CompressedPages(GZipMiddleware):
    """Compresses text for whoever has no session.

    Compression leaks how well a secret matches what somebody else put beside it (BREACH). A visitor without a session
    has no secret that the browser would add by itself; tokens against forgery are masked anew each time, and Django
    pads each answer at random. Officers' pages stay uncompressed here.
    """

    KINDS = ("text/", "application/json", "application/xml", "image/svg+xml", "application/atom+xml")

    def process_response(self, request: HttpRequest, response: HttpResponseBase) -> HttpResponseBase:
        """The answer, compressed when it may be."""
        if settings.SESSION_COOKIE_NAME in request.COOKIES or response.cookies.get(settings.SESSION_COOKIE_NAME):
            return response
        if not response.headers.get("Content-Type", "").startswith(self.KINDS):
            return response
        return super().process_response(request, response)
