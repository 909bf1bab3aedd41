"""Everybody does everything at once to one post, from threads with connections of their own: nobody meets a database
error, no two transactions wait for each other, and what went out is what was approved."""

from __future__ import annotations

import random
import threading
from collections.abc import Callable
from datetime import timedelta

import pytest
from django.conf import settings
from django.db import connection
from django.utils import timezone

from gate import decisions, runner
from gate import services as gate
from gate.errors import GateError
from gate.models import Submission
from platforms import sandbox
from scheduler import dispatcher, lifecycle, pauses, reconcile, resuming, sender
from scheduler.models import Delivery, Post
from tests import factories as make

EXPECTED = (GateError, Submission.DoesNotExist)
ROUNDS = 12


class Scene:
    def __init__(self) -> None:
        self.team = make.team()
        self.author = make.member(self.team, "author")
        self.second = make.member(self.team, "author")
        self.reviewer = make.member(self.team, "reviewer", "admin")
        self.channel = make.channel(self.team)
        self.post = make.post(self.author, self.channel)

    def now(self) -> Post:
        return Post.objects.select_related("submission").get(pk=self.post.pk)

    def edit(self, dice: random.Random) -> None:
        who = dice.choice([self.author, self.second])
        draft = make.draft(self.channel, text=f"Version {dice.randrange(10**6)} of the harbour news.")
        lifecycle.save(post_id=self.post.pk, version=self.now().version, member=who, draft=draft)

    def submit(self, dice: random.Random) -> None:
        submission = lifecycle.submit(post_id=self.post.pk, version=self.now().version, member=self.author)
        runner.run(submission.pk)

    def approve(self, dice: random.Random) -> None:
        submission = self.now().submission
        if submission and submission.state == "in_review":
            make.approve(submission, self.reviewer)

    def revoke(self, dice: random.Random) -> None:
        submission = self.now().submission
        if submission and dice.random() < 0.3:
            decisions.revoke(submission_id=submission.pk, member=self.reviewer, reason="Wait a moment")

    def claim(self, dice: random.Random) -> None:
        if submission := self.now().submission:
            gate.claim(submission_id=submission.pk, member=self.reviewer)

    def retime(self, dice: random.Random) -> None:
        later = timezone.now() + timedelta(minutes=dice.randrange(1, 300))
        lifecycle.retime(
            post_id=self.post.pk,
            version=self.now().version,
            member=self.author,
            due_local=f"{later:%Y-%m-%dT%H:%M}",
            due_zone="UTC",
        )

    def withdraw(self, dice: random.Random) -> None:
        if dice.random() < 0.2:
            lifecycle.withdraw(post_id=self.post.pk, member=self.author)

    def send(self, dice: random.Random) -> None:
        for delivery in Delivery.objects.filter(post=self.post, state="waiting"):
            Delivery.objects.filter(pk=delivery.pk, state="waiting", lease_token="").update(
                due_at=timezone.now() - timedelta(seconds=1), next_try_at=None
            )
            sender.send(delivery.pk)

    def tick(self, dice: random.Random) -> None:
        dispatcher.tick(timezone.now())
        for delivery in Delivery.objects.filter(reconcile.due(timezone.now())):
            reconcile.look(delivery.pk)

    def pause(self, dice: random.Random) -> None:
        if dice.random() < 0.2:
            pauses.pause(by=self.reviewer.user, member=self.reviewer, reason="For a moment")
            then = dice.choice(list(resuming.Then))
            resuming.resume(by=self.reviewer.user, member=self.reviewer, then=then)


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("seed", [1, 2, 3])
def test_everybody_at_once(seed: int) -> None:
    scene = Scene()
    problems: list[BaseException] = []
    acts: list[Callable[[random.Random], None]] = [
        scene.edit,
        scene.submit,
        scene.approve,
        scene.revoke,
        scene.claim,
        scene.retime,
        scene.withdraw,
        scene.send,
        scene.tick,
        scene.pause,
    ]
    threads = [threading.Thread(target=_play, args=(acts, seed * 100 + n, problems)) for n in range(5)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert problems == []
    _what_went_out_was_approved(scene)


def _play(acts: list[Callable[[random.Random], None]], seed: int, problems: list[BaseException]) -> None:
    dice = random.Random(seed)
    try:
        for _ in range(ROUNDS):
            try:
                dice.choice(acts)(dice)
            except EXPECTED:
                continue
    except BaseException as problem:
        problems.append(problem)
    finally:
        connection.close()


def _what_went_out_was_approved(scene: Scene) -> None:
    out = sandbox.posts(str(settings.SANDBOX_DIR / str(scene.team.pk)), scene.channel.account_id)
    keys = {delivery.key: delivery for delivery in Delivery.objects.filter(post=scene.post)}
    assert len({post.key for post in out}) == len(out)
    for post in out:
        delivery = keys[post.key]
        frozen = delivery.submission.frozen.channels[delivery.position]
        assert post.parts[0].text == frozen.parts[0].text
        approval = delivery.submission.decisions.get(kind="approve")
        assert approval.digest == delivery.submission.digest
        assert approval.reviewer_id == scene.reviewer.user_id
        assert delivery.attempts.filter(sending_at__gte=approval.at).exists()


def test_the_scene_can_send(db) -> None:
    """The race above is worth something: in order, the same acts do publish."""
    scene = Scene()
    dice = random.Random(0)
    scene.submit(dice)
    scene.approve(dice)
    scene.send(dice)
    assert scene.now().state == Post.State.PUBLISHED
