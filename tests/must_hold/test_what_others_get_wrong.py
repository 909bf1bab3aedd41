"""Faults that other schedulers have or had, each named, with the tests that keep it out of this one.

They were collected in August 2026 from the public issue trackers and code of Postiz, Mixpost, Shoutrrr and BrightBean
Studio. FAULTS names the tests of each, here or in another file; those here go through pages and services.
"""

import ast
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
import time_machine
from django.utils import timezone

from accounts.models import Channel
from gate.errors import WrongState
from ledger.errors import LedgerBroken
from platforms import rehearsal
from platforms.rehearsal import Fault, Kind
from scheduler import dispatcher, journal, lifecycle, sender, tasks
from scheduler.models import Attempt, Delivery, Post
from tests import factories as make
from tests.must_hold.sending import copies, due_delivery, home, look_and_work, look_now, started
from tests.scheduler.pages import sign_in, soon, typed, url

pytestmark = pytest.mark.django_db
State = Delivery.State
HERE = "test_what_others_get_wrong.py"
NOT_HERE = "There is no such thing in this product."
FAULTS: dict[str, tuple[str, ...]] = {
    "An error that comes after the post is out starts an endless row of reposts": (
        f"{HERE}::test_an_error_after_the_post_is_out_never_makes_another",
        "test_04_at_most_one_post.py::test_a_lost_answer_is_unknown_and_then_found",
        "../core/test_on_platforms.py::test_mastodon_loses_the_answer",
    ),
    "A message is posted five times, by several workers or several nudges": (
        "test_04_at_most_one_post.py::test_sending_twice_makes_one",
        "test_04_at_most_one_post.py::test_eight_racing_senders_make_one",
        "../core/test_races.py::test_everybody_at_once",
    ),
    "A post with media is posted twice, since preparing them takes longer than the answer is waited for": (
        "test_04_at_most_one_post.py::test_a_worker_that_slept_longer_than_its_lease_wakes_up_and_does_nothing",
        "../platforms/test_mastodon.py::test_no_answer_in_time_is_maybe_sent",
        "../platforms/test_mastodon.py::test_an_image_that_is_never_ready_is_not_waited_for_without_end",
    ),
    "Editing a published post publishes it again": (
        f"{HERE}::test_a_published_post_is_not_edited_and_not_published_again",
    ),
    "A post that was deleted or moved still fires at its old time": (
        f"{HERE}::test_what_was_given_up_or_moved_does_not_fire_at_its_old_time",
        "test_05_nothing_goes_out_late.py::test_a_claimed_post_that_was_moved_to_later_is_not_sent",
    ),
    "Posts stay in the queue or in publishing for ever; nobody reaps what a dead worker left": (
        f"{HERE}::test_a_post_whose_worker_died_holds_up_nothing_else",
        "test_04_at_most_one_post.py::test_a_claim_whose_worker_died_goes_back_to_waiting",
        "../processes/test_crash_matrix.py::test_killed",
    ),
    "The worker never connects again, while health says that all is well": (
        "../processes/test_killed_workers.py::test_both_clusters_answer_again_after_a_kill",
        "../processes/test_killed_workers.py::test_a_cluster_that_hangs_because_an_idle_worker_was_killed_is_replaced",
        "../log/test_health.py::test_not_ready_when_a_part_is_silent_or_never_came",
    ),
    "A failed send is shown as published, because the code that records failures broke": (
        f"{HERE}::test_a_failure_that_cannot_be_recorded_is_not_a_success",
        "test_04_at_most_one_post.py::test_an_answer_that_cannot_be_stored_ends_with_a_person",
    ),
    "Back-off is written down, and the query for what is due ignores it": (
        f"{HERE}::test_a_pause_before_the_next_try_is_kept_by_the_dispatcher_and_the_sender",
        "../scheduler/test_pace.py::test_a_busy_platform_keeps_the_accounts_other_posts_back_and_no_others",
    ),
    "A lost reply is answered by sending again": (
        "test_04_at_most_one_post.py::test_a_platform_that_may_show_it_later_never_gets_it_twice",
        "../core/test_on_platforms.py::test_mastodon_may_never_have_been_reached",
    ),
    "Every attempt has a new idempotency key": (
        f"{HERE}::test_every_attempt_has_the_same_keys",
        "test_04_a_person_says.py::test_it_is_the_same_request_that_is_sent_again",
    ),
    "Any error while a token is renewed disconnects the channel": (
        "../scheduler/test_renewals.py::test_trouble_keeps_the_channel_and_is_asked_again_after_growing_pauses",
        "../accounts/renewing/test_lost_answers.py::test_a_server_in_trouble_loses_no_sign_in",
    ),
    "Connecting again wipes the refresh token": (
        "../accounts/renewing/test_lost_answers.py::test_a_refresh_token_is_never_replaced_by_nothing",
        "../accounts/renewing/test_at_once.py::test_connecting_anew_is_not_undone_by_a_renewal_on_its_way",
    ),
    "A channel looks healthy and has the token of another account": (
        "../accounts/test_channels.py::test_reconnecting_as_another_account_is_refused_by_name",
        "../accounts/test_connect_mastodon.py::test_reconnecting_renews_and_another_account_is_refused",
    ),
    "Posts go out an hour off, for times without a zone": (
        "../scheduler/test_when.py::test_every_quarter_of_an_hour_around_every_change_of_2027",
        "../scheduler/test_when.py::test_an_hour_of_the_grid_is_one_of_the_teams_clocks",
        "../scheduler/test_rule_changes.py::test_a_post_that_waits_keeps_its_time_of_day",
    ),
    "Recurring posts drift when the clocks change": (NOT_HERE,),
    "After an outage everything overdue goes out at once, however late": (
        f"{HERE}::test_after_an_outage_nothing_goes_out_that_is_too_late",
        "test_05_missed_together.py::test_after_an_outage_each_author_gets_one_message_that_lists_them",
        "../scheduler/test_pace.py::test_the_pace_is_kept_over_a_burst_oldest_first",
    ),
    "Errors say nothing that a person could act on": (
        f"{HERE}::test_what_went_wrong_stands_on_the_page_of_the_post",
        "../platforms/test_refusals.py::test_every_row_is_met_above",
    ),
    'Saving with "schedule" or "add to queue" sends what nobody approved': (
        f"{HERE}::test_no_way_of_saving_sends_what_nobody_approved",
        "test_01_only_approved_content_is_sent.py::test_it_is_not_sent_after",
    ),
    "A manager approves their own post": (
        "test_02_nobody_approves_their_own.py::test_the_author_is_refused",
        "test_02_nobody_approves_their_own.py::test_an_author_who_is_superuser_is_refused",
    ),
    "One channel's own text is changed after the approval and sent unread": (
        f"{HERE}::test_another_text_for_one_channel_needs_another_approval",
    ),
    "The reviewer's page does not show what one channel gets": (
        "../gate/test_review_page.py::test_every_channel_stands_on_the_page_with_its_own_text",
    ),
    "A rejected post is scheduled all the same and goes out": (
        f"{HERE}::test_a_rejected_post_is_not_sent_whatever_its_author_does",
    ),
    "A viewer deletes a published post, and its approvals and log with it": (
        f"{HERE}::test_nobody_takes_a_published_post_away",
        "test_11_history_stays.py::test_sql_refuses",
        "test_11_history_stays.py::test_no_model_of_ours_cascades_into_history",
    ),
    "A server that answers 500 after it accepted gets four copies, and the post ends as failed": (
        f"{HERE}::test_an_error_after_the_post_is_out_never_makes_another",
        "../core/test_on_platforms.py::test_mastodon_loses_the_answer",
    ),
    "A worker killed in flight stops all publishing until a lock runs out; so does a restart": (
        f"{HERE}::test_a_post_whose_worker_died_holds_up_nothing_else",
        "../processes/test_crash_matrix.py::test_killed",
        "../test_supervisor.py::test_stop_lets_a_program_finish",
    ),
    "Posts go out eight seconds late on an idle machine": (
        "../scheduler/test_dispatch.py::test_between_two_looks_it_nudges_what_becomes_due",
    ),
    "A month of 20,000 posts costs a query a post, and lists end without a next page": (
        "../scheduler/test_calendar.py::test_two_thousand_posts_cost_as_many_queries_as_ten",
        "../scheduler/test_calendar.py::test_the_list_pages_by_key_and_shows_each_post_once",
    ),
}


