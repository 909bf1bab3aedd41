"""2. Whoever wrote or edited any part of the content cannot approve it; superusers neither."""

from dataclasses import replace

import pytest
from django.db import IntegrityError, transaction
from django.utils import timezone

from accounts.models import Membership
from gate import decisions, runner
from gate.errors import NotAllowed, WrongState
from gate.models import Decision, Editor, Submission
from scheduler import lifecycle
from scheduler.models import Post
from tests import factories as make
from tests.scheduler.pages import typed, url

pytestmark = pytest.mark.django_db


@pytest.fixture
def both():
    """A member who writes and reviews."""
    return make.member(make.team(), "author", "reviewer", name="Both hats")


def approve(submission: Submission, member: Membership) -> None:
    asked = submission.findings.filter(level="attest").values_list("pk", flat=True)
    decisions.approve(
        submission_id=submission.pk, version=submission.version, member=member, attested=list(asked)
    )


def test_the_author_is_refused(both):
    submission = make.examined(both)
    with pytest.raises(NotAllowed, match="somebody else"):
        approve(submission, both)
    submission.refresh_from_db()
    assert submission.state == Submission.State.IN_REVIEW


def test_an_author_who_is_superuser_is_refused(both):
    both.user.is_superuser = True
    both.user.save()
    with pytest.raises(NotAllowed):
        approve(make.examined(both), both)


def test_an_editor_is_refused_even_after_others_edited(both):
    author = make.member(both.team, "author")
    post = make.post(author)
    post = lifecycle.save(
        post_id=post.pk,
        version=post.version,
        member=both,
        draft=make.draft(*[v.channel for v in post.variants.all()]),
    )
    post = lifecycle.save(
        post_id=post.pk,
        version=post.version,
        member=author,
        draft=make.draft(*[v.channel for v in post.variants.all()]),
    )
    submission = lifecycle.submit(post_id=post.pk, version=post.version, member=author)
    runner.run(submission.pk)
    submission.refresh_from_db()
    with pytest.raises(NotAllowed):
        approve(submission, both)


@pytest.mark.parametrize("way", ["copy", "duplicate"])
def test_whoever_wrote_it_is_refused_for_a_new_draft_that_somebody_else_made_of_it(both, way, client):
    """Else a friend's press of a button would launder one's own words."""
    other = make.member(both.team, "author")
    channel = make.channel(both.team)
    post = make.post(both, channel)
    client.force_login(other.user, "django.contrib.auth.backends.ModelBackend")
    if way == "copy":
        client.post(url("edit", both, post.pk), typed(channel, post=post, text=post.parts, do="copy"))
    else:
        client.post(url("post-duplicate", both, post.pk))
    made = Post.objects.exclude(pk=post.pk).get()
    if way == "duplicate":
        draft = replace(make.draft(channel), parts=post.parts)
        made = lifecycle.save(post_id=made.pk, version=made.version, member=other, draft=draft)
    submission = lifecycle.submit(post_id=made.pk, version=made.version, member=other)
    runner.run(submission.pk)
    submission.refresh_from_db()
    with pytest.raises(NotAllowed, match="somebody else"):
        approve(submission, both)


def test_a_reviewer_of_another_team_is_refused(both):
    stranger = make.member(make.team(), "reviewer")
    with pytest.raises(NotAllowed):
        approve(make.examined(both), stranger)


def test_a_reviewer_whose_membership_ended_is_refused(both):
    reviewer = make.member(both.team, "reviewer")
    reviewer.ended_at = timezone.now()
    reviewer.save()
    with pytest.raises(NotAllowed):
        approve(make.examined(both), reviewer)


def test_an_object_from_before_the_membership_ended_opens_nothing(both):
    reviewer = make.member(both.team, "reviewer")
    Membership.objects.filter(pk=reviewer.pk).update(ended_at=timezone.now())
    with pytest.raises(NotAllowed):
        approve(make.examined(both), reviewer)


@pytest.mark.parametrize("role", ["author", "auditor", "admin"])
def test_other_roles_are_refused(both, role):
    with pytest.raises(NotAllowed):
        approve(make.examined(both), make.member(both.team, role))


def test_the_database_refuses_the_author(both):
    submission = make.examined(both)
    with pytest.raises(IntegrityError, match="cannot approve"), transaction.atomic():
        _decision(submission, both)


def test_the_database_refuses_an_editor(both):
    author = make.member(both.team, "author")
    submission = make.examined(author)
    Editor.objects.create(submission=submission, user=both.user)
    with pytest.raises(IntegrityError, match="cannot approve"), transaction.atomic():
        _decision(submission, both)


def test_the_database_refuses_to_make_the_approver_an_editor(both):
    submission = make.approve(make.examined(both), make.member(both.team, "reviewer"))
    approver = submission.decisions.get().reviewer
    with pytest.raises(IntegrityError, match="editor"), transaction.atomic():
        Editor.objects.create(submission=submission, user=approver)


def test_the_database_refuses_an_approval_of_another_digest(both):
    submission = make.examined(both)
    reviewer = make.member(both.team, "reviewer")
    with pytest.raises(IntegrityError, match="digest"), transaction.atomic():
        _decision(submission, reviewer, digest="0" * 64)


def test_the_database_refuses_approved_without_a_decision(both):
    submission = make.examined(both)
    with pytest.raises(IntegrityError, match="approval"), transaction.atomic():
        Submission.objects.filter(pk=submission.pk).update(state="approved")


def test_the_database_refuses_a_submission_that_begins_approved(both):
    old = make.examined(both)
    with pytest.raises(IntegrityError, match="begins"), transaction.atomic():
        Submission.objects.create(
            team=old.team,
            origin="post:999",
            origin_url="/",
            number=1,
            title="x",
            content=old.content,
            digest=old.digest,
            author=old.author,
            conduct=old.conduct,
            state="approved",
        )


def test_the_second_reviewer_learns_who_decided(both):
    submission = make.examined(both)
    first, second = (make.member(both.team, "reviewer", name=name) for name in ("First", "Second"))
    asked = list(submission.findings.filter(level="attest").values_list("pk", flat=True))
    decisions.approve(submission_id=submission.pk, version=submission.version, member=first, attested=asked)
    with pytest.raises(WrongState, match="Approved by First"):
        decisions.ask_for_changes(
            submission_id=submission.pk, version=submission.version, member=second, reason="One more thing"
        )
    assert Decision.objects.filter(submission=submission).count() == 1


def _decision(submission: Submission, member: Membership, digest: str = "") -> None:
    Decision.objects.create(
        submission=submission,
        digest=digest or submission.digest,
        kind="approve",
        reviewer=member.user,
        conduct=submission.conduct,
        expires_at=timezone.now(),
    )
