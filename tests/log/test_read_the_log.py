"""The list of entries: who reads it, what it shows, how it is narrowed and paged."""

import re
from datetime import UTC, datetime

import pytest
from django.db import connection, transaction
from django.test import Client
from django.test.utils import CaptureQueriesContext

from accounts.journal import channel_entry
from accounts.models import Channel, Membership, Team
from ledger import services, verification
from ledger.models import Entry
from scheduler import sender
from tests import factories as make
from tests.log.bulk import append_many
from tests.log.conftest import Write, browser

pytestmark = pytest.mark.django_db


def indexes(page: str) -> list[int]:
    """The entries that a page lists, in its order."""
    return [int(index) for index in re.findall(r'<a class="row-link" href="/t/[\w-]+/log/(\d+)/"', page)]


def read(client: Client, team: Team, query: str = "") -> str:
    response = client.get(f"/t/{team.slug}/log/{query}")
    assert response.status_code == 200
    return response.content.decode()


@pytest.mark.parametrize("role", ["author", "reviewer", "auditor", "admin"])
def test_every_member_reads_it_and_auditors_and_admins_may_do_more(team: Team, role: str) -> None:
    page = read(browser(make.member(team, role)), team)
    assert ("Verify now" in page, "Bundle with proofs" in page) == ((role in ("auditor", "admin")),) * 2


def test_nobody_from_elsewhere_reads_it(team: Team) -> None:
    stranger = make.member(make.team(), "auditor")
    assert browser(stranger).get(f"/t/{team.slug}/log/").status_code == 404
    assert Client().get(f"/t/{team.slug}/log/").status_code == 302


def test_a_row_says_when_what_where_who_and_how_it_ended(
    team: Team, client: Client, author: Membership, reviewer: Membership, channel: Channel
) -> None:
    post = make.make_due(make.approved(author, reviewer, channel, title="Seal pup released"))
    sender.send(post.deliveries.get().pk)
    rows = read(client, team).split("<tr data-row")
    [approved] = [row for row in rows if 'log-kind">Countersigned' in row]
    assert "Seal pup released" in approved
    assert "Rosa Marín" in approved
    assert "@harbour" in approved
    assert "countersigned</span>" in approved
    assert "Lisbon (UTC+" in approved
    [sent] = [row for row in rows if 'log-kind">Sent<' in row]
    assert "by itself" in sent
    assert "sent</span>" in sent


def test_entries_of_another_team_are_not_in_it(team: Team, client: Client, write: Write) -> None:
    mine, other = write(), write(team_id=make.team().pk, personal={"title": "Not yours"})
    found = indexes(read(client, team))
    assert mine.index in found
    assert other.index not in found


@pytest.fixture
def mixed(team: Team, author: Membership, channel: Channel, write: Write) -> dict[str, Entry]:
    """Four entries that differ in everything that one can filter by."""
    filed = {"channel": [f"sandbox|{channel.account_id}"]}
    return {
        "late": write(at=datetime(2026, 5, 31, 22, 59, 59, tzinfo=UTC)),
        "june": write(at=datetime(2026, 5, 31, 23, 0, tzinfo=UTC), personal={"title": "Open evening"}),
        "sent": write(
            kind="delivery.sent", outcome="sent", tags=filed, at=datetime(2026, 6, 1, 22, 59, tzinfo=UTC)
        ),
        "hers": write(actor_id=author.user_id, at=datetime(2026, 6, 1, 23, 0, tzinfo=UTC)),
    }


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ("?from=2026-06-01&to=2026-06-01", ["sent", "june"]),
        ("?to=2026-05-31", ["late"]),
        ("?from=2026-06-02&kind=post.created&person={person}", ["hers"]),
        ("?channel={channel}", ["sent"]),
        ("?person={person}&to=2026-06-30&from=2026-05-01", ["hers"]),
        ("?kind=delivery.sent", ["sent"]),
        ("?outcome=sent", ["sent"]),
        ("?q=open+eve", ["june"]),
        ("?q=open&outcome=sent", []),
        ("?channel=999999", []),
    ],
)
def test_filters(
    team: Team,
    client: Client,
    author: Membership,
    channel: Channel,
    mixed: dict[str, Entry],
    query: str,
    expected: list[str],
) -> None:
    """A day is the team's own: in Lisbon, June begins at 23:00 UTC."""
    page = read(client, team, query.format(person=author.user_id, channel=channel.pk))
    assert indexes(page) == [mixed[name].index for name in expected]
    assert ("No entry fits" in page) is (not expected)


@pytest.mark.parametrize(
    "query",
    ["?from=yesterday", "?to=2026-13-40", "?person=x", "?channel=%00", "?kind=%00", "?outcome=%27%20OR", "?q=%00",
     "?before=-1", "?before=99999999999999999999", "?before=9223372036854775807", "?person=9223372036854775808"],
)  # fmt: skip
def test_an_address_that_says_nothing_narrows_nothing(
    team: Team, client: Client, mixed: dict[str, Entry], query: str
) -> None:
    assert {entry.index for entry in mixed.values()} <= set(indexes(read(client, team, query)))


