"""Every address of the product: who may open it, and what it answers. The tests of permissions and of
accessibility go through this one table, and the first fails on an address that is not in it.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal

from django.urls import URLPattern, URLResolver, get_resolver

ROLES = ("author", "reviewer", "auditor", "admin")
Method = Literal["GET", "POST"]


@dataclass(frozen=True, slots=True)
class Page:
    """`who`: anybody, person (signed in), operator (runs the installation), member (any), or roles of a team.

    `args` names the things in the address after the team. `status` is what the right person is answered to
    `method`; a POST is sent empty. `shown`: it is a page to look at, on which axe is run.
    """

    who: str
    status: int = 200
    args: str = ""
    method: Method = "GET"
    shown: bool = True

    @property
    def roles(self) -> tuple[str, ...]:
        """The roles of which one is needed; () where the team does not matter."""
        return ROLES if self.who == "member" else tuple(r for r in self.who.split() if r in ROLES)

    @property
    def is_of_a_team(self) -> bool:
        return bool(self.roles)


def page(who: str, args: str = "") -> Page:
    """A page to look at."""
    return Page(who, args=args)


def leads(who: str, args: str = "") -> Page:
    """A GET that only leads elsewhere."""
    return Page(who, 302, args, shown=False)


def file(who: str, args: str = "") -> Page:
    """A GET that answers something else than a page."""
    return Page(who, 200, args, shown=False)


def nothing_yet(who: str) -> Page:
    """A page about something that nobody in the tests has."""
    return Page(who, 404, shown=False)


def act(who: str, args: str = "", status: int = 302) -> Page:
    """A POST; `status` is the answer to an empty one."""
    return Page(who, status, args, "POST", shown=False)


TEAM: dict[str, Page] = {
    "team-home": leads("member"),
    # Calendar, posts
    "calendar": page("member"),
    "posts": page("member"),
    "post": page("member", "post"),
    "compose": page("author"),
    "edit": page("author", "draft"),
    "autosave": act("author", status=200),
    "preview": act("author", status=200),
    "image-add": act("author", status=400),
    "image-change": act("author", "draft image", status=400),
    "post-submit": act("author", "draft", status=409),
    "post-withdraw": act("author", "post"),
    "post-cancel": page("author admin", "post"),
    "post-retime": page("author", "post"),
    "post-submit-again": act("author", "post", status=409),
    "post-duplicate": act("author", "post"),
    "delivery": page("member", "delivery"),
    "delivery-settle": act("author reviewer admin", "delivery", status=422),
    "missed": page("member"),
    "missed-move": act("author"),
    "pause": page("admin reviewer"),
    "resume": act("admin reviewer"),
    # The gate
    "review-queue": page("member"),
    "review": page("member", "submission"),
    "review-progress": file("member", "submission"),
    "review-next": leads("reviewer", "submission"),
    "review-approve": act("reviewer", "submission", status=409),
    "review-changes": act("reviewer", "submission", status=422),
    "review-reject": act("reviewer", "submission", status=422),
    "review-revoke": act("reviewer admin", "submission", status=422),
    "review-claim": act("reviewer", "submission", status=409),
    "review-release": act("reviewer", "submission"),
    "review-recheck": act("author reviewer admin", "submission", status=409),
    "review-comment": act("member", "submission", status=422),
    "blob": file("member", "blob"),
    "finding-not-helpful": act("reviewer", "finding"),
    "finding-override": act("reviewer", "finding", status=409),
    "gate-report": page("reviewer auditor admin"),
    "gate-report-csv": file("reviewer auditor admin", "table"),
    # Evidence
    "evidence": page("member"),
    "evidence-add": page("author reviewer admin"),
    "evidence-piece": page("member", "evidence"),
    "evidence-renew": page("author reviewer admin", "evidence"),
    "evidence-retire": act("author reviewer admin", "evidence", status=422),
    "evidence-text": page("member", "evidence"),
    "evidence-file": file("member", "evidence"),
    # Personal posts
    "self-check": page("member"),
    # The code of conduct
    "policy": page("member"),
    "policy-version": page("member", "version"),
    "policy-acknowledge": act("member", status=409),
    "policy-edit": page("admin"),
    "policy-readers": page("admin reviewer auditor", "version"),
    "policy-readers-csv": file("admin reviewer auditor", "version"),
    "policy-remind": act("admin reviewer auditor", "version"),
    # The publish log, the sandbox
    "log": page("member"),
    "log-verify": act("auditor admin", status=200),
    "log-export": file("auditor admin", "csv"),
    "log-entry": page("member", "entry"),
    "log-entry-verify": act("auditor admin", "entry", status=200),
    "log-entry-proof": file("auditor admin", "entry"),
    "sandbox": page("member", "channel"),
    "sandbox-media": file("member", "channel media"),
    "sandbox-rehearse": act("admin", "channel", status=422),
    # Channels, team, notices
    "channels": page("member"),
    "channel-connect": page("admin", "bluesky"),
    "channel-reconnect": page("admin", "channel"),
    "channel-disconnect": page("admin", "channel"),
    "channel-check": act("admin", "channel"),
    "mastodon-leave": leads("admin"),
    "team": page("member"),
    "team-invite": act("admin", status=422),
    "team-settings": act("admin", status=422),
    "invitation-revoke": act("admin", "invitation"),
    "member": page("admin", "member"),
    "member-end": page("admin", "member"),
    "notices": page("member"),
    "notices-read": act("member"),
    "notice": leads("member", "notice"),
}
"""Under /t/<team>/."""

ELSEWHERE: dict[str, Page] = {
    "home": leads("anybody"),
    "first-run": leads("anybody"),
    "healthz": file("anybody"),
    "readyz": Page("anybody", 503, shown=False),
    "metrics": Page("anybody", 404, shown=False),
    "teams": page("person"),
    "team-new": page("operator"),
    "invitation": page("anybody", "token"),
    "mastodon-callback": leads("person"),
    # Signing in (allauth). Signing up is closed; two-step and passkey pages want a fresh sign-in first.
    "account_login": page("anybody"),
    "account_signup": page("anybody"),
    "account_inactive": page("anybody"),
    "account_reset_password": page("anybody"),
    "account_reset_password_done": page("anybody"),
    "account_reset_password_from_key": page("anybody", "uid key"),
    "account_reset_password_from_key_done": page("anybody"),
    "account_email_verification_sent": page("anybody"),
    "account_confirm_email": page("anybody", "key"),
    "account_confirm_login_code": leads("anybody"),
    "account_logout": page("person"),
    "account_email": page("person"),
    "account_change_password": page("person"),
    "account_set_password": leads("person"),
    "account_reauthenticate": page("person"),
    "mfa_index": page("person"),
    "mfa_activate_totp": leads("person"),
    "mfa_deactivate_totp": nothing_yet("person"),
    "mfa_view_recovery_codes": nothing_yet("person"),
    "mfa_generate_recovery_codes": leads("person"),
    "mfa_download_recovery_codes": nothing_yet("person"),
    "mfa_list_webauthn": page("person"),
    "mfa_add_webauthn": leads("person"),
    "mfa_remove_webauthn": leads("person", "number"),
    "mfa_edit_webauthn": leads("person", "number"),
    "mfa_reauthenticate": leads("person"),
    "mfa_reauthenticate_webauthn": leads("person"),
    "mfa_authenticate": leads("anybody"),
    "mfa_login_webauthn": leads("anybody"),
    # The operators' window: read only for everybody
    "admin:index": page("operator"),
    "admin:login": leads("operator"),
    "admin:logout": act("operator", status=200),
    "admin:password_change": leads("person"),
    "admin:password_change_done": page("operator"),
    "admin:autocomplete": Page("operator", 403, shown=False),
    "admin:jsi18n": file("operator"),
    "admin:view_on_site": Page("operator", 404, "number number", shown=False),
    "admin:app_list": page("operator", "app"),
    "admin:": leads("operator"),
    "admin:*_changelist": page("operator"),
    "admin:*_change": page("operator", "row"),
    "admin:*_history": page("operator", "row"),
    "admin:*_add": Page("operator", 403, shown=False),
    "admin:*_delete": Page("operator", 403, "row", shown=False),
}


def addresses() -> Iterator[tuple[str, str]]:
    """Name and route of every address that the product answers, allauth's and the admin site's too."""
    yield from _walk(get_resolver())


def _walk(resolver: URLResolver, route: str = "", spaces: tuple[str, ...] = ()) -> Iterator[tuple[str, str]]:
    for pattern in resolver.url_patterns:
        here = route + str(pattern.pattern)
        if isinstance(pattern, URLPattern):
            yield ":".join([*spaces, pattern.name or ""]), here
        else:
            space = (pattern.namespace,) if pattern.namespace else ()
            yield from _walk(pattern, here, (*spaces, *space))