def test_each_fault_has_tests_that_exist():
    known: dict[str, set[str]] = {}
    missing = []
    for reference in {r for references in FAULTS.values() for r in references} - {NOT_HERE}:
        file, _, name = reference.partition("::")
        if file not in known:
            tree = ast.parse((Path(__file__).parent / file).read_text())
            known[file] = {node.name for node in ast.walk(tree) if isinstance(node, ast.FunctionDef)}
        if name not in known[file]:
            missing.append(reference)
    assert missing == []


def test_what_is_said_not_to_be_here_is_not():
    """When posts come to repeat themselves, their clocks need tests."""
    fields = {field.name for field in Post._meta.get_fields()}
    assert not {"recurrence", "repeats", "rrule"} & fields


@pytest.fixture
def delivery():
    return due_delivery()


def author_of(delivery):
    return delivery.team.members.get(is_author=True)


@pytest.mark.parametrize("kind", [Kind.ERROR_AFTER, Kind.NO_ANSWER])
def test_an_error_after_the_post_is_out_never_makes_another(delivery, kind):
    """The platform took the post and answered with an error; then it cannot say what it has, for half a day."""
    for fault in [kind] + 20 * [Kind.FIND_FAILS]:
        rehearsal.ask_for(home(delivery), Fault(fault))
    start = timezone.now()
    for minutes in (0, 1, 2, 4, 7, 12, 20, 30, 45, 60, 120, 720):
        with time_machine.travel(start + timedelta(minutes=minutes)):
            look_and_work()
        assert copies(delivery) == 1
    delivery.refresh_from_db()
    assert (delivery.state, delivery.attempts.count()) == (State.UNKNOWN, 1)
    assert delivery.reason.startswith("It may have been published. Look at the account")


