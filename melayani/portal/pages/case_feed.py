# SPDX-License-Identifier: EUPL-1.2
"""The newest public cases as an Atom feed (RFC 4287)."""

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.utils.feedgenerator import Atom1Feed
from django.utils.translation import get_language
from django.utils.translation import gettext as _
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_safe

from melayani.cases.queries import public_cases
from melayani.cases.wording import state_words
from melayani.ground.clock import now


@csrf_exempt
@require_safe
def case_feed_page(request: HttpRequest) -> HttpResponse:  # noqa: ARG001  # the shape of a view
    """One entry a case: public title, place, unit and state."""
    base = settings.PUBLIC_URL
    feed = Atom1Feed(
        title=_("Kasus terbaru, Melayani Jawa Timur"),
        link=base + reverse("portal:cases"),
        description=_("Kasus umum yang baru disampaikan warga."),
        feed_url=base + reverse("portal:case-feed"),
        language=get_language() or "id",
    )
    for row in public_cases(at=now()).rows:
        address = base + reverse("portal:public-case", args=[row.number])
        feed.add_item(
            title=row.title,
            link=address,
            description=f"{row.place_name}. {row.unit_name}. {state_words(stage=row.stage, outcome=row.outcome)}.",
            unique_id=address,
            pubdate=row.filed_at,
            updateddate=row.updated_at,
        )
    answer = HttpResponse(feed.writeString("utf-8"), content_type="application/atom+xml; charset=utf-8")
    answer.headers["Cache-Control"] = "max-age=60"
    return answer
