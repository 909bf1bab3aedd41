"""The page of missed posts: whose, why, and another time with one press, for one or for all."""

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
import time_machine
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from gate.models import Submission
from scheduler import missing, retiming, sender
from scheduler.models import Delivery, Post
from tests import factories as make
from tests.scheduler.pages import sign_in, soon, url

LATE = timedelta(minutes=20)


def late(author, reviewer, channel, title="Ferry", **extra) -> Post:
    post = make.approved(author, reviewer, channel, title=title, text=f"{title} news.", **extra)
    make.make_due(post, LATE)
    missing.miss_late(timezone.now())
    post.refresh_from_db()
    return post


def get(client, member, name="missed", *args) -> str:
    return sign_in(client, member).get(url(name, member, *args)).content.decode()


def tomorrow(post: Post) -> dict[str, str]:
    offer = retiming.tomorrow(post.deliveries.get().due_at, post.due_zone, timezone.now())
    return {
        "due_date": offer.date,
        "due_time": offer.time,
        "due_zone": offer.zone,
        "version": str(post.version),
    }


def test_authors_see_their_own_and_those_who_see_to_the_team_see_all(
    client, author, other_author, reviewer, channel
):
    late(author, reviewer, channel, "Ferry")
    late(other_author, reviewer, channel, "Lighthouse")
    mine = get(client, author)
    assert "Ferry" in mine
    assert "Lighthouse" not in mine
    assert "Its time window ended" in mine
    theirs = get(client, reviewer)
    assert "Ferry" in theirs
    assert "Lighthouse" in theirs
    assert "In 15 minutes" in mine
    assert "In 15 minutes" not in theirs
    stranger = make.member(make.team(), "author", "admin")
    assert "Nothing was missed" in get(client, stranger)


@pytest.mark.parametrize("page", ["missed", "calendar", "post"])
def test_one_press_moves_it_to_the_same_time_tomorrow(client, author, reviewer, channel, page):
    post = late(author, reviewer, channel)
    body = get(client, author, page, *([post.pk] if page == "post" else []))
    given = tomorrow(post)
    for name, value in given.items():
        assert f'name="{name}" value="{value}"' in body
    client.post(url("post-retime", author, post.pk), given)
    post.refresh_from_db()
    assert (post.state, post.due_local) == ("submitted", f"{given['due_date']}T{given['due_time']}")
    assert post.submission.state == "approved"
    assert post.deliveries.get().state == Delivery.State.WAITING
    assert "Nothing was missed" in get(client, author)


def test_one_press_moves_it_to_a_quarter_of_an_hour_from_the_press(client, author, reviewer, channel):
    post = late(author, reviewer, channel)
    answer = sign_in(client, author).post(
        url("post-retime", author, post.pk),
        {"in": "15", "version": post.version, "next": url("missed", author)},
    )
    assert answer.url == url("missed", author)
    post.refresh_from_db()
    assert timedelta(minutes=14) < post.due_at - timezone.now() <= timedelta(minutes=16)


def test_any_other_time_by_the_form(client, author, reviewer, channel):
    post = late(author, reviewer, channel)
    given = {
        "due_date": f"{timezone.now() + timedelta(days=4):%Y-%m-%d}",
        "due_time": "07:45",
        "due_zone": "UTC",
    }
    sign_in(client, author).post(url("post-retime", author, post.pk), {**given, "version": post.version})
    post.refresh_from_db()
    assert post.due_local.endswith("T07:45")
    assert post.deliveries.get().due_at == post.due_at


def test_all_of_them_together_each_in_its_own_zone(client, author, reviewer, channel):
    nairobi = late(author, reviewer, channel, "Ferry", due_local=f"{soon()}T10:00", due_zone="Africa/Nairobi")
    tokyo = late(author, reviewer, channel, "Sushi", due_local=f"{soon()}T10:00", due_zone="Asia/Tokyo")
    stale = late(author, reviewer, channel, "Stale")
    body = get(client, author)
    assert "All 3: tomorrow, same time" in body
    Post.objects.filter(pk=stale.pk).update(version=stale.version + 1)
    chosen = [f"{post.pk}.{post.version}" for post in (nairobi, tokyo, stale)]
    answer = client.post(url("missed-move", author), {"post": chosen}, follow=True)
    page = answer.content.decode()
    assert "2 posts have tomorrow" in page
    assert "1 kept the time it had" in page
    for post, zone in ((nairobi, "Africa/Nairobi"), (tokyo, "Asia/Tokyo")):
        was = post.due_at.astimezone(ZoneInfo(zone))
        post.refresh_from_db()
        now = post.due_at.astimezone(ZoneInfo(zone))
        assert (post.state, post.due_zone) == ("submitted", zone)
        assert (now.hour, now.minute) == (was.hour, was.minute)
        assert timedelta(0) < post.due_at - timezone.now() < timedelta(hours=49)
    stale.refresh_from_db()
    assert stale.state == Post.State.MISSED


def test_only_authors_move_them_and_nobody_those_of_another_team(client, author, reviewer, channel):
    post = late(author, reviewer, channel)
    chosen = {"post": [f"{post.pk}.{post.version}", "x", "1.x", "."]}
    assert sign_in(client, reviewer).post(url("missed-move", reviewer), chosen).status_code == 403
    stranger = make.member(make.team(), "author", "admin")
    sign_in(client, stranger).post(url("missed-move", stranger), chosen)
    post.refresh_from_db()
    assert post.state == Post.State.MISSED


