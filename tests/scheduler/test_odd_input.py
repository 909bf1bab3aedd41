"""Control characters, dates that no zone knows, numbers that no row has, and too much at once: words, not errors."""

from dataclasses import replace

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile

from accounts.models import Team
from gate.checks.base import Level
from gate.content import ChannelContent, Content
from platforms.base import Part
from scheduler import forms, images, live_room, when
from scheduler.imaging.types import MAX_FILE_BYTES, ImageRefused
from scheduler.models import Image, Post
from tests import factories as make
from tests.scheduler.pages import sign_in, typed, url

LONG = "9" * 5000


def test_control_characters_are_taken_out_of_everything_typed(client, author, channel):
    sent = typed(
        channel,
        title="A\0B",
        text=["One\0 two\x0b\r\nthree\tfour", "\x1bFive"],
        evidence="See\0 this",
        states_fact="yes",
        **{f"warning-{channel.pk}": "Care\0ful"},
    )
    sign_in(client, author)
    for address in (url("autosave", author), url("compose", author)):
        assert client.post(address, sent).status_code in (200, 302)
    for post in Post.objects.all():
        assert (post.title, post.parts) == ("AB", ["One two\nthree\tfour", "Five"])
        assert post.declarations["evidence"] == "See this"
        assert post.variants.get().options == {"content_warning": "Careful"}
    assert Post.objects.count() == 2
    assert client.post(url("preview", author), sent).status_code == 200


def test_control_characters_in_reasons_filters_and_addresses(client, author, reviewer, channel):
    post = make.post(author, channel)
    sign_in(client, author)
    for name in ("posts", "calendar", "log"):
        query = {"q": "a\0b", "state": "\0", "view": "\0", "before": "\0", "kind": "\0", "outcome": "\0"}
        assert client.get(url(name, author), query).status_code == 200
    assert client.post(url("post-cancel", author, post.pk), {"reason": "\0"}).status_code == 422
    assert client.post(url("post-cancel", author, post.pk), {"reason": "No\0t now"}).status_code == 302
    sign_in(client, reviewer)
    assert client.post(url("pause", reviewer), {"reason": "St\0op"}).status_code == 302
    assert Team.objects.get(pk=reviewer.team_id).pauses.get().reason == "Stop"


@pytest.mark.parametrize(
    ("local", "zone"),
    [
        ("9999-12-31T23:59", "America/New_York"),
        ("0001-01-01T00:00", "Asia/Tokyo"),
        ("1989-12-31T23:59", "UTC"),
        ("2201-01-01T00:00", "UTC"),
    ],
)
def test_years_that_nobody_plans_in_are_refused_in_words(client, author, channel, local, zone):
    with pytest.raises(when.WhenError, match="Choose a year from 1990 to 2200"):
        when.resolve(local, zone)
    date, _, time = local.partition("T")
    odd = {"due_date": date, "due_time": time, "due_zone": zone}
    sign_in(client, author)
    response = client.post(url("compose", author), typed(channel, text=["Keep me."], **odd))
    assert response.status_code == 422
    assert "Keep me.</textarea>" in response.content.decode()
    post = make.post(author, channel)
    answer = client.post(url("post-retime", author, post.pk), {**odd, "version": post.version})
    assert answer.status_code == 422
    assert "Choose a year from 1990 to 2200" in answer.content.decode()
    for address in (url("preview", author), url("autosave", author)):
        assert client.post(address, typed(channel, **odd)).status_code == 200


@pytest.mark.parametrize("at", ["1990-01-01T00:00", "2200-12-31T23:59"])
def test_the_first_and_the_last_year_are_known_everywhere(at):
    assert when.resolve(at, "Asia/Tokyo") < when.resolve(at, "America/New_York")


