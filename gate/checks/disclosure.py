"""Does the reader learn who pays?

Sources: FTC 16 CFR 255.5 (a material connection is disclosed clearly and conspicuously), UK CAP Code 2.1 and
2.3 (advertising is obviously identifiable). The words that count are in disclosure_words.py, where they must stand in
disclosure_places.py, and what AI made in disclosure_ai.py.
"""

from collections.abc import Iterator
from dataclasses import replace

import regex

from gate.checks import disclosure_ai, disclosure_flags, labels
from gate.checks import disclosure_words as words
from gate.checks.base import CheckSettings, Finding, Level, Span
from gate.checks.disclosure_places import is_seen, matches
from gate.checks.disclosure_settings import SETTINGS, Rules
from gate.checks.settings import Setting
from gate.checks.texts import also_on, field_text, name, texts
from gate.content import ChannelContent, Content

CONNECTIONS = {
    "employee": "works for those the post is about",
    "paid": "is paid for this post",
    "gifted": "was given what the post is about",
    "affiliate": "earns from the links of this post",
    "own_product": "sells what the post is about",
}
DECLARED = Span(field="declarations")
LABEL_HELPS = ("disclosure.missing", "disclosure.unclear", "disclosure.late", "disclosure.own-product")
"""Findings that a label in front of the text settles."""


class Disclosure:
    id = "disclosure"
    version = "2.0"
    clause = "2.2"
    also_guards = ("2.3",)
    title = "Who pays, and what AI made"
    findings = (
        "ai", "ai-camera", "ai-contradiction", "ai-enhanced", "ai-label", "ai-lifelike", "ai-public-interest",
        "ai-text", "contradiction", "flag", "late", "missing", "own-product", "relationship", "unclear",
    )  # fmt: skip
    settings: tuple[Setting, ...] = SETTINGS

    def run(self, content: Content, settings: CheckSettings) -> list[Finding]:
        rules = Rules.of(self, settings)
        return [
            *_connection(content, rules),
            *disclosure_flags.findings(content),
            *(merged(content, disclosure_ai.findings(content))),
        ]


def _connection(content: Content, rules: Rules) -> list[Finding]:
    relationship = content.declarations.relationship
    if relationship == "none":
        return list(_contradictions(content))
    if relationship not in CONNECTIONS:
        # Only the author can know: a reviewer's attestation would be a guess.
        message = "The author did not answer whether there is a connection to what the post is about."
        fix = "Answer “Are you connected to what this post is about?”."
        return [Finding("disclosure.relationship", Level.BLOCKS, message, fix, "", DECLARED)]
    found = (_undisclosed(i, channel, relationship, rules) for i, channel in enumerate(content.channels))
    return merged(content, [finding for finding in found if finding])


def is_disclosed(channel: ChannelContent, relationship: str, rules: Rules) -> bool:
    """Whether a reader of this channel learns of the connection in time."""
    warned = matches(channel.options.content_warning, _patterns(relationship, rules))
    return bool(warned) or any(_is_clear(channel, *p) for p in _places(channel, relationship, rules))


def _patterns(relationship: str, rules: Rules) -> list[regex.Pattern[str]]:
    plain = rules.plain_words(relationship)
    return labels.connection_patterns(relationship, plain_words=plain, own=rules.all_own)


def _places(channel: ChannelContent, relationship: str, rules: Rules) -> list[tuple[int, int, int]]:
    """Part, start and end of all words that name the connection."""
    patterns = _patterns(relationship, rules)
    return [(p, *span) for p, part in enumerate(channel.parts) for span in matches(part.text, patterns)]


def _undisclosed(index: int, channel: ChannelContent, relationship: str, rules: Rules) -> Finding | None:
    """What is wrong with a channel's disclosure, or None if a reader learns of the connection."""
    if is_disclosed(channel, relationship, rules):
        return None
    places = _places(channel, relationship, rules)
    who = f"The author {CONNECTIONS[relationship]}"
    if places:
        part, start, end = places[0]
        message = (
            f"{who}, and the reader learns it too late: behind the fold, among hashtags or in a later post."
        )
        return _missing("late", message, Span(index, part, "text", None, start, end), relationship)
    for part, start, end in _unclear(channel):
        message = f"{who}, and “{channel.parts[part].text[start:end]}” does not say so clearly."
        return _missing("unclear", message, Span(index, part, "text", None, start, end), relationship)
    return _missing(
        "missing", f"{who}, and the post does not say so.", Span(index, field="channel"), relationship
    )


def _is_clear(channel: ChannelContent, part: int, start: int, end: int) -> bool:
    return part == 0 and is_seen(channel.parts[0].text, channel.platform, start, end)


def _unclear(channel: ChannelContent) -> Iterator[tuple[int, int, int]]:
    for p, part in enumerate(channel.parts):
        for match in words.UNCLEAR.finditer(part.text):
            yield p, match.start(), match.end()


def _missing(kind: str, message: str, span: Span, relationship: str) -> Finding:
    """Blocks, but for the organisation's own product, where the name of the account may say it all."""
    fix = "Begin the post with “Ad:”, or say the connection in plain words in its first sentence."
    if relationship == "own_product":
        question = "A reader sees from the account's name alone that we sell this ourselves."
        return Finding("disclosure.own-product", Level.ATTEST, message, fix, question, span)
    return Finding(f"disclosure.{kind}", Level.BLOCKS, message, fix, "", span)


def merged(content: Content, findings: list[Finding]) -> list[Finding]:
    """One finding for channels that carry the same words and have the same flaw."""
    groups: dict[tuple[str, str, str, int, int], list[Finding]] = {}
    for finding in findings:
        span = finding.span
        groups.setdefault(
            (finding.id, finding.message, _words(content, span), span.start, span.end), []
        ).append(finding)
    return [_with_others(content, group) for group in groups.values()]


def _words(content: Content, span: Span) -> str:
    """The text that a finding is about; the picture's digest where it is about one."""
    parts = content.channels[span.channel].parts if content.channels else ()
    if span.field == "media":
        return parts[span.part].media[span.media_index or 0].sha256
    return field_text(content, span) if parts else ""


def _with_others(content: Content, group: list[Finding]) -> Finding:
    first = group[0].span
    others = tuple(
        name(content.channels[finding.span.channel])
        for finding in group[1:]
        if finding.span.channel != first.channel
    )
    return replace(group[0], message=also_on(group[0].message, others))


def _contradictions(content: Content) -> Iterator[Finding]:
    for text in texts(content, ("text", "content_warning")):
        for start, end in matches(text.text, [words.UNMISTAKABLE, words.PHRASE])[:1]:
            message = (
                f"The post says “{text.text[start:end].strip()}”, and the author declared no connection."
            )
            fix = "Declare the connection, or take the words out."
            span = text.at(start, end)
            yield text.note(Finding("disclosure.contradiction", Level.BLOCKS, message, fix, "", span))
