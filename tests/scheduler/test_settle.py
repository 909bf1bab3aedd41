"""An outcome that nobody saw: the page on which a person says what they see, or leaves it."""

from datetime import timedelta

import pytest
from django.utils import timezone

from ledger.models import Entry
from platforms import rehearsal
from platforms.rehearsal import Fault, Kind
from scheduler import reconcile, sender
from scheduler.models import Delivery, Post
from tests import append_only
from tests import factories as make
from tests.must_hold.sending import copies, home, look_now
from tests.scheduler.pages import sign_in, url

State = Delivery.State


@pytest.fixture
def lost(author, reviewer, channel):
    """A delivery whose answer was lost."""
    delivery = make.make_due(make.approved(author, reviewer, channel)).deliveries.get()
    rehearsal.ask_for(home(delivery), Fault(Kind.NO_ANSWER))
    sender.send(delivery.pk)
    return delivery


def look_in_vain(delivery):
    rehearsal.ask_for(home(delivery), Fault(Kind.FIND_FAILS))
    look_now(delivery)


@pytest.fixture
def unknown(lost):
    """The same after the last look, in which the platform could not show it either."""
    Delivery.objects.filter(pk=lost.pk).update(looks=reconcile.LOOKS_MOST - 1)
    look_in_vain(lost)
    return lost


def page_of(client, member, delivery):
    return sign_in(client, member).get(url("delivery", member, delivery.pk)).content.decode()


def say(client, member, delivery, answer, **extra):
    data = {"answer": answer, "attempt": "1", **extra}
    return sign_in(client, member).post(url("delivery-settle", member, delivery.pk), data)


def test_the_page_says_what_was_sent_and_what_every_look_saw(client, author, lost):
    assert "The platform is read again" in page_of(client, author, lost)
    for _ in range(reconcile.LOOKS_MOST):
        look_in_vain(lost)
    page = page_of(client, author, lost)
    assert "Nobody knows whether it is out" in page
    assert "The tide tables for next week are on our page." in page
    assert "Attempt 1" in page
    for look in range(1, reconcile.LOOKS_MOST + 1):
        assert f"Look {look} at the account" in page
    assert "It is not read again by itself" in page
    assert url("sandbox", author, lost.channel_id) in page


def test_the_post_leads_to_it(client, author, unknown):
    page = sign_in(client, author).get(url("post", author, unknown.post_id)).content.decode()
    assert "Nobody knows whether it is out" in page
    assert url("delivery", author, unknown.pk) in page


def test_those_who_wrote_and_approved_are_asked(author, reviewer, unknown):
    for person in (author.user, reviewer.user):
        notice = person.notices.get(text__startswith="It may be out")
        assert notice.url == url("delivery", author, unknown.pk)


def test_it_is_there(client, author, reviewer, unknown):
    address = "https://social.example/@harbour/1"
    say(client, author, unknown, "yes", url=address)
    unknown.refresh_from_db()
    assert (unknown.state, unknown.url, copies(unknown)) == (State.SENT, address, 1)
    assert address in page_of(client, author, unknown)
    assert reviewer.user.notices.filter(text__contains="is out on").exists()
    assert not author.user.notices.filter(text__contains="is out on").exists()


def test_it_is_not_there_and_is_not_sent(client, author, reviewer, unknown):
    say(client, reviewer, unknown, "no")
    unknown.refresh_from_db()
    assert (unknown.state, unknown.attempts.count()) == (State.FAILED, 1)
    assert Post.objects.get(pk=unknown.post_id).is_editable
    assert author.user.notices.filter(text__contains="is not sent again").count() == 1


def test_it_is_sent_again_by_who_says_that_they_looked(client, author, reviewer, unknown):
    assert say(client, author, unknown, "again").status_code == 422
    assert say(client, author, unknown, "again", looked="yes").status_code == 302
    unknown.refresh_from_db()
    assert unknown.state == State.WAITING
    entry = Entry.objects.get(kind="delivery.send_again")
    assert (entry.actor_id, entry.content["data"]["said"]) == (author.user_id, "not_there")
    assert reviewer.user.notices.filter(text__contains="it is sent again").exists()
    sender.send(unknown.pk)
    unknown.refresh_from_db()
    assert (unknown.state, unknown.attempts.count(), copies(unknown)) == (State.SENT, 2, 1)
    assert "Said not to be there" in page_of(client, author, unknown)


