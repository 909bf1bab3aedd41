"""Where an address leads, on servers of this machine."""

from collections.abc import Iterator

import pytest

from platforms import guard, visits
from platforms.visits import End, visit
from tests.servers.loopback import QuietHandler, raw_server, running, server_for

BODY = b"x" * 100_000


HTML = {"Content-Type": "text/html; charset=utf-8"}
REFRESH = '<meta http-equiv="refresh" content="0; url=/page">'
PAGES = {
    "meta": (HTML, f"<!doctype html><html><head>{REFRESH}</head>"),
    "odd": (HTML, "<META content=\"3 URL = '/page' \" HTTP-EQUIV=Refresh>"),
    "late": (HTML, f"<body>{'x' * 10_000}{REFRESH}"),
    "based": (HTML, '<base href="/deep/"><meta http-equiv=refresh content="0;url=../page">'),
    "untyped": ({}, REFRESH),
    "marked": (HTML, f"<![if !IE]>x<![endif]--><![odd thing>{REFRESH}"),
    "header": ({"Refresh": "0; url=/page"}, "x"),
    "itself": (HTML, '<meta http-equiv="refresh" content="300; url=/itself">'),
    "anew": (HTML, '<meta http-equiv="refresh" content="300">'),
    "round": (HTML, '<meta http-equiv="refresh" content="0; url=/round/and">'),
    "spoken": (HTML, f"<!-- {REFRESH} --><script>'{REFRESH}'</script><noscript>{REFRESH}</noscript>"),
    "text": ({"Content-Type": "text/plain"}, REFRESH),
    "script": (HTML, '<meta http-equiv="refresh" content="0; url=javascript:alert(1)">'),
}
"""Pages by the first part of their path."""


class Handler(QuietHandler):
    """/to/N leads N steps on; /status/N answers so; /get knows GET alone; /hides
    leads on those who ask with it."""

    def do_HEAD(self) -> None:
        self.do_GET()

    def do_GET(self) -> None:
        kind, _, rest = self.path.strip("/").partition("/")
        if kind == "to":
            left = int(rest)
            self.answer(302, b"", {"Location": f"/to/{left - 1}" if left > 1 else "/page?x=1#part"})
        elif kind == "status":
            self.answer(int(rest), b"", {})
        elif kind == "go":
            self.answer(301, b"", {"Location": rest})
        elif kind in PAGES:
            headers, page = PAGES[kind]
            self.answer(200, page.encode(), headers)
        elif kind == "get" and self.command == "HEAD":
            self.answer(404, b"", {})
        elif kind == "hides":
            self.answer(*((200, b"", {}) if self.command == "HEAD" else (302, b"", {"Location": "/page"})))
        else:
            self.answer(200, BODY if self.command == "GET" else b"", {})


@pytest.fixture(scope="module")
def site() -> Iterator[str]:
    with running(server_for(Handler)) as url:
        yield url


def test_a_page_is_reached(loopback: None, site: str) -> None:
    assert visit(f"{site}/page", seconds=5) == visits.Visit((f"{site}/page",), End.REACHED)


def test_redirects_are_followed_one_by_one(loopback: None, site: str) -> None:
    seen = visit(f"{site}/to/2", seconds=5)
    assert seen.hops == (f"{site}/to/2", f"{site}/to/1", f"{site}/page?x=1")
    assert (seen.end, seen.final) == (End.REACHED, f"{site}/page?x=1")


def test_what_leads_readers_on_is_followed_whatever_it_answers_to_others(loopback: None, site: str) -> None:
    assert visit(f"{site}/hides", seconds=5).final == f"{site}/page"


@pytest.mark.parametrize("kind", ["meta", "odd", "late", "based", "untyped", "marked", "header"])
def test_a_page_that_leads_on_by_itself_is_followed(loopback: None, site: str, kind: str) -> None:
    assert visit(f"{site}/{kind}", seconds=5).hops == (f"{site}/{kind}", f"{site}/page")


@pytest.mark.parametrize("kind", ["itself", "anew", "spoken", "text"])
def test_a_page_that_stays_is_the_end(loopback: None, site: str, kind: str) -> None:
    assert visit(f"{site}/{kind}", seconds=5) == visits.Visit((f"{site}/{kind}",), End.REACHED)


@pytest.mark.parametrize(("kind", "end"), [("round", End.REACHED), ("script", End.BROKEN)])
def test_where_a_page_leads_by_itself_is_judged_as_a_redirect_is(
    loopback: None, site: str, kind: str, end: End
) -> None:
    assert visit(f"{site}/{kind}", seconds=5).end == end


def test_ten_redirects_are_the_most(loopback: None, site: str) -> None:
    assert visit(f"{site}/to/10", seconds=5).end == End.REACHED
    assert visit(f"{site}/to/11", seconds=5).end == End.UNKNOWN


@pytest.mark.parametrize(
    ("path", "end"),
    [("status/404", End.BROKEN), ("status/410", End.BROKEN), ("status/403", End.UNKNOWN),
     ("status/429", End.UNKNOWN), ("status/500", End.UNKNOWN), ("get/page", End.REACHED),
     ("go/ftp://example.org/x", End.BROKEN), ("go/https://a@example.org/", End.BROKEN),
     ("go/javascript:alert(1)", End.BROKEN), ("go/https://[", End.UNKNOWN),
     ("go/https://10.0.0.1/admin", End.BROKEN), ("go/https://169.254.169.254/latest", End.BROKEN)],
)  # fmt: skip
def test_what_an_answer_means(loopback: None, site: str, path: str, end: End) -> None:
    assert visit(f"{site}/{path}", seconds=5).end == end


def test_a_long_answer_is_a_page_all_the_same(
    loopback: None, site: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(guard, "ANSWER_BYTES", 1_000)
    assert visit(f"{site}/get/page", seconds=5).end == End.REACHED


@pytest.mark.usefixtures("strict")
@pytest.mark.parametrize(
    "url", ["http://127.0.0.1/", "https://127.0.0.1/", "https://[::1]/", "http://10.1.2.3/x"]
)
def test_nothing_private_is_asked(url: str) -> None:
    seen = visit(url, seconds=5)
    assert (seen.end, "not on the public internet" in seen.why) == (End.BROKEN, True)


def test_a_silent_server_takes_the_time_that_it_was_given_and_no_more(loopback: None) -> None:
    with raw_server(
        lambda connection: connection.recv(1) and connection.recv(10_000) and connection.recv(1)
    ) as to:
        seen = visit(f"http://{to}/", seconds=0.2)
    assert seen.end == End.UNKNOWN
    assert "did not answer in time" in seen.why or "more than we read" in seen.why


@pytest.mark.parametrize(("known", "end"), [(True, End.BROKEN), (False, End.UNKNOWN)])
def test_a_name_that_is_unknown_is_broken_where_names_can_be_asked_for(
    loopback: None, monkeypatch: pytest.MonkeyPatch, known: bool, end: End
) -> None:
    monkeypatch.setattr(visits, "ALWAYS_THERE", "localhost" if known else "nobody.invalid")
    assert visit("https://nobody.invalid/", seconds=5).end == end


def test_plain_http_is_asked_over_https(loopback: None, site: str) -> None:
    assert visits._secure("http://example.org:80/x?y") == "https://example.org:80/x?y"
    assert visits._secure(f"{site}/x") == f"{site}/x"
