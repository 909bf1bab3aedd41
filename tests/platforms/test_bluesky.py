"""Against a real Bluesky server, except where a server has nothing to say."""

import hashlib
import logging
import threading
from collections.abc import Iterator, Mapping
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
import requests

from platforms import bluesky as module
from platforms.base import (
    ConnectError,
    Credentials,
    Media,
    Mention,
    Options,
    Part,
    PublishError,
    PublishRequest,
)
from platforms.bluesky import Bluesky, connect
from tests.platforms import factory
from tests.platforms.conftest import Lossy

platform = Bluesky()
PUT = "com.atproto.repo.putRecord"
FAMILY = "👨‍👩‍👧‍👦"


@pytest.fixture(scope="module")
def session(bluesky_server: str) -> dict[str, Any]:
    """One sign-in for the whole module: the server allows 30 in five minutes."""
    answer = requests.post(
        f"{bluesky_server}/xrpc/com.atproto.server.createSession",
        json={"identifier": "alice.test", "password": "alice-pass"},
        timeout=10,
    )
    answer.raise_for_status()
    return dict(answer.json())


@pytest.fixture
def alice(loopback: None, bluesky_server: str, session: dict[str, Any]) -> Credentials:
    secrets = {"app_password": "wrong", "access": session["accessJwt"], "refresh": session["refreshJwt"]}
    return factory.credentials(session["did"], bluesky_server, secrets)


@pytest.fixture
def app_password(bluesky_server: str, session: dict[str, Any]) -> Iterator[str]:
    """An app password of alice's, withdrawn afterwards."""
    name = f"test {datetime.now(UTC).timestamp()}"
    made = admin(bluesky_server, session, "createAppPassword", {"name": name})
    yield made["password"]
    admin(bluesky_server, session, "revokeAppPassword", {"name": name})


def admin(server: str, session: Mapping[str, Any], call: str, body: dict[str, Any] | None) -> Any:
    answer = requests.post(
        f"{server}/xrpc/com.atproto.server.{call}",
        json=body,
        headers={"Authorization": f"Bearer {session['accessJwt']}"},
        timeout=10,
    )
    answer.raise_for_status()
    return answer.json() if answer.content else {}


def records(credentials: Credentials, request: PublishRequest) -> list[dict[str, Any]]:
    """What the server shows to anybody, oldest first: every post with one of the request's texts."""
    answer = requests.get(
        f"{credentials.instance}/xrpc/com.atproto.repo.listRecords",
        params={"repo": credentials.account_id, "collection": module.POST, "limit": "100"},
        timeout=10,
    )
    answer.raise_for_status()
    texts = {part.text for part in request.parts}
    return [r for r in reversed(answer.json()["records"]) if r["value"]["text"] in texts]


def unique(text: str) -> str:
    return f"{text} {datetime.now(UTC).isoformat()}"


def failing(request: PublishRequest, credentials: Credentials) -> PublishError:
    with pytest.raises(PublishError) as raised:
        platform.publish(request, credentials)
    return raised.value


@pytest.mark.live
def test_a_thread_is_published_as_it_was_meant(alice: Credentials) -> None:
    text = unique("🍰 https://example.com/x #Cake @bob.test and @nobody.test")
    images = (factory.image(30, 20, alt="A cake"), factory.image(kind="JPEG", alt=""))
    named = {handle: platform.account_of(handle, alice.instance) for handle in platform.mentioned(text)}
    assert list(named) == ["bob.test", "nobody.test"]
    bob = named["bob.test"]
    assert bob
    assert named["nobody.test"] is None
    given = {"images": images, "mentions": (Mention("bob.test", bob),), "options": Options(language="en")}
    request = factory.request(platform, text, unique("Two"), unique("Three"), **given)
    published = platform.publish(request, alice)
    first, second, third = records(alice, request)
    assert [part.remote_id for part in published.parts] == [r["uri"] for r in (first, second, third)]
    key = request.record_keys[0]
    assert published.parts[0].url == f"https://bsky.app/profile/{alice.account_id}/post/{key}"
    features = [facet["features"][0]["$type"].partition("#")[2] for facet in first["value"]["facets"]]
    assert features == ["link", "tag", "mention"]
    assert first["value"]["facets"][2]["features"][0]["did"] == bob
    shown = first["value"]["embed"]["images"]
    assert [(i["alt"], i["aspectRatio"]["width"]) for i in shown] == [("A cake", 30), ("", 8)]
    assert [i["image"]["size"] for i in shown] == [len(data) for _, data in images]
    assert first["value"]["langs"] == ["en"]
    assert datetime.fromisoformat(first["value"]["createdAt"]) - request.created_at < timedelta(seconds=1)
    assert third["value"]["reply"]["root"]["uri"] == first["uri"]
    assert third["value"]["reply"]["parent"]["uri"] == second["uri"]
    assert platform.find(request, alice) == published


