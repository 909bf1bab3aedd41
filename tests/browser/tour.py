"""A walk through every page of the demo team that is there to look at: who opens it, and at which address.

The list is the table of tests/pages.py, so a new page is looked at as soon as it has its line there. The admin
site's pages are Django's own and not looked at.
"""

from __future__ import annotations

import json
from typing import Any, Literal

from django.urls import reverse

from tests.browser.installation import Installation
from tests.pages import ELSEWHERE, TEAM, Page

SLUG = "harbour-trust"
PAGES = {name: page for name, page in {**TEAM, **ELSEWHERE}.items() if page.shown and ":" not in name}
READERS = {
    "calendar": "author",
    "posts": "author",
    "missed": "author",
    "post": "author",
    "review": "reviewer",
    "log-entry": "auditor",
}
"""Who looks, where somebody else than an admin sees more."""
WIDTHS = {1280: 900, 390: 844}
SCHEMES: tuple[Literal["light", "dark"], ...] = ("light", "dark")

THINGS = """
import json
from django.conf import settings
from django.utils import timezone
from accounts import invitations
from accounts.models import Membership, User
from gate.models import Submission
from ledger.models import Entry
from platforms import rehearsal, sandbox
from platforms.rehearsal import Fault, Kind
from scheduler import reconcile, sender
from scheduler.models import Delivery, Post
from tests import factories as make

team = Membership.objects.filter(is_admin=True).latest("pk").team
admin = Membership.objects.get(team=team, is_admin=True)
_, link = invitations.invite(by=admin, email="axe@harbour.example", roles=["author"])
User.objects.filter(pk=admin.user_id).update(is_superuser=True)  # runs the installation, too

def lost():
    # A delivery whose answer was lost, on an account that then could not say what it has: a person is asked.
    author, reviewer = (team.members.get(user__email=f"{who}@harbour.example") for who in ("author", "reviewer"))
    channel = team.channels.order_by("pk").last()
    home = settings.SANDBOX_DIR / str(team.pk) / channel.account_id
    for kind in [Kind.NO_ANSWER, *[Kind.FIND_FAILS] * reconcile.LOOKS_MOST]:
        rehearsal.ask_for(home, Fault(kind))
    text = "The fog horn is tested on Thursday at noon. It is loud, and soon over."
    post = make.approved(author, reviewer, channel, title="Fog horn", text=text)
    delivery = make.make_due(post).deliveries.get()
    while delivery.state != "unknown" or delivery.next_try_at:  # the installation may be at it as well
        sender.send(delivery.pk)
        looks = Delivery.objects.filter(pk=delivery.pk, state="unknown", next_try_at__isnull=False)
        looks.update(next_try_at=timezone.now())
        reconcile.look(delivery.pk)
        delivery.refresh_from_db()
    return delivery

print(json.dumps({
    "post": Post.objects.get(title="Meet the crew").pk,
    "draft": Post.objects.get(title="Winter opening").pk,
    "submission": Submission.objects.get(title="Beach clean-up results").pk,
    "channel": team.channels.order_by("pk").first().pk,
    "delivery": lost().pk,
    "evidence": make.evidence(admin).pk,
    "entry": Entry.objects.filter(team_id=team.pk, kind="delivery.sent").latest("index").index,
    "member": team.members.get(is_auditor=True).pk,
    "token": link.rstrip("/").rpartition("/")[2],
    "bluesky": "bluesky", "version": 1, "uid": "0", "key": "set-password",
}))
"""


def things(product: Installation) -> dict[str, Any]:
    """What stands in the addresses."""
    found: dict[str, Any] = json.loads(product.ask(THINGS).splitlines()[-1])
    return found


def reader(name: str, page: Page) -> str:
    """Who opens it: "" is nobody."""
    if page.is_of_a_team:
        return READERS.get(name) or next(
            role for role in ("admin", "author", "reviewer") if role in page.roles
        )
    return {"anybody": "", "person": "author", "operator": "admin"}[page.who]


def address(name: str, page: Page, things: dict[str, Any]) -> str:
    start = [SLUG] if page.is_of_a_team else []
    return reverse(name, args=[*start, *(things[thing] for thing in page.args.split())])
