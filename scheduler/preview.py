"""What an author sees beside the text while writing: findings, counters and the post as each platform shows it.

Nothing is stored. The checks are those of the gate, but for toxicity, whose engine lives in the gate's own
workers, and within a time limit; what was not looked at is named, never taken for clean.
"""

from __future__ import annotations

import logging
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from functools import partial
from time import monotonic
from typing import Final

from django.utils.safestring import SafeString

from accounts.models import Channel
from gate import check_context, reveal, runner
from gate.checks import registry
from gate.checks.base import CheckSettings, Level
from gate.checks.base import Finding as Found
from gate.checks.dates import Window
from gate.checks.settings import examine
from gate.checks.timing import campaigns
from gate.content import ChannelContent, Content, normalise
from platforms.base import Limits, Media, Part
from scheduler import answering, claims, forms, freeze, labelling, live_room, marks
from scheduler.claim_rows import Panel, panel
from scheduler.forms import MAX_PARTS, OnChannel, Typed
from scheduler.live_room import Place
from scheduler.models import Image, Post, Variant
from scheduler.shelf import Shelf, day_of

logger = logging.getLogger(__name__)

NOT_LIVE: Final = ("toxicity",)
UNANSWERED: Final = {
    "relationship": "disclosure.relationship",
    "ai": "disclosure.ai",
    "states_fact": "declarations.facts",
    "people": "declarations.people",
}
"""Question to the finding that says that nobody has answered it."""
ASKED_LATER: Final = ("claims.evidence", "claims.opinion")
"""What a reviewer is asked about each answer to a claim: the author has answered."""
LIMITS: Final = "platform-rules"
"""The check whose findings are one channel's own, where the same words stand on others."""
SECONDS: Final = 0.8
"""For all checks of one look together."""
FOLD_LINES: Final = {"bluesky": 25, "mastodon": 32}  # about: neither project documents where it folds
"""Lines of a post that a timeline shows before "more". Bluesky: MAX_POST_LINES of its app (src/lib/constants.ts);
Mastodon: MAX_HEIGHT of 32 lines in its web client (components/status_content.jsx)."""


@dataclass(slots=True)
class Live:
    """One finding, said once for all the channels on which it stands."""

    found: Found
    title: str
    clause: str
    quote: str
    channels: list[str] = field(default_factory=list)
    offer: labelling.Offer | None = None
    """An edit that would settle it, at one click."""

    @property
    def meaning(self) -> str:
        return marks.MEANING[self.found.level]


@dataclass(frozen=True, slots=True)
class Counter:
    """How much of what a platform allows is used. `platform`, `name`: whose count it is. `rough`: code points, which
    nobody counted as the platform does, since there are far too many of them."""

    platform: str
    name: str
    count: int
    limit: int
    rough: bool = False

    @property
    def over(self) -> int:
        return max(0, self.count - self.limit)

    @property
    def tone(self) -> str:
        return "over" if self.over else "near" if self.count > 0.9 * self.limit else ""


@dataclass(frozen=True, slots=True)
class PartView:
    """One post as a reader sees it; `folded` is what stands below the fold."""

    shown: SafeString
    folded: SafeString
    media: tuple[Media, ...]
    counter: Counter


@dataclass(frozen=True, slots=True)
class ChannelView:
    channel: Channel
    parts: tuple[PartView, ...]
    warning: str
    visibility: str
    flags: list[str]
    """What the platform itself shows beside the post, in words."""
    findings: int = 0

    @property
    def key(self) -> str:
        """How the page's tabs name it."""
        return str(self.channel.pk)


@dataclass(frozen=True, slots=True)
class EditorView:
    """What lies behind and beside one text box: `box` is its id in the page."""

    box: str
    marked: SafeString
    counters: tuple[Counter, ...]


@dataclass(slots=True)
class Look:
    """Everything that one look at a post gives."""

    content: Content
    blocks: list[Live] = field(default_factory=list)
    attest: list[Live] = field(default_factory=list)
    advises: list[Live] = field(default_factory=list)
    unanswered: list[Live] = field(default_factory=list)
    """Questions of the page that nobody has answered yet: said in one line, not as a finding each."""
    channels: list[ChannelView] = field(default_factory=list)
    editors: list[EditorView] = field(default_factory=list)
    claims: Panel = field(default_factory=Panel)
    not_looked_at: list[str] = field(default_factory=list)
    campaigns: list[Window] = field(default_factory=list)
    """Those that the team has, for the author to choose from."""

    @property
    def other_campaign(self) -> str:
        """The post's, where the team has it no more."""
        name = self.content.campaign
        return "" if name in {each.name for each in self.campaigns} else name

    @property
    def findings(self) -> list[Live]:
        return [*self.blocks, *self.attest, *self.advises]

    @property
    def to_settle(self) -> int:
        return len(self.blocks) + len(self.attest) + bool(self.unanswered)