@pytest.mark.live
def test_the_same_request_again_is_the_same_post(alice: Credentials) -> None:
    request = factory.request(platform, unique("Once"), unique("Twice"), images=(factory.image(),))
    assert platform.publish(request, alice) == platform.publish(request, alice)
    assert len(records(alice, request)) == 2


@pytest.mark.live
@pytest.mark.parametrize("mode", ["drop", "500"])
def test_a_lost_answer_leaves_exactly_one_copy(alice: Credentials, lossy: Lossy, mode: str) -> None:
    request = factory.request(platform, unique(f"Lost {mode}"))
    bad_line = replace(alice, instance=lossy(alice.instance, PUT, mode=mode))
    error = failing(request, bad_line)
    assert (error.maybe_sent, error.permanent) == (True, False)
    found = platform.find(request, alice)
    assert found is not None
    assert platform.publish(request, bad_line) == found
    assert len(records(alice, request)) == 1


@pytest.mark.live
def test_a_request_that_did_not_arrive_is_certainly_not_there(alice: Credentials, lossy: Lossy) -> None:
    request = factory.request(platform, unique("Refused"))
    error = failing(request, replace(alice, instance=lossy(alice.instance, PUT, mode="refuse")))
    assert error.maybe_sent
    assert platform.find(request, alice) is None
    assert records(alice, request) == []


@pytest.mark.live
def test_six_at_once_make_one_post(alice: Credentials) -> None:
    request = factory.request(platform, unique("Six"))
    answers: list[object] = []
    workers = [
        threading.Thread(target=lambda: answers.append(platform.publish(request, alice))) for _ in range(6)
    ]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join()
    assert len(answers) == 6
    assert len(set(answers)) == 1
    assert len(records(alice, request)) == 1


@pytest.mark.live
def test_a_thread_that_breaks_says_what_is_out(alice: Credentials, lossy: Lossy) -> None:
    request = factory.request(platform, unique("One"), unique("Two"))
    platform.publish(replace(request, parts=request.parts[:1], record_keys=request.record_keys[:1]), alice)
    error = failing(request, replace(alice, instance=lossy(alice.instance, PUT, times=2, mode="refuse")))
    assert error.sent == ()
    with pytest.raises(PublishError, match="Only 1 of 2") as raised:
        platform.find(request, alice)
    assert raised.value.maybe_sent
    assert len(raised.value.sent) == 1
    assert len(platform.publish(request, alice).parts) == 2
    assert len(records(alice, request)) == 2


@pytest.mark.live
def test_another_post_under_our_key_is_refused_and_stays(alice: Credentials) -> None:
    request = factory.request(platform, unique("Mine"))
    platform.publish(request, alice)
    error = failing(replace(request, parts=(Part(unique("Other")),)), alice)
    assert (error.permanent, error.maybe_sent) == (True, False)
    assert len(records(alice, request)) == 1


@pytest.mark.live
def test_other_tags_do_not_make_the_post_another(alice: Credentials) -> None:
    """What a version sent that looked mentions up while sending is found out, not sent twice or called failed."""
    request = factory.request(platform, unique("Hi @bob.test"))
    tagged = replace(request.parts[0], mentions=(Mention("bob.test", alice.account_id),))
    first = platform.publish(replace(request, parts=(tagged,)), alice)
    assert platform.publish(request, alice) == first
    assert len(records(alice, request)) == 1


@pytest.mark.live
@pytest.mark.parametrize("text", ["x" * 300, FAMILY * 100, "é" * 300, "e\u0301" * 300])
def test_our_border_is_the_server_s_border(alice: Credentials, text: str) -> None:
    assert platform.problems(Part(text), platform.limits) == []
    platform.publish(factory.request(platform, text), alice)
    longer = text + FAMILY * (300 - platform.length(text) + 1)
    assert platform.problems(Part(longer), platform.limits) != []
    error = failing(factory.request(platform, longer), alice)
    assert (error.permanent, error.maybe_sent, error.needs_reconnect) == (True, False, False)


def padded(size: int, content_type: str = "image/png") -> tuple[Media, bytes]:
    """An image that is made larger, or something that is none."""
    media, data = factory.image()
    data = data.ljust(size, b" ") if content_type == "image/png" else b"words, no image"
    digest = hashlib.sha256(data).hexdigest()
    return replace(media, sha256=digest, size=len(data), content_type=content_type), data


