# SPDX-License-Identifier: EUPL-1.2
"""The bare limits, as a WSGI application on the same settings, server and database as ours.

/plain a Django plain string · /insert one ORM insert with its commit · /read one ORM read by id · /json 50 rows as JSON
· /template 50 rows by a stock Django template with localised dates.
"""

import itertools
import os

import django
from django.core.handlers.wsgi import WSGIHandler
from django.db import models
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.template import Context, Engine, Template
from django.urls import path

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "bench.limits_settings")
django.setup()

from melayani.cases.models import Case  # noqa: E402  # after django.setup


class BenchRow(models.Model):
    """A row as plain as a real one gets: eight columns and one index."""

    number = models.CharField(max_length=11, unique=True)
    title = models.CharField(max_length=200)
    stage = models.CharField(max_length=10)
    unit = models.IntegerField(default=0)
    filed_at = models.DateTimeField(null=True)
    due_at = models.DateTimeField(null=True)
    body = models.TextField(default="x" * 600)
    version = models.IntegerField(default=1)

    objects: models.Manager["BenchRow"] = models.Manager()

    class Meta:
        app_label = "ledger"
        db_table = "bench_row"

    def __str__(self) -> str:
        return self.number


_counter = itertools.count()
_STOCK = Template(
    "<ul>{% for c in cases %}<li><a href='/x/{{ c.number }}'>{{ c.title }}</a> {{ c.unit_name }} {{ c.stage }} "
    "{{ c.filed_at|date:'l, j F Y' }} {{ c.due_at|date:'l, j F Y' }}</li>{% endfor %}</ul>",
    engine=Engine(),
)


def plain(request: HttpRequest) -> HttpResponse:  # noqa: ARG001  # a view
    """A plain string through Django."""
    return HttpResponse("halo")


def insert(request: HttpRequest) -> HttpResponse:  # noqa: ARG001  # a view
    """One ORM insert and its commit."""
    row = BenchRow.objects.create(number=f"{os.getpid() % 46656:x}{next(_counter):x}"[:11], title="x" * 60)
    return HttpResponse(str(row.pk))


def read(request: HttpRequest) -> HttpResponse:
    """One ORM read by primary key."""
    return HttpResponse(Case.objects.get(pk=int(request.GET["id"])).number)


def as_json(request: HttpRequest) -> HttpResponse:  # noqa: ARG001  # a view
    """Fifty rows as JSON."""
    rows = Case.objects.order_by("-id").values("number", "title", "unit_name", "stage", "filed_at", "due_at")[:50]
    return JsonResponse(list(rows), safe=False)


def template(request: HttpRequest) -> HttpResponse:  # noqa: ARG001  # a view
    """Fifty rows by a stock template."""
    return HttpResponse(_STOCK.render(Context({"cases": Case.objects.order_by("-id")[:50]})))


urlpatterns = [
    path("plain", plain),
    path("insert", insert),
    path("read", read),
    path("json", as_json),
    path("template", template),
]
application = WSGIHandler()
