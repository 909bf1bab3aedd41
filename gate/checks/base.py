"""What a check is: pure, no database, no network unless its docstring says so.

A check is one file, gate/checks/<name>.py, one line in gate/checks/registry.py and one in docs/checks.md.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any, Protocol

from gate.content import Content


class Level(StrEnum):
    """What a finding asks for. The policy turns UNKNOWN results into one of these, never into a pass."""

    BLOCKS = "blocks"
    ATTEST = "attest"
    ADVISES = "advises"


@dataclass(frozen=True, slots=True)
class Span:
    """Where: field `text` or `alt` (with media_index) of one part of one channel, `content_warning` of the
    whole post (part 0), or, without code points, `media`, `visibility` or `declarations`. `channel` is every
    part of one channel, `post` every part of every channel.

    start and end are code points, end exclusive; start == end means the whole field.
    """

    channel: int = 0
    part: int = 0
    field: str = "text"
    media_index: int | None = None
    start: int = 0
    end: int = 0


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing a reader of the review page must know.

    id: stable name within the check ("personal-data.email").
    message: what is wrong, for this post. fix: what would settle it.
    question: what a person attests to, for ATTEST.
    clause: the clause of the code of conduct, where it is another than the check's own.
    """

    id: str
    level: Level
    message: str
    fix: str = ""
    question: str = ""
    span: Span = field(default_factory=Span)
    clause: str = ""


@dataclass(frozen=True, slots=True)
class Earlier:
    """A post of the same team that is queued or out, for the duplicates check."""

    title: str
    platform: str
    account_id: str
    text: str
    when: str
    instance: str = ""


@dataclass(frozen=True, slots=True)
class CheckSettings:
    """What the organisation set for its checks, and what a check may look at besides the content.

    limits: platform limits said by each account's own server, keyed as platforms.base.account_tag
    does: "platform|account_id", with "|instance" behind it where there is one.
    """

    regions: tuple[str, ...] = ("GB", "US", "PT", "DE", "FR")
    public_contacts: tuple[str, ...] = ()
    words: Mapping[str, str] = field(default_factory=dict)
    """Term to level, optionally level and advice after a colon: {"project falcon": "blocks:confidential"}."""
    limits: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)
    earlier: tuple[Earlier, ...] = ()
    toxicity_engine: str = "screen"


class Check(Protocol):
    id: str
    version: str
    clause: str
    title: str

    def run(self, content: Content, settings: CheckSettings) -> list[Finding]: ...