@pytest.mark.live
@pytest.mark.parametrize(
    ("text", "content", "status", "do"),
    [
        ("x" * 301, {}, 400, "Shorten the text"),
        (FAMILY * 200, {}, 400, "Shorten the text"),
        ("Refused", {"options": Options(language="no language!")}, 400, "Choose another language"),
        ("Refused", {"images": (padded(6_000_000),)}, 413, "Use a smaller image"),
        ("Refused", {"images": (padded(2_500_000),)}, 400, "Use a smaller image"),
        ("Refused", {"images": (padded(0, "text/plain"),)}, 400, "Use a JPEG, PNG or WebP image"),
    ],
    ids=["graphemes", "bytes", "language", "upload", "blob", "kind"],
)
def test_what_it_refuses_comes_with_what_to_do(
    alice: Credentials, text: str, content: dict[str, Any], status: int, do: str
) -> None:
    error = failing(factory.request(platform, text, **content), alice)
    assert f"({status}): " in error.message
    assert error.message.endswith(f". {do} and submit it again.")
    assert (error.permanent, error.maybe_sent, error.needs_reconnect) == (True, False, False)


@pytest.mark.live
def test_a_deactivated_account_is_held_until_its_owner_activates_it(
    loopback: None, bluesky_server: str
) -> None:
    answer = requests.post(
        f"{bluesky_server}/xrpc/com.atproto.server.createSession",
        json={"identifier": "bob.test", "password": "bob-pass"},
        timeout=10,
    )
    session = answer.json()
    bob = factory.credentials(
        session["did"], bluesky_server, {"access": session["accessJwt"], "refresh": session["refreshJwt"]}
    )
    admin(bluesky_server, session, "deactivateAccount", {})
    try:
        error = failing(factory.request(platform, "Away"), bob)
    finally:
        admin(bluesky_server, session, "activateAccount", None)
    assert error.needs_reconnect
    assert "Its owner has deactivated the account." in error.message


@pytest.mark.live
def test_a_deleted_post_is_not_found(alice: Credentials) -> None:
    request = factory.request(platform, unique("Gone"))
    platform.publish(request, alice)
    body = {"repo": alice.account_id, "collection": module.POST, "rkey": request.record_keys[0]}
    requests.post(
        f"{alice.instance}/xrpc/com.atproto.repo.deleteRecord",
        json=body,
        headers={"Authorization": f"Bearer {alice.secrets['access']}"},
        timeout=10,
    ).raise_for_status()
    assert platform.find(request, alice) is None


@pytest.mark.live
def test_connecting_with_an_app_password_and_after_it_was_revoked(
    loopback: None, bluesky_server: str, session: dict[str, Any], app_password: str
) -> None:
    account, secrets = connect(bluesky_server, " @alice.test ", app_password)
    assert (account.account_id, account.handle) == (session["did"], "@alice.test")
    saved: list[Mapping[str, str]] = []
    expired = {**secrets, "access": "", "refresh": "made-up"}
    signed_in = factory.credentials(account.account_id, bluesky_server, expired, saved.append)
    assert platform.check_sign_in(signed_in) == account
    assert saved[0]["app_password"] == app_password
    assert saved[0]["access"]
    assert saved[0]["refresh"] not in ("", "made-up")
    for made in admin_list(bluesky_server, session):
        admin(bluesky_server, session, "revokeAppPassword", {"name": made})
    request = factory.request(platform, unique("Too late"))
    gone = factory.credentials(account.account_id, bluesky_server, {**saved[0], "access": ""})
    for call in (lambda: platform.publish(request, gone), lambda: platform.check_sign_in(gone)):
        with pytest.raises(PublishError, match="did not accept the app password") as raised:
            call()
        assert raised.value.needs_reconnect
        assert not raised.value.maybe_sent


def admin_list(server: str, session: Mapping[str, Any]) -> list[str]:
    answer = requests.get(
        f"{server}/xrpc/com.atproto.server.listAppPasswords",
        headers={"Authorization": f"Bearer {session['accessJwt']}"},
        timeout=10,
    )
    answer.raise_for_status()
    return [made["name"] for made in answer.json()["passwords"]]


@pytest.mark.live
def test_a_stale_session_is_renewed_and_kept(
    loopback: None, bluesky_server: str, session: dict[str, Any], app_password: str
) -> None:
    _, secrets = connect(bluesky_server, "alice.test", app_password)
    saved: list[Mapping[str, str]] = []
    stale = {**secrets, "access": "not.a.token", "app_password": ""}
    signed_in = factory.credentials(session["did"], bluesky_server, stale, saved.append)
    request = factory.request(platform, unique("Renewed"))
    platform.publish(request, signed_in)
    assert len(saved) == 1
    assert saved[0]["access"] not in ("", "not.a.token")
    assert saved[0]["refresh"]
    assert len(records(signed_in, request)) == 1


