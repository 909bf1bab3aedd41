"""The gate visits the links of what was handed in, beside the checks, and never while somebody writes."""

from collections.abc import Iterator
from types import SimpleNamespace
from typing import Any

import pytest

from gate import check_context, links
from gate.content import Content
from platforms.visits import End
from tests import factories as make
from tests.checks.make import channel
from tests.must_hold.accounts import loopback_allowed
from tests.servers.loopback import QuietHandler, running, server_for

asked: list[str] = []


class Handler(QuietHandler):
    def do_HEAD(self) -> None:
        asked.append(self.path)
        if self.path == "/hang":
            self.connection.recv(1)  # until the client goes
        if self.path == "/s":
            there = f"http://localhost:{self.server.server_address[1]}/end?who=me"
            return self.answer(302, b"", {"Location": there})
        self.answer(404 if self.path == "/gone" else 200, b"", {})

    do_GET = do_HEAD


@pytest.fixture
def site(settings: Any) -> Iterator[str]:
    settings.LOOK_AT_LINKS = True
    asked.clear()
    with loopback_allowed(), running(server_for(Handler)) as url:
        yield url


def content(*urls: str) -> Content:
    return Content((channel(" ".join(urls)),))


def test_each_address_is_visited_once(site: str) -> None:
    seen = links.look(content(f"{site}/a", f"{site}/a", f"{site}/gone", "https://me:you@127.0.0.1/"))
    assert {url: visit.end for url, visit in seen.items()} == {
        f"{site}/a": End.REACHED,
        f"{site}/gone": End.BROKEN,
    }
    assert asked.count("/a") == 1


def test_what_takes_too_long_holds_nothing_else_up(site: str) -> None:
    seen = links.look(content(f"{site}/hang", f"{site}/a"), seconds=0.3)
    assert seen[f"{site}/a"].end == End.REACHED
    assert f"{site}/hang" not in seen or seen[f"{site}/hang"].end == End.UNKNOWN


def test_an_installation_that_does_not_look_asks_about_every_link(site: str, settings: Any) -> None:
    settings.LOOK_AT_LINKS = False
    assert links.look(content(f"{site}/a")) == {}
    assert asked == []


def test_a_submission_is_told_where_its_links_lead(site: str, desk: SimpleNamespace) -> None:
    text = f"Tides: {site}/s and {site}/gone"
    submission = make.examined(desk.author, desk.channel, text=text)
    found = {f.code: f for f in submission.findings.filter(code__startswith="links.")}
    assert {"links.broken", "links.elsewhere"} <= set(found)
    assert "on to another host: localhost." in found["links.elsewhere"].message
    assert found["links.elsewhere"].quote == f"{site}/s"
    assert submission.state == "blocked"


def test_nobody_looks_while_somebody_writes(site: str, desk: SimpleNamespace) -> None:
    assert check_context.for_team(desk.team).links is None
    assert asked == []