def test_accounts_of_two_servers_with_one_number_are_told_apart(
    team: Team, client: Client, write: Write
) -> None:
    places = [f"https://{name}.example" for name in ("here", "there")]
    here, there = (
        Channel.objects.create(
            team=team,
            platform="mastodon",
            instance=place,
            account_id="42",
            handle=f"@tide@{place.partition('//')[2]}",
            connected_by=make.user(),
        )
        for place in places
    )
    for channel in (here, there):
        with transaction.atomic():
            channel_entry(channel, "channel.connected", None)
    [found] = indexes(read(client, team, f"?channel={there.pk}"))
    assert Entry.objects.get(index=found).subject == f"channel:{there.pk}"
    shown = client.get(f"/t/{team.slug}/log/{found}/").content.decode()
    assert f"{there.handle}</span></span></dd>" in shown
    gone = write(tags={"channel": ["mastodon|7|https://gone.example"]})
    assert "7 on gone.example" in client.get(f"/t/{team.slug}/log/{gone.index}/").content.decode()


def test_the_filters_stay_in_the_form_the_pager_and_the_exports(
    team: Team, client: Client, write: Write
) -> None:
    for _ in range(51):
        write()
    page = read(client, team, "?kind=post.created&from=2026-01-01")
    assert '<option value="post.created" selected>' in page
    assert 'name="from" value="2026-01-01"' in page
    assert "?from=2026-01-01&amp;kind=post.created&amp;before=" in page
    assert "/export/csv/?from=2026-01-01&amp;kind=post.created" in page


def test_three_pages_without_gaps_or_repeats_while_entries_arrive(
    team: Team, client: Client, write: Write
) -> None:
    before = [write().index for _ in range(120)]
    seen, url = [], f"/t/{team.slug}/log/?kind=post.created"
    for _ in range(3):
        page = client.get(url).content.decode()
        seen += indexes(page)
        write()
        older = re.search(r'href="([^"]+)" rel="next"', page)
        url = older[1].replace("&amp;", "&") if older else ""
    assert seen == before[::-1]
    assert url == ""
    newest = indexes(read(client, team, "?kind=post.created"))
    assert newest[:3] == [max(before) + 3, max(before) + 2, max(before) + 1]


def test_the_newest_are_one_step_away(team: Team, client: Client, write: Write) -> None:
    last = [write() for _ in range(60)][-1].index
    page = read(client, team, f"?before={last - 5}")
    assert re.search(rf'<a class="btn" href="/t/{team.slug}/log/" data-key="\["', page)
    assert "Newest" not in read(client, team)


def test_a_new_team_reads_what_to_expect(client: Client, team: Team) -> None:
    empty = Team.objects.create(slug="empty", name="Empty", zone="UTC")
    member = Membership.objects.create(team=empty, user=make.user(), is_auditor=True)
    assert "Nothing has happened yet" in read(browser(member), empty)


def test_the_checkpoint_line_says_what_is_so(team: Team, client: Client, write: Write) -> None:
    write()
    assert "No checkpoint has been signed yet." in read(client, team)
    checkpoint = services.checkpoint()
    assert checkpoint is not None
    write()
    page = read(client, team)
    assert f", {checkpoint.size} entries, signature verified." in re.sub(r"<[^>]+>", "", page)


def test_entries_made_in_bulk_are_true_ones(team: Team, author: Membership) -> None:
    append_many(team, 300, person=author.user_id, channel="sandbox|harbour")
    services.checkpoint()
    append_many(team, 37, person=author.user_id, channel="sandbox|harbour")
    assert list(verification.problems()) == []


def test_a_page_of_very_many_costs_as_many_queries_as_one_of_few(
    team: Team, client: Client, author: Membership, channel: Channel
) -> None:
    def queries(query: str) -> list[str]:
        with CaptureQueriesContext(connection) as captured:
            read(client, team, query)
        return [each["sql"] for each in captured.captured_queries]

    few = queries("")
    filed = f"sandbox|{channel.account_id}"
    append_many(team, 3_000, person=author.user_id, channel=filed)
    services.checkpoint()
    verified = client.post(f"/t/{team.slug}/log/verify/?before=2000").content.decode()
    assert "This page verifies" in verified
    everything = f"?person={author.user_id}&channel={channel.pk}&kind=delivery.sent&outcome=sent&q=number"
    for query in (
        "",
        "?before=2500",
        everything,
        f"?channel={channel.pk}",
        "?from=2026-04-01&to=2026-04-02",
    ):
        many = queries(query)
        assert len(many) <= len(few) + 2 < 20
        of_log = [sql for sql in many if "ledger_" in sql]
        assert of_log
        assert not any(re.search(r"\bCOUNT\(|\bOFFSET\b", sql, re.IGNORECASE) for sql in of_log)
