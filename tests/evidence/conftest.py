"""A real web server on loopback that answers as its pages say, and people who collect evidence from it."""

from __future__ import annotations

import time
from collections.abc import Iterator
from dataclasses import dataclass, field

import pytest

from gate.evidence import services
from gate.pace import Pace
from tests.gate.conftest import desk, url  # noqa: F401  fixtures that both share
from tests.platforms.conftest import loopback  # noqa: F401
from tests.servers.loopback import QuietHandler, running, server_for

TIDES = (
    "<!doctype html><html><head><title>Tide tables &amp; more</title><style>p{color:red}</style></head>"
    "<body><nav>Home</nav><script>steal('High water at noon')</script>"
    "<p>High   water at the <b>harbour</b> wall is at noon &ndash; see below.</p>"
    "<p>Low water is at six.</p></body></html>"
)


@pytest.fixture(autouse=True)
def nobody_has_fetched_yet(monkeypatch: pytest.MonkeyPatch) -> None:
    """People of different tests have the same numbers."""
    monkeypatch.setattr(services, "PACE", Pace(3, 60.0))


@dataclass
class Answer:
    body: bytes = TIDES.encode()
    content_type: str = "text/html; charset=utf-8"
    status: int = 200
    location: str = ""
    drip: float = 0.0
    """Seconds between two bytes."""


@dataclass
class Web:
    url: str = ""
    pages: dict[str, Answer] = field(default_factory=dict)
    asked: list[str] = field(default_factory=list)


@pytest.fixture
def web(loopback: None) -> Iterator[Web]:  # noqa: F811
    found = Web()

    class Handler(QuietHandler):
        def do_GET(self) -> None:
            found.asked.append(self.path)
            page = found.pages.get(self.path, Answer(b"no such page", "text/plain", 404))
            headers = {"Content-Type": page.content_type} if page.content_type else {}
            if page.location:
                headers["Location"] = page.location
            if not page.drip:
                return self.answer(page.status, page.body, headers)
            self.send_response(page.status)
            self.end_headers()
            for _ in page.body:
                self.wfile.write(b"x")
                self.wfile.flush()
                time.sleep(page.drip)
            self.close_connection = True

    with running(server_for(Handler)) as address:
        found.url = address
        found.pages["/tides"] = Answer()
        yield found
