"""Fetching a page: where it leads, what is taken, and what is refused in words."""

from __future__ import annotations

import pytest

from gate.errors import Incomplete
from gate.evidence import fetch as fetching
from gate.evidence.fetch import fetch
from platforms import http
from tests.evidence.conftest import Answer

KEPT = "Nothing was stored; what you typed is still here."


def refused(address: str) -> str:
    with pytest.raises(Incomplete) as caught:
        fetch(address)
    assert KEPT in caught.value.message
    return caught.value.message


def test_a_page_comes_as_it_is(web):
    page = fetch(f"  {web.url}/tides#low-water ")
    assert page.data == web.pages["/tides"].body
    assert page.url == page.final_url == f"{web.url}/tides"
    assert page.content_type == "text/html; charset=utf-8"
    assert web.asked == ["/tides"]


def test_redirects_are_followed_to_the_end(web):
    web.pages["/a"] = Answer(b"", status=301, location="/b?x=%20é")
    web.pages["/b?x=%20%C3%A9"] = Answer(b"", status=307, location=f"{web.url}/tides")
    page = fetch(f"{web.url}/a")
    assert (page.url, page.final_url) == (f"{web.url}/a", f"{web.url}/tides")


def test_too_many_redirects_are_given_up(web):
    web.pages["/round"] = Answer(b"", status=302, location="/round")
    assert "more than 5 times" in refused(f"{web.url}/round")
    assert len(web.asked) == 6


@pytest.mark.parametrize(
    ("inside", "why"),
    [
        ("https://10.0.0.1/keys", "not on the public internet"),
        ("http://169.254.169.254/latest/meta-data", "not on the public internet"),
        ("https://[fd00::1]/", "not on the public internet"),
        ("file:///etc/passwd", "begins with https://"),
        ("https://name:word@example.org/", "user name"),
        ("ftp://example.org/", "begins with https://"),
        ("https://[not-an-address/", "not the address"),
    ],
)
def test_a_redirect_leads_nowhere_else(web, inside, why):
    web.pages["/out"] = Answer(b"", status=302, location=inside)
    assert why in refused(f"{web.url}/out")


@pytest.mark.parametrize(
    "inside", ["https://10.0.0.1/", "https://192.168.1.1/", "https://[::ffff:10.0.0.1]/"]
)
def test_private_addresses_are_refused_at_once(loopback, inside):
    assert "not on the public internet" in refused(inside)


def test_in_service_this_machine_is_closed_and_http_is_refused(web):
    http.configure(allow_loopback=False, user_agent="Countersign/test")  # the fixture sets it back
    assert "must begin with https://" in refused(f"{web.url}/tides")
    assert "not on the public internet" in refused(web.url.replace("http://", "https://"))
    assert web.asked == []


def test_more_bytes_than_are_taken_are_given_up(web, monkeypatch):
    monkeypatch.setattr(fetching, "LARGEST", 1_000_000)
    web.pages["/big"] = Answer(b"x" * 1_000_001, "text/plain")
    assert "more than we read. At most 1 MB" in refused(f"{web.url}/big")
    web.pages["/fits"] = Answer(b"x" * 1_000_000, "text/plain")
    assert len(fetch(f"{web.url}/fits").data) == 1_000_000


def test_a_page_that_drips_is_given_up(web, monkeypatch):
    monkeypatch.setattr(fetching, "SECONDS", 0.3)
    web.pages["/slow"] = Answer(b"x" * 2000, "text/plain", drip=0.02)
    assert "at most" in refused(f"{web.url}/slow").lower()


@pytest.mark.parametrize(
    ("body", "said"),
    [
        (b"PK\x03\x04\x00\x00", "application/zip"),
        (b"{}", "application/json"),
        (b"\x00\x01\x02", "text/plain"),
        (b"<svg xmlns='http://www.w3.org/2000/svg'/>", "image/svg+xml"),
        (b"\x89PNG but not really", "image/png"),
    ],
)
def test_other_kinds_are_refused(web, body, said):
    web.pages["/thing"] = Answer(body, said)
    assert f"no page, text, PDF or picture ({said})" in refused(f"{web.url}/thing")


@pytest.mark.parametrize(
    ("status", "words"), [(404, "404 (not found)"), (500, "500"), (403, "403 (forbidden)")]
)
def test_a_page_that_is_not_there_says_so(web, status, words):
    web.pages["/gone"] = Answer(b"<p>Sorry</p>", status=status)
    assert words in refused(f"{web.url}/gone")


def test_an_empty_page_is_none(web):
    web.pages["/empty"] = Answer(b"")
    assert "empty page" in refused(f"{web.url}/empty")


def test_a_server_that_is_not_there(loopback):
    assert "could not be reached" in refused("http://127.0.0.1:9/")


@pytest.mark.parametrize(
    "typed", ["javascript:alert(1)//", "https://", "mailto:a@example.org", "https://a b.example/"]
)
def test_what_is_no_address_is_refused(loopback, typed):
    assert refused(typed)
