"""Does the reader learn who pays, and what AI made?

Sources: FTC 16 CFR 255.5 (a material connection is disclosed clearly and conspicuously), UK CAP Code 2.1 and
2.3 (advertising is obviously identifiable), EU AI Act article 50(4) (AI images that look real are labelled;
so is AI text on matters of public interest unless a person reviewed it and holds editorial responsibility).
The words that count are in disclosure_words.py.
"""

from collections.abc import Iterator
from dataclasses import replace

import regex

from gate.checks import disclosure_words as words
from gate.checks.base import CheckSettings, Finding, Level, Span
from gate.checks.settings import Setting, override
from gate.checks.texts import also_on, field_text, name, texts
from gate.content import ChannelContent, Content, MediaFacts

FOLDS = {"instagram": (125, 2), "linkedin": (200, 3), "facebook": (400, 5), "x": (280, 10)}
"""Characters and lines shown before "more". The platforms do not publish them: observed, rounded down."""
NO_FOLD = (500, 25)
"""Elsewhere: what must be read first stands among the first words of a long post too (Bluesky's app folds
after 25 lines, Mastodon's after the height of 32)."""

CONNECTIONS = {
    "employee": "works for those the post is about",
    "paid": "is paid for this post",
    "gifted": "was given what the post is about",
    "affiliate": "earns from the links of this post",
    "own_product": "sells what the post is about",
}
AI_MEDIA = ("media", "both")
AI_TEXT = ("text", "both")
AI_SOURCES = ("trainedalgorithmicmedia", "compositewithtrainedalgorithmicmedia")
"""IPTC digital source types that say: made, or partly made, by a trained model."""
AI_CLAUSE = "2.3"

_HASHTAG_RUN = regex.compile(r"(?<!\w)#\w+(?:\s+#\w+){2,}")
DECLARED = Span(field="declarations")


class Disclosure:
    id = "disclosure"
    version = "1.0"
    clause = "2.2"
    title = "Who pays, and what AI made"
    settings: tuple[Setting, ...] = (override(),)

    def run(self, content: Content, settings: CheckSettings) -> list[Finding]:
        return [*_connection(content), *_ai_sources(content), *_ai(content)]


def fold_of(text: str, platform: str) -> int:
    """The code point from which a reader has to tap to see the rest."""
    characters, lines = FOLDS.get(platform, NO_FOLD)
    for seen, line_end in enumerate(regex.finditer(r"\n", text), start=1):
        if seen == lines:
            return min(characters, line_end.start())
    return min(characters, len(text))


def tokens(text: str, relationship: str) -> list[tuple[int, int]]:
    """Where a text says clearly that there is such a connection, in order."""
    patterns = [words.LABEL, words.PHRASE]
    if relationship in words.BY_RELATIONSHIP:
        patterns.append(words.BY_RELATIONSHIP[relationship])
    return _spans(text, patterns)


def is_buried(text: str, start: int) -> bool:
    """Whether a hashtag stands among three or more, unless it opens the whole post."""
    return any(run.start() <= start < run.end() and start > 0 for run in _HASHTAG_RUN.finditer(text))


def _connection(content: Content) -> list[Finding]:
    relationship = content.declarations.relationship
    if relationship == "none":
        return list(_contradictions(content))
    if relationship not in CONNECTIONS:
        # Only the author can know: a reviewer's attestation would be a guess.
        message = "The author did not answer whether there is a connection to what the post is about."
        fix = "Answer “Are you connected to what this post is about?”."
        return [Finding("disclosure.relationship", Level.BLOCKS, message, fix, "", DECLARED)]
    found = (_undisclosed(i, channel, relationship) for i, channel in enumerate(content.channels))
    return _merged(content, [finding for finding in found if finding])


def _undisclosed(index: int, channel: ChannelContent, relationship: str) -> Finding | None:
    """What is wrong with a channel's disclosure, or None if a reader learns of the connection."""
    warning = channel.options.content_warning
    places = [(p, *span) for p, part in enumerate(channel.parts) for span in tokens(part.text, relationship)]
    if tokens(warning, relationship) or any(_is_clear(channel, *place) for place in places):
        return None
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
    text = channel.parts[part].text
    return part == 0 and end <= fold_of(text, channel.platform) and not is_buried(text, start)


def _unclear(channel: ChannelContent) -> Iterator[tuple[int, int, int]]:
    for p, part in enumerate(channel.parts):
        for match in words.UNCLEAR.finditer(part.text):
            yield p, match.start(), match.end()