def look(typed: Typed) -> Look:
    """Findings, counters and previews of what is on the compose page. Seven queries at most, however much is typed."""
    evidence = Shelf(typed.team, _day(typed))
    content = content_of(typed, evidence)
    origin = typed.post.origin if typed.post else ""
    settings = check_context.for_team(typed.team, except_origin=origin, due_at=forms.look_at_time(typed).at)
    chosen = typed.chosen
    limits = [on.limits for on in chosen]
    room = live_room.of(content, limits)
    found, left = run_checks(room.content, settings)
    found = [(LIMITS, f) for f in room.findings(limits)] + [(id_, f) for id_, f in found if room.knows(f)]
    seen = Look(content=content, not_looked_at=[*room.words(), *left])
    seen.campaigns = campaigns(settings)
    open_ = {finding for name, finding in UNANSWERED.items() if not typed.declared.get(name)}
    questions = [(check_id, f) for check_id, f in found if f.id in open_]
    seen.unanswered = [group for level in _grouped(questions, content) for group in level]
    found = [(check_id, f) for check_id, f in found if f.id not in ASKED_LATER]
    seen.claims = panel(claims.readable(room.content.channels), typed.claims, evidence, settings)
    seen.blocks, seen.attest, seen.advises = _grouped([f for f in found if f not in questions], content)
    for each in seen.findings:
        each.offer = labelling.offer(each.found, content, settings)
    everywhere = [
        f for check_id, f in found for f in (_everywhere(f, content) if check_id != LIMITS else [f])
    ]
    views = (content, [on.channel for on in chosen], everywhere)
    seen.channels = channel_views(*views, left_out=room.left_out)
    seen.editors = _editors(typed, chosen, everywhere, room.left_out)
    return seen


def _day(typed: Typed) -> date:
    return day_of(forms.look_at_time(typed).at, typed.team.tz)


def content_of(typed: Typed, evidence: Shelf | None = None) -> Content:
    """The content as it would be frozen, from what is typed."""
    post = Post(team=typed.team, parts=typed.texts[:MAX_PARTS])
    variants = [
        Variant(
            post=post,
            channel=on.channel,
            parts=on.texts[:MAX_PARTS] if on.own else None,
            options={"visibility": on.visibility, "content_warning": on.warning},
        )
        for on in typed.chosen
    ]
    answered = claims.sketched(typed.standing_claims, evidence or Shelf(typed.team, _day(typed)))
    images = _as_typed(typed)
    drawn = freeze.sketch(variants, images, typed.declared, team_id=typed.team.pk, answered=answered)
    answered_message = answering.content(answering.row(typed.answers, typed.team))
    return replace(drawn, campaign=typed.campaign, answers=answered_message)


def run_checks(content: Content, settings: CheckSettings) -> tuple[list[tuple[str, Found]], list[str]]:
    """(check id, finding) of every check that runs while somebody writes, and the titles of those that did not
    answer in time or failed."""
    found: list[tuple[str, Found]] = []
    left: list[str] = []
    if not content.channels:
        return found, left
    end = monotonic() + SECONDS
    for check_id in registry.CHECKS:
        if check_id in NOT_LIVE:
            continue
        check = registry.load(check_id)
        try:
            answer = runner.within(max(0.0, end - monotonic()), partial(examine, check, content, settings))
            found += [(check_id, f) for f in answer]
        except Exception:
            logger.exception("The check %s could not look at what is being written", check_id)
            left.append(check.title)
    return found, left


def channel_views(
    content: Content,
    channels: Sequence[Channel],
    found: Iterable[Found],
    left_out: frozenset[Place] = frozenset(),
) -> list[ChannelView]:
    """The post as it will look on each channel, with the places of the findings marked. Of a part that is left out
    only the beginning is shown."""
    by_place = list(found)
    return [
        _channel_view(index, frozen, channel, [f for f in by_place if f.span.channel == index], left_out)
        for index, (frozen, channel) in enumerate(zip(content.channels, channels, strict=True))
    ]


def _grouped(found: list[tuple[str, Found]], content: Content) -> tuple[list[Live], list[Live], list[Live]]:
    """By level, most pressing first, the same finding on several channels said once."""
    groups: dict[tuple[str, str, str, int], Live] = {}
    for check_id, f in found:
        quote = _quote(content, f)
        key = (f.id, f.message, quote, f.span.part)
        if key not in groups:
            check = registry.load(check_id)
            groups[key] = Live(f, check.title, f.clause or check.clause, quote)
        name = content.channels[f.span.channel].handle if f.span.field not in ("declarations", "post") else ""
        if name and name not in groups[key].channels:
            groups[key].channels.append(name)
    by_level = {level: [g for g in groups.values() if g.found.level == level] for level in Level}
    return by_level[Level.BLOCKS], by_level[Level.ATTEST], by_level[Level.ADVISES]


