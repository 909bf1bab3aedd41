"""What an author typed, kept exactly as typed: read from a stored post or from a request, shown again, or made into
a Draft. Nothing here stores anything."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Final

from django.http import QueryDict
from django.utils import timezone

from accounts import zones
from accounts.clean import number
from accounts.models import Channel, Team
from platforms.base import Limits
from scheduler import answering, claims, when
from scheduler.claims import Answer
from scheduler.lifecycle import Draft
from scheduler.models import Image, Post

MAX_PARTS: Final = 25
"""Posts of one thread, on one channel."""
MAX_TEXT: Final = 20_000
"""Characters of one part that are stored: well above every platform's limit, so that a text that is too long can be
kept and shortened."""
MAX_TITLE, MAX_WARNING, MAX_EVIDENCE, MAX_ALT = 200, 500, 2_000, 10_000
"""Characters of the smaller texts."""
MAX_CAMPAIGN: Final = 80


@dataclass(frozen=True, slots=True)
class Question:
    """A plain question about the post. No answer is chosen beforehand."""

    name: str
    text: str
    answers: tuple[tuple[str, str], ...]
    help: str = ""


QUESTIONS: Final = (
    Question(
        "relationship",
        "Does anybody gain from this post: you, us or a partner?",
        (
            ("none", "Nobody"),
            ("own_product", "It is about our own product"),
            ("employee", "I work for who it is about"),
            ("paid", "We are paid for it"),
            ("gifted", "We were given something"),
            ("affiliate", "We earn from its links"),
        ),
        "Money, gifts, discounts, a job: whatever a reader would want to know. The post has to say so.",
    ),
    Question(
        "ai",
        "Was any of it made with AI?",
        (("no", "No"), ("text", "Text"), ("media", "Images"), ("both", "Both")),
    ),
    Question(
        "states_fact", "Does it state a fact that readers will rely on?", (("no", "No"), ("yes", "Yes"))
    ),
    Question(
        "people",
        "Can anybody be recognised in it?",
        (
            ("nobody", "Nobody"),
            ("consented", "Yes, and they agreed"),
            ("public_interest", "Yes, of public interest"),
        ),
        "Needs an answer where there are pictures.",
    ),
)


@dataclass(slots=True)
class OnChannel:
    """What the page says about one channel."""

    channel: Channel
    chosen: bool = False
    own: bool = False
    texts: list[str] = field(default_factory=lambda: [""])
    visibility: str = ""
    warning: str = ""

    @property
    def limits(self) -> Limits:
        return self.channel.effective_limits

    @property
    def key(self) -> str:
        """How the page's tabs and fields name it."""
        return str(self.channel.pk)

    @property
    def takes_warning(self) -> bool:
        """Bluesky has none; the platform rules refuse one there."""
        return self.channel.platform != "bluesky"


@dataclass(slots=True)
class OfImage:
    """What the page says about one image: its words, and which post of the thread it belongs to."""

    image: Image
    alt: str
    part: int


