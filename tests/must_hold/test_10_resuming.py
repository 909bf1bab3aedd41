"""10. Ending a pause: what became due is listed, and exactly that is decided on."""

from __future__ import annotations

import threading
from datetime import timedelta
from io import StringIO

import pytest
from django.core.management import CommandError, call_command
from django.db import connection
from django.utils import timezone

from gate.errors import NotAllowed, WrongState
from ledger.models import Entry
from scheduler import dispatcher, lifecycle, missing, pauses, resuming, sender
from scheduler.models import Attempt, Delivery, Pause, Post
from scheduler.resuming import NotDecided, Then
from tests import factories as make
from tests.must_hold.sending import copies

pytestmark = pytest.mark.django_db


class Scene:
    def __init__(self) -> None:
        self.team = make.team(lateness_minutes=15)
        self.author, self.second = make.member(self.team, "author"), make.member(self.team, "author")
        self.admin = make.member(self.team, "reviewer", "admin", name="Rosa")
        self.channel = make.channel(self.team)

    def due(self, ago: int, author=None) -> Delivery:
        text = f"It is {ago} minutes past, Greenwich time."
        post = make.approved(author or self.author, self.admin, self.channel, text=text)
        return make.make_due(post, timedelta(minutes=ago)).deliveries.get()

    def pause(self) -> Pause:
        """Ten minutes ago."""
        pauses.pause(by=self.admin.user, member=self.admin, reason="A storm")
        return begun(timedelta(minutes=10))

    def resume(self, then: Then | None = None, seen: str | None = None) -> resuming.Resumed:
        return resuming.resume(by=self.admin.user, member=self.admin, then=then, seen=seen)

    def listed(self) -> resuming.Meanwhile:
        return resuming.meanwhile(Pause.objects.get(ended_at=None, team=self.team), timezone.now())

    def told(self, member) -> list[str]:
        return list(member.user.notices.filter(text__startswith="Missed").values_list("text", flat=True))


def begun(ago: timedelta) -> Pause:
    Pause.objects.filter(ended_at=None).update(at=timezone.now() - ago)
    return Pause.objects.latest("pk")


@pytest.fixture
def scene() -> Scene:
    return Scene()


def state(delivery: Delivery) -> str:
    return Delivery.objects.get(pk=delivery.pk).state


def last_resume() -> dict[str, object]:
    return Entry.objects.filter(kind="sending.resumed").latest("index").content["data"]


def test_the_list_is_what_would_go_out_the_longest_overdue_first(scene):
    scene.pause()
    young, old, late = scene.due(2), scene.due(9), scene.due(16)
    make.approved(scene.author, scene.admin, scene.channel, text="Not due for an hour.")
    make.make_due(
        Post.objects.get(submission=make.examined(scene.author, scene.channel, text="Nobody read it."))
    )
    dispatcher.tick(timezone.now())
    found = scene.listed()
    assert [due.post.pk for due in found.due] == [old.post_id, young.post_id]
    assert found.missed == 1
    assert state(late) == "missed"


def test_without_a_decision_the_pause_stands(scene):
    scene.pause()
    scene.due(2)
    with pytest.raises(NotDecided, match="One post is due"):
        scene.resume()
    assert pauses.standing(scene.team.pk)


def test_send_these(scene):
    scene.pause()
    delivery = scene.due(2)
    scene.resume(Then.SEND, scene.listed().digest)
    assert dispatcher.tick(timezone.now()) == 1
    sender.send(delivery.pk)
    assert copies(delivery) == 1
    assert (last_resume()["then"], last_resume()["posts"]) == ("send", 1)


def test_do_not_send_these_misses_them_at_once_with_one_message_an_author(scene):
    scene.pause()
    mine, also, theirs = scene.due(2), scene.due(9), scene.due(3, scene.second)
    assert scene.resume(Then.MISS, scene.listed().digest).missed == 3
    assert [state(each) for each in (mine, also, theirs)] == ["missed"] * 3
    [told] = scene.told(scene.author)
    assert "2 of your posts" in told
    assert "Rosa resumed without sending what was due" in told
    assert len(scene.told(scene.second)) == 1
    assert (last_resume()["then"], last_resume()["posts"]) == ("miss", 3)
    assert dispatcher.tick(timezone.now()) == 0
    post = Post.objects.get(pk=mine.post_id)
    assert "resumed without sending" in post.state_reason
    tomorrow = timezone.now() + timedelta(days=1)
    lifecycle.retime(
        post_id=post.pk,
        version=post.version,
        member=scene.author,
        due_local=f"{tomorrow:%Y-%m-%dT%H:%M}",
        due_zone="UTC",
    )
    assert state(mine) == "waiting"


@pytest.mark.parametrize("then", list(Then))
def test_what_became_due_while_the_page_was_open_is_shown_before_it_is_decided_on(scene, then):
    scene.pause()
    scene.due(2)
    seen = scene.listed().digest
    scene.due(1)
    with pytest.raises(NotDecided, match="changed since it was listed"):
        scene.resume(then, seen)
    assert pauses.standing(scene.team.pk)
    assert Delivery.objects.filter(state="waiting").count() == 2
    scene.resume(then, scene.listed().digest)
    assert pauses.standing(scene.team.pk) is None


