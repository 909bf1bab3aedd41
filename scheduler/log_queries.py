"""What the pages of the publish log show: filters of the address, rows ready to be read, one thing's story."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Any, Final

from django.http import QueryDict
from django.urls import reverse
from django.utils.functional import cached_property
from django.utils.http import urlencode
from django.utils.text import get_text_list

from accounts.clean import clean, number
from accounts.models import Channel, Membership, Team
from gate.evidence import library
from ledger import leaf_check, queries
from ledger.models import Checkpoint, Entry
from ledger.services import ERASED
from platforms.base import account_tag
from scheduler import log_words
from scheduler.queries import parse_date, span

PAGE: Final = 50
LONGEST_STORY: Final = 500
SHOWN_APART: Final = {"title", "actor", "channel", "account"}
"""Personal texts that have their own place; the others are quoted."""


@dataclass(frozen=True, slots=True)
class LogFilters:
    """What the address narrows the log to. Values that say nothing are left out: old links stay good."""

    first: date | None = None
    last: date | None = None
    channel: int | None = None
    person: int | None = None
    kind: str = ""
    outcome: str = ""
    text: str = ""

    @classmethod
    def from_query(cls, query: QueryDict) -> LogFilters:
        return cls(
            first=parse_date(query.get("from", "")),
            last=parse_date(query.get("to", "")),
            channel=number(query.get("channel", "")),
            person=number(query.get("person", "")),
            kind=_word(query.get("kind", "")),
            outcome=_word(query.get("outcome", "")),
            text=" ".join(clean(query.get("q", "")).split())[:100],
        )

    @property
    def is_set(self) -> bool:
        return any((self.first, self.last, self.channel, self.person, self.kind, self.outcome, self.text))

    def query(self, **extra: object) -> str:
        """As a query string, for links that keep the filters."""
        values = {
            "from": self.first,
            "to": self.last,
            "channel": self.channel,
            "person": self.person,
            "kind": self.kind,
            "outcome": self.outcome,
            "q": self.text,
            **extra,
        }
        return urlencode({name: str(value) for name, value in values.items() if value not in (None, "")})

    def of(self, team: Team, channels: Iterable[Channel]) -> queries.Filters:
        """As the ledger takes them: days begin and end in the team's zone, a channel is what entries are filed
        under."""
        tags = {channel.pk: tag(channel) for channel in channels}
        return {
            "date_from": span(self.first, 1, team.tz)[0] if self.first else None,
            "date_to": span(self.last, 1, team.tz)[1] if self.last else None,
            "channel": tags.get(self.channel, "none") if self.channel is not None else None,
            "person": self.person,
            "kind": self.kind,
            "outcome": self.outcome,
            "text": self.text,
        }


@dataclass(frozen=True, slots=True)
class Place:
    """A channel as a row names it."""

    platform: str
    name: str


@dataclass(frozen=True, slots=True)
class Remote:
    """One part of what stands on the platform. Without an address there is only its id to show."""

    label: str
    id: str
    url: str


@dataclass
class Row:
    """One entry, ready to be read. A leaf that cannot be read any more is a problem to show, not an error."""

    entry: Entry
    team: Team
    names: Mapping[str, str] = field(default_factory=dict)
    """Channels' handles by their tag."""
    people: Mapping[int, str] = field(default_factory=dict)
    sandboxes: Mapping[str, int] = field(default_factory=dict)
    """Sandbox channels by their tag: their posts have no address but our page."""
    erasures: Mapping[str, int] = field(default_factory=dict)
    """Erased fields, and the index of the entry that says so."""

    @cached_property
    def problem(self) -> str:
        """Why this row is not what was hashed; nothing where it is. Needs no query."""
        return next(iter(leaf_check.problems(self.entry)), "")

    @cached_property
    def content(self) -> dict[str, Any]:
        try:
            content = self.entry.content
        except ValueError:
            return {}
        return content if {"data", "personal", "tags"} <= set(content) else {}

    @cached_property
    def texts(self) -> dict[str, str | None]:
        return self.entry.texts if self.content else {}

    @property
    def words(self) -> str:
        return log_words.kind_words(self.entry.kind)

    @property
    def title(self) -> str:
        """What it is about; empty where there was no title, or it was erased."""
        return self.texts.get("title") or ""

    @property
    def who(self) -> str:
        """Who did it, as the entry has it. Empty where nobody did: the machinery.

        A name that was erased stays erased; where none was ever written, it is the person's name today.
        """
        pk = self.entry.actor_id
        if pk is None:
            return ""
        if "actor" in self.texts:
            return self.texts["actor"] or f"Person {pk}, name erased"
        return self.people.get(pk, f"Person {pk}")

    @property
    def erased(self) -> list[dict[str, Any]]:
        """What was erased, for each entry that says so."""
        gone: dict[int | None, list[str]] = {}
        for name, text in self.texts.items():
            if text is None:
                gone.setdefault(self.erasures.get(name), []).append(log_words.field_words(name))
        return [
            {"words": get_text_list(sorted(words), "and"), "many": len(words) > 1, "by": by}
            for by, words in gone.items()
        ]

    @property
    def quotes(self) -> list[tuple[str, str]]:
        shown = [(name, text) for name, text in self.texts.items() if text and name not in SHOWN_APART]
        return [(log_words.field_words(name), text) for name, text in shown]

    @property
    def places(self) -> list[Place]:
        tags = self.content.get("tags", {}).get("channel", [])
        return [Place(value.partition("|")[0], self.names.get(value) or _account(value)) for value in tags]

    @property
    def digest(self) -> str:
        """Of the content that it is about, where it is about one."""
        return str(self.content.get("data", {}).get("digest", ""))

    @property
    def facts(self) -> list[tuple[str, str]]:
        return list(log_words.facts(self.content.get("data", {}), self.team.tz))

    @property
    def remote(self) -> list[Remote]:
        """What it left on the platform, with the published post's address or the sandbox's page."""
        found = log_words.remote(self.content.get("data", {}))
        tags = self.content.get("tags", {}).get("channel", [])
        sandbox = next((self.sandboxes[value] for value in tags if value in self.sandboxes), None)
        page = reverse("sandbox", args=[self.team.slug, sandbox]) if sandbox else ""
        one = "The post in the sandbox" if page else "The published post"
        return [
            Remote(one if len(found) == 1 else f"Part {n}", known, url or page)
            for n, (known, url) in enumerate(found, 1)
        ]

    @cached_property
    def evidence(self) -> list[dict[str, Any]]:
        """The pieces that it names: what was added or renewed, or what stood behind an approval. One query."""
        titles = library.titles(self.team, [each["id"] for each in self.cited]) if self.cited else {}
        return [{**each, "title": titles.get(each["id"], f"Evidence {each['id']}")} for each in self.cited]

    @property
    def cited(self) -> list[dict[str, Any]]:
        """The same by numbers and digests alone, which needs no query."""
        named = self.content.get("data", {}).get("evidence") or []
        return [each for each in named if isinstance(each, dict)] if isinstance(named, list) else []

    @property
    def tone(self) -> str:
        return log_words.tone(self.entry.outcome)

    @property
    def origin(self) -> str:
        """The post that it belongs to, as the log names it ("post:12"); empty for what is about no post."""
        origins = self.content.get("tags", {}).get("origin", [])
        return str(origins[0]) if origins else ""

    @property
    def post_id(self) -> int | None:
        name, _, pk = self.origin.partition(":")
        return number(pk) if name == "post" else None


