# SPDX-License-Identifier: EUPL-1.2
"""Topics, services with their standard and questions, promise profiles, and programmes."""

from django.db import models
from django.db.models import Q

from melayani.catalogue.rules import Basis, Datatype, Kind, Level
from melayani.government.rules import Confidence


def choices(enum: type[Kind | Basis | Level | Datatype | Confidence]) -> list[tuple[str, str]]:
    """The values of a StrEnum as Django choices."""
    return [(member.value, member.value) for member in enum]


class Programme(models.Model):
    """One programme of a Nawa Bhakti Satya set; sets are versioned by their validity."""

    code = models.CharField(max_length=40, primary_key=True)
    set = models.CharField(max_length=20)
    name = models.CharField(max_length=80)
    order = models.IntegerField()
    description = models.TextField()
    valid_from = models.DateField()
    valid_to = models.DateField()
    source = models.CharField(max_length=200)
    confidence = models.CharField(max_length=1, choices=choices(Confidence))

    def __str__(self) -> str:
        return self.name


class Topic(models.Model):
    """What a case is about, as used for disposition in the region."""

    code = models.SlugField(max_length=40, primary_key=True)
    name = models.CharField(max_length=80)
    description = models.TextField()
    programmes = models.ManyToManyField(Programme, related_name="topics")
    active = models.BooleanField(default=True)
    # Where it stands in lists; topics with the same number stand by name.
    order = models.IntegerField(default=100)

    def __str__(self) -> str:
        return self.name


class Service(models.Model):
    """A service people can ask for or report about, with its standard (fourteen components)."""

    code = models.CharField(max_length=20, unique=True)
    slug = models.SlugField(max_length=80, unique=True)
    name = models.CharField(max_length=120)
    topic = models.ForeignKey(Topic, on_delete=models.PROTECT, related_name="services")
    kind = models.CharField(max_length=30, choices=choices(Kind))
    level = models.CharField(max_length=10, choices=choices(Level))
    sector = models.CharField(max_length=40)
    summary = models.TextField()
    keywords = models.JSONField(default=list)
    active = models.BooleanField(default=True)
    promise_days = models.IntegerField(null=True, blank=True)
    promise_basis = models.CharField(max_length=10, choices=choices(Basis), default=Basis.WORKING)
    promise_source = models.CharField(max_length=200, blank=True)
    promise_confidence = models.CharField(max_length=1, choices=choices(Confidence), blank=True)
    confidence = models.CharField(max_length=1, choices=choices(Confidence), default=Confidence.B)
    confidence_note = models.CharField(max_length=300, blank=True)

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(promise_days__isnull=True) | Q(promise_days__gte=1, promise_days__lte=1000),
                name="service_promise_in_range",
            ),
        ]

    def __str__(self) -> str:
        return self.name


class StandardComponent(models.Model):
    """One of the fourteen components of a service standard; six of them are public (standar pelayanan)."""

    service = models.ForeignKey(Service, on_delete=models.CASCADE, related_name="components")
    key = models.CharField(max_length=30)
    text = models.TextField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["service", "key"], name="component_once")]

    def __str__(self) -> str:
        return self.key


class Question(models.Model):
    """An extra question of a service (an Open311 attribute). `variable` false = a text to read, no answer."""

    service = models.ForeignKey(Service, on_delete=models.CASCADE, related_name="questions")
    code = models.CharField(max_length=40)
    order = models.IntegerField()
    datatype = models.CharField(max_length=20, choices=choices(Datatype))
    required = models.BooleanField(default=False)
    variable = models.BooleanField(default=True)
    label = models.CharField(max_length=200)
    help = models.CharField(max_length=300, blank=True)
    values = models.JSONField(default=list, help_text="[{key, name}] for lists")

    class Meta:
        constraints = [models.UniqueConstraint(fields=["service", "code"], name="question_once")]

    def __str__(self) -> str:
        return self.code


class PromiseProfile(models.Model):
    """A set of clocks per kind, used where a service has none of its own (`sp4n-2018`)."""

    code = models.CharField(max_length=40, primary_key=True)
    name = models.CharField(max_length=120)
    source = models.CharField(max_length=200)
    confidence = models.CharField(max_length=1, choices=choices(Confidence))
    verified = models.BooleanField(default=False)
    active = models.BooleanField(default=False)
    note = models.TextField(blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["active"], condition=Q(active=True), name="profile_one_active"),
        ]

    def __str__(self) -> str:
        return self.code


class PromiseClock(models.Model):
    """Within how many days a kind is answered under a profile, with source and confidence."""

    profile = models.ForeignKey(PromiseProfile, on_delete=models.CASCADE, related_name="clocks")
    kind = models.CharField(max_length=40)
    days = models.IntegerField()
    basis = models.CharField(max_length=10, choices=choices(Basis))
    confidence = models.CharField(max_length=1, choices=choices(Confidence))
    note = models.CharField(max_length=300, blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["profile", "kind"], name="clock_once"),
            models.CheckConstraint(condition=Q(days__gte=1, days__lte=1000), name="clock_in_range"),
        ]

    def __str__(self) -> str:
        return f"{self.kind} {self.days}"


class Limit(models.Model):
    """A period of the regulation that is not a promise: verify, react, silence, settlement (DOMAIN 2)."""

    code = models.CharField(max_length=40, primary_key=True)
    days = models.IntegerField()
    basis = models.CharField(max_length=10, choices=choices(Basis))
    source = models.CharField(max_length=200)
    confidence = models.CharField(max_length=1, choices=choices(Confidence))

    def __str__(self) -> str:
        return f"{self.code} {self.days}"
