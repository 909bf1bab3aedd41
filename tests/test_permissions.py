"""Who may open what: every address of the product, asked for by everybody.

The table is in tests/pages.py. An address that is not in it fails the first test.
"""

from __future__ import annotations

import re
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from fnmatch import fnmatchcase
from pathlib import Path
from typing import Any

import pytest
from django.apps import apps
from django.conf import settings
from django.db import connection, transaction
from django.http.response import HttpResponseBase
from django.test import Client, SimpleTestCase, TestCase, override_settings
from django.urls import Resolver404, resolve, reverse
from django.utils import timezone

from accounts import invitations, notices
from accounts.models import InstanceApp, Membership, Role, Team, User
from gate import runner
from gate import services as gate
from gate.models import Submission
from ledger import keys
from ledger import services as ledger
from ledger.models import Entry
from scheduler import images, lifecycle, pauses, sender
from scheduler.models import Beat
from tests import factories as make
from tests.pages import ELSEWHERE, ROLES, TEAM, Page, addresses

BACKEND = "django.contrib.auth.backends.ModelBackend"
NAMES = sorted({name for name, _ in addresses()})
SIGN_IN = ("/accounts/login/", "/admin/login/")
CHANGES = re.compile(r"\s*(INSERT|UPDATE|DELETE|REPLACE|TRUNCATE)", re.IGNORECASE)
WORDS = {"bluesky", "csv", "table", "version"}
"""What stands in an address and is nobody's: a platform, a format, a first version."""


@dataclass
class Scene:
    """One team with everything in it, another team, and a signed-in browser for everybody."""

    team: Team
    other: Team
    client: Client = field(default_factory=Client)
    sessions: dict[str, str] = field(default_factory=dict)
    users: dict[str, User] = field(default_factory=dict)
    things: dict[str, Any] = field(default_factory=dict)

    def __deepcopy__(self, memo: dict[int, Any]) -> Scene:
        """Django copies what a class's tests share; browsers and rows are rolled back instead."""
        return self

    def let_in(self, name: str, user: User) -> None:
        self.client.cookies.clear()
        self.client.force_login(user, BACKEND)
        self.users[name] = user
        self.sessions[name] = self.client.cookies[settings.SESSION_COOKIE_NAME].value

    def browser(self, who: str) -> Client:
        """One browser for everybody in turn (a new one reads every static file); "" is signed in as nobody."""
        self.client.cookies.clear()
        if who:
            self.client.cookies[settings.SESSION_COOKIE_NAME] = self.sessions[who]
        return self.client

    def url(self, name: str, page: Page, who: str = "", team: Team | None = None) -> str:
        """The address as `who` would open it: a notice is one of their own."""
        own = {"notice": self.things["notices"].get(who, 0), "row": self._row(name)}
        values = [{**self.things, **own}[thing] for thing in page.args.split()]
        slug = [(team or self.team).slug] if name in TEAM else []
        return (
            reverse(name, args=[*slug, *values])
            if name != "admin:"
            else "/admin/accounts/user/nothing/there/"
        )

    def ask(
        self, who: str, name: str, page: Page, team: Team | None = None, follow: bool = False
    ) -> HttpResponseBase:
        client = self.browser(who)
        url = self.url(name, page, who, team)
        answer = client.post(url, follow=follow) if page.method == "POST" else client.get(url, follow=follow)
        if answer.streaming:
            list(answer)  # to the end: then the test client closes its file
        return answer

    def ends_at_sign_in(self, name: str, page: Page) -> bool:
        """Where somebody who is signed out gets to, through as many redirects as it takes."""
        answer: Any = self.ask("", name, page, follow=True)
        return bool(answer.redirect_chain) and answer.redirect_chain[-1][0].startswith("/accounts/login/")

    def _row(self, name: str) -> Any:
        models = {f"admin:{m._meta.app_label}_{m._meta.model_name}": m for m in apps.get_models()}
        model = models.get(name.rpartition("_")[0])
        return model._default_manager.values_list("pk", flat=True).first() if model else None


@pytest.fixture(autouse=True)
def own_folders() -> None:
    """The scene's own, not each test's."""


def _places(folder: Path) -> dict[str, Any]:
    return {
        "MEDIA_ROOT": str(folder / "media"),
        "SANDBOX_DIR": folder / "sandbox",
        "LEDGER_CHECKPOINT_DIR": str(folder / "checkpoints"),
        "LEDGER_KEY_FILE": str(folder / "log.pem"),
        "EMAIL_FILE_PATH": str(folder / "mail"),
        "PASSWORD_HASHERS": ["django.contrib.auth.hashers.MD5PasswordHasher"],
    }


