"""Another time for the same words: dragged in the calendar, or by the form."""

from datetime import UTC, datetime

from django.utils import timezone

from scheduler.models import Delivery, Post
from tests import factories as make
from tests.scheduler.pages import sign_in, soon, url

DRAG = {"HTTP_HX_REQUEST": "true"}


def planned(author, channel, local="2027-03-27T01:30", zone="Europe/Lisbon"):
    return make.post(author, channel, due_local=local, due_zone=zone)


def test_a_drag_keeps_the_time_of_day(client, author, channel):
    post = planned(author, channel, "2027-03-27T09:00")
    back = url("calendar", author) + "?view=list"
    response = sign_in(client, author).post(
        url("post-retime", author, post.pk), {"date": "2027-03-29", "version": post.version, "next": back}
    )
    post.refresh_from_db()
    assert response.url == back
    assert post.due_local == "2027-03-29T09:00"
    assert post.due_at == datetime(2027, 3, 29, 8, 0, tzinfo=UTC)


def test_a_drag_in_the_week_moves_to_the_hour_and_keeps_the_minutes(client, author, channel):
    post = planned(author, channel, "2027-03-24T09:20")
    sign_in(client, author).post(
        url("post-retime", author, post.pk), {"date": "2027-03-23", "hour": "14", "version": post.version}
    )
    post.refresh_from_db()
    assert post.due_local == "2027-03-23T14:20"


def test_a_post_of_another_zone_keeps_its_own_wall_time(client, author, channel):
    post = planned(author, channel, "2027-03-20T03:00", "Asia/Tokyo")
    sign_in(client, author).post(
        url("post-retime", author, post.pk), {"date": "2027-03-20", "version": post.version}
    )
    post.refresh_from_db()
    assert (post.due_local, post.due_zone) == ("2027-03-21T03:00", "Asia/Tokyo")


def test_an_approval_stands_and_the_delivery_moves_along(client, author, reviewer, channel):
    post = make.approved(author, reviewer, channel)
    response = sign_in(client, author).post(
        url("post-retime", author, post.pk),
        {"due_date": soon(3), "due_time": "10:00", "due_zone": "UTC", "version": post.version},
    )
    post.refresh_from_db()
    assert response.url == url("post", author, post.pk)
    assert post.submission.state == "approved"
    delivery = post.deliveries.get()
    assert (delivery.state, delivery.due_at) == (Delivery.State.WAITING, post.due_at)


def test_a_drag_into_the_hour_that_does_not_exist_is_refused(client, author, channel):
    post = planned(author, channel)
    response = sign_in(client, author).post(
        url("post-retime", author, post.pk), {"date": "2027-03-28", "version": post.version}, **DRAG
    )
    assert response.status_code == 204
    assert "does not exist" in response["HX-Trigger"]
    post.refresh_from_db()
    assert post.due_local == "2027-03-27T01:30"


def test_a_drag_onto_the_hour_that_comes_twice_leads_to_the_question(client, author, channel):
    post = planned(author, channel, "2027-10-30T01:30")
    sign_in(client, author)
    response = client.post(
        url("post-retime", author, post.pk), {"date": "2027-10-31", "version": post.version}, **DRAG
    )
    page = client.get(response["HX-Redirect"]).content.decode()
    assert 'name="fold"' in page
    assert 'value="2027-10-31"' in page
    answer = {"due_date": "2027-10-31", "due_time": "01:30", "due_zone": "Europe/Lisbon", "fold": "0"}
    client.post(url("post-retime", author, post.pk), {**answer, "version": post.version})
    post.refresh_from_db()
    assert post.due_at == datetime(2027, 10, 31, 0, 30, tzinfo=UTC)


def test_a_submitted_post_cannot_be_moved_into_the_past(client, author, reviewer, channel):
    post = make.approved(author, reviewer, channel)
    was = post.due_at
    response = sign_in(client, author).post(
        url("post-retime", author, post.pk),
        {"due_date": "2020-01-01", "due_time": "10:00", "version": post.version},
    )
    assert response.status_code == 422
    assert "passed" in response.content.decode()
    post.refresh_from_db()
    assert post.due_at == was > timezone.now()


def test_a_stale_or_odd_drag_moves_nothing(client, author, channel):
    post = planned(author, channel)
    sign_in(client, author)
    for data, status in (
        ({"date": "2027-03-29", "version": post.version + 1}, 409),
        ({"date": "2027-03-29"}, 409),
        ({"date": "yesterday", "version": post.version}, 422),
        ({"due_date": "2027-03-29", "version": post.version}, 422),
        ({"date": "2027-03-29", "hour": "99", "version": "x"}, 409),
    ):
        assert client.post(url("post-retime", author, post.pk), data).status_code == status
    post.refresh_from_db()
    assert post.due_local == "2027-03-27T01:30"


def test_it_never_leads_away_from_this_site(client, author, channel):
    post = planned(author, channel, "2027-03-27T09:00")
    response = sign_in(client, author).post(
        url("post-retime", author, post.pk),
        {"date": "2027-03-29", "version": post.version, "next": "https://evil.example/"},
    )
    assert response.url == url("post", author, post.pk)


def test_reviewers_and_published_posts_do_not_move(client, author, reviewer, channel):
    post = planned(author, channel)
    data = {"date": "2027-03-29", "version": post.version}
    assert sign_in(client, reviewer).post(url("post-retime", author, post.pk), data).status_code == 403
    Post.objects.filter(pk=post.pk).update(state=Post.State.PUBLISHED)
    assert sign_in(client, author).post(url("post-retime", author, post.pk), data).status_code == 409
