"""The sandbox's page: what was published as readers see it, and failures to rehearse."""

import hashlib
import re
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from accounts.models import Channel, Membership, Team
from ledger.models import Entry
from platforms import rehearsal, sandbox
from platforms.base import NO_OPTIONS, Media, Options, Part, PublishRequest
from platforms.rehearsal import Fault, Kind
from scheduler import rehearsals, sender
from tests import factories as make
from tests.log.conftest import browser

pytestmark = pytest.mark.django_db
AT = datetime(2026, 6, 1, 12, 0, tzinfo=UTC)


def publish(
    channel: Channel, number: int, *parts: Part, options: Options = NO_OPTIONS, data: bytes = b""
) -> None:
    media = {hashlib.sha256(data).hexdigest(): data} if data else {}
    texts = parts or (Part(f"Post number {number}."),)
    request = PublishRequest(f"{number:032x}", (), AT + timedelta(minutes=number), texts, options, media)
    sandbox.Sandbox().publish(request, channel.credentials())


def picture(data: bytes, alt: str = "") -> Media:
    return Media(hashlib.sha256(data).hexdigest(), "image/png", len(data), 320, 200, alt)


def look(client: Client, channel: Channel, query: str = "") -> str:
    response = client.get(f"/t/{channel.team.slug}/sandbox/{channel.pk}/{query}")
    assert response.status_code == 200
    return response.content.decode()


def rehearse(client: Client, channel: Channel, **data: Any) -> Any:
    return client.post(f"/t/{channel.team.slug}/sandbox/{channel.pk}/rehearse/", data)


def test_it_shows_what_was_sent_and_leads_to_the_post(
    client: Client, author: Membership, reviewer: Membership, channel: Channel
) -> None:
    post = make.make_due(make.approved(author, reviewer, channel, title="Tides"))
    sender.send(post.deliveries.get().pk)
    page = look(client, channel)
    assert "The tide tables for next week" in page
    assert f'href="/t/{post.team.slug}/posts/{post.pk}/">Tides</a>' in page


def test_a_thread_with_pictures_and_a_warning(client: Client, channel: Channel) -> None:
    data = make.picture()
    shown, silent = picture(data, "A <young> seal"), picture(data)
    options = Options(visibility="unlisted", content_warning="Waste", language="pt")
    publish(channel, 1, Part("One & <two>", (shown, silent)), Part("Second"), options=options, data=data)
    page = look(client, channel)
    assert "One &amp; &lt;two&gt;" in page
    assert "1 of 2" in page
    assert "2 of 2" in page
    assert "Alt: A &lt;young&gt; seal" in page
    assert "No alt text" in page
    assert "unlisted" in page
    assert "Waste" in page
    assert 'lang="pt"' in page
    image = client.get(re.findall(r'<img src="([^"]+)"', page)[0])
    assert b"".join(image.streaming_content) == data  # type: ignore[attr-defined]  # a file's response
    assert image["Content-Type"] == "image/png"
    assert image["X-Content-Type-Options"] == "nosniff"


def test_a_post_that_nothing_here_sent_is_marked(client: Client, channel: Channel) -> None:
    publish(channel, 1)
    assert "no delivery of this installation" in look(client, channel)


def test_pages_hold_twenty_each_once_newest_first(client: Client, channel: Channel) -> None:
    for number in range(45):
        publish(channel, number)
    seen = []
    for query in ("", "?skip=20", "?skip=40"):
        page = look(client, channel, query)
        seen += [int(n) for n in re.findall(r"Post number (\d+)\.", page)]
        assert ('rel="next"' in page) is (query != "?skip=40")
    assert seen == list(range(44, -1, -1))
    assert "Nothing older" in look(client, channel, "?skip=60")
    assert len(re.findall("Post number", look(client, channel, "?skip=none"))) == 20


