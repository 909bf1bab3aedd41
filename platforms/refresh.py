"""Where a page sends its readers on by itself: the header Refresh, and the element meta (HTML Standard, 4.2.5.3)."""

from __future__ import annotations

import re
from html.parser import HTMLParser

from platforms.http import Answer

_PAGES = ("", "text/html", "application/xhtml+xml")
"""Without a type browsers look for themselves."""
_TO = re.compile(
    r"\s*[\d.]+\s*[;,\s]\s*(?:url\s*=\s*)?(?P<quote>['\"]?)(?P<address>.*)", re.IGNORECASE | re.DOTALL
)
_NOT_READ = frozenset({"noscript", "template"})
"""What is in them is not carried out by a browser that runs scripts."""


def refreshed_to(answer: Answer) -> tuple[str, str]:
    """The address as it is written, "" for none, and the page's own base for it."""
    if header := _address(answer.headers.get("refresh", "")):
        return header, ""
    if answer.headers.get("content-type", "").partition(";")[0].strip().lower() not in _PAGES:
        return "", ""
    page = _Page()
    page.feed(answer.body.decode(errors="replace"))
    return page.address, page.base


def _address(value: str) -> str:
    """Behind the seconds: "0; url='/there'". Seconds alone load the same page again."""
    match = _TO.match(value)
    if match is None:
        return ""
    address = match["address"]
    return (address.partition(match["quote"])[0] if match["quote"] else address).strip()


class _Page(HTMLParser):
    """The first of each that counts."""

    def __init__(self) -> None:
        super().__init__()
        self.address = self.base = self._within = ""

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if self._within:
            return
        given = {name: value or "" for name, value in reversed(attrs)}
        if tag in _NOT_READ:
            self._within = tag
        elif tag == "base":
            self.base = self.base or given.get("href", "")
        elif tag == "meta" and given.get("http-equiv", "").lower() == "refresh":
            self.address = self.address or _address(given.get("content", ""))

    def parse_marked_section(self, i: int, report: bool = True) -> int:
        """What begins with "<![" is a comment up to the next ">" for a browser; Python's parser would give up on it."""
        return self.parse_bogus_comment(i)

    def handle_endtag(self, tag: str) -> None:
        if tag == self._within:
            self._within = ""
