"""Images of a post: taken, described, ordered, removed, each an edit; and refused without losing anything."""

import struct
import zlib

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile

from accounts.models import Membership
from gate.errors import Incomplete, NotAllowed, WrongState
from gate.models import Blob
from scheduler import images
from scheduler.models import Delivery, Image, Post
from tests import factories as make
from tests.scheduler.pages import sign_in, typed, url


def upload(name: str = "sea.png", data: bytes = b"") -> SimpleUploadedFile:
    return SimpleUploadedFile(name, data or make.picture(), content_type="image/png")


def bomb(side: int = 14_143) -> bytes:
    """A PNG of 200 megapixels and a few kilobytes."""

    def chunk(kind: bytes, data: bytes) -> bytes:
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))

    head = struct.pack(">IIBBBBB", side, side, 1, 0, 0, 0, 0)
    rows = zlib.compress(bytes((side + 7) // 8 + 1) * side, 9)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", head) + chunk(b"IDAT", rows) + chunk(b"IEND", b"")


def added(author: Membership, post: Post, **extra: object) -> Image:
    post.refresh_from_db()
    return images.add(
        post_id=post.pk, version=post.version, member=author, data=make.picture(), filename="sea.png", **extra
    )


def test_an_upload_becomes_a_clean_master_with_a_thumbnail(client, author, channel):
    post = make.post(author, channel)
    response = sign_in(client, author).post(
        url("image-add", author), typed(channel, post=post, images=[upload("harbour.png")])
    )
    image = Image.objects.get()
    assert response.status_code == 200
    assert f'name="alt-{image.pk}"' in response.content.decode()
    assert (image.post, image.filename, image.width, image.height) == (post, "harbour.png", 320, 200)
    assert set(Blob.objects.values_list("sha256", flat=True)) == {image.master_sha256, image.thumbnail_sha256}
    post.refresh_from_db()
    assert f'id="version" value="{post.version}"' in response.content.decode()


def test_a_new_post_becomes_a_draft_with_all_that_is_typed(client, author, channel):
    data = typed(
        channel, text=["With a picture."], due_date="2027-03-28", due_time="01:30", images=[upload()]
    )
    response = sign_in(client, author).post(url("image-add", author), data)
    post = Post.objects.get()
    assert response["HX-Replace-Url"] == url("edit", author, post.pk)
    assert (post.parts, post.due_at, post.images.count()) == (["With a picture."], None, 1)


@pytest.mark.parametrize(
    ("name", "data", "words"),
    [("notes.jpg", b"Dear diary, this is text.", "text file"), ("huge.png", bomb(), "million")],
)
def test_what_is_refused_is_explained_and_everything_else_is_kept(client, author, channel, name, data, words):
    post = make.post(author, channel)
    assert len(data) < 100_000
    sent = typed(channel, post=post, images=[upload("good.png"), upload(name, data)])
    page = sign_in(client, author).post(url("image-add", author), sent).content.decode()
    assert f"{name}:" in page
    assert words in page
    assert [image.filename for image in post.images.all()] == ["good.png"]

    alone = sign_in(client, author).post(
        url("image-add", author), typed(channel, post=Post.objects.get(), images=[upload(name, data)])
    )
    assert alone.status_code == 422
    assert post.images.count() == 1


def test_without_a_script_the_draft_is_saved_and_the_images_are_added(client, author, channel):
    data = typed(channel, text=["Words."], do="upload", images=[upload("a.png"), upload("b.png")])
    response = sign_in(client, author).post(url("compose", author), data)
    post = Post.objects.get()
    assert response.url == url("edit", author, post.pk) + "#images"
    assert [image.filename for image in post.images.all()] == ["a.png", "b.png"]


def test_without_a_script_a_refused_image_keeps_the_words(client, author, channel):
    data = typed(channel, text=["Words."], do="upload", images=[upload("notes.jpg", b"text")])
    page = sign_in(client, author).post(url("compose", author), data, follow=True).content.decode()
    assert "Words.</textarea>" in page
    assert "text file" in page
    assert not Image.objects.exists()


def test_alt_text_is_stored_with_the_words(client, author, channel):
    post = make.post(author, channel)
    image = added(author, post)
    post.refresh_from_db()
    data = typed(channel, post=post, **{f"alt-{image.pk}": "A boat at sea."})
    sign_in(client, author).post(url("edit", author, post.pk), data)
    image.refresh_from_db()
    assert image.alt == "A boat at sea."


def test_describing_an_image_of_an_approved_post_takes_the_approval_back(author, reviewer, channel):
    post = make.post(author, channel)
    image = added(author, post, alt="A boat.")
    post.refresh_from_db()
    from scheduler import lifecycle

    submission = lifecycle.submit(post_id=post.pk, version=post.version, member=author)
    from gate import runner

    runner.run(submission.pk)
    submission.refresh_from_db()
    make.approve(submission, reviewer)
    post.refresh_from_db()

    images.describe(
        post_id=post.pk, image_id=image.pk, version=post.version, member=author, alt="Another boat."
    )

    post.refresh_from_db()
    assert (post.state, post.deliveries.get().state) == (Post.State.DRAFT, Delivery.State.CANCELLED)


def test_images_change_places_and_go(client, author, channel):
    post = make.post(author, channel)
    first, second = added(author, post), added(author, post)
    sign_in(client, author)
    post.refresh_from_db()
    client.post(url("image-change", author, post.pk, second.pk), {"version": post.version, "do": "earlier:1"})
    assert list(post.images.all()) == [second, first]
    post.refresh_from_db()
    client.post(url("image-change", author, post.pk, second.pk), {"version": post.version, "do": "remove:1"})
    assert list(post.images.all()) == [first]


def test_whoever_changes_an_image_is_an_editor(author, other_author, channel):
    post = make.post(author, channel)
    added(other_author, post)
    assert set(post.editors.values_list("user_id", flat=True)) == {author.user_id, other_author.user_id}


def test_a_stale_page_changes_no_image(author, channel):
    post = make.post(author, channel)
    image = added(author, post)
    for change in (
        lambda: images.remove(post_id=post.pk, image_id=image.pk, version=1, member=author),
        lambda: images.describe(post_id=post.pk, image_id=image.pk, version=1, member=author, alt="x"),
        lambda: images.move(post_id=post.pk, image_id=image.pk, version=1, member=author, step=1),
    ):
        with pytest.raises(WrongState):
            change()
    assert list(post.images.all()) == [image]


def test_only_authors_and_only_their_teams_images(client, author, reviewer, channel):
    post, other = make.post(author, channel), make.post(author, channel)
    image = added(author, post)
    post.refresh_from_db()
    with pytest.raises(NotAllowed):
        images.remove(post_id=post.pk, image_id=image.pk, version=post.version, member=reviewer)
    with pytest.raises(WrongState):
        images.remove(post_id=other.pk, image_id=image.pk, version=other.version, member=author)
    stranger = make.member(make.team(), "author")
    response = sign_in(client, stranger).post(
        url("image-change", stranger, post.pk, image.pk), {"version": post.version, "do": "remove:1"}
    )
    assert response.status_code == 404
    assert Image.objects.filter(pk=image.pk).exists()


def test_the_eleventh_image_is_refused(author, channel):
    post = make.post(author, channel)
    one = added(author, post)
    Image.objects.bulk_create(
        Image(post=post, position=n, master_sha256=one.master_sha256, width=1, height=1, added_by=author.user)
        for n in range(1, images.MOST)
    )
    with pytest.raises(Incomplete):
        added(author, post)
    assert post.images.count() == images.MOST
