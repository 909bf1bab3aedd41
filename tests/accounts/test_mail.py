"""Mail goes through the task queue: a mail server that fails or says nothing holds nobody up."""

from __future__ import annotations

import socket
from collections.abc import Iterator
from typing import Any

import pytest
from django.conf import settings as configured
from django.core import mail
from django.db import transaction
from django.test import Client
from pytest_django import DjangoCaptureOnCommitCallbacks

from accounts import invitations, tasks
from accounts.models import Invitation, Membership, Notice, Role
from accounts.notices import notify
from tests import mails
from tests.accounts import log

pytestmark = pytest.mark.django_db

Commit = DjangoCaptureOnCommitCallbacks


@pytest.fixture
def silent_server(settings: Any) -> Iterator[socket.socket]:
    """A mail server that accepts connections and never says a word; we wait a quarter of a second for it."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
        settings.EMAIL_HOST, settings.EMAIL_PORT = server.getsockname()
        settings.EMAIL_TIMEOUT = 0.25
        yield server


def tell(*members: Membership, text: str = "Look here") -> None:
    notify(team=members[0].team, users=[member.user for member in members], text=text, url="/t/x/log/")


def test_a_notice_is_mailed_to_each_by_the_queue(
    admin: Membership, author: Membership, django_capture_on_commit_callbacks: Commit
) -> None:
    with django_capture_on_commit_callbacks(execute=True):
        tell(admin, author)
    assert mail.outbox == []
    assert {row.key for row in mails.waiting()} == {"gate"}
    assert mails.deliver() == 2
    assert [message.to for message in mail.outbox] == [[admin.user.email], [author.user.email]]
    assert {message.subject for message in mail.outbox} == {f"[{admin.team}] Look here"}
    assert mail.outbox[0].body == f"Look here\n\n{configured.BASE_URL}/t/x/log/"


def test_nothing_is_mailed_of_what_was_rolled_back(
    admin: Membership, django_capture_on_commit_callbacks: Commit
) -> None:
    @transaction.atomic
    def half_done() -> None:
        tell(admin)
        raise ZeroDivisionError

    with django_capture_on_commit_callbacks(execute=True), pytest.raises(ZeroDivisionError):
        half_done()
    assert mails.waiting() == []


def test_a_silent_mail_server_does_not_hold_the_caller(
    admin: Membership, silent_server: socket.socket, django_capture_on_commit_callbacks: Commit
) -> None:
    with django_capture_on_commit_callbacks(execute=True):
        tell(admin)
    silent_server.setblocking(False)
    with pytest.raises(BlockingIOError):
        silent_server.accept()
    assert Notice.objects.get().text == "Look here"


def test_the_queue_gives_a_silent_mail_server_up(
    admin: Membership, silent_server: socket.socket, django_capture_on_commit_callbacks: Commit
) -> None:
    with django_capture_on_commit_callbacks(execute=True):
        tell(admin)
    with log.written() as text:
        assert mails.deliver() == 1
    silent_server.accept()[0].close()
    assert "A message could not be sent (SMTPServerDisconnected)" in text.getvalue()
    assert admin.user.email not in text.getvalue()
    assert Notice.objects.count() == 1


def test_every_installation_has_a_limit() -> None:
    assert 0 < configured.EMAIL_TIMEOUT <= 30


@pytest.mark.parametrize("address", ["who@example.org\nBcc: all@example.org", "@", ""])
def test_an_address_that_cannot_be_written_is_logged_without_it(address: str) -> None:
    with log.written():
        tasks.send_mail(address, "Subject\nX-Header: 1", "Body")
    assert mail.outbox == []


def test_a_text_with_lines_makes_one_subject(
    admin: Membership, django_capture_on_commit_callbacks: Commit
) -> None:
    with django_capture_on_commit_callbacks(execute=True):
        tell(admin, text="One\r\nBcc: all@example.org")
    mails.deliver()
    assert mail.outbox[0].subject == f"[{admin.team}] One Bcc: all@example.org"


def test_an_invitation_stands_whatever_the_mail_server_does_and_is_not_in_the_queue(
    admin: Membership, silent_server: socket.socket, django_capture_on_commit_callbacks: Commit
) -> None:
    with log.written() as text, django_capture_on_commit_callbacks(execute=True):
        made, link = invitations.invite(by=admin, email="new@example.org", roles=[Role.AUTHOR])
    assert f"The mail of invitation {made.pk} could not be sent (SMTPServerDisconnected)" in text.getvalue()
    assert "new@example.org" not in text.getvalue()
    assert mails.waiting() == []
    assert Invitation.objects.get().accepted_at is None
    assert Client().get(link.removeprefix(configured.BASE_URL)).status_code == 200
