# SPDX-License-Identifier: EUPL-1.2
"""Addresses for machines that no room owns (health, metrics, robots, security contact), and the page for a bug."""

import hmac
import logging
import secrets
from datetime import timedelta

from django.conf import settings
from django.db import DatabaseError
from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from django.template.loader import render_to_string
from django.views.decorators.cache import never_cache
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_safe

from melayani.ground.clock import now
from melayani.portal.typed_again import typed_again
from melayani.site.health import Health, health_now, metrics_text
from melayani.site.middleware import PROXIED

log = logging.getLogger("melayani.web")

NOT_FOR_ROBOTS = ("/meja", "/masuk", "/keluar", "/lacak", "/status/", "/metrics")
LOOPBACK = frozenset({"127.0.0.1", "::1"})
OTHER_SIGNS_OF_A_PROXY = ("HTTP_FORWARDED", "HTTP_VIA", "HTTP_X_REAL_IP")
PLAIN = "text/plain; charset=utf-8"
# What stands when even the page for a bug cannot be made.
LAST_WORDS = (
    '<!doctype html><html lang="id"><meta charset="utf-8"><title>Terjadi kesalahan</title>'
    "<h1>Maaf, terjadi kesalahan di pihak kami</h1>"
    "<p>Yang Anda kirim mungkin belum tersimpan. Coba lagi beberapa saat lagi.</p>"
    "<p>Nomor kejadian: {incident}</p></html>"
)


@csrf_exempt
@never_cache
@require_safe
def health(request: HttpRequest) -> HttpResponse:  # noqa: ARG001  # the shape of a view
    """200 while the instance can do its work, else 503; the body says what is wrong."""
    try:
        found = health_now(at=now())
    except DatabaseError:
        found = Health(database="gone", worker="unknown", oldest_unstamped_seconds=None)
    return JsonResponse(found.said(), status=200 if found.well else 503)


@csrf_exempt
@never_cache
@require_safe
def metrics(request: HttpRequest) -> HttpResponse:
    """Figures for a collector on this machine or with the token; for others this address does not exist."""
    if not may_read_metrics(request):
        raise Http404
    return HttpResponse(metrics_text(at=now()), content_type="text/plain; version=0.0.4; charset=utf-8")


def may_read_metrics(request: HttpRequest) -> bool:
    """Whether the caller holds the token, or sits on this machine with no proxy in between."""
    given = request.headers.get("Authorization", "").removeprefix("Bearer ")
    token = settings.METRICS_TOKEN
    if token and hmac.compare_digest(given.encode(), token.encode()):
        return True
    # A proxy on this machine, declared as trusted or not, would make everybody look like a local caller.
    proxied = request.META.get(PROXIED) or any(name in request.META for name in OTHER_SIGNS_OF_A_PROXY)
    return request.META.get("REMOTE_ADDR") in LOOPBACK and not proxied


@csrf_exempt
@require_safe
def robots(request: HttpRequest) -> HttpResponse:  # noqa: ARG001  # the shape of a view
    """What search engines should leave alone."""
    prefixes = ["", *(f"/{code}" for code, _name in settings.LANGUAGES if code != settings.LANGUAGE_CODE)]
    lines = ["User-agent: *", *(f"Disallow: {prefix}{path}" for prefix in prefixes for path in NOT_FOR_ROBOTS)]
    return HttpResponse("\n".join(lines) + "\n", content_type=PLAIN)


@csrf_exempt
@require_safe
def security_txt(request: HttpRequest) -> HttpResponse:  # noqa: ARG001  # the shape of a view
    """Whom to tell about a weakness (RFC 9116)."""
    expires = (now() + timedelta(days=180)).replace(hour=0, minute=0, second=0, microsecond=0)
    lines = [
        f"Contact: {settings.SECURITY_CONTACT}",
        f"Expires: {expires:%Y-%m-%dT%H:%M:%SZ}",
        "Preferred-Languages: id, en",
        f"Canonical: {settings.PUBLIC_URL}/.well-known/security.txt",
    ]
    return HttpResponse("\n".join(lines) + "\n", content_type=PLAIN)


def server_error(request: HttpRequest) -> HttpResponse:
    """The page for a bug: an incident number, under which the log says where it happened, and what was typed."""
    incident = secrets.token_hex(4).upper()
    match = request.resolver_match
    log.error(
        "server error",
        exc_info=True,
        extra={"incident": incident, "view": match.view_name if match else "", "method": request.method},
    )
    try:
        # The page needs the address and what was typed; whatever else hangs on the request may be what is broken.
        context = {"incident": incident, "typed": typed_again(request), "request": request}
        page: str = render_to_string("500.html", context)
    except Exception:  # whatever is broken, people get an answer with the number
        page = LAST_WORDS.format(incident=incident)
    answer = HttpResponse(page, status=500)
    # It may hold what was typed, a key among it.
    answer.headers["Cache-Control"] = "no-store"
    return answer
