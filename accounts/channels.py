"""Connecting the accounts that a team publishes to.

The platform is asked outside the transaction; what it answered is stored in one, with one entry in the
publish log. Secrets are sealed on their way into the row and go nowhere else.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta
from pathlib import Path

from django.conf import settings
from django.db import transaction
from django.db.models import Q
from django.urls import reverse
from django.utils import timezone

from accounts import journal, renewing, sealing
from accounts.errors import Closed, NotAllowed, Refused
from accounts.models import Channel, InstanceApp, Membership
from accounts.notices import notify
from accounts.services import locked_team
from platforms import bluesky, http, mastodon_sign_in, rehearsal, sandbox
from platforms.base import Account, ConnectError, PublishError

Health = Channel.Health

LONGEST = 255
"""Characters of a channel's id, handle and name; PostgreSQL refuses more where SQLite does not look."""
UNUSED_APP_LIFE = timedelta(hours=12)
"""Mastodon removes apps that nobody has signed in with after a day (its ApplicationsVacuum)."""


def connect_sandbox(*, member: Membership, name: str, channel: Channel | None = None) -> Channel:
    """An account on this machine. Raises NotAllowed, Refused, ConnectError."""
    _require_admin(member)
    folder = str(settings.SANDBOX_DIR / str(member.team_id))
    account = sandbox.connect(folder, name)
    _require_same(channel, account, instance="")
    rehearsal.restore(Path(folder) / account.account_id)  # a new sign-in, where the old one was withdrawn
    return _store(member, "sandbox", account, {}, instance="")


def connect_bluesky(
    *, member: Membership, handle: str, app_password: str, server: str = "", channel: Channel | None = None
) -> Channel:
    """An account by handle and app password. Raises NotAllowed, Refused, ConnectError."""
    _require_admin(member)
    account, secrets = bluesky.connect(server, handle, app_password)
    _require_same(channel, account, instance=account.instance)
    return _store(member, "bluesky", account, secrets, instance=account.instance)


def start_mastodon(*, member: Membership, server: str) -> dict[str, str]:
    """The way to a server's own sign-in page, for the person's session: url, instance, state, verifier.
    Raises NotAllowed, ConnectError."""
    _require_admin(member)
    instance = http.normalise_instance(server)
    app = _instance_app(instance)
    url, state, verifier = mastodon_sign_in.authorization_url(instance, app, redirect_uri())
    return {"url": url, "instance": instance, "state": state, "verifier": verifier}


def finish_mastodon(
    *, member: Membership, started: Mapping[str, str], code: str, state: str, channel: Channel | None = None
) -> Channel:
    """The person came back with a code. `started` is what start_mastodon answered; it may be used once.
    Raises NotAllowed, Refused, ConnectError."""
    _require_admin(member)
    instance = started["instance"]
    app = _known_app(instance)
    if app is None:
        raise ConnectError("This sign-in was not started here. Start again.")
    token = mastodon_sign_in.fetch_token(
        instance,
        app,
        redirect_uri(),
        code=code,
        state=state,
        expected_state=started["state"],
        code_verifier=started["verifier"],
    )
    account, secrets = mastodon_sign_in.connect(instance, app, token)
    _require_same(channel, account, instance=instance)
    return _store(member, "mastodon", account, secrets, instance=instance)


def redirect_uri() -> str:
    return settings.BASE_URL + reverse("mastodon-callback")


@transaction.atomic
def disconnect(*, member: Membership, channel_id: int) -> Channel:
    """Drops the credentials and keeps the row, for history. Posts that wait for it are held by the sender.
    Raises NotAllowed, Closed."""
    locked_team(member)
    changed = Channel.objects.filter(pk=channel_id, team=member.team_id).exclude(health=Health.DISCONNECTED)
    found = changed.update(
        health=Health.DISCONNECTED, health_reason="", sealed=b"", renew_at=None, checked_at=timezone.now()
    )
    channel = Channel.objects.get(pk=channel_id, team=member.team_id)
    if not found:
        raise Closed(f"{channel} is disconnected already.")
    journal.channel_entry(channel, "channel.disconnected", member.user)
    return channel


def check(*, member: Membership, channel: Channel) -> Channel:
    """Asks the platform whether the sign-in is still good, and keeps the answer. A platform that does not
    answer changes nothing. Raises NotAllowed, Closed, PublishError."""
    _require_admin(member)
    if channel.health == Health.DISCONNECTED:
        raise Closed(f"{channel} is disconnected. Connect it again first.")
    try:
        account = channel.adapter.check_sign_in(channel.credentials())
    except sealing.SealBroken as error:
        return _found(member, channel, Health.ATTENTION, str(error))
    except PublishError as error:
        if not error.needs_reconnect:
            raise
        return _found(member, channel, Health.ATTENTION, error.message)
    return _found(member, channel, Health.CONNECTED, "", account)


@transaction.atomic
def need_attention(*, channel: Channel, reason: str) -> bool:
    """The machinery found the sign-in no longer good: said once, to the admins. False where that was known, or the
    channel was connected anew or disconnected since `channel` was read."""
    changed = Channel.objects.filter(
        pk=channel.pk, health=Health.CONNECTED, connected_at=channel.connected_at
    ).update(health=Health.ATTENTION, health_reason=reason[:500], checked_at=timezone.now())
    if not changed:
        return False
    team = channel.team
    admins = team.members.filter(is_admin=True, ended_at__isnull=True).select_related("user")
    notify(
        team=team,
        users=[member.user for member in admins],
        text=f"{channel} needs attention: {reason}",
        url=reverse("channels", args=[team.slug]),
    )
    channel.refresh_from_db()
    journal.channel_entry(channel, "channel.attention", None, reason=reason)
    return True


