# SPDX-License-Identifier: EUPL-1.2
"""Finding a case by its number in any written form, or by words.

Words may be somebody's name, so they are sent in the body and then stand in the address only as a sealed token: going
back and forth between a case and what was found works, and no log or history can read them.
"""

from urllib.parse import urlencode

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse

from melayani.cases.desk_queries import sees_all
from melayani.cases.desk_search import cases_with, kept_words, may_open, search_words, words_kept
from melayani.desk.access import Visit
from melayani.desk.rows import lines
from melayani.ground.case_number import read_number

MOST_SHOWN = 100


def page(request: HttpRequest, visit: Visit) -> HttpResponse:
    """To the case whose number was typed; else to what was found by the words."""
    if request.method == "POST":
        return _to_what_was_typed(visit, str(request.POST.get("nomor", "")))
    typed = str(request.GET.get("nomor", ""))
    number = read_number(typed)
    if number is not None:
        return redirect("desk:case", number=number)
    return _found(request, visit, words_kept(str(request.GET.get("kata", "")), actor=visit.actor), typed=typed)


def _to_what_was_typed(visit: Visit, typed: str) -> HttpResponse:
    number = read_number(typed)
    # Seven letters in a row may be a word as well as a number; a word is not sent to a case that is not there.
    if number is not None and (any(map(str.isdecimal, typed)) or may_open(number=number, actor=visit.actor)):
        return redirect("desk:case", number=number)
    return redirect(f"{reverse('desk:find-case')}?{urlencode({'kata': kept_words(typed, actor=visit.actor)})}")


def _found(request: HttpRequest, visit: Visit, said: str, *, typed: str) -> HttpResponse:
    """What the words lead to; `typed` came in the address, is no number, and is not looked for until it is sent."""
    words = search_words(said)
    hits = cases_with(words, actor=visit.actor)
    context = {
        "visit": visit,
        "said": (said or typed)[:MOST_SHOWN],
        "searched": bool(said),
        "no_number": typed[:40],
        "words": words,
        "lines": lines(
            (hit.row for hit in hits.hits),
            at=visit.at,
            with_unit=sees_all(visit.actor),
            said={hit.row.number: hit.said for hit in hits.hits},
        ),
        "found": len(hits.hits),
        "more": hits.more,
        "opened": hits.opened,
    }
    return render(request, "desk/find_case.html", context)
