"""The frozen content as the review page shows it: channel by channel as readers will see it, with marks."""

from __future__ import annotations

from collections.abc import Callable, Container, Iterable
from dataclasses import dataclass

import regex
from django.urls import reverse
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString

from accounts.models import Channel, Team
from gate import reveal, spans
from gate.checks.base import Span
from gate.checks.image_metadata import HARMLESS, NAMES
from gate.checks.texts import field_text
from gate.content import ChannelContent, Content, Declarations
from gate.models import Finding
from platforms import registry
from platforms.base import Limits, Media, Options, Part

LINKED = regex.compile(
    r"https?://\S+[^\s.,;:!?)\]}'\"”’]|(?<![\p{L}\p{N}_/@])[@#][\p{L}\p{N}_][\p{L}\p{N}_.@-]*"
)

RELATIONSHIPS = {
    "": "not answered",
    "none": "none declared",
    "employee": "the author works for whom the post is about",
    "paid": "paid for the post",
    "gifted": "was given something",
    "affiliate": "earns a commission on sales",
    "own_product": "sells the thing itself",
}
AI = {
    "": "not answered",
    "no": "not used",
    "text": "for the text",
    "media": "for pictures",
    "both": "for text and pictures",
}
FACTS = {"": "not answered", "no": "states none", "yes": "states facts"}
PEOPLE = {
    "": "not answered",
    "nobody": "nobody can be recognised",
    "consented": "everyone shown has agreed",
    "public_interest": "shown without consent, in the public interest",
}


@dataclass(frozen=True, slots=True)
class ImageView:
    media: Media
    number: int
    url: str
    alt: SafeString
    findings: list[Finding]


@dataclass(frozen=True, slots=True)
class PartView:
    number: int
    text: SafeString
    images: list[ImageView]
    length: int
    mentions: list[tuple[str, str]]
    """Each handle in the text and the account that it tags, "" where it is plain text; none where the platform takes
    the text alone."""


@dataclass(frozen=True, slots=True)
class ChannelView:
    """One account's post. `length` and `limit` as the platform counts; several parts are a thread."""

    index: int
    platform: str
    platform_name: str
    handle: str
    name: str
    instance: str
    warning: SafeString
    options: list[tuple[str, str]]
    parts: list[PartView]
    limit: int | None
    to_settle: int

    @property
    def counter(self) -> str:
        if len(self.parts) > 1:
            return f"{len(self.parts)} parts"
        return f"{self.parts[0].length}/{self.limit}" if self.parts and self.limit else ""


def channels(team: Team, content: Content, findings: Iterable[Finding]) -> list[ChannelView]:
    """Every channel of the content, in its order."""
    found = list(findings)
    known = {(c.platform, c.instance, c.account_id): c for c in Channel.objects.filter(team=team)}
    build = _Builder(team, _by_place(content, found))
    return [
        build.channel(index, frozen, known.get((frozen.platform, frozen.instance, frozen.account_id)))
        for index, frozen in enumerate(content.channels)
    ]


Place = tuple[str, str]
"""A field and what stands in it: a check names the first place of a text, and the same text elsewhere is marked too."""


def _by_place(content: Content, findings: Iterable[Finding]) -> dict[Place, list[Finding]]:
    places: dict[Place, list[Finding]] = {}
    for finding in findings:
        places.setdefault((finding.field, _at(content, finding)), []).append(finding)
    return places


def _at(content: Content, finding: Finding) -> str:
    """What the finding's field holds; an image is named by its digest, "" where a check misread the content."""
    try:
        if finding.field == "media":
            part = content.channels[finding.channel].parts[finding.part]
            return part.media[finding.media_index or 0].sha256
        return field_text(content, Span(finding.channel, finding.part, finding.field, finding.media_index))
    except IndexError:
        return ""


@dataclass(frozen=True, slots=True)
class _Builder:
    team: Team
    places: dict[Place, list[Finding]]

    def channel(self, index: int, frozen: ChannelContent, row: Channel | None) -> ChannelView:
        name, limits, length = _platform(frozen.platform, row)
        return ChannelView(
            index=index,
            platform=frozen.platform,
            platform_name=name,
            handle=frozen.handle,
            name=row.name if row and row.name else frozen.handle,
            instance=frozen.instance,
            warning=self.text("content_warning", frozen.options.content_warning, index),
            options=_options(frozen.options),
            parts=[self.part(index, n, frozen, length) for n in range(len(frozen.parts))],
            limit=limits.characters if limits else None,
            to_settle=len({f.pk for f in self.on(frozen) if f.level in ("blocks", "attest")}),
        )

    def on(self, frozen: ChannelContent) -> list[Finding]:
        """The findings about anything that stands in this channel."""
        media = [m for part in frozen.parts for m in part.media]
        places = [
            ("content_warning", frozen.options.content_warning),
            *(("text", part.text) for part in frozen.parts),
            *(("alt", m.alt) for m in media),
            *(("media", m.sha256) for m in media),
        ]
        return [f for field, held in places if held for f in self.places.get((field, held), [])]

    def part(self, index: int, number: int, frozen: ChannelContent, length: Callable[[str], int]) -> PartView:
        part = frozen.parts[number]
        images = [self.image(index, number, n, media) for n, media in enumerate(part.media)]
        text = self.text("text", part.text, index, number)
        return PartView(number, text, images, length(part.text), _mentions(frozen.platform, part))

    def image(self, index: int, part: int, number: int, media: Media) -> ImageView:
        return ImageView(
            media=media,
            number=number + 1,
            url=reverse("blob", args=[self.team.slug, media.sha256]),
            alt=self.text("alt", media.alt, index, part, number),
            findings=self.places.get(("media", media.sha256), []),
        )

    def text(
        self, field: str, text: str, channel: int, part: int = 0, media: int | None = None
    ) -> SafeString:
        findings = self.places.get((field, text), [])
        first = {f.pk for f in findings if (f.channel, f.part, f.media_index) == (channel, part, media)}
        return marked(text, findings, anchors=first, links=field != "alt")


