"""Insults, threats and hatred, sentence by sentence, and whom they are aimed at.

Each sentence is scored as it was written and, where it is disguised ("y0u 1d10t"), as it reads without the disguise
(readable.py); the higher score counts, and what is marked is what was written. A score marks a sentence for a person; a
low score never takes the person out. With the embedded screen alone, every post carries one attestation that somebody
read it for tone. An engine that cannot be loaded raises, and what raised is UNKNOWN, not a pass.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import regex

from gate.checks.base import CheckSettings, Finding, Level, Span
from gate.checks.readable import forms
from gate.checks.sentences import Sentence, sentences
from gate.checks.settings import Input, Setting, override
from gate.checks.texts import Text, texts
from gate.content import Content
from gate.toxicity import Engine, engine


@dataclass(frozen=True, slots=True)
class Band:
    """From `grey` a person is asked, from `blocks` on the sentence blocks."""

    grey: float
    blocks: float


THRESHOLDS = {
    "toxicity": Band(0.4, 0.85),
    "severe_toxicity": Band(0.1, 0.5),
    "obscene": Band(0.4, 0.9),
    "threat": Band(0.2, 0.5),
    "insult": Band(0.4, 0.8),
    "identity_attack": Band(0.2, 0.5),
    "sexual_explicit": Band(0.3, 0.8),
    # The embedded screen's own scale: gate/toxicity/screen.py.
    "offensive": Band(0.4, 0.8),
}
OTHER = Band(0.4, 0.85)
"""For a label that no engine of today has."""
AT_SOMEBODY = 0.6
"""Thresholds are multiplied by this in a sentence that names somebody: singling out is worse."""

WORDS = {
    "toxicity": "hostile", "severe_toxicity": "very hostile", "obscene": "obscene", "threat": "a threat",
    "insult": "an insult", "identity_attack": "an attack on who people are",
    "sexual_explicit": "sexually explicit", "offensive": "offensive",
}  # fmt: skip
LABELS = {
    "toxicity": "Hostile", "severe_toxicity": "Very hostile", "obscene": "Obscene", "threat": "Threat",
    "insult": "Insult", "identity_attack": "Attack on who people are", "sexual_explicit": "Sexually explicit",
    "offensive": "Offensive (the embedded screen)",
}  # fmt: skip

_MENTION = regex.compile(r"(?<![\w@/])@[\w](?:[\w.-]*\w)?(?:@[\w.-]+\w)?")


def _thresholds(label: str) -> tuple[Setting, Setting]:
    band, called = THRESHOLDS[label], LABELS[label]
    return (
        Setting(
            f"{label}_asks",
            f"{called}: asks from",
            Input.NUMBER,
            band.grey,
            least=0.01,
            blocks_from=f"{label}_blocks",
        ),
        Setting(f"{label}_blocks", f"{called}: blocks from", Input.NUMBER, band.blocks, least=0.01),
    )


class Toxicity:
    id = "toxicity"
    version = "1.3"
    clause = "1.1"
    also_guards = ("1.2",)
    title = "Respectful tone"
    findings = ("sentence", "targeting", "tone")
    settings: tuple[Setting, ...] = (
        *(setting for label in THRESHOLDS for setting in _thresholds(label)),
        Setting(
            "at_somebody",
            "Where somebody is named",
            Input.NUMBER,
            AT_SOMEBODY,
            "Every threshold is multiplied by this in a sentence that mentions an @handle.",
            least=0.1,
        ),
        override(),
    )

    def run(self, content: Content, settings: CheckSettings) -> list[Finding]:
        """Raises gate.toxicity.EngineError where the engine that was set cannot be loaded."""
        scorer = engine(settings.toxicity_engine)
        pieces = [(text, sentence) for text in texts(content) for sentence in sentences(text.text)]
        scores = _scores(scorer, [sentence.text for _, sentence in pieces])
        found = [
            finding
            for (text, sentence), scored in zip(pieces, scores, strict=True)
            if (finding := _finding(text, sentence, scored, scorer, settings))
        ]
        return found if scorer.trained else [*found, _read_for_tone(scorer)]

    def highest(self, content: Content, settings: CheckSettings) -> float:
        """The highest score of any label in any sentence: how sure the engine is, for figures like AUC."""
        scorer = engine(settings.toxicity_engine)
        said = [sentence.text for text in texts(content) for sentence in sentences(text.text)]
        return max((v for scored in _scores(scorer, said) for v in scored.labels.values()), default=0.0)


@dataclass(frozen=True, slots=True)
class _Scored:
    """`disguised`: a label is higher in what the sentence reads like than in what was typed."""

    labels: Mapping[str, float]
    disguised: bool


def _scores(scorer: Engine, said: Sequence[str]) -> list[_Scored]:
    read = [[sentence, *forms(sentence)] for sentence in said]
    scores = iter(scorer.score([form for each in read for form in each]))
    return [_highest([next(scores) for _ in each]) for each in read]


def _highest(scores: Sequence[dict[str, float]]) -> _Scored:
    typed = scores[0]
    labels = {label: max(score.get(label, 0.0) for score in scores) for label in typed}
    return _Scored(labels, any(labels[label] > typed[label] for label in typed))


def _band(label: str, aimed: bool, settings: CheckSettings) -> Band:
    check = Toxicity()
    factor = float(settings.value(check, "at_somebody")) if aimed else 1.0
    if label not in THRESHOLDS:
        return Band(OTHER.grey * factor, OTHER.blocks * factor)
    asks, blocks = (float(settings.value(check, f"{label}_{name}")) for name in ("asks", "blocks"))
    return Band(min(asks, blocks) * factor, blocks * factor)


def _read_for_tone(scorer: Engine) -> Finding:
    used = _called(scorer)
    message = f"Read it for tone: no trained toxicity model is installed, only words and rules ({used})."
    question = "I read this post for its tone, and it treats everybody with respect."
    fix = "Read it as somebody it could be about would read it."
    return Finding("toxicity.tone", Level.ATTEST, message, fix, question, Span(field="post"))


def _finding(
    text: Text, sentence: Sentence, scored: _Scored, scorer: Engine, settings: CheckSettings
) -> Finding | None:
    """The strictest finding of one sentence, or None."""
    aimed = _MENTION.search(sentence.text) is not None
    bands = {label: _band(label, aimed, settings) for label in scored.labels}
    raised = {label: v for label, v in scored.labels.items() if v >= bands[label].grey}
    if not raised:
        return None
    blocks = any(v >= bands[label].blocks for label, v in raised.items())
    fix = "Say what was done or said, not what somebody is; leave names out."
    question = "" if blocks else "Nobody is insulted, threatened or singled out by this sentence."
    return text.note(
        Finding(
            "toxicity.targeting" if aimed else "toxicity.sentence",
            Level.BLOCKS if blocks else Level.ATTEST,
            _message(raised, aimed, scored.disguised, scorer),
            fix,
            question,
            text.at(sentence.start, sentence.end),
            "1.2" if aimed else "",
        )
    )


def _message(raised: Mapping[str, float], aimed: bool, disguised: bool, scorer: Engine) -> str:
    ordered = sorted(raised, key=lambda label: -raised[label])
    sounds = ", ".join(f"{WORDS.get(label, label)} ({raised[label]:.2f})" for label in ordered)
    message = f"This sentence may be {sounds}, says {_called(scorer)}."
    if disguised:
        message += " It was read without what disguises its words."
    if aimed:
        message += " It names somebody, so that people may feel singled out."
    return message


def _called(scorer: Engine) -> str:
    return f"{scorer.name}: {scorer.version}"
