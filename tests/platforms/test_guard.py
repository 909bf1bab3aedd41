"""Where a call may go, and what a person may type as a server's address."""

import socket
from collections.abc import Callable
from typing import Any

import pytest
from requests_hardened.ip_filter import InvalidIPAddress

from platforms import guard, http
from platforms.base import ConnectError
from tests.platforms.wire import answering, failing, plain
from tests.servers.loopback import raw_server


@pytest.mark.parametrize(
    "address",
    [
        "127.0.0.1",
        "127.1",
        "2130706433",
        "0x7f000001",
        "0177.0.0.1",
        "localhost",
        "localhost.",
        "LOCALHOST",
        "[::1]",
        "[::ffff:127.0.0.1]",
        "[::7f00:1]",
        "[fec0::1]",
        "[fe80::1]",
        "[fd00::1]",
        "[64:ff9b::7f00:1]",
        "[64:ff9b::a00:1]",
        "[64:ff9b:1::a00:1]",
        "[2002:7f00:1::]",
        "[2002:a00:1::]",
        "[2002:c0a8:101:1::1]",
        "[2001:0:4136:e378:8000:63bf:3fff:fdd2]",
        "[2001:0:7f00:1::1]",
        "[::ffff:10.0.0.1]",
        "[::a00:1]",
        "0.0.0.0",
        "[::]",
        "10.0.0.1",
        "10.255.255.255",
        "172.16.0.1",
        "192.168.1.1",
        "169.254.169.254",
        "100.64.0.1",
        "198.18.0.1",
        "224.0.0.1",
        "255.255.255.255",
        "https://127.0.0.1:8000/",
        "@me@127.0.0.1",
    ],
)
def test_private_addresses_are_refused_when_named_and_when_called(strict: None, address: str) -> None:
    with pytest.raises(ConnectError, match="is not on the public internet"):
        http.normalise_instance(address)
    host = address.removeprefix("https://").rpartition("@")[2].rstrip("/.")
    error = failing(f"https://{host}/api")
    assert "is not on the public internet" in error.message
    assert (error.permanent, error.maybe_sent) == (True, False)


@pytest.mark.parametrize(
    "address", ["2002:7f00:1::", "2002:a00:1::", "64:ff9b::7f00:1", "2001:0:7f00:1::1", "::ffff:7f00:1"]
)
def test_an_address_inside_an_address_is_refused_by_the_guard_itself(address: str) -> None:
    """Whatever the library below it knows, which has learned these one after the other."""
    with pytest.raises(InvalidIPAddress):
        guard._refuse_unless_public(f"[{address}]", allow_loopback=False, secure=True)


@pytest.mark.parametrize("address", ["93.184.216.34", "[2606:4700::6810:84e5]", "[2a00:1450:4001:82a::200e]"])
def test_public_addresses_are_let_through(strict: None, address: str) -> None:
    assert http.normalise_instance(address) == f"https://{address}"


@pytest.mark.parametrize("address", ["10.0.0.1", "169.254.169.254", "192.168.0.1", "0.0.0.0", "[fd00::1]"])
def test_allowing_loopback_allows_nothing_else(loopback: None, address: str) -> None:
    for scheme in ("http", "https"):
        with pytest.raises(ConnectError, match="not on the public internet"):
            http.normalise_instance(f"{scheme}://{address}")
        assert "public internet" in failing(f"{scheme}://{address}/").message


def test_plain_http_reaches_loopback_only(loopback: None) -> None:
    assert http.normalise_instance("http://127.0.0.1:8000/") == "http://127.0.0.1:8000"
    with pytest.raises(ConnectError, match="plain http is for this machine only"):
        http.normalise_instance("http://93.184.216.34")
    assert "public internet" in failing("http://93.184.216.34/").message


def test_plain_http_is_refused_in_service(strict: None) -> None:
    with pytest.raises(ConnectError, match="must start with https"):
        http.normalise_instance("http://93.184.216.34")


