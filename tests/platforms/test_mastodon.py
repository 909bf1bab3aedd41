from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from platforms import mastodon as module
from platforms.base import Credentials, Options, Part, PublishError, PublishRequest
from platforms.mastodon import Mastodon
from platforms.mastodon_text import plain
from tests.platforms import factory
from tests.platforms.conftest import Lossy
from tests.servers.mastodon_state import Fault, State

platform = Mastodon()
STATUSES = "/api/v1/statuses"


def failing(request: PublishRequest, credentials: Credentials) -> PublishError:
    with pytest.raises(PublishError) as raised:
        platform.publish(request, credentials)
    return raised.value


def test_a_thread_with_images_is_published_as_it_was_meant(server: State, alice: Credentials) -> None:
    options = Options(visibility="unlisted", content_warning="Cake", language="de")
    images = (factory.image(alt="Ein Kuchen"), factory.image(kind="JPEG", shade=7, alt=""))
    request = factory.request(platform, "Eins 🍰", "Zwei", "Drei", images=images, options=options)
    published = platform.publish(request, alice)
    first, second, third = server.statuses
    assert [part.remote_id for part in published.parts] == [s["id"] for s in server.statuses]
    assert published.parts[0].url == f"{server.url}/@alice/{first['id']}"
    assert (first["x_text"], first["visibility"], first["spoiler_text"]) == ("Eins 🍰", "unlisted", "Cake")
    assert first["language"] == "de"
    assert [image["description"] for image in first["media_attachments"]] == ["Ein Kuchen", None]
    assert [image["data"] for image in server.images.values()] == [data for _, data in images]
    assert [s["in_reply_to_id"] for s in (second, third)] == [first["id"], second["id"]]
    assert [s["x_key"] for s in server.statuses] == [f"{request.key}-{i}" for i in range(3)]
    assert platform.find(request, alice) == published


@pytest.mark.parametrize(
    "url", ["javascript:alert(1)", "https://x.example@evil.example/", "http://social.example/1", 7]
)
def test_what_a_server_calls_an_address_is_no_link_unless_it_is_one(
    server: State, alice: Credentials, url: object
) -> None:
    request = factory.request(platform, "Safe")
    platform.publish(request, alice)
    status = server.statuses[0]
    status["url"], good = url, status["uri"]
    found = platform.find(request, alice)
    assert found is not None
    assert found.parts[0].url == good, "the other address serves where it is good"
    status["uri"] = url
    found = platform.find(request, alice)
    assert found is not None
    assert found.parts[0].url == ""
    assert found.parts[0].remote_id == status["id"]


@pytest.mark.parametrize("polls", [0, 3])
def test_an_image_is_used_when_it_is_ready(server: State, alice: Credentials, polls: int) -> None:
    server.settings.polls = polls
    platform.publish(factory.request(platform, "x", images=(factory.image(),)), alice)
    assert len(server.statuses[0]["media_attachments"]) == 1


def test_an_image_that_is_never_ready_is_not_waited_for_without_end(
    server: State, alice: Credentials, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "PROCESSING_SECONDS", 0.3)
    server.settings.polls = 1000
    error = failing(factory.request(platform, "x", images=(factory.image(),)), alice)
    assert (error.maybe_sent, error.permanent, error.retry_after) == (False, False, 60.0)
    assert server.statuses == []


@pytest.mark.parametrize("fault", ["drop_after", "status_after", "garbage_after"])
@pytest.mark.parametrize("honour", [True, False])
def test_a_lost_answer_is_maybe_sent_and_is_found_once(
    server: State, alice: Credentials, fault: str, honour: bool
) -> None:
    server.settings.honour_key = honour
    server.faults.append(Fault(fault))
    request = factory.request(platform, "Only once, https://example.com/a/rather/long/way/home?x=1&y=2 #tag")
    assert failing(request, alice).maybe_sent
    found = platform.find(request, alice)
    assert found is not None
    assert [part.remote_id for part in found.parts] == [server.statuses[0]["id"]]
    assert len(server.statuses) == 1


def test_the_key_lets_an_honouring_server_make_one_post_of_two_requests(
    server: State, alice: Credentials
) -> None:
    request = factory.request(platform, "Same", images=(factory.image(),))
    assert platform.publish(request, alice) == platform.publish(request, alice)
    assert len(server.statuses) == 1
    server.settings.honour_key = False
    platform.publish(request, alice)
    assert len(server.statuses) == 2


def test_a_proxy_that_loses_the_answer_leaves_one_copy(
    server: State, alice: Credentials, lossy: Lossy
) -> None:
    request = factory.request(platform, "Through a bad line")
    error = failing(request, replace(alice, instance=lossy(server.url, STATUSES)))
    assert error.maybe_sent
    assert platform.find(request, alice) is not None
    assert len(server.statuses) == 1


