"""Does the reader learn what AI made, and does the picture's own file agree with what was declared?

Sources: EU AI Act article 50(4) (AI images that look real are labelled; so is AI text on matters of public interest
unless a person reviewed it and holds editorial responsibility) and 50(5) (clearly, at the latest at first exposure);
IPTC digital source types, http://cv.iptc.org/newscodes/digitalsourcetype/; C2PA 2.2.
"""

from collections.abc import Iterator, Mapping

from gate.checks import disclosure_words as words
from gate.checks.base import Finding, Level, Span
from gate.checks.disclosure_places import is_seen, matches
from gate.content import ChannelContent, Content, MediaFacts

AI_MEDIA = ("media", "both")
AI_TEXT = ("text", "both")
AI_SOURCES = ("trainedalgorithmicmedia", "compositewithtrainedalgorithmicmedia")
"""IPTC digital source types that say: made, or partly made, by a trained model."""
ENHANCED_SOURCES = ("algorithmicallyenhanced", "compositesynthetic")
"""A program changed it, or parts of it are synthetic; whether a trained model was at work is not said."""
CAMERA_SOURCES = ("digitalcapture", "negativefilm", "positivefilm", "print", "computationalcapture")
"""A camera or a scanner took it, and nothing says that AI had a part in it."""
CLAUSE = "2.3"
DECLARED = Span(field="declarations")
ANSWERED_FOR = frozenset({"disclosure.ai-text", "disclosure.ai-public-interest"})
"""Findings that are attested only together with the name of who answers for it as an editor does."""


def is_ai_source(source: str) -> bool:
    """Whether an IPTC digital source type says that a trained model made it, or a part of it."""
    return _term(source) in AI_SOURCES


def findings(content: Content) -> list[Finding]:
    return [*_sources(content), *_declared(content)]


def _term(source: str) -> str:
    return source.rstrip("/").rpartition("/")[2].rpartition(":")[2].lower()


def _sources(content: Content) -> Iterator[Finding]:
    """What the pictures' files say against what was declared; each picture at its first place."""
    known = {facts.sha256: facts for facts in content.media_facts}
    if content.declarations.ai in AI_MEDIA:
        yield from _camera(content, known)
        return
    for span, sha256 in _media(content):
        if facts := known.pop(sha256, None):
            yield from _says_ai(facts, span)


def _says_ai(facts: MediaFacts, span: Span) -> Iterator[Finding]:
    if _is_ai(facts):
        message = "The picture's own data says that AI made it, and the author did not declare that."
        fix = "Declare the picture as made with AI and label it, or use another picture."
        yield Finding("disclosure.ai-contradiction", Level.BLOCKS, message, fix, "", span, CLAUSE)
    elif _term(facts.digital_source_type) in ENHANCED_SOURCES:
        message = "The picture's own data says that a program enhanced it, or that parts of it are synthetic."
        fix = "If AI changed what it shows, declare that and label the picture."
        yield Finding("disclosure.ai-enhanced", Level.ADVISES, message, fix, "", span, CLAUSE)


def _is_ai(facts: MediaFacts) -> bool:
    """By its declared source (a term or the address of one), or by an image generator's own instructions."""
    return is_ai_source(facts.digital_source_type) or "ai_parameters" in facts.found


def _camera(content: Content, known: Mapping[str, MediaFacts]) -> Iterator[Finding]:
    """Every picture's file says that a camera took it, and the author says that AI had a part in one."""
    said = [(span, known.get(sha256)) for span, sha256 in _media(content)]
    if said and all(
        facts and not _is_ai(facts) and _term(facts.digital_source_type) in CAMERA_SOURCES
        for _, facts in said
    ):
        message = (
            "The author says that AI made or altered a picture, and the file says that a camera took it."
        )
        fix = "Correct the answer about AI, or use the file that the AI program wrote."
        question = "I asked the author: AI did make or alter it after the camera took it."
        yield Finding("disclosure.ai-camera", Level.ATTEST, message, fix, question, said[0][0], CLAUSE)


def _declared(content: Content) -> Iterator[Finding]:
    ai = content.declarations.ai
    if ai not in ("no", *AI_MEDIA, *AI_TEXT):
        message, fix = (
            "The author did not answer whether AI was used.",
            "Answer “Was any of it made with AI?”.",
        )
        yield Finding("disclosure.ai", Level.BLOCKS, message, fix, "", DECLARED, CLAUSE)
        return
    if ai in AI_MEDIA and content.media():
        yield from _pictures(content)
    if ai in AI_TEXT and not all(is_labelled(channel) for channel in content.channels):
        message = "AI wrote some of the text, and the post does not say so where it begins."
        fix = "Say it in the post, for example “Written with AI”."
        question = "I reviewed the text, and a named person among us answers for it as an editor does."
        yield Finding("disclosure.ai-text", Level.ATTEST, message, fix, question, DECLARED, CLAUSE)


def _pictures(content: Content) -> Iterator[Finding]:
    for index, channel in enumerate(content.channels):
        if any(part.media for part in channel.parts) and not is_labelled(channel):
            yield _label(index, channel)
    if content.declarations.people == "public_interest":
        message = (
            "AI made or altered a picture that shows people without their consent, in the public interest."
        )
        fix = "Use a picture that no AI touched, or leave the people out."
        question = "I reviewed the picture, and a named person among us answers for it as an editor does."
        yield Finding("disclosure.ai-public-interest", Level.ATTEST, message, fix, question, DECLARED, CLAUSE)
    elif content.declarations.people != "nobody":
        message = "AI made or altered a picture in which people can be recognised."
        fix = "Say in the label what is not real, or use another picture."
        question = "Nobody is shown saying or doing what they never did, or the post says plainly that it is not real."
        yield Finding("disclosure.ai-lifelike", Level.ATTEST, message, fix, question, DECLARED, CLAUSE)


def _label(index: int, channel: ChannelContent) -> Finding:
    message = "The picture was made or altered with AI, and the post does not say so where people see it."
    fix = "Add a label such as “Made with AI” to the text, before the fold and not among hashtags."
    span = next(
        (
            Span(index, p, "text", None, *place)
            for p, part in enumerate(channel.parts)
            for place in matches(part.text, [words.AI_LABEL])[:1]
        ),
        Span(index, field="channel"),
    )
    return Finding("disclosure.ai-label", Level.BLOCKS, message, fix, "", span, CLAUSE)


def is_labelled(channel: ChannelContent) -> bool:
    """Where everybody sees it (an alt text is read by few): in the warning, the first post, or beside each picture."""
    if matches(channel.options.content_warning, [words.AI_LABEL]) or _says_so(channel, 0):
        return True
    with_media = [p for p, part in enumerate(channel.parts) if part.media]
    return bool(with_media) and all(_says_so(channel, p) for p in with_media)


def _says_so(channel: ChannelContent, part: int) -> bool:
    if part >= len(channel.parts):
        return False
    text = channel.parts[part].text
    return any(is_seen(text, channel.platform, *place) for place in matches(text, [words.AI_LABEL]))


def _media(content: Content) -> Iterator[tuple[Span, str]]:
    for c, channel in enumerate(content.channels):
        for p, part in enumerate(channel.parts):
            for m, media in enumerate(part.media):
                yield Span(c, p, "media", m), media.sha256
