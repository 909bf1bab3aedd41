import os
import threading
from dataclasses import replace
from pathlib import Path

import pytest

from platforms import rehearsal, sandbox
from platforms.base import ConnectError, Credentials, Media, Options, Part, PublishError, PublishRequest
from platforms.rehearsal import Fault, Kind
from tests.platforms import factory

platform = sandbox.Sandbox()


@pytest.fixture
def signed_in(tmp_path: Path) -> Credentials:
    account = sandbox.connect(str(tmp_path), "The Bakery")
    return factory.credentials(account.account_id, account.instance)


def home(credentials: Credentials) -> Path:
    return Path(credentials.instance) / credentials.account_id


def stored(credentials: Credentials) -> list[sandbox.StoredPost]:
    return sandbox.posts(credentials.instance, credentials.account_id)


def test_connecting_names_the_account_and_again_finds_it(tmp_path: Path) -> None:
    first = sandbox.connect(str(tmp_path), " The Bakery ")
    assert (first.account_id, first.handle, first.name) == ("the-bakery", "@the-bakery", "The Bakery")
    assert sandbox.connect(str(tmp_path), "The Bakery") == first


def test_a_name_without_latin_letters_gets_a_folder_too(tmp_path: Path) -> None:
    account = sandbox.connect(str(tmp_path), "パン屋")
    assert account.name == "パン屋"
    assert sandbox.connect(str(tmp_path), "寿司").account_id != account.account_id


LONG = "The Harbour News of the Friends of the Old Lighthouse"


@pytest.mark.parametrize(
    ("first", "second"),
    [("Harbour News", "Harbour-News!"), ("Harbour News", "harbour news"), (f"{LONG} one", f"{LONG} two")],
)
def test_two_names_do_not_become_one_account(tmp_path: Path, first: str, second: str) -> None:
    made = sandbox.connect(str(tmp_path), first)
    with pytest.raises(ConnectError, match=f"which is the account of “{first}”"):
        sandbox.connect(str(tmp_path), second)
    assert sandbox.connect(str(tmp_path), first) == made


@pytest.mark.parametrize("name", ["", "   ", "x" * 61])
def test_a_bad_name_is_refused(tmp_path: Path, name: str) -> None:
    with pytest.raises(ConnectError, match="1 to 60"):
        sandbox.connect(str(tmp_path), name)


@pytest.mark.parametrize("name", ["../../etc", "/etc/passwd", "..", "a/../../b"])
def test_no_name_leaves_the_folder(tmp_path: Path, name: str) -> None:
    around = tmp_path / "around"
    root = around / "root"
    account = sandbox.connect(str(root), name)
    assert (root / account.account_id).resolve().parent == root
    assert os.listdir(around) == ["root"]


def test_a_relative_folder_is_refused() -> None:
    with pytest.raises(ConnectError, match="absolute"):
        sandbox.connect("here", "x")


def test_a_thread_with_images_is_published_and_read_back(signed_in: Credentials) -> None:
    options = Options(visibility="unlisted", content_warning="Spoiler", language="en")
    request = factory.request(platform, "One 🥐", "Two", images=(factory.image(),), options=options)
    published = platform.publish(request, signed_in)
    assert [part.remote_id for part in published.parts] == [f"{request.key}.0", f"{request.key}.1"]
    (post,) = stored(signed_in)
    assert (post.parts, post.options, post.created_at) == (request.parts, options, request.created_at)
    assert [post.remote_id(index) for index in (0, 1)] == [part.remote_id for part in published.parts]
    sha256 = request.parts[0].media[0].sha256
    path = sandbox.media_file(signed_in.instance, signed_in.account_id, sha256)
    assert path.read_bytes() == request.media[sha256]
    assert platform.find(request, signed_in) == published


def test_what_was_not_sent_is_not_found(signed_in: Credentials) -> None:
    assert platform.find(factory.request(platform), signed_in) is None


def test_the_same_request_makes_one_post_from_eight_threads(signed_in: Credentials) -> None:
    request = factory.request(platform, "Once", images=(factory.image(),))
    answers: list[object] = []
    workers = [
        threading.Thread(target=lambda: answers.append(platform.publish(request, signed_in)))
        for _ in range(8)
    ]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join()
    assert len(answers) == 8
    assert len(set(answers)) == 1
    assert len(stored(signed_in)) == 1
    assert not [name for name in os.listdir(home(signed_in) / "posts") if name.startswith(".")]