def test_a_request_that_did_not_arrive_is_not_found(server: State, alice: Credentials, lossy: Lossy) -> None:
    request = factory.request(platform, "Lost on the way")
    error = failing(request, replace(alice, instance=lossy(server.url, STATUSES, mode="refuse")))
    assert error.maybe_sent
    assert platform.find(request, alice) is None
    platform.publish(request, alice)
    assert len(server.statuses) == 1


def test_no_answer_in_time_is_maybe_sent(
    server: State, alice: Credentials, monkeypatch: pytest.MonkeyPatch
) -> None:
    real = module.http.call
    monkeypatch.setattr(module.http, "call", lambda *a, **k: real(*a, **{**k, "read_seconds": 0.3}))
    server.faults.append(Fault("slow_after", seconds=1.0))
    request = factory.request(platform, "Slow")
    assert failing(request, alice).maybe_sent
    assert platform.find(request, alice) is not None


def test_too_many_requests_says_when_to_come_back(server: State, alice: Credentials) -> None:
    server.faults.append(Fault("status_before", status=429))
    error = failing(factory.request(platform), alice)
    assert (error.permanent, error.maybe_sent) == (False, False)
    assert error.retry_after is not None
    assert 280 < error.retry_after < 301  # its Date header has whole seconds
    server.faults.append(Fault("status_before", status=429, headers={"Retry-After": "9"}))
    assert failing(factory.request(platform), alice).retry_after == 9.0


@pytest.mark.parametrize("form", ["json", "html", "text"])
def test_a_refusal_is_permanent_and_says_why_in_any_form(
    server: State, alice: Credentials, form: str
) -> None:
    server.settings.error_form = form
    error = failing(factory.request(platform, "x" * 501), alice)
    assert (error.permanent, error.maybe_sent, error.needs_reconnect) == (True, False, False)
    assert "(422): Validation failed: Text character limit of 500 exceeded" in error.message
    assert server.statuses == []


def test_a_revoked_token_asks_to_reconnect(server: State, alice: Credentials) -> None:
    server.registry.revoke("alice")
    for call in (
        lambda: platform.publish(factory.request(platform), alice),
        lambda: platform.check_sign_in(alice),
        lambda: platform.find(factory.request(platform), alice),
    ):
        with pytest.raises(PublishError, match="access token is invalid") as raised:
            call()
        assert raised.value.needs_reconnect
    assert server.statuses == []


def test_a_token_without_the_scope_asks_to_reconnect(server: State, alice: Credentials) -> None:
    limited = replace(alice, secrets={"access_token": server.token_for("alice", "read:accounts")})
    error = failing(factory.request(platform), limited)
    assert (error.permanent, error.needs_reconnect) == (True, True)


def test_a_redirect_is_refused(server: State, alice: Credentials) -> None:
    server.faults.append(Fault("redirect", headers={"Location": "https://elsewhere.example/"}))
    error = failing(factory.request(platform), alice)
    assert (error.permanent, error.maybe_sent) == (True, False)


def test_a_thread_that_breaks_says_what_is_out(server: State, alice: Credentials) -> None:
    request = factory.request(platform, "One", "Two", "Three")
    server.faults.append(Fault("slow_after"))
    server.faults.append(Fault("status_before", status=503))
    error = failing(request, alice)
    assert [part.remote_id for part in error.sent] == [server.statuses[0]["id"]]
    with pytest.raises(PublishError, match="Only 1 of 3") as raised:
        platform.find(request, alice)
    assert raised.value.maybe_sent
    assert raised.value.sent == error.sent


def test_a_thread_whose_first_post_was_deleted_is_not_taken_for_unsent(
    server: State, alice: Credentials
) -> None:
    request = factory.request(platform, "One", "Two")
    platform.publish(request, alice)
    del server.statuses[0]
    server.statuses[0]["in_reply_to_id"] = None
    with pytest.raises(PublishError, match="Only 1 of 2"):
        platform.find(request, alice)


def test_a_bad_image_leaves_no_half_thread(server: State, alice: Credentials) -> None:
    server.faults.append(Fault("status_before", path="/api/v2/media", status=500))
    error = failing(factory.request(platform, "One", "Two", images=(factory.image(),)), alice)
    assert (error.maybe_sent, error.sent) == (False, ())
    assert server.statuses == []


@pytest.mark.parametrize(
    "text",
    [
        "Plain",
        "Two\nlines\n\nand  a paragraph",
        "<b>not bold</b> & ends",
        "Mail @bob and @carol@far.example, see https://example.com/a-very-long-path/that-is-cut-in-the-page?q=1",
        "#Tags and 👨‍👩‍👧‍👦 and é",
        "日本語 العربية",
    ],
)
def test_what_is_shown_is_recognised_as_what_was_sent(server: State, alice: Credentials, text: str) -> None:
    request = factory.request(platform, text)
    platform.publish(request, alice)
    assert platform.find(request, alice) is not None
    for other in ("Other", text + "!", text[:-1]):
        assert platform.find(factory.request(platform, other), alice) is None


