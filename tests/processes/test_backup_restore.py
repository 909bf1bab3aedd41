"""A backup is made while two hosts send posts, and restored while the platforms go on: nothing is there twice.

The Mastodon server of this test ignores idempotency keys, so that whatever is asked twice is there twice.
"""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from config import secrets as installation_secrets
from config.paths import ROOT
from tests.browser.installation import STOP_SECONDS, Installation
from tests.servers.mastodon_server import running_mastodon
from tests.servers.mastodon_state import State
from tests.servers.redis import PrivateRedis

pytestmark = [pytest.mark.processes, pytest.mark.both_databases, pytest.mark.xdist_group("backup")]

POSTS = 8
"""The first half is due at once; the others in an hour, until they get another time."""
MAKE = """
from datetime import timedelta
from django.conf import settings
from django.utils import timezone
from accounts import sealing
from accounts.models import Channel, User
from scheduler.models import Delivery, Post
from tests import factories as make
settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
User.objects.create_superuser("op@example.org", name="Operator")
team = make.team()
author, reviewer = make.member(team, "author"), make.member(team, "reviewer")
mastodon = Channel.objects.create(
    team=team, platform="mastodon", instance="{url}", account_id="1001", handle="@alice",
    sealed=sealing.seal({{"access_token": "{token}"}}), connected_by=author.user)
channels = [make.channel(team), mastodon]
posts = [make.approved(author, reviewer, *channels, text=f"Tide table {{n}} is on our page.") for n in range({posts})]
for number, post in enumerate(posts[:{posts} // 2]):
    make.make_due(post, ago=timedelta(seconds=2 - 0.4 * number))
"""
SOON = """
from datetime import timedelta
from django.utils import timezone
from scheduler.models import Post
from tests import factories as make
later = Post.objects.filter(state="submitted", due_at__gt=timezone.now() + timedelta(minutes=5))
for post in later.order_by("pk")[:{count}]:
    make.make_due(post)
"""
RESUME = """
from accounts.models import User
from scheduler import resuming
resuming.resume(by=User.objects.get(email="op@example.org"), then=resuming.Then.SEND)
"""
STANDS = """
import json
from collections import Counter
from ledger import services
from ledger.models import Entry
from scheduler.models import Delivery
entry = Entry.objects.filter(kind="installation.restored", team_id=None).first()
print(json.dumps({
    "states": Counter(Delivery.objects.values_list("state", flat=True)),
    "size": services.size(),
    "restored": entry and entry.content["data"],
}))
"""


class Place(Installation):
    """Empty where `like` names the one whose keys and sandbox it takes over: a restore fills it."""

    def __init__(self, like: Path | None = None, **environment: str) -> None:
        super().__init__(HASHED_STATIC="no", **environment)
        self._like = like

    def __enter__(self) -> Place:
        try:
            self._prepare()
        except BaseException:
            self.close()
            raise
        return self

    def start(self, parts: str = "dispatch,publish") -> None:
        """What sends; nobody opens a page here."""
        self._supervisor = _supervisor(parts, self._environment)

    @contextmanager
    def another_host(self, var: Path, parts: str) -> Iterator[None]:
        """These parts with a var folder of their own: database, queue, keys and images are given by the environment."""
        var.mkdir()
        shared = {
            "COUNTERSIGN_VAR": str(var),
            "SECRET_KEY_FILE": str(self.var / "secret_key"),
            "SEAL_KEYS_FILE": str(self.var / "seal_keys"),
            "LEDGER_KEY_PATH": str(self.var / "ledger_key.pem"),
            "MEDIA_ROOT": str(self.var / "media"),
            "SANDBOX_DIR": str(self.var / "sandbox"),
        }
        running = _supervisor(parts, {**self._environment, **shared})
        try:
            yield
        finally:
            running.terminate()
            assert running.wait(STOP_SECONDS) == 0

    def stop(self) -> None:
        assert self._supervisor is not None
        self._supervisor.terminate()
        assert self._supervisor.wait(STOP_SECONDS) == 0
        self._supervisor = None

    def _prepare(self) -> None:
        if self._like is None:
            installation_secrets.ensure(self.var)
            self._make_database()
            return
        if self._server:
            self._on_server(f'CREATE DATABASE "{self._database}"')
        for name in ("secret_key", "seal_keys", "ledger_key.pem"):
            shutil.copy2(self._like / name, self.var / name)

    def script(self, name: str, *words: str) -> subprocess.CompletedProcess[str]:
        """script/backup or script/restore, as an operator calls it."""
        return subprocess.run(
            [str(ROOT / "script" / name), *words],
            env=self._environment,
            check=False,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
        )

    def stands(self) -> dict[str, Any]:
        found: dict[str, Any] = json.loads(self.ask(STANDS))
        return found


