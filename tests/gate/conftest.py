"""A team with an author, two reviewers and a browser for each."""

from __future__ import annotations

from collections.abc import Callable
from types import SimpleNamespace
from typing import Any

import pytest
from django.test import Client

from accounts.models import Membership
from tests import factories as make


def sign_in(member: Membership) -> Client:
    client = Client()
    client.force_login(member.user, backend="django.contrib.auth.backends.ModelBackend")
    return client


class Desk(SimpleNamespace):
    """Whoever is asked for as `author_browser` is signed in then: seven sign-ins take longer than most tests."""

    def __getattr__(self, name: str) -> Client:
        if not name.endswith("_browser"):
            raise AttributeError(name)
        client = sign_in(getattr(self, name.removesuffix("_browser")))
        setattr(self, name, client)
        return client


@pytest.fixture
def desk(db: None) -> Desk:
    """The people of one team; `desk.author_browser` and so on are their signed-in clients."""
    team = make.team("Harbour")
    people: dict[str, Any] = {
        "author": make.member(team, "author", name="Amara"),
        "reviewer": make.member(team, "reviewer", name="Rosa"),
        "second": make.member(team, "reviewer", name="Ken"),
        "auditor": make.member(team, "auditor", name="Otto"),
        "admin": make.member(team, "admin", name="Inês"),
        "both": make.member(team, "author", "reviewer", name="Both Hats"),
        "stranger": make.member(make.team("Elsewhere"), "author", "reviewer", "admin", name="Stranger"),
    }
    return Desk(team=team, channel=make.channel(team), **people)


@pytest.fixture
def url(desk: SimpleNamespace) -> Callable[[str], str]:
    return lambda rest: f"/t/{desk.team.slug}/{rest}"


def questions(submission: Any) -> list[int]:
    """Ids of the findings that an approval has to answer."""
    return list(
        submission.findings.filter(round=submission.round, level="attest").values_list("pk", flat=True)
    )
