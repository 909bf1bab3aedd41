"""Small factories for contents as checks see them."""

import hashlib
from dataclasses import fields
from typing import Any

from gate.checks.base import Check, CheckSettings, Finding
from gate.checks.disclosure_flags import flagged
from gate.checks.settings import examine
from gate.checks.texts import field_text
from gate.content import ChannelContent, Content, Declarations, MediaFacts
from platforms.base import Media, Options, Part

ANSWERED = Declarations(relationship="none", ai="no", states_fact="no", people="nobody")


def image(name: str = "a", alt: str = "Two children plant a tree", **changes: Any) -> Media:
    sha256 = hashlib.sha256(name.encode()).hexdigest()
    return Media(**{"sha256": sha256, "content_type": "image/jpeg", "size": 9_000, "width": 600,
                    "height": 400, "alt": alt, **changes})  # fmt: skip


def channel(*texts: str, platform: str = "sandbox", account: str = "one", media: tuple[Media, ...] = (),
            warning: str = "") -> ChannelContent:  # fmt: skip
    parts = tuple(Part(text, media if index == 0 else ()) for index, text in enumerate(texts))
    return ChannelContent(platform, account, "", f"@{account}", parts, Options(content_warning=warning))


def post(
    *texts: str, facts: tuple[MediaFacts, ...] = (), declared: Declarations = ANSWERED, **kinds: Any
) -> Content:
    """With the platform's flags, as freezing sets them."""
    return Content((flagged(channel(*texts, **kinds), declared),), declared, facts)


def found(check: Check, content: Content, **settings: Any) -> list[Finding]:
    """What the check finds, all of it findings that it names. `settings`: of the check by their names, or fields of
    CheckSettings."""
    other = {f.name: settings.pop(f.name) for f in fields(CheckSettings) if f.name in settings}
    given = examine(check, content, CheckSettings(own={check.id: settings}, **other))
    assert {finding.id for finding in given} <= {f"{check.id}.{name}" for name in check.findings}
    return given


def ids(findings: list[Finding]) -> list[str]:
    """The names of the findings without the check's own."""
    return [finding.id.partition(".")[2] for finding in findings]


def marked(content: Content, findings: list[Finding]) -> list[str]:
    """The words that each finding marks."""
    return [field_text(content, f.span)[f.span.start : f.span.end] for f in findings]