def test_other_content_under_a_used_key_is_refused(signed_in: Credentials) -> None:
    request = factory.request(platform, "First")
    platform.publish(request, signed_in)
    with pytest.raises(PublishError, match="already has this request's key") as raised:
        platform.publish(replace(request, parts=(Part("Second"),)), signed_in)
    assert raised.value.permanent
    assert stored(signed_in)[0].parts == (Part("First"),)


def test_posts_are_listed_newest_first_in_pages(signed_in: Credentials) -> None:
    for index in range(5):
        request = factory.request(platform, f"Post {index}")
        platform.publish(request, signed_in)
        os.utime(home(signed_in) / "posts" / f"{request.key}.json", (index, index))
    folder, account_id = signed_in.instance, signed_in.account_id
    assert [p.parts[0].text for p in sandbox.posts(folder, account_id, limit=2)] == ["Post 4", "Post 3"]
    assert [p.parts[0].text for p in sandbox.posts(folder, account_id, limit=2, skip=4)] == ["Post 0"]


@pytest.mark.parametrize("account_id", ["..", "", "../x", "nobody", "The-Bakery", "the-bakery/posts", "a\0b"])
def test_an_account_that_is_not_there_needs_to_be_connected(signed_in: Credentials, account_id: str) -> None:
    with pytest.raises(PublishError, match="no such account") as raised:
        platform.publish(factory.request(platform), replace(signed_in, account_id=account_id))
    assert raised.value.needs_reconnect


@pytest.mark.parametrize("key", ["../../x", "", "ABCDEF0123", "g" * 32, "12345678\n", "0" * 200])
def test_a_key_that_is_no_key_is_refused(signed_in: Credentials, key: str) -> None:
    with pytest.raises(PublishError, match="not a hexadecimal number"):
        platform.publish(replace(factory.request(platform), key=key), signed_in)


@pytest.mark.parametrize("name", ["../account.json", "", "0" * 64, "x"])
def test_no_other_file_is_given_out_as_an_image(signed_in: Credentials, name: str) -> None:
    with pytest.raises(PublishError, match="no such image"):
        sandbox.media_file(signed_in.instance, signed_in.account_id, name)


def test_an_image_that_is_not_the_named_one_is_refused(signed_in: Credentials) -> None:
    request = factory.request(platform, "x", images=(factory.image(),))
    sha256 = request.parts[0].media[0].sha256
    for media in ({}, {sha256: b"other bytes"}):
        with pytest.raises(PublishError, match="not the one") as raised:
            platform.publish(replace(request, media=media), signed_in)
        assert raised.value.permanent
    assert stored(signed_in) == []


def test_it_refuses_what_breaks_its_limits(signed_in: Credentials) -> None:
    platform.publish(factory.request(platform, "x" * 500), signed_in)
    with pytest.raises(PublishError, match="501 characters; 500 are allowed") as raised:
        platform.publish(factory.request(platform, "x" * 501), signed_in)
    assert raised.value.permanent
    assert not raised.value.maybe_sent
    assert len(stored(signed_in)) == 1


def test_a_folder_that_cannot_be_written_is_not_sent_and_not_permanent(
    signed_in: Credentials, tmp_path: Path
) -> None:
    posts = home(signed_in) / "posts"
    posts.rmdir()
    posts.write_text("a file where the folder should be")
    with pytest.raises(PublishError, match="cannot be written") as raised:
        platform.publish(factory.request(platform), signed_in)
    assert (raised.value.permanent, raised.value.maybe_sent) == (False, False)


def test_check_sign_in_says_who(signed_in: Credentials) -> None:
    assert platform.check_sign_in(signed_in).name == "The Bakery"


def rehearse(credentials: Credentials, kind: Kind, request: PublishRequest | None = None) -> PublishError:
    rehearsal.ask_for(home(credentials), Fault(kind, retry_after=7.0 if kind is Kind.BUSY else None))
    with pytest.raises(PublishError, match="Rehearsed") as raised:
        platform.publish(request or factory.request(platform), credentials)
    return raised.value


@pytest.mark.parametrize("kind", [Kind.NO_ANSWER, Kind.ERROR_AFTER])
def test_rehearsing_a_lost_answer_leaves_one_post_to_be_found(signed_in: Credentials, kind: Kind) -> None:
    request = factory.request(platform)
    assert rehearse(signed_in, kind, request).maybe_sent
    assert platform.find(request, signed_in) is not None
    platform.publish(request, signed_in)
    assert len(stored(signed_in)) == 1