def test_a_name_that_leads_to_a_private_address_is_refused(
    strict: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(socket, "getaddrinfo", resolving({"inside.example": ["10.1.2.3"]}, []))
    with pytest.raises(ConnectError, match=r"inside\.example is not on the public internet"):
        http.normalise_instance("inside.example")
    assert failing("https://inside.example/").permanent


def resolving(names: dict[str, list[str]], asked: list[str]) -> Callable[..., list[Any]]:
    """A resolver that gives a name's addresses one after the other: the attack that is called rebinding."""
    real = socket.getaddrinfo

    def resolve(host: str, port: Any, *args: Any, **kwargs: Any) -> list[Any]:
        asked.append(host)
        if host in names:
            address = names[host].pop(0) if len(names[host]) > 1 else names[host][0]
            return [(socket.AF_INET, socket.SOCK_STREAM, 6, "", (address, port))]
        return real(host, port, *args, **kwargs)

    return resolve


def test_a_name_cannot_lead_elsewhere_after_it_was_checked(
    loopback: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[str] = []
    seen: list[bytes] = []
    names = {"rebind.example": ["127.0.0.1", "10.9.9.9"]}
    monkeypatch.setattr(socket, "getaddrinfo", resolving(names, asked))
    with raw_server(answering(plain("200 OK"), seen=seen)) as address:
        port = address.rpartition(":")[2]
        assert http.call("GET", f"http://rebind.example:{port}/").ok
        assert f"Host: rebind.example:{port}".encode() in seen[0]
        assert asked.count("rebind.example") == 1
        assert "public internet" in failing(f"http://rebind.example:{port}/").message
    assert len(seen) == 1


def test_a_redirect_is_not_followed(loopback: None) -> None:
    hits: list[bytes] = []
    with raw_server(answering(plain("200 OK"), seen=hits)) as inside:
        redirect = plain("302 Found", b"", f"Location: http://{inside}/latest/meta-data")
        with raw_server(answering(redirect)) as outside:
            answer = http.call("GET", f"http://{outside}/")
    assert answer.status == 302
    assert hits == []
    error = http.refused(answer, "answer")
    assert (error.permanent, error.maybe_sent) == (True, False)


def test_the_environment_names_no_proxy(loopback: None, monkeypatch: pytest.MonkeyPatch) -> None:
    hits: list[bytes] = []
    with (
        raw_server(answering(plain("200 OK"), seen=hits)) as proxy,
        raw_server(answering(plain("200 OK"))) as server,
    ):
        for name in ("http_proxy", "HTTP_PROXY", "all_proxy"):
            monkeypatch.setenv(name, f"http://{proxy}")
        assert http.call("GET", f"http://{server}/").ok
    assert hits == []


# What a person may type


@pytest.mark.parametrize(
    ("text", "instance"),
    [
        ("social.example", "https://social.example"),
        ("  https://Social.Example/  ", "https://social.example"),
        ("https://social.example/@me", "https://social.example"),
        ("@me@social.example", "https://social.example"),
        ("me@social.example", "https://social.example"),
        ("social.example.", "https://social.example"),
        ("social.example:8443", "https://social.example:8443"),
        ("bücher.example", "https://xn--bcher-kva.example"),
    ],
)
def test_an_instance_is_named_in_many_ways(
    strict: None, monkeypatch: pytest.MonkeyPatch, text: str, instance: str
) -> None:
    names = {"social.example": ["93.184.216.34"], "xn--bcher-kva.example": ["93.184.216.34"]}
    monkeypatch.setattr(socket, "getaddrinfo", resolving(names, []))
    assert http.normalise_instance(text) == instance


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("", "Name a server"),
        ("https://", "Name a server"),
        ("ftp://social.example", "must start with https"),
        ("javascript://social.example", "must start with https"),
        ("file:///etc/passwd", "must start with https"),
        ("https://me:pw@social.example", "Leave out user name and password"),
        ("https://social.example:port", "is not the address of a server"),
        ("https://[social", "is not the address of a server"),
        ("social example", "is not the name of a server"),
        ("social.example\\@evil", "Leave out user name and password"),
        ("so<b>cial.example", "is not the name of a server"),
        ("a" * 300 + ".example", "is not the name of a server"),
        ("a" * 64 + ".example", "There is no server"),
        ("a..example", "There is no server"),
        ("nobody.invalid", "There is no server nobody.invalid"),
        ("☃" * 70, "is not the name of a server"),
    ],
)
def test_a_bad_instance_gets_clear_words(strict: None, text: str, words: str) -> None:
    with pytest.raises(ConnectError, match=words):
        http.normalise_instance(text)
