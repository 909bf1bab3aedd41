"""Tasks of accounts/, for the `gate` cluster: what may take long and holds nobody up."""

import logging

from django.core import mail
from django.db import transaction

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
    nothing holds up no page and no post. The queue keeps its tasks in the database, so a message that holds a secret
    goes another way (accounts/invitations.py)."""
    # Imported here because django_q reads its models at import, before the apps are ready.
    from django_q.tasks import async_task

    subject = " ".join(subject.split())
    task = "accounts.tasks.send_mail"
    transaction.on_commit(
        lambda: async_task(task, address, subject, body, cluster="gate", group="mail", save=False),
        robust=True,
    )