def _people(scene: Scene) -> None:
    team, other = scene.team, scene.other
    for role in ROLES:
        scene.let_in(role, make.member(team, role).user)
    for role in ROLES:
        scene.let_in(f"all but {role}", make.member(team, *(r for r in ROLES if r != role)).user)
    scene.let_in("no role", make.member(team).user)
    scene.let_in("other team", make.member(other, *ROLES).user)
    left = make.member(team, *ROLES)
    Membership.objects.filter(pk=left.pk).update(ended_at=timezone.now())
    scene.let_in("left", left.user)
    scene.let_in("operator", make.user(is_superuser=True))
    invitation, link = invitations.invite(
        by=_member(scene, "admin"), email="new@example.org", roles=[Role.AUTHOR]
    )
    scene.things |= {"invitation": invitation.pk, "token": link.rstrip("/").rpartition("/")[2]}
    scene.things["member"] = make.member(team, "author").pk


def _member(scene: Scene, who: str) -> Membership:
    return Membership.objects.get(team=scene.team, user=scene.users[who])


def _posts(scene: Scene) -> None:
    """A draft with an image, a post that waits for its time, and one that is out."""
    author, reviewer = _member(scene, "author"), _member(scene, "reviewer")
    channel = make.channel(scene.team)
    draft = make.post(author, channel)
    image = images.add(
        post_id=draft.pk, version=1, member=author, data=make.picture(), filename="a.png", alt="A blue wall."
    )
    out = make.post(author, channel, text="The lighthouse opens its stairs on Sunday.")
    images.add(post_id=out.pk, version=1, member=author, data=make.picture(), filename="b.png", alt="Blue.")
    out.refresh_from_db()
    out = make.make_due(_through(author, reviewer, out))
    sender.send(out.deliveries.get().pk)
    waiting = make.approved(author, reviewer, channel, text="Bring a torch for the night walk.")
    content = Submission.objects.get(origin=out.origin).frozen
    scene.things |= {
        "draft": draft.pk,
        "image": image.pk,
        "blob": image.master_sha256,
        "post": waiting.pk,
        "submission": waiting.submission_id,
        "delivery": waiting.deliveries.get().pk,
        "channel": channel.pk,
        "media": next(iter(content.media())),
    }


def _through(author: Membership, reviewer: Membership, post: Any) -> Any:
    submission = lifecycle.submit(post_id=post.pk, version=post.version, member=author)
    runner.run(submission.pk)
    submission.refresh_from_db()
    make.approve(submission, reviewer)
    post.refresh_from_db()
    return post


def _the_rest(scene: Scene) -> None:
    """Notices, a comment, a pause, and what else has a table."""
    submission = scene.things["submission"]
    make.beside(Submission.objects.get(pk=submission))
    gate.comment(submission_id=submission, member=_member(scene, "auditor"), text="Seen.")
    told = {}
    for who, user in scene.users.items():
        notices.notify(team=scene.team, users=[user], text="Something happened.")
        told[who] = user.notices.latest("pk").pk
    pauses.pause(by=scene.users["admin"], reason="A storm.", member=_member(scene, "admin"))
    Beat.objects.create(name="dispatcher", at=timezone.now())
    InstanceApp.objects.create(
        instance="https://example.org", redirect_uri="https://example.org/", sealed=b""
    )
    scene.things["evidence"] = make.evidence(_member(scene, "author")).pk
    ledger.checkpoint()
    scene.things |= {
        "notices": told,
        "entry": Entry.objects.filter(team_id=scene.team.pk).latest("index").index,
        "bluesky": "bluesky",
        "table": "checks",
        "finding": Submission.objects.get(pk=submission).findings.latest("pk").pk,
        "csv": "csv",
        "app": "gate",
        "number": 1,
        "version": 1,
        "uid": "0",
        "key": "set-password",
    }


def rule(name: str) -> Page | None:
    """The line of the table for this address; names of the admin site's models match with a star."""
    table = {**TEAM, **ELSEWHERE}
    starred = next((page for key, page in table.items() if "*" in key and fnmatchcase(name, key)), None)
    return table.get(name) or starred


@contextmanager
def writes() -> Iterator[list[str]]:
    """The statements that change rows, sessions apart."""
    found: list[str] = []

    def look(execute: Any, sql: str, params: Any, many: bool, context: Any) -> Any:
        if CHANGES.match(sql) and "django_session" not in sql:
            found.append(sql)
        return execute(sql, params, many, context)

    with connection.execute_wrapper(look):
        yield found


LINK = re.compile(r"""(?:href|action|hx-get|hx-post)="(/[^"?#]*)""")


def closed_ways(answer: HttpResponseBase, role: str) -> set[str]:
    """Addresses of a team that a page offers and that this role may not open or press."""
    found = set()
    for link in set(LINK.findall(getattr(answer, "content", b"").decode())):
        with suppress(Resolver404):
            name = resolve(link).url_name
            if name in TEAM and role not in TEAM[name].roles and name != "member-end":  # leaving: one's own
                found.add(name)
    return found


