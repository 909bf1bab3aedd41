"""Answers to somebody's public message: no personal data asked for or repeated, a private channel offered, in time.

Asking for data in public is found in every post. The rest is asked of posts that say what they answer
(Content.answers).
"""

from __future__ import annotations

import unicodedata
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import regex

from gate.checks import personal_data, reply_words
from gate.checks.base import CheckSettings, Finding, Level, Span
from gate.checks.sentences import Sentence, sentences
from gate.checks.settings import Input, Setting, level, override
from gate.checks.texts import Text, texts
from gate.content import Answered, Content

PRIVATE_MATTERS = "7.2"
WHERE = Span(field="post")
FEWEST_DIGITS = 6
_NUMBER = regex.compile(
    r"(?<![\dA-Za-z_.,])[A-Z]{0,4}-?\d(?:[ \u00a0./-]?\d){5,}(?![\dA-Za-z_])", regex.IGNORECASE
)
"""An order, a booking, a customer: numbers that lead to a person where somebody wrote them about themselves."""


class Replies:
    id = "replies"
    version = "1.2"
    clause = "7.1"
    also_guards = ("7.2",)
    title = "Answers to people"
    findings = ("asks", "kind", "late", "private", "repeats")
    settings: tuple[Setting, ...] = (
        Setting(
            "hours",
            "Hours until an answer",
            Input.NUMBER,
            24,
            "From when a message was received. 0: no clock.",
            least=0,
            most=720,
        ),
        level("replies.asks", "Asks for personal data in public", Level.BLOCKS, (Level.BLOCKS, Level.ATTEST)),
        level(
            "replies.repeats", "Repeats what somebody gave away", Level.BLOCKS, (Level.BLOCKS, Level.ATTEST)
        ),
        level("replies.private", "No private channel offered", Level.ATTEST),
        level("replies.late", "After the promised time", Level.ATTEST),
        override(),
    )

    def run(self, content: Content, settings: CheckSettings) -> list[Finding]:
        found = [text.note(f) for text in texts(content) for f in _asks(text)]
        if (answered := content.answers) is None:
            return found
        repeated = [text.note(f) for text in texts(content) for f in _repeats(text, answered, settings)]
        return [*found, *repeated, *_channel(content, answered), *_clock(self, answered, settings), _kind()]


def answer_by(answered: Answered, settings: CheckSettings) -> datetime | None:
    """Until when the team wants to have answered; None where it has no clock or nobody said when it was received.
    Raises ValueError for a time that is none."""
    hours = settings.value(Replies(), "hours")
    if not hours or not answered.received_at:
        return None
    return received(answered) + timedelta(hours=hours)


def received(answered: Answered) -> datetime:
    """Raises ValueError."""
    at = datetime.fromisoformat(answered.received_at)
    return at if at.tzinfo else at.replace(tzinfo=UTC)


def _asks(text: Text) -> Iterator[Finding]:
    for sentence in sentences(text.text):
        if (asked := reply_words.ASKS.search(sentence.text)) and not _is_private(sentence):
            message = "This asks for personal data where everybody reads the answer."
            fix = "Ask in a private message, and say in public only that you write one."
            start = sentence.start + asked.start()
            span = text.at(start, sentence.start + asked.end())
            yield Finding("replies.asks", Level.BLOCKS, message, fix, "", span, PRIVATE_MATTERS)


def _is_private(sentence: Sentence) -> bool:
    return bool(reply_words.PRIVATE.search(sentence.text))


def _repeats(text: Text, answered: Answered, settings: CheckSettings) -> Iterator[Finding]:
    """What has the form of personal data in the message, wherever it stands in our text, however it is spaced."""
    letters = list(_letters(text.text))
    plain = "".join(letter for letter, _ in letters)
    for value in _given_away(answered.text, settings):
        at = plain.find(value)
        if at >= 0:
            message = "This repeats data that somebody gave away in their message."
            span = text.at(letters[at][1], letters[at + len(value) - 1][1] + 1)
            fix = "Leave it out: the person knows it, and nobody else has to."
            yield Finding("replies.repeats", Level.BLOCKS, message, fix, "", span, PRIVATE_MATTERS)


def _given_away(message: str, settings: CheckSettings) -> list[str]:
    spans = [(match.start, match.end) for match in personal_data.matches(message, settings)]
    spans += [match.span() for match in _NUMBER.finditer(message)]
    values = ("".join(letter for letter, _ in _letters(message[start:end])) for start, end in spans)
    return list(dict.fromkeys(value for value in values if len(value) >= FEWEST_DIGITS))


def _letters(text: str) -> Iterator[tuple[str, int]]:
    """Letters and digits without case and width, each with the code point that it comes from."""
    for at, character in enumerate(text):
        plain = unicodedata.normalize("NFKC", character).casefold()
        yield from ((letter, at) for letter in plain if letter.isalnum())


def _channel(content: Content, answered: Answered) -> Iterator[Finding]:
    ours = [text.text for text in texts(content, ("text",))]
    about = any(reply_words.ABOUT_SOMEBODY.search(each) for each in (answered.text, *ours))
    if about and not any(reply_words.PRIVATE.search(each) for each in ours):
        message = "This is about one person's own matter, and offers no private channel."
        fix = "Say where they reach you in private: a direct message, a form, a telephone number of yours."
        question = "Nothing private is needed to settle this, or they know where to turn."
        yield Finding("replies.private", Level.ATTEST, message, fix, question, WHERE, PRIVATE_MATTERS)


def _clock(check: Replies, answered: Answered, settings: CheckSettings) -> Iterator[Finding]:
    if not settings.value(check, "hours"):
        return
    fix = "Answer sooner, and say that you are sorry for the wait."
    until = answer_by(answered, settings)
    if until is None:
        message = "Nobody said when the message was received, so nobody knows whether the answer is late."
        question = "The person gets this answer within the time that we promise."
        yield Finding("replies.late", Level.ATTEST, message, "Add the time.", question, WHERE)
    elif settings.due_at and received(answered) > settings.due_at:
        message = "The message is said to be received after the answer to it goes out, which cannot be."
        question = "The person gets this answer within the time that we promise."
        yield Finding("replies.late", Level.ATTEST, message, "Correct the time.", question, WHERE)
    elif settings.due_at and settings.due_at > until:
        shown = until.astimezone(ZoneInfo(settings.zone))
        message = f"An answer was due by {shown.day} {shown:%b, %H:%M}, and this goes out later."
        question = "There is a reason for the delay, and the answer speaks to it."
        yield Finding("replies.late", Level.ATTEST, message, fix, question, WHERE)


def _kind() -> Finding:
    message = "A program cannot tell whether an answer is kind and correct."
    question = (
        "I read the message and the answer: it is friendly and correct, and comes from somebody who can help."
    )
    fix = "Read it as the person will who wrote to you."
    return Finding("replies.kind", Level.ATTEST, message, fix, question, WHERE)
