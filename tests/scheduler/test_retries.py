"""What was provably not received is tried again: when the platform says, or ever more rarely, and not for ever. The
page says when and why."""

from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from django.utils import timezone

from accounts.models import Channel
from ledger.models import Entry
from platforms.base import PublishError
from platforms.rehearsal import Fault, Kind, ask_for
from scheduler import retries, sender
from scheduler.models import Delivery, Post
from tests import factories as make
from tests.must_hold.sending import copies, due_delivery, home
from tests.scheduler.pages import sign_in, url

pytestmark = pytest.mark.django_db
NOT_REACHED = PublishError("social.example could not be reached.")
BUSY = PublishError("Too many requests", retry_after=30.0, account_waits=True)


@pytest.fixture
def delivery():
    return due_delivery()


def send_again(delivery: Delivery) -> Delivery:
    Delivery.objects.filter(pk=delivery.pk).update(next_try_at=None)
    sender.send(delivery.pk)
    delivery.refresh_from_db()
    return delivery


def page_of(client, delivery: Delivery) -> str:
    author = delivery.team.members.get(user=delivery.post.author)
    return sign_in(client, author).get(url("post", author, delivery.post_id)).content.decode()


def clock(at: datetime, team) -> str:
    return f"{at.astimezone(ZoneInfo(team.zone)):%H:%M:%S}"


def test_pauses_grow_to_a_limit_and_differ():
    for tries, seconds in ((1, 5), (2, 10), (3, 20), (7, 300), (30, 300)):
        some = {retries.pause(tries, NOT_REACHED).total_seconds() for _ in range(20)}
        assert all(0.8 * seconds <= each <= 1.2 * seconds for each in some)
        assert len(some) > 1


@pytest.mark.parametrize("asked", [1.0, 30.0, 3600.0])
def test_a_platform_that_says_when_is_never_asked_sooner(asked):
    error = PublishError("Busy", retry_after=asked)
    for _ in range(20):
        assert asked <= retries.pause(5, error).total_seconds() <= asked + retries.JITTER_MOST_SECONDS


def test_ten_tries_outlast_the_usual_window():
    """So that the window is the limit there, and the number of tries only where a team's window is longer."""
    waits = [0.8 * min(retries.BACKOFF_SECONDS * 2**n, retries.BACKOFF_MOST_SECONDS) for n in range(9)]
    assert len(waits) == retries.MOST_TRIES - 1
    assert sum(waits) > make.team().lateness.total_seconds()


def test_after_the_last_try_it_has_failed_and_says_what_to_do(client, delivery):
    for number in range(retries.MOST_TRIES):
        assert delivery.state == "waiting", number
        ask_for(home(delivery), Fault(Kind.NOT_REACHED))
        send_again(delivery)
    assert delivery.state == "failed"
    assert "Given up after 10 tries" in delivery.reason
    assert "Nothing was published" in delivery.reason
    assert "submit it again" in delivery.reason
    assert Post.objects.get(pk=delivery.post_id).state == "failed"
    (notice,) = delivery.post.author.notices.filter(text__startswith="Not published")
    assert "Given up after 10 tries" in notice.text
    assert copies(delivery) == 0
    kinds = (
        Entry.objects.filter(subject=f"delivery:{delivery.pk}")
        .order_by("index")
        .values_list("kind", flat=True)
    )
    assert list(kinds).count("delivery.delayed") == retries.MOST_TRIES - 1
    assert list(kinds)[-1] == "delivery.failed"
    assert "Given up after 10 tries" in page_of(client, delivery)


def test_one_that_was_given_another_time_begins_anew(delivery):
    for _ in range(3):
        ask_for(home(delivery), Fault(Kind.NOT_REACHED))
        send_again(delivery)
    assert retries.tries(delivery) == 3
    delivery.due_at = timezone.now()
    assert retries.tries(delivery) == 0


def test_being_asked_to_wait_or_to_sign_in_is_no_failure_however_often():
    away = PublishError("Sign in", permanent=True, needs_reconnect=True)
    assert retries.given_up(99, BUSY) is None
    assert retries.given_up(99, away) is None
    assert retries.given_up(retries.MOST_TRIES - 1, NOT_REACHED) is None
    assert retries.given_up(retries.MOST_TRIES, NOT_REACHED) is not None


def test_the_page_says_when_the_next_try_is_and_why(client, delivery):
    ask_for(home(delivery), Fault(Kind.NOT_REACHED))
    send_again(delivery)
    page = page_of(client, delivery)
    assert (
        f"{clock(delivery.next_try_at, delivery.team)}</time>.</b> Rehearsed: the sandbox could not" in page
    )
    assert "will be missed" not in page
    assert 'hx-trigger="every 5s"' in page, "it looks again by itself"
    send_again(delivery)
    assert delivery.state == "sent"
    page = page_of(client, delivery)
    assert "Next try" not in page
    assert "every 5s" not in page


def test_another_post_of_a_quiet_channel_says_until_when_and_why(client, delivery):
    author = delivery.team.members.get(user=delivery.post.author)
    reviewer = delivery.team.members.get(is_reviewer=True)
    post = make.make_due(make.approved(author, reviewer, delivery.channel, text="Another one"))
    ask_for(home(delivery), Fault(Kind.BUSY, retry_after=90.0))
    send_again(delivery)
    quiet = Channel.objects.get(pk=delivery.channel_id).quiet_until
    page = page_of(client, post.deliveries.get())
    assert f"{clock(quiet, delivery.team)}</time>.</b> Rehearsed: too many requests (429)" in page
    channels = sign_in(client, author).get(url("channels", author)).content.decode()
    assert "Nothing goes out before" in channels
    assert clock(quiet, delivery.team) in channels
    Channel.objects.update(quiet_until=timezone.now() - timedelta(seconds=1))
    assert "Nothing goes out before" not in client.get(url("channels", author)).content.decode()


def test_a_next_try_past_the_window_is_said_to_come_too_late(client, delivery):
    ask_for(home(delivery), Fault(Kind.BUSY, retry_after=7200.0))
    send_again(delivery)
    assert "That is after its time window: it will be missed" in page_of(client, delivery)
