# SPDX-License-Identifier: EUPL-1.2
"""How often keys may be tried and cases filed, and the calm page for who must wait. Nobody's address is kept.

Thousands of phones share the address of their carrier. So a wrong key counts for one number from one address, and the
budgets of an address alone are wide; who has the right key gets in even when somebody behind the same address guesses.
"""

from collections.abc import Callable
from datetime import datetime
from functools import wraps

from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from melayani.ground.budget import Budget
from melayani.ground.case_number import read_number
from melayani.ground.clock import now
from melayani.ground.network_address import is_this_machine, network_of
from melayani.portal.answering import page
from melayani.portal.typed_again import Typed, typed_again

View = Callable[..., HttpResponseBase]

# Own choices, confidence C. Ten wrong keys for one number are a guesser, not somebody who misread a receipt.
KEYS_OF_NUMBER = Budget(burst=10, every=90, cells=1 << 16)
KEYS_OF_ADDRESS = Budget(burst=300, every=2)
FILINGS_OF_ADDRESS = Budget(burst=300, every=1)
PHOTOS_OF_ADDRESS = Budget(burst=200, every=20)
# A whole street may join behind one carrier; one script may not make a case look as grave as it likes.
JOININGS_OF_CASE = Budget(burst=30, every=120)


def few_wrong_keys(view: View) -> View:
    """The view; after too many wrong keys nothing is looked up, and the page says how long to wait."""

    @wraps(view)
    def handle(request: HttpRequest, *args: object, **kwargs: object) -> HttpResponseBase:
        number = read_number(request.POST.get("nomor", "")) if request.method == "POST" else None
        seconds = _key_wait(request, number, at=now()) if number else 0
        return wait_for_key(request, seconds) if seconds else view(request, *args, **kwargs)

    return handle


def note_wrong_key(request: HttpRequest, number: str) -> None:
    """A key that did not open this number was tried from where the request came."""
    at, network = now(), _network(request)
    KEYS_OF_NUMBER.spend(number, network, at=at)
    KEYS_OF_ADDRESS.spend(network, at=at)


def _key_wait(request: HttpRequest, number: str, *, at: datetime) -> int:
    """An address that owes has one try left for each number: whoever has the right key needs no more."""
    network = _network(request)
    owes = KEYS_OF_ADDRESS.wait(network, at=at) > 0
    return KEYS_OF_NUMBER.wait(number, network, at=at, burst=1 if owes else 0)


def few_filings(view: View) -> View:
    """The view, unless its last button is pressed too often from one address: then all that was typed stays."""

    @wraps(view)
    def handle(request: HttpRequest, *args: object, **kwargs: object) -> HttpResponseBase:
        if request.method == "POST" and request.POST.get("tuju") == "kirim":
            seconds = _filing_wait(request, at=now())
            if seconds:
                return wait_for_filing(request, seconds)
        return view(request, *args, **kwargs)

    return handle


def few_joinings(view: View) -> View:
    """The view, unless one case is joined too often from one address: then all that was typed stays."""

    @wraps(view)
    def handle(request: HttpRequest, number: str) -> HttpResponseBase:
        at, who = now(), (read_number(number) or "", _network(request))
        if request.method == "POST" and not is_this_machine(request.META.get("REMOTE_ADDR", "")):
            seconds = JOININGS_OF_CASE.wait(*who, at=at)
            if seconds:
                return wait_for_filing(request, seconds)
            JOININGS_OF_CASE.spend(*who, at=at)
        return view(request, number)

    return handle


def photo_fits(request: HttpRequest) -> bool:
    """Whether one more photo may be sent from this address, and counts; this machine's own do not count."""
    if is_this_machine(request.META.get("REMOTE_ADDR", "")):
        return True
    network, at = _network(request), now()
    if PHOTOS_OF_ADDRESS.wait(network, at=at):
        return False
    PHOTOS_OF_ADDRESS.spend(network, at=at)
    return True


def _filing_wait(request: HttpRequest, *, at: datetime) -> int:
    """Seconds to wait; 0 = the filing may be sent, and counts. Addresses of this machine do not count."""
    if is_this_machine(request.META.get("REMOTE_ADDR", "")):
        return 0
    network = _network(request)
    seconds = FILINGS_OF_ADDRESS.wait(network, at=at)
    if not seconds:
        FILINGS_OF_ADDRESS.spend(network, at=at)
    return seconds


def _network(request: HttpRequest) -> str:
    return network_of(request.META.get("REMOTE_ADDR", ""))


def wait_for_key(request: HttpRequest, seconds: int) -> HttpResponse:
    """429, for who tried too many wrong keys."""
    minutes = -(-seconds // 60)
    said = ngettext(
        "Terlalu banyak kunci yang salah untuk nomor ini. Coba lagi %(minutes)s menit lagi.",
        "Terlalu banyak kunci yang salah untuk nomor ini. Coba lagi %(minutes)s menit lagi.",
        minutes,
    )
    help_ = _("Periksa nomor dan kunci pada tanda terima Anda. Nomor saja cukup untuk melihat kasus yang umum.")
    typed = typed_again(request)
    if typed and not typed.texts:
        typed = None  # nothing would be lost, and the same wrong key would be sent again
    return _wait(request, said % {"minutes": minutes}, seconds, help_=help_, typed=typed)


def wait_for_filing(request: HttpRequest, seconds: int) -> HttpResponse:
    """429, with the form to be sent once more."""
    said = ngettext(
        "Sedang banyak sekali kiriman dari jaringan Anda. Tunggu %(seconds)s detik, lalu kirim sekali lagi.",
        "Sedang banyak sekali kiriman dari jaringan Anda. Tunggu %(seconds)s detik, lalu kirim sekali lagi.",
        seconds,
    )
    help_ = _("Ini bukan salah Anda: banyak ponsel memakai satu alamat jaringan. Yang Anda ketik masih ada.")
    return _wait(request, said % {"seconds": seconds}, seconds, help_=help_, typed=typed_again(request))


def _wait(request: HttpRequest, said: str, seconds: int, *, help_: str, typed: Typed | None) -> HttpResponse:
    context = {"said": said, "help": help_, "typed": typed, "fresh": True}
    answer = page(request, "too_often", context, status=429, private=True)
    answer.headers["Retry-After"] = str(seconds)
    return answer