def test_past_its_window_it_takes_a_new_time(client, team, author, unknown):
    Delivery.objects.filter(pk=unknown.pk).update(due_at=timezone.now() - timedelta(hours=1))
    assert "Choose when, on the clocks of Lisbon" in page_of(client, author, unknown)
    refused = say(client, author, unknown, "again", looked="yes")
    assert "nothing goes out late in silence" in refused.content.decode()
    at = timezone.now().astimezone(team.tz).replace(second=0, microsecond=0) + timedelta(hours=2)
    given = {"due_date": f"{at:%Y-%m-%d}", "due_time": f"{at:%H:%M}"}
    assert say(client, author, unknown, "again", looked="yes", **given).status_code == 302
    unknown.refresh_from_db()
    assert (unknown.state, unknown.due_at) == (State.WAITING, at)
    assert "It goes out" in page_of(client, author, unknown)
    sender.send(unknown.pk)
    assert copies(unknown) == 1  # of the first attempt; the second waits for its time


def test_it_is_left_and_said_so_everywhere(client, author, reviewer, unknown):
    assert say(client, reviewer, unknown, "leave").status_code == 302
    unknown.refresh_from_db()
    assert (unknown.state, unknown.left_by) == (State.UNKNOWN, reviewer.user)
    assert Entry.objects.get(kind="delivery.left").actor_id == reviewer.user_id
    assert author.user.notices.filter(text__contains="leaves it as it is").exists()
    for name, pk in (("delivery", unknown.pk), ("post", unknown.post_id)):
        page = sign_in(client, author).get(url(name, author, pk)).content.decode()
        assert "Outcome unknown, left as it is" in page
        assert "Rosa Marín" in page
    assert not Post.objects.get(pk=unknown.post_id).is_editable
    assert say(client, reviewer, unknown, "leave").status_code == 409
    say(client, author, unknown, "yes")
    unknown.refresh_from_db()
    assert unknown.state == State.SENT


@pytest.mark.parametrize(
    "data",
    [
        {},
        {"answer": "perhaps"},
        {"answer": "part"},
        {"answer": "yes", "url": "javascript:alert(1)"},
        {"answer": "yes", "url": "https://me@social.example/1"},
        {"answer": "yes", "url": "https://social.example/" + "a" * 500},
        {"answer": "yes", "url": "https://social\uff0f.example/"},
        {"answer": "again", "looked": "yes", "due_date": "9" * 5000, "due_time": "\u0663"},
        {"answer": "again", "looked": "yes", "due_date": "2027-02-30", "due_time": "09:00"},
    ],
)
def test_an_answer_that_is_none_changes_nothing(client, author, unknown, data):
    answer = sign_in(client, author).post(
        url("delivery-settle", author, unknown.pk), {"attempt": "1", **data}
    )
    assert answer.status_code == 422
    unknown.refresh_from_db()
    assert (unknown.state, unknown.left_at) == (State.UNKNOWN, None)


def test_an_answer_about_an_earlier_attempt_counts_for_nothing(client, author, unknown):
    assert say(client, author, unknown, "again", looked="yes", attempt="0").status_code == 409
    unknown.refresh_from_db()
    assert unknown.state == State.UNKNOWN


def test_who_may_not_settle_it_reads_what_is_known(client, team, unknown):
    auditor = make.member(team, "auditor")
    page = page_of(client, auditor, unknown)
    assert f"Look {reconcile.LOOKS_MOST} at the account" in page
    assert "delivery-settle" not in page
    assert "What do you see" not in page
    assert say(client, auditor, unknown, "no").status_code == 403
    stranger = make.member(make.team(), "author")
    assert say(client, stranger, unknown, "no").status_code == 404


def test_the_lists_count_what_waits_for_a_person_and_not_what_was_left(client, author, reviewer, unknown):
    def lists(**query):
        sign_in(client, author)
        return [client.get(url(name, author), query).content.decode() for name in ("calendar", "posts")]

    title = str(unknown.post)
    for page in lists(view="list"):
        assert "1 to settle" in page
        assert "outcome unknown" in page
    assert title in lists(state="to_settle")[1]
    say(client, reviewer, unknown, "leave")
    for page in lists(view="list"):
        assert "to settle" not in page.replace(">To settle<", "")
        assert "outcome unknown" in page
        assert "left as it is by Rosa Marín" in page
    assert title not in lists(state="to_settle")[1]
    assert title in lists(state="unknown")[1]


def test_an_entry_that_was_tampered_with_is_said_on_the_page(client, author, unknown):
    entry = Entry.objects.filter(kind="delivery.unknown").latest("index")
    with append_only.suspended():
        Entry.objects.filter(pk=entry.pk).update(leaf="[not JSON")
    page = page_of(client, author, unknown)
    assert "This entry of the log cannot be read" in page
    assert url("log-entry", author, entry.index) in page
