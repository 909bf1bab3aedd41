"""Two people edited one post: what is stored now beside what is on the page, as far as they differ."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import zip_longest

from gate.content import normalise
from scheduler import claims
from scheduler.forms import QUESTIONS, Typed


@dataclass(frozen=True, slots=True)
class Difference:
    """One thing that differs, in words."""

    what: str
    stored: str
    yours: str


def differences(stored: Typed, yours: Typed) -> list[Difference]:
    """Everything that saving would overwrite; where it is empty, saving changes nothing."""
    rows = [
        ("Name", stored.title, yours.title),
        *_texts("Text", stored.texts, yours.texts),
        ("Channels", _channels(stored), _channels(yours)),
        *_own(stored, yours),
        ("Time", _time(stored), _time(yours)),
        ("Campaign", stored.campaign, yours.campaign),
        *_answered(stored, yours),
        *_answers(stored, yours),
        *_claims(stored, yours),
        *_images(stored, yours),
    ]
    return [Difference(what, old, new) for what, old, new in rows if normalise(old) != normalise(new)]


def _texts(name: str, old: list[str], new: list[str]) -> list[tuple[str, str, str]]:
    many = max(len(old), len(new)) > 1
    return [
        (f"{name}, post {number} of the thread" if many else name, a, b)
        for number, (a, b) in enumerate(zip_longest(old, new, fillvalue=""), start=1)
    ]


def _channels(typed: Typed) -> str:
    return ", ".join(str(on.channel) for on in typed.chosen)


def _own(stored: Typed, yours: Typed) -> list[tuple[str, str, str]]:
    before = {on.channel.pk: on for on in stored.on}
    rows: list[tuple[str, str, str]] = []
    for on in yours.on:
        old = before.get(on.channel.pk)
        if old is None or not (old.own or on.own):
            continue
        rows += _texts(
            f"Text for {on.channel}",
            old.texts if old.own else stored.texts,
            on.texts if on.own else yours.texts,
        )
    return rows


def _time(typed: Typed) -> str:
    return f"{typed.date} {typed.time} {typed.zone}" if typed.local else ""


def _answered(stored: Typed, yours: Typed) -> list[tuple[str, str, str]]:
    """The message that it answers."""
    labels = {"text": "Their message", "author": "Who wrote it", "url": "Its address", "received": "Received"}
    return [
        (label, stored.answers.get(name, ""), yours.answers.get(name, "")) for name, label in labels.items()
    ]


def _answers(stored: Typed, yours: Typed) -> list[tuple[str, str, str]]:
    rows = [("Evidence", stored.declared.get("evidence", ""), yours.declared.get("evidence", ""))]
    for question in QUESTIONS:
        words = dict(question.answers)
        old, new = stored.declared.get(question.name, ""), yours.declared.get(question.name, "")
        rows.append((question.text, words.get(old, ""), words.get(new, "")))
    return rows


def _claims(stored: Typed, yours: Typed) -> list[tuple[str, str, str]]:
    """What is said about words that stand in the text; titles of evidence where it differs."""
    was, now = ({a.text: a for a in typed.standing_claims} for typed in (stored, yours))
    titles = claims.titles(yours.team, [*was.values(), *now.values()])
    return [
        (f"Claim “{text}”", claims.in_words(was.get(text), titles), claims.in_words(now.get(text), titles))
        for text in dict.fromkeys([*was, *now])
    ]


def _images(stored: Typed, yours: Typed) -> list[tuple[str, str, str]]:
    typed = {of.image.pk: of.alt for of in yours.images}
    return [
        (f"Alt text of {of.image.filename or 'an image'}", of.alt, typed.get(of.image.pk, of.alt))
        for of in stored.images
    ]
