# SPDX-License-Identifier: EUPL-1.2
"""The sheet of keyboard shortcuts."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

from melayani.desk.access import Visit


def page(request: HttpRequest, visit: Visit) -> HttpResponse:
    """What each key does, and how to switch them off."""
    return render(request, "desk/keys.html", {"visit": visit})
