"""Tasks of accounts/, for the `gate` cluster: what may take long and holds nobody up."""

import logging

from django.core import mail
from django.db import transaction

from accounts import queue

logger = logging.getLogger(__name__)


def send_mail(address: str, subject: str, body: str) -> None:
    """One message. It is tried once: whatever it says stands in the product, too."""
    try:
        mail.send_mail(subject, body, None, [address])
    except (
        OSError,
        ValueError,
    ) as error:  # smtplib's errors are OSErrors; a header that cannot be is a ValueError
        logger.warning("A message could not be sent (%s).", type(error).__name__)


def mail_later(address: str, subject: str, body: str) -> None:
    """The message leaves after the caller's transaction, from the task queue: a mail server that is slow or says
    nothing holds up no page and no post. The queue keeps its tasks in the database or in Redis, so a message that holds
    a secret goes another way (accounts/invitations.py)."""
    subject = " ".join(subject.split())

    transaction.on_commit(lambda: _hand_over(address, subject, body), robust=True)


def _hand_over(address: str, subject: str, body: str) -> None:
    if not queue.hand_over("accounts.tasks.send_mail", address, subject, body, cluster="gate", group="mail"):
        logger.error("A message will not be mailed: the task queue did not take it. The notice stands.")
