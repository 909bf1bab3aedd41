"""How many people have to approve a post: one, or two where the organisation asks for it (docs/decisions/0038). Pure:
the content, what was found, whether anything was overridden, and the settings of one version of the code of conduct."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Final

from gate.checks import registry
from gate.checks.settings import Input, Setting
from gate.content import Content
from platforms.base import account_tag
from platforms.registry import PLATFORMS

Found = tuple[str, str]
"""Id of a check, and of one of its findings."""
UNKNOWN: Final = "unknown"
"""The finding of a check that could not run (gate/runner.py)."""


@dataclass(frozen=True, slots=True)
class Need:
    """`reasons`: why two are needed, a sentence each; none where one is enough."""

    reasons: tuple[str, ...] = ()

    @property
    def approvals(self) -> int:
        return 2 if self.reasons else 1


_SERVER: Final = re.compile(r"https?://[^/\s|A-Z]+")
"""As an account's instance is kept (platforms.http.normalise_instance)."""


def _known_place(line: str) -> None:
    platform, *account = line.split("|")
    if platform not in PLATFORMS or not all(account) or len(account) > 2:
        raise ValueError(
            f"{line!r} is neither a platform ({', '.join(PLATFORMS)}) nor an account, which an admin finds on the page "
            "of channels."
        )
    if len(account) == 2 and not _SERVER.fullmatch(account[1]):
        raise ValueError(
            f"{line!r} names no server as the page of channels does: https:// and its name, in small letters, with "
            "nothing behind it. Without a server the account is meant on every one."
        )


def _known_finding(line: str) -> None:
    check = line.partition(".")[0]
    if _is_known(line):
        return
    if check in registry.CHECKS:
        known = ", ".join(registry.finding_ids(check))
        raise ValueError(f"{line!r} is no finding of the check {check}; those are {known}.")
    raise ValueError(
        f"{line!r} is neither a check nor a finding of one; checks are {', '.join(registry.CHECKS)}."
    )


SETTINGS: tuple[Setting, ...] = (
    Setting(
        "two_channels",
        "Two approvals for channels",
        Input.LINES,
        [],
        "One a line: a platform (mastodon), or one account as the page of channels names it "
        "(mastodon|42|https://example.social). Without the server (mastodon|42) the account is meant on every one.",
        valid=_known_place,
    ),
    Setting(
        "two_campaigns",
        "Two approvals for campaigns",
        Input.LINES,
        [],
        "One a line: the name of a campaign, in any case.",
    ),
    Setting(
        "two_findings",
        "Two approvals after findings",
        Input.LINES,
        [],
        "One a line: a check (toxicity) or one of its findings (personal-data.phone).",
        valid=_known_finding,
    ),
    Setting(
        "two_after_override",
        "Two approvals after an override",
        Input.YES,
        False,
        "Where anything that blocked was overridden.",
    ),
)


def approvals_needed(
    content: Content, found: Collection[Found], overridden: bool, settings: Mapping[str, Any]
) -> Need:
    """`found`: of the present round. `settings`: name to value, of what differs from the default."""
    own = {setting.name: settings.get(setting.name, setting.default) for setting in SETTINGS}
    reasons = [
        *_channels(content, own["two_channels"]),
        *_campaign(content, own["two_campaigns"]),
        *_findings(found, own["two_findings"]),
    ]
    if overridden and own["two_after_override"]:
        reasons.append("What blocked it was overridden.")
    return Need(tuple(dict.fromkeys(reasons)))


def _channels(content: Content, wanted: Collection[str]) -> Iterator[str]:
    for channel in content.channels:
        name = channel.platform.capitalize()
        on_any_server = account_tag(channel.platform, channel.account_id)
        if channel.platform in wanted:
            yield f"It goes to {name}."
        elif {on_any_server, account_tag(channel.platform, channel.account_id, channel.instance)} & set(
            wanted
        ):
            yield f"It goes to {channel.handle or channel.account_id} on {name}."


def _campaign(content: Content, wanted: Collection[str]) -> Iterator[str]:
    if content.campaign and _folded(content.campaign) in {_folded(name) for name in wanted}:
        yield f"It belongs to the campaign “{content.campaign}”."


def _folded(name: str) -> str:
    return " ".join(name.split()).casefold()


def _findings(found: Collection[Found], wanted: Collection[str]) -> Iterator[str]:
    for check, finding in sorted(found):
        if check in wanted or finding in wanted:
            yield f"The check “{_title(check)}” found something ({finding})."
    for line in wanted:
        check = line.partition(".")[0]
        if check != line and (check, UNKNOWN) in found:
            yield f"The check “{_title(check)}” could not run, and nobody knows whether it would find {line}."
        if not _is_known(line):
            yield f"No check here knows what {line} is, and it asks for two."


def _is_known(line: str) -> bool:
    """Whether it names a check of today, or a finding of one; not, where that one cannot be loaded."""
    check = line.partition(".")[0]
    if line == check:
        return check in registry.CHECKS
    try:
        return line in registry.finding_ids(check)
    except Exception:
        return False


def _title(check: str) -> str:
    """As people know it; its id, where it cannot be loaded: then nobody knows what it would have found."""
    try:
        return registry.load(check).title
    except Exception:
        return check