@pytest.mark.live
@pytest.mark.parametrize(
    ("identifier", "password", "words"),
    [
        ("alice.test", "wrong", "Handle or app password is wrong"),
        ("nobody.test", "wrong", "Handle or app password is wrong"),
        ("", "x", "Give your handle"),
        ("alice.test", "  ", "Give your handle"),
    ],
)
def test_a_wrong_sign_in_gets_clear_words(
    loopback: None, bluesky_server: str, identifier: str, password: str, words: str
) -> None:
    with pytest.raises(ConnectError, match=words):
        connect(bluesky_server, identifier, password)


@pytest.mark.live
def test_a_server_that_cannot_be_reached_keeps_the_sign_in(alice: Credentials) -> None:
    for call in (platform.publish, platform.find):
        with pytest.raises(PublishError, match="could not be reached") as raised:
            call(factory.request(platform), replace(alice, instance="http://127.0.0.1:9"))
        assert not raised.value.needs_reconnect
        assert raised.value.maybe_sent == (call == platform.find)


@pytest.mark.live
def test_a_token_of_another_account_is_noticed(alice: Credentials) -> None:
    with pytest.raises(PublishError, match="another one") as raised:
        platform.check_sign_in(replace(alice, account_id="did:plc:somebodyelse"))
    assert raised.value.needs_reconnect


@pytest.mark.live
def test_no_secret_is_in_any_error_or_log(
    alice: Credentials, bluesky_server: str, lossy: Lossy, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    errors: list[Exception] = [
        failing(factory.request(platform, "x" * 301), alice),
        failing(factory.request(platform), replace(alice, instance=lossy(bluesky_server, PUT))),
    ]
    with pytest.raises(ConnectError) as raised:
        connect(bluesky_server, "alice.test", "my-wrong-password")
    errors.append(raised.value)
    texts = caplog.text + repr(alice) + "".join(str(e) + repr(e) + repr(e.__context__) for e in errors)
    for secret in (alice.secrets["access"], alice.secrets["refresh"], "my-wrong-password"):
        assert secret not in texts


def test_a_server_that_is_none_of_these_is_named(server: Any) -> None:
    with pytest.raises(ConnectError, match="is not an AT Protocol server"):
        connect(server.url, "alice.test", "app-pass")


@pytest.mark.parametrize("instance", ["10.0.0.1", "https://169.254.169.254", "https://localhost"])
def test_a_private_server_is_refused(strict: None, instance: str) -> None:
    with pytest.raises(ConnectError, match="not on the public internet"):
        connect(instance, "alice.test", "app-pass")


# Limits


@pytest.mark.parametrize(
    ("text", "characters"),
    [
        ("", 0),
        ("abc", 3),
        (FAMILY, 1),
        ("e\u0301", 1),
        ("🇩🇪🇫🇷", 2),
        ("\r\n", 1),
        ("https://example.com/xyz", 23),
    ],
)
def test_length_is_in_graphemes(text: str, characters: int) -> None:
    assert platform.length(text) == characters


def test_bytes_have_a_border_of_their_own() -> None:
    assert platform.problems(Part(FAMILY * 120), platform.limits) == []
    (problem,) = platform.problems(Part(FAMILY * 121), platform.limits)
    assert "3025 bytes; 3000 are allowed" in problem.message


def test_what_bluesky_does_not_have_is_a_problem() -> None:
    (problem,) = platform.problems(Part("x"), platform.limits, Options(content_warning="Cake"))
    assert problem.field == "content_warning"
    (problem,) = platform.problems(Part("x"), platform.limits, Options(visibility="public"))
    assert problem.field == "visibility"
    media = replace(factory.image()[0], content_type="image/gif")
    assert "image/gif" in platform.problems(Part("x", (media,)), platform.limits)[0].message


def test_images_at_the_border() -> None:
    media, _ = factory.image()
    assert platform.problems(Part("", (replace(media, size=1_000_000),) * 4), platform.limits) == []
    assert platform.problems(Part("", (replace(media, size=1_000_001),)), platform.limits) != []
    assert platform.problems(Part("", (media,) * 5), platform.limits) != []


def test_record_keys_are_fresh_valid_and_in_the_order_of_time() -> None:
    now = datetime(2026, 3, 1, tzinfo=UTC)
    keys = [platform.record_key(now) for _ in range(500)]
    assert len(set(keys)) == 500
    letters = "234567abcdefghijklmnopqrstuvwxyz"
    assert all(len(key) == 13 and set(key) <= set(letters) and key[0] in letters[:16] for key in keys)
    assert max(keys) < platform.record_key(now + timedelta(seconds=1))
