# SPDX-License-Identifier: EUPL-1.2
"""Where the endpoint is, which formats it speaks, whom to ask. Source: wiki.open311.org/Service_Discovery."""

from django.conf import settings
from django.http import HttpRequest

from melayani.api.open311.formats import Answer
from melayani.api.open311.jurisdiction import CHANGESET, JURISDICTION, SPECIFICATION


def show_discovery(request: HttpRequest) -> Answer:  # noqa: ARG001  # the shape of a call
    """The discovery document."""
    url = settings.PUBLIC_URL
    return Answer(
        root="discovery",
        content={
            "changeset": CHANGESET,
            "contact": f"{url}/tentang (jurisdiction_id: {JURISDICTION})",
            "key_service": f"Kunci (api_key) diberikan administrator: {url}/tentang",
            "endpoints": [
                {
                    "specification": SPECIFICATION,
                    "url": f"{url}/open311/v2",
                    "changeset": CHANGESET,
                    "type": "production",
                    "formats": ["text/xml", "application/json"],
                }
            ],
        },
    )