@pytest.mark.parametrize("odd", [LONG, "²", "٣", "-1", "1e9", str(2**63)])
def test_numbers_that_no_row_has_are_no_errors(client, author, channel, odd):
    post = make.post(author, channel, parts=["One.", "Two."])
    image = images.add(
        post_id=post.pk, version=post.version, member=author, data=make.picture(), filename="sea.png"
    )
    post.refresh_from_db()
    sign_in(client, author)
    edit, about = url("edit", author, post.pk), typed(channel, post=post)
    for address in ("compose", "preview", "autosave", "image-add"):
        assert client.post(url(address, author), typed(channel, title="x") | {"post": odd}).status_code < 500
    assert client.post(edit, about | {"version": odd}).status_code == 409
    assert client.post(edit, about | {"do": f"remove-part::{odd}"}).status_code == 200
    for do in (f"remove:{odd}", f"earlier:{odd}"):
        assert client.post(edit, typed(channel, post=Post.objects.get(pk=post.pk), do=do)).status_code == 302
    post.refresh_from_db()
    file = SimpleUploadedFile("b.png", make.picture(), content_type="image/png")
    sent = typed(channel, post=post, images=[file], image_part=odd, **{f"part-{image.pk}": odd})
    assert client.post(url("image-add", author), sent).status_code == 200
    assert set(Image.objects.values_list("part", flat=True)) == {0}
    assert (
        client.post(url("post-retime", author, post.pk), {"date": "2027-01-01", "hour": odd}).status_code
        < 500
    )
    for name in ("posts", "calendar", "log"):
        odd_query = {"channel": odd, "author": odd, "person": odd, "before": odd}
        assert client.get(url(name, author), odd_query).status_code == 200
    cursor = f"2026-01-01T00:00:00+00:00~{odd}"
    assert client.get(url("posts", author), {"before": cursor}).status_code == 200
    assert client.get(url("sandbox", author, channel.pk), {"skip": odd}).status_code == 200


def test_a_cursor_from_before_all_years_is_no_error(client, author):
    sign_in(client, author)
    for at in ("0001-01-01T00:00:00+14:00", "9999-12-31T23:59:59-12:00"):
        assert client.get(url("posts", author), {"before": f"{at}~1"}).status_code == 200


def test_a_file_that_is_too_large_is_refused_unread(author):
    class Unread(SimpleUploadedFile):
        def read(self, *args):
            raise AssertionError("it was read")

    file = Unread("huge.jpg", b"x")
    file.size = MAX_FILE_BYTES + 1
    with pytest.raises(ImageRefused, match="larger than 20 MB"):
        images.read(file)
    file.size = MAX_FILE_BYTES
    with pytest.raises(AssertionError, match="it was read"):
        images.read(file)


def test_a_large_upload_loses_no_words(client, author, channel):
    post = make.post(author, channel)
    sent = typed(channel, post=post, text=["Keep me."], do="upload")
    sign_in(client, author)
    heavy = SimpleUploadedFile("huge.jpg", b"\xff" * (MAX_FILE_BYTES + 1), content_type="image/jpeg")
    response = client.post(url("image-add", author), sent | {"images": [heavy]})
    assert response.status_code == 422
    assert "larger than 20 MB" in response.content.decode()
    heavy.seek(0)
    plain = client.post(url("edit", author, post.pk), sent | {"images": [heavy]}, follow=True)
    assert "larger than 20 MB" in plain.content.decode()
    assert "Keep me.</textarea>" in plain.content.decode()


def test_more_files_than_a_post_can_have_are_refused_together(client, author, channel):
    files = [SimpleUploadedFile(f"{n}.png", b"x", content_type="image/png") for n in range(images.MOST + 1)]
    sign_in(client, author)
    response = client.post(url("image-add", author), typed(channel, images=files))
    assert response.status_code == 422
    assert "11 files are too many" in response.content.decode()
    assert not Post.objects.exists()
    for file in files:
        file.seek(0)
    sent = typed(channel, text=["Keep me."], images=files, do="upload")
    page = client.post(url("compose", author), sent, follow=True).content.decode()
    assert "11 files are too many" in page
    assert "Keep me.</textarea>" in page
    assert not Image.objects.exists()


def test_the_whole_request_has_room_for_all_images_of_a_post(settings):
    assert settings.REQUEST_MAX_BYTES >= images.MOST * MAX_FILE_BYTES + settings.DATA_UPLOAD_MAX_MEMORY_SIZE


@pytest.mark.parametrize(
    ("texts", "words"),
    [
        ([f"Post {n}." for n in range(forms.MAX_PARTS + 1)], "can have 25 posts, and this one has 26"),
        (["a" * (forms.MAX_TEXT + 1)], "Post 1 has 20,001 characters"),
    ],
)
def test_more_than_a_draft_holds_is_refused_and_every_word_stays(client, author, channel, texts, words):
    sign_in(client, author)
    response = client.post(url("compose", author), typed(channel, text=texts))
    page = response.content.decode()
    assert response.status_code == 422
    assert words in page
    assert all(f"{text}</textarea>" in page for text in texts)
    kept = client.post(url("autosave", author), typed(channel, text=texts))
    assert (kept.status_code, words in kept.content.decode()) == (422, True)
    assert client.post(url("preview", author), typed(channel, text=texts)).status_code == 200
    assert not Post.objects.exists()


