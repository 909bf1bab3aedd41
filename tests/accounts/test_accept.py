"""Coming in by an invitation's link."""

import threading
from datetime import timedelta

import pytest
from allauth.account.models import EmailAddress
from django.db import connection
from django.test import Client
from django.utils import timezone

from accounts import invitations, services
from accounts.errors import AccountsError, Closed
from accounts.models import Invitation, Membership, Notice, Role, User
from tests import factories
from tests.accounts import log
from tests.accounts.conftest import Enter
from tests.accounts.log import written

pytestmark = pytest.mark.django_db

NEW = {"name": "Jun Watanabe", "password": factories.PASSWORD}


@pytest.fixture
def token(admin: Membership) -> str:
    _, link = invitations.invite(by=admin, email="jun@example.org", roles=[Role.REVIEWER])
    return link.rstrip("/").rpartition("/")[2]


def test_somebody_new_gets_an_account_and_is_signed_in(admin: Membership, token: str) -> None:
    client = Client()
    assert "jun@example.org" in client.get(f"/invite/{token}/").content.decode()
    response = client.post(f"/invite/{token}/", NEW)
    assert response.status_code == 302
    member = Membership.objects.get(user__email="jun@example.org")
    assert member.team == admin.team
    assert member.roles == [Role.REVIEWER]
    assert member.user.name == "Jun Watanabe"
    assert not member.user.is_superuser
    address = EmailAddress.objects.get(user=member.user)
    assert (address.email, address.verified, address.primary) == ("jun@example.org", True, True)
    assert client.get(f"/t/{admin.team.slug}/team/").status_code == 200
    assert Invitation.objects.get().accepted_by == member.user


def test_the_new_account_signs_in_later(token: str) -> None:
    Client().post(f"/invite/{token}/", NEW)
    client = Client()
    client.post("/accounts/login/", {"login": "jun@example.org", "password": factories.PASSWORD})
    assert "_auth_user_id" in client.session


def test_joining_is_one_entry_and_the_inviter_hears(admin: Membership, token: str) -> None:
    member = invitations.accept_as_new(token=token, **NEW)
    leaf = log.only(admin.team, "member.joined")
    assert leaf["actor"] == member.user_id
    assert leaf["data"]["roles"] == ["reviewer"]
    assert leaf["data"]["invited_by"] == admin.user_id
    assert "Jun" not in str(leaf)
    assert "Jun Watanabe joined" in Notice.objects.get(user=admin.user).text


@pytest.mark.parametrize(
    ("password", "words"),
    [("short", "too short"), ("password123", "too common"), ("jun@example.org", "too similar")],
)
def test_a_weak_password_is_refused_and_the_name_kept(token: str, password: str, words: str) -> None:
    response = Client().post(f"/invite/{token}/", {"name": "Jun Watanabe", "password": password})
    assert response.status_code == 422
    page = response.content.decode()
    assert words in page
    assert 'value="Jun Watanabe"' in page
    [field] = [line for line in page.split("<input") if 'name="password"' in line]
    assert "value=" not in field
    assert Invitation.objects.get().is_open


def test_the_link_is_not_in_the_server_log(token: str) -> None:
    with written() as text:
        Client().post(f"/invite/{token}/", {"name": "", "password": ""})
    assert "/invite/•••/" in text.getvalue()
    assert token not in text.getvalue()


def test_a_used_link_says_so(token: str) -> None:
    Client().post(f"/invite/{token}/", NEW)
    for method in ("get", "post"):
        response = getattr(Client(), method)(f"/invite/{token}/", {**NEW, "name": "Second"})
        assert response.status_code == 410
        assert "has been used" in response.content.decode()
    assert User.objects.filter(name="Second").count() == 0


def test_an_expired_link_says_so(token: str) -> None:
    Invitation.objects.update(expires_at=timezone.now() - timedelta(seconds=1))
    response = Client().post(f"/invite/{token}/", NEW)
    assert response.status_code == 410
    assert "expired" in response.content.decode()
    with pytest.raises(Closed, match="expired"):
        invitations.accept_as_new(token=token, **NEW)
    assert not User.objects.filter(email="jun@example.org").exists()


def test_an_unknown_link_is_not_found() -> None:
    assert Client().get("/invite/nothing/").status_code == 404
    with pytest.raises(Closed, match="no such invitation"):
        invitations.accept_as_new(token="nothing", **NEW)


def test_somebody_with_an_account_signs_in_first(token: str) -> None:
    services.create_user(email="jun@example.org", name="Jun", password=factories.PASSWORD)
    client = Client()
    page = client.get(f"/invite/{token}/").content.decode()
    assert f"/accounts/login/?next=/invite/{token}/" in page
    assert 'name="password"' not in page
    client.post(f"/invite/{token}/", NEW)
    assert Invitation.objects.get().is_open
    where = client.post(
        f"/accounts/login/?next=/invite/{token}/",
        {"login": "jun@example.org", "password": factories.PASSWORD, "next": f"/invite/{token}/"},
    )
    assert where.headers["Location"] == f"/invite/{token}/"
    client.post(f"/invite/{token}/")
    assert Membership.objects.get(user__email="jun@example.org").is_reviewer


def test_a_signed_in_person_with_another_address_is_told_and_named(
    enter: Enter, admin: Membership, token: str
) -> None:
    other = factories.user("Ingrid Berg")
    client = enter(other)
    page = client.get(f"/invite/{token}/").content.decode()
    assert "was sent to jun@example.org" in page
    client.post(f"/invite/{token}/")
    assert Membership.objects.get(team=admin.team, user=other).is_reviewer
    assert log.only(admin.team, "member.joined")["actor"] == other.pk


def test_a_member_does_not_use_up_an_invitation(enter: Enter, author: Membership, token: str) -> None:
    response = enter(author).post(f"/invite/{token}/")
    assert "was not used" in response.content.decode()
    author.refresh_from_db()
    assert author.roles == [Role.AUTHOR]
    with pytest.raises(AccountsError, match="a member of"):
        invitations.accept_as(token=token, user=author.user)
    assert Invitation.objects.get().is_open


def test_a_former_member_comes_back_with_the_new_roles(
    admin: Membership, author: Membership, token: str
) -> None:
    services.end_membership(by=admin, member_id=author.pk)
    back = invitations.accept_as(token=token, user=author.user)
    assert back.pk == author.pk
    assert back.ended_at is None
    assert back.roles == [Role.REVIEWER]


@pytest.mark.django_db(transaction=True)
def test_of_two_at_once_one_comes_in(admin: Membership, token: str) -> None:
    people = [factories.user(), factories.user()]
    barrier, refused = threading.Barrier(2), []

    def accept(user: User) -> None:
        barrier.wait()
        try:
            invitations.accept_as(token=token, user=user)
        except Closed as error:
            refused.append(error.message)
        finally:
            connection.close()

    threads = [threading.Thread(target=accept, args=[user]) for user in people]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(refused) == 1
    assert Membership.objects.filter(team=admin.team, user__in=people).count() == 1
    assert len(log.entries(admin.team, "member.joined")) == 1