def _missing(kind: str, message: str, span: Span, relationship: str) -> Finding:
    """Blocks, but for the organisation's own product, where the name of the account may say it all."""
    fix = "Begin the post with “Ad:”, or say the connection in plain words in its first sentence."
    if relationship == "own_product":
        question = "A reader sees from the account's name alone that we sell this ourselves."
        return Finding(f"disclosure.{kind}", Level.ATTEST, message, fix, question, span)
    return Finding(f"disclosure.{kind}", Level.BLOCKS, message, fix, "", span)


def _merged(content: Content, findings: list[Finding]) -> list[Finding]:
    """One finding for channels that carry the same words and have the same flaw."""
    groups: dict[tuple[str, str, int, int], list[Finding]] = {}
    for finding in findings:
        span = finding.span
        parts = content.channels[span.channel].parts
        text = field_text(content, span) if parts else ""
        groups.setdefault((finding.id, text, span.start, span.end), []).append(finding)
    return [_with_others(content, group) for group in groups.values()]


def _with_others(content: Content, group: list[Finding]) -> Finding:
    others = tuple(name(content.channels[finding.span.channel]) for finding in group[1:])
    return replace(group[0], message=also_on(group[0].message, others))


def _contradictions(content: Content) -> Iterator[Finding]:
    for text in texts(content, ("text", "content_warning")):
        for start, end in _spans(text.text, [words.UNMISTAKABLE, words.PHRASE])[:1]:
            message = (
                f"The post says “{text.text[start:end].strip()}”, and the author declared no connection."
            )
            fix = "Declare the connection, or take the words out."
            span = text.at(start, end)
            yield text.note(Finding("disclosure.contradiction", Level.BLOCKS, message, fix, "", span))


def _ai_sources(content: Content) -> Iterator[Finding]:
    """Pictures whose file says that a model made them, against what was declared."""
    if content.declarations.ai in AI_MEDIA:
        return
    made = {facts.sha256 for facts in content.media_facts if _says_ai(facts)}
    for span, sha256 in _media(content):
        if sha256 in made:
            made.remove(sha256)
            message = "The picture's own data says that AI made it, and the author did not declare that."
            fix = "Declare the picture as made with AI and label it, or use another picture."
            yield Finding("disclosure.ai-contradiction", Level.BLOCKS, message, fix, "", span, AI_CLAUSE)


def _says_ai(facts: MediaFacts) -> bool:
    """By its declared source (a term or the address of one), or by an image generator's own instructions."""
    return is_ai_source(facts.digital_source_type) or "ai_parameters" in facts.found


def is_ai_source(source: str) -> bool:
    """Whether an IPTC digital source type says that a trained model made it, or a part of it."""
    return source.rstrip("/").rpartition("/")[2].rpartition(":")[2].lower() in AI_SOURCES


def _ai(content: Content) -> Iterator[Finding]:
    ai = content.declarations.ai
    if ai not in ("no", *AI_MEDIA, *AI_TEXT):
        message, fix = "The author did not answer whether AI was used.", "Answer “Did AI make any of it?”."
        yield Finding("disclosure.ai", Level.BLOCKS, message, fix, "", DECLARED, AI_CLAUSE)
        return
    unlabelled = [i for i, channel in enumerate(content.channels) if not _has_ai_label(channel)]
    if ai in AI_MEDIA:
        missing = [_ai_label(i) for i in unlabelled if any(p.media for p in content.channels[i].parts)]
        yield from _merged(content, missing)
    if ai in AI_TEXT and unlabelled:
        message = "AI wrote some of the text, and the post does not say so."
        fix = "Say it in the post, for example “Written with AI”."
        question = "I reviewed the text, and a named person among us answers for it as an editor does."
        yield Finding("disclosure.ai-text", Level.ATTEST, message, fix, question, DECLARED, AI_CLAUSE)


def _ai_label(index: int) -> Finding:
    message = "The picture was made or altered with AI, and the post does not say so where people see it."
    fix = "Add a label such as “Made with AI” to the text."
    return Finding(
        "disclosure.ai-label", Level.BLOCKS, message, fix, "", Span(index, field="channel"), AI_CLAUSE
    )


def _has_ai_label(channel: ChannelContent) -> bool:
    """In a text that everybody sees: an alt text is read by few."""
    shown = (channel.options.content_warning, *(part.text for part in channel.parts))
    return any(_spans(text, [words.AI_LABEL]) for text in shown)


def _media(content: Content) -> Iterator[tuple[Span, str]]:
    for c, channel in enumerate(content.channels):
        for p, part in enumerate(channel.parts):
            for m, media in enumerate(part.media):
                yield Span(c, p, "media", m), media.sha256


def _spans(text: str, patterns: list[regex.Pattern[str]]) -> list[tuple[int, int]]:
    """The matches of all patterns that no "not" stands before."""
    return sorted(
        match.span()
        for pattern in patterns
        for match in pattern.finditer(text)
        if not words.NEGATED.search(text, 0, match.start())
    )