@pytest.mark.parametrize("kind", [Kind.NOT_REACHED, Kind.BUSY, Kind.REFUSED])
def test_rehearsing_a_definite_failure_stores_nothing(signed_in: Credentials, kind: Kind) -> None:
    error = rehearse(signed_in, kind)
    assert not error.maybe_sent
    assert error.permanent == (kind is Kind.REFUSED)
    assert error.retry_after == (7.0 if kind is Kind.BUSY else None)
    assert stored(signed_in) == []


def test_each_rehearsed_failure_happens_once_and_in_order(signed_in: Credentials) -> None:
    rehearsal.ask_for(home(signed_in), Fault(Kind.REFUSED))
    assert "answered 500" in str(rehearse_two(signed_in)[1])
    platform.publish(factory.request(platform), signed_in)
    assert rehearsal.waiting(home(signed_in)) == []


def rehearse_two(credentials: Credentials) -> list[PublishError]:
    rehearsal.ask_for(home(credentials), Fault(Kind.ERROR_AFTER))
    errors = []
    for _ in range(2):
        with pytest.raises(PublishError) as raised:
            platform.publish(factory.request(platform), credentials)
        errors.append(raised.value)
    return errors


def test_rehearsing_a_find_that_fails_does_not_touch_publishing(signed_in: Credentials) -> None:
    rehearsal.ask_for(home(signed_in), Fault(Kind.FIND_FAILS))
    request = factory.request(platform)
    platform.publish(request, signed_in)
    with pytest.raises(PublishError, match="cannot say") as raised:
        platform.find(request, signed_in)
    assert raised.value.maybe_sent
    assert platform.find(request, signed_in) is not None


def test_a_revoked_sign_in_asks_to_reconnect_until_it_is_restored(signed_in: Credentials) -> None:
    rehearsal.revoke(home(signed_in))
    for call in (
        lambda: platform.publish(factory.request(platform), signed_in),
        lambda: platform.find(factory.request(platform), signed_in),
        lambda: platform.check_sign_in(signed_in),
    ):
        with pytest.raises(PublishError, match="withdrew") as raised:
            call()
        assert raised.value.needs_reconnect
    rehearsal.restore(home(signed_in))
    assert platform.check_sign_in(signed_in).account_id == "the-bakery"


BIG = Media("0" * 64, "image/png", 2_000_001, 4097, 4096, "x" * 1501)
FITS = Media("0" * 64, "image/png", 2_000_000, 4096, 4096, "x" * 1500)


def test_images_at_the_border_are_fine_and_one_more_is_not() -> None:
    assert platform.problems(Part("", (FITS,) * 4), platform.limits) == []
    found = platform.problems(Part("", (FITS, BIG)), platform.limits)
    assert [(p.field, p.media_index) for p in found] == [("media", 1), ("media", 1), ("alt", 1)]
    assert "2,000,001 bytes; 2,000,000" in found[0].message
    assert (found[2].start, found[2].end) == (1500, 1501)
    assert "5 images; 4" in platform.problems(Part("", (FITS,) * 5), platform.limits)[0].message
    wrong = replace(FITS, content_type="image/tiff")
    assert "image/tiff" in platform.problems(Part("", (wrong,)), platform.limits)[0].message


def test_what_is_too_long_is_marked_from_the_first_grapheme_beyond() -> None:
    family = "👨‍👩‍👧‍👦"
    assert platform.problems(Part(family * 500), platform.limits) == []
    (problem,) = platform.problems(Part(family * 500 + "e\u0301"), platform.limits)
    assert (problem.start, problem.end) == (500 * len(family), 500 * len(family) + 2)
    assert "501 characters" in problem.message


def test_a_content_warning_counts_and_an_unknown_visibility_is_a_problem() -> None:
    part = Part("x" * 495)
    assert platform.problems(part, platform.limits, Options(content_warning="Cakes")) == []
    (problem,) = platform.problems(part, platform.limits, Options(content_warning="Cakes!"))
    assert (problem.start, problem.end) == (494, 495)
    (problem,) = platform.problems(part, platform.limits, Options(visibility="everybody"))
    assert problem.field == "visibility"


@pytest.mark.parametrize("text", ["", "  \n"])
def test_an_empty_post_is_a_problem(text: str) -> None:
    assert "empty" in platform.problems(Part(text), platform.limits)[0].message


def test_required_alt_text_is_asked_for() -> None:
    limits = replace(platform.limits, alt_required=True)
    (problem,) = platform.problems(Part("", (replace(FITS, alt=" "),)), limits)
    assert (problem.field, problem.media_index) == ("alt", 0)
