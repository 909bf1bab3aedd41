"""Two people edit one post: nobody's words are overwritten in silence, and nobody's are lost."""

from scheduler import images
from scheduler.models import Post
from tests import factories as make
from tests.scheduler.pages import sign_in, typed, url


def changed_meanwhile(author, other_author, channel, client):
    """The form of somebody whose post was changed while they had it open."""
    post = make.post(author, channel, text="As it was.")
    mine = typed(channel, post=post, text=["My words."])
    sign_in(client, other_author).post(
        url("edit", author, post.pk), typed(channel, post=post, text=["Ken's words."])
    )
    sign_in(client, author)
    return post, mine


def test_a_stale_save_shows_both_versions_and_stores_nothing(client, author, other_author, channel):
    post, mine = changed_meanwhile(author, other_author, channel, client)
    response = client.post(url("edit", author, post.pk), mine)
    page = response.content.decode()
    assert response.status_code == 409
    assert "Ken Adeyemi changed this post" in page
    assert "Ken&#x27;s words." in page
    assert "My words.</textarea>" in page
    assert 'data-autosave="no"' in page
    post.refresh_from_db()
    assert post.parts == ["Ken's words."]


def test_saving_on_top_is_one_more_press(client, author, other_author, channel):
    post, mine = changed_meanwhile(author, other_author, channel, client)
    page = client.post(url("edit", author, post.pk), mine).content.decode()
    post.refresh_from_db()
    assert f'name="version" id="version" value="{post.version}"' in page
    client.post(url("edit", author, post.pk), {**mine, "version": str(post.version)})
    post.refresh_from_db()
    assert post.parts == ["My words."]


def test_a_stale_submit_submits_nothing(client, author, other_author, channel):
    post, mine = changed_meanwhile(author, other_author, channel, client)
    assert client.post(url("edit", author, post.pk), {**mine, "do": "submit"}).status_code == 409
    post.refresh_from_db()
    assert post.state == Post.State.DRAFT


def test_a_stale_autosave_says_so_and_stores_nothing(client, author, other_author, channel):
    post, mine = changed_meanwhile(author, other_author, channel, client)
    response = client.post(url("autosave", author), mine)
    assert response.status_code == 409
    assert "data-conflict" in response.content.decode()
    post.refresh_from_db()
    assert post.parts == ["Ken's words."]


def test_a_post_that_is_on_its_way_can_be_saved_as_a_new_draft(client, author, channel):
    post = make.post(author, channel)
    mine = typed(channel, post=post, text=["Too late for this."])
    Post.objects.filter(pk=post.pk).update(state=Post.State.PUBLISHING)
    response = sign_in(client, author).post(url("edit", author, post.pk), mine)
    assert response.status_code == 409
    assert 'value="copy"' in response.content.decode()
    assert "Too late for this.</textarea>" in response.content.decode()

    client.post(url("edit", author, post.pk), {**mine, "do": "copy"})
    assert Post.objects.get(state="draft").parts == ["Too late for this."]


def test_a_new_draft_of_another_post_keeps_its_images_and_its_editors(client, author, other_author, channel):
    post = make.post(author, channel)
    image = images.add(
        post_id=post.pk, version=post.version, member=author, data=make.picture(), filename="sea.png"
    )
    post.refresh_from_db()
    mine = typed(channel, post=post, **{f"alt-{image.pk}": "The sea, seen from the quay.", "do": "copy"})
    sign_in(client, other_author).post(url("edit", author, post.pk), mine)
    made = Post.objects.exclude(pk=post.pk).get()
    assert {editor.user for editor in made.editors.all()} == {author.user, other_author.user}
    (copied,) = made.images.all()
    assert (copied.master_sha256, copied.alt) == (image.master_sha256, "The sea, seen from the quay.")
    assert post.images.get().alt == ""


def test_words_that_were_refused_are_not_said_to_be_saved(client, author, other_author, channel):
    post, mine = changed_meanwhile(author, other_author, channel, client)
    twice = {**mine, "version": "2", "due_date": "2027-10-31", "due_time": "01:30"}
    for form, status in ((mine, 409), (twice, 422)):
        response = client.post(url("edit", author, post.pk), form)
        line = response.content.decode().partition('id="saved"')[2].partition("</p>")[0]
        assert response.status_code == status
        assert "Not saved" in line
        assert "Saved" not in line
    line = client.get(url("edit", author, post.pk)).content.decode().partition('id="saved"')[2]
    assert "Saved" in line.partition("</p>")[0]
