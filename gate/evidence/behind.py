"""Which evidence stands behind what the checks ask about a submission, and behind an approval."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import date

from accounts.models import Team
from gate.checks.texts import field_text
from gate.content import Content, Source
from gate.evidence import shown
from gate.evidence.shown import Shown
from gate.models import Finding

CODES = frozenset({"claims.evidence", "claims.expired"})
"""Findings about a claim that has evidence; their marked words are the claim's."""


def of(finding: Finding, content: Content) -> tuple[Source, ...]:
    """What the claim cites that the finding is about."""
    if finding.code not in CODES:
        return ()
    words = field_text(content, finding.span)[finding.start : finding.end]
    return next((claim.sources for claim in content.declarations.claims if claim.text == words), ())


def opened(
    team: Team, findings: Iterable[Finding], content: Content, on: date
) -> Mapping[int, tuple[Shown, ...]]:
    """By finding, the evidence that it is about, as the content names it: each snapshot is read once."""
    cited = {finding.pk: of(finding, content) for finding in findings}
    looks = {
        source: shown.of_source(team, source, on)
        for source in {each for sources in cited.values() for each in sources}
    }
    return {pk: tuple(looks[each] for each in sources) for pk, sources in cited.items() if sources}


def in_the_log(findings: Iterable[Finding], content: Content) -> Mapping[str, list[dict[str, int | str]]]:
    """What an approval's entry says of the evidence that the reviewer attested: nothing where there was none."""
    cited = {each for f in findings if f.level == "attest" for each in of(f, content)}
    listed: list[dict[str, int | str]] = [
        {"id": each.id, "sha256": each.sha256} for each in sorted(cited, key=lambda each: each.id)
    ]
    return {"evidence": listed} if listed else {}