def test_an_empty_list_is_a_list_too(scene):
    scene.pause()
    seen = scene.listed().digest
    scene.due(1)
    with pytest.raises(NotDecided):
        scene.resume(None, seen)


def test_nothing_due_needs_no_decision(scene):
    scene.pause()
    scene.due(16)
    scene.resume(None, scene.listed().digest)
    assert "then" not in last_resume()


def test_a_claim_that_is_missed_by_the_decision_is_not_sent(scene):
    delivery = scene.due(2)
    claim = sender._claim(delivery.pk)
    assert claim
    scene.pause()
    scene.resume(Then.MISS)
    frozen = sender.channel_content(claim.delivery)
    with pytest.raises(sender.Released):
        sender._start(claim, frozen, sender.build_request(claim.delivery, frozen))
    assert Attempt.objects.get(delivery=delivery).state == Attempt.State.RELEASED
    assert (state(delivery), copies(delivery)) == ("missed", 0)


def test_under_a_pause_of_all_a_teams_own_pause_decides_about_nothing(scene):
    operator = make.user(is_superuser=True)
    scene.pause()
    delivery = scene.due(2)
    pauses.pause(by=operator, reason="An incident")
    assert scene.listed().due == []
    scene.resume()
    with pytest.raises(NotDecided):
        resuming.resume(by=operator)
    resuming.resume(by=operator, then=Then.MISS)
    assert state(delivery) == "missed"


def test_the_pause_of_all_decides_about_every_team_that_has_no_pause_of_its_own(scene):
    operator = make.user(is_superuser=True)
    pauses.pause(by=operator, reason="An incident")
    mine, other = scene.due(2), Scene()
    theirs = other.due(2)
    other.pause()
    assert resuming.resume(by=operator, then=Then.MISS).missed == 1
    assert (state(mine), state(theirs)) == ("missed", "waiting")


def test_a_break_half_way_leaves_the_pause_standing_and_each_batch_told(scene, monkeypatch):
    scene.pause()
    scene.due(2)
    theirs = scene.due(3, scene.second)
    real, calls = missing.miss, []

    def dies_second(**given: object) -> int:
        calls.append(given)
        if len(calls) == 2:
            raise RuntimeError("the power is gone")
        return real(**given)

    with monkeypatch.context() as broken:
        broken.setattr(missing, "miss", dies_second)
        with pytest.raises(RuntimeError):
            scene.resume(Then.MISS)
    assert pauses.standing(scene.team.pk)
    assert len(scene.told(scene.author) + scene.told(scene.second)) == 1
    assert scene.resume(Then.MISS).missed == 1
    assert state(theirs) == "missed"
    assert len(scene.told(scene.author) + scene.told(scene.second)) == 2


def test_who_may_resume_and_twice(scene):
    scene.pause()
    with pytest.raises(NotAllowed):
        resuming.resume(by=scene.author.user, member=scene.author)
    with pytest.raises(NotAllowed):
        resuming.resume(by=scene.admin.user)
    scene.resume()
    for then in (None, *Then):
        with pytest.raises(WrongState, match="not paused"):
            scene.resume(then)


def command(*given: str) -> str:
    out = StringIO()
    call_command("pause", *given, stdout=out)
    return out.getvalue()


def test_the_command_says_what_is_due_and_wants_a_decision(scene):
    operator = make.user(is_superuser=True)
    by = f"--by={operator.email}"
    assert "Nothing is sent" in command(by, "--reason=An incident")
    begun(timedelta(minutes=10))
    scene.due(2)
    scene.due(16)
    missing.miss_late(timezone.now())
    out = StringIO()
    with pytest.raises(CommandError, match="--send or --miss"):
        call_command("pause", by, "--end", stdout=out)
    assert "Due now, and would go out at once: 1 posts." in out.getvalue()
    assert "Missed since the pause began: 1 posts." in out.getvalue()
    assert pauses.standing(scene.team.pk)
    assert "1 posts were missed" in command(by, "--end", "--miss")
    assert pauses.standing(scene.team.pk) is None
    with pytest.raises(CommandError, match="not paused"):
        command(by, "--end", "--send")
    with pytest.raises(CommandError, match="go with --end"):
        command(by, "--send")


@pytest.mark.django_db(transaction=True)
def test_the_dispatcher_misses_while_somebody_resumes():
    """Two dispatchers and the decision race over the same posts: each is missed once, and told once."""
    scene = Scene()
    scene.pause()
    ids = [scene.due(10 + n % 3, author).pk for n in range(6) for author in (scene.author, scene.second)]
    late = timezone.now() + timedelta(minutes=30)
    problems: list[BaseException] = []

    def act(what) -> None:
        try:
            what()
        except BaseException as problem:
            problems.append(problem)
        finally:
            connection.close()

    acts = [lambda: missing.miss_late(late), lambda: missing.miss_late(late), lambda: scene.resume(Then.MISS)]
    threads = [threading.Thread(target=act, args=(each,)) for each in acts]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert [each for each in problems if not isinstance(each, WrongState)] == []
    assert Delivery.objects.filter(pk__in=ids, state="missed").count() == 12
    assert Entry.objects.filter(kind="delivery.missed").count() == 12
    told = [text for member in (scene.author, scene.second) for text in scene.told(member)]
    assert sum(6 if "6 of your posts" in text else 0 for text in told) == 12