def _quote(content: Content, f: Found) -> str:
    span = f.span
    if span.field == "text" and span.end > span.start:
        return content.channels[span.channel].parts[span.part].text[span.start : span.end]
    return ""


def _everywhere(f: Found, content: Content) -> list[Found]:
    """A check says once what stands on several channels; the words are marked on each of them."""
    words = _quote(content, f)
    if not words:
        return [f]
    places = [f]
    for channel, frozen in enumerate(content.channels):
        if channel == f.span.channel or f.span.part >= len(frozen.parts):
            continue
        at = frozen.parts[f.span.part].text.find(words)
        if at >= 0:
            places.append(replace(f, span=replace(f.span, channel=channel, start=at, end=at + len(words))))
    return places


def _channel_view(
    index: int, frozen: ChannelContent, channel: Channel, found: list[Found], left_out: frozenset[Place]
) -> ChannelView:
    limits = channel.effective_limits
    parts = tuple(
        _beginning(part, channel, limits)
        if (index, number) in left_out
        else _part_view(frozen, part, channel, limits, [f for f in found if f.span.part == number])
        for number, part in enumerate(frozen.parts)
    )
    visibility = frozen.options.visibility
    flags = frozen.options.flag_words
    return ChannelView(channel, parts, frozen.options.content_warning, visibility, flags, len(found))


def _part_view(
    frozen: ChannelContent, part: Part, channel: Channel, limits: Limits, found: list[Found]
) -> PartView:
    places = marks.of(found)
    cut = _fold(part.text, channel.platform)
    counter = _counter(channel, limits, part.text, frozen.options.content_warning)
    above = [m for m in places if m[1] <= cut]
    below = [(start - cut, end - cut, meaning) for start, end, meaning in places if start >= cut]
    folded = reveal.html(marks.marked(part.text[cut:], below)) if cut < len(part.text) else SafeString("")
    shown = reveal.html(marks.marked(part.text[:cut], above))
    return PartView(shown, folded, part.media, counter)


def _beginning(part: Part, channel: Channel, limits: Limits) -> PartView:
    """A part that is not looked at, as far as it could go out."""
    shown = part.text[: limits.characters]
    more = "…" if len(part.text) > len(shown) else ""
    return PartView(reveal.html(shown + more), SafeString(""), part.media, _rough(channel, limits, part.text))


def _fold(text: str, platform: str) -> int:
    """The code point where the platform folds the text away; its length where it does not."""
    lines = text.split("\n")
    most = FOLD_LINES.get(platform)
    return len(text) if most is None or len(lines) <= most else len("\n".join(lines[:most]))


def _counter(channel: Channel, limits: Limits, text: str, warning: str = "") -> Counter:
    count = channel.adapter.length(text) + (channel.adapter.length(warning) if warning else 0)
    return Counter(channel.platform, channel.handle, count, limits.characters)


def _rough(channel: Channel, limits: Limits, text: str, warning: str = "") -> Counter:
    count = len(text) + len(warning)
    return Counter(channel.platform, channel.handle, count, limits.characters, rough=True)


def _editors(
    typed: Typed, chosen: list[OnChannel], found: list[Found], left_out: frozenset[Place]
) -> list[EditorView]:
    """Every text box of the page with its counters and marks."""
    shared = [(index, on) for index, on in enumerate(chosen) if not on.own]
    boxes = [("text-all", typed.texts, shared)]
    boxes += [(f"text-{on.channel.pk}", on.texts, [(index, on)]) for index, on in enumerate(chosen) if on.own]
    return [
        _editor(f"{box}-{part}", text, part, on, found, left_out)
        for box, texts, on in boxes
        for part, text in enumerate(texts[:MAX_PARTS])
    ]


def _editor(
    box: str,
    typed: str,
    part: int,
    on: list[tuple[int, OnChannel]],
    found: list[Found],
    left_out: frozenset[Place],
) -> EditorView:
    looked_at = {index for index, _ in on if (index, part) not in left_out}
    text, raw = (normalise(typed), typed.replace("\r\n", "\n")) if looked_at else (typed, "")
    here = marks.of(f for f in found if f.span.channel in looked_at and f.span.part == part)
    counters = tuple(
        (_counter if index in looked_at else _rough)(each.channel, each.limits, text, each.warning)
        for index, each in on
    )
    return EditorView(box, marks.marked(raw, marks.moved(here, text, raw), links=False), counters)


def _as_typed(typed: Typed) -> list[Image]:
    """The images with the words and places that the page gives them; the rows themselves are not changed."""
    for of in typed.images:
        of.image.alt, of.image.part = of.alt, of.part
    return sorted((of.image for of in typed.images), key=lambda i: (i.part, i.position, i.pk))
