"""The thin thread through every floor, with the services alone."""

import pytest

from gate.models import Submission
from ledger.models import Entry
from platforms import sandbox
from scheduler import sender
from scheduler.models import Delivery, Post
from tests import factories as make

pytestmark = pytest.mark.django_db


def test_an_approved_post_goes_out_once_and_is_in_the_log(settings):
    team = make.team()
    author, reviewer = make.member(team, "author"), make.member(team, "reviewer")
    channel = make.channel(team)
    post = make.make_due(make.approved(author, reviewer, channel))
    delivery = post.deliveries.get()

    sender.send(delivery.pk)
    sender.send(delivery.pk)

    delivery.refresh_from_db()
    post.refresh_from_db()
    assert (delivery.state, post.state) == (Delivery.State.SENT, Post.State.PUBLISHED)
    out = sandbox.posts(str(settings.SANDBOX_DIR / str(team.pk)), channel.account_id)
    assert [p.parts[0].text for p in out] == ["The tide tables for next week are on our page."]
    kinds = list(Entry.objects.filter(team_id=team.pk).order_by("index").values_list("kind", flat=True))
    assert kinds[-8:] == [
        "post.created",
        "submission.submitted",
        "post.submitted",
        "submission.checked",
        "submission.approved",
        "delivery.sending",
        "post.published",
        "delivery.sent",
    ]


def test_nothing_goes_out_without_an_approval(settings):
    team = make.team()
    author = make.member(team, "author")
    channel = make.channel(team)
    submission = make.examined(author, channel)
    assert submission.state == Submission.State.IN_REVIEW
    post = make.make_due(Post.objects.get(submission=submission))

    sender.send(post.deliveries.get().pk)

    post.refresh_from_db()
    assert post.state == Post.State.HELD
    assert sandbox.posts(str(settings.SANDBOX_DIR / str(team.pk)), channel.account_id) == []
