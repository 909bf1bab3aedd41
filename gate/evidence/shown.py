"""Evidence as a person sees it: never the page itself, but its text, escaped, with the quoted passage marked."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from functools import lru_cache

from django.utils.html import format_html
from django.utils.safestring import SafeString

from accounts.models import Team
from gate import reveal
from gate.content import Source
from gate.evidence import kinds, library, reading, snapshots
from gate.evidence.reading import Reading
from gate.models import Evidence

_NOTHING = SafeString("")
AROUND = 160
"""Characters before and behind a passage that is shown in its place."""
MOST_SHOWN = 300_000
LARGEST_OPENED = 3_000_000
"""Bytes of a snapshot that is read while a page with several of them is made; larger ones have their own page."""
SAID = {
    "found": ("cleared", "The passage stands in the snapshot."),
    "missing": ("attest", "The passage was not found in the snapshot's text. Look for it in the original."),
    "alone": (
        "",
        "Nothing was looked up: no passage was given with it. Open its text and look for yourself.",
    ),
    "unread": ("", "Nothing was looked up: the snapshot is no text. Open it and look for yourself."),
    "large": ("", "The snapshot is large. Open its text to see the passage."),
    "broken": ("blocked", "The stored bytes are not what the digest says, so they are not shown."),
    "gone": ("blocked", "There is no such snapshot in the team's library."),
}
"""What looking for the passage gave: tone and words."""


@dataclass(frozen=True, slots=True)
class Shown:
    """`says`: a key of SAID. `passage`: the quote where it stands, "" where it could not be found."""

    piece: Evidence | None
    says: str
    passage: SafeString = _NOTHING
    source: Source | None = None
    expired: bool = False
    newer: Evidence | None = None

    @property
    def tone(self) -> str:
        return SAID[self.says][0]

    @property
    def words(self) -> str:
        return SAID[self.says][1]

    @property
    def is_image(self) -> bool:
        return self.says == "unread" and self.piece is not None and self.piece.content_type in kinds.IMAGES


def opened(piece: Evidence, *, most: int = LARGEST_OPENED) -> Shown:
    """A piece with the passage in its place, read from the bytes that its digest names."""
    if piece.size > most:
        return Shown(piece, "large")
    try:
        read = reading.read(snapshots.read(piece), piece.content_type)
    except snapshots.BytesBroken:
        return Shown(piece, "broken")
    if not read.read or not piece.quote:
        return Shown(piece, "alone" if read.read else "unread")
    place = read.find(piece.quote)
    return Shown(piece, "found", _excerpt(read, place)) if place else Shown(piece, "missing")


def looked_up(piece: Evidence) -> Shown:
    """The same without the passage, for a page that asks again and again."""
    if piece.size > LARGEST_OPENED:
        return Shown(piece, "large")
    try:
        return Shown(piece, _says(piece.team_id, piece.sha256, piece.content_type, piece.quote))
    except snapshots.BytesBroken:
        return Shown(piece, "broken")


@lru_cache(maxsize=500)
def _says(team_id: int, sha256: str, content_type: str, quote: str) -> str:
    """Read once in each process: neither bytes under a digest nor a row's passage change. Raises BytesBroken."""
    if not quote:
        return "alone" if kinds.base(content_type) in kinds.READABLE else "unread"
    stored = snapshots.read(Evidence(team_id=team_id, sha256=sha256))
    return reading.read(stored, content_type).says(quote)


def of_source(team: Team, source: Source, on: date) -> Shown:
    """What a frozen content cites: the snapshot of exactly that digest, also where the library has a newer one."""
    piece = Evidence.objects.filter(team=team, pk=source.id, sha256=source.sha256).first()
    if piece is None:
        return Shown(None, "gone", source=source)
    found = opened(piece)
    newer = library.chain(piece)[-1]
    return Shown(
        piece,
        found.says,
        found.passage,
        source=source,
        expired=bool(source.expires_on) and source.expires_on < on.isoformat(),
        newer=newer if newer != piece else None,
    )


def whole(read: Reading, place: tuple[int, int] | None) -> tuple[SafeString, bool]:
    """The text with the passage at its place marked, and whether it is all of it. Of a long one, what is around the
    passage."""
    start = max(0, (place[0] if place else 0) - MOST_SHOWN // 2) if len(read.text) > MOST_SHOWN else 0
    return _marked(read.text, place, start, start + MOST_SHOWN), len(read.text) <= MOST_SHOWN


def _excerpt(read: Reading, place: tuple[int, int]) -> SafeString:
    start, end = max(0, place[0] - AROUND), place[1] + AROUND
    before, behind = "… " if start else "", " …" if end < len(read.text) else ""
    return format_html("{}{}{}", before, _marked(read.text, place, start, end), behind)


def _marked(text: str, place: tuple[int, int] | None, start: int, end: int) -> SafeString:
    if place is None:
        return reveal.html(text[start:end])
    return format_html(
        '{}<mark class="quoted">{}</mark>{}',
        reveal.html(text[start : place[0]]),
        reveal.html(text[place[0] : place[1]]),
        reveal.html(text[place[1] : max(end, place[1])]),
    )