@pytest.mark.parametrize(
    ("field", "most", "words"),
    [
        ("title", forms.MAX_TITLE, "The name in the calendar has 201 characters"),
        ("evidence", forms.MAX_EVIDENCE, "where a reader can check it has 2,001 characters"),
        ("warning-{channel}", forms.MAX_WARNING, "The content warning for Sandbox"),
    ],
)
def test_a_smaller_text_that_is_too_long_is_refused_and_stays(client, author, channel, field, most, words):
    name = field.format(channel=channel.pk)
    sign_in(client, author)
    response = client.post(
        url("compose", author), typed(channel, text=["Keep me."], **{name: "a" * (most + 1)})
    )
    page = response.content.decode()
    assert response.status_code == 422
    assert words in page
    assert "a" * (most + 1) in page
    assert not Post.objects.exists()
    client.post(url("compose", author), typed(channel, text=["Keep me."], **{name: "a" * most}))
    assert Post.objects.count() == 1


def test_a_description_that_is_too_long_is_refused_and_stays(client, author, channel):
    post = make.post(author, channel)
    image = images.add(
        post_id=post.pk, version=post.version, member=author, data=make.picture(), filename="sea.png"
    )
    post.refresh_from_db()
    long = "a" * (forms.MAX_ALT + 1)
    sent = typed(channel, post=post, **{f"alt-{image.pk}": long})
    response = sign_in(client, author).post(url("edit", author, post.pk), sent)
    assert response.status_code == 422
    assert "has 10,001 characters" in response.content.decode()
    assert long in response.content.decode()
    image.refresh_from_db()
    assert image.alt != long


def test_as_much_as_a_draft_holds_is_stored(client, author, channel):
    texts = ["a\r\n" * (forms.MAX_TEXT // 2)] + ["More."] * (forms.MAX_PARTS - 1)
    assert sign_in(client, author).post(url("compose", author), typed(channel, text=texts)).status_code == 302
    assert len(Post.objects.get().parts) == forms.MAX_PARTS


def test_a_part_that_is_far_too_long_is_said_and_not_looked_at(client, author, channel):
    limit = channel.effective_limits.characters
    secret = "Write to j.silva@mail.example "
    texts = [secret * (live_room.TIMES * limit // len(secret) + 1), "Short, to a.b@mail.example"]
    page = sign_in(client, author).post(url("preview", author), typed(channel, text=texts)).content.decode()
    assert f"Post 1 is far too long: {limit} characters fit" in page
    assert f"about {len(texts[0].strip())}/{limit}" in page
    assert "j.silva@mail.example</mark>" not in page
    assert '<mark class="blocks">a.b@mail.example</mark>' in page


def test_what_finds_no_room_is_named_and_what_came_before_is_looked_at(client, author, channel):
    fits = channel.effective_limits.characters * 4
    number = live_room.ROOM // fits
    texts = ["b" * fits] * number + ["c" * fits] * 3
    page = sign_in(client, author).post(url("preview", author), typed(channel, text=texts)).content.decode()
    assert f"Not looked at yet: posts {number + 1} to {number + 3}" in page
    assert "far too long" not in page
    assert f">{fits}/{channel.effective_limits.characters}, {fits - fits // 4} over" in page.replace(
        "</span>", ">"
    )
    assert f"about {fits}/{channel.effective_limits.characters}" in page


def test_the_room_is_shared_by_all_channels_and_given_to_first_posts_first(channel):
    half = "a" * (live_room.ROOM // 4)
    limits = [make_limits(channel)] * 2
    content = content_of([half, half, half], [half, half, half])
    room = live_room.of(content, limits)
    assert room.rest == {(0, 2), (1, 2)}
    assert [[part.text for part in c.parts] for c in room.content.channels] == [[half, half, ""]] * 2
    assert [f.level for f in room.findings(limits)] == []


def test_a_link_of_any_length_is_not_far_too_long(channel):
    limits = [channel.effective_limits]
    room = live_room.of(content_of(["https://harbour.example/" + "a" * limits[0].characters * 8]), limits)
    assert room.left_out == frozenset()
    far = live_room.of(content_of(["a" * limits[0].characters * 11]), limits)
    assert [f.level for f in far.findings(limits)] == [Level.BLOCKS]


def content_of(*threads):
    return Content(
        tuple(
            ChannelContent("sandbox", str(n), "", f"@{n}", tuple(Part(text) for text in texts))
            for n, texts in enumerate(threads)
        )
    )


def make_limits(channel):
    return replace(channel.effective_limits, characters=live_room.ROOM)