def test_other_posts_are_not_taken_for_it(server: State, alice: Credentials) -> None:
    request = factory.request(platform, "Same words")
    bob = factory.credentials("1002", server.url, {"access_token": server.token_for("bob")})
    platform.publish(factory.request(platform, "Same words"), bob)
    platform.publish(factory.request(platform, "Same words", images=(factory.image(),)), alice)
    platform.publish(factory.request(platform, "Same words", options=Options(content_warning="x")), alice)
    platform.publish(factory.request(platform, "Before", "Same words"), alice)
    assert platform.find(request, alice) is None


def test_an_older_equal_post_is_not_taken_for_it(server: State, alice: Credentials) -> None:
    platform.publish(factory.request(platform, "Good morning"), alice)
    request = factory.request(platform, "Good morning")
    later = replace(request, created_at=request.created_at + timedelta(hours=1))
    assert platform.find(later, alice) is None


def test_it_is_found_behind_many_newer_posts(server: State, alice: Credentials) -> None:
    request = factory.request(platform, "The one")
    platform.publish(request, alice)
    for index in range(100):
        server.add_status("alice", {"status": f"Newer {index}"}, "")
    assert platform.find(request, alice) is not None


def test_a_listing_that_ends_too_early_is_no_proof(
    server: State, alice: Credentials, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "PAGES", 2)
    for index in range(100):
        server.add_status("alice", {"status": f"Newer {index}"}, "")
    with pytest.raises(PublishError, match="too many newer posts") as raised:
        platform.find(factory.request(platform, "The one"), alice)
    assert raised.value.maybe_sent


@pytest.mark.parametrize("kind", ["status_before", "garbage_after", "drop_before"])
def test_a_listing_that_fails_leaves_it_open(server: State, alice: Credentials, kind: str) -> None:
    server.faults.append(Fault(kind, path="/api/v1/accounts", method="GET", status=404))
    with pytest.raises(PublishError) as raised:
        platform.find(factory.request(platform), alice)
    assert (raised.value.maybe_sent, raised.value.permanent) == (True, False)


def test_check_sign_in_says_who_and_the_limits_of_today(server: State, alice: Credentials) -> None:
    server.settings.max_characters = 5000
    account = platform.check_sign_in(alice)
    assert account.account_id == "1001"
    assert platform.limits_for(account.limits).characters == 5000
    with pytest.raises(PublishError, match="another account"):
        platform.check_sign_in(replace(alice, account_id="1002"))


# Limits and counting


@pytest.mark.parametrize("html", ["<a ", "<!--", "<p ", "&#", "<"])
def test_hostile_html_is_read_in_one_pass(html: str) -> None:
    assert plain(html * 60_000) != ""


@pytest.mark.parametrize(
    ("text", "length"),
    [
        ("", 0),
        ("👨‍👩‍👧‍👦e\u0301", 2),
        ("https://example.com/" + "x" * 300, 23),
        ("See https://example.com/a.", 28),
        ("(https://example.com/a_(b))", 25),
        ("http://a.example http://b.example", 47),
        ("http://localhost", 16),
        ("https://", 8),
        ("ftp://example.com/long/long/long/way", 36),
        ("@someone@a.very.long.example.social hi", 11),
        ("@someone hi", 11),
        ("me@example.com", 14),
        ("@a.b-c@example.com.", 7),
        ("@someone@", 9),
        ("@" + "w" * 40_000, 40_001),
    ],
)
def test_how_it_counts(text: str, length: int) -> None:
    assert platform.length(text) == length


def test_the_border_of_the_text() -> None:
    link = "https://example.com/" + "x" * 80
    assert platform.problems(Part("x" * 476 + " " + link), platform.limits) == []
    (problem,) = platform.problems(Part("x" * 477 + " " + link), platform.limits)
    assert "501 characters; 500 are allowed" in problem.message
    short = replace(platform.limits, url_characters=10)
    assert platform.problems(Part("x" * 489 + " " + link), short) == []
    assert platform.problems(Part("x" * 490), platform.limits, Options(content_warning="x" * 10)) == []
    assert platform.problems(Part("x" * 490), platform.limits, Options(content_warning="x" * 11)) != []


def test_the_server_s_own_limits_count() -> None:
    server: dict[str, Any] = {
        "max_characters": 11_000,
        "max_media_attachments": 8,
        "image_size_limit": 7,
        "image_matrix_limit": 8,
        "description_limit": 9,
        "characters_reserved_per_url": 10,
        "supported_mime_types": ["image/png", "video/mp4"],
    }
    limits = platform.limits_for(server)
    assert (limits.characters, limits.images, limits.image_bytes, limits.image_pixels) == (11_000, 8, 7, 8)
    assert (limits.alt_characters, limits.url_characters, limits.image_types) == (9, 10, ("image/png",))
    assert platform.limits_for({}) == platform.limits


@pytest.mark.parametrize("visibility", ["", "public", "unlisted", "private", "direct"])
def test_visibilities(visibility: str) -> None:
    assert platform.problems(Part("x"), platform.limits, Options(visibility=visibility)) == []
    assert platform.problems(Part("x"), platform.limits, Options(visibility=visibility + "x")) != []
