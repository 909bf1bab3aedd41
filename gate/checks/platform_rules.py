"""Would each platform take the post as it stands? The rules themselves are in platforms/<slug>.py."""

from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import Any

from gate.checks.base import CheckSettings, Finding, Level, Span
from gate.checks.settings import Setting, override
from gate.checks.texts import also_on, name
from gate.content import ChannelContent, Content
from platforms import registry
from platforms.base import Limits, Part, Problem, account_tag

TEXT_FIELDS = ("text", "alt", "content_warning")


class PlatformRules:
    """Findings of channels that would say the same (same platform, limits and part) are made one."""

    id = "platform-rules"
    version = "1.0"
    clause = "4.1"
    title = "Rules of the platforms"
    settings: tuple[Setting, ...] = (override("nobody"),)

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
                first[key] = tuple(_channel(index, channel, _limits(channel, limits)))
                others[key] = []
        return [_note(finding, others[key]) for key, findings in first.items() for finding in findings]


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
