"""What servers say is fit to be kept, and an address is fit to be a link."""

from __future__ import annotations

import pytest

from platforms import bluesky, foreign


@pytest.mark.parametrize(
    "address",
    [
        "https://social.example/@alice/1",
        "https://social.example:8443/@alice/1?x=1#y",
        "https://bücher.example/@alice/1",
        "HTTPS://social.example/",
    ],
)
def test_a_web_address_stays_as_it_is(strict: None, address: str) -> None:
    assert foreign.address(address) == address


@pytest.mark.parametrize(
    "address",
    [
        "javascript:alert(document.domain)",
        "JavaScript://social.example/%0aalert(1)",
        "java\nscript:alert(1)",
        " javascript:alert(1)",
        "data:text/html,<script>alert(1)</script>",
        "vbscript:x",
        "//social.example/1",
        "/relative",
        "social.example/1",
        "http://social.example/1",
        "http://127.0.0.1:8000/1",
        "https://",
        "https:///1",
        "https://mastodon.social@evil.example/1",
        "https://social.example/a b",
        "https://social.example/\x00",
        "https://social.example/\u202egpj",
        "https://social.example/\ud800",
        "https://[social/",
        "https://social.example:port/",
        "https://social.example/" + "a" * 2000,
        "",
        None,
        1,
        ["https://social.example/"],
    ],
)
def test_every_other_is_none(strict: None, address: object) -> None:
    assert foreign.address(address) == ""


def test_plain_http_is_a_link_on_this_machine_alone_and_where_it_is_allowed(loopback: None) -> None:
    for address in ("http://127.0.0.1:3000/@a/1", "http://localhost/1", "http://[::1]:80/1"):
        assert foreign.address(address) == address
    assert foreign.address("http://social.example/1") == ""
    assert foreign.address("http://10.0.0.1/1") == ""


def test_an_id_has_nothing_that_a_database_cannot_keep() -> None:
    assert foreign.identifier("1\x0023\n\ud800 4") == "123 4"
    assert foreign.identifier(42) == "42"
    assert len(foreign.identifier("x" * 10_000)) == foreign.LONGEST_ID


def test_a_name_is_one_line_that_fits() -> None:
    assert foreign.name("Ada\x00\n Lovelace\u2028 ") == "Ada Lovelace"
    assert foreign.name("\u202eadA\u202c") == "adA"
    assert foreign.name("👩\u200d🚀 नमस्ते") == "👩\u200d🚀 नमस्ते"
    long = foreign.name("Ω" * 400)
    assert (len(long), long[-1]) == (foreign.LONGEST_NAME, "…")


@pytest.mark.parametrize(
    ("uri", "url"),
    [
        ("at://did:plc:abc/app.bsky.feed.post/3kx", "https://bsky.app/profile/did:plc:abc/post/3kx"),
        ("at://did:plc:abc/app.bsky.feed.post/3kx/../../evil", ""),
        ("at://did:plc:abc/app.bsky.feed.like/3kx", ""),
        ('at://did:plc:"onclick="/app.bsky.feed.post/3kx', ""),
        ("javascript:alert(1)", ""),
        ("", ""),
    ],
)
def test_a_post_of_bluesky_has_a_page_and_what_is_no_post_has_none(uri: str, url: str) -> None:
    (part,) = bluesky._parts([{"uri": uri, "cid": "x"}])
    assert (part.remote_id, part.url) == (uri, url)
