import logging
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
import requests

from platforms import mastodon
from platforms.base import ConnectError
from platforms.mastodon_sign_in import server_limits
from tests.servers.mastodon_state import Fault, State

BACK = "https://countersign.example/channels/mastodon/back"


def sent_back(url: str) -> dict[str, str]:
    """What the server sends the person back with."""
    answer = requests.get(url, allow_redirects=False, timeout=5)
    assert answer.status_code == 302, answer.text
    location = urlsplit(answer.headers["Location"])
    assert location._replace(query="").geturl() == BACK
    return {name: values[0] for name, values in parse_qs(location.query).items()}


def signed_in(server: State, **changes: Any) -> dict[str, str]:
    app = mastodon.register_app(server.url, BACK)
    url, state, verifier = mastodon.authorization_url(server.url, app, BACK)
    said = sent_back(url)
    given = {"code": said["code"], "state": said["state"], "expected_state": state, "code_verifier": verifier}
    return mastodon.fetch_token(server.url, app, BACK, **{**given, **changes})


@pytest.mark.parametrize("pkce", [True, False])
def test_the_whole_way_to_an_account_that_can_publish(server: State, pkce: bool) -> None:
    server.settings.pkce = pkce
    app = mastodon.register_app(server.url, BACK)
    url, state, verifier = mastodon.authorization_url(server.url, app, BACK)
    asked = parse_qs(urlsplit(url).query)
    assert asked["scope"] == ["read:accounts read:statuses write:statuses write:media"]
    assert (asked.get("code_challenge_method") == ["S256"], bool(verifier)) == (pkce, pkce)
    said = sent_back(url)
    token = mastodon.fetch_token(
        server.url,
        app,
        BACK,
        code=said["code"],
        state=said["state"],
        expected_state=state,
        code_verifier=verifier,
    )
    account, secrets = mastodon.connect(server.url, app, token)
    assert (account.account_id, account.name, account.instance) == ("1001", "Alice", server.url)
    assert account.handle == f"@alice@{server.url.removeprefix('http://')}"
    assert account.limits["max_characters"] == 500
    assert secrets == {**token, **app}
    assert set(token) == {"access_token"}, "Mastodon's own tokens do not end"


@pytest.mark.parametrize("state", ["", "wrong", "ü"])
def test_a_sign_in_that_was_not_started_here_is_refused(server: State, state: str) -> None:
    with pytest.raises(ConnectError, match="not started here"):
        signed_in(server, state=state)
    with pytest.raises(ConnectError, match="not started here"):
        signed_in(server, expected_state=state)
    assert server.registry.tokens == {}


@pytest.mark.parametrize("changes", [{"code": "made-up"}, {"code_verifier": "x" * 64}, {"code_verifier": ""}])
def test_a_wrong_code_or_verifier_gets_no_token(server: State, changes: dict[str, str]) -> None:
    with pytest.raises(ConnectError, match=r"refused the sign-in \(invalid_"):
        signed_in(server, **changes)
    assert server.registry.tokens == {}


def test_a_code_works_once(server: State) -> None:
    app = mastodon.register_app(server.url, BACK)
    url, state, verifier = mastodon.authorization_url(server.url, app, BACK)
    given = {
        "code": sent_back(url)["code"],
        "state": state,
        "expected_state": state,
        "code_verifier": verifier,
    }
    assert mastodon.fetch_token(server.url, app, BACK, **given)
    with pytest.raises(ConnectError, match="invalid_grant"):
        mastodon.fetch_token(server.url, app, BACK, **given)


def test_a_person_who_refuses_comes_back_without_a_code(server: State) -> None:
    server.settings.refuse_sign_in = True
    app = mastodon.register_app(server.url, BACK)
    url, state, _ = mastodon.authorization_url(server.url, app, BACK)
    said = sent_back(url)
    assert said["error"] == "access_denied"
    with pytest.raises(ConnectError, match="refused or cancelled"):
        mastodon.fetch_token(server.url, app, BACK, code="", state=said["state"], expected_state=state)


@pytest.mark.parametrize(
    ("fault", "words"),
    [
        (Fault("drop_after", "/oauth/token"), "broke the connection"),
        (Fault("status_before", "/oauth/token", status=500), "refused the sign-in|could not be"),
        (Fault("garbage_after", "/oauth/token"), "refused the sign-in|could not be"),
        (Fault("redirect", "/oauth/token", headers={"Location": "http://10.0.0.1/"}), "refused the sign-in"),
    ],
)
def test_a_token_call_that_fails_says_so(server: State, fault: Fault, words: str) -> None:
    server.faults.append(fault)
    with pytest.raises(ConnectError, match=words):
        signed_in(server)


def test_a_server_that_is_no_mastodon_is_named(server: State) -> None:
    for fault in (Fault("status_before", "/api/v1/apps", status=404), Fault("garbage_after", "/api/v1/apps")):
        server.faults.append(fault)
        with pytest.raises(ConnectError, match="does not speak Mastodon's API"):
            mastodon.register_app(server.url, BACK)


@pytest.mark.parametrize("instance", ["10.0.0.1", "http://192.168.0.1", "169.254.169.254", "", "x y"])
def test_no_step_goes_to_a_private_address(server: State, instance: str) -> None:
    app = {"client_id": "a", "client_secret": "b"}
    for step in (
        lambda: mastodon.register_app(instance, BACK),
        lambda: mastodon.authorization_url(instance, app, BACK),
        lambda: mastodon.fetch_token(instance, app, BACK, code="c", state="s", expected_state="s"),
        lambda: mastodon.connect(instance, app, {"access_token": "token"}),
    ):
        with pytest.raises(ConnectError):
            step()


def test_loopback_is_closed_in_service(strict: None) -> None:
    with pytest.raises(ConnectError, match="not on the public internet"):
        mastodon.register_app("https://127.0.0.1:1234", BACK)


def test_a_token_that_is_not_good_connects_nothing(server: State) -> None:
    with pytest.raises(ConnectError, match="access token is invalid"):
        mastodon.connect(server.url, {"client_id": "a", "client_secret": "b"}, {"access_token": "made-up"})


def test_an_older_server_has_mastodon_s_own_limits(server: State) -> None:
    server.settings.instance_v2 = False
    assert server_limits(server.url) == {}


@pytest.mark.parametrize("value", [-1, 0, "500", None, True, 10**12, [1]])
def test_a_limit_that_makes_no_sense_is_left_out(server: State, value: Any) -> None:
    server.settings.max_characters = value
    assert "max_characters" not in server_limits(server.url)


def test_no_secret_of_the_sign_in_is_logged(server: State, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    app = mastodon.register_app(server.url, BACK)
    url, state, verifier = mastodon.authorization_url(server.url, app, BACK)
    logged_by_us = len(caplog.records)
    code = sent_back(url)["code"]
    del caplog.records[logged_by_us:]
    given = {"code": code, "state": state, "expected_state": state, "code_verifier": verifier}
    token = mastodon.fetch_token(server.url, app, BACK, **given)
    mastodon.connect(server.url, app, token)
    with pytest.raises(ConnectError) as raised:
        mastodon.fetch_token(server.url, app, BACK, **given)
    logged = "\n".join(record.getMessage() for record in caplog.records) + repr(raised.value)
    assert not [
        secret for secret in (app["client_secret"], verifier, token["access_token"], code) if secret in logged
    ]
    assert raised.value.__context__ is None
