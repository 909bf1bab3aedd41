"""Examples of a check: one JSON object a line, with the post to examine and whether the check should find something.

    {"text": "...", "label": 1, "group": "de", "finding": "word-list.term", "marks": ["..."]}

label        1: the check should find something (`finding`, where that is given); 0: it should not
group        a language or a kind, for figures of its own
marks        the words that its findings mark, in their order
wrong        why the check gets this line wrong as it stands, for one that it is known to
note         for readers of the file
settings     of the check, by name; given: other fields of CheckSettings (READ_GIVEN)

The post: `text` (a list: the posts of a thread) on `platform`, with `warning`, `media` (a list of alt texts, or of
objects with alt, filename, found, digital_source_type and the fields of Media), `options`, `declared` (over answers
that settle everything), `campaign`, `answers`. Or `channels`, a list of objects with platform, account_id, instance,
handle and the keys above up to `options`. The platform's flags follow the answers, where `options` tells none.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, fields, replace
from datetime import datetime
from typing import Any

from gate.checks.base import Check, CheckSettings, Earlier, Finding, Neighbour
from gate.checks.disclosure_flags import flagged
from gate.checks.settings import examine
from gate.content import Answered, ChannelContent, Claim, Content, Declarations, MediaFacts, Source
from platforms.base import Media, Options, Part
from platforms.visits import End, Visit

NO_SETTINGS = CheckSettings()
SETTLED: dict[str, Any] = {"relationship": "none", "ai": "no", "states_fact": "no", "people": "nobody"}
ASKED_ANYWAY = frozenset({"toxicity.tone", "accessibility.alt-true"})
"""Asked of every post, or of every picture: whether they are there says nothing about the content."""


def _visits(rows: Mapping[str, Any]) -> dict[str, Visit]:
    """Address to the addresses that it leads on to (a list), or to why no page was reached, behind "broken: " or
    "unknown: "."""
    found = {}
    for url, way in rows.items():
        end, _, why = ("reached", "", "") if isinstance(way, list) else way.partition(": ")
        found[url] = Visit((url, *way) if isinstance(way, list) else (url,), End(end), why)
    return found


READ_GIVEN: dict[str, Callable[[Any], Any]] = {
    "due_at": datetime.fromisoformat,
    "links": _visits,
    "neighbours": lambda rows: tuple(
        Neighbour(tuple(row["account"]), datetime.fromisoformat(row["at"]), row.get("title", "Another"))
        for row in rows
    ),
    "earlier": lambda rows: tuple(Earlier(**{"when": "", "title": "Earlier", **row}) for row in rows),
}
"""How a field of CheckSettings is read from JSON, where it is not taken as it stands."""

_CHANNEL = frozenset({"text", "platform", "account_id", "instance", "handle", "warning", "media", "options"})
_ABOUT = frozenset({"label", "group", "finding", "marks", "wrong", "note", "settings", "given"})
KEYS = _CHANNEL | _ABOUT | {"channels", "declared", "campaign", "answers"}
_FORMS: dict[str, tuple[type, ...]] = {
    "text": (str, list),
    **dict.fromkeys(("media", "channels", "marks"), (list,)),
    **dict.fromkeys(("options", "declared", "settings", "given"), (dict,)),
}
_SAID: dict[type, str] = {str: "text", list: "list", dict: "object"}
_FACTS = ("filename", "found", "digital_source_type")


@dataclass(frozen=True, slots=True)
class Example:
    """One post, and what the check should say of it. `finding` is "" where any would do, `marks` None where the places
    are not told."""

    content: Content
    label: bool
    group: str = ""
    finding: str = ""
    marks: tuple[str, ...] | None = None
    wrong: str = ""
    settings: Mapping[str, Any] = field(default_factory=dict)
    given: Mapping[str, Any] = field(default_factory=dict)

    def used(self, check: Check, base: CheckSettings) -> CheckSettings:
        """What the check is given: the example's own settings over those of `base`."""
        own = {**base.own, check.id: {**base.own.get(check.id, {}), **self.settings}}
        return replace(base, **self.given, own=own)

    def findings(self, check: Check, base: CheckSettings = NO_SETTINGS) -> list[Finding]:
        """What the check finds, without what it asks anyway."""
        return [
            each
            for each in examine(check, self.content, self.used(check, base))
            if each.id not in ASKED_ANYWAY
        ]

    def is_found(self, findings: list[Finding]) -> bool:
        """Whether what the example is about is among them."""
        return any(each.id == self.finding for each in findings) if self.finding else bool(findings)


