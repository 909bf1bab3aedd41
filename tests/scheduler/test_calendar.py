"""The calendar and the list: what is on which day, filters, paging, and the cost of many posts."""

from datetime import UTC, datetime, timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from scheduler.models import Post, Variant
from scheduler.queries import PAGE
from tests import factories as make
from tests.scheduler.pages import sign_in, url


def get(client, member, name="calendar", **query):
    return sign_in(client, member).get(url(name, member), query).content.decode()


def cell(page: str, day: str) -> str:
    """The part of the month's grid that belongs to one day."""
    return page.split(f'data-date="{day}"')[1].split("data-date=")[0]


def many(author, channel, count: int, *, at=None) -> None:
    """Posts in bulk, an hour apart, without the services: only the number matters here."""
    start = at or timezone.now()
    Post.objects.bulk_create(
        Post(
            team=author.team,
            author=author.user,
            title=f"Post {n}",
            parts=["Words."],
            due_at=start + timedelta(minutes=2 * n),
            updated_at=start + timedelta(seconds=n),
        )
        for n in range(count)
    )
    Variant.objects.bulk_create(
        Variant(post_id=pk, channel=channel)
        for pk in Post.objects.filter(variants=None).values_list("pk", flat=True)
    )


def test_a_post_is_on_its_day_in_the_teams_zone(client, author, channel):
    make.post(author, channel, text="Late night ferry", due_local="2027-07-01T23:30", due_zone="UTC")
    page = get(client, author, date="2027-07-10")
    assert "Times in Lisbon" in page
    assert "Late night ferry" in cell(page, "2027-07-02")
    assert "00:30" in cell(page, "2027-07-02")
    assert "Late night ferry" not in cell(page, "2027-07-01")


def day_of(post: Post) -> str:
    """Where the calendar shows it: an hour from now may be next week, or next month."""
    return f"{post.due_at.astimezone(post.team.tz):%Y-%m-%d}"


@pytest.mark.parametrize("view", ["month", "week", "list"])
def test_a_title_shows_what_it_hides(client, author, channel, view):
    due = f"{timezone.now() + timedelta(hours=1):%Y-%m-%dT%H:%M}"
    post = make.post(author, channel, title="Late\u202eferry", due_local=due, due_zone="UTC")
    page = get(client, author, view=view, date=day_of(post))
    assert "\u202e" not in page
    assert ">U+202E</span>" in page


def test_a_state_is_said_in_words(client, author, reviewer, channel):
    post = make.approved(author, reviewer, channel)
    assert 'aria-label="countersigned"' in get(client, author, view="week", date=day_of(post))
    assert "countersigned" in get(client, author, view="list")


def test_cancelled_posts_show_only_when_asked_for(client, author, channel):
    post = make.post(author, channel, text="Given up")
    Post.objects.filter(pk=post.pk).update(state=Post.State.CANCELLED)
    assert "Given up" not in get(client, author)
    assert "Given up" in get(client, author, state="cancelled", date=day_of(post))


@pytest.mark.parametrize("name", ["calendar", "posts"])
def test_filters(client, author, other_author, channel, name):
    other = make.channel(author.team)
    make.post(author, channel, text="Ferry news")
    make.submitted(other_author, other, text="Lighthouse news")
    for query, shown, hidden in (
        ({"channel": channel.pk}, "Ferry", "Lighthouse"),
        ({"author": other_author.user_id}, "Lighthouse", "Ferry"),
        ({"state": "draft"}, "Ferry", "Lighthouse"),
        ({"state": "checking"}, "Lighthouse", "Ferry"),
    ):
        page = get(client, author, name, **query)
        assert f"{shown} news" in page
        assert f"{hidden} news" not in page


def test_searching_the_words_of_posts(client, author, channel):
    make.post(author, channel, text="Café opens “again”")
    make.post(author, channel, text="Lighthouse")
    for words in ("Café", "again", "“again”"):
        page = get(client, author, "posts", q=words)
        assert "opens" in page
        assert "Lighthouse" not in page


def test_the_list_pages_by_key_and_shows_each_post_once(client, author, channel):
    many(author, channel, 2 * PAGE + 5)
    seen, query = [], {}
    for _ in range(3):
        response = sign_in(client, author).get(url("posts", author), query)
        seen += [post.pk for post in response.context["posts"]]
        older = response.context["older_url"]
        query = (
            {"before": older.split("before=")[1].replace("%3A", ":").replace("%2B", "+").replace("%7E", "~")}
            if older
            else {}
        )
    assert len(seen) == len(set(seen)) == 2 * PAGE + 5
    assert seen == sorted(seen, reverse=True)


def test_another_teams_posts_are_nowhere(client, author, channel):
    stranger = make.member(make.team(), "author")
    make.post(author, channel, text="Not for you")
    for name in ("calendar", "posts"):
        assert "Not for you" not in get(client, stranger, name)


@pytest.mark.parametrize(
    "query",
    [
        {"view": "x"},
        {"date": "0000-13-99"},
        {"date": "9999-12-31"},
        {"before": "~~"},
        {"channel": "x"},
        {"state": "?"},
        {"before": "2027-01-01~9"},
    ],
)
def test_odd_addresses_show_something_sensible(client, author, query):
    for name in ("calendar", "posts"):
        assert sign_in(client, author).get(url(name, author), query).status_code == 200


def test_two_thousand_posts_cost_as_many_queries_as_ten(client, author, channel):
    start = datetime(2027, 5, 3, tzinfo=UTC)
    many(author, channel, 10, at=start)
    get(client, author)
    pages = [("calendar", {"date": "2027-05-03", "view": view}) for view in ("month", "week", "list")] + [
        ("posts", {})
    ]
    few = [queries_of(client, author, *page) for page in pages]
    many(author, channel, 2_000, at=start + timedelta(days=1))
    assert [queries_of(client, author, *page) for page in pages] == few
    assert max(few) < 20
    page = client.get(url("calendar", author), {"date": "2027-05-03"}).content.decode()
    assert "716 more" in cell(page, "2027-05-05")


def queries_of(client, member, name, query) -> int:
    with CaptureQueriesContext(connection) as seen:
        assert client.get(url(name, member), query).status_code == 200
    return len(seen)