def test_the_number_of_queries_does_not_grow(client: Client, channel: Channel) -> None:
    publish(channel, 0)
    look(client, channel)
    with CaptureQueriesContext(connection) as few:
        look(client, channel)
    for number in range(1, 15):
        publish(channel, number)
    with CaptureQueriesContext(connection) as many:
        look(client, channel)
    assert len(many) == len(few) < 20


def test_pictures_of_another_channel_or_team_are_not_there(
    team: Team, client: Client, channel: Channel
) -> None:
    data = make.picture()
    other, elsewhere = make.channel(team), make.channel(make.team())
    for each in (other, elsewhere):
        publish(each, 1, Part("Hidden", (picture(data),)), data=data)
    sha256 = hashlib.sha256(data).hexdigest()
    there = client.get(f"/t/{team.slug}/sandbox/{other.pk}/media/{sha256}/")
    assert b"".join(there.streaming_content) == data  # type: ignore[attr-defined]  # a file's response
    assert client.get(f"/t/{team.slug}/sandbox/{channel.pk}/media/{sha256}/").status_code == 404
    assert client.get(f"/t/{team.slug}/sandbox/{elsewhere.pk}/media/{sha256}/").status_code == 404
    for name in ("../account.json", "..%2Faccount.json", "0" * 64, sha256.upper()):
        assert client.get(f"/t/{team.slug}/sandbox/{channel.pk}/media/{name}/").status_code == 404


def test_what_is_no_picture_is_never_shown_in_a_page(client: Client, channel: Channel) -> None:
    data = b"<script>alert(1)</script>"
    publish(channel, 1, Part("x", (picture(data),)), data=data)
    response = client.get(
        f"/t/{channel.team.slug}/sandbox/{channel.pk}/media/{hashlib.sha256(data).hexdigest()}/"
    )
    assert response["Content-Type"] == "application/octet-stream"
    assert response["Content-Disposition"].startswith("attachment")
    assert b"".join(response.streaming_content) == data  # type: ignore[attr-defined]  # a file's response


def test_only_sandbox_channels_of_the_team_have_the_page(
    team: Team, client: Client, channel: Channel
) -> None:
    elsewhere = make.channel(make.team())
    assert client.get(f"/t/{team.slug}/sandbox/{elsewhere.pk}/").status_code == 404
    Channel.objects.filter(pk=channel.pk).update(platform="bluesky")
    assert client.get(f"/t/{team.slug}/sandbox/{channel.pk}/").status_code == 404


def test_an_account_that_is_gone_from_the_disk_is_said(client: Client, channel: Channel) -> None:
    (rehearsals.home(channel) / "account.json").unlink()
    assert "The sandbox has no such account." in look(client, channel)


@pytest.mark.parametrize("kind", list(Kind))
def test_an_admin_asks_for_a_failure_and_the_log_knows(
    admin: Membership, channel: Channel, kind: Kind
) -> None:
    response = rehearse(browser(admin), channel, action="ask", kind=kind.value, retry_after="90")
    assert response.status_code == 302
    assert rehearsal.waiting(rehearsals.home(channel)) == [Fault(kind, 90 if kind is Kind.BUSY else None)]
    entry = Entry.objects.get(kind="sandbox.rehearsal")
    assert entry.content["data"]["fault"] == kind.value
    assert entry.actor_id == admin.user_id
    assert rehearsals.WORDS[kind][0] in look(browser(admin), channel)


def test_the_failure_happens_to_the_next_post(
    admin: Membership, author: Membership, reviewer: Membership
) -> None:
    channel = make.channel(admin.team)
    rehearse(browser(admin), channel, kind="refused")
    delivery = make.make_due(make.approved(author, reviewer, channel)).deliveries.get()
    sender.send(delivery.pk)
    delivery.refresh_from_db()
    assert (delivery.state, rehearsals.waiting(channel)) == ("failed", [])


