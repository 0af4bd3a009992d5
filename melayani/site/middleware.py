# SPDX-License-Identifier: EUPL-1.2
"""What every answer carries (security headers) and what is believed of a proxy (only from a trusted address)."""

from collections.abc import Callable

from django.conf import settings
from django.http import HttpRequest, HttpResponse

Handler = Callable[[HttpRequest], HttpResponse]

CONTENT_SECURITY_POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; font-src 'self'; "
    "connect-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'; manifest-src 'self'"
)


def security_headers(get_response: Handler) -> Handler:
    """Every answer has a strict content security policy and says nothing to other sites."""
    fixed = {
        "Content-Security-Policy": CONTENT_SECURITY_POLICY,
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


def proxy_headers(get_response: Handler) -> Handler:
    """`X-Forwarded-*` counts only when the direct peer is a trusted proxy; else it is dropped."""
    trusted = frozenset(settings.TRUSTED_PROXIES)

    def handle(request: HttpRequest) -> HttpResponse:
        meta = request.META
        if trusted and meta.get("REMOTE_ADDR") in trusted:
            forwarded = meta.get("HTTP_X_FORWARDED_FOR", "").split(",")[-1].strip()
            if forwarded:
                meta["REMOTE_ADDR"] = forwarded
            if meta.get("HTTP_X_FORWARDED_PROTO") == "https":
                meta["wsgi.url_scheme"] = "https"
            if meta.get("HTTP_X_FORWARDED_HOST"):
                meta["HTTP_HOST"] = meta["HTTP_X_FORWARDED_HOST"]
        else:
            for name in ("HTTP_X_FORWARDED_FOR", "HTTP_X_FORWARDED_PROTO", "HTTP_X_FORWARDED_HOST"):
                meta.pop(name, None)
        return get_response(request)

    return handle
