"""Telling people. The notice is written in the caller's transaction; the e-mail leaves after it."""

import logging
from collections.abc import Iterable

from django.conf import settings
from django.core.mail import send_mail
from django.db import transaction

from accounts.models import Notice, Team, User

logger = logging.getLogger(__name__)


def notify(*, team: Team, users: Iterable[User], text: str, url: str = "") -> None:
    """One notice a person; a mail server that is down is logged and keeps nobody from working."""
    people = {user.pk: user for user in users if user.is_active}
    Notice.objects.bulk_create(
        [Notice(team=team, user=user, text=text[:500], url=url) for user in people.values()]
    )
    addresses = [user.email for user in people.values()]
    transaction.on_commit(
        lambda: _mail(addresses, f"[{team}] {text}"[:120], f"{text}\n\n{settings.BASE_URL}{url}")
    )


def _mail(addresses: list[str], subject: str, body: str) -> None:
    for address in addresses:
        try:
            send_mail(" ".join(subject.split()), body, None, [address])
        except OSError:
            logger.warning(
                "An e-mail notice could not be sent; the notice stands in the product.", exc_info=True
            )
