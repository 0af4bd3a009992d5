# SPDX-License-Identifier: EUPL-1.2
"""Places, units, referral bodies, officers with their roles, clients (other systems), the calendar, and the record of
administration."""

from django.contrib.auth.models import AbstractBaseUser, BaseUserManager
from django.db import models
from django.db.models import Q
from django.db.models.functions import Lower

from melayani.government.rules import Confidence, FreeDayKind, PlaceLevel, Role, Tier
from melayani.ledger.models import Entry


def choices(enum: type[PlaceLevel | Tier | Role | FreeDayKind | Confidence]) -> list[tuple[str, str]]:
    """The values of a StrEnum as Django choices."""
    return [(member.value, member.value) for member in enum]


class Place(models.Model):
    """A province, regency or city, district, or village, by its official code (`35.07.13.2003`)."""

    code = models.CharField(max_length=13, primary_key=True)
    level = models.CharField(max_length=10, choices=choices(PlaceLevel))
    name = models.CharField(max_length=80)
    parent = models.ForeignKey("self", on_delete=models.PROTECT, null=True, blank=True, related_name="children")
    # The name with its parents, ready for pages: "Desa Sukorejo, Kec. X, Kabupaten Y".
    full_name = models.CharField(max_length=200)
    # `rules.place_search_name`: the name without its kind, so that typed names are found whatever their case and marks.
    search_name = models.CharField(max_length=80, db_index=True)
    postal_code = models.CharField(max_length=5, blank=True)
    latitude = models.FloatField(null=True, blank=True)
    longitude = models.FloatField(null=True, blank=True)

    def __str__(self) -> str:
        return self.full_name

    @property
    def region_code(self) -> str:
        """The code of the regency or city, or of the province."""
        return ".".join(self.code.split(".")[:2])


class Unit(models.Model):
    """An office that can be accountable for a case. Bodies that only get referrals are not units (ReferralBody)."""

    code = models.CharField(max_length=40, unique=True)
    name = models.CharField(max_length=160)
    tier = models.CharField(max_length=10, choices=choices(Tier))
    region = models.ForeignKey(Place, on_delete=models.PROTECT, related_name="units")
    sector = models.CharField(max_length=40)
    parent = models.ForeignKey("self", on_delete=models.PROTECT, null=True, blank=True, related_name="children")
    is_triage_desk = models.BooleanField(default=False)
    active = models.BooleanField(default=True)
    confidence = models.CharField(max_length=1, choices=choices(Confidence), default=Confidence.B)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["region", "sector"], name="unit_sector_once_per_region"),
            models.UniqueConstraint(
                fields=["region"], condition=Q(is_triage_desk=True), name="unit_one_triage_desk_per_region"
            ),
            models.CheckConstraint(condition=~Q(tier=Tier.PUSAT), name="unit_is_provincial_or_local"),
        ]

    def __str__(self) -> str:
        return self.name


class ReferralBody(models.Model):
    """A body outside this government that citizens confuse with it (PLN, BPN): gets referrals, is never accountable."""

    code = models.CharField(max_length=40, primary_key=True)
    name = models.CharField(max_length=160)
    what = models.TextField(help_text="which matters citizens bring to it")
    how = models.TextField(help_text="how to reach it")
    source = models.CharField(max_length=200, blank=True)
    confidence = models.CharField(max_length=1, choices=choices(Confidence), default=Confidence.B)
    active = models.BooleanField(default=True)

    def __str__(self) -> str:
        return self.name


class OfficerManager(BaseUserManager["Officer"]):
    """Finds officers for login; accounts are made by actions."""

    def get_by_natural_key(self, username: str | None) -> "Officer":
        """The officer with this username, in any case."""
        return self.get(username=(username or "").lower())


