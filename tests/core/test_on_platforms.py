"""The way of a post through gate and sender to the Mastodon API (a strict server on loopback) and to a real Bluesky
server (live), with lost answers and refusals on the way: one copy each time, and a truthful state."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Iterator
from datetime import timedelta

import pytest
import requests
from django.utils import timezone

from accounts import channels, sealing
from accounts.models import Channel, Membership, Team
from scheduler import images, lifecycle, reconcile, sender, settle
from scheduler.models import Delivery, Post
from tests import factories as make
from tests.must_hold.accounts import loopback_allowed, on_mastodon
from tests.servers.loopback import running
from tests.servers.lossy_proxy import proxy
from tests.servers.mastodon_server import running_mastodon
from tests.servers.mastodon_state import Fault, State

TEXT = "Spring tide on Friday 🌊 See https://harbour.example/tides and #HarbourNews"
ALT = "A grey-blue harbour"


@pytest.fixture(autouse=True)
def loopback() -> Iterator[None]:
    with loopback_allowed():
        yield


@pytest.fixture
def team(db: None) -> Team:
    return make.team()


def approved(team: Team, channel: Channel) -> Delivery:
    """A countersigned post with an image, due now."""
    author, reviewer = make.member(team, "author"), make.member(team, "reviewer")
    post = make.post(author, channel, text=TEXT)
    images.add(
        post_id=post.pk,
        version=post.version,
        member=author,
        data=make.picture(kind="JPEG"),
        filename="harbour.jpg",
        alt=ALT,
    )
    post.refresh_from_db()
    submission = lifecycle.submit(post_id=post.pk, version=post.version, member=author)
    make.runner.run(submission.pk)
    submission.refresh_from_db()
    make.approve(submission, reviewer)
    return make.make_due(post).deliveries.get()


def send(delivery: Delivery) -> Delivery:
    """Once every wait is over."""
    Channel.objects.filter(pk=delivery.channel_id).update(quiet_until=None)
    Delivery.objects.filter(pk=delivery.pk).update(next_try_at=None)
    sender.send(delivery.pk)
    delivery.refresh_from_db()
    return delivery


def look(delivery: Delivery) -> Delivery:
    Delivery.objects.filter(pk=delivery.pk).update(next_try_at=timezone.now() - timedelta(seconds=1))
    reconcile.look(delivery.pk)
    delivery.refresh_from_db()
    return delivery


# Mastodon


@pytest.fixture
def mastodon() -> Iterator[State]:
    with running_mastodon() as state:
        yield state


@pytest.fixture
def toots(team: Team, mastodon: State) -> Delivery:
    return approved(team, on_mastodon(team, mastodon))


def test_mastodon_gets_what_was_approved(toots: Delivery, mastodon: State) -> None:
    assert send(toots).state == Delivery.State.SENT
    (status,) = mastodon.statuses
    assert status["x_text"] == TEXT
    (image,) = status["media_attachments"]
    assert image["description"] == ALT
    assert toots.url.startswith(mastodon.url)


@pytest.mark.parametrize("kind", ["drop_after", "status_after", "garbage_after"])
@pytest.mark.parametrize("honour_key", [True, False])
def test_mastodon_loses_the_answer(toots: Delivery, mastodon: State, kind: str, honour_key: bool) -> None:
    mastodon.settings.honour_key = honour_key
    mastodon.faults = [Fault(kind)]
    assert send(toots).state == Delivery.State.UNKNOWN
    assert send(toots).state == Delivery.State.UNKNOWN
    assert look(toots).state == Delivery.State.SENT
    assert len(mastodon.statuses) == 1


@pytest.mark.parametrize("mode", ["drop", "500"])
def test_mastodon_behind_a_proxy_that_loses_the_answer(team: Team, mastodon: State, mode: str) -> None:
    mastodon.settings.honour_key = False
    with running(proxy(mastodon.url, "/api/v1/statuses", 1, mode)) as address:
        channel = on_mastodon(team, mastodon)
        Channel.objects.filter(pk=channel.pk).update(instance=address)
        toot = approved(team, Channel.objects.get(pk=channel.pk))
        assert send(toot).state == Delivery.State.UNKNOWN
        assert look(toot).state == Delivery.State.SENT
    assert len(mastodon.statuses) == 1


@pytest.mark.parametrize("lag", [1, 3])
def test_mastodon_shows_it_only_after_a_while(toots: Delivery, mastodon: State, lag: int) -> None:
    """A read that is behind proves nothing: it is looked for again, after growing pauses."""
    mastodon.settings.honour_key = False
    mastodon.settings.lag = lag
    mastodon.faults = [Fault("drop_after")]
    assert send(toots).state == Delivery.State.UNKNOWN
    pauses = []
    for _ in range(lag):
        assert look(toots).state == Delivery.State.UNKNOWN
        assert toots.next_try_at is not None
        pauses.append(toots.next_try_at - timezone.now())
    assert pauses == sorted(pauses)
    assert send(toots).state == Delivery.State.UNKNOWN
    assert look(toots).state == Delivery.State.SENT
    assert len(mastodon.statuses) == 1


def test_mastodon_may_never_have_been_reached(toots: Delivery, mastodon: State) -> None:
    """Dropped before it acted. Nobody can know that from here, so a person looks; nothing is sent on a guess."""
    mastodon.faults = [Fault("drop_before")]
    assert send(toots).state == Delivery.State.UNKNOWN
    for _ in range(reconcile.LOOKS_MOST):
        assert look(toots).state == Delivery.State.UNKNOWN
    assert toots.next_try_at is None
    member = make.member(toots.team, "author")
    settle.say(delivery_id=toots.pk, member=member, after=1, seen=settle.Seen.NONE)
    assert Post.objects.get(pk=toots.post_id).state == Post.State.FAILED
    assert mastodon.statuses == []


@pytest.mark.parametrize("honour_key", [True, False])
def test_mastodon_gets_it_once_more_from_who_looked(
    toots: Delivery, mastodon: State, honour_key: bool
) -> None:
    mastodon.settings.honour_key = honour_key
    mastodon.faults = [Fault("drop_before")]
    assert send(toots).state == Delivery.State.UNKNOWN
    member = make.member(toots.team, "reviewer")
    settle.send_again(delivery_id=toots.pk, member=member, after=1, looked=True)
    assert send(toots).state == Delivery.State.SENT
    assert [status["x_text"] for status in mastodon.statuses] == [TEXT]


def test_mastodon_is_busy(toots: Delivery, mastodon: State) -> None:
    mastodon.faults = [Fault("status_before", status=429, headers={"Retry-After": "90"})]
    assert send(toots).state == Delivery.State.WAITING
    assert toots.next_try_at is not None
    assert toots.next_try_at > timezone.now() + timedelta(seconds=80)
    assert send(toots).state == Delivery.State.SENT
    assert len(mastodon.statuses) == 1


@pytest.mark.parametrize("call", ["POST", "GET"])
def test_mastodon_is_busy_and_the_channel_waits_whatever_was_called(
    toots: Delivery, mastodon: State, call: str
) -> None:
    busy = {"status": 429, "headers": {"Retry-After": "90"}}
    if call == "POST":
        mastodon.faults = [Fault("status_before", path="/api/v2/media", **busy)]  # type: ignore[arg-type]
        assert send(toots).state == Delivery.State.WAITING
    else:
        mastodon.faults = [Fault("drop_after"), Fault("status_before", "/api/v1/accounts", "GET", **busy)]  # type: ignore[arg-type]
        send(toots)
        assert look(toots).state == Delivery.State.UNKNOWN
    channel = Channel.objects.get(pk=toots.channel_id)
    assert channel.quiet_until is not None
    assert channel.quiet_until > timezone.now() + timedelta(seconds=80)


def test_mastodon_refuses(toots: Delivery, mastodon: State) -> None:
    mastodon.faults = [Fault("status_before", status=422)]
    assert send(toots).state == Delivery.State.FAILED
    assert Post.objects.get(pk=toots.post_id).state == Post.State.FAILED
    assert mastodon.statuses == []


def test_mastodon_withdrew_the_sign_in(toots: Delivery, mastodon: State) -> None:
    """The post is held, not failed, and goes out once the account is connected again inside the window."""
    admin = make.member(toots.team, "admin")
    mastodon.registry.tokens.clear()
    assert send(toots).state == Delivery.State.WAITING
    assert Post.objects.get(pk=toots.post_id).state == Post.State.HELD
    channel = Channel.objects.get(pk=toots.channel_id)
    assert channel.health == "attention"
    assert admin.user.notices.filter(text__contains="needs attention").exists()
    channel.sealed = sealing.seal({"access_token": mastodon.token_for("alice")})
    channel.health = "connected"
    channel.save()
    assert send(toots).state == Delivery.State.SENT
    assert len(mastodon.statuses) == 1


# Bluesky, a real server

BLUESKY = os.environ.get("COUNTERSIGN_BSKY_URL", "http://127.0.0.1:2583")


def connect_bluesky(admin: Membership, address: str) -> Channel:
    return channels.connect_bluesky(
        member=admin, handle="alice.test", app_password="alice-pass", server=address
    )


def records(text: str) -> list[dict[str, object]]:
    did = requests.get(
        f"{BLUESKY}/xrpc/com.atproto.identity.resolveHandle", params={"handle": "alice.test"}, timeout=10
    ).json()["did"]
    found = requests.get(
        f"{BLUESKY}/xrpc/com.atproto.repo.listRecords",
        params={"repo": did, "collection": "app.bsky.feed.post", "limit": 100},
        timeout=10,
    ).json()["records"]
    return [record["value"] for record in found if record["value"]["text"] == text]


@pytest.mark.live
def test_bluesky_gets_what_was_approved(team: Team) -> None:
    channel = connect_bluesky(make.member(team, "admin"), BLUESKY)
    before = len(records(TEXT))
    delivery = approved(team, channel)
    assert send(delivery).state == Delivery.State.SENT
    out = records(TEXT)
    assert len(out) == before + 1
    (image,) = out[0]["embed"]["images"]  # type: ignore[index]
    assert image["alt"] == ALT
    blob = requests.get(
        f"{BLUESKY}/xrpc/com.atproto.sync.getBlob",
        params={"did": channel.account_id, "cid": image["image"]["ref"]["$link"]},
        timeout=10,
    ).content
    assert hashlib.sha256(blob).hexdigest() in delivery.submission.frozen.media()


@pytest.mark.live
@pytest.mark.parametrize("mode", ["drop", "500"])
def test_bluesky_loses_the_answer(team: Team, mode: str) -> None:
    with running(proxy(BLUESKY, "putRecord", 1, mode)) as address:
        delivery = approved(team, connect_bluesky(make.member(team, "admin"), address))
        before = len(records(TEXT))
        assert send(delivery).state == Delivery.State.UNKNOWN
        assert look(delivery).state == Delivery.State.SENT
        assert len(records(TEXT)) == before + 1


@pytest.mark.live
@pytest.mark.parametrize("lag", [1, 2])
def test_bluesky_shows_it_only_after_a_while(team: Team, lag: int) -> None:
    """One empty look proves nothing. After two the same request is made again, which can make one record only."""
    lossy = proxy(BLUESKY, "putRecord", 1, "drop")
    with running(lossy) as behind, running(proxy(behind, "getRecord", lag, "hide")) as address:
        delivery = approved(team, connect_bluesky(make.member(team, "admin"), address))
        before = len(records(TEXT))
        assert send(delivery).state == Delivery.State.UNKNOWN
        assert len(records(TEXT)) == before + 1
        assert look(delivery).state == Delivery.State.UNKNOWN
        if lag == 1:
            assert look(delivery).state == Delivery.State.SENT
        else:
            assert look(delivery).state == Delivery.State.WAITING
            assert send(delivery).state == Delivery.State.SENT
        assert len(records(TEXT)) == before + 1


@pytest.mark.live
def test_bluesky_has_what_a_restored_backup_does_not_know(team: Team) -> None:
    """It was sent after the backup was made, at another time than that of this try: its key tells."""
    delivery = approved(team, connect_bluesky(make.member(team, "admin"), BLUESKY))
    Delivery.objects.filter(pk=delivery.pk).update(look_since=timezone.now() - timedelta(hours=2))
    delivery.refresh_from_db()
    request = sender.build_request(delivery, sender.channel_content(delivery))
    delivery.channel.adapter.publish(request, delivery.channel.credentials())
    before = len(records(TEXT))
    assert send(delivery).state == Delivery.State.SENT
    assert len(records(TEXT)) == before
