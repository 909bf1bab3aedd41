"""The demo team: every state, made once, with a log that verifies."""

from io import StringIO

import pytest
from django.core.management import CommandError, call_command
from django.utils import timezone

from gate.models import Decision, Submission
from ledger.models import Entry
from scheduler import demo, pauses
from scheduler.models import Delivery, Post
from tests import factories as make

pytestmark = pytest.mark.django_db


def test_the_demo_shows_every_state_that_lasts(tmp_path, settings):
    settings.VAR_DIR = tmp_path
    demo.build(lambda text: None)
    assert set(Post.objects.values_list("state", flat=True)) == set(Post.State) - {Post.State.PUBLISHING}
    passing = {Submission.State.CHECKING, Submission.State.REVOKED}
    assert set(Submission.objects.values_list("state", flat=True)) == set(Submission.State) - passing
    lasting = {"waiting", "sent", "failed", "missed", "cancelled"}
    assert set(Delivery.objects.values_list("state", flat=True)) == lasting
    waiting = Post.objects.filter(state=Post.State.SUBMITTED)
    assert waiting
    assert all(post.due_at > timezone.now() for post in waiting)
    _shows_what_people_do()
    before = Entry.objects.count()
    demo.build(lambda text: None)
    assert Entry.objects.count() == before
    call_command("ledger", "verify", stdout=StringIO())


def _shows_what_people_do():
    """Two who override a block, the first of two who approve, an answer to somebody, a claim with its evidence."""
    reviewing = Submission.objects.filter(state=Submission.State.IN_REVIEW)
    overridden = reviewing.get(overrides__reviewer__email__startswith="reviewer2")
    assert overridden.overrides.values("reviewer").distinct().count() == 2
    (first,) = Decision.objects.filter(kind=Decision.Kind.FIRST)
    assert first.submission in reviewing
    assert first.submission.frozen.campaign
    assert any(each.frozen.answers for each in reviewing)
    assert any(claim.sources for each in reviewing for claim in each.frozen.declarations.claims)


def test_an_operator_stops_and_resumes_everything_from_the_command_line():
    operator = make.user(is_superuser=True)
    team = make.team()
    call_command("pause", by=operator.email, reason="An incident", stdout=StringIO())
    standing = pauses.standing(team.pk)
    assert standing is not None
    assert (standing.reason, standing.is_global) == ("An incident", True)
    call_command("pause", by=operator.email, end=True, stdout=StringIO())
    assert pauses.standing(team.pk) is None


@pytest.mark.parametrize(
    "options", [{"by": "nobody@example.org", "reason": "x"}, {"reason": ""}, {"end": True}]
)
def test_a_pause_that_cannot_be_says_why(options):
    operator = make.user(is_superuser=True)
    with pytest.raises(CommandError, match=r"nobody|Say why|not paused"):
        call_command("pause", **{"by": operator.email, **options}, stdout=StringIO())


def test_somebody_who_does_not_run_the_installation_cannot_stop_all_teams():
    with pytest.raises(CommandError, match="operator"):
        call_command("pause", by=make.user().email, reason="I want to", stdout=StringIO())
