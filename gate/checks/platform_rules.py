"""Would each platform take the post as it stands? The rules themselves are in platforms/<slug>.py."""

from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import Any

from gate.checks.base import CheckSettings, Finding, Level, Span
from gate.checks.settings import Input, Setting, level, override
from gate.checks.texts import also_on, name
from gate.content import ChannelContent, Content
from platforms import registry, rules
from platforms.base import Limits, Part, Problem, account_tag
from platforms.links import links

SPAM = "4.2"
TEXT_FIELDS = ("text", "alt", "content_warning")


class PlatformRules:
    """Findings of channels that would say the same (same platform, limits and part) are made one."""

    id = "platform-rules"
    version = "1.1"
    clause = "4.1"
    also_guards = (SPAM,)
    title = "Rules of the platforms"
    findings = ("empty", "hashtags", "limit", "links", "no-channel", "unknown")
    settings: tuple[Setting, ...] = (
        Setting(
            "most_links",
            "Most links",
            Input.LINES,
            [],
            "Our own limit for one post. One a line: mastodon: 2; or all: 3.",
            valid=lambda line: own_limit(line),
        ),
        Setting(
            "most_hashtags",
            "Most hashtags",
            Input.LINES,
            [],
            "Our own limit for one post. One a line: bluesky: 3; or all: 5.",
            valid=lambda line: own_limit(line),
        ),
        level("platform-rules.links", "More links than we want", Level.ATTEST),
        level("platform-rules.hashtags", "More hashtags than we want", Level.ATTEST),
        override("nobody"),
    )

    def run(self, content: Content, settings: CheckSettings) -> list[Finding]:
        if not content.channels:
            fix = "Choose at least one channel."
            return [Finding("platform-rules.no-channel", Level.BLOCKS, "The post goes nowhere.", fix)]
        first: dict[object, tuple[Finding, ...]] = {}
        others: dict[object, list[str]] = {}
        for index, channel in enumerate(content.channels):
            tag = account_tag(channel.platform, channel.account_id, channel.instance)
            limits = settings.limits.get(tag, {})
            key = (channel.platform, channel.parts, channel.options, repr(limits))
            if key in first:
                others[key].append(name(channel))
            else:
                theirs = _channel(index, channel, _limits(channel, limits))
                first[key] = (*theirs, *_own(self, index, channel, settings))
                others[key] = []
        return [_note(finding, others[key]) for key, findings in first.items() for finding in findings]


def own_limit(line: str) -> tuple[str, int]:
    """ "mastodon: 2": a platform, or "all", and a number. Raises ValueError."""
    name, _, number = (each.strip() for each in line.lower().partition(":"))
    if name != "all" and name not in registry.PLATFORMS:
        known = ", ".join(["all", *registry.PLATFORMS])
        raise ValueError(f"“{line}” begins with none of {known}.")
    if not (number.isascii() and number.isdecimal()) or len(number) > 3:
        raise ValueError(f"“{line}”: write a colon and a number after the platform, such as all: 3.")
    return name, int(number)


def _own(
    check: PlatformRules, index: int, channel: ChannelContent, settings: CheckSettings
) -> Iterator[Finding]:
    """What the organisation's own limits for this platform say, or those for all of them."""
    for p, part in enumerate(channel.parts):
        for name_, places in (("links", list(links(part.text))), ("hashtags", rules.hashtags(part.text))):
            limits = dict(own_limit(line) for line in settings.value(check, f"most_{name_}"))
            most = limits.get(channel.platform, limits.get("all"))
            if problem := rules.too_many(name_, places, most):
                question = f"This post needs so many {name_}, and readers will not take it for spam."
                where = _span(Span(index, p), problem)
                message = f"{problem.message.replace('are allowed', 'are what we want')}"
                yield Finding(
                    f"platform-rules.{name_}", Level.ATTEST, message, problem.fix, question, where, SPAM
                )


def _limits(channel: ChannelContent, server: Mapping[str, Any]) -> Limits | None:
    """None for a platform that is not known here."""
    try:
        return registry.get(channel.platform).limits_for(server)
    except registry.UnknownPlatform:
        return None


def _channel(index: int, channel: ChannelContent, limits: Limits | None) -> Iterator[Finding]:
    whole = Span(index, field="channel")
    if limits is None:
        message = f"“{channel.platform}” is not a platform that this version knows."
        yield _blocks("unknown", message, "Remove the channel.", whole)
        return
    if not channel.parts:
        yield _blocks("empty", "The post is empty.", "Write a text or add an image.", whole)
    for p, part in enumerate(channel.parts):
        yield from _part(Span(index, p), part, channel, limits)


def _part(span: Span, part: Part, channel: ChannelContent, limits: Limits) -> Iterator[Finding]:
    if not part.text.strip() and not part.media:
        yield _blocks("empty", "The post is empty.", "Write a text or add an image.", span)
        return
    platform = registry.get(channel.platform)
    for problem in platform.problems(part, limits, channel.options):
        message = f"{platform.name}: {problem.message}"
        yield _blocks("limit", message, problem.fix, _span(span, problem))


def _span(span: Span, problem: Problem) -> Span:
    """A platform's code points count only where they are code points of a text."""
    start, end = (problem.start, problem.end) if problem.field in TEXT_FIELDS else (0, 0)
    return replace(span, field=problem.field, media_index=problem.media_index, start=start, end=end)


def _blocks(kind: str, message: str, fix: str, span: Span) -> Finding:
    return Finding(f"platform-rules.{kind}", Level.BLOCKS, message, fix, "", span)


def _note(finding: Finding, others: list[str]) -> Finding:
    return replace(finding, message=also_on(finding.message, tuple(others)))
