"""Inside an installation: makes posts, moves time, and says what became of them.

`Inside(installation)` starts this file as a program of the installation, which takes calls as lines of JSON: a start of
Django for each question would take longer than what is asked about.
"""

from __future__ import annotations

import itertools
import json
import os
import signal
import sys
import time
from collections import Counter
from collections.abc import Callable
from contextlib import suppress
from datetime import timedelta
from types import TracebackType
from typing import Any

from tests.browser.installation import Installation


class Inside:
    """Use as a context manager; `inside.make(...)` is `make(...)` below, in a process of the installation."""

    def __init__(self, installation: Installation) -> None:
        self._process = installation.program("-m", "tests.processes.inside")

    def __enter__(self) -> Inside:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        with suppress(ProcessLookupError):
            os.killpg(self._process.pid, signal.SIGKILL)
        self._process.communicate()

    def __getattr__(self, name: str) -> Callable[..., Any]:
        def call(*words: Any) -> Any:
            assert self._process.stdin
            assert self._process.stdout
            self._process.stdin.write(json.dumps([name, *words]).encode() + b"\n")
            self._process.stdin.flush()
            answer = self._process.stdout.readline()
            assert answer, f"{name} broke inside the installation"
            return json.loads(answer)

        return call

    def wait_for(self, what: Callable[[], bool], seconds: float) -> None:
        """Raises AssertionError if it does not happen in time."""
        deadline = time.monotonic() + seconds
        while not what():
            assert time.monotonic() < deadline, f"it did not happen within {seconds:g} s"
            time.sleep(0.2)


def make(posts: int, accounts: int, server: str = "", token: str = "") -> int:
    """Approved posts, each on all of so many sandbox accounts, or on the one account of a Mastodon server: a team."""
    from django.conf import settings

    from accounts import sealing
    from accounts.models import Channel
    from tests import factories

    settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
    mark = int(time.time() * 10)
    factories._numbers = itertools.count(mark)  # names of an earlier process are taken
    team = factories.team(f"Team {mark}")
    author, reviewer = factories.member(team, "author"), factories.member(team, "reviewer")
    if server:
        mastodon = Channel.objects.create(
            team=team,
            platform="mastodon",
            instance=server,
            account_id="1001",
            handle="@alice@test",
            sealed=sealing.seal({"access_token": token}),
            connected_by=author.user,
        )
        channels = [mastodon]
    else:
        channels = [factories.channel(team) for _ in range(accounts)]
    for number in range(posts):
        text = f"Bulletin {mark}, number {number}: the tide tables are on our page."
        factories.approved(author, reviewer, *channels, text=text)
    return team.pk


def make_due(team: int) -> None:
    from django.utils import timezone

    from scheduler.models import Delivery, Post

    now = timezone.now() - timedelta(seconds=1)
    Post.objects.filter(team=team).update(due_at=now)
    Delivery.objects.filter(team=team, state="waiting").update(due_at=now)


def let_time_pass(team: int) -> None:
    """The leases of workers that died are over, and so are the pauses before the next try, look or nudge."""
    from django.utils import timezone

    from scheduler.models import Delivery

    past = timezone.now() - timedelta(seconds=31)
    rows = Delivery.objects.filter(team=team)
    rows.filter(lease_until__isnull=False).update(lease_until=past)
    end_pauses(team)


def end_pauses(team: int) -> None:
    """The pauses alone: who holds a lease keeps it."""
    from django.utils import timezone

    from scheduler.models import Delivery

    past = timezone.now() - timedelta(seconds=31)
    rows = Delivery.objects.filter(team=team)
    rows.filter(next_try_at__isnull=False).update(next_try_at=past)
    rows.filter(nudged_at__gt=past).update(nudged_at=past - timedelta(seconds=1))


def states(team: int) -> dict[str, int]:
    from scheduler.models import Delivery

    return dict(Counter(Delivery.objects.filter(team=team).values_list("state", flat=True)))


def attempts(team: int) -> dict[str, int]:
    from scheduler.models import Attempt

    return dict(Counter(Attempt.objects.filter(delivery__team=team).values_list("state", flat=True)))


def entries(team: int, kind: str) -> list[int]:
    """How many entries of this kind each delivery has, the numbers that occur."""
    from ledger.models import Entry

    subjects = Entry.objects.filter(team_id=team, kind=kind).values_list("subject", flat=True)
    counts = Counter(subjects)
    return [len(counts), sum(counts.values())]


def beats() -> dict[str, float]:
    """When each part last showed that it works: seconds since the epoch."""
    from django.db.models import Max

    from scheduler.models import Beat

    rows = Beat.objects.values("name").annotate(last=Max("at"))
    return {row["name"]: row["last"].timestamp() for row in rows}


def submission(title: str) -> tuple[str, int, int, int]:
    """Its state, how many checks have run, how many different ones, and how often a worker began."""
    from gate.models import Submission

    row = Submission.objects.get(title=title)
    return row.state, row.runs.count(), row.runs.values("check_id").distinct().count(), row.check_tries


def main() -> None:
    import django

    django.setup()

    from django.db import close_old_connections

    calls = (make, make_due, let_time_pass, end_pauses, states, attempts, entries, beats, submission)
    known: dict[str, Callable[..., Any]] = {call.__name__: call for call in calls}
    for line in sys.stdin:
        name, *words = json.loads(line)
        close_old_connections()
        print(json.dumps(known[name](*words)), flush=True)


if __name__ == "__main__":
    main()