class Officer(AbstractBaseUser):
    """A civil servant with an account. What an officer may do stands in role grants, never here."""

    username = models.CharField(max_length=60, unique=True)
    name = models.CharField(max_length=120)
    unit = models.ForeignKey(Unit, on_delete=models.PROTECT, related_name="officers")
    is_active = models.BooleanField(default=True)
    must_change_password = models.BooleanField(default=False)

    objects = OfficerManager()

    USERNAME_FIELD = "username"

    class Meta:
        constraints = [
            models.CheckConstraint(condition=Q(username=Lower("username")), name="officer_username_lower"),
        ]

    def __str__(self) -> str:
        return self.name


class RoleGrant(models.Model):
    """An officer has a role within a unit. Data from the start, so that scope is never an afterthought."""

    officer = models.ForeignKey(Officer, on_delete=models.CASCADE, related_name="grants")
    role = models.CharField(max_length=20, choices=choices(Role))
    unit = models.ForeignKey(Unit, on_delete=models.PROTECT, related_name="grants")

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["officer", "role", "unit"], name="grant_once"),
        ]

    def __str__(self) -> str:
        return f"{self.role} @ {self.unit_id}"


class LoginTry(models.Model):
    """A failed login, kept for minutes, so that guessing is stopped before a password is hashed.

    `who` is a keyed hash of the username typed; no network address is kept.
    """

    who = models.CharField(max_length=64, db_index=True)
    at = models.DateTimeField()

    def __str__(self) -> str:
        return f"try at {self.at:%H:%M}"


class ApiClient(models.Model):
    """Another system that may file and update cases. Its key is shown once and kept only as SHA-256."""

    code = models.SlugField(max_length=40, unique=True)
    name = models.CharField(max_length=120)
    key_hash = models.BinaryField(max_length=32, unique=True)
    active = models.BooleanField(default=True)
    created_at = models.DateTimeField()

    def __str__(self) -> str:
        return self.name


class CalendarYear(models.Model):
    """What is known of a year: the decree it rests on, or that none is known yet."""

    year = models.IntegerField(primary_key=True)
    decree = models.CharField(max_length=200, blank=True)
    source = models.CharField(max_length=200, blank=True)
    confidence = models.CharField(max_length=1, choices=choices(Confidence), default=Confidence.B)
    provisional = models.BooleanField(default=False)

    def __str__(self) -> str:
        return str(self.year)


class FreeDay(models.Model):
    """A fact about one day, never changed: a later version about the same day and region overrides it.

    `region` empty = everywhere; `kind` WORKING says that the day is a working day although an earlier version freed it.
    """

    date = models.DateField()
    region = models.ForeignKey(Place, on_delete=models.PROTECT, null=True, blank=True)
    kind = models.CharField(max_length=20, choices=choices(FreeDayKind))
    name = models.CharField(max_length=120)
    version = models.IntegerField()
    reason = models.CharField(max_length=300, blank=True)
    recorded_by = models.ForeignKey(Officer, on_delete=models.PROTECT, null=True, blank=True)
    recorded_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["date", "region", "version"], name="free_day_once", nulls_distinct=False),
        ]

    def __str__(self) -> str:
        return f"{self.date} {self.name}"


class AdministrativeAct(models.Model):
    """One act of administration. Its primary key is its ledger entry; `data` is exactly what the entry commits to.

    All acts are one stream (`rules.ADMINISTRATION_STREAM`). `data` holds ids and codes, never names: `reason` and
    `change` ({"before": {...}, "after": {...}}) stand beside it, and in `data` their salted hashes. `about` is what the
    act is about ("unit:35.07.dishub"), or of which kind of things ("place:") when it is about many at once.
    """

    entry = models.OneToOneField(Entry, on_delete=models.PROTECT, primary_key=True, related_name="administrative_act")
    sequence = models.IntegerField(unique=True)
    kind = models.CharField(max_length=40)
    at = models.DateTimeField()
    officer = models.ForeignKey(Officer, on_delete=models.PROTECT, null=True, related_name="+")
    data = models.JSONField()
    about = models.CharField(max_length=80, blank=True)
    reason = models.CharField(max_length=300, blank=True)
    change = models.JSONField(null=True)

    class Meta:
        indexes = [models.Index(fields=["about", "sequence"], name="act_about")]

    def __str__(self) -> str:
        return f"{self.kind} #{self.sequence}"
