"""Inviting somebody, and withdrawing it."""

from datetime import timedelta
from typing import Any

import pytest
from django.core import mail
from django.test import Client
from django.utils import timezone
from pytest_django import DjangoCaptureOnCommitCallbacks

from accounts import invitations
from accounts.errors import Closed, NotAllowed, Refused
from accounts.models import Invitation, Membership, Role, Team, token_digest
from tests import factories
from tests.accounts import log
from tests.accounts.conftest import Enter

pytestmark = pytest.mark.django_db


def post(client: Client, team: Team, **data: object) -> str:
    """Invites over the page; gives the page that follows."""
    response = client.post(f"/t/{team.slug}/team/invite/", data, follow=True)
    assert response.status_code == 200
    return response.content.decode()


def token_in(page: str) -> str:
    return page.split("/invite/")[1].split("/")[0]


def test_the_link_is_mailed_and_shown_once(
    enter: Enter, admin: Membership, django_capture_on_commit_callbacks: DjangoCaptureOnCommitCallbacks
) -> None:
    client = enter(admin)
    with django_capture_on_commit_callbacks(execute=True):
        page = post(client, admin.team, email="New@Example.org", roles=["reviewer", "auditor"])
    token = token_in(page)
    invitation = Invitation.objects.get()
    assert (invitation.email, invitation.roles) == ("new@example.org", [Role.REVIEWER, Role.AUDITOR])
    assert invitation.token_sha256 == token_digest(token)
    assert timedelta(days=6.9) < invitation.expires_at - timezone.now() <= timedelta(days=7)
    [message] = mail.outbox
    assert message.to == ["new@example.org"]
    assert f"/invite/{token}/" in message.body
    again = client.get(f"/t/{admin.team.slug}/team/").content.decode()
    assert "new@example.org" in again
    assert token not in again


def test_the_token_lies_nowhere_but_in_mail_and_page(enter: Enter, admin: Membership) -> None:
    client = enter(admin)
    client.post(f"/t/{admin.team.slug}/team/invite/", {"email": "new@example.org", "roles": ["author"]})
    waiting = dict(client.session)
    page = client.get(f"/t/{admin.team.slug}/team/").content.decode()
    token = token_in(page)
    assert token not in str(waiting)
    assert token not in log.everything()
    assert token not in str(list(Invitation.objects.values()))


def test_an_invitation_is_in_the_log_with_roles_and_the_address_erasable(
    enter: Enter, admin: Membership
) -> None:
    post(enter(admin), admin.team, email="new@example.org", roles=["admin"])
    leaf = log.only(admin.team, "member.invited")
    assert leaf["data"]["roles"] == ["admin"]
    assert leaf["actor"] == admin.user_id
    assert "new@example.org" not in str(leaf)


@pytest.mark.parametrize(
    ("data", "words"),
    [
        ({"email": "not an address", "roles": ["author"]}, "valid email address"),
        ({"email": "kept@example.org"}, "Choose at least one role."),
        ({"email": "kept@example.org", "roles": ["owner"]}, "owner"),
    ],
)
def test_a_bad_answer_is_shown_and_nothing_is_lost(
    enter: Enter, admin: Membership, data: dict[str, object], words: str
) -> None:
    response = enter(admin).post(f"/t/{admin.team.slug}/team/invite/", data)
    assert response.status_code == 422
    page = response.content.decode()
    assert words in page
    assert str(data["email"]) in page
    assert not Invitation.objects.exists()


def test_a_member_is_not_invited_again(enter: Enter, admin: Membership, author: Membership) -> None:
    response = enter(admin).post(
        f"/t/{admin.team.slug}/team/invite/", {"email": author.user.email.upper(), "roles": ["author"]}
    )
    assert response.status_code == 422
    assert "is a member of" in response.content.decode()


def test_a_second_invitation_replaces_the_first(admin: Membership) -> None:
    _, first = invitations.invite(by=admin, email="new@example.org", roles=[Role.AUTHOR])
    invitations.invite(by=admin, email="new@example.org", roles=[Role.AUDITOR])
    with pytest.raises(Closed, match="withdrawn"):
        invitations.accept_as_new(token=token_in(first), name="New", password=factories.PASSWORD)


def test_only_admins_invite(enter: Enter, author: Membership) -> None:
    url = f"/t/{author.team.slug}/team/invite/"
    assert enter(author).post(url, {"email": "x@example.org", "roles": ["admin"]}).status_code == 403
    with pytest.raises(NotAllowed):
        invitations.invite(by=author, email="x@example.org", roles=[Role.ADMIN])
    assert not Invitation.objects.exists()


def test_an_admin_who_was_taken_out_meanwhile_invites_nobody(admin: Membership) -> None:
    Membership.objects.filter(pk=admin.pk).update(ended_at=timezone.now())
    with pytest.raises(NotAllowed, match="no longer a member"):
        invitations.invite(by=admin, email="x@example.org", roles=[Role.AUTHOR])


def test_no_role_is_refused_by_the_service_too(admin: Membership) -> None:
    with pytest.raises(Refused, match="at least one role"):
        invitations.invite(by=admin, email="x@example.org", roles=[])


def test_a_withdrawn_link_no_longer_works(enter: Enter, admin: Membership) -> None:
    invitation, link = invitations.invite(by=admin, email="new@example.org", roles=[Role.AUTHOR])
    client, url = enter(admin), f"/t/{admin.team.slug}/team/invitations/{invitation.pk}/revoke/"
    assert client.post(url).status_code == 302
    assert log.only(admin.team, "invitation.revoked")["data"] == {"invitation": invitation.pk}
    response = Client().get(f"/invite/{token_in(link)}/")
    assert response.status_code == 410
    assert "withdrawn" in response.content.decode()
    again = client.post(url)
    assert again.status_code == 409
    assert "withdrawn" in again.content.decode()
    log.only(admin.team, "invitation.revoked")


def test_another_teams_invitation_is_not_found(enter: Enter, admin: Membership) -> None:
    other = factories.member(factories.team(), "admin")
    invitation, _ = invitations.invite(by=other, email="new@example.org", roles=[Role.AUTHOR])
    response = enter(admin).post(f"/t/{admin.team.slug}/team/invitations/{invitation.pk}/revoke/")
    assert response.status_code == 404
    invitation.refresh_from_db()
    assert invitation.is_open


def test_a_mail_server_that_is_down_keeps_nobody_out(
    enter: Enter,
    admin: Membership,
    settings: Any,
    django_capture_on_commit_callbacks: DjangoCaptureOnCommitCallbacks,
) -> None:
    settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
    settings.EMAIL_HOST, settings.EMAIL_PORT = "127.0.0.1", 1
    with django_capture_on_commit_callbacks(execute=True):
        page = post(enter(admin), admin.team, email="new@example.org", roles=["author"])
    assert "/invite/" in page
