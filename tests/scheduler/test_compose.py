"""Writing a post, with forms alone: no script takes part in these."""

from datetime import UTC, datetime

import pytest

from gate.models import Submission
from scheduler.models import Delivery, Post
from tests import factories as make
from tests.scheduler.pages import sign_in, soon, typed, url


def test_a_new_draft_keeps_everything(client, author, channel):
    other = make.channel(author.team)
    data = typed(channel, other, title="Ferry", text=["One.", "Two."])
    data |= {f"own-{other.pk}": "yes", f"text-{other.pk}": ["Another text."]}
    data |= {f"visibility-{channel.pk}": "unlisted", f"warning-{channel.pk}": "Waves"}

    response = sign_in(client, author).post(url("compose", author), data)

    post = Post.objects.get()
    assert response.url == url("edit", author, post.pk)
    assert (post.title, post.parts, post.state) == ("Ferry", ["One.", "Two."], "draft")
    assert (post.due_local, post.due_zone) == (f"{soon()}T09:00", "Europe/Lisbon")
    assert post.declarations == make.GOOD
    first, second = post.variants.all()
    assert (first.parts, first.options) == (None, {"visibility": "unlisted", "content_warning": "Waves"})
    assert (second.parts, second.options) == (["Another text."], {})


def test_no_question_is_answered_beforehand(client, author, channel):
    page = sign_in(client, author).get(url("compose", author)).content.decode()
    assert 'name="relationship"' in page
    radios = [tag for tag in page.split("<input") if 'type="radio"' in tag]
    assert len(radios) >= 15
    assert not any("checked" in tag.split(">")[0] for tag in radios)


def test_an_unanswered_question_stays_unanswered(client, author, channel):
    data = typed(channel)
    del data["ai"]
    sign_in(client, author).post(url("compose", author), {**data, "people": "martians"})
    assert set(Post.objects.get().declarations) == {"relationship", "states_fact"}


def test_saving_and_submitting_in_one_press(client, author, channel):
    response = sign_in(client, author).post(url("compose", author), typed(channel, do="submit"))
    post = Post.objects.get()
    assert response.url == url("post", author, post.pk)
    assert post.state == Post.State.SUBMITTED
    assert post.submission.state == Submission.State.CHECKING


def test_parts_are_added_and_removed_without_storing_anything(client, author, channel):
    sign_in(client, author)
    page = client.post(
        url("compose", author), typed(channel, text=["One.", "Two."], do="add-part:")
    ).content.decode()
    assert page.count('<textarea name="text"') == 3
    page = client.post(
        url("compose", author), typed(channel, text=["One.", "Two."], do="remove-part::0")
    ).content.decode()
    assert page.count('<textarea name="text"') == 1
    assert "Two.</textarea>" in page
    assert not Post.objects.exists()


def test_removing_a_part_moves_the_images_of_those_behind(client, author, channel):
    post = make.post(author, channel, parts=["One.", "Two.", "Three."])
    image = add_image(author, post, part=2)
    post.refresh_from_db()
    data = typed(channel, post=post, text=["One.", "Two.", "Three."], do="remove-part::0")
    page = sign_in(client, author).post(url("edit", author, post.pk), data).content.decode()
    assert f'name="part-{image.pk}"' in page
    assert '<option value="1" selected>2 of 2' in page


def test_a_channel_that_is_chosen_gets_a_tab_and_its_own_text_starts_as_the_shared_one(
    client, author, channel
):
    data = typed(channel, text=["Shared."], do=f"refresh:{channel.pk}", **{f"own-{channel.pk}": "yes"})
    page = sign_in(client, author).post(url("compose", author), data).content.decode()
    assert f'id="tab-{channel.pk}"' in page
    assert page.count("Shared.</textarea>") == 2


def test_a_time_that_the_clocks_jump_over_is_refused_and_nothing_is_lost(client, author, channel):
    data = typed(channel, text=["Spring forward"], due_date="2027-03-28", due_time="01:30")
    response = sign_in(client, author).post(url("compose", author), data)
    page = response.content.decode()
    assert response.status_code == 422
    assert "so that time does not exist" in page
    assert "Spring forward</textarea>" in page
    assert 'value="2027-03-28"' in page
    assert not Post.objects.exists()


def test_a_time_that_comes_twice_is_asked_about_and_the_answer_counts(client, author, channel):
    data = typed(channel, text=["Fall back"], due_date="2027-10-31", due_time="01:30")
    response = sign_in(client, author).post(url("compose", author), data)
    assert response.status_code == 422
    assert "comes twice" in response.content.decode()
    assert 'name="fold"' in response.content.decode()

    client.post(url("compose", author), {**data, "fold": "1"})
    post = Post.objects.get()
    assert post.due_at == datetime(2027, 10, 31, 1, 30, tzinfo=UTC)
    page = client.get(url("edit", author, post.pk)).content.decode()
    assert 'name="fold" value="1" checked' in page


def test_a_time_in_the_past_keeps_the_draft_and_says_so(client, author, channel):
    data = typed(channel, due_date="2020-01-01", do="submit")
    response = sign_in(client, author).post(url("compose", author), data)
    post = Post.objects.get()
    assert response.status_code == 422
    assert "has passed" in response.content.decode()
    assert (post.state, post.parts) == (Post.State.DRAFT, ["The ferry sails at nine."])


def test_the_code_of_conduct_comes_first_and_the_draft_is_kept(client, team, channel):
    newcomer = make.member(team, "author", acknowledged=False)
    response = sign_in(client, newcomer).post(url("compose", newcomer), typed(channel, do="submit"))
    assert response.status_code == 422
    assert url("policy", newcomer) in response.content.decode()
    assert Post.objects.get().state == Post.State.DRAFT


def test_an_edit_after_approval_goes_back_to_draft_and_its_delivery_is_cancelled(
    client, author, reviewer, channel
):
    post = make.approved(author, reviewer, channel)
    submission = post.submission
    page = sign_in(client, author).get(url("edit", author, post.pk)).content.decode()
    assert "Saving makes it a draft again" in page

    client.post(url("edit", author, post.pk), typed(channel, post=post, text=["Other words."]))

    post.refresh_from_db()
    submission.refresh_from_db()
    assert (post.state, post.submission) == (Post.State.DRAFT, None)
    assert submission.state == Submission.State.WITHDRAWN
    assert post.deliveries.get().state == Delivery.State.CANCELLED


def test_another_teams_channel_cannot_be_chosen(client, author, channel):
    foreign = make.channel(make.team())
    sign_in(client, author).post(url("compose", author), typed(channel, foreign))
    assert [v.channel for v in Post.objects.get().variants.all()] == [channel]


@pytest.mark.parametrize("value", ["", "x", "-1", "99999999999999999999"])
def test_odd_numbers_in_the_form_harm_nothing(client, author, channel, value):
    data = typed(channel, version=value, do=f"remove-part:{value}:{value}", fold=value)
    assert sign_in(client, author).post(url("compose", author), data).status_code == 200


def add_image(author, post, **extra):
    from scheduler import images

    return images.add(
        post_id=post.pk, version=post.version, member=author, data=make.picture(), filename="sea.png", **extra
    )
