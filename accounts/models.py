"""People, teams and the accounts they publish to."""

from __future__ import annotations

import hashlib
import secrets
from datetime import timedelta
from functools import partial
from typing import Any, ClassVar
from zoneinfo import ZoneInfo

from django.conf import settings
from django.contrib.auth.models import AbstractBaseUser, BaseUserManager, PermissionsMixin
from django.db import models
from django.db.models.functions import Lower
from django.utils import timezone

from accounts import renewing, sealing
from platforms import registry
from platforms.base import Credentials, Limits, Platform, account_tag


class UserManager(BaseUserManager["User"]):
    def create_user(self, email: str, password: str | None = None, **extra: Any) -> User:
        if not email:
            raise ValueError("A user needs an e-mail address.")
        user = self.model(email=self.normalize_email(email).lower(), **extra)
        user.set_password(password)
        user.save(using=self._db)
        return user

    def create_superuser(self, email: str, password: str | None = None, **extra: Any) -> User:
        return self.create_user(email, password, is_staff=True, is_superuser=True, **extra)


class User(AbstractBaseUser, PermissionsMixin):
    """A person. The e-mail address is the name that they sign in with. People are deactivated, never deleted:
    what they wrote, approved and sent stays theirs."""

    email = models.EmailField(unique=True)
    name = models.CharField(max_length=120, blank=True)
    is_staff = models.BooleanField(default=False)
    is_active = models.BooleanField(default=True)
    date_joined = models.DateTimeField(default=timezone.now)

    objects: ClassVar[UserManager] = UserManager()

    USERNAME_FIELD = "email"
    EMAIL_FIELD = "email"
    REQUIRED_FIELDS: ClassVar[list[str]] = []

    class Meta:
        constraints = [models.UniqueConstraint(Lower("email"), name="user_email_any_case")]

    def __str__(self) -> str:
        return self.name or self.email

    def get_full_name(self) -> str:
        return str(self)

    def get_short_name(self) -> str:
        return str(self).split(" ")[0]


class Team(models.Model):
    """Everything belongs to a team. `zone` is the IANA name of the zone in which the team plans."""

    slug = models.SlugField(max_length=60, unique=True)
    name = models.CharField(max_length=120)
    zone = models.CharField(max_length=64, default="UTC")
    lateness_minutes = models.PositiveIntegerField(default=15)
    """A post that could not go out this long after its time is missed, not sent late."""
    approval_days = models.PositiveIntegerField(default=30)
    """An approval lapses after this many days."""
    created_at = models.DateTimeField(default=timezone.now)

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=models.Q(approval_days__gte=1), name="team_approval_days_positive"
            ),
            models.CheckConstraint(
                condition=models.Q(lateness_minutes__gte=1), name="team_lateness_positive"
            ),
        ]

    def __str__(self) -> str:
        return self.name

    @property
    def tz(self) -> ZoneInfo:
        return ZoneInfo(self.zone)

    @property
    def lateness(self) -> timedelta:
        return timedelta(minutes=self.lateness_minutes)


class Role(models.TextChoices):
    AUTHOR = "author", "Author"
    REVIEWER = "reviewer", "Reviewer"
    AUDITOR = "auditor", "Auditor"
    ADMIN = "admin", "Admin"


class RoleFields(models.Model):
    """The four roles, held in any mix."""

    is_author = models.BooleanField("author", default=False)
    is_reviewer = models.BooleanField("reviewer", default=False)
    is_auditor = models.BooleanField("auditor", default=False)
    is_admin = models.BooleanField("admin", default=False)

    class Meta:
        abstract = True

    def holds(self, role: Role) -> bool:
        return bool(getattr(self, f"is_{role.value}"))

    @property
    def roles(self) -> list[Role]:
        return [role for role in Role if self.holds(role)]

    @property
    def role_names(self) -> str:
        return ", ".join(str(role.label) for role in self.roles) or "no role"


class Membership(RoleFields):
    """A person in a team. Ended memberships stay, as history."""

    team = models.ForeignKey(Team, on_delete=models.PROTECT, related_name="members")
    user = models.ForeignKey(User, on_delete=models.PROTECT, related_name="memberships")
    joined_at = models.DateTimeField(default=timezone.now)
    ended_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["team", "user"], name="one_membership_per_team")]

    def __str__(self) -> str:
        return f"{self.user} in {self.team}"

    def still_holds(self, *roles: Role) -> bool:
        """Whether this person holds one of the roles now: read again, since the object may be older than a change of
        roles. Services ask inside their transaction."""
        now = Membership.objects.filter(pk=self.pk, ended_at__isnull=True, user__is_active=True).first()
        return now is not None and any(now.holds(role) for role in roles)


def token_digest(token: str) -> str:
    return hashlib.sha256(token.encode()).hexdigest()