@dataclass(frozen=True, slots=True)
class Story:
    rows: list[Row]
    whole: bool
    """False where only its first entries are here."""


def page(team: Team, filters: LogFilters, before: int | None, channels: Sequence[Channel]) -> queries.Page:
    """One page of the team's entries, newest first: three queries, however long the log is."""
    return queries.page(team.pk, before=before, size=PAGE, **filters.of(team, channels))


def rows(
    team: Team, entries: Iterable[Entry], channels: Iterable[Channel], members: Iterable[tuple[int, str]]
) -> list[Row]:
    tagged, persons = {tag(channel): channel for channel in channels}, dict(members)
    names = {value: channel.handle for value, channel in tagged.items()}
    sandboxes = {value: channel.pk for value, channel in tagged.items() if channel.platform == "sandbox"}
    return [Row(entry, team, names, persons, sandboxes) for entry in entries]


def story(team: Team, about: Row) -> Story:
    """What happened to the thing that an entry is about, oldest first, with what was erased since."""
    if about.origin:
        found = queries.story(team.pk, "origin", about.origin, limit=LONGEST_STORY + 1)
    else:
        found = list(
            Entry.objects.filter(
                team_id=team.pk, kind__in=log_words.kin(about.entry.kind), subject=about.entry.subject
            )
            .order_by("index")
            .prefetch_related("tags", "personal")[: LONGEST_STORY + 1]
        )
    shown = [Row(entry, team, about.names, about.people, about.sandboxes) for entry in found[:LONGEST_STORY]]
    if all(row.entry.index != about.entry.index for row in shown):
        shown.append(about)
    said = erasures(team.pk, [row.entry for row in shown])
    for row in shown:
        row.erasures = said.get(row.entry.index, {})
    return Story(shown, len(found) <= LONGEST_STORY)


