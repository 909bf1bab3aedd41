"""A running installation and Chromium for the browser tests.

Every page that a test opens is watched: an error in the console (a violation of the content security policy
is one), an uncaught exception, an answer of 500 or a request to anywhere but 127.0.0.1 fails the test.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any, Protocol
from urllib.parse import urlsplit

import pytest
from playwright.sync_api import Browser, BrowserContext, ConsoleMessage, Page, Request, Response, StorageState

from tests.browser.installation import Installation

WAIT_MS = 15_000
PEOPLE = ("author", "author2", "reviewer", "auditor", "admin")


@pytest.fixture(scope="session")
def product(browser_type_launch_args: dict[str, Any]) -> Iterator[Installation]:
    """One installation with the demo team for all browser tests, which are one group, so that one worker has it; each
    makes the posts that it needs."""
    with Installation() as installation:
        yield installation


@pytest.hookimpl(hookwrapper=True)
def pytest_runtest_makereport(item: pytest.Item) -> Iterator[None]:
    """A test that fails shows what the installation logged."""
    outcome: Any = yield
    report = outcome.get_result()
    product = getattr(item, "funcargs", {}).get("product")
    if report.failed and isinstance(product, Installation):
        report.sections.append(("logs of the installation", product.tail()))


class Watch:
    """Writes down everything that must not happen in a browser."""

    def __init__(self, home: str) -> None:
        self._home = home
        self.seen: list[str] = []

    def over(self, context: BrowserContext) -> None:
        context.on("console", self._console)
        context.on("weberror", lambda error: self.seen.append(f"uncaught: {error.error}"))
        context.on("request", self._request)
        context.on("response", self._response)

    def _console(self, message: ConsoleMessage) -> None:
        if message.type == "error":
            self.seen.append(f"console of {message.page.url if message.page else '?'}: {message.text}")

    def _request(self, request: Request) -> None:
        parts = urlsplit(request.url)
        if parts.scheme in ("http", "https", "ws", "wss") and parts.hostname != "127.0.0.1":
            self.seen.append(f"a request left this machine: {request.url}")

    def _response(self, response: Response) -> None:
        if response.status >= 500:
            self.seen.append(f"{response.status}: {response.url}")


class Visit(Protocol):
    """visit("author", **options of the context): a page of somebody of the demo team, signed in; "" is nobody."""

    def __call__(self, who: str = "", **options: Any) -> Page: ...


@pytest.fixture(scope="session")
def sign_ins(product: Installation, browser: Browser) -> Callable[[str], StorageState]:
    """Cookies of a person, who signs in on the page once in the whole session."""
    kept: dict[str, StorageState] = {}

    def of(who: str) -> StorageState:
        if who not in kept:
            context = browser.new_context(base_url=product.url)
            context.set_default_timeout(WAIT_MS)
            page = context.new_page()
            page.goto("/accounts/login/")
            page.get_by_label("Email").fill(f"{who}@harbour.example")
            page.get_by_label("Password", exact=True).fill(product.password)
            page.get_by_role("button", name="Sign in", exact=True).click()
            page.wait_for_url("**/t/harbour-trust/**")
            kept[who] = context.storage_state()
            context.close()
        return kept[who]

    return of


@pytest.fixture
def visit(
    product: Installation, browser: Browser, sign_ins: Callable[[str], StorageState]
) -> Iterator[Visit]:
    """Opens browsers, each in a context of its own, and fails the test for what went wrong in any of them."""
    watch = Watch(product.url)
    contexts: list[BrowserContext] = []

    def open_(who: str = "", **options: Any) -> Page:
        contexts.append(_context(product, browser, sign_ins, who, **options))
        watch.over(contexts[-1])
        return contexts[-1].new_page()

    yield open_
    for context in contexts:
        context.close()
    assert not watch.seen, "\n".join(watch.seen)


@pytest.fixture(scope="module")
def windows(
    product: Installation, browser: Browser, sign_ins: Callable[[str], StorageState]
) -> Iterator[tuple[Visit, Watch]]:
    """One window for each person, kept for all tests of a file that only look: opening one takes Chromium a second."""
    watch = Watch(product.url)
    open_: dict[str, Page] = {}

    def window(who: str = "", **options: Any) -> Page:
        if who not in open_:
            context = _context(product, browser, sign_ins, who, **options)
            watch.over(context)
            open_[who] = context.new_page()
        return open_[who]

    yield window, watch
    for page in open_.values():
        page.context.close()


@pytest.fixture
def window(windows: tuple[Visit, Watch]) -> Iterator[Visit]:
    """As `visit`, in the person's window of the file."""
    open_, watch = windows
    watch.seen.clear()
    yield open_
    assert not watch.seen, "\n".join(watch.seen)


def _context(
    product: Installation, browser: Browser, sign_ins: Callable[[str], StorageState], who: str, **options: Any
) -> BrowserContext:
    state = sign_ins(who) if who else None
    context = browser.new_context(base_url=product.url, storage_state=state, **options)
    context.set_default_timeout(WAIT_MS)
    return context
