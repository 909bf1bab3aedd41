"""Roles, and leaving a team."""

import threading

import pytest
from django.db import connection
from pytest_django import DjangoAssertNumQueries

from accounts import services
from accounts.errors import AccountsError, Closed, NotAllowed
from accounts.models import Membership, Notice, Role
from tests import factories
from tests.accounts import log
from tests.accounts.conftest import Enter

pytestmark = pytest.mark.django_db


def member_url(member: Membership, ending: str = "") -> str:
    return f"/t/{member.team.slug}/team/members/{member.pk}/{ending}"


def test_an_admin_changes_roles(enter: Enter, admin: Membership, author: Membership) -> None:
    client = enter(admin)
    assert "checked" in client.get(member_url(author)).content.decode()
    response = client.post(member_url(author), {"roles": ["reviewer", "auditor"]})
    assert response.status_code == 302
    author.refresh_from_db()
    assert author.roles == [Role.REVIEWER, Role.AUDITOR]
    leaf = log.only(admin.team, "member.roles")
    assert (leaf["data"]["before"], leaf["data"]["after"]) == (["author"], ["reviewer", "auditor"])
    assert leaf["actor"] == admin.user_id
    assert "Reviewer, Auditor" in Notice.objects.get(user=author.user).text


def test_saving_the_same_roles_writes_nothing(admin: Membership, author: Membership) -> None:
    services.change_roles(by=admin, member_id=author.pk, roles=[Role.AUTHOR])
    assert not log.entries(admin.team, "member.roles")


def test_the_last_admin_stays_admin(enter: Enter, admin: Membership) -> None:
    client = enter(admin)
    response = client.post(member_url(admin), {"roles": ["author"]})
    assert response.status_code == 422
    assert "is the last admin of" in response.content.decode()
    response = client.post(member_url(admin, "end/"))
    assert response.status_code == 422
    assert "Make somebody else an admin first" in response.content.decode()
    admin.refresh_from_db()
    assert admin.is_admin
    assert admin.ended_at is None


def test_an_admin_who_cannot_sign_in_does_not_count(admin: Membership) -> None:
    other = factories.member(admin.team, "admin")
    other.user.is_active = False
    other.user.save()
    with pytest.raises(AccountsError, match="last admin"):
        services.end_membership(by=admin, member_id=admin.pk)


def test_with_a_second_admin_the_first_may_go(enter: Enter, admin: Membership) -> None:
    factories.member(admin.team, "admin")
    client = enter(admin)
    assert client.post(member_url(admin, "end/")).status_code == 302
    assert client.get(f"/t/{admin.team.slug}/team/").status_code == 404
    assert log.only(admin.team, "member.ended")["data"]["left"] is True


@pytest.mark.django_db(transaction=True)
def test_two_admins_who_leave_at_once_leave_one(admin: Membership) -> None:
    other = factories.member(admin.team, "admin")
    barrier, refused = threading.Barrier(2), []

    def leave(member: Membership) -> None:
        barrier.wait()
        try:
            services.end_membership(by=member, member_id=member.pk)
        except AccountsError as error:
            refused.append(error.message)
        finally:
            connection.close()

    threads = [threading.Thread(target=leave, args=[member]) for member in (admin, other)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(refused) == 1
    assert Membership.objects.filter(team=admin.team, is_admin=True, ended_at=None).count() == 1


def test_an_admin_takes_somebody_out_and_history_stays(
    enter: Enter, admin: Membership, author: Membership
) -> None:
    theirs = enter(author)
    assert theirs.get(f"/t/{author.team.slug}/team/").status_code == 200
    assert "Take Amara Obi out" in enter(admin).get(member_url(author, "end/")).content.decode()
    assert enter(admin).post(member_url(author, "end/")).status_code == 302
    assert theirs.get(f"/t/{author.team.slug}/team/").status_code == 404
    author.refresh_from_db()
    assert author.roles == []
    assert author.user.is_active
    assert "Amara Obi" in enter(admin).get(f"/t/{author.team.slug}/team/").content.decode()
    with pytest.raises(Closed, match="already left"):
        services.end_membership(by=admin, member_id=author.pk)


def test_members_may_leave_but_not_take_others_out(
    enter: Enter, admin: Membership, author: Membership
) -> None:
    client = enter(author)
    assert client.post(member_url(admin, "end/")).status_code == 403
    assert client.post(member_url(author), {"roles": ["admin"]}).status_code == 403
    with pytest.raises(NotAllowed):
        services.change_roles(by=author, member_id=author.pk, roles=[Role.ADMIN])
    with pytest.raises(NotAllowed):
        services.end_membership(by=author, member_id=admin.pk)
    assert client.post(member_url(author, "end/")).status_code == 302
    author.refresh_from_db()
    assert author.ended_at is not None


def test_an_admin_of_another_team_reaches_nobody_here(enter: Enter, author: Membership) -> None:
    elsewhere = factories.member(factories.team(), "admin")
    client, slug = enter(elsewhere), elsewhere.team.slug
    assert client.get(member_url(author)).status_code == 404
    for ending in ("", "end/"):
        crossed = f"/t/{slug}/team/members/{author.pk}/{ending}"
        assert client.post(crossed, {"roles": ["admin"]}).status_code == 404
    with pytest.raises(Membership.DoesNotExist):
        services.change_roles(by=elsewhere, member_id=author.pk, roles=[Role.ADMIN])


def test_the_page_of_a_member_has_no_forms_of_admins(enter: Enter, author: Membership) -> None:
    page = enter(author).get(f"/t/{author.team.slug}/team/").content.decode()
    assert author.user.email in page
    assert "/team/invite/" not in page
    assert "/team/settings/" not in page
    assert f"/team/members/{author.pk}/end/" in page


def test_the_page_takes_as_many_queries_with_many_members(
    enter: Enter, admin: Membership, django_assert_max_num_queries: DjangoAssertNumQueries
) -> None:
    client, url = enter(admin), f"/t/{admin.team.slug}/team/"
    client.get(url)
    for _ in range(30):
        factories.member(admin.team, "author", acknowledged=False)
    with django_assert_max_num_queries(15):
        client.get(url)
