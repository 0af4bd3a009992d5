# SPDX-License-Identifier: EUPL-1.2
"""A case with its cached state, its events, its sealed texts and contact, and what was already submitted."""

from django.db import models
from django.db.models import Q

from melayani.cases.rules import Channel, EventKind, FileKind, Identity, Outcome, Stage, Visibility
from melayani.catalogue.models import Service, Topic
from melayani.catalogue.rules import Kind
from melayani.government.models import ApiClient, Officer, Place, Unit
from melayani.ledger.models import Entry


def choices(
    enum: type[Stage | Outcome | Identity | Visibility | Channel | Kind | EventKind | FileKind],
) -> list[tuple[str, str]]:
    """The values of a StrEnum as Django choices."""
    return [(member.value, member.value) for member in enum]


class Case(models.Model):
    """A request, report or complaint. Everything below `unit` caches the fold of its events (`rules.replay`).

    `unit` is never null: exactly one unit is accountable at every instant, and a referral body cannot be one.
    Columns in clear hold nothing that tells who filed it: texts and contact are sealed (`CaseText`, `Vault`).
    """

    id = models.BigAutoField(primary_key=True)
    number = models.CharField(max_length=11, unique=True)
    stream = models.BinaryField(max_length=16)
    key_hash = models.BinaryField(max_length=32)
    channel = models.CharField(max_length=10, choices=choices(Channel))
    client = models.ForeignKey(ApiClient, on_delete=models.PROTECT, null=True, db_index=False)
    identity = models.CharField(max_length=10, choices=choices(Identity))
    visibility = models.CharField(max_length=10, choices=choices(Visibility))
    kind = models.CharField(max_length=30, choices=choices(Kind))
    # Null until somebody knows what it is about: the triage desk chooses it.
    topic = models.ForeignKey(Topic, on_delete=models.PROTECT, null=True, db_index=False)
    service = models.ForeignKey(Service, on_delete=models.PROTECT, null=True, db_index=False)
    place = models.ForeignKey(Place, on_delete=models.PROTECT, db_index=False)
    # Rounded to three decimals (about 100 m); the exact point is sealed in the vault.
    latitude = models.FloatField(null=True)
    longitude = models.FloatField(null=True)
    imported = models.BooleanField(default=False)
    # How it was routed, for explanation (triage).
    desk = models.ForeignKey(Unit, on_delete=models.PROTECT, related_name="+", db_index=False)
    rule_code = models.CharField(max_length=20, blank=True)
    rule_version = models.IntegerField(default=0)
    why = models.CharField(max_length=300, blank=True)
    # What was promised.
    promise_days = models.IntegerField()
    promise_basis = models.CharField(max_length=10)
    promise_source = models.CharField(max_length=200, blank=True)
    calendar_version = models.IntegerField(default=0)
    # The cached state.
    unit = models.ForeignKey(Unit, on_delete=models.PROTECT, related_name="cases", db_index=False)
    officer = models.ForeignKey(Officer, on_delete=models.PROTECT, null=True, related_name="cases", db_index=False)
    stage = models.CharField(max_length=10, choices=choices(Stage))
    outcome = models.CharField(max_length=20, blank=True, choices=choices(Outcome))
    proposed = models.CharField(max_length=20, blank=True, choices=choices(Outcome))
    referred_to = models.CharField(max_length=40, blank=True)
    filed_at = models.DateTimeField()
    due_at = models.DateTimeField()
    unit_since = models.DateTimeField()
    asked_at = models.DateTimeField(null=True)
    paused_days = models.IntegerField(default=0)
    answered_at = models.DateTimeField(null=True)
    closed_at = models.DateTimeField(null=True)
    reopened = models.IntegerField(default=0)
    broken = models.BooleanField(default=False)
    confirmed = models.BooleanField(default=False)
    # How many others follow it because they have the same problem.
    joined = models.IntegerField(default=0)
    # The moment of its `case.erased` event (`erasing.py`); null = what it holds is still there.
    erased_at = models.DateTimeField(null=True)
    updated_at = models.DateTimeField()
    # The number of events so far; also the version for optimistic locking.
    version = models.IntegerField(default=1)
    # A list row needs no joins: names as they were when last written.
    title = models.CharField(max_length=200)
    unit_name = models.CharField(max_length=160)
    topic_name = models.CharField(max_length=80, blank=True)
    place_name = models.CharField(max_length=200)

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(stage=Stage.CLOSED, closed_at__isnull=False) & ~Q(outcome="")
                | ~Q(stage=Stage.CLOSED) & Q(closed_at__isnull=True, outcome=""),
                name="case_closed_has_outcome",
            ),
            models.CheckConstraint(
                condition=Q(stage=Stage.ASKED, asked_at__isnull=False)
                | ~Q(stage=Stage.ASKED) & Q(asked_at__isnull=True),
                name="case_asked_has_moment",
            ),
        ]
        indexes = [
            # The work lists of a unit: by stage group, nearest promise first.
            models.Index(fields=["unit", "stage", "due_at", "id"], name="case_work_list"),
            models.Index(
                fields=["officer", "stage", "due_at", "id"], condition=Q(officer__isnull=False), name="case_of_officer"
            ),
            # The public list, newest first, is a walk along the primary key of public cases.
            models.Index(fields=["-filed_at", "-id"], condition=Q(visibility="PUBLIC"), name="case_public_list"),
        ]

    def __str__(self) -> str:
        return self.number


