"""Telling people. The notice is written in the caller's transaction; the e-mail leaves after it."""

from collections.abc import Iterable

from django.conf import settings

from accounts.models import Membership, Notice, Team, User
from accounts.tasks import mail_later


def notify(*, team: Team, users: Iterable[User], text: str, url: str = "", mail: str = "") -> None:
    """One notice a person, and the same as mail, or in `mail` the longer words that a notice has no room for. A mail
    server that is down keeps nobody from working: the notice stands in the product."""
    people = {user.pk: user for user in users if user.is_active}
    Notice.objects.bulk_create(
        [Notice(team=team, user=user, text=text[:500], url=url) for user in people.values()]
    )
    for user in people.values():
        mail_later(user.email, f"[{team}] {text}"[:120], f"{mail or text}\n\n{settings.BASE_URL}{url}")


def who_hears(team: Team, author: User) -> list[User]:
    """Who is told what became of somebody's post: that person; where they have left the team, its admins, so that no
    post is missed in silence and nobody outside hears of it."""
    members = Membership.objects.filter(team=team, ended_at__isnull=True, user__is_active=True)
    if members.filter(user=author).exists():
        return [author]
    return [member.user for member in members.filter(is_admin=True).select_related("user").order_by("pk")]
