# SPDX-License-Identifier: EUPL-1.2
"""Entries (one per act of anybody), what the log says of itself, readers, the last checkpoint, leaves without rows."""

from django.db import models
from django.db.models import Q


class Entry(models.Model):
    """One act, sealed: the final bytes of its leaf, and two numbers that come later (LEDGER "Two numbers").

    `position` is gap-free over all entries and is what readers follow; `leaf_index` is given when the entry enters
    the tree. `stream`, `sequence`, `kind` and `unit_code` are true for secret cases too; only the leaf is silent.
    `salt` is destroyed by erasure.
    """

    id = models.BigAutoField(primary_key=True)
    position = models.BigIntegerField(null=True, editable=False)
    leaf_index = models.BigIntegerField(null=True, editable=False)
    stream = models.BinaryField(max_length=16)
    sequence = models.IntegerField()
    kind = models.CharField(max_length=40)
    unit_code = models.CharField(max_length=40, blank=True)
    sealed = models.BooleanField(default=False)
    recorded_at = models.BigIntegerField(help_text="POSIX seconds when the entry was recorded")
    salt = models.BinaryField(max_length=32, null=True)
    leaf = models.BinaryField(max_length=512)
    leaf_hash = models.BinaryField(max_length=32)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["position"], condition=Q(position__isnull=False), name="entry_position_once"
            ),
            models.UniqueConstraint(
                fields=["leaf_index"], condition=Q(leaf_index__isnull=False), name="entry_leaf_index_once"
            ),
            models.CheckConstraint(condition=Q(sequence__gte=0), name="entry_sequence_from_zero"),
        ]
        indexes = [
            models.Index(fields=["id"], condition=Q(position__isnull=True), name="entry_without_position"),
            # What waits to enter the tree; an entry is in it for a second, a secret one for half a day.
            models.Index(
                fields=["position"],
                condition=Q(leaf_index__isnull=True, position__isnull=False),
                name="entry_without_leaf_index",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.kind} #{self.sequence}"


class Checkpoint(models.Model):
    """The last checkpoint that was signed; one row. `note` is the whole note, `signed_at` POSIX seconds."""

    size = models.BigIntegerField(primary_key=True)
    root = models.BinaryField(max_length=32)
    note = models.BinaryField()
    signed_at = models.BigIntegerField()

    def __str__(self) -> str:
        return f"checkpoint of {self.size} leaves"


class Reader(models.Model):
    """How far a room has read: every entry up to and with `position` has had its effect exactly once."""

    name = models.CharField(max_length=60, primary_key=True)
    position = models.BigIntegerField(default=0)

    def __str__(self) -> str:
        return f"{self.name} at {self.position}"


class Statement(models.Model):
    """What the log says of itself in a leaf: a new key, or that it follows another log (`statements.py`).

    Its entry is of the log's own stream; `data` is exactly what the entry commits to. It is public, salt and all.
    """

    entry = models.OneToOneField(Entry, on_delete=models.PROTECT, primary_key=True, related_name="statement")
    sequence = models.IntegerField(unique=True)
    data = models.JSONField()

    def __str__(self) -> str:
        return f"statement #{self.sequence}"


class LostLeaf(models.Model):
    """A leaf whose act is in no row: an old backup was restored, the tree had grown beyond it (LEDGER "Restore")."""

    leaf_index = models.BigIntegerField(primary_key=True)
    leaf = models.BinaryField(max_length=512)
    leaf_hash = models.BinaryField(max_length=32)

    def __str__(self) -> str:
        return f"lost leaf {self.leaf_index}"
