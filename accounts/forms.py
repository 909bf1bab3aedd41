"""The forms of accounts/: they say which answer is wrong; the services decide."""

from __future__ import annotations

from typing import Any

from django import forms
from django.contrib.auth.password_validation import password_validators_help_text_html, validate_password
from django.core.exceptions import ValidationError
from django.core.validators import MaxValueValidator, MinValueValidator
from django.utils.html import format_html

from accounts import zones
from accounts.errors import AccountsError
from accounts.models import Membership, Role, Team, User
from accounts.services import LONGEST_APPROVAL, LONGEST_LATENESS
from platforms import http
from platforms.base import ConnectError

ROLE_WORDS = {
    Role.AUTHOR: "Writes, plans and submits posts.",
    Role.REVIEWER: "Countersigns what others wrote, never their own.",
    Role.AUDITOR: "Reads and exports the publish log.",
    Role.ADMIN: "Looks after people, channels and the code of conduct.",
}


def refuse(form: forms.Form, error: AccountsError | ConnectError, *, field: str = "") -> None:
    """Shows a service's refusal beside the field it belongs to."""
    field = getattr(error, "field", "") or field
    form.add_error(field if field in form.fields else None, error.message)


def _zone_field() -> forms.ChoiceField:
    return forms.ChoiceField(
        label="Time zone",
        choices=zones.choices,
        help_text="Where the team plans its posts. Clock changes are taken care of.",
    )


def _password_field(label: str = "Password") -> forms.CharField:
    return forms.CharField(
        label=label,
        strip=False,
        max_length=128,
        widget=forms.PasswordInput(attrs={"autocomplete": "new-password"}),
        help_text=password_validators_help_text_html(),
    )


def _name_field() -> forms.CharField:
    return forms.CharField(
        label="Your name",
        max_length=120,
        widget=forms.TextInput(attrs={"autocomplete": "name"}),
        help_text="As colleagues and the log show it.",
    )


def _secret_field(label: str, help_text: str) -> forms.CharField:
    """A credential of another site: never filled in again, and not for the browser's own password store."""
    widget = forms.PasswordInput(attrs={"autocomplete": "off", "spellcheck": "false"})
    return forms.CharField(label=label, max_length=500, strip=True, widget=widget, help_text=help_text)


def _check_password(form: forms.Form, field: str, user: User) -> None:
    password = form.cleaned_data.get(field)
    if not password:
        return
    try:
        validate_password(password, user)
    except ValidationError as error:
        form.add_error(field, error)


class RolesField(forms.MultipleChoiceField):
    """One or more of the four roles, as `Role` members."""

    widget = forms.CheckboxSelectMultiple

    def __init__(self, **extra: Any) -> None:
        choices = [
            (role.value, format_html('{}<span class="help">{}</span>', role.label, words))
            for role, words in ROLE_WORDS.items()
        ]
        errors = {"required": "Choose at least one role."}
        super().__init__(label="Roles", choices=choices, error_messages=errors, **extra)

    def clean(self, value: Any) -> list[Role]:
        return [Role(each) for each in super().clean(value)]


class InviteForm(forms.Form):
    email = forms.EmailField(
        label="E-mail",
        max_length=254,
        widget=forms.EmailInput(attrs={"autocomplete": "off", "placeholder": "name@example.org"}),
    )
    roles = RolesField()


class RolesForm(forms.Form):
    roles = RolesField()

    @classmethod
    def of(cls, member: Membership) -> RolesForm:
        return cls(initial={"roles": [role.value for role in member.roles]})


class TeamForm(forms.Form):
    name = forms.CharField(label="Name", max_length=120)
    zone = _zone_field()
    lateness_minutes = forms.IntegerField(
        label="Lateness window, in minutes",
        validators=[MinValueValidator(1), MaxValueValidator(LONGEST_LATENESS)],
        help_text="A post that could not go out this long after its time is missed, not sent late.",
    )
    approval_days = forms.IntegerField(
        label="Approvals last, in days",
        validators=[MinValueValidator(1), MaxValueValidator(LONGEST_APPROVAL)],
        help_text="After that a post needs a new countersignature. Counts for approvals from now on.",
    )

    @classmethod
    def of(cls, team: Team) -> TeamForm:
        return cls(initial={name: getattr(team, name) for name in cls.base_fields})


class AcceptForm(forms.Form):
    """Somebody new comes in: a name and a password for the invited address."""

    name = _name_field()
    password = _password_field()

    def __init__(self, *args: Any, email: str, **extra: Any) -> None:
        super().__init__(*args, **extra)
        self.email = email

    def clean(self) -> dict[str, Any]:
        super().clean()
        user = User(email=self.email, name=self.cleaned_data.get("name", ""))
        _check_password(self, "password", user)
        return self.cleaned_data


class NewTeamForm(forms.Form):
    team_name = forms.CharField(label="Team", max_length=120, help_text="Your organisation, or a part of it.")
    zone = _zone_field()


class FirstRunForm(forms.Form):
    name = _name_field()
    email = forms.EmailField(
        label="E-mail",
        max_length=254,
        widget=forms.EmailInput(attrs={"autocomplete": "username"}),
        help_text="You sign in with it.",
    )
    password = _password_field()
    team_name = forms.CharField(label="Team", max_length=120, help_text="Your organisation, or a part of it.")
    zone = _zone_field()

    def clean(self) -> dict[str, Any]:
        super().clean()
        user = User(email=self.cleaned_data.get("email", ""), name=self.cleaned_data.get("name", ""))
        _check_password(self, "password", user)
        return self.cleaned_data


class SandboxForm(forms.Form):
    name = forms.CharField(
        label="Name of the account",
        max_length=60,
        help_text="The sandbox makes it. The same name again is the same account.",
    )


class ServerForm(forms.Form):
    """A form that names a server: checked while the person is still looking at it."""

    def clean_server(self) -> str:
        server: str = self.cleaned_data["server"]
        if not server:
            return ""
        try:
            return http.normalise_instance(server)
        except ConnectError as error:
            raise ValidationError(error.message) from error


class BlueskyForm(ServerForm):
    handle = forms.CharField(
        label="Handle",
        max_length=255,
        widget=forms.TextInput(
            attrs={"autocomplete": "off", "autocapitalize": "none", "placeholder": "harbour.bsky.social"}
        ),
    )
    app_password = _secret_field(
        "App password",
        "Make one in Bluesky under Settings, Privacy and security, App passwords. Not your own password.",
    )
    server = forms.CharField(
        label="Server",
        required=False,
        max_length=255,
        widget=forms.TextInput(
            attrs={"autocomplete": "off", "autocapitalize": "none", "placeholder": "bsky.social"}
        ),
        help_text="Only if the account is not at bsky.social.",
    )


class MastodonForm(ServerForm):
    server = forms.CharField(
        label="Server",
        max_length=255,
        widget=forms.TextInput(
            attrs={"autocomplete": "off", "autocapitalize": "none", "placeholder": "mastodon.social"}
        ),
        help_text="Where the account is. You sign in there; we never see your password.",
    )
