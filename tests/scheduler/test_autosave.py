"""Drafts keep themselves; nothing else does."""

from scheduler.models import Post
from tests import factories as make
from tests.scheduler.pages import sign_in, typed, url


def test_a_new_post_becomes_a_draft_and_its_address_comes_back(client, author, channel):
    response = sign_in(client, author).post(url("autosave", author), typed(channel))
    post = Post.objects.get()
    assert response["HX-Replace-Url"] == url("edit", author, post.pk)
    assert f'id="post-id" value="{post.pk}"' in response.content.decode()


def test_an_empty_page_makes_no_draft(client, author, channel):
    sign_in(client, author).post(url("autosave", author), typed(channel, text=[" "]))
    assert not Post.objects.exists()


def test_a_draft_is_saved_and_the_version_goes_on(client, author, channel):
    post = make.post(author, channel)
    response = sign_in(client, author).post(
        url("autosave", author), typed(channel, post=post, text=["More."])
    )
    post.refresh_from_db()
    assert post.parts == ["More."]
    assert f'id="version" value="{post.version}"' in response.content.decode()
    assert "Saved" in response.content.decode()


def test_a_submitted_post_is_not_taken_back_by_typing(client, author, reviewer, channel):
    post = make.approved(author, reviewer, channel)
    response = sign_in(client, author).post(
        url("autosave", author), typed(channel, post=post, text=["More."])
    )
    post.refresh_from_db()
    assert post.state == Post.State.SUBMITTED
    assert "Not saved yet" in response.content.decode()


def test_half_a_time_keeps_the_words_and_the_old_time(client, author, channel):
    post = make.post(author, channel)
    was = post.due_at
    response = sign_in(client, author).post(
        url("autosave", author), typed(channel, post=post, text=["More."], due_time="")
    )
    post.refresh_from_db()
    assert (post.parts, post.due_at) == (["More."], was)
    assert "but not the time" in response.content.decode()


def test_it_takes_an_author(client, team, reviewer, channel):
    assert sign_in(client, reviewer).post(url("autosave", reviewer), typed(channel)).status_code == 403
    assert not Post.objects.exists()
