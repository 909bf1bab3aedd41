"""The tables of the publish log. Rows are written by ledger.services alone and refuse changes
(ledger.triggers).

People, teams and things are plain numbers and words here: the log outlives what it speaks of, so that
deleting a person or a channel can never remove history.
"""

import json
from typing import Any

from django.db import models
from django.utils.functional import cached_property


class Entry(models.Model):
    """One leaf of the log. The columns repeat what the leaf says, for filters; the leaf is what is proved."""

    index = models.BigIntegerField(primary_key=True, help_text="Leaf index: counts from 0, without gaps.")
    team_id = models.BigIntegerField(null=True)
    team_seq = models.BigIntegerField(
        help_text="Counts a team's entries from 0, so that one left out of an export shows."
    )
    at = models.DateTimeField()
    kind = models.CharField(max_length=64)
    outcome = models.CharField(max_length=32, blank=True)
    actor_id = models.BigIntegerField(null=True)
    subject = models.CharField(max_length=128, blank=True)
    leaf = models.TextField(help_text="Canonical JSON (RFC 8785): the exact text that is hashed.")
    leaf_hash = models.CharField(max_length=64)

    class Meta:
        verbose_name_plural = "entries"
        indexes = [
            models.Index(fields=["team_id", "-index"], name="ledger_entry_team"),
            models.Index(fields=["team_id", "kind", "-index"], name="ledger_entry_kind"),
            models.Index(fields=["team_id", "outcome", "-index"], name="ledger_entry_outcome"),
            models.Index(fields=["team_id", "at"], name="ledger_entry_at"),
        ]
        constraints = [
            models.UniqueConstraint(fields=["team_id", "team_seq"], name="ledger_entry_team_seq"),
            models.UniqueConstraint(
                fields=["team_seq"],
                condition=models.Q(team_id__isnull=True),
                name="ledger_entry_no_team_seq",
            ),
            models.CheckConstraint(condition=models.Q(index__gte=0), name="ledger_entry_index"),
        ]

    def __str__(self) -> str:
        return f"{self.index} {self.kind} {self.subject}".strip()

    @cached_property
    def content(self) -> dict[str, Any]:
        """What the leaf says."""
        return dict(json.loads(self.leaf))

    @cached_property
    def texts(self) -> dict[str, str | None]:
        """The personal texts by field; None for one that was erased."""
        kept = {row.field: row.text for row in self.personal.all()}
        return {field: kept.get(field) for field in self.content["personal"]}


class Tag(models.Model):
    """What an entry is about, for filters: ("channel", "5"), ("person", "3"), ("post", "12")."""

    entry = models.ForeignKey(Entry, on_delete=models.PROTECT, related_name="tags", db_index=False)
    team_id = models.BigIntegerField(null=True)
    name = models.CharField(max_length=32)
    value = models.CharField(max_length=600)
    """The longest names a channel: platform, account id and server (platforms.base.account_tag)."""

    class Meta:
        indexes = [models.Index(fields=["team_id", "name", "value", "-entry"], name="ledger_tag_filter")]
        constraints = [models.UniqueConstraint(fields=["entry", "name", "value"], name="ledger_tag_once")]

    def __str__(self) -> str:
        return f"{self.name}:{self.value}"


class Erasable(models.Model):
    """A personal text of an entry. The leaf holds SHA-256(salt || text); without the salt nobody can guess
    it.
    """

    entry = models.ForeignKey(Entry, on_delete=models.PROTECT, related_name="personal", db_index=False)
    field = models.CharField(max_length=32)
    salt = models.CharField(max_length=64, help_text="32 random bytes in hex.")
    text = models.TextField(blank=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["entry", "field"], name="ledger_erasable_once")]

    def __str__(self) -> str:
        return f"{self.entry_id} {self.field}"


class Node(models.Model):
    """The hash of a complete subtree of 2**level leaves (level 1 and up: level 0 is Entry.leaf_hash)."""

    level = models.SmallIntegerField()
    index = models.BigIntegerField()
    hash = models.CharField(max_length=64)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["level", "index"], name="ledger_node_once"),
            models.CheckConstraint(condition=models.Q(level__gte=1, index__gte=0), name="ledger_node_place"),
        ]

    def __str__(self) -> str:
        return f"{self.level}/{self.index}"


class Checkpoint(models.Model):
    """A signed statement of the log's size and root (C2SP tlog-checkpoint)."""

    size = models.BigIntegerField(unique=True)
    root = models.CharField(max_length=64)
    at = models.DateTimeField()
    note = models.TextField(help_text="C2SP signed note: what is handed out.")

    class Meta:
        ordering = ["size"]

    def __str__(self) -> str:
        return f"{self.size} {self.root}"
