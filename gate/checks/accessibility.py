"""Can people who listen to a post, or see it in large letters, read it?

Sources: WCAG 2.2, 1.1.1 (text alternatives); what screen readers do with styled Unicode letters (they
spell out "mathematical bold capital a"), with emoji (they read the name of each), and with hashtags
(they can only take apart words that begin with a capital).
"""

import re
from pathlib import PurePath

import regex

from gate.checks.base import CheckSettings, Finding, Level, Span
from gate.checks.settings import Setting, override
from gate.checks.texts import Text, also_on, names, texts
from gate.content import Content
from platforms.base import Media

_EMOJI = (
    r"(?P<emoji>(?>\p{RI}\p{RI}|[0-9#*]\ufe0f?\u20e3"
    r"|(?:\p{Emoji_Presentation}[\ufe0f\p{EMod}]?|\p{ExtPict}\ufe0f)(?:\u200d\p{ExtPict}[\ufe0f\p{EMod}]*+)*+))"
)
# Each emoji is taken whole and never given back, and a run of any length is one match, of which the long ones are
# kept: otherwise every beginning and division of a hostile text would be tried.
EMOJIS = regex.compile(rf"{_EMOJI}(?:\s?{_EMOJI})*+")
EMOJI_RUN = 4
# Mathematical alphabets, enclosed and squared letters (not the regional indicators that make flags), and
# small capitals, of which two in a row are rare in phonetic script.
STYLED = re.compile("[\U0001d400-\U0001d7ff\u24b6-\u24e9\U0001f130-\U0001f189\u1d00-\u1d22ʙɢʜɪʟɴʀʏꜰꜱ]{2,}")
HASHTAG = regex.compile(r"(?<![\w&/])#(\p{L}[\p{L}\p{M}]{14,})")
# Each word is taken whole and never given back, and none begins inside another: a long row of "A'" must be read once.
_CAPITALS = r"\p{Lu}[\p{Lu}'’]++(?!\w)"
SHOUTED = regex.compile(rf"(?<![\w#@'’]){_CAPITALS}(?:[ ,.!?:;–-]++{_CAPITALS}){{2,}}+")
SHOUTED_LETTERS = 14

FILE_NAME = re.compile(r"^\S[^\n]{0,120}\.(?:jpe?g|png|gif|webp|heic|avif|tiff?|bmp|svg)$", re.IGNORECASE)
CAMERA_NAME = re.compile(
    r"^(?:img|dsc[nf]?|pxl|mvimg|image|photo|screenshot|whatsapp image)[\W_]*\d[\d\W_a-z]*$", re.I
)
SAYS_NOTHING = re.compile(
    r"^(?:an?\s+)?(?:image|photo|picture|graphic|screenshot|bild|foto|imagem|imagen|immagine|photographie"
    r"|alt|alt text)\W*$",
    re.IGNORECASE,
)


class Accessibility:
    id = "accessibility"
    version = "1.1"
    clause = "5.1"
    also_guards = ("5.2",)
    title = "Readable for everyone"
    findings = (
        "alt-file-name", "alt-missing", "alt-true", "capitals", "emoji-run", "hashtag", "styled-letters",
    )  # fmt: skip
    settings: tuple[Setting, ...] = (override(),)

    def run(self, content: Content, settings: CheckSettings) -> list[Finding]:
        return [*_alt_texts(content), *(text.note(f) for text in texts(content) for f in _wording(text))]


def _alt_texts(content: Content) -> list[Finding]:
    """One finding for each picture and alt text, however many channels carry it."""
    first: dict[tuple[str, str], tuple[Media, Span]] = {}
    channels: dict[tuple[str, str], dict[int, None]] = {}
    for c, channel in enumerate(content.channels):
        for p, part in enumerate(channel.parts):
            for m, media in enumerate(part.media):
                key = (media.sha256, media.alt)
                first.setdefault(key, (media, Span(c, p, "alt", m)))
                channels.setdefault(key, {})[c] = None
    filenames = {facts.sha256: facts.filename for facts in content.media_facts}
    found = []
    for key, (media, span) in first.items():
        others = names(content, [c for c in channels[key] if c != span.channel])
        found.append(_alt_text(media, span, filenames.get(media.sha256, ""), others))
    return found


def _alt_text(media: Media, span: Span, filename: str, others: tuple[str, ...]) -> Finding:
    fix = "Say in a sentence what somebody who cannot see the picture would miss."
    alt = media.alt.strip()
    if not alt:
        message = also_on("A picture has no alt text.", others)
        return Finding("accessibility.alt-missing", Level.BLOCKS, message, fix, "", span, "5.2")
    if _is_file_name(alt, filename) or SAYS_NOTHING.match(alt):
        message = also_on("The alt text is a file name or says nothing about the picture.", others)
        return Finding("accessibility.alt-file-name", Level.BLOCKS, message, fix, "", span, "5.2")
    message = also_on("A program cannot tell whether this alt text describes the picture.", others)
    question = "I looked at the picture, and the alt text says truly what it shows."
    return Finding("accessibility.alt-true", Level.ATTEST, message, fix, question, span, "5.2")


def _is_file_name(alt: str, filename: str) -> bool:
    own = {filename.casefold(), PurePath(filename).stem.casefold()} - {""}
    return alt.casefold() in own or bool(FILE_NAME.match(alt) or CAMERA_NAME.match(alt))


def _wording(text: Text) -> list[Finding]:
    found = []
    for styled in STYLED.finditer(text.text):
        message = "Styled letters: screen readers spell them out or skip them, search does not find them."
        found.append(
            _advice("styled-letters", message, "Use ordinary letters.", text, styled.start(), styled.end())
        )
    return [*found, *_emoji_runs(text), *_hashtags(text), *_capitals(text)]


def _emoji_runs(text: Text) -> list[Finding]:
    message = "A run of emoji: a screen reader reads the name of every one."
    return [
        _advice("emoji-run", message, "Keep one or two, at the end.", text, match.start(), match.end())
        for match in EMOJIS.finditer(text.text)
        if len(match.captures("emoji")) >= EMOJI_RUN
    ]


def _hashtags(text: Text) -> list[Finding]:
    message = "A long hashtag without capitals: a screen reader cannot tell its words apart."
    fix = "Begin each word with a capital: #LikeThis."
    return [
        _advice("hashtag", message, fix, text, match.start(), match.end())
        for match in HASHTAG.finditer(text.text)
        if match[1].islower() or match[1].isupper()
    ]


def _capitals(text: Text) -> list[Finding]:
    message = "Words in capitals are hard to read, and some screen readers spell them out."
    return [
        _advice("capitals", message, "Write them in lower case.", text, match.start(), match.end())
        for match in SHOUTED.finditer(text.text)
        if sum(c.isalpha() for c in match[0]) >= SHOUTED_LETTERS
    ]


def _advice(name: str, message: str, fix: str, text: Text, start: int, end: int) -> Finding:
    return Finding(f"accessibility.{name}", Level.ADVISES, message, fix, "", text.at(start, end))