def test_a_published_post_is_not_edited_and_not_published_again(client, delivery):
    """Every way that an author has: saving it, submitting it, another time, and a copy that nobody approved."""
    look_and_work()
    author, post = author_of(delivery), Post.objects.get(pk=delivery.post_id)
    sign_in(client, author)
    form = typed(delivery.channel, post=post, text=["Something else."])
    for do in ("save", "submit"):
        client.post(url("edit", author, post.pk), {**form, "do": do})
    client.post(url("post-submit", author, post.pk), {"version": post.version})
    client.post(url("post-submit-again", author, post.pk), {"version": post.version})
    client.post(url("post-retime", author, post.pk), {"date": soon(), "version": post.version})
    client.post(url("post-duplicate", author, post.pk))
    before = post.parts
    post.refresh_from_db()
    assert (post.state, post.parts) == (Post.State.PUBLISHED, before)
    make.make_due(post)
    tasks.publish(delivery.pk)
    look_and_work()
    assert (copies(delivery), Delivery.objects.count()) == (1, 1)


@pytest.mark.parametrize("way", ["cancelled", "withdrawn", "moved"])
def test_what_was_given_up_or_moved_does_not_fire_at_its_old_time(client, delivery, way):
    """The worker was asked already, and gets to it after the author has changed their mind."""
    dispatcher.tick(timezone.now())
    author, post = author_of(delivery), Post.objects.get(pk=delivery.post_id)
    sign_in(client, author)
    later = {"due_date": soon(), "due_time": "09:00", "due_zone": "UTC", "version": post.version}
    page, data = {
        "cancelled": ("post-cancel", {"reason": "Not now."}),
        "withdrawn": ("post-withdraw", {}),
        "moved": ("post-retime", later),
    }[way]
    client.post(url(page, author, post.pk), data)
    tasks.publish(delivery.pk)
    look_and_work()
    assert copies(delivery) == 0
    delivery.refresh_from_db()
    assert delivery.state == (State.WAITING if way == "moved" else State.CANCELLED)


