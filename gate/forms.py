"""What people type into the gate's pages. The services decide; forms carry it there and back without loss."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time
from typing import Any
from zoneinfo import ZoneInfo

from django import forms
from django.http import QueryDict
from django.utils import timezone

from accounts.clean import clean, number
from accounts.zones import YEARS
from gate import conduct, policy
from gate.errors import Incomplete
from gate.models import ConductVersion
from gate.setting_fields import SettingsForm


@dataclass(frozen=True, slots=True)
class Typed:
    """The review page's one form: ticks, reasons and the version that the reviewer looked at. What was typed
    comes back with every refusal."""

    version: int = -1
    attested: frozenset[int] = field(default_factory=frozenset)
    responsible: int | None = None
    changes_reason: str = ""
    changes_clause: str = ""
    reject_reason: str = ""
    reject_clause: str = ""
    revoke_reason: str = ""
    override_reason: str = ""
    comment: str = ""

    @classmethod
    def of(cls, data: QueryDict) -> Typed:
        """A version that is missing or no number is one that was never looked at."""
        texts = (
            "changes_reason",
            "changes_clause",
            "reject_reason",
            "reject_clause",
            "revoke_reason",
            "override_reason",
            "comment",
        )
        version = number(data.get("version", ""))
        ticks = (number(value) for value in data.getlist("attested"))
        return cls(
            version=-1 if version is None else version,
            attested=frozenset(n for n in ticks if n is not None),
            responsible=number(data.get("responsible", "")),
            **{name: clean(data.get(name, "")) for name in texts},
        )

    @property
    def written(self) -> str:
        """The words that would be lost if the page went away."""
        return "\n\n".join(
            t
            for t in (
                self.changes_reason,
                self.reject_reason,
                self.revoke_reason,
                self.override_reason,
                self.comment,
            )
            if t.strip()
        )


class ConductForm(SettingsForm):
    """A new version of the code of conduct: text, what the checks look for, and from when."""

    text = forms.CharField(
        label="Text",
        max_length=50_000,
        widget=forms.Textarea(attrs={"rows": 24, "spellcheck": "true"}),
        help_text="Markdown. “## 1 Respect” opens a section, “### 1.1 Speak to people as people” a clause. "
        "Numbers that decisions may cite have to stay.",
    )
    note = forms.CharField(
        label="What is new",
        max_length=300,
        required=False,
        help_text="One line for everybody who is asked to read it.",
    )
    effective_date = forms.DateField(
        label="In force from",
        required=False,
        widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"),
        help_text="Empty: at once. A later day is announced, and people can acknowledge it before.",
    )
    effective_time = forms.TimeField(
        label="Time",
        required=False,
        widget=forms.TimeInput(attrs={"type": "time"}, format="%H:%M"),
    )
    is_floor = forms.BooleanField(
        label="Approvals under older versions lapse",
        required=False,
        help_text="When it comes into force, posts that wait with an approval are held, and have to be submitted and "
        "approved again. Posts in review are examined again wherever settings changed, with this or without.",
    )

    def __init__(self, data: QueryDict | None = None, *, of: ConductVersion) -> None:
        self.zone = of.team.zone
        self.cited = {clause.id for clause in policy.clauses(of)}
        super().__init__(data, own=of.settings, initial={"text": of.text})
        self.fields["effective_time"].help_text = f"In {self.zone}. Empty: midnight, as the day begins."

    def clean_text(self) -> str:
        """Said beside the text before anybody is offered to publish it."""
        text = str(self.cleaned_data["text"])
        try:
            policy.require_clauses(conduct.tidy(text), self.cited)
        except Incomplete as error:
            raise forms.ValidationError(error.message) from error
        return text

    def clean(self) -> dict[str, Any]:
        said = super().clean()
        self.effective_at: datetime | None = None
        if {"effective_date", "effective_time"} & self.errors.keys():
            return said
        try:
            self.effective_at = self._moment(said.get("effective_date"), said.get("effective_time"))
        except ValueError as error:
            self.add_error("effective_date", str(error))
        return said

    def _moment(self, day: date | None, at: time | None) -> datetime | None:
        """The instant that was chosen. Raises ValueError for one that is past, or that the clocks make doubtful."""
        if day is None:
            if at is not None:
                raise ValueError("Give the day as well.")
            return None
        if day.year not in YEARS:
            raise ValueError(f"Choose a year from {YEARS[0]} to {YEARS[-1]}.")
        wall = datetime.combine(day, at or time(0))
        first, second = (
            wall.replace(tzinfo=ZoneInfo(self.zone), fold=fold).astimezone(UTC) for fold in (0, 1)
        )
        if first != second:
            raise ValueError(
                f"The clocks in {self.zone} change at that time, and it comes twice or not at all. Choose another."
            )
        if first <= timezone.now():
            raise ValueError("That has passed. Leave it empty for at once.")
        return first

    @property
    def said(self) -> dict[str, Any]:
        """What `policy.publish` takes, once the form is valid."""
        kept = {name: self.cleaned_data[name] for name in ("text", "note", "is_floor")}
        return {**kept, "settings": self.settings, "effective_at": self.effective_at}
