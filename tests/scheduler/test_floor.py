"""A floor of the code of conduct: when it comes into force, approvals under older versions lapse, and people hear."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.utils import timezone

from gate import door, policy, runner
from gate.errors import Incomplete, NotApproved, WrongState
from gate.models import Submission
from ledger.models import Entry
from scheduler import dispatcher, lifecycle, sender, settle
from scheduler.models import Post
from tests import factories as make
from tests.gate.conftest import sign_in
from tests.must_hold.test_04_a_person_says import reviewer_of, unknown

pytestmark = pytest.mark.django_db

HOUR = timedelta(hours=1)


@pytest.fixture
def crew():
    team = make.team()
    return {role: make.member(team, role) for role in ("author", "reviewer", "admin")}


@pytest.fixture
def post(crew):
    """Approved, and due in three hours."""
    due = timezone.now() + 3 * HOUR
    return make.approved(crew["author"], crew["reviewer"], due_local=f"{due:%Y-%m-%dT%H:%M}")


def publish(crew, *, text="", settings=None, after=None, is_floor=True):
    admin = crew["admin"]
    whole = policy.newest(admin.team).text + text
    later = timezone.now() + after if after else None
    return policy.publish(
        member=admin, text=whole, note="", is_floor=is_floor, settings=settings, effective_at=later
    )


def opens(post, at):
    delivery = post.deliveries.get()
    channel = sender.channel_content(delivery)
    return door.require_approval(
        team_id=post.team_id, submission_id=post.submission_id, channel=channel, media={}, at=at
    )


def states(post):
    post.refresh_from_db()
    post.submission.refresh_from_db()
    return str(post.state), str(post.submission.state)


def test_until_it_comes_into_force_everything_stands(crew, post):
    publish(crew, after=HOUR)
    now = timezone.now()
    dispatcher.tick(now)
    assert states(post) == ("submitted", "approved")
    assert opens(post, now).submission_id == post.submission_id
    with pytest.raises(NotApproved, match="version 2 or newer"):
        opens(post, now + 2 * HOUR)


def test_then_the_approval_lapses_and_the_author_hears_while_there_is_time(crew, post):
    publish(crew, after=HOUR)
    dispatcher.tick(timezone.now() + 2 * HOUR)
    assert states(post) == ("held", "expired")
    assert "Version 2 of the code of conduct ended approvals under older ones" in post.state_reason
    (notice,) = post.author.notices.filter(text__startswith="Held")
    assert "submit it again" in notice.text
    entry = Entry.objects.get(kind="submission.expired", subject=f"submission:{post.submission_id}")
    assert (entry.content["data"]["conduct"], entry.content["data"]["floor"]) == (1, 2)
    dispatcher.tick(timezone.now() + 2 * HOUR)
    assert post.author.notices.filter(text__startswith="Held").count() == 1


def test_the_reviewer_is_told_that_an_approval_would_not_last(crew):
    due = timezone.now() + 3 * HOUR
    submission = make.examined(crew["author"], due_local=f"{due:%Y-%m-%dT%H:%M}")
    words = "An approval given now lapses before this post goes out"
    address, browser = f"/t/{submission.team.slug}/review/{submission.pk}/", sign_in(crew["reviewer"])
    publish(crew, after=5 * HOUR)
    assert words not in browser.get(address).content.decode()
    publish(crew, after=HOUR)
    assert words in browser.get(address).content.decode()


def test_without_a_floor_approvals_stand(crew, post):
    publish(crew, text="More.", is_floor=False)
    dispatcher.tick(timezone.now())
    assert states(post) == ("submitted", "approved")
    assert opens(post, timezone.now())


def test_an_approval_under_the_floor_itself_stands(crew):
    publish(crew)
    post = make.approved(crew["author"], crew["reviewer"])
    dispatcher.tick(timezone.now())
    assert states(post) == ("submitted", "approved")
    assert opens(post, timezone.now())


def test_what_is_in_review_is_examined_again_by_the_new_settings(crew):
    submission = make.examined(crew["author"], text="The tide tables are on our page.")
    publish(crew, settings={"word-list": {"words": ["tide tables: blocks"]}})
    with pytest.raises(WrongState, match="have to run again"):
        make.approve(submission, crew["reviewer"])
    dispatcher.tick(timezone.now())
    submission.refresh_from_db()
    assert (submission.state, submission.round) == (Submission.State.CHECKING, 2)
    runner.run(submission.pk)
    submission.refresh_from_db()
    assert submission.state == Submission.State.BLOCKED
    dispatcher.tick(timezone.now())
    submission.refresh_from_db()
    assert submission.round == 2


def test_settings_that_were_loosened_for_the_checks_alone_let_nothing_through(crew):
    strict = {"word-list": {"words": ["tide tables: blocks"]}}
    publish(crew, settings=strict, is_floor=False)
    publish(crew, settings={"word-list": {"words": []}}, is_floor=False)
    submission = make.examined(crew["author"], text="The tide tables are on our page.")
    assert submission.state == Submission.State.IN_REVIEW
    publish(crew, settings=strict, is_floor=False)
    with pytest.raises(WrongState, match="have to run again"):
        make.approve(submission, crew["reviewer"])
    dispatcher.tick(timezone.now())
    runner.run(submission.pk)
    submission.refresh_from_db()
    assert (submission.state, submission.round) == (Submission.State.BLOCKED, 2)
    entry = Entry.objects.get(kind="submission.rechecked", subject=f"submission:{submission.pk}")
    assert entry.content["data"]["conduct"] == 4


def test_a_version_with_the_same_settings_examines_nothing_again(crew):
    submission = make.examined(crew["author"])
    publish(crew, text="More.", is_floor=False)
    for member in crew.values():
        policy.acknowledge(team=member.team, user=member.user)
    dispatcher.tick(timezone.now())
    submission.refresh_from_db()
    assert submission.round == 1
    make.approve(submission, crew["reviewer"])


def test_a_missed_post_gets_no_other_time_under_an_approval_that_lapsed(crew):
    post = make.make_due(make.approved(crew["author"], crew["reviewer"]), ago=HOUR)
    dispatcher.tick(timezone.now())
    assert states(post) == ("missed", "approved")
    publish(crew)
    later = timezone.now() + HOUR
    with pytest.raises(
        WrongState, match=r"approved under version 1\. The old time is kept\. Submit the post again"
    ):
        lifecycle.retime(
            post_id=post.pk,
            version=post.version,
            member=crew["author"],
            due_local=f"{later:%Y-%m-%dT%H:%M}",
            due_zone="UTC",
        )


def test_the_pages_of_missed_posts_say_so_beforehand_and_offer_what_works(crew):
    post = make.make_due(make.approved(crew["author"], crew["reviewer"]), ago=HOUR)
    dispatcher.tick(timezone.now())
    browser, slug = sign_in(crew["author"]), post.team.slug
    pages = (f"/t/{slug}/missed/", f"/t/{slug}/posts/{post.pk}/")
    for address in pages:
        assert "In 15 minutes" in browser.get(address).content.decode()
    publish(crew)
    for address in pages:
        shown = browser.get(address).content.decode()
        assert (
            "Version 2 of the code of conduct ended older approvals, and it was approved under version 1"
            in shown
        )
        assert "Submit again for tomorrow" in shown
        assert "In 15 minutes" not in shown


def test_what_nobody_saw_go_out_is_not_sent_again_under_an_approval_that_lapsed(crew):
    delivery, _ = unknown()
    member = reviewer_of(delivery)
    address = f"/t/{delivery.team.slug}/deliveries/{delivery.pk}/"
    browser = sign_in(member)
    assert 'value="again"' in browser.get(address).content.decode()
    publish({"admin": make.member(delivery.team, "admin")})
    shown = browser.get(address).content.decode()
    assert 'value="again"' not in shown
    assert "It cannot be sent again as it is" in shown
    assert "approved under version 1" in shown
    assert "It is not there: do not send it" in shown
    with pytest.raises(Incomplete, match="approved under version 1"):
        settle.send_again(delivery_id=delivery.pk, member=member, after=1, looked=True)


def test_other_teams_keep_theirs(crew, post):
    other = make.team()
    publish({"admin": make.member(other, "admin")})
    dispatcher.tick(timezone.now())
    assert states(Post.objects.get(pk=post.pk)) == ("submitted", "approved")