class Event(models.Model):
    """One act on a case. Its primary key is its ledger entry; `data` is exactly what the entry commits to."""

    entry = models.OneToOneField(Entry, on_delete=models.PROTECT, primary_key=True, related_name="event")
    case = models.ForeignKey(Case, on_delete=models.PROTECT, related_name="events", db_index=False)
    sequence = models.IntegerField()
    kind = models.CharField(max_length=40, choices=choices(EventKind))
    at = models.DateTimeField(help_text="when the act happened")
    officer = models.ForeignKey(Officer, on_delete=models.PROTECT, null=True, db_index=False)
    data = models.JSONField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["case", "sequence"], name="event_sequence_once"),
        ]
        # What happened in a span of time, for those who follow us by Open311; a filing costs nothing here.
        indexes = [models.Index(fields=["at"], condition=Q(sequence__gt=0), name="event_in_time")]

    def __str__(self) -> str:
        return f"{self.kind} #{self.sequence}"


class CaseText(models.Model):
    """What somebody wrote in an event, sealed under the key of the case; `released` is what the public may read.

    `sealed` opens to JSON {"text", "answers"?, "media_url"?, "address"?, "latitude"?, "longitude"?}. `released` null =
    held. The masked text stands beside the original, which stays sealed.
    """

    event = models.OneToOneField(Event, on_delete=models.PROTECT, primary_key=True, related_name="text")
    sealed = models.BinaryField(null=True)
    released = models.TextField(null=True)
    released_media_url = models.CharField(max_length=500, blank=True)

    def __str__(self) -> str:
        return "released" if self.released is not None else "held"


class Vault(models.Model):
    """The key of a case, wrapped by the master key, and the contact of its citizen sealed under it.

    `contact` opens to JSON {"name"?, "email"?, "phone"?}. Destroying
    `wrapped_key` makes every sealed text of the case unreadable.
    """

    case = models.OneToOneField(Case, on_delete=models.PROTECT, primary_key=True, related_name="vault")
    key_id = models.CharField(max_length=16)
    wrapped_key = models.BinaryField(null=True)
    contact = models.BinaryField(null=True)

    def __str__(self) -> str:
        return f"vault {self.key_id}"


class Submission(models.Model):
    """What was already submitted under a token, so that a repeated sending has one effect and one answer.

    `token_hash` is SHA-256 of the scope (form, client) and the token; `body_hash` tells the same body from another.
    """

    token_hash = models.BinaryField(max_length=32, primary_key=True)
    body_hash = models.BinaryField(max_length=32)
    case = models.ForeignKey(Case, on_delete=models.PROTECT, db_index=False)
    answer = models.CharField(max_length=60, blank=True)
    created_at = models.DateTimeField()

    def __str__(self) -> str:
        return "submission"


