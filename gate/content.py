"""What is signed: the frozen content of one post on all its channels, and the digest that names it.

Everything that a reader of the platforms will see is in here, and the statements the author made about it.
Nothing else is: the due time is not part of the digest (docs/decisions/0004).
"""

import hashlib
import json
import unicodedata
from dataclasses import asdict, dataclass, field
from typing import Any

import rfc8785

from platforms.base import Media, Mention, Options, Part


@dataclass(frozen=True, slots=True)
class ChannelContent:
    """What one account will publish."""

    platform: str
    account_id: str
    instance: str
    handle: str
    parts: tuple[Part, ...]
    options: Options = field(default_factory=Options)


@dataclass(frozen=True, slots=True)
class Source:
    """Evidence as it stood when the post was handed in: row `id` of the team's library, and what it then said.

    sha256: of the stored snapshot or file. retrieved_on, expires_on: ISO dates, expires_on empty where it has no end.
    """

    id: int
    kind: str
    title: str
    url: str = ""
    quote: str = ""
    sha256: str = ""
    retrieved_on: str = ""
    expires_on: str = ""


@dataclass(frozen=True, slots=True)
class Claim:
    """What the author says about words of the post: wherever `text` stands in it, the answer is the same. Words that
    change are another claim, which nobody has answered.

    kind: statistic, superlative, guarantee, health, finance, comparison, studies, or "" where the author marked it.
    stance: "evidence" (see `sources`) or "opinion": no claim, an opinion that reads as one.
    """

    text: str
    stance: str
    kind: str = ""
    sources: tuple[Source, ...] = ()


@dataclass(frozen=True, slots=True)
class Declarations:
    """The author's answers. An empty string means that the question was not answered.

    relationship: "", none, employee, paid, gifted, affiliate, own_product.
    ai: "", no, text, media, both.
    states_fact: "", no, yes; `evidence` says where the facts come from, `claims` which words and what carries them.
    people: "", nobody, consented, public_interest: people who can be recognised in text or media.
    """

    relationship: str = ""
    ai: str = ""
    states_fact: str = ""
    evidence: str = ""
    people: str = ""
    claims: tuple[Claim, ...] = ()


@dataclass(frozen=True, slots=True)
class MediaFacts:
    """What was found in an original before it was transformed; keyed by the SHA-256 of what is sent."""

    sha256: str
    filename: str = ""
    found: tuple[str, ...] = ()
    """gps, serial_number, thumbnail, xmp, exif, icc, comment, ..."""
    digital_source_type: str = ""


@dataclass(frozen=True, slots=True)
class Answered:
    """What the post answers: somebody's public message, as the author saw it. `received_at`: ISO, UTC."""

    url: str
    author: str
    text: str
    received_at: str = ""


@dataclass(frozen=True, slots=True)
class Content:
    """One post on all its channels. `campaign`: its name in the organisation's settings; "" for none."""

    channels: tuple[ChannelContent, ...]
    declarations: Declarations = field(default_factory=Declarations)
    media_facts: tuple[MediaFacts, ...] = ()
    campaign: str = ""
    answers: Answered | None = None

    def canonical(self) -> str:
        """Canonical JSON (RFC 8785), the text that is stored and digested. What came later than the first contents is
        left out where it is empty, so that those keep their digest."""
        data = asdict(self)
        _leave_out(data, "campaign", "answers")
        _leave_out(data["declarations"], "claims")
        for channel in data["channels"]:
            _leave_out(channel["options"], "flags", "reply_to")
            for part in channel["parts"]:
                _leave_out(part, "mentions")
        return rfc8785.dumps(data).decode()

    @property
    def digest(self) -> str:
        return digest_of(self.canonical())

    def media(self) -> dict[str, Media]:
        """Every image by its SHA-256."""
        return {m.sha256: m for c in self.channels for p in c.parts for m in p.media}


def _leave_out(data: dict[str, Any], *names: str) -> None:
    for name in names:
        if not data[name]:
            del data[name]


def digest_of(canonical: str) -> str:
    """SHA-256, hexadecimal, of the canonical JSON in UTF-8."""
    return hashlib.sha256(canonical.encode()).hexdigest()


_UNPRINTED: dict[int, str | None] = {
    **{control: None for control in [*range(0x20), *range(0x7F, 0xA0)] if chr(control) not in "\n\t"},
    **dict.fromkeys(map(ord, "\r\v\f\x85\u2028\u2029"), "\n"),
}
"""C0, DEL and C1, of which some break lines (Unicode Standard Annex 14), and the two separators that do the same."""


def normalise(text: str) -> str:
    """NFC, line ends as \\n, no trailing blanks, no control characters: done before the digest, so that equal text has
    an equal digest. Other characters that nobody sees stay, for the check hidden-text to find."""
    printed = text.replace("\r\n", "\n").translate(_UNPRINTED)
    lines = unicodedata.normalize("NFC", printed).split("\n")
    return "\n".join(line.rstrip() for line in lines).strip()


def parse(canonical: str) -> Content:
    """The Content behind canonical JSON. Raises ValueError where it is not one."""
    try:
        return _content(json.loads(canonical))
    except (KeyError, TypeError, json.JSONDecodeError) as error:
        raise ValueError(f"not a frozen content: {error}") from error


def _content(data: dict[str, Any]) -> Content:
    return Content(
        channels=tuple(_channel(c) for c in data["channels"]),
        declarations=_declarations(data["declarations"]),
        media_facts=tuple(MediaFacts(**{**f, "found": tuple(f["found"])}) for f in data["media_facts"]),
        campaign=data.get("campaign", ""),
        answers=Answered(**data["answers"]) if data.get("answers") else None,
    )


def _declarations(data: dict[str, Any]) -> Declarations:
    claims = tuple(
        Claim(**{**claim, "sources": tuple(Source(**source) for source in claim["sources"])})
        for claim in data.get("claims", ())
    )
    return Declarations(**{**data, "claims": claims})


def _channel(data: dict[str, Any]) -> ChannelContent:
    parts = tuple(_part(p) for p in data["parts"])
    options = Options(**{**data["options"], "flags": tuple(data["options"].get("flags", ()))})
    return ChannelContent(**{**data, "parts": parts, "options": options})


def _part(data: dict[str, Any]) -> Part:
    mentions = tuple(Mention(**m) for m in data.get("mentions", ()))
    return Part(data["text"], tuple(Media(**m) for m in data["media"]), mentions)
