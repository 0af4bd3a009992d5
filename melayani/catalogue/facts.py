# SPDX-License-Identifier: EUPL-1.2
"""What administrators can change about the catalogue, as plain facts: what a form shows, what an act records as before
and after, and what the mark of a form is made of."""

from collections.abc import Sequence

from melayani.catalogue.models import Service, StandardComponent, Topic
from melayani.catalogue.rules import PUBLIC_COMPONENTS, Promise, check_promise
from melayani.government.administration import Facts


def promise_of(service: Service) -> Promise | None:
    """The promise of the service's own, or None when the active profile decides."""
    if service.promise_days is None:
        return None
    return check_promise(
        days=service.promise_days,
        basis=service.promise_basis,
        source=service.promise_source,
        confidence=service.promise_confidence,
    )


def promise_facts(service: Service) -> Facts:
    """The promise of the service's own; nothing when the active profile decides."""
    own = promise_of(service)
    if own is None:
        return {}
    return {"days": own.days, "basis": own.basis.value, "source": own.source, "confidence": own.confidence}


def service_facts(service: Service) -> Facts:
    """Whether the service takes new cases."""
    return {"active": service.active}


def standard_facts(service: Service) -> dict[str, str]:
    """The six public components, empty where nothing was written. One query."""
    texts = dict(StandardComponent.objects.filter(service=service).values_list("key", "text"))
    return {key: texts.get(key, "") for key in PUBLIC_COMPONENTS}


def topic_facts(topic: Topic) -> Facts:
    """Name, description, place in the lists, and whether it can be chosen."""
    return {"name": topic.name, "description": topic.description, "order": topic.order, "active": topic.active}


def profile_facts(active: Sequence[str]) -> Facts:
    """Which profile is in use."""
    return {"profile": ", ".join(active)}