def is_sign_in(response: HttpResponseBase) -> bool:
    return response.status_code == 302 and response.headers["Location"].startswith(SIGN_IN)


class Table(SimpleTestCase):
    def test_every_address_is_in_it(self) -> None:
        assert [name for name in NAMES if rule(name) is None] == []

    def test_every_line_of_it_is_an_address(self) -> None:
        lines = [*TEAM, *ELSEWHERE]
        assert [line for line in lines if not any(fnmatchcase(name, line) for name in NAMES)] == []

    def test_what_belongs_to_a_team_is_under_the_team_s_address(self) -> None:
        assert {name for name, route in addresses() if route.startswith("t/<slug:team>/")} == set(TEAM)


@pytest.mark.django_db  # it runs on the second database, too
class Permissions(TestCase):
    """One scene for all: it takes seconds to make, and there are hundreds of questions."""

    scene: Scene

    @classmethod
    def setUpClass(cls) -> None:
        folder = Path(tempfile.mkdtemp(prefix="countersign-permissions-"))
        cls.addClassCleanup(shutil.rmtree, folder, ignore_errors=True)
        keys.ensure_key(folder / "log.pem")
        cls.enterClassContext(override_settings(**_places(folder)))
        super().setUpClass()

    @classmethod
    def setUpTestData(cls) -> None:
        cls.scene = Scene(make.team(), make.team())
        _people(cls.scene)
        _posts(cls.scene)
        _the_rest(cls.scene)

    @contextmanager
    def about(self, name: str) -> Iterator[tuple[Page, list[str]]]:
        """One question: its line of the table, and what was written since. It is all taken back."""
        found = rule(name)
        assert found is not None, name
        with self.subTest(name), transaction.atomic(), writes() as written:
            yield found, written
            transaction.set_rollback(True)

    def test_a_team_s_page_is_closed_to_others(self) -> None:
        for name in TEAM:
            with self.about(name) as (page, written):
                assert is_sign_in(self.scene.ask("", name, page))
                for stranger in ("other team", "left", "operator"):
                    assert self.scene.ask(stranger, name, page).status_code == 404, stranger
                assert written == []

    def test_another_team_s_things_are_not_in_one_s_own_team(self) -> None:
        for name in [name for name, page in TEAM.items() if set(page.args.split()) - WORDS]:
            with self.about(name) as (page, written):
                answer = self.scene.ask("other team", name, page, team=self.scene.other)
                assert answer.status_code == 404
                assert written == []

    def test_the_wrong_role_is_refused_before_anything_changes(self) -> None:
        for name in [name for name, page in TEAM.items() if page.who != "member"]:
            with self.about(name) as (page, written):
                wrong = [role for role in ROLES if role not in page.roles] + ["no role"]
                if len(page.roles) == 1:
                    wrong.append(f"all but {page.roles[0]}")
                for who in wrong:
                    assert self.scene.ask(who, name, page).status_code == 403, who
                assert written == []

    def test_the_right_role_is_answered(self) -> None:
        for name in TEAM:
            with self.about(name) as (page, _):
                for who in page.roles:
                    with transaction.atomic():
                        answer = self.scene.ask(who, name, page)
                        assert answer.status_code == page.status, who
                        assert not page.shown or closed_ways(answer, who) == set(), who
                        transaction.set_rollback(True)

    def test_a_link_alone_changes_nothing(self) -> None:
        for name in [name for name, page in TEAM.items() if page.method == "POST"]:
            with self.about(name) as (page, written):
                answer = self.scene.browser(page.roles[0]).get(self.scene.url(name, page, page.roles[0]))
                assert answer.status_code in (302, 405)
                assert written == []

    def test_pages_of_no_team(self) -> None:
        for name in [name for name in NAMES if name not in TEAM]:
            with self.about(name) as (page, written):
                right = {"anybody": "", "person": "author", "operator": "operator"}[page.who]
                if right:
                    assert is_sign_in(self.scene.ask("", name, page)) or self.scene.ends_at_sign_in(
                        name, page
                    )
                if right == "operator":
                    refused = self.scene.ask("author", name, page)
                    assert refused.status_code == 403 or refused.headers["Location"].startswith("/admin/")
                assert written == []
                assert self.scene.ask(right, name, page).status_code == page.status

    def test_the_operators_window_changes_nothing(self) -> None:
        changing = ("_add", "_change", "_delete")
        for name in [name for name in NAMES if name.endswith(changing) and name not in {**TEAM, **ELSEWHERE}]:
            with self.about(name) as (page, written):
                url = self.scene.url(name, page, "operator")
                answer = self.scene.browser("operator").post(url, {"post": "yes", "_save": "Save"})
                assert answer.status_code == 403
                assert written == []
