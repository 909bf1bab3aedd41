"""The label of a connection or of AI, put into what somebody writes by one click, where it settles a
finding."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import partial
from typing import Final

from gate.checks import disclosure, labels
from gate.checks.base import CheckSettings, Finding
from gate.checks.disclosure_ai import is_labelled
from gate.checks.disclosure_settings import Rules
from gate.checks.languages import language_of
from gate.content import ChannelContent, Content, normalise
from platforms.base import Part
from scheduler.forms import OnChannel, Typed

CONNECTION: Final = "connection"
AI: Final = "ai"
SETTLES: Final = {
    **dict.fromkeys(disclosure.LABEL_HELPS, CONNECTION),
    "disclosure.ai-label": AI,
    "disclosure.ai-text": AI,
}


@dataclass(frozen=True, slots=True)
class Offer:
    """A button beside a finding. `kind`: what `put` is asked for."""

    kind: str
    words: str


def offer(found: Finding, content: Content, settings: CheckSettings) -> Offer | None:
    """What would settle this finding by one click, in the language of the text that it is about."""
    kind = SETTLES.get(found.id)
    if kind is None or found.span.channel >= len(content.channels):
        return None
    rules = _rules(settings)
    channel = content.channels[found.span.channel]
    language = _language(channel, rules)
    if kind == AI:
        return Offer(AI, f"Put “{labels.ai_label(language, content.declarations.ai)}” into the text")
    said = content.declarations.relationship
    label = labels.connection_label(
        language, said, plain_words=rules.plain_words(said), own=rules.own.get(language, ())
    )[0]
    return Offer(CONNECTION, f"Put “{label}:” at the start")


def put(typed: Typed, kind: str, content: Content, settings: CheckSettings) -> None:
    """Writes the label into the first post of every text of the page whose channels lack it. `content`: of what is
    typed, a channel for each that is chosen."""
    rules = _rules(settings)
    for texts, lacking in _boxes(typed, content, kind, rules):
        platforms = [channel.platform for _, channel in lacking]
        language = _language(lacking[0][1], rules)
        if kind == AI:
            texts[0] = labels.with_ai(texts[0], platforms, language, content.declarations.ai)
            continue
        said = content.declarations.relationship
        texts[0] = labels.with_connection(
            texts[0],
            platforms,
            language,
            said,
            plain_words=rules.plain_words(said),
            own=rules.own.get(language, ()),
            fits=partial(_fits, lacking),
        )


Lacking = list[tuple[OnChannel, ChannelContent]]


def _boxes(typed: Typed, content: Content, kind: str, rules: Rules) -> Iterator[tuple[list[str], Lacking]]:
    """Each text of the page with the channels that show it and lack the label; none where no channel does."""
    lacking = [
        (on, channel)
        for on, channel in zip(typed.chosen, content.channels, strict=True)
        if _lacks(channel, content, kind, rules)
    ]
    if shared := [each for each in lacking if not each[0].own]:
        yield typed.texts, shared
    for each in lacking:
        if each[0].own:
            yield each[0].texts, [each]


def _lacks(channel: ChannelContent, content: Content, kind: str, rules: Rules) -> bool:
    if kind == AI:
        return not is_labelled(channel)
    said = content.declarations.relationship
    return said in disclosure.CONNECTIONS and not disclosure.is_disclosed(channel, said, rules)


def _fits(lacking: Lacking, text: str) -> bool:
    """Whether every channel takes a text of this length."""
    part = Part(normalise(text))
    return not any(
        problem.field == "text"
        for on, channel in lacking
        for problem in on.channel.adapter.problems(part, on.limits, channel.options)
    )


def _language(channel: ChannelContent, rules: Rules) -> str:
    """What the channel says its language is, else what the text looks like, else what the organisation set."""
    said = channel.options.language.partition("-")[0].lower()
    return said or language_of(channel.parts[0].text if channel.parts else "") or rules.language


def _rules(settings: CheckSettings) -> Rules:
    return Rules.of(disclosure.Disclosure(), settings)