def keep_quiet(*, channel: Channel, until: datetime) -> bool:
    """Nothing is sent to the account before `until`: its platform asked for it, or its pace is used up. Only ever moved
    later. False where it was as late already, or the channel was connected anew since `channel` was read. No entry in
    the log: that of the delivery that met the limit says it."""
    later = Q(quiet_until__isnull=True) | Q(quiet_until__lt=until)
    row = Channel.objects.filter(later, pk=channel.pk, connected_at=channel.connected_at)
    return bool(row.update(quiet_until=until))


@transaction.atomic
def _found(
    member: Membership, channel: Channel, health: str, reason: str, account: Account | None = None
) -> Channel:
    """Keeps what a check found, unless the channel was connected anew or disconnected meanwhile."""
    locked_team(member)
    row = Channel.objects.filter(pk=channel.pk, connected_at=channel.connected_at).exclude(
        health=Health.DISCONNECTED
    )
    before = row.values_list("health", flat=True).first()
    if before is None:
        return Channel.objects.get(pk=channel.pk)
    row.update(health=health, health_reason=reason[:500], checked_at=timezone.now())
    if account is not None:
        row.update(handle=_cut(account.handle), name=_cut(account.name), limits=dict(account.limits))
    channel.refresh_from_db()
    if before != health:
        kind = "channel.recovered" if health == Health.CONNECTED else "channel.attention"
        journal.channel_entry(channel, kind, member.user, reason=reason)
    return channel


@transaction.atomic
def _store(
    member: Membership, platform: str, account: Account, secrets: Mapping[str, str], *, instance: str
) -> Channel:
    """The channel of this account, new or renewed; the team's lock makes it one row, whoever else
    connects."""
    team = locked_team(member)
    _require_whole(platform, secrets)
    _require_short(account.account_id, instance)
    key = {"team": team, "platform": platform, "instance": instance, "account_id": account.account_id}
    known = Channel.objects.filter(**key).first()
    channel = known or Channel(**key)
    channel.handle, channel.name = _cut(account.handle), _cut(account.name)
    channel.limits = dict(account.limits)
    channel.sealed = sealing.seal(secrets) if secrets else b""
    channel.health, channel.health_reason = Health.CONNECTED, ""
    channel.connected_by = member.user
    channel.connected_at = channel.checked_at = now = timezone.now()
    channel.renew_at, channel.renewing_until = renewing.renew_at(channel.adapter, secrets, now), None
    channel.save()
    journal.channel_entry(channel, "channel.reconnected" if known else "channel.connected", member.user)
    return channel


def _require_whole(platform: str, secrets: Mapping[str, str]) -> None:
    """A sign-in without its secrets never replaces one that works."""
    if platform != "sandbox" and not all([secrets, *secrets.values()]):
        raise ConnectError("The server's answer was incomplete. Nothing was changed; try again.")


def _require_short(*identifiers: str) -> None:
    """What names the account is kept whole or not at all: two that are cut could become one."""
    if any(len(each) > LONGEST for each in identifiers):
        raise ConnectError(
            f"The server gave the account an id of more than {LONGEST} characters. It cannot be connected here."
        )


def _cut(text: str) -> str:
    """What is only shown, made to fit its column."""
    return text if len(text) <= LONGEST else text[: LONGEST - 1] + "…"


def _require_same(channel: Channel | None, account: Account, *, instance: str) -> None:
    if channel is None or (channel.account_id, channel.instance) == (account.account_id, instance):
        return
    raise Refused(
        f"You signed in as {account.handle}, and this channel is {channel.handle}. "
        f"Sign in as {channel.handle}, or connect {account.handle} as a channel of its own."
    )


def _require_admin(member: Membership) -> None:
    if not member.is_admin:
        raise NotAllowed(f"Only an admin of {member.team} can connect and disconnect channels.")


def _instance_app(instance: str) -> dict[str, str]:
    """Our app on this server, registered where it has to be."""
    known = _known_app(instance, fresh=True)
    if known is not None:
        return known
    app = mastodon_sign_in.register_app(instance, redirect_uri())
    InstanceApp.objects.update_or_create(
        instance=instance,
        defaults={
            "redirect_uri": redirect_uri(),
            "sealed": sealing.seal(app),
            "created_at": timezone.now(),
        },
    )
    return app


def _known_app(instance: str, *, fresh: bool = False) -> dict[str, str] | None:
    """Our registration on this server, if it is for our present address and can be opened. `fresh`: and if
    the server will not have removed it."""
    row = InstanceApp.objects.filter(instance=instance, redirect_uri=redirect_uri()).first()
    if row is None or (fresh and not _still_there(row)):
        return None
    try:
        return row.app
    except sealing.SealBroken:
        return None


def _still_there(row: InstanceApp) -> bool:
    in_use = Channel.objects.filter(
        platform="mastodon", instance=row.instance, connected_at__gt=row.created_at
    )
    return row.created_at > timezone.now() - UNUSED_APP_LIFE or in_use.exclude(sealed=b"").exists()