def test_a_post_whose_worker_died_holds_up_nothing_else(delivery):
    """The next post of the same account and one of another team go out at the next look; so does this one, later."""
    author, reviewer = author_of(delivery), delivery.team.members.get(is_reviewer=True)
    again = make.approved(author, reviewer, delivery.channel, text="The second of the day.")
    beside, elsewhere = make.make_due(again).deliveries.get(), due_delivery()
    started(delivery)
    look_and_work()
    for other in (beside, elsewhere):
        other.refresh_from_db()
        assert other.state == State.SENT
    with time_machine.travel(timezone.now() + sender.LEASE + timedelta(seconds=1)):
        look_and_work()
    look_now(delivery)
    look_and_work()
    delivery.refresh_from_db()
    assert (delivery.state, copies(delivery)) == (State.SENT, 2)


def test_a_failure_that_cannot_be_recorded_is_not_a_success(delivery, monkeypatch):
    """The platform refused it, and writing that down broke. Nothing says published, then or later."""
    rehearsal.ask_for(home(delivery), Fault(Kind.REFUSED))
    write = journal.delivery_entry

    def breaks(*args: Any, **entry: Any) -> None:
        if entry.get("outcome") == "failed":
            raise LedgerBroken("It cannot be written down.")
        write(*args, **entry)

    with monkeypatch.context() as broken:
        broken.setattr(journal, "delivery_entry", breaks)
        with pytest.raises(LedgerBroken):
            tasks.publish(delivery.pk)
    delivery.refresh_from_db()
    assert (delivery.state, delivery.post.state) == (State.SENDING, Post.State.PUBLISHING)
    Delivery.objects.filter(pk=delivery.pk).update(lease_until=timezone.now() - timedelta(seconds=1))
    look_and_work()
    delivery.refresh_from_db()
    assert (delivery.state, copies(delivery)) == (State.UNKNOWN, 0)


def test_a_pause_before_the_next_try_is_kept_by_the_dispatcher_and_the_sender(delivery):
    """Not even a worker that is asked by name goes before its time; after it, the post goes."""
    at = timezone.now()
    for _ in range(5):  # until the pause is longer than the one between two nudges
        rehearsal.ask_for(home(delivery), Fault(Kind.NOT_REACHED))
        with time_machine.travel(at, tick=False):
            look_and_work()
        delivery.refresh_from_db()
        before, at = at, delivery.next_try_at
    assert at - before > 2 * dispatcher.NUDGE_AGAIN
    with time_machine.travel(at - timedelta(seconds=1), tick=False):
        assert dispatcher.tick(timezone.now()) == 0
        tasks.publish(delivery.pk)
    assert (copies(delivery), delivery.attempts.count()) == (0, 5)
    with time_machine.travel(at, tick=False):
        look_and_work()
    assert copies(delivery) == 1


def test_every_attempt_has_the_same_keys(delivery):
    """The platform knows by them that it is the same post."""
    rehearsal.ask_for(home(delivery), Fault(Kind.NOT_REACHED))
    look_and_work()
    channel = sender.channel_content(delivery)
    requests = []
    for _ in range(2):
        delivery.refresh_from_db()
        requests.append(sender.build_request(delivery, channel))
        Delivery.objects.filter(pk=delivery.pk).update(next_try_at=None, nudged_at=None)
        look_and_work()
    assert delivery.attempts.count() == 2
    first, second = [(r.key, r.record_keys, r.parts) for r in requests]
    assert first == second


def test_after_an_outage_nothing_goes_out_that_is_too_late(delivery):
    """An hour without any process: what is inside its window goes, the rest is missed and said."""
    author, reviewer = author_of(delivery), delivery.team.members.get(is_reviewer=True)
    others = [
        make.approved(author, reviewer, delivery.channel, text=f"Number {n} of the day.") for n in range(3)
    ]
    for post, minutes in zip(others, (59, 30, 5), strict=True):
        make.make_due(post, ago=timedelta(minutes=minutes))
    look_and_work()
    states = [post.deliveries.get().state for post in others]
    assert states == [State.MISSED, State.MISSED, State.SENT]
    assert copies(delivery) == 2
    told = " ".join(author.user.notices.values_list("text", flat=True))
    assert "issed" in told