class Upload(models.Model):
    """A photo or PDF that was sent and made safe, but belongs to no case yet; forgotten after a day.

    `token_hash` tells to whose form it belongs. The file lies sealed under a key of its own, which stands here wrapped
    by the master key. `digest` is SHA-256 of what was kept.
    """

    token_hash = models.BinaryField(max_length=32, db_index=True)
    name = models.CharField(max_length=32, unique=True)
    kind = models.CharField(max_length=5, choices=choices(FileKind))
    size = models.IntegerField()
    width = models.IntegerField(default=0)
    height = models.IntegerField(default=0)
    digest = models.BinaryField(max_length=32)
    wrapped_key = models.BinaryField()
    created_at = models.DateTimeField(db_index=True)

    def __str__(self) -> str:
        return self.name


class Attachment(models.Model):
    """A photo or PDF of an event. Its file lies sealed beside the database under `name`, its key under the case's.

    `position` counts from 0 within the event, in the order of the hashes in the event's data.
    """

    case = models.ForeignKey(Case, on_delete=models.PROTECT, related_name="attachments")
    event = models.ForeignKey(Event, on_delete=models.PROTECT, related_name="attachments", db_index=False)
    position = models.IntegerField()
    name = models.CharField(max_length=32, unique=True)
    kind = models.CharField(max_length=5, choices=choices(FileKind))
    size = models.IntegerField()
    width = models.IntegerField(default=0)
    height = models.IntegerField(default=0)
    wrapped_key = models.BinaryField(null=True)
    released = models.BooleanField(default=False)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["event", "position"], name="attachment_position_once")]
        # What an erasure left for the disk to forget.
        indexes = [models.Index(fields=["id"], condition=Q(wrapped_key__isnull=True), name="attachment_erased")]

    def __str__(self) -> str:
        return self.name


class Party(models.Model):
    """Somebody who joined a case: a key of their own to follow it, and how to reach them if they said so.

    `contact` is sealed like the citizen's and opens to JSON {"email"?, "phone"?}; `token_hash` makes joining twice by
    the same form one joining.
    """

    case = models.ForeignKey(Case, on_delete=models.PROTECT, related_name="parties")
    event = models.OneToOneField(Event, on_delete=models.PROTECT, related_name="party")
    key_hash = models.BinaryField(max_length=32)
    token_hash = models.BinaryField(max_length=32, unique=True)
    contact = models.BinaryField(null=True)

    def __str__(self) -> str:
        return f"party {self.pk}"


class ReplyTemplate(models.Model):
    """A text an officer begins a letter from; without a unit it is for everybody. Placeholders as in `{nomor}`."""

    unit = models.ForeignKey(Unit, on_delete=models.PROTECT, null=True, related_name="+")
    name = models.CharField(max_length=80)
    text = models.CharField(max_length=4000)
    active = models.BooleanField(default=True)
    version = models.IntegerField(default=1)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["unit", "name"], nulls_distinct=False, name="reply_template_name_once"),
        ]

    def __str__(self) -> str:
        return self.name


class SavedFilter(models.Model):
    """A filter of the work lists that an officer gave a name; `query` is what stands in the address."""

    officer = models.ForeignKey(Officer, on_delete=models.PROTECT, related_name="+")
    name = models.CharField(max_length=60)
    query = models.CharField(max_length=300)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["officer", "name"], name="saved_filter_name_once")]

    def __str__(self) -> str:
        return self.name


class Writing(models.Model):
    """An officer is writing an answer to a case, since `at`; others are told, so that two do not write the same."""

    case = models.ForeignKey(Case, on_delete=models.PROTECT, related_name="+")
    officer = models.ForeignKey(Officer, on_delete=models.PROTECT, related_name="+", db_index=False)
    at = models.DateTimeField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["case", "officer"], name="writing_once")]

    def __str__(self) -> str:
        return f"{self.officer_id} on {self.case_id}"