def erasures(team_id: int | None, entries: Iterable[Entry]) -> dict[int, dict[str, int]]:
    """For each entry, the fields that later entries say were erased, and which entry says so. One query."""
    subjects = [f"entry:{entry.index}" for entry in entries if _lacks_texts(entry)]
    if not subjects:
        return {}
    found: dict[int, dict[str, int]] = {}
    for row in Entry.objects.filter(team_id=team_id, kind=ERASED, subject__in=subjects).order_by("index"):
        for index, name in leaf_check.erased(row):
            found.setdefault(index, {})[name] = row.index
    return found


def neighbours(team: Team, index: int) -> tuple[int | None, int | None]:
    """The team's entries before and after this one."""
    of_team = Entry.objects.filter(team_id=team.pk)
    older = of_team.filter(index__lt=index).order_by("-index").values_list("index", flat=True).first()
    newer = of_team.filter(index__gt=index).order_by("index").values_list("index", flat=True).first()
    return older, newer


def channels(team: Team) -> list[Channel]:
    return list(Channel.objects.filter(team=team).order_by("platform", "handle", "pk"))


def people(team: Team) -> list[tuple[int, str]]:
    """Who can be filtered by: everybody who is or was in the team."""
    members = Membership.objects.filter(team=team).select_related("user").order_by("user__name", "pk")
    return [(member.user_id, str(member.user)) for member in members]


def checkpoint_before(checkpoint: Checkpoint) -> Checkpoint | None:
    return Checkpoint.objects.filter(size__lt=checkpoint.size).order_by("-size").first()


def tag(channel: Channel) -> str:
    """What entries about a channel are filed under (gate/log.py, scheduler/journal.py, accounts/journal.py)."""
    return account_tag(channel.platform, channel.account_id, channel.instance)


def _word(text: str) -> str:
    return text if re.fullmatch(r"[a-z_.]{1,64}", text) else ""


def _account(value: str) -> str:
    """The account that a tag names, where no channel is filed under it any more: its id, and its server's name."""
    account, _, instance = value.partition("|")[2].partition("|")
    return f"{account} on {instance.partition('://')[2] or instance}" if instance else account


def _lacks_texts(entry: Entry) -> bool:
    return bool(leaf_check.gone(entry))