def test_without_a_standing_approval_one_press_submits_it_again(client, author, reviewer, channel):
    post = late(author, reviewer, channel)
    Submission.objects.filter(pk=post.submission_id).update(state="revoked")
    given = tomorrow(post)
    page = get(client, author)
    assert "Its approval does not stand any more: approval revoked." in page
    assert "Submit again for tomorrow" in page
    assert "In 15 minutes" not in page
    client.post(url("post-submit-again", author, post.pk), given)
    post.refresh_from_db()
    assert (post.state, post.submission.state, post.submission.number) == ("submitted", "checking", 2)
    assert client.post(url("post-submit-again", author, post.pk), given).status_code == 409


def test_an_approval_that_ends_before_tomorrow_is_good_for_today(client, author, reviewer, channel):
    post = late(author, reviewer, channel)
    Submission.objects.filter(pk=post.submission_id).update(
        approved_until=timezone.now() + timedelta(hours=1)
    )
    page = get(client, author)
    assert "Its approval ends before that time." in page
    assert "In 15 minutes" in page
    client.post(url("post-retime", author, post.pk), {"in": "15", "version": post.version})
    post.refresh_from_db()
    assert post.state == Post.State.SUBMITTED


def test_the_missed_rest_of_a_post_that_is_out_elsewhere(client, author, reviewer, channel):
    post = make.make_due(make.approved(author, reviewer, channel, make.channel(author.team), title="Ferry"))
    first, second = post.deliveries.order_by("position")
    sender.send(first.pk)
    Delivery.objects.filter(pk=second.pk).update(due_at=timezone.now() - LATE)
    missing.miss_late(timezone.now())
    post.refresh_from_db()
    page = get(client, author)
    assert "the other channels: partly published" in page
    assert "What was missed gets another time here" in get(client, author, "post", post.pk)
    client.post(url("post-retime", author, post.pk), {"in": "15", "version": post.version})
    second.refresh_from_db()
    assert second.state == Delivery.State.WAITING
    assert "The rest goes out by itself" in get(client, author, "post", post.pk)
    Submission.objects.filter(pk=post.submission_id).update(approved_until=timezone.now())
    Delivery.objects.filter(pk=second.pk).update(due_at=timezone.now() - LATE)
    missing.miss_late(timezone.now())
    assert "duplicate it for the other channels" in get(client, author)


@time_machine.travel(datetime(2027, 3, 27, 12, tzinfo=UTC), tick=True)
def test_a_time_that_the_clocks_jump_over_tomorrow_becomes_the_next_with_words():
    had = datetime(2027, 3, 27, 1, 30, tzinfo=UTC)
    offer = retiming.tomorrow(had, "Europe/Lisbon", timezone.now())
    assert (offer.local, offer.at) == ("2027-03-28T02:00", datetime(2027, 3, 28, 1, 0, tzinfo=UTC))
    assert offer.note == "The clocks jump over 01:30 tomorrow, so it would be 02:00."


@time_machine.travel(datetime(2027, 10, 30, 12, tzinfo=UTC), tick=True)
def test_a_time_that_comes_twice_tomorrow_is_asked_about(client, author, reviewer, channel):
    post = late(author, reviewer, channel, due_zone="Europe/Lisbon", due_local="2027-10-30T20:00")
    Delivery.objects.filter(post=post).update(due_at=datetime(2027, 10, 30, 0, 30, tzinfo=UTC))
    page = get(client, author)
    assert "it comes twice: say which one you mean" in page
    assert (
        "?due_date=2027-10-31&amp;due_time=01%3A30" in page
        or "?due_date=2027-10-31&amp;due_time=01:30" in page
    )
    answer = client.post(url("missed-move", author), {"post": [f"{post.pk}.{post.version}"]})
    assert answer.status_code == 422
    assert "comes twice" in answer.content.decode()
    post.refresh_from_db()
    assert post.state == Post.State.MISSED


def test_a_quarter_of_an_hour_over_the_change_of_clocks_keeps_the_instant():
    now = datetime(2027, 10, 31, 0, 50, tzinfo=UTC)  # 01:50 in Lisbon, the first time
    assert retiming.in_minutes("Europe/Lisbon", 15, now) == ("2027-10-31T01:05", 1)


def test_many_missed_posts_cost_as_many_queries_as_two(client, author, reviewer, channel):
    for n in range(2):
        late(author, reviewer, channel, f"Ferry {n}")
    sign_in(client, author)
    pages = [url("missed", author), url("calendar", author)]
    for page in pages:
        client.get(page)
    few = [_queries(client, page) for page in pages]
    like = Post.objects.filter(state="missed").latest("pk")
    delivery = like.deliveries.get()
    for n in range(12):
        like.pk = None
        like.title = f"Another {n}"
        like.save()
        delivery.pk, delivery.post, delivery.key = None, like, f"key {n}"
        submission = Submission.objects.get(pk=like.submission_id)
        submission.pk, submission.origin, submission.number = None, like.origin, 1
        submission.state = "checking"
        submission.save()
        Post.objects.filter(pk=like.pk).update(submission=submission)
        delivery.submission = submission
        delivery.save()
    assert [_queries(client, page) for page in pages] == few
    assert max(few) < 25
    assert "Another 11" in get(client, author)


def _queries(client, page: str) -> int:
    with CaptureQueriesContext(connection) as seen:
        assert client.get(page).status_code == 200
    return len(seen)