def test_the_sign_in_is_withdrawn_and_given_back(admin: Membership, channel: Channel) -> None:
    theirs = browser(admin)
    assert rehearse(theirs, channel, action="revoke").status_code == 302
    assert rehearsals.is_revoked(channel)
    assert "Give the sign-in back" in look(theirs, channel)
    again = rehearse(theirs, channel, action="revoke")
    assert again.status_code == 409
    assert "withdrawn already" in again.content.decode()
    assert rehearse(theirs, channel, action="restore").status_code == 302
    assert not rehearsals.is_revoked(channel)
    assert rehearse(theirs, channel, action="restore").status_code == 409
    kinds = Entry.objects.filter(kind__startswith="sandbox.").order_by("index").values_list("kind", flat=True)
    assert list(kinds) == ["sandbox.revoked", "sandbox.restored"]


@pytest.mark.parametrize(
    "data",
    [{}, {"kind": "meteor"}, {"kind": "busy", "retry_after": "soon"}, {"kind": "busy", "retry_after": "0"}],
)
def test_bad_input_gets_words_and_changes_nothing(
    admin: Membership, channel: Channel, data: dict[str, str]
) -> None:
    response = rehearse(browser(admin), channel, **data)
    assert response.status_code == 422
    assert "another look" in response.content.decode()
    assert rehearsals.waiting(channel) == []
    assert not Entry.objects.filter(kind__startswith="sandbox.").exists()


@pytest.mark.parametrize("action", ["", "1e5", "ASK", "ask "])
@pytest.mark.parametrize("data", [{}, {"kind": "busy"}], ids=["nothing chosen", "something chosen"])
def test_an_unknown_action_gets_words_and_changes_nothing(
    admin: Membership, channel: Channel, action: str, data: dict[str, str]
) -> None:
    response = rehearse(browser(admin), channel, action=action, **data)
    assert response.status_code == 422
    assert "Choose a failure, or withdraw the sign-in" in response.content.decode()
    assert rehearsals.waiting(channel) == []
    assert not rehearsals.is_revoked(channel)
    assert not Entry.objects.filter(kind__startswith="sandbox.").exists()


@pytest.mark.parametrize("role", ["author", "reviewer", "auditor"])
def test_only_admins_rehearse(team: Team, channel: Channel, role: str) -> None:
    member = make.member(team, role)
    assert "Let it happen once" not in look(browser(member), channel)
    assert rehearse(browser(member), channel, kind="busy").status_code == 403
    from gate.errors import NotAllowed

    with pytest.raises(NotAllowed):
        rehearsals.ask(channel=channel, member=member, kind=Kind.BUSY)


def test_an_admin_of_another_team_is_refused_by_the_service_too(channel: Channel) -> None:
    from gate.errors import NotAllowed

    with pytest.raises(NotAllowed):
        rehearsals.revoke(channel=channel, member=make.member(make.team(), "admin"))


def test_other_platforms_cannot_rehearse(admin: Membership, channel: Channel) -> None:
    from gate.errors import WrongState

    with pytest.raises(WrongState):
        rehearsals.ask(channel=replace_platform(channel), member=admin, kind=Kind.BUSY)


def replace_platform(channel: Channel) -> Channel:
    Channel.objects.filter(pk=channel.pk).update(platform="bluesky")
    return Channel.objects.get(pk=channel.pk)


def test_the_platforms_own_marks_go_out_as_declared_and_are_shown(
    client: Client, author: Membership, reviewer: Membership, channel: Channel
) -> None:
    declared = {**make.GOOD, "relationship": "paid"}
    post = make.approved(author, reviewer, channel, text="Ad: a harbour tour", declarations=declared)
    review = client.get(f"/t/{channel.team.slug}/review/{post.submission_id}/").content.decode()
    assert "the platform shows “paid partnership”" in review
    sender.send(make.make_due(post).deliveries.get().pk)
    (published,) = sandbox.posts(str(rehearsals.folder(channel)), channel.account_id)
    assert published.options.flags == ("paid_partnership",)
    assert "Paid partnership" in look(client, channel)