def _platform(slug: str, row: Channel | None) -> tuple[str, Limits | None, Callable[[str], int]]:
    """Name, limits and way of counting; plain code points for a platform that this version has not heard of."""
    try:
        platform = registry.get(slug)
    except registry.UnknownPlatform:
        return slug.capitalize(), None, len
    return platform.name, row.effective_limits if row else platform.limits, platform.length


def _mentions(slug: str, part: Part) -> list[tuple[str, str]]:
    """As the platform will be told, which looks at nothing else."""
    tagged = {mention.handle: mention.account_id for mention in part.mentions}
    try:
        platform = registry.naming(slug)
    except registry.UnknownPlatform:
        return list(tagged.items())
    return [(handle, tagged.get(handle, "")) for handle in platform.mentioned(part.text)] if platform else []


def _options(options: Options) -> list[tuple[str, str]]:
    said = [
        ("Visible to", options.visibility.replace("_", " ")),
        ("Language", options.language),
        ("The platform shows", " and ".join(f"“{words}”" for words in options.flag_words)),
    ]
    return [(name, value) for name, value in said if value]


def marked(
    text: str, findings: Iterable[Finding], *, anchors: Container[int] = (), links: bool = True
) -> SafeString:
    """The text with every finding's place marked, each mark a link to the gravest finding over it, and with hidden
    characters written out. `anchors`: the findings whose own place this is, which a click on the finding leads back
    to."""
    rows = list(findings)
    why = {f.pk: f.message for f in rows}
    hidden, at = reveal.of(text), 0
    pieces: list[tuple[SafeString]] = []
    for segment in spans.segments(text, rows):
        inner = _plain(segment.text, at, hidden, links)
        pieces.append((_piece(segment, inner, why, anchors),))
        at += len(segment.text)
    return format_html_join("", "{}", pieces)


def _piece(
    segment: spans.Segment, inner: SafeString, why: dict[int, str], anchors: Container[int]
) -> SafeString:
    if segment.leads_to is None:
        return inner
    own = ((pk,) for pk in segment.starts if pk in anchors)
    return format_html(
        '{}<a class="marked" href="#finding-{}" title="{}" data-findings="{}"><mark class="{}">{}</mark></a>',
        format_html_join("", '<span class="anchor" id="mark-{}"></span>', own),
        segment.leads_to,
        " ".join(why[pk] for pk in segment.findings),
        " ".join(map(str, segment.findings)),
        segment.level,
        inner,
    )


def _plain(text: str, at: int, hidden: reveal.Hidden, links: bool) -> SafeString:
    """A piece that begins at code point `at` of its text; with `links`, addresses, mentions and hashtags in the colour
    in which platforms show them."""
    pieces: list[tuple[SafeString]] = []
    done = 0
    for hit in LINKED.finditer(text) if links else ():
        before, linked = text[done : hit.start()], reveal.piece(hit.group(), at + hit.start(), hidden)
        pieces += [
            (reveal.piece(before, at + done, hidden),),
            (format_html('<span class="tag">{}</span>', linked),),
        ]
        done = hit.end()
    return format_html_join("", "{}", [*pieces, (reveal.piece(text[done:], at + done, hidden),)])


def declarations(said: Declarations) -> list[tuple[str, str, bool]]:
    """The author's answers in words: question, answer, and whether the answer is missing."""
    rows = [
        ("Relationship", RELATIONSHIPS, said.relationship),
        ("AI", AI, said.ai),
        ("Facts", FACTS, said.states_fact),
        ("People", PEOPLE, said.people),
    ]
    return [(name, words.get(value, value), not value) for name, words, value in rows]


def media_facts(content: Content) -> list[tuple[str, str]]:
    """What the originals of the pictures held, in words, by file name."""
    return [
        (facts.filename or f"Picture {facts.sha256[:8]}", _facts(facts.found, facts.digital_source_type))
        for facts in content.media_facts
    ]


def _facts(found: tuple[str, ...], source: str) -> str:
    hidden = [NAMES.get(kind, kind.replace("_", " ")) for kind in found if kind not in HARMLESS]
    words = f"found and removed: {'; '.join(hidden)}" if hidden else "no hidden data found"
    kind = source.rpartition("/")[2]
    return f"{words}. The file calls itself “{kind}”." if kind else words
