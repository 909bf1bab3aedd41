"""Every text that a reader will meet, once each.

The same words usually go to several channels. Checks iterate over `texts(content)`, so that a reviewer
sees one finding for one text: its span points at the first place, and the message names the others.
"""

from collections.abc import Iterator
from dataclasses import dataclass, replace

from gate.checks.base import Finding, Span
from gate.content import ChannelContent, Content

FIELDS = ("text", "alt", "content_warning")
NO_TEXT = ("declarations", "channel", "post")
"""Fields of a span that say where, but not in which text."""


@dataclass(frozen=True, slots=True)
class Text:
    """One distinct text of one kind of field. `span` is where it stands first, as a whole field."""

    text: str
    span: Span
    elsewhere: tuple[str, ...] = ()
    """The other channels that carry it, by name."""

    def at(self, start: int, end: int) -> Span:
        """The span of code points start..end of this text, at its first place."""
        return replace(self.span, start=start, end=end)

    def note(self, finding: Finding) -> Finding:
        """The finding, with the other channels named in its message."""
        return replace(finding, message=also_on(finding.message, self.elsewhere))


def texts(content: Content, fields: tuple[str, ...] = FIELDS) -> list[Text]:
    """The distinct non-empty texts of the named fields, in the order in which they are read."""
    first: dict[tuple[str, str], Span] = {}
    channels: dict[tuple[str, str], dict[int, None]] = {}
    for span, text in _places(content):
        if span.field in fields and text:
            key = (span.field, text)
            first.setdefault(key, span)
            channels.setdefault(key, {})[span.channel] = None
    return [
        Text(key[1], span, names(content, [c for c in channels[key] if c != span.channel]))
        for key, span in first.items()
    ]


def field_text(content: Content, span: Span) -> str:
    """The text of the field that a span points into; "" for what has none of its own. Raises IndexError."""
    channel = content.channels[span.channel] if content.channels else None
    if channel is None or span.field in NO_TEXT:
        return ""
    if span.field == "content_warning":
        return channel.options.content_warning
    part = channel.parts[span.part] if channel.parts else None
    if part is None:
        return ""
    return part.media[span.media_index or 0].alt if span.field == "alt" else part.text


def name(channel: ChannelContent) -> str:
    """How messages call a channel: "mastodon @choir@example.social"."""
    return f"{channel.platform} {channel.handle or channel.account_id}".strip()


def names(content: Content, indexes: list[int]) -> tuple[str, ...]:
    return tuple(name(content.channels[index]) for index in indexes)


def also_on(message: str, channels: tuple[str, ...]) -> str:
    """A message that names the other channels it is true for."""
    return f"{message} Also on {', '.join(channels)}." if channels else message


def _places(content: Content) -> Iterator[tuple[Span, str]]:
    for c, channel in enumerate(content.channels):
        yield Span(c, 0, "content_warning"), channel.options.content_warning
        for p, part in enumerate(channel.parts):
            yield Span(c, p, "text"), part.text
            for m, media in enumerate(part.media):
                yield Span(c, p, "alt", m), media.alt