@dataclass(slots=True)
class Typed:
    """The whole compose page as somebody left it."""

    team: Team
    post: Post | None = None
    version: int = 0
    title: str = ""
    texts: list[str] = field(default_factory=lambda: [""])
    on: list[OnChannel] = field(default_factory=list)
    declared: dict[str, str] = field(default_factory=dict)
    date: str = ""
    time: str = ""
    zone: str = ""
    fold: int | None = None
    campaign: str = ""
    answers: dict[str, str] = field(default_factory=dict)
    """What it answers, as scheduler.answering reads it."""
    images: list[OfImage] = field(default_factory=list)
    claims: list[Answer] = field(default_factory=list)
    """Answers whose words are not in the post any more among them, as long as the page is open."""
    shown: str = ""
    """The tab in front: "" for all channels, or a channel's id."""
    browser_zone: str = ""

    @property
    def chosen(self) -> list[OnChannel]:
        return [on for on in self.on if on.chosen]

    @property
    def local(self) -> str:
        return f"{self.date}T{self.time}" if self.date or self.time else ""

    @property
    def is_blank(self) -> bool:
        return not any(
            text.strip()
            for text in [
                *(self.title, *self.texts, *self.answers.values()),
                *(t for on in self.on for t in on.texts),
            ]
        )

    @property
    def too_much(self) -> str:
        """What is more than a draft holds, in words; "" where all of it can be stored."""
        for texts in (self.texts, *(on.texts for on in self.chosen if on.own)):
            if len(texts) > MAX_PARTS:
                return (
                    f"A thread can have {MAX_PARTS} posts, and this one has {len(texts)}. Take some out, or make a "
                    "second thread of them. All of them are still on this page, and none was stored."
                )
            for nth, text in enumerate(texts, 1):
                if (length := len(text.replace("\r\n", "\n"))) > MAX_TEXT:
                    return _too_long(f"Post {nth}", length, MAX_TEXT)
        for name, text, most in self._short_texts():
            if len(text) > most:
                return _too_long(name, len(text), most)
        if (many := len(self.standing_claims)) > claims.MOST:
            return (
                f"{many} claims are answered or marked, and a post can have {claims.MOST}. Take marks off, or make two "
                "posts of it. All of them are still on this page, and nothing was stored."
            )
        return ""

    def _short_texts(self) -> Iterator[tuple[str, str, int]]:
        yield "The name in the calendar", self.title, MAX_TITLE
        yield "The place where a reader can check it", self.declared.get("evidence", ""), MAX_EVIDENCE
        yield "The message that it answers", self.answers.get("text", ""), answering.FIELDS["text"]
        yield "The address of that message", self.answers.get("url", ""), answering.FIELDS["url"]
        yield "Who wrote that message", self.answers.get("author", ""), answering.FIELDS["author"]
        for on in self.chosen:
            yield f"The content warning for {on.channel}", on.warning, MAX_WARNING
        for of in self.images:
            yield f"The description of {of.image.filename or 'an image'}", of.alt, MAX_ALT

    def draft(self) -> Draft:
        """What lifecycle stores. The time is checked there."""
        return Draft(
            title=self.title,
            parts=self.texts,
            declarations={name: value for name, value in self.declared.items() if value},
            due_local=self.local,
            due_zone=self.zone,
            fold=self.fold,
            campaign=self.campaign,
            answers=answering.row(self.answers, self.team),
            variants={on.channel.pk: (on.texts if on.own else None, _options(on)) for on in self.chosen},
            claims=[answer.row() for answer in self.standing_claims],
        )

    @property
    def standing_claims(self) -> list[Answer]:
        """Those whose words stand in one of the page's texts."""
        own = [text for on in self.on for text in (on.warning, *(on.texts if on.own else ()))]
        return claims.standing(self.claims, [*self.texts, *own, *(of.alt for of in self.images)])

    def keep_time_of(self, post: Post) -> None:
        """Falls back on the stored time, where what is typed is not a time yet."""
        self.date, _, self.time = post.due_local.partition("T")
        self.zone = post.due_zone or self.team.zone
        self.fold = fold_of(post)

    def without_time(self) -> None:
        self.date = self.time = ""
        self.fold = None


def of_post(post: Post, channels: Iterable[Channel]) -> Typed:
    """The page of a stored post."""
    variants = {variant.channel_id: variant for variant in post.variants.all()}
    typed = Typed(
        team=post.team,
        post=post,
        version=post.version,
        title=post.title,
        texts=list(post.parts) or [""],
        declared=dict(post.declarations),
        campaign=post.campaign,
        answers=answering.of_post(post.answers, post.team),
        images=[OfImage(image, image.alt, image.part) for image in post.images.all()],
        claims=claims.read(post.claims),
    )
    typed.keep_time_of(post)
    for channel in channels:
        variant = variants.get(channel.pk)
        if not variant and not channel.is_usable:
            continue
        on = OnChannel(channel, chosen=variant is not None)
        if variant:
            on.own, on.texts = variant.parts is not None, list(variant.parts or []) or [""]
            on.visibility = variant.options.get("visibility", "")
            on.warning = variant.options.get("content_warning", "")
        typed.on.append(on)
    return typed


def blank(team: Team, channels: Iterable[Channel], *, day: str = "") -> Typed:
    """The page of a new post: every connected channel of a team that has one or two, none of many."""
    usable = [channel for channel in channels if channel.is_usable]
    on = [OnChannel(channel, chosen=len(usable) == 1) for channel in usable]
    return Typed(team=team, on=on, zone=team.zone, date=day)


