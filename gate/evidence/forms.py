"""What people type about evidence. The services decide."""

from __future__ import annotations

from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.core.files import File

from accounts.models import Team
from gate.evidence import library
from gate.evidence.fetch import LARGEST, LONGEST_ADDRESS
from gate.evidence.services import LONGEST_QUOTE
from gate.models import Evidence

PREFIX = "evidence"
"""Of every field: the form stands inside the compose page's own."""
KINDS = ".pdf,.txt,.md,.csv,image/png,image/jpeg,image/gif,image/webp,application/pdf,text/plain"
_DAY = forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d")


def _quote() -> forms.CharField:
    return forms.CharField(
        label="The passage that carries the claim",
        required=False,
        max_length=LONGEST_QUOTE,
        widget=forms.Textarea(attrs={"rows": 3}),
        help_text="Word for word, as it stands there. Needed for pages.",
    )


def _expires_on() -> forms.DateField:
    return forms.DateField(
        label="Holds until",
        required=False,
        widget=_DAY,
        help_text="After that day it has to be looked at again. Empty: it holds without end.",
    )


def _file(label: str, help_text: str) -> forms.FileField:
    return forms.FileField(
        label=label, required=False, help_text=help_text, widget=forms.FileInput(attrs={"accept": KINDS})
    )


def ids(choice: str) -> str:
    """For `auto_id`."""
    return f"id_{choice}_%s" if choice else "id_%s"


class _Form(forms.Form):
    def __init__(self, *args: Any, **kwargs: Any) -> None:
        kwargs["prefix"] = PREFIX
        super().__init__(*args, **kwargs)

    @property
    def upload(self) -> File[bytes] | None:
        file: File[bytes] | None = self.cleaned_data.get("file")
        return file

    def clean_file(self) -> File[bytes] | None:
        """Refused by its size before it is in memory."""
        file: File[bytes] | None = self.cleaned_data["file"]
        if file is not None and (file.size or 0) > LARGEST:
            raise ValidationError(f"The file is larger than {LARGEST // 1_000_000} MB. Choose a smaller one.")
        return file


class AddForm(_Form):
    """A page by its address, or a file."""

    url = forms.CharField(
        label="Address of a page",
        required=False,
        max_length=LONGEST_ADDRESS,
        widget=forms.TextInput(attrs={"inputmode": "url", "placeholder": "https://"}),
        help_text="It is fetched now and kept as it stands.",
    )
    file = _file("Or a file", "PDF, picture or text, up to 10 MB.")
    quote = _quote()
    title = forms.CharField(
        label="What it is",
        required=False,
        max_length=200,
        help_text="Empty: the page's own title, or the file's name.",
    )
    expires_on = _expires_on()

    @classmethod
    def of(cls, team: Team, choice: str = "") -> AddForm:
        """`choice` tells several of these forms on one page apart."""
        return cls(initial={"expires_on": library.default_expiry(team)}, auto_id=ids(choice))

    def clean(self) -> dict[str, Any]:
        said = super().clean() or {}
        if bool(said.get("url")) == bool(said.get("file")) and not self.errors:
            raise ValidationError("Give the address of a page or choose a file, one of the two.")
        if said.get("url") and not said.get("quote"):
            self.add_error(
                "quote", "Quote the passage that carries the claim: a page says much, and it changes."
            )
        return said


class RenewForm(_Form):
    """A newer snapshot of the same thing."""

    file = _file("A newer file", "Empty: the file that is kept still holds.")
    quote = _quote()
    expires_on = _expires_on()

    def __init__(self, *args: Any, piece: Evidence, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if piece.kind == Evidence.Kind.URL:
            del self.fields["file"]

    @classmethod
    def of(cls, piece: Evidence) -> RenewForm:
        expires = library.default_expiry(piece.team) if piece.expires_on else None
        return cls(piece=piece, initial={"quote": piece.quote, "expires_on": expires})


class RetireForm(forms.Form):
    reason = forms.CharField(
        label="Why may nobody cite it any more?",
        max_length=1000,
        widget=forms.Textarea(attrs={"rows": 3}),
        help_text="It stands in the log. Posts that cite it keep it as it was.",
    )
