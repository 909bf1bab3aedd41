"""The marks that platforms show beside a post themselves, and whether the frozen content sets them as declared.

paid_partnership: somebody else gave something for the post: money, a gift, a commission. An employer's or one's own
product is no partnership. made_with_ai: AI made or altered a picture (X API v2, POST /2/tweets: "contains
AI-generated media").
"""

from collections.abc import Iterator
from dataclasses import replace

from gate.checks.base import Finding, Level, Span
from gate.content import ChannelContent, Content, Declarations
from platforms import registry
from platforms.base import FLAGS

PAID = ("paid", "gifted", "affiliate")
AI_MEDIA = ("media", "both")


def of(platform: str, declared: Declarations, *, has_media: bool) -> tuple[str, ...]:
    """The flags that a post with these declarations carries on this platform; none where it has none."""
    try:
        known = registry.get(platform).flags
    except registry.UnknownPlatform:
        return ()
    wanted = {
        "paid_partnership": declared.relationship in PAID,
        "made_with_ai": has_media and declared.ai in AI_MEDIA,
    }
    return tuple(flag for flag in known if wanted.get(flag))


def flagged(channel: ChannelContent, declared: Declarations) -> ChannelContent:
    """The channel with its platform's flags set as declared."""
    flags = of(channel.platform, declared, has_media=has_media(channel))
    return replace(channel, options=replace(channel.options, flags=flags))


def findings(content: Content) -> Iterator[Finding]:
    for index, channel in enumerate(content.channels):
        wanted = of(channel.platform, content.declarations, has_media=has_media(channel))
        for flag in [*wanted, *channel.options.flags]:
            if (flag in wanted) != (flag in channel.options.flags):
                yield _wrong(index, flag, wanted=flag in wanted)


def has_media(channel: ChannelContent) -> bool:
    return any(part.media for part in channel.parts)


def _wrong(index: int, flag: str, *, wanted: bool) -> Finding:
    name = FLAGS.get(flag, flag.replace("_", " "))
    message = (
        f"The platform has its own mark for “{name}”, and the post does not set it."
        if wanted
        else f"The post sets the platform's mark for “{name}”, and the author's answers do not say so."
    )
    fix = "Submit the post again: the mark follows the author's answers."
    return Finding("disclosure.flag", Level.BLOCKS, message, fix, "", Span(index, field="channel"))
