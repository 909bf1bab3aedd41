"""Inside an installation: the rows that a measurement needs, and the calls that it compares with.

python -m tests.bench.posts make COUNT ACCOUNTS SERVER    approved posts on accounts of SERVER; prints the team
python -m tests.bench.posts due TEAM START STEP           gives them their times
python -m tests.bench.posts claim TEAM PROCESSES          all at once for every post; prints JSON
python -m tests.bench.posts bare TEAM PROCESSES           only the HTTP calls of every post; prints JSON
python -m tests.bench.posts states TEAM                   how many are in which state; prints JSON
"""

from __future__ import annotations

import itertools
import json
import multiprocessing
import os
import sys
import time
from collections.abc import Callable, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

import django

django.setup()

from django.conf import settings  # noqa: E402
from django.db import connections, transaction  # noqa: E402
from django.db.models import Count  # noqa: E402
from django.utils import timezone  # noqa: E402

from accounts import sealing  # noqa: E402
from accounts.models import Channel, Team  # noqa: E402
from scheduler import sender  # noqa: E402
from scheduler.models import Attempt, Delivery, Pause, Post  # noqa: E402
from tests import factories  # noqa: E402

FORK = multiprocessing.get_context("fork")


def make(count: int, accounts: int, server: str) -> str:
    """The slug of a new team with this many approved posts, through the product's own services."""
    settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
    mark = int(time.time())
    factories._numbers = itertools.count(mark)  # names of an earlier call are taken
    team = factories.team(f"Bench {mark}")
    author, reviewer = factories.member(team, "author"), factories.member(team, "reviewer")
    channels = [_channel(team, author.user, server, mark + n) for n in range(accounts)]
    for number in range(count):
        text = f"Bench {mark}, post number {number}: the tide tables are on our page."
        factories.approved(author, reviewer, channels[number % accounts], text=text)
    return team.slug


def _channel(team: Team, by: Any, server: str, number: int) -> Channel:
    return Channel.objects.create(
        team=team,
        platform="mastodon",
        instance=server,
        account_id=str(number),
        handle=f"@bench{number}",
        sealed=sealing.seal({"access_token": f"token-{number}"}),
        connected_by=by,
    )


@transaction.atomic
def due(slug: str, start: float, step: float) -> None:
    """The first post is due at `start` (seconds since the epoch), each further one `step` seconds later."""
    for number, delivery in enumerate(_deliveries(slug)):
        at = datetime.fromtimestamp(start + number * step, UTC)
        Delivery.objects.filter(pk=delivery.pk).update(due_at=at, nudged_at=None, next_try_at=None)
        Post.objects.filter(pk=delivery.post_id).update(due_at=at)


def claim(slug: str, processes: int) -> dict[str, Any]:
    """Every process tries to claim every post, as workers do that several dispatchers have nudged; then all are given
    back. `claims_per_s` counts the claims that were had."""
    rows = _deliveries(slug)
    ids = [delivery.pk for delivery in rows]
    stop = Pause.objects.create(team=rows[0].team, reason="Claims are measured", by=rows[0].post.author)
    Delivery.objects.filter(pk__in=ids).update(due_at=timezone.now() - timedelta(seconds=1))
    started = time.monotonic()
    counts = _in_processes(lambda number: _claim_all(ids), processes)
    seconds = time.monotonic() - started
    held = Delivery.objects.filter(pk__in=ids).exclude(lease_token="").count()
    sender.reap(now=timezone.now() + sender.LEASE * 2)
    Delivery.objects.filter(pk__in=ids).update(due_at=timezone.now() + timedelta(days=1))
    Pause.objects.filter(pk=stop.pk).update(ended_at=timezone.now(), ended_by=stop.by)
    return {"claims_per_s": sum(counts) / seconds, "claims": sum(counts), "held": held, "posts": len(ids)}


def _claim_all(ids: Sequence[int]) -> int:
    return sum(sender._claim(pk) is not None for pk in ids)


def bare(slug: str, processes: int) -> dict[str, Any]:
    """What the platform's own calls need, with nothing around them: the same requests from as many processes."""
    calls = []
    for delivery in _deliveries(slug):
        delivery.record_time = timezone.now()
        request = sender.build_request(delivery, sender.channel_content(delivery))
        calls.append((delivery.channel.adapter, request, delivery.channel.credentials()))
    started = time.monotonic()

    def share(number: int) -> int:
        mine = calls[number::processes]
        return sum(len(adapter.publish(request, who).parts) for adapter, request, who in mine)

    sent = sum(_in_processes(share, processes))
    return {"seconds": time.monotonic() - started, "calls": sent}


def states(slug: str) -> dict[str, Any]:
    rows = Delivery.objects.filter(team__slug=slug)
    attempts = Attempt.objects.filter(delivery__team__slug=slug)
    return {
        "deliveries": {row["state"]: row["n"] for row in rows.values("state").annotate(n=Count("pk"))},
        "attempts": {row["state"]: row["n"] for row in attempts.values("state").annotate(n=Count("pk"))},
    }


def _deliveries(slug: str) -> list[Delivery]:
    related = ("team", "channel", "channel__team", "submission", "post")
    return list(Delivery.objects.filter(team__slug=slug).select_related(*related).order_by("pk"))


def _in_processes(work: Callable[[int], int], processes: int) -> list[int]:
    """What `work` returns in each of so many processes, with connections of their own."""
    connections.close_all()
    answers = FORK.SimpleQueue()

    def run(number: int) -> None:
        answers.put(work(number))
        connections.close_all()
        os._exit(0)

    running = [FORK.Process(target=run, args=(number,)) for number in range(processes)]
    for process in running:
        process.start()
    counts = [answers.get() for _ in running]
    for process in running:
        process.join()
    return counts


def main(what: str, *words: str) -> None:
    match [what, *words]:
        case ["make", count, accounts, server]:
            print(make(int(count), int(accounts), server))
        case ["due", slug, start, step]:
            due(slug, float(start), float(step))
        case ["claim", slug, processes]:
            print(json.dumps(claim(slug, int(processes))))
        case ["bare", slug, processes]:
            print(json.dumps(bare(slug, int(processes))))
        case ["states", slug]:
            print(json.dumps(states(slug)))
        case _:
            sys.exit(__doc__)


if __name__ == "__main__":
    main(*sys.argv[1:])