class Invitation(RoleFields):
    """An invitation by link. Only the digest of the link's token is kept."""

    team = models.ForeignKey(Team, on_delete=models.PROTECT, related_name="invitations")
    email = models.EmailField()
    token_sha256 = models.CharField(max_length=64, unique=True)
    invited_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    created_at = models.DateTimeField(default=timezone.now)
    expires_at = models.DateTimeField()
    accepted_at = models.DateTimeField(null=True, blank=True)
    accepted_by = models.ForeignKey(User, on_delete=models.PROTECT, null=True, blank=True, related_name="+")
    revoked_at = models.DateTimeField(null=True, blank=True)

    def __str__(self) -> str:
        return f"{self.email} to {self.team}"

    @staticmethod
    def new_token() -> str:
        return secrets.token_urlsafe(32)

    @property
    def is_open(self) -> bool:
        return not self.accepted_at and not self.revoked_at and self.expires_at > timezone.now()


class Channel(models.Model):
    """A connected account. Disconnecting takes the credentials away and keeps the row, for history."""

    class Health(models.TextChoices):
        CONNECTED = "connected", "Connected"
        ATTENTION = "attention", "Needs attention"
        DISCONNECTED = "disconnected", "Disconnected"

    team = models.ForeignKey(Team, on_delete=models.PROTECT, related_name="channels")
    platform = models.CharField(max_length=30)
    instance = models.CharField(max_length=255, blank=True)
    account_id = models.CharField(max_length=255)
    handle = models.CharField(max_length=255)
    name = models.CharField(max_length=255, blank=True)
    sealed = models.BinaryField(default=b"", blank=True)
    limits = models.JSONField(default=dict, blank=True)
    """What the account's own server said of its limits."""
    health = models.CharField(max_length=20, choices=Health.choices, default=Health.CONNECTED)
    health_reason = models.CharField(max_length=500, blank=True)
    connected_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    connected_at = models.DateTimeField(default=timezone.now)
    checked_at = models.DateTimeField(null=True, blank=True)
    quiet_until = models.DateTimeField(null=True, blank=True)
    """Nothing is sent to the account before this: the platform asked us to wait, or its limit is used up."""
    renew_at = models.DateTimeField(null=True, blank=True)
    """When the sign-in is to be renewed, ahead of its end; null where it does not end."""
    renewing_until = models.DateTimeField(null=True, blank=True)
    """The lease of the one process that renews the sign-in now."""

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["team", "platform", "instance", "account_id"], name="one_channel_per_account"
            )
        ]

    def __str__(self) -> str:
        return f"{self.adapter.name} {self.handle}"

    @property
    def adapter(self) -> Platform:
        return registry.get(self.platform)

    @property
    def effective_limits(self) -> Limits:
        return self.adapter.limits_for(self.limits)

    @property
    def is_usable(self) -> bool:
        return self.health != self.Health.DISCONNECTED

    @property
    def tag(self) -> str:
        """How settings and the log name the account."""
        return account_tag(self.platform, self.account_id, self.instance)

    @property
    def is_quiet(self) -> bool:
        """Whether nothing may be sent to the account at present."""
        return self.quiet_until is not None and self.quiet_until > timezone.now()

    def credentials(self) -> Credentials:
        """Unsealed credentials for one call, which renews them under the channel's lease. Raises sealing.SealBroken."""
        secrets_ = sealing.unseal(self.sealed) if self.sealed else {}
        return Credentials(
            account_id=self.account_id,
            instance=self.instance or self._sandbox_folder(),
            secrets=secrets_,
            limits=self.limits,
            renewing=partial(renewing.renewed, self),
        )

    def _sandbox_folder(self) -> str:
        """The sandbox's instance is a folder of this machine, which has no place in contents or the log."""
        return str(settings.SANDBOX_DIR / str(self.team_id)) if self.platform == "sandbox" else ""


class InstanceApp(models.Model):
    """Our registration as an app on one Mastodon-API instance, shared by the teams of this installation."""

    instance = models.CharField(max_length=255, unique=True)
    redirect_uri = models.CharField(max_length=255)
    sealed = models.BinaryField()
    created_at = models.DateTimeField(default=timezone.now)

    def __str__(self) -> str:
        return self.instance

    @property
    def app(self) -> dict[str, str]:
        return sealing.unseal(self.sealed)


class Notice(models.Model):
    """Something a person must hear about: shown in the product until read, and sent by e-mail."""

    team = models.ForeignKey(Team, on_delete=models.PROTECT, related_name="notices")
    user = models.ForeignKey(User, on_delete=models.PROTECT, related_name="notices")
    text = models.CharField(max_length=500)
    url = models.CharField(max_length=500, blank=True)
    created_at = models.DateTimeField(default=timezone.now)
    read_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        indexes = [models.Index(fields=["team", "user", "-created_at"], name="notice_newest")]

    def __str__(self) -> str:
        return self.text
