"""What a person was told, and reading it."""

import pytest
from pytest_django import DjangoAssertNumQueries

from accounts.models import Membership, Notice
from accounts.notices import notify
from tests import factories
from tests.accounts.conftest import Enter

pytestmark = pytest.mark.django_db


def tell(member: Membership, text: str, url: str = "") -> Notice:
    notify(team=member.team, users=[member.user], text=text, url=url)
    return Notice.objects.latest("pk")


def test_people_see_their_own(enter: Enter, admin: Membership, author: Membership) -> None:
    tell(admin, "For Rosa alone")
    url = f"/t/{admin.team.slug}/notices/"
    assert "For Rosa alone" in enter(admin).get(url).content.decode()
    assert "For Rosa alone" not in enter(author).get(url).content.decode()


def test_nothing_yet_says_what_would_come(enter: Enter, author: Membership) -> None:
    assert "Nothing yet" in enter(author).get(f"/t/{author.team.slug}/notices/").content.decode()


def test_opening_one_marks_it_and_leads_there(enter: Enter, admin: Membership) -> None:
    notice = tell(admin, "Look", f"/t/{admin.team.slug}/channels/")
    response = enter(admin).get(f"/t/{admin.team.slug}/notices/{notice.pk}/")
    assert response.headers["Location"] == f"/t/{admin.team.slug}/channels/"
    notice.refresh_from_db()
    assert notice.read_at is not None


def test_a_notice_leads_nowhere_outside(enter: Enter, admin: Membership) -> None:
    for url in ("https://elsewhere.example/", "//elsewhere.example/"):
        notice = tell(admin, "Look", url)
        response = enter(admin).get(f"/t/{admin.team.slug}/notices/{notice.pk}/")
        assert response.headers["Location"] == f"/t/{admin.team.slug}/notices/"


def test_a_notice_of_somebody_else_is_not_found(enter: Enter, admin: Membership, author: Membership) -> None:
    notice = tell(admin, "For Rosa alone")
    assert enter(author).get(f"/t/{author.team.slug}/notices/{notice.pk}/").status_code == 404
    notice.refresh_from_db()
    assert notice.read_at is None


def test_all_are_read_at_once(enter: Enter, admin: Membership, author: Membership) -> None:
    for each in (admin, admin, author):
        tell(each, "Something")
    enter(admin).post(f"/t/{admin.team.slug}/notices/read/")
    assert Notice.objects.filter(read_at=None).count() == 1


def test_pages_meet_without_a_gap(enter: Enter, admin: Membership) -> None:
    Notice.objects.bulk_create(
        Notice(team=admin.team, user=admin.user, text=f"Notice <{number}>") for number in range(120)
    )
    client, url, seen = enter(admin), f"/t/{admin.team.slug}/notices/", []
    while url:
        page = client.get(url).context["page"]
        seen += [notice.text for notice in page.rows]
        last, url = url, page.older_url
    assert seen == [f"Notice <{number}>" for number in range(119, -1, -1)]
    back = client.get(last).context["page"].newer_url
    middle = client.get(back).context["page"]
    assert [middle.rows[0].text, middle.rows[-1].text] == ["Notice <69>", "Notice <20>"]
    assert client.get(middle.newer_url).context["page"].newer_url is None


@pytest.mark.parametrize("place", ["before=x", "after=-1", f"before={'9' * 40}", "before=1&after=1"])
def test_a_nonsense_place_is_an_answer_too(enter: Enter, admin: Membership, place: str) -> None:
    tell(admin, "Something")
    assert enter(admin).get(f"/t/{admin.team.slug}/notices/?{place}").status_code == 200


def test_many_notices_take_as_many_queries_as_few(
    enter: Enter, admin: Membership, django_assert_max_num_queries: DjangoAssertNumQueries
) -> None:
    Notice.objects.bulk_create(
        Notice(team=admin.team, user=admin.user, text="Something") for _ in range(2000)
    )
    client, url = enter(admin), f"/t/{admin.team.slug}/notices/"
    client.get(url)
    with django_assert_max_num_queries(12):
        client.get(url)


def test_an_answer_about_others_is_not_told_to_those_who_cannot_sign_in(admin: Membership) -> None:
    gone = factories.member(admin.team, "author")
    gone.user.is_active = False
    gone.user.save()
    notify(team=admin.team, users=[gone.user], text="Something")
    assert not Notice.objects.filter(user=gone.user).exists()
