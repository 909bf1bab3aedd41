"""How much of a post is looked at while somebody writes: enough for any thread that a platform takes, and so little
that no page can hold a web process for long. What is left out is said; the gate's own checks leave nothing out.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Final

from gate.checks.base import Finding, Level, Span
from gate.content import ChannelContent, Content
from platforms.base import Limits, Part

TIMES: Final = 10
"""A part of more code points than this many times its platform's limit is far too long, however they are counted: a
link of any length counts as a few, and one sign that people see is up to ten or so."""
ROOM: Final = 30_000
"""Code points of all parts on all channels together: about half a second of work on one core, most of it the checks."""

Place = tuple[int, int]
"""Channel and part."""


@dataclass(frozen=True, slots=True)
class Room:
    """What of a content is looked at. `far`: parts that are far too long; `rest`: parts that found no room."""

    content: Content
    far: frozenset[Place] = frozenset()
    rest: frozenset[Place] = frozenset()

    @property
    def left_out(self) -> frozenset[Place]:
        return self.far | self.rest

    def knows(self, found: Finding) -> bool:
        """Whether a finding is about something that was looked at."""
        return (found.span.channel, found.span.part) not in self.left_out

    def findings(self, limits: Sequence[Limits]) -> Iterator[Finding]:
        """What is said of each part that is far too long, instead of what the checks would find."""
        for channel, part in sorted(self.far):
            yield Finding(
                id="preview.far-too-long",
                level=Level.BLOCKS,
                message=f"Post {part + 1} is far too long: {limits[channel].characters} characters fit.",
                fix="Shorten it, or make more posts of it. Until then it is not looked at.",
                span=Span(channel, part),
            )

    def words(self) -> list[str]:
        """The posts that found no room, for people."""
        parts = sorted({part + 1 for _, part in self.rest})
        if not parts:
            return []
        return [f"post {parts[0]}" if len(parts) == 1 else f"posts {parts[0]} to {parts[-1]}"]


def of(content: Content, limits: Sequence[Limits]) -> Room:
    """The content with the parts emptied that are not looked at; first posts come first on every channel."""
    far: set[Place] = set()
    rest: set[Place] = set()
    room = ROOM
    for part in range(max((len(c.parts) for c in content.channels), default=0)):
        for channel, of_channel in enumerate(content.channels):
            if part >= len(of_channel.parts):
                continue
            size = _size(of_channel.parts[part])
            if len(of_channel.parts[part].text) > TIMES * limits[channel].characters:
                far.add((channel, part))
            elif size > room:
                rest.add((channel, part))
            else:
                room -= size
    if not far and not rest:
        return Room(content)
    emptied = tuple(
        _without(of_channel, {part for of, part in far | rest if of == channel})
        for channel, of_channel in enumerate(content.channels)
    )
    return Room(replace(content, channels=emptied), frozenset(far), frozenset(rest))


def _size(part: Part) -> int:
    return len(part.text) + sum(len(media.alt) for media in part.media)


def _without(channel: ChannelContent, parts: set[int]) -> ChannelContent:
    return replace(
        channel, parts=tuple(Part("") if n in parts else part for n, part in enumerate(channel.parts))
    )
