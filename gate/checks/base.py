"""What a check is: pure, no database, no network unless its docstring says so.

A check is one file, gate/checks/<name>.py, one line in gate/checks/registry.py and one section in docs/checks.md.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import TYPE_CHECKING, Any, Protocol

from gate.content import Content
from platforms.visits import Visit

if TYPE_CHECKING:
    from gate.checks.settings import Setting


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
class Neighbour:
    """Another post of one of the team's accounts (platform, account id, instance), and when it goes out."""

    account: tuple[str, str, str]
    at: datetime
    title: str


class Configured(Protocol):
    """What has settings: a check."""

    id: str
    title: str
    settings: tuple[Setting, ...]


@dataclass(frozen=True, slots=True)
class CheckSettings:
    """What the organisation set for its checks, and what a check may look at besides the content.

    own: check id to the settings that the organisation has changed, by name (gate/checks/settings.py).
    limits: platform limits said by each account's own server, keyed as platforms.base.account_tag
    does: "platform|account_id", with "|instance" behind it where there is one.
    neighbours: what else goes out near to that time.
    links: where each web address of the content leads, as far as it was found out in time; None while somebody writes,
    when nobody looks.
    due_at: when it is to go out; zone: the IANA zone in which the team plans.
    """

    own: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)
    limits: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)
    earlier: tuple[Earlier, ...] = ()
    toxicity_engine: str = "screen"
    links: Mapping[str, Visit] | None = None
    due_at: datetime | None = None
    zone: str = "UTC"
    neighbours: tuple[Neighbour, ...] = ()

    def value(self, check: Configured, name: str) -> Any:
        """A setting of the check, its default where nothing was set. Raises KeyError for one that it does not have."""
        defaults = {setting.name: setting.default for setting in check.settings}
        return self.own.get(check.id, {}).get(name, defaults[name])


class Check(Protocol):
    """`clause` is the one that it guards. A check whose findings cite others names these in `also_guards`, a tuple.
    `findings`: the names of all that it may find; their ids are "<check>.<name>"."""

    id: str
    version: str
    clause: str
    title: str
    findings: tuple[str, ...]
    settings: tuple[Setting, ...]

    def run(self, content: Content, settings: CheckSettings) -> list[Finding]: ...
