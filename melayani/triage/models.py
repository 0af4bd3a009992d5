# SPDX-License-Identifier: EUPL-1.2
"""Routing rules as versioned data."""

from django.db import models
from django.db.models import Q

from melayani.catalogue.models import Service, Topic
from melayani.government.models import ReferralBody
from melayani.government.rules import Confidence


class RoutingRule(models.Model):
    """One version of a rule; only the newest active version of a code is used, older ones stay for explanation."""

    code = models.CharField(max_length=20)
    version = models.IntegerField(default=1)
    active = models.BooleanField(default=True)
    topic = models.ForeignKey(Topic, on_delete=models.PROTECT, related_name="rules")
    service = models.ForeignKey(Service, on_delete=models.PROTECT, null=True, blank=True, related_name="rules")
    place_prefix = models.CharField(max_length=13, blank=True)
    level = models.CharField(max_length=10, blank=True)
    sector = models.CharField(max_length=40, blank=True)
    refer_to = models.ForeignKey(ReferralBody, on_delete=models.PROTECT, null=True, blank=True)
    reason = models.CharField(max_length=300)
    source = models.CharField(max_length=200, blank=True)
    confidence = models.CharField(
        max_length=1, choices=[(member.value, member.value) for member in Confidence], default=Confidence.C
    )

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["code", "version"], name="rule_version_once"),
            models.UniqueConstraint(fields=["code"], condition=Q(active=True), name="rule_one_active_version"),
            models.CheckConstraint(
                condition=(~Q(sector="") & ~Q(level="") & Q(refer_to__isnull=True))
                | (Q(sector="") & Q(level="") & Q(refer_to__isnull=False)),
                name="rule_sends_or_refers",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.code} v{self.version}"