def of_request(data: QueryDict, team: Team, channels: Iterable[Channel], post: Post | None) -> Typed:
    """The page as it was sent. Odd values become empty ones: the page shows what came of them."""
    chosen = set(data.getlist("channel"))
    stored = {variant.channel_id for variant in post.variants.all()} if post else set()
    return Typed(
        team=team,
        post=post,
        version=number(data.get("version", "")) or 0,
        title=" ".join(data.get("title", "").split()),
        texts=_texts(data, "text"),
        on=[_on(data, c, str(c.pk) in chosen) for c in channels if c.is_usable or c.pk in stored],
        declared=_declared(data),
        date=data.get("due_date", "").strip()[:10],
        time=data.get("due_time", "").strip()[:5],
        zone=data.get("due_zone", "") or team.zone,
        fold={"0": 0, "1": 1}.get(data.get("fold", "")),
        campaign=" ".join(data.get("campaign", "").split())[:MAX_CAMPAIGN],
        answers=answering.of_request(data),
        images=_images(data, post),
        claims=claims.of_request(data),
        shown=data.get("shown", ""),
        browser_zone=data.get("browser_zone", ""),
    )


def fold_of(post: Post) -> int | None:
    """Which of the two instants a stored time means, where the clocks made two of it."""
    try:
        when.resolve(post.due_local, post.due_zone)
    except when.TimeExistsTwice as twice:
        return int(post.due_at == twice.second)
    except when.WhenError:
        return None
    return None


@dataclass(frozen=True, slots=True)
class WhenView:
    """What the page says about the time: what is wrong with it, or what it is elsewhere."""

    at: datetime | None = None
    problem: str = ""
    first: datetime | None = None
    second: datetime | None = None
    elsewhere: tuple[tuple[str, datetime], ...] = ()

    @property
    def has_passed(self) -> bool:
        return self.at is not None and self.at <= timezone.now()


def look_at_time(typed: Typed) -> WhenView:
    """Reads the typed time without storing anything."""
    if not typed.local:
        return WhenView()
    first = second = None
    try:
        at = when.resolve(typed.local, typed.zone)
    except when.TimeExistsTwice as twice:
        first, second = twice.first, twice.second
        if typed.fold is None:
            return WhenView(problem=twice.message, first=first, second=second)
        at = second if typed.fold else first
    except when.WhenError as error:
        return WhenView(problem=error.message)
    others = dict.fromkeys(
        [typed.team.zone, typed.browser_zone if typed.browser_zone in zones.names() else "UTC"]
    )
    elsewhere = tuple((zone, at) for zone in others if zone != typed.zone)
    return WhenView(at.astimezone(UTC), "", first, second, elsewhere)


def _too_long(name: str, length: int, most: int) -> str:
    return (
        f"{name} has {length:,} characters, and {most:,} are the most that can be kept. "
        "Shorten it. All of it is still on this page, and nothing was stored."
    )


def _options(on: OnChannel) -> dict[str, str]:
    return {
        key: text for key, text in (("visibility", on.visibility), ("content_warning", on.warning)) if text
    }


def _texts(data: QueryDict, name: str) -> list[str]:
    """All of them: what is too much is refused in words, not cut off."""
    return data.getlist(name) or [""]


def _on(data: QueryDict, channel: Channel, chosen: bool) -> OnChannel:
    own = bool(data.get(f"own-{channel.pk}"))
    visibility = data.get(f"visibility-{channel.pk}", "")
    return OnChannel(
        channel,
        chosen=chosen,
        own=own,
        texts=_texts(data, f"text-{channel.pk}"),
        visibility=visibility if visibility in channel.effective_limits.visibilities else "",
        warning=data.get(f"warning-{channel.pk}", "").strip(),
    )


def _declared(data: QueryDict) -> dict[str, str]:
    given = {q.name: data.get(q.name, "") for q in QUESTIONS}
    known = {q.name: {value for value, _ in q.answers} for q in QUESTIONS}
    declared = {name: value for name, value in given.items() if value in known[name]}
    evidence = data.get("evidence", "").strip()
    return {**declared, **({"evidence": evidence} if evidence else {})}


def _images(data: QueryDict, post: Post | None) -> list[OfImage]:
    if post is None:
        return []
    return [
        OfImage(
            image,
            data.get(f"alt-{image.pk}", image.alt),
            image.part
            if (part := number(data.get(f"part-{image.pk}", ""), most=MAX_PARTS - 1)) is None
            else part,
        )
        for image in post.images.all()
    ]