def test_what_went_wrong_stands_on_the_page_of_the_post(client, delivery):
    """In the platform's words and ours, with what to do."""
    rehearsal.ask_for(home(delivery), Fault(Kind.REFUSED))
    look_and_work()
    delivery.refresh_from_db()
    assert (delivery.state, len(delivery.reason.split()) > 3) == (State.FAILED, True)
    author = author_of(delivery)
    page = sign_in(client, author).get(url("post", author, delivery.post_id))
    assert delivery.reason.split(":")[0] in page.content.decode()
    assert any(delivery.reason.split(":")[0] in notice.text for notice in author.user.notices.all())


@pytest.mark.parametrize("do", ["save", "submit", "schedule", "queue", "publish"])
def test_no_way_of_saving_sends_what_nobody_approved(client, do):
    """Whatever the button is called."""
    author = make.member(make.team(), "author")
    channel = make.channel(author.team)
    sign_in(client, author).post(
        url("compose", author), typed(channel, do=do, state="approved", approved="yes")
    )
    post = Post.objects.get()
    with time_machine.travel(post.due_at + timedelta(seconds=1)):
        look_and_work()
    assert not Attempt.objects.exists()
    assert post.submission is None or post.submission.state != "approved"


def test_another_text_for_one_channel_needs_another_approval(client, delivery):
    """The other channels' text is the one that was approved; this one's is not."""
    author, post = author_of(delivery), Post.objects.get(pk=delivery.post_id)
    pk = delivery.channel_id
    own = {f"own-{pk}": "yes", f"text-{pk}": ["Words that nobody has read."]}
    data = {**typed(delivery.channel, post=post, text=post.parts), **own}
    sign_in(client, author).post(url("edit", author, post.pk), data)
    post.refresh_from_db()
    assert (post.state, post.variants.get().parts) == (Post.State.DRAFT, ["Words that nobody has read."])
    tasks.publish(delivery.pk)
    look_and_work()
    assert copies(delivery) == 0


def test_a_rejected_post_is_not_sent_whatever_its_author_does(client):
    """It is moved, submitted as it is, and due."""
    team = make.team()
    author, reviewer = make.member(team, "author"), make.member(team, "reviewer")
    submission = make.examined(author)
    no = {"version": submission.version, "reject_clause": "1.1", "reject_reason": "It mocks people."}
    sign_in(client, reviewer).post(url("review-reject", author, submission.pk), no)
    submission.refresh_from_db()
    assert submission.state == "rejected"
    post = Post.objects.get(submission=submission)
    sign_in(client, author)
    later = {"due_date": soon(), "due_time": "09:00", "due_zone": "UTC"}
    client.post(url("post-retime", author, post.pk), {**later, "version": post.version})
    post.refresh_from_db()
    with pytest.raises(WrongState):
        lifecycle.submit(post_id=post.pk, version=post.version, member=author)
    make.make_due(post)
    tasks.publish(post.deliveries.get().pk)
    look_and_work()
    assert copies(post.deliveries.get()) == 0


@pytest.mark.parametrize("role", ["author", "reviewer", "admin", "auditor"])
def test_nobody_takes_a_published_post_away(client, delivery, role):
    """Not on a page of its own, not by any method."""
    look_and_work()
    member = make.member(delivery.team, role)
    sign_in(client, member)
    client.post(url("post-cancel", member, delivery.post_id), {"reason": "Away with it."})
    for name in ("post", "post-cancel", "edit"):
        client.delete(url(name, member, delivery.post_id))
    post = Post.objects.get(pk=delivery.post_id)
    assert (post.state, post.submission.decisions.count()) == (Post.State.PUBLISHED, 1)
    assert (copies(delivery), Channel.objects.filter(pk=delivery.channel_id).count()) == (1, 1)