def _supervisor(parts: str, environment: dict[str, str]) -> subprocess.Popen[bytes]:
    tethered = [sys.executable, "-P", str(ROOT / "config" / "tether.py"), str(os.getpid())]
    return subprocess.Popen(
        [*tethered, sys.executable, "-m", "config.serve", "--only", parts],
        cwd=ROOT,
        env=environment,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        start_new_session=True,
    )


@pytest.fixture
def mastodon() -> Iterator[State]:
    with running_mastodon() as state:
        state.settings.honour_key = False
        yield state


def wait_until(what: Callable[[], bool], seconds: float = 60) -> None:
    deadline = time.monotonic() + seconds
    while not what():
        assert time.monotonic() < deadline, "it did not happen in time"
        time.sleep(0.1)


def texts(mastodon: State) -> Counter[str]:
    with mastodon.lock:
        return Counter(status["x_text"] for status in mastodon.statuses)


def in_the_sandbox(place: Place) -> int:
    return len(list((place.var / "sandbox").glob("*/*/posts/*.json")))


def test_a_backup_made_while_sending_sends_nothing_twice(
    mastodon: State, redis: PrivateRedis, tmp_path: Path
) -> None:
    """The live installation runs on two hosts with Redis between them, the restored one on one host without."""
    copy = tmp_path / "backup"
    with Place(Q_BROKER=redis.url) as live:
        live.ask(MAKE.format(url=mastodon.url, token=mastodon.token_for("alice"), posts=POSTS))
        live.start("dispatch")
        with live.another_host(tmp_path / "host", "publish"):
            wait_until(lambda: len(mastodon.statuses) >= 1)
            done = live.script("backup", str(copy))
            assert done.returncode == 0, done.stderr
            live.ask(SOON.format(count=POSTS // 2 - 2))  # moved to an earlier time after the backup, and sent
            wait_until(lambda: len(mastodon.statuses) == in_the_sandbox(live) == POSTS - 2)
            live.stop()
        sent = texts(mastodon)
        with Place(live.var, SANDBOX_DIR=str(live.var / "sandbox")) as restored:
            _restore(restored, copy, live.stands()["size"])
            assert texts(mastodon) == sent
            restored.start()
            restored.ask(
                SOON.format(count=POSTS) + RESUME
            )  # two posts really wait, the others were sent meanwhile
            wait_until(lambda: len(texts(mastodon)) == in_the_sandbox(live) == POSTS)
            wait_until(lambda: restored.stands()["states"] == {"sent": POSTS * 2})
            restored.manage("ledger", "verify")
    assert texts(mastodon) == Counter({f"Tide table {n} is on our page.": 1 for n in range(POSTS)})


def _restore(restored: Place, copy: Path, size_now: int) -> None:
    log = json.loads((copy / "manifest.json").read_text())["log"]
    assert log["size"] < size_now  # it was sending
    done = restored.script("restore", str(copy), "--by", "op@example.org")
    assert done.returncode == 0, done.stderr
    assert "Sending is paused for all teams." in done.stdout
    stands = restored.stands()
    assert stands["states"]["waiting"] >= POSTS  # those of the second half, on both channels
    assert "sending" not in stands["states"]
    assert (stands["restored"]["size"], stands["restored"]["root"]) == (log["size"], log["root"])
