"""Insults, threats and hatred, sentence by sentence, and whom they are aimed at.

A score marks a sentence for a person; a low score never takes the person out. With the embedded screen alone,
every post carries one attestation that somebody read it for tone. An engine that cannot be loaded raises, and
what raised is UNKNOWN, not a pass.
"""

from dataclasses import dataclass

import regex

from gate.checks.base import CheckSettings, Finding, Level, Span
from gate.checks.sentences import Sentence, sentences
from gate.checks.settings import Setting, override
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
    # The screen rates "Gay and lesbian choir sings tonight" .63 and "Bloody hell, what a match" .99.
    "offensive": Band(0.8, 0.99),
}
OTHER = Band(0.4, 0.85)
AT_SOMEBODY = 0.6
"""Thresholds are multiplied by this in a sentence that names somebody: singling out is worse."""

WORDS = {
    "toxicity": "hostile", "severe_toxicity": "very hostile", "obscene": "obscene", "threat": "a threat",
    "insult": "an insult", "identity_attack": "an attack on who people are",
    "sexual_explicit": "sexually explicit", "offensive": "offensive",
}  # fmt: skip

_MENTION = regex.compile(r"(?<![\w@/])@[\w](?:[\w.-]*\w)?(?:@[\w.-]+\w)?")


class Toxicity:
    id = "toxicity"
    version = "1.0"
    clause = "1.1"
    also_guards = ("1.2",)
    title = "Respectful tone"
    settings: tuple[Setting, ...] = (override(),)

    def run(self, content: Content, settings: CheckSettings) -> list[Finding]:
        """Raises gate.toxicity.EngineError where the engine that was set cannot be loaded."""
        scorer = engine(settings.toxicity_engine)
        pieces = [(text, sentence) for text in texts(content) for sentence in sentences(text.text)]
        scores = scorer.score([sentence.text for _, sentence in pieces])
        found = [
            finding
            for (text, sentence), labels in zip(pieces, scores, strict=True)
            if (finding := _finding(text, sentence, labels, scorer))
        ]
        return found if scorer.trained else [*found, _read_for_tone(scorer)]


def _read_for_tone(scorer: Engine) -> Finding:
    used = _called(scorer)
    message = (
        f"Read it for tone: no trained toxicity model is installed, only swear words are known ({used})."
    )
    question = "I read this post for its tone, and it treats everybody with respect."
    fix = "Read it as somebody it could be about would read it."
    return Finding("toxicity.tone", Level.ATTEST, message, fix, question, Span(field="post"))


def _finding(text: Text, sentence: Sentence, labels: dict[str, float], scorer: Engine) -> Finding | None:
    """The strictest finding of one sentence, or None."""
    aimed = _MENTION.search(sentence.text) is not None
    factor = AT_SOMEBODY if aimed else 1.0
    raised = {label: v for label, v in labels.items() if v >= THRESHOLDS.get(label, OTHER).grey * factor}
    if not raised:
        return None
    blocks = any(v >= THRESHOLDS.get(label, OTHER).blocks * factor for label, v in raised.items())
    ordered = sorted(raised, key=lambda label: -raised[label])
    sounds = ", ".join(f"{WORDS.get(label, label)} ({raised[label]:.2f})" for label in ordered)
    message = f"This sentence may be {sounds}, says {_called(scorer)}."
    if aimed:
        message += " It names somebody, so that people may feel singled out."
    fix = "Say what was done or said, not what somebody is; leave names out."
    question = "" if blocks else "Nobody is insulted, threatened or singled out by this sentence."
    return text.note(
        Finding(
            "toxicity.targeting" if aimed else "toxicity.sentence",
            Level.BLOCKS if blocks else Level.ATTEST,
            message,
            fix,
            question,
            text.at(sentence.start, sentence.end),
            "1.2" if aimed else "",
        )
    )


def _called(scorer: Engine) -> str:
    return f"{scorer.name}: {scorer.version}"
