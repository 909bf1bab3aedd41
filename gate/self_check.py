"""What the checks say of a personal post that somebody pastes in (docs/decisions/0037).

It is the member's own: nothing of it is stored, logged or sent. Everything here works on values in memory; no check
that runs here reads the database or the network, no queue carries the text, the tone is scored by the embedded
screen (a trained model is in the gate worker, behind a queue), which remembers nothing, and of a check that fails only
the kind of error is logged, since a message may quote the text.
"""

from __future__ import annotations

import logging
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import partial
from time import monotonic
from typing import Final

from django.conf import settings
from django.utils.safestring import SafeString

from accounts.models import Team
from gate import check_context, policy, rendering, runner, spans
from gate.checks import registry
from gate.checks.base import CheckSettings, Finding, Level
from gate.checks.settings import examine
from gate.conduct import Clause
from gate.content import ChannelContent, Content, Declarations, normalise
from gate.pace import Pace
from platforms.base import Part

logger = logging.getLogger(__name__)

MOST_CHARACTERS: Final = 10_000
BY_TEXT: Final = (
    "hidden-text",
    "toxicity",
    "personal-data",
    "disclosure",
    "links",
    "platform-rules",
    "accessibility",
    "word-list",
)
"""Checks that need nothing but the text and the answers on the page. What is not in this list is left out and named."""
WHY_NOT: Final = {
    "claims": "it needs your evidence, which is kept with posts that are handed in",
    "declarations": "it needs the answers of a post that is handed in",
    "image-metadata": "pictures are not looked at here",
    "timing": "it needs the time of a post",
    "replies": "it is about answers to our customers",
    "duplicates": "it would compare your words with the team's posts",
}
UNANSWERED: Final = {
    "disclosure.relationship": "connections: the question was not answered",
    "disclosure.ai": "AI: the question was not answered",
}
FOR_REVIEWERS: Final = "toxicity.tone"
"""It asks to read for tone where no trained model is installed; the page itself says who read for tone here."""


@dataclass(frozen=True, slots=True)
class Pasted:
    """What somebody asks about. `platform`: whose rules to count by, "" for none."""

    text: str
    platform: str = ""
    relationship: str = ""
    ai: str = ""

    @property
    def content(self) -> Content:
        channel = ChannelContent(self.platform, "", "", "", (Part(normalise(self.text)),))
        return Content((channel,), Declarations(relationship=self.relationship, ai=self.ai))


@dataclass(slots=True)
class Seen:
    """One finding. `pk`: its number on the page; start, end: code points of the text, equal where it marks none."""

    pk: int
    found: Finding
    title: str
    clause_id: str
    clause: Clause | None
    words: SafeString
    """What the clause says."""
    level: str
    start: int
    end: int
    quote: str


@dataclass(slots=True)
class Look:
    """Findings, the gravest first; the text cut into marked pieces; what was not looked at, with the reason; and the
    checks that could not run."""

    segments: list[spans.Segment] = field(default_factory=list)
    findings: list[Seen] = field(default_factory=list)
    looked: list[str] = field(default_factory=list)
    left_out: list[tuple[str, str]] = field(default_factory=list)
    failed: list[str] = field(default_factory=list)


def look(team: Team, pasted: Pasted) -> Look:
    """Everything the checks say of the text, by the team's code of conduct and settings."""
    content = pasted.content
    conduct = policy.current(team)
    clauses = {clause.id: clause for clause in policy.clauses(conduct)}
    seen = Look()
    found = _run(content, check_context.for_self_check(team, conduct), pasted, seen)
    text = content.channels[0].parts[0].text
    grave = {level: rank for rank, level in enumerate(Level)}
    ordered = sorted(found, key=lambda pair: grave[pair[1].level])
    seen.findings = [_seen(n, *pair, text, clauses) for n, pair in enumerate(ordered)]
    seen.segments = spans.segments(text, seen.findings)
    return seen


def _seen(number: int, check_id: str, found: Finding, text: str, clauses: Mapping[str, Clause]) -> Seen:
    check = registry.load(check_id)
    clause_id = found.clause or check.clause
    start, end = (found.span.start, found.span.end) if found.span.field == "text" else (0, 0)
    return Seen(
        pk=number,
        found=found,
        title=check.title,
        clause_id=clause_id,
        clause=(clause := clauses.get(clause_id)),
        words=rendering.render(clause.text if clause else ""),
        level=str(found.level),
        start=start,
        end=end,
        quote=text[start:end],
    )


def _run(content: Content, used: CheckSettings, pasted: Pasted, seen: Look) -> list[tuple[str, Finding]]:
    found: list[tuple[str, Finding]] = []
    end = monotonic() + settings.GATE_CHECK_SECONDS
    for check_id in registry.CHECKS:
        title = registry.load(check_id).title
        if why := _left_out(check_id, pasted):
            seen.left_out.append((title, why))
            continue
        try:
            work = partial(examine, registry.load(check_id), content, used)
            answers = runner.within(max(0.0, end - monotonic()), work)
        except Exception as error:  # whatever a check raises; its words may be the person's own
            logger.warning("The check %s could not look at a self-check: %s", check_id, type(error).__name__)
            seen.failed.append(title)
            continue
        seen.looked.append(title)
        seen.left_out += [(title, UNANSWERED[f.id]) for f in answers if f.id in UNANSWERED]
        found += [(check_id, f) for f in answers if f.id not in (*UNANSWERED, FOR_REVIEWERS)]
    return found


def _left_out(check_id: str, pasted: Pasted) -> str:
    if check_id == "platform-rules" and not pasted.platform:
        return "no platform was chosen"
    return (
        ""
        if check_id in BY_TEXT
        else WHY_NOT.get(check_id, "it needs more than a text: a post that is handed in")
    )


PACE: Final = Pace(20, 60.0)