def example(row: Mapping[str, Any]) -> Example:
    """The example in one object. Raises ValueError with words that name what cannot be read."""
    _known(row, KEYS, "")
    if row.get("label") not in (0, 1):
        raise ValueError("label is neither 0 nor 1")
    if not {"text", "media", "channels"} & set(row):
        raise ValueError("no text")
    try:
        content = _content(row)
        given = {name: READ_GIVEN.get(name, _same)(value) for name, value in row.get("given", {}).items()}
    except (TypeError, KeyError, AttributeError) as error:
        raise ValueError(f"not an example: {error}") from error
    if unknown := sorted(set(given) - {each.name for each in fields(CheckSettings)}):
        raise ValueError(f"checks are given no {', '.join(unknown)}")
    marks = tuple(row["marks"]) if "marks" in row else None
    about = {name: row.get(name, "") for name in ("group", "finding", "wrong")}
    return Example(
        content, bool(row["label"]), marks=marks, settings=row.get("settings", {}), given=given, **about
    )


def post(text: str) -> Content:
    """A text alone, about which everything was answered."""
    return _content({"text": text})


def _same(value: Any) -> Any:
    return value


def _known(row: Mapping[str, Any], names: frozenset[str], of: str) -> None:
    """Raises ValueError for a key that nobody reads, and for a value of another form than it has: a text is a sequence
    too, and would be read letter by letter."""
    if unknown := sorted(set(row) - names):
        raise ValueError(f"unknown keys{of}: {', '.join(unknown)}")
    for name in _FORMS.keys() & row.keys():
        if not isinstance(row[name], _FORMS[name]):
            raise ValueError(f"{name} is no {' or '.join(_SAID[form] for form in _FORMS[name])}")


def _content(row: Mapping[str, Any]) -> Content:
    rows = row.get("channels") or [{key: row[key] for key in _CHANNEL if key in row}]
    pictures: list[tuple[Media, dict[str, Any]]] = []
    channels = tuple(_channel({"account_id": str(at + 1), **each}, pictures) for at, each in enumerate(rows))
    facts = {
        media.sha256: MediaFacts(media.sha256, **{**about, "found": tuple(about.get("found", ()))})
        for media, about in pictures
    }
    answers = Answered(**row["answers"]) if row.get("answers") else None
    declared = _declared(row)
    told = ("flags" in each.get("options", {}) for each in rows)
    channels = tuple(c if said else flagged(c, declared) for c, said in zip(channels, told, strict=True))
    return Content(channels, declared, tuple(facts.values()), row.get("campaign", ""), answers)


def _channel(row: Mapping[str, Any], pictures: list[tuple[Media, dict[str, Any]]]) -> ChannelContent:
    _known(row, _CHANNEL, " of a channel")
    text = row.get("text", "")
    media = [_media(each) for each in row.get("media", ())]
    pictures += media
    texts = [text] if isinstance(text, str) else text
    if not all(isinstance(each, str) for each in texts):
        raise ValueError("text is no list of texts")
    parts = tuple(Part(each, tuple(m for m, _ in media) if at == 0 else ()) for at, each in enumerate(texts))
    options = {**row.get("options", {}), "content_warning": row.get("warning", "")}
    options["flags"] = tuple(options.get("flags", ()))
    account = row["account_id"]
    handle = row.get("handle", f"@{account}")
    platform = row.get("platform", "sandbox")
    return ChannelContent(platform, account, row.get("instance", ""), handle, parts, Options(**options))


def _media(row: Mapping[str, Any] | str) -> tuple[Media, dict[str, Any]]:
    """The picture, and what was found in its original. Pictures are told apart by their `name`, else by their alt."""
    row = {"alt": row} if isinstance(row, str) else dict(row)
    facts = {name: row.pop(name) for name in _FACTS if name in row}
    name = str(row.pop("name", row.get("alt", "")))
    sha256 = hashlib.sha256(name.encode()).hexdigest()
    usual = {"sha256": sha256, "content_type": "image/jpeg", "size": 9_000, "width": 600, "height": 400}
    return Media(**{**usual, **row}), facts


def _declared(row: Mapping[str, Any]) -> Declarations:
    declared = {**SETTLED, **row.get("declared", {})}
    claims = tuple(
        Claim(**{**claim, "sources": tuple(Source(**source) for source in claim.get("sources", ()))})
        for claim in declared.pop("claims", ())
    )
    return Declarations(**declared, claims=claims)
