"""What people type into the gate's pages. The services decide; forms carry it there and back without loss."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import phonenumbers
from django import forms
from django.core.exceptions import ValidationError
from django.http import QueryDict

from accounts.clean import clean, number
from gate.check_settings import Review
from gate.checks.base import CheckSettings
from gate.checks.personal_data import PersonalData
from gate.checks.word_list import WordList, entry
from gate.models import ConductVersion


@dataclass(frozen=True, slots=True)
class Typed:
    """The review page's one form: ticks, reasons and the version that the reviewer looked at. What was typed
    comes back with every refusal."""

    version: int = -1
    attested: frozenset[int] = field(default_factory=frozenset)
    changes_reason: str = ""
    changes_clause: str = ""
    reject_reason: str = ""
    reject_clause: str = ""
    revoke_reason: str = ""
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
            "comment",
        )
        version = number(data.get("version", ""))
        ticks = (number(value) for value in data.getlist("attested"))
        return cls(
            version=-1 if version is None else version,
            attested=frozenset(n for n in ticks if n is not None),
            **{name: clean(data.get(name, "")) for name in texts},
        )

    @property
    def written(self) -> str:
        """The words that would be lost if the page went away."""
        return "\n\n".join(
            t
            for t in (self.changes_reason, self.reject_reason, self.revoke_reason, self.comment)
            if t.strip()
        )


class ConductForm(forms.Form):
    """A new version of the code of conduct."""

    text = forms.CharField(
        label="Text",
        max_length=100_000,
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
    is_floor = forms.BooleanField(
        label="Approvals under older versions lapse",
        required=False,
        help_text="Posts that wait with an approval are held until somebody approves them under this version.",
    )

    @classmethod
    def of(cls, version: ConductVersion) -> ConductForm:
        return cls(initial={"text": version.text})


class CheckSettingsForm(forms.Form):
    """What the team's checks look for."""

    regions = forms.CharField(
        label="Countries",
        required=False,
        max_length=1000,
        help_text="Two-letter codes whose telephone and identity numbers are looked for, such as GB, PT, DE.",
    )
    public_contacts = forms.CharField(
        label="Public contacts",
        required=False,
        max_length=20_000,
        widget=forms.Textarea(attrs={"rows": 4}),
        help_text="One a line: e-mail addresses and telephone numbers that are yours to publish. They are no finding.",
    )
    words = forms.CharField(
        label="Word list",
        required=False,
        max_length=50_000,
        widget=forms.Textarea(attrs={"rows": 8}),
        help_text="One a line: the term, a colon and blocks, attest or advises; after another colon what to say "
        "instead. “project falcon: blocks: not before May”. Disguised spellings are found too.",
    )
    unknown = forms.ChoiceField(
        label="A check that could not run",
        choices=[("blocks", "Blocks the post"), ("attest", "Asks the reviewer to do its work")],
        help_text="It never counts as passed.",
    )

    @classmethod
    def of(cls, version: ConductVersion) -> CheckSettingsForm:
        used = CheckSettings(own=version.settings)
        return cls(
            initial={
                "regions": ", ".join(used.value(PersonalData(), "regions")),
                "public_contacts": "\n".join(used.value(PersonalData(), "public_contacts")),
                "words": "\n".join(used.value(WordList(), "words")),
                "unknown": used.value(Review(), "unknown"),
            }
        )

    def clean_regions(self) -> list[str]:
        codes = self.cleaned_data["regions"].replace(",", " ").upper().split()
        for code in codes:
            if code not in phonenumbers.SUPPORTED_REGIONS:
                raise ValidationError(f"{code} is not a country code like GB or PT.")
        return list(dict.fromkeys(codes))

    def clean_public_contacts(self) -> list[str]:
        return list(dict.fromkeys(_lines(self.cleaned_data["public_contacts"])))

    def clean_words(self) -> list[str]:
        lines = _lines(self.cleaned_data["words"])
        for line in lines:
            try:
                entry(line)
            except ValueError as error:
                raise ValidationError(str(error)) from error
        return lines

    @property
    def settings(self) -> dict[str, dict[str, Any]]:
        said = self.cleaned_data
        return {
            "personal-data": {name: said[name] for name in ("regions", "public_contacts")},
            "word-list": {"words": said["words"]},
            "review": {"unknown": said["unknown"]},
        }


def _lines(text: str) -> list[str]:
    return [line.strip() for line in text.splitlines() if line.strip()]
